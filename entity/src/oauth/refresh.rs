//! Access tokens that are valid, refreshed before they expire by one at a time.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    prelude::DateTime,
};

use super::{
    Access, AccessToken, Authority, AuthorityError, Flow, Granted, OauthError, Provider, Step,
    error::Doing as _,
    oauth_tokens,
    tokens::{find, refresh_token, same},
};
use crate::{World, vault::Secret, vault::VaultError};

/// How long before its end a token is refreshed: a minute, so that it lives through the request that it is for and
/// through clocks that differ.
pub const REFRESH_SKEW: TimeDelta = TimeDelta::minutes(1);

/// How long one has a token's refresh for itself: a minute. One that dies loses it by that.
pub const REFRESH_LEASE: TimeDelta = TimeDelta::minutes(1);

/// How long others wait for one that refreshes an expired token: longer than its lease, so that they do it themselves when it
/// has died.
pub const REFRESH_WAIT: Duration = Duration::from_secs(75);

/// How often they look.
const LOOK: Duration = Duration::from_millis(100);

/// How often it is tried to store what a provider has granted. It may have taken the old refresh token away for it.
const STORE: u32 = 3;

impl<W: World, A: Authority> Flow<'_, W, A> {
    /// An access token that is valid for [`REFRESH_SKEW`] at least, refreshed if need be.
    ///
    /// Of all that want to refresh the same token, in whatever processes, one asks the provider. While it does, the others get
    /// the old token as long as it is valid, and wait after that. The same goes for a refresh that fails for a time.
    ///
    /// # Errors
    /// [`OauthError::NotAuthorized`]; [`OauthError::Expired`] without a refresh token; [`OauthError::Ended`] when the provider
    /// takes the refresh token no more, which deletes the tokens; [`OauthError::Provider`], [`OauthError::Busy`],
    /// [`OauthError::NotConfigured`], [`OauthError::Vault`], [`OauthError::Database`], which keep them.
    pub async fn token<C: ConnectionTrait>(&self, db: &C, access: Access<'_>) -> Result<AccessToken, OauthError> {
        let Access { tool, provider, .. } = access;
        let mut waited = Duration::ZERO;
        loop {
            let row = find(db, access).await?;
            let row = row.ok_or(OauthError::NotAuthorized { tool, provider })?;
            let now = self.world.now();
            let end = row.expires_at.unwrap_or(DateTime::MAX);
            // What somebody else has just fetched will do, however short its life is.
            let is_valid = end > now;
            if is_valid && (waited > Duration::ZERO || end > now + REFRESH_SKEW) {
                return AccessToken::open(self.vault, &row);
            }
            let Some(secret) = refresh_token(self.vault, &row)? else {
                if is_valid {
                    return AccessToken::open(self.vault, &row);
                }
                return Err(OauthError::Expired { tool, provider });
            };
            let registered = self.provider(provider)?;
            if self.vault.current().is_none() {
                // Before the provider gives something that could not be kept.
                let (what, source) = ("the refreshed token", VaultError::NoKey);
                return Err(OauthError::Vault { what, source });
            }
            if take(db, &row, now).await? {
                match self.refresh(db, access, &row, registered, &secret).await {
                    Ok(Some(token)) => return Ok(token),
                    // Somebody else was faster after all; what it has stored is read.
                    Ok(None) => continue,
                    Err(OauthError::Provider { .. }) if is_valid => return AccessToken::open(self.vault, &row),
                    Err(error) => return Err(error),
                }
            }
            if is_valid {
                return AccessToken::open(self.vault, &row);
            }
            if waited >= REFRESH_WAIT {
                return Err(OauthError::Busy(tool));
            }
            self.world.pause(LOOK).await;
            waited += LOOK;
        }
    }

    /// Refreshes a row of which it has the lease. `None` if another has stored a token meanwhile.
    async fn refresh<C: ConnectionTrait>(
        &self,
        db: &C,
        access: Access<'_>,
        row: &oauth_tokens::Model,
        provider: &Provider,
        secret: &Secret,
    ) -> Result<Option<AccessToken>, OauthError> {
        let granted = match self.authority.refresh(provider, secret).await {
            Ok(granted) => granted,
            Err(AuthorityError::Refused(reason)) if reason.is_end_of_grant() => {
                let gone = oauth_tokens::Entity::delete_many().filter(same(row));
                let gone = gone.exec(db).await.doing("deleting tokens that have ended")?;
                if gone.rows_affected == 0 {
                    return Ok(None);
                }
                if let Ok(old) = AccessToken::open(self.vault, row) {
                    // The grant has ended; the access token may not know it yet.
                    let _ = self.authority.revoke(provider, &old.token, None).await;
                }
                return Err(OauthError::Ended {
                    tool: access.tool,
                    provider: access.provider,
                    reason,
                });
            }
            Err(source) => {
                release(db, row).await?;
                return Err(OauthError::Provider {
                    provider: access.provider,
                    step: Step::Refresh,
                    source,
                });
            }
        };
        let sealed = match self.sealed(access, Step::Refresh, &granted) {
            Ok(sealed) => sealed,
            Err(error) => {
                release(db, row).await?;
                return Err(error);
            }
        };
        let mut tries = 1;
        let stored = loop {
            match sealed.keep_refreshed(db, row).await {
                Err(_) if tries < STORE => {
                    tries += 1;
                    self.world.pause(LOOK).await;
                }
                outcome => break outcome?,
            }
        };
        if stored {
            return Ok(Some(sealed.access_token(&granted, row)));
        }
        if find(db, access).await?.is_none() {
            // The user took the access back while it was refreshed.
            self.give_back(provider, &granted).await;
        }
        Ok(None)
    }

    /// Takes back what was granted and will not be kept. Nobody can do more about it if that fails.
    async fn give_back(&self, provider: &Provider, granted: &Granted) {
        let revoke = self
            .authority
            .revoke(provider, &granted.access_token, granted.refresh_token.as_ref());
        let _ = revoke.await;
    }
}

/// Takes the lease of a row that is as it was read, if nobody has it.
async fn take<C: ConnectionTrait>(db: &C, row: &oauth_tokens::Model, now: DateTime) -> Result<bool, OauthError> {
    let leased = oauth_tokens::Column::RefreshLeasedUntil;
    let lease = oauth_tokens::ActiveModel {
        refresh_leased_until: Set(Some(now + REFRESH_LEASE)),
        ..Default::default()
    };
    let lease = oauth_tokens::Entity::update_many()
        .set(lease)
        .filter(same(row))
        .filter(Condition::any().add(leased.is_null()).add(leased.lte(now)));
    let taken = lease.exec(db).await.doing("taking the refresh of a token")?;
    Ok(taken.rows_affected == 1)
}

/// Gives the lease back, so that the next one may try.
async fn release<C: ConnectionTrait>(db: &C, row: &oauth_tokens::Model) -> Result<(), OauthError> {
    let free = oauth_tokens::ActiveModel {
        refresh_leased_until: Set(None),
        ..Default::default()
    };
    let free = oauth_tokens::Entity::update_many().set(free).filter(same(row));
    free.exec(db).await.doing("giving the refresh of a token back")?;
    Ok(())
}
