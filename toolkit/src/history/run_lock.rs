//! One runner at a time.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement,
    prelude::ChronoUtc,
    sqlx::{
        self, AssertSqlSafe, Connection as _, Row as _,
        postgres::{PgConnection, PgRow},
    },
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
/// On PostgreSQL it is an advisory lock on a connection of its own. A pooler that hands out connections by the transaction
/// would give a session's lock to whoever comes next; so a transaction is open on that connection for as long as the lock is
/// wanted, which keeps it from being handed on. That transaction stays empty: each question is asked in a short one of its
/// own, in the same message in which the next empty one begins. For `CREATE INDEX CONCURRENTLY` waits for the end of every
/// transaction that has a snapshot at that moment, and a lock of ours in such a transaction, or a wait for one, would have
/// it wait for what waits for it. PostgreSQL can't see that circle, since its parts are on different connections.
///
/// It is never waited for in the server, because a session that waits there has a snapshot, and who waits for it has no
/// transaction open.
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
            DbBackend::Postgres => Self::postgres(db, command, (RUNNER, false)).await?,
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
            DbBackend::Postgres => Self::postgres(db, command, (SCHEMA, true)).await?,
            DbBackend::Sqlite => Self::file(db, command).await?,
            _ => Kind::None,
        }))
    }

    async fn postgres(db: &DatabaseConnection, command: &str, (class, shared): (i32, bool)) -> Result<Kind> {
        let me = Holder::me(command);
        let options = db.get_postgres_connection_pool().connect_options();
        let options = (*options).clone().application_name(&me.application_name());
        let mut connection = PgConnection::connect_with(&options).await.map_err(conn)?;
        // The pool's connections are in the schema that was asked for.
        let schema = schema_of(db).await?;
        let digest = Sha256::digest(schema.unwrap_or_default());
        let key = i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        acquire(&mut connection, class, key, shared, Between::Nothing).await?;
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
        // No statement: one that asks something has a snapshot.
        match connection.ping().await {
            Ok(()) => Ok(()),
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
        acquire(&mut connection, SCHEMA, *key, false, Between::Empty).await
    }

    /// Lets them in again.
    ///
    /// # Errors
    /// That the lock is lost.
    pub(super) async fn admit_data(&self) -> Result<()> {
        let Kind::Postgres { connection, key } = &self.0 else {
            return Ok(());
        };
        let mut connection = connection.lock().await;
        let unlock = format!("SELECT pg_advisory_unlock({SCHEMA}, {key})");
        asked(&mut connection, &unlock, Between::Empty).await.map_err(conn)?;
        Ok(())
    }
}

/// What the error of a lost lock begins with, on its way through SeaORM's own error.
pub(super) const LOST: &str = "seawright: the run's lock is lost: ";

fn conn(error: sqlx::Error) -> DbErr {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}

/// What is open on a lock's connection between two questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Between {
    /// Nothing: no lock is held on it yet.
    Nothing,
    /// The empty transaction that keeps the connection.
    Empty,
}

/// Begins a transaction that may stay as long as it likes. With any other isolation, which a role may have by default, it
/// would keep the snapshot of its first question.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; \
    SET LOCAL statement_timeout = 0";

/// Asks something in a transaction of its own, after which an empty one is open. In one message: to a pooler there is no
/// moment in between. Raw, for a prepared statement would not outlive its transaction there.
async fn asked(connection: &mut PgConnection, sql: &str, between: Between) -> Result<Vec<PgRow>, sqlx::Error> {
    let end = match between {
        Between::Nothing => "",
        Between::Empty => "COMMIT; ",
    };
    let message = format!("{end}{BEGIN}; {sql}; COMMIT; {BEGIN}");
    // Only numbers of ours are put into it.
    sqlx::raw_sql(AssertSqlSafe(message)).fetch_all(connection).await
}

async fn acquire(connection: &mut PgConnection, class: i32, key: i32, shared: bool, between: Between) -> Result<()> {
    let suffix = if shared { "_shared" } else { "" };
    let attempt = format!("SELECT pg_try_advisory_lock{suffix}({class}, {key})");
    let mut wait = Wait::begin();
    loop {
        let rows = asked(connection, &attempt, between).await.map_err(conn)?;
        if rows
            .first()
            .map_or(Ok(false), |row| row.try_get::<bool, _>(0))
            .map_err(conn)?
        {
            return Ok(());
        }
        let holder = if between == Between::Nothing {
            sqlx::raw_sql("ROLLBACK")
                .execute(&mut *connection)
                .await
                .map_err(conn)?;
            holder(connection, class, key).await
        } else {
            let rows = asked(connection, &holder_sql(class, key), between).await;
            rows.map(|rows| rows.first().and_then(read_holder))
        };
        wait.turn(holder.unwrap_or_default()).await?;
    }
}

/// Who holds an advisory lock of the current database.
fn holder_sql(class: i32, key: i32) -> String {
    format!(
        "SELECT activity.application_name FROM pg_locks AS held JOIN pg_stat_activity AS activity ON activity.pid = held.pid \
         WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2 AND held.classid = ({class})::bigint::oid \
         AND held.objid = {} AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1",
        key.cast_unsigned()
    )
}

async fn holder(connection: &mut PgConnection, class: i32, key: i32) -> Result<Option<Holder>, sqlx::Error> {
    let rows = sqlx::raw_sql(AssertSqlSafe(holder_sql(class, key)))
        .fetch_all(connection)
        .await?;
    Ok(rows.first().and_then(read_holder))
}

fn read_holder(row: &PgRow) -> Option<Holder> {
    let name: Option<String> = row.try_get(0).ok()?;
    Holder::read(&name?)
}

/// The wait for a lock, in short tries.
pub(super) struct Wait {
    since: Instant,
    limit: Duration,
    told: bool,
}

impl Wait {
    pub(super) fn begin() -> Self {
        Self {
            since: Instant::now(),
            limit: Waiting::current().limit,
            told: false,
        }
    }

    pub(super) async fn turn(&mut self, holder: Option<Holder>) -> Result<()> {
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
