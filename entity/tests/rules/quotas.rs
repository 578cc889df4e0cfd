//! Quotas: over their real period, summed, and never passed by two at once.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{
    World as _,
    limits::{
        LimitError, QuotaConfig, QuotaResource,
        quotas::{Level, Outcome, consume, consume_in, give_back, limits, set, usage},
    },
    prelude::*,
    values::Document,
};
use sea_orm::{EntityTrait as _, TransactionTrait as _};
use serde_json::json;

use crate::support::{Db, TestWorld, postgres};

fn config(change: impl FnOnce(&mut QuotaConfig)) -> QuotaConfig {
    let mut config = QuotaConfig::default();
    change(&mut config);
    config
}

on_every_database! {
    async fn what_is_used_is_the_sum_of_the_month(db: Db) {
        use QuotaResource::ToolActionsPerMonth as Actions;
        let world = TestWorld::new(); // 14 July
        set(&db.0, &world, "ada", &config(|config| config.tool_actions_per_month = Some(10))).await.unwrap();
        db.run(
            "INSERT INTO quota_usage (user_id, resource, amount, created_at) VALUES
             ('ada', 'toolActionsPerMonth', 900, '2025-06-30 23:59:59.999'), ('ada', 'toolActionsPerMonth', 2, '2025-07-01 00:00:00'),
             ('ada', 'toolActionsPerMonth', 3, '2025-07-13 10:00:00'), ('bob', 'toolActionsPerMonth', 900, '2025-07-13 10:00:00'),
             ('ada', 'toolActionsPerDay', 900, '2025-07-14 09:00:00')",
        )
        .await;
        assert_eq!(usage(&db.0, &world, "ada", Actions).await.unwrap().used, 5);
        let four = consume(&db.0, &world, "ada", Actions, 4).await.unwrap();
        assert_eq!((four.outcome, four.usage.used, four.usage.remaining()), (Outcome::Granted, 9, 1));
        assert_eq!((four.usage.level(), four.usage.is_to_be_told()), (Level::Warning, true));
        let two = consume(&db.0, &world, "ada", Actions, 2).await.unwrap();
        assert_eq!((two.outcome, two.usage.used), (Outcome::Refused, 9));
        assert_eq!(two.usage.resets_at.unwrap().to_string(), "2025-08-01 00:00:00");
        let one = consume(&db.0, &world, "ada", Actions, 1).await.unwrap();
        assert_eq!((one.outcome, one.usage.level()), (Outcome::Granted, Level::Critical));
        world.pass(TimeDelta::days(18));
        assert_eq!(usage(&db.0, &world, "ada", Actions).await.unwrap().used, 0);
    }

    async fn what_a_user_may_is_laid_over_the_defaults(db: Db) {
        let world = TestWorld::new();
        assert_eq!(limits(&db.0, "ada").await.unwrap().events_per_user, Some(100));
        set(&db.0, &world, "ada", &config(|config| config.events_per_user = Some(7))).await.unwrap();
        set(&db.0, &world, "ada", &config(|config| config.webhooks_per_user = Some(3))).await.unwrap();
        let all = limits(&db.0, "ada").await.unwrap();
        assert_eq!((all.events_per_user, all.webhooks_per_user, all.workflows_per_user), (Some(7), Some(3), Some(50)));
        let rows = user_quotas::Entity::find().all(&db.0).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        // The whole is stored, as Cronium does.
        assert_eq!(row.quota_config, Document::Known(all.clone()));
        assert_eq!(serde_json::to_value(&all).unwrap()["totalStorageMB"], json!(1000));
        assert_eq!(limits(&db.0, "bob").await.unwrap().events_per_user, Some(100));
        let nobody = set(&db.0, &world, "eve", &QuotaConfig::default()).await.unwrap_err();
        assert!(matches!(nobody, LimitError::NoUser(_)), "{nobody}");
    }

    async fn a_row_that_says_no_limits_grants_nothing(db: Db) {
        let world = TestWorld::new();
        let cast = if db.is_postgres() { "::jsonb" } else { "" };
        db.run(&format!("INSERT INTO user_quotas (user_id, quota_config, created_at, updated_at)
            VALUES ('ada', '{{\"eventsPerUser\": \"many\"}}'{cast}, '2025-07-14 10:00:00', '2025-07-14 10:00:00')")).await;
        let error = consume(&db.0, &world, "ada", QuotaResource::ToolActionsPerMonth, 1).await.unwrap_err();
        assert!(matches!(error, LimitError::Unreadable { .. }), "{error}");
        assert_eq!(db.count::<quota_usage::Entity>().await, 0);
        // Written twice as JSON, it can be read.
        db.run(&format!("UPDATE user_quotas SET quota_config = '\"{{\\\"eventsPerUser\\\":7}}\"'{cast}")).await;
        assert_eq!(limits(&db.0, "ada").await.unwrap().events_per_user, Some(7));
    }

    async fn each_resource_does_at_its_limit_what_it_is_to_do(db: Db) {
        let world = TestWorld::new();
        let change = config(|config| {
            config.tool_actions_per_day = Some(1);
            config.webhook_events_per_month = Some(1);
            config.api_requests_per_minute = Some(1);
        });
        set(&db.0, &world, "ada", &change).await.unwrap();
        for (resource, at_the_limit) in [
            (QuotaResource::ToolActionsPerDay, Outcome::Throttled(TimeDelta::seconds(1))),
            (QuotaResource::WebhookEventsPerMonth, Outcome::Granted),
            (QuotaResource::ApiRequestsPerMinute, Outcome::Refused),
        ] {
            assert_eq!(consume(&db.0, &world, "ada", resource, 1).await.unwrap().outcome, Outcome::Granted);
            let over = consume(&db.0, &world, "ada", resource, 1).await.unwrap();
            assert_eq!(over.outcome, at_the_limit, "{resource:?}");
            // What goes on is counted, so the excess is seen.
            assert_eq!(over.usage.used, if over.is_allowed() { 2 } else { 1 });
        }
        world.pass(TimeDelta::minutes(1));
        let next = consume(&db.0, &world, "ada", QuotaResource::ApiRequestsPerMinute, 1).await.unwrap();
        assert_eq!(next.outcome, Outcome::Granted);
    }

    async fn what_counts_for_ever_is_given_back(db: Db) {
        use QuotaResource::TotalStorageMb as Storage;
        let world = TestWorld::new();
        consume(&db.0, &world, "ada", Storage, 900).await.unwrap();
        world.pass(TimeDelta::days(400));
        assert_eq!(usage(&db.0, &world, "ada", Storage).await.unwrap().used, 900);
        assert_eq!(give_back(&db.0, &world, "ada", Storage, 300).await.unwrap().used, 600);
        let error = give_back(&db.0, &world, "ada", Storage, 601).await.unwrap_err();
        assert!(matches!(error, LimitError::NotUsed { used: 600, .. }), "{error}");
        assert_eq!(usage(&db.0, &world, "ada", Storage).await.unwrap().used, 600);
    }

    async fn what_is_there_at_one_time_is_counted_by_its_rows(db: Db) {
        let world = TestWorld::new();
        set(&db.0, &world, "ada", &config(|config| config.events_per_user = Some(2))).await.unwrap();
        db.event(|_| {}).await;
        let tx = db.0.begin().await.unwrap();
        let one = consume_in(&tx, &world, "ada", QuotaResource::EventsPerUser, 1).await.unwrap();
        let two = consume_in(&tx, &world, "ada", QuotaResource::EventsPerUser, 2).await.unwrap();
        drop(tx);
        assert_eq!((one.outcome, two.outcome, two.usage.used), (Outcome::Granted, Outcome::Refused, 1));
        assert_eq!(db.count::<quota_usage::Entity>().await, 0);
        for resource in [QuotaResource::WorkflowsPerUser, QuotaResource::WebhooksPerUser] {
            assert_eq!(usage(&db.0, &world, "ada", resource).await.unwrap().used, 0);
        }
        let error = consume(&db.0, &world, "ada", QuotaResource::EventsPerUser, 1).await.unwrap_err();
        assert!(matches!(error, LimitError::AtOneTime(_)), "{error}");
    }

    async fn what_cannot_be_used_is_refused(db: Db) {
        let world = TestWorld::new();
        let day = QuotaResource::ToolActionsPerDay;
        for amount in [0, -5] {
            let error = consume(&db.0, &world, "ada", day, amount).await.unwrap_err();
            assert!(matches!(error, LimitError::Amount(_)), "{error}");
        }
        let error = consume(&db.0, &world, "eve", day, 1).await.unwrap_err();
        assert!(matches!(error, LimitError::NoUser(_)), "{error}");
        let error = consume(&db.0, &world, "ada", QuotaResource::LogRetentionDays, 1).await.unwrap_err();
        assert!(matches!(error, LimitError::NotCounted(_)), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_at_once_use_exactly_what_is_there() {
    postgres(32, |db| async move {
        let world = Arc::new(TestWorld::new());
        let change = config(|config| config.tool_actions_per_month = Some(100));
        set(&db.0, world.as_ref(), "ada", &change).await.unwrap();
        let clients: Vec<_> = (0..32)
            .map(|_| {
                let (db, world) = (db.clone(), Arc::clone(&world));
                tokio::spawn(async move {
                    let mut granted = 0;
                    for _ in 0..5 {
                        let resource = QuotaResource::ToolActionsPerMonth;
                        let one = consume(&db.0, world.as_ref(), "ada", resource, 1).await.unwrap();
                        granted += u32::from(one.is_allowed());
                    }
                    granted
                })
            })
            .collect();
        let mut granted = 0;
        for client in clients {
            granted += client.await.unwrap();
        }
        assert_eq!(granted, 100);
        assert_eq!(db.count::<quota_usage::Entity>().await, 100);
        assert!(world.now() > crate::support::time("2025-07-14T09:00:00"));
    })
    .await;
}
