//! Waiting for a lock without making others wait: short tries, growing pauses, and who is in the way.
//!
//! A statement that waits for a strong lock makes everybody behind it wait too. So it waits a moment only
//! (`lock_timeout`), gives the others room, and tries again; the pauses double, and jitter keeps several programs from
//! trying in step.

use std::{
    fmt,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement};

use crate::ddl::{quote, quote_text};

/// Who holds what a statement waits for. Its query is not among what is told: it may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The process on the server.
    pub pid: i32,
    /// What the program calls itself.
    pub application: String,
    /// The role.
    pub user: String,
    /// What it does: `active`, `idle in transaction`, …
    pub state: String,
    /// Since when its transaction runs, UTC.
    pub since: String,
    /// Since when its last query runs, or ran, UTC.
    pub asked: String,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            write!(f, "the prepared transaction")?;
        } else {
            write!(f, "process {}", self.pid)?;
        }
        if !self.application.is_empty() {
            write!(f, " of `{}`", self.application)?;
        }
        if !self.user.is_empty() {
            write!(f, " as {}", self.user)?;
        }
        if !self.state.is_empty() {
            write!(f, ", {}", self.state)?;
        }
        if !self.since.is_empty() {
            write!(f, ", since {}", self.since)?;
        }
        if !self.asked.is_empty() {
            write!(f, ", its last query from {}", self.asked)?;
        }
        Ok(())
    }
}

/// A try that failed, or a long statement that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What the lock is for.
    pub what: String,
    /// How many tries there were.
    pub tries: u32,
    /// How long it has been waiting for the lock, the pauses included.
    pub waited: Duration,
    /// How long it lets the others work before it tries again; none for a statement that goes on waiting.
    pub pause: Duration,
    /// Who is in the way, as far as they could be seen.
    pub blockers: Vec<Blocker>,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waited = self.waited.as_secs_f64();
        if self.tries > 0 {
            let tries = if self.tries == 1 { "try" } else { "tries" };
            write!(
                f,
                "{} waits for a lock ({} {tries}, {waited:.1} s)",
                self.what, self.tries
            )?;
        } else {
            write!(f, "{} waits for others' transactions ({waited:.1} s)", self.what)?;
        }
        f.write_str(&named(&self.blockers))
    }
}

/// Those who are in the way, behind what they are in the way of.
pub(super) fn named(blockers: &[Blocker]) -> String {
    let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    if blockers.is_empty() {
        return String::new();
    }
    format!("; in the way: {}", blockers.join("; "))
}

/// Hears of every wait.
pub type Hook = Arc<dyn Fn(&Wait) + Send + Sync>;

/// How long a statement waits for a lock, and how it goes on when it did not get it.
#[derive(Clone)]
pub struct LockPolicy {
    /// How long one try waits, and so how long others wait behind it.
    pub timeout: Duration,
    /// When it gives up.
    pub patience: Duration,
    /// The pause after the first try; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// For how long a statement that keeps no writer waiting may itself wait for others' transactions before it is given up;
    /// none is for as long as these take.
    pub longest_wait: Option<Duration>,
    /// Who hears of it. Where nobody does, a statement that waits for others' transactions says so on standard error.
    pub hook: Option<Hook>,
}

impl fmt::Debug for LockPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockPolicy")
            .field("timeout", &self.timeout)
            .field("patience", &self.patience)
            .field("longest_wait", &self.longest_wait)
            .finish_non_exhaustive()
    }
}

impl Default for LockPolicy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_millis(100),
            patience: Duration::from_mins(10),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(10),
            longest_wait: None,
            hook: None,
        }
    }
}

tokio::task_local! {
    static POLICY: LockPolicy;
}

impl LockPolicy {
    /// The policy of this task; the default one where none was set.
    pub fn current() -> Self {
        POLICY.try_with(Clone::clone).unwrap_or_default()
    }

    /// Runs a future under this policy.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        POLICY.scope(self, future).await
    }

    /// Lets someone hear of every wait.
    #[must_use]
    pub fn heard_by(mut self, hook: impl Fn(&Wait) + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// `SET LOCAL lock_timeout …`: it ends with the transaction, so that a pool's connection is as it was.
    pub fn set_local(&self) -> String {
        format!("SET LOCAL lock_timeout = '{}ms'", self.timeout.as_millis().max(1))
    }

    /// The pause after that many tries: doubled each time, then between a half and the whole of it.
    pub fn pause(&self, tries: u32, random: f64) -> Duration {
        let doubled = self.first_pause.saturating_mul(1 << tries.saturating_sub(1).min(20));
        doubled
            .min(self.longest_pause)
            .mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }

    #[expect(
        clippy::print_stderr,
        reason = "a program that waits for hours must not be silent about it"
    )]
    pub(super) fn tell(&self, wait: &Wait) {
        match &self.hook {
            Some(hook) => hook(wait),
            // Tries end by themselves, with an error that says the same.
            None if wait.tries == 0 => eprintln!("{wait}"),
            None => {}
        }
    }
}

