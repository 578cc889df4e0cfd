//! How a user authorizes a tool, from the first click to the tokens.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{
    oauth::{Access, CallbackQuery, NewAuthorization, OauthError, Provider, STATE_LIFE, sweep_states},
    prelude::*,
    vault::{Place, Vault},
};
use sea_orm::EntityTrait as _;
use tokio::sync::Barrier;

use crate::{
    oauth_support::{
        ADA, REDIRECT, Stage, challenge, error, granted, parameter, refused, row, shows_no_secret, with_code,
    },
    support::{Db, postgres},
};

async fn callback(stage: &Stage, db: &Db, query: &CallbackQuery) -> Result<(), OauthError> {
    stage.flow().callback(&db.0, "ada", query).await.map(drop)
}

on_every_database! {
    async fn the_user_is_sent_with_a_state_and_the_challenge_of_the_sealed_verifier(db: Db) {
        let stage = Stage::new();
        let begun = stage.authorize(&db, ADA).await;
        let state = parameter(&begun, "state").unwrap();
        assert!(state.len() == 64 && state.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')));
        let row = oauth_states::Entity::find().one(&db.0).await.unwrap().unwrap();
        assert_eq!((row.state.as_str(), row.redirect_uri.as_str()), (state.as_str(), REDIRECT));
        assert_eq!(row.expires_at - row.created_at, TimeDelta::minutes(10));
        let sealed = row.code_verifier.unwrap();
        assert!(sealed.as_stored().starts_with("v1:test:"));
        let opened = stage.vault.open(&Place::OauthCodeVerifier.of("ada"), sealed.as_stored()).unwrap();
        assert_eq!(opened.secret.expose().len(), 43);
        assert!(!begun.url.as_str().contains(opened.secret.expose()));
        for (name, value) in [
            ("code_challenge", challenge(opened.secret.expose()).as_str()),
            ("code_challenge_method", "S256"),
            ("response_type", "code"),
            ("client_id", "client"),
            ("redirect_uri", REDIRECT),
            ("scope", "email calendar"),
            ("access_type", "offline"),
            ("prompt", "consent"),
        ] {
            assert_eq!(parameter(&begun, name).as_deref(), Some(value), "{name}");
        }
        let again = stage.authorize(&db, ADA).await;
        assert_ne!(parameter(&again, "state"), parameter(&begun, "state"));
        assert_ne!(parameter(&again, "code_challenge"), parameter(&begun, "code_challenge"));
    }

    async fn the_code_is_exchanged_with_the_verifier_and_the_tokens_are_sealed(db: Db) {
        let stage = Stage::new();
        let begun = stage.authorize(&db, ADA).await;
        let access = stage.flow().callback(&db.0, "ada", &with_code(&begun)).await.unwrap();
        assert_eq!(access, ADA);
        let exchange = stage.fake.exchanged.lock().unwrap().remove(0);
        assert_eq!((exchange.code.expose(), exchange.redirect_uri.as_str()), ("code-of-the-user", REDIRECT));
        assert_eq!(Some(challenge(exchange.verifier.expose())), parameter(&begun, "code_challenge"));
        let row = row(&db).await;
        for (place, sealed) in [
            (Place::OauthAccessToken, &row.access_token),
            (Place::OauthRefreshToken, row.refresh_token.as_ref().unwrap()),
        ] {
            assert!(stage.vault.is_sealed(&place.of("ada"), sealed.as_stored()));
        }
        assert_eq!(row.expires_at.unwrap() - row.updated_at, TimeDelta::hours(1));
        assert_eq!((row.token_type.as_str(), row.scope), ("Bearer", None));
        assert_eq!(db.count::<oauth_states::Entity>().await, 0);
        let token = stage.flow().token(&db.0, ADA).await.unwrap();
        assert_eq!(token.token.expose(), "access-0");
    }

    async fn a_state_works_once_and_for_its_user(db: Db) {
        let stage = Stage::new();
        let begun = stage.authorize(&db, ADA).await;
        let foreign = stage.flow().callback(&db.0, "bob", &with_code(&begun)).await;
        assert!(matches!(error(foreign), OauthError::InvalidState));
        // Bob has not spoilt it for Ada.
        callback(&stage, &db, &with_code(&begun)).await.unwrap();
        let again = callback(&stage, &db, &with_code(&begun)).await;
        assert!(matches!(error(again), OauthError::InvalidState));
        assert_eq!(stage.fake.exchanged.lock().unwrap().len(), 1);
    }

    async fn who_takes_ten_minutes_is_too_late(db: Db) {
        let stage = Stage::new();
        let begun = stage.authorize(&db, ADA).await;
        stage.clock.world.pass(STATE_LIFE);
        assert!(matches!(error(callback(&stage, &db, &with_code(&begun)).await), OauthError::StateExpired));
        assert!(matches!(error(callback(&stage, &db, &with_code(&begun)).await), OauthError::InvalidState));
        let begun = stage.authorize(&db, ADA).await;
        stage.clock.world.pass(STATE_LIFE - TimeDelta::seconds(1));
        callback(&stage, &db, &with_code(&begun)).await.unwrap();
    }

    async fn a_failed_exchange_and_a_refusal_use_the_state_up(db: Db) {
        let stage = Stage::new();
        stage.tokens(&db, ADA, granted("access-0", None)).await;
        let begun = stage.authorize(&db, ADA).await;
        stage.answers([Err(refused("hunter2-was-in-the-answer"))]);
        let failed = error(callback(&stage, &db, &with_code(&begun)).await).to_string();
        assert_eq!(
            failed,
            "google did not exchange the code for tokens: it answered with an unusual error; begin the authorization again, and if it stays so check the client's id and secret"
        );
        assert!(matches!(error(callback(&stage, &db, &with_code(&begun)).await), OauthError::InvalidState));

        let begun = stage.authorize(&db, ADA).await;
        let denied = CallbackQuery {
            code: None,
            error: Some("access_denied".to_owned()),
            error_description: Some("call hunter2".to_owned()),
            ..with_code(&begun)
        };
        assert_eq!(
            error(callback(&stage, &db, &denied).await).to_string(),
            "google did not authorize it and says `access_denied`; begin the authorization again if it should be"
        );
        assert!(matches!(error(callback(&stage, &db, &denied).await), OauthError::InvalidState));

        let begun = stage.authorize(&db, ADA).await;
        let empty = CallbackQuery { code: Some(String::new()), ..with_code(&begun) };
        assert!(matches!(error(callback(&stage, &db, &empty).await), OauthError::MissingCode));
        assert!(matches!(error(callback(&stage, &db, &with_code(&begun)).await), OauthError::InvalidState));
        // What there was before stays.
        assert_eq!(stage.flow().token(&db.0, ADA).await.unwrap().token.expose(), "access-0");
    }

    async fn what_can_not_be_kept_is_not_granted(db: Db) {
        let stage = Stage::new();
        let mut unusable = [granted("", None), granted("access-1", None), granted("access-2", None)];
        unusable[1].token_type = Some("hunter2".repeat(8));
        unusable[2].expires_in = Some(u64::MAX);
        for granted in unusable {
            let begun = stage.authorize(&db, ADA).await;
            stage.answers([Ok(granted)]);
            assert!(matches!(error(callback(&stage, &db, &with_code(&begun)).await), OauthError::Provider { .. }));
        }
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
    }

    async fn a_new_authorization_replaces_all_of_the_old(db: Db) {
        let stage = Stage::new();
        stage.tokens(&db, ADA, granted("access-0", Some("refresh-0"))).await;
        let old = row(&db).await;
        stage.clock.world.pass(TimeDelta::days(1));
        stage.tokens(&db, ADA, granted("access-1", None)).await;
        let new = row(&db).await;
        assert_eq!((new.id, new.created_at), (old.id, old.created_at));
        assert!(new.updated_at > old.updated_at);
        // The old one may be another account's.
        assert_eq!(new.refresh_token, None);
        let token = stage.flow().token(&db.0, ADA).await.unwrap();
        assert_eq!(token.token.expose(), "access-1");
        let other = Access { provider: OauthProvider::Microsoft, ..ADA };
        stage.tokens(&db, other, granted("access-2", None)).await;
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 2);
    }

    async fn only_the_owner_of_a_tool_begins_and_only_with_what_is_set_up(db: Db) {
        let mut stage = Stage::new();
        let begin = |user, tool, provider| NewAuthorization { access: Access { user, tool, provider }, scopes: &[] };
        for (user, tool) in [("bob", 3), ("ada", 4)] {
            let refused = stage.flow().authorize(&db.0, &begin(user, tool, OauthProvider::Google)).await;
            assert!(matches!(error(refused), OauthError::NoTool(_)));
        }
        let refused = stage.flow().authorize(&db.0, &begin("ada", 3, OauthProvider::Slack)).await;
        assert_eq!(
            error(refused).to_string(),
            "slack is not set up: set OAUTH_SLACK_CLIENT_ID and OAUTH_SLACK_CLIENT_SECRET"
        );
        // Without a key nothing can be kept, and nobody has to go to the provider to learn that.
        stage.vault = Vault::default();
        let refused = stage.flow().authorize(&db.0, &begin("ada", 3, OauthProvider::Google)).await;
        assert!(matches!(error(refused), OauthError::Vault { .. }));
        assert_eq!(db.count::<oauth_states::Entity>().await, 0);
    }

    async fn what_has_expired_is_swept(db: Db) {
        let stage = Stage::new();
        stage.authorize(&db, ADA).await;
        stage.clock.world.pass(TimeDelta::minutes(5));
        let begun = stage.authorize(&db, ADA).await;
        stage.clock.world.pass(TimeDelta::minutes(5));
        assert_eq!(sweep_states(&db.0, &stage.clock).await.unwrap(), 0);
        stage.clock.world.pass(TimeDelta::minutes(4));
        assert_eq!(sweep_states(&db.0, &stage.clock).await.unwrap(), 1);
        callback(&stage, &db, &with_code(&begun)).await.unwrap();
    }

    async fn each_provider_is_asked_in_its_own_way(db: Db) {
        let mut stage = Stage::new();
        stage.providers = stage.providers.with(Provider::slack("client", "client-secret").unwrap());
        let begun = stage.authorize(&db, Access { provider: OauthProvider::Microsoft, ..ADA }).await;
        assert_eq!(parameter(&begun, "response_mode").as_deref(), Some("query"));
        assert_eq!(parameter(&begun, "access_type"), None);
        let begun = stage.authorize(&db, Access { provider: OauthProvider::Slack, ..ADA }).await;
        assert_eq!(parameter(&begun, "scope").as_deref(), Some("email,calendar"));
        assert!(parameter(&begun, "code_challenge").is_some());
        shows_no_secret(&format!("{begun:?}"));
    }
}

