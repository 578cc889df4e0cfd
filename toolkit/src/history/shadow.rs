//! A database of Seawright's own, into which the history is replayed.
//!
//! On SQLite it is one in memory. On PostgreSQL it is a database on the same server, or the empty one that a person
//! names. A schema beside the user's tables is not offered: a step may name a schema in SQL of its own, and would hit
//! the user's tables then. Only a role that can write nothing at all gets its shadow as temporary tables of a session of
//! its own: whatever a step names, it can hit nothing of the user's.
//!
//! Whose process is alive holds a session's advisory lock for its shadow, which the server gives back when the session ends
//! in whatever way. `pg_locks` shows the locks of the whole server, so that the next run can tell a left-over from one
//! that is in use.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{
    Error, History, Result, Runner, connect,
    extensions::{self, MissingExtension},
    fresh, redacted,
    run_lock::Wait,
    runner::StepKind,
};
use crate::{
    data::{
        ledger::has_table,
        progress::{Event, Listener, listening},
    },
    ddl::quote,
    introspect::introspect,
    schema::Schema,
};

/// How its databases are called: nothing of the user's is, and what is can go.
const PREFIX: &str = "seawright_shadow_";

/// How the names end whose makers hold a lock. Those of older versions are judged by their age alone.
const LOCKED: &str = "_k";

/// The class of the locks: the letters `SHDW`.
const LOCK: i32 = 0x5348_4457;

/// What marks a database that a person named as Seawright's to empty.
const MARK: &str = "seawright_shadow_mark";

/// Tells apart the shadows of one process.
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// An empty database beside the user's, dropped when it is closed.
#[derive(Debug)]
pub struct Shadow {
    db: DatabaseConnection,
    place: Place,
    missing: Vec<MissingExtension>,
}

#[derive(Debug)]
enum Place {
    /// SQLite: it goes with its connection.
    Memory,
    /// A database on the user's server, with the connection that holds its lock.
    Made { holder: DatabaseConnection, name: String },
    /// A database that a person named, with the connection that holds its lock.
    Given { holder: DatabaseConnection },
    /// Temporary tables: they go with their session.
    Temporary,
}

impl Shadow {
    /// Makes one: on SQLite in memory; on PostgreSQL in the empty database of `given`, or as a database on the same
    /// server, with the extensions that the user's database has. Left-overs of runs that were killed go first.
    ///
    /// # Errors
    /// [`Error::Shadow`] where the role may not create databases and none is given, or the one that is given holds
    /// tables.
    pub async fn open(db: &DatabaseConnection, url: &str, given: Option<&str>) -> Result<Self> {
        Self::open_without(db, url, given, &[]).await
    }

    /// The same without some of the extensions.
    async fn open_without(
        db: &DatabaseConnection,
        url: &str,
        given: Option<&str>,
        left_out: &[String],
    ) -> Result<Self> {
        let mut shadow = Self::empty(db, url, given).await?;
        // Temporary tables lie in the user's own database, which has its extensions.
        if !matches!(shadow.place, Place::Temporary) {
            match extensions::bring(db, &shadow.db, left_out).await {
                Ok(missing) => shadow.missing = missing,
                Err(error) => {
                    shadow.close().await?;
                    return Err(error);
                }
            }
        }
        Ok(shadow)
    }

    async fn empty(db: &DatabaseConnection, url: &str, given: Option<&str>) -> Result<Self> {
        if db.get_database_backend() == DbBackend::Sqlite {
            return Ok(Self {
                db: connect("sqlite::memory:", None).await?,
                place: Place::Memory,
                missing: Vec::new(),
            });
        }
        if let Some(given) = given {
            return Self::open_given(given).await;
        }
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let name = format!(
            "{PREFIX}{seconds}_{}_{}{LOCKED}",
            std::process::id(),
            COUNTER.fetch_add(1, Ordering::Relaxed)
        );
        sweep(db, seconds).await;
        let holder = one_session(url).await?;
        // The lock comes first, so that no moment is left in which the database is there without it.
        hold(&holder, &name).await?;
        if let Err(error) = holder
            .execute_unprepared(&format!("CREATE DATABASE {}", quote(&name)))
            .await
        {
            if super::error::is_denied(&error) && may_only_read(db).await? {
                return Self::temporary(url).await;
            }
            let reason = match error {
                error if super::error::is_denied(&error) => "the role may not create databases".to_owned(),
                error => error.to_string(),
            };
            return Err(Error::Shadow {
                reason: format!("no shadow database could be made on the server: {reason}"),
            });
        }
        let mut beside = Url::parse(url).map_err(|_| Error::Usage("the database URL cannot be read".into()))?;
        beside.set_path(&name);
        let db = connect(beside.as_str(), None).await?;
        Ok(Self {
            db,
            place: Place::Made { holder, name },
            missing: Vec::new(),
        })
    }

