//! What waits holds nothing: neither a snapshot nor a transaction that an index built concurrently would wait for.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Statement};
use sea_orm_migration::async_trait;
use seawright::{
    data::progress::{Event, Listener, listening},
    history::{Faults, History, Point, Runner, Shadow, connect, with_faults},
};
use tests::{TestDb, on_postgres};

use super::small::{Sends, history};

history!(Two:
    Sends::up("m1_users", &["CREATE TABLE users (id integer PRIMARY KEY)"]),
    Sends::up("m2_more", &["INSERT INTO users VALUES (1)"]),
);

/// Stops before the second step until it is let go.
#[derive(Default)]
struct Held {
    reached: tokio::sync::Notify,
    go: tokio::sync::Notify,
}

#[async_trait::async_trait]
impl Faults for Held {
    async fn at(&self, step: &str, point: Point) -> Result<(), DbErr> {
        if step == "m2_more" && point == Point::Before(1) {
            self.reached.notify_one();
            self.go.notified().await;
        }
        Ok(())
    }
}

/// Hears that somebody waits for another run.
#[derive(Default)]
struct Waits(tokio::sync::Notify);

impl Listener for Waits {
    fn hear(&self, event: &Event) {
        if matches!(event, Event::Locked { .. }) {
            self.0.notify_one();
        }
    }
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Builds and drops an index concurrently, again and again, for longer than many tries for a lock take: each would wait for
/// whoever has a snapshot in a transaction that goes on.
async fn nobody_holds_up_an_index(db: &DatabaseConnection) {
    db.execute_unprepared("CREATE TABLE beside (id integer); SET statement_timeout = '20s'")
        .await
        .unwrap();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        for sql in [
            "CREATE INDEX CONCURRENTLY beside_id ON beside (id)",
            "DROP INDEX CONCURRENTLY beside_id",
        ] {
            db.execute_unprepared(sql).await.unwrap();
        }
        let old = "SELECT count(*) FROM pg_stat_activity AS a WHERE a.datname = current_database() AND a.application_name LIKE 'seawright %' \
                   AND a.state LIKE 'idle in transaction%' AND a.xact_start < clock_timestamp() - interval '1500 milliseconds' \
                   AND NOT EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted)";
        assert_eq!(number(db, old).await, 0, "who waits has no transaction open");
        let snapshots = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'seawright %' \
                         AND state LIKE 'idle in transaction%' AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)";
        assert_eq!(number(db, snapshots).await, 0, "who holds the lock has no snapshot");
    }
}

async fn single(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1);
    sea_orm::Database::connect(options).await.unwrap()
}

on_postgres! {
    /// Whatever isolation the role has by default.
    async fn who_waits_for_another_run_and_who_is_waited_for(db: TestDb) {
        let (first, second, watching) = (db.connect().await, db.connect().await, single(db.url()).await);
        let name = db.url().rsplit('/').next().unwrap();
        let sql = format!("ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'repeatable read'");
        watching.execute_unprepared(&sql).await.unwrap();
        let held = Arc::new(Held::default());
        let faults = Arc::clone(&held);
        let running = tokio::spawn(async move {
            let runner = Runner::new(&first, History::of::<Two>()).unwrap();
            with_faults(faults, runner.up(None, None)).await.map(|_| ())
        });
        held.reached.notified().await;
        let waits = Arc::new(Waits::default());
        let listener = Arc::clone(&waits);
        let waiting = tokio::spawn(async move {
            let runner = Runner::new(&second, History::of::<Two>()).unwrap();
            Box::pin(listening(listener, runner.up(None, None))).await.map(|_| ())
        });
        waits.0.notified().await;
        nobody_holds_up_an_index(&watching).await;
        assert!(!waiting.is_finished() && !running.is_finished());
        held.go.notify_one();
        running.await.unwrap().unwrap();
        waiting.await.unwrap().unwrap();
    }

    /// A run that waits for data runs to end has its own lock all the while.
    async fn who_waits_for_data_runs(db: TestDb) {
        let (first, watching) = (db.connect().await, single(db.url()).await);
        let runner = Runner::new(&first, History::of::<Two>()).unwrap();
        runner.up(Some(1), None).await.unwrap();
        // As `data run` holds it: shared, by the schema's name.
        let beside = single(db.url()).await;
        let key = "(SELECT ('x' || left(encode(sha256('public'), 'hex'), 8))::bit(32)::int)";
        beside.execute_unprepared(&format!("SELECT pg_advisory_lock_shared({}, {key})", 0x7377_7201)).await.unwrap();
        let waits = Arc::new(Waits::default());
        let (listener, waiter) = (Arc::clone(&waits), db.connect().await);
        let waiting = tokio::spawn(async move {
            let runner = Runner::new(&waiter, History::of::<Two>()).unwrap();
            Box::pin(listening(listener, runner.up(None, None))).await.map(|_| ())
        });
        waits.0.notified().await;
        nobody_holds_up_an_index(&watching).await;
        assert!(!waiting.is_finished());
        beside.execute_unprepared("SELECT pg_advisory_unlock_all()").await.unwrap();
        waiting.await.unwrap().unwrap();
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        // The server notices the end of a connection by itself.
        while number(&watching, held).await > 0 {}
    }

    /// Two commands with one shadow database that a person made: the second waits for the first without a snapshot.
    async fn who_waits_for_a_shadow_that_was_given(db: TestDb) {
        let shadow = TestDb::postgres().await;
        let (live, watching) = (db.connect().await, single(shadow.url()).await);
        let first = Shadow::open(&live, db.url(), Some(shadow.url())).await.unwrap();
        let waits = Arc::new(Waits::default());
        let (listener, url, given) = (Arc::clone(&waits), db.url().to_owned(), shadow.url().to_owned());
        let waiting = tokio::spawn(async move {
            let live = connect(&url, None).await.unwrap();
            let opened = Box::pin(listening(listener, Shadow::open(&live, &url, Some(&given)))).await.unwrap();
            opened.close().await.unwrap();
        });
        tokio::time::timeout(Duration::from_mins(1), waits.0.notified()).await.unwrap();
        nobody_holds_up_an_index(&watching).await;
        let in_the_server = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(number(&watching, in_the_server).await, 0);
        watching.execute_unprepared("DROP TABLE beside").await.unwrap();
        assert!(!waiting.is_finished());
        first.close().await.unwrap();
        waiting.await.unwrap();
    }
}

#[derive(Default)]
struct Hears(Mutex<Vec<String>>);

impl Listener for Hears {
    fn hear(&self, event: &Event) {
        if let Event::Unwatched { step } = event {
            self.0.lock().unwrap().push(step.clone());
        }
    }
}

/// A runtime of one thread can't look after the statements of a step, and it is said.
#[test]
fn a_runtime_of_one_thread_is_told_of() {
    let heard = Arc::new(Hears::default());
    let listener: Arc<dyn Listener> = heard.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let db = connect("sqlite::memory:", None).await.unwrap();
        let runner = Runner::new(&db, History::of::<Two>()).unwrap();
        Box::pin(listening(listener, runner.up(None, None))).await.unwrap();
    });
    assert_eq!(*heard.0.lock().unwrap(), ["m1_users", "m2_more"]);
}
