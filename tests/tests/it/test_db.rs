//! The tests' own ground: a database a test, gone afterwards.

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use tests::{TestDb, block_on, on_every_database, on_postgres, psql_dump, sqlite_dump};

on_every_database! {
    /// Two databases know nothing of each other, and an observer sees what was made.
    async fn every_test_has_a_database_of_its_own(db: TestDb) {
        let other = if db.is_postgres() { TestDb::postgres().await } else { TestDb::sqlite() };
        assert_ne!(db.url(), other.url());
        for db in [&db, &other] {
            let connection = db.connect().await;
            connection.execute_unprepared("CREATE TABLE t (id integer)").await.unwrap();
            connection.close().await.unwrap();
        }
        let dump = match db.path() {
            Some(path) => sqlite_dump(&path).await,
            None => psql_dump(db.url()),
        };
        assert!(dump.starts_with("CREATE TABLE"), "{dump}");
    }
}

on_postgres! {
    /// A test that panics, with a connection open, leaves nothing behind.
    async fn a_database_goes_with_a_test_that_panics(db: TestDb) {
        let inner = TestDb::postgres().await;
        let name = inner.url().rsplit('/').next().unwrap().to_owned();
        let panicked = std::thread::spawn(|| {
            block_on(async move {
                let _connection = inner.connect().await;
                std::panic::resume_unwind(Box::new("as a test would"));
            });
        })
        .join();
        assert!(panicked.is_err());
        let connection = Database::connect(db.url()).await.unwrap();
        let query = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT 1 FROM pg_database WHERE datname = $1",
            [name.into()],
        );
        assert!(connection.query_one_raw(query).await.unwrap().is_none());
    }
}
