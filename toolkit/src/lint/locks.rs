//! The locks that statements take (PostgreSQL's manual, 13.3.1, and the pages of the commands).

use std::collections::BTreeMap;

use serde::Serialize;
use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, FromTable, LockTableMode, ObjectType, Statement, TableConstraint,
    TableFactor, TableObject,
};

use super::{Lock, Options, Script, at::Step, is_postgres, names::last, said::Said, world::World};
use crate::schema::Dialect;

/// The strongest lock that a step takes on a table that is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The step.
    pub step: String,
    /// The table.
    pub table: String,
    /// The lock.
    pub lock: Lock,
}

/// The locks that the steps which are to be linted will take on tables in use, where they keep others waiting or are kept
/// waiting by them. None but on PostgreSQL: SQLite locks the whole database for every change.
pub fn locks(history: &[Script], options: &Options) -> Vec<Held> {
    let mut world = World::default();
    let mut all = Vec::new();
    for script in history {
        world.settle();
        let mut held: BTreeMap<String, Lock> = BTreeMap::new();
        Step::read(script, options.dialect).walk(&mut world, |at| {
            for (table, lock) in at
                .takes
                .iter()
                .filter(|(_, lock)| script.is_linted && *lock > Lock::RowExclusive)
            {
                let known = held.entry(table.clone()).or_insert(*lock);
                *known = (*lock).max(*known);
            }
        });
        all.extend(held.into_iter().map(|(table, lock)| Held {
            step: script.step.clone(),
            table,
            lock,
        }));
    }
    all
}

/// The locks that a statement takes, on new tables too.
pub(super) fn of(said: &Said, world: &World, dialect: Dialect) -> Vec<(String, Lock)> {
    if !is_postgres(dialect) {
        return Vec::new();
    }
    match said {
        Said::Sql(statement) => of_statement(statement),
        Said::Reindex {
            kind,
            name,
            concurrently,
        } => {
            let lock = if *concurrently {
                Lock::ShareUpdateExclusive
            } else {
                Lock::Share
            };
            let table = match kind.as_str() {
                "index" => world.table_of(name).map(str::to_owned),
                "table" => Some(name.clone()),
                _ => None,
            };
            table.map(|table| (table, lock)).into_iter().collect()
        }
        Said::DropIndex {
            names, concurrently, ..
        } => {
            let lock = if *concurrently {
                Lock::ShareUpdateExclusive
            } else {
                Lock::AccessExclusive
            };
            let tables = names.iter().filter_map(|name| world.table_of(name));
            tables.map(|table| (table.to_owned(), lock)).collect()
        }
        Said::Cluster(table) | Said::Vacuum { is_full: true, table } => table
            .iter()
            .map(|table| (table.clone(), Lock::AccessExclusive))
            .collect(),
        Said::Vacuum { table, .. } => table
            .iter()
            .map(|table| (table.clone(), Lock::ShareUpdateExclusive))
            .collect(),
        Said::Detach { table, concurrently } => {
            let lock = if *concurrently {
                Lock::ShareUpdateExclusive
            } else {
                Lock::AccessExclusive
            };
            vec![(table.clone(), lock)]
        }
        Said::Harmless { .. } | Said::Block | Said::BlockEnds | Said::Unread { .. } => Vec::new(),
    }
}

