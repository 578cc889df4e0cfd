//! The rows on SQLite; on PostgreSQL the same statements run.

mod baseline;
mod workflows;

use std::collections::BTreeMap;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use seawright::seed::{SeedOptions, SeedProfile as _, Seeded};
use sha2::{Digest as _, Sha256};

use self::baseline::{baseline, tables};
use super::Legacy;

async fn empty() -> DatabaseConnection {
    // One connection: each would have a database of its own.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    Database::connect(options).await.unwrap()
}

async fn seeded(options: SeedOptions) -> (DatabaseConnection, Seeded) {
    let db = empty().await;
    let seeded = Legacy::new(baseline).seed(&db, options).await.unwrap();
    (db, seeded)
}

/// All values of a column that a query gives, as texts.
async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_default())
        .collect()
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// A digest of every value of every row, with its type.
async fn digest(db: &DatabaseConnection) -> String {
    let mut digest = Sha256::new();
    for (table, columns) in tables() {
        let values = columns
            .iter()
            .map(|column| column.split_once(':').unwrap().0)
            .map(|column| format!("quote(\"{column}\")"))
            .collect::<Vec<_>>()
            .join(" || ',' || ");
        digest.update(table);
        for row in texts(db, &format!("SELECT {values} FROM \"{table}\" ORDER BY 1")).await {
            digest.update(row);
            digest.update("\n");
        }
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_same_options_make_the_same_rows() {
    let options = SeedOptions { scale: 2, rng: 7 };
    let (first, _) = seeded(options).await;
    let (second, _) = seeded(options).await;
    let (other, _) = seeded(SeedOptions { rng: 8, ..options }).await;
    let digest_of_first = digest(&first).await;
    assert_eq!(digest_of_first, digest(&second).await);
    assert_ne!(digest_of_first, digest(&other).await);
}

#[tokio::test]
async fn each_scale_has_its_rows() {
    for scale in [1, 3] {
        let (db, seeded) = seeded(SeedOptions { scale, rng: 1 }).await;
        let units = u64::from(scale);
        let nodes = 25 * units;
        let expected = BTreeMap::from([
            ("users", 4 * units),
            ("events", 32 * units),
            ("logs", 729 * units),
            ("workflows", 6 * units),
            ("tool_credentials", 3 * units),
            ("servers", 2 * units),
            ("conditional_events", 12 * units),
            ("templates", 9 + 20 * units),
            ("sessions", 3 * units),
            ("env_vars", 22 * units),
            ("event_servers", 8 * units),
            ("user_variables", 12 * units),
            ("user_settings", 4 * units),
            ("api_tokens", 4 * units),
            ("password_reset_tokens", 3 * units),
            ("workflow_nodes", nodes),
            ("workflow_connections", 26 * units),
            ("workflow_executions", 18 * units),
            ("workflow_execution_events", 2 * nodes),
            ("workflow_logs", 18 * units),
            ("roles", 3),
            ("system_settings", 22),
        ]);
        let said: BTreeMap<_, _> = seeded
            .tables
            .iter()
            .map(|(table, rows)| (table.as_str(), *rows))
            .collect();
        assert_eq!(said, expected);
        for (table, rows) in expected {
            let there = number(&db, &format!("SELECT count(*) FROM \"{table}\"")).await;
            assert_eq!(u64::try_from(there).unwrap(), rows, "{table}");
        }
    }
}

#[tokio::test]
async fn no_foreign_key_is_broken_and_no_migration_recorded() {
    let (db, _) = seeded(SeedOptions { scale: 3, rng: 2 }).await;
    assert_eq!(texts(&db, "PRAGMA foreign_key_check").await, Vec::<String>::new());
    let there = texts(
        &db,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .await;
    assert_eq!(there.len(), 22);
}

#[tokio::test]
async fn a_database_with_tables_is_refused_and_left_alone() {
    let db = empty().await;
    db.execute_unprepared("CREATE TABLE own (id INTEGER)").await.unwrap();
    let error = Legacy::new(baseline)
        .seed(&db, SeedOptions::default())
        .await
        .unwrap_err();
    assert_eq!(
        error,
        DbErr::Migration(
            "the database is not empty, it has the table own: give the address of a new database, or drop its tables first"
                .to_owned()
        )
    );
    assert_eq!(texts(&db, "SELECT name FROM sqlite_schema").await, ["own"]);

    let (db, _) = seeded(SeedOptions::default()).await;
    let error = Legacy::new(baseline)
        .seed(&db, SeedOptions::default())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("it has the tables api_tokens, conditional_events, env_vars and others")
    );
}

#[tokio::test]
async fn a_scale_out_of_range_is_refused() {
    let db = empty().await;
    for scale in [0, u32::MAX] {
        let error = Legacy::new(baseline)
            .seed(&db, SeedOptions { scale, rng: 1 })
            .await
            .unwrap_err();
        assert!(error.to_string().contains("give a number from 1 to"), "{error}");
    }
    assert_eq!(texts(&db, "SELECT name FROM sqlite_schema").await, Vec::<String>::new());
}

#[tokio::test]
async fn counters_stand_beyond_rows_that_are_gone() {
    let (db, _) = seeded(SeedOptions::default()).await;
    assert_eq!(number(&db, "SELECT max(id) FROM conditional_events").await, 36);
    assert_eq!(
        number(&db, "SELECT seq FROM sqlite_sequence WHERE name = 'conditional_events'").await,
        43
    );
    db.execute_unprepared(
        "INSERT INTO roles (name, permissions, is_default, created_at, updated_at) VALUES ('a', '{}', 0, '', '')",
    )
    .await
    .unwrap();
    assert_eq!(number(&db, "SELECT max(id) FROM roles").await, 4);
}

#[tokio::test]
async fn the_fourth_unit_has_credentials_that_are_encrypted() {
    let (db, _) = seeded(SeedOptions { scale: 4, rng: 1 }).await;
    for (rows, condition) in [
        (12, "tool_credentials"),
        (11, "tool_credentials WHERE json_valid(credentials)"),
        (1, "tool_credentials WHERE credentials LIKE '{\"encrypted\":%'"),
        (1, "tool_credentials WHERE length(credentials) = 128"),
    ] {
        assert_eq!(
            number(&db, &format!("SELECT count(*) FROM {condition}")).await,
            rows,
            "{condition}"
        );
    }
}

/// What the first unit alone has to have, whatever the seed: a query for each, and how many rows it finds.
#[tokio::test]
async fn the_smallest_scale_has_every_oddity() {
    for rng in [1, 2] {
        let (db, _) = seeded(SeedOptions { scale: 1, rng }).await;
        for (rows, condition) in [
            (7, "(SELECT DISTINCT status FROM logs) AS t WHERE 1"),
            (
                12,
                "(SELECT DISTINCT type, success_event_id IS NULL, fail_event_id IS NULL, always_event_id IS NULL FROM conditional_events) AS t WHERE 1",
            ),
            (9, "events WHERE type = 'BASH'"),
            (9, "events WHERE type = 'PYTHON'"),
            (9, "events WHERE type = 'NODEJS'"),
            (5, "events WHERE type = 'HTTP_REQUEST'"),
            (3, "events WHERE content LIKE '%' || char(13) || char(10) || '%'"),
            (2, "events WHERE content = ''"),
            (3, "events WHERE content IS NULL"),
            (1, "events WHERE json_type(http_headers) = 'array'"),
            (1, "events WHERE json_type(http_headers) = 'object'"),
            (2, "events WHERE json_type(http_headers) = 'text'"),
            (4, "(SELECT DISTINCT status FROM events) AS t WHERE 1"),
            (4, "(SELECT DISTINCT schedule_unit FROM events) AS t WHERE 1"),
            (4, "(SELECT DISTINCT timeout_unit FROM events) AS t WHERE 1"),
            (2, "templates WHERE length(name) = 255"),
            (1, "templates WHERE type = 'slack'"),
            (1, "templates WHERE type = 'WEBHOOK'"),
            (9, "templates WHERE user_id IS NULL"),
            (2, "templates WHERE name = 'Nightly'"),
            (
                6,
                "workflow_executions WHERE status = 'RUNNING' AND completed_at IS NULL",
            ),
            (1, "workflow_connections WHERE source_node_id = target_node_id"),
            (1, "workflow_connections WHERE connection_type = 'on_success'"),
            (1, "workflow_connections WHERE connection_type = 'SOMETIMES'"),
            (1, "workflow_connections WHERE connection_type = 'on_failure'"),
            (1, "workflow_connections WHERE source_node_id = 25 AND target_node_id = 22"),
            (
                4,
                "workflow_executions AS of JOIN workflow_executions AS twin ON twin.id = of.id + 1 AND twin.user_id = of.user_id
                 AND twin.workflow_id = of.workflow_id WHERE of.status = 'RUNNING'
                 AND json_extract(of.execution_data, '$') = json_extract(twin.execution_data, '$.inputData')
                 AND julianday(twin.started_at) - julianday(of.started_at) BETWEEN 0 AND 1.0 / 86400",
            ),
            (
                1,
                "conditional_events AS one JOIN conditional_events AS other ON other.condition_event_id = one.target_event_id
                 AND other.target_event_id = one.always_event_id",
            ),
            (
                2,
                "workflow_connections WHERE workflow_id = 1 AND source_node_id = 1 AND target_node_id = 2",
            ),
            (
                1,
                "workflow_connections AS c JOIN workflow_nodes AS n ON n.id = c.target_node_id WHERE n.workflow_id <> c.workflow_id",
            ),
            (4, "workflows WHERE status = 'ACTIVE'"),
            (1, "sessions WHERE json_type(sess) = 'text'"),
            (1, "user_variables WHERE key = '__updated__'"),
            (1, "servers WHERE ssh_key LIKE '-----BEGIN%'"),
            (3, "tool_credentials WHERE json_type(credentials) = 'object'"),
        ] {
            let sql = format!("SELECT count(*) FROM {condition}");
            assert_eq!(number(&db, &sql).await, rows, "rng {rng}: {condition}");
        }
        for condition in [
            "logs WHERE script_name IS NULL",
            "logs WHERE user_id IS NULL",
            "logs WHERE successful IS NULL",
            "logs WHERE output LIKE '%' || char(9) || '%' || char(10) || '%'",
            "events WHERE json_type(tags) = 'text'",
            "events WHERE created_at LIKE '%.______'",
            "events WHERE run_location = 'REMOTE' AND server_id IS NOT NULL",
            "events WHERE run_location = 'REMOTE' AND server_id IS NULL",
        ] {
            assert_ne!(
                number(&db, &format!("SELECT count(*) FROM {condition}")).await,
                0,
                "rng {rng}: {condition}"
            );
        }
    }
}
