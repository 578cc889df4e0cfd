//! One runner at a time, and what becomes of the others.

use std::{process::Command, time::Duration};

use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};
use seawright::history::{Error, Faults, History, Point, Runner, Waiting, with_faults};
use tests::{on_every_database, on_postgres};

use super::small::{Sends, history};

history!(Three:
    Sends::up("m1_users", &["CREATE TABLE users (id integer PRIMARY KEY)", "INSERT INTO users VALUES (1)"]),
    Sends::up("m2_more", &["INSERT INTO users SELECT max(id) + 1 FROM users"]),
    Sends::up("m3_more", &["INSERT INTO users SELECT max(id) + 1 FROM users"]),
);

/// The process of `sixteen_at_once`; by itself it does nothing.
#[test]
fn child_of_many() {
    let Ok(url) = std::env::var("SEAWRIGHT_TEST_MANY") else {
        return;
    };
    tests::block_on(async {
        let db = seawright::history::connect(&url, None).await.unwrap();
        Runner::new(&db, History::of::<Three>())
            .unwrap()
            .up(None, None)
            .await
            .unwrap();
    });
}

on_every_database! {
    /// `SEAWRIGHT_TEST_LONG=1` does it a hundred times.
    async fn many_processes_at_once(db: TestDb) {
        let connection = db.connect().await;
        let times = if std::env::var("SEAWRIGHT_TEST_LONG").is_ok() { 100 } else { 3 };
        for _ in 0..times {
            let children: Vec<_> = (0..if db.is_postgres() { 16 } else { 8 })
                .map(|_| {
                    Command::new(std::env::current_exe().unwrap())
                        .args(["--exact", "history::locks::child_of_many"])
                        .env("SEAWRIGHT_TEST_MANY", db.url())
                        .stdout(std::process::Stdio::piped())
                        .stderr(std::process::Stdio::piped())
                        .spawn()
                        .unwrap()
                })
                .collect();
            for child in children {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            }
            assert_eq!(count(&connection, "SELECT count(*) AS count FROM users").await, 3);
            assert_eq!(count(&connection, "SELECT count(*) AS count FROM seaql_migrations").await, 3);
            for table in ["users", "seaql_migrations", "seawright_history"] {
                connection.execute_unprepared(&format!("DROP TABLE {table}")).await.unwrap();
            }
        }
    }

    async fn who_comes_second_waits_and_is_told_who_is_first(db: TestDb) {
        let (first, second) = (db.connect().await, db.connect().await);
        let held = std::sync::Arc::new(Held::default());
        let faults = std::sync::Arc::clone(&held);
        let running = tokio::spawn(async move {
            let runner = Runner::new(&first, History::of::<Three>()).unwrap();
            with_faults(faults, runner.up(None, None)).await.map(|_| ())
        });
        held.reached.notified().await;
        let runner = Runner::new(&second, History::of::<Three>()).unwrap();
        let impatient = Waiting { limit: Duration::from_millis(1) };
        let error = impatient.scope(runner.up(None, None)).await.unwrap_err();
        let Error::Locked { holder: Some(holder), .. } = &error else { panic!("{error}") };
        assert_eq!((holder.command.as_str(), holder.pid), ("up", std::process::id()));
        assert_eq!(error.exit_code(), 4);
        held.go.notify_one();
        running.await.unwrap().unwrap();
        assert_eq!(runner.up(None, None).await.unwrap().steps, []);
    }
}

/// Stops before the second step until it is let go.
#[derive(Default)]
struct Held {
    reached: tokio::sync::Notify,
    go: tokio::sync::Notify,
}

#[async_trait::async_trait]
impl Faults for Held {
    async fn at(&self, step: &str, point: Point) -> Result<(), DbErr> {
        if step == "m2_more" && point == Point::Before(1) {
            self.reached.notify_one();
            self.go.notified().await;
        }
        Ok(())
    }
}

async fn count(db: &sea_orm::DatabaseConnection, sql: &str) -> i64 {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    row.unwrap().try_get("", "count").unwrap()
}

/// Ends the connection that holds the run's lock, before a statement.
struct Cut(sea_orm::DatabaseConnection);

#[async_trait::async_trait]
impl Faults for Cut {
    async fn at(&self, step: &str, point: Point) -> Result<(), DbErr> {
        if step == "m3_slow" && point == Point::After(1) {
            let sql = "SELECT count(pg_terminate_backend(pid)) AS count FROM pg_locks WHERE locktype = 'advisory' AND granted \
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            assert!(count(&self.0, sql).await >= 1);
        }
        Ok(())
    }
}

struct Slow;

impl MigrationName for Slow {
    fn name(&self) -> &str {
        "m3_slow"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Slow {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["one", "two"] {
            manager
                .get_connection()
                .execute_unprepared(&format!("CREATE TABLE {table} (id integer)"))
                .await?;
        }
        Ok(())
    }
}

history!(WithSlow: Sends::up("m1_users", &["CREATE TABLE users (id integer)"]), Box::new(Slow));

on_postgres! {
    async fn a_lock_that_is_lost_stops_the_run_before_the_next_statement(db: TestDb) {
        let connection = db.connect().await;
        let cut = std::sync::Arc::new(Cut(db.connect().await));
        let runner = Runner::new(&connection, History::of::<WithSlow>()).unwrap();
        let error = with_faults(cut, runner.up(None, None)).await.unwrap_err();
        assert!(matches!(&error, Error::LockLost { step: Some(step), .. } if step == "m3_slow"), "{error}");
        assert_eq!(count(&connection, "SELECT count(*) AS count FROM pg_tables WHERE tablename IN ('one', 'two')").await, 0);
        runner.up(None, None).await.unwrap();
        assert_eq!(count(&connection, "SELECT count(*) AS count FROM pg_tables WHERE tablename IN ('one', 'two')").await, 2);
    }

    /// The lock is of the schema that is worked in: another one has its own history.
    async fn two_schemas_of_a_database_do_not_wait_for_each_other(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared("CREATE SCHEMA other").await.unwrap();
        let held = std::sync::Arc::new(Held::default());
        let (faults, url) = (std::sync::Arc::clone(&held), db.url().to_owned());
        let running = tokio::spawn(async move {
            let first = seawright::history::connect(&url, None).await.unwrap();
            let runner = Runner::new(&first, History::of::<Three>()).unwrap();
            with_faults(faults, runner.up(None, None)).await.map(|_| ())
        });
        held.reached.notified().await;
        let other = seawright::history::connect(db.url(), Some("other")).await.unwrap();
        Runner::new(&other, History::of::<Three>()).unwrap().up(None, None).await.unwrap();
        held.go.notify_one();
        running.await.unwrap().unwrap();
    }
}
