//! Renames in steps, for columns that are in use: the new column beside the old one, both written for a while, the old one
//! dropped when nobody asks for it any more.

use super::{Change, Decisions, Plan, Undecided, change::needs_value, diff};
use crate::schema::{Column, Expression, Schema};

/// A rename that can't be made in steps.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InStepsError {
    /// A table's rename.
    #[error(
        "the rename of the table `{0}` to `{1}` can't be made in steps: leave out `--in-use` and stop what uses it for the moment, \
         or keep the table's name and give the entity another one"
    )]
    Table(String, String),
    /// A column that counts by itself, is computed, or belongs to the primary key.
    #[error(
        "the rename of `{0}` to `{1}` can't be made in steps, since {2}: leave out `--in-use`, or keep the column's name and give \
         the entity's field another one (`column_name`)"
    )]
    Column(String, String, &'static str),
    /// What else is to be decided.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

/// The plan in which columns that were decided to be renamed are renamed in steps.
///
/// # Errors
/// [`InStepsError`] where a rename has no such form.
pub fn in_steps(from: &Schema, to: &Schema, decisions: &Decisions) -> Result<Plan, InStepsError> {
    if let Some((old, new)) = decisions.renamed_tables.first() {
        return Err(InStepsError::Table(old.clone(), new.clone()));
    }
    let mut answers = decisions.clone();
    let renames = std::mem::take(&mut answers.renamed_columns);
    for (table, old, new) in &renames {
        let (Some(before), Some(after)) = (from.table(table), to.table(table)) else {
            continue;
        };
        let (Some(was), Some(is)) = (before.column(old), after.column(new)) else {
            continue;
        };
        let refused = |why| InStepsError::Column(format!("{table}.{old}"), new.clone(), why);
        if was.data_type != is.data_type {
            return Err(refused("its type changes as well; do the one after the other"));
        }
        if was.auto_increment.is_on() || is.auto_increment.is_on() {
            return Err(refused("the database numbers it"));
        }
        if was.generated.is_some() || is.generated.is_some() {
            return Err(refused("the database computes it"));
        }
        if before.key_columns().contains(old) || after.key_columns().contains(new) {
            return Err(refused("it belongs to the primary key"));
        }
        let is_referred = |schema: &Schema, column: &String| {
            let mut keys = schema.tables.iter().flat_map(|other| &other.foreign_keys);
            keys.any(|key| key.ref_table == *table && key.ref_columns.contains(column))
        };
        if is_referred(from, old) || is_referred(to, new) {
            return Err(refused("foreign keys of other tables refer to it"));
        }
        answers.created.push(format!("{table}.{new}"));
        if needs_value(is) {
            answers
                .fills
                .push((table.clone(), new.clone(), Expression::Column(old.clone())));
        }
    }
    let plan = diff(from, to, &mut answers)?;
    let mut changes = Vec::new();
    for change in plan.changes {
        match change {
            Change::AddColumn { table, column, .. } if is(&renames, &table, |_, new| new == column.name) => {
                mirrored(&renames, &table, &column, &mut changes);
            }
            Change::DropColumn { table, column } if is(&renames, &table, |old, _| old == column.name) => {
                let new = renames.iter().find(|(of, old, _)| *of == table && *old == column.name);
                if let Some((_, old, new)) = new {
                    changes.push(Change::UnmirrorColumn {
                        table: table.clone(),
                        from: old.clone(),
                        to: new.clone(),
                    });
                    let wanted = to.table(&table).and_then(|table| table.column(new));
                    changes.extend(wanted.filter(|column| column.default.is_some()).map(|column| {
                        Change::AlterColumn {
                            table: table.clone(),
                            from: without_default(column),
                            to: column.clone(),
                        }
                    }));
                }
                changes.push(Change::DropColumn { table, column });
            }
            other => changes.push(other),
        }
    }
    Ok(Plan::new(plan.before, changes))
}

fn is(renames: &[(String, String, String)], table: &str, test: impl Fn(&str, &str) -> bool) -> bool {
    renames.iter().any(|(of, old, new)| of == table && test(old, new))
}

/// As it is while the two are kept alike: a value that nobody wrote could not be told from one that somebody did.
fn without_default(column: &Column) -> Column {
    Column {
        default: None,
        ..column.clone()
    }
}

/// The new column, empty at first, then alike the old one, then as it has to be.
fn mirrored(renames: &[(String, String, String)], table: &str, column: &Column, changes: &mut Vec<Change>) {
    let Some((_, old, new)) = renames.iter().find(|(of, _, new)| of == table && *new == column.name) else {
        return;
    };
    let alike = without_default(column);
    let empty = Column {
        nullable: true,
        ..alike.clone()
    };
    changes.push(Change::AddColumn {
        table: table.to_owned(),
        column: empty.clone(),
        fill: None,
    });
    changes.push(Change::MirrorColumn {
        table: table.to_owned(),
        from: old.clone(),
        to: new.clone(),
        back: false,
    });
    if !column.nullable {
        changes.push(Change::AlterColumn {
            table: table.to_owned(),
            from: empty,
            to: alike,
        });
    }
}
