//! `drift`: a live database against its history, and the shadow that the history is replayed in.

use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use sha2::{Digest as _, Sha256};
use tests::{TestDb, on_every_database, on_postgres};

use crate::support::{dump, number, rows, seawright, texts};

async fn adopted(db: &TestDb, statements: &[&str]) -> DatabaseConnection {
    seawright(db, &["seed", "legacy"]).ok();
    seawright(db, &["adopt"]).ok();
    let connection = db.connect().await;
    for sql in statements {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection
}

on_every_database! {
    /// Both ways, with the SQL and the Rust that would end it.
    async fn a_drift_is_shown_both_ways(db: TestDb) {
        let connection = adopted(&db, &[
            "CREATE TABLE notes (id integer PRIMARY KEY, user_id varchar(255) REFERENCES users(id) ON DELETE CASCADE, kind varchar(20) NOT NULL DEFAULT 'plain')",
            "CREATE INDEX notes_kind ON notes (kind DESC)",
            "ALTER TABLE user_variables ADD COLUMN extra integer",
            "DROP INDEX \"IDX_session_expire\"",
        ]).await;
        let before = (dump(&db).await, rows(&connection).await);
        let ran = seawright(&db, &["drift"]);
        insta::assert_snapshot!(format!("drift_on_{}", if db.is_postgres() { "postgres" } else { "sqlite" }), ran.shown());
        let json = seawright(&db, &["drift", "--format", "json"]);
        assert_eq!(json.code, 3);
        let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(value["findings"].as_array().unwrap().len(), 3, "{value}");
        assert_eq!(before, (dump(&db).await, rows(&connection).await), "drift wrote something");
        // Its own SQL ends it.
        for finding in value["findings"].as_array().unwrap() {
            for sql in finding["sql"].as_array().unwrap() {
                connection.execute_unprepared(sql.as_str().unwrap()).await.unwrap();
            }
        }
        connection.close().await.unwrap();
        assert_eq!(seawright(&db, &["drift"]).code, 0);
    }

    /// Names alone never satisfy it: a `jobs` with the columns of `sessions` was renamed.
    async fn a_renamed_table_is_a_finding(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        seawright(&db, &["up"]).ok();
        let connection = db.connect().await;
        connection.execute_unprepared("ALTER TABLE jobs RENAME TO jobs_of_yesterday").await.unwrap();
        connection.close().await.unwrap();
        let ran = seawright(&db, &["drift"]);
        assert_eq!(ran.code, 3, "{}", ran.shown());
        assert!(ran.stdout.contains("was `jobs` renamed to `jobs_of_yesterday`?"), "{}", ran.stdout);
        assert!(ran.stdout.contains("RENAME TO \"jobs\""), "{}", ran.stdout);
    }

    async fn a_database_without_a_history_has_none_to_differ_from(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let ran = seawright(&db, &["drift"]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert!(ran.stderr.contains("seawright adopt"), "{}", ran.stderr);
    }
}

/// The number of a shadow's lock.
fn lock_of(name: &str) -> i32 {
    let digest = Sha256::digest(name.as_bytes());
    i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

async fn is_there(connection: &DatabaseConnection, name: &str) -> bool {
    number(
        connection,
        &format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"),
    )
    .await
        > 0
}

on_postgres! {
    /// The dump of a database says the same in other words when it was restored; that is no drift.
    async fn a_restored_database_has_not_drifted(db: TestDb) {
        let connection = adopted(&db, &[]).await;
        seawright(&db, &["up"]).ok();
        for definition in texts(&connection, "SELECT indexdef AS line FROM pg_indexes WHERE indexname LIKE 'idx_jobs_%' AND indexdef LIKE '%WHERE%'").await {
            let name = definition.split(' ').nth(2).unwrap().to_owned();
            connection.execute_unprepared(&format!("DROP INDEX {name}")).await.unwrap();
            connection.execute_unprepared(&definition).await.unwrap();
        }
        connection.close().await.unwrap();
        let ran = seawright(&db, &["drift"]);
        assert_eq!(ran.code, 0, "{}", ran.shown());
    }

    /// What nobody holds a lock for is swept; a shadow that is in use is not.
    async fn shadows_of_the_dead_are_swept(db: TestDb) {
        let connection = adopted(&db, &[]).await;
        let now = number(&connection, "SELECT extract(epoch FROM now())::bigint").await;
        let (dead, alive) = (format!("seawright_shadow_{now}_0_{}_k", std::process::id()), format!("seawright_shadow_{now}_1_{}_k", std::process::id()));
        let mut options = sea_orm::ConnectOptions::new(db.url());
        options.max_connections(1).min_connections(1);
        let holder = Database::connect(options).await.unwrap();
        holder.execute_unprepared(&format!("SELECT pg_advisory_lock({}, {})", 0x5348_4457, lock_of(&alive))).await.unwrap();
        for name in [&alive, &dead] {
            connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        }
        seawright(&db, &["drift"]).ok();
        assert!(!is_there(&connection, &dead).await);
        assert!(is_there(&connection, &alive).await);
        holder.close().await.unwrap();
        connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {alive}")).await.unwrap();
        connection.close().await.unwrap();
    }

    /// A run that is killed leaves its shadow to the next, which takes it away.
    async fn a_killed_run_leaves_nothing_for_long(db: TestDb) {
        let connection = adopted(&db, &[]).await;
        let mut child = Command::new(env!("CARGO_BIN_EXE_seawright"))
            .args(["-u", db.url(), "drift"])
            .env("CRONIUM_VAULT_KEY", crate::support::KEY)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mine = format!("seawright\\_shadow\\_%\\_{}\\_%\\_k", child.id());
        let shadows = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{mine}'");
        while number(&connection, &shadows).await == 0 && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
        // The server takes a moment to see that the session is gone.
        for _ in 0..20 {
            seawright(&db, &["drift"]).ok();
            if number(&connection, &shadows).await == 0 {
                connection.close().await.unwrap();
                return;
            }
        }
        panic!("the shadow is still there");
    }

    /// A role that may only read sees status, drift and diff: the history is replayed in temporary tables. One that may
    /// write needs a database of its own for that.
    async fn a_role_that_may_only_read(db: TestDb) {
        let connection = adopted(&db, &["ALTER TABLE user_variables ADD COLUMN extra integer"]).await;
        let role = format!("seawright_reader_{}", std::process::id());
        let shadow = TestDb::postgres().await;
        for sql in [
            format!("CREATE ROLE {role} LOGIN PASSWORD 's3cret-pass'"),
            format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
        let owner = shadow.connect().await;
        owner.execute_unprepared(&format!("GRANT ALL ON SCHEMA public TO {role}")).await.unwrap();
        let as_reader = |url: &str| {
            let mut url = url::Url::parse(url).unwrap();
            url.set_username(&role).unwrap();
            url.set_password(Some("s3cret-pass")).unwrap();
            url.to_string()
        };
        let (live, place) = (as_reader(db.url()), as_reader(shadow.url()));
        let reader = |arguments: &[&str], place: Option<&str>| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_seawright"));
            command
                .args(["-u", &live])
                .args(arguments)
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("NO_COLOR", "1")
                .env("CRONIUM_VAULT_KEY", crate::support::KEY)
                .env_remove("SEAWRIGHT_SHADOW_URL");
            if let Some(place) = place {
                command.env("SEAWRIGHT_SHADOW_URL", place);
            }
            let output = command.output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
            assert!(!text.contains("s3cret-pass"), "{text}");
            (output.status.code().unwrap(), text)
        };
        assert_eq!(reader(&["status"], None).0, 0);
        let (code, text) = reader(&["drift"], None);
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("user_variables.extra"), "{text}");
        let (code, text) = reader(&["diff", "--from", "history", "--to", "history"], None);
        assert_eq!((code, text.as_str()), (0, "Nothing to do.\n"));
        connection.execute_unprepared(&format!("GRANT INSERT ON roles TO {role}")).await.unwrap();
        let (code, text) = reader(&["drift"], None);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("--shadow URL"), "{text}");
        let (code, text) = reader(&["drift"], Some(&place));
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("user_variables.extra"), "{text}");
        let (code, text) = reader(&["diff", "--from", "history", "--to", "history"], Some(&place));
        assert_eq!((code, text.as_str()), (0, "Nothing to do.\n"));
        // One that holds tables is refused, and nothing of it is touched.
        let (code, text) = reader(&["drift"], Some(&live));
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("tables or views"), "{text}");
        assert_eq!(number(&owner, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").await, 0);
        for (connection, what) in [(&owner, "owned by"), (&connection, "owned by")] {
            connection.execute_unprepared(&format!("DROP {what} {role}")).await.unwrap();
        }
        connection.execute_unprepared(&format!("DROP ROLE {role}")).await.unwrap();
        owner.close().await.unwrap();
        connection.close().await.unwrap();
    }
}
