//! The general limiter: against a model, with many at once, and with a database that fails.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::TimeDelta;
use entity::{
    World as _,
    limits::{
        LimitError, OnFailure, RateLimitKeyType,
        buckets::{Bucket, Rule, sweep, take},
    },
    prelude::*,
};
use proptest::prelude::*;
use sea_orm::{EntityTrait as _, prelude::DateTime};

use crate::support::{Db, TestWorld, postgres, property};

/// Something that happens to the limiter.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// A client asks.
    Take(usize),
    /// So many milliseconds pass.
    Pass(i64),
    /// Old buckets are deleted.
    Sweep,
}

/// Names that a careless key would take for each other.
fn clients() -> [Bucket; 4] {
    let of = |identifier: &str| Bucket::new(RateLimitKeyType::User, identifier);
    [of("a:b"), of("a").of("b"), of("a"), of("a%3Ab")]
}

fn acts() -> impl Strategy<Value = (i64, i64, Vec<Act>)> {
    let act = prop_oneof![
        5 => (0..4_usize).prop_map(Act::Take),
        2 => (0..2_500_i64).prop_map(Act::Pass),
        1 => Just(Act::Sweep),
    ];
    (0..4_i64, 1_000..3_000_i64, prop::collection::vec(act, 1..40))
}

/// The simple truth: of each client, when its window ends and what it has counted.
#[derive(Default)]
struct Model(HashMap<usize, (DateTime, u32)>);

impl Model {
    /// Whether a request is let through, what is left, and when the window ends.
    fn take(&mut self, client: usize, now: DateTime, limit: u32, window: TimeDelta) -> (bool, u32, DateTime) {
        if limit == 0 {
            return (false, 0, now + window);
        }
        let bucket = self.0.entry(client).or_insert((now + window, 0));
        if bucket.0 <= now {
            *bucket = (now + window, 0);
        }
        let allowed = bucket.1 < limit;
        bucket.1 += u32::from(allowed);
        (allowed, limit - bucket.1, bucket.0)
    }
}

async fn holds(db: &Db, limit: i64, window: i64, acts: Vec<Act>) -> Result<(), String> {
    let world = TestWorld::new();
    db.run("DELETE FROM rate_limit_buckets").await;
    let rule = Rule::new(limit, TimeDelta::milliseconds(window)).unwrap();
    let (clients, mut model) = (clients(), Model::default());
    for act in acts {
        match act {
            Act::Pass(milliseconds) => world.pass(TimeDelta::milliseconds(milliseconds)),
            Act::Sweep => {
                sweep(&db.0, &world).await.unwrap();
            }
            Act::Take(client) => {
                let now = world.now();
                let (allowed, remaining, reset_at) = model.take(client, now, rule.limit(), rule.window());
                let verdict = take(&db.0, &world, &clients[client], rule).await.unwrap();
                if (verdict.allowed, verdict.remaining, verdict.reset_at) != (allowed, remaining, reset_at) {
                    return Err(format!(
                        "{verdict:?}, and the model has {allowed} {remaining} {reset_at}"
                    ));
                }
                let wait = if allowed { TimeDelta::zero() } else { reset_at - now };
                if (verdict.retry_after, verdict.limit) != (wait, rule.limit()) {
                    return Err(format!("{verdict:?}, and the model has {wait}"));
                }
            }
        }
        for row in rate_limit_buckets::Entity::find().all(&db.0).await.unwrap() {
            if i64::from(row.count) > limit {
                return Err(format!("more than {limit} were counted: {row:?}"));
            }
        }
    }
    Ok(())
}

