//! Rotating the vault's key, a data step of no history.

use sea_orm::ConnectionTrait as _;
use tests::on_every_database;

use crate::support::{seawright_with, texts};

const KEY: (&str, &str) = (
    "CRONIUM_VAULT_KEY",
    "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
);
const ROTATED: [(&str, &str); 2] = [
    (
        "CRONIUM_VAULT_KEY",
        "k2:ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ),
    ("CRONIUM_VAULT_OLD_KEYS", KEY.1),
];

on_every_database! {
    /// Nothing but its name runs it; it needs a key, finds nothing to do twice, and can be taken back.
    async fn secrets_are_rotated_when_a_person_asks_for_it(db: TestDb) {
        seawright_with(&db, &[KEY], &["up"]).ok();
        let connection = db.connect().await;
        for sql in [
            "INSERT INTO users (id, role, status) VALUES ('ada', 'USER', 'ACTIVE')",
            "INSERT INTO events (id, user_id, name, type) VALUES (1, 'ada', 'Nightly', 'BASH')",
            "INSERT INTO env_vars (id, event_id, key, value) VALUES (1, 1, 'TOKEN', 's3cret')",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        let value = async || texts(&connection, "SELECT value AS line FROM env_vars").await.remove(0);
        let step = "rotate_env_vars";

        seawright_with(&db, &[KEY], &["data", "run"]).ok();
        seawright_with(&db, &[KEY], &["data", "verify"]).ok();
        assert_eq!(value().await, "s3cret");

        let refused = seawright_with(&db, &[("CRONIUM_VAULT_KEY", "")], &["data", "run", step]);
        assert_eq!(refused.code, 4, "{}", refused.shown());
        assert!(refused.stderr.contains("CRONIUM_VAULT_KEY") && !refused.shown().contains("s3cret"), "{}", refused.shown());
        let unusable = seawright_with(&db, &[("CRONIUM_VAULT_KEY", "k1:s3cret")], &["data", "run", step]);
        assert_eq!(unusable.code, 4, "{}", unusable.shown());
        assert!(!unusable.shown().contains("s3cret"), "{}", unusable.shown());
        assert_eq!(value().await, "s3cret");

        let told = seawright_with(&db, &[KEY], &["data", "run", step, "--dry-run"]).ok();
        assert!(told.stdout.contains("v1:k1:") && !told.shown().contains("s3cret"), "{}", told.shown());
        let ran = seawright_with(&db, &[KEY], &["data", "run", step]).ok();
        assert!(value().await.starts_with("v1:k1:"));
        assert!(!ran.shown().contains("s3cret"), "{}", ran.shown());
        seawright_with(&db, &ROTATED, &["data", "run", step]).ok();
        let rotated = value().await;
        assert!(rotated.starts_with("v1:k2:"));
        seawright_with(&db, &ROTATED, &["data", "run", step]).ok();
        assert_eq!(value().await, rotated);

        seawright_with(&db, &ROTATED, &["data", "revert", step]).ok();
        assert_eq!(value().await, "s3cret");
        connection.close().await.unwrap();
    }
}
