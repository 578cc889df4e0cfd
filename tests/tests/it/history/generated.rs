//! The generated history of Cronium's schema, held against the lock file and the plans it came from.

use std::path::{Path, PathBuf};

use migration::Migrator;
use sea_orm::DbBackend;
use sea_orm_migration::MigratorTrait as _;
use seawright::{
    cli::render,
    diff::{Decisions, Plan, diff},
    emit::statements,
    history::{Kind, LockFile, LockedMigration},
    schema::{Dialect, Schema},
};
use tests::block_on;

use crate::engine::recorder::recorded;

fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration")
}

fn kept(migration: &LockedMigration) -> Schema {
    let text = std::fs::read_to_string(LockFile::schema_path(&dir(), &migration.name)).unwrap();
    Schema::from_json(&text).unwrap()
}

/// Every schema migration with the plan that it was written from.
fn plans() -> Vec<(LockedMigration, Plan)> {
    let lock = LockFile::read(&dir()).unwrap();
    let mut before = Schema::default();
    let mut plans = Vec::new();
    for migration in lock
        .migrations
        .into_iter()
        .filter(|migration| migration.kind == Kind::Schema)
    {
        let after = kept(&migration);
        let plan = diff(&before, &after, &mut migration.decisions.clone()).unwrap();
        plans.push((migration, plan));
        before = after;
    }
    plans
}

#[test]
fn every_migration_is_what_its_schemas_and_decisions_give_today() {
    for (migration, plan) in plans() {
        let source = std::fs::read_to_string(LockFile::source_path(&dir(), &migration.name)).unwrap();
        let rendered = render(&plan, &migration.name, migration.form(), &dir()).unwrap();
        if std::env::var("UPDATE_MIGRATIONS").is_ok_and(|value| value == "1") {
            std::fs::write(LockFile::source_path(&dir(), &migration.name), &rendered).unwrap();
            continue;
        }
        assert!(
            source == rendered,
            "{}: {}",
            migration.name,
            first_difference(&source, &rendered)
        );
    }
}

fn first_difference(a: &str, b: &str) -> String {
    let at = a.lines().zip(b.lines()).position(|(a, b)| a != b);
    at.map_or_else(
        || "one is longer".to_owned(),
        |at| {
            let line = |text: &str| text.lines().nth(at).unwrap_or_default().to_owned();
            format!("line {}: {:?} has become {:?}", at + 1, line(a), line(b))
        },
    )
}

#[test]
fn the_lock_file_has_every_checksum_and_the_newest_schema() {
    let lock = LockFile::read(&dir()).unwrap();
    lock.check_sources(&dir()).unwrap();
    for migration in &lock.migrations {
        assert_eq!(
            migration.checksum.is_some(),
            migration.kind == Kind::Schema,
            "{}",
            migration.name
        );
    }
    let newest = lock
        .migrations
        .iter()
        .rfind(|migration| migration.kind == Kind::Schema)
        .unwrap();
    assert_eq!(kept(newest), lock.schema);
}

#[test]
fn the_history_leads_to_the_entities() {
    let lock = LockFile::read(&dir()).unwrap();
    let declared = entity::schema().schema().unwrap();
    let plan = diff(&lock.schema, &declared, &mut Decisions::default()).unwrap();
    let changes: Vec<String> = plan.changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, Vec::<String>::new());
}

#[test]
fn the_migrations_send_what_their_plans_say() {
    block_on(async {
        let migrations = Migrator::migrations();
        for (locked, plan) in plans() {
            let migration = migrations
                .iter()
                .find(|migration| migration.name() == locked.name)
                .unwrap();
            for (dialect, backend) in [
                (Dialect::Postgres, DbBackend::Postgres),
                (Dialect::Sqlite, DbBackend::Sqlite),
            ] {
                let up = recorded(migration.as_ref(), backend, true).await.unwrap();
                assert_eq!(
                    up,
                    statements(&plan, dialect, locked.form()).unwrap(),
                    "{}, up",
                    locked.name
                );
                let down = recorded(migration.as_ref(), backend, false).await.unwrap();
                assert_eq!(
                    down,
                    statements(&plan.inverse(), dialect, locked.form()).unwrap(),
                    "{}, down",
                    locked.name
                );
            }
        }
    });
}
