//! Databases that other means built, and that have drifted: reconciled, with every row accounted for.

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tests::{TestDb, on_every_database, on_postgres};

use crate::support::{dump, number, rows, seawright, texts};

async fn changed(db: &TestDb, statements: &[&str]) -> DatabaseConnection {
    let connection = db.connect().await;
    for sql in statements {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection
}

/// What names the run, and moments, differ from run to run.
fn settled(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let digits = word.chars().take_while(char::is_ascii_digit).count();
        if digits >= 16 {
            out += "RUN";
            out += &word[digits..];
        } else {
            out += word;
        }
    }
    out
}

on_every_database! {
    /// The whole of it: 27 tables, some with other types, rows that fit nowhere; after it `up` goes on.
    async fn the_drifted_database_ends_where_the_clean_one_does(db: TestDb) {
        seawright(&db, &["seed", "drifted"]).ok();
        let connection = db.connect().await;
        let before = (dump(&db).await, rows(&connection).await);
        assert_eq!(before.1.len(), 27);
        let refused = seawright(&db, &["adopt"]);
        assert_eq!(refused.code, 4, "{}", refused.shown());
        assert!(refused.stderr.contains("tool_rate_limits (4 of 14 objects as expected)"), "{}", refused.stderr);
        let dry = seawright(&db, &["adopt", "--reconcile", "--zone", "*=UTC", "--dry-run"]).ok();
        insta::assert_snapshot!(format!("plan_on_{}", if db.is_postgres() { "postgres" } else { "sqlite" }), settled(&dry.stdout));
        assert_eq!(before, (dump(&db).await, rows(&connection).await), "a dry run wrote something");

        let done = seawright(&db, &["adopt", "--reconcile", "--zone", "*=UTC", "--format", "json"]).ok();
        let report: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        let held = report["quarantine"].as_array().unwrap();
        let after = rows(&connection).await;
        for (table, old) in &before.1 {
            let left = held.iter().filter(|row| row["table"] == table.as_str()).count();
            assert_eq!(old.len() - left, after[table].len(), "{table}");
        }
        assert!(held.iter().any(|row| row["table"] == "tool_rate_limits"), "{report}");
        // A moment with a zone is the same moment in UTC.
        let moments = texts(&connection, "SELECT CAST(created_at AS text) AS line FROM tool_audit_logs WHERE id = 1").await;
        assert_eq!(moments, ["2025-07-10 06:00:00.123456"]);
        assert_eq!(number(&connection, "SELECT count(*) FROM user_tool_quotas WHERE tier = 'free'").await, 1);
        // What was there is kept whole, and what was cut is told.
        let kept = texts(&connection, "SELECT row_json AS line FROM seawright_data_rows WHERE step = 'reconcile:tool_rate_limits'").await;
        assert!(kept[0].contains("deleted-user"), "{kept:?}");
        let notes = texts(&connection, "SELECT note AS line FROM seawright_data_notes WHERE step = 'reconcile:tool_audit_logs' AND row_key = '3'").await;
        assert!(notes[0].contains("deleted-user"), "{notes:?}");
        assert!(number(&connection, "SELECT count(*) FROM seawright_reconcile_statements").await > 50);
        connection.close().await.unwrap();

        let none = seawright(&db, &["drift"]).ok();
        assert!(none.stdout.starts_with("No drift"), "{}", none.stdout);
        seawright(&db, &["up"]).ok();
        let equal = seawright(&db, &["diff", "--from", "entities", "--to", "live"]).ok();
        assert_eq!(equal.stdout, "Nothing to do.\n");
        let proof = seawright(&db, &["data", "verify", "--format", "json"]);
        let proof: serde_json::Value = serde_json::from_str(&proof.stdout).unwrap();
        assert!(proof["checks"].as_array().unwrap().iter().all(|check| check["found"] == 0), "{proof}");
        let list = seawright(&db, &["data", "quarantine", "list", "reconcile"]).ok();
        assert!(list.stdout.contains("tool_rate_limits 2: `user_id` refers to a row of `users` that is not there: deleted-user"), "{}", list.stdout);
    }

    /// A row in quarantine goes back when what it lacked is there.
    async fn a_row_left_behind_is_put_back(db: TestDb) {
        seawright(&db, &["seed", "drifted"]).ok();
        seawright(&db, &["adopt", "--reconcile", "--zone", "*=UTC"]).ok();
        let refused = seawright(&db, &["data", "quarantine", "retry", "reconcile:tool_rate_limits"]);
        assert_eq!(refused.code, 1, "{}", refused.shown());
        let connection = changed(&db, &["INSERT INTO users (id, email, status) VALUES ('deleted-user', 'back@example.com', 'ACTIVE')"]).await;
        seawright(&db, &["data", "quarantine", "retry", "reconcile:tool_rate_limits"]).ok();
        assert_eq!(number(&connection, "SELECT count(*) FROM tool_rate_limits WHERE user_id = 'deleted-user'").await, 1);
        seawright(&db, &["data", "quarantine", "accept", "reconcile", "--because", "looked at"]).ok();
        let list = seawright(&db, &["data", "quarantine", "list", "reconcile"]).ok();
        assert!(list.stdout.contains("(accepted: looked at)"), "{}", list.stdout);
        connection.close().await.unwrap();
    }

    /// The accident: `sessions` was renamed to `jobs`. It is asked, with what the columns suggest, and then repaired.
    async fn the_accident_is_asked_about_and_repaired(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = changed(&db, &["ALTER TABLE sessions RENAME TO jobs"]).await;
        let before = (dump(&db).await, rows(&connection).await);
        let asked = seawright(&db, &["adopt", "--reconcile"]);
        assert_eq!(asked.code, 4, "{}", asked.shown());
        assert!(asked.stderr.contains("--rename table:jobs=sessions"), "{}", asked.stderr);
        assert!(asked.stderr.contains("the table `jobs` has the columns of `sessions`"), "{}", asked.stderr);
        let json = seawright(&db, &["adopt", "--reconcile", "--format", "json"]);
        let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(value["error"]["questions"][0]["flags"][1], "--rename table:jobs=sessions");
        // Said to be new, `jobs` would stand in the way of the step that makes the real one.
        let in_the_way = seawright(&db, &["adopt", "--reconcile", "--create", "sessions"]);
        assert_eq!(in_the_way.code, 4, "{}", in_the_way.shown());
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        seawright(&db, &["adopt", "--reconcile", "--rename", "table:jobs=sessions"]).ok();
        assert_eq!(rows(&connection).await["sessions"], before.1["jobs"]);
        connection.close().await.unwrap();
        seawright(&db, &["up"]).ok();
        assert_eq!(seawright(&db, &["diff", "--from", "entities", "--to", "live"]).ok().stdout, "Nothing to do.\n");
    }

    /// Tables and columns of others stay; with consent they go, and their rows and values are kept.
    async fn what_the_history_does_not_know_stays_or_is_kept(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = changed(&db, &[
            "CREATE TABLE notes (id integer PRIMARY KEY, body text)",
            "INSERT INTO notes VALUES (1, 'keep me')",
            "ALTER TABLE user_variables ADD COLUMN extra text",
            "UPDATE user_variables SET extra = 'mine' WHERE id = 1",
            "DROP INDEX \"IDX_session_expire\"",
        ]).await;
        let dry = seawright(&db, &["adopt", "--reconcile", "--dry-run"]).ok();
        assert!(dry.stdout.contains("Stay, though the history does not know them:\n  the table `notes`\n  the column `user_variables.extra`"), "{}", dry.stdout);
        let dry = seawright(&db, &["adopt", "--reconcile", "--dry-run", "--allow-destructive"]).ok();
        assert!(dry.stdout.contains("the table `notes`: 1 row"), "{}", dry.stdout);
        seawright(&db, &["adopt", "--reconcile", "--allow-destructive"]).ok();
        let kept = texts(&connection, "SELECT source_table || ' ' || outcome || ' ' || row_json AS line FROM seawright_data_rows ORDER BY 1").await;
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert!(kept[0].contains("notes archived") && kept[0].contains("keep me"), "{kept:?}");
        assert!(kept[1].contains("user_variables archived") && kept[1].contains("mine"), "{kept:?}");
        assert!(!rows(&connection).await.contains_key("notes"));
        connection.close().await.unwrap();
        assert_eq!(seawright(&db, &["drift"]).code, 0);
    }

    /// The books of other tools are named, told by name and columns, and are no difference.
    async fn the_books_of_other_tools_are_named(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = changed(&db, &[
            "CREATE TABLE __drizzle_migrations (id integer PRIMARY KEY, hash text, created_at bigint)",
            "INSERT INTO __drizzle_migrations VALUES (1, '0000_baseline', 1)",
            "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum text, finished_at timestamp, migration_name text, logs text, rolled_back_at timestamp, started_at timestamp, applied_steps_count integer)",
            "INSERT INTO _prisma_migrations (id, finished_at, migration_name) VALUES ('a', '2025-07-01 00:00:00', '20250701_init'), ('b', NULL, 'half_done')",
            "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied timestamp)",
            "INSERT INTO django_migrations (id, app, name) VALUES (1, 'auth', '0001_initial')",
            "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
            "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text, installed_on timestamp, success boolean, checksum text, execution_time bigint)",
            "INSERT INTO _sqlx_migrations (version, description, success) VALUES (1, 'init', true)",
            "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp)",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('20250701000000')",
            "CREATE TABLE refinery_schema_history (version integer PRIMARY KEY, name text, applied_on text, checksum text)",
            "INSERT INTO refinery_schema_history (version, name) VALUES (1, 'init')",
            "CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), description text, type text, script text, checksum integer, installed_by text, installed_on timestamp, execution_time integer, success boolean)",
            "INSERT INTO flyway_schema_history (installed_rank, version, description, success) VALUES (1, '1', 'init', true)",
        ]).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(seawright(&db, &["adopt", "--dry-run"]).ok().stdout);
        }
        seawright(&db, &["adopt"]).ok();
        assert_eq!(seawright(&db, &["drift"]).code, 0);
        connection.close().await.unwrap();
    }

    /// A table that only has the name of such books is a difference like any other.
    async fn a_name_alone_makes_no_books(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = changed(&db, &["CREATE TABLE django_migrations (id integer PRIMARY KEY, payload text)"]).await;
        connection.close().await.unwrap();
        let ran = seawright(&db, &["adopt"]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert!(ran.stderr.contains("extra: table django_migrations"), "{}", ran.stderr);
    }
}

