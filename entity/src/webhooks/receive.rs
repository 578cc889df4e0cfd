//! How a request that comes in becomes an event.

use chrono::TimeDelta;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    TransactionSession as _, TransactionTrait, prelude::DateTime,
};
use serde_json::{Value as Json, json};

use super::{
    Accepted, Audience, Hooks, Inbound, LONGEST_BODY, NewEvent, Reception, Refusal, WebhookError, error::Doing as _,
    text::LONGEST_NAME, webhook_events, webhook_logs, webhooks,
};
use crate::{
    World,
    jobs::queue::{begin, iso, milliseconds},
    limits::buckets::{Bucket, Rule, take},
    values::{Document, Object, without_nul},
};

/// What is before the name of an event that came in.
const FORWARDED: &str = "webhook.";

const DOING: &str = "keeping a request of a webhook";

impl<W: World> Hooks<'_, W> {
    /// Takes a request that has come in, if the webhook of its key is active and the request is its sender's: from an address
    /// of its list, signed over these very bytes, dated within [`TOLERANCE`](super::TOLERANCE) (unless `verify_timestamp` is
    /// off), and within its rate. It becomes a row of `webhook_events`, and `webhook.<name>` is published to the user's
    /// webhooks, in one transaction with the row of `webhook_logs`.
    ///
    /// The payload is the body as it came, and escaped for no page: that is for who shows it. What
    /// comes twice is kept twice.
    ///
    /// An event called `webhook.…` has been through this once, here or elsewhere, and is kept but not published again: no two
    /// webhooks can call each other for ever.
    ///
    /// # Errors
    /// [`WebhookError::Vault`] if the secret can't be opened, [`WebhookError::Limit`], [`WebhookError::Database`]. The request
    /// is not kept then, and the sender should try again.
    pub async fn receive<C>(&self, db: &C, request: &Inbound<'_>) -> Result<Reception, WebhookError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let start = self.world.now();
        // PostgreSQL takes no NUL in a text.
        if request.key.contains('\0') {
            return Ok(Reception::Refused(Refusal::Unknown));
        }
        let webhook = webhooks::Entity::find().filter(webhooks::Column::Key.eq(request.key));
        let Some(webhook) = webhook.one(db).await.doing("looking for a webhook")? else {
            return Ok(Reception::Refused(Refusal::Unknown));
        };
        match self.check(db, &webhook, request, start).await? {
            Ok(body) => self
                .accept(db, &webhook, request, &body, start)
                .await
                .map(Reception::Accepted),
            Err(refusal) => {
                self.log_refusal(db, &webhook, refusal, start).await?;
                Ok(Reception::Refused(refusal))
            }
        }
    }

    /// The body of a request that may come in.
    async fn check<C: ConnectionTrait>(
        &self,
        db: &C,
        webhook: &webhooks::Model,
        request: &Inbound<'_>,
        now: DateTime,
    ) -> Result<Result<Json, Refusal>, WebhookError> {
        if !webhook.active {
            return Ok(Err(Refusal::Inactive));
        }
        if request.body.len() > LONGEST_BODY {
            return Ok(Err(Refusal::TooLong));
        }
        if let Err(refusal) = request.check_address(webhook) {
            return Ok(Err(refusal));
        }
        let secret = self.secret(webhook)?;
        let mut signed = request.check_signature(&secret);
        if webhook.verify_timestamp.unwrap_or(true) {
            signed = signed.and_then(|()| request.check_time(now));
        }
        if let Err(refusal) = signed {
            return Ok(Err(refusal));
        }
        // Only what its sender has signed is counted, so that nobody else can use the webhook's rate up.
        let rate = take(db, self.world, &Bucket::webhook(webhook.id), rule(webhook)).await?;
        if !rate.allowed {
            let retry_after = rate.retry_after;
            return Ok(Err(Refusal::TooMany { retry_after }));
        }
        Ok(serde_json::from_slice(request.body).map_err(|_| Refusal::NoJson))
    }

    async fn accept<C: TransactionTrait>(
        &self,
        db: &C,
        webhook: &webhooks::Model,
        request: &Inbound<'_>,
        body: &Json,
        start: DateTime,
    ) -> Result<Accepted, WebhookError> {
        let name = request.name(body);
        let payload = payload(webhook, &name, body, start);
        let tx = begin(db).await.doing(DOING)?;
        let event = webhook_events::ActiveModel {
            event: Set(name.clone()),
            payload: Set(Document::Known(payload.clone())),
            created_at: Set(start),
            // JSON is UTF-8, so nothing is replaced.
            body: Set(Some(String::from_utf8_lossy(request.body).into_owned())),
            ..Default::default()
        };
        let event = event.insert(&tx).await.doing(DOING)?.id;
        let published = if name.starts_with(FORWARDED) {
            None
        } else {
            let mut forwarded = format!("{FORWARDED}{name}");
            forwarded.truncate(LONGEST_NAME);
            let new = NewEvent {
                name: &forwarded,
                data: &Json::Object(payload),
                metadata: Some(&json!({ "eventId": event.to_string() })),
                audience: Audience::User(&webhook.user_id),
            };
            self.publish_in(&tx, &new, Some(webhook.id)).await?
        };
        let log = webhook_logs::ActiveModel {
            success: Set(true),
            event_id: Set(Some(event)),
            ..self.log(webhook, start)
        };
        log.insert(&tx).await.doing(DOING)?;
        tx.commit().await.doing(DOING)?;
        Ok(Accepted { event, name, published })
    }

    /// Logs a refusal, as many in a minute as [`Rule::WEBHOOK`] admits: anybody can be refused, and must not fill the table.
    async fn log_refusal<C: ConnectionTrait>(
        &self,
        db: &C,
        webhook: &webhooks::Model,
        refusal: Refusal,
        start: DateTime,
    ) -> Result<(), WebhookError> {
        let refused = Bucket::webhook(webhook.id).of("refused");
        if !take(db, self.world, &refused, Rule::WEBHOOK).await?.allowed {
            return Ok(());
        }
        let log = webhook_logs::ActiveModel {
            success: Set(false),
            error: Set(Some(refusal.to_string())),
            ..self.log(webhook, start)
        };
        let insert = webhook_logs::Entity::insert(log);
        insert
            .exec_without_returning(db)
            .await
            .doing("logging a request that is refused")?;
        Ok(())
    }

    fn log(&self, webhook: &webhooks::Model, start: DateTime) -> webhook_logs::ActiveModel {
        let now = self.world.now();
        webhook_logs::ActiveModel {
            webhook_id: Set(webhook.id),
            duration: Set(Some(milliseconds(start, now))),
            created_at: Set(now),
            ..Default::default()
        }
    }
}

