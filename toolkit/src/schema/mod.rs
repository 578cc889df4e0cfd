//! The intermediate representation (IR) of a schema: plain data, no behaviour hidden in it.
//!
//! Everything else in the engine speaks in these types: `declare` and `introspect` make them, `diff` compares them,
//! `emit` prints them. They serialise to JSON; the lock file and the kept schemas are that JSON.

mod clash;
mod constraint;
mod data_type;
mod expression;
mod index;
mod naming;
mod table;
mod unmanaged;

pub use clash::Clash;
pub use constraint::{Check, ForeignKey, PrimaryKey, ReferentialAction, Unique};
pub use data_type::{DataType, DataTypeError};
pub use expression::{Comparison, Expression, Literal};
pub use index::{Direction, Index, IndexKey, IndexPart};
pub use naming::{Convention, truncate};
pub use table::{AutoIncrement, Column, Table};
pub use unmanaged::{Dependency, Unmanaged, UnmanagedKind};

use serde::{Deserialize, Serialize};

/// A database server's kind: the three that Seawright writes SQL for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL 13 and later.
    Postgres,
    /// SQLite 3.35 and later.
    Sqlite,
    /// MySQL 8 and MariaDB 10.6 and later.
    Mysql,
}

impl Dialect {
    /// The name as it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::Mysql => "mysql",
        }
    }
}

/// A native enumeration type (`CREATE TYPE … AS ENUM`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// The type's name.
    pub name: String,
    /// The values in their order.
    pub values: Vec<String>,
}

/// A whole schema: tables and enumeration types, each sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Native enumeration types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enums: Vec<EnumType>,
    /// The tables.
    #[serde(default)]
    pub tables: Vec<Table>,
    /// What belongs to no table and has no other field. Only read from databases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmanaged: Vec<Unmanaged>,
    /// Whether it is what entities declare, as a database prints it: what has no other field it cannot say, so that
    /// nothing follows from its absence.
    #[serde(skip)]
    pub is_declared: bool,
}

impl Schema {
    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// All that has no other field, with the tables that it belongs to.
    pub fn unmanaged(&self) -> impl Iterator<Item = (Option<&str>, &Unmanaged)> {
        let of_tables = self.tables.iter().flat_map(|table| {
            let name = Some(table.name.as_str());
            table.unmanaged.iter().map(move |one| (name, one))
        });
        of_tables.chain(self.unmanaged.iter().map(|one| (None, one)))
    }

    /// The table of that name, to change it.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name == name)
    }

    /// Puts a table in, in place of one of the same name.
    pub fn insert(&mut self, table: Table) {
        self.tables.retain(|other| other.name != table.name);
        let at = self.tables.partition_point(|other| other.name < table.name);
        self.tables.insert(at, table);
    }

    /// Takes a table out.
    pub fn remove(&mut self, name: &str) -> Option<Table> {
        let at = self.tables.iter().position(|table| table.name == name)?;
        Some(self.tables.remove(at))
    }

    /// Brings everything whose order means nothing into one order, so that equal schemas are equal values.
    /// The columns keep theirs.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        self.enums.sort_by(|a, b| a.name.cmp(&b.name));
        self.tables.sort_by(|a, b| a.name.cmp(&b.name));
        self.unmanaged.sort();
        for table in &mut self.tables {
            table
                .uniques
                .sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
            table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            table
                .foreign_keys
                .sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
            table.checks.sort_by(|a, b| a.name.cmp(&b.name));
            table.unmanaged.sort();
        }
        self
    }

    /// The schema as the JSON that is kept in files: stable, one fact a line.
    ///
    /// # Errors
    /// None in practice: the IR has no map with keys that JSON can't have.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads what [`Schema::to_json`] wrote.
    ///
    /// # Errors
    /// Where the text is no JSON or holds something that is no schema, with line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<Self>(text).map(Self::normalised)
    }
}
