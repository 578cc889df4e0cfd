//! Renames in steps, for columns that are in use: the new column beside the old one, both written for a while, the old one
//! dropped when nobody asks for it any more.

use super::{Change, Conversion, Decisions, Plan, Undecided, change::needs_value, diff};
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
        if before.column(new).is_some() {
            return Err(refused("another column has that name until then"));
        }
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
        let rename = renames.iter().find(|(of, old, new)| match &change {
            Change::AddColumn { table, column, .. } => of == table && *new == column.name,
            Change::DropColumn { table, column } => of == table && *old == column.name,
            _ => false,
        });
        match (change, rename) {
            (Change::AddColumn { column, .. }, Some(rename)) => mirrored(rename, &column, &mut changes),
            (change @ Change::DropColumn { .. }, Some((table, old, new))) => {
                changes.push(Change::UnmirrorColumn {
                    table: table.clone(),
                    from: old.clone(),
                    to: new.clone(),
                });
                let wanted = to.table(table).and_then(|table| table.column(new));
                changes.extend(
                    wanted
                        .filter(|column| column.default.is_some())
                        .map(|column| Change::AlterColumn {
                            table: table.clone(),
                            from: without_default(column),
                            to: column.clone(),
                            conversion: Conversion::default(),
                        }),
                );
                changes.push(change);
            }
            (other, _) => changes.push(other),
        }
    }
    Ok(Plan::new(plan.before, changes))
}

/// As it is while the two are kept alike: a value that nobody wrote could not be told from one that somebody did.
fn without_default(column: &Column) -> Column {
    Column {
        default: None,
        ..column.clone()
    }
}

/// The new column, empty at first, then alike the old one, then as it has to be.
fn mirrored((table, old, new): &(String, String, String), column: &Column, changes: &mut Vec<Change>) {
    let alike = without_default(column);
    let empty = Column {
        nullable: true,
        ..alike.clone()
    };
    changes.push(Change::AddColumn {
        table: table.clone(),
        column: empty.clone(),
        fill: None,
    });
    changes.push(Change::MirrorColumn {
        table: table.clone(),
        from: old.clone(),
        to: new.clone(),
        back: false,
    });
    if !column.nullable {
        changes.push(Change::AlterColumn {
            table: table.clone(),
            from: empty,
            to: alike,
            conversion: Conversion::default(),
        });
    }
}
