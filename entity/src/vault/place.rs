//! What a sealed value is bound to.

use std::fmt::Display;

use sea_orm::EnumIter;

/// A column that holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Place {
    /// `api_tokens.token`, of a user.
    ApiToken,
    /// `env_vars.value`, of an event.
    EnvVarValue,
    /// `oauth_states.code_verifier`, of a user.
    OauthCodeVerifier,
    /// `oauth_tokens.access_token`, of a user.
    OauthAccessToken,
    /// `oauth_tokens.refresh_token`, of a user.
    OauthRefreshToken,
    /// `servers.ssh_key`, of a user.
    ServerSshKey,
    /// `tool_credentials.credentials`, of a user.
    ToolCredentials,
    /// `webhooks.secret`, of a user.
    WebhookSecret,
}

/// What a text of a place may be that no key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// In clear: Cronium encrypted nothing here.
    Clear,
    /// Encrypted by the server if it is long enough and base64, as Cronium's reader decides.
    Server,
    /// A JSON object. Base64 is not, so it is a ciphertext.
    Credentials,
}

impl Place {
    /// The name that its values are bound to.
    ///
    /// It is the column's, and stays when the column is renamed: sealed values know no other.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiToken => "api_tokens.token",
            Self::EnvVarValue => "env_vars.value",
            Self::OauthCodeVerifier => "oauth_states.code_verifier",
            Self::OauthAccessToken => "oauth_tokens.access_token",
            Self::OauthRefreshToken => "oauth_tokens.refresh_token",
            Self::ServerSshKey => "servers.ssh_key",
            Self::ToolCredentials => "tool_credentials.credentials",
            Self::WebhookSecret => "webhooks.secret",
        }
    }

    /// The context of a value in a row of an owner: the user, for an environment variable the event.
    pub fn of(self, owner: impl Display) -> Context {
        Context {
            place: self,
            owner: owner.to_string(),
            replaced: false,
        }
    }

    pub(super) const fn past(self) -> Past {
        match self {
            Self::ApiToken | Self::EnvVarValue | Self::ServerSshKey => Past::Server,
            Self::ToolCredentials => Past::Credentials,
            Self::OauthCodeVerifier | Self::OauthAccessToken | Self::OauthRefreshToken | Self::WebhookSecret => {
                Past::Clear
            }
        }
    }
}

/// What a sealed value is bound to: its column and the owner of its row.
///
/// The owner and not the row's own id: the id is not known before the row is there, and what must not happen is that one
/// user's secret is put into another's row to be used there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    place: Place,
    owner: String,
    replaced: bool,
}

impl Context {
    /// The column.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The context of the text that stood there before, where it is kept for a way back: nothing opens it as the value
    /// itself.
    #[must_use]
    pub fn replaced(mut self) -> Self {
        self.replaced = true;
        self
    }

    /// What is authenticated with a value. Only the owner could hold a NUL, and it comes last: no two are the same.
    pub(super) fn bound(&self, key: &str) -> String {
        let what = if self.replaced { "replaced" } else { "value" };
        format!(
            "cronium-vault\0v1\0{key}\0{what}\0{}\0{}",
            self.place.name(),
            self.owner
        )
    }
}