on_postgres! {
    /// drizzle keeps its books in a schema of its own.
    async fn books_in_another_schema_are_named(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = changed(&db, &[
            "CREATE SCHEMA drizzle",
            "CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)",
            "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('abc', 1)",
        ]).await;
        connection.close().await.unwrap();
        let ran = seawright(&db, &["adopt"]).ok();
        assert!(ran.stdout.contains("drizzle has kept this database: `drizzle.__drizzle_migrations` has 1 applied migration"), "{}", ran.stdout);
    }

    /// Duplicates under a unique key: the first stays, the others and who refers to them are kept whole.
    async fn of_duplicates_the_first_stays(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = changed(&db, &[
            "ALTER TABLE users DROP CONSTRAINT users_email_unique",
            "INSERT INTO users (id, email, status) VALUES ('zz-twin', 'admin@example.com', 'ACTIVE')",
            "INSERT INTO password_reset_tokens (user_id, token, expires_at) VALUES ('zz-twin', 'a', '2025-07-14 00:00:00')",
        ]).await;
        let done = seawright(&db, &["adopt", "--reconcile", "--zone", "*=UTC"]).ok();
        assert!(done.stdout.contains("users zz-twin: another row has the same values under the unique key"), "{}", done.stdout);
        assert_eq!(number(&connection, "SELECT count(*) FROM seawright_data_rows WHERE step LIKE 'reconcile:%'").await, 2, "{}", done.stdout);
        assert_eq!(number(&connection, "SELECT count(*) FROM users WHERE email = 'admin@example.com'").await, 1);
        connection.close().await.unwrap();
    }
}
