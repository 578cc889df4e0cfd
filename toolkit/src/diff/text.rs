//! One line for every change. Two changes that differ have two texts: what a summary does not show, nobody can decide on.

use std::fmt;

use super::Change;
use crate::schema::{Index, PrimaryKey, Table, Unmanaged};

fn columns(columns: &[String]) -> String {
    columns.join(", ")
}

fn comment(text: Option<&String>) -> String {
    text.map_or_else(|| "none".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}

/// What belongs to a table and has no field of its own.
fn with(table: &Table) -> String {
    let names: Vec<String> = table
        .unmanaged
        .iter()
        .map(|one| format!("{} {}", one.kind, one.name))
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(", with the unmanaged {}", names.join(", "))
    }
}

fn index(f: &mut fmt::Formatter<'_>, sign: char, table: &str, index: &Index) -> fmt::Result {
    write!(f, "{sign} index {} on {table} {}", index.name, index.describe())
}

impl Change {
    /// What differs, of something that has no field of its own.
    pub(crate) fn unmanaged_text(table: Option<&str>, one: &Unmanaged) -> String {
        let on = table.map(|table| format!(" on {table}")).unwrap_or_default();
        format!("unmanaged {} {}{on}", one.kind, one.name)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateEnum { enumeration } => {
                write!(f, "+ enum {} ({})", enumeration.name, columns(&enumeration.values))
            }
            Self::DropEnum { enumeration } => {
                write!(f, "- enum {} ({})", enumeration.name, columns(&enumeration.values))
            }
            Self::AlterEnum { from, to } => write!(
                f,
                "~ enum {}: ({}) → ({})",
                from.name,
                columns(&from.values),
                columns(&to.values)
            ),
            Self::CreateTable { table } => {
                write!(f, "+ table {} ({} columns", table.name, table.columns.len())?;
                let counted = [
                    (table.uniques.len(), "unique key", "unique keys"),
                    (table.foreign_keys.len(), "foreign key", "foreign keys"),
                    (table.indexes.len(), "index", "indexes"),
                    (table.checks.len(), "check", "checks"),
                ];
                for (count, one, many) in counted.into_iter().filter(|(count, ..)| *count > 0) {
                    write!(f, ", {count} {}", if count == 1 { one } else { many })?;
                }
                write!(f, "){}", with(table))
            }
            Self::DropTable { table } => write!(f, "- table {} and its rows{}", table.name, with(table)),
            Self::RenameTable { from, to } => write!(f, "~ table {from} → {to}, rows kept"),
            Self::AddColumn { table, column, fill } => {
                write!(f, "+ column {table}.{} {}", column.name, column.describe())?;
                fill.as_ref()
                    .map_or(Ok(()), |fill| write!(f, ", rows that are there get {fill}"))
            }
            Self::DropColumn { table, column } => write!(f, "- column {table}.{} and its values", column.name),
            Self::RenameColumn { table, from, to } => write!(f, "~ column {table}.{from} → {to}, values kept"),
            Self::MirrorColumn { table, from, to, .. } => {
                write!(f, "~ columns {table}.{from} and {to} kept alike, values copied")
            }
            Self::UnmirrorColumn { table, from, to, .. } => {
                write!(f, "~ columns {table}.{from} and {to} kept alike no longer")
            }
            Self::AlterColumn { table, from, to } => write!(
                f,
                "~ column {table}.{}: {} → {}",
                from.name,
                from.describe(),
                to.describe()
            ),
            Self::ReplacePrimaryKey { table, from, to } => {
                let key = |key: &Option<PrimaryKey>| match key {
                    None => "none".to_owned(),
                    Some(key) => {
                        let name = key.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
                        format!("{name}({})", columns(&key.columns))
                    }
                };
                write!(f, "~ primary key of {table}: {} → {}", key(from), key(to))
            }
            Self::AddUnique { table, unique } => {
                write!(f, "+ unique {} on {table} ({})", unique.name, columns(&unique.columns))
            }
            Self::DropUnique { table, unique } => {
                write!(f, "- unique {} on {table} ({})", unique.name, columns(&unique.columns))
            }
            Self::AddForeignKey { table, key } => {
                write!(f, "+ foreign key {} on {table} {}", key.name, key.describe())
            }
            Self::DropForeignKey { table, key } => {
                write!(f, "- foreign key {} on {table} {}", key.name, key.describe())
            }
            Self::AddCheck { table, check } => write!(f, "+ check {} on {table}: {}", check.name, check.expression),
            Self::DropCheck { table, check } => write!(f, "- check {} on {table}: {}", check.name, check.expression),
            Self::CreateIndex { table, index: new } => index(f, '+', table, new),
            Self::DropIndex { table, index: old } => index(f, '-', table, old),
            Self::RenameIndex { table, from, to } => write!(f, "~ index {from} → {to} on {table}"),
            Self::RenameConstraint { table, from, to, .. } => write!(f, "~ constraint {from} → {to} on {table}"),
            Self::SetTableComment { table, from, to } => write!(
                f,
                "~ comment of {table}: {} → {}",
                comment(from.as_ref()),
                comment(to.as_ref())
            ),
            Self::Unmanaged { table, from, to } => {
                let name = |one| Self::unmanaged_text(table.as_deref(), one);
                match (from, to) {
                    (None, Some(to)) => write!(f, "! {} is to be made: {to}", name(to)),
                    (Some(from), None) => write!(f, "! {} is to be removed: {from}", name(from)),
                    (Some(from), Some(to)) => write!(f, "! {} differs: {from} → {to}", name(to)),
                    (None, None) => f.write_str("! nothing unmanaged"),
                }
            }
        }
    }
}
