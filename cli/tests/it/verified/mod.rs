//! Every claim of `verify`: all hold of a migrated database, and each fails by its own fault and names the row.

use std::path::Path;

use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use seawright::{
    history::Result,
    verify::{Ask, Asking, Check, Found, Options, Outcome, verify},
};
use serde_json::Value;
use tests::{TestDb, on_every_database};

use crate::support::{seawright, seawright_in, seawright_with};

mod faults;
mod flows;

use faults::faults;

fn migrated(db: &TestDb, profile: &str) {
    seawright(db, &["seed", profile]).ok();
    match profile {
        "legacy" => seawright(db, &["adopt"]).ok(),
        _ => seawright(db, &["adopt", "--reconcile", "--zone", "*=UTC"]).ok(),
    };
    seawright(db, &["up"]).ok();
}

/// A copy of a database: of the file, or by the server.
async fn copy(db: &TestDb) -> TestDb {
    if let Some(path) = db.path() {
        let copy = TestDb::sqlite();
        std::fs::copy(path, copy.path().unwrap()).unwrap();
        return copy;
    }
    let copy = TestDb::postgres().await;
    let name = |db: &TestDb| {
        db.url()
            .rsplit('/')
            .next()
            .unwrap()
            .split('?')
            .next()
            .unwrap()
            .to_owned()
    };
    let admin = copy.url().replace(&name(&copy), "postgres");
    let admin = sea_orm::Database::connect(admin).await.unwrap();
    for sql in [
        format!("DROP DATABASE \"{}\"", name(&copy)),
        format!("CREATE DATABASE \"{}\" TEMPLATE \"{}\"", name(&copy), name(db)),
    ] {
        admin.execute_unprepared(&sql).await.unwrap();
    }
    admin.close().await.unwrap();
    copy
}

async fn send(connection: &DatabaseConnection, statements: &[String]) {
    for sql in statements {
        connection.execute_unprepared(sql).await.unwrap();
    }
}

/// What differs from run to run.
fn settled(text: &str) -> String {
    text.lines()
        .map(|line| match line.split_once("\"milliseconds\": ") {
            Some((before, _)) => format!("{before}\"milliseconds\": N\n"),
            None => format!("{line}\n"),
        })
        .collect()
}

