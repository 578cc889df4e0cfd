//! A database of a test's own with the tables that the rules work on, and a world whose time stands still.

use std::{
    env,
    future::Future,
    sync::{
        Mutex,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use chrono::TimeDelta;
use entity::{
    World,
    jobs::{JobId, queue::NewJob},
    prelude::*,
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection,
    DbBackend, EntityTrait, PaginatorTrait as _, Schema, Statement, prelude::DateTime,
};

/// Specifies a behaviour once and runs it on every database.
macro_rules! on_every_database {
    ($($(#[$doc:meta])* async fn $name:ident($db:ident: Db) $body:block)+) => {$(
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn specified($db: Db) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                specified(Db::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                crate::support::postgres(3, specified).await;
            }
        }
    )+};
}

#[derive(Clone, Debug)]
pub(crate) struct Db(pub(crate) DatabaseConnection);

impl Db {
    pub(crate) async fn sqlite() -> Self {
        // Every connection to `:memory:` would have a database of its own.
        let options = ConnectOptions::new("sqlite::memory:").max_connections(1).to_owned();
        Self::filled(Database::connect(options).await.unwrap()).await
    }

    pub(crate) async fn filled(db: DatabaseConnection) -> Self {
        let db = Self(db);
        db.create(roles::Entity).await;
        db.create(users::Entity).await;
        db.create(servers::Entity).await;
        db.create(tool_credentials::Entity).await;
        db.create(events::Entity).await;
        db.create(env_vars::Entity).await;
        db.create(event_servers::Entity).await;
        db.create(workflows::Entity).await;
        db.create(jobs::Entity).await;
        db.create(logs::Entity).await;
        db.create(conditional_actions::Entity).await;
        db.create(workflow_nodes::Entity).await;
        db.create(workflow_connections::Entity).await;
        db.create(workflow_executions::Entity).await;
        db.create(workflow_execution_events::Entity).await;
        db.create(workflow_logs::Entity).await;
        db.create(oauth_states::Entity).await;
        db.create(oauth_tokens::Entity).await;
        db.create(quota_usage::Entity).await;
        db.create(rate_limit_buckets::Entity).await;
        db.create(tool_rate_limits::Entity).await;
        db.create(user_quotas::Entity).await;
        db.create(user_tool_quotas::Entity).await;
        db.create(webhooks::Entity).await;
        db.create(webhook_events::Entity).await;
        db.create(webhook_deliveries::Entity).await;
        db.create(webhook_logs::Entity).await;
        db.run(
            "CREATE INDEX idx_jobs_queue_poll ON jobs (status, priority DESC, scheduled_for) WHERE status = 'queued'",
        )
        .await;
        db.run("CREATE UNIQUE INDEX unique_user_tool_provider ON oauth_tokens (user_id, tool_id, provider_id)")
            .await;
        // What the entities say in their `TableSpec`.
        for (name, columns) in [
            (
                "unique_user_tool_window",
                "tool_rate_limits (user_id, tool_type, window_start)",
            ),
            ("unique_user_tool", "user_tool_quotas (user_id, tool_type)"),
            (
                "unique_user_all_tools",
                "user_tool_quotas (user_id) WHERE tool_type IS NULL",
            ),
        ] {
            db.run(&format!("CREATE UNIQUE INDEX {name} ON {columns}")).await;
        }
        db.run("CREATE INDEX idx_webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL")
            .await;
        for id in ["ada", "bob"] {
            db.run(&format!("INSERT INTO users (id) VALUES ('{id}')")).await;
        }
        db.run("INSERT INTO tool_credentials (id, user_id, name, type, credentials, encrypted) VALUES (3, 'ada', 'Mail', 'EMAIL', '{}', false)")
            .await;
        db
    }

    async fn create<E: EntityTrait>(&self, entity: E) {
        let create = Schema::new(self.0.get_database_backend()).create_table_from_entity(entity);
        self.0.execute(&create).await.unwrap();
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.0.get_database_backend() == DbBackend::Postgres
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap();
    }

    /// An active Bash script of Ada's, with changes.
    pub(crate) async fn event(&self, change: impl FnOnce(&mut events::ActiveModel)) -> i32 {
        let mut event = events::ActiveModel {
            user_id: Set("ada".to_owned()),
            name: Set("Backup".to_owned()),
            r#type: Set(EventType::Bash.into()),
            content: Set(Some("echo".to_owned())),
            status: Set(EventStatus::Active.into()),
            created_at: Set(time("2025-07-01T08:00:00")),
            ..Default::default()
        };
        change(&mut event);
        event.insert(&self.0).await.unwrap().id
    }

    pub(crate) async fn events(&self, id: i32) -> events::Model {
        events::Entity::find_by_id(id).one(&self.0).await.unwrap().unwrap()
    }

    /// A job that is due, of that event.
    pub(crate) async fn job(&self, world: &TestWorld, event: i32) -> JobId {
        let created = entity::jobs::queue::create(&self.0, world, &NewJob::manual(event, "ada")).await;
        created.unwrap().job.id
    }

    pub(crate) async fn jobs(&self, id: &JobId) -> jobs::Model {
        jobs::Entity::find_by_id(id.clone())
            .one(&self.0)
            .await
            .unwrap()
            .unwrap()
    }

    /// The log that sums a job up.
    pub(crate) async fn log(&self, id: &JobId) -> logs::Model {
        let log = self.jobs(id).await.payload.known().unwrap().execution_log_id.unwrap();
        logs::Entity::find_by_id(log).one(&self.0).await.unwrap().unwrap()
    }

    /// The address of a test's database on PostgreSQL.
    pub(crate) async fn url(&self) -> String {
        let name = Statement::from_string(DbBackend::Postgres, "SELECT current_database()");
        let row = self.0.query_one_raw(name).await.unwrap().unwrap();
        beside(&row.try_get_by_index::<String>(0).unwrap())
    }

    pub(crate) async fn count<E: EntityTrait>(&self) -> u64
    where
        E::Model: Send + Sync,
    {
        E::find().count(&self.0).await.unwrap()
    }
}

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Runs a test in a PostgreSQL database that lives as long as the test.
#[expect(clippy::print_stderr, reason = "a test that tests nothing says so")]
pub(crate) async fn postgres<F: Future<Output = ()> + Send + 'static>(connections: u32, test: impl FnOnce(Db) -> F) {
    if env::var("SEAWRIGHT_TEST_SKIP_POSTGRES").is_ok_and(|skip| skip == "1") {
        eprintln!("SKIPPED: SEAWRIGHT_TEST_SKIP_POSTGRES=1, nothing was tested on PostgreSQL");
        return;
    }
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("seawright_rules_{}_{number}", std::process::id());
    let maker = connect(&server(), 1).await;
    maker
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();

    // What a crash of the server would lose is nothing to a test.
    maker
        .execute_unprepared(&format!("ALTER DATABASE {name} SET synchronous_commit = off"))
        .await
        .unwrap();

    let db = connect(&beside(&name), connections).await;
    // A task, so that the database goes even where the test fails.
    let outcome = tokio::spawn(test(Db::filled(db.clone()).await)).await;
    db.close().await.unwrap();
    maker
        .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await
        .unwrap();
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

fn server() -> String {
    env::var("SEAWRIGHT_TEST_POSTGRES_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

/// The address of a database of the server.
fn beside(name: &str) -> String {
    let server = server();
    let (before, parameters) = server.split_once('?').unwrap_or((&server, ""));
    let (base, _) = before.rsplit_once('/').unwrap();
    format!("{base}/{name}?{parameters}")
}

pub(crate) async fn connect(url: &str, connections: u32) -> DatabaseConnection {
    let options = ConnectOptions::new(url)
        .max_connections(connections)
        .sqlx_logging(false)
        .to_owned();
    Database::connect(options)
        .await
        .unwrap_or_else(|error| panic!("{error}; set SEAWRIGHT_TEST_POSTGRES_URL or SEAWRIGHT_TEST_SKIP_POSTGRES=1"))
}

pub(crate) fn time(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// A world whose time goes on when it is told to.
#[derive(Debug)]
pub(crate) struct TestWorld {
    now: Mutex<DateTime>,
    random: AtomicU64,
}

impl TestWorld {
    pub(crate) fn new() -> Self {
        Self::at(time("2025-07-14T10:00:00"))
    }

    pub(crate) fn at(now: DateTime) -> Self {
        Self {
            now: Mutex::new(now),
            random: AtomicU64::new(1),
        }
    }

    /// The time as [`time`] reads it.
    pub(crate) fn told(&self) -> String {
        self.now.lock().unwrap().format("%Y-%m-%dT%H:%M:%S%.f").to_string()
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        *self.now.lock().unwrap() += span;
    }
}

impl World for TestWorld {
    fn now(&self) -> DateTime {
        *self.now.lock().unwrap()
    }

    fn random(&self) -> u64 {
        // SplitMix64.
        let mut bits = self.random.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

/// Runs cases of a property that needs a database: shrinking as proptest does.
pub(crate) fn property<S: proptest::strategy::Strategy, F: Future<Output = Result<(), String>>>(
    cases: u32,
    strategy: &S,
    holds: impl Fn(S::Value) -> F,
) {
    use proptest::test_runner::{Config, TestCaseError, TestRunner};
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(strategy, |value| {
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(holds(value)))
            .map_err(TestCaseError::fail)
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
