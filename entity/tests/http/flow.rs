//! The whole way of OAuth, with an authorization server at its other end.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use entity::{
    World,
    http::Client,
    oauth::{
        Authority as _, Authorization, CallbackQuery, Exchange, Flow, NewAuthorization, OauthError, Provider,
        Providers, Revoked, Step,
    },
    prelude::*,
    vault::{Place, Vault, VaultKey},
};
use sea_orm::prelude::DateTime;
use url::Url;

use crate::{
    client,
    idp::Idp,
    oauth_support::{ADA, REDIRECT, error, parameter, refused, row, secret, shows_no_secret},
    support::{Db, TestWorld, postgres},
};

/// A world whose time stands still, but where who waits does wait.
#[derive(Debug)]
struct Patient {
    world: TestWorld,
    pauses: Arc<AtomicUsize>,
}

impl World for Patient {
    fn now(&self) -> DateTime {
        self.world.now()
    }

    fn random(&self) -> u64 {
        self.world.random()
    }

    async fn pause(&self, span: Duration) {
        self.pauses.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(span).await;
    }
}

#[derive(Debug)]
struct Stage {
    world: Patient,
    vault: Vault,
    providers: Providers,
    idp: Idp,
    client: Client,
}

impl Stage {
    fn new() -> Self {
        Self::registered_with("client-secret")
    }

    fn registered_with(secret: &str) -> Self {
        let idp = Idp::start();
        let key = VaultKey::parse("test:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
        Self {
            world: Patient {
                world: TestWorld::new(),
                pauses: Arc::default(),
            },
            vault: Vault::new(key),
            providers: Providers::new(REDIRECT).unwrap().with(idp.provider(secret)),
            idp,
            client: client(),
        }
    }

    fn flow(&self) -> Flow<'_, Patient, Client> {
        Flow {
            world: &self.world,
            vault: &self.vault,
            providers: &self.providers,
            authority: &self.client,
        }
    }

    async fn authorize(&self, db: &Db) -> Authorization {
        let new = NewAuthorization {
            access: ADA,
            scopes: &["email"],
        };
        self.flow().authorize(&db.0, &new).await.unwrap()
    }

    /// Goes to the provider as the user's browser does, and comes back.
    async fn callback(&self, db: &Db) -> Result<(), OauthError> {
        let back = browse(&self.authorize(db).await.url);
        let query = CallbackQuery::parse(back.query().unwrap())?;
        self.flow().callback(&db.0, "ada", &query).await.map(drop)
    }

    async fn token(&self, db: &Db) -> Result<String, OauthError> {
        let token = self.flow().token(&db.0, ADA).await?;
        Ok(token.token.expose().to_owned())
    }
}

/// Where the provider sends the browser.
fn browse(url: &Url) -> Url {
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect((host, port)).unwrap();
    let path = &url[url::Position::BeforePath..];
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    let back = Url::parse(location.unwrap()).unwrap();
    assert!(back.as_str().starts_with(REDIRECT));
    back
}

