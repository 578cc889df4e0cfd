//! The runner: which steps are pending, and how they are applied and taken back.

use std::{collections::BTreeSet, sync::Arc};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DynIden,
    sea_query::{IntoIden as _, Table},
};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use serde::Serialize;

use super::{
    Error, LockFile, Result,
    back::HalfBack,
    branches::Footprint,
    counts::Count,
    digest::Digests,
    fresh,
    ledger::{self, StepState},
    problems::{Problem, Remark, findings},
    recording::{Direction, Recording, record},
    run_lock::RunLock,
    squashed::{self, Standing},
    tracking,
};
use crate::data::{Checked, Summary};

/// The steps of a migrator and the table that they are recorded in.
#[derive(Clone, Copy, Debug)]
pub struct History {
    steps: fn() -> Vec<Box<dyn MigrationTrait>>,
    pub(super) table: fn() -> DynIden,
    lock: Option<&'static str>,
}

impl History {
    /// Whether it has that step, and runs it in one transaction.
    #[cfg(feature = "cli")]
    pub(super) fn is_whole(self, step: &str) -> bool {
        let mut steps = (self.steps)().into_iter();
        steps.any(|own| own.name() == step && own.use_transaction() != Some(false))
    }

    /// That migrator's.
    pub fn of<M: MigratorTrait>() -> Self {
        Self {
            steps: M::migrations,
            table: M::migration_table_name,
            lock: None,
        }
    }

    /// The names of its steps, in their order.
    pub fn names(&self) -> Vec<String> {
        (self.steps)().iter().map(|step| step.name().to_owned()).collect()
    }

    /// Its steps with their kinds, in their order.
    ///
    /// # Errors
    /// As [`Runner::new`].
    #[cfg(feature = "cli")]
    pub(crate) fn listed(self) -> Result<Vec<(String, StepKind)>> {
        let known = Known::all(self, DbBackend::Sqlite)?;
        Ok(known
            .into_iter()
            .map(|step| (step.name().to_owned(), step.kind))
            .collect())
    }

    /// With the text of its lock file, `include_str!("../seawright.lock")`: with it a change of a step's file is told from a
    /// change of what it does.
    #[must_use]
    pub fn locked(self, lock: &'static str) -> Self {
        Self {
            lock: Some(lock),
            ..self
        }
    }
}

/// Whether a step changes the schema or moves data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// It changes the schema, in one transaction.
    Schema,
    /// It moves data, in a transaction a batch.
    Data,
}

/// What a database has of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepStatus {
    /// The step.
    pub name: String,
    /// Its kind.
    pub kind: StepKind,
    /// When it was applied, in seconds since 1970, UTC; none while it is pending.
    pub applied_at: Option<i64>,
    /// How it stands; none where it was never begun, or before there was a ledger.
    pub state: Option<StepState>,
    /// How long it took.
    pub milliseconds: Option<i64>,
    /// The statement at which it failed, from 1.
    pub statement: Option<i32>,
    /// Where taking it back has stopped half-way; none where it did not. Such a step is pending, and `down` goes on with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_back: Option<HalfBack>,
}

impl StepStatus {
    /// Whether the database has it, or a part of it that `down` takes back.
    pub(super) fn is_to_take_back(&self) -> bool {
        self.applied_at.is_some() || self.half_back.is_some()
    }
}

/// What a database has of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The steps in their order.
    pub steps: Vec<StepStatus>,
    /// Tables that are there although no step was applied.
    pub unknown_tables: Vec<String>,
    /// Where what was applied is not what this history has: nothing runs until that is settled.
    pub problems: Vec<Problem>,
    /// What is worth knowing of what was applied.
    pub remarks: Vec<Remark>,
}

impl Status {
    /// How many steps are pending.
    pub fn pending(&self) -> usize {
        self.steps.iter().filter(|step| step.applied_at.is_none()).count()
    }
}

/// A step that was applied or taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The step.
    pub name: String,
    /// Its kind.
    pub kind: StepKind,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// A row in quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The step.
    pub step: String,
    /// The table that the row was in.
    pub table: String,
    /// Its primary key.
    pub key: String,
    /// Why it could not be migrated.
    pub reason: String,
}

