//! All secrets under the current key.

use async_trait::async_trait;
use entity::{
    events::{env_vars, servers},
    identity::api_tokens,
    oauth::{oauth_states, oauth_tokens},
    tools::tool_credentials,
    vault::Place,
    webhooks::webhooks,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DatabaseTransaction, Select,
    sea_query::{Condition, Expr, ExprTrait as _},
};
use seawright::data::{Batch, Changes, DataError, DataMigration, DataStep, Undo};

use crate::secrets::{ChangeOf, HoldsSecrets, Keys, Need, RowOf, SealSecrets, remark_on_credentials};

/// Seals every secret of a table with the current key that is not: those under an older key, in one of Cronium's formats,
/// or in clear.
///
/// It belongs to no history, since it is due whenever the key changes, and finds nothing to do until then. The older keys
/// must be there to read with; they are needed for the way back, too, until the before-images are thrown away.
#[derive(Clone, Debug)]
pub struct RotateSecrets<S>(SealSecrets<S>);

impl<S: HoldsSecrets> RotateSecrets<S> {
    /// With these keys.
    pub fn with(keys: Keys) -> Self {
        Self(SealSecrets::needing(Need::CurrentKey, keys))
    }
}

#[async_trait]
impl<S: HoldsSecrets> DataMigration for RotateSecrets<S> {
    type Source = S::Table;

    fn pending(&self) -> Select<S::Table> {
        self.0.pending()
    }

    async fn prepare(&self, db: &DatabaseTransaction) -> Result<(), DataError> {
        self.0.prepare(db).await
    }

    async fn migrate(&self, batch: &mut Batch<'_, S::Table>) -> Result<(), DataError> {
        self.0.migrate(batch).await
    }

    async fn finish(&self, changes: &Changes<'_>) -> Result<(), DataError> {
        self.0.finish(changes).await
    }

    async fn undo(&self, undo: &Undo<'_>) -> Result<(), DataError> {
        self.0.undo(undo).await
    }
}

/// The rotation of every table that holds secrets: those of the history, and the three that Cronium's server encrypted and
/// the history leaves alone.
pub fn rotations(keys: &Keys) -> Vec<DataStep> {
    fn of<S: HoldsSecrets>(name: &'static str, keys: &Keys) -> DataStep {
        DataStep::new(name, RotateSecrets::<S>::with(keys.clone()))
    }
    vec![
        of::<ApiTokens>("rotate_api_tokens", keys),
        of::<EnvVars>("rotate_env_vars", keys),
        of::<OauthStates>("rotate_oauth_states", keys),
        of::<OauthTokens>("rotate_oauth_tokens", keys),
        of::<Servers>("rotate_servers", keys),
        of::<ToolCredentials>("rotate_tool_credentials", keys),
        of::<Webhooks>("rotate_webhooks", keys),
    ]
}

#[derive(Clone, Copy, Debug)]
struct ApiTokens;

impl HoldsSecrets for ApiTokens {
    type Table = api_tokens::Entity;
    const ID: api_tokens::Column = api_tokens::Column::Id;
    const OWNER: api_tokens::Column = api_tokens::Column::UserId;
    const SECRETS: &'static [(api_tokens::Column, Place)] = &[(api_tokens::Column::Token, Place::ApiToken)];
}

#[derive(Clone, Copy, Debug)]
struct EnvVars;

impl HoldsSecrets for EnvVars {
    type Table = env_vars::Entity;
    const ID: env_vars::Column = env_vars::Column::Id;
    const OWNER: env_vars::Column = env_vars::Column::EventId;
    const SECRETS: &'static [(env_vars::Column, Place)] = &[(env_vars::Column::Value, Place::EnvVarValue)];
}

#[derive(Clone, Copy, Debug)]
struct OauthStates;

impl HoldsSecrets for OauthStates {
    type Table = oauth_states::Entity;
    const ID: oauth_states::Column = oauth_states::Column::Id;
    const OWNER: oauth_states::Column = oauth_states::Column::UserId;
    const SECRETS: &'static [(oauth_states::Column, Place)] =
        &[(oauth_states::Column::CodeVerifier, Place::OauthCodeVerifier)];
}

