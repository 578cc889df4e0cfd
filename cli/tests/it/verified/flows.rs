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

/// What keeps one flow from its end, and which it is.
const FAULTS: [(&str, &str); 5] = [
    // The first flow makes one event, the second several of one name.
    (
        "CREATE UNIQUE INDEX one_event_a_name ON events (user_id, name) WHERE name = 'Seawright''s flow'",
        "flows:workflow-through-jobs",
    ),
    ("ALTER TABLE oauth_tokens RENAME COLUMN scope TO scopes", "flows:oauth"),
    (
        "ALTER TABLE user_quotas RENAME COLUMN quota_config TO config",
        "flows:rate-limit",
    ),
    (
        "ALTER TABLE webhook_deliveries RENAME COLUMN leased_until TO leased",
        "flows:webhook-delivery",
    ),
    ("ALTER TABLE jobs RENAME COLUMN attempts TO tries", "flows:event-to-job"),
];

on_every_database! {
    async fn they_hold_of_a_migrated_database_and_name_what_they_miss(db: TestDb) {
        migrated(&db, "legacy");
        assert_eq!(failed(&db, &[]), (0, vec![]));

        let mut broken = Vec::new();
        for (fault, flow) in FAULTS {
            let connection = db.connect().await;
            connection.execute_unprepared(fault).await.unwrap();
            connection.close().await.unwrap();
            broken.push(flow.to_owned());
            let (code, mut failed) = failed(&db, &["--only", "flows"]);
            failed.sort();
            broken.sort();
            assert_eq!((code, &failed), (3, &broken), "{fault}");
        }
    }

    /// Rows of the database's own that have been due since before any flow's time: none is claimed, and none is sent.
    async fn what_is_due_in_the_database_is_left_alone(db: TestDb) {
        migrated(&db, "legacy");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let connection = db.connect().await;
        for sql in [
            "UPDATE jobs SET scheduled_for = '1970-01-01 00:00:00' WHERE status = 'queued'".to_owned(),
            format!("INSERT INTO webhooks (id, user_id, name, url, key, secret, events, active) SELECT 9001, min(id), 'Own', '{url}', 'k', 'in clear', '[\"*\"]', true FROM users"),
            "INSERT INTO webhook_events (id, event, payload, body) VALUES (9001, 'own', '{}', '{}')".to_owned(),
            "INSERT INTO webhook_deliveries (webhook_id, webhook_event_id, delivery_id, status, attempts, next_attempt_at) VALUES (9001, 9001, 'd', 'pending', 0, '1960-01-01 00:00:00')".to_owned(),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
        connection.close().await.unwrap();
        assert_eq!(failed(&db, &["--only", "flows"]), (0, vec![]));
        let nobody = listener.accept().unwrap_err();
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
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
