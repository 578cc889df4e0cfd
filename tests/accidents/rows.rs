//! What became of the rows.

use tests::on_every_database;

use crate::{
    by_hand, legacy, migrated,
    support::{number, rows, seawright, tables, texts},
};

on_every_database! {
    /// The step that drops a table refuses until every row has been accounted for.
    async fn accident_07_templates_dropped_before_they_were_migrated(db: TestDb) {
        legacy(&db);
        seawright(&db, &["up", "-n", "4"]).ok();
        let connection = by_hand(&db, &["INSERT INTO templates (name, type, content) VALUES ('late', 'EMAIL', 'too late?')"]).await;
        let refused = seawright(&db, &["up"]);
        assert_eq!(refused.code, 4, "{}", refused.shown());
        assert!(refused.stderr.contains("1 row of `templates`"), "{}", refused.stderr);
        assert!(tables(&connection).await.contains(&"templates".to_owned()));
        seawright(&db, &["data", "run"]).ok();
        seawright(&db, &["data", "quarantine", "accept", "m20261122_134827_templates", "--because", "seen"]).ok();
        seawright(&db, &["up"]).ok();
        assert_eq!(number(&connection, "SELECT count(*) FROM tool_action_templates WHERE name = '[Migrated] late'").await, 1);
        // The nine of the system that were never made, too.
        assert!(number(&connection, "SELECT count(*) FROM tool_action_templates WHERE is_system_template").await >= 9);
        connection.close().await.unwrap();
    }

    /// Every conditional action goes along under its id, or waits in quarantine, whole.
    async fn accident_08_conditional_events_dropped_without_a_copy(db: TestDb) {
        legacy(&db);
        let connection = db.connect().await;
        let before = texts(&connection, "SELECT CAST(id AS text) AS line FROM conditional_events ORDER BY id").await;
        assert!(before.len() > 5);
        seawright(&db, &["up"]).ok();
        let mut after = texts(&connection, "SELECT CAST(id AS text) AS line FROM conditional_actions UNION SELECT row_key AS line FROM seawright_data_rows WHERE source_table IN ('conditional_events', 'conditional_actions') AND outcome = 'quarantined'").await;
        after.sort_by_key(|id| id.parse::<i64>().unwrap());
        assert_eq!(before, after);
        connection.close().await.unwrap();
    }

    /// Every finished log has a job, and it is a job of its own event.
    async fn accident_14_historical_logs_left_unlinked(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        assert_eq!(number(&connection, "SELECT count(*) FROM logs").await, 729);
        assert_eq!(number(&connection, "SELECT count(*) FROM logs WHERE job_id IS NULL").await, 0);
        assert_eq!(number(&connection, "SELECT count(*) FROM logs JOIN jobs ON jobs.id = logs.job_id WHERE jobs.event_id <> logs.event_id").await, 0);
        assert_eq!(number(&connection, "SELECT count(*) FROM (SELECT job_id FROM logs GROUP BY job_id HAVING count(*) > 1) AS twice").await, 0);
        connection.close().await.unwrap();
    }

    /// Every event has its entry in the queue.
    async fn accident_15_no_jobs_were_made(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        assert!(number(&connection, "SELECT count(*) FROM events").await >= 32);
        assert_eq!(number(&connection, "SELECT count(*) FROM events WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.event_id = events.id)").await, 0);
        connection.close().await.unwrap();
    }

    /// What a script was is kept, and the way back brings it; what a person must look at is told. (That the rewritten ones
    /// run is shown by `data-migrations/tests/scripts`, with the real interpreters.)
    async fn accident_16_scripts_stripped_of_their_helpers(db: TestDb) {
        legacy(&db);
        let connection = db.connect().await;
        let before = rows(&connection).await["events"].clone();
        seawright(&db, &["up"]).ok();
        let scripts = "SELECT count(*) FROM events WHERE type IN ('BASH', 'PYTHON', 'NODEJS')";
        let tagged = format!("{scripts} AND CAST(tags AS text) LIKE '%runtime:api%'");
        assert_eq!(number(&connection, scripts).await, number(&connection, &tagged).await);
        assert!(number(&connection, "SELECT count(*) FROM seawright_data_images WHERE step = 'm20261124_130000_runtime_api'").await > 0);
        let steps = texts(&connection, "SELECT version AS line FROM seaql_migrations").await.len() - 1;
        seawright(&db, &["down", "-n", &steps.to_string()]).ok();
        assert_eq!(rows(&connection).await["events"], before);
        connection.close().await.unwrap();
    }

    /// The columns are renamed, so the values stay.
    async fn accident_17_script_names_destroyed(db: TestDb) {
        legacy(&db);
        let connection = db.connect().await;
        let sql = |name: &str, kind: &str| format!("SELECT CAST(id AS text) || coalesce({name}, '-') || coalesce({kind}, '-') AS line FROM logs ORDER BY id");
        let before = texts(&connection, &sql("script_name", "script_type")).await;
        seawright(&db, &["up"]).ok();
        assert_eq!(texts(&connection, &sql("event_name", "event_type")).await, before);
        connection.close().await.unwrap();
    }

    /// What is said to be encrypted is opened with the key: a token in clear is found, and never shown.
    async fn accident_21_encryption_verified_on_an_empty_table(db: TestDb) {
        migrated(&db);
        let connection = by_hand(&db, &[
            "INSERT INTO oauth_tokens (user_id, tool_id, provider_id, access_token) SELECT user_id, id, 'google', 'ya29.clear-text' FROM tool_credentials LIMIT 1",
        ]).await;
        let found = seawright(&db, &["data", "verify"]);
        assert!(found.code == 1 || found.code == 3, "{}", found.shown());
        assert!(found.shown().contains("oauth_tokens"), "{}", found.shown());
        assert!(!found.shown().contains("ya29"), "{}", found.shown());
        seawright(&db, &["data", "run", "m20261124_130510_oauth_tokens"]).ok();
        assert_eq!(number(&connection, "SELECT count(*) FROM oauth_tokens WHERE access_token LIKE '%ya29%'").await, 0);
        connection.close().await.unwrap();
    }

    /// Sealed whatever they were, and the flag says so.
    async fn accident_22_credentials_flagged_wrongly(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        let held = number(&connection, "SELECT count(*) FROM seawright_data_rows WHERE source_table = 'tool_credentials' AND outcome = 'quarantined'").await;
        assert!(number(&connection, "SELECT count(*) FROM tool_credentials").await > held);
        assert_eq!(number(&connection, "SELECT count(*) FROM tool_credentials WHERE NOT encrypted").await, held);
        connection.close().await.unwrap();
    }

    /// A row before and after for every table, kept in the database.
    async fn accident_28_counts_without_reconciliation(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        let counted = texts(&connection, "SELECT table_name || ' ' || rows_before || ' ' || rows_after AS line FROM seawright_row_counts WHERE command = 'up' AND table_name IN ('events', 'logs', 'users') AND rows_before IS NOT NULL ORDER BY 1").await;
        assert!(counted.contains(&"logs 729 729".to_owned()), "{counted:?}");
        assert_eq!(counted.len(), 3, "{counted:?}");
        for table in ["conditional_events", "sessions", "templates"] {
            let kept = number(&connection, &format!("SELECT count(*) FROM seawright_data_rows WHERE source_table = '{table}'")).await;
            let before = number(&connection, &format!("SELECT rows_before FROM seawright_row_counts WHERE table_name = '{table}' AND command = 'up'")).await;
            assert_eq!(kept, before, "{table}");
        }
        connection.close().await.unwrap();
    }

    /// A second run seals nothing again, and hashed passwords are no secrets to seal.
    async fn accident_30_secrets_encrypted_twice(db: TestDb) {
        legacy(&db);
        let connection = db.connect().await;
        let passwords = texts(&connection, "SELECT coalesce(password, '-') AS line FROM users ORDER BY id").await;
        seawright(&db, &["up"]).ok();
        let sealed = "SELECT credentials AS line FROM tool_credentials ORDER BY id";
        let before = texts(&connection, sealed).await;
        seawright(&db, &["data", "run"]).ok();
        assert_eq!(texts(&connection, sealed).await, before);
        assert_eq!(texts(&connection, "SELECT coalesce(password, '-') AS line FROM users ORDER BY id").await, passwords);
        connection.close().await.unwrap();
    }
}
