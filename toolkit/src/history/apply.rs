//! How steps are applied and taken back.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::SchemaManager;

use super::{
    Error, Noted, Quarantined, Report, Result, Runner, StepKind,
    back::Progress,
    caught::caught,
    counts, dependents, ledger as history_ledger,
    ledger::StepState,
    recording::Direction,
    run_lock::RunLock,
    runner::{Applied, Known},
    tracking,
    watch::{self, Counter, Point, Watcher, meet},
};
use crate::{
    data::{
        Outcome, Summary, answers, ledger,
        ledger::moved,
        progress::{Event, tell},
    },
    ddl::{
        ONE_CONNECTION, Unenforced, is_enforced,
        online::lock::{LockPolicy, WallTime, holders, patiently},
    },
};

/// How many rows of a step's quarantine and remarks a report has.
const FIRST: u64 = 20;

/// Looks after the statements of one step.
struct Watch {
    step: String,
    lock: Arc<RunLock>,
    back: Option<Arc<Progress>>,
}

#[async_trait]
impl Watcher for Watch {
    async fn before(&self, number: u32, sql: &str) -> Result<(), DbErr> {
        self.lock.check().await?;
        meet(&self.step, Point::Before(number)).await?;
        match &self.back {
            Some(back) => back.before(number, sql).await,
            None => Ok(()),
        }
    }

    async fn after(&self, number: u32) -> Result<(), DbErr> {
        if let Some(back) = &self.back {
            back.after();
        }
        meet(&self.step, Point::After(number)).await
    }
}

