//! What can go wrong with a data migration.

use sea_orm::DbErr;

pub use crate::ddl::REFUSED;

/// A data migration that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The database refused a statement.
    #[error("{0}")]
    Database(#[from] DbErr),
    /// The migration has no way to do what is asked.
    #[error("{0}")]
    Failed(String),
    /// Something is missing that a person must see to; nothing was touched.
    #[error("{REFUSED}{0}")]
    Refused(String),
    /// Rows that are to be put back have been changed by others since.
    #[error(
        "{REFUSED}{count} of `{table}` {} been changed since `{step}` changed them, and taking the step back would lose that: {keys}. \
         Put them back by hand, or let them be with --keep-changed",
        if *one { "has" } else { "have" }
    )]
    ChangedSince {
        /// The step.
        step: String,
        /// The table.
        table: String,
        /// How many rows, in words.
        count: String,
        /// Whether it is one row.
        one: bool,
        /// The first of their keys.
        keys: String,
    },
    /// A person has asked for the end.
    #[error("{REFUSED}`{step}` was stopped {by}, after {done}; `seawright data run` goes on from there")]
    Stopped {
        /// The step.
        step: String,
        /// By what.
        by: &'static str,
        /// How many rows this process had done, in words.
        done: String,
    },
    /// After the run, rows are left that still need it.
    #[error(
        "{count} of `{table}` still need the data migration `{step}` although it has run; its `pending` query and what `migrate` does disagree"
    )]
    Unfinished {
        /// The step.
        step: String,
        /// The table that it reads.
        table: String,
        /// How many rows, in words.
        count: String,
    },
    /// After the run, something does not hold.
    #[error("after the data migration `{step}` there is {what}: {count}")]
    Broken {
        /// The step.
        step: String,
        /// What must not be there.
        what: String,
        /// How many rows, in words.
        count: String,
    },
    /// A row can't be migrated and the migration tolerates none such.
    #[error(
        "{count} of `{table}` cannot be migrated by `{step}`, which tolerates none in quarantine; the first: {reason}"
    )]
    Quarantined {
        /// The step.
        step: String,
        /// The table.
        table: String,
        /// How many rows, in words.
        count: String,
        /// Why the first of them can't.
        reason: String,
    },
}

impl From<DataError> for DbErr {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Database(error) => error,
            other => Self::Migration(other.to_string()),
        }
    }
}

/// `1 row`, `2 rows`.
pub(crate) fn rows(count: u64) -> String {
    if count == 1 {
        "1 row".to_owned()
    } else {
        format!("{count} rows")
    }
}
