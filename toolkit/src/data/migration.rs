//! What a data migration says.

use async_trait::async_trait;
use sea_orm::{
    DatabaseTransaction, EntityTrait, FromQueryResult, Iterable as _, PrimaryKeyToColumn as _, Select,
    sea_query::{Alias, ExprTrait as _, SelectStatement},
};

use super::{Batch, Changes, DataError, Undo};

/// Something that must not be in the database after a data migration.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// What must not be there, in words: `a log linked to another event's job`.
    pub what: String,
    /// The rows that would be.
    pub query: SelectStatement,
}

impl Invariant {
    /// No row may come back from the query. The words complete "there is …".
    pub fn none(what: impl Into<String>, query: impl Into<SelectStatement>) -> Self {
        Self {
            what: what.into(),
            query: query.into(),
        }
    }
}

/// How the rows of a batch reach a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// As models, in memory.
    Rows,
    /// Not at all: they stay in the database, and statements are built around [`Batch::scope`].
    Keys,
}

/// A data migration: a type over entities that the runner runs in batches.
#[async_trait]
pub trait DataMigration: Send + Sync + 'static {
    /// The table whose rows are worked through. Its primary key orders the batches.
    type Source: EntityTrait<Model: FromQueryResult + Send + Sync + Clone>;

    /// The rows that still need it; none are left when it is done. The same query is the work list before and the
    /// proof after, so a migration can run again at any time. Where [`moves_out`](Self::moves_out) says so, the runner
    /// itself leaves out the rows that have been dealt with and have not changed since.
    fn pending(&self) -> Select<Self::Source>;

    /// How the rows reach [`migrate`](Self::migrate).
    fn reads(&self) -> Reads {
        Reads::Rows
    }

    /// Does one batch inside its transaction. It may run again for rows that it has seen before.
    ///
    /// # Errors
    /// Any; the batch is rolled back. Where a row violates a constraint, the runner finds it and puts it in quarantine.
    async fn migrate(&self, batch: &mut Batch<'_, Self::Source>) -> Result<(), DataError>;

    /// Whether the rows leave their table, which is to go. Then each of them leaves an entry behind, whole.
    fn moves_out(&self) -> bool {
        false
    }

    /// Whether rows that can't be migrated may stay behind in quarantine while the rest goes on.
    fn tolerates_quarantine(&self) -> bool {
        true
    }

    /// Whether what it looks for are rows with a fault, so that most of what it finds goes into quarantine. Of any other
    /// migration that is taken for a fault of its own, and the run ends.
    fn looks_for_faults(&self) -> bool {
        false
    }

    /// Whether batches may run side by side.
    fn parallel(&self) -> bool {
        true
    }

    /// Looks before anything is written whether it can be done at all: whether there is a key, for example.
    ///
    /// # Errors
    /// [`DataError::Refused`] with what is missing and what to do.
    async fn prepare(&self, db: &DatabaseTransaction) -> Result<(), DataError> {
        let _ = db;
        Ok(())
    }

    /// Runs once when no row is left, for example to advance a sequence.
    ///
    /// # Errors
    /// Any; the step stays unfinished.
    async fn finish(&self, changes: &Changes<'_>) -> Result<(), DataError> {
        let _ = changes;
        Ok(())
    }

    /// What must hold afterwards, beside that nothing is pending.
    fn invariants(&self) -> Vec<Invariant> {
        Vec::new()
    }

    /// Takes back what was done, inside one transaction: without an implementation, every row that the step changed is put
    /// back from its before-image.
    ///
    /// # Errors
    /// [`DataError::ChangedSince`] where rows have been changed by others since; what the database says.
    async fn undo(&self, undo: &Undo<'_>) -> Result<(), DataError> {
        undo.restore_images().await.map(drop)
    }
}

/// A row's primary key as the text under which the ledger knows it.
pub(super) fn key_text<E: EntityTrait>() -> sea_orm::sea_query::Expr {
    let parts: Vec<_> = E::PrimaryKey::iter()
        .map(|key| {
            let column = key.into_column();
            sea_orm::sea_query::Expr::col((E::default(), column)).cast_as(Alias::new("text"))
        })
        .collect();
    let separator = sea_orm::sea_query::Expr::val("\u{1f}");
    parts
        .into_iter()
        .reduce(|left, right| {
            left.binary(sea_orm::sea_query::BinOper::Custom("||"), separator.clone())
                .binary(sea_orm::sea_query::BinOper::Custom("||"), right)
        })
        .unwrap_or_else(|| sea_orm::sea_query::Expr::val(""))
}
