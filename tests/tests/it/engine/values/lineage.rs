//! Where each column of a plan's end comes from.

use std::collections::BTreeMap;

use seawright::{
    diff::{Change, Plan},
    schema::Expression,
};

/// What a column's values are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// Those of a column of the same table as it was.
    Old(String),
    /// What the rows that are there are given.
    Given(Expression),
    /// What the database gives: a default, a number, what it computes.
    Fresh,
}

/// A table of the end: its name before, where it was there, and its columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub(crate) before: Option<String>,
    pub(crate) columns: BTreeMap<String, Source>,
}

/// The tables of a plan's end.
#[derive(Clone, Debug)]
pub(crate) struct Lineage(pub(crate) BTreeMap<String, Line>);

impl Lineage {
    /// Follows the renames of a plan. What has the same name before and after is the same, whatever the plan does to it:
    /// a plan that drops a column and adds it again loses its values.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut tables: BTreeMap<String, Line> = BTreeMap::new();
        for table in &plan.before.tables {
            let columns = table.columns.iter();
            let columns = columns.map(|column| (column.name.clone(), Source::Old(column.name.clone())));
            let line = Line {
                before: Some(table.name.clone()),
                columns: columns.collect(),
            };
            tables.insert(table.name.clone(), line);
        }
        for change in &plan.changes {
            follow(&mut tables, change);
        }
        let renamed: Vec<String> = tables.values().filter_map(|line| line.before.clone()).collect();
        let mut lines = BTreeMap::new();
        for table in &plan.after.tables {
            let mut line = tables.remove(&table.name).unwrap_or_default();
            if line.before.is_none() && !renamed.contains(&table.name) {
                line.before = plan.before.table(&table.name).map(|table| table.name.clone());
            }
            let old = line.before.as_ref().and_then(|name| plan.before.table(name));
            let used: Vec<Source> = line.columns.values().cloned().collect();
            let columns = table.columns.iter().map(|column| {
                let name = column.name.clone();
                let same = Source::Old(name.clone());
                let was_there = old.is_some_and(|old| old.column(&name).is_some()) && !used.contains(&same);
                let source = match line.columns.remove(&name) {
                    _ if column.generated.is_some() => Source::Fresh,
                    Some(Source::Old(old)) => Source::Old(old),
                    _ if was_there => same,
                    Some(source) => source,
                    None => Source::Fresh,
                };
                (name, source)
            });
            let columns = columns.collect();
            lines.insert(
                table.name.clone(),
                Line {
                    before: line.before,
                    columns,
                },
            );
        }
        Self(lines)
    }

    /// The tables as they were that are there afterwards, with the columns that are.
    pub(crate) fn kept(&self) -> BTreeMap<String, Vec<String>> {
        let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in self.0.values() {
            let Some(before) = &line.before else { continue };
            let columns = line.columns.values().filter_map(|source| match source {
                Source::Old(name) => Some(name.clone()),
                _ => None,
            });
            kept.entry(before.clone()).or_default().extend(columns);
        }
        kept
    }

    /// The name that a table has afterwards.
    pub(crate) fn after(&self, before: &str) -> Option<(&String, &Line)> {
        self.0.iter().find(|(_, line)| line.before.as_deref() == Some(before))
    }
}

fn follow(tables: &mut BTreeMap<String, Line>, change: &Change) {
    match change {
        Change::RenameTable { from, to } => {
            if let Some(line) = tables.remove(from) {
                tables.insert(to.clone(), line);
            }
        }
        Change::DropTable { table } => {
            tables.remove(&table.name);
        }
        Change::RenameColumn { table, from, to } => {
            if let Some(line) = tables.get_mut(table)
                && let Some(source) = line.columns.remove(from)
            {
                line.columns.insert(to.clone(), source);
            }
        }
        Change::MirrorColumn { table, from, to, back } => {
            let (from, to) = if *back { (to, from) } else { (from, to) };
            if let Some(line) = tables.get_mut(table)
                && let Some(source) = line.columns.get(from).cloned()
            {
                line.columns.insert(to.clone(), source);
            }
        }
        Change::AddColumn { table, column, fill } => {
            if let Some(line) = tables.get_mut(table) {
                let source = match fill {
                    Some(Expression::Column(name)) => line.columns.get(name).cloned().unwrap_or(Source::Fresh),
                    Some(fill) => Source::Given(fill.clone()),
                    None => Source::Fresh,
                };
                line.columns.insert(column.name.clone(), source);
            }
        }
        Change::DropColumn { table, column } => {
            if let Some(line) = tables.get_mut(table) {
                line.columns.remove(&column.name);
            }
        }
        _ => {}
    }
}