/// The rate of a webhook. What its configuration does not say, or can't mean, is 100 in a minute; 0 requests refuse all.
fn rule(webhook: &webhooks::Model) -> Rule {
    let said = webhook.rate_limit.as_ref().and_then(|said| said.known());
    let requests = said.and_then(|said| said.requests).filter(|requests| *requests >= 0);
    let window = said.and_then(|said| said.window).filter(|window| *window > 0);
    let most = i64::from(i32::MAX);
    let requests = requests.map_or(Rule::WEBHOOK.limit().into(), |requests| requests.min(most));
    let window = window.map_or(Rule::WEBHOOK.window(), |window| {
        TimeDelta::milliseconds(window.clamp(1000, most))
    });
    Rule::new(requests, window).unwrap_or(Rule::WEBHOOK)
}

/// What is kept of a body: its members, or itself as `data`; what the webhook's transformations take from it on top; and what
/// we know ourselves, which the sender can't say.
fn payload(webhook: &webhooks::Model, name: &str, body: &Json, now: DateTime) -> Object {
    let mut payload = match without_nul(body) {
        Json::Object(members) => members,
        other => Object::from_iter([("data".to_owned(), other)]),
    };
    let body = without_nul(body);
    for (target, path) in transformations(webhook) {
        if let Some(value) = at(&body, &path) {
            payload.insert(target, value.clone());
        }
    }
    payload.insert("eventType".to_owned(), name.into());
    payload.insert("receivedAt".to_owned(), iso(now).into());
    payload.insert("webhookId".to_owned(), webhook.id.into());
    payload
}

/// Target and path of a webhook's transformations. What is no text is none.
fn transformations(webhook: &webhooks::Model) -> Vec<(String, String)> {
    match &webhook.transformations {
        None => Vec::new(),
        Some(Document::Known(all)) => all.clone().into_iter().collect(),
        Some(Document::Other(json)) => {
            let members = json.as_object().into_iter().flatten();
            let texts = members.filter_map(|(target, path)| Some((target.clone(), path.as_str()?.to_owned())));
            texts.collect()
        }
    }
}

/// The value at a dotted path; a number is a place of an array.
fn at<'a>(body: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(body, |value, step| match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })
}
