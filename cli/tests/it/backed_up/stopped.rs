//! Kills and full disks.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use tests::{TestDb, on_every_database, on_postgres};

use super::{another, back_up, command, restore, state};
use crate::support::seawright;

/// Kills the command without a warning as soon as it begins with that part of its work.
fn killed_at(db: &TestDb, arguments: &[&str], part: &str) {
    let mut child = command(db.url(), &[&["--progress", "json"], arguments].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut came = false;
    for line in told {
        if line.contains("data_started") && line.contains(part) {
            came = true;
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(came, "it never came to {part}");
}

/// Runs the command where no file may become larger than that many blocks, as on a full disk.
fn on_a_full_disk(db: &TestDb, blocks: u32, ignoring: bool, arguments: &[&str]) -> std::process::Output {
    let trap = if ignoring { "trap '' XFSZ; " } else { "" };
    let own = command(db.url(), arguments);
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("{trap}ulimit -f {blocks}; exec \"$0\" \"$@\""))
        .arg(own.get_program())
        .args(own.get_args());
    for (key, value) in own.get_envs() {
        match value {
            Some(value) => shell.env(key, value),
            None => shell.env_remove(key),
        };
    }
    shell.output().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

on_every_database! {
    /// A restore that is killed while it writes, or before its last comparison, has written nothing; the next one does.
    async fn a_restore_that_is_killed(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        back_up(&db, &file, &[]).ok();
        let other = another(&db).await;
        let empty = state(&other).await;
        for part in ["restore", "comparison"] {
            killed_at(&other, &["restore", file.to_str().unwrap()], part);
            assert_eq!(empty, state(&other).await, "{part}");
        }
        restore(&other, &file, &[]).ok();
        let before = state(&db).await;
        assert_eq!(before, state(&other).await);
        // Nor has it dropped anything.
        killed_at(&other, &["restore", "--overwrite", file.to_str().unwrap()], "restore");
        assert_eq!(before, state(&other).await);
        restore(&other, &file, &["--overwrite"]).ok();
        if let Some(path) = other.path() {
            assert_eq!(names(path.parent().unwrap()), ["test.db"]);
        }
    }

    async fn a_backup_that_is_killed(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        killed_at(&db, &["backup", file.to_str().unwrap()], "backup");
        assert!(!file.exists());
        back_up(&db, &file, &[]).ok();
        assert_eq!(names(folder.path()), ["a"]);
    }

    async fn a_full_disk(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        for form in ["portable", "native"] {
            let ran = on_a_full_disk(&db, 8, true, &["backup", "--as", form, file.to_str().unwrap()]);
            let stderr = String::from_utf8_lossy(&ran.stderr);
            assert_eq!(ran.status.code(), Some(1), "{form}: {stderr}");
            if form == "portable" {
                assert!(stderr.contains("a.partial") && stderr.contains("there is no room for it"), "{stderr}");
            }
            assert!(names(folder.path()).is_empty(), "{form}: {:?}", names(folder.path()));
        }
        // The system kills it where it does not look.
        let ran = on_a_full_disk(&db, 8, false, &["backup", file.to_str().unwrap()]);
        assert_eq!(ran.status.code(), None);
        assert!(!file.exists());
        back_up(&db, &file, &[]).ok();
        assert_eq!(names(folder.path()), ["a"]);
        let other = another(&db).await;
        if let Some(path) = other.path() {
            let ran = on_a_full_disk(&other, 100, true, &["restore", file.to_str().unwrap()]);
            assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
            assert_eq!(names(path.parent().unwrap()), ["test.db"]);
            assert!(state(&other).await.1.is_empty());
        }
        restore(&other, &file, &[]).ok();
        assert_eq!(state(&db).await, state(&other).await);
    }
}

on_postgres! {
    /// pg_restore cannot be compared within its own transaction, so what is not yet proven is marked, and every command says so.
    async fn a_native_restore_that_is_killed(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        back_up(&db, &file, &["--as", "native"]).ok();
        let other = another(&db).await;
        killed_at(&other, &["restore", file.to_str().unwrap()], "comparison");
        for arguments in [&["status"][..], &["up"], &["backup", "b"], &["verify"], &["restore", file.to_str().unwrap()]] {
            let ran = seawright(&other, arguments);
            assert_eq!(ran.code, 4, "{arguments:?}: {}", ran.shown());
            assert!(ran.stderr.contains("never came to its end") && ran.stderr.contains("--overwrite"), "{}", ran.stderr);
        }
        restore(&other, &file, &["--overwrite"]).ok();
        seawright(&other, &["status"]).ok();
        assert_eq!(state(&db).await, state(&other).await);
    }

    /// What pg_restore cannot do, it has not begun.
    async fn a_native_restore_that_fails(db: TestDb) {
        let connection = db.connect().await;
        for sql in ["CREATE SCHEMA words", "CREATE TYPE words.mood AS ENUM ('sad')", "CREATE TABLE people (id integer PRIMARY KEY, feeling words.mood)"] {
            sea_orm::ConnectionTrait::execute_unprepared(&connection, sql).await.unwrap();
        }
        connection.close().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        back_up(&db, &file, &["--as", "native"]).ok();
        let other = another(&db).await;
        let ran = restore(&other, &file, &[]);
        assert!(ran.code == 1 && ran.stderr.contains("schema \"words\" does not exist"), "{}", ran.shown());
        assert!(state(&other).await.1.is_empty());
        // The portable form fails at the same, and leaves as little.
        back_up(&db, &file, &["--replace"]).ok();
        let ran = restore(&other, &file, &[]);
        assert!(ran.code == 1 && ran.stderr.contains("schema \"words\" does not exist"), "{}", ran.shown());
        assert!(state(&other).await.1.is_empty());
    }
}
