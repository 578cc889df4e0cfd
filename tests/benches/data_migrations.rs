//! The data migrations of Cronium against a script written by hand and against a program that goes row by row: ratios,
//! measured in one run on one machine.
//!
//! ```text
//! cargo bench -p tests --bench data_migrations -- [--logs N] [--events N] [--rounds N] [sqlite]
//! ```
//!
//! A legacy database is seeded and migrated up to the data steps, once; every contender works on a copy of it. The script
//! (`tests/bench/`) makes the same jobs, links and before-images in one transaction. The row-at-a-time program does what the
//! original did, statement by statement, on a sample, whose rate is what is compared. Each side is measured in turn, round by
//! round; what is printed are medians and the ratio of each round.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints, and a panic is how it fails"
)]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use cli::seeds::Legacy;
use entity::{
    events::{events, logs},
    jobs::{JobId, jobs},
};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, EntityTrait as _,
    QueryOrder as _, QuerySelect as _, Statement,
};
use sea_orm_migration::{MigrationName as _, SchemaManagerConnection};
use seawright::{
    data::{DataStep, RunOptions},
    history::{History, Runner, adopt},
    seed::{SeedOptions, SeedProfile as _},
};
use tests::TestDb;

/// Logs and events that one unit of the legacy profile has.
const LOGS: u64 = 729;
/// The step before the data steps that are measured.
const BEFORE: &str = "m20261122_134925_containers_contract";
/// Rows that the row-at-a-time program does.
const SAMPLE: u64 = 5_000;

struct Arguments {
    logs: u64,
    events: u64,
    rounds: usize,
    sqlite: bool,
}

fn arguments() -> Arguments {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let number = |flag: &str, usual: u64| {
        all.iter()
            .position(|argument| argument == flag)
            .map_or(usual, |at| all[at + 1].parse().unwrap())
    };
    Arguments {
        logs: number("--logs", 1_000_000),
        events: number("--events", 100_000),
        rounds: usize::try_from(number("--rounds", 3)).unwrap(),
        sqlite: all.iter().any(|argument| argument == "sqlite"),
    }
}

/// The database that every contender gets a copy of.
struct Original {
    db: TestDb,
}

impl Original {
    async fn make(arguments: &Arguments) -> Self {
        let db = if arguments.sqlite {
            TestDb::sqlite()
        } else {
            TestDb::postgres().await
        };
        let connection = connect(db.url()).await;
        let scale = u32::try_from(arguments.logs.div_ceil(LOGS)).unwrap();
        let history = History::of::<migration::Migrator>();
        Legacy::new(cli::baseline)
            .seed(&connection, SeedOptions { scale, rng: 1 })
            .await
            .unwrap();
        let wanted = arguments.events;
        // As many events as are asked for, by copies of those that there are.
        let columns: Vec<String> = columns(&connection, "events").await;
        let others = columns
            .iter()
            .filter(|column| *column != "id")
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let there = number(&connection, "SELECT count(*) FROM events").await;
        let mut missing = i64::try_from(wanted).unwrap() - there;
        while missing > 0 {
            let part = missing.min(there);
            run(
                &connection,
                &format!("INSERT INTO events ({others}) SELECT {others} FROM events ORDER BY id LIMIT {part}"),
            )
            .await;
            missing -= part;
        }
        adopt(&connection, db.url(), history, false).await.unwrap();
        Runner::new(&connection, history)
            .unwrap()
            .up(None, Some(BEFORE))
            .await
            .unwrap();
        if !arguments.sqlite {
            run(&connection, "VACUUM ANALYZE").await;
        }
        connection.close().await.unwrap();
        Self { db }
    }

