//! What sea-query has no builder for, with a builder's look: the statements that emitted migrations call.
//!
//! A migration that Seawright writes uses sea-query and [`SchemaManager`] wherever those can say it. The rest is here:
//! constraints on tables that exist, changes of columns, renames of indexes and constraints, comments, and SQLite's
//! rebuild of a table. Everything here renders to SQL first ([`AlterTable::statements`]), so that a plan shows just
//! what a migration runs.

mod alter_table;
mod enforcement;
mod mirror;
mod numbering;
pub mod online;
mod rename;
mod replace_enum;
mod sqlite;
mod type_name;
mod unfit;
pub(crate) mod values;

pub(crate) use alter_table::expression_sql;
pub use alter_table::{AlterTable, DdlError};
pub(crate) use enforcement::{ONE_CONNECTION, Unenforced, is_enforced};
pub use mirror::MirrorColumn;
pub use rename::{RenameIndex, RenameTable};
pub use replace_enum::{RenameEnumValue, ReplaceEnum};
pub use sqlite::Rebuild;
pub(crate) use sqlite::{Build, Rebuilt};
pub(crate) use type_name::type_name;
pub use unfit::{REFUSED, Unfit, Using};
pub(crate) use unfit::{UNFIT, asked};

use sea_orm::{
    ConnectionTrait as _, DbBackend, DbErr,
    sea_query::{Expr, IntoIden},
};
use sea_orm_migration::SchemaManager;

use crate::schema::truncate;

/// The default `now()`, written as `CURRENT_TIMESTAMP` on SQLite, which has no such function.
pub fn now(manager: &SchemaManager<'_>) -> Expr {
    now_on(manager.get_database_backend())
}

pub(crate) fn now_on(backend: DbBackend) -> Expr {
    if backend == DbBackend::Sqlite {
        Expr::current_timestamp()
    } else {
        Expr::cust("now()")
    }
}

/// Runs SQL that is the same on every database, such as an index over expressions.
///
/// # Errors
/// What the database says.
pub async fn execute(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql).await.map(|_| ())
}

/// Tells PostgreSQL what a table is for; the others keep no comments that can be changed alone.
///
/// # Errors
/// What the database says.
pub async fn comment_on_table<T: IntoIden>(
    manager: &SchemaManager<'_>,
    table: T,
    comment: Option<&str>,
) -> Result<(), DbErr> {
    for sql in comment_on_table_sql(manager.get_database_backend(), &name_of(table), comment) {
        execute(manager, &sql).await?;
    }
    Ok(())
}

pub(crate) fn comment_on_table_sql(backend: DbBackend, table: &str, comment: Option<&str>) -> Vec<String> {
    match backend {
        DbBackend::Postgres => vec![format!(
            "COMMENT ON TABLE {} IS {}",
            quote(table),
            text_or_null(comment)
        )],
        _ => Vec::new(),
    }
}

/// Tells PostgreSQL what a column is for; the others keep no comments that can be changed alone.
///
/// # Errors
/// What the database says.
pub async fn comment_on_column<T: IntoIden, C: IntoIden>(
    manager: &SchemaManager<'_>,
    table: T,
    column: C,
    comment: Option<&str>,
) -> Result<(), DbErr> {
    for sql in comment_on_column_sql(
        manager.get_database_backend(),
        &name_of(table),
        &name_of(column),
        comment,
    ) {
        execute(manager, &sql).await?;
    }
    Ok(())
}

pub(crate) fn comment_on_column_sql(
    backend: DbBackend,
    table: &str,
    column: &str,
    comment: Option<&str>,
) -> Vec<String> {
    match backend {
        DbBackend::Postgres => vec![format!(
            "COMMENT ON COLUMN {}.{} IS {}",
            quote(table),
            quote(column),
            text_or_null(comment)
        )],
        _ => Vec::new(),
    }
}

/// The name that PostgreSQL makes of a table's, a column's and an ending: both are cut, the longer first, until it
/// fits into 63 bytes (`makeObjectName` in indexcmds.c).
pub(crate) fn object_name(table: &str, column: Option<&str>, ending: &str) -> String {
    let room = 63 - ending.len() - 1 - usize::from(column.is_some());
    let (mut first, mut second) = (table.len(), column.map_or(0, str::len));
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let column = column.map_or_else(String::new, |column| format!("_{}", truncate(column, second)));
    format!("{}{column}_{ending}", truncate(table, first))
}

fn text_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), quote_text)
}

/// An identifier in SQL's double quotes.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name for sea-query where it puts quotes around one without doubling those within: indexes, keys, references.
pub(crate) fn spelled(name: &str) -> String {
    name.replace('"', "\"\"")
}

/// The name that [`spelled`] was given.
pub(crate) fn plain_name(spelled: &str) -> String {
    spelled.replace("\"\"", "\"")
}

/// A text constant in SQL's single quotes.
pub(crate) fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(crate) fn quote_list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

pub(crate) fn name_of(iden: impl IntoIden) -> String {
    iden.into_iden().to_string()
}
