//! Why the rules of OAuth could not do it.

use std::fmt;

use sea_orm::{ActiveEnum as _, DbErr};
use thiserror::Error;

use super::{AuthorityError, OauthProvider, Reason};
use crate::{NoRandomness, vault::VaultError};

/// What was asked of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// To exchange a code for tokens.
    Exchange,
    /// To refresh an access token.
    Refresh,
    /// To take access back.
    Revoke,
}

impl Step {
    const fn then(self) -> &'static str {
        match self {
            Self::Exchange => "begin the authorization again, and if it stays so check the client's id and secret",
            Self::Refresh => {
                "the tokens are kept: try again later, and if it stays so check the client's id and secret"
            }
            Self::Revoke => "the tokens are kept: try again later, or forget them here only",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exchange => "exchange the code for tokens",
            Self::Refresh => "refresh the access token",
            Self::Revoke => "take the access back",
        })
    }
}

/// Why the rules of OAuth could not do it. It never says a token, a code, a verifier or a client's secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OauthError {
    /// The application is not registered with the provider.
    #[error(
        "{} is not set up: set OAUTH_{}_CLIENT_ID and OAUTH_{}_CLIENT_SECRET",
        .0.to_value(), .0.to_value().to_uppercase(), .0.to_value().to_uppercase()
    )]
    NotConfigured(OauthProvider),
    /// The tool is not there, or is somebody else's.
    #[error("there is no tool {0} of this user; only the owner of a tool can authorize it")]
    NoTool(i32),
    /// The callback has a parameter twice.
    #[error("the callback has `{0}` more than once, which RFC 6749 forbids; begin the authorization again")]
    Repeated(&'static str),
    /// The callback does not say which authorization it ends.
    #[error("the callback has no `state`; begin the authorization again")]
    MissingState,
    /// No authorization of the user has that state: it never was, was ended already, or another user began it.
    #[error(
        "this user has begun no authorization with that `state`, or it was used already; begin the authorization again"
    )]
    InvalidState,
    /// The user took longer than ten minutes.
    #[error("the authorization was begun more than ten minutes ago and has expired; begin it again")]
    StateExpired,
    /// The provider sent the user back with an error.
    #[error("{} did not authorize it and says {reason}; begin the authorization again if it should be", .provider.to_value())]
    Denied {
        /// Who.
        provider: OauthProvider,
        /// Why; `access_denied` if the user did not want to.
        reason: Reason,
    },
    /// The provider sent the user back with neither a code nor an error.
    #[error("the callback has no `code`; begin the authorization again")]
    MissingCode,
    /// There are no tokens.
    #[error("the user has not authorized the tool {tool} with {}; begin an authorization", .provider.to_value())]
    NotAuthorized {
        /// The tool.
        tool: i32,
        /// Who would give access.
        provider: OauthProvider,
    },
    /// The access token has expired, and there is no refresh token.
    #[error("the access of the tool {tool} to {} has expired and can't be refreshed; authorize it again", .provider.to_value())]
    Expired {
        /// The tool.
        tool: i32,
        /// Who gave access.
        provider: OauthProvider,
    },
    /// The provider takes the refresh token no more; the tokens were deleted.
    #[error("{} has ended the access of the tool {tool} ({reason}), and its tokens were deleted; authorize it again", .provider.to_value())]
    Ended {
        /// The tool.
        tool: i32,
        /// Who gave access.
        provider: OauthProvider,
        /// What it called it.
        reason: Reason,
    },
    /// Somebody else refreshes the token and takes long.
    #[error(
        "the access token of the tool {0} has expired and is being refreshed, which takes long; try again in a minute"
    )]
    Busy(i32),
    /// The provider did not do it.
    #[error("{} did not {step}: {source}; {}", .provider.to_value(), .step.then())]
    Provider {
        /// Who.
        provider: OauthProvider,
        /// What it was asked for.
        step: Step,
        /// Why not.
        source: AuthorityError,
    },
    /// A secret can't be sealed or opened.
    #[error("{what} can't be kept or read: {source}")]
    Vault {
        /// Which.
        what: &'static str,
        /// Why.
        source: VaultError,
    },
    /// No secret can be made.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
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
    fn doing(self, doing: &'static str) -> Result<T, OauthError>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, doing: &'static str) -> Result<T, OauthError> {
        self.map_err(|source| OauthError::Database { doing, source })
    }
}

/// Says which secret the vault could not seal or open.
pub(super) trait Of<T> {
    fn of(self, what: &'static str) -> Result<T, OauthError>;
}

impl<T> Of<T> for Result<T, VaultError> {
    fn of(self, what: &'static str) -> Result<T, OauthError> {
        self.map_err(|source| OauthError::Vault { what, source })
    }
}
