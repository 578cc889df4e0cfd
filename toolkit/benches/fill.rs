//! How fast factories fill a table, beside a loop over `insert_many` by hand: the same number of rows of the same table, in
//! turns, in one run.
//!
//! ```text
//! cargo bench -p seawright --features migrate --bench fill -- [--rows N] [--rounds N]
//! ```
//!
//! On SQLite in a file, and on PostgreSQL where `SEAWRIGHT_TEST_POSTGRES_URL` says where it is. The loop by hand makes its
//! values up in the cheapest way and refers to one author; it checks nothing.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and a panic is how it fails"
)]

#[path = "../tests/seed/library.rs"]
#[expect(clippy::allow_attributes, reason = "a bench needs less of it than the tests")]
#[allow(dead_code, unused_imports, reason = "a bench needs less of it than the tests")]
mod library;

use std::{
    env, fs,
    time::{Duration, Instant},
};

use library::{Binding, authors, books, schema, tables};
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, DatabaseConnection, EntityTrait as _, TransactionTrait as _};
use seawright::seed::Factory;
use tests::TestDb;

/// Rows of a statement by hand; more make it no faster.
const BATCH: usize = 1000;

fn option(name: &str, default: usize) -> usize {
    let mut arguments = env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().map_or(default, |number| number.parse().unwrap())
}

#[tokio::main]
async fn main() {
    let (rows, rounds) = (option("--rows", 1_000_000), option("--rounds", 3));
    run("SQLite", &TestDb::sqlite(), rows, rounds).await;
    if env::var("SEAWRIGHT_TEST_POSTGRES_URL").is_ok() {
        run("PostgreSQL", &TestDb::postgres().await, rows, rounds).await;
    }
}

async fn run(kind: &str, db: &TestDb, rows: usize, rounds: usize) {
    let db = db.connect().await;
    for sql in tables(db.get_database_backend()) {
        db.execute_unprepared(&sql).await.unwrap();
    }
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for turn in 0..2 {
            let way = (round + turn) % 2;
            times[way].push(if way == 0 {
                fill(&db, rows).await
            } else {
                by_hand(&db, rows).await
            });
            for table in ["books", "authors"] {
                db.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
            }
        }
    }
    let [factory, hand] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    println!(
        "{kind}: {rows} rows by a factory in {:.1} s, by hand in {:.1} s: {:.2} times as long; peak memory so far {} MB",
        factory.as_secs_f64(),
        hand.as_secs_f64(),
        factory.as_secs_f64() / hand.as_secs_f64(),
        peak(),
    );
    db.close().await.unwrap();
}

async fn fill(db: &DatabaseConnection, rows: usize) -> Duration {
    let mut make = Factory::new(schema(), 7).values::<books::Entity, Binding>(books::Column::Binding);
    let begun = Instant::now();
    let filled = make.many::<books::Entity>(rows).fill(db).await.unwrap();
    assert_eq!(filled, rows as u64);
    begun.elapsed()
}

async fn by_hand(db: &DatabaseConnection, rows: usize) -> Duration {
    let begun = Instant::now();
    let tx = db.begin().await.unwrap();
    let author = authors::ActiveModel {
        email: Set("ada@example.com".to_owned()),
        name: Set("Ada".to_owned()),
        ..Default::default()
    };
    let author_id = authors::Entity::insert(author).exec(&tx).await.unwrap().last_insert_id;
    let bought_at = "2026-11-02T08:00:00".parse().unwrap();
    for first in (0..rows).step_by(BATCH) {
        let books = (first..rows.min(first + BATCH)).map(|at| books::ActiveModel {
            author_id: Set(author_id),
            editor_id: Set(None),
            isbn: Set(format!("{at:013}")),
            title: Set(format!("Title {at}")),
            binding: Set(Binding::Paper),
            price: Set(100),
            copies: Set(1),
            bought_at: Set(bought_at),
            ..Default::default()
        });
        books::Entity::insert_many(books)
            .exec_without_returning(&tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    begun.elapsed()
}

/// The most memory that this process has had, in megabytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}
