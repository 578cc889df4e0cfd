//! Taking back an online step that stops half-way: it shows, and both ways lead on from there.

use std::{
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Statement};
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait,
    prelude::{ColumnDef, ForeignKey, Index},
};
use seawright::{
    ddl::{
        AlterTable,
        online::{CreateIndex, DropIndex, LockPolicy},
    },
    history::{Faults, History, Linting, Point, Remark, Runner, connect, drift, rehearsed, scripts, with_faults},
    schema::Dialect,
};
use tests::{TestDb, on_postgres, psql_dump};

use super::small::{Sends, history};

/// Seven changes of a table in use.
struct Online;

impl MigrationName for Online {
    fn name(&self) -> &str {
        "m2_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Online {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        CreateIndex::new(Index::create().name("logs_age").table("logs").col("age"))
            .execute(manager)
            .await?;
        let mut key = ForeignKey::create();
        key.name("logs_job").from("logs", "job_id").to("jobs", "id");
        AlterTable::new("logs")
            .add_foreign_key(&mut key)
            .set_not_null("note")
            .add_unique("logs_code", ["code"])
            .add_column_filled(
                ColumnDef::new("token").text().not_null(),
                sea_orm_migration::prelude::Expr::cust("md5(random()::text)"),
            )
            .online()
            .execute(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new("logs")
            .drop_column("token")
            .drop_constraint("logs_code")
            .drop_not_null("note")
            .drop_constraint("logs_job")
            .online()
            .execute(manager)
            .await?;
        DropIndex::new("logs_age").execute(manager).await
    }
}

history!(Three:
    Sends::up("m1_tables", &[
        "CREATE TABLE jobs (id integer PRIMARY KEY)",
        "CREATE TABLE logs (id integer PRIMARY KEY, job_id integer, code integer, note text, age integer)",
        "INSERT INTO jobs SELECT generate_series(1, 10)",
        "INSERT INTO logs SELECT n, 1 + n % 10, n, 'note ' || n, n FROM generate_series(1, 100) AS n",
    ]),
    Box::new(Online),
);

/// How many statements the way back has.
const STATEMENTS: u32 = 5;

/// Does something at a point of the step's way.
struct At {
    point: u32,
    passed: AtomicU32,
    aborts: bool,
}

#[async_trait::async_trait]
impl Faults for At {
    async fn at(&self, step: &str, point: Point) -> Result<(), DbErr> {
        if step != "m2_online" || self.passed.fetch_add(1, Ordering::Relaxed) + 1 != self.point {
            return Ok(());
        }
        if self.aborts {
            std::process::abort();
        }
        Err(DbErr::Custom(format!("no more at {point:?}")))
    }
}

fn at(point: u32, aborts: bool) -> Arc<At> {
    Arc::new(At {
        point,
        passed: AtomicU32::new(0),
        aborts,
    })
}

fn runner(db: &DatabaseConnection) -> Runner<'_> {
    Runner::new(db, History::of::<Three>()).unwrap()
}

/// The process that is killed on its way back; by itself it does nothing.
#[test]
fn child_that_goes_back() {
    let (Ok(url), Ok(point)) = (
        std::env::var("SEAWRIGHT_TEST_BACK"),
        std::env::var("SEAWRIGHT_TEST_POINT"),
    ) else {
        return;
    };
    tests::block_on(async {
        let db = connect(&url, None).await.unwrap();
        with_faults(at(point.parse().unwrap(), true), runner(&db).down(Some(1)))
            .await
            .unwrap();
    });
}

