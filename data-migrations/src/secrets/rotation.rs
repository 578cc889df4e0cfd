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
use sea_orm::{DatabaseTransaction, Select};
use seawright::data::{Batch, Changes, DataError, DataMigration, DataStep, Undo};

use super::{HoldsSecrets, Keys, SealSecrets, seal::Need};

/// Seals every secret of a table with the current key that is not: those under an older key, in one of Cronium's formats,
/// or in clear.
///
/// It belongs to no history, since it is due whenever the key changes, and finds nothing to do until then. The older keys
/// must be there to read with; they are needed for the way back, too, until the before-images are thrown away.
#[derive(Clone, Debug)]
pub struct RotateSecrets<E>(SealSecrets<E>);

impl<E: HoldsSecrets> RotateSecrets<E> {
    /// With these keys.
    pub fn with(keys: Keys) -> Self {
        Self(SealSecrets::needing(Need::CurrentKey, keys))
    }
}

#[async_trait]
impl<E: HoldsSecrets> DataMigration for RotateSecrets<E> {
    type Source = E;

    fn pending(&self) -> Select<E> {
        self.0.pending()
    }

    async fn prepare(&self, db: &DatabaseTransaction) -> Result<(), DataError> {
        self.0.prepare(db).await
    }

    async fn migrate(&self, batch: &mut Batch<'_, E>) -> Result<(), DataError> {
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
    fn of<E: HoldsSecrets>(name: &'static str, keys: &Keys) -> DataStep {
        DataStep::new(name, RotateSecrets::<E>::with(keys.clone()))
    }
    vec![
        of::<api_tokens::Entity>("rotate_api_tokens", keys),
        of::<env_vars::Entity>("rotate_env_vars", keys),
        of::<oauth_states::Entity>("rotate_oauth_states", keys),
        of::<oauth_tokens::Entity>("rotate_oauth_tokens", keys),
        of::<servers::Entity>("rotate_servers", keys),
        of::<tool_credentials::Entity>("rotate_tool_credentials", keys),
        of::<webhooks::Entity>("rotate_webhooks", keys),
    ]
}

impl HoldsSecrets for api_tokens::Entity {
    const ID: api_tokens::Column = api_tokens::Column::Id;
    const OWNER: api_tokens::Column = api_tokens::Column::UserId;
    const SECRETS: &'static [(api_tokens::Column, Place)] = &[(api_tokens::Column::Token, Place::ApiToken)];
}

impl HoldsSecrets for env_vars::Entity {
    const ID: env_vars::Column = env_vars::Column::Id;
    const OWNER: env_vars::Column = env_vars::Column::EventId;
    const SECRETS: &'static [(env_vars::Column, Place)] = &[(env_vars::Column::Value, Place::EnvVarValue)];
}

impl HoldsSecrets for servers::Entity {
    const ID: servers::Column = servers::Column::Id;
    const OWNER: servers::Column = servers::Column::UserId;
    const SECRETS: &'static [(servers::Column, Place)] = &[(servers::Column::SshKey, Place::ServerSshKey)];
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sea_orm::Iterable as _;

    use super::*;

    #[test]
    fn every_place_is_rotated_and_bears_the_name_of_its_column() {
        fn places<E: HoldsSecrets>() -> Vec<Place> {
            for (column, place) in E::SECRETS {
                let name = format!("{}.{}", E::default().table_name(), sea_orm::IdenStatic::as_str(column));
                assert_eq!(place.name(), name);
            }
            E::SECRETS.iter().map(|(_, place)| *place).collect()
        }
        let all = [
            places::<api_tokens::Entity>(),
            places::<env_vars::Entity>(),
            places::<oauth_states::Entity>(),
            places::<oauth_tokens::Entity>(),
            places::<servers::Entity>(),
            places::<tool_credentials::Entity>(),
            places::<webhooks::Entity>(),
        ]
        .concat();
        assert_eq!(all.len(), Place::iter().count());
        assert_eq!(all.into_iter().collect::<HashSet<_>>(), Place::iter().collect());
        let names: Vec<&str> = rotations(&Keys::environment()).iter().map(DataStep::step).collect();
        assert!(names.is_sorted() && names.len() == 7);
    }
}
