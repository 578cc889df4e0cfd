//! A change that was interrupted between any two of its statements goes on where it was.

use sea_orm::ConnectionTrait as _;
use tests::on_postgres;

use super::{TABLES, catalogue, changes, texts};

on_postgres! {
    /// The statements are sent as the helper sends them, up to every point, and then the helper is asked.
    async fn every_form_goes_on_from_every_point(db: TestDb) {
        let db = db.connect().await;
        for at in 0..changes().len() {
            let (name, change) = changes().swap_remove(at);
            let statements = change.statements();
            let mut whole = None;
            for sent in 0..=statements.len() {
                db.execute_unprepared("DROP TABLE IF EXISTS logs, jobs").await.unwrap();
                db.execute_unprepared(TABLES).await.unwrap();
                for sql in &statements[..sent] {
                    db.execute_unprepared(sql).await.unwrap();
                }
                let (_, change) = changes().swap_remove(at);
                change.execute(&db).await.unwrap_or_else(|error| panic!("{name}, after {sent} statements: {error}"));
                let after = catalogue(&db).await;
                assert_eq!(*whole.get_or_insert_with(|| after.clone()), after, "{name}, after {sent} statements");
                assert!(!after.iter().any(|line| line.contains("_is_set") || line.contains("next_pkey")), "{name}: {after:#?}");
                if name == "two columns kept alike" {
                    assert_eq!(texts(&db, "SELECT count(*)::text FROM logs WHERE twin = note").await, ["3000"], "{name}");
                }
                if after.iter().any(|line| line.starts_with("column token")) {
                    assert_eq!(texts(&db, "SELECT count(DISTINCT token)::text FROM logs").await, ["3000"], "{name}");
                }
            }
        }
    }
}
