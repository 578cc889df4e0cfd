//! How long writers wait while the pending schema migrations of Cronium run: in the form that `generate` writes, against
//! the same changes written plainly and in one transaction. Both in one run, each on its own copy of one database.
//!
//! ```text
//! cargo bench -p tests --bench online -- [--rows N] [--writers N]
//! ```
//!
//! A legacy database whose table `logs` has that many rows; writers insert and update single rows of it all the time, a
//! transaction each, every one of them timed from before it begins until after it is committed.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and a panic is how it fails"
)]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use cli::seeds::Legacy;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, TransactionTrait as _};
use seawright::{
    ddl::online::LockPolicy,
    diff::diff,
    emit::{Form, statements},
    history::{History, Kind, LockFile, Runner, adopt},
    schema::{Dialect, Schema},
    seed::{SeedOptions, SeedProfile as _},
};
use tests::TestDb;

/// How long writers work before the migrations begin.
const WARM_UP: Duration = Duration::from_secs(5);

fn number(flag: &str, usual: u64) -> u64 {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let at = all.iter().position(|argument| argument == flag);
    at.map_or(usual, |at| all[at + 1].parse().unwrap())
}

async fn connect(url: &str, connections: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn original(rows: u64) -> TestDb {
    let db = TestDb::postgres().await;
    let connection = connect(db.url(), 2).await;
    Legacy::new(cli::baseline)
        .seed(&connection, SeedOptions { scale: 1, rng: 1 })
        .await
        .unwrap();
    let history = History::of::<migration::Migrator>();
    adopt(&connection, db.url(), history, false).await.unwrap();
    let fill = format!(
        "INSERT INTO logs (event_id, status, output, start_time, end_time, duration, successful, user_id) \
         SELECT (SELECT min(id) FROM events) + n % 40, 'SUCCESS', 'line ' || n, now() - n * interval '1 second', \
         now() - n * interval '1 second', 7, true, 'user_' || n % 1000 FROM generate_series(1, {rows}) AS n \
         WHERE (SELECT min(id) FROM events) + n % 40 IN (SELECT id FROM events)"
    );
    connection.execute_unprepared(&fill).await.unwrap();
    connection.execute_unprepared("VACUUM ANALYZE").await.unwrap();
    connection.close().await.unwrap();
    db
}

/// The writers' transactions, in seconds, the shortest first; and when the longest began, after the migrations did, and how
/// long it was.
#[derive(Default)]
struct Stalls(Vec<f64>, f64, f64);

impl Stalls {
    fn longest(&self) -> f64 {
        self.0.last().copied().unwrap_or_default() * 1e3
    }

    fn at(&self, per_mille: usize) -> f64 {
        let at = self.0.len() * per_mille / 1000;
        self.0[at.min(self.0.len() - 1)] * 1e3
    }
}

/// One writer: an insert and an update by turns, until it is told to stop; each with when it began.
async fn writer(url: String, seed: u64, rows: u64, stop: Arc<AtomicBool>) -> Vec<(Instant, f64)> {
    let connection = connect(&url, 1).await;
    let (mut times, mut random) = (Vec::new(), seed);
    while !stop.load(Ordering::Relaxed) {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let insert = "INSERT INTO logs (event_id, status, output, user_id) SELECT min(id), 'RUNNING', 'new', 'user_1' FROM events";
        let update = format!(
            "UPDATE logs SET retries = retries + 1 WHERE id = {}",
            (random >> 20) % rows.max(1) + 1
        );
        let sql = if random >> 63 == 0 { insert } else { &update };
        let began = Instant::now();
        let transaction = connection.begin().await.unwrap();
        transaction.execute_unprepared(sql).await.unwrap();
        transaction.commit().await.unwrap();
        times.push((began, began.elapsed().as_secs_f64()));
    }
    times
}

/// Runs a migration while writers write; returns how long it took, what the writers waited meanwhile, and before.
async fn measured(db: &TestDb, rows: u64, writers: u64, migration: impl AsyncFnOnce()) -> (f64, Stalls, Stalls) {
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (1..=writers)
        .map(|seed| tokio::spawn(writer(db.url().to_owned(), seed, rows, Arc::clone(&stop))))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let began = Instant::now();
    migration().await;
    let took = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    let (mut before, mut during) = (Stalls::default(), Stalls::default());
    for task in tasks {
        for (at, seconds) in task.await.unwrap() {
            let is_before = at + Duration::from_secs_f64(seconds) < began;
            let stalls = if is_before { &mut before } else { &mut during };
            if stalls.2 < seconds {
                stalls.2 = seconds;
                stalls.1 = at.saturating_duration_since(began).as_secs_f64();
            }
            stalls.0.push(seconds);
        }
    }
    before.0.sort_by(f64::total_cmp);
    during.0.sort_by(f64::total_cmp);
    (took.as_secs_f64(), during, before)
}

fn print(name: &str, (took, during, before): &(f64, Stalls, Stalls)) {
    println!(
        "{name:<6} {took:>8.1} s   longest stall {:>9.1} ms (at {:.1} s)   99.9 % {:>8.1} ms   median {:>6.2} ms   {:>7} transactions   \
         (before: longest {:.1} ms, 99.9 % {:.1} ms, median {:.2} ms)",
        during.longest(),
        during.1,
        during.at(999),
        during.at(500),
        during.0.len(),
        before.longest(),
        before.at(999),
        before.at(500)
    );
}

/// The changes of the pending schema steps as plain statements, in their order.
fn naive() -> (String, Vec<String>) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration");
    let lock = LockFile::read(&dir).unwrap();
    let (mut before, mut all, mut newest) = (None::<Schema>, Vec::new(), String::new());
    for migration in lock
        .migrations
        .into_iter()
        .filter(|migration| migration.kind == Kind::Schema)
    {
        let text = std::fs::read_to_string(LockFile::schema_path(&dir, &migration.name)).unwrap();
        let after = Schema::from_json(&text).unwrap();
        if let Some(before) = &before {
            let plan = diff(before, &after, &mut migration.decisions.clone()).unwrap();
            all.extend(statements(&plan, Dialect::Postgres, Form::Whole).unwrap());
        }
        (before, newest) = (Some(after), migration.name);
    }
    (newest, all)
}

async fn bench() {
    let (rows, writers) = (number("--rows", 5_000_000), number("--writers", 4));
    let (newest, plain) = naive();
    println!("logs: {rows} rows; {writers} writers");
    let db = original(rows).await;
    let safe = measured(&db, rows, writers, async || {
        let connection = connect(db.url(), 4).await;
        let policy = LockPolicy::default().heard_by(|wait| println!("       {wait}"));
        let runner = Runner::new(&connection, History::of::<migration::Migrator>()).unwrap();
        let report = policy.scope(runner.up(None, Some(&newest))).await.unwrap();
        for step in report.steps {
            println!("       {} {} ms", step.name, step.milliseconds);
        }
    })
    .await;
    print("safe", &safe);
    drop(db);
    let db = original(rows).await;
    let naive = measured(&db, rows, writers, async || {
        let connection = connect(db.url(), 1).await;
        // The rows of what is dropped are of no account here.
        let transaction = connection.begin().await.unwrap();
        for sql in plain {
            transaction.execute_unprepared(&sql).await.unwrap();
        }
        transaction.commit().await.unwrap();
    })
    .await;
    print("naive", &naive);
    println!(
        "ratio of the longest stalls: {:.0}",
        naive.1.longest() / safe.1.longest()
    );
}

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(bench());
}
