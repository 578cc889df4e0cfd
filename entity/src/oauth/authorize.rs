//! How an authorization begins: the user is sent to the provider with a state and a challenge.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope, basic::BasicClient};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    prelude::DateTime,
};
use url::Url;

use super::{
    Access, Authority, Flow, OauthError, OauthProvider, Provider,
    error::{Doing as _, Of as _},
    oauth_states,
};
use crate::{World, tools::tool_credentials, vault::Place};

/// How long an authorization may take: ten minutes.
pub const STATE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// What is to be authorized.
#[derive(Clone, Copy, Debug)]
pub struct NewAuthorization<'a> {
    /// Whose access to what.
    pub access: Access<'a>,
    /// What it shall be good for, in the provider's words; may be empty.
    pub scopes: &'a [&'a str],
}

/// An authorization that has begun.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Where the user has to be sent. It holds the state, so it is for that user only.
    pub url: Url,
    /// Until when the provider may send the user back.
    pub expires_at: DateTime,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl<W: World, A: Authority> Flow<'_, W, A> {
    /// Begins an authorization: keeps its state and its PKCE verifier, and says where to send the user.
    ///
    /// # Errors
    /// [`OauthError::NotConfigured`], [`OauthError::NoTool`] unless the tool is the user's, [`OauthError::Vault`],
    /// [`OauthError::Randomness`], [`OauthError::Database`]. Nothing is kept then.
    pub async fn authorize<C: ConnectionTrait>(
        &self,
        db: &C,
        new: &NewAuthorization<'_>,
    ) -> Result<Authorization, OauthError> {
        const DOING: &str = "beginning an authorization";
        let Access { user, tool, provider } = new.access;
        let registered = self.provider(provider)?;
        let own = tool_credentials::Entity::find_by_id(tool).filter(tool_credentials::Column::UserId.eq(user));
        if own.count(db).await.doing(DOING)? == 0 {
            return Err(OauthError::NoTool(tool));
        }
        let state = hex(&self.world.secret()?);
        // 32 bytes are 43 characters, which RFC 7636, 4.1 recommends.
        let verifier = PkceCodeVerifier::new(URL_SAFE_NO_PAD.encode(self.world.secret()?));
        let sealed = self.vault.seal(&Place::OauthCodeVerifier.of(user), verifier.secret());
        let now = self.world.now();
        let row = oauth_states::ActiveModel {
            state: Set(state.clone()),
            user_id: Set(user.to_owned()),
            tool_id: Set(tool),
            provider_id: Set(provider),
            redirect_uri: Set(self.providers.redirect_uri().to_owned()),
            code_verifier: Set(Some(sealed.of("the PKCE verifier")?)),
            expires_at: Set(now + STATE_LIFE),
            created_at: Set(now),
            ..Default::default()
        };
        let insert = oauth_states::Entity::insert(row);
        insert.exec_without_returning(db).await.doing(DOING)?;
        Ok(Authorization {
            url: self.url(registered, state, &verifier, new.scopes),
            expires_at: now + STATE_LIFE,
        })
    }

    fn url(&self, provider: &Provider, state: String, verifier: &PkceCodeVerifier, scopes: &[&str]) -> Url {
        let client = BasicClient::new(ClientId::new(provider.client_id().to_owned()))
            .set_auth_uri(AuthUrl::from_url(provider.endpoints().authorization.clone()));
        let mut request = client
            .authorize_url(|| CsrfToken::new(state))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(verifier))
            .set_redirect_uri(Cow::Borrowed(self.providers.redirect_url()));
        let scope = |scope: &&str| Scope::new((*scope).to_owned());
        request = match provider.id() {
            // Without these two, Google gives no refresh token, or only the first time.
            OauthProvider::Google => request
                .add_scopes(scopes.iter().map(scope))
                .add_extra_param("access_type", "offline")
                .add_extra_param("prompt", "consent"),
            OauthProvider::Microsoft => request
                .add_scopes(scopes.iter().map(scope))
                .add_extra_param("response_mode", "query"),
            // Slack separates scopes by commas.
            OauthProvider::Slack if scopes.is_empty() => request,
            OauthProvider::Slack => request.add_scope(Scope::new(scopes.join(","))),
        };
        request.url().0
    }
}

/// Deletes the authorizations that nobody ended in time, and says how many.
///
/// # Errors
/// [`OauthError::Database`].
pub async fn sweep_states<C: ConnectionTrait>(db: &C, world: &impl World) -> Result<u64, OauthError> {
    let expired = oauth_states::Entity::delete_many().filter(oauth_states::Column::ExpiresAt.lt(world.now()));
    let gone = expired.exec(db).await.doing("deleting expired authorizations")?;
    Ok(gone.rows_affected)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a `String` can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
