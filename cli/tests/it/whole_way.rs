//! From a legacy database to the new one, and back, on every database.

use migration::Migrator;
use sea_orm::ConnectionTrait as _;
use sea_orm_migration::MigratorTrait as _;
use tests::{TestDb, on_every_database};

use crate::support::{dump, number, rows, seawright, tables, texts};

const NEW: [&str; 17] = [
    "conditional_actions",
    "jobs",
    "oauth_states",
    "oauth_tokens",
    "quota_usage",
    "rate_limit_buckets",
    "tool_action_logs",
    "tool_action_templates",
    "tool_audit_logs",
    "tool_rate_limits",
    "tool_usage_metrics",
    "user_quotas",
    "user_tool_quotas",
    "webhook_deliveries",
    "webhook_events",
    "webhook_logs",
    "webhooks",
];

on_every_database! {
    /// Seeded, adopted, migrated: nothing is lost, everything is where it belongs, the counts are kept.
    async fn a_legacy_database_becomes_the_new_one(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = db.connect().await;
        let before = rows(&connection).await;
        assert_eq!(before.len(), 22);
        let scripts = texts(&connection, "SELECT CAST(id AS text) || ' ' || coalesce(script_name, '-') || ' ' || coalesce(script_type, '-') AS line FROM logs ORDER BY id").await;
        assert_eq!(scripts.len(), 729);
        let conditions = texts(&connection, "SELECT CAST(id AS text) || coalesce(message, '-') || type || CAST(created_at AS text) AS line FROM conditional_events ORDER BY id").await;
        connection.close().await.unwrap();

        let adopted = seawright(&db, &["adopt"]).ok();
        assert!(adopted.stdout.contains("all 22 tables are as expected"), "{}", adopted.stdout);
        let up = seawright(&db, &["up", "--format", "json"]).ok();
        let report: serde_json::Value = serde_json::from_str(&up.stdout).unwrap();

        let connection = db.connect().await;
        let after = rows(&connection).await;
        assert_eq!(after.len(), 36);
        for table in NEW {
            assert!(after.contains_key(table), "{table} is missing");
        }
        // What the migration did not touch is byte for byte as it was.
        for table in ["users", "servers", "env_vars", "user_variables", "roles", "system_settings", "workflows", "workflow_nodes", "workflow_execution_events", "workflow_logs", "event_servers", "api_tokens", "password_reset_tokens", "user_settings"] {
            assert_eq!(before[table], after[table], "{table}");
        }
        let events = texts(&connection, "SELECT CAST(id AS text) || ' ' || coalesce(event_name, '-') || ' ' || coalesce(event_type, '-') AS line FROM logs ORDER BY id").await;
        assert_eq!(scripts, events);
        let actions = texts(&connection, "SELECT CAST(id AS text) || coalesce(message, '-') || type || CAST(created_at AS text) AS line FROM conditional_actions ORDER BY id").await;
        assert!(actions.iter().all(|action| conditions.contains(action)));
        // What is not there any more of a follow-up or a workflow's graph is in quarantine, whole; of runs nothing goes.
        for (table, all) in [("conditional_actions", conditions.len()), ("workflow_connections", before["workflow_connections"].len()), ("workflow_executions", before["workflow_executions"].len())] {
            let left = number(&connection, &format!("SELECT count(*) FROM {table}")).await;
            let gone = number(&connection, &format!("SELECT count(*) FROM seawright_data_rows AS kept WHERE source_table = '{table}' AND outcome = 'quarantined' AND NOT EXISTS (SELECT 1 FROM {table} WHERE CAST({table}.id AS text) = kept.row_key)")).await;
            assert_eq!(usize::try_from(left + gone).unwrap(), all, "{table}");
            assert!(gone == 0 || table != "workflow_executions");
        }
        // Every row of the tables that went is accounted for, whole.
        for table in ["conditional_events", "sessions", "templates"] {
            let kept = number(&connection, &format!("SELECT count(*) FROM seawright_data_rows WHERE source_table = '{table}'")).await;
            assert_eq!(usize::try_from(kept).unwrap(), before[table].len(), "{table}");
        }
        let migrated = number(&connection, "SELECT count(*) FROM seawright_data_rows WHERE source_table = 'templates' AND outcome = 'migrated'").await;
        assert_eq!(number(&connection, "SELECT count(*) FROM tool_action_templates WHERE name LIKE '[Migrated] %'").await, migrated);
        assert!(number(&connection, "SELECT count(*) FROM seawright_data_rows WHERE source_table = 'templates' AND outcome = 'quarantined'").await > 0);
        assert_eq!(number(&connection, "SELECT count(*) FROM seawright_data_rows WHERE outcome <> 'migrated' AND reason IS NULL").await, 0);
        // The counts are printed and kept.
        let counted = report["counts"].as_array().unwrap();
        let logs = counted.iter().find(|count| count["table"] == "logs").unwrap();
        assert_eq!((logs["before"].as_i64(), logs["after"].as_i64()), (Some(729), Some(729)));
        assert_eq!(number(&connection, "SELECT count(*) FROM seawright_row_counts WHERE command = 'up' AND table_name = 'logs' AND rows_before = 729 AND rows_after = 729").await, 1);
        connection.close().await.unwrap();

        // A second time there is nothing to do, and the database is what the history leads to.
        assert!(seawright(&db, &["up"]).ok().stdout.starts_with("Nothing to do."));
        let drift = seawright(&db, &["diff", "--from", "history", "--to", "live", "--exit-code"]).ok();
        assert_eq!(drift.stdout, "Nothing to do.\n");
        let declared = seawright(&db, &["diff", "--from", "live", "--to", "entities", "--exit-code"]).ok();
        assert_eq!(declared.stdout, "Nothing to do.\n");
    }

    /// An empty database ends in the same schema as an adopted one; down to nothing and up again too.
    async fn every_way_leads_to_the_same_schema(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        seawright(&db, &["up"]).ok();
        let adopted = dump(&db).await;

        let other = if db.is_postgres() { TestDb::postgres().await } else { TestDb::sqlite() };
        let made = if other.is_sqlite() { format!("{}?mode=rwc", other.url().split('?').next().unwrap()) } else { other.url().to_owned() };
        let fresh = |arguments: &[&str]| {
            let mut all = vec!["-u", made.as_str()];
            all.extend(arguments);
            crate::support::seawright_in(std::path::Path::new(env!("CARGO_MANIFEST_DIR")), &all)
        };
        fresh(&["up"]).ok();
        let empty = dump(&other).await;
        pretty_assert(&adopted, &empty);
        fresh(&["down", "-n", "99"]).ok();
        let connection = other.connect().await;
        assert_eq!(tables(&connection).await, Vec::<String>::new());
        connection.close().await.unwrap();
        fresh(&["up"]).ok();
        pretty_assert(&adopted, &dump(&other).await);
        fresh(&["refresh"]).ok();
        pretty_assert(&adopted, &dump(&other).await);
        fresh(&["fresh"]).ok();
        pretty_assert(&adopted, &dump(&other).await);
    }

    /// Taken back to the baseline, every legacy row is back as it was, and the next number too.
    async fn the_way_back_restores_every_legacy_row(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        let connection = db.connect().await;
        let before = rows(&connection).await;
        let counters = counters(&connection).await;
        assert!(counters.contains(&"conditional_events 43".to_owned()), "the seed's counter is ahead of its rows: {counters:?}");
        connection.close().await.unwrap();

        seawright(&db, &["up"]).ok();
        // All but the baseline, which adoption takes for applied.
        let steps = (Migrator::migrations().len() - 1).to_string();
        seawright(&db, &["down", "-n", &steps]).ok();

        let connection = db.connect().await;
        let after = rows(&connection).await;
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        for (table, rows) in &before {
            assert_eq!(rows, &after[table], "{table}");
        }
        assert_eq!(counters, self::counters(&connection).await);
        assert_eq!(number(&connection, "SELECT count(*) FROM seawright_data_rows").await, 0);
        connection.close().await.unwrap();
        seawright(&db, &["up"]).ok();
    }

    /// Rows that come in, or change, after their data step stop the step that would drop them.
    async fn no_row_is_dropped_that_nobody_moved(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        seawright(&db, &["up", "-n", "4"]).ok();
        let connection = db.connect().await;
        connection.execute_unprepared("UPDATE templates SET content = 'changed meanwhile' WHERE id = (SELECT min(id) FROM templates WHERE type = 'EMAIL')").await.unwrap();
        connection.execute_unprepared("INSERT INTO templates (name, type, content) VALUES ('late', 'EMAIL', 'too late?')").await.unwrap();
        connection.close().await.unwrap();

        let refused = seawright(&db, &["up"]);
        assert_eq!(refused.code, 4, "{}", refused.shown());
        assert!(refused.stderr.contains("2 rows of `templates`"), "{}", refused.stderr);
        let connection = db.connect().await;
        assert!(tables(&connection).await.contains(&"sessions".to_owned()), "the refusal came before the first drop");
        connection.close().await.unwrap();

        seawright(&db, &["data", "run"]).ok();
        // Everything is proven, and two templates are in quarantine, which a person has to decide about.
        let verified = seawright(&db, &["data", "verify"]);
        assert_eq!(verified.code, 3, "{}", verified.shown());
        assert!(!verified.stdout.contains("FAILED") && verified.stdout.contains("templates 31"), "{}", verified.stdout);
        seawright(&db, &["data", "quarantine", "accept", "m20261122_134827_templates", "--because", "seen"]).ok();
        seawright(&db, &["data", "verify"]).ok();
        seawright(&db, &["up"]).ok();
        let connection = db.connect().await;
        assert_eq!(number(&connection, "SELECT count(*) FROM tool_action_templates WHERE name = '[Migrated] late'").await, 1);
        assert_eq!(number(&connection, "SELECT count(*) FROM tool_action_templates WHERE CAST(parameters AS text) LIKE '%changed meanwhile%'").await, 1);
        connection.close().await.unwrap();
    }
}

/// How far the tables that go have counted.
async fn counters(connection: &sea_orm::DatabaseConnection) -> Vec<String> {
    let sql = if connection.get_database_backend() == sea_orm::DbBackend::Postgres {
        "SELECT 'conditional_events ' || last_value AS line FROM conditional_events_id_seq UNION ALL SELECT 'templates ' || last_value FROM templates_id_seq ORDER BY 1"
    } else {
        "SELECT name || ' ' || seq AS line FROM sqlite_sequence WHERE name IN ('conditional_events', 'templates') ORDER BY 1"
    };
    texts(connection, sql).await
}

fn pretty_assert(expected: &str, found: &str) {
    if expected != found {
        let missing: Vec<&str> = expected.lines().filter(|line| !found.contains(line)).collect();
        let extra: Vec<&str> = found.lines().filter(|line| !expected.contains(line)).collect();
        panic!("the schemas differ\nmissing: {missing:#?}\nextra: {extra:#?}");
    }
}
