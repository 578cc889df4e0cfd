//! Bringing a drifted database to a point of the history, without losing a row.
//!
//! The way has three parts. [`Survey`] reads the database and replays the history. [`plan`](Survey::plan) is pure: it
//! chooses the point, asks what needs asking, and says what changes. [`Reconcile::run`] does it, in one transaction that
//! ends only where the database equals the point and every row is accounted for.

mod apply;
pub mod ledger;
mod past;
mod plan;
mod point;
mod rows;
mod rules;
mod text;

use sea_orm::{DatabaseConnection, DbBackend};
use serde::Serialize;

use super::{Count, Error, History, Result, Runner, foreign, shadow};
use crate::{
    diff::{Change, Decisions, Plan},
    schema::{Dialect, Schema},
};
use rules::{Fill, Reference, Rule};

/// What stands before the table in the ledger's step of a row that could not go along: the ledger names a row by its
/// step and its key, and rows of two tables can have one key.
pub(crate) const STEP: &str = "reconcile";

/// The ledger's step for rows of a table.
pub(crate) fn step_of(table: &str) -> String {
    format!("{STEP}:{table}")
}

/// What a person wants of a reconciliation.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The step after which the history is to be joined; the nearest without one.
    pub to: Option<String>,
    /// What was answered beforehand.
    pub decisions: Decisions,
    /// Whether tables and columns that the history does not know may leave the schema; their rows and values are kept
    /// in the ledger.
    pub allow_destructive: bool,
}

/// A database beside the points of a history.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The database's schema.
    pub found: Schema,
    /// The schema after each schema step.
    pub points: Vec<(String, Schema)>,
    /// All steps in their order.
    pub(super) steps: Vec<String>,
    backend: DbBackend,
}

impl Survey {
    /// Reads a database that has tables and no history, and replays the history beside it.
    ///
    /// # Errors
    /// [`Error::NothingToAdopt`] for an empty database, [`Error::Usage`] for one that has a history.
    pub async fn take(db: &DatabaseConnection, url: &str, shadow: Option<&str>, history: History) -> Result<Self> {
        let runner = Runner::new(db, history)?;
        let status = runner.status().await?;
        if let Some(last) = status.steps.iter().rev().find(|step| step.applied_at.is_some()) {
            return Err(Error::Usage(format!(
                "this database has a history already, up to `{}`: there is nothing to adopt; `seawright drift` compares it",
                last.name
            )));
        }
        let found = foreign::schema_of(db).await?;
        if found.tables.is_empty() {
            return Err(Error::NothingToAdopt);
        }
        Ok(Self {
            found,
            points: shadow::replay_with(db, url, shadow, history).await?,
            steps: runner.names().into_iter().map(str::to_owned).collect(),
            backend: sea_orm::ConnectionTrait::get_database_backend(db),
        })
    }

    /// The point that the database is nearest to; none where the history has no schema step.
    pub(super) fn nearest(&self) -> Result<Option<&(String, Schema)>> {
        if self.points.is_empty() {
            return Ok(None);
        }
        Ok(self.points.get(point::choose(self, &Wishes::default())?))
    }
}

/// How a database gets to a point of the history.
#[derive(Clone, Debug)]
pub struct Reconcile {
    /// The step after which the history leads to that point.
    pub after: String,
    /// The renames, which come first: everything else speaks of the new names. Then what has to take a NULL.
    renames: Plan,
    /// The rest of the way.
    rest: Plan,
    /// What the schema is to be: the point, and what stays beside it.
    goal: Schema,
    /// What stays although the history does not know it.
    kept: Vec<String>,
    /// The tables that leave the schema.
    leaving_tables: Vec<String>,
    /// The columns that leave the schema, by table.
    leaving_columns: Vec<(String, Vec<String>)>,
    rules: Vec<Rule>,
    references: Vec<Reference>,
    fills: Vec<Fill>,
    recorded: Vec<String>,
    found: Schema,
    backend: DbBackend,
}

impl Reconcile {
    fn dialect(&self) -> Dialect {
        crate::emit::dialect(self.backend)
    }

    /// The changes of the schema, in their order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.renames.changes.iter().chain(&self.rest.changes)
    }

    /// The table's name before.
    fn old_name<'n>(&'n self, table: &'n str) -> &'n str {
        self.renames
            .changes
            .iter()
            .find_map(|change| match change {
                Change::RenameTable { from, to } if to == table => Some(from.as_str()),
                _ => None,
            })
            .unwrap_or(table)
    }

    /// A column's name before, by the table's new name.
    fn old_column<'n>(&'n self, table: &str, column: &'n str) -> &'n str {
        self.renames
            .changes
            .iter()
            .find_map(|change| match change {
                Change::RenameColumn { table: of, from, to } if of == table && to == column => Some(from.as_str()),
                _ => None,
            })
            .unwrap_or(column)
    }
}

/// A statement of the way, and why it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Why.
    pub why: String,
    /// The statement.
    pub sql: String,
    /// The rows that it writes; none where it changes the schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// A row that cannot go along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The table that it is in.
    pub table: String,
    /// Its key.
    pub key: String,
    /// Why.
    pub reason: String,
}

/// Values that were changed in rows that go along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// What was done to them.
    pub what: String,
    /// How many rows.
    pub rows: u64,
}

/// What a reconciliation did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// The step after which the history leads to the schema that the database has now.
    pub after: String,
    /// The changes of the schema, a line each.
    pub changes: Vec<String>,
    /// Everything that was sent, in its order.
    pub statements: Vec<Statement>,
    /// The rows in quarantine.
    pub quarantine: Vec<Left>,
    /// What was changed in rows that went along.
    pub repaired: Vec<Repaired>,
    /// What stays although the history does not know it.
    pub kept: Vec<String>,
    /// What left the schema, its rows and values kept in the ledger.
    pub moved_aside: Vec<Repaired>,
    /// The rows of every table before and after, by the table's new name.
    pub counts: Vec<Count>,
    /// The steps that the database is now known to have.
    pub recorded: Vec<String>,
    /// Whether nothing was written.
    pub dry_run: bool,
}
