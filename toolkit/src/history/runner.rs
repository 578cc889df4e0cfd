//! The runner: which steps are pending, and how they are applied and taken back.

use std::{cell::Cell, collections::BTreeSet, panic::AssertUnwindSafe, task::Poll, time::Instant};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, DynIden, Statement, TransactionTrait as _};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};
use serde::Serialize;

use super::{
    Error, Result,
    counts::{self, Count},
    fresh, tracking,
};
use crate::data::{
    Checked, Outcome, Summary, answers, ledger,
    ledger::moved,
    progress::{Event, tell},
};
use crate::ddl::online::LockPolicy;

/// The steps of a migrator and the table that they are recorded in.
#[derive(Clone, Copy, Debug)]
pub struct History {
    steps: fn() -> Vec<Box<dyn MigrationTrait>>,
    table: fn() -> DynIden,
}

impl History {
    /// That migrator's.
    pub fn of<M: MigratorTrait>() -> Self {
        Self {
            steps: M::migrations,
            table: M::migration_table_name,
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
}

/// What a database has of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The steps in their order.
    pub steps: Vec<StepStatus>,
    /// Tables that are there although no step was applied.
    pub unknown_tables: Vec<String>,
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

/// How many rows of a step's quarantine and remarks a report has.
const FIRST: u64 = 20;

/// Runs the steps of a history on a database.
pub struct Runner<'d> {
    db: &'d DatabaseConnection,
    steps: Vec<Box<dyn MigrationTrait>>,
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
    /// [`Error::Duplicate`] where two steps have one name.
    pub fn new(db: &'d DatabaseConnection, history: History) -> Result<Self> {
        let (steps, table) = ((history.steps)(), (history.table)());
        let mut seen = BTreeSet::new();
        for step in &steps {
            if !seen.insert(step.name().to_owned()) {
                return Err(Error::Duplicate(step.name().to_owned()));
            }
        }
        Ok(Self { db, steps, table })
    }

    /// The steps' names in their order.
    pub fn names(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.name()).collect()
    }

    pub(super) fn table(&self) -> &DynIden {
        &self.table
    }

    /// What the database has of the history. Only reads.
    ///
    /// # Errors
    /// [`Error::Missing`] where it has applied what this history does not have; or what the database says.
    pub async fn status(&self) -> Result<Status> {
        let applied = tracking::applied(self.db, &self.table).await?;
        let missing: Vec<String> = applied
            .iter()
            .filter(|record| !self.steps.iter().any(|step| step.name() == record.name))
            .map(|record| record.name.clone())
            .collect();
        if !missing.is_empty() {
            return Err(Error::Missing(missing));
        }
        let unknown_tables = if applied.is_empty() {
            tracking::tables(self.db, &self.table).await?
        } else {
            Vec::new()
        };
        let steps = self
            .steps
            .iter()
            .map(|step| StepStatus {
                name: step.name().to_owned(),
                kind: kind(step.as_ref()),
                applied_at: applied
                    .iter()
                    .find(|record| record.name == step.name())
                    .map(|record| record.applied_at),
            })
            .collect();
        Ok(Status { steps, unknown_tables })
    }

    /// Applies pending steps: at most that many, and none behind the one that is named.
    ///
    /// # Errors
    /// [`Error::NotAdopted`] on a database with tables that no step made, before anything is written; a step's failure
    /// or refusal, after which the database is as it was before that step.
    pub async fn up(&self, limit: Option<u32>, to: Option<&str>) -> Result<Report> {
        let status = self.status().await?;
        if !status.unknown_tables.is_empty() {
            return Err(Error::NotAdopted(status.unknown_tables));
        }
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
        let pending: Vec<&dyn MigrationTrait> = self
            .steps
            .iter()
            .zip(&status.steps)
            .take(last)
            .filter(|(_, status)| status.applied_at.is_none())
            .map(|(step, _)| step.as_ref())
            .take(limit)
            .collect();
        self.run("up", &pending).await
    }

