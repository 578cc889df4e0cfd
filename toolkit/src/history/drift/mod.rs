//! A live database against its history, both ways.

mod rust;
mod text;

use sea_orm::DatabaseConnection;
use serde::Serialize;

use super::{
    Comparison, Difference, Error, ForeignHistory, History, Remark, Result, Runner,
    compare::{changes, differences},
    foreign,
    printed::{as_first_printed, lasting},
    report, shadow,
};
use crate::{
    diff::{Change, Loss, Plan},
    emit::{Form, backend, statements, unfit},
    schema::{Dialect, Schema, UnmanagedKind},
};

/// Who has what the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The live database has it and the history does not.
    Live,
    /// The history has it and the live database does not.
    History,
    /// Both have it, in different forms.
    Both,
    /// A table seems to have been renamed.
    Renamed,
}

/// One object in which the two differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The table; none for an enumeration type.
    pub table: Option<String>,
    /// Who has it.
    pub side: Side,
    /// What, in one line.
    pub what: String,
    /// What would make the live database as the history says.
    pub sql: Vec<String>,
    /// What in the entities would make the history as the live database is, by way of `seawright generate`.
    pub rust: String,
}

/// In what a live database differs from its history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// The schema step that the database was brought to last.
    pub after: String,
    /// How many objects are as the history says, how many not, and which.
    pub report: Comparison,
    /// The differences.
    pub findings: Vec<Finding>,
    /// The books of other tools; they are no difference.
    pub foreign: Vec<ForeignHistory>,
    /// The steps that are half taken back: the database is at no point of the history.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub half_back: Vec<Remark>,
}

impl Drift {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.findings.is_empty() && self.half_back.is_empty()
    }
}

/// Compares a database with its history, which is replayed up to what the database has applied. Only reads from the
/// database; the history is replayed in a shadow, see [`Shadow::open`](super::Shadow::open).
///
/// # Errors
/// [`Error::NotAdopted`] for a database with tables and no history; [`Error::Usage`] for one with neither.
pub async fn drift(db: &DatabaseConnection, url: &str, shadow: Option<&str>, history: History) -> Result<Drift> {
    let runner = Runner::new(db, history)?;
    let status = runner.status().await?;
    let half_back: Vec<Remark> = status.steps.iter().filter_map(Remark::half_back).collect();
    if half_back.is_empty() && status.steps.iter().all(|step| step.applied_at.is_none()) {
        return Err(if status.unknown_tables.is_empty() {
            Error::Usage("this database has no tables and no history: `seawright up` builds it".into())
        } else {
            Error::NotAdopted(status.unknown_tables)
        });
    }
    let live = foreign::schema_of(db).await?;
    let points = shadow::replay_with(db, url, shadow, history).await?;
    let is_applied = |name: &str| {
        status
            .steps
            .iter()
            .any(|step| step.name == name && step.applied_at.is_some())
    };
    let last = points.into_iter().rfind(|(step, _)| is_applied(step));
    let (after, expected) = last.unwrap_or_else(|| ("(no schema step)".to_owned(), Schema::default()));
    let dialect = crate::emit::dialect(db.get_database_backend());
    Ok(Drift {
        after,
        report: report::compare(&expected, &live),
        findings: findings(&expected, &live, dialect),
        foreign: foreign::histories(db).await?,
        half_back,
    })
}

/// The differences, each with its way out on either side.
fn findings(expected: &Schema, live: &Schema, dialect: Dialect) -> Vec<Finding> {
    let (expected, live) = (as_first_printed(expected.clone()), as_first_printed(live.clone()));
    let mut found: Vec<Finding> = Vec::new();
    let mut renamed: Vec<String> = Vec::new();
    for difference in differences(&expected, &live) {
        if let Difference::Renamed { table, columns_of } = &difference {
            found.push(renaming(&live, table, columns_of, &difference, dialect));
            renamed.extend([table.clone(), columns_of.clone()]);
        }
    }
    for change in changes(&expected, &live) {
        if is_left_alone(&change) {
            continue;
        }
        if change
            .table()
            .is_some_and(|table| renamed.iter().any(|own| own == table))
        {
            continue; // Said by the rename.
        }
        let (side, what) = Difference::of(&change);
        let back = change.clone().inverse();
        found.push(Finding {
            table: change.table().map(str::to_owned),
            side,
            what,
            sql: sql(&live, back, dialect),
            rust: rust::accepting(&change, &live),
        });
    }
    found
}

/// What a database's owner adds for all that is in it, and no history asks for.
fn is_left_alone(change: &Change) -> bool {
    let Change::Unmanaged {
        from: None,
        to: Some(one),
        ..
    } = change
    else {
        return false;
    };
    matches!(one.kind, UnmanagedKind::Extension | UnmanagedKind::Publication)
}

fn renaming(live: &Schema, table: &str, columns_of: &str, difference: &Difference, dialect: Dialect) -> Finding {
    let back = Change::RenameTable {
        from: table.to_owned(),
        to: columns_of.to_owned(),
    };
    Finding {
        table: Some(table.to_owned()),
        side: Side::Renamed,
        what: difference.to_string(),
        sql: sql(live, back, dialect),
        rust: format!(
            "// In the entity of `{columns_of}`; then `seawright generate … --rename table:{columns_of}={table}`:\n#[sea_orm(table_name = \"{table}\")]"
        ),
    }
}

/// The statements of one change, or why there are none.
fn sql(live: &Schema, change: Change, dialect: Dialect) -> Vec<String> {
    if let Change::Unmanaged { from, to, .. } = &change {
        let line = match (from, to) {
            (_, Some(to)) => format!("-- by hand, as it is to be: {to}"),
            (Some(from), None) => format!("-- by hand: remove the {} `{}`", from.kind, from.name),
            (None, None) => return Vec::new(),
        };
        return vec![line];
    }
    let (loss, is_column) = (change.loss(), matches!(change, Change::AlterColumn { .. }));
    let plan = Plan::new(live.clone(), vec![change]);
    let unfit = plan.changes.iter().find_map(|change| unfit(&plan, change, dialect));
    let warning = match loss {
        Loss::Nothing => None,
        Loss::Rows => Some("-- its rows go with it: keep what is worth keeping first".to_owned()),
        Loss::Values if is_column => Some(
            unfit
                .and_then(|(table, unfit)| unfit.query(&table, backend(dialect)))
                .map_or_else(
                    || "-- refused while a value does not fit".to_owned(),
                    |query| format!("-- refused while a value does not fit; find them with: {query}"),
                ),
        ),
        Loss::Values => Some("-- its values go with it: keep what is worth keeping first".to_owned()),
    };
    match statements(&lasting(&plan), dialect, Form::Whole) {
        Ok(statements) => warning.into_iter().chain(statements).collect(),
        Err(error) => {
            // A comment ends with its line.
            let text = error.to_string();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            vec![format!("-- by hand: {}", lines.join(" "))]
        }
    }
}
