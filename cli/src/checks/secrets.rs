//! Secrets are encrypted: each is opened with the vault. What only looks encrypted is not.

use std::{marker::PhantomData, sync::Arc};

use async_trait::async_trait;
use data_migrations::Keys;
use entity::{
    oauth::{oauth_states, oauth_tokens},
    tools::tool_credentials::{self, Column as Credentials},
    vault::{Place, Scheme, Vault},
    webhooks::webhooks,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait, FromQueryResult, IdenStatic, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, sea_query::ExprTrait as _,
};
use seawright::{
    data::DataError,
    history::{Error, Result},
    verify::{Ask, Asking, Check, Found, Row},
};

/// How many rows are read at a time.
const PAGE: u64 = 2000;

pub(super) fn checks(keys: &Keys) -> Result<Vec<Check>> {
    let vault = keys.vault().map_err(Error::Data)?;
    let told = Credentials::Encrypted
        .eq(false)
        .and(Credentials::Credentials.ne(""))
        .or(Credentials::Encrypted.eq(true).and(Credentials::Credentials.eq("")));
    Ok(vec![
        sealed::<tool_credentials::Entity>(
            &vault,
            (Credentials::Id, Credentials::UserId),
            vec![(Credentials::Credentials, Place::ToolCredentials)],
        ),
        Check::none(
            "secrets:told",
            "every credential says truly whether it is encrypted",
            tool_credentials::Entity::find().filter(told),
        )
        .showing([Credentials::Encrypted])
        .help("`seawright data run rotate_tool_credentials` puts it right"),
        sealed::<oauth_tokens::Entity>(
            &vault,
            (oauth_tokens::Column::Id, oauth_tokens::Column::UserId),
            vec![
                (oauth_tokens::Column::AccessToken, Place::OauthAccessToken),
                (oauth_tokens::Column::RefreshToken, Place::OauthRefreshToken),
            ],
        ),
        sealed::<oauth_states::Entity>(
            &vault,
            (oauth_states::Column::Id, oauth_states::Column::UserId),
            vec![(oauth_states::Column::CodeVerifier, Place::OauthCodeVerifier)],
        ),
        sealed::<webhooks::Entity>(
            &vault,
            (webhooks::Column::Id, webhooks::Column::UserId),
            vec![(webhooks::Column::Secret, Place::WebhookSecret)],
        ),
    ])
}

fn sealed<E>(vault: &Arc<Vault>, (id, owner): (E::Column, E::Column), secrets: Vec<(E::Column, Place)>) -> Check
where
    E: EntityTrait<Model: FromQueryResult + Send + Sync, Column: IdenStatic>,
{
    let table = E::default().table_name().to_owned();
    let columns: Vec<&str> = secrets.iter().map(|(column, _)| column.as_str()).collect();
    let claim = format!(
        "every `{}` of `{table}` is encrypted for its owner, and opens with the vault",
        columns.join("`, `")
    );
    let help = format!(
        "`seawright data run rotate_{table}` encrypts what is in clear; for another key's, add it to CRONIUM_VAULT_OLD_KEYS"
    );
    let ask = Sealed::<E> {
        vault: Arc::clone(vault),
        id,
        owner,
        secrets,
        table: PhantomData,
    };
    Check::custom(format!("secrets:{table}"), claim, ask).help(help)
}

struct Sealed<E: EntityTrait> {
    vault: Arc<Vault>,
    id: E::Column,
    owner: E::Column,
    secrets: Vec<(E::Column, Place)>,
    table: PhantomData<fn() -> E>,
}

#[async_trait]
impl<E> Ask for Sealed<E>
where
    E: EntityTrait<Model: FromQueryResult + Send + Sync, Column: IdenStatic>,
{
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let table = E::default().table_name().to_owned();
        let all = || E::find().order_by_asc(self.id);
        let mut found = Found::by(
            all()
                .select_only()
                .columns([self.id, self.owner])
                .build(asking.db().get_database_backend())
                .to_string(),
        );
        found.note = Some("each was opened; no query can".into());
        let mut after: Option<i32> = None;
        loop {
            let mut page = all().limit(PAGE);
            if let Some(after) = after.take() {
                page = page.filter(self.id.gt(after));
            }
            // Only what is looked at: a value elsewhere in the row that nobody knows is another check's.
            let columns = self.secrets.iter().map(|(column, _)| *column);
            let page = page.select_only().columns([self.id, self.owner]).columns(columns);
            let rows = asking.db().query_all(&page.into_query()).await?;
            let Some(last) = rows.last() else {
                return Ok(found);
            };
            after = Some(last.try_get::<i32>("", self.id.as_str())?);
            let mut clear = Vec::new();
            for row in &rows {
                let id: i32 = row.try_get("", self.id.as_str())?;
                let owner: String = row.try_get("", self.owner.as_str())?;
                for (column, place) in &self.secrets {
                    let Some(stored) = row.try_get::<Option<String>>("", column.as_str())? else {
                        continue;
                    };
                    // An empty text is no secret, and stays as it is.
                    if stored.is_empty() {
                        continue;
                    }
                    found.looked_at += 1;
                    if self.vault.current().is_none() {
                        return Err(Error::Data(DataError::Refused(
                            "there is no key to open it with: set CRONIUM_VAULT_KEY".into(),
                        )));
                    }
                    let reason = match self.vault.open(&place.of(&owner), &stored) {
                        Ok(opened) if matches!(opened.scheme, Scheme::Vault(_)) => continue,
                        Ok(opened) => format!("it is {}", opened.scheme),
                        Err(error) => error.to_string(),
                    };
                    clear.push((id.to_string(), format!("`{}`: {reason}", column.as_str())));
                }
            }
            let keys: Vec<String> = clear.iter().map(|(key, _)| key.clone()).collect();
            let held = asking.in_quarantine(&table, &keys).await?;
            for (key, reason) in clear {
                if held.contains(&key) {
                    found.in_quarantine += 1;
                } else {
                    found.add(Row::new(&table, key).because(reason));
                }
            }
        }
    }
}
