//! Who talks to a provider.

use std::{fmt, future::Future};

use thiserror::Error;

use super::Provider;
use crate::vault::Secret;

/// What is exchanged for tokens.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The code that the provider sent the user back with.
    pub code: Secret,
    /// The PKCE verifier, of which the provider has seen the challenge.
    pub verifier: Secret,
    /// Where the user was sent back to, as the provider was told.
    pub redirect_uri: String,
}

/// What a provider grants.
#[derive(Clone, Debug)]
pub struct Granted {
    /// What opens the provider's doors.
    pub access_token: Secret,
    /// What a new one is got with; a refresh that has none leaves the one that was used.
    pub refresh_token: Option<Secret>,
    /// In how many seconds the access token expires; never without it.
    pub expires_in: Option<u64>,
    /// `Bearer` without it; 1 to 50 characters.
    pub token_type: Option<String>,
    /// Separated by spaces; what was asked for without it.
    pub scope: Option<String>,
}

/// Who talks to the providers.
///
/// An answer has to come within [`REFRESH_LEASE`](super::REFRESH_LEASE), or somebody else refreshes the same token.
pub trait Authority: Sync {
    /// Exchanges a code for tokens (RFC 6749, 4.1.3, with RFC 7636, 4.5).
    fn exchange(
        &self,
        provider: &Provider,
        exchange: &Exchange,
    ) -> impl Future<Output = Result<Granted, AuthorityError>> + Send;

    /// Gets a new access token for a refresh token (RFC 6749, 6).
    fn refresh(
        &self,
        provider: &Provider,
        refresh_token: &Secret,
    ) -> impl Future<Output = Result<Granted, AuthorityError>> + Send;

    /// Takes access back that a token gives, in the provider's way ([`Provider::endpoints`]): the refresh token's if there is
    /// one (RFC 7009, 2.1), else the access token's. A token that the provider does not know is taken back.
    fn revoke(
        &self,
        provider: &Provider,
        access_token: &Secret,
        refresh_token: Option<&Secret>,
    ) -> impl Future<Output = Result<(), AuthorityError>> + Send;
}

/// What a provider calls a refusal: a code such as `invalid_grant`.
///
/// A provider, or who sends a user to the callback, may write anything there, a secret of ours included. So it is shown only
/// if it looks as the codes of RFC 6749 and of Slack do.
///
/// ```
/// use entity::oauth::Reason;
///
/// assert_eq!(Reason::of("invalid_grant").to_string(), "`invalid_grant`");
/// assert_eq!(Reason::of("ya29.A0ARrdaM").to_string(), "an unusual error");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reason(Option<String>);

impl Reason {
    /// The reason in an answer's `error`.
    pub fn of(code: &str) -> Self {
        let is_code =
            (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        Self(is_code.then(|| code.to_owned()))
    }

    /// The code, if it is one.
    pub fn code(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether the grant itself is at an end, so that only the user can give another: it was withdrawn, or is too old.
    pub fn is_end_of_grant(&self) -> bool {
        // The second is Slack's.
        matches!(self.code(), Some("invalid_grant" | "invalid_refresh_token"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) => write!(f, "`{code}`"),
            None => f.write_str("an unusual error"),
        }
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a provider gave nothing. It holds nothing of what was sent, and of the answer only its code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// It said no, and will again.
    #[error("it answered with {0}")]
    Refused(Reason),
    /// It could not be asked, or can't answer at present.
    #[error("{0}")]
    Unavailable(String),
    /// It answered with something else than tokens.
    #[error("its answer is not what OAuth 2.0 asks for: {0}")]
    Malformed(&'static str),
}
