//! Whoever waits for a change of a SQLite table may cease to at any moment: foreign keys are enforced again.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use sea_orm_migration::SchemaManager;
use seawright::{
    ddl::AlterTable,
    history::{History, Runner},
};
use tests::{TestDb, on_sqlite};

use super::small::{Sends, history};

history!(Adds:
    Sends::up("m1_users", &[
        "CREATE TABLE users (id integer PRIMARY KEY)",
        "CREATE TABLE posts (id integer PRIMARY KEY, user_id integer REFERENCES users (id) ON DELETE CASCADE)",
        "INSERT INTO users VALUES (1)",
        "INSERT INTO posts VALUES (1, 1)",
    ]),
    Sends::up("m2_again", &[
        "CREATE TABLE next (id integer PRIMARY KEY, name text)",
        "INSERT INTO next SELECT id, NULL FROM users",
        "DROP TABLE users",
        "ALTER TABLE next RENAME TO users",
    ]),
);

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Lets a future go on that often, then drops it; says whether it came to its end before.
async fn for_a_while<F: Future>(future: F, times: usize) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

/// At every moment at which it waits for something, on a runtime that nobody is blocked on.
fn on_one_thread(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(test);
}

#[test]
fn a_step_that_nobody_waits_for_any_more() {
    on_one_thread(async {
        let mut cut = 0;
        for times in 0.. {
            let test = TestDb::sqlite();
            let db = test.connect().await;
            let runner = Runner::new(&db, History::of::<Adds>()).unwrap();
            runner.up(Some(1), None).await.unwrap();
            let is_through = for_a_while(runner.up(None, None), times).await;
            assert_eq!(number(&db, "PRAGMA foreign_keys").await, 1, "cut off at pause {times}");
            assert_eq!(number(&db, "SELECT count(*) FROM posts").await, 1);
            if is_through {
                break;
            }
            cut += 1;
            runner.up(None, None).await.unwrap();
            assert_eq!(number(&db, "SELECT count(*) FROM posts").await, 1);
        }
        assert!(cut > 10, "{cut} times");
    });
}

#[test]
fn a_change_of_a_table_that_nobody_waits_for_any_more() {
    on_one_thread(async {
        let mut cut = 0;
        for times in 0.. {
            let test = TestDb::sqlite();
            let db = test.connect().await;
            let runner = Runner::new(&db, History::of::<Adds>()).unwrap();
            runner.up(Some(1), None).await.unwrap();
            let manager = SchemaManager::new(&db);
            let change = AlterTable::new("posts").set_not_null("user_id").online();
            let is_through = for_a_while(change.execute(&manager), times).await;
            assert_eq!(number(&db, "PRAGMA foreign_keys").await, 1, "cut off at pause {times}");
            assert_eq!(number(&db, "SELECT count(*) FROM posts").await, 1);
            if is_through {
                break;
            }
            cut += 1;
        }
        assert!(cut > 3, "{cut} times");
    });
}

on_sqlite! {
    /// The pragma of one connection of a pool says nothing about the next.
    async fn a_pool_of_several_connections_is_refused(db: TestDb) {
        let mut options = sea_orm::ConnectOptions::new(db.url());
        options.max_connections(4).min_connections(4);
        let pool = Database::connect(options).await.unwrap();
        let runner = Runner::new(&pool, History::of::<Adds>()).unwrap();
        let error = runner.up(None, None).await.err().map(|error| error.to_string());
        match error {
            // Whichever connection the transaction got: where it is the one that was asked, all went well.
            None => assert_eq!(number(&pool, "SELECT count(*) FROM posts").await, 1),
            Some(error) => assert!(error.contains("give a pool of one connection"), "{error}"),
        }
        pool.close().await.unwrap();
    }

    /// Who had it off before has it off afterwards.
    async fn what_was_off_stays_off(db: TestDb) {
        let connection = db.connect().await;
        connection.execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        let runner = Runner::new(&connection, History::of::<Adds>()).unwrap();
        runner.up(None, None).await.unwrap();
        assert_eq!(number(&connection, "PRAGMA foreign_keys").await, 0);
    }
}
