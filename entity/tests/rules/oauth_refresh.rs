//! Access tokens that stay valid, and access that is taken back.

use std::sync::{Arc, atomic::Ordering};

use chrono::TimeDelta;
use entity::{
    World as _,
    oauth::{Access, AuthorityError, Kept, OauthError, REFRESH_SKEW, Revoked},
    prelude::*,
    vault::{Place, Vault},
};

use crate::{
    oauth_support::{ADA, During, Stage, clear_row, error, granted, refused, row},
    support::{Db, postgres},
};

async fn token(stage: &Stage, db: &Db) -> Result<String, OauthError> {
    let token = stage.flow().token(&db.0, ADA).await?;
    Ok(token.token.expose().to_owned())
}

fn unavailable() -> AuthorityError {
    AuthorityError::Unavailable("it answered with status 503".to_owned())
}

/// A stage with tokens for an hour, of which so much is left.
async fn with_left(db: &Db, left: TimeDelta) -> Stage {
    let stage = Stage::new();
    stage.tokens(db, ADA, granted("access-0", Some("refresh-0"))).await;
    stage.clock.world.pass(TimeDelta::hours(1) - left);
    stage
}

async fn opened_refresh_token(stage: &Stage, db: &Db) -> Option<String> {
    let sealed = row(db).await.refresh_token?;
    let opened = stage
        .vault
        .open(&Place::OauthRefreshToken.of("ada"), sealed.as_stored());
    Some(opened.unwrap().secret.expose().to_owned())
}

