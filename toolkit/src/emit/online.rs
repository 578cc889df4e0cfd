//! Which changes of a plan have a form that lets writers of a big table go on, and can be made apart from the others.

use std::collections::BTreeSet;

use crate::{
    diff::{Change, Conversion, Plan},
    schema::{Column, DataType, Expression, ForeignKey, Index, IndexKey, PrimaryKey},
};

/// How a migration is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// In one transaction.
    #[default]
    Whole,
    /// In one transaction; tables go only when their rows have been moved, and get them back on the way down.
    Gated,
    /// Outside of a transaction, each change so that writers go on.
    Online,
}

/// A plan that becomes one migration.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What changes.
    pub plan: Plan,
    /// How it is made.
    pub form: Form,
}

impl Part {
    /// Whether it only adds values to enumeration types, so that what comes behind it may use them.
    #[cfg(feature = "cli")]
    pub(crate) fn is_for_enum_values(&self, parts: &[Self]) -> bool {
        let is_value = |change: &Change| matches!(change, Change::AlterEnum { .. });
        parts.len() > 1 && parts.first() == Some(self) && self.plan.changes.iter().all(is_value)
    }
}

/// The migrations of a plan in their order: what adds, what is done while writers go on, what destroys. None is empty.
pub fn parts(plan: &Plan) -> Vec<Part> {
    let (values, rest) = values_first(plan);
    let (expand, contract) = rest.split();
    let (whole, online) = apart(&expand);
    [
        (values, Form::Whole),
        (whole, Form::Whole),
        (online, Form::Online),
        (contract, Form::Gated),
    ]
    .into_iter()
    .filter(|(plan, _)| !plan.is_empty())
    .map(|(plan, form)| Part { plan, form })
    .collect()
}

/// Values that an enumeration type gets and that the plan uses at once: PostgreSQL lets nobody use them in the transaction that
/// adds them (manual, ALTER TYPE, Notes).
pub fn values_first(plan: &Plan) -> (Plan, Plan) {
    let used = |value: &str| {
        let text = format!("'{}'", value.replace('\'', "''"));
        plan.changes.iter().any(|change| {
            !matches!(change, Change::AlterEnum { .. } | Change::CreateEnum { .. }) && {
                let plain = serde_json::to_string(change).unwrap_or_default();
                plain.contains(&serde_json::to_string(value).unwrap_or_default())
                    || plain.contains(serde_json::to_string(&text).unwrap_or_default().trim_matches('"'))
            }
        })
    };
    let (first, rest): (Vec<Change>, Vec<Change>) = plan.changes.iter().cloned().partition(|change| match change {
        Change::AlterEnum { from, to } => {
            let gone = from.values.iter().any(|value| !to.values.contains(value));
            let mut added = to.values.iter().filter(|value| !from.values.contains(value));
            !gone && added.any(|value| used(value))
        }
        _ => false,
    });
    let first = Plan::new(plan.before.clone(), first);
    let rest = Plan::new(first.after.clone(), rest);
    (first, rest)
}

/// Splits a plan into what is made in one transaction and what is made behind it, online. A change moves behind the others
/// only where none of those that stay depends on it; either part may be empty.
pub fn apart(plan: &Plan) -> (Plan, Plan) {
    let mut created = BTreeSet::new();
    let mut is_existing = Vec::new();
    for change in &plan.changes {
        if let Change::CreateTable { table } = change {
            created.insert(table.name.clone());
        }
        is_existing.push(change.table().is_some_and(|table| !created.contains(table)));
    }
    let (mut whole, mut online): (Vec<Change>, Vec<Change>) = (Vec::new(), Vec::new());
    let mut stays: Vec<Touched> = Vec::new();
    for (change, is_existing) in plan.changes.iter().zip(is_existing).rev() {
        let (stay, go) = if is_existing && !counts_anew(change, plan) {
            halves(change)
        } else {
            (Some(change.clone()), None)
        };
        let is_free = |change: &Change| {
            let touched = Touched::by(change);
            !stays.iter().any(|other| other.meets(&touched))
        };
        let stay = match go {
            Some(go) if is_free(&go) => {
                online.push(go);
                stay
            }
            _ => Some(change.clone()),
        };
        if let Some(stay) = stay {
            stays.push(Touched::by(&stay));
            whole.push(stay);
        }
    }
    whole.reverse();
    online.reverse();
    let whole = Plan::new(plan.before.clone(), whole);
    let online = Plan::new(whole.after.clone(), online);
    (whole, online)
}

