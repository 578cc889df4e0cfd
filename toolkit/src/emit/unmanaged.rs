//! Refusals of what no statement is written for: a plan that would make, change or break what the IR has no field for.

use super::sql::EmitError;
use crate::{
    diff::{Change, Plan, apply},
    schema::{Column, Dialect, ForeignKey, Schema, Table, Unmanaged, UnmanagedKind},
};

/// Refuses a plan that would make, change or break what Seawright does not manage, with the names of all of it.
///
/// # Errors
/// [`EmitError::Unmanaged`].
pub(super) fn refuse(plan: &Plan, dialect: Dialect) -> Result<(), EmitError> {
    let mut now = plan.before.clone();
    let mut found = Vec::new();
    for change in &plan.changes {
        let mut refusals = Refusals {
            now: &now,
            after: &plan.after,
            dialect,
            found: &mut found,
        };
        refusals.of(change);
        apply(&mut now, change);
    }
    if found.is_empty() {
        return Ok(());
    }
    found.dedup();
    Err(EmitError::Unmanaged(found))
}

/// Refuses to build a table anew that has what would not be there afterwards. Triggers and indexes are made again from what the
/// live table has.
///
/// # Errors
/// [`EmitError::Unmanaged`].
pub(super) fn refuse_rebuild(table: &Table) -> Result<(), EmitError> {
    let lost: Vec<String> = table
        .unmanaged
        .iter()
        .filter(|one| one.kind != UnmanagedKind::Trigger)
        .map(|one| {
            let what = one.on(Some(&table.name));
            format!("{what} would be lost, since SQLite changes this table by building it anew: {one}")
        })
        .collect();
    if lost.is_empty() {
        Ok(())
    } else {
        Err(EmitError::Unmanaged(lost))
    }
}

/// What a change of a live database would break, of what stands beside its tables. A change that is written by hand may change a
/// partitioned table, and takes the options of a column along with it.
pub(crate) fn breaks(now: &Schema, change: &Change, dialect: Dialect) -> Vec<String> {
    let is_asked = |one: &Unmanaged| {
        matches!(
            one.kind,
            UnmanagedKind::View
                | UnmanagedKind::MaterializedView
                | UnmanagedKind::Trigger
                | UnmanagedKind::Policy
                | UnmanagedKind::Rule
                | UnmanagedKind::Function
                | UnmanagedKind::Exclusion
        )
    };
    let mut now = now.clone();
    now.unmanaged.retain(is_asked);
    for table in &mut now.tables {
        table.unmanaged.retain(is_asked);
    }
    let mut found = Vec::new();
    let after = Schema::default();
    let mut refusals = Refusals {
        now: &now,
        after: &after,
        dialect,
        found: &mut found,
    };
    refusals.of(change);
    found
}

struct Refusals<'r> {
    now: &'r Schema,
    after: &'r Schema,
    dialect: Dialect,
    found: &'r mut Vec<String>,
}

