//! What a database has and the rest of the IR has no field for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmanagedKind {
    /// A primary key that says more than its columns: deferrable, INCLUDE, an order of its own.
    PrimaryKey,
    /// A unique constraint that says more than its columns.
    Unique,
    /// A foreign key that says more than its columns and actions, or that leads to another schema.
    ForeignKey,
    /// A check that says more than its expression: NOT VALID, NO INHERIT.
    Check,
    /// An index with an operator class, a collation, a place of the NULLs or storage parameters of its own.
    Index,
    /// An exclusion constraint.
    Exclusion,
    /// How a table's rows are kept: UNLOGGED, storage parameters, STRICT, WITHOUT ROWID.
    TableOption,
    /// How a column's values are kept: storage, compression, VIRTUAL, what a conflict does.
    ColumnOption,
    /// How a column is numbered, where that is not from one in steps of one.
    Numbering,
    /// How a table is split into partitions.
    Partitioning,
    /// That a table is a partition of another.
    Partition,
    /// That a table inherits from another.
    Inheritance,
    /// That row level security is on.
    RowSecurity,
    /// A policy of row level security.
    Policy,
    /// A trigger.
    Trigger,
    /// A rewrite rule.
    Rule,
    /// A statistics object.
    Statistics,
    /// A sequence that no column is numbered by.
    Sequence,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A table whose rows lie in another database.
    ForeignTable,
    /// A virtual table.
    VirtualTable,
    /// A function or procedure.
    Function,
    /// A domain.
    Domain,
    /// A composite or a range type.
    Type,
    /// An extension.
    Extension,
    /// A publication.
    Publication,
    /// A statement of which only its text is known.
    Statement,
}

impl UnmanagedKind {
    /// Whether it is what else there is to say of something that the IR has: of the key, constraint or index of its name.
    pub fn is_of_object(self) -> bool {
        matches!(
            self,
            Self::PrimaryKey | Self::Unique | Self::ForeignKey | Self::Check | Self::Index
        )
    }

    /// Whether rows mean the same without it: it is about how they are kept.
    pub fn is_of_storage(self) -> bool {
        matches!(self, Self::TableOption | Self::Statistics | Self::Publication)
    }

    /// Whether it stands beside the tables, so that they are what they are without it.
    pub fn is_beside(self) -> bool {
        matches!(
            self,
            Self::Policy
                | Self::RowSecurity
                | Self::Trigger
                | Self::Rule
                | Self::Statistics
                | Self::Sequence
                | Self::View
                | Self::MaterializedView
                | Self::ForeignTable
                | Self::VirtualTable
                | Self::Function
                | Self::Domain
                | Self::Type
                | Self::Extension
                | Self::Publication
        )
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique constraint",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Index => "index",
            Self::Exclusion => "exclusion constraint",
            Self::TableOption => "table option",
            Self::ColumnOption => "column option",
            Self::Numbering => "numbering",
            Self::Partitioning => "partitioning",
            Self::Partition => "partition",
            Self::Inheritance => "inheritance",
            Self::RowSecurity => "row level security",
            Self::Policy => "policy",
            Self::Trigger => "trigger",
            Self::Rule => "rule",
            Self::Statistics => "statistics",
            Self::Sequence => "sequence",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::ForeignTable => "foreign table",
            Self::VirtualTable => "virtual table",
            Self::Function => "function",
            Self::Domain => "domain",
            Self::Type => "type",
            Self::Extension => "extension",
            Self::Publication => "publication",
            Self::Statement => "statement",
        }
    }

    /// Whether the table is one of several that keep one set of rows.
    pub fn is_of_partitions(self) -> bool {
        matches!(self, Self::Partitioning | Self::Partition | Self::Inheritance)
    }
}

impl fmt::Display for UnmanagedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A table, or a column of it, that something reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// The table.
    pub table: String,
    /// The column; none where it is the table as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Whether it is named in a text that the database reads only when it runs, so that a rename does not reach it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_name: bool,
}

/// Something that a database has and no other part of the IR has a field for: seen, compared and listed, never emitted and
/// never lost. A plan that would have to make, change or remove one is refused with its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmanaged {
    /// What it is.
    pub kind: UnmanagedKind,
    /// Its name; of a part of a table what it is about.
    pub name: String,
    /// What the database says of it, in the database's own words.
    pub definition: String,
    /// What it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Dependency>,
}

impl Unmanaged {
    /// One that reads nothing.
    pub fn new(kind: UnmanagedKind, name: impl Into<String>, definition: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            definition: definition.into(),
            depends_on: Vec::new(),
        }
    }

    /// Whether it reads that column.
    pub fn reads(&self, table: &str, column: &str) -> bool {
        self.depends_on
            .iter()
            .any(|on| on.table == table && on.column.as_deref() == Some(column))
    }

    /// Whether it names that column in a text that a rename does not reach.
    pub fn names(&self, table: &str, column: &str) -> bool {
        self.depends_on
            .iter()
            .any(|on| on.by_name && on.table == table && on.column.as_deref() == Some(column))
    }

    /// Whether it reads that table or a column of it.
    pub fn reads_table(&self, table: &str) -> bool {
        self.depends_on.iter().any(|on| on.table == table)
    }

    /// What and of which table, for messages.
    pub fn on(&self, table: Option<&str>) -> String {
        match table {
            Some(table) => format!("{} `{}` on `{table}`", self.kind, self.name),
            None => format!("{} `{}`", self.kind, self.name),
        }
    }

    /// Follows a table's rename.
    pub fn rename_table(&mut self, from: &str, to: &str) {
        for on in self.depends_on.iter_mut().filter(|on| on.table == from) {
            to.clone_into(&mut on.table);
        }
    }

    /// Follows a column's rename.
    pub fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        let of_it = |on: &&mut Dependency| on.table == table && on.column.as_deref() == Some(from);
        for on in self.depends_on.iter_mut().filter(of_it) {
            on.column = Some(to.to_owned());
        }
    }
}

/// The definition's first line, for lists.
impl fmt::Display for Unmanaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.definition.split_whitespace().collect();
        f.write_str(&words.join(" "))
    }
}
