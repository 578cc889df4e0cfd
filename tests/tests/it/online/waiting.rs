//! A lock that somebody else holds.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, DbErr, IsolationLevel, TransactionTrait as _};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait, prelude::Index};
use seawright::{
    ddl::{
        AlterTable,
        online::{CreateIndex, LockPolicy, Wait},
    },
    history::{History, Runner},
};
use tests::on_postgres;
use tokio::sync::mpsc::unbounded_channel;

use super::{TABLES, catalogue};

fn impatient() -> LockPolicy {
    LockPolicy {
        timeout: Duration::from_millis(50),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(20),
        ..LockPolicy::default()
    }
}

fn named(url: &str) -> String {
    format!("{url}?application_name=monthly_report")
}

on_postgres! {
    /// It waits in short tries and says who blocks; a writer goes on between two tries; it succeeds when the lock is free.
    async fn a_long_transaction_is_waited_for_in_short_tries(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared(TABLES).await.unwrap();
        let reader = Database::connect(named(db.url())).await.unwrap();
        let reading = reader.begin().await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM logs /* secret */").await.unwrap();
        let (says, mut heard) = unbounded_channel::<Wait>();
        let policy = impatient().heard_by(move |wait| says.send(wait.clone()).unwrap());
        let changes = connection.clone();
        let changing = tokio::spawn(policy.scope(async move {
            AlterTable::new("logs").set_not_null("note").online().execute(&SchemaManager::new(&changes)).await
        }));
        let writer = db.connect().await;
        for tries in 1..=5 {
            // The first may come before the report is older than a try.
            let wait = heard.recv().await.unwrap();
            assert_eq!(wait.tries, tries);
            let sql = format!("INSERT INTO logs VALUES ({}, 1, {0}, '{0}', 1)", 10_000 + tries);
            writer.execute_unprepared(&sql).await.unwrap();
            assert!(!changing.is_finished());
            if tries > 1 {
                let text = wait.to_string();
                assert!(text.contains("a change of `logs` waits for a lock"), "{text}");
                assert!(text.contains("of `monthly_report` as ") && text.contains("idle in transaction, since 20"), "{text}");
                assert!(!text.contains("secret"), "{text}");
            }
        }
        reading.commit().await.unwrap();
        changing.await.unwrap().unwrap();
        assert!(catalogue(&connection).await.contains(&"column note text true ".to_owned()));
    }

    async fn patience_ends_with_who_is_in_the_way(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared(TABLES).await.unwrap();
        let before = catalogue(&connection).await;
        let reader = Database::connect(named(db.url())).await.unwrap();
        let reading = reader.begin().await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM logs").await.unwrap();
        let policy = LockPolicy { patience: Duration::from_millis(300), ..impatient() };
        let manager = SchemaManager::new(&connection);
        let error = policy.scope(AlterTable::new("logs").set_not_null("note").online().execute(&manager)).await.unwrap_err();
        assert!(error.to_string().contains("of `monthly_report`") && error.to_string().contains("pg_terminate_backend"), "{error}");
        assert_eq!(catalogue(&connection).await, before);
        reading.commit().await.unwrap();
    }

    /// An index that is built concurrently waits for a transaction that has nothing to do with its table, and says so, again and
    /// again.
    async fn others_transactions_are_named_while_they_are_waited_for(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared(TABLES).await.unwrap();
        let reader = Database::connect(named(db.url())).await.unwrap();
        let reading = reader.begin_with_config(Some(IsolationLevel::RepeatableRead), None).await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM jobs /* secret */").await.unwrap();
        let (says, mut heard) = unbounded_channel::<Wait>();
        let policy = impatient().heard_by(move |wait| says.send(wait.clone()).unwrap());
        let changes = connection.clone();
        let building = tokio::spawn(policy.scope(async move {
            let index = CreateIndex::new(Index::create().name("idx_logs_age").table("logs").col("age").col("code"));
            index.execute(&SchemaManager::new(&changes)).await
        }));
        for _ in 0..3 {
            let wait = heard.recv().await.unwrap();
            let text = wait.to_string();
            assert!(text.starts_with("`CREATE INDEX CONCURRENTLY \"idx_logs_age\" ON …` waits for others' transactions ("), "{text}");
            assert!(text.contains("of `monthly_report` as ") && text.contains("idle in transaction, since 20"), "{text}");
            assert!(text.contains(", its last query from 20") && !text.contains("secret"), "{text}");
            assert!(!building.is_finished());
        }
        reading.commit().await.unwrap();
        building.await.unwrap().unwrap();
        assert!(catalogue(&connection).await.iter().any(|line| line.contains("idx_logs_age") && line.ends_with("true")));
    }

    /// With a limit it is given up: nothing of it is left, and the error says who was in the way.
    async fn a_wait_for_others_can_have_an_end(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared(TABLES).await.unwrap();
        let before = catalogue(&connection).await;
        let reader = Database::connect(named(db.url())).await.unwrap();
        let reading = reader.begin_with_config(Some(IsolationLevel::RepeatableRead), None).await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM jobs /* secret */").await.unwrap();
        let policy = LockPolicy { longest_wait: Some(Duration::from_millis(200)), ..impatient() };
        let manager = SchemaManager::new(&connection);
        let unique = AlterTable::new("logs").add_unique("logs_code", ["code"]).online();
        let error = policy.clone().scope(unique.execute(&manager)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("of `monthly_report`") && text.contains("was given up") && text.contains("pg_terminate_backend"), "{text}");
        assert!(text.contains("--online-wait") && !text.contains("secret"), "{text}");
        assert_eq!(catalogue(&connection).await, before);
        reading.commit().await.unwrap();
        let unique = AlterTable::new("logs").add_unique("logs_code", ["code"]).online();
        policy.scope(unique.execute(&manager)).await.unwrap();
        assert!(catalogue(&connection).await.iter().any(|line| line.contains("constraint logs_code true")));
    }

    /// The same through the runner, which sends the statements of a step over a connection of its own making, and where whoever
    /// is in the way has the table itself: what is left can't be taken away then, and the next run does it.
    async fn a_step_that_waits_for_others_can_have_an_end(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared(TABLES).await.unwrap();
        let reader = Database::connect(named(db.url())).await.unwrap();
        let reading = reader.begin_with_config(Some(IsolationLevel::RepeatableRead), None).await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM logs /* secret */").await.unwrap();
        let (says, mut heard) = unbounded_channel::<String>();
        let policy = LockPolicy { longest_wait: Some(Duration::from_millis(600)), ..impatient() }
            .heard_by(move |wait| says.send(wait.to_string()).unwrap());
        connection.execute_unprepared("CREATE TABLE seaql_migrations (version varchar PRIMARY KEY, applied_at bigint NOT NULL); \
            INSERT INTO seaql_migrations VALUES ('m1_before', 1)").await.unwrap();
        let runner = Runner::new(&connection, History::of::<Builds>()).unwrap();
        let error = policy.clone().scope(runner.up(None, None)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`m2_builds`") && text.contains("of `monthly_report`") && text.contains("was given up"), "{text}");
        assert!(text.contains("What it left could not be taken away") && !text.contains("secret"), "{text}");
        assert!(heard.recv().await.unwrap().contains("waits for others' transactions"));
        reading.commit().await.unwrap();
        policy.scope(runner.up(None, None)).await.unwrap();
        assert!(catalogue(&connection).await.iter().any(|line| line.contains("idx_logs_age") && line.ends_with("true")));
    }
}

struct Before;

impl MigrationName for Before {
    fn name(&self) -> &str {
        "m1_before"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Before {
    async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

struct Build;

impl MigrationName for Build {
    fn name(&self) -> &str {
        "m2_builds"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Build {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        CreateIndex::new(
            Index::create()
                .name("idx_logs_age")
                .table("logs")
                .col("age")
                .col("code"),
        )
        .execute(manager)
        .await
    }
}

struct Builds;

impl MigratorTrait for Builds {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Before), Box::new(Build)]
    }
}
