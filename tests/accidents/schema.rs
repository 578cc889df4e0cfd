//! What the schema is, and who says so.

use sea_orm::EntityTrait as _;
use tests::{on_every_database, on_postgres};

use crate::{
    by_hand, kept, legacy, migrated,
    support::{dump, number, rows, seawright, seawright_in},
};

/// What the containers need, from the legacy schema, with answers to what has to be decided.
fn expansion(arguments: &[&str]) -> crate::support::Ran {
    let (from, to) = (
        kept("m20261122_134740_baseline"),
        kept("m20261122_134925_containers_contract"),
    );
    let mut all = vec!["diff", "--from", from.as_str(), "--to", to.as_str()];
    all.extend(arguments);
    seawright_in(std::path::Path::new(env!("CARGO_MANIFEST_DIR")), &all)
}

/// Whether `jobs` is `sessions` under a new name is never guessed, and the answer is kept with the migration.
#[test]
fn accident_01_sessions_became_jobs() {
    let asked = expansion(&[]);
    assert_eq!(asked.code, 4, "{}", asked.shown());
    assert!(
        asked.stderr.contains("is the table `jobs` new, or is it"),
        "{}",
        asked.stderr
    );
    assert!(asked.stderr.contains("--create jobs"), "{}", asked.stderr);
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../migration/seawright.lock"))
        .or_else(|_| std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../migration/seawright.lock.json")))
        .unwrap();
    assert!(
        lock.contains("\"script_name\""),
        "the renames that were decided are in the lock file"
    );
}

on_every_database! {
    /// A table `jobs` with the columns of `sessions` satisfies nothing, and the guess is told.
    async fn accident_02_names_alone_were_verified(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = by_hand(&db, &["ALTER TABLE sessions RENAME TO jobs"]).await;
        let before = (dump(&db).await, rows(&connection).await);
        for command in ["adopt", "up"] {
            let ran = seawright(&db, &[command]);
            assert_eq!(ran.code, 4, "{}", ran.shown());
        }
        let ran = seawright(&db, &["adopt"]);
        assert!(ran.stderr.contains("the table `jobs` has the columns of `sessions`, which is missing"), "{}", ran.stderr);
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        connection.close().await.unwrap();
    }

    /// One index or one foreign key less is a finding by its name; nobody has to count.
    async fn accident_03_numbers_that_gave_it_away(db: TestDb) {
        migrated(&db);
        seawright(&db, &["drift"]).ok();
        let connection = by_hand(&db, &["DROP INDEX idx_jobs_orchestrator_id"]).await;
        connection.close().await.unwrap();
        let drift = seawright(&db, &["drift"]);
        assert_eq!(drift.code, 3, "{}", drift.shown());
        assert!(drift.stdout.contains("idx_jobs_orchestrator_id"), "{}", drift.stdout);
        let declared = seawright(&db, &["diff", "--from", "live", "--to", "entities", "--exit-code"]);
        assert_eq!(declared.code, 3);
        assert_eq!(declared.stdout, "+ index idx_jobs_orchestrator_id on jobs (orchestrator_id)\n");
    }

    /// A step that cannot be made leaves nothing of itself behind, and is no footnote: the run ends there.
    async fn accident_04_indexes_failed_and_nobody_minded(db: TestDb) {
        legacy(&db);
        let connection = by_hand(&db, &["CREATE TABLE jobs (sid varchar(255) PRIMARY KEY)"]).await;
        let before = (dump(&db).await, rows(&connection).await);
        let ran = seawright(&db, &["up"]);
        assert!(ran.code == 1 || ran.code == 4, "{}", ran.shown());
        assert!(ran.stderr.contains("jobs"), "{}", ran.stderr);
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        connection.close().await.unwrap();
    }

    /// What somebody did by hand between two migrations is seen, with the SQL that removes it and the Rust that accepts it.
    async fn accident_06_push_and_migrate_were_mixed(db: TestDb) {
        migrated(&db);
        let connection = by_hand(&db, &["ALTER TABLE events ADD COLUMN pushed text"]).await;
        connection.close().await.unwrap();
        let drift = seawright(&db, &["drift"]);
        assert_eq!(drift.code, 3, "{}", drift.shown());
        for part in ["pushed", "DROP COLUMN", "pub pushed: Option<String>"] {
            assert!(drift.stdout.contains(part), "{part}: {}", drift.stdout);
        }
        let listed = seawright(&db, &["status"]).ok();
        assert!(listed.stdout.contains("m20261122_134825_containers_expand"), "{}", listed.stdout);
    }

    /// The program is ahead of the database: said before anything runs, by exit code.
    async fn accident_09_a_rename_in_code_only(db: TestDb) {
        legacy(&db);
        assert_eq!(seawright(&db, &["status", "--exit-code"]).code, 3);
        seawright(&db, &["up"]).ok();
        assert_eq!(seawright(&db, &["status", "--exit-code"]).code, 0);
    }

    /// `limit` is quoted wherever it is written, and rows go in and out through the entity.
    async fn accident_11_a_reserved_word(db: TestDb) {
        migrated(&db);
        let connection = by_hand(&db, &["INSERT INTO rate_limit_buckets (key, type, identifier, count, \"limit\", window_ms, reset_at) VALUES ('rl:user:b', 'user', 'b', 1, 7, 1000, '2026-01-01 00:00:00')"]).await;
        assert_eq!(number(&connection, "SELECT count(*) FROM rate_limit_buckets WHERE \"limit\" = 7").await, 1);
        let found = entity::limits::rate_limit_buckets::Entity::find().one(&connection).await.unwrap().unwrap();
        assert_eq!(found.limit, 7);
        connection.close().await.unwrap();
    }

    /// Columns are typed, so a wrong one does not compile; and every query of every step is sent even where no row asks for it.
    async fn accident_12_a_column_that_is_not_there(db: TestDb) {
        let url = if db.is_sqlite() { format!("{}?mode=rwc", db.url().split('?').next().unwrap()) } else { db.url().to_owned() };
        let on = |arguments: &[&str]| {
            let mut all = vec!["-u", url.as_str()];
            all.extend(arguments);
            seawright_in(std::path::Path::new(env!("CARGO_MANIFEST_DIR")), &all)
        };
        on(&["up"]).ok();
        let verified = on(&["data", "verify", "--format", "json"]).ok();
        let report: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
        assert!(report["checks"].as_array().unwrap().len() > 20, "{report}");
    }

    /// The same file twice, by whatever hand: nothing is left to do.
    async fn accident_18_files_that_cannot_be_run_again(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        let before = (dump(&db).await, rows(&connection).await);
        for _ in 0..2 {
            assert!(seawright(&db, &["up"]).ok().stdout.starts_with("Nothing to do."));
            seawright(&db, &["data", "run"]).ok();
        }
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        connection.close().await.unwrap();
    }
}

/// Without a terminal nothing is asked: it ends with the flags that would answer, in JSON too.
#[test]
fn accident_05_prompts_in_the_apply_step() {
    let asked = expansion(&["--create", "jobs", "--format", "json"]);
    assert_eq!(asked.code, 4, "{}", asked.shown());
    let answer: serde_json::Value = serde_json::from_str(&asked.stdout).unwrap();
    let flags = answer["error"]["questions"][0]["flags"].as_array().unwrap();
    assert!(
        flags.iter().any(|flag| flag.as_str().unwrap().starts_with("--rename ")),
        "{answer}"
    );
}

/// The entities have a column that the history lacks: a difference by name, and exit code 3 for CI.
#[test]
fn accident_10_a_column_in_code_only() {
    let ran = seawright_in(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")),
        &[
            "diff",
            "--from",
            &kept("m20261122_134740_baseline"),
            "--to",
            &kept("m20261122_134825_containers_expand"),
            "--exit-code",
            "--rename",
            "column:logs.script_name=event_name",
            "--rename",
            "column:logs.script_type=event_type",
        ],
    );
    assert_eq!(ran.code, 3, "{}", ran.shown());
    assert!(
        ran.stdout.contains("+ column events.tool_action_config"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("+ table tool_action_logs"), "{}", ran.stdout);
}

on_postgres! {
    /// The three keys that were found missing in phase 1 are there, proven over all rows.
    async fn accident_19_three_foreign_keys_shipped_missing(db: TestDb) {
        migrated(&db);
        let connection = db.connect().await;
        for table in ["tool_audit_logs", "tool_rate_limits", "user_tool_quotas"] {
            let sql = format!("SELECT count(*) FROM pg_constraint WHERE conname = '{table}_user_id_users_id_fk' AND contype = 'f' AND convalidated");
            assert_eq!(number(&connection, &sql).await, 1, "{table}");
        }
        connection.close().await.unwrap();
    }

    /// One definition, and another index of that name is refused rather than taken for it.
    async fn accident_20_two_definitions_of_one_table(db: TestDb) {
        legacy(&db);
        let connection = by_hand(&db, &["CREATE INDEX idx_logs_event_id_start_time ON logs (duration)"]).await;
        let before = rows(&connection).await["logs"].len();
        let ran = seawright(&db, &["up"]);
        assert_eq!(ran.code, 1, "{}", ran.shown());
        assert!(ran.stderr.contains("an index `idx_logs_event_id_start_time` is there already and is another one"), "{}", ran.stderr);
        assert_eq!(rows(&connection).await["logs"].len(), before);
        by_hand(&db, &["DROP INDEX idx_logs_event_id_start_time"]).await.close().await.unwrap();
        seawright(&db, &["up"]).ok();
        connection.close().await.unwrap();
    }
}