/// Time and chance, from outside.
pub trait Time: Send + Sync {
    /// How long it has been going.
    fn now(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
    /// A number from 0 to 1.
    fn random(&self) -> f64;
}

/// The clock on the wall.
#[derive(Clone, Copy, Debug)]
pub struct WallTime(Instant);

impl Default for WallTime {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Time for WallTime {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

/// Whether somebody else's lock is why a statement failed: 55P03 is a lock that was not to be had in time, 40P01 a
/// deadlock (PostgreSQL manual, appendix A).
pub fn is_lock_conflict(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("55P03" | "40P01"))
}

/// Tries until it works, fails for another reason than a lock, or the patience is over. `who` is asked after every try
/// that failed.
///
/// # Errors
/// What the attempt fails with; when the patience is over, who was in the way and what to do.
pub async fn patiently<T, A, B>(
    policy: &LockPolicy,
    time: &impl Time,
    what: &str,
    mut attempt: impl FnMut() -> A,
    mut who: impl FnMut() -> B,
) -> Result<T, DbErr>
where
    A: Future<Output = Result<T, DbErr>>,
    B: Future<Output = Vec<Blocker>>,
{
    let start = time.now();
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt().await {
            Err(error) if is_lock_conflict(&error) => {}
            done => return done,
        }
        let mut wait = Wait {
            what: what.to_owned(),
            tries,
            blockers: who().await,
            waited: time.now().saturating_sub(start),
            pause: policy.pause(tries, time.random()),
        };
        if wait.waited + wait.pause > policy.patience {
            wait.pause = Duration::ZERO;
            policy.tell(&wait);
            return Err(DbErr::Migration(format!(
                "{wait}; given up. Let that transaction end (or end it with `SELECT pg_terminate_backend(PID)`) and run it \
                 again: what is done already is left as it is"
            )));
        }
        policy.tell(&wait);
        time.sleep(wait.pause).await;
    }
}

const COLUMNS: &str = "a.pid AS pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS user_name, \
     coalesce(a.state, '') AS state, coalesce(to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '') AS since, \
     coalesce(to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '') AS asked";

async fn asked<C: ConnectionTrait>(db: &C, sql: String) -> Result<Vec<Blocker>, DbErr> {
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Blocker {
                pid: row.try_get("", "pid")?,
                application: row.try_get("", "application")?,
                user: row.try_get("", "user_name")?,
                state: row.try_get("", "state")?,
                since: row.try_get("", "since")?,
                asked: row.try_get("", "asked")?,
            })
        })
        .collect()
}

/// Who is in the way of that process of the server, while it waits.
///
/// # Errors
/// What the database says.
pub async fn blockers<C: ConnectionTrait>(db: &C, pid: i32) -> Result<Vec<Blocker>, DbErr> {
    // A prepared transaction has no process: the server calls it 0.
    let sql = format!(
        "WITH blocking AS MATERIALIZED (SELECT unnest(pg_blocking_pids({pid})) AS pid) \
         SELECT pid, application, user_name, state, since, asked FROM (\
         SELECT {COLUMNS}, a.xact_start AS at FROM pg_stat_activity AS a WHERE a.pid IN (SELECT pid FROM blocking) UNION ALL \
         SELECT 0, p.gid::text, p.owner::text, 'prepared', \
         to_char(p.prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '', p.prepared \
         FROM pg_prepared_xacts AS p WHERE p.database = current_database() AND 0 IN (SELECT pid FROM blocking)) AS seen \
         ORDER BY at LIMIT 5"
    );
    asked(db, sql).await
}

/// Who is in the way of the process that runs that statement, while it waits.
///
/// # Errors
/// What the database says.
pub async fn blockers_of_statement<C: ConnectionTrait>(db: &C, sql: &str) -> Result<Vec<Blocker>, DbErr> {
    // The server keeps the first kilobyte of a statement.
    let beginning: String = sql.chars().take(200).collect();
    let asking = format!(
        "SELECT DISTINCT {COLUMNS}, a.xact_start FROM pg_stat_activity AS w, pg_stat_activity AS a \
         WHERE w.pid <> pg_backend_pid() AND w.state = 'active' AND w.datname = current_database() AND left(w.query, {}) = {} \
         AND a.pid = ANY (pg_blocking_pids(w.pid)) ORDER BY a.xact_start LIMIT 5",
        beginning.chars().count(),
        quote_text(&beginning)
    );
    asked(db, asking).await
}

