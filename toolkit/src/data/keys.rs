//! Primary keys of any kind as lists of texts: composite ones, numbers, texts, identifiers.

use std::marker::PhantomData;

use sea_orm::{
    DbBackend, EntityTrait, IdenStatic as _, Iterable as _, Order, QueryFilter as _, QueryOrder as _, QueryResult,
    QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Alias, Condition, Expr, ExprTrait as _, SelectStatement},
};

use super::{DataError, rows::Shape};

/// A primary key: the text of each of its columns, as the database casts it.
pub(super) type Key = Vec<String>;

/// The key under which the ledger knows a row.
pub(super) fn row_key(key: &[String]) -> String {
    key.join("\u{1f}")
}

/// A key as the ledger keeps it where it is to be read again.
pub(super) fn to_json(key: &[String]) -> String {
    serde_json::json!(key).to_string()
}

/// The key that [`to_json`] wrote.
pub(super) fn from_json(text: &str) -> Result<Key, DataError> {
    serde_json::from_str(text)
        .map_err(|_| DataError::Failed(format!("the ledger holds a key that cannot be read: {text}")))
}

/// How the keys of a table are selected, ordered and compared.
#[derive(Clone, Debug)]
pub(super) struct KeySql<E> {
    /// The types of the key's columns, to cast a text to.
    types: Vec<String>,
    entity: PhantomData<fn() -> E>,
}

impl<E: EntityTrait> KeySql<E> {
    /// # Errors
    /// That the table lacks a column of the entity's key.
    pub(super) fn of(shape: &Shape) -> Result<Self, DataError> {
        let types = Self::columns()
            .map(|column| {
                shape
                    .type_of(column.as_str())
                    .map(str::to_owned)
                    .ok_or_else(|| DataError::Failed(format!("`{}` has no column `{}`", shape.table, column.as_str())))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            types,
            entity: PhantomData,
        })
    }

    pub(super) fn columns() -> impl Iterator<Item = E::Column> {
        E::PrimaryKey::iter().map(sea_orm::PrimaryKeyToColumn::into_column)
    }

    fn qualified(column: E::Column) -> Expr {
        Expr::col((Alias::new(E::default().table_name()), column))
    }

    /// Adds the key's columns to a select, as text.
    pub(super) fn with_keys(select: Select<E>) -> Select<E> {
        Self::columns().enumerate().fold(select, |select, (at, column)| {
            select.expr_as(Self::qualified(column).cast_as("text"), name(at))
        })
    }

    /// Only the keys of a select, in their order.
    pub(super) fn keys_only(select: Select<E>, order: &Order) -> SelectStatement {
        let select = Self::with_keys(select.select_only());
        Self::ordered(select, order).into_query()
    }

    /// In the order of the key.
    pub(super) fn ordered(select: Select<E>, order: &Order) -> Select<E> {
        Self::columns().fold(select, |select, column| select.order_by(column, order.clone()))
    }

    /// The key of a row of such a select.
    pub(super) fn read(row: &QueryResult, prefix: &str) -> Result<Key, sea_orm::DbErr> {
        Self::columns()
            .enumerate()
            .map(|(at, column)| {
                let text: Option<String> = row.try_get(prefix, &name(at))?;
                text.ok_or_else(|| Self::without_key(column))
            })
            .collect()
    }

    /// SQLite lets NULL into a key that is no whole number (<https://sqlite.org/quirks.html>): such a row has no place
    /// in an order by keys.
    fn without_key(column: E::Column) -> sea_orm::DbErr {
        let entity = E::default();
        let (table, column) = (entity.table_name(), column.as_str());
        sea_orm::DbErr::Custom(format!(
            "`{table}` has a row whose key is NULL, which only SQLite allows; nothing of it was moved. Find it with \
             `SELECT rowid, * FROM {} WHERE {} IS NULL`, and give it a key or delete it",
            crate::ddl::quote(table),
            crate::ddl::quote(column)
        ))
    }

    fn value(&self, at: usize, text: &str) -> Expr {
        match self.types.get(at) {
            Some(kind) if !kind.is_empty() => Expr::val(text).cast_as(Alias::new(kind.as_str())),
            _ => Expr::val(text),
        }
    }

    /// The rows behind a key: `a > x OR (a = x AND b > y)`.
    pub(super) fn behind(&self, key: &[String]) -> Condition {
        self.beside(key, false)
    }

    /// The rows up to a key, with it.
    pub(super) fn up_to(&self, key: &[String]) -> Condition {
        self.beside(key, true)
    }

    fn beside(&self, key: &[String], before: bool) -> Condition {
        let columns: Vec<E::Column> = Self::columns().collect();
        let mut any = Condition::any();
        for at in 0..columns.len().min(key.len()) {
            let mut all = Condition::all();
            for equal in 0..at {
                all = all.add(Self::qualified(columns[equal]).eq(self.value(equal, &key[equal])));
            }
            let (column, value) = (Self::qualified(columns[at]), self.value(at, &key[at]));
            let is_last = at + 1 == columns.len();
            all = all.add(match (before, is_last) {
                (true, true) => column.lte(value),
                (true, false) => column.lt(value),
                (false, _) => column.gt(value),
            });
            any = any.add(all);
        }
        // One column needs no OR, which would hide the range from a planner.
        any
    }

    /// The rows of a slice: behind the one key, up to the other.
    pub(super) fn between(&self, after: Option<&Key>, last: Option<&Key>) -> Condition {
        let mut all = Condition::all();
        if let Some(after) = after {
            all = all.add(self.behind(after));
        }
        if let Some(last) = last {
            all = all.add(self.up_to(last));
        }
        all
    }

    /// Those of a select that are in a slice.
    pub(super) fn slice(&self, select: Select<E>, after: Option<&Key>, last: Option<&Key>) -> Select<E> {
        select.filter(self.between(after, last))
    }

    /// A key of the table, whole, as one expression that a subquery can be compared with.
    pub(super) fn tuple() -> Expr {
        let columns: Vec<Expr> = Self::columns().map(Self::qualified).collect();
        match <[Expr; 1]>::try_from(columns) {
            Ok([one]) => one,
            Err(columns) => Expr::tuple(columns),
        }
    }

    /// A select of nothing but the key's columns, as they are.
    pub(super) fn bare(select: Select<E>) -> SelectStatement {
        select.select_only().columns(Self::columns()).into_query()
    }
}

fn name(at: usize) -> String {
    format!("seawright_key_{at}")
}

/// The database's clock, in milliseconds since 1970.
pub(super) fn clock_sql(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Sqlite {
        "CAST(unixepoch('subsec') * 1000 AS integer)"
    } else {
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    }
}
