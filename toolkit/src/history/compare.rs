//! Two databases' schemas, both read by the same queries, held against each other.

use std::fmt;

use serde::Serialize;

use super::{Side, printed::as_first_printed};
use crate::{
    diff::{Change, Questioner, diff, likeness},
    schema::{Column, Expression, Literal, Schema, Table},
};

/// One object in which a database differs from what is expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// A table has the columns of another one that is missing.
    Renamed {
        /// The table that is there.
        table: String,
        /// The table whose columns it has.
        columns_of: String,
    },
    /// Something is expected and not there.
    Missing {
        /// What, in one line.
        what: String,
    },
    /// Something is there and not expected.
    Extra {
        /// What, in one line.
        what: String,
    },
    /// Something is there in another form.
    Different {
        /// What and how, in one line.
        what: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Renamed { table, columns_of } => {
                write!(
                    f,
                    "the table `{table}` has the columns of `{columns_of}`, which is missing: was `{columns_of}` renamed to `{table}`?"
                )
            }
            Self::Missing { what } => write!(f, "missing: {what}"),
            Self::Extra { what } => write!(f, "extra: {what}"),
            Self::Different { what } => write!(f, "different: {what}"),
        }
    }
}

/// Takes everything that appears for new: here nothing is planned, only told.
struct NothingRenamed;

impl Questioner for NothingRenamed {
    fn table(&mut self, _: &Table, _: &[&Table]) -> Option<Option<String>> {
        Some(None)
    }

    fn column(&mut self, _: &str, _: &Column, _: &[&Column]) -> Option<Option<String>> {
        Some(None)
    }

    fn fill(&mut self, _: &str, _: &Column) -> Option<Expression> {
        Some(Expression::Literal(Literal::Null))
    }

    fn zone(&mut self, _: &str, _: &Column, _: &Column) -> Option<String> {
        Some(MEASURED.to_owned())
    }
}

/// A zone for comparing alone: no moment is converted by it.
pub(super) const MEASURED: &str = "UTC";

/// How a database that was found differs from the one that is expected. Names alone never satisfy it: every column,
/// key and index is compared.
pub fn differences(expected: &Schema, found: &Schema) -> Vec<Difference> {
    told(expected, found, |_| true)
}

/// The differences without what stands beside the tables of a database that other means built and that nobody expects: views,
/// triggers, functions. It stays as it is.
pub(super) fn own_differences(expected: &Schema, found: &Schema) -> Vec<Difference> {
    told(
        expected,
        found,
        |change| !matches!(change, Change::Unmanaged { from: None, to: Some(one), .. } if one.kind.is_beside()),
    )
}

fn told(expected: &Schema, found: &Schema, counts: impl Fn(&Change) -> bool) -> Vec<Difference> {
    let (expected, found) = (&as_first_printed(expected.clone()), &as_first_printed(found.clone()));
    let mut changes = changes(expected, found);
    changes.retain(counts);
    let mut renamed = Vec::new();
    let missing: Vec<&Table> = expected
        .tables
        .iter()
        .filter(|table| found.table(&table.name).is_none())
        .collect();
    for table in &found.tables {
        let own = expected.table(&table.name).map_or(0, |own| likeness(own, table));
        let other = missing
            .iter()
            .max_by_key(|other| likeness(other, table))
            .filter(|other| likeness(other, table) > own.max(700));
        if let Some(other) = other {
            renamed.push((table.name.clone(), other.name.clone()));
        }
    }
    let mut differences: Vec<Difference> = renamed
        .iter()
        .map(|(table, columns_of)| Difference::Renamed {
            table: table.clone(),
            columns_of: columns_of.clone(),
        })
        .collect();
    let told = |name: &str| renamed.iter().any(|(table, of)| table == name || of == name);
    for change in &changes {
        if change.table().is_some_and(told) {
            continue; // Said by the rename.
        }
        let (side, what) = Difference::of(change);
        differences.push(match side {
            Side::Live => Difference::Extra { what },
            Side::History => Difference::Missing { what },
            Side::Both | Side::Renamed => Difference::Different { what },
        });
    }
    differences
}

/// The changes from what is expected to what is there: what the way adds is extra, what it takes away is missing.
pub(super) fn changes(expected: &Schema, found: &Schema) -> Vec<Change> {
    // It asks nothing that stays open.
    diff(expected, found, &mut NothingRenamed).map_or_else(|_| Vec::new(), |plan| plan.changes)
}

impl Difference {
    /// Who has what a change from the expected to the found is about, and what that is.
    pub(super) fn of(change: &Change) -> (Side, String) {
        if let Change::Unmanaged { table, from, to } = change {
            let name = |one| Change::unmanaged_text(table.as_deref(), one);
            return match (from, to) {
                (None, Some(to)) => (Side::Live, format!("{}: {to}", name(to))),
                (Some(from), None) => (Side::History, format!("{}: {from}", name(from))),
                (Some(from), Some(to)) => (Side::Both, format!("{}: {from} → {to}", name(to))),
                (None, None) => (Side::Both, String::new()),
            };
        }
        let what = change
            .to_string()
            .trim_start_matches(['+', '-', '~', '!'])
            .trim_start()
            .to_owned();
        match change {
            Change::CreateEnum { .. }
            | Change::CreateTable { .. }
            | Change::AddColumn { .. }
            | Change::AddUnique { .. }
            | Change::AddForeignKey { .. }
            | Change::AddCheck { .. }
            | Change::CreateIndex { .. } => {
                let what = what.split(", rows that are there").next().unwrap_or(&what).to_owned();
                (Side::Live, what)
            }
            Change::DropEnum { .. }
            | Change::DropTable { .. }
            | Change::DropColumn { .. }
            | Change::DropUnique { .. }
            | Change::DropForeignKey { .. }
            | Change::DropCheck { .. }
            | Change::DropIndex { .. } => {
                let what = what
                    .split(" and its rows")
                    .next()
                    .unwrap_or(&what)
                    .trim_end_matches(" and its values");
                (Side::History, what.to_owned())
            }
            _ => (Side::Both, what),
        }
    }
}
