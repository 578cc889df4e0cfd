//! The tokens as they are kept.

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    prelude::DateTime,
    sea_query::OnConflict,
};

use super::{
    Access, Authority, AuthorityError, Flow, Granted, OauthError, Step,
    error::{Doing as _, Of as _},
    oauth_tokens,
};
use crate::{
    World,
    vault::{Place, Secret, Vault},
};

/// A token type of a column of 50 characters.
const TOKEN_TYPE: usize = 50;

/// An access token that is valid.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The token itself.
    pub token: Secret,
    /// How it is presented: `Bearer` as a rule.
    pub token_type: String,
    /// What it is good for, separated by spaces.
    pub scope: Option<String>,
    /// Until when; for ever without it.
    pub expires_at: Option<DateTime>,
}

impl AccessToken {
    pub(super) fn open(vault: &Vault, row: &oauth_tokens::Model) -> Result<Self, OauthError> {
        let context = Place::OauthAccessToken.of(&row.user_id);
        let opened = vault
            .open(&context, row.access_token.as_stored())
            .of("the access token")?;
        Ok(Self {
            token: opened.secret,
            token_type: row.token_type.clone(),
            scope: row.scope.clone(),
            expires_at: row.expires_at,
        })
    }
}

/// The refresh token of a row, if it has one.
pub(super) fn refresh_token(vault: &Vault, row: &oauth_tokens::Model) -> Result<Option<Secret>, OauthError> {
    let Some(sealed) = row.refresh_token.as_ref().filter(|sealed| !sealed.is_empty()) else {
        return Ok(None);
    };
    let context = Place::OauthRefreshToken.of(&row.user_id);
    let opened = vault.open(&context, sealed.as_stored()).of("the refresh token")?;
    Ok(Some(opened.secret))
}

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    access: Access<'_>,
) -> Result<Option<oauth_tokens::Model>, OauthError> {
    let one = oauth_tokens::Entity::find()
        .filter(oauth_tokens::Column::UserId.eq(access.user))
        .filter(oauth_tokens::Column::ToolId.eq(access.tool))
        .filter(oauth_tokens::Column::ProviderId.eq(access.provider));
    one.one(db).await.doing("reading tokens")
}

/// The row as it was read: a sealed token is never written twice, so it tells whether somebody has stored another since.
pub(super) fn same(row: &oauth_tokens::Model) -> Condition {
    Condition::all()
        .add(oauth_tokens::Column::Id.eq(row.id))
        .add(oauth_tokens::Column::AccessToken.eq(row.access_token.clone()))
}

impl<W: World, A: Authority> Flow<'_, W, A> {
    /// What a grant is as a row, sealed for its user; without the key of the row.
    pub(super) fn sealed(&self, access: Access<'_>, step: Step, granted: &Granted) -> Result<Sealed, OauthError> {
        let malformed = |what| OauthError::Provider {
            provider: access.provider,
            step,
            source: AuthorityError::Malformed(what),
        };
        if granted.access_token.expose().is_empty() {
            return Err(malformed("the access token is empty"));
        }
        let token_type = granted.token_type.as_deref().filter(|text| !text.is_empty());
        let token_type = token_type.unwrap_or("Bearer").to_owned();
        if token_type.chars().count() > TOKEN_TYPE {
            return Err(malformed("the token type has more than 50 characters"));
        }
        let now = self.world.now();
        let expires_at = granted.expires_in.map(|seconds| {
            let span = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
            span.and_then(|span| now.checked_add_signed(span))
                .filter(|end| *end < DateTime::default() + TimeDelta::days(365 * 1000))
                .ok_or_else(|| malformed("the access token is valid for centuries"))
        });
        let seal = |place: Place, secret: &Secret| self.vault.seal(&place.of(access.user), secret.expose());
        let refresh = granted
            .refresh_token
            .as_ref()
            .filter(|token| !token.expose().is_empty());
        let refresh = refresh.map(|token| seal(Place::OauthRefreshToken, token)).transpose();
        Ok(Sealed(oauth_tokens::ActiveModel {
            access_token: Set(seal(Place::OauthAccessToken, &granted.access_token).of("the access token")?),
            refresh_token: refresh
                .of("the refresh token")?
                .map_or(NotSet, |token| Set(Some(token))),
            expires_at: Set(expires_at.transpose()?),
            token_type: Set(token_type),
            scope: granted.scope.clone().map_or(NotSet, |scope| Set(Some(scope))),
            updated_at: Set(now),
            refresh_leased_until: Set(None),
            ..Default::default()
        }))
    }
}

/// What a provider has granted, ready to be kept.
pub(super) struct Sealed(oauth_tokens::ActiveModel);

impl Sealed {
    /// Keeps a new grant, instead of all that there was: an older refresh token may be another account's.
    pub(super) async fn keep_new<C: ConnectionTrait>(mut self, db: &C, access: Access<'_>) -> Result<(), OauthError> {
        use oauth_tokens::Column;
        let row = oauth_tokens::ActiveModel {
            user_id: Set(access.user.to_owned()),
            tool_id: Set(access.tool),
            provider_id: Set(access.provider),
            created_at: self.0.updated_at.clone(),
            refresh_token: Set(self.0.refresh_token.take().flatten()),
            scope: Set(self.0.scope.take().flatten()),
            ..self.0
        };
        let replaced = [
            Column::AccessToken,
            Column::RefreshToken,
            Column::ExpiresAt,
            Column::TokenType,
            Column::Scope,
            Column::UpdatedAt,
            Column::RefreshLeasedUntil,
        ];
        let instead = OnConflict::columns([Column::UserId, Column::ToolId, Column::ProviderId])
            .update_columns(replaced)
            .to_owned();
        let insert = oauth_tokens::Entity::insert(row).on_conflict(instead);
        insert.exec_without_returning(db).await.doing("keeping tokens")?;
        Ok(())
    }

    /// Keeps a refreshed grant instead of the row that it was refreshed from, and returns the lease. Says whether the row
    /// was still there and the same.
    pub(super) async fn keep_refreshed<C: ConnectionTrait>(
        &self,
        db: &C,
        from: &oauth_tokens::Model,
    ) -> Result<bool, OauthError> {
        let update = oauth_tokens::Entity::update_many()
            .set(self.0.clone())
            .filter(same(from));
        let updated = update.exec(db).await.doing("keeping a refreshed token")?;
        Ok(updated.rows_affected == 1)
    }

    /// The token as it will be read from the row.
    pub(super) fn access_token(&self, granted: &Granted, from: &oauth_tokens::Model) -> AccessToken {
        AccessToken {
            token: granted.access_token.clone(),
            token_type: self.0.token_type.clone().take().unwrap_or_default(),
            scope: granted.scope.clone().or_else(|| from.scope.clone()),
            expires_at: self.0.expires_at.clone().take().flatten(),
        }
    }
}