fn killed(db: &TestDb, point: u32) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "history::half_back::child_that_goes_back"])
        .env("SEAWRIGHT_TEST_BACK", db.url())
        .env("SEAWRIGHT_TEST_POINT", point.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    std::os::unix::process::ExitStatusExt::signal(&status).is_some()
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Without what `token` holds, which is another thing each time.
fn schema(db: &TestDb) -> String {
    psql_dump(db.url())
}

on_postgres! {
    async fn it_fails_at_each_of_its_statements(db: TestDb) {
        let connection = db.connect().await;
        runner(&connection).up(Some(1), None).await.unwrap();
        let without = schema(&db);
        runner(&connection).up(None, None).await.unwrap();
        let with = schema(&db);
        // After each statement there are two points: one before and one after it.
        for (way, point) in (2..=2 * STATEMENTS).flat_map(|point| [("up", point), ("down", point)]) {
            let error = with_faults(at(point, false), runner(&connection).down(Some(1))).await.unwrap_err();
            let sent = point / 2;
            let text = error.to_string();
            assert!(text.contains(&format!("at its statement {sent}: ")), "{text}");
            assert!(error.help().unwrap().contains("`up`, which applies the step again"));

            let status = runner(&connection).status().await.unwrap();
            let step = &status.steps[1];
            let half = step.half_back.as_ref().unwrap_or_else(|| panic!("{way} {point}: {step:?}"));
            assert_eq!((half.statement, half.of), (i32::try_from(sent).ok(), STATEMENTS as usize));
            assert!(half.failure.as_ref().unwrap().contains("no more at"), "{half:?}");
            assert_eq!((step.applied_at, status.pending()), (None, 1));
            assert_eq!(status.problems, []);
            assert!(matches!(&status.remarks[..], [Remark::HalfBack { step, .. }] if step == "m2_online"), "{:?}", status.remarks);
            let json = serde_json::to_value(&status).unwrap();
            assert_eq!(json["steps"][1]["half_back"]["statement"], sent);
            assert_eq!(json["remarks"][0]["remark"], "half_back");

            if way == "up" {
                assert_eq!(runner(&connection).up(None, None).await.unwrap().steps.len(), 1);
                assert_eq!(schema(&db), with, "{point}");
            } else {
                assert_eq!(runner(&connection).down(Some(1)).await.unwrap().steps.len(), 1);
                assert_eq!(schema(&db), without, "{point}");
                runner(&connection).up(None, None).await.unwrap();
            }
            let status = runner(&connection).status().await.unwrap();
            assert_eq!((status.pending(), status.remarks.len()), (0, 0), "{way} {point}");
            assert_eq!(number(&connection, "SELECT count(DISTINCT token) FROM logs").await, 100);
        }
    }

    async fn it_is_killed_at_each_of_its_statements(db: TestDb) {
        let connection = db.connect().await;
        runner(&connection).up(Some(1), None).await.unwrap();
        let without = schema(&db);
        runner(&connection).up(None, None).await.unwrap();
        let with = schema(&db);
        for point in 1..=2 * STATEMENTS + 1 {
            let way = if point % 3 == 0 { "down" } else { "up" };
            assert!(killed(&db, point), "point {point}");
            let status = runner(&connection).status().await.unwrap();
            let step = &status.steps[1];
            assert_eq!(step.applied_at, None, "{point}");
            let half = step.half_back.as_ref().unwrap();
            assert_eq!(half.failure, None);
            let sent = i32::try_from(point / 2).ok().filter(|sent| *sent > 0);
            assert_eq!(half.statement, sent, "{point}");
            if way == "up" {
                runner(&connection).up(None, None).await.unwrap();
            } else {
                runner(&connection).down(Some(1)).await.unwrap();
                assert_eq!(schema(&db), without, "{point}");
                runner(&connection).up(None, None).await.unwrap();
            }
            assert_eq!(schema(&db), with, "{point}");
        }
        assert!(!killed(&db, 1000), "it comes to its end");
        assert_eq!(schema(&db), without);
    }

    /// Another run of `down` that stops earlier does not make it less.
    async fn what_was_taken_back_is_not_forgotten(db: TestDb) {
        let connection = db.connect().await;
        runner(&connection).up(None, None).await.unwrap();
        with_faults(at(8, false), runner(&connection).down(Some(1))).await.unwrap_err();
        with_faults(at(1, false), runner(&connection).down(Some(1))).await.unwrap_err();
        let half = runner(&connection).status().await.unwrap().steps.remove(1).half_back.unwrap();
        assert_eq!(half.statement, Some(4));
        // `down` with a number takes that step first, and is not at the one before it.
        assert_eq!(runner(&connection).down(Some(1)).await.unwrap().steps[0].name, "m2_online");
        assert_eq!(number(&connection, "SELECT count(*) FROM logs").await, 100);
    }

    /// Where its first statement was refused, nothing was taken back: the step is applied, since when it was.
    async fn nothing_was_taken_back(db: TestDb) {
        let connection = db.connect().await;
        runner(&connection).up(None, None).await.unwrap();
        let before = number(&connection, "SELECT applied_at FROM seaql_migrations WHERE version = 'm2_online'").await;
        let other = db.connect().await;
        let reading = sea_orm::TransactionTrait::begin(&other).await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM logs").await.unwrap();
        let policy = LockPolicy {
            timeout: std::time::Duration::from_millis(20),
            patience: std::time::Duration::from_millis(50),
            ..LockPolicy::default()
        };
        let error = policy.scope(runner(&connection).down(Some(1))).await.unwrap_err();
        assert!(error.to_string().contains("given up"), "{error}");
        reading.rollback().await.unwrap();
        let status = runner(&connection).status().await.unwrap();
        assert_eq!((status.pending(), status.remarks.len()), (0, 0), "{status:?}");
        assert_eq!(status.steps[1].applied_at, Some(before));
        assert_eq!(runner(&connection).up(None, None).await.unwrap().steps, []);
        with_faults(at(1, false), runner(&connection).down(Some(1))).await.unwrap_err();
        assert_eq!(runner(&connection).status().await.unwrap().pending(), 0);
    }

    async fn nobody_says_that_all_is_well(db: TestDb) {
        let connection = db.connect().await;
        runner(&connection).up(None, None).await.unwrap();
        with_faults(at(4, false), runner(&connection).down(Some(1))).await.unwrap_err();
        let history = History::of::<Three>();
        let found = drift(&connection, db.url(), None, history).await.unwrap();
        assert!(!found.is_none());
        assert!(found.to_string().starts_with("`m2_online` is half taken back: `down` failed at its statement 2 of 5 ("), "{found}");
        let told = rehearsed(Some(&connection), Dialect::Postgres, history, None, None, &|_| ()).await.unwrap();
        assert!(told.to_string().contains("-- m2_online: schema step") && told.to_string().contains("half taken back"), "{told}");
        let (scripts, _) = scripts(Some(&connection), Dialect::Postgres, history, &Linting::Pending).await.unwrap();
        assert!(scripts.iter().any(|script| script.step == "m2_online" && script.is_linted));
    }

    /// A history of which all but a half is taken back still has a database of its own.
    async fn the_first_step_of_all(db: TestDb) {
        struct Only;
        impl sea_orm_migration::MigratorTrait for Only {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![Box::new(Online)]
            }
        }
        let connection = db.connect().await;
        let runner = Runner::new(&connection, History::of::<Only>()).unwrap();
        // The tables come from somewhere else; what counts is what the history says of itself.
        let other = Runner::new(&connection, History::of::<Three>()).unwrap();
        other.up(None, None).await.unwrap();
        connection.execute_unprepared("DELETE FROM seaql_migrations WHERE version = 'm1_tables'; DELETE FROM seawright_history WHERE step = 'm1_tables'").await.unwrap();
        with_faults(at(4, false), runner.down(Some(1))).await.unwrap_err();
        assert_eq!(runner.status().await.unwrap().unknown_tables, Vec::<String>::new());
        runner.up(None, None).await.unwrap();
        assert_eq!(runner.status().await.unwrap().pending(), 0);
    }

    /// A database whose account of steps an older version made.
    async fn an_account_of_an_older_version(db: TestDb) {
        let connection = db.connect().await;
        runner(&connection).up(None, None).await.unwrap();
        connection.execute_unprepared("ALTER TABLE seawright_history DROP COLUMN failure").await.unwrap();
        assert_eq!(runner(&connection).status().await.unwrap().pending(), 0);
        with_faults(at(4, false), runner(&connection).down(Some(1))).await.unwrap_err();
        assert!(runner(&connection).status().await.unwrap().steps[1].half_back.is_some());
    }
}