on_every_database! {
    async fn a_token_is_refreshed_before_it_expires_and_not_sooner(db: Db) {
        let stage = with_left(&db, REFRESH_SKEW + TimeDelta::seconds(1)).await;
        assert_eq!(token(&stage, &db).await.unwrap(), "access-0");
        assert_eq!(stage.refreshes(), 0);
        stage.clock.world.pass(TimeDelta::seconds(1));
        assert_eq!(token(&stage, &db).await.unwrap(), "access-1");
        assert_eq!(*stage.fake.refreshed.lock().unwrap(), ["refresh-0"]);
        // It is kept, and the lease is given back.
        assert_eq!(token(&stage, &db).await.unwrap(), "access-1");
        let row = row(&db).await;
        assert_eq!((row.refresh_leased_until, stage.refreshes()), (None, 1));
        assert_eq!(row.expires_at, Some(stage.clock.now() + TimeDelta::hours(1)));
    }

    async fn a_refresh_token_is_replaced_by_a_new_one_and_kept_without(db: Db) {
        let stage = with_left(&db, TimeDelta::zero()).await;
        stage.answers([Ok(granted("access-1", Some("refresh-1"))), Ok(granted("access-2", None))]);
        token(&stage, &db).await.unwrap();
        assert_eq!(opened_refresh_token(&stage, &db).await.as_deref(), Some("refresh-1"));
        stage.clock.world.pass(TimeDelta::hours(1));
        assert_eq!(token(&stage, &db).await.unwrap(), "access-2");
        assert_eq!(*stage.fake.refreshed.lock().unwrap(), ["refresh-0", "refresh-1"]);
        assert_eq!(opened_refresh_token(&stage, &db).await.as_deref(), Some("refresh-1"));
    }

    async fn without_an_end_a_token_is_valid_for_ever(db: Db) {
        let stage = Stage::new();
        let mut endless = granted("access-0", None);
        endless.expires_in = None;
        endless.token_type = Some("bot".to_owned());
        stage.tokens(&db, ADA, endless).await;
        stage.clock.world.pass(TimeDelta::days(10_000));
        let token = stage.flow().token(&db.0, ADA).await.unwrap();
        assert_eq!((token.token_type.as_str(), token.expires_at, stage.refreshes()), ("bot", None, 0));
    }

    async fn without_a_refresh_token_it_lives_to_its_end(db: Db) {
        let stage = Stage::new();
        stage.tokens(&db, ADA, granted("access-0", None)).await;
        stage.clock.world.pass(TimeDelta::minutes(60) - TimeDelta::seconds(1));
        assert_eq!(token(&stage, &db).await.unwrap(), "access-0");
        stage.clock.world.pass(TimeDelta::seconds(1));
        assert!(matches!(error(token(&stage, &db).await), OauthError::Expired { tool: 3, .. }));
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 1);
        let nobody = stage.flow().token(&db.0, Access { user: "bob", ..ADA }).await;
        assert!(matches!(error(nobody), OauthError::NotAuthorized { .. }));
    }

    async fn what_cronium_left_in_clear_is_sealed_when_it_is_refreshed(db: Db) {
        let stage = Stage::new();
        clear_row(&db, Some(stage.clock.now()), Some("refresh-old")).await;
        let token = stage.flow().token(&db.0, ADA).await.unwrap();
        assert_eq!((token.token.expose(), token.scope.as_deref()), ("access-1", Some("email")));
        assert!(stage.vault.is_sealed(&Place::OauthAccessToken.of("ada"), row(&db).await.access_token.as_stored()));
    }

    async fn a_provider_that_is_down_costs_nothing(db: Db) {
        let stage = with_left(&db, TimeDelta::seconds(30)).await;
        stage.answers([Err(unavailable()), Err(unavailable()), Err(refused("invalid_client"))]);
        // Valid for half a minute still.
        assert_eq!(token(&stage, &db).await.unwrap(), "access-0");
        stage.clock.world.pass(TimeDelta::seconds(30));
        assert_eq!(
            error(token(&stage, &db).await).to_string(),
            "google did not refresh the access token: it answered with status 503; the tokens are kept: try again later, and if it stays so check the client's id and secret"
        );
        // A client that is set up wrongly is no reason to throw its users' tokens away.
        assert!(matches!(error(token(&stage, &db).await), OauthError::Provider { .. }));
        assert_eq!(row(&db).await.refresh_leased_until, None);
        assert_eq!(token(&stage, &db).await.unwrap(), "access-4");
        assert!(stage.fake.revoked.lock().unwrap().is_empty());
    }

    async fn a_grant_that_has_ended_is_deleted(db: Db) {
        let stage = with_left(&db, TimeDelta::seconds(30)).await;
        stage.answers([Err(refused("invalid_grant"))]);
        *stage.fake.revocation.lock().unwrap() = Some(unavailable());
        assert_eq!(
            error(token(&stage, &db).await).to_string(),
            "google has ended the access of the tool 3 (`invalid_grant`), and its tokens were deleted; authorize it again"
        );
        assert_eq!(*stage.fake.revoked.lock().unwrap(), [("access-0".to_owned(), None)]);
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
        assert!(matches!(error(token(&stage, &db).await), OauthError::NotAuthorized { .. }));
    }

    async fn while_one_refreshes_the_others_use_what_is_still_valid(db: Db) {
        let stage = with_left(&db, TimeDelta::seconds(30)).await;
        let until = stage.clock.now() + TimeDelta::seconds(10);
        db.run(&format!("UPDATE oauth_tokens SET refresh_leased_until = '{until}'")).await;
        assert_eq!(token(&stage, &db).await.unwrap(), "access-0");
        assert_eq!((stage.refreshes(), stage.clock.pauses.load(Ordering::SeqCst)), (0, 0));
    }

    async fn one_that_dies_loses_the_lease_by_time(db: Db) {
        let stage = with_left(&db, TimeDelta::zero()).await;
        let until = stage.clock.now() + TimeDelta::minutes(1);
        db.run(&format!("UPDATE oauth_tokens SET refresh_leased_until = '{until}'")).await;
        stage.clock.passes.store(true, Ordering::SeqCst);
        assert_eq!(token(&stage, &db).await.unwrap(), "access-1");
        assert_eq!((stage.clock.pauses.load(Ordering::SeqCst), stage.refreshes()), (600, 1));
    }

    async fn one_that_lives_is_not_waited_for_without_end(db: Db) {
        let stage = with_left(&db, TimeDelta::zero()).await;
        db.run("UPDATE oauth_tokens SET refresh_leased_until = '2099-01-01 00:00:00'").await;
        stage.clock.passes.store(true, Ordering::SeqCst);
        assert!(matches!(error(token(&stage, &db).await), OauthError::Busy(3)));
        assert_eq!((stage.clock.pauses.load(Ordering::SeqCst), stage.refreshes()), (750, 0));
    }

    async fn a_late_refusal_does_not_delete_what_another_has_stored(db: Db) {
        let stage = with_left(&db, TimeDelta::zero()).await;
        let end = stage.clock.now() + TimeDelta::hours(1);
        let other = format!("UPDATE oauth_tokens SET access_token = 'access-9', expires_at = '{end}'");
        *stage.fake.during.lock().unwrap() = Some(During::Sql(db.clone(), other));
        stage.answers([Err(refused("invalid_grant"))]);
        assert_eq!(token(&stage, &db).await.unwrap(), "access-9");
        assert!(stage.fake.revoked.lock().unwrap().is_empty());
    }

    async fn a_late_answer_does_not_replace_what_another_has_stored(db: Db) {
        let stage = with_left(&db, TimeDelta::zero()).await;
        let end = stage.clock.now() + TimeDelta::hours(1);
        let other = format!("UPDATE oauth_tokens SET access_token = 'access-9', expires_at = '{end}'");
        *stage.fake.during.lock().unwrap() = Some(During::Sql(db.clone(), other));
        assert_eq!(token(&stage, &db).await.unwrap(), "access-9");
        assert_eq!(row(&db).await.access_token.as_stored(), "access-9");
    }

    async fn what_is_refreshed_while_the_user_takes_it_back_is_given_back(db: Db) {
        let stage = with_left(&db, TimeDelta::zero()).await;
        *stage.fake.during.lock().unwrap() = Some(During::Sql(db.clone(), "DELETE FROM oauth_tokens".to_owned()));
        assert!(matches!(error(token(&stage, &db).await), OauthError::NotAuthorized { .. }));
        assert_eq!(*stage.fake.revoked.lock().unwrap(), [("access-1".to_owned(), None)]);
    }

    async fn one_that_is_slow_may_still_store_what_it_got(db: Db) {
        let stage = with_left(&db, TimeDelta::zero()).await;
        *stage.fake.during.lock().unwrap() = Some(During::Sleep);
        assert_eq!(token(&stage, &db).await.unwrap(), "access-1");
        assert_eq!(token(&stage, &db).await.unwrap(), "access-1");
    }

    async fn without_a_key_nothing_is_fetched_that_could_not_be_kept(db: Db) {
        let mut stage = Stage::new();
        clear_row(&db, Some(stage.clock.now()), Some("refresh-old")).await;
        stage.vault = Vault::default();
        assert!(matches!(error(token(&stage, &db).await), OauthError::Vault { .. }));
        assert_eq!((stage.refreshes(), row(&db).await.refresh_leased_until), (0, None));
    }

    async fn access_is_taken_back_at_the_provider_too(db: Db) {
        let stage = with_left(&db, TimeDelta::minutes(5)).await;
        assert_eq!(stage.flow().revoke(&db.0, ADA).await.unwrap(), Revoked::AtProvider);
        let tokens = ("access-0".to_owned(), Some("refresh-0".to_owned()));
        assert_eq!(*stage.fake.revoked.lock().unwrap(), [tokens]);
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
        assert!(matches!(error(stage.flow().revoke(&db.0, ADA).await), OauthError::NotAuthorized { .. }));
    }

    async fn where_it_is_taken_back_here_only_that_is_said(db: Db) {
        let stage = Stage::new();
        let microsoft = Access { provider: OauthProvider::Microsoft, ..ADA };
        stage.tokens(&db, microsoft, granted("access-0", Some("refresh-0"))).await;
        let revoked = stage.flow().revoke(&db.0, microsoft).await.unwrap();
        assert_eq!(revoked, Revoked::HereOnly(Kept::NotOffered));
        assert_eq!(
            revoked.to_string(),
            "the tokens were deleted here only, since the provider has no way to take access back; end the access on the provider's own pages"
        );
        assert!(stage.fake.revoked.lock().unwrap().is_empty());
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);

        stage.tokens(&db, ADA, granted("access-0", Some("refresh-0"))).await;
        *stage.fake.revocation.lock().unwrap() = Some(refused("unsupported_token_type"));
        let revoked = stage.flow().revoke(&db.0, ADA).await.unwrap();
        assert!(matches!(revoked, Revoked::HereOnly(Kept::Refused(_))));
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
    }

    async fn a_provider_that_is_down_can_be_asked_again_or_not(db: Db) {
        let stage = with_left(&db, TimeDelta::minutes(5)).await;
        *stage.fake.revocation.lock().unwrap() = Some(unavailable());
        assert_eq!(
            error(stage.flow().revoke(&db.0, ADA).await).to_string(),
            "google did not take the access back: it answered with status 503; the tokens are kept: try again later, or forget them here only"
        );
        assert_eq!(token(&stage, &db).await.unwrap(), "access-0");
        assert_eq!(stage.flow().forget(&db.0, ADA).await.unwrap(), Revoked::HereOnly(Kept::NotAsked));
        assert_eq!(db.count::<oauth_tokens::Entity>().await, 0);
    }
}

async fn sixteen_refreshers(db: Db) {
    let stage = Arc::new(with_left(&db, TimeDelta::zero()).await);
    // The provider thinks until all others wait.
    *stage.fake.during.lock().unwrap() = Some(During::Waiting(15));
    let all: Vec<_> = (0..16)
        .map(|_| {
            let (stage, db) = (Arc::clone(&stage), db.clone());
            tokio::spawn(async move { token(&stage, &db).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap().unwrap(), "access-1");
    }
    assert_eq!(stage.refreshes(), 1);
    assert!(stage.clock.pauses.load(Ordering::SeqCst) >= 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_that_refresh_one_asks_the_provider_on_sqlite() {
    sixteen_refreshers(Db::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_that_refresh_one_asks_the_provider_on_postgres() {
    postgres(16, sixteen_refreshers).await;
}
