//! What went wrong around the database.

use tests::on_every_database;

use crate::{
    by_hand, legacy, migrated,
    support::{dump, number, rows, seawright, seawright_with},
};

on_every_database! {
    /// What is typed does not compile with a method that is not there. What can't be typed, the questions of the proofs, was
    /// asked of the real database, and each is shown with its answer.
    async fn accident_13_a_query_that_was_never_run(db: TestDb) {
        migrated(&db);
        let report = seawright(&db, &["data", "verify", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap();
        assert!(checks.len() > 30, "{report}");
        for check in checks {
            assert!(check["query"].as_str().unwrap().starts_with("SELECT "), "{check}");
            assert_eq!(check["found"], check["expected"], "{check}");
        }
    }

    /// Without its key the step that seals says so before it touches a row, and nothing of it is half-done.
    async fn accident_23_decryption_lost_in_silence(db: TestDb) {
        legacy(&db);
        let connection = db.connect().await;
        let refused = seawright_with(&db, &[("CRONIUM_VAULT_KEY", "")], &["up"]);
        assert_ne!(refused.code, 0);
        assert!(refused.stderr.contains("CRONIUM_VAULT_KEY"), "{}", refused.stderr);
        let before = rows(&connection).await;
        let again = seawright_with(&db, &[("CRONIUM_VAULT_KEY", "")], &["up"]);
        assert_eq!(again.code, refused.code);
        assert_eq!(rows(&connection).await, before);
        seawright(&db, &["up"]).ok();
        connection.close().await.unwrap();
    }

    /// A type of job is one of an enumeration, whoever writes it through the entities; those that the migration made are. One
    /// that comes in by another way is found, and the queue goes on without it.
    async fn accident_25_two_names_for_a_type_of_job(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        assert_eq!(number(&connection, "SELECT count(*) FROM jobs WHERE type NOT IN ('SCRIPT', 'HTTP_REQUEST', 'TOOL_ACTION')").await, 0);
        assert!(number(&connection, "SELECT count(*) FROM jobs").await > 729);
        by_hand(&db, &["UPDATE jobs SET type = 'script' WHERE id = (SELECT min(id) FROM jobs WHERE status = 'queued')"]).await;
        let found = seawright(&db, &["verify", "--flows", "--only", "values:jobs.type,flows:event-to-job"]);
        assert_eq!(found.code, 3, "{}", found.shown());
        assert!(found.stdout.contains("FAIL  every `jobs.type` is a value of its enumeration: 1 of"), "{}", found.shown());
        assert!(found.stdout.contains("flows: 1 of 1 hold") || found.stdout.contains("flows: 2 of 2 hold"), "{}", found.shown());
        connection.close().await.unwrap();
    }

    /// The status of a log and of its job say the same; who changes one of them by hand is found out, and the rules change
    /// both at once.
    async fn accident_27_logs_and_jobs_out_of_step(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        let sql = "SELECT count(*) FROM logs JOIN jobs ON jobs.id = logs.job_id WHERE (logs.status = 'SUCCESS') <> (jobs.status = 'completed')";
        assert_eq!(number(&connection, sql).await, 0);
        seawright(&db, &["verify", "--flows", "--only", "jobs:in-step,flows:event-to-job"]).ok();
        by_hand(&db, &["UPDATE jobs SET status = 'failed' WHERE id = (SELECT MIN(job_id) FROM logs WHERE status = 'SUCCESS')"]).await;
        let found = seawright(&db, &["verify", "--only", "jobs:in-step"]);
        assert_eq!(found.code, 3, "{}", found.shown());
        assert!(found.stdout.contains("1 of 729 do not"), "{}", found.shown());
        connection.close().await.unwrap();
    }

    /// A copy that lost something on the way is found out before anything is built on it, object by object.
    async fn accident_29_copies_that_worked_by_luck(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = by_hand(&db, &["DROP TABLE user_settings", "DROP INDEX \"IDX_session_expire\""]).await;
        let before = (dump(&db).await, rows(&connection).await);
        let refused = seawright(&db, &["adopt"]);
        assert_eq!(refused.code, 4, "{}", refused.shown());
        for lost in ["missing: table user_settings", "missing: index IDX_session_expire"] {
            assert!(refused.stderr.contains(lost), "{lost}: {}", refused.stderr);
        }
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        connection.close().await.unwrap();
    }
}
