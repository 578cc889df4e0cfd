//! What the IR has no field for, between two schemas.
//!
//! Two databases are compared definition by definition. What entities declare cannot say any of it, so that there nothing
//! follows from its absence: what the database has is left alone, with the keys and indexes that it is about.

use super::Change;
use crate::schema::{Index, Schema, Table, Unique, Unmanaged, UnmanagedKind};

/// Has a declared schema leave alone what the database beside it has and entities cannot declare.
pub(super) fn leave_alone(database: &Schema, declared: &mut Schema) {
    for table in &database.tables {
        if let Some(own) = declared.table_mut(&table.name) {
            keep(table, own);
        }
    }
    declared.unmanaged.clone_from(&database.unmanaged);
}

/// Has a declared schema take over all of a database's that it cannot say, without renames in between.
#[cfg(feature = "migrate")]
pub(crate) fn complete(database: &Schema, declared: &mut Schema) {
    keep_partitions(database, declared);
    leave_alone(database, declared);
}

/// Takes over the tables that keep a part of a declared table's rows: partitions, and tables that inherit from it.
pub(super) fn keep_partitions(database: &Schema, declared: &mut Schema) {
    loop {
        let is_part = |table: &&Table| {
            let of = table
                .unmanaged
                .iter()
                .filter(|one| matches!(one.kind, UnmanagedKind::Partition | UnmanagedKind::Inheritance));
            declared.table(&table.name).is_none()
                && of
                    .flat_map(|one| &one.depends_on)
                    .any(|on| declared.table(&on.table).is_some())
        };
        let parts: Vec<Table> = database.tables.iter().filter(is_part).cloned().collect();
        if parts.is_empty() {
            return;
        }
        for part in parts {
            declared.insert(part);
        }
    }
}

/// Gives a declared table what the database's has beyond it. Of a key or an index that it does not declare, the whole.
fn keep(table: &Table, declared: &mut Table) {
    for one in &table.unmanaged {
        match one.kind {
            UnmanagedKind::Unique => missing(&table.uniques, &mut declared.uniques, |unique: &Unique| {
                unique.name == one.name
            }),
            UnmanagedKind::ForeignKey => {
                missing(&table.foreign_keys, &mut declared.foreign_keys, |key| {
                    key.name == one.name
                });
            }
            UnmanagedKind::Check => missing(&table.checks, &mut declared.checks, |check| check.name == one.name),
            UnmanagedKind::Index => missing(&table.indexes, &mut declared.indexes, |index: &Index| {
                index.name == one.name
            }),
            _ => {}
        }
    }
    declared.unmanaged.clone_from(&table.unmanaged);
}

fn missing<T: Clone>(from: &[T], into: &mut Vec<T>, is_it: impl Fn(&T) -> bool) {
    if !into.iter().any(&is_it) {
        into.extend(from.iter().filter(|item| is_it(item)).cloned());
    }
}

/// What differs between two tables of one name, or two schemas, in what has no field.
pub(super) fn differing(table: Option<&str>, before: &[Unmanaged], after: &[Unmanaged]) -> Vec<Change> {
    let same = |a: &Unmanaged, b: &Unmanaged| a.kind == b.kind && a.name == b.name;
    let change = |from: Option<&Unmanaged>, to: Option<&Unmanaged>| Change::Unmanaged {
        table: table.map(str::to_owned),
        from: from.cloned(),
        to: to.cloned(),
    };
    let mut changes = Vec::new();
    for old in before {
        match after.iter().find(|new| same(old, new)) {
            None => changes.push(change(Some(old), None)),
            Some(new) if new.definition != old.definition => changes.push(change(Some(old), Some(new))),
            Some(_) => {}
        }
    }
    let is_new = |new: &&Unmanaged| !before.iter().any(|old| same(old, new));
    changes.extend(after.iter().filter(is_new).map(|new| change(None, Some(new))));
    changes
}

/// Whether the change is of a key, constraint or index that differs in what has no field: then that says it all.
pub(super) fn is_covered(change: &Change, unmanaged: &[Change]) -> bool {
    let names: Vec<(UnmanagedKind, String)> = match change {
        Change::AddUnique { unique, .. } | Change::DropUnique { unique, .. } => {
            vec![(UnmanagedKind::Unique, unique.name.clone())]
        }
        Change::AddForeignKey { key, .. } | Change::DropForeignKey { key, .. } => {
            vec![(UnmanagedKind::ForeignKey, key.name.clone())]
        }
        Change::AddCheck { check, .. } | Change::DropCheck { check, .. } => {
            vec![(UnmanagedKind::Check, check.name.clone())]
        }
        Change::CreateIndex { index, .. } | Change::DropIndex { index, .. } => {
            vec![(UnmanagedKind::Index, index.name.clone())]
        }
        Change::RenameIndex { from, to, .. } => [from, to]
            .into_iter()
            .map(|name| (UnmanagedKind::Index, name.clone()))
            .collect(),
        Change::RenameConstraint { kind, from, to, .. } => [from, to]
            .into_iter()
            .map(|name| (UnmanagedKind::from(*kind), name.clone()))
            .collect(),
        _ => return false,
    };
    unmanaged.iter().any(|other| {
        let Change::Unmanaged {
            table: Some(of),
            from,
            to,
        } = other
        else {
            return false;
        };
        change.table() == Some(of)
            && [from, to]
                .into_iter()
                .flatten()
                .any(|one| names.iter().any(|(kind, name)| *kind == one.kind && *name == one.name))
    })
}

impl From<super::ConstraintKind> for UnmanagedKind {
    fn from(kind: super::ConstraintKind) -> Self {
        match kind {
            super::ConstraintKind::PrimaryKey => Self::PrimaryKey,
            super::ConstraintKind::Unique => Self::Unique,
            super::ConstraintKind::ForeignKey => Self::ForeignKey,
            super::ConstraintKind::Check => Self::Check,
        }
    }
}
