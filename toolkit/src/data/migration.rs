//! What a data migration says.

use async_trait::async_trait;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait, FromQueryResult, Iterable as _, PrimaryKeyToColumn as _,
    QueryFilter as _, QuerySelect as _, Select,
    sea_query::{Alias, ExprTrait as _, Query, SelectStatement},
};

use super::{Batch, DataError, ledger::moved};

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

/// A data migration: a type over entities that the runner runs in batches.
#[async_trait]
pub trait DataMigration: Send + Sync + 'static {
    /// The table whose rows are worked through. Its primary key orders the batches.
    type Source: EntityTrait<Model: FromQueryResult + Send + Sync + Clone>;

    /// The rows that still need it; none are left when it is done. The same query is the work list before and the
    /// proof after, so a migration can run again at any time. Where [`moves_out`](Self::moves_out) says so, the runner
    /// itself leaves out the rows that have been dealt with and have not changed since.
    fn pending(&self) -> Select<Self::Source>;

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

    /// Runs once when no row is left, for example to advance a sequence.
    ///
    /// # Errors
    /// Any; the step stays unfinished.
    async fn finish(&self, transaction: &DatabaseTransaction) -> Result<(), DataError> {
        let _ = transaction;
        Ok(())
    }

    /// What must hold afterwards, beside that nothing is pending.
    fn invariants(&self) -> Vec<Invariant> {
        Vec::new()
    }

    /// Takes back what was done, inside one transaction.
    ///
    /// # Errors
    /// Without an implementation, that there is none.
    async fn undo(&self, undo: &Undo<'_>) -> Result<(), DataError> {
        Err(DataError::Failed(format!(
            "the data migration `{}` says no way back",
            undo.step
        )))
    }
}

/// The transaction and the account of a step that is being undone.
#[derive(Debug)]
pub struct Undo<'u> {
    /// The step's name.
    pub step: &'u str,
    /// The transaction that everything happens in.
    pub transaction: &'u DatabaseTransaction,
}

impl Undo<'_> {
    /// Deletes the rows that the step made in that table.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delete_targets<T: EntityTrait>(&self) -> Result<u64, DataError> {
        let key = key_text::<T>();
        let targets = Query::select()
            .column(moved::Column::TargetKey)
            .from(moved::Entity)
            .and_where(moved::Column::Step.eq(self.step))
            .and_where(moved::Column::TargetKey.is_not_null())
            .take();
        let deleted = T::delete_many()
            .filter(key.in_subquery(targets))
            .exec(self.transaction)
            .await?;
        Ok(deleted.rows_affected)
    }

    /// Forgets what became of the rows, after the rest is undone.
    pub(super) async fn forget(&self) -> Result<(), DataError> {
        moved::Entity::delete_many()
            .filter(moved::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        super::ledger::steps::Entity::delete_many()
            .filter(super::ledger::steps::Column::Step.eq(self.step))
            .exec(self.transaction)
            .await?;
        Ok(())
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

/// How many rows a select has.
pub(super) async fn count<C: sea_orm::ConnectionTrait>(db: &C, select: SelectStatement) -> Result<u64, sea_orm::DbErr> {
    let query = Query::select()
        .expr_as(sea_orm::sea_query::Expr::cust("count(*)"), Alias::new("count"))
        .from_subquery(select, Alias::new("rows_found"))
        .take();
    let row = db.query_one(&query).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Only the keys of a select, so that counting it does not read everything.
pub(super) fn keys_only<E: EntityTrait>(select: Select<E>) -> SelectStatement {
    use sea_orm::QueryTrait as _;
    select
        .select_only()
        .columns(E::PrimaryKey::iter().map(sea_orm::PrimaryKeyToColumn::into_column))
        .into_query()
}