    /// Temporary tables of one session, which the server drops in whatever way the session ends.
    async fn temporary(url: &str) -> Result<Self> {
        let db = one_session_in(url, Some("pg_temp")).await?;
        // The name stands for the session's own schema only once there is something in it.
        db.execute_unprepared(&format!("CREATE TEMPORARY TABLE {MARK} (); DROP TABLE {MARK}"))
            .await
            .map_err(|error| Error::Shadow {
                reason: format!(
                    "no shadow could be made: the role may neither create databases nor temporary tables ({error})"
                ),
            })?;
        Ok(Self {
            db,
            place: Place::Temporary,
            missing: Vec::new(),
        })
    }

    /// One that is given must be empty, or bear the mark of a run that was killed in it.
    async fn open_given(url: &str) -> Result<Self> {
        let db = connect(url, None).await?;
        if db.get_database_backend() != DbBackend::Postgres {
            return Err(Error::Shadow {
                reason: format!("the shadow database {} is not on PostgreSQL", redacted(url)),
            });
        }
        let holder = one_session(url).await?;
        hold(&holder, MARK).await?;
        let sql = "SELECT count(*) AS count FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm') \
                   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = pg_class.oid AND e.deptype = 'e')";
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
            .await?;
        let tables: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
        if tables > 0 {
            if !has_table(&db, MARK).await? {
                return Err(Error::Shadow {
                    reason: format!(
                        "the shadow database {} is not empty: it holds {tables} tables or views",
                        redacted(url)
                    ),
                });
            }
            extensions::remove(&db).await?;
            fresh::drop_everything(&db).await?;
        }
        db.execute_unprepared(&format!("CREATE TABLE {MARK} ()")).await?;
        Ok(Self {
            db,
            place: Place::Given { holder },
            missing: Vec::new(),
        })
    }

    /// The extensions of the user's database that could not be made in it.
    pub fn missing(&self) -> &[MissingExtension] {
        &self.missing
    }

    /// The connection to it.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Drops it, or empties it where it was given.
    ///
    /// # Errors
    /// What the server says.
    pub async fn close(self) -> Result<()> {
        match self.place {
            Place::Memory | Place::Temporary => self.db.close().await?,
            Place::Made { holder, name } => {
                self.db.close().await?;
                holder
                    .execute_unprepared(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(&name)))
                    .await?;
                holder.close().await?;
            }
            Place::Given { holder } => {
                extensions::remove(&self.db).await?;
                fresh::drop_everything(&self.db).await?;
                self.db.close().await?;
                holder.close().await?;
            }
        }
        Ok(())
    }
}

/// A connection that stays one session for as long as it is open: a lock hangs on its session.
async fn one_session(url: &str) -> Result<DatabaseConnection> {
    one_session_in(url, None).await
}

async fn one_session_in(url: &str, schema: Option<&str>) -> Result<DatabaseConnection> {
    const LONG: Duration = Duration::from_hours(7 * 24);
    let mut options = ConnectOptions::new(url);
    options
        .sqlx_logging(false)
        .min_connections(1)
        .max_connections(1)
        .idle_timeout(LONG)
        .max_lifetime(LONG);
    if let Some(schema) = schema {
        options.set_schema_search_path(schema);
    }
    Ok(Database::connect(options).await?)
}

/// Whether the role can write into no table and make nothing in any schema of the database.
async fn may_only_read(db: &DatabaseConnection) -> Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname !~ '^pg_' AND has_schema_privilege(n.oid, 'CREATE')) \
               AND NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
               WHERE n.nspname !~ '^pg_' AND c.relkind IN ('r', 'p', 'v', 'f') \
               AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS only_reads";
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(row.map_or(Ok(false), |row| row.try_get("", "only_reads"))?)
}

