//! What providers answer when they are asked for tokens.

use std::{fmt, time::Duration};

use oauth2::{AccessToken, ErrorResponse, RefreshToken, Scope, TokenResponse, TokenType};
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

use crate::{
    oauth::{AuthorityError, Granted, Reason},
    vault::Secret,
};

/// Tokens (RFC 6749, 5.1). The token type may be missing, which the standard answer of `oauth2` has no place for.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Tokens {
    access_token: AccessToken,
    #[serde(default)]
    token_type: Kind,
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    scope: Option<String>,
}

/// How a token is presented.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Kind(Option<String>);

impl TokenType for Kind {}

impl TokenResponse for Tokens {
    type TokenType = Kind;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &Kind {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// Not in parts: they are kept as one text.
    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl From<Tokens> for Granted {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: Secret::from(tokens.access_token.into_secret()),
            refresh_token: tokens.refresh_token.map(|token| Secret::from(token.into_secret())),
            expires_in: tokens.expires_in,
            token_type: tokens.token_type.0,
            // Slack separates them by commas, which no scope of the others has.
            scope: tokens.scope.map(|scope| scope.replace(',', " ")),
        }
    }
}

/// A refusal (RFC 6749, 5.2). What a provider wrote for people is not read.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Refusal {
    #[serde(deserialize_with = "reason", skip_serializing)]
    pub(super) error: Reason,
}

fn reason<'de, D: Deserializer<'de>>(from: D) -> Result<Reason, D::Error> {
    String::deserialize(from).map(|code| Reason::of(&code))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ErrorResponse for Refusal {}

impl From<Refusal> for AuthorityError {
    fn from(refusal: Refusal) -> Self {
        // The first two are OAuth's, the others Slack's.
        match refusal.error.code() {
            Some(
                "server_error"
                | "temporarily_unavailable"
                | "fatal_error"
                | "internal_error"
                | "ratelimited"
                | "request_timeout"
                | "service_unavailable",
            ) => Self::Unavailable(format!("it answered with {}", refusal.error)),
            _ => Self::Refused(refusal.error),
        }
    }
}

/// What is in a body that says whether it is a refusal.
#[derive(Deserialize)]
struct Signs {
    ok: Option<bool>,
    error: Option<IgnoredAny>,
    access_token: Option<IgnoredAny>,
}

/// Whether an answer with status 200 is a refusal all the same, as Slack's are.
pub(super) fn is_refusal(body: &[u8]) -> bool {
    serde_json::from_slice::<Signs>(body)
        .is_ok_and(|signs| signs.ok == Some(false) || (signs.error.is_some() && signs.access_token.is_none()))
}
