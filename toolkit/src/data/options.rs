//! How a data migration is run.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::prelude::DateTime;

/// How to run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Rows a batch; without a number as many as take [`batch_time`](Self::batch_time).
    pub batch: Option<u64>,
    /// How long a batch should take: as long may somebody wait who wants to change a row in it.
    pub batch_time: Duration,
    /// How many batches of a step run side by side in this process; one on SQLite, which has one writer.
    pub workers: usize,
    /// What holds it back.
    pub throttle: Throttle,
    /// What the migrations take for now, UTC; the present without it.
    pub as_of: Option<DateTime>,
    /// Only about that many rows.
    pub limit: Option<u64>,
    /// How long a range of keys stays with a worker that is not heard of.
    pub lease: Duration,
    /// Where whoever started the run asks for its end.
    pub stop: Stop,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            batch: None,
            batch_time: Duration::from_millis(500),
            workers: 1,
            throttle: Throttle::default(),
            as_of: None,
            limit: None,
            lease: Duration::from_secs(30),
            stop: Stop::default(),
        }
    }
}

/// What holds a run back.
#[derive(Clone, Debug, Default)]
pub struct Throttle {
    /// So many rows a second at most, over all workers of this process.
    pub rows_a_second: Option<u64>,
    /// A pause after each batch.
    pub pause: Duration,
    /// PostgreSQL: waits while a replica is further behind than that.
    pub max_lag: Option<Duration>,
    /// A query whose one value says whether the database is well: true, or a number other than 0. It waits while it is not.
    pub health: Option<String>,
}

/// A request to end after the batch that a run is at.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for the end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

tokio::task_local! {
    static OPTIONS: RunOptions;
}

impl RunOptions {
    /// Runs a future whose data steps run with these options: a step of the history is run by the migrator, which has no
    /// room for them.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        OPTIONS.scope(self, future).await
    }

    /// The options of the scope.
    pub(super) fn current() -> Self {
        OPTIONS.try_with(Self::clone).unwrap_or_default()
    }
}
