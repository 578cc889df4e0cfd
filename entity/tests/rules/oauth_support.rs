//! A provider of a test's own, and what the rules of OAuth work with.

use std::{
    collections::VecDeque,
    fmt::{Debug, Display},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use entity::{
    World,
    oauth::{
        Access, Authority, AuthorityError, Authorization, CallbackQuery, Exchange, Flow, Granted, NewAuthorization,
        OauthError, Provider, Providers, Reason,
    },
    prelude::*,
    vault::{Secret, Vault, VaultKey},
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, prelude::DateTime};
use sha2::{Digest as _, Sha256};

use crate::support::{Db, TestWorld};

/// A world that counts who waits. Time passes by waiting only if it is told to.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) world: TestWorld,
    pub(crate) pauses: AtomicUsize,
    pub(crate) passes: AtomicBool,
}

impl World for Clock {
    fn now(&self) -> DateTime {
        self.world.now()
    }

    fn random(&self) -> u64 {
        self.world.random()
    }

    async fn pause(&self, span: Duration) {
        self.pauses.fetch_add(1, Ordering::SeqCst);
        if self.passes.load(Ordering::SeqCst) {
            self.world.pass(TimeDelta::from_std(span).unwrap());
        }
        tokio::task::yield_now().await;
    }
}

/// What goes on while the provider thinks.
#[derive(Debug)]
pub(crate) enum During {
    /// That many others begin to wait.
    Waiting(usize),
    /// Somebody changes the database.
    Sql(Db, String),
    /// The minute passes that one has the refresh for oneself, and somebody else refreshes.
    Sleep,
}

/// A provider that grants numbered tokens, unless it is told what to answer.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) answers: Mutex<VecDeque<Result<Granted, AuthorityError>>>,
    pub(crate) during: Mutex<Option<During>>,
    pub(crate) exchanged: Mutex<Vec<Exchange>>,
    pub(crate) refreshed: Mutex<Vec<String>>,
    pub(crate) revoked: Mutex<Vec<(String, Option<String>)>>,
    pub(crate) revocation: Mutex<Option<AuthorityError>>,
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

pub(crate) fn refused(code: &str) -> AuthorityError {
    AuthorityError::Refused(Reason::of(code))
}

/// A grant for an hour.
pub(crate) fn granted(access: &str, refresh: Option<&str>) -> Granted {
    Granted {
        access_token: secret(access),
        refresh_token: refresh.map(secret),
        expires_in: Some(3600),
        token_type: None,
        scope: None,
    }
}

/// What belongs together in a test.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) clock: Clock,
    pub(crate) vault: Vault,
    pub(crate) providers: Providers,
    pub(crate) fake: Fake,
}

pub(crate) const REDIRECT: &str = "https://cronium.example/api/oauth/callback";

pub(crate) const ADA: Access<'static> = Access {
    user: "ada",
    tool: 3,
    provider: OauthProvider::Google,
};

impl Stage {
    pub(crate) fn new() -> Self {
        let key = VaultKey::parse("test:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
        let providers = Providers::new(REDIRECT)
            .unwrap()
            .with(Provider::google("client", "client-secret").unwrap())
            .with(Provider::microsoft("common", "client", "client-secret").unwrap());
        Self {
            clock: Clock {
                world: TestWorld::new(),
                pauses: AtomicUsize::new(0),
                passes: AtomicBool::new(false),
            },
            vault: Vault::new(key),
            providers,
            fake: Fake::default(),
        }
    }

    pub(crate) fn flow(&self) -> Flow<'_, Clock, Self> {
        Flow {
            world: &self.clock,
            vault: &self.vault,
            providers: &self.providers,
            authority: self,
        }
    }

