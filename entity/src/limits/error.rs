//! Why a limit could not be asked.

use sea_orm::{ActiveEnum as _, DbErr};
use thiserror::Error;

use super::QuotaResource;

/// Why a limit could not be asked. Nothing was counted then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LimitError {
    /// A bucket can't be named so.
    #[error("a bucket is named by texts of 1 to 255 characters without NUL, and `{}` is none", .0.escape_debug())]
    Identifier(String),
    /// A kind of tool can't be named so.
    #[error("a kind of tool is named by 1 to 50 characters without NUL, and `{}` is none", .0.escape_debug())]
    Tool(String),
    /// There is no such rule.
    #[error(
        "a rule admits 0 to 2147483647 requests in 1000 to 2147483647 milliseconds, and not {limit} in {window_ms}: correct the rule"
    )]
    Rule {
        /// The requests.
        limit: i64,
        /// The window.
        window_ms: i64,
    },
    /// There is no such user.
    #[error("there is no user `{0}`, so nothing is counted for it")]
    NoUser(String),
    /// An amount has to be one.
    #[error("an amount is 1 or more, and {0} is not")]
    Amount(i32),
    /// More is to be given back than was used.
    #[error("{amount} of `{}` can't be given back: {used} are used", .resource.to_value())]
    NotUsed {
        /// What was used.
        resource: QuotaResource,
        /// How much is used.
        used: i64,
        /// How much was to be given back.
        amount: i32,
    },
    /// What is counted by the rows of its table is checked where a row is made.
    #[error(
        "`{}` counts rows that are there: call `consume_in` in the transaction that makes the row, or two at once would both find room", .0.to_value()
    )]
    AtOneTime(QuotaResource),
    /// It is a setting, and nothing is used of it.
    #[error("`{}` can't be used like that: it is not counted by `quota_usage`", .0.to_value())]
    NotCounted(QuotaResource),
    /// What a row says of a user's limits can't be read.
    #[error("`{column}` of user `{user}` says no limits that can be read: correct it, or delete the row")]
    Unreadable {
        /// Table and column.
        column: &'static str,
        /// The user.
        user: String,
    },
    /// The database refused.
    #[error("the database failed while {doing}: {source}; nothing was counted, so it can be tried again")]
    Database {
        /// What was going on.
        doing: &'static str,
        /// What it said.
        source: DbErr,
    },
}

/// Says what was going on when the database failed.
pub(super) trait Counting<T> {
    fn counting(self, doing: &'static str) -> Result<T, LimitError>;
}

impl<T> Counting<T> for Result<T, DbErr> {
    fn counting(self, doing: &'static str) -> Result<T, LimitError> {
        self.map_err(|source| LimitError::Database { doing, source })
    }
}