impl Runner<'_> {
    /// Applies steps or takes them back, one after the other, until one fails.
    pub(super) async fn run(&self, lock: &Arc<RunLock>, direction: Direction, steps: &[&Known]) -> Result<Report> {
        if steps.is_empty() {
            return Ok(Report::default());
        }
        let db = self.db();
        let before = counts::count(db, &tracking::tables(db, self.table()).await?).await?;
        tracking::install(db, self.table()).await?;
        history_ledger::install(db).await?;
        ledger::install(db).await?;
        self.catch_up().await?;
        let started = crate::data::run_number();
        let mut report = Report::default();
        let mut failure = None;
        for step in steps {
            tell(&Event::StepStarted {
                step: step.name().to_owned(),
            });
            let clock = Instant::now();
            if let Err(error) = self.step(lock, direction, step, clock).await {
                failure = Some(error);
                break;
            }
            let milliseconds = milliseconds(clock);
            tell(&Event::StepDone {
                step: step.name().to_owned(),
                milliseconds,
            });
            report.steps.push(Applied {
                name: step.name().to_owned(),
                kind: step.kind,
                milliseconds,
            });
        }
        let counted = async {
            let after = counts::count(db, &tracking::tables(db, self.table()).await?).await?;
            report.counts = counts::compare(&before, &after);
            counts::store(db, direction.as_str(), started, &report.counts).await
        };
        match (failure, counted.await) {
            // The failure says more than what follows from it.
            (Some(error), _) => return Err(error),
            (None, counted) => counted?,
        }
        if direction == Direction::Up {
            self.accounts(&mut report).await?;
        }
        Ok(report)
    }

    /// Remembers what was applied before there was a ledger, as it is now.
    async fn catch_up(&self) -> Result<()> {
        let db = self.db();
        let known = history_ledger::all(db).await?;
        for applied in tracking::applied(db, self.table()).await? {
            let step = self.known().iter().find(|step| step.name() == applied.name);
            if let Some(step) = step
                && !known.iter().any(|known| known.step == applied.name)
            {
                history_ledger::record(db, step.name(), &step.digests).await?;
            }
        }
        Ok(())
    }

    /// One step, whole.
    async fn step(&self, lock: &Arc<RunLock>, direction: Direction, step: &Known, clock: Instant) -> Result<()> {
        let db = self.db();
        lock.check()
            .await
            .map_err(|error| Error::of_step(step.name(), direction.as_str(), true, error))?;
        if step.kind == StepKind::Schema {
            dependents::refuse(db, step, direction).await?;
        }
        let backend = db.get_database_backend();
        // SQLite can do everything inside of a transaction.
        let whole = step.kind == StepKind::Schema && (!step.is_online || backend == DbBackend::Sqlite);
        let is_watched = watch::is_possible();
        if step.kind == StepKind::Schema && !is_watched {
            tell(&Event::Unwatched {
                step: step.name().to_owned(),
            });
        }
        let back = if direction == Direction::Down && !whole {
            Some(Arc::new(Progress::begin(self, step, is_watched).await?))
        } else {
            None
        };
        let reached = back.as_ref().and_then(|back| back.reached());
        history_ledger::begin(db, step.name(), direction.as_str(), &step.digests, reached).await?;
        let counter = Counter::default();
        let excludes_data = step.kind == StepKind::Schema;
        if excludes_data {
            lock.exclude_data().await?;
        }
        // Inside a transaction enforcement can't be switched off. With it, rebuilding a table would delete the rows that
        // refer to it.
        let unenforced = if step.kind == StepKind::Schema && backend == DbBackend::Sqlite {
            Some(Unenforced::begin(db).await?)
        } else {
            None
        };
        if let Some(back) = &back {
            back.take_out(self).await?;
        }
        let result = heard(step.name())
            .scope(async {
                if whole {
                    self.patiently(lock, direction, step, &counter, clock).await
                } else {
                    self.outside(lock, direction, step, &counter, clock, back.as_ref())
                        .await
                }
            })
            .await;
        if let Some(unenforced) = unenforced {
            unenforced.end().await?;
        }
        let Err(error) = result else {
            if excludes_data {
                lock.admit_data().await?;
            }
            return Ok(());
        };
        let mut sent = counter.sent();
        if let Some(back) = &back {
            sent = back.reached().and_then(|at| u32::try_from(at).ok()).unwrap_or(sent);
            // Where that can't be written, it stays half taken back, from where both ways lead on.
            let _ = back.failed(self, &error).await;
        }
        // Where even that can't be written, it stays as begun, which is true as well.
        let _ = history_ledger::end(
            db,
            step.name(),
            StepState::Failed,
            milliseconds(clock),
            sent,
            Some(error.to_string()),
        )
        .await;
        Err(Error::of_step(
            step.name(),
            direction.as_str(),
            whole && backend != DbBackend::MySql,
            error,
        )
        .at_statement(sent))
    }

    /// In one transaction, again and again while others hold what it wants to lock: it waits for a lock no longer than they may
    /// have to wait behind it.
    async fn patiently(
        &self,
        lock: &Arc<RunLock>,
        direction: Direction,
        step: &Known,
        counter: &Counter,
        clock: Instant,
    ) -> Result<(), DbErr> {
        if self.db().get_database_backend() != DbBackend::Postgres {
            return self.in_transaction(lock, direction, step, counter, clock).await;
        }
        let policy = LockPolicy::current();
        let tables: Vec<String> = step.footprint.changed_tables().map(str::to_owned).collect();
        patiently(
            &policy,
            &WallTime::default(),
            &format!("`{}`", step.name()),
            || {
                counter.reset();
                self.in_transaction(lock, direction, step, counter, clock)
            },
            // Who can't be seen is not named.
            async || holders(self.db(), &tables, policy.timeout).await.unwrap_or_default(),
        )
        .await
    }

    /// In one transaction, with its record.
    async fn in_transaction(
        &self,
        lock: &Arc<RunLock>,
        direction: Direction,
        step: &Known,
        counter: &Counter,
        clock: Instant,
    ) -> Result<(), DbErr> {
        let backend = self.db().get_database_backend();
        // A transaction that begins by reading and then writes can't wait for another one on SQLite.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate).filter(|_| backend == DbBackend::Sqlite),
            ..TransactionOptions::default()
        };
        let transaction = self.db().begin_with_options(options).await?;
        if backend == DbBackend::Postgres {
            transaction
                .execute_unprepared(&LockPolicy::current().set_local())
                .await?;
        }
        if step.kind == StepKind::Schema && backend == DbBackend::Sqlite && is_enforced(&transaction).await? {
            transaction.rollback().await?;
            return Err(DbErr::Migration(ONE_CONNECTION.to_owned()));
        }
        let transaction = Arc::new(transaction);
        let result = if watch::is_possible() {
            let watcher = Arc::new(watch_of(lock, step, None));
            let db = watch::over_transaction(&transaction, watcher, counter);
            let manager = SchemaManager::new(&db);
            go(direction, step, &manager).await
        } else {
            let manager = SchemaManager::new(&*transaction);
            go(direction, step, &manager).await
        };
        let Some(transaction) = Arc::into_inner(transaction) else {
            return Err(DbErr::Migration(
                "the step has kept its connection; it must end with the step".to_owned(),
            ));
        };
        let kept = match result {
            Ok(()) => self.keep(&transaction, lock, direction, step, counter, clock).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            transaction.rollback().await?;
            return Err(error);
        }
        transaction.commit().await?;
        meet(step.name(), Point::Committed).await
    }

    /// What comes between the last statement and the commit.
    async fn keep(
        &self,
        transaction: &DatabaseTransaction,
        lock: &RunLock,
        direction: Direction,
        step: &Known,
        counter: &Counter,
        clock: Instant,
    ) -> Result<(), DbErr> {
        let backend = transaction.get_database_backend();
        if backend == DbBackend::Sqlite {
            let broken = transaction
                .query_all_raw(Statement::from_string(backend, "PRAGMA foreign_key_check"))
                .await?;
            if let Some(first) = broken.first() {
                let (table, parent): (String, String) = (first.try_get("", "table")?, first.try_get("", "parent")?);
                return Err(DbErr::Migration(format!(
                    "after it {} would refer to nothing, the first in `{table}` to `{parent}`",
                    crate::data::rows_text(broken.len() as u64)
                )));
            }
        }
        self.record(transaction, direction, step, counter, clock).await?;
        lock.check().await?;
        meet(step.name(), Point::Commit).await
    }

    /// Without a transaction around it: a data step, or one whose statements allow none.
    async fn outside(
        &self,
        lock: &Arc<RunLock>,
        direction: Direction,
        step: &Known,
        counter: &Counter,
        clock: Instant,
        back: Option<&Arc<Progress>>,
    ) -> Result<(), DbErr> {
        let db = self.db();
        if step.kind == StepKind::Schema && watch::is_possible() {
            let watched = watch::over_connection(db, Arc::new(watch_of(lock, step, back)), counter);
            go(direction, step, &SchemaManager::new(&watched)).await?;
        } else {
            go(direction, step, &SchemaManager::new(db)).await?;
        }
        lock.check().await?;
        meet(step.name(), Point::Commit).await?;
        let transaction = db.begin().await?;
        self.record(&transaction, direction, step, counter, clock).await?;
        transaction.commit().await?;
        meet(step.name(), Point::Committed).await
    }

    async fn record(
        &self,
        db: &DatabaseTransaction,
        direction: Direction,
        step: &Known,
        counter: &Counter,
        clock: Instant,
    ) -> Result<(), DbErr> {
        if direction == Direction::Up {
            tracking::insert(db, self.table(), step.name()).await?;
            history_ledger::end(
                db,
                step.name(),
                StepState::Done,
                milliseconds(clock),
                counter.sent(),
                None,
            )
            .await
        } else {
            tracking::delete(db, self.table(), step.name()).await?;
            history_ledger::delete(db, step.name()).await
        }
    }

    /// What became of the rows in the data steps that ran, and what was proven.
    async fn accounts(&self, report: &mut Report) -> Result<(), DbErr> {
        for step in report.steps.iter().filter(|step| step.kind == StepKind::Data) {
            let Some(record) = ledger::steps::Entity::find_by_id(step.name.clone())
                .one(self.db())
                .await?
            else {
                continue;
            };
            let mut summary = Summary {
                step: step.name.clone(),
                source: record.source_table,
                ..Summary::default()
            };
            summary.count(self.db()).await?;
            let rows = moved::Entity::find()
                .filter(moved::Column::Step.eq(step.name.as_str()))
                .filter(moved::Column::Outcome.eq(Outcome::Quarantined))
                .order_by_asc(moved::Column::RowKey)
                .limit(FIRST)
                .all(self.db())
                .await?;
            report.quarantine.extend(rows.into_iter().map(|row| Quarantined {
                step: row.step,
                table: row.source_table,
                key: row.row_key.replace('\u{1f}', "/"),
                reason: row.reason.unwrap_or_default(),
            }));
            let rows = ledger::notes::Entity::find()
                .filter(ledger::notes::Column::Step.eq(step.name.as_str()))
                .order_by_asc(ledger::notes::Column::Id)
                .limit(FIRST)
                .all(self.db())
                .await?;
            report.notes.extend(rows.into_iter().map(|row| Noted {
                step: row.step,
                table: row.source_table,
                key: row.row_key.replace('\u{1f}', "/"),
                note: row.note,
            }));
            report.checks.extend(answers(self.db(), &step.name).await?);
            report.moved.push(summary);
        }
        Ok(())
    }
}

/// How long a step waits for locks, and that whoever listens hears of it.
fn heard(step: &str) -> LockPolicy {
    let policy = LockPolicy::current();
    if policy.hook.is_some() {
        return policy;
    }
    let step = step.to_owned();
    policy.heard_by(move |wait| {
        tell(&Event::Held {
            step: step.clone(),
            why: wait.to_string(),
        });
    })
}

fn watch_of(lock: &Arc<RunLock>, step: &Known, back: Option<&Arc<Progress>>) -> Watch {
    Watch {
        step: step.name().to_owned(),
        lock: Arc::clone(lock),
        back: back.cloned(),
    }
}

async fn go(direction: Direction, step: &Known, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    caught(async {
        match direction {
            Direction::Up => step.migration.up(manager).await,
            Direction::Down => step.migration.down(manager).await,
        }
    })
    .await
}

fn milliseconds(clock: Instant) -> u64 {
    u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX)
}
