//! Constraints: primary and unique keys, foreign keys, checks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Expression, truncate};

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrimaryKey {
    /// The constraint's name, where it is not the database's own choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its columns in order.
    pub columns: Vec<String>,
}

impl PrimaryKey {
    /// Its name: its own, or the one that PostgreSQL makes of its table's, cut so that the ending fits
    /// (`makeObjectName` in indexcmds.c).
    pub fn name_on(&self, table: &str) -> String {
        let usual = || format!("{}_pkey", truncate(table, 63 - "_pkey".len()));
        self.name.clone().unwrap_or_else(usual)
    }
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    /// The constraint's name; empty where the database keeps none (SQLite).
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<String>,
}

/// What happens to a row when the row that it refers to is deleted or gets another key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// Refused at the statement's end (or the transaction's, where the key is deferred).
    #[default]
    NoAction,
    /// Refused at once.
    Restrict,
    /// The row goes or changes along.
    Cascade,
    /// The reference becomes NULL.
    SetNull,
    /// The reference becomes the column's default.
    SetDefault,
}

impl ReferentialAction {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
    fn is_no_action(&self) -> bool {
        *self == Self::NoAction
    }
}

impl fmt::Display for ReferentialAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        })
    }
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name; empty where the database keeps none (SQLite).
    pub name: String,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to.
    pub ref_table: String,
    /// The columns referred to.
    pub ref_columns: Vec<String>,
    /// What a delete of the row referred to does.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_no_action")]
    pub on_delete: ReferentialAction,
    /// What a change of the key referred to does.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_no_action")]
    pub on_update: ReferentialAction,
    /// Whether rows that were there before it have not been checked. Only read from databases.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
}

impl ForeignKey {
    /// One line that tells everything about it but its name.
    pub fn describe(&self) -> String {
        let mut text = format!(
            "({}) → {}({})",
            self.columns.join(", "),
            self.ref_table,
            self.ref_columns.join(", ")
        );
        for (what, action) in [("delete", self.on_delete), ("update", self.on_update)] {
            if !action.is_no_action() {
                text += &format!(" on {what} {}", action.to_string().to_lowercase());
            }
        }
        if self.not_valid {
            text += ", not validated";
        }
        text
    }
}

/// A check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The constraint's name.
    pub name: String,
    /// What holds for every row.
    pub expression: Expression,
}
