//! The result of a diff.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Change, apply};
use crate::schema::Schema;

/// The changes that turn one schema into another, in an order that works.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The schema that the plan starts from.
    #[serde(skip)]
    pub before: Schema,
    /// The schema that it leads to.
    #[serde(skip)]
    pub after: Schema,
    /// The changes.
    pub changes: Vec<Change>,
}

impl Plan {
    /// The plan of those changes, played on that schema.
    pub fn new(before: Schema, changes: Vec<Change>) -> Self {
        let mut after = before.clone();
        for change in &changes {
            apply(&mut after, change);
        }
        Self {
            before,
            after: after.normalised(),
            changes,
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes by which values are lost. A column that another had its values of until then takes nothing along.
    pub fn destructive(&self) -> impl Iterator<Item = &Change> {
        let is_mirrored = |of: &str, name: &str| {
            self.changes.iter().any(
                |change| matches!(change, Change::UnmirrorColumn { table, from, .. } if table == of && from == name),
            )
        };
        self.changes.iter().filter(move |change| match change {
            Change::DropColumn { table, column } => !is_mirrored(table, &column.name),
            other => other.destroys(),
        })
    }

    /// The plan that undoes this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let changes = self.changes.iter().rev().cloned().map(Change::inverse).collect();
        Self {
            before: self.after.clone(),
            after: self.before.clone(),
            changes,
        }
    }

    /// Splits into what adds and what destroys, so that data can be moved between the two. Either may be empty.
    #[must_use]
    pub fn split(&self) -> (Self, Self) {
        let mut alone = Vec::new();
        let (contract, expand): (Vec<_>, Vec<_>) = self.changes.iter().cloned().partition(|change| match change {
            // An old name is served no longer, and what the new column gets only then comes behind it.
            Change::UnmirrorColumn { table, to, .. } => {
                alone.push((table.clone(), to.clone()));
                true
            }
            Change::AlterColumn { table, to, .. } => alone.iter().any(|(of, name)| of == table && *name == to.name),
            other => other.destroys(),
        });
        let expand = Self::new(self.before.clone(), expand);
        let contract = Self::new(expand.after.clone(), contract);
        (expand, contract)
    }
}

/// A line a change, in the order in which they are made.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "Nothing to do.");
        }
        self.changes.iter().try_for_each(|change| writeln!(f, "{change}"))
    }
}
