//! What was found.

use std::fmt;

use serde::Serialize;

use crate::schema::Dialect;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a thought.
    Warning,
    /// It stops others, loses values or fails.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A lock on a table, the weakest first (PostgreSQL's manual, 13.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Lock {
    /// Readers.
    #[serde(rename = "ACCESS SHARE")]
    AccessShare,
    /// Readers that lock rows.
    #[serde(rename = "ROW SHARE")]
    RowShare,
    /// Writers.
    #[serde(rename = "ROW EXCLUSIVE")]
    RowExclusive,
    /// One change of the schema at a time; readers and writers go on.
    #[serde(rename = "SHARE UPDATE EXCLUSIVE")]
    ShareUpdateExclusive,
    /// Writers wait.
    #[serde(rename = "SHARE")]
    Share,
    /// Writers wait, and so does every other change.
    #[serde(rename = "SHARE ROW EXCLUSIVE")]
    ShareRowExclusive,
    /// Only readers go on.
    #[serde(rename = "EXCLUSIVE")]
    Exclusive,
    /// Everybody waits.
    #[serde(rename = "ACCESS EXCLUSIVE")]
    AccessExclusive,
    /// The write lock of the whole database: SQLite has one writer at a time.
    #[serde(rename = "WHOLE DATABASE")]
    WholeDatabase,
}

impl Lock {
    /// Whether writers of the table wait for it.
    pub fn stops_writers(self) -> bool {
        self >= Self::Share
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
            Self::WholeDatabase => "WHOLE DATABASE",
        })
    }
}

/// What a statement does to all rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It reads them.
    Scans,
    /// It writes the table anew.
    Rewrites,
}

/// A hazard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The step.
    pub step: String,
    /// The statement's number in it, from 1, as `up --dry-run` prints them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// How the statement begins.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub beginning: String,
    /// The table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The column, constraint or index in question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The lock that the statement takes on the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// What it does to all rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// What it is, in a line.
    pub message: String,
    /// Why it is dangerous, in a paragraph.
    pub explanation: String,
    /// The safe form of this statement, in SQL or in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe: Option<String>,
    /// The safe form in Rust, where there is a helper for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helper: Option<String>,
    /// Its page in the book.
    pub page: String,
    /// The file of the step's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in it, as well as it can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

/// A finding that a person answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Silenced {
    /// The finding.
    pub finding: Finding,
    /// Why it is no danger here.
    pub reason: String,
}

/// What came of linting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Linted {
    /// The database that the statements are for.
    pub dialect: Dialect,
    /// How many steps were linted.
    pub steps: usize,
    /// What stands.
    pub findings: Vec<Finding>,
    /// What was answered.
    pub silenced: Vec<Silenced>,
}

impl Linted {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            steps: 0,
            findings: Vec::new(),
            silenced: Vec::new(),
        }
    }

    /// How many findings there are of that severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}
