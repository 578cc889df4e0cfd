//! Webhook delivery: an event goes out to a receiver on this machine, is tried again with the same id, and comes in again.

use std::net::{IpAddr, Ipv4Addr};

use async_trait::async_trait;
use chrono::TimeDelta;
use entity::{
    World as _,
    http::{Client, Policy},
    values::{Document, Object},
    vault::{Place, Secret, Vault},
    webhooks::{
        Audience, Courier, CourierError, DeliveryStatus, Hooks, Inbound, NewEvent, Parcel, Receipt, Reception, Refusal,
        SignatureError, WebhookRetries, verify, webhook_deliveries, webhooks,
    },
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};
use seawright::verify::{Flow, FlowError, Seen};
use serde_json::json;
use url::Url;

use super::{
    FlowWorld,
    loopback::{Call, Loopback},
    user,
};

pub(super) struct WebhookDelivery;

/// What the webhook subscribes to.
const EVENT: &str = "seawright.flow";

/// How long is waited before the second attempt.
const WAIT: TimeDelta = TimeDelta::seconds(30);

#[async_trait]
impl Flow for WebhookDelivery {
    fn name(&self) -> &'static str {
        "flows:webhook-delivery"
    }

    fn claim(&self) -> &'static str {
        "an event reaches who subscribes to it, signed, once more if need be, and one that comes in is believed if it is signed"
    }

    async fn run(&self, db: &DatabaseTransaction, seen: &mut Seen) -> Result<(), FlowError> {
        let world = FlowWorld::before(db).await?;
        let owner = user(db, &world).await?;
        let vault = world.vault()?;
        let hooks = Hooks {
            world: &world,
            vault: &vault,
        };
        // It is not there the first time.
        let mut calls = 0;
        let receiver = Loopback::start(move |_| {
            calls += 1;
            if calls == 1 {
                (503, String::new())
            } else {
                (200, "{}".to_owned())
            }
        })?;
        let (webhook, secret) = webhook(db, &hooks, &owner, &receiver).await?;
        sealed(seen, &vault, &webhook)?;
        sent(db, seen, &hooks, &webhook, &receiver).await?;
        let calls = receiver.calls();
        let [first, second] = &calls[..] else {
            return Err(format!("the receiver was called {} times", calls.len()).into());
        };
        told(seen, &secret, first, second)?;
        came_in(db, seen, &hooks, &webhook, second).await
    }
}

/// Carries to the flow's own receiver and to nobody else: whatever the database says, no delivery of its own leaves it.
struct Errand {
    client: Client,
    receiver: Url,
}

impl Courier for Errand {
    async fn carry(&self, parcel: &Parcel) -> Result<Receipt, CourierError> {
        if parcel.url != self.receiver {
            return Err(CourierError::Forbidden(
                "a flow carries to its own receiver only".to_owned(),
            ));
        }
        self.client.carry(parcel).await
    }
}

async fn webhook(
    db: &DatabaseTransaction,
    hooks: &Hooks<'_, FlowWorld>,
    owner: &str,
    receiver: &Loopback,
) -> Result<(webhooks::Model, Secret), FlowError> {
    let fresh = hooks.fresh(owner)?;
    let retries = WebhookRetries {
        max_retries: Some(3),
        retry_delay: Some(WAIT.num_milliseconds()),
        backoff_multiplier: None,
        other: Object::new(),
    };
    let webhook = webhooks::ActiveModel {
        user_id: Set(owner.to_owned()),
        name: Set("Seawright's flow".to_owned()),
        url: Set(receiver.url("/hook")?.to_string()),
        key: Set(fresh.key),
        secret: Set(fresh.sealed),
        events: Set(Document::Known(vec![EVENT.to_owned()])),
        active: Set(true),
        verify_timestamp: Set(Some(true)),
        retry_config: Set(Some(Document::Known(retries))),
        created_at: Set(hooks.world.now()),
        updated_at: Set(hooks.world.now()),
        ..Default::default()
    };
    Ok((webhook.insert(db).await?, fresh.secret))
}

fn sealed(seen: &mut Seen, vault: &Vault, webhook: &webhooks::Model) -> Result<(), FlowError> {
    let context = Place::WebhookSecret.of(&webhook.user_id);
    seen.must(
        vault.is_sealed(&context, webhook.secret.as_stored()),
        format!("the webhook {} to {}, its secret sealed", webhook.id, webhook.url),
        || "the secret is in clear".to_owned(),
    )
}