    /// The provider's next answers.
    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Result<Granted, AuthorityError>>) {
        self.fake.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.fake.refreshed.lock().unwrap().len()
    }

    pub(crate) async fn authorize(&self, db: &Db, access: Access<'_>) -> Authorization {
        let new = NewAuthorization {
            access,
            scopes: &["email", "calendar"],
        };
        self.flow().authorize(&db.0, &new).await.unwrap()
    }

    /// Goes the whole way and returns what the provider had been asked.
    pub(crate) async fn tokens(&self, db: &Db, access: Access<'_>, granted: Granted) {
        let begun = self.authorize(db, access).await;
        self.answers([Ok(granted)]);
        let query = with_code(&begun);
        self.flow().callback(&db.0, access.user, &query).await.unwrap();
    }

    async fn answer(&self, otherwise: Granted) -> Result<Granted, AuthorityError> {
        let during = self.fake.during.lock().unwrap().take();
        match during {
            Some(During::Waiting(others)) => {
                while self.clock.pauses.load(Ordering::SeqCst) < others {
                    tokio::task::yield_now().await;
                }
            }
            Some(During::Sql(db, sql)) => db.run(&sql).await,
            Some(During::Sleep) => self.clock.world.pass(TimeDelta::minutes(2)),
            None => {}
        }
        let told = self.fake.answers.lock().unwrap().pop_front();
        told.unwrap_or(Ok(otherwise))
    }
}

impl Authority for Stage {
    async fn exchange(&self, _: &Provider, exchange: &Exchange) -> Result<Granted, AuthorityError> {
        self.fake.exchanged.lock().unwrap().push(exchange.clone());
        self.answer(granted("access-0", Some("refresh-0"))).await
    }

    async fn refresh(&self, _: &Provider, refresh_token: &Secret) -> Result<Granted, AuthorityError> {
        let number = {
            let mut refreshed = self.fake.refreshed.lock().unwrap();
            refreshed.push(refresh_token.expose().to_owned());
            refreshed.len()
        };
        self.answer(granted(&format!("access-{number}"), None)).await
    }

    async fn revoke(
        &self,
        _: &Provider,
        access_token: &Secret,
        refresh_token: Option<&Secret>,
    ) -> Result<(), AuthorityError> {
        let refresh_token = refresh_token.map(|token| token.expose().to_owned());
        let tokens = (access_token.expose().to_owned(), refresh_token);
        self.fake.revoked.lock().unwrap().push(tokens);
        self.fake.revocation.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

/// The parameter of the URL that a user is sent to.
pub(crate) fn parameter(begun: &Authorization, name: &str) -> Option<String> {
    let mut pairs = begun.url.query_pairs();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

pub(crate) fn with_code(begun: &Authorization) -> CallbackQuery {
    CallbackQuery {
        code: Some("code-of-the-user".to_owned()),
        state: parameter(begun, "state"),
        ..CallbackQuery::default()
    }
}

/// What a provider has to compute (RFC 7636, 4.6).
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The one row of tokens.
pub(crate) async fn row(db: &Db) -> oauth_tokens::Model {
    let mut rows = oauth_tokens::Entity::find().all(&db.0).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// A row as Cronium left them, in clear.
pub(crate) async fn clear_row(db: &Db, expires_at: Option<DateTime>, refresh: Option<&str>) {
    let row = oauth_tokens::ActiveModel {
        user_id: Set("ada".to_owned()),
        tool_id: Set(3),
        provider_id: Set(OauthProvider::Google),
        access_token: Set(Sealed::from_stored("access-old")),
        refresh_token: Set(refresh.map(Sealed::from_stored)),
        expires_at: Set(expires_at),
        scope: Set(Some("email".to_owned())),
        ..Default::default()
    };
    row.insert(&db.0).await.unwrap();
}

/// The error, which must show no secret.
pub(crate) fn error<T: Debug>(outcome: Result<T, OauthError>) -> OauthError {
    let error = outcome.unwrap_err();
    shows_no_secret(&error);
    error
}

pub(crate) fn shows_no_secret(error: &(impl Display + Debug)) {
    let shown = format!("{error} {error:?}");
    for secret in ["code-of-the-user", "client-secret", "access-", "refresh-", "hunter2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
