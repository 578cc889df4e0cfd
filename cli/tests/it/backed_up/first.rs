//! A backup before something is done.

use std::process::ExitCode;

use sea_orm::ConnectionTrait as _;
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait,
    prelude::{ColumnDef, DbErr, Table},
};
use seawright::cli::{Project, run_with};
use tests::{TestDb, on_every_database};

use super::{another, restore, state};
use crate::support::{all_tables, seawright};

struct Makes(&'static str);

impl MigrationName for Makes {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Makes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = ColumnDef::new("id").integer().not_null().primary_key().to_owned();
        manager
            .create_table(Table::create().table(self.0).col(id).to_owned())
            .await
    }
}

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Makes("m1_first")), Box::new(Makes("m2_second"))]
    }
}

/// The command line of a project that wants backups, on a thread of its own: it brings its runtime.
fn careful(db: &TestDb, arguments: &[&str]) -> ExitCode {
    let all: Vec<std::ffi::OsString> = ["careful", "-u", db.url(), "--progress", "none"]
        .iter()
        .chain(arguments)
        .map(Into::into)
        .collect();
    let run = move || run_with(Project::new("careful").migrator::<Migrator>().require_backup(), all);
    std::thread::spawn(run).join().unwrap()
}

async fn tables(db: &TestDb) -> Vec<String> {
    let connection = db.connect().await;
    let mut names = all_tables(&connection).await;
    connection.close().await.unwrap();
    names.retain(|name| name.starts_with('m'));
    names
}

on_every_database! {
    /// A project that wants a backup refuses without one, as soon as there is something to lose.
    async fn a_careful_project(db: TestDb) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let path = file.to_str().unwrap();
        assert_eq!(careful(&db, &["up", "-n", "1"]), ExitCode::SUCCESS);
        assert_eq!(careful(&db, &["up"]), ExitCode::from(4));
        assert_eq!(tables(&db).await, ["m1_first"]);
        let before = state(&db).await;
        assert_eq!(careful(&db, &["up", "--backup", path]), ExitCode::SUCCESS);
        assert_eq!(tables(&db).await, ["m1_first", "m2_second"]);
        // There is nothing to do, and so nothing to lose.
        assert_eq!(careful(&db, &["up"]), ExitCode::SUCCESS);
        let other = another(&db).await;
        restore(&other, &file, &[]).ok();
        assert_eq!(before, state(&other).await);
        assert_eq!(careful(&other, &["up", "--backup-taken"]), ExitCode::SUCCESS);
        // A backup that cannot be taken stops what comes after it.
        let last = another(&db).await;
        restore(&last, &file, &[]).ok();
        assert_eq!(careful(&last, &["up", "--backup", path]), ExitCode::from(4));
        assert_eq!(tables(&last).await, ["m1_first"]);
    }

    /// One that wants none takes it when asked; standard output stays what it was.
    async fn before_up_and_data_run(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        let before = state(&db).await;
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        let up = seawright(&db, &["--format", "json", "up", "--backup", first.to_str().unwrap()]).ok();
        serde_json::from_str::<serde_json::Value>(&up.stdout).unwrap();
        assert!(up.stderr.contains("rows of 23 tables") || up.stderr.contains("tables in"), "{}", up.stderr);
        let other = another(&db).await;
        restore(&other, &first, &[]).ok();
        assert_eq!(before, state(&other).await);
        seawright(&db, &["data", "run", "--backup", second.to_str().unwrap()]).ok();
        restore(&other, &second, &["--check"]).ok();
        let connection = db.connect().await;
        connection.execute_unprepared("SELECT 1").await.unwrap();
        connection.close().await.unwrap();
    }
}
