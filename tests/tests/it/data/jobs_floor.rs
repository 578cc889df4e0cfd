//! The scripts that the bench measures the jobs of the logs against do the same work as the step.

use std::{fs, path::Path};

use cli::seeds::Legacy;
use entity::{events::logs, jobs::jobs};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait, IdenStatic as _, Iterable as _,
    QueryFilter as _, QuerySelect as _, Statement,
};
use sea_orm_migration::SchemaManagerConnection;
use seawright::{
    data::{
        RunOptions,
        ledger::{self, images},
    },
    history::{History, Runner, adopt},
    seed::{SeedOptions, SeedProfile as _},
};
use tests::{TestDb, on_every_database};

/// The last day of the legacy database: some of its runs are in progress then.
const NOW: &str = "2025-07-14 00:00:00";
const BEFORE: &str = "m20261122_134925_containers_contract";

/// A legacy database, migrated up to the data steps.
async fn legacy(db: &TestDb) -> DatabaseConnection {
    let connection = db.connect().await;
    Legacy::new(cli::baseline)
        .seed(&connection, SeedOptions { scale: 2, rng: 7 })
        .await
        .unwrap();
    let history = History::of::<migration::Migrator>();
    adopt(&connection, db.url(), history, false).await.unwrap();
    Runner::new(&connection, history)
        .unwrap()
        .up(None, Some(BEFORE))
        .await
        .unwrap();
    // Runs without an end that is written down, to the end and on the way.
    for sql in [
        "UPDATE logs SET end_time = NULL WHERE id % 7 = 0",
        "UPDATE logs SET duration = NULL WHERE id % 14 = 0",
        "UPDATE events SET timeout_unit = 'WEEKS' WHERE id % 9 = 0",
    ] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection
}

/// The rows of a table as texts, as the database has them.
async fn rows<E: EntityTrait>(db: &DatabaseConnection) -> Vec<Vec<Option<String>>> {
    let columns: Vec<String> = E::Column::iter()
        .map(|column| format!("CAST(\"{}\" AS text)", column.as_str()))
        .collect();
    let table = E::default().table_name().to_owned();
    let sql = format!("SELECT {} FROM {table} ORDER BY id", columns.join(", "));
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| (0..columns.len()).map(|at| row.try_get_by_index(at).unwrap()).collect())
        .collect()
}

/// What the before-images of the logs say, log by log.
async fn links(db: &DatabaseConnection) -> Vec<String> {
    let images: Vec<(String, String)> = images::Entity::find()
        .select_only()
        .columns([images::Column::Columns, images::Column::Rows])
        .filter(images::Column::TableName.eq("logs"))
        .into_tuple()
        .all(db)
        .await
        .unwrap();
    let mut links: Vec<String> = images
        .into_iter()
        .flat_map(|(columns, rows)| {
            let rows: Vec<serde_json::Value> = serde_json::from_str(&rows).unwrap();
            rows.into_iter().map(move |row| format!("{columns} {row}"))
        })
        .collect();
    links.sort();
    links
}

on_every_database! {
    async fn the_script_by_hand_does_what_the_step_does(db: TestDb) {
        let by_step = legacy(&db).await;
        let (kind, now) = if by_step.get_database_backend() == DbBackend::Postgres {
            ("postgres", "(now() AT TIME ZONE 'UTC')")
        } else {
            ("sqlite", "'now'")
        };
        let options = RunOptions { as_of: Some(NOW.replace(' ', "T").parse().unwrap()), ..RunOptions::default() };
        let step = data_migrations::logs_to_jobs();
        step.migration()
            .run(step.step(), &SchemaManagerConnection::Connection(&by_step), options)
            .await
            .unwrap();

        let other = if kind == "postgres" { TestDb::postgres().await } else { TestDb::sqlite() };
        let by_script = legacy(&other).await;
        ledger::install(&by_script).await.unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("bench/jobs_floor.{kind}.sql"));
        let script = fs::read_to_string(path).unwrap();
        assert_eq!(script.matches(now).count(), 1);
        let fixed = if kind == "postgres" { format!("timestamp '{NOW}'") } else { format!("'{NOW}'") };
        by_script.execute_unprepared(&script.replace(now, &fixed)).await.unwrap();

        let jobs = rows::<jobs::Entity>(&by_step).await;
        assert_eq!(jobs.len(), 2 * 729);
        for (one, another) in jobs.iter().zip(rows::<jobs::Entity>(&by_script).await) {
            assert_eq!(*one, another);
        }
        assert_eq!(rows::<logs::Entity>(&by_step).await, rows::<logs::Entity>(&by_script).await);
        assert_eq!(links(&by_step).await, links(&by_script).await);
        for status in ["running", "completed", "failed", "cancelled"] {
            assert!(jobs.iter().any(|job| job.contains(&Some(status.to_owned()))), "{status}");
        }
        by_step.close().await.unwrap();
        by_script.close().await.unwrap();
    }
}
