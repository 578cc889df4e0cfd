//! One batch of rows.

use sea_orm::{
    ActiveModelTrait, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait,
    IntoActiveModel, Iterable as _, QueryFilter as _, QuerySelect as _, sea_query::ExprTrait as _,
};

use super::{DataError, Outcome, ledger::moved, migration::key_text};

/// What becomes of one row of a batch.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) target: Option<String>,
}

/// The rows of one transaction, and what becomes of each.
#[derive(Debug)]
pub struct Batch<'b, E: EntityTrait> {
    pub(super) step: &'b str,
    pub(super) rows: Vec<E::Model>,
    pub(super) keys: Vec<String>,
    pub(super) fates: Vec<Option<Fate>>,
    pub(super) transaction: &'b DatabaseTransaction,
}

impl<E: EntityTrait> Batch<'_, E> {
    /// The rows, in the order of their primary key.
    pub fn rows(&self) -> &[E::Model] {
        &self.rows
    }

    /// The transaction that everything happens in.
    pub fn transaction(&self) -> &DatabaseTransaction {
        self.transaction
    }

    /// The row of that number in the batch lives on as the row with that primary key.
    #[expect(clippy::needless_pass_by_value, reason = "a key is a number or a short text")]
    pub fn migrated(&mut self, row: usize, target: impl ToString) {
        self.set(
            row,
            Fate {
                outcome: Outcome::Migrated,
                reason: None,
                target: Some(target.to_string()),
            },
        );
    }

    /// The row of that number has no successor; it is kept whole.
    pub fn archived(&mut self, row: usize, reason: impl Into<String>) {
        self.set(
            row,
            Fate {
                outcome: Outcome::Archived,
                reason: Some(reason.into()),
                target: None,
            },
        );
    }

    /// The row of that number cannot be migrated; it is kept whole, with the reason.
    pub fn quarantined(&mut self, row: usize, reason: impl Into<String>) {
        self.set(
            row,
            Fate {
                outcome: Outcome::Quarantined,
                reason: Some(reason.into()),
                target: None,
            },
        );
    }

    fn set(&mut self, row: usize, fate: Fate) {
        if let Some(slot) = self.fates.get_mut(row) {
            *slot = Some(fate);
        }
    }

    /// Inserts rows into a table in as few statements as the database's limit of parameters allows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert<A>(&self, models: impl IntoIterator<Item = A>) -> Result<(), DataError>
    where
        A: ActiveModelTrait,
    {
        let mut models = models.into_iter().peekable();
        let size = self.rows_a_statement::<A::Entity>();
        while models.peek().is_some() {
            let chunk: Vec<A> = models.by_ref().take(size).collect();
            A::Entity::insert_many(chunk)
                .exec_without_returning(self.transaction)
                .await?;
        }
        Ok(())
    }

    /// Inserts rows and returns them as they are in the table, in the same order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn insert_returning<A>(
        &self,
        models: impl IntoIterator<Item = A>,
    ) -> Result<Vec<<A::Entity as EntityTrait>::Model>, DataError>
    where
        A: ActiveModelTrait,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let mut models = models.into_iter().peekable();
        let size = self.rows_a_statement::<A::Entity>();
        let mut inserted = Vec::new();
        while models.peek().is_some() {
            let chunk: Vec<A> = models.by_ref().take(size).collect();
            let expected = chunk.len();
            let returned = A::Entity::insert_many(chunk)
                .exec_with_returning(self.transaction)
                .await?;
            if returned.len() != expected {
                return Err(DataError::Failed(format!(
                    "the database returned {} of {expected} inserted rows",
                    returned.len()
                )));
            }
            inserted.extend(returned);
        }
        Ok(inserted)
    }

    /// Deletes what an earlier run made of rows that have changed since, so that they can be done again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_previous<T: EntityTrait>(&self) -> Result<(), DataError> {
        let targets: Vec<Option<String>> = moved::Entity::find()
            .select_only()
            .column(moved::Column::TargetKey)
            .filter(moved::Column::Step.eq(self.step))
            .filter(moved::Column::RowKey.is_in(self.keys.iter().cloned()))
            .into_tuple()
            .all(self.transaction)
            .await?;
        let targets: Vec<String> = targets.into_iter().flatten().collect();
        if !targets.is_empty() {
            T::delete_many()
                .filter(key_text::<T>().is_in(targets))
                .exec(self.transaction)
                .await?;
        }
        Ok(())
    }

    /// PostgreSQL's protocol counts parameters in 16 bits, SQLite allows 32,766 (SQLITE_MAX_VARIABLE_NUMBER).
    fn rows_a_statement<T: EntityTrait>(&self) -> usize {
        let parameters = if self.transaction.get_database_backend() == DbBackend::Sqlite {
            32_766
        } else {
            65_535
        };
        (parameters / T::Column::iter().count().max(1)).clamp(1, 1000)
    }
}
