//! Many workers at once, each a process of its own, some of which die in the middle of what they are doing.
//!
//! A small crew runs always; with `SEAWRIGHT_TEST_LONG=1` 32 workers run 100,000 jobs.

use std::{
    env,
    future::Future,
    pin::Pin,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
    time::Instant,
};

use chrono::TimeDelta;
use entity::{
    jobs::queue::{Claim, Completion, Patience, claim, complete, recover, start},
    prelude::*,
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, Statement,
};

use crate::support::{Db, TestWorld, connect, postgres, time};

/// How much is done, and how many die of it.
#[derive(Clone, Copy)]
struct Load {
    jobs: i32,
    workers: usize,
    deaths: usize,
}

const SMALL: Load = Load {
    jobs: 2_000,
    workers: 8,
    deaths: 24,
};

const LONG: Load = Load {
    jobs: 100_000,
    workers: 32,
    deaths: 320,
};

const EVENTS: i32 = 50;

/// What a worker is told, in its environment: the database, its name, the time, and after how many looks it dies.
const TOLD: &str = "SEAWRIGHT_TEST_WORKER";

/// Work that kills its process the n-th time that the runtime looks at it: with a statement sent and no answer read, or
/// half-way through a transaction, wherever that is.
struct Mortal<F> {
    work: Pin<Box<F>>,
    looks: u64,
}

impl<F: Future> Future for Mortal<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Some(left) = self.looks.checked_sub(1) else {
            std::process::abort();
        };
        self.looks = left;
        self.work.as_mut().poll(context)
    }
}

/// Works until nothing is due. Two that run one try of a job would both write its row of `ran`, whose key is the two.
async fn work(db: &Db, world: &TestWorld, name: &str) {
    loop {
        let jobs = claim(&db.0, world, &Claim::by(name)).await.unwrap();
        if jobs.is_empty() {
            return;
        }
        for job in &jobs {
            let job = start(&db.0, world, &job.id, name).await.unwrap();
            let ran = "INSERT INTO ran (job_id, attempt) VALUES ($1, $2)";
            let values = [job.id.to_string().into(), job.attempts.into()];
            db.0.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, ran, values))
                .await
                .unwrap();
            complete(&db.0, world, &job.id, name, Completion::default())
                .await
                .unwrap();
        }
    }
}

#[test]
#[ignore = "a worker of the other tests, which start it as a process with what it has to know"]
fn worker() {
    let told = env::var(TOLD).unwrap_or_else(|_| panic!("{TOLD} says what a worker does; only a test sets it"));
    let [url, name, now, looks] = told.split('|').collect::<Vec<_>>().try_into().unwrap();
    let work = async {
        let db = Db(connect(url, 1).await);
        work(&db, &TestWorld::at(time(now)), name).await;
        db.0.close().await.unwrap();
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(Mortal {
        work: Box::pin(work),
        looks: looks.parse().unwrap(),
    });
}

/// The workers of a test: who dies is followed by the next, until so many have died.
struct Crew {
    url: String,
    load: Load,
    hired: AtomicUsize,
    died: AtomicUsize,
}

impl Crew {
    fn hire(&self, world: &TestWorld) -> Child {
        let number = self.hired.fetch_add(1, Ordering::Relaxed) + 1;
        // From a few statements to a good part of what one worker's share of the jobs takes.
        let share = u64::try_from(self.load.jobs).unwrap() * 8 / self.load.deaths as u64;
        let looks = if number <= self.load.deaths {
            20 + split_mix(number as u64) % share
        } else {
            u64::MAX
        };
        let told = format!("{}|worker-{number}|{}|{looks}", self.url, world.told());
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "workers::worker", "--ignored", "--nocapture"])
            .env(TOLD, told)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Works until nothing is due. A worker that fails instead of dying fails the test.
    fn work(&self, world: &TestWorld) {
        let place = || {
            loop {
                let ended = self.hire(world).wait().unwrap();
                if !died(ended) {
                    assert!(ended.success(), "{ended}: what the worker says stands above");
                    return;
                }
                self.died.fetch_add(1, Ordering::Relaxed);
            }
        };
        std::thread::scope(|all| {
            for _ in 0..self.load.workers {
                all.spawn(place);
            }
        });
    }
}

fn died(ended: ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&ended).is_some();
    #[cfg(not(unix))]
    return ended.code() == Some(-1_073_740_791); // STATUS_STACK_BUFFER_OVERRUN, which `abort` ends with on Windows.
}

