//! Deliveries that are sent again by hand.

use sea_orm::{ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::{DeliveryStatus, Hooks, WebhookError, error::Doing as _, webhook_deliveries};
use crate::World;

impl<W: World> Hooks<'_, W> {
    /// Sends a dead letter again, by its row of `webhook_deliveries`: it is due at once, with the body and the identifier that
    /// it had, and has all its webhook's attempts again. Whether the delivery is the user's who asks is for the caller to see.
    ///
    /// # Errors
    /// [`WebhookError::NoDelivery`]; [`WebhookError::Delivered`] and [`WebhookError::Waiting`] for one that is no dead letter;
    /// [`WebhookError::Database`].
    pub async fn retry<C: ConnectionTrait>(&self, db: &C, delivery: i32) -> Result<(), WebhookError> {
        const DOING: &str = "sending a delivery again";
        use webhook_deliveries::{ActiveModel, Column, Entity};
        let due = ActiveModel {
            status: Set(DeliveryStatus::Pending),
            attempts: Set(0),
            next_attempt_at: Set(Some(self.world.now())),
            leased_until: Set(None),
            ..Default::default()
        };
        // Cronium's own failures wait for nothing either, and are called `failed`.
        let due = Entity::update_many()
            .set(due)
            .filter(Column::Id.eq(delivery))
            .filter(Column::Status.is_in([DeliveryStatus::Dead, DeliveryStatus::Failed]))
            .filter(Column::NextAttemptAt.is_null());
        if due.exec(db).await.doing(DOING)?.rows_affected > 0 {
            return Ok(());
        }
        let there = Entity::find_by_id(delivery).one(db).await.doing(DOING)?;
        Err(match there.map(|delivery| delivery.status) {
            None => WebhookError::NoDelivery(delivery),
            Some(DeliveryStatus::Success) => WebhookError::Delivered(delivery),
            Some(_) => WebhookError::Waiting(delivery),
        })
    }
}
