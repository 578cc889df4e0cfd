//! What a check found.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

/// How many rows are shown; the query finds all.
pub const SHOWN: usize = 10;

/// One row that refutes a claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// The table that it is in.
    pub table: String,
    /// Its primary key as text, the parts of a composite one separated by commas.
    pub key: String,
    /// The columns that the check shows. None of them may be a secret.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Json>,
    /// What is wrong with it, where the claim does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Row {
    /// The row of a table with that key.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a number or a text reads better without a borrow"
    )]
    pub fn new(table: impl Into<String>, key: impl ToString) -> Self {
        Self {
            table: table.into(),
            key: key.to_string(),
            ..Self::default()
        }
    }

    /// Says what is wrong with it.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Found {
    /// How many rows, or objects, were looked at.
    pub looked_at: u64,
    /// How many refute the claim, but are in quarantine and as they were then: known, and a person's.
    pub in_quarantine: u64,
    /// How many refute the claim.
    pub total: u64,
    /// The first of them.
    pub rows: Vec<Row>,
    /// The query that finds all of them, as its database reads it.
    pub query: String,
    /// What was done and seen on the way, where a claim is about a flow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// What else there is to say of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Found {
    /// Nothing yet, looked for by that query.
    pub fn by(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            ..Self::default()
        }
    }

    /// Adds a row that refutes the claim.
    pub fn add(&mut self, row: Row) {
        self.total += 1;
        if self.rows.len() < SHOWN {
            self.rows.push(row);
        }
    }
}
