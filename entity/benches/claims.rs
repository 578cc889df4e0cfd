//! How many jobs a second workers claim through the rules, beside a `SKIP LOCKED` query by hand: both in one run, on the same
//! rows of the same database.
//!
//! ```text
//! cargo bench -p entity --features rules --bench claims -- [--jobs N] [--workers N] [--batch N] [--rounds N]
//! ```
//!
//! They take turns, and which of them begins changes from round to round; the median of each counts. The query by hand is
//! there twice, with the same statement and columns: once its rows are left as they came, of which only the key is read,
//! and once they are read into Rust's types as an orchestrator needs them, the JSON parsed. The rules always do the latter.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and a panic is how it fails"
)]

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use entity::{
    World,
    jobs::queue::{Claim, claim},
    prelude::*,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult,
    Schema, Statement,
    prelude::{DateTime, Json},
};

struct Clock;

impl World for Clock {
    fn now(&self) -> DateTime {
        chrono::Utc::now().naive_utc()
    }

    fn random(&self) -> u64 {
        0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Rules,
    /// Of the rows only the keys are read.
    ByHand,
    /// All of the rows is read.
    ByHandRead,
}

const WAYS: [Way; 3] = [Way::Rules, Way::ByHand, Way::ByHandRead];

/// What somebody who writes the query by hand reads its rows into.
#[derive(FromQueryResult)]
#[expect(dead_code, reason = "an orchestrator would use it")]
struct ByHand {
    id: String,
    event_id: i32,
    user_id: String,
    r#type: String,
    status: String,
    priority: i32,
    payload: Json,
    scheduled_for: DateTime,
    orchestrator_id: Option<String>,
    started_at: Option<DateTime>,
    completed_at: Option<DateTime>,
    result: Option<Json>,
    attempts: i32,
    last_error: Option<String>,
    metadata: Json,
    created_at: DateTime,
    updated_at: DateTime,
}

const BY_HAND: &str = "UPDATE jobs SET status = 'claimed', orchestrator_id = $1, updated_at = $2 WHERE id IN (\
    SELECT id FROM jobs WHERE status = 'queued' AND orchestrator_id IS NULL AND scheduled_for <= $2 \
    ORDER BY priority DESC, scheduled_for LIMIT $3 FOR UPDATE SKIP LOCKED) \
    RETURNING id, event_id, user_id, type, status, priority, payload, scheduled_for, orchestrator_id, started_at, \
    completed_at, result, attempts, last_error, metadata, created_at, updated_at";

fn number(flag: &str, usual: u32) -> u32 {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let at = all.iter().position(|argument| argument == flag);
    at.map_or(usual, |at| all[at + 1].parse().unwrap())
}

async fn connect(url: &str, connections: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(connections)
        .sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn create<E: EntityTrait>(db: &DatabaseConnection, entity: E) {
    let create = Schema::new(DbBackend::Postgres).create_table_from_entity(entity);
    db.execute(&create).await.unwrap();
}

/// The jobs and logs of one event, all of them due, in four priorities.
async fn fill(db: &DatabaseConnection, jobs: u32) {
    create(db, roles::Entity).await;
    create(db, users::Entity).await;
    create(db, servers::Entity).await;
    create(db, events::Entity).await;
    create(db, workflows::Entity).await;
    create(db, jobs::Entity).await;
    create(db, logs::Entity).await;
    db.execute_unprepared(&format!(
        "INSERT INTO users (id) VALUES ('ada');
         INSERT INTO events (id, user_id, name, type) VALUES (1, 'ada', 'Backup', 'BASH');
         INSERT INTO jobs (id, event_id, user_id, type, priority, payload, scheduled_for, metadata)
         SELECT 'job_' || lpad(n::text, 12, '0'), 1, 'ada', 'SCRIPT', n % 4,
             jsonb_build_object('executionLogId', n, 'input', '{{}}'::jsonb, 'retries', 3,
                 'target', jsonb_build_object('containerImage', 'cronium/bash:latest'),
                 'timeout', jsonb_build_object('value', 30, 'unit', 'SECONDS'),
                 'script', jsonb_build_object('type', 'BASH', 'content', repeat('echo hello; ', 20))),
             timestamp '2025-07-14 10:00' + n * interval '1 millisecond',
             jsonb_build_object('eventName', 'Backup', 'triggeredBy', 'schedule', 'logId', n)
         FROM generate_series(1, {jobs}) n;
         CREATE INDEX idx_jobs_status_scheduled_for ON jobs (status, scheduled_for) WHERE status IN ('queued', 'claimed');
         CREATE INDEX idx_jobs_user_id_status ON jobs (user_id, status);
         CREATE INDEX idx_jobs_event_id ON jobs (event_id);
         CREATE INDEX idx_jobs_orchestrator_id ON jobs (orchestrator_id);
         CREATE INDEX idx_jobs_queue_poll ON jobs (status, priority DESC, scheduled_for) WHERE status = 'queued'"
    ))
    .await
    .unwrap();
}

/// As if nobody had claimed anything: the rows written anew, so that both find the same.
async fn again(db: &DatabaseConnection) {
    db.execute_unprepared("UPDATE jobs SET status = 'queued', orchestrator_id = NULL WHERE status <> 'queued'")
        .await
        .unwrap();
    db.execute_unprepared("VACUUM FULL ANALYZE jobs").await.unwrap();
    db.execute_unprepared("CHECKPOINT").await.unwrap();
}

async fn work(db: DatabaseConnection, way: Way, worker: u32, batch: u16) -> Vec<String> {
    let name = format!("orchestrator-{worker}");
    let mut mine = Vec::new();
    loop {
        let before = mine.len();
        match way {
            Way::Rules => {
                let jobs = claim(&db, &Clock, &Claim::by(&name).limit(batch)).await.unwrap();
                mine.extend(jobs.into_iter().map(|job| job.id.to_string()));
            }
            Way::ByHand | Way::ByHandRead => {
                let values = [name.clone().into(), Clock.now().into(), i64::from(batch).into()];
                let rows = db
                    .query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, BY_HAND, values))
                    .await
                    .unwrap();
                if way == Way::ByHandRead {
                    let jobs = rows.iter().map(|row| ByHand::from_query_result(row, "").unwrap());
                    mine.extend(jobs.map(|job| job.id));
                } else {
                    mine.extend(rows.iter().map(|row| row.try_get::<String>("", "id").unwrap()));
                }
            }
        }
        if mine.len() == before {
            return mine;
        }
    }
}