/// The plan with its new tables first, as far as they do not depend on what stood before them: a lock on a table that exists
/// is held until the transaction ends, so it is taken late.
pub(super) fn with_locks_late(plan: &Plan) -> Plan {
    let (mut early, mut late): (Vec<Change>, Vec<Change>) = (Vec::new(), Vec::new());
    let mut passed: Vec<Touched> = Vec::new();
    for change in &plan.changes {
        let touched = Touched::by(change);
        let is_new = matches!(change, Change::CreateTable { .. } | Change::CreateEnum { .. });
        if is_new && !passed.iter().any(|other| other.meets(&touched)) {
            early.push(change.clone());
        } else {
            passed.push(touched);
            late.push(change.clone());
        }
    }
    early.extend(late);
    Plan {
        changes: early,
        ..plan.clone()
    }
}

/// Whether it is the key of a column that starts or ends to be numbered: SQLite numbers a table's key only.
fn counts_anew(change: &Change, plan: &Plan) -> bool {
    let Change::ReplacePrimaryKey { table: of, .. } = change else {
        return false;
    };
    plan.changes.iter().any(|other| match other {
        Change::AddColumn { table, column, .. } | Change::DropColumn { table, column } => {
            table == of && column.auto_increment.is_on()
        }
        Change::AlterColumn { table, from, to, .. } => {
            table == of && (from.auto_increment.is_on() || to.auto_increment.is_on())
        }
        _ => false,
    })
}

/// What of a change of a table that exists stays in the transaction, and what of it has an online form, for itself or
/// for the way back.
fn halves(change: &Change) -> (Option<Change>, Option<Change>) {
    match change {
        Change::CreateIndex { .. }
        | Change::DropIndex { .. }
        | Change::AddUnique { .. }
        | Change::DropUnique { .. }
        | Change::AddForeignKey { .. }
        | Change::DropForeignKey { .. }
        | Change::AddCheck { .. }
        | Change::DropCheck { .. }
        | Change::ReplacePrimaryKey { .. }
        | Change::MirrorColumn { .. } => (None, Some(change.clone())),
        Change::AddColumn { column, fill, .. } if rewrites(column, fill.as_ref()) => (None, Some(change.clone())),
        Change::AlterColumn {
            table,
            from,
            to,
            conversion,
        } if from.nullable != to.nullable => {
            let between = Column {
                nullable: from.nullable,
                ..to.clone()
            };
            let alter = |from: &Column, to: &Column, conversion: Conversion| Change::AlterColumn {
                table: table.clone(),
                from: from.clone(),
                to: to.clone(),
                conversion,
            };
            let of_type = Conversion {
                fill: None,
                ..conversion.clone()
            };
            let of_nulls = Conversion {
                fill: conversion.fill.clone(),
                ..Conversion::default()
            };
            (
                (between != *from).then(|| alter(from, &between, of_type)),
                Some(alter(&between, to, of_nulls)),
            )
        }
        _ => (Some(change.clone()), None),
    }
}

/// Whether PostgreSQL would rewrite the table to give every row a value of its own. A numbered or computed column has no
/// other form.
fn rewrites(column: &Column, fill: Option<&Expression>) -> bool {
    // What reads the row is no default for rows that come meanwhile, which a column that requires a value needs.
    if !column.nullable && fill.is_some_and(|fill| matches!(fill, Expression::Column(_) | Expression::Sql(_))) {
        return false;
    }
    let value = fill.or(column.default.as_ref());
    value.is_some_and(|value| !is_steady(value)) && column.generated.is_none() && !column.auto_increment.is_on()
}

/// Whether the value is the same for every row. SQL that calls nothing is.
fn is_steady(value: &Expression) -> bool {
    match value {
        Expression::Literal(_)
        | Expression::CurrentTimestamp
        | Expression::CurrentDate
        | Expression::CurrentTime
        | Expression::Now => true,
        Expression::Sql(sql) => !sql.contains('('),
        _ => false,
    }
}

/// What a change touches: columns (none: all of the table), and names of constraints, indexes and types.
#[derive(Debug, Default)]
struct Touched {
    columns: Vec<(String, Option<String>)>,
    names: BTreeSet<String>,
}

impl Touched {
    fn meets(&self, other: &Self) -> bool {
        let columns = self.columns.iter().any(|(table, column)| {
            other.columns.iter().any(|(other_table, other_column)| {
                table == other_table && (column.is_none() || other_column.is_none() || column == other_column)
            })
        });
        columns || !self.names.is_disjoint(&other.names)
    }

    fn table(&mut self, table: &str) {
        self.columns.push((table.to_owned(), None));
    }

    fn columns_of(&mut self, table: &str, columns: &[String]) {
        let columns = columns.iter().map(|column| (table.to_owned(), Some(column.clone())));
        self.columns.extend(columns);
    }

