//! A live database → the IR.
//!
//! One file a database, with the same function names in each: `introspect` reads the current schema in a handful of
//! statements for the whole of it, however many tables there are, and puts the rows together.
//!
//! Expressions come back as the database prints them ([`Expression::Sql`]); only a default that is a constant or one of
//! the moments is read into the tree. What is read here is meant to be held against what was read here: a live database
//! against a shadow.
//!
//! # What the IR has no field for
//! A column's collation stands in the text of its type, so that the text is still SQL that its database takes. Everything
//! else (a deferrable key, an operator class, `EXCLUDE`, `STRICT`, a partition's bounds, triggers, views) is kept as
//! [`Unmanaged`](crate::schema::Unmanaged): in the table that it belongs to, or in the schema. Of a key, a constraint or an
//! index that says more than the IR, both the plain form and the rest are there, under one name.

mod catalog;
mod mysql;
mod postgres;
mod postgres_default;
mod postgres_unmanaged;
mod sqlite;
mod sqlite_sql;
pub(crate) mod sqlite_tokens;
mod sqlite_unmanaged;

pub use catalog::{catalog, catalog_of_all};

use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::schema::{Literal, Schema};

/// Why a database's schema could not be read.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectError {
    /// A statement on the catalog failed.
    #[error(
        "cannot read the {what} from {database}'s catalog; check that the connection stands and that its role may read the catalog"
    )]
    Query {
        /// The kind of database.
        database: &'static str,
        /// What was being read.
        what: &'static str,
        /// The driver's error.
        source: DbErr,
    },
    /// The catalog answered with something that Seawright does not know.
    #[error(
        "cannot make out the {what} in {database}'s catalog; this version of the server may be newer than Seawright, please report it"
    )]
    Answer {
        /// The kind of database.
        database: &'static str,
        /// What was being read.
        what: &'static str,
        /// What is wrong with the answer.
        source: serde_json::Error,
    },
    /// The connection has no current schema.
    #[error(
        "the connection has no current schema: no schema of PostgreSQL's search_path exists; create it, or name another with `-s`"
    )]
    NoCurrentSchema,
    /// The database is of a kind that cannot be read yet.
    #[error("cannot read the schema of {0} yet; PostgreSQL and SQLite can be read")]
    NotYet(&'static str),
}

/// Reads the current schema of a database: PostgreSQL's `current_schema()`, SQLite's `main`.
///
/// The tables of SeaORM's and Seawright's own book-keeping are left out, see [`is_own_table`].
///
/// # Errors
/// Where the catalog cannot be read, and for databases that cannot be read yet.
pub async fn introspect<C: ConnectionTrait>(db: &C) -> Result<Schema, IntrospectError> {
    let mut schema = introspect_all(db).await?;
    schema.tables.retain(|table| !is_own_table(&table.name));
    schema.unmanaged.retain(|one| !is_own_table(&one.name));
    Ok(schema)
}

/// Reads the current schema of a database with the tables of the book-keeping.
///
/// # Errors
/// As [`introspect`].
pub async fn introspect_all<C: ConnectionTrait>(db: &C) -> Result<Schema, IntrospectError> {
    let schema = match db.get_database_backend() {
        DbBackend::Postgres => postgres::introspect(db).await?,
        DbBackend::Sqlite => sqlite::introspect(db).await?,
        DbBackend::MySql => mysql::introspect(db).await?,
        _ => return Err(IntrospectError::NotYet("this kind of database")),
    };
    Ok(schema.normalised())
}

/// Whether the table belongs to the migrations' book-keeping and not to the schema: SeaORM's `seaql_migrations`
/// and everything that starts with `seawright_`.
pub fn is_own_table(name: &str) -> bool {
    name == "seaql_migrations" || name.starts_with("seawright_")
}

/// A number that an `i64` or an `f64` holds exactly as it is written, so that two numbers never read as one.
fn number(text: &str) -> Option<Literal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Ok(value) = text.parse() {
        return Some(Literal::Int(value));
    }
    let value: f64 = text.parse().ok()?;
    // 15 significant digits survive the way into an f64 and back.
    let significant = digits.chars().filter(char::is_ascii_digit).count();
    (value.is_finite() && significant <= 15).then_some(Literal::Double(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn book_keeping_is_told_from_the_schema() {
        assert!(is_own_table("seaql_migrations"));
        assert!(is_own_table("seawright_checkpoints"));
        assert!(!is_own_table("seawrights"));
        assert!(!is_own_table("users"));
    }
}
