//! Statements that may wait for others for as long as these like: who holds them up is told, and they can be given up.
//!
//! `CREATE INDEX CONCURRENTLY` keeps no writer waiting and waits itself for every transaction that is older than it is. So
//! it is sent on a connection whose process on the server is known, and from another one the server is asked who is in its
//! way.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseConnectionType, DbErr, ExecResult, RuntimeErr,
    SqlxPostgresConnector,
    sqlx::{self, AssertSqlSafe, Row as _, postgres::PgPoolOptions},
};
use tokio::time::{Instant, sleep};

use super::lock::{Blocker, LockPolicy, Wait, blockers, named};

/// How often the server is asked, at most.
const LOOK: Duration = Duration::from_secs(1);
/// How many looks must have found somebody before that is told for the first time; then twice as many, and so on, up to the most.
const FIRST: u32 = 2;
const MOST: u32 = 30;

/// What the error of a statement that was given up says.
const GIVEN_UP: &str = " and was given up";

/// Whether a statement was given up, because others were in its way for too long.
pub(super) fn is_given_up(error: &DbErr) -> bool {
    matches!(error, DbErr::Migration(text) if text.contains(GIVEN_UP))
}

/// A statement's first words, which say what it does.
pub(crate) fn in_short(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().take(5).collect();
    format!("`{} …`", words.join(" "))
}

/// Sends a statement. On PostgreSQL others may be in its way: those are told to the policy's hook, again and again, and when
/// they have been for longer than the policy allows, the statement is cancelled.
///
/// # Errors
/// What the database says; who was in the way for too long.
pub(crate) async fn watched(
    db: &DatabaseConnection,
    policy: &LockPolicy,
    what: &str,
    sql: &str,
) -> Result<ExecResult, DbErr> {
    let DatabaseConnectionType::SqlxPostgresPoolConnection(_) = &db.inner else {
        return db.execute_unprepared(sql).await;
    };
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(lost)?;
    let asked = sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(&mut *connection);
    let process: i32 = asked.await.and_then(|row| row.try_get(0)).map_err(failed)?;
    // One that is there only when it is needed: the pool's may all be at work, or be this one.
    let options = (*pool.connect_options()).clone();
    let beside = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options);
    let beside = SqlxPostgresConnector::from_sqlx_postgres_pool(beside);
    let cancelling = Mutex::new(None);
    let outcome = {
        let mut sending = pin!(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection));
        let mut looking = pin!(look(&beside, process, policy, what, &cancelling));
        let done = tokio::select! {
            biased;
            done = &mut sending => {
                // The cancellation must have come to its end, too, before the connection is used for anything else.
                if said(&cancelling).is_some() {
                    looking.await;
                }
                done
            }
            () = &mut looking => sending.await,
        };
        match (done, said(&cancelling)) {
            // Even if it came to its end in the last moment.
            (Ok(done), _) => Ok(Ok(done)),
            (Err(_), Some(over)) => Err(over),
            (Err(error), None) => Ok(Err(error)),
        }
    };
    let _ = beside.close().await;
    match outcome {
        Ok(Ok(done)) => Ok(ExecResult::from(done)),
        Ok(Err(error)) => Err(failed(error)),
        Err(over) => Err(DbErr::Migration(over)),
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn lost(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

/// Why the statement is cancelled, where it is.
fn said(cancelling: &Mutex<Option<String>>) -> Option<String> {
    cancelling.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Looks who is in the way of that process. It ends when it has cancelled what the process does; the reason is there before, since
/// the process may hear of it first.
async fn look(
    db: &DatabaseConnection,
    process: i32,
    policy: &LockPolicy,
    what: &str,
    cancelling: &Mutex<Option<String>>,
) {
    let because = |reason| *cancelling.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    let pause = LOOK.min(policy.longest_pause);
    let mut since: Option<Instant> = None;
    let (mut looks, mut next) = (0_u32, FIRST);
    loop {
        sleep(pause).await;
        // Who can't be seen, or not just now, is not named.
        let blockers = blockers(db, process).await.unwrap_or_default();
        if blockers.is_empty() {
            (since, looks, next) = (None, 0, FIRST);
            continue;
        }
        let waited = since.get_or_insert_with(Instant::now).elapsed() + pause;
        looks += 1;
        if policy.longest_wait.is_some_and(|longest| waited >= longest) {
            because(Some(given_up(what, waited, &blockers)));
            let cancel = format!("SELECT pg_cancel_backend({process})");
            match db.execute_unprepared(&cancel).await {
                Ok(_) => return,
                Err(_) => because(None),
            }
        }
        if looks >= next {
            next = looks + (next * 2).min(MOST);
            policy.tell(&Wait {
                what: what.to_owned(),
                tries: 0,
                waited,
                pause: Duration::ZERO,
                blockers,
            });
        }
    }
}

fn given_up(what: &str, waited: Duration, blockers: &[Blocker]) -> String {
    format!(
        "{what} has waited for others' transactions for {:.1} s{GIVEN_UP}{}. Let that transaction end (or end it with `SELECT \
         pg_terminate_backend(PID)`), or give it longer with --online-wait, and run it again: what is done already is left \
         as it is",
        waited.as_secs_f64(),
        named(blockers)
    )
}
