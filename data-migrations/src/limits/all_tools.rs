//! `user_tool_quotas`: one row of a user for all tools.

use async_trait::async_trait;
use entity::limits::user_tool_quotas::{Column, Entity};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, Select,
    sea_query::{Condition, SelectStatement},
};
use seawright::data::{Batch, DataError, DataMigration, Invariant};

use super::superseded;

/// The name of the step that leaves each user one quota for all tools.
pub const ONE_QUOTA: &str = "m20261124_221252_one_quota";

/// Leaves of the quotas of a user for all tools the one that was made last.
///
/// The key over user and type takes two absent types for different ones, so nothing kept a user from having several, and
/// which of them counted was chance.
#[derive(Clone, Copy, Debug)]
pub struct OneQuota;

#[async_trait]
impl DataMigration for OneQuota {
    type Source = Entity;

    fn pending(&self) -> Select<Entity> {
        Entity::find().filter(Column::Id.in_subquery(doubled()))
    }

    async fn migrate(&self, batch: &mut Batch<'_, Entity>) -> Result<(), DataError> {
        let rows = batch.rows().to_vec();
        for (row, quota) in rows.iter().enumerate() {
            batch.archived(row, "there is a later quota of the user for all tools, and one counts");
            batch.note(
                row,
                format!(
                    "a quota for all tools of user {} gave way to a later one",
                    quota.user_id
                ),
            );
        }
        batch.delete::<Entity>(&rows).await?;
        Ok(())
    }

    fn invariants(&self) -> Vec<Invariant> {
        vec![Invariant::none(
            "a quota for all tools beside a later one of the same user",
            doubled(),
        )]
    }
}

fn doubled() -> SelectStatement {
    superseded::<Entity>(
        Column::Id,
        Column::UserId,
        &Condition::all().add(Column::ToolType.is_null()),
    )
}
