//! A database that one test has to itself.

use std::{
    env,
    io::Write as _,
    path::PathBuf,
    process,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbErr};
use tempfile::TempDir;
use url::Url;

const SERVER: &str = "SEAWRIGHT_TEST_POSTGRES_URL";
const SKIP: &str = "SEAWRIGHT_TEST_SKIP_POSTGRES";
/// sqlx goes on asking a server that refuses until this is over.
const PATIENCE: Duration = Duration::from_secs(15);
const USUAL_SERVER: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// A database of its own, gone when the value is dropped, whether the test passed or panicked.
#[derive(Debug)]
pub struct TestDb {
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Postgres { server: String, name: String },
    Sqlite { folder: TempDir },
}

impl TestDb {
    /// Makes an empty database on the PostgreSQL server of `SEAWRIGHT_TEST_POSTGRES_URL`.
    ///
    /// # Panics
    /// Where no server answers; ask [`skips_postgres`] first, or let the macros do it.
    pub async fn postgres() -> Self {
        let server = env::var(SERVER).unwrap_or_else(|_| USUAL_SERVER.to_owned());
        let admin = match connect(&server, 1).await {
            Ok(admin) => admin,
            Err(error) => panic!(
                "no PostgreSQL server answers at {}: run ./test, which finds or starts one, or set {SERVER} ({error})",
                without_password(&server)
            ),
        };
        let name = create_database(&admin).await;
        admin.close().await.expect("the connection closes");
        let mut url = Url::parse(&server).expect("the server's address is a URL");
        url.set_path(&name);
        Self {
            url: url.into(),
            place: Place::Postgres { server, name },
        }
    }

    /// Makes a folder with a path for a SQLite file; the first connection creates it.
    pub fn sqlite() -> Self {
        let folder = TempDir::with_prefix("seawright_test_").expect("a temporary folder can be made");
        let path = folder.path().join("test.db");
        Self {
            url: format!("sqlite://{}?mode=rwc", path.display()),
            place: Place::Sqlite { folder },
        }
    }

    /// The database's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The SQLite file; none for a server's database.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Postgres { .. } => None,
            Place::Sqlite { folder } => Some(folder.path().join("test.db")),
        }
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Postgres { .. })
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite { .. })
    }

    /// Connects, on SQLite by one connection only: a second one would wait for the first.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(&self.url, if self.is_sqlite() { 1 } else { 4 })
            .await
            .expect("the test's own database answers")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Place::Postgres { server, name } = &self.place else {
            return;
        };
        let (server, drop_it) = (
            server.clone(),
            format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"),
        );
        // The test's runtime is blocked by this very call, and a panic in here would abort the other tests.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| error.to_string())?.block_on(async {
                let admin = connect(&server, 1).await.map_err(|error| error.to_string())?;
                admin
                    .execute_unprepared(&drop_it)
                    .await
                    .map_err(|error| error.to_string())?;
                admin.close().await.map_err(|error| error.to_string())
            })
        })
        .join();
        if !matches!(dropped, Ok(Ok(()))) {
            shout(&format!("the test's database {name} could not be dropped: {dropped:?}"));
        }
    }
}

/// The pid keeps runs apart, the counter the tests of a run. A name may be left of a run that was killed: the next is taken.
async fn create_database(admin: &DatabaseConnection) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    loop {
        let name = format!(
            "seawright_test_{}_{}",
            process::id(),
            COUNTER.fetch_add(1, Ordering::Relaxed)
        );
        // template0 takes no connections, so that nobody can be in the way of copying it.
        match admin
            .execute_unprepared(&format!("CREATE DATABASE \"{name}\" TEMPLATE template0"))
            .await
        {
            Ok(_) => return name,
            Err(error) if error.to_string().contains("already exists") => {}
            Err(error) => panic!("the test's database {name} could not be created: {error}"),
        }
    }
}

async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .sqlx_logging(false);
    Database::connect(options).await
}

fn without_password(url: &str) -> String {
    Url::parse(url).map_or_else(
        |_| "an address that is no URL".to_owned(),
        |mut url| {
            let _ = url.set_password(None);
            url.into()
        },
    )
}

/// Whether `SEAWRIGHT_TEST_SKIP_POSTGRES=1` says that PostgreSQL shall not be tested; says so loudly, once.
pub fn skips_postgres() -> bool {
    static ONCE: Once = Once::new();
    let skips = env::var(SKIP).is_ok_and(|value| value == "1");
    if skips {
        ONCE.call_once(|| shout(&format!("{SKIP}=1: PostgreSQL is NOT tested")));
    }
    skips
}

/// Writes past the test harness, which keeps what a passing test prints to itself.
fn shout(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "\n*** {text} ***\n");
}