/// A migrated row that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// The step.
    pub step: String,
    /// The table that the row is in.
    pub table: String,
    /// Its primary key.
    pub key: String,
    /// What there is to see.
    pub note: String,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The steps, in the order in which they ran.
    pub steps: Vec<Applied>,
    /// The rows of every table before and after.
    pub counts: Vec<Count>,
    /// What became of the rows of tables that go, for the data steps that ran.
    pub moved: Vec<Summary>,
    /// The rows in quarantine, the first of each step; `moved` says how many there are.
    pub quarantine: Vec<Quarantined>,
    /// The migrated rows that a person should look at, the first of each step; `moved` says how many there are.
    pub notes: Vec<Noted>,
    /// What the data steps that ran had to prove: each question, its query, and what was found.
    pub checks: Vec<Checked>,
}

/// A step as this program has it.
pub(super) struct Known {
    pub(super) migration: Box<dyn MigrationTrait>,
    pub(super) kind: StepKind,
    /// Whether it changes the schema outside of a transaction.
    pub(super) is_online: bool,
    pub(super) recording: Recording,
    pub(super) digests: Digests,
    pub(super) footprint: Footprint,
    /// The steps that it stands for, where it is a squashed one: one list or another.
    pub(super) replaces: Vec<Vec<String>>,
}

impl Known {
    /// All steps of a history, as they are on that database.
    pub(super) fn all(history: History, backend: DbBackend) -> Result<Vec<Self>> {
        let steps = (history.steps)();
        let mut seen = BTreeSet::new();
        for step in &steps {
            if !seen.insert(step.name().to_owned()) {
                return Err(Error::Duplicate(step.name().to_owned()));
            }
        }
        let lock = history.lock.map(LockFile::parse).transpose()?;
        Ok(steps
            .into_iter()
            .map(|step| Self::read(step, backend, lock.as_ref()))
            .collect())
    }

    fn read(migration: Box<dyn MigrationTrait>, backend: DbBackend, lock: Option<&LockFile>) -> Self {
        let recording = record(migration.as_ref(), backend, Direction::Up);
        let kind = if recording.data.is_some() {
            StepKind::Data
        } else {
            StepKind::Schema
        };
        let footprint = if backend == DbBackend::Postgres {
            Footprint::of(&recording)
        } else {
            Footprint::of(&record(migration.as_ref(), DbBackend::Postgres, Direction::Up))
        };
        let replaces = lock
            .and_then(|lock| lock.migrations.iter().find(|locked| locked.name == migration.name()))
            .map(|locked| locked.replaces.clone())
            .unwrap_or_default();
        Self {
            footprint,
            replaces,
            kind,
            is_online: kind == StepKind::Schema && migration.use_transaction() == Some(false),
            digests: Digests::of(migration.name(), &recording, lock),
            migration,
            recording,
        }
    }

    pub(super) fn name(&self) -> &str {
        self.migration.name()
    }
}

/// Runs the steps of a history on a database.
pub struct Runner<'d> {
    db: &'d DatabaseConnection,
    steps: Vec<Known>,
    table: DynIden,
}

impl std::fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("steps", &self.names())
            .finish_non_exhaustive()
    }
}

impl<'d> Runner<'d> {
    /// A runner of that history's steps.
    ///
    /// # Errors
    /// [`Error::Duplicate`] where two steps have one name; [`Error::File`] where the history's lock file can't be read.
    pub fn new(db: &'d DatabaseConnection, history: History) -> Result<Self> {
        let steps = Known::all(history, db.get_database_backend())?;
        let table = (history.table)();
        Ok(Self { db, steps, table })
    }

    /// The steps' names in their order.
    pub fn names(&self) -> Vec<&str> {
        self.steps.iter().map(Known::name).collect()
    }

    pub(super) fn table(&self) -> &DynIden {
        &self.table
    }

