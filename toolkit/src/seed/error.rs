//! What can go wrong when rows are made.

use sea_orm::DbErr;

use crate::declare::DeclareError;

/// Rows could not be made; none of those asked for is there.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The entities make no schema.
    #[error(transparent)]
    Declare(#[from] DeclareError),
    /// An entity that the factory does not know.
    #[error("the table `{0}` is not among the factory's entities: list it in `schema!`")]
    NoTable(String),
    /// A column that cannot be given a value.
    #[error("{table}.{column}: {what}")]
    Column {
        /// The table.
        table: String,
        /// The column, or the columns.
        column: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// A row that could not be finished.
    #[error("{table}: {what}")]
    Finish {
        /// The table.
        table: String,
        /// What whoever finishes it says.
        what: String,
    },
    /// A unique key that rows have already.
    #[error(
        "{table}: another row has {values} in the unique key ({columns}){}",
        if *.given { ", and the value was given: give each row its own" } else { ", and its columns have no other values left: ask for fewer rows" }
    )]
    Taken {
        /// The table.
        table: String,
        /// The key's columns.
        columns: String,
        /// The values.
        values: String,
        /// Whether the caller gave all of them.
        given: bool,
    },
    /// Tables none of which can have the first row.
    #[error("no row can be the first of {}: each needs one of the next by a column that may not be NULL; let one of these columns be NULL", .0.join(" → "))]
    Cycle(Vec<String>),
    /// The database.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: String,
        /// What it says.
        source: DbErr,
    },
}

impl SeedError {
    pub(super) fn column(table: &str, column: &str, what: impl Into<String>) -> Self {
        Self::Column {
            table: table.to_owned(),
            column: column.to_owned(),
            what: what.into(),
        }
    }
}

/// For profiles, whose errors are the database's.
impl From<SeedError> for DbErr {
    fn from(error: SeedError) -> Self {
        match error {
            SeedError::Database { doing, source } => Self::Custom(format!("{doing}: {source}")),
            other => Self::Custom(other.to_string()),
        }
    }
}

pub(super) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, SeedError>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, SeedError> {
        self.map_err(|source| SeedError::Database { doing: what(), source })
    }
}
