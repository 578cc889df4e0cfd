//! `rate_limit_buckets`: one for a key.

use async_trait::async_trait;
use entity::limits::rate_limit_buckets::{Column, Entity};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select,
    sea_query::{Condition, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant};

use super::superseded;

/// The name of the step that leaves one bucket for a key.
pub const ONE_BUCKET: &str = "m20261124_221251_one_bucket";

/// Leaves of the buckets of one key the one that was made last.
///
/// Two requests that both came first made one each, and either counted for itself. What the earlier ones counted is over
/// when their window is.
#[derive(Clone, Copy, Debug)]
pub struct OneBucket;

#[async_trait]
impl DataMigration for OneBucket {
    type Source = Entity;

    fn pending(&self) -> Select<Entity> {
        Entity::find().filter(Column::Id.in_subquery(doubled()))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Entity>) -> Result<(), DataError> {
        let rows = batch.rows().to_vec();
        for row in 0..rows.len() {
            batch.archived(row, "there is a later bucket of the same key, and one counts");
        }
        batch.delete::<Entity>(&rows).await?;
        Ok(())
    }

    fn invariants(&self) -> Vec<Invariant> {
        vec![Invariant::none("a bucket of whose key there is a later one", doubled())]
    }
}

fn doubled() -> SelectStatement {
    superseded::<Entity>(Column::Id, Column::Key, &Condition::all())
}