on_every_database! {
    async fn the_whole_way(db: Db) {
        let stage = Stage::new();
        stage.callback(&db).await.unwrap();
        let kept = row(&db).await;
        assert!(stage.vault.is_sealed(&Place::OauthAccessToken.of("ada"), kept.access_token.as_stored()));
        assert_eq!(kept.scope.as_deref(), Some("email"));
        assert_eq!(kept.expires_at, Some(stage.world.now() + TimeDelta::hours(1)));
        assert_eq!(stage.token(&db).await.unwrap(), "access-1");
        // The server takes each refresh token once.
        for expected in ["access-2", "access-3"] {
            stage.world.world.pass(TimeDelta::hours(1));
            assert_eq!(stage.token(&db).await.unwrap(), expected);
            assert_eq!(stage.token(&db).await.unwrap(), expected);
        }
        assert_eq!(stage.idp.valid(), ["access-3", "refresh-3"]);
        assert_eq!(stage.flow().revoke(&db.0, ADA).await.unwrap(), Revoked::AtProvider);
        assert!(stage.idp.valid().is_empty());
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
        assert_eq!(stage.idp.asked(), ["authorize", "exchange", "refresh", "refresh", "revoke"]);
    }

    async fn the_code_of_another_authorization_is_refused(db: Db) {
        let stage = Stage::new();
        let (mine, other) = (stage.authorize(&db).await, stage.authorize(&db).await);
        let stolen = browse(&other.url);
        let code = stolen.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let query = CallbackQuery {
            code: Some(code),
            state: parameter(&mine, "state"),
            ..CallbackQuery::default()
        };
        // The verifier of the one does not fit the challenge of the other.
        let outcome = error(stage.flow().callback(&db.0, "ada", &query).await);
        assert!(matches!(outcome, OauthError::Provider { step: Step::Exchange, source, .. } if source == refused("invalid_grant")));
        assert_eq!((db.count::<oauth_tokens::Entity>().await, stage.idp.valid()), (0, vec![]));
    }

    async fn a_client_that_is_set_up_wrongly_is_told_so(db: Db) {
        let stage = Stage::registered_with("hunter2");
        assert_eq!(
            error(stage.callback(&db).await).to_string(),
            "google did not exchange the code for tokens: it answered with `invalid_client`; begin the authorization again, and if it stays so check the client's id and secret"
        );
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
    }

    async fn a_grant_that_somebody_else_has_used_ends(db: Db) {
        let stage = Stage::new();
        stage.callback(&db).await.unwrap();
        stage.client.refresh(&stage.idp.provider("client-secret"), &secret("refresh-1")).await.unwrap();
        stage.world.world.pass(TimeDelta::hours(1));
        assert!(matches!(error(stage.token(&db).await), OauthError::Ended { .. }));
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
        // What is left of it was to be taken back.
        assert_eq!(stage.idp.asked().last(), Some(&"revoke"));
    }
}

async fn refuse(provider: &Provider, exchange: &Exchange, code: &str) {
    let outcome = client().exchange(provider, exchange).await.unwrap_err();
    shows_no_secret(&outcome);
    assert_eq!(outcome, refused(code));
}

#[tokio::test]
async fn a_code_is_exchanged_by_who_can_prove_it_and_once() {
    let idp = Idp::start();
    let verifier = "v".repeat(43);
    let url = |challenge: &str| {
        let mut url = idp.provider("client-secret").endpoints().authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "client")
            .append_pair("redirect_uri", REDIRECT)
            .append_pair("state", "s")
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        url
    };
    let exchange = || {
        let back = browse(&url(&crate::oauth_support::challenge(&verifier)));
        let code = back
            .query_pairs()
            .find(|(name, _)| name == "code")
            .unwrap()
            .1
            .into_owned();
        Exchange {
            code: secret(&code),
            verifier: secret(&verifier),
            redirect_uri: REDIRECT.to_owned(),
        }
    };
    let (right, wrong) = (idp.provider("client-secret"), idp.provider("hunter2"));
    let changed = |change: fn(&mut Exchange)| {
        let mut exchange = exchange();
        change(&mut exchange);
        exchange
    };
    refuse(&wrong, &exchange(), "invalid_client").await;
    refuse(
        &right,
        &changed(|it| it.verifier = secret(&"w".repeat(43))),
        "invalid_grant",
    )
    .await;
    refuse(&right, &changed(|it| it.code = secret("hunter2")), "invalid_grant").await;
    refuse(
        &right,
        &changed(|it| it.redirect_uri = "https://evil.example/".to_owned()),
        "invalid_grant",
    )
    .await;
    assert!(idp.valid().is_empty());
    let exchange = exchange();
    let granted = client().exchange(&right, &exchange).await.unwrap();
    assert_eq!(granted.access_token.expose(), "access-1");
    refuse(&right, &exchange, "invalid_grant").await;
}

async fn sixteen_refreshers(db: Db) {
    let stage = Arc::new(Stage::new());
    stage.callback(&db).await.unwrap();
    stage.world.world.pass(TimeDelta::hours(1));
    // The provider thinks until all others wait.
    let pauses = Arc::clone(&stage.world.pauses);
    stage.idp.before_refresh(move || {
        while pauses.load(Ordering::SeqCst) < 15 {
            std::thread::yield_now();
        }
    });
    let all: Vec<_> = (0..16)
        .map(|_| {
            let (stage, db) = (Arc::clone(&stage), db.clone());
            tokio::spawn(async move { stage.token(&db).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap().unwrap(), "access-2");
    }
    assert_eq!(stage.idp.asked(), ["authorize", "exchange", "refresh"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_that_refresh_one_asks_the_provider_on_sqlite() {
    sixteen_refreshers(Db::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_that_refresh_one_asks_the_provider_on_postgres() {
    postgres(16, sixteen_refreshers).await;
}
