//! A process that is killed while it moves data, at any batch: the next one ends where an undisturbed one does.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use tests::{TestDb, on_every_database};

use crate::support::{KEY, number, rows, seawright};

/// What two runs cannot have in common: numbers that the database gives out, and seals, which are made with chance.
const OF_CHANCE: [(&str, &[&str]); 5] = [
    ("tool_action_templates", &["id"]),
    ("tool_credentials", &["credentials"]),
    ("oauth_tokens", &["access_token", "refresh_token"]),
    ("oauth_states", &["code_verifier"]),
    ("webhooks", &["secret"]),
];

/// How the data steps run, in small batches, with a moment of their own.
const RUNNING: [&str; 4] = ["--batch", "40", "--as-of", "2025-07-20T12:00:00"];

/// Kills `up` without a warning as soon as it has told of that many batches; says whether it came to that.
fn killed_at(db: &TestDb, batches: usize) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_seawright"))
        .args(["-u", db.url(), "--progress", "json", "up"])
        .args(RUNNING)
        .env_remove("DATABASE_URL")
        .env_remove("DATABASE_SCHEMA")
        .env("CRONIUM_VAULT_KEY", KEY)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut seen = 0;
    for line in told {
        if line.contains("\"event\":\"batch\"") {
            seen += 1;
        }
        if seen == batches {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
    }
    assert!(child.wait().unwrap().success());
    false
}

/// All rows, without what is of chance.
async fn comparable(db: &TestDb) -> std::collections::BTreeMap<String, Vec<String>> {
    let connection = db.connect().await;
    for (table, columns) in OF_CHANCE {
        for column in columns {
            let sql = format!("ALTER TABLE {table} DROP COLUMN {column}");
            if *column != "id" || db.is_postgres() {
                sea_orm::ConnectionTrait::execute_unprepared(&connection, &sql)
                    .await
                    .unwrap();
            }
        }
    }
    let mut all = rows(&connection).await;
    if let Some(lines) = all.get_mut("tool_action_templates") {
        for line in lines.iter_mut() {
            // SQLite cannot drop a key.
            if let Some((before, after)) = line.split_once(" id=")
                && let Some((_, rest)) = after.split_once(' ')
            {
                *line = format!("{before} {rest}");
            }
        }
        lines.sort();
    }
    connection.close().await.unwrap();
    all
}

fn legacy(db: &TestDb) {
    seawright(db, &["seed", "legacy"]).ok();
    seawright(db, &["adopt"]).ok();
}

on_every_database! {
    async fn the_next_run_ends_where_an_undisturbed_one_does(db: TestDb) {
        let other = if db.is_postgres() { TestDb::postgres().await } else { TestDb::sqlite() };
        legacy(&other);
        let mut whole = vec!["up"];
        whole.extend(RUNNING);
        seawright(&other, &whole).ok();
        let connection = other.connect().await;
        let worked = number(&connection, "SELECT CAST(sum((worked + 39) / 40) AS bigint) FROM seawright_data_runs").await;
        connection.close().await.unwrap();
        let expected = comparable(&other).await;

        legacy(&db);
        // Killed again and again, at the first batch that each new process does, at its second, and so on.
        let mut kills = 0;
        for batches in (1..=3).cycle() {
            if !killed_at(&db, batches) {
                break;
            }
            kills += 1;
            assert!(kills < worked + 20, "it comes forward");
        }
        assert!(kills >= 5, "{kills} kills, {worked} batches");
        let mut again = vec!["up", "--workers", "3"];
        again.extend(RUNNING);
        seawright(&db, &again).ok();
        seawright(&db, &["data", "verify"]);
        let found = comparable(&db).await;
        for (table, rows) in &expected {
            assert_eq!(rows, &found[table], "{table}");
        }
        assert_eq!(expected.len(), found.len());
    }
}
