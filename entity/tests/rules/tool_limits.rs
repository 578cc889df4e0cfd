//! The limiter of tools: by the tool in any case, by tier, and never passed by many at once.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{
    limits::{
        LimitError, QuotaTier, Scope,
        tools::{ToolLimits, ToolQuota, limits, set, sweep, take},
    },
    prelude::*,
};
use sea_orm::EntityTrait as _;

use crate::support::{Db, TestWorld, postgres};

/// How many of so many requests are let through.
async fn allowed(db: &Db, world: &TestWorld, tool: &str, requests: usize) -> usize {
    let mut allowed = 0;
    for _ in 0..requests {
        allowed += usize::from(take(&db.0, world, "ada", tool).await.unwrap().allowed);
    }
    allowed
}

on_every_database! {
    async fn a_tool_is_the_same_in_any_case(db: Db) {
        let world = TestWorld::new();
        set(&db.0, &world, "ada", None, QuotaTier::Enterprise.into()).await.unwrap();
        assert_eq!(allowed(&db, &world, "SLACK", 40).await + allowed(&db, &world, "slack", 40).await, 60);
        let full = take(&db.0, &world, "ada", "Slack").await.unwrap();
        assert_eq!((full.allowed, full.scope, full.limit), (false, Scope::Window, 60));
        assert_eq!(full.retry_after, TimeDelta::minutes(1));
        assert_eq!(allowed(&db, &world, "EMAIL", 31).await, 30);
        // Nothing was counted that was refused.
        let rows = tool_rate_limits::Entity::find().all(&db.0).await.unwrap();
        let mut counts: Vec<_> = rows.iter().map(|row| (row.tool_type.as_str(), row.request_count)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [("email", 30), ("slack", 60)]);
        world.pass(TimeDelta::minutes(1));
        assert!(take(&db.0, &world, "ada", "SLACK").await.unwrap().allowed);
    }

    async fn a_tier_counts_requests_and_not_windows(db: Db) {
        let world = TestWorld::new();
        // Free: 20 at once, 100 an hour.
        for minute in 0..5 {
            let verdict = take(&db.0, &world, "ada", "slack").await.unwrap();
            assert_eq!((verdict.allowed, verdict.scope, verdict.remaining), (true, Scope::Burst, 19), "{minute}");
            assert_eq!(allowed(&db, &world, "slack", 30).await, 19);
            world.pass(TimeDelta::minutes(1));
        }
        let full = take(&db.0, &world, "ada", "slack").await.unwrap();
        assert_eq!((full.allowed, full.scope, full.limit), (false, Scope::Hour, 100));
        // The first window leaves the hour with the last of its requests, and 20 may again.
        assert_eq!(full.retry_after, TimeDelta::minutes(56));
        world.pass(full.retry_after - TimeDelta::seconds(1));
        assert_eq!(allowed(&db, &world, "slack", 1).await, 0);
        world.pass(TimeDelta::seconds(1));
        assert_eq!(allowed(&db, &world, "slack", 30).await, 20);
    }

    async fn a_day_is_full_whatever_the_case_that_it_was_counted_in(db: Db) {
        let world = TestWorld::new();
        db.run(
            "INSERT INTO tool_rate_limits (user_id, tool_type, window_start, request_count) VALUES
             ('ada', 'SLACK', '2025-07-13 09:59:00', 5000), ('ada', 'SLACK', '2025-07-13 11:00:07', 600), ('ada', 'slack', '2025-07-13 12:00:00', 400),
             ('ada', 'EMAIL', '2025-07-14 09:59:00', 7), ('bob', 'slack', '2025-07-14 09:59:00', 5000)",
        )
        .await;
        let full = take(&db.0, &world, "ada", "slack").await.unwrap();
        assert_eq!((full.allowed, full.scope, full.limit), (false, Scope::Day, 1000));
        assert_eq!(full.retry_after, TimeDelta::minutes(61));
        assert!(take(&db.0, &world, "ada", "email").await.unwrap().allowed);
    }

    async fn the_quota_for_a_tool_goes_before_the_one_for_all(db: Db) {
        let world = TestWorld::new();
        db.run("INSERT INTO user_tool_quotas (user_id, tool_type, tier) VALUES ('ada', 'SLACK', 'pro'), ('bob', 'slack', 'gold')").await;
        set(&db.0, &world, "ada", None, QuotaTier::Enterprise.into()).await.unwrap();
        assert_eq!(limits(&db.0, "ada", "slack").await.unwrap(), QuotaTier::Pro.limits());
        assert_eq!(limits(&db.0, "ada", "email").await.unwrap(), QuotaTier::Enterprise.limits());
        let own = ToolQuota { hourly: Some(5), ..QuotaTier::Free.into() };
        for _ in 0..2 {
            set(&db.0, &world, "ada", Some("Slack"), own).await.unwrap();
            set(&db.0, &world, "ada", None, QuotaTier::Pro.into()).await.unwrap();
        }
        let slack = ToolLimits { hourly: 5, ..QuotaTier::Free.limits() };
        assert_eq!(limits(&db.0, "ada", "slack").await.unwrap(), slack);
        assert_eq!(limits(&db.0, "ada", "email").await.unwrap(), QuotaTier::Pro.limits());
        assert_eq!(allowed(&db, &world, "slack", 9).await, 5);
        // Each was set again and not once more.
        assert_eq!(db.count::<user_tool_quotas::Entity>().await, 3);
        let error = take(&db.0, &world, "bob", "slack").await.unwrap_err();
        assert!(matches!(error, LimitError::Unreadable { .. }), "{error}");
    }

    async fn custom_limits_go_before_the_columns(db: Db) {
        let cast = if db.is_postgres() { "::jsonb" } else { "" };
        db.run(&format!("INSERT INTO user_tool_quotas (user_id, tool_type, tier, daily_limit, hourly_limit, custom_limits)
            VALUES ('ada', 'slack', 'free', 11, 12, '{{\"daily\": 7, \"tier\": \"pro\"}}'{cast})")).await;
        let expected = ToolLimits { daily: 7, hourly: 12, burst: 100 };
        assert_eq!(limits(&db.0, "ada", "slack").await.unwrap(), expected);
    }

    async fn old_windows_go(db: Db) {
        let world = TestWorld::new();
        take(&db.0, &world, "ada", "slack").await.unwrap();
        world.pass(TimeDelta::days(1));
        take(&db.0, &world, "ada", "slack").await.unwrap();
        assert_eq!(sweep(&db.0, &world).await.unwrap(), 0);
        world.pass(TimeDelta::minutes(1));
        assert_eq!(sweep(&db.0, &world).await.unwrap(), 1);
    }

    async fn who_or_what_is_not_there_is_refused(db: Db) {
        let world = TestWorld::new();
        let error = take(&db.0, &world, "eve", "slack").await.unwrap_err();
        assert!(matches!(error, LimitError::NoUser(_)), "{error}");
        for tool in [String::new(), "x".repeat(51), "a\0".to_owned()] {
            let error = take(&db.0, &world, "ada", &tool).await.unwrap_err();
            assert!(matches!(error, LimitError::Tool(_)), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_get_exactly_the_limit() {
    postgres(16, |db| async move {
        let world = Arc::new(TestWorld::new());
        let clients: Vec<_> = (0..16)
            .map(|_| {
                let (db, world) = (db.clone(), Arc::clone(&world));
                tokio::spawn(async move { allowed(&db, &world, "SLACK", 4).await })
            })
            .collect();
        let mut sum = 0;
        for client in clients {
            sum += client.await.unwrap();
        }
        assert_eq!(sum, 20);
    })
    .await;
}
