//! Indexes.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::Expression;

/// The order of one part of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Smallest first.
    #[default]
    Asc,
    /// Largest first.
    Desc,
}

impl Direction {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
    fn is_asc(&self) -> bool {
        *self == Self::Asc
    }
}

/// What one part of an index is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKey {
    /// A column.
    Column(String),
    /// An expression over the table's columns.
    Expression(Expression),
}

/// One part of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndexPart {
    /// A column or an expression.
    #[serde(flatten)]
    pub key: IndexKey,
    /// Its order.
    #[serde(default, skip_serializing_if = "Direction::is_asc")]
    pub direction: Direction,
}

impl IndexPart {
    /// A column, ascending.
    pub fn column(name: impl Into<String>) -> Self {
        Self {
            key: IndexKey::Column(name.into()),
            direction: Direction::Asc,
        }
    }

    /// The column's name, where the part is one.
    pub fn column_name(&self) -> Option<&str> {
        match &self.key {
            IndexKey::Column(name) => Some(name),
            IndexKey::Expression(_) => None,
        }
    }
}

/// An index that is no constraint (`CREATE INDEX`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Its name, unique in the schema.
    pub name: String,
    /// What it is over, in order.
    pub parts: Vec<IndexPart>,
    /// Whether it admits no two equal rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// The rows it covers (a partial index), all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Expression>,
    /// Columns kept in the leaves only (`INCLUDE`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// The access method, where it is not the database's usual one: `gin`, `gist`, `hash`, `brin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Whether the index is usable; a concurrent build that failed leaves one that is not. Only read from databases.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invalid: bool,
}

impl Index {
    /// A plain index over columns.
    pub fn new(name: impl Into<String>, parts: Vec<IndexPart>) -> Self {
        Self {
            name: name.into(),
            parts,
            unique: false,
            filter: None,
            include: Vec::new(),
            method: None,
            invalid: false,
        }
    }

    /// One line that tells everything about it but its name.
    pub fn describe(&self) -> String {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                let key = match &part.key {
                    IndexKey::Column(name) => name.clone(),
                    IndexKey::Expression(expression) => format!("({expression})"),
                };
                match part.direction {
                    Direction::Asc => key,
                    Direction::Desc => format!("{key} desc"),
                }
            })
            .collect();
        let mut text = format!("{}({})", if self.unique { "unique " } else { "" }, parts.join(", "));
        if let Some(filter) = &self.filter {
            let _ = write!(text, " where {filter}");
        }
        if !self.include.is_empty() {
            let _ = write!(text, " include ({})", self.include.join(", "));
        }
        if let Some(method) = &self.method {
            let _ = write!(text, " using {method}");
        }
        if self.invalid {
            text += ", invalid";
        }
        text
    }

    /// Whether the index uses that column, in its parts, its filter or beside them.
    pub fn uses(&self, column: &str) -> bool {
        let mut probe = self.clone();
        probe.rename_column(column, "\u{0}");
        probe != *self
    }

    /// Follows a column's rename.
    pub fn rename_column(&mut self, from: &str, to: &str) {
        for part in &mut self.parts {
            match &mut part.key {
                IndexKey::Column(name) if name == from => to.clone_into(name),
                IndexKey::Expression(expression) => expression.rename_column(from, to),
                IndexKey::Column(_) => {}
            }
        }
        if let Some(filter) = &mut self.filter {
            filter.rename_column(from, to);
        }
        for name in &mut self.include {
            if name == from {
                to.clone_into(name);
            }
        }
    }
}
