//! How deliveries are sent.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    time::Duration,
};

use chrono::TimeDelta;
use futures_util::future::join_all;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, TransactionTrait,
    prelude::DateTime,
};
use tokio::sync::Mutex;

use super::{
    Courier, CourierError, DeliveryStatus, Hooks, LONGEST_ANSWER, Receipt, Retries, WebhookError,
    claim::claim,
    error::Doing as _,
    request::{as_kept, parcel},
    text::kept,
    webhook_deliveries, webhook_events, webhooks,
};
use crate::{World, jobs::queue::milliseconds, values::Document};

/// How many deliveries one call of [`Hooks::deliver`] has on the way at a time.
pub const SIDE_BY_SIDE: usize = 5;

/// How many of them may go to one webhook, so that one slow receiver does not hold up the others.
pub const TO_ONE_WEBHOOK: usize = 2;

/// How long a delivery is put off that can't be sent for a reason of our own.
pub const PUT_OFF: TimeDelta = TimeDelta::minutes(5);

/// How often it is looked what has become due while something is on its way.
const LOOK: Duration = Duration::from_secs(1);

/// What became of the deliveries of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Taken by their receivers.
    pub delivered: usize,
    /// Not taken, to be tried again.
    pub failed: usize,
    /// Given up.
    pub dead: usize,
    /// Put off, uncounted: the webhook's secret can't be opened here.
    pub put_off: usize,
    /// Sent, but the lease had ended when the answer came, or the delivery was deleted meanwhile: somebody else's word counts.
    pub late: usize,
}

/// What one attempt came to.
struct Attempt {
    status: DeliveryStatus,
    /// Whether it counts as an attempt.
    counts: bool,
    attempted_at: Option<DateTime>,
    next: Option<DateTime>,
    receipt: Option<Receipt>,
    error: Option<String>,
    headers: BTreeMap<String, String>,
    duration: Option<i32>,
}

/// What the slots of a call share.
#[derive(Default)]
struct Desk {
    left: usize,
    /// The webhooks with deliveries on the way, and how many.
    busy: BTreeMap<i32, usize>,
    round: Round,
}