#[derive(Clone, Copy, Debug)]
struct OauthTokens;

impl HoldsSecrets for OauthTokens {
    type Table = oauth_tokens::Entity;
    const ID: oauth_tokens::Column = oauth_tokens::Column::Id;
    const OWNER: oauth_tokens::Column = oauth_tokens::Column::UserId;
    const SECRETS: &'static [(oauth_tokens::Column, Place)] = &[
        (oauth_tokens::Column::AccessToken, Place::OauthAccessToken),
        (oauth_tokens::Column::RefreshToken, Place::OauthRefreshToken),
    ];
}

#[derive(Clone, Copy, Debug)]
struct Servers;

impl HoldsSecrets for Servers {
    type Table = servers::Entity;
    const ID: servers::Column = servers::Column::Id;
    const OWNER: servers::Column = servers::Column::UserId;
    const SECRETS: &'static [(servers::Column, Place)] = &[(servers::Column::SshKey, Place::ServerSshKey)];
}

/// The flags are kept true, as by the step that sealed them first.
#[derive(Clone, Copy, Debug)]
struct ToolCredentials;

impl HoldsSecrets for ToolCredentials {
    type Table = tool_credentials::Entity;
    const ID: tool_credentials::Column = tool_credentials::Column::Id;
    const OWNER: tool_credentials::Column = tool_credentials::Column::UserId;
    const SECRETS: &'static [(tool_credentials::Column, Place)] =
        &[(tool_credentials::Column::Credentials, Place::ToolCredentials)];

    fn untrue(sealed: Expr, absent: Expr) -> Option<Condition> {
        let told = tool_credentials::Column::EncryptionMetadata.is_not_null();
        let both = |state: Expr, is_untrue: Expr| state.and(is_untrue.or(told.clone()));
        Some(
            Condition::any()
                .add(both(sealed, tool_credentials::Column::Encrypted.eq(false)))
                .add(both(absent, tool_credentials::Column::Encrypted.eq(true))),
        )
    }

    fn mend(row: &RowOf<Self>, change: &mut ChangeOf<Self>, sealed: bool) {
        if row.encrypted != sealed {
            change.encrypted = Set(sealed);
        }
        if row.encryption_metadata.is_some() {
            change.encryption_metadata = Set(None);
        }
    }

    fn remark(secret: &str) -> Option<&'static str> {
        remark_on_credentials(secret)
    }
}

#[derive(Clone, Copy, Debug)]
struct Webhooks;

impl HoldsSecrets for Webhooks {
    type Table = webhooks::Entity;
    const ID: webhooks::Column = webhooks::Column::Id;
    const OWNER: webhooks::Column = webhooks::Column::UserId;
    const SECRETS: &'static [(webhooks::Column, Place)] = &[(webhooks::Column::Secret, Place::WebhookSecret)];
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sea_orm::Iterable as _;

    use super::*;

    #[test]
    fn every_place_is_rotated_and_bears_the_name_of_its_column() {
        fn places<S: HoldsSecrets>() -> Vec<Place> {
            for (column, place) in S::SECRETS {
                let name = format!(
                    "{}.{}",
                    sea_orm::EntityName::table_name(&S::Table::default()),
                    sea_orm::IdenStatic::as_str(column)
                );
                assert_eq!(place.name(), name);
            }
            S::SECRETS.iter().map(|(_, place)| *place).collect()
        }
        let all = [
            places::<ApiTokens>(),
            places::<EnvVars>(),
            places::<OauthStates>(),
            places::<OauthTokens>(),
            places::<Servers>(),
            places::<ToolCredentials>(),
            places::<Webhooks>(),
        ]
        .concat();
        assert_eq!(all.len(), Place::iter().count());
        assert_eq!(all.into_iter().collect::<HashSet<_>>(), Place::iter().collect());
        let names: Vec<&str> = rotations(&Keys::environment()).iter().map(DataStep::step).collect();
        assert!(names.is_sorted() && names.len() == 7);
    }
}