/// Cronium's callback read absent parameters as null, refused null, and so never worked.
#[test]
fn a_callback_without_all_parameters_is_one() {
    let read = CallbackQuery::parse("?code=a%2Bb+c&state=s&unknown=1").unwrap();
    let expected = CallbackQuery {
        code: Some("a+b c".to_owned()),
        state: Some("s".to_owned()),
        ..CallbackQuery::default()
    };
    assert_eq!(read, expected);
    assert_eq!(CallbackQuery::parse("").unwrap(), CallbackQuery::default());
    let json = r#"{"code":"a+b c","state":"s","error":null}"#;
    assert_eq!(serde_json::from_str::<CallbackQuery>(json).unwrap(), expected);
    let twice = CallbackQuery::parse("state=hunter2&state=hunter2");
    assert!(matches!(error(twice), OauthError::Repeated("state")));
}

async fn sixteen_callbacks(db: Db) {
    let stage = Arc::new(Stage::new());
    let begun = stage.authorize(&db, ADA).await;
    let barrier = Arc::new(Barrier::new(16));
    let all: Vec<_> = (0..16)
        .map(|_| {
            let (stage, db, query, barrier) = (Arc::clone(&stage), db.clone(), with_code(&begun), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                callback(&stage, &db, &query).await
            })
        })
        .collect();
    let mut done = 0;
    for one in all {
        match one.await.unwrap() {
            Ok(()) => done += 1,
            outcome => assert!(matches!(error(outcome), OauthError::InvalidState)),
        }
    }
    assert_eq!((done, stage.fake.exchanged.lock().unwrap().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_callbacks_with_one_state_one_is_served_on_sqlite() {
    sixteen_callbacks(Db::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_callbacks_with_one_state_one_is_served_on_postgres() {
    postgres(16, sixteen_callbacks).await;
}
