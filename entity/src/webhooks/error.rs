//! Why the rules of webhooks could not do it.

use sea_orm::DbErr;
use thiserror::Error;

use crate::{NoRandomness, limits::LimitError, vault::VaultError};

/// Why the rules of webhooks could not do it. It never says a secret, a body, or a header's value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// An event can't be called so.
    #[error(
        "an event is called by 1 to 255 characters of ASCII without spaces, and `{}` is none: it goes out as a header", .0.escape_debug()
    )]
    EventName(String),
    /// There is no such delivery.
    #[error("there is no delivery {0}: it was deleted, by its webhook or its age")]
    NoDelivery(i32),
    /// The receiver has it.
    #[error("the receiver has taken the delivery {0}: publish the event anew if it is to get it anew")]
    Delivered(i32),
    /// It will be tried anyway.
    #[error("the delivery {0} is not given up: it is tried again when it is due")]
    Waiting(i32),
    /// A webhook's secret can't be opened or sealed.
    #[error("the secret of {webhook} can't be kept or read: {source}")]
    Vault {
        /// Whose.
        webhook: String,
        /// Why.
        source: VaultError,
    },
    /// No secret can be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// It is not known whether a request is within its limit.
    #[error("requests of a webhook can't be counted: {0}")]
    Limit(#[from] LimitError),
    /// The database refused.
    #[error("the database failed while {doing}: {source}; try again")]
    Database {
        /// What was going on.
        doing: &'static str,
        /// What it said.
        source: DbErr,
    },
}

/// Says what was going on when the database failed.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, WebhookError>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, doing: &'static str) -> Result<T, WebhookError> {
        self.map_err(|source| WebhookError::Database { doing, source })
    }
}
