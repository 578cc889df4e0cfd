//! How an event becomes deliveries.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, Order,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, TransactionSession as _, TransactionTrait,
    sea_query::LockType,
};
use serde_json::{Value as Json, json};

use super::{
    DeliveryStatus, Hooks, WebhookError, error::Doing as _, text::is_name, webhook_deliveries, webhook_events, webhooks,
};
use crate::{
    World,
    jobs::queue::{begin, iso},
    values::{Document, Object, without_nul},
};

const DOING: &str = "publishing an event";

/// How many deliveries go into one statement.
const BATCH: usize = 500;

/// The name that subscribes to every event.
const ALL: &str = "*";

/// Whose webhooks hear of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience<'a> {
    /// A user's own. What happens to a user's things is nobody else's business.
    User(&'a str),
    /// Everybody's, for what concerns the whole application.
    Everybody,
}

/// Something that has happened.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// What: 1 to 255 characters of ASCII without spaces, such as `job.failed`.
    pub name: &'a str,
    /// About what.
    pub data: &'a Json,
    /// What else the receiver may want to know.
    pub metadata: Option<&'a Json>,
    /// Who hears of it.
    pub audience: Audience<'a>,
}

/// An event that somebody hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The row of `webhook_events`.
    pub event: i32,
    /// To how many webhooks it goes.
    pub deliveries: usize,
}

impl<W: World> Hooks<'_, W> {
    /// Publishes an event: one row of `webhook_events` with the exact body that will be signed and sent, and a delivery for
    /// each active webhook that subscribes to it by name or by `*`. Without any, nothing is stored, and `None` is the answer.
    ///
    /// In a transaction of the caller's it is part of that: what is rolled back is told nobody, and what is committed is not
    /// lost.
    ///
    /// # Errors
    /// [`WebhookError::EventName`], [`WebhookError::Database`]. Nothing is stored then.
    pub async fn publish<C: TransactionTrait>(
        &self,
        db: &C,
        new: &NewEvent<'_>,
    ) -> Result<Option<Published>, WebhookError> {
        let tx = begin(db).await.doing(DOING)?;
        let published = self.publish_in(&tx, new, None).await?;
        tx.commit().await.doing(DOING)?;
        Ok(published)
    }

    /// The same in a transaction. A webhook by which the event came in does not hear of it by `*`.
    pub(super) async fn publish_in<C: ConnectionTrait>(
        &self,
        tx: &C,
        new: &NewEvent<'_>,
        came_by: Option<i32>,
    ) -> Result<Option<Published>, WebhookError> {
        if !is_name(new.name) {
            return Err(WebhookError::EventName(new.name.to_owned()));
        }
        let subscribers = subscribers(tx, new, came_by).await?;
        if subscribers.is_empty() {
            return Ok(None);
        }
        let now = self.world.now();
        let mut payload = Object::new();
        payload.insert("data".to_owned(), without_nul(new.data));
        if let Some(metadata) = new.metadata {
            payload.insert("metadata".to_owned(), without_nul(metadata));
        }
        let event = webhook_events::ActiveModel {
            event: Set(new.name.to_owned()),
            payload: Set(Document::Known(payload)),
            created_at: Set(now),
            ..Default::default()
        };
        let event = event.insert(tx).await.doing(DOING)?;
        // The body has the event's id, which the database gives.
        let whole = webhook_events::ActiveModel {
            body: Set(Some(body(&event, new.data, new.metadata))),
            ..Default::default()
        };
        let whole = webhook_events::Entity::update_many()
            .set(whole)
            .filter(webhook_events::Column::Id.eq(event.id));
        whole.exec(tx).await.doing(DOING)?;

        for some in subscribers.chunks(BATCH) {
            let rows = some.iter().map(|webhook| webhook_deliveries::ActiveModel {
                webhook_id: Set(*webhook),
                webhook_event_id: Set(event.id),
                delivery_id: Set(self.delivery_id()),
                status: Set(DeliveryStatus::Pending),
                attempts: Set(0),
                next_attempt_at: Set(Some(now)),
                ..Default::default()
            });
            let insert = webhook_deliveries::Entity::insert_many(rows);
            insert.exec_without_returning(tx).await.doing(DOING)?;
        }
        Ok(Some(Published {
            event: event.id,
            deliveries: subscribers.len(),
        }))
    }
}

/// The webhooks that hear of an event.
async fn subscribers<C: ConnectionTrait>(
    tx: &C,
    new: &NewEvent<'_>,
    came_by: Option<i32>,
) -> Result<Vec<i32>, WebhookError> {
    // So that none is deleted before its delivery is there.
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => LockType::KeyShare,
        _ => LockType::Share,
    };
    let mut active = webhooks::Entity::find()
        .select_only()
        .columns([webhooks::Column::Id, webhooks::Column::Events])
        .filter(webhooks::Column::Active.eq(true))
        .order_by(webhooks::Column::Id, Order::Asc)
        .lock(lock);
    if let Audience::User(user) = new.audience {
        active = active.filter(webhooks::Column::UserId.eq(user));
    }
    let active: Vec<(i32, Document<Vec<String>>)> = active.into_tuple().all(tx).await.doing(DOING)?;
    let hears = |(id, events): &(i32, Document<Vec<String>>)| {
        let named = |name: &str| {
            events
                .known()
                .is_some_and(|events| events.iter().any(|event| event == name))
        };
        named(new.name) || (named(ALL) && came_by != Some(*id))
    };
    Ok(active
        .iter()
        .filter(|webhook| hears(webhook))
        .map(|(id, _)| *id)
        .collect())
}

/// What is sent: `id`, `event`, `timestamp`, `data`, and `metadata` if there is any.
fn body(event: &webhook_events::Model, data: &Json, metadata: Option<&Json>) -> String {
    let mut body = json!({
        "id": event.id.to_string(),
        "event": event.event,
        "timestamp": iso(event.created_at),
        "data": data,
    });
    if let Some(metadata) = metadata {
        body["metadata"] = metadata.clone();
    }
    body.to_string()
}

/// The body of an event as it is sent. For an event of the time before bodies were kept it is made of its payload, each time
/// the same.
pub(super) fn body_of(event: &webhook_events::Model) -> String {
    if let Some(body) = &event.body {
        return body.clone();
    }
    let part = |name: &str| event.payload.known().and_then(|payload| payload.get(name));
    body(event, part("data").unwrap_or(&Json::Null), part("metadata"))
}
