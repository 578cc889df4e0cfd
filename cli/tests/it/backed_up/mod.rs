//! `backup` and `restore`: what comes back is what there was, or nothing comes and it is said why.

mod across;
mod damage;
mod first;
mod odd;
mod refusals;
mod stopped;

use std::{collections::BTreeMap, path::Path};

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use tests::{TestDb, on_every_database};

use crate::support::{Ran, all_tables, dump, rows_of, seawright, texts};

/// An empty database of the same kind.
async fn another(db: &TestDb) -> TestDb {
    if db.is_postgres() {
        TestDb::postgres().await
    } else {
        TestDb::sqlite()
    }
}

/// All rows, those of the book-keeping too; on SQLite with the storage class of every value, and bytes as they are.
async fn everything(connection: &DatabaseConnection) -> BTreeMap<String, Vec<String>> {
    let names = all_tables(connection).await;
    if connection.get_database_backend() == sea_orm::DbBackend::Postgres {
        return rows_of(connection, names).await;
    }
    let mut all = BTreeMap::new();
    for table in names {
        let quoted = format!("\"{}\"", table.replace('"', "\"\""));
        let sql = format!(
            "SELECT name AS line FROM pragma_table_xinfo('{}') WHERE hidden <> 1 ORDER BY cid",
            table.replace('\'', "''")
        );
        let parts: Vec<String> = texts(connection, &sql)
            .await
            .iter()
            .map(|column| format!("\"{}\"", column.replace('"', "\"\"")))
            .map(|c| format!("typeof({c}) || ' ' || CASE typeof({c}) WHEN 'real' THEN quote({c}) ELSE hex({c}) END"))
            .collect();
        let sql = format!("SELECT {} AS line FROM {quoted} ORDER BY 1", parts.join(" || ', ' || "));
        all.insert(table, texts(connection, &sql).await);
    }
    all
}

/// All rows of a database, and its schema by the word of somebody else.
async fn state(db: &TestDb) -> (String, BTreeMap<String, Vec<String>>) {
    let connection = db.connect().await;
    let rows = everything(&connection).await;
    connection.close().await.unwrap();
    (dump(db).await, rows)
}

fn back_up(db: &TestDb, file: &Path, more: &[&str]) -> Ran {
    seawright(db, &[&["backup", file.to_str().unwrap()], more].concat())
}

fn restore(db: &TestDb, file: &Path, more: &[&str]) -> Ran {
    seawright(db, &[&["restore", file.to_str().unwrap()], more].concat())
}

/// A schema's text without casts and parentheses.
fn bare(text: &str) -> String {
    let uncast = text.replace("::character varying", "").replace("::text", "");
    uncast.chars().filter(|sign| !"()[] ".contains(*sign)).collect()
}

/// Takes a backup in both forms and restores each into a database of its own.
async fn goes_round(db: &TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let before = state(db).await;
    for form in ["portable", "native"] {
        let file = folder.path().join(form);
        back_up(db, &file, &["--as", form]).ok();
        let other = another(db).await;
        let restored = restore(&other, &file, &[]).ok();
        assert!(
            restored.stdout.contains("read again and found equal"),
            "{}",
            restored.stdout
        );
        let after = state(&other).await;
        // pg_dump prints what it has read of its own in another way; ours does not.
        let same = if form == "native" { bare } else { str::to_owned };
        assert_eq!(same(&before.0), same(&after.0), "{form}");
        assert_eq!(before.1, after.1, "{form}");
    }
    assert_eq!(before, state(db).await);
}

on_every_database! {
    /// Before anybody has adopted it: tables that are no entities of today.
    async fn a_legacy_database(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        goes_round(&db).await;
    }

    async fn a_drifted_database(db: TestDb) {
        seawright(&db, &["seed", "drifted"]).ok();
        goes_round(&db).await;
    }

    /// Half-way through its history, with before-images and a ledger; what is restored goes on where it was.
    async fn a_half_migrated_database(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        seawright(&db, &["up", "-n", "3"]).ok();
        goes_round(&db).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("half");
        back_up(&db, &file, &[]).ok();
        let other = another(&db).await;
        restore(&other, &file, &[]).ok();
        seawright(&other, &["up"]).ok();
        let status = seawright(&other, &["status", "--exit-code"]);
        assert_eq!(status.code, 0, "{}", status.shown());
    }

    async fn a_migrated_database(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        seawright(&db, &["adopt"]).ok();
        seawright(&db, &["up"]).ok();
        goes_round(&db).await;
    }

    async fn an_empty_database(db: TestDb) {
        db.connect().await.close().await.unwrap();
        goes_round(&db).await;
    }

    /// New rows get new numbers, even where the newest rows were gone when the backup was taken.
    async fn counters_go_on(db: TestDb) {
        let connection = db.connect().await;
        let id = if db.is_postgres() { "serial PRIMARY KEY" } else { "integer PRIMARY KEY AUTOINCREMENT" };
        connection.execute_unprepared(&format!("CREATE TABLE notes (id {id}, text varchar(20))")).await.unwrap();
        connection.execute_unprepared("INSERT INTO notes (text) VALUES ('a'), ('b'), ('c')").await.unwrap();
        connection.execute_unprepared("DELETE FROM notes WHERE text <> 'a'").await.unwrap();
        connection.close().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes");
        back_up(&db, &file, &[]).ok();
        for other in [TestDb::sqlite(), another(&db).await] {
            restore(&other, &file, &[]).ok();
            let connection = other.connect().await;
            connection.execute_unprepared("INSERT INTO notes (text) VALUES ('d')").await.unwrap();
            assert_eq!(crate::support::number(&connection, "SELECT CAST(max(id) AS bigint) FROM notes").await, 4);
            connection.close().await.unwrap();
        }
    }
}

#[test]
fn what_a_person_reads() {
    let db = TestDb::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.backup");
    tests::block_on(async {
        let connection = db.connect().await;
        for sql in [
            "CREATE TABLE people (id integer PRIMARY KEY, name varchar(20) NOT NULL)",
            "INSERT INTO people VALUES (1, 'Ada'), (2, 'Grace')",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        connection.close().await.unwrap();
    });
    let other = TestDb::sqlite();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"`[^`]*small\.backup`", "`small.backup`");
    settings.add_filter(r"\d+(\.\d+)? (bytes|KiB)", "[size]");
    settings.add_filter(r"\d+\.\d s", "[time]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[when]");
    settings.add_filter(r"sqlite \d+\.\d+\.\d+", "sqlite [version]");
    settings.bind(|| {
        insta::assert_snapshot!("backup", back_up(&db, &file, &[]).shown());
        insta::assert_snapshot!("check", restore(&other, &file, &["--check"]).shown());
        insta::assert_snapshot!("restore", restore(&other, &file, &[]).shown());
    });
    let json = restore(&other, &file, &["--overwrite", "--format", "json"]).ok();
    let value: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value["rows"], 2);
    assert_eq!(value["tables"][0][1]["rows"], 2);
}

/// The command that runs the program on a database, to be killed or bound.
fn command(url: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_seawright"));
    command
        .args(["-u", url])
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_SCHEMA")
        .env("CRONIUM_VAULT_KEY", crate::support::KEY);
    command
}
