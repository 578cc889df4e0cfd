//! Killed or cut off at any statement, the next run ends where an undisturbed one does.

use std::{
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use cli::seeds::Legacy;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Statement};
use sea_orm_migration::async_trait;
use seawright::{
    history::{Faults, History, Point, Runner, adopt, connect, with_faults},
    seed::{SeedOptions, SeedProfile as _},
};
use tests::{TestDb, on_every_database, on_postgres, psql_dump, sqlite_dump};

/// Data steps are killed at their batches, by a test of the command line's; here they run as they are. The steps behind them
/// need a key only where there are secrets.
const LAST: &str = "m20261124_123554_secrets_fit";

/// Between two points at which a run is killed, in CI; `SEAWRIGHT_TEST_LONG=1` kills at each of them.
const STRIDE: u32 = 9;

fn stride() -> u32 {
    if std::env::var("SEAWRIGHT_TEST_LONG").is_ok() {
        1
    } else {
        STRIDE
    }
}

/// Counts the points of a run, and does something at one of them.
struct At {
    point: u32,
    passed: AtomicU32,
    fault: Fault,
}

enum Fault {
    /// The process ends as by SIGKILL: nothing is cleaned up.
    Abort,
    /// The server ends every other connection to the database.
    Cut(DatabaseConnection),
}

#[async_trait::async_trait]
impl Faults for At {
    async fn at(&self, _: &str, _: Point) -> Result<(), DbErr> {
        if self.passed.fetch_add(1, Ordering::Relaxed) + 1 != self.point {
            return Ok(());
        }
        match &self.fault {
            Fault::Abort => std::process::abort(),
            Fault::Cut(db) => {
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
                db.execute_unprepared(sql).await.map(|_| ())
            }
        }
    }
}

/// The process that is killed; by itself it does nothing.
#[test]
fn child_that_is_killed() {
    let (Ok(url), Ok(point)) = (
        std::env::var("SEAWRIGHT_TEST_URL"),
        std::env::var("SEAWRIGHT_TEST_POINT"),
    ) else {
        return;
    };
    tests::block_on(async {
        let db = connect(&url, None).await.unwrap();
        let faults = At {
            point: point.parse().unwrap(),
            passed: AtomicU32::new(0),
            fault: Fault::Abort,
        };
        let runner = Runner::new(&db, History::of::<migration::Migrator>()).unwrap();
        with_faults(Arc::new(faults), runner.up(None, Some(LAST)))
            .await
            .unwrap();
    });
}

/// Whether a process that is to be killed at that point came to its end.
fn survives(db: &TestDb, point: u32) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "history::kills::child_that_is_killed"])
        .env("SEAWRIGHT_TEST_URL", db.url())
        .env("SEAWRIGHT_TEST_POINT", point.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    if status.success() {
        return true;
    }
    assert!(
        std::os::unix::process::ExitStatusExt::signal(&status).is_some(),
        "it failed before it was killed"
    );
    false
}

async fn applied(db: &DatabaseConnection) -> usize {
    let runner = Runner::new(db, History::of::<migration::Migrator>()).unwrap();
    let status = runner.status().await.unwrap();
    status.steps.len() - status.pending()
}

async fn legacy(db: &TestDb) -> DatabaseConnection {
    let connection = db.connect().await;
    Legacy::new(cli::baseline)
        .seed(&connection, SeedOptions { scale: 1, rng: 3 })
        .await
        .unwrap();
    adopt(&connection, db.url(), History::of::<migration::Migrator>(), false)
        .await
        .unwrap();
    connection
}

async fn schema(db: &TestDb) -> String {
    match db.path() {
        Some(path) => sqlite_dump(&path).await,
        None => psql_dump(db.url()),
    }
}

/// Every row of every table of the user's, as text.
async fn rows(db: &DatabaseConnection) -> Vec<String> {
    let mut all = Vec::new();
    let is_sqlite = db.get_database_backend() == sea_orm::DbBackend::Sqlite;
    let tables = if is_sqlite {
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sea%' AND name NOT LIKE 'sqlite%' ORDER BY 1"
    } else {
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'sea%' ORDER BY 1"
    };
    for name in texts(db, tables).await {
        let sql = if is_sqlite {
            let columns = texts(db, &format!("SELECT name FROM pragma_table_info('{name}')")).await;
            let list: Vec<String> = columns
                .iter()
                .map(|column| format!("'{column}', \"{column}\""))
                .collect();
            format!(
                "SELECT json_object({}) AS name FROM \"{name}\" ORDER BY 1",
                list.join(", ")
            )
        } else {
            format!("SELECT to_jsonb(t)::text AS name FROM \"{name}\" AS t ORDER BY 1")
        };
        all.extend(texts(db, &sql).await.into_iter().map(|row| format!("{name} {row}")));
    }
    all
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

async fn undisturbed(db: &TestDb) -> (String, Vec<String>) {
    let connection = legacy(db).await;
    Runner::new(&connection, History::of::<migration::Migrator>())
        .unwrap()
        .up(None, Some(LAST))
        .await
        .unwrap();
    (schema(db).await, rows(&connection).await)
}

on_every_database! {
    async fn killed_at_any_statement(db: TestDb) {
        let other = if db.is_postgres() { TestDb::postgres().await } else { TestDb::sqlite() };
        let expected = undisturbed(&other).await;
        let connection = legacy(&db).await;
        let (mut point, mut kills) = (1, 0);
        loop {
            let before = applied(&connection).await;
            if survives(&db, point) {
                break;
            }
            kills += 1;
            // A step that came through is followed by the next one's first points.
            point = if applied(&connection).await > before { 1 } else { point + stride() };
            assert!(kills < 2000, "it comes forward");
        }
        assert!(kills >= 10, "{kills} kills");
        assert_eq!(expected.0, schema(&db).await);
        assert_eq!(expected.1, rows(&connection).await);
    }
}

on_postgres! {
    async fn cut_off_at_any_statement(db: TestDb) {
        let other = TestDb::postgres().await;
        let expected = undisturbed(&other).await;
        let watching = legacy(&db).await;
        watching.close().await.unwrap();
        let (mut point, mut cuts) = (1, 0);
        loop {
            // Each run has connections of its own, as a new process has.
            let connection = connect(db.url(), None).await.unwrap();
            let before = applied(&connection).await;
            let faults = Arc::new(At {
                point,
                passed: AtomicU32::new(0),
                fault: Fault::Cut(db.connect().await),
            });
            let runner = Runner::new(&connection, History::of::<migration::Migrator>()).unwrap();
            let outcome = with_faults(faults, runner.up(None, Some(LAST))).await;
            drop(connection);
            if outcome.is_ok() {
                break;
            }
            cuts += 1;
            let connection = connect(db.url(), None).await.unwrap();
            point = if applied(&connection).await > before { 1 } else { point + stride() };
            assert!(cuts < 2000, "it comes forward");
        }
        assert!(cuts >= 10, "{cuts} cuts");
        assert_eq!(expected.0, schema(&db).await);
        let connection = db.connect().await;
        assert_eq!(expected.1, rows(&connection).await);
    }
}
