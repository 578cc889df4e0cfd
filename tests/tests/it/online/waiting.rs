//! A lock that somebody else holds.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use sea_orm_migration::SchemaManager;
use seawright::ddl::{
    AlterTable,
    online::{LockPolicy, Wait},
};
use tests::on_postgres;
use tokio::sync::mpsc::unbounded_channel;

use super::{TABLES, catalogue};

fn impatient() -> LockPolicy {
    LockPolicy {
        timeout: Duration::from_millis(50),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(20),
        ..LockPolicy::default()
    }
}

fn named(url: &str) -> String {
    format!("{url}?application_name=monthly_report")
}

on_postgres! {
    /// It waits in short tries and says who blocks; a writer goes on between two tries; it succeeds when the lock is free.
    async fn a_long_transaction_is_waited_for_in_short_tries(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared(TABLES).await.unwrap();
        let reader = Database::connect(named(db.url())).await.unwrap();
        let reading = reader.begin().await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM logs /* secret */").await.unwrap();
        let (says, mut heard) = unbounded_channel::<Wait>();
        let policy = impatient().heard_by(move |wait| says.send(wait.clone()).unwrap());
        let changes = connection.clone();
        let changing = tokio::spawn(policy.scope(async move {
            AlterTable::new("logs").set_not_null("note").online().execute(&SchemaManager::new(&changes)).await
        }));
        let writer = db.connect().await;
        for tries in 1..=5 {
            // The first may come before the report is older than a try.
            let wait = heard.recv().await.unwrap();
            assert_eq!(wait.tries, tries);
            let sql = format!("INSERT INTO logs VALUES ({}, 1, {0}, '{0}', 1)", 10_000 + tries);
            writer.execute_unprepared(&sql).await.unwrap();
            assert!(!changing.is_finished());
            if tries > 1 {
                let text = wait.to_string();
                assert!(text.contains("a change of `logs` waits for a lock"), "{text}");
                assert!(text.contains("of `monthly_report` as ") && text.contains("idle in transaction, since 20"), "{text}");
                assert!(!text.contains("secret"), "{text}");
            }
        }
        reading.commit().await.unwrap();
        changing.await.unwrap().unwrap();
        assert!(catalogue(&connection).await.contains(&"column note text true ".to_owned()));
    }

    async fn patience_ends_with_who_is_in_the_way(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared(TABLES).await.unwrap();
        let before = catalogue(&connection).await;
        let reader = Database::connect(named(db.url())).await.unwrap();
        let reading = reader.begin().await.unwrap();
        reading.execute_unprepared("SELECT count(*) FROM logs").await.unwrap();
        let policy = LockPolicy { patience: Duration::from_millis(300), ..impatient() };
        let manager = SchemaManager::new(&connection);
        let error = policy.scope(AlterTable::new("logs").set_not_null("note").online().execute(&manager)).await.unwrap_err();
        assert!(error.to_string().contains("of `monthly_report`") && error.to_string().contains("pg_terminate_backend"), "{error}");
        assert_eq!(catalogue(&connection).await, before);
        reading.commit().await.unwrap();
    }
}
