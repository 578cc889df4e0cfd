//! `rate_limit_buckets` and `user_tool_quotas`: one row where the rules look for one.

use data_migrations::{ONE_BUCKET, ONE_QUOTA, one_bucket, one_quota};
use entity::{
    limits::{
        QuotaTier, RateLimitKeyType, rate_limit_buckets,
        user_tool_quotas::{self, Column},
    },
    values::Stored,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, Schema,
    sea_query::{PostgresQueryBuilder, SqliteQueryBuilder},
};
use seawright::data::Outcome;

use crate::support::{Db, ODD_TEXTS, insert, time};

/// The tables as they were before the step: with no key over what is looked for.
async fn make(db: &Db) {
    let schema = Schema::new(db.0.get_database_backend());
    for table in [
        schema.create_table_from_entity(rate_limit_buckets::Entity),
        schema.create_table_from_entity(user_tool_quotas::Entity),
    ] {
        let sql = match db.0.get_database_backend() {
            sea_orm::DbBackend::Sqlite => table.to_string(SqliteQueryBuilder),
            _ => table.to_string(PostgresQueryBuilder),
        };
        db.run(&sql.replace(" UNIQUE", "")).await;
    }
}

fn bucket(id: i32, key: &str, count: i32) -> rate_limit_buckets::ActiveModel {
    rate_limit_buckets::ActiveModel {
        id: Set(id),
        key: Set(key.to_owned()),
        r#type: Set(RateLimitKeyType::User),
        identifier: Set("ada".to_owned()),
        sub_identifier: Set(None),
        count: Set(count),
        limit: Set(100),
        window_ms: Set(60_000),
        reset_at: Set(time("2025-07-14T10:01:00")),
        created_at: Set(time("2025-07-14T10:00:00.123456")),
    }
}

fn quota(id: i32, user: &str, tool: Option<&str>, tier: &str) -> user_tool_quotas::ActiveModel {
    user_tool_quotas::ActiveModel {
        id: Set(id),
        user_id: Set(user.to_owned()),
        tool_type: Set(tool.map(str::to_owned)),
        daily_limit: Set(Some(id)),
        tier: Set(Stored::from_text(tier)),
        created_at: Set(time("2025-07-14T10:00:00")),
        updated_at: Set(time("2025-07-14T10:00:00")),
        ..Default::default()
    }
}

async fn buckets(db: &Db) -> Vec<(i32, String)> {
    let rows = db.all::<rate_limit_buckets::Entity>().await;
    rows.into_iter().map(|row| (row.id, row.key)).collect()
}