impl Refusals<'_> {
    fn of(&mut self, change: &Change) {
        if let Some(table) = change.table() {
            self.partitions(table, change);
        }
        match change {
            Change::Unmanaged { table, from, to } => self.differing(table.as_deref(), from.as_ref(), to.as_ref()),
            Change::CreateTable { table } => {
                for one in &table.unmanaged {
                    self.found
                        .push(format!("{} is to be made: {one}", one.on(Some(&table.name))));
                }
                for key in &table.foreign_keys {
                    self.other_schema(&table.name, key);
                }
            }
            Change::DropTable { table } => self.readers_of_table(&table.name),
            Change::DropColumn { table, column } => self.dropped(table, column),
            Change::AlterColumn { table, from, to, .. } if from.data_type != to.data_type => {
                self.retyped(table, from, to);
            }
            Change::RenameColumn { table, from, .. } => self.renamed(table, from),
            Change::AddForeignKey { table, key } => self.other_schema(table, key),
            Change::DropUnique { table, unique } => self.twin(table, UnmanagedKind::Unique, &unique.name),
            Change::DropForeignKey { table, key } => self.twin(table, UnmanagedKind::ForeignKey, &key.name),
            Change::DropCheck { table, check } => self.twin(table, UnmanagedKind::Check, &check.name),
            Change::DropIndex { table, index } => self.twin(table, UnmanagedKind::Index, &index.name),
            Change::ReplacePrimaryKey {
                table, from: Some(key), ..
            } => self.twin(table, UnmanagedKind::PrimaryKey, &key.name_on(table)),
            _ => {}
        }
    }

    fn differing(&mut self, table: Option<&str>, from: Option<&Unmanaged>, to: Option<&Unmanaged>) {
        let line = match (from, to) {
            (None, Some(to)) => format!("{} is to be made: {to}", to.on(table)),
            // Nothing of the tables hangs on its going.
            (Some(from), None) if matches!(from.kind, UnmanagedKind::Extension | UnmanagedKind::Publication) => return,
            (Some(from), None) => format!("{} is to be removed: {from}", from.on(table)),
            (Some(from), Some(to)) => format!("{} is to be changed: {from} → {to}", to.on(table)),
            (None, None) => return,
        };
        self.found.push(line);
    }

    /// A key or an index of which the IR knows only a part would come back without the rest.
    fn twin(&mut self, table: &str, kind: UnmanagedKind, name: &str) {
        let own = self.now.table(table).and_then(|table| table.unmanaged_of(kind, name));
        if let Some(own) = own {
            self.found
                .push(format!("{} is to be removed: {own}", own.on(Some(table))));
        }
    }

    /// A table that keeps its rows together with others is changed with them, and locked with them.
    fn partitions(&mut self, table: &str, change: &Change) {
        if matches!(
            change,
            Change::SetTableComment { .. } | Change::Unmanaged { .. } | Change::CreateTable { .. }
        ) {
            return;
        }
        let own = self
            .now
            .table(table)
            .into_iter()
            .flat_map(|own| &own.unmanaged)
            .find(|one| one.kind.is_of_partitions());
        if let Some(own) = own {
            let what = format!("`{table}` is to be changed, and has the {} `{own}`", own.kind);
            self.found.push(what);
            return;
        }
        let child = self
            .now
            .unmanaged()
            .find(|(_, one)| one.kind.is_of_partitions() && one.reads_table(table));
        if let Some((Some(child), one)) = child {
            let what = format!("`{table}` is to be changed, and `{child}` has the {} `{one}`", one.kind);
            self.found.push(what);
        }
    }

    fn readers_of_table(&mut self, table: &str) {
        let readers = self
            .now
            .unmanaged()
            .filter(|(of, one)| *of != Some(table) && one.reads_table(table) && !one.kind.is_of_partitions());
        for (of, one) in readers {
            self.found
                .push(format!("{} reads the table `{table}`, which is to go", one.on(of)));
        }
    }

    fn dropped(&mut self, table: &str, column: &Column) {
        for (of, one) in self.now.unmanaged().filter(|(_, one)| one.reads(table, &column.name)) {
            self.found.push(format!(
                "{} reads the column `{table}.{}`, which is to go",
                one.on(of),
                column.name
            ));
        }
        self.computed(table, &column.name, "which is to go");
    }

    /// PostgreSQL refuses to change the type of a column that something else was made from; SQLite has no such bonds.
    fn retyped(&mut self, table: &str, from: &Column, to: &Column) {
        if self.dialect != Dialect::Postgres {
            return;
        }
        let is_bound = |one: &Unmanaged| {
            matches!(
                one.kind,
                UnmanagedKind::View
                    | UnmanagedKind::MaterializedView
                    | UnmanagedKind::Policy
                    | UnmanagedKind::Trigger
                    | UnmanagedKind::Rule
                    | UnmanagedKind::Function
                    | UnmanagedKind::Publication
                    | UnmanagedKind::Exclusion
            )
        };
        let readers = self
            .now
            .unmanaged()
            .filter(|(_, one)| is_bound(one) && one.reads(table, &from.name));
        for (of, one) in readers {
            self.found.push(format!(
                "{} reads the column `{table}.{}`, which is to become {}",
                one.on(of),
                from.name,
                to.data_type
            ));
        }
        self.computed(table, &from.name, "whose type is to change");
    }

    fn computed(&mut self, table: &str, column: &str, how: &str) {
        let columns = self.now.table(table).into_iter().flat_map(|table| &table.columns);
        for other in columns {
            if let Some(generated) = &other.generated
                && generated.mentions(column)
            {
                self.found.push(format!(
                    "the column `{table}.{}` is computed from `{table}.{column}`, {how}: take it out first, and declare it again afterwards",
                    other.name
                ));
            }
        }
    }

    fn renamed(&mut self, table: &str, column: &str) {
        for (of, one) in self.now.unmanaged().filter(|(_, one)| one.names(table, column)) {
            self.found.push(format!(
                "{} names the column `{table}.{column}`, which is to get another name, in a text that no rename reaches",
                one.on(of)
            ));
        }
    }

    fn other_schema(&mut self, table: &str, key: &ForeignKey) {
        let is_known = |schema: &Schema| schema.table(&key.ref_table).is_some();
        if key.ref_table.contains('.') && !is_known(self.now) && !is_known(self.after) {
            self.found.push(format!(
                "the foreign key `{}` of `{table}` leads to `{}`, in another schema",
                key.name, key.ref_table
            ));
        }
    }
}
