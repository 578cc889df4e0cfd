//! Bad input: a clear error, the right exit code, the database as it was.

use sea_orm::ConnectionTrait as _;
use tests::{on_every_database, on_postgres};

use crate::support::{dump, rows, seawright, seawright_in, tables};

fn in_a_folder(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    seawright_in(folder.path(), arguments).shown()
}

#[test]
fn a_url_of_no_known_kind() {
    insta::assert_snapshot!(in_a_folder(&["-u", "oracle://scott:tiger@db/shop", "status"]));
}

#[test]
fn a_url_that_cannot_be_read() {
    insta::assert_snapshot!(in_a_folder(&["-u", "postgres://me:s3cret@:notaport/shop", "status"]));
}

/// Text that is a URL to a parser, and one without a password.
#[test]
fn a_password_in_a_url_of_another_form() {
    for url in [
        "postgres:me:s3cret@127.0.0.1:1/shop",
        "postgres:/me:s3cret@127.0.0.1:1/shop",
        "sqlite://me:s3cret@/shop.db",
        "mysql:me:s3cret@db/shop",
    ] {
        for arguments in [
            &["-v", "status"][..],
            &["--format", "json", "drift"],
            &["diff", "--from", url, "--to", "entities"],
        ] {
            let ran = in_a_folder(&[&["-u", url], arguments].concat());
            assert!(
                ran.starts_with("exit code ") && !ran.starts_with("exit code 0"),
                "{ran}"
            );
            assert!(!ran.contains("s3cret"), "{ran}");
        }
    }
}

#[test]
fn a_file_that_is_not_there() {
    insta::assert_snapshot!(in_a_folder(&["-u", "sqlite://missing.db", "status"]));
}

#[test]
fn a_server_that_does_not_answer() {
    insta::assert_snapshot!(in_a_folder(&["-u", "postgres://me:s3cret@127.0.0.1:1/shop", "status"]));
}

#[test]
fn a_file_that_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("notes.db"),
        "these are my notes, and no database at all: ".repeat(40),
    )
    .unwrap();
    let ran = seawright_in(folder.path(), &["-u", "sqlite://notes.db", "up"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stderr);
    assert!(
        std::fs::read_to_string(folder.path().join("notes.db"))
            .unwrap()
            .starts_with("these are my notes")
    );
}

#[test]
fn wrong_usage() {
    insta::assert_snapshot!(in_a_folder(&["seed", "modernn"]));
    insta::assert_snapshot!(in_a_folder(&["up", "--to", "m_nowhere"]));
    assert!(in_a_folder(&["upp"]).starts_with("exit code 2"));
    assert!(in_a_folder(&["down", "-n", "minus"]).starts_with("exit code 2"));
}

#[test]
fn no_migration_crate() {
    let folder = tempfile::tempdir().unwrap();
    let ran = seawright_in(folder.path(), &["generate", "something"]);
    assert_eq!(ran.code, 1, "{}", ran.shown());
    assert!(
        ran.stderr.contains("there is no migration crate here"),
        "{}",
        ran.stderr
    );
}

