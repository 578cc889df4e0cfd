//! How access is taken back.

use std::fmt;

use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::{
    Access, AccessToken, Authority, AuthorityError, Flow, OauthError, Reason, Revocation, Step,
    error::Doing as _,
    oauth_tokens,
    tokens::{find, refresh_token, same},
};
use crate::World;

/// How often the tokens may be refreshed by others while they are taken back.
const TURNS: u32 = 5;

/// How far access was taken back. The tokens are deleted here in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// At the provider too.
    AtProvider,
    /// Here only: whoever has copied the tokens has access until they expire. The user can end it on the provider's pages.
    HereOnly(Kept),
}

/// Why the provider keeps the access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It has no way to take it back; Microsoft has none.
    NotOffered,
    /// The application is registered with it no more.
    NotConfigured,
    /// It does not want to.
    Refused(Reason),
    /// It was not asked.
    NotAsked,
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self {
            Self::AtProvider => {
                return f.write_str("the access was taken back at the provider, and its tokens were deleted");
            }
            Self::HereOnly(why) => why,
        };
        f.write_str("the tokens were deleted here only, since the provider ")?;
        match why {
            Kept::NotOffered => f.write_str("has no way to take access back")?,
            Kept::NotConfigured => f.write_str("is not set up any more")?,
            Kept::Refused(reason) => write!(f, "refused with {reason}")?,
            Kept::NotAsked => f.write_str("was not asked")?,
        }
        f.write_str("; end the access on the provider's own pages")
    }
}

impl<W: World, A: Authority> Flow<'_, W, A> {
    /// Takes access back, at the provider where it offers that, and deletes its tokens.
    ///
    /// # Errors
    /// [`OauthError::NotAuthorized`] if there are no tokens; [`OauthError::Provider`] if the provider can't be asked at present,
    /// [`OauthError::Vault`] if the tokens can't be read, [`OauthError::Busy`], [`OauthError::Database`]. The tokens are kept
    /// then, so that it can be tried again; [`forget`](Self::forget) deletes them without.
    pub async fn revoke<C: ConnectionTrait>(&self, db: &C, access: Access<'_>) -> Result<Revoked, OauthError> {
        let Access { tool, provider, .. } = access;
        let mut revoked = None;
        for _ in 0..TURNS {
            let Some(row) = find(db, access).await? else {
                // Another has deleted what was taken back.
                return revoked.ok_or(OauthError::NotAuthorized { tool, provider });
            };
            let outcome = self.revoke_at_provider(access, &row).await?;
            let delete = oauth_tokens::Entity::delete_many().filter(same(&row));
            let deleted = delete.exec(db).await.doing("deleting tokens")?;
            if deleted.rows_affected > 0 {
                return Ok(outcome);
            }
            // It was refreshed in between, and the new tokens have to go too.
            revoked = Some(outcome);
        }
        Err(OauthError::Busy(tool))
    }

    async fn revoke_at_provider(&self, access: Access<'_>, row: &oauth_tokens::Model) -> Result<Revoked, OauthError> {
        let Some(provider) = self.providers.get(access.provider) else {
            return Ok(Revoked::HereOnly(Kept::NotConfigured));
        };
        if provider.endpoints().revocation == Revocation::NotOffered {
            return Ok(Revoked::HereOnly(Kept::NotOffered));
        }
        let token = AccessToken::open(self.vault, row)?.token;
        let refresh = refresh_token(self.vault, row)?;
        match self.authority.revoke(provider, &token, refresh.as_ref()).await {
            Ok(()) => Ok(Revoked::AtProvider),
            Err(AuthorityError::Refused(reason)) => Ok(Revoked::HereOnly(Kept::Refused(reason))),
            Err(source) => Err(OauthError::Provider {
                provider: access.provider,
                step: Step::Revoke,
                source,
            }),
        }
    }

    /// Deletes tokens without asking the provider, for when it can't be asked.
    ///
    /// # Errors
    /// [`OauthError::NotAuthorized`] if there are none, [`OauthError::Database`].
    pub async fn forget<C: ConnectionTrait>(&self, db: &C, access: Access<'_>) -> Result<Revoked, OauthError> {
        let Access { tool, provider, .. } = access;
        let row = find(db, access).await?;
        let row = row.ok_or(OauthError::NotAuthorized { tool, provider })?;
        let delete = oauth_tokens::Entity::delete_by_id(row.id);
        delete.exec(db).await.doing("deleting tokens")?;
        Ok(Revoked::HereOnly(Kept::NotAsked))
    }
}
