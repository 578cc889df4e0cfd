//! How an authorization ends: the provider sends the user back with a code.

use std::fmt;

use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use serde::Deserialize;
use url::form_urlencoded;

use super::{
    Access, Authority, Exchange, Flow, OauthError, Reason, Step,
    error::{Doing as _, Of as _},
    oauth_states,
};
use crate::{
    World,
    vault::{Place, Secret},
};

/// What the callback's query string may have (RFC 6749, 4.1.2). Everything may be missing: that is told, not taken for a
/// value.
///
/// ```
/// use entity::oauth::CallbackQuery;
///
/// let query = CallbackQuery::parse("code=4%2F0AX&state=5b1c&scope=email")?;
/// assert_eq!(query.code.as_deref(), Some("4/0AX"));
/// assert_eq!(query.error, None);
/// # Ok::<(), entity::oauth::OauthError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CallbackQuery {
    /// What is exchanged for tokens.
    pub code: Option<String>,
    /// Which authorization it ends.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same for people. Whoever links to the callback may write it, so it is in no error.
    pub error_description: Option<String>,
}

impl fmt::Debug for CallbackQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackQuery(..)")
    }
}

impl CallbackQuery {
    /// Reads a query string, with or without the `?`. What it does not know it leaves.
    ///
    /// # Errors
    /// [`OauthError::Repeated`] for a parameter that is there twice.
    pub fn parse(query: &str) -> Result<Self, OauthError> {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.strip_prefix('?').unwrap_or(query).as_bytes()) {
            let (name, place) = match name.as_ref() {
                "code" => ("code", &mut read.code),
                "state" => ("state", &mut read.state),
                "error" => ("error", &mut read.error),
                "error_description" => ("error_description", &mut read.error_description),
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(OauthError::Repeated(name));
            }
        }
        Ok(read)
    }
}

impl<W: World, A: Authority> Flow<'_, W, A> {
    /// Ends an authorization of the user who is logged in: exchanges the code and keeps the tokens.
    ///
    /// A state works once, whatever becomes of it: who comes second gets [`OauthError::InvalidState`].
    ///
    /// # Errors
    /// [`OauthError::MissingState`]; [`OauthError::InvalidState`], also for an authorization that another user began;
    /// [`OauthError::StateExpired`], [`OauthError::Denied`], [`OauthError::MissingCode`], [`OauthError::NotConfigured`],
    /// [`OauthError::Provider`], [`OauthError::Vault`], [`OauthError::Database`]. Tokens that were there before stay.
    pub async fn callback<'u, C: ConnectionTrait>(
        &self,
        db: &C,
        user: &'u str,
        query: &CallbackQuery,
    ) -> Result<Access<'u>, OauthError> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let state = said(&query.state).ok_or(OauthError::MissingState)?;
        let begun = consume(db, &state, user).await.doing("ending an authorization")?;
        let begun = begun.ok_or(OauthError::InvalidState)?;
        if begun.expires_at <= self.world.now() {
            return Err(OauthError::StateExpired);
        }
        let access = Access {
            user,
            tool: begun.tool_id,
            provider: begun.provider_id,
        };
        if let Some(error) = said(&query.error) {
            return Err(OauthError::Denied {
                provider: access.provider,
                reason: Reason::of(&error),
            });
        }
        let code = said(&query.code).ok_or(OauthError::MissingCode)?;
        // Rows of the time before it was kept; without it the exchange would prove nothing.
        let verifier = begun.code_verifier.as_ref().filter(|sealed| !sealed.is_empty());
        let verifier = verifier.ok_or(OauthError::InvalidState)?;
        let context = Place::OauthCodeVerifier.of(user);
        let opened = self
            .vault
            .open(&context, verifier.as_stored())
            .of("the PKCE verifier")?;
        let provider = self.provider(access.provider)?;
        let exchange = Exchange {
            code: Secret::from(code),
            verifier: opened.secret,
            redirect_uri: begun.redirect_uri,
        };
        let granted = self.authority.exchange(provider, &exchange).await;
        let granted = granted.map_err(|source| OauthError::Provider {
            provider: access.provider,
            step: Step::Exchange,
            source,
        })?;
        // If this fails, the new tokens are lost and not taken back: at Google that would end the grant that the old ones, which
        // are still there, belong to.
        self.sealed(access, Step::Exchange, &granted)?
            .keep_new(db, access)
            .await?;
        Ok(access)
    }
}

/// Takes an authorization of a user out of the table. Of any number that want it, one gets it.
async fn consume<C: ConnectionTrait>(db: &C, state: &str, user: &str) -> Result<Option<oauth_states::Model>, DbErr> {
    let this = Condition::all()
        .add(oauth_states::Column::State.eq(state))
        .add(oauth_states::Column::UserId.eq(user));
    if db.support_returning() {
        let delete = oauth_states::Entity::delete_many().filter(this);
        return Ok(delete.exec_with_returning(db).await?.into_iter().next());
    }
    let Some(found) = oauth_states::Entity::find().filter(this.clone()).one(db).await? else {
        return Ok(None);
    };
    let delete = oauth_states::Entity::delete_many().filter(this.add(oauth_states::Column::Id.eq(found.id)));
    let deleted = delete.exec(db).await?;
    Ok((deleted.rows_affected == 1).then_some(found))
}
