//! The program that `sea-orm-cli migrate` runs, as it runs it.
#![expect(clippy::unwrap_used, reason = "code of tests: a panic is how a test fails")]

use std::process::{Command, Output};

use migration::Migrator;
use sea_orm_migration::MigratorTrait as _;
use tests::{TestDb, on_every_database};

fn migrate(db: &TestDb, arguments: &[&str]) -> Output {
    let url = if db.is_sqlite() {
        format!("{}?mode=rwc", db.url().split('?').next().unwrap())
    } else {
        db.url().to_owned()
    };
    Command::new(env!("CARGO_BIN_EXE_migration"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .env_remove("DATABASE_SCHEMA")
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

async fn dump(db: &TestDb) -> String {
    match db.path() {
        Some(path) => tests::sqlite_dump(&path).await,
        None => tests::psql_dump(db.url()),
    }
}

on_every_database! {
    /// Everything in order, and back.
    async fn up_down_status_refresh_fresh_reset(db: TestDb) {
        let up = migrate(&db, &["up"]);
        assert!(up.status.success(), "{}", text(&up));
        let steps = Migrator::migrations().len();
        assert!(text(&up).contains(&format!("{steps} steps applied")), "{}", text(&up));
        let schema = dump(&db).await;

        let status = migrate(&db, &["status"]);
        assert_eq!(text(&status).matches(" applied ").count(), steps, "{}", text(&status));
        // As `sea-orm-cli migrate down` passes it on: one step by default.
        assert!(migrate(&db, &["down", "-n", "1"]).status.success());
        assert_eq!(text(&migrate(&db, &["status"])).matches(" pending").count(), 1);
        assert!(migrate(&db, &["up", "-n", "1", "-v"]).status.success());
        assert_eq!(schema, dump(&db).await);
        assert!(migrate(&db, &["refresh"]).status.success());
        assert_eq!(schema, dump(&db).await);
        assert!(migrate(&db, &["fresh"]).status.success());
        assert_eq!(schema, dump(&db).await);
        assert!(migrate(&db, &["reset"]).status.success());
        assert_eq!(text(&migrate(&db, &["status"])).matches(" pending").count(), steps);
        // No subcommand is `up`, as in the stock tool.
        assert!(migrate(&db, &[]).status.success());
        assert_eq!(schema, dump(&db).await);
    }

    /// A database that nobody adopted is refused by this way too.
    async fn a_database_of_somebody_else(db: TestDb) {
        let connection = db.connect().await;
        sea_orm_migration::sea_orm::ConnectionTrait::execute_unprepared(&connection, "CREATE TABLE invoices (id integer)").await.unwrap();
        connection.close().await.unwrap();
        let before = dump(&db).await;
        let up = migrate(&db, &["up"]);
        assert_eq!(up.status.code(), Some(4), "{}", text(&up));
        assert!(text(&up).contains("seawright adopt"), "{}", text(&up));
        assert_eq!(before, dump(&db).await);
    }
}

#[test]
fn without_a_database() {
    let output = Command::new(env!("CARGO_BIN_EXE_migration"))
        .arg("up")
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("set DATABASE_URL"), "{}", text(&output));
}
