//! What is linted.

use serde::Serialize;

use crate::schema::Dialect;

/// A step of a history as plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Script {
    /// The step.
    pub step: String,
    /// The file of its source, as a person would name it.
    pub file: Option<String>,
    /// The text of that file: where silences stand.
    #[serde(skip)]
    pub source: Option<String>,
    /// What it sends, in order; several statements in one text are one message, and so one transaction.
    pub statements: Vec<String>,
    /// Whether all of it is one transaction.
    pub in_transaction: bool,
    /// Whether it is a data migration, which has batches and transactions of its own.
    pub is_data: bool,
    /// Why it could not be recorded to its end.
    pub broken_off: Option<String>,
    /// Whether findings are asked for; otherwise it is read only for what it tells of the tables.
    pub is_linted: bool,
    /// What is allowed in it without a word in its source.
    pub allowed: Vec<Allowance>,
}

impl Script {
    /// A step that sends those statements, in a transaction, and is to be linted.
    pub fn new<S: Into<String>>(step: impl Into<String>, statements: impl IntoIterator<Item = S>) -> Self {
        Self {
            step: step.into(),
            statements: statements.into_iter().map(Into::into).collect(),
            in_transaction: true,
            is_linted: true,
            ..Self::default()
        }
    }
}

/// A rule that a step may break, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Allowance {
    /// The rule.
    pub code: String,
    /// Why it is no danger here.
    pub reason: String,
}

/// How to lint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The database that the statements are for.
    pub dialect: Dialect,
    /// Whether rules of taste are asked too.
    pub strict: bool,
}

impl Options {
    /// For that database, without the rules of taste.
    pub fn of(dialect: Dialect) -> Self {
        Self { dialect, strict: false }
    }
}