    pub(super) fn db(&self) -> &'d DatabaseConnection {
        self.db
    }

    pub(super) fn known(&self) -> &[Known] {
        &self.steps
    }

    /// What the database has of the history. Only reads.
    ///
    /// # Errors
    /// What the database says.
    pub async fn status(&self) -> Result<Status> {
        let mut applied = tracking::applied(self.db, &self.table).await?;
        let standing = squashed::standing(&self.steps, &applied);
        applied.extend(standing.iter().map(Standing::record));
        let ledger = ledger::all(self.db).await?;
        // Where the history has begun something, the tables are its own.
        let is_begun = ledger.iter().any(|kept| kept.state != StepState::Done);
        let unknown_tables = if applied.is_empty() && !is_begun {
            tracking::tables(self.db, &self.table).await?
        } else {
            Vec::new()
        };
        let steps = self
            .steps
            .iter()
            .map(|step| {
                let kept = ledger.iter().find(|kept| kept.step == step.name());
                let is_applied = applied.iter().any(|record| record.name == step.name());
                StepStatus {
                    name: step.name().to_owned(),
                    kind: step.kind,
                    applied_at: applied
                        .iter()
                        .find(|record| record.name == step.name())
                        .map(|record| record.applied_at),
                    state: kept.map(|kept| kept.state),
                    milliseconds: kept.and_then(|kept| kept.milliseconds),
                    statement: kept
                        .filter(|kept| kept.state == StepState::Failed)
                        .and_then(|kept| kept.statement),
                    half_back: kept
                        .filter(|_| !is_applied)
                        .and_then(|kept| HalfBack::of(step, kept, self.db.get_database_backend())),
                }
            })
            .collect::<Vec<_>>();
        let mut findings = findings(&self.steps, &applied, &ledger);
        findings.remarks.extend(standing.iter().map(Standing::remark));
        findings.remarks.extend(steps.iter().filter_map(Remark::half_back));
        Ok(Status {
            steps,
            unknown_tables,
            problems: findings.problems,
            remarks: findings.remarks,
        })
    }

    /// What the database has, if nothing is wrong with it.
    pub(super) async fn sound(&self) -> Result<Status> {
        let status = self.status().await?;
        if status.problems.is_empty() {
            Ok(status)
        } else {
            Err(Error::History(status.problems))
        }
    }

    /// Applies pending steps: at most that many, and none behind the one that is named. One run at a time: another one is
    /// waited for.
    ///
    /// # Errors
    /// [`Error::NotAdopted`] on a database with tables that no step made, [`Error::History`] where what was applied is not
    /// what this history has, [`Error::Locked`] when the wait for another run is over, all before anything is written; a
    /// step's failure or refusal, after which the database is as it was before that step.
    pub async fn up(&self, limit: Option<u32>, to: Option<&str>) -> Result<Report> {
        let lock = Arc::new(RunLock::take(self.db, "up").await?);
        self.up_locked(&lock, limit, to).await
    }

    /// Whether [`up`](Self::up) would apply steps to a database that holds something. Only reads.
    ///
    /// # Errors
    /// As [`up`](Self::up).
    #[cfg(feature = "cli")]
    pub(crate) async fn would_change(&self, limit: Option<u32>, to: Option<&str>) -> Result<bool> {
        let status = self.sound().await?;
        if !status.unknown_tables.is_empty() {
            return Err(Error::NotAdopted(status.unknown_tables));
        }
        let is_new = !status.steps.iter().any(StepStatus::is_to_take_back);
        Ok(!is_new && !self.pending(&status, limit, to)?.is_empty())
    }

    async fn up_locked(&self, lock: &Arc<RunLock>, limit: Option<u32>, to: Option<&str>) -> Result<Report> {
        let status = self.sound().await?;
        if !status.unknown_tables.is_empty() {
            return Err(Error::NotAdopted(status.unknown_tables));
        }
        let pending = self.pending(&status, limit, to)?;
        self.settle().await?;
        // Large, and awaited by all that migrates.
        Box::pin(self.run(lock, Direction::Up, &pending)).await
    }

    /// The steps that would be applied.
    pub(super) fn pending(&self, status: &Status, limit: Option<u32>, to: Option<&str>) -> Result<Vec<&Known>> {
        let last = match to {
            None => self.steps.len(),
            Some(name) => {
                1 + self
                    .steps
                    .iter()
                    .position(|step| step.name() == name)
                    .ok_or_else(|| Error::NoStep(name.to_owned()))?
            }
        };
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let pending = self.steps.iter().zip(&status.steps).take(last);
        Ok(pending
            .filter(|(_, status)| status.applied_at.is_none())
            .map(|(step, _)| step)
            .take(limit)
            .collect())
    }

    /// Takes back applied steps, the newest first: at most that many, all without a number.
    ///
    /// # Errors
    /// As [`up`](Self::up); a step's failure, after which the database is as it was before that step was taken back.
    pub async fn down(&self, limit: Option<u32>) -> Result<Report> {
        let lock = Arc::new(RunLock::take(self.db, "down").await?);
        self.down_locked(&lock, limit).await
    }

    async fn down_locked(&self, lock: &Arc<RunLock>, limit: Option<u32>) -> Result<Report> {
        let status = self.sound().await?;
        self.settle().await?;
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let applied: Vec<&Known> = self
            .steps
            .iter()
            .zip(&status.steps)
            .rev()
            .filter(|(_, status)| status.is_to_take_back())
            .map(|(step, _)| step)
            .take(limit)
            .collect();
        Box::pin(self.run(lock, Direction::Down, &applied)).await
    }

    /// Takes back everything and applies it again.
    ///
    /// # Errors
    /// As [`up`](Self::up) and [`down`](Self::down).
    pub async fn refresh(&self) -> Result<Report> {
        let lock = Arc::new(RunLock::take(self.db, "refresh").await?);
        let mut report = self.down_locked(&lock, None).await?;
        let again = self.up_locked(&lock, None, None).await?;
        report.steps.extend(again.steps);
        Ok(Report {
            counts: join(&report.counts, &again.counts),
            moved: again.moved,
            quarantine: again.quarantine,
            notes: again.notes,
            checks: again.checks,
            ..report
        })
    }

    /// Takes back everything and forgets the history.
    ///
    /// # Errors
    /// As [`down`](Self::down).
    pub async fn reset(&self) -> Result<Report> {
        let lock = Arc::new(RunLock::take(self.db, "reset").await?);
        let report = self.down_locked(&lock, None).await?;
        for table in [self.table.clone(), ledger::Entity.into_iden()] {
            let drop = Table::drop().table(table).if_exists().take();
            self.db.execute(&drop).await?;
        }
        Ok(report)
    }

    /// Drops every table of the schema and applies the whole history. With `consent` also where the tables are none
    /// that this history made.
    ///
    /// # Errors
    /// [`Error::Consent`] without it; as [`up`](Self::up).
    pub async fn fresh(&self, consent: bool) -> Result<Report> {
        let lock = Arc::new(RunLock::take(self.db, "fresh").await?);
        if !consent {
            let status = self.status().await?;
            let foreign = status.problems.iter().any(Problem::is_foreign);
            let held = if foreign {
                tracking::tables(self.db, &self.table).await?
            } else {
                status.unknown_tables
            };
            if !held.is_empty() {
                return Err(Error::Consent {
                    what: format!(
                        "`fresh` would drop {} tables that this history did not make",
                        held.len()
                    ),
                    help: "check that it is the right database, then add --allow-destructive".into(),
                });
            }
        }
        fresh::drop_everything(self.db).await?;
        self.up_locked(&lock, None, None).await
    }
}

/// The counts before the first run beside those after the second.
fn join(first: &[Count], second: &[Count]) -> Vec<Count> {
    let tables: BTreeSet<&String> = first.iter().chain(second).map(|count| &count.table).collect();
    let of = |counts: &[Count], table: &str| counts.iter().find(|count| count.table == table).cloned();
    tables
        .into_iter()
        .map(|table| Count {
            table: table.clone(),
            before: of(first, table).and_then(|count| count.before),
            after: of(second, table).and_then(|count| count.after),
        })
        .collect()
}
