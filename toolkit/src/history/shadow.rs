//! A database of Seawright's own, into which the history is replayed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use url::Url;

use super::{Error, History, Result, Runner, connect, runner::StepKind};
use crate::{
    data::progress::{Event, Listener, listening},
    ddl::quote,
    introspect::introspect,
    schema::Schema,
};

/// How its databases are called: nothing of the user's is, and what is can go.
const PREFIX: &str = "seawright_shadow_";

/// Tells apart the shadows of one process.
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// An empty database beside the user's, dropped when it is closed.
#[derive(Debug)]
pub struct Shadow {
    db: DatabaseConnection,
    /// The maintenance connection and the database's name, on PostgreSQL.
    made: Option<(DatabaseConnection, String)>,
}

impl Shadow {
    /// Makes one: on PostgreSQL a database on the same server, on SQLite one in memory. Left-overs of runs that were
    /// killed more than an hour ago go first.
    ///
    /// # Errors
    /// On PostgreSQL where the role may not create databases.
    pub async fn open(db: &DatabaseConnection, url: &str) -> Result<Self> {
        if db.get_database_backend() == DbBackend::Sqlite {
            return Ok(Self {
                db: connect("sqlite::memory:", None).await?,
                made: None,
            });
        }
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let name = format!(
            "{PREFIX}{seconds}_{}_{}",
            std::process::id(),
            COUNTER.fetch_add(1, Ordering::Relaxed)
        );
        sweep(db, seconds).await;
        let maintenance = connect(url, None).await?;
        if let Err(error) = maintenance
            .execute_unprepared(&format!("CREATE DATABASE {}", quote(&name)))
            .await
        {
            return Err(Error::File {
                path: "the shadow database".into(),
                reason: format!("it could not be made: {error}"),
                help: "the history is replayed into a database of its own on the same server; give the role the right with `ALTER ROLE … CREATEDB`".into(),
            });
        }
        let mut beside = Url::parse(url).map_err(|_| Error::Usage("the database URL cannot be read".into()))?;
        beside.set_path(&name);
        let db = connect(beside.as_str(), None).await?;
        Ok(Self {
            db,
            made: Some((maintenance, name)),
        })
    }

    /// The connection to it.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Drops it.
    ///
    /// # Errors
    /// What the server says.
    pub async fn close(self) -> Result<()> {
        self.db.close().await?;
        if let Some((maintenance, name)) = self.made {
            maintenance
                .execute_unprepared(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(&name)))
                .await?;
            maintenance.close().await?;
        }
        Ok(())
    }
}

/// Drops shadow databases of runs that ended without doing so. Where that fails, the next run tries again.
async fn sweep(db: &DatabaseConnection, now: u64) {
    let sql = format!(
        "SELECT datname::text AS name FROM pg_database WHERE datname LIKE '{}%'",
        PREFIX.replace('_', "\\_")
    );
    let Ok(rows) = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await else {
        return;
    };
    for row in rows {
        let Ok(name) = row.try_get::<String>("", "name") else {
            continue;
        };
        let made: Option<u64> = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('_').next())
            .and_then(|seconds| seconds.parse().ok());
        if made.is_some_and(|made| made + 3600 < now) {
            let _ = db
                .execute_unprepared(&format!("DROP DATABASE IF EXISTS {}", quote(&name)))
                .await;
        }
    }
}

/// Replays the history into a shadow database and reads the schema after each step that changes it.
///
/// # Errors
/// What a step says; the shadow is dropped either way.
pub async fn replay(db: &DatabaseConnection, url: &str, history: History) -> Result<Vec<(String, Schema)>> {
    let shadow = Shadow::open(db, url).await?;
    // What happens in the shadow is not what happens to the user's database.
    let result = listening(Arc::new(Silence), replay_into(shadow.db(), history)).await;
    shadow.close().await?;
    result
}

pub(super) struct Silence;

impl Listener for Silence {
    fn hear(&self, _: &Event) {}
}

async fn replay_into(db: &DatabaseConnection, history: History) -> Result<Vec<(String, Schema)>> {
    let runner = Runner::new(db, history)?;
    let mut schemas = Vec::new();
    loop {
        let report = runner.up(Some(1), None).await?;
        let Some(step) = report.steps.first() else {
            return Ok(schemas);
        };
        if step.kind == StepKind::Schema {
            schemas.push((step.name.clone(), introspect(db).await?));
        }
    }
}