/// The lock of a name: advisory locks are numbers.
fn number(name: &str) -> i32 {
    let digest = Sha256::digest(name.as_bytes());
    i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Takes the lock of a name, in short tries: who waits for it in the server has a snapshot there, for whose end an index that
/// is built concurrently in a shadow that was given waits, by the run that holds the lock.
async fn hold(holder: &DatabaseConnection, name: &str) -> Result<()> {
    let sql = format!("SELECT pg_try_advisory_lock({LOCK}, {}) AS is_mine", number(name));
    let mut wait = Wait::begin();
    loop {
        let asked = Statement::from_string(DbBackend::Postgres, sql.as_str());
        let row = holder.query_one_raw(asked).await?;
        if row.map_or(Ok(false), |row| row.try_get("", "is_mine"))? {
            return Ok(());
        }
        wait.turn(None).await?;
    }
}

/// Drops shadow databases of runs that ended without doing so. Where that fails, the next run tries again.
async fn sweep(db: &DatabaseConnection, now: u64) {
    // A lock's two numbers are shown without their sign.
    let sql = format!(
        "SELECT datname::text AS name FROM pg_database WHERE datname LIKE '{}%'",
        PREFIX.replace('_', "\\_")
    );
    let locks = format!(
        "SELECT objid::bigint AS number FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = {LOCK} AND objsubid = 2"
    );
    // The names come before the locks: who makes one takes its lock first.
    let (Ok(rows), Ok(locks)) = (
        db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await,
        db.query_all_raw(Statement::from_string(DbBackend::Postgres, locks))
            .await,
    ) else {
        return;
    };
    let held: Vec<i64> = locks
        .into_iter()
        .filter_map(|row| row.try_get("", "number").ok())
        .collect();
    for row in rows {
        let Ok(name) = row.try_get::<String>("", "name") else {
            continue;
        };
        if is_left_over(&name, now, &held) {
            let _ = db
                .execute_unprepared(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(&name)))
                .await;
        }
    }
}

/// Whether nobody is at work in that database any more.
fn is_left_over(name: &str, now: u64, held: &[i64]) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return false;
    };
    if name.ends_with(LOCKED) {
        return !held.contains(&i64::from(number(name).cast_unsigned()));
    }
    let made: Option<u64> = rest.split('_').next().and_then(|seconds| seconds.parse().ok());
    made.is_some_and(|made| made + 3600 < now)
}

/// Replays the history into a shadow database and reads the schema after each step that changes it.
///
/// # Errors
/// What a step says; the shadow is dropped either way.
pub async fn replay(db: &DatabaseConnection, url: &str, history: History) -> Result<Vec<(String, Schema)>> {
    replay_with(db, url, None, history).await
}

/// The same with a database that was given for it, see [`Shadow::open`].
///
/// # Errors
/// As [`replay`].
pub async fn replay_with(
    db: &DatabaseConnection,
    url: &str,
    shadow: Option<&str>,
    history: History,
) -> Result<Vec<(String, Schema)>> {
    let mut made_by_steps = Vec::new();
    loop {
        let shadow = Shadow::open_without(db, url, shadow, &made_by_steps).await?;
        // What happens in the shadow is not what happens to the user's database.
        let result = listening(Arc::new(Silence), replay_into(shadow.db(), history)).await;
        if let Some(points) = ended(shadow, result, &mut made_by_steps).await? {
            return Ok(points);
        }
    }
}

/// Drops the shadow. None where it has to be done again, without an extension that a step makes without asking whether it is there.
async fn ended<T>(shadow: Shadow, result: Result<T>, made_by_steps: &mut Vec<String>) -> Result<Option<T>> {
    let missing = shadow.missing().to_vec();
    shadow.close().await?;
    match result.map_err(|error| (extensions::made_by_a_step(&error), error)) {
        Err((Some(name), _)) if !made_by_steps.contains(&name) => {
            made_by_steps.push(name);
            Ok(None)
        }
        Err((_, error)) => Err(extensions::explained(error, &missing)),
        Ok(outcome) => Ok(Some(outcome)),
    }
}

/// Does something in a shadow database, and again where a step makes an extension that the user's database has: without that
/// one then. The shadow is dropped in any case.
#[cfg(feature = "cli")]
pub(crate) async fn in_shadow<T>(
    beside: &DatabaseConnection,
    url: &str,
    given: Option<&str>,
    work: impl AsyncFn(&DatabaseConnection) -> Result<T>,
) -> Result<T> {
    let mut made_by_steps = Vec::new();
    loop {
        let shadow = Shadow::open_without(beside, url, given, &made_by_steps).await?;
        let result = listening(Arc::new(Silence), work(shadow.db())).await;
        if let Some(outcome) = ended(shadow, result, &mut made_by_steps).await? {
            return Ok(outcome);
        }
    }
}

pub(crate) struct Silence;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_holds_is_swept() {
        let held = "seawright_shadow_1000_7_0_k";
        let locks = [i64::from(number(held).cast_unsigned())];
        let now = 1_000_000;
        assert!(!is_left_over(held, now, &locks));
        assert!(is_left_over("seawright_shadow_1000_7_1_k", now, &locks));
        assert!(is_left_over("seawright_shadow_1000_7_1_k", 1000, &locks));
        // Those without a lock, by their age.
        assert!(is_left_over("seawright_shadow_1000_7_1", now, &[]));
        assert!(!is_left_over("seawright_shadow_999999_7_1", now, &[]));
        assert!(!is_left_over("seawright_shadow_of_mine", now, &[]));
        assert!(!is_left_over("shop", now, &[]));
    }
}