on_every_database! {
    async fn it_counts_as_the_model_does(db: Db) {
        property(96, &acts(), |(limit, window, acts)| {
            let db = db.clone();
            async move { holds(&db, limit, window, acts).await }
        });
    }

    async fn a_bucket_is_a_row_with_all_that_it_counts(db: Db) {
        let world = TestWorld::new();
        let now = world.now();
        for _ in 0..2 {
            take(&db.0, &world, &Bucket::tool("ada", "SLACK"), Rule::TOOL).await.unwrap();
        }
        take(&db.0, &world, &Bucket::tool("ada", "slack"), Rule::TOOL).await.unwrap();
        let rows = rate_limit_buckets::Entity::find().all(&db.0).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.key.as_str(), row.r#type), ("rl:tool:ada:slack", RateLimitKeyType::Tool));
        assert_eq!((row.identifier.as_str(), row.sub_identifier.as_deref()), ("ada", Some("slack")));
        assert_eq!((row.count, row.limit, row.window_ms), (3, 10, 60_000));
        assert_eq!((row.reset_at, row.created_at), (now + TimeDelta::minutes(1), now));
    }

    async fn a_changed_rule_holds_for_the_limit_at_once_and_for_the_window_later(db: Db) {
        let world = TestWorld::new();
        let bucket = Bucket::webhook(1);
        let strict = Rule::new(1, TimeDelta::seconds(1)).unwrap();
        let first = take(&db.0, &world, &bucket, Rule::DEFAULT).await.unwrap();
        let second = take(&db.0, &world, &bucket, strict).await.unwrap();
        assert_eq!((second.allowed, second.reset_at), (false, first.reset_at));
        assert!(take(&db.0, &world, &bucket, Rule::DEFAULT).await.unwrap().allowed);
        world.pass(TimeDelta::minutes(1));
        let third = take(&db.0, &world, &bucket, strict).await.unwrap();
        assert_eq!((third.allowed, third.reset_at), (true, world.now() + TimeDelta::seconds(1)));
    }

    async fn a_clock_that_lags_does_not_open_a_second_window(db: Db) {
        let (ahead, behind) = (TestWorld::new(), TestWorld::new());
        ahead.pass(TimeDelta::seconds(3));
        let rule = Rule::new(1, TimeDelta::seconds(10)).unwrap();
        let bucket = Bucket::webhook(1);
        assert!(take(&db.0, &ahead, &bucket, rule).await.unwrap().allowed);
        let late = take(&db.0, &behind, &bucket, rule).await.unwrap();
        assert_eq!((late.allowed, late.retry_after), (false, TimeDelta::seconds(13)));
    }

    async fn only_a_failure_of_the_database_lets_a_request_through(db: Db) {
        let world = TestWorld::new();
        let nameless = Bucket::new(RateLimitKeyType::Ip, "");
        let answer = take(&db.0, &world, &nameless, Rule::DEFAULT).await;
        assert!(!OnFailure::Allow.decide(answer).is_allowed());
        for text in ["a\0b".to_owned(), "x".repeat(256)] {
            let bucket = Bucket::webhook(1).of(text);
            let error = take(&db.0, &world, &bucket, Rule::DEFAULT).await.unwrap_err();
            assert!(matches!(error, LimitError::Identifier(_)), "{error}");
        }
        db.run("DROP TABLE rate_limit_buckets").await;
        for (choice, allowed) in [(OnFailure::Allow, true), (OnFailure::Refuse, false)] {
            let decision = choice.decide(take(&db.0, &world, &Bucket::webhook(1), Rule::DEFAULT).await);
            assert_eq!((decision.is_allowed(), decision.verdict()), (allowed, None));
            let error = decision.error().unwrap().to_string();
            assert!(error.contains("rate_limit_buckets") && error.contains("nothing was counted"), "{error}");
        }
    }

    async fn old_buckets_go_and_those_that_count_stay(db: Db) {
        let world = TestWorld::new();
        let rule = |seconds| Rule::new(1, TimeDelta::seconds(seconds)).unwrap();
        for (webhook, seconds) in [(1, 1), (2, 2), (3, 3)] {
            take(&db.0, &world, &Bucket::webhook(webhook), rule(seconds)).await.unwrap();
        }
        world.pass(TimeDelta::seconds(2));
        assert_eq!(sweep(&db.0, &world).await.unwrap(), 1);
        assert!(!take(&db.0, &world, &Bucket::webhook(3), rule(3)).await.unwrap().allowed);
    }
}

#[test]
fn a_rule_has_a_range() {
    let second = TimeDelta::seconds(1);
    for (limit, window) in [
        (-1, second),
        (i64::from(i32::MAX) + 1, second),
        (1, second - TimeDelta::milliseconds(1)),
        (1, TimeDelta::days(25)),
    ] {
        let error = Rule::new(limit, window).unwrap_err();
        assert!(matches!(error, LimitError::Rule { .. }), "{error}");
    }
    assert_eq!(Rule::new(0, TimeDelta::days(24)).unwrap().limit(), 0);
}

/// 64 clients with a connection each, all at one bucket.
async fn crowd(db: &Db, world: &Arc<TestWorld>, rule: Rule, each: usize) -> u32 {
    let allowed = Arc::new(AtomicU32::new(0));
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (db, world, allowed) = (db.clone(), Arc::clone(world), Arc::clone(&allowed));
            tokio::spawn(async move {
                for _ in 0..each {
                    let verdict = take(&db.0, world.as_ref(), &Bucket::api("ada", "/events"), rule)
                        .await
                        .unwrap();
                    allowed.fetch_add(u32::from(verdict.allowed), Ordering::Relaxed);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    allowed.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_clients_get_exactly_the_limit() {
    postgres(64, |db| async move {
        let world = Arc::new(TestWorld::new());
        let minute = TimeDelta::minutes(1);
        // 640 requests for 200; then the same in a bucket whose window has just ended.
        let rule = Rule::new(200, minute).unwrap();
        assert_eq!(crowd(&db, &world, rule, 10).await, 200);
        world.pass(minute);
        assert_eq!(crowd(&db, &world, rule, 10).await, 200);
        // And all of them where there is room.
        world.pass(minute);
        assert_eq!(crowd(&db, &world, Rule::new(1000, minute).unwrap(), 10).await, 640);
        assert_eq!(db.count::<rate_limit_buckets::Entity>().await, 1);
    })
    .await;
}