/// Who has held locks on those tables for longer than a try of that length waited, the oldest first. It is asked when
/// the try is over: the one connection that there may be is then free.
///
/// # Errors
/// What the database says.
pub async fn holders<C: ConnectionTrait>(db: &C, tables: &[String], tried: Duration) -> Result<Vec<Blocker>, DbErr> {
    let tables: Vec<String> = tables
        .iter()
        .map(|table| format!("to_regclass({})", quote_text(&quote(table))))
        .collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM pg_stat_activity AS a WHERE a.pid <> pg_backend_pid() \
         AND a.xact_start < clock_timestamp() - interval '{} milliseconds' AND a.pid IN (SELECT l.pid FROM pg_locks AS l \
         WHERE l.granted AND l.locktype = 'relation' AND l.relation IN ({})) ORDER BY a.xact_start LIMIT 5",
        tried.as_millis(),
        if tables.is_empty() {
            "NULL".to_owned()
        } else {
            tables.join(", ")
        }
    );
    asked(db, sql).await
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, error::Error, sync::Mutex};

    use sea_orm::sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct Refused(&'static str);

    impl fmt::Display for Refused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("refused")
        }
    }

    impl Error for Refused {}

    impl DatabaseError for Refused {
        fn message(&self) -> &'static str {
            "refused"
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }
        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn refused(code: &'static str) -> DbErr {
        let error = sea_orm::sqlx::Error::Database(Box::new(Refused(code)));
        DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
    }

    /// A clock that moves when it is slept on, and by what a try takes.
    struct Simulated {
        now: Mutex<Duration>,
        random: f64,
    }

    impl Simulated {
        fn pass(&self, time: Duration) {
            *self.now.lock().unwrap() += time;
        }
    }

    impl Time for Simulated {
        fn now(&self) -> Duration {
            *self.now.lock().unwrap()
        }
        async fn sleep(&self, time: Duration) {
            self.pass(time);
        }
        fn random(&self) -> f64 {
            self.random
        }
    }

    fn holder() -> Blocker {
        Blocker {
            pid: 7,
            application: "report".into(),
            user: "ann".into(),
            state: "idle in transaction".into(),
            since: "2026-11-24 12:00:00".into(),
            asked: "2026-11-24 12:00:01".into(),
        }
    }

    /// Runs a simulation in which the lock is free at that second, and returns the pauses and how it ended.
    fn simulated(free_at: Duration, random: f64) -> (Vec<u128>, Result<u32, String>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let policy = LockPolicy::default().heard_by(move |wait| hears.lock().unwrap().push(wait.pause.as_millis()));
        let time = &Simulated {
            now: Mutex::default(),
            random,
        };
        let mut tries = 0;
        let attempt = || {
            tries += 1;
            let now = time.now();
            let outcome = if now >= free_at {
                Ok(tries)
            } else {
                time.pass(Duration::from_millis(100));
                Err(refused("55P03"))
            };
            async move { outcome }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(patiently(&policy, time, "`logs`", attempt, || async { vec![holder()] }));
        let pauses = heard.lock().unwrap().clone();
        (pauses, ended.map_err(|error| error.to_string()))
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let (pauses, ended) = simulated(Duration::from_mins(1), 1.0);
        assert_eq!(
            pauses,
            [200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000, 10000, 10000]
        );
        assert_eq!(ended, Ok(12));
        let (pauses, _) = simulated(Duration::from_secs(1), 0.0);
        assert_eq!(pauses, [100, 200, 400]);
    }

    /// Of the time that it waits, others wait behind it for a small part.
    #[test]
    fn others_have_most_of_the_time() {
        for random in [0.0, 0.5, 1.0] {
            let (pauses, _) = simulated(Duration::from_mins(2), random);
            let free: u128 = pauses.iter().sum();
            let held = 100 * pauses.len() as u128;
            assert!(free > 20 * held, "{held} ms of tries, {free} ms of pauses");
        }
    }

    #[test]
    fn it_gives_up_and_says_who_was_in_the_way() {
        let (pauses, ended) = simulated(Duration::MAX, 1.0);
        assert!(pauses.len() > 60);
        let error = ended.unwrap_err();
        names_the_holder(&error);
    }

    fn names_the_holder(error: &str) {
        for part in [
            "`logs` waits for a lock",
            "process 7 of `report` as ann, idle in transaction, since 2026-11-24 12:00:00",
            "given up",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn another_failure_is_not_tried_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut tries = 0;
        let attempt = || {
            tries += 1;
            async { Err::<(), _>(refused("23505")) }
        };
        let time = WallTime::default();
        let nobody = || async { Vec::new() };
        let policy = LockPolicy::default();
        let ended = runtime.block_on(patiently(&policy, &time, "`logs`", attempt, nobody));
        assert!(ended.is_err());
        assert_eq!(tries, 1);
    }

    #[test]
    fn a_policy_holds_within_its_scope() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let policy = LockPolicy {
            timeout: Duration::from_millis(20),
            ..LockPolicy::default()
        };
        let inside = runtime.block_on(policy.scope(async { LockPolicy::current().set_local() }));
        assert_eq!(inside, "SET LOCAL lock_timeout = '20ms'");
        assert_eq!(LockPolicy::current().timeout, Duration::from_millis(100));
    }
}
