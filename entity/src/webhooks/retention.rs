//! How long what is over is kept.

use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    TransactionSession as _, TransactionTrait,
    prelude::{DateTime, Expr},
    sea_query::{ExprTrait as _, LockBehavior, LockType, Query, SelectStatement},
};

use super::{Hooks, WebhookError, error::Doing as _, webhook_deliveries, webhook_events, webhook_logs};
use crate::{World, jobs::queue::begin};

/// How long events, deliveries and logs are kept if nothing else is said.
pub const KEEP: TimeDelta = TimeDelta::days(30);

/// How many go in one transaction.
const BATCH: u64 = 1000;

const DOING: &str = "deleting old events of webhooks";

/// What a sweep deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows of `webhook_events`.
    pub events: u64,
    /// Rows of `webhook_deliveries`.
    pub deliveries: u64,
    /// Rows of `webhook_logs`.
    pub logs: u64,
}

impl<W: World> Hooks<'_, W> {
    /// Deletes what is older than that: logs of requests, and events with all their deliveries. An event stays as long as one
    /// of its deliveries is still to be sent or was tried since.
    ///
    /// # Errors
    /// [`WebhookError::Database`]. What was deleted before stays so.
    pub async fn sweep<C: TransactionTrait>(&self, db: &C, keep: TimeDelta) -> Result<Swept, WebhookError> {
        let mut swept = Swept::default();
        let Some(end) = self.world.now().checked_sub_signed(keep) else {
            return Ok(swept);
        };
        while self.sweep_logs(db, end, &mut swept).await? {}
        while self.sweep_events(db, end, &mut swept).await? {}
        Ok(swept)
    }

    /// Whether there may be more.
    async fn sweep_logs<C: TransactionTrait>(
        &self,
        db: &C,
        end: DateTime,
        swept: &mut Swept,
    ) -> Result<bool, WebhookError> {
        use webhook_logs::{Column, Entity};
        let tx = begin(db).await.doing(DOING)?;
        let old = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::CreatedAt.lt(end))
            .limit(BATCH);
        let ids: Vec<i32> = old.into_tuple().all(&tx).await.doing(DOING)?;
        let delete = Entity::delete_many().filter(Column::Id.is_in(ids));
        let deleted = delete.exec(&tx).await.doing(DOING)?.rows_affected;
        tx.commit().await.doing(DOING)?;
        swept.logs += deleted;
        Ok(deleted > 0)
    }

    async fn sweep_events<C: TransactionTrait>(
        &self,
        db: &C,
        end: DateTime,
        swept: &mut Swept,
    ) -> Result<bool, WebhookError> {
        use webhook_deliveries::Column as Delivery;
        let tx = begin(db).await.doing(DOING)?;
        let ids: Vec<i32> = old_events(end).into_tuple().all(&tx).await.doing(DOING)?;
        if ids.is_empty() {
            return Ok(false);
        }
        // One that was sent again by hand meanwhile stays, and its event with it.
        let deliveries = webhook_deliveries::Entity::delete_many()
            .filter(Delivery::WebhookEventId.is_in(ids.iter().copied()))
            .filter(Delivery::NextAttemptAt.is_null());
        let deliveries = deliveries.exec(&tx).await.doing(DOING)?.rows_affected;
        let events = webhook_events::Entity::delete_many()
            .filter(webhook_events::Column::Id.is_in(ids))
            .filter(Expr::exists(deliveries_of_the_event(Condition::all())).not());
        let events = events.exec(&tx).await.doing(DOING)?.rows_affected;
        tx.commit().await.doing(DOING)?;
        swept.deliveries += deliveries;
        swept.events += events;
        Ok(events > 0)
    }
}

fn old_events(end: DateTime) -> Select<webhook_events::Entity> {
    use webhook_deliveries::Column as Delivery;
    let young = Condition::any()
        .add(Delivery::NextAttemptAt.is_not_null())
        .add(Delivery::AttemptedAt.gte(end));
    webhook_events::Entity::find()
        .select_only()
        .column(webhook_events::Column::Id)
        .filter(webhook_events::Column::CreatedAt.lt(end))
        .filter(Expr::exists(deliveries_of_the_event(young)).not())
        .order_by_asc(webhook_events::Column::CreatedAt)
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
}

fn deliveries_of_the_event(which: Condition) -> SelectStatement {
    use webhook_deliveries::Column as Delivery;
    let event = (webhook_events::Entity, webhook_events::Column::Id);
    let delivery = (webhook_deliveries::Entity, Delivery::WebhookEventId);
    Query::select()
        .expr(Expr::value(1))
        .from(webhook_deliveries::Entity)
        .and_where(Expr::col(delivery).eq(Expr::col(event)))
        .cond_where(which)
        .to_owned()
}