on_postgres! {
    async fn no_such_database(db: TestDb) {
        let url = format!("{}_gone", db.url());
        let ran = seawright_in(&std::env::temp_dir(), &["-u", &url, "up"]);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains("does not exist") && ran.stderr.contains("createdb"), "{}", ran.stderr);
    }

    /// A role that may only read sees the status and is refused the rest, with nothing half-done.
    async fn no_rights(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = db.connect().await;
        let role = format!("{}_reader", db.url().rsplit('/').next().unwrap());
        connection.execute_unprepared(&format!("CREATE ROLE \"{role}\" LOGIN PASSWORD 's3cret'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{role}\"")).await.unwrap();
        let before = (dump(&db).await, rows(&connection).await);
        let mut url = url::Url::parse(db.url()).unwrap();
        url.set_username(&role).unwrap();
        url.set_password(Some("s3cret")).unwrap();
        let as_reader = |arguments: &[&str]| {
            let mut all = vec!["-u", url.as_str()];
            all.extend(arguments);
            seawright_in(&std::env::temp_dir(), &all)
        };

        let status = as_reader(&["status"]).ok();
        assert!(status.stdout.contains("pending"));
        let adopt = as_reader(&["adopt"]);
        assert_eq!(adopt.code, 1, "{}", adopt.shown());
        assert!(adopt.stderr.contains("lacks the right"), "{}", adopt.stderr);
        let seed = as_reader(&["seed", "legacy"]);
        assert_eq!(seed.code, 1, "{}", seed.shown());
        for ran in [&status, &adopt, &seed] {
            assert!(!ran.shown().contains("s3cret"), "{}", ran.shown());
        }
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        connection.execute_unprepared(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"")).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn a_read_only_role_on_an_empty_database(db: TestDb) {
        let connection = db.connect().await;
        let role = format!("{}_nobody", db.url().rsplit('/').next().unwrap());
        connection.execute_unprepared(&format!("CREATE ROLE \"{role}\" LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC")).await.unwrap();
        let mut url = url::Url::parse(db.url()).unwrap();
        url.set_username(&role).unwrap();
        let up = seawright_in(&std::env::temp_dir(), &["-u", url.as_str(), "up"]);
        assert_eq!(up.code, 1, "{}", up.shown());
        assert!(up.stderr.contains("permission denied") && up.stderr.contains("lacks the right"), "{}", up.stderr);
        assert!(tables(&connection).await.is_empty());
        connection.execute_unprepared(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"")).await.unwrap();
        connection.close().await.unwrap();
    }
}

on_every_database! {
    /// Nobody adopted it: nothing is written, by whatever command.
    async fn a_database_of_somebody_else(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared("CREATE TABLE invoices (id integer PRIMARY KEY, amount integer)").await.unwrap();
        connection.execute_unprepared("INSERT INTO invoices VALUES (1, 100)").await.unwrap();
        let before = (dump(&db).await, rows(&connection).await);
        connection.close().await.unwrap();
        for (command, code) in [("up", 4), ("adopt", 4), ("fresh", 4), ("down", 0), ("status", 0)] {
            let ran = seawright(&db, &[command]);
            assert_eq!(ran.code, code, "{command}: {}", ran.shown());
        }
        let connection = db.connect().await;
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        connection.close().await.unwrap();
    }

    /// The accident: `sessions` was renamed to `jobs`. Names alone never satisfy `adopt`.
    async fn a_jobs_table_that_is_the_sessions_table(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = db.connect().await;
        connection.execute_unprepared("ALTER TABLE sessions RENAME TO jobs").await.unwrap();
        let before = (dump(&db).await, rows(&connection).await);
        connection.close().await.unwrap();
        let ran = seawright(&db, &["adopt"]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert!(ran.stderr.contains("the table `jobs` has the columns of `sessions`"), "{}", ran.stderr);
        let json = seawright(&db, &["adopt", "--format", "json"]);
        let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(value["error"]["differences"][0]["difference"], "renamed");
        assert_eq!(seawright(&db, &["up"]).code, 4);
        let connection = db.connect().await;
        assert_eq!(before, (dump(&db).await, rows(&connection).await));
        connection.close().await.unwrap();
    }

    /// One column's type is enough to be refused, and it is named.
    async fn a_legacy_database_with_one_difference(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = db.connect().await;
        connection.execute_unprepared("ALTER TABLE user_variables ADD COLUMN extra integer").await.unwrap();
        connection.close().await.unwrap();
        let ran = seawright(&db, &["adopt"]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert!(ran.stderr.contains("extra: column user_variables.extra integer null"), "{}", ran.stderr);
    }

    async fn adopted_twice(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let dry = seawright(&db, &["adopt", "--dry-run"]).ok();
        assert!(dry.stdout.contains("Would be recorded as applied"), "{}", dry.stdout);
        seawright(&db, &["adopt"]).ok();
        let again = seawright(&db, &["adopt"]);
        assert_eq!(again.code, 2, "{}", again.shown());
        assert!(again.stderr.contains("has a history already"), "{}", again.stderr);
    }

    async fn nothing_to_adopt(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared("SELECT 1").await.unwrap();
        connection.close().await.unwrap();
        let ran = seawright(&db, &["adopt"]);
        assert_eq!(ran.code, 4, "{}", ran.shown());
        assert!(ran.stderr.contains("seawright up"), "{}", ran.stderr);
    }
}
