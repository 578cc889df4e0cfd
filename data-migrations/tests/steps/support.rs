//! A legacy database of a test's own, on SQLite in memory or on PostgreSQL.

use std::{
    env,
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
};

use entity::{
    events::{conditional_actions, events, servers},
    identity::{roles, users},
    legacy::{conditional_events, sessions, templates},
    tools::{tool_action_templates, tool_credentials},
    values::Stored,
};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, EntityTrait, NotSet,
    PaginatorTrait as _, QueryOrder as _, Schema, TransactionTrait as _, prelude::DateTime,
};
use sea_orm_migration::{MigrationTrait as _, SchemaManager};
use seawright::data::{DataStep, ledger::moved};

/// Specifies a behaviour once and runs it on every database.
macro_rules! on_every_database {
    ($($(#[$doc:meta])* async fn $name:ident($db:ident: Db) $body:block)+) => {$(
        mod $name {
            use super::*;

            $(#[$doc])*
            async fn specified($db: Db) $body

            #[tokio::test]
            async fn on_sqlite() {
                specified(Db::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                crate::support::postgres(specified).await;
            }
        }
    )+};
}

/// A connection to a database of the test's own, with the legacy tables and those that take their place.
#[derive(Clone, Debug)]
pub(crate) struct Db(pub(crate) DatabaseConnection);

impl Db {
    pub(crate) async fn sqlite() -> Self {
        // Every connection to `:memory:` would have a database of its own.
        let options = ConnectOptions::new("sqlite::memory:").max_connections(1).to_owned();
        Self::filled(Database::connect(options).await.unwrap()).await
    }

    async fn filled(db: DatabaseConnection) -> Self {
        let db = Self(db);
        db.create(roles::Entity).await;
        db.create(users::Entity).await;
        db.create(servers::Entity).await;
        db.create(events::Entity).await;
        db.create(tool_credentials::Entity).await;
        db.create(conditional_events::Entity).await;
        db.create(templates::Entity).await;
        db.create(sessions::Entity).await;
        db.create(conditional_actions::Entity).await;
        db.create(tool_action_templates::Entity).await;
        for id in ["ada", "bob"] {
            db.run(&format!("INSERT INTO users (id) VALUES ('{id}')")).await;
        }
        for id in 1..=3 {
            db.run(&format!(
                "INSERT INTO events (id, user_id, name, type) VALUES ({id}, 'ada', 'Event {id}', 'BASH')"
            ))
            .await;
        }
        db.run("INSERT INTO tool_credentials (id, user_id, name, type, credentials, encrypted) VALUES (3, 'ada', 'Mail', 'EMAIL', '{}', false)")
            .await;
        db
    }

    pub(crate) async fn create<E: EntityTrait>(&self, entity: E) {
        let create = Schema::new(self.0.get_database_backend()).create_table_from_entity(entity);
        self.0.execute(&create).await.unwrap();
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap();
    }

    /// All rows by primary key.
    pub(crate) async fn all<E: EntityTrait>(&self) -> Vec<E::Model> {
        use sea_orm::{Iterable as _, PrimaryKeyToColumn as _};
        let mut select = E::find();
        for key in E::PrimaryKey::iter() {
            select = select.order_by_asc(key.into_column());
        }
        select.all(&self.0).await.unwrap()
    }

    pub(crate) async fn count<E: EntityTrait>(&self) -> u64
    where
        E::Model: Send + Sync,
    {
        E::find().count(&self.0).await.unwrap()
    }

    /// Runs a step as the migrator does.
    pub(crate) async fn up(&self, step: &DataStep) -> Result<(), String> {
        let manager = SchemaManager::new(&self.0);
        step.up(&manager).await.map_err(|error| error.to_string())
    }

    /// Takes a step back as the migrator does.
    pub(crate) async fn down(&self, step: &DataStep) {
        step.down(&SchemaManager::new(&self.0)).await.unwrap();
    }

    /// What the gate says before a table goes.
    pub(crate) async fn require_moved(&self, table: &'static str) -> Result<(), String> {
        // In a transaction, as PostgreSQL's migrations are.
        let transaction = self.0.begin().await.unwrap();
        let said = seawright::data::require_moved(&SchemaManager::new(&transaction), table).await;
        transaction.commit().await.unwrap();
        said.map_err(|error| error.to_string())
    }

    /// Drops a table, makes it anew and brings its rows back.
    pub(crate) async fn drop_and_restore<E: EntityTrait>(&self, entity: E) {
        self.run(&format!("DROP TABLE {}", entity.table_name())).await;
        self.create(entity).await;
        let manager = SchemaManager::new(&self.0);
        seawright::data::restore(&manager, entity).await.unwrap();
    }

    pub(crate) async fn ledger(&self) -> Vec<moved::Model> {
        self.all::<moved::Entity>().await
    }

    /// The ledger's entry of a row.
    pub(crate) async fn entry(&self, key: impl ToString) -> moved::Model {
        let key = key.to_string();
        let mut entries = self.ledger().await;
        entries.retain(|entry| entry.row_key == key);
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }
}

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Runs a test in a PostgreSQL database that lives as long as the test.
pub(crate) async fn postgres<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Db) -> F) {
    if env::var("SEAWRIGHT_TEST_SKIP_POSTGRES").is_ok_and(|skip| skip == "1") {
        eprintln!("SKIPPED: SEAWRIGHT_TEST_SKIP_POSTGRES=1, nothing was tested on PostgreSQL");
        return;
    }
    let server = env::var("SEAWRIGHT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("seawright_test_{}_{number}", std::process::id());
    let maker = connect(&server).await;
    maker
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();

    let (before, parameters) = server.split_once('?').unwrap_or((&server, ""));
    let (base, _) = before.rsplit_once('/').unwrap();
    let db = connect(&format!("{base}/{name}?{parameters}")).await;
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

async fn connect(url: &str) -> DatabaseConnection {
    let options = ConnectOptions::new(url).max_connections(3).to_owned();
    Database::connect(options)
        .await
        .unwrap_or_else(|error| panic!("{error}; set SEAWRIGHT_TEST_POSTGRES_URL or SEAWRIGHT_TEST_SKIP_POSTGRES=1"))
}

pub(crate) fn time(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// An action that runs event 2 after the success of event 1.
pub(crate) fn conditional_event(id: i32) -> conditional_events::ActiveModel {
    conditional_events::ActiveModel {
        id: Set(id),
        r#type: Set(Stored::from_text("SCRIPT")),
        success_event_id: Set(Some(1)),
        target_event_id: Set(Some(2)),
        created_at: Set(time("2025-07-13T02:11:32.372727")),
        updated_at: Set(time("2025-07-12T17:02:05")),
        ..Default::default()
    }
}

/// A Slack template of Ada's.
pub(crate) fn template(id: i32, name: &str, kind: &str, content: &str) -> templates::ActiveModel {
    templates::ActiveModel {
        id: if id == 0 { NotSet } else { Set(id) },
        user_id: Set(Some("ada".to_owned())),
        name: Set(name.to_owned()),
        r#type: Set(Stored::from_text(kind)),
        content: Set(content.to_owned()),
        subject: Set(None),
        is_system_template: Set(false),
        created_at: Set(time("2025-07-02T13:55:06.897118")),
        updated_at: Set(time("2025-06-24T15:51:49.001610")),
    }
}

pub(crate) async fn insert<A: sea_orm::ActiveModelTrait>(db: &Db, rows: impl IntoIterator<Item = A>) {
    A::Entity::insert_many(rows)
        .exec_without_returning(&db.0)
        .await
        .unwrap();
}

/// The texts that a way through JSON or SQL most often spoils.
pub(crate) const ODD_TEXTS: [&str; 8] = [
    "",
    " ",
    "O'Brien said \"no\"; DROP TABLE users; --",
    "back\\slash \\n \\u0041 $1 ? :a",
    "line\nfeed\r\n\ttab \u{1} \u{1f}",
    "żółć 🦀 e\u{301} \u{202e}",
    "{\"a\": [1, null]}",
    "null",
];