    /// A copy, at rest.
    async fn copy(&self) -> Copy {
        if let Some(path) = self.db.path() {
            let copy = path.with_extension("copy.db");
            std::fs::copy(&path, &copy).unwrap();
            let url = format!("sqlite://{}", copy.display());
            return Copy {
                url,
                name: None,
                admin: None,
                path: Some(copy),
            };
        }
        let (base, original) = self.db.url().rsplit_once('/').unwrap();
        let original = original.split('?').next().unwrap();
        let name = format!("{original}_copy");
        let admin = format!("{base}/postgres");
        let connection = connect(&admin).await;
        run(&connection, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        run(&connection, &format!("CREATE DATABASE {name} TEMPLATE {original}")).await;
        run(&connection, "CHECKPOINT").await;
        connection.close().await.unwrap();
        Copy {
            url: format!("{base}/{name}"),
            name: Some(name),
            admin: Some(admin),
            path: None,
        }
    }
}

struct Copy {
    url: String,
    name: Option<String>,
    admin: Option<String>,
    path: Option<PathBuf>,
}

impl Copy {
    async fn drop(self) {
        if let Some(path) = self.path {
            std::fs::remove_file(path).unwrap();
        }
        if let (Some(name), Some(admin)) = (self.name, self.admin) {
            let connection = connect(&admin).await;
            run(&connection, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
            connection.close().await.unwrap();
        }
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(if url.starts_with("sqlite") { 1 } else { 12 })
        .sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

async fn columns(db: &DatabaseConnection, table: &str) -> Vec<String> {
    let sql = if db.get_database_backend() == DbBackend::Postgres {
        format!(
            "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
    } else {
        format!("SELECT name FROM pragma_table_info('{table}')")
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

/// What a contender did: rows, and how long they took.
#[derive(Clone, Copy)]
struct Took {
    rows: u64,
    time: Duration,
}

impl Took {
    fn a_row(self) -> f64 {
        self.time.as_secs_f64() / self.rows as f64
    }
}

/// The step by the runner.
async fn by_step(original: &Original, step: &DataStep, workers: usize) -> Took {
    let copy = original.copy().await;
    let db = connect(&copy.url).await;
    let options = RunOptions {
        workers,
        ..RunOptions::default()
    };
    let connection = SchemaManagerConnection::Connection(&db);
    let clock = Instant::now();
    let summary = step.migration().run(step.name(), &connection, options).await.unwrap();
    let time = clock.elapsed();
    db.close().await.unwrap();
    copy.drop().await;
    Took {
        rows: summary.worked,
        time,
    }
}

/// The script by hand.
async fn by_script(original: &Original, script: &Path, rows: u64) -> Took {
    let copy = original.copy().await;
    let db = connect(&copy.url).await;
    seawright::data::ledger::install(&db).await.unwrap();
    let sql = std::fs::read_to_string(script).unwrap();
    let clock = Instant::now();
    run(&db, &sql).await;
    let time = clock.elapsed();
    db.close().await.unwrap();
    copy.drop().await;
    Took { rows, time }
}

/// Row by row and statement by statement, each by itself, as the original's programs awaited them: what is before is kept, the
/// job made, the log linked.
async fn by_row(original: &Original) -> Took {
    let copy = original.copy().await;
    let db = connect(&copy.url).await;
    run(&db, "CREATE TABLE kept (id integer PRIMARY KEY, before text)").await;
    let logs = logs::Entity::find()
        .order_by_asc(logs::Column::Id)
        .limit(SAMPLE)
        .all(&db)
        .await
        .unwrap();
    let rows = logs.len() as u64;
    let clock = Instant::now();
    for log in logs {
        let event = events::Entity::find_by_id(log.event_id)
            .one(&db)
            .await
            .unwrap()
            .unwrap();
        let sql = format!("INSERT INTO kept (id, before) VALUES ({}, NULL)", log.id);
        db.execute_unprepared(&sql).await.unwrap();
        let id = JobId::for_log(log.id);
        let job = jobs::ActiveModel {
            id: Set(id.clone()),
            event_id: Set(log.event_id),
            user_id: Set(event.user_id),
            r#type: Set(entity::jobs::JobType::Script),
            status: Set(entity::jobs::JobStatus::Completed),
            priority: Set(entity::jobs::JobPriority::Normal),
            payload: Set(entity::values::Document::Other(
                serde_json::json!({"executionLogId": log.id, "input": {}}),
            )),
            scheduled_for: Set(log.start_time),
            started_at: Set(Some(log.start_time)),
            completed_at: Set(log.end_time),
            result: Set(Some(entity::values::Document::Other(
                serde_json::json!({"output": log.output, "error": log.error}),
            ))),
            attempts: Set(1),
            metadata: Set(entity::values::Document::Other(
                serde_json::json!({"logId": log.id, "eventName": log.event_name}),
            )),
            created_at: Set(log.start_time),
            updated_at: Set(log.start_time),
            ..Default::default()
        };
        jobs::Entity::insert(job).exec_without_returning(&db).await.unwrap();
        let link = logs::ActiveModel {
            id: sea_orm::ActiveValue::Unchanged(log.id),
            job_id: Set(Some(id)),
            ..Default::default()
        };
        logs::Entity::update(link).exec(&db).await.unwrap();
    }
    let time = clock.elapsed();
    db.close().await.unwrap();
    copy.drop().await;
    Took { rows, time }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn line(name: &str, took: &[Took]) {
    let a_second = median(took.iter().map(|took| 1.0 / took.a_row()).collect());
    let seconds = median(took.iter().map(|took| took.time.as_secs_f64()).collect());
    println!(
        "{name:<42} {:>9} rows {seconds:>8.2} s {a_second:>10.0} rows/s",
        took[0].rows
    );
}

fn ratio(name: &str, one: &[Took], other: &[Took]) {
    let ratios: Vec<f64> = one
        .iter()
        .zip(other)
        .map(|(one, other)| one.a_row() / other.a_row())
        .collect();
    let all: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    println!("{name:<42} {:>8.2}   ({})", median(ratios.clone()), all.join(", "));
}

#[tokio::main]
async fn main() {
    let arguments = arguments();
    let seeding = Instant::now();
    let original = Original::make(&arguments).await;
    println!("seeded in {:.0} s", seeding.elapsed().as_secs_f64());
    let kind = if arguments.sqlite { "sqlite" } else { "postgres" };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("bench/jobs_floor.{kind}.sql"));
    let step = |wanted: &str| {
        data_migrations::all()
            .into_iter()
            .find(|step| step.name().ends_with(wanted))
            .unwrap_or_else(|| panic!("there is no step {wanted}"))
    };
    let jobs = step("logs_to_jobs");
    let events = step("runtime_api");
    let workers: &[usize] = if arguments.sqlite { &[1] } else { &[1, 2, 4] };
    let mut jobs_took: Vec<Vec<Took>> = vec![Vec::new(); workers.len()];
    let mut events_took: Vec<Vec<Took>> = vec![Vec::new(); workers.len()];
    let (mut floor, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        for (at, workers) in workers.iter().enumerate() {
            jobs_took[at].push(by_step(&original, &jobs, *workers).await);
        }
        floor.push(by_script(&original, &script, jobs_took[0][0].rows).await);
        rows.push(by_row(&original).await);
        for (at, workers) in workers.iter().enumerate() {
            events_took[at].push(by_step(&original, &events, *workers).await);
        }
    }
    println!(
        "\n{kind}, {} logs, {} events, {} rounds; medians",
        arguments.logs, arguments.events, arguments.rounds
    );
    line("jobs and links, the script by hand", &floor);
    for (at, workers) in workers.iter().enumerate() {
        line(&format!("jobs and links, {workers} worker(s)"), &jobs_took[at]);
    }
    line("jobs and links, row by row (a sample)", &rows);
    for (at, workers) in workers.iter().enumerate() {
        line(
            &format!("events to the runtime API, {workers} worker(s)"),
            &events_took[at],
        );
    }
    println!("\nratios of time a row, round by round");
    for (at, workers) in workers.iter().enumerate() {
        ratio(&format!("{workers} worker(s) to the script"), &jobs_took[at], &floor);
    }
    ratio("row by row to 1 worker", &rows, &jobs_took[0]);
}
