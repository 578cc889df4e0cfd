//! The conditions and statements around secrets.

use entity::values::Sealed;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityName as _, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Alias, Condition, Expr, ExprTrait, Func, Query, TableRef, ValueTuple},
};
use seawright::data::DataError;

use super::holder::{ColumnOf, HoldsSecrets, RowOf, id_of};

/// What every value of the vault begins with, whatever its key.
pub(super) const ANY_KEY: &str = "v1:";

/// How many rows are read, or written, at a time.
const CHUNK: u64 = 2000;

/// A column begins with one of these texts. `LIKE` would do, but takes no notice of case on SQLite.
pub(super) fn begins<S: HoldsSecrets>(column: ColumnOf<S>, prefixes: &[String]) -> Expr {
    prefixes
        .iter()
        .map(|prefix| {
            let length = i32::try_from(prefix.len()).unwrap_or(i32::MAX);
            Expr::from(Func::cust("substr").args([
                Expr::col((S::Table::default(), column)),
                Expr::value(1),
                Expr::value(length),
            ]))
            .eq(prefix.as_str())
        })
        .reduce(ExprTrait::or)
        .unwrap_or_else(|| Expr::value(1).eq(0))
}

/// The rows with a secret that does not begin with one of these texts, or whose other columns are not true of it.
pub(super) fn unsealed<S: HoldsSecrets>(prefixes: &[String]) -> Condition {
    S::SECRETS.iter().fold(Condition::any(), |any, (column, _)| {
        let (absent, sealed) = (column.eq(""), begins::<S>(*column, prefixes));
        let untrue = S::untrue(sealed.clone(), absent.clone());
        any.add(absent.not().and(sealed.not())).add_option(untrue)
    })
}

/// The rows after that one that have a secret which begins so.
pub(super) async fn beginning<S: HoldsSecrets>(
    db: &DatabaseTransaction,
    prefix: &str,
    after: Option<i32>,
) -> Result<Vec<RowOf<S>>, DataError> {
    let prefixes = [prefix.to_owned()];
    let any = S::SECRETS.iter().fold(Condition::any(), |any, (column, _)| {
        any.add(begins::<S>(*column, &prefixes))
    });
    let mut select = S::Table::find().filter(any).order_by_asc(S::ID).limit(CHUNK);
    if let Some(after) = after {
        select = select.filter(S::ID.gt(after));
    }
    Ok(select.all(db).await?)
}

/// Writes a column of rows in few statements, with no before-image: for what must not be kept as it was.
pub(super) async fn write<S: HoldsSecrets>(
    db: &DatabaseTransaction,
    column: ColumnOf<S>,
    values: Vec<(i32, Sealed)>,
) -> Result<(), DataError> {
    let size = usize::try_from(CHUNK).unwrap_or(usize::MAX);
    let mut values = values.into_iter().peekable();
    while values.peek().is_some() {
        let tuples: Vec<ValueTuple> = values
            .by_ref()
            .take(size)
            .map(|(id, text)| ValueTuple::Two(id.into(), text.into()))
            .collect();
        let expected = tuples.len() as u64;
        let given = Alias::new("given");
        // PostgreSQL and SQLite both call the columns of a list of values so.
        let part = |name: &str| Expr::col((given.clone(), Alias::new(name)));
        let mut update = Query::update();
        update
            .table(S::Table::default())
            .value(column, part("column2"))
            .from(TableRef::ValuesList(
                tuples,
                sea_orm::sea_query::IntoIden::into_iden(given.clone()),
            ))
            .and_where(Expr::col((S::Table::default(), S::ID)).eq(part("column1")));
        let written = db.execute(&update).await?.rows_affected();
        if written != expected {
            return Err(DataError::Failed(format!(
                "{written} of {expected} rows of `{}` were written, because others were deleted meanwhile; run it again",
                S::Table::default().table_name()
            )));
        }
    }
    Ok(())
}

/// Walks through all rows that have a secret which begins so.
pub(super) struct Walk<'w> {
    db: &'w DatabaseTransaction,
    prefix: String,
    after: Option<i32>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(db: &'w DatabaseTransaction, prefix: &str) -> Self {
        Self {
            db,
            prefix: prefix.to_owned(),
            after: None,
        }
    }

    /// The next rows in the order of their keys; none at the end.
    pub(super) async fn next<S: HoldsSecrets>(&mut self) -> Result<Vec<RowOf<S>>, DataError> {
        let rows = beginning::<S>(self.db, &self.prefix, self.after).await?;
        if let Some(last) = rows.last() {
            self.after = Some(id_of::<S>(last)?);
        }
        Ok(rows)
    }
}
