//! What holds a run back: a rate, a pause, a replica that is behind, a database that is not well.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, sleep_until},
};

use super::{
    DataError,
    options::{Stop, Throttle},
    progress::{Event, tell},
};

/// How often a database is asked how it is, at most.
const LOOK: Duration = Duration::from_secs(1);
/// The longest wait before it is asked again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The throttle of a run, shared by its workers.
#[derive(Debug)]
pub(super) struct Gate {
    throttle: Throttle,
    stop: Stop,
    step: String,
    /// When the next batch may begin.
    next: Mutex<Instant>,
    looked: Mutex<Option<Instant>>,
}

impl Gate {
    pub(super) fn new(throttle: Throttle, stop: Stop, step: &str) -> Self {
        Self {
            throttle,
            stop,
            step: step.to_owned(),
            next: Mutex::new(Instant::now()),
            looked: Mutex::new(None),
        }
    }

    /// Waits until the next batch may begin.
    pub(super) async fn pass<C: ConnectionTrait>(&self, db: &C) -> Result<(), DataError> {
        let next = *self.next.lock().await;
        sleep_until(next).await;
        if self.throttle.health.is_none() && self.throttle.max_lag.is_none() {
            return Ok(());
        }
        // One worker asks, the others wait for the answer.
        let mut looked = self.looked.lock().await;
        let mut wait = LOOK;
        while looked.is_none_or(|looked| looked.elapsed() >= LOOK) && !self.stop.is_asked() {
            let Some(why) = self.held(db).await? else {
                *looked = Some(Instant::now());
                break;
            };
            tell(&Event::Held {
                step: self.step.clone(),
                why,
            });
            sleep(wait).await;
            wait = (wait * 2).min(PATIENCE);
        }
        Ok(())
    }

    /// A batch of that many rows is done.
    pub(super) async fn spent(&self, rows: u64) {
        let mut pause = self.throttle.pause;
        if let Some(rate) = self.throttle.rows_a_second.filter(|rate| *rate > 0) {
            #[expect(clippy::cast_precision_loss, reason = "a batch has at most 100,000 rows")]
            let seconds = rows as f64 / rate as f64;
            pause = pause.max(Duration::from_secs_f64(seconds));
        }
        if !pause.is_zero() {
            let mut next = self.next.lock().await;
            *next = (*next).max(Instant::now()) + pause;
        }
    }

    /// Why it must wait, if it must.
    async fn held<C: ConnectionTrait>(&self, db: &C) -> Result<Option<String>, DataError> {
        if let Some(most) = self.throttle.max_lag {
            let behind = lag(db).await?;
            if behind > most {
                return Ok(Some(format!("a replica is {:.1} s behind", behind.as_secs_f64())));
            }
        }
        if let Some(query) = &self.throttle.health
            && !is_well(db, query).await?
        {
            return Ok(Some("the health query says no".to_owned()));
        }
        Ok(None)
    }
}

/// How far the furthest replica is behind (PostgreSQL manual, `pg_stat_replication`).
async fn lag<C: ConnectionTrait>(db: &C) -> Result<Duration, DataError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(Duration::ZERO);
    }
    let sql = "SELECT CAST(coalesce(max(extract(epoch FROM replay_lag)), 0) AS float8) FROM pg_stat_replication";
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let seconds: f64 = row.map_or(Ok(0.0), |row| row.try_get_by_index(0))?;
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO))
}

/// What a query of the user's own says: its one value is a truth or a number.
async fn is_well<C: ConnectionTrait>(db: &C, query: &str) -> Result<bool, DataError> {
    let wrong = |why: String| DataError::Refused(format!("the health query cannot be asked: {why}"));
    let statement = Statement::from_string(db.get_database_backend(), query);
    let row = db
        .query_one_raw(statement)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    let Some(row) = row else { return Ok(false) };
    if let Ok(truth) = row.try_get_by_index::<Option<bool>>(0) {
        return Ok(truth.unwrap_or(false));
    }
    if let Ok(number) = row.try_get_by_index::<Option<i64>>(0) {
        return Ok(number.is_some_and(|number| number != 0));
    }
    if let Ok(number) = row.try_get_by_index::<Option<i32>>(0) {
        return Ok(number.is_some_and(|number| number != 0));
    }
    Err(wrong("its first value is neither a truth nor a number".to_owned()))
}