impl<W: World> Hooks<'_, W> {
    /// Sends what is due until nothing is, `most` deliveries at most, [`SIDE_BY_SIDE`] at a time. Any number of processes may
    /// do it at once: no two have one delivery at the same time.
    ///
    /// A delivery is kept as sent only after the receiver's answer. One that dies in between, or whose database fails then,
    /// leaves it to be sent again after [`DELIVERY_LEASE`](super::DELIVERY_LEASE): the receiver gets it once or more, and tells
    /// a repeat by `x-delivery-id`, which is the same for every attempt.
    ///
    /// # Errors
    /// [`WebhookError::Database`]. What is on its way then is waited for; nothing is lost.
    pub async fn deliver<C, K>(&self, db: &C, courier: &K, most: usize) -> Result<Round, WebhookError>
    where
        C: ConnectionTrait + TransactionTrait,
        K: Courier,
    {
        let desk = Mutex::new(Desk {
            left: most,
            ..Desk::default()
        });
        let slots = (0..SIDE_BY_SIDE.min(most)).map(|_| self.slot(db, courier, &desk));
        let ends: Result<Vec<()>, WebhookError> = join_all(slots).await.into_iter().collect();
        ends.map(|_| desk.into_inner().round)
    }

    async fn slot<C, K>(&self, db: &C, courier: &K, desk: &Mutex<Desk>) -> Result<(), WebhookError>
    where
        C: ConnectionTrait + TransactionTrait,
        K: Courier,
    {
        loop {
            let mut at = desk.lock().await;
            if at.left == 0 {
                return Ok(());
            }
            let full = at.busy.iter().filter(|(_, many)| **many >= TO_ONE_WEBHOOK);
            let full: Vec<i32> = full.map(|(webhook, _)| *webhook).collect();
            let claimed = claim(db, self.world.now(), &full).await;
            let Some(delivery) = claimed
                .inspect_err(|_| at.left = 0)
                .doing("taking a delivery that is due")?
            else {
                if at.busy.is_empty() {
                    return Ok(());
                }
                drop(at);
                self.world.pause(LOOK).await;
                continue;
            };
            at.left -= 1;
            *at.busy.entry(delivery.webhook_id).or_default() += 1;
            drop(at);

            let done = self.send(db, courier, &delivery).await;
            let mut at = desk.lock().await;
            if let Entry::Occupied(mut busy) = at.busy.entry(delivery.webhook_id) {
                *busy.get_mut() -= 1;
                if *busy.get() == 0 {
                    busy.remove();
                }
            }
            match done {
                Ok(count) => *count(&mut at.round) += 1,
                Err(error) => {
                    at.left = 0;
                    return Err(error);
                }
            }
        }
    }

    /// Sends a delivery of which it has the lease, and says where it is counted.
    async fn send<C: ConnectionTrait, K: Courier>(
        &self,
        db: &C,
        courier: &K,
        delivery: &webhook_deliveries::Model,
    ) -> Result<fn(&mut Round) -> &mut usize, WebhookError> {
        const DOING: &str = "reading a delivery's webhook and event";
        let webhook = webhooks::Entity::find_by_id(delivery.webhook_id);
        let webhook = webhook.one(db).await.doing(DOING)?;
        let event = webhook_events::Entity::find_by_id(delivery.webhook_event_id);
        let event = event.one(db).await.doing(DOING)?;
        let (Some(webhook), Some(event)) = (webhook, event) else {
            return Ok(|round| &mut round.late);
        };
        let attempt = self.attempt(courier, &webhook, &event, delivery).await;
        if !keep(db, delivery, &attempt).await? {
            return Ok(|round| &mut round.late);
        }
        Ok(match attempt.status {
            DeliveryStatus::Success => |round| &mut round.delivered,
            DeliveryStatus::Dead => |round| &mut round.dead,
            _ if attempt.counts => |round| &mut round.failed,
            _ => |round| &mut round.put_off,
        })
    }

    async fn attempt<K: Courier>(
        &self,
        courier: &K,
        webhook: &webhooks::Model,
        event: &webhook_events::Model,
        delivery: &webhook_deliveries::Model,
    ) -> Attempt {
        let start = self.world.now();
        if !webhook.active {
            return Attempt::unsent("the webhook is not active: activate it and send the delivery by hand".to_owned());
        }
        let secret = match self.secret(webhook) {
            Ok(secret) => secret,
            // The receiver can't be blamed for it, and with the right key it can be sent.
            Err(error) => {
                return Attempt {
                    status: delivery.status,
                    counts: false,
                    next: Some(start + PUT_OFF),
                    ..Attempt::unsent(error.to_string())
                };
            }
        };
        let parcel = match parcel(webhook, event, delivery, &secret, start) {
            Ok(parcel) => parcel,
            Err(reason) => return Attempt::unsent(reason),
        };
        drop(secret);
        let outcome = courier.carry(&parcel).await;
        let end = self.world.now();
        let retries = Retries::of_webhook(webhook);
        let attempts = delivery.attempts.saturating_add(1);
        let again = (attempts < retries.attempts()).then(|| end + retries.wait(attempts));
        let (receipt, error, next, delivered) = match outcome {
            Ok(receipt) if receipt.is_success() => (Some(receipt), None, None, true),
            Ok(receipt) => {
                let error = format!("the receiver answered with status {}", receipt.status);
                (Some(receipt), Some(error), again, false)
            }
            Err(CourierError::Forbidden(reason)) => (None, Some(reason), None, false),
            Err(CourierError::Unavailable(reason)) => (None, Some(reason), again, false),
        };
        Attempt {
            status: match (delivered, next) {
                (true, _) => DeliveryStatus::Success,
                (false, Some(_)) => DeliveryStatus::Failed,
                (false, None) => DeliveryStatus::Dead,
            },
            counts: true,
            attempted_at: Some(start),
            next,
            // Without an answer it is not known what was sent of it.
            headers: receipt.as_ref().map(|_| as_kept(&parcel.headers)).unwrap_or_default(),
            receipt,
            error,
            duration: Some(milliseconds(start, end)),
        }
    }
}

impl Attempt {
    /// Given up before it was sent.
    fn unsent(error: String) -> Self {
        Self {
            status: DeliveryStatus::Dead,
            counts: false,
            attempted_at: None,
            next: None,
            receipt: None,
            error: Some(error),
            headers: BTreeMap::new(),
            duration: None,
        }
    }
}

/// Keeps what an attempt came to, and gives the lease back. Says whether the lease was still one's own: two of one delivery
/// are never the same, since the later begins after the end of the earlier.
async fn keep<C: ConnectionTrait>(
    db: &C,
    delivery: &webhook_deliveries::Model,
    attempt: &Attempt,
) -> Result<bool, WebhookError> {
    let mut row = webhook_deliveries::ActiveModel {
        status: Set(attempt.status),
        error: Set(attempt.error.as_deref().map(|error| kept(error, LONGEST_ANSWER))),
        next_attempt_at: Set(attempt.next),
        leased_until: Set(None),
        ..Default::default()
    };
    if attempt.counts {
        let status = attempt.receipt.as_ref().map(|receipt| i32::from(receipt.status));
        let response = attempt
            .receipt
            .as_ref()
            .map(|receipt| kept(&receipt.body, LONGEST_ANSWER));
        row.status_code = Set(status);
        row.response = Set(response);
        row.headers = Set(Some(Document::Known(attempt.headers.clone())));
        row.duration = Set(attempt.duration);
        row.attempted_at = Set(attempt.attempted_at);
        row.attempts = Set(delivery.attempts.saturating_add(1));
    }
    let update = webhook_deliveries::Entity::update_many()
        .set(row)
        .filter(webhook_deliveries::Column::Id.eq(delivery.id))
        .filter(webhook_deliveries::Column::LeasedUntil.eq(delivery.leased_until));
    let updated = update.exec(db).await.doing("keeping what became of a delivery")?;
    Ok(updated.rows_affected == 1)
}
