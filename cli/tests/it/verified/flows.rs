//! `verify --flows`: what the database is for works on a migrated one, and nothing of it stays.

use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction};
use seawright::verify::{Flow, FlowError, Options, Outcome, Seen, flows::run_flows, verify};
use serde_json::Value;
use tests::{TestDb, on_every_database};

use super::migrated;
use crate::support::seawright;

/// The names of the claims that do not hold.
fn failed(db: &TestDb, arguments: &[&str]) -> (i32, Vec<String>) {
    let ran = seawright(db, &[&["--format", "json", "verify", "--flows"], arguments].concat());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let claims = document["claims"].as_array().unwrap().iter();
    let failed = claims.filter(|claim| claim["outcome"] != "holds");
    (
        ran.code,
        failed.map(|claim| claim["name"].as_str().unwrap().to_owned()).collect(),
    )
}

/// What keeps one flow from its end: how it comes about, and which it is.
fn faults(is_postgres: bool) -> Vec<(&'static str, &'static str)> {
    let no_key = if is_postgres {
        "ALTER TABLE rate_limit_buckets DROP CONSTRAINT rate_limit_buckets_key_unique"
    } else {
        // SQLite drops no constraint.
        "CREATE TRIGGER no_buckets BEFORE INSERT ON rate_limit_buckets BEGIN SELECT RAISE(IGNORE); END"
    };
    vec![
        // The first flow makes one event, the second several of one name.
        (
            "CREATE UNIQUE INDEX one_event_a_name ON events (user_id, name) WHERE name = 'Seawright''s flow'",
            "flows:workflow-through-jobs",
        ),
        (no_key, "flows:rate-limit"),
    ]
}

on_every_database! {
    async fn they_hold_of_a_migrated_database_and_name_what_they_miss(db: TestDb) {
        migrated(&db, "legacy");
        assert_eq!(failed(&db, &[]), (0, vec![]));

        let mut broken = Vec::new();
        for (fault, flow) in faults(db.path().is_none()) {
            let connection = db.connect().await;
            connection.execute_unprepared(fault).await.unwrap();
            connection.close().await.unwrap();
            broken.push(flow.to_owned());
            assert_eq!(failed(&db, &["--only", "flows"]), (3, broken.clone()));
        }
    }

    async fn they_hold_of_a_drifted_database_that_was_brought_to_order(db: TestDb) {
        migrated(&db, "drifted");
        assert_eq!(failed(&db, &["--only", "flows"]), (0, vec![]));
    }
}

/// A flow that does not keep to its transaction.
struct Leaves(DatabaseConnection);

#[async_trait]
impl Flow for Leaves {
    fn name(&self) -> &'static str {
        "flows:leaves"
    }

    fn claim(&self) -> &'static str {
        "it keeps to its transaction"
    }

    async fn run(&self, db: &DatabaseTransaction, seen: &mut Seen) -> Result<(), FlowError> {
        db.execute_unprepared("INSERT INTO kept VALUES (2)").await?;
        self.0.execute_unprepared("INSERT INTO changed VALUES (2)").await?;
        seen.step("both are written");
        Ok(())
    }
}

#[tokio::test]
async fn what_stays_is_named() {
    if tests::skips_postgres() {
        return;
    }
    let db = TestDb::postgres().await;
    let connection = db.connect().await;
    for table in ["kept", "changed"] {
        let sql = format!("CREATE TABLE {table} (id integer); INSERT INTO {table} VALUES (1)");
        connection.execute_unprepared(&sql).await.unwrap();
    }
    let mut verification = verify(&connection, Vec::new(), Options::default()).await.unwrap();
    let flows: [Box<dyn Flow>; 1] = [Box::new(Leaves(Database::connect(db.url()).await.unwrap()))];
    run_flows(&connection, &flows, true, Duration::from_mins(1), &mut verification)
        .await
        .unwrap();
    let [flow, stays] = &verification.claims[..] else {
        panic!("{verification:?}");
    };
    assert_eq!((flow.outcome, stays.outcome), (Outcome::Holds, Outcome::Fails));
    let tables: Vec<&str> = stays.found.rows.iter().map(|row| row.table.as_str()).collect();
    assert_eq!(tables, ["changed"]);
}