    /// Takes back applied steps, the newest first: at most that many, all without a number.
    ///
    /// # Errors
    /// A step's failure, after which the database is as it was before that step was taken back.
    pub async fn down(&self, limit: Option<u32>) -> Result<Report> {
        let status = self.status().await?;
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let applied: Vec<&dyn MigrationTrait> = self
            .steps
            .iter()
            .zip(&status.steps)
            .rev()
            .filter(|(_, status)| status.applied_at.is_some())
            .map(|(step, _)| step.as_ref())
            .take(limit)
            .collect();
        self.run("down", &applied).await
    }

    /// Takes back everything and applies it again.
    ///
    /// # Errors
    /// As [`up`](Self::up) and [`down`](Self::down).
    pub async fn refresh(&self) -> Result<Report> {
        let mut report = self.down(None).await?;
        let again = self.up(None, None).await?;
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
        let report = self.down(None).await?;
        let drop = sea_orm::sea_query::Table::drop()
            .table(self.table.clone())
            .if_exists()
            .take();
        self.db.execute(&drop).await?;
        Ok(report)
    }

    /// Drops every table of the schema and applies the whole history. With `consent` also where the tables are none
    /// that this history made.
    ///
    /// # Errors
    /// [`Error::Consent`] without it; as [`up`](Self::up).
    pub async fn fresh(&self, consent: bool) -> Result<Report> {
        if !consent {
            let unknown = self.status().await.map(|status| status.unknown_tables);
            let held = match unknown {
                Ok(tables) => tables,
                Err(Error::Missing(_)) => tracking::tables(self.db, &self.table).await?,
                Err(other) => return Err(other),
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
        self.up(None, None).await
    }

    async fn run(&self, command: &'static str, steps: &[&dyn MigrationTrait]) -> Result<Report> {
        if steps.is_empty() {
            return Ok(Report::default());
        }
        let before = counts::count(self.db, &tracking::tables(self.db, &self.table).await?).await?;
        tracking::install(self.db, &self.table).await?;
        ledger::install(self.db).await?;
        let started = crate::data::run_number();
        let mut report = Report::default();
        let mut failure = None;
        for step in steps {
            tell(&Event::StepStarted {
                step: step.name().to_owned(),
            });
            let clock = Instant::now();
            if let Err(error) = self.step(command, *step).await {
                failure = Some(error);
                break;
            }
            let milliseconds = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
            tell(&Event::StepDone {
                step: step.name().to_owned(),
                milliseconds,
            });
            report.steps.push(Applied {
                name: step.name().to_owned(),
                kind: kind(*step),
                milliseconds,
            });
        }
        let after = counts::count(self.db, &tracking::tables(self.db, &self.table).await?).await?;
        report.counts = counts::compare(&before, &after);
        counts::store(self.db, command, started, &report.counts).await?;
        if let Some(error) = failure {
            return Err(error);
        }
        if command == "up" {
            self.accounts(&mut report).await?;
        }
        Ok(report)
    }

    /// One step, whole: its transaction holds its record too.
    async fn step(&self, command: &'static str, step: &dyn MigrationTrait) -> Result<()> {
        let backend = self.db.get_database_backend();
        if kind(step) == StepKind::Data {
            let manager = SchemaManager::new(self.db);
            let name = step.name().to_owned();
            let mut policy = LockPolicy::current();
            if policy.hook.is_none() {
                policy = policy.heard_by(move |wait| {
                    tell(&Event::Held {
                        step: name.clone(),
                        why: wait.to_string(),
                    });
                });
            }
            let result = policy
                .scope(caught(async {
                    if command == "up" {
                        step.up(&manager).await
                    } else {
                        step.down(&manager).await
                    }
                }))
                .await;
            result.map_err(|error| Error::of_step(step.name(), command, false, error))?;
            return Ok(self.record(self.db, command, step.name()).await?);
        }
        if backend == DbBackend::Sqlite {
            // Inside a transaction the pragma has no effect, so it stands before it. With enforcement on, rebuilding a
            // table would delete the rows that refer to it.
            self.db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
        }
        let result = self.in_transaction(command, step, backend).await;
        if backend == DbBackend::Sqlite {
            self.db.execute_unprepared("PRAGMA foreign_keys = ON").await?;
        }
        result.map_err(|error| Error::of_step(step.name(), command, backend != DbBackend::MySql, error))
    }

    async fn in_transaction(
        &self,
        command: &'static str,
        step: &dyn MigrationTrait,
        backend: DbBackend,
    ) -> Result<(), DbErr> {
        let transaction = self.db.begin().await?;
        let manager = SchemaManager::new(&transaction);
        let result = caught(async {
            if command == "up" {
                step.up(&manager).await
            } else {
                step.down(&manager).await
            }
        })
        .await;
        if let Err(error) = result {
            transaction.rollback().await?;
            return Err(error);
        }
        if backend == DbBackend::Sqlite {
            let broken = transaction
                .query_all_raw(Statement::from_string(backend, "PRAGMA foreign_key_check"))
                .await?;
            if let Some(first) = broken.first() {
                let (table, parent): (String, String) = (first.try_get("", "table")?, first.try_get("", "parent")?);
                transaction.rollback().await?;
                return Err(DbErr::Migration(format!(
                    "after it {} would refer to nothing, the first in `{table}` to `{parent}`",
                    crate::data::rows_text(broken.len() as u64)
                )));
            }
        }
        self.record(&transaction, command, step.name()).await?;
        transaction.commit().await
    }

    async fn record<C: sea_orm::ConnectionTrait>(&self, db: &C, command: &str, name: &str) -> Result<(), DbErr> {
        if command == "up" {
            tracking::insert(db, &self.table, name).await
        } else {
            tracking::delete(db, &self.table, name).await
        }
    }

    /// What became of the rows in the data steps that ran, and what was proven.
    async fn accounts(&self, report: &mut Report) -> Result<(), DbErr> {
        use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
        for step in report.steps.iter().filter(|step| step.kind == StepKind::Data) {
            let Some(record) = ledger::steps::Entity::find_by_id(step.name.clone())
                .one(self.db)
                .await?
            else {
                continue;
            };
            let mut summary = Summary {
                step: step.name.clone(),
                source: record.source_table,
                ..Summary::default()
            };
            summary.count(self.db).await?;
            let rows = moved::Entity::find()
                .filter(moved::Column::Step.eq(step.name.as_str()))
                .filter(moved::Column::Outcome.eq(Outcome::Quarantined))
                .order_by_asc(moved::Column::RowKey)
                .limit(FIRST)
                .all(self.db)
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
                .all(self.db)
                .await?;
            report.notes.extend(rows.into_iter().map(|row| Noted {
                step: row.step,
                table: row.source_table,
                key: row.row_key.replace('\u{1f}', "/"),
                note: row.note,
            }));
            report.checks.extend(answers(self.db, &step.name).await?);
            report.moved.push(summary);
        }
        Ok(())
    }
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread now becomes a step's error.
#[cfg(feature = "cli")]
pub(crate) fn is_catching() -> bool {
    CATCHING.get()
}

/// Runs a step; its panic becomes an error, so that the transaction is rolled back and the message reaches the reader.
/// sea-query panics at what a database cannot have.
async fn caught(step: impl Future<Output = Result<(), DbErr>>) -> Result<(), DbErr> {
    let mut step = std::pin::pin!(step);
    std::future::poll_fn(move |context| {
        CATCHING.set(true);
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| step.as_mut().poll(context)));
        CATCHING.set(false);
        polled.unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Poll::Ready(Err(DbErr::Migration(
                text.unwrap_or_else(|| "the step panicked".to_owned()),
            )))
        })
    })
    .await
}

/// Data steps manage their own transactions.
pub(super) fn kind(step: &dyn MigrationTrait) -> StepKind {
    if step.use_transaction() == Some(false) {
        StepKind::Data
    } else {
        StepKind::Schema
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
