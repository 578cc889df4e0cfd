//! All checks, in one state of the database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait as _};
use serde::Serialize;
use tokio::task::JoinSet;

use super::{
    Asking, Check, Found,
    asking::Shared,
    check::Question,
    snapshot::{Snapshot, is_timeout},
};
use crate::history::{Error, Result};

/// How checks are asked.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long one statement may take.
    pub timeout: Duration,
    /// How many checks are asked side by side, where the database can.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(5),
            workers: 4,
        }
    }
}

/// How a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing refutes it.
    Holds,
    /// Something refutes it.
    Fails,
    /// It could not be asked after, so nobody knows. It counts as failed.
    Undecided,
}

/// A claim and what the database says to it.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The check's name.
    pub name: String,
    /// What is claimed.
    pub claim: String,
    /// How it stands.
    pub outcome: Outcome,
    /// What was found.
    pub found: Found,
    /// Why it is undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What to do about what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
}

/// All claims and what the database says to them.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// How many hold.
    pub holds: usize,
    /// How many are refuted.
    pub fails: usize,
    /// How many could not be asked after.
    pub undecided: usize,
    /// The claims, in the order of the checks.
    pub claims: Vec<Answer>,
    /// Whether people are shown every claim, and not only those that do not hold and the number of the others.
    #[serde(skip)]
    pub whole: bool,
}

impl Verification {
    /// Whether every claim holds.
    pub fn holds(&self) -> bool {
        self.fails + self.undecided == 0
    }

    /// Adds a claim and how it stands.
    #[cfg(feature = "cli")]
    pub(super) fn add(&mut self, answer: Answer) {
        match answer.outcome {
            Outcome::Holds => self.holds += 1,
            Outcome::Fails => self.fails += 1,
            Outcome::Undecided => self.undecided += 1,
        }
        self.claims.push(answer);
    }
}

/// Asks all checks in one state of the database, and only reads.
///
/// On PostgreSQL several connections share one exported snapshot; on SQLite it is one read transaction.
///
/// # Errors
/// Where no transaction can be had. What goes wrong within a check leaves its claim undecided.
pub async fn verify(db: &DatabaseConnection, checks: Vec<Check>, options: Options) -> Result<Verification> {
    let snapshot = Snapshot::take(db, options.timeout).await?;
    let work = Arc::new(Work {
        checks,
        shared: Shared::default(),
        next: AtomicUsize::new(0),
        timeout: options.timeout,
    });
    let mut workers = JoinSet::new();
    let wanted = options.workers.clamp(1, work.checks.len().max(1));
    for _ in 1..wanted {
        // A server that has no more connections to give is asked by fewer.
        let Ok(Some(connection)) = snapshot.another().await else {
            break;
        };
        let work = Arc::clone(&work);
        workers.spawn(async move {
            let answers = work.on(&connection, || {}).await;
            connection.rollback().await.map(|()| answers)
        });
    }
    let mut answers = work.on(snapshot.first(), || snapshot.begin_check()).await;
    while let Some(ended) = workers.join_next().await {
        let ended = ended.map_err(|error| Error::Database(sea_orm::DbErr::Custom(error.to_string())))?;
        answers.extend(ended?);
    }
    snapshot.close().await?;
    answers.sort_by_key(|(at, _)| *at);
    let claims: Vec<Answer> = answers.into_iter().map(|(_, answer)| answer).collect();
    let number = |outcome| claims.iter().filter(|answer| answer.outcome == outcome).count();
    Ok(Verification {
        holds: number(Outcome::Holds),
        fails: number(Outcome::Fails),
        undecided: number(Outcome::Undecided),
        claims,
        whole: false,
    })
}

struct Work {
    checks: Vec<Check>,
    shared: Shared,
    next: AtomicUsize,
    timeout: Duration,
}

impl Work {
    /// Asks what nobody else has begun, until nothing is left.
    async fn on(&self, db: &DatabaseTransaction, begins: impl Fn()) -> Vec<(usize, Answer)> {
        let mut answers = Vec::new();
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(check) = self.checks.get(at) else {
                return answers;
            };
            begins();
            let begun = Instant::now();
            let asked = self.ask(db, check).await;
            let (outcome, found, error) = match asked {
                Ok(found) if found.total == 0 => (Outcome::Holds, found, None),
                Ok(found) => (Outcome::Fails, found, None),
                Err(error) => (Outcome::Undecided, Found::default(), Some(self.reason(&error))),
            };
            let answer = Answer {
                name: check.name().to_owned(),
                claim: check.claim().to_owned(),
                outcome,
                found,
                error,
                help: check.what_to_do().map(str::to_owned),
                milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            };
            answers.push((at, answer));
        }
    }

    /// Asks in a savepoint: PostgreSQL takes nothing more after a statement that failed.
    async fn ask(&self, db: &DatabaseTransaction, check: &Check) -> Result<Found> {
        let inner = db.begin().await?;
        let asking = Asking::new(&inner, &self.shared);
        let found = match &check.question {
            Question::None(rows) => asking.refuting(rows).await,
            Question::Asked(ask) => ask.ask(&asking).await,
        };
        inner.rollback().await?;
        found
    }

    fn reason(&self, error: &Error) -> String {
        match error {
            Error::Database(error) if is_timeout(error) => format!(
                "it took longer than {} s; give it more with --timeout",
                self.timeout.as_secs()
            ),
            error => error.to_string(),
        }
    }
}