/// How long the workers took for all jobs; each job has to have been claimed once.
async fn round(db: &DatabaseConnection, way: Way, jobs: u32, workers: u32, batch: u16) -> Duration {
    again(db).await;
    let began = Instant::now();
    let all: Vec<_> = (0..workers)
        .map(|worker| tokio::spawn(work(db.clone(), way, worker, batch)))
        .collect();
    let mut claimed = Vec::with_capacity(jobs as usize);
    for one in all {
        claimed.extend(one.await.unwrap());
    }
    let took = began.elapsed();
    let distinct: HashSet<&String> = claimed.iter().collect();
    assert_eq!(
        (claimed.len(), distinct.len()),
        (jobs as usize, jobs as usize),
        "each once"
    );
    took
}

async fn bench(url: &str) {
    let (jobs, workers) = (number("--jobs", 100_000), number("--workers", 32));
    let (batch, rounds) = (u16::try_from(number("--batch", 10)).unwrap(), number("--rounds", 3));
    let db = connect(url, workers).await;
    fill(&db, jobs).await;
    let mut all = WAYS.map(|_| Vec::new());
    for turn in 0..rounds as usize {
        for at in (0..WAYS.len()).map(|next| (turn + next) % WAYS.len()) {
            let took = round(&db, WAYS[at], jobs, workers, batch).await;
            let rate = f64::from(jobs) / took.as_secs_f64();
            println!("round {}: {:?} {rate:.0} claims/s", turn + 1, WAYS[at]);
            all[at].push(rate);
        }
    }
    let [rules, by_hand, read] = all.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!("{workers} workers, {jobs} jobs, batches of {batch}; each job was claimed once in every round");
    println!("through the rules {rules:.0} claims/s");
    println!(
        "by hand, rows left unread {by_hand:.0} claims/s, ratio {:.2}",
        rules / by_hand
    );
    println!("by hand, rows read {read:.0} claims/s, ratio {:.2}", rules / read);
    db.close().await.unwrap();
}

fn main() {
    // `cargo test --benches` only asks whether it links.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let server = std::env::var("SEAWRIGHT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let name = format!("seawright_claims_{}", std::process::id());
        let maker = connect(&server, 1).await;
        maker
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = Arc::new(format!("{base}/{name}"));
        let outcome = tokio::spawn(async move { bench(&url).await }).await;
        maker
            .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .unwrap();
        outcome.unwrap();
    });
}
