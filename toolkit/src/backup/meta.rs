//! What a backup says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sum::TableSum;
use crate::schema::{Dialect, Schema};

/// In which form a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Rows table by table, for databases of this kind and of others.
    Portable,
    /// What the database's own tool writes.
    Native,
}

/// What a backup is of: its first part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Meta {
    /// Its form.
    pub form: Form,
    /// When it was begun, UTC.
    pub made_at: String,
    /// The version of Seawright that took it.
    pub seawright: String,
    /// The kind of the database.
    pub database: Dialect,
    /// The version of its server or library.
    pub server: String,
    /// The schema that it is of (PostgreSQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// The tool that wrote it, with its version (the native form on PostgreSQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The tables in the order of their rows.
    pub tables: Vec<TableMeta>,
    /// What a reader should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The schema as every kind of database can have it, the book-keeping's tables included.
    pub schema: Schema,
    /// The schema in the database's own words.
    #[serde(default)]
    pub(super) own: Own,
    /// The database's account of itself.
    #[serde(default)]
    pub(super) catalog: Vec<String>,
}

/// A table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableMeta {
    /// Its name.
    pub name: String,
    /// The columns whose values are kept, in order: all but the computed ones.
    pub columns: Vec<String>,
}

/// A schema in the words of its database.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Own {
    /// What is made before the rows.
    pub(super) before: Vec<String>,
    /// What is made after them.
    pub(super) after: Vec<String>,
    /// How far the counters have come.
    pub(super) counters: Vec<Counter>,
}

/// A sequence of PostgreSQL or a line of `sqlite_sequence`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Counter {
    /// The sequence's name, or the table's on SQLite.
    pub(super) name: String,
    /// The table whose column it counts for.
    #[serde(default)]
    pub(super) table: Option<String>,
    /// Its last value.
    pub(super) value: i64,
    /// Whether that was given out.
    pub(super) given: bool,
}

/// What must be found: the last part of a backup.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct End {
    /// What the rows of every table add up to.
    pub tables: BTreeMap<String, TableSum>,
}

impl End {
    /// The rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|sum| sum.rows).sum()
    }
}
