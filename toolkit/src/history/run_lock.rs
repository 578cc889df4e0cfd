//! One runner at a time.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement,
    prelude::ChronoUtc,
    sqlx::{self, AssertSqlSafe, Connection as _, Row as _, postgres::PgConnection},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::{Error, Result, connect::schema_of, file_lock::FileLock};
use crate::data::progress::{Event, tell};

/// The first half of our advisory locks' keys: `swrt` in ASCII, and the number of what is locked.
const RUNNER: i32 = 0x7377_7200;
const SCHEMA: i32 = 0x7377_7201;

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What it runs: `up`, `down`, `data run`.
    pub command: String,
    /// Its host.
    pub host: String,
    /// Its process there.
    pub pid: u32,
    /// Since when, UTC.
    pub since: String,
}

impl Holder {
    /// This process, from now on.
    pub(super) fn me(command: &str) -> Self {
        Self {
            command: command.to_owned(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            pid: std::process::id(),
            since: ChronoUtc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }

    /// As the name of a connection: PostgreSQL shows that to every role, and cuts it at 63 bytes.
    fn application_name(&self) -> String {
        let ending = format!(":{} {}", self.pid, self.since);
        let beginning = format!("seawright {} ", self.command);
        let room = 63_usize.saturating_sub(beginning.len() + ending.len());
        let host: String = self.host.chars().filter(char::is_ascii_graphic).take(room).collect();
        format!("{beginning}{host}{ending}")
    }

    fn read(application_name: &str) -> Option<Self> {
        let (rest, since) = application_name.strip_prefix("seawright ")?.rsplit_once(' ')?;
        let (command, place) = rest.rsplit_once(' ')?;
        let (host, pid) = place.rsplit_once(':')?;
        Some(Self {
            command: command.to_owned(),
            host: host.to_owned(),
            pid: pid.parse().ok()?,
            since: since.to_owned(),
        })
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}`, process {} on {}, since {}",
            self.command, self.pid, self.host, self.since
        )
    }
}

/// How a lock is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How long to wait for it.
    pub limit: Duration,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            limit: Duration::from_mins(10),
        }
    }
}

tokio::task_local! {
    static WAITING: Waiting;
}

impl Waiting {
    /// Runs a future whose runners wait so.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        WAITING.scope(self, future).await
    }

    fn current() -> Self {
        WAITING.try_with(|waiting| *waiting).unwrap_or_default()
    }
}

/// The lock of a run. It is given back when it is dropped, and by the system when its process ends.
///
/// On PostgreSQL it is an advisory lock of a transaction that stays open, on a connection of its own: a pooler that hands out
/// connections by the transaction leaves that one alone, where it would give a session's lock to whoever comes next. An open
/// transaction without a snapshot keeps neither vacuum nor `CREATE INDEX CONCURRENTLY` from their work. It is never waited
/// for in the server, because a session that waits there has a snapshot.
#[derive(Debug)]
pub(crate) struct RunLock(Kind);

#[derive(Debug)]
enum Kind {
    Postgres {
        connection: Mutex<PgConnection>,
        key: i32,
    },
    File {
        _lock: FileLock,
    },
    /// A database in memory has no other users.
    None,
}

impl RunLock {
    /// Takes it, or waits for it.
    ///
    /// # Errors
    /// [`Error::Locked`] when the wait is over.
    pub(crate) async fn take(db: &DatabaseConnection, command: &str) -> Result<Self> {
        Ok(Self(match db.get_database_backend() {
            DbBackend::Postgres => Self::postgres(db, command, Some((RUNNER, false))).await?,
            DbBackend::Sqlite => Self::file(db, command).await?,
            _ => Kind::None,
        }))
    }

    /// Keeps schema steps away while data steps run outside of a run: as many as like hold it at once.
    ///
    /// # Errors
    /// [`Error::Locked`] when the wait is over.
    #[cfg(feature = "cli")]
    pub(crate) async fn keep_schema(db: &DatabaseConnection, command: &str) -> Result<Self> {
        Ok(Self(match db.get_database_backend() {
            DbBackend::Postgres => Self::postgres(db, command, Some((SCHEMA, true))).await?,
            DbBackend::Sqlite => Self::file(db, command).await?,
            _ => Kind::None,
        }))
    }

    async fn postgres(db: &DatabaseConnection, command: &str, lock: Option<(i32, bool)>) -> Result<Kind> {
        let me = Holder::me(command);
        let options = db.get_postgres_connection_pool().connect_options();
        let options = (*options).clone().application_name(&me.application_name());
        let mut connection = PgConnection::connect_with(&options).await.map_err(conn)?;
        // The pool's connections are in the schema that was asked for.
        let schema = schema_of(db).await?;
        let digest = Sha256::digest(schema.unwrap_or_default());
        let key = i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        // Raw commands, for a prepared statement would not outlive its transaction behind a pooler.
        let begin = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0";
        sqlx::raw_sql(begin).execute(&mut connection).await.map_err(conn)?;
        if let Some((class, shared)) = lock {
            acquire(&mut connection, class, key, shared).await?;
        }
        Ok(Kind::Postgres {
            connection: Mutex::new(connection),
            key,
        })
    }

    async fn file(db: &DatabaseConnection, command: &str) -> Result<Kind> {
        let row = db
            .query_one_raw(Statement::from_string(
                DbBackend::Sqlite,
                "SELECT file FROM pragma_database_list WHERE name = 'main'",
            ))
            .await?;
        let file: Option<String> = row.map_or(Ok(None), |row| row.try_get("", "file"))?;
        let Some(file) = file.filter(|file| !file.is_empty()) else {
            return Ok(Kind::None);
        };
        let me = Holder::me(command);
        let mut wait = Wait::begin();
        loop {
            match FileLock::try_take(&file, &me)? {
                Ok(lock) => return Ok(Kind::File { _lock: lock }),
                Err(holder) => wait.turn(holder).await?,
            }
        }
    }

    /// Whether it is still held.
    ///
    /// # Errors
    /// That it is lost, with its connection.
    pub(super) async fn check(&self) -> Result<(), DbErr> {
        let Kind::Postgres { connection, .. } = &self.0 else {
            return Ok(());
        };
        let mut connection = connection.lock().await;
        match sqlx::raw_sql("SELECT 1").execute(&mut *connection).await {
            Ok(_) => Ok(()),
            Err(error) => Err(DbErr::Migration(format!("{LOST}{error}"))),
        }
    }

    /// Keeps data runs of other processes away until the end of what is returned.
    ///
    /// # Errors
    /// [`Error::Locked`] when the wait for them is over.
    pub(super) async fn exclude_data(&self) -> Result<()> {
        let Kind::Postgres { connection, key } = &self.0 else {
            return Ok(());
        };
        let mut connection = connection.lock().await;
        sqlx::raw_sql("SAVEPOINT step")
            .execute(&mut *connection)
            .await
            .map_err(conn)?;
        acquire(&mut connection, SCHEMA, *key, false).await
    }

    /// Lets them in again.
    ///
    /// # Errors
    /// That the lock is lost.
    pub(super) async fn admit_data(&self) -> Result<()> {
        let Kind::Postgres { connection, .. } = &self.0 else {
            return Ok(());
        };
        // Locks that were taken after a savepoint go when it is rolled back (PostgreSQL manual, section 13.3.5).
        let mut connection = connection.lock().await;
        sqlx::raw_sql("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
            .execute(&mut *connection)
            .await
            .map_err(conn)?;
        Ok(())
    }
}

/// What the error of a lost lock begins with, on its way through SeaORM's own error.
pub(super) const LOST: &str = "seawright: the run's lock is lost: ";

fn conn(error: sqlx::Error) -> DbErr {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}

async fn acquire(connection: &mut PgConnection, class: i32, key: i32, shared: bool) -> Result<()> {
    let suffix = if shared { "_shared" } else { "" };
    // Only numbers of ours are put into it.
    let attempt = format!("SELECT pg_try_advisory_xact_lock{suffix}({class}, {key})");
    let mut wait = Wait::begin();
    loop {
        let row = sqlx::raw_sql(AssertSqlSafe(attempt.as_str()))
            .fetch_one(&mut *connection)
            .await
            .map_err(conn)?;
        if row.try_get::<bool, _>(0).map_err(conn)? {
            return Ok(());
        }
        let holder = holder(connection, class, key).await.unwrap_or_default();
        wait.turn(holder).await?;
    }
}

/// Who holds an advisory lock of the current database.
async fn holder(connection: &mut PgConnection, class: i32, key: i32) -> Result<Option<Holder>, sqlx::Error> {
    let sql = format!(
        "SELECT activity.application_name FROM pg_locks AS held JOIN pg_stat_activity AS activity ON activity.pid = held.pid \
         WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2 AND held.classid = ({class})::bigint::oid \
         AND held.objid = {} AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1",
        key.cast_unsigned()
    );
    let row = sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_optional(&mut *connection)
        .await?;
    Ok(row
        .and_then(|row| row.try_get::<Option<String>, _>(0).ok().flatten())
        .and_then(|name| Holder::read(&name)))
}

/// The wait for a lock, in short tries.
struct Wait {
    since: Instant,
    limit: Duration,
    told: bool,
}

impl Wait {
    fn begin() -> Self {
        Self {
            since: Instant::now(),
            limit: Waiting::current().limit,
            told: false,
        }
    }

    async fn turn(&mut self, holder: Option<Holder>) -> Result<()> {
        if self.since.elapsed() >= self.limit {
            return Err(Error::Locked {
                holder,
                waited: self.since.elapsed().as_secs(),
            });
        }
        if !self.told {
            self.told = true;
            tell(&Event::Locked {
                holder: holder.map(|holder| holder.to_string()),
            });
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(30..150))).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Holder;

    #[test]
    fn a_holder_survives_its_connections_name() {
        for host in [
            "db-1",
            "a-host-with-a-name-that-is-far-too-long-for-postgresql.example.com",
        ] {
            let holder = Holder {
                host: host.to_owned(),
                ..Holder::me("data run")
            };
            let name = holder.application_name();
            assert!(name.len() <= 63, "{name}");
            let read = Holder::read(&name).unwrap();
            assert_eq!(
                (&read.command, read.pid, &read.since),
                (&holder.command, holder.pid, &holder.since)
            );
            assert!(host.starts_with(&read.host) && !read.host.is_empty());
        }
        assert_eq!(Holder::read("psql"), None);
    }
}
