//! Taking back a step statement by statement: how far it has come, and what becomes of it where it stops half-way.
//!
//! From its first statement on the step no longer counts as applied, so that whoever asks finds it pending, whatever ends the
//! program. What the database remembers of the step says that it is half taken back, and at which statement. `down` goes on with
//! it before any other step, `up` applies it again: the forms of online changes look what is there first.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI32, Ordering},
};

use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, TransactionTrait as _, sqlx};
use serde::Serialize;

use super::{
    ledger::{self, StepState},
    recording::{Direction, record},
    run_lock::LOST,
    runner::{Known, Runner},
    tracking::{self, Record},
};

/// Where taking back a step has stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HalfBack {
    /// The statement, from 1; none where none was begun, or nobody counted.
    pub statement: Option<i32>,
    /// How many statements it has.
    pub of: usize,
    /// Why it failed; none where its run was killed, or is under way.
    pub failure: Option<String>,
}

impl HalfBack {
    /// What a database remembers of a step that it does not have.
    pub(super) fn of(step: &Known, kept: &ledger::Model, backend: sea_orm::DbBackend) -> Option<Self> {
        let is_half = kept.direction == Direction::Down.as_str() && kept.state != StepState::Done;
        is_half.then(|| Self {
            statement: kept.statement.filter(|number| *number > 0),
            of: record(step.migration.as_ref(), backend, Direction::Down)
                .statements
                .len(),
            failure: kept.failure.clone(),
        })
    }

    /// In words, behind what is at that statement.
    pub(super) fn at(&self) -> String {
        match self.statement {
            Some(number) => format!("at its statement {number} of {}", self.of),
            None => "at its beginning".to_owned(),
        }
    }
}

/// How far a step is taken back.
pub(super) struct Progress {
    db: DatabaseConnection,
    step: String,
    /// What it sends, in its order.
    recorded: Vec<String>,
    reached: AtomicI32,
    /// The statement that is being sent.
    sent: Mutex<Option<String>>,
    /// Whether a statement has changed something, or may have.
    has_changed: AtomicBool,
    /// The record of the step, which is put back where nothing was changed; none where an earlier run has changed something.
    record: Option<Record>,
    is_data: bool,
    is_watched: bool,
}

impl Progress {
    pub(super) async fn begin(runner: &Runner<'_>, step: &Known, is_watched: bool) -> Result<Self, DbErr> {
        let db = runner.db();
        let record_of = tracking::applied(db, runner.table()).await?;
        let record_of = record_of.into_iter().find(|record| record.name == step.name());
        let kept = ledger::all(db).await?.into_iter().find(|kept| kept.step == step.name());
        // Where the step still counts as applied, what is kept is of another attempt, of which nothing is left.
        let reached = kept
            .filter(|kept| record_of.is_none() && kept.direction == Direction::Down.as_str())
            .and_then(|kept| kept.statement);
        Ok(Self {
            db: db.clone(),
            step: step.name().to_owned(),
            recorded: record(step.migration.as_ref(), db.get_database_backend(), Direction::Down).statements,
            reached: AtomicI32::new(reached.unwrap_or(0)),
            sent: Mutex::default(),
            has_changed: AtomicBool::new(false),
            record: record_of,
            is_data: step.kind == super::StepKind::Data,
            is_watched,
        })
    }

    /// The statement that was reached, from 1.
    pub(super) fn reached(&self) -> Option<i32> {
        Some(self.reached.load(Ordering::Relaxed)).filter(|number| *number > 0)
    }

    /// It does not count as applied any more.
    pub(super) async fn take_out(&self, runner: &Runner<'_>) -> Result<(), DbErr> {
        tracking::delete(&self.db, runner.table(), &self.step).await
    }

    /// That statement is about to be sent.
    pub(super) async fn before(&self, number: u32, sql: &str) -> Result<(), DbErr> {
        let so_far = self.reached.load(Ordering::Relaxed);
        let wanted = without_limit(sql);
        let is_it = |recorded: &String| without_limit(recorded) == wanted;
        // Statements that are done already are left out, so the count of what is sent says little.
        let behind = self
            .recorded
            .iter()
            .skip(usize::try_from(so_far).unwrap_or(0))
            .position(is_it);
        let at = behind
            .map(|at| at + usize::try_from(so_far).unwrap_or(0) + 1)
            .or_else(|| self.recorded.iter().position(is_it).map(|at| at + 1))
            .unwrap_or(number as usize);
        let at = i32::try_from(at).unwrap_or(i32::MAX).max(so_far);
        self.reached.store(at, Ordering::Relaxed);
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(sql.to_owned());
        ledger::reach(&self.db, &self.step, at).await
    }

    /// The database has answered it.
    pub(super) fn after(&self) {
        self.has_changed.store(true, Ordering::Relaxed);
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// It failed. Where nothing was changed for certain, the step counts as applied again.
    pub(super) async fn failed(&self, runner: &Runner<'_>, error: &DbErr) -> Result<(), DbErr> {
        let Some(record) = self.record.as_ref().filter(|_| self.is_whole(error)) else {
            return Ok(());
        };
        let transaction = self.db.begin().await?;
        tracking::delete(&transaction, runner.table(), &self.step).await?;
        tracking::insert_at(&transaction, runner.table(), &self.step, record.applied_at).await?;
        transaction.commit().await?;
        Ok(())
    }

    fn is_whole(&self, error: &DbErr) -> bool {
        // Whoever holds the lock by now may be at work on the same step.
        if !is_answered(error) || matches!(error, DbErr::Migration(text) if text.starts_with(LOST)) {
            return false;
        }
        // What a data migration takes back, it takes back in one transaction.
        if self.is_data {
            return true;
        }
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_watched
            && !self.has_changed.load(Ordering::Relaxed)
            && !sent.as_deref().is_some_and(may_leave_something)
    }
}

/// A statement without the limit of its wait for a lock, which is another one in every run.
fn without_limit(sql: &str) -> &str {
    sql.strip_prefix("SET LOCAL lock_timeout")
        .and_then(|rest| rest.split_once("; "))
        .map_or(sql, |(_, rest)| rest)
}

/// Whether a statement may have changed something although it failed: those that commit as they go.
fn may_leave_something(sql: &str) -> bool {
    let upper = sql.to_ascii_uppercase();
    upper.contains("CONCURRENTLY") || ["DO", "CALL"].contains(&upper.split_whitespace().next().unwrap_or_default())
}

/// Whether the database has said what became of the statement.
fn is_answered(error: &DbErr) -> bool {
    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => false,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            // 57P01 to 57P03: the server goes down, or has ended the session.
            matches!(&**error, sqlx::Error::Database(error) if !error.code().is_some_and(|code| code.starts_with("57P")))
        }
        _ => true,
    }
}
