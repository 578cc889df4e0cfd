//! One batch of rows.

use std::ops::Deref;

use sea_orm::{
    ColumnTrait as _, EntityTrait, QueryFilter as _, QuerySelect as _, Select,
    sea_query::{Condition, ExprTrait as _},
};

use super::{
    Changes, DataError, Outcome,
    keys::{Key, KeySql, row_key},
    ledger::moved,
    migration::key_text,
};

/// What becomes of one row of a batch.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) target: Option<String>,
}

/// The rows of one transaction, and what becomes of each. What it changes, it changes as [`Changes`] does.
#[derive(Debug)]
pub struct Batch<'b, E: EntityTrait> {
    pub(super) changes: Changes<'b>,
    pub(super) rows: Vec<E::Model>,
    pub(super) keys: Vec<Key>,
    pub(super) fates: Vec<Option<Fate>>,
    pub(super) notes: Vec<(usize, String)>,
    pub(super) pending: Select<E>,
    pub(super) range: Condition,
}

impl<'b, E: EntityTrait> Deref for Batch<'b, E> {
    type Target = Changes<'b>;

    fn deref(&self) -> &Changes<'b> {
        &self.changes
    }
}

impl<E: EntityTrait> Batch<'_, E> {
    /// The rows, in the order of their primary key. None where the migration works by keys ([`Reads::Keys`](super::Reads)).
    pub fn rows(&self) -> &[E::Model] {
        &self.rows
    }

    /// Which rows of the source this batch has: those that still need it, in its range of keys.
    pub fn scope(&self) -> Condition {
        let pending = KeySql::<E>::bare(self.pending.clone().filter(self.range.clone()));
        Condition::all()
            .add(self.range.clone())
            .add(KeySql::<E>::tuple().in_subquery(pending))
    }

    /// The batch's range of keys of the source. It holds rows that don't need it too: for statements that say by themselves
    /// which do.
    pub fn range(&self) -> Condition {
        self.range.clone()
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

    /// The row of that number has no successor; it is kept whole. A table that stays it leaves by
    /// [`delete`](Changes::delete).
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

    /// The row of that number is migrated, and a person should look at it: a line in the report.
    pub fn note(&mut self, row: usize, text: impl Into<String>) {
        self.notes.push((row, text.into()));
    }

    fn set(&mut self, row: usize, fate: Fate) {
        if let Some(slot) = self.fates.get_mut(row) {
            *slot = Some(fate);
        }
    }

    /// Deletes what an earlier run made of rows that have changed since, so that they can be done again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_previous<T: EntityTrait>(&self) -> Result<(), DataError> {
        let keys: Vec<String> = self.keys.iter().map(|key| row_key(key)).collect();
        let targets: Vec<Option<String>> = moved::Entity::find()
            .select_only()
            .column(moved::Column::TargetKey)
            .filter(moved::Column::Step.eq(self.changes.origin.step))
            .filter(moved::Column::RowKey.is_in(keys))
            .into_tuple()
            .all(self.changes.transaction)
            .await?;
        let targets: Vec<String> = targets.into_iter().flatten().collect();
        if !targets.is_empty() {
            T::delete_many()
                .filter(key_text::<T>().is_in(targets))
                .exec(self.changes.transaction)
                .await?;
        }
        Ok(())
    }
}