    fn name(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }

    fn column(&mut self, table: &str, column: &Column) {
        self.columns_of(table, std::slice::from_ref(&column.name));
        if let Some(computed) = &column.generated {
            self.expression(table, computed);
        }
        self.type_of(&column.data_type);
    }

    fn type_of(&mut self, data_type: &DataType) {
        match data_type {
            DataType::Enum(name) => self.name(&format!("type {name}")),
            DataType::Array(element) => self.type_of(element),
            _ => {}
        }
    }

    fn key(&mut self, table: &str, key: &PrimaryKey) {
        self.columns_of(table, &key.columns);
        self.name(&key.name_on(table));
    }

    fn foreign_key(&mut self, table: &str, key: &ForeignKey) {
        self.columns_of(table, &key.columns);
        self.columns_of(&key.ref_table, &key.ref_columns);
        self.name(&key.name);
    }

    fn index(&mut self, table: &str, index: &Index) {
        self.name(&index.name);
        self.columns_of(table, &index.include);
        for part in &index.parts {
            match &part.key {
                IndexKey::Column(name) => self.columns_of(table, std::slice::from_ref(name)),
                IndexKey::Expression(expression) => self.expression(table, expression),
            }
        }
        if let Some(filter) = &index.filter {
            self.expression(table, filter);
        }
    }

    /// What stands in an author's SQL is not known: it may be any column.
    fn expression(&mut self, table: &str, expression: &Expression) {
        match expression {
            Expression::Column(name) => self.columns_of(table, std::slice::from_ref(name)),
            Expression::Sql(_) => self.table(table),
            Expression::Compare(left, _, right) => {
                self.expression(table, left);
                self.expression(table, right);
            }
            Expression::In(inner, _)
            | Expression::NotIn(inner, _)
            | Expression::IsNull(inner)
            | Expression::IsNotNull(inner)
            | Expression::Not(inner) => self.expression(table, inner),
            Expression::And(parts) | Expression::Or(parts) | Expression::Function(_, parts) => {
                for part in parts {
                    self.expression(table, part);
                }
            }
            _ => {}
        }
    }

    fn by(change: &Change) -> Self {
        let mut touched = Self::default();
        match change {
            Change::CreateEnum { enumeration } | Change::DropEnum { enumeration } => {
                touched.name(&format!("type {}", enumeration.name));
            }
            Change::AlterEnum { from, .. } => touched.name(&format!("type {}", from.name)),
            Change::RenameEnumValue { enumeration, .. } => touched.name(&format!("type {enumeration}")),
            Change::CreateTable { table } | Change::DropTable { table } => {
                touched.table(&table.name);
                table
                    .columns
                    .iter()
                    .for_each(|column| touched.type_of(&column.data_type));
                table.indexes.iter().for_each(|index| touched.name(&index.name));
                table.uniques.iter().for_each(|unique| touched.name(&unique.name));
                table.primary_key.iter().for_each(|key| touched.key(&table.name, key));
                table
                    .foreign_keys
                    .iter()
                    .for_each(|key| touched.foreign_key(&table.name, key));
            }
            Change::RenameTable { from, to } => {
                touched.table(from);
                touched.table(to);
            }
            // A name of a column stands in much that depends on the table.
            Change::RenameColumn { table, .. } => touched.table(table),
            Change::AddColumn { table, column, .. } | Change::DropColumn { table, column } => {
                touched.column(table, column);
            }
            Change::MirrorColumn { table, from, to, .. } | Change::UnmirrorColumn { table, from, to } => {
                touched.columns_of(table, &[from.clone(), to.clone()]);
            }
            Change::AlterColumn { table, from, to, .. } => {
                touched.column(table, from);
                touched.column(table, to);
            }
            Change::ReplacePrimaryKey { table, from, to } => {
                from.iter().chain(to).for_each(|key| touched.key(table, key));
            }
            Change::AddUnique { table, unique } | Change::DropUnique { table, unique } => {
                touched.columns_of(table, &unique.columns);
                touched.name(&unique.name);
            }
            Change::AddForeignKey { table, key } | Change::DropForeignKey { table, key } => {
                touched.foreign_key(table, key);
            }
            Change::AddCheck { table, check } | Change::DropCheck { table, check } => {
                touched.expression(table, &check.expression);
                touched.name(&check.name);
            }
            Change::CreateIndex { table, index } | Change::DropIndex { table, index } => touched.index(table, index),
            Change::RenameIndex { from, to, .. } | Change::RenameConstraint { from, to, .. } => {
                touched.name(from);
                touched.name(to);
            }
            Change::SetTableComment { .. } | Change::Unmanaged { .. } => {}
        }
        touched
    }
}