fn of_statement(statement: &Statement) -> Vec<(String, Lock)> {
    match statement {
        Statement::CreateTable(create) => {
            let mut held = vec![(last(&create.name), Lock::AccessExclusive)];
            held.extend(create.columns.iter().flat_map(referred_to));
            held.extend(create.constraints.iter().filter_map(referred));
            held
        }
        Statement::AlterTable(alter) => {
            let table = last(&alter.name);
            let mut held = Vec::new();
            for operation in &alter.operations {
                held.push((table.clone(), of_operation(operation)));
                match operation {
                    AlterTableOperation::AddColumn { column_def, .. } => held.extend(referred_to(column_def)),
                    AlterTableOperation::AddConstraint { constraint, .. } => held.extend(referred(constraint)),
                    _ => {}
                }
            }
            held
        }
        Statement::CreateIndex(index) => {
            let lock = if index.concurrently {
                Lock::ShareUpdateExclusive
            } else {
                Lock::Share
            };
            vec![(last(&index.table_name), lock)]
        }
        Statement::Drop { object_type, names, .. } => names
            .iter()
            .map(last)
            .filter_map(|name| match object_type {
                ObjectType::Table => Some((name, Lock::AccessExclusive)),
                _ => None,
            })
            .collect(),
        Statement::Truncate(truncate) => {
            let tables = truncate.table_names.iter();
            tables.map(|table| (last(&table.name), Lock::AccessExclusive)).collect()
        }
        Statement::Lock(lock) => {
            let mode = lock.lock_mode.as_ref().map_or(Lock::AccessExclusive, mode);
            lock.tables.iter().map(|table| (last(&table.name), mode)).collect()
        }
        Statement::CreateTrigger(trigger) => vec![(last(&trigger.table_name), Lock::ShareRowExclusive)],
        _ => written(statement)
            .into_iter()
            .map(|table| (table, Lock::RowExclusive))
            .collect(),
    }
}

fn mode(mode: &LockTableMode) -> Lock {
    match mode {
        LockTableMode::AccessShare => Lock::AccessShare,
        LockTableMode::RowShare => Lock::RowShare,
        LockTableMode::RowExclusive => Lock::RowExclusive,
        LockTableMode::ShareUpdateExclusive => Lock::ShareUpdateExclusive,
        LockTableMode::Share => Lock::Share,
        LockTableMode::ShareRowExclusive => Lock::ShareRowExclusive,
        LockTableMode::Exclusive => Lock::Exclusive,
        LockTableMode::AccessExclusive => Lock::AccessExclusive,
    }
}

fn of_operation(operation: &AlterTableOperation) -> Lock {
    match operation {
        AlterTableOperation::ValidateConstraint { .. } => Lock::ShareUpdateExclusive,
        AlterTableOperation::AddConstraint {
            constraint: TableConstraint::ForeignKey(_),
            ..
        }
        | AlterTableOperation::DisableTrigger { .. }
        | AlterTableOperation::EnableTrigger { .. } => Lock::ShareRowExclusive,
        _ => Lock::AccessExclusive,
    }
}

fn referred(constraint: &TableConstraint) -> Option<(String, Lock)> {
    match constraint {
        TableConstraint::ForeignKey(key) => Some((last(&key.foreign_table), Lock::ShareRowExclusive)),
        _ => None,
    }
}

fn referred_to(column: &ColumnDef) -> Vec<(String, Lock)> {
    let keys = column.options.iter().filter_map(|option| match &option.option {
        ColumnOption::ForeignKey(key) => Some((last(&key.foreign_table), Lock::ShareRowExclusive)),
        _ => None,
    });
    keys.collect()
}

/// The table whose rows a statement writes.
pub(super) fn written(statement: &Statement) -> Option<String> {
    let of = |factor: &TableFactor| match factor {
        TableFactor::Table { name, .. } => Some(last(name)),
        _ => None,
    };
    match statement {
        Statement::Insert(insert) => match &insert.table {
            TableObject::TableName(name) => Some(last(name)),
            _ => None,
        },
        Statement::Update(update) => of(&update.table.relation),
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            of(&from.first()?.relation)
        }
        Statement::Merge(merge) => of(&merge.table),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_in_use_are_locked_for_others() {
        let step = Script::new(
            "m1",
            [
                "CREATE TABLE plans (id integer, user_id integer REFERENCES users (id))",
                "CREATE INDEX i ON plans (id)",
                "ALTER TABLE logs VALIDATE CONSTRAINT logs_fk",
                "ALTER TABLE logs ADD COLUMN a text",
                "UPDATE jobs SET a = 1",
            ],
        );
        let held = locks(std::slice::from_ref(&step), &Options::of(Dialect::Postgres));
        let said: Vec<String> = held
            .iter()
            .map(|held| format!("{} {}", held.table, held.lock))
            .collect();
        assert_eq!(said, ["logs ACCESS EXCLUSIVE", "users SHARE ROW EXCLUSIVE"]);
        assert_eq!(locks(&[step], &Options::of(Dialect::Sqlite)), []);
    }
}