on_every_database! {
    /// The clean database; each fault in a copy of it makes its checks fail, and no other. On PostgreSQL, which copies a
    /// database in seconds, every sixth of them; `SEAWRIGHT_TEST_LONG=1` tries all.
    async fn each_fault_is_found_by_its_own_check(db: TestDb) {
        migrated(&db, "legacy");
        let whole = seawright(&db, &["verify", "--format", "json"]).ok();
        let whole: Value = serde_json::from_str(&whole.stdout).unwrap();
        assert_eq!((&whole["fails"], &whole["undecided"]), (&0.into(), &0.into()));
        let mut unused: Vec<&str> = whole["claims"].as_array().unwrap().iter().map(|claim| claim["name"].as_str().unwrap()).collect();

        let connection = db.connect().await;
        let owner = crate::support::texts(&connection, "SELECT user_id AS line FROM tool_credentials WHERE id = 1").await.remove(0);
        connection.close().await.unwrap();
        let mut wrong = Vec::new();
        let stride = if db.is_sqlite() || std::env::var("SEAWRIGHT_TEST_LONG").is_ok() { 1 } else { 6 };
        for fault in faults(&owner, db.is_postgres()).into_iter().step_by(stride) {
            let copy = copy(&db).await;
            let connection = copy.connect().await;
            send(&connection, &fault.sql).await;
            connection.close().await.unwrap();
            // A server makes no shadow in a hurry: where the schema is as it was, it is left out.
            let of_schema = fault.fail.iter().any(|name| name.starts_with("schema"));
            let only = if of_schema || db.is_sqlite() { "schema," } else { "" };
            let only = format!("{only}references,sequences,values,rows,jobs,workflows,executions,follow-ups,secrets");
            let ran = seawright(&copy, &["verify", "--format", "json", "--only", &only]);
            let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
            let claims = found["claims"].as_array().cloned().unwrap_or_default();
            let failed: Vec<&str> = claims.iter().filter(|claim| claim["outcome"] != "holds").map(|claim| claim["name"].as_str().unwrap()).collect();
            let said: String = claims.iter().filter(|claim| claim["outcome"] != "holds").map(|claim| format!("{} {} {}\n", claim["claim"], claim["found"]["rows"], claim["error"])).collect();
            let rows: String = claims.iter().filter(|claim| claim["outcome"] == "fails").flat_map(|claim| claim["found"]["rows"].as_array().unwrap()).map(|row| format!("{} {} {row}", row["table"].as_str().unwrap(), row["key"].as_str().unwrap())).collect();
            let mut expected = fault.fail.to_vec();
            expected.sort_unstable();
            let mut sorted = failed.clone();
            sorted.sort_unstable();
            if ran.code != 3 || sorted != expected || !fault.says.iter().all(|says| rows.contains(says)) {
                wrong.push(format!("{}: exit {}, failed {failed:?}, said {said}{}", fault.what, ran.code, ran.stderr));
            }
            assert!(!ran.stdout.contains("hunter2"), "{}: a secret is shown", fault.what);
            unused.retain(|name| !fault.fail.contains(name));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // Each kind of check of any project has its fault, and each of Cronium's own.
        unused.retain(|name| !["schema:", "references:", "sequences:", "values:"].iter().any(|kind| name.starts_with(kind)));
        assert!(stride > 1 || unused.is_empty(), "{unused:?}");
    }

    /// The database that a week of changes by hand had left, reconciled and migrated.
    async fn the_drifted_database_ends_in_one_of_which_all_holds(db: TestDb) {
        migrated(&db, "drifted");
        let ran = seawright(&db, &["verify"]).ok();
        let name = if db.is_postgres() { "postgres" } else { "sqlite" };
        insta::assert_snapshot!(format!("all_holds_on_{name}"), ran.stdout);
    }

    /// What a person and a program read of several faults at once.
    async fn what_does_not_hold_is_shown_with_its_rows(db: TestDb) {
        migrated(&db, "legacy");
        let connection = db.connect().await;
        send(&connection, &[
            "UPDATE logs SET status = 'DONE' WHERE id BETWEEN 7 AND 20".to_owned(),
            "UPDATE tool_credentials SET credentials = 'hunter2' WHERE id = 1".to_owned(),
            "DROP INDEX idx_jobs_queue_poll".to_owned(),
        ]).await;
        connection.close().await.unwrap();
        let human = seawright(&db, &["verify", "--only", "values:logs.status,secrets,schema:jobs"]);
        let json = seawright(&db, &["verify", "--only", "values:logs.status,secrets:tool_credentials", "--format", "json"]);
        let name = if db.is_postgres() { "postgres" } else { "sqlite" };
        insta::assert_snapshot!(format!("faults_on_{name}"), human.shown());
        insta::assert_snapshot!(format!("faults_in_json_on_{name}"), settled(&json.stdout));
        // Without the key nobody knows; with another one the values are another's.
        let without = seawright_with(&db, &[("CRONIUM_VAULT_KEY", "")], &["verify", "--only", "secrets:tool_credentials"]);
        assert_eq!(without.code, 3, "{}", without.shown());
        assert!(without.stdout.contains("there is no key to open it with"), "{}", without.stdout);
        let except = seawright(&db, &["verify", "--except", "values,secrets,schema"]);
        assert_eq!(except.code, 0, "{}", except.shown());
    }

    /// A row in quarantine that is as it was is known, and no fault; one that was changed since is.
    async fn rows_in_quarantine_are_told_apart(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let connection = db.connect().await;
        send(&connection, &["UPDATE logs SET status = 'DONE' WHERE id = 7".to_owned()]).await;
        seawright(&db, &["adopt"]).ok();
        seawright(&db, &["up"]);
        let ran = seawright(&db, &["verify", "--only", "values:logs.status,jobs:of-runs", "--format", "json"]).ok();
        let found: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(found["claims"][0]["found"]["in_quarantine"], 1, "{found}");
        send(&connection, &["UPDATE logs SET output = 'changed since' WHERE id = 7".to_owned()]).await;
        let ran = seawright(&db, &["verify", "--only", "values:logs.status"]);
        assert_eq!(ran.code, 3, "{}", ran.shown());
        connection.close().await.unwrap();
    }

    /// Before the migration there are no jobs: nobody knows, and nobody says that it holds.
    async fn what_can_not_be_asked_is_undecided(db: TestDb) {
        seawright(&db, &["seed", "legacy"]).ok();
        let ran = seawright(&db, &["verify", "--only", "jobs:of-runs"]);
        assert_eq!(ran.code, 3, "{}", ran.shown());
        assert!(ran.stdout.contains("it is not known whether every run that is over has a job"), "{}", ran.stdout);
    }

    /// A query that takes too long is broken off, and the next is asked all the same. What a check tries to write is refused.
    async fn what_takes_too_long_is_broken_off(db: TestDb) {
        let connection = seawright::history::connect(db.url(), None).await.unwrap();
        let checks = vec![
            Check::custom("a:long", "it ends", Asks("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000000) SELECT count(*) FROM n")),
            Check::custom("a:writes", "it writes", Asks("CREATE TABLE made (id integer)")),
            Check::custom("a:short", "it ends too", Asks("SELECT 1")),
        ];
        let options = Options { timeout: std::time::Duration::from_millis(300), workers: 2 };
        let found = verify(&connection, checks, options).await.unwrap();
        let outcomes: Vec<Outcome> = found.claims.iter().map(|claim| claim.outcome).collect();
        assert_eq!(outcomes, [Outcome::Undecided, Outcome::Undecided, Outcome::Holds], "{found}");
        assert!(found.claims[0].error.as_deref().unwrap().contains("took longer"), "{found}");
        // Afterwards the connection writes as before.
        connection.execute_unprepared("CREATE TABLE made (id integer)").await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Sends a statement and finds nothing.
struct Asks(&'static str);

#[async_trait]
impl Ask for Asks {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let statement = Statement::from_string(asking.db().get_database_backend(), self.0);
        asking.db().query_all_raw(statement).await?;
        Ok(Found::by(self.0))
    }
}

#[test]
fn the_list_and_wrong_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &[&str]| {
        let mut all = vec!["-u", "sqlite::memory:"];
        all.extend(arguments);
        seawright_in(Path::new(folder.path()), &all)
    };
    let list = at(&["verify", "--list"]).ok();
    for name in [
        "schema:jobs",
        "references:logs.job_id",
        "sequences:logs.id",
        "rows:accounted",
        "workflows:graph",
    ] {
        assert!(list.stdout.contains(name), "{}", list.stdout);
    }
    let wrong = at(&["verify", "--only", "nonsense"]);
    assert_eq!(wrong.code, 2, "{}", wrong.shown());
    assert!(
        wrong.stderr.contains("there is no check `nonsense`"),
        "{}",
        wrong.stderr
    );
}