on_every_database! {
    async fn the_last_bucket_of_a_key_stays_and_the_others_are_kept_whole(db: Db) {
        make(&db).await;
        insert(&db, [
            bucket(7, "rl:user:ada", 3),
            bucket(8, "rl:user:bob", 1),
            bucket(9, "rl:user:ada", 5),
            bucket(10, "rl:user:ada", 2),
            // Another key to both databases.
            bucket(11, "RL:USER:ADA", 1),
            bucket(12, "rl:user:ada ", 1),
        ]).await;
        db.up(&one_bucket()).await.unwrap();
        let kept = [(8, "rl:user:bob"), (10, "rl:user:ada"), (11, "RL:USER:ADA"), (12, "rl:user:ada ")];
        assert_eq!(buckets(&db).await, kept.map(|(id, key)| (id, key.to_owned())));
        assert_eq!(db.ledger().await.len(), 2);
        for (id, count) in [(7, 3), (9, 5)] {
            let entry = db.entry(id).await;
            assert_eq!((entry.step.as_str(), entry.outcome), (ONE_BUCKET, Outcome::Archived));
            assert!(entry.reason.unwrap().contains("a later bucket of the same key"));
            let row: serde_json::Value = serde_json::from_str(&entry.row_json).unwrap();
            assert_eq!(row["count"], count, "{row}");
        }
    }

    async fn the_buckets_come_back_as_they_were(db: Db) {
        make(&db).await;
        let odd = (20..).zip(ODD_TEXTS.iter().chain(&ODD_TEXTS)).map(|(id, key)| bucket(id, key, 4));
        insert(&db, odd).await;
        let rows = db.all::<rate_limit_buckets::Entity>().await;
        db.up(&one_bucket()).await.unwrap();
        assert_eq!(buckets(&db).await.len(), ODD_TEXTS.len());
        db.down(&one_bucket()).await;
        assert_eq!(db.all::<rate_limit_buckets::Entity>().await, rows);
        db.up(&one_bucket()).await.unwrap();
        assert_eq!(buckets(&db).await.len(), ODD_TEXTS.len());
    }

    /// Rows that came while the old program was still at it, between the step and the key.
    async fn a_bucket_that_came_later_is_seen_by_the_next_run(db: Db) {
        make(&db).await;
        insert(&db, [bucket(1, "rl:user:ada", 1)]).await;
        db.up(&one_bucket()).await.unwrap();
        insert(&db, [bucket(2, "rl:user:ada", 2)]).await;
        db.up(&one_bucket()).await.unwrap();
        assert_eq!(buckets(&db).await, [(2, "rl:user:ada".to_owned())]);
        assert_eq!(db.entry(1).await.outcome, Outcome::Archived);
    }

    async fn a_user_keeps_the_last_quota_for_all_tools_and_all_of_single_ones(db: Db) {
        make(&db).await;
        insert(&db, [
            quota(1, "ada", None, "free"),
            quota(2, "ada", Some("slack"), "pro"),
            quota(3, "ada", None, "enterprise"),
            quota(4, "bob", None, "free"),
            quota(5, "ada", None, "gold"),
            quota(6, "bob", Some("slack"), "free"),
            quota(7, "bob", Some(""), "free"),
        ]).await;
        db.up(&one_quota()).await.unwrap();
        let kept: Vec<i32> = db.all::<user_tool_quotas::Entity>().await.iter().map(|row| row.id).collect();
        assert_eq!(kept, [2, 4, 5, 6, 7]);
        for id in [1, 3] {
            let entry = db.entry(id).await;
            assert_eq!((entry.step.as_str(), entry.outcome), (ONE_QUOTA, Outcome::Archived));
        }
        let notes = db.all::<seawright::data::ledger::notes::Entity>().await;
        assert_eq!(notes.len(), 2);
        assert!(notes.iter().all(|note| note.note.contains("user ada")), "{notes:?}");
    }

    /// The key that the step makes way for takes what is left, and the rules find the row that stayed.
    async fn the_key_can_be_made_afterwards(db: Db) {
        const KEY: &str = "CREATE UNIQUE INDEX unique_user_all_tools ON user_tool_quotas (user_id) WHERE tool_type IS NULL";
        make(&db).await;
        insert(&db, (1..=600).map(|id| quota(id, if id % 3 == 0 { "ada" } else { "bob" }, None, "pro"))).await;
        assert!(db.0.execute_unprepared(KEY).await.is_err());
        db.up(&one_quota()).await.unwrap();
        db.run(KEY).await;
        let adas = user_tool_quotas::Entity::find().filter(Column::UserId.eq("ada")).all(&db.0).await.unwrap();
        assert_eq!(adas.len(), 1);
        assert_eq!((adas[0].id, adas[0].tier.known()), (600, Some(&QuotaTier::Pro)));
        assert_eq!(db.ledger().await.len(), 598);
    }

    async fn the_quotas_come_back_as_they_were(db: Db) {
        make(&db).await;
        insert(&db, (1..=40).map(|id| quota(id, "ada", (id % 4 == 0).then_some("email"), "odd tier"))).await;
        let rows = db.all::<user_tool_quotas::Entity>().await;
        db.up(&one_quota()).await.unwrap();
        assert_eq!(db.count::<user_tool_quotas::Entity>().await, 11);
        db.down(&one_quota()).await;
        assert_eq!(db.all::<user_tool_quotas::Entity>().await, rows);
    }
}
