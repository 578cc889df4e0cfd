//! `seed modern` and `seed demo`: migrated, filled, and true to every claim.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;
use tests::{TestDb, on_every_database};

use crate::support::{Ran, seawright, seawright_with};

/// What `seed` says of its tables.
fn tables(ran: &Ran) -> BTreeMap<String, u64> {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let tables = document["tables"].as_array().unwrap().iter();
    tables
        .map(|table| (table[0].as_str().unwrap().to_owned(), table[1].as_u64().unwrap()))
        .collect()
}

async fn texts(db: &TestDb, sql: &str) -> Vec<String> {
    let connection = db.connect().await;
    let backend = connection.get_database_backend();
    let rows = connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let texts = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    connection.close().await.unwrap();
    texts
}

/// Rows of tables that refer to each other, without what is sealed.
const MADE: &str =
    "SELECT CAST(e.id AS text) || ' ' || e.name || ' ' || e.user_id || ' ' || CAST(e.created_at AS text) || ' '
                     || COALESCE(j.id, '-') || ' ' || COALESCE(CAST(l.id AS text), '-') FROM events e
                     LEFT JOIN jobs j ON j.event_id = e.id LEFT JOIN logs l ON l.job_id = j.id ORDER BY 1";

on_every_database! {
    async fn the_modern_profile_fills_all_tables_and_every_claim_and_flow_holds(db: TestDb) {
        let seeded = tables(&seawright(&db, &["--format", "json", "seed", "modern", "--scale", "2"]).ok());
        assert_eq!(seeded.len(), 36);
        for (table, rows) in &seeded {
            assert!(*rows > 0, "{table}");
            let counted = texts(&db, &format!("SELECT CAST(count(*) AS text) FROM {table}")).await;
            assert_eq!(counted, [rows.to_string()], "{table}");
        }
        let verified = seawright(&db, &["--format", "json", "verify", "--flows"]).ok();
        let document: Value = serde_json::from_str(&verified.stdout).unwrap();
        let claims = document["claims"].as_array().unwrap();
        assert!(claims.iter().all(|claim| claim["outcome"] == "holds"));
        assert!(claims.iter().any(|claim| claim["name"] == "flows:nothing-stays"));
        seawright(&db, &["status", "--exit-code"]).ok();
        seawright(&db, &["drift"]).ok();
    }

    async fn the_same_number_makes_the_same_rows_and_another_others(db: TestDb) {
        seawright(&db, &["seed", "modern", "--rng", "11"]).ok();
        let rows = texts(&db, MADE).await;
        assert!(rows.len() > 8, "{rows:?}");
        let again = TestDb::sqlite();
        seawright(&again, &["seed", "modern", "--rng", "11"]).ok();
        let bare = |rows: &[String]| -> Vec<String> {
            // The databases write a time each in its own way.
            rows.iter().map(|row| row.replace('T', " ").split_whitespace().collect::<Vec<_>>().join(" ")).collect()
        };
        assert_eq!(bare(&texts(&again, MADE).await), bare(&rows));
        let other = TestDb::sqlite();
        seawright(&other, &["seed", "modern", "--rng", "12"]).ok();
        assert_ne!(bare(&texts(&other, MADE).await), bare(&rows));
    }

    async fn the_demo_is_of_people_with_names(db: TestDb) {
        seawright(&db, &["seed", "demo"]).ok();
        let named = texts(&db, "SELECT first_name || ' ' || last_name FROM users WHERE first_name IS NOT NULL ORDER BY id").await;
        assert!(named.len() >= 2, "{named:?}");
        let refused = seawright(&TestDb::sqlite(), &["seed", "demo", "--scale", "3"]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains("leave --scale out"), "{}", refused.stderr);
    }

    async fn without_a_key_nothing_is_made(db: TestDb) {
        let refused = seawright_with(&db, &[("CRONIUM_VAULT_KEY", "")], &["seed", "modern"]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains("set CRONIUM_VAULT_KEY"), "{}", refused.stderr);
        seawright(&db, &["seed", "modern"]).ok();
    }

    /// As one whose filling failed, or was killed, leaves it.
    async fn a_database_that_is_migrated_and_empty_is_filled(db: TestDb) {
        seawright(&db, &["up"]).ok();
        seawright(&db, &["seed", "modern"]).ok();
        let refused = seawright(&db, &["seed", "modern"]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains("the database is not empty"), "{}", refused.stderr);
    }

    async fn what_belongs_to_somebody_is_not_touched(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared("CREATE TABLE invoices (id integer)").await.unwrap();
        connection.close().await.unwrap();
        let refused = seawright(&db, &["seed", "modern"]);
        assert_eq!(refused.code, 1);
        assert!(refused.stderr.contains("it has the table invoices"), "{}", refused.stderr);
        assert_eq!(texts(&db, "SELECT CAST(count(*) AS text) FROM invoices").await, ["0"]);
    }
}