fn split_mix(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Jobs that are due, each with its log, spread over the events; each may be tried three times more.
async fn fill(db: &Db, jobs: i32) {
    let first = db.event(|_| {}).await;
    for _ in 1..EVENTS {
        db.event(|_| {}).await;
    }
    db.run(&format!(
        "INSERT INTO jobs (id, event_id, user_id, type, payload, scheduled_for)
         SELECT 'job_' || lpad(n::text, 12, '0'), {first} + n % {EVENTS}, 'ada', 'SCRIPT',
             jsonb_build_object('executionLogId', n, 'input', '{{}}'::jsonb, 'retries', 3), timestamp '2025-07-14 09:00'
         FROM generate_series(1, {jobs}) n;
         INSERT INTO logs (id, event_id, job_id, status)
         SELECT n, {first} + n % {EVENTS}, 'job_' || lpad(n::text, 12, '0'), 'PENDING' FROM generate_series(1, {jobs}) n;
         CREATE TABLE ran (job_id text, attempt integer, PRIMARY KEY (job_id, attempt));
         ANALYZE"
    ))
    .await;
}

async fn number(db: &Db, sql: &str) -> i64 {
    let row =
        db.0.query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await
            .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

#[expect(clippy::print_stderr, reason = "the long run says how long it was")]
async fn each_job_runs_once_and_those_of_the_dead_come_back(db: Db, load: Load) {
    fill(&db, load.jobs).await;
    let world = TestWorld::new();
    let open = || jobs::Entity::find().filter(jobs::Column::Status.is_not_in(JobStatus::FINISHED));
    let began = Instant::now();
    let crew = Crew {
        url: db.url().await,
        load,
        hired: AtomicUsize::new(0),
        died: AtomicUsize::new(0),
    };
    let (mut handed_back, mut again) = (0, 0);
    loop {
        tokio::task::block_in_place(|| crew.work(&world));
        let held = open().count(&db.0).await.unwrap();
        if held == 0 {
            break;
        }
        // What is not over is in the hands of the dead, or waits for its next try.
        let waiting = open().filter(jobs::Column::Status.eq(JobStatus::Queued));
        assert_eq!(waiting.count(&db.0).await.unwrap(), 0);
        // Nobody touches it until patience ends.
        world.pass(TimeDelta::minutes(5));
        let early = recover(&db.0, &world, &Patience::default()).await.unwrap();
        assert_eq!(early, entity::jobs::queue::Recovered::default());
        world.pass(TimeDelta::hours(1));
        // Two look at the same time; each job is taken once.
        let patience = Patience::default();
        let (one, other) = tokio::join!(recover(&db.0, &world, &patience), recover(&db.0, &world, &patience));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(one.failed.is_empty() && other.failed.is_empty(), "they have tries left");
        let back = one.handed_back + other.handed_back;
        let tried = one.again.len() + other.again.len();
        assert_eq!(back + tried as u64, held);
        (handed_back, again) = (handed_back + back, again + tried);
        // Until the longest pause before another try is over.
        world.pass(TimeDelta::hours(2));
    }
    let (hired, died) = (crew.hired.into_inner(), crew.died.into_inner());
    assert_eq!(died, load.deaths, "all that should have died have");
    assert!(handed_back > 0 && again > 0, "{handed_back} {again}");

    let all = i64::from(load.jobs);
    let completed = number(&db, "SELECT count(*) FROM jobs WHERE status = 'completed'").await;
    assert_eq!(completed, all, "none is lost");
    let ran_to_the_end = number(
        &db,
        "SELECT count(*) FROM jobs WHERE (SELECT count(*) FROM ran WHERE job_id = id AND attempt = attempts) = 1",
    )
    .await;
    assert_eq!(ran_to_the_end, all, "each ran, and ended in that very try");
    let once = "attempts = 0 AND (SELECT count(*) FROM ran WHERE job_id = id) <> 1";
    let twice = number(&db, &format!("SELECT count(*) FROM jobs WHERE {once}")).await;
    assert_eq!(twice, 0, "which nobody died of ran once");
    let attempts = number(&db, "SELECT sum(attempts)::bigint FROM jobs").await;
    assert_eq!(
        attempts,
        i64::try_from(again).unwrap(),
        "only who had it and died made it run anew"
    );
    for counter in ["execution_count", "success_count"] {
        assert_eq!(number(&db, &format!("SELECT sum({counter}) FROM events")).await, all);
    }
    let logs = logs::Entity::find().filter(logs::Column::Status.ne(LogStatus::Success.to_value()));
    assert_eq!(logs.count(&db.0).await.unwrap(), 0);
    eprintln!(
        "{all} jobs, {} workers at a time, {died} of {hired} died; {handed_back} jobs handed back, {again} tried again; {:.0?}",
        load.workers,
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_job_runs_once_however_many_die() {
    let load = if env::var("SEAWRIGHT_TEST_LONG").is_ok_and(|long| long == "1") {
        LONG
    } else {
        SMALL
    };
    postgres(3, move |db| {
        each_job_runs_once_and_those_of_the_dead_come_back(db, load)
    })
    .await;
}