/// The event goes out, is not taken, and is taken the second time.
async fn sent(
    db: &DatabaseTransaction,
    seen: &mut Seen,
    hooks: &Hooks<'_, FlowWorld>,
    webhook: &webhooks::Model,
    receiver: &Loopback,
) -> Result<(), FlowError> {
    let event = |name| NewEvent {
        name,
        data: &serde_json::Value::Null,
        metadata: None,
        audience: Audience::User(&webhook.user_id),
    };
    let unheard = hooks.publish(db, &event("seawright.other")).await?;
    seen.must(
        unheard.is_none(),
        "an event that nobody subscribes to is not kept",
        || format!("it is: {unheard:?}"),
    )?;
    let data = json!({"flow": "webhook", "text": "zażółć"});
    let published = hooks
        .publish(
            db,
            &NewEvent {
                data: &data,
                ..event(EVENT)
            },
        )
        .await?;
    seen.must(
        published.is_some_and(|published| published.deliveries == 1),
        "one that it subscribes to waits for delivery",
        || format!("there is {published:?}"),
    )?;

    let courier = Errand {
        client: Client::without_trust(Policy::public().allow_loopback())?,
        receiver: receiver.url("/hook")?,
    };
    hooks.deliver(db, &courier, 1).await?;
    let delivery = delivery(db, webhook).await?;
    seen.must(
        (delivery.status, delivery.attempts, delivery.status_code) == (DeliveryStatus::Failed, 1, Some(503))
            && delivery.next_attempt_at == Some(hooks.world.now() + WAIT),
        format!(
            "the receiver answers 503, and the delivery waits for {} s",
            WAIT.num_seconds()
        ),
        || is(&delivery),
    )?;
    let early = hooks.deliver(db, &courier, 1).await?;
    seen.must(
        early == entity::webhooks::Round::default() && receiver.calls().len() == 1,
        "it is not sent before",
        || format!("there is {early:?}"),
    )?;
    hooks.world.pass(WAIT);
    hooks.deliver(db, &courier, 1).await?;
    let delivery = self::delivery(db, webhook).await?;
    seen.must(
        (delivery.status, delivery.attempts, delivery.next_attempt_at) == (DeliveryStatus::Success, 2, None),
        "the receiver answers 200, and the delivery is done",
        || is(&delivery),
    )
}

async fn delivery(db: &DatabaseTransaction, webhook: &webhooks::Model) -> Result<webhook_deliveries::Model, FlowError> {
    let own = webhook_deliveries::Entity::find().filter(webhook_deliveries::Column::WebhookId.eq(webhook.id));
    Ok(own.one(db).await?.ok_or("the delivery is gone")?)
}

fn is(delivery: &webhook_deliveries::Model) -> String {
    format!(
        "the delivery {} is {:?} after {} attempts (status {:?}, {:?})",
        delivery.id, delivery.status, delivery.attempts, delivery.status_code, delivery.error
    )
}

/// What the receiver saw.
fn told(seen: &mut Seen, secret: &Secret, first: &Call, second: &Call) -> Result<(), FlowError> {
    let id = first.header("x-delivery-id");
    seen.must(
        !id.is_empty() && id == second.header("x-delivery-id") && first.body == second.body,
        format!("both times it is the delivery {id}, byte for byte"),
        || format!("the second is {}", second.header("x-delivery-id")),
    )?;
    for call in [first, second] {
        verify(secret, call.body.as_bytes(), call.header("x-webhook-signature"))?;
    }
    let altered = second.body.replacen('w', "v", 1);
    let forged = verify(secret, altered.as_bytes(), second.header("x-webhook-signature"));
    seen.must(
        forged == Err(SignatureError::Wrong),
        "its HMAC-SHA256 is right, and not that of another body",
        || format!("for another there is {forged:?}"),
    )
}

/// What went out is sent to the address for what comes in.
async fn came_in(
    db: &DatabaseTransaction,
    seen: &mut Seen,
    hooks: &Hooks<'_, FlowWorld>,
    webhook: &webhooks::Model,
    call: &Call,
) -> Result<(), FlowError> {
    let headers: Vec<(&str, &str)> = call
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let request = Inbound {
        key: &webhook.key,
        headers: &headers,
        body: call.body.as_bytes(),
        client: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let accepted = hooks.receive(db, &request).await?;
    seen.must(
        accepted.status() == 200,
        "sent back to the webhook's own address, it is believed",
        || format!("the answer is {}: {accepted:?}", accepted.status()),
    )?;
    let altered = call.body.replacen('w', "v", 1);
    let forged = hooks
        .receive(
            db,
            &Inbound {
                body: altered.as_bytes(),
                ..request
            },
        )
        .await?;
    seen.must(
        forged == Reception::Refused(Refusal::Signature(SignatureError::Wrong)),
        "altered by a letter it is refused with 401",
        || format!("the answer is {}: {forged:?}", forged.status()),
    )?;
    hooks.world.pass(TimeDelta::minutes(6));
    let late = hooks.receive(db, &request).await?;
    seen.must(
        late == Reception::Refused(Refusal::Time),
        "and six minutes later too",
        || format!("the answer is {}: {late:?}", late.status()),
    )
}
