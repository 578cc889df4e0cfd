//! The data migration for a table that goes and has no successor.

use std::{fmt, marker::PhantomData};

use async_trait::async_trait;
use sea_orm::{EntityTrait, FromQueryResult, Select};

use super::{Batch, DataError, DataMigration, Undo};

/// Keeps every row of a table whole, so that the table can go.
pub struct Archive<E> {
    reason: &'static str,
    entity: PhantomData<fn() -> E>,
}

impl<E> Archive<E> {
    /// Archives every row for that reason.
    pub const fn because(reason: &'static str) -> Self {
        Self {
            reason,
            entity: PhantomData,
        }
    }
}

impl<E> fmt::Debug for Archive<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("reason", &self.reason).finish()
    }
}

#[async_trait]
impl<E> DataMigration for Archive<E>
where
    E: EntityTrait<Model: FromQueryResult + Send + Sync + Clone>,
{
    type Source = E;

    fn pending(&self) -> Select<E> {
        E::find()
    }

    fn moves_out(&self) -> bool {
        true
    }

    async fn migrate(&self, batch: &mut Batch<'_, E>) -> Result<(), DataError> {
        for row in 0..batch.rows().len() {
            batch.archived(row, self.reason);
        }
        Ok(())
    }

    async fn undo(&self, _: &Undo<'_>) -> Result<(), DataError> {
        Ok(())
    }
}
