//! Plays a change on a schema.

use super::{Change, ConstraintKind};
use crate::schema::{Schema, Table, Unmanaged, UnmanagedKind};

/// Brings a schema to where the change leads. What the change names and the schema lacks is left alone: a plan is
/// made from the schema that it is played on.
pub fn apply(schema: &mut Schema, change: &Change) {
    match change {
        Change::CreateEnum { enumeration } => schema.enums.push(enumeration.clone()),
        Change::DropEnum { enumeration } => schema.enums.retain(|other| other.name != enumeration.name),
        Change::AlterEnum { to, .. } => {
            for enumeration in schema
                .enums
                .iter_mut()
                .filter(|enumeration| enumeration.name == to.name)
            {
                enumeration.clone_from(to);
            }
        }
        Change::RenameEnumValue { enumeration, from, to } => {
            let own = schema.enums.iter_mut().filter(|own| own.name == *enumeration);
            for value in own.flat_map(|own| &mut own.values).filter(|value| *value == from) {
                value.clone_from(to);
            }
        }
        Change::CreateTable { table } => schema.insert(table.clone()),
        Change::DropTable { table } => {
            schema.remove(&table.name);
        }
        Change::RenameTable { from, to } => rename_table(schema, from, to),
        Change::RenameColumn { table, from, to } => rename_column(schema, table, from, to),
        Change::Unmanaged { table: None, from, to } => replace(&mut schema.unmanaged, from.as_ref(), to.as_ref()),
        other => {
            if let Some(table) = other.table().and_then(|name| schema.table_mut(name)) {
                apply_to_table(table, other);
            }
        }
    }
}

fn replace(unmanaged: &mut Vec<Unmanaged>, from: Option<&Unmanaged>, to: Option<&Unmanaged>) {
    unmanaged.retain(|one| Some(one) != from);
    unmanaged.extend(to.cloned());
}

fn each_unmanaged(schema: &mut Schema) -> impl Iterator<Item = &mut Unmanaged> {
    let of_tables = schema.tables.iter_mut().flat_map(|table| &mut table.unmanaged);
    of_tables.chain(&mut schema.unmanaged)
}

fn rename_table(schema: &mut Schema, from: &str, to: &str) {
    if let Some(mut table) = schema.remove(from) {
        to.clone_into(&mut table.name);
        schema.insert(table);
    }
    for table in &mut schema.tables {
        for key in table.foreign_keys.iter_mut().filter(|key| key.ref_table == from) {
            to.clone_into(&mut key.ref_table);
        }
    }
    each_unmanaged(schema).for_each(|one| one.rename_table(from, to));
}

fn rename_column(schema: &mut Schema, table: &str, from: &str, to: &str) {
    each_unmanaged(schema).for_each(|one| one.rename_column(table, from, to));
    if let Some(table) = schema.table_mut(table) {
        table.rename_column(from, to);
    }
    for other in schema.tables.iter_mut().filter(|other| other.name != table) {
        for key in other.foreign_keys.iter_mut().filter(|key| key.ref_table == table) {
            for name in key.ref_columns.iter_mut().filter(|name| *name == from) {
                to.clone_into(name);
            }
        }
    }
}

fn apply_to_table(table: &mut Table, change: &Change) {
    match change {
        Change::AddColumn { column, .. } => table.columns.push(column.clone()),
        Change::DropColumn { column, .. } => {
            table.columns.retain(|other| other.name != column.name);
            // A database takes the column's indexes and constraints along.
            table.indexes.retain(|index| !index.uses(&column.name));
            table.uniques.retain(|unique| !unique.columns.contains(&column.name));
            table.foreign_keys.retain(|key| !key.columns.contains(&column.name));
        }
        Change::AlterColumn { to, .. } => {
            for column in table.columns.iter_mut().filter(|column| column.name == to.name) {
                column.clone_from(to);
            }
        }
        Change::ReplacePrimaryKey { to, .. } => table.primary_key.clone_from(to),
        Change::AddUnique { unique, .. } => table.uniques.push(unique.clone()),
        Change::DropUnique { unique, .. } => table.uniques.retain(|other| other != unique),
        Change::AddForeignKey { key, .. } => table.foreign_keys.push(key.clone()),
        Change::DropForeignKey { key, .. } => table.foreign_keys.retain(|other| other != key),
        Change::AddCheck { check, .. } => table.checks.push(check.clone()),
        Change::DropCheck { check, .. } => table.checks.retain(|other| other != check),
        Change::CreateIndex { index, .. } => table.indexes.push(index.clone()),
        Change::DropIndex { index, .. } => table.indexes.retain(|other| other.name != index.name),
        Change::RenameIndex { from, to, .. } => {
            for index in table.indexes.iter_mut().filter(|index| index.name == *from) {
                index.name.clone_from(to);
            }
            rename_unmanaged(table, UnmanagedKind::Index, from, to);
        }
        Change::RenameConstraint { kind, from, to, .. } => rename_constraint(table, *kind, from, to),
        Change::SetTableComment { to, .. } => table.comment.clone_from(to),
        Change::Unmanaged { from, to, .. } => replace(&mut table.unmanaged, from.as_ref(), to.as_ref()),
        _ => {}
    }
}

fn rename_unmanaged(table: &mut Table, kind: UnmanagedKind, from: &str, to: &str) {
    let of_it = |one: &&mut Unmanaged| one.kind == kind && one.name == from;
    for one in table.unmanaged.iter_mut().filter(of_it) {
        to.clone_into(&mut one.name);
    }
}

fn rename_constraint(table: &mut Table, kind: ConstraintKind, from: &str, to: &str) {
    rename_unmanaged(table, kind.into(), from, to);
    let names: Vec<&mut String> = match kind {
        ConstraintKind::PrimaryKey => {
            if let Some(key) = table
                .primary_key
                .as_mut()
                .filter(|key| key.name_on(&table.name) == from)
            {
                key.name = None;
                if key.name_on(&table.name) != to {
                    key.name = Some(to.to_owned());
                }
            }
            return;
        }
        ConstraintKind::Unique => table.uniques.iter_mut().map(|unique| &mut unique.name).collect(),
        ConstraintKind::ForeignKey => table.foreign_keys.iter_mut().map(|key| &mut key.name).collect(),
        ConstraintKind::Check => table.checks.iter_mut().map(|check| &mut check.name).collect(),
    };
    for name in names.into_iter().filter(|name| *name == from) {
        to.clone_into(name);
    }
}
