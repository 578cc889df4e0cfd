//! What is known of the tables when a statement's turn comes: all that the steps before it said.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    AlterColumnOperation, AlterIndexOperation, AlterTableOperation, BinaryOperator, ColumnDef, ColumnOption, Expr,
    IndexColumn, ObjectType, RenameTableNameKind, Statement, TableConstraint,
};

use super::{
    names::{ident, last},
    said::Said,
    types::ColumnType,
};

/// A column that a step made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) kind: ColumnType,
    pub(super) is_required: bool,
}

/// A check or a foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Constraint {
    /// Whether it holds for the rows that were there before it.
    pub(super) is_valid: bool,
    /// The columns that it says are not null.
    pub(super) required: Vec<String>,
}

/// What is known of the tables.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    new: BTreeSet<String>,
    new_types: BTreeSet<String>,
    columns: BTreeMap<(String, String), Column>,
    keys: BTreeMap<String, Vec<Vec<String>>>,
    constraints: BTreeMap<(String, String), Constraint>,
    indexes: BTreeMap<String, String>,
}

impl World {
    /// From here on, every table counts as one that is in use.
    pub(super) fn settle(&mut self) {
        self.new.clear();
        self.new_types.clear();
    }

    /// Whether nobody uses the table yet.
    pub(super) fn is_new(&self, table: &str) -> bool {
        self.new.contains(table)
    }

    pub(super) fn is_new_type(&self, name: &str) -> bool {
        self.new_types.contains(name)
    }

    pub(super) fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.columns.get(&(table.to_owned(), column.to_owned()))
    }

    /// Whether a check that was validated says that the column is not null.
    pub(super) fn is_proven(&self, table: &str, column: &str) -> bool {
        let of_table = self.constraints.iter().filter(|((on, _), _)| on == table);
        of_table
            .filter(|(_, constraint)| constraint.is_valid)
            .any(|(_, constraint)| constraint.required.iter().any(|name| name == column))
    }

    /// The table of an index.
    pub(super) fn table_of(&self, index: &str) -> Option<&str> {
        self.indexes.get(index).map(String::as_str)
    }

    /// The columns of the primary key and of each unique key, as far as they are known.
    pub(super) fn keys(&self, table: &str) -> &[Vec<String>] {
        self.keys.get(table).map_or(&[], Vec::as_slice)
    }

    /// Takes in what a statement says.
    pub(super) fn apply(&mut self, said: &Said) {
        let statement = match said {
            Said::Sql(statement) => statement,
            Said::DropIndex { names, .. } => {
                self.indexes.retain(|index, _| !names.contains(index));
                return;
            }
            Said::Harmless { makes: Some(name) } => {
                self.new_types.insert(name.clone());
                return;
            }
            _ => return,
        };
        match &**statement {
            Statement::CreateTable(create) => {
                let table = last(&create.name);
                if !create.if_not_exists || !self.keys.contains_key(&table) {
                    self.new.insert(table.clone());
                }
                for column in &create.columns {
                    self.add_column(&table, column);
                }
                for constraint in &create.constraints {
                    self.add_constraint(&table, constraint, true);
                }
                self.keys.entry(table).or_default();
            }
            Statement::AlterTable(alter) => {
                let table = last(&alter.name);
                for operation in &alter.operations {
                    self.alter(&table, operation);
                }
            }
            Statement::CreateIndex(index) => {
                let table = last(&index.table_name);
                if let Some(name) = &index.name {
                    self.indexes.insert(last(name), table.clone());
                }
                if index.unique && index.predicate.is_none() {
                    self.keys.entry(table).or_default().push(key_columns(&index.columns));
                }
            }
            Statement::AlterIndex {
                name,
                operation: AlterIndexOperation::RenameIndex { index_name },
            } => {
                if let Some(table) = self.indexes.remove(&last(name)) {
                    self.indexes.insert(last(index_name), table);
                }
            }
            Statement::CreateType { name, .. } => {
                self.new_types.insert(last(name));
            }
            Statement::Drop {
                object_type: ObjectType::Table,
                names,
                ..
            } => names.iter().for_each(|name| self.forget(&last(name))),
            _ => {}
        }
    }

    fn forget(&mut self, table: &str) {
        self.new.remove(table);
        self.keys.remove(table);
        self.columns.retain(|(on, _), _| on != table);
        self.constraints.retain(|(on, _), _| on != table);
        self.indexes.retain(|_, on| on != table);
    }

    fn add_column(&mut self, table: &str, column: &ColumnDef) {
        let name = ident(&column.name);
        let mut is_required = false;
        for option in &column.options {
            match &option.option {
                ColumnOption::NotNull => is_required = true,
                ColumnOption::PrimaryKey(_) => {
                    is_required = true;
                    self.keys.entry(table.to_owned()).or_default().push(vec![name.clone()]);
                }
                ColumnOption::Unique(_) => {
                    self.keys.entry(table.to_owned()).or_default().push(vec![name.clone()]);
                }
                _ => {}
            }
        }
        let kind = ColumnType::of(&column.data_type);
        self.columns
            .insert((table.to_owned(), name), Column { kind, is_required });
    }

    fn add_constraint(&mut self, table: &str, constraint: &TableConstraint, is_valid: bool) {
        let (name, required) = match constraint {
            TableConstraint::Check(check) => (&check.name, required_by(&check.expr)),
            TableConstraint::ForeignKey(key) => (&key.name, Vec::new()),
            TableConstraint::Unique(unique) => {
                let columns = key_columns(&unique.columns);
                self.keys.entry(table.to_owned()).or_default().push(columns);
                return;
            }
            TableConstraint::PrimaryKey(key) => {
                let columns = key_columns(&key.columns);
                for column in &columns {
                    if let Some(known) = self.columns.get_mut(&(table.to_owned(), column.clone())) {
                        known.is_required = true;
                    }
                }
                self.keys.entry(table.to_owned()).or_default().push(columns);
                return;
            }
            _ => return,
        };
        let Some(name) = name else { return };
        self.constraints
            .insert((table.to_owned(), ident(name)), Constraint { is_valid, required });
    }

    fn alter(&mut self, table: &str, operation: &AlterTableOperation) {
        let at = |name: &str| (table.to_owned(), name.to_owned());
        match operation {
            AlterTableOperation::AddColumn { column_def, .. } => self.add_column(table, column_def),
            AlterTableOperation::DropColumn { column_names, .. } => {
                for name in column_names.iter().map(ident) {
                    self.columns.remove(&at(&name));
                }
            }
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => {
                if let Some(column) = self.columns.remove(&at(&ident(old_column_name))) {
                    self.columns.insert(at(&ident(new_column_name)), column);
                }
            }
            AlterTableOperation::AlterColumn { column_name, op } => {
                let known = self.columns.get_mut(&at(&ident(column_name)));
                match (op, known) {
                    (AlterColumnOperation::SetNotNull, Some(column)) => column.is_required = true,
                    (AlterColumnOperation::DropNotNull, Some(column)) => column.is_required = false,
                    (AlterColumnOperation::SetDataType { data_type, .. }, Some(column)) => {
                        column.kind = ColumnType::of(data_type);
                    }
                    (AlterColumnOperation::SetDataType { data_type, .. }, None) => {
                        let kind = ColumnType::of(data_type);
                        let is_required = false;
                        self.columns
                            .insert(at(&ident(column_name)), Column { kind, is_required });
                    }
                    _ => {}
                }
            }
            AlterTableOperation::AddConstraint { constraint, not_valid } => {
                self.add_constraint(table, constraint, !not_valid);
            }
            AlterTableOperation::ValidateConstraint { name } => {
                if let Some(constraint) = self.constraints.get_mut(&at(&ident(name))) {
                    constraint.is_valid = true;
                }
            }
            AlterTableOperation::DropConstraint { name, .. } => {
                self.constraints.remove(&at(&ident(name)));
            }
            AlterTableOperation::RenameTable { table_name } => {
                let (RenameTableNameKind::As(new) | RenameTableNameKind::To(new)) = table_name;
                self.rename(table, &last(new));
            }
            _ => {}
        }
    }

    fn rename(&mut self, old: &str, new: &str) {
        if self.new.remove(old) {
            self.new.insert(new.to_owned());
        }
        if let Some(keys) = self.keys.remove(old) {
            self.keys.insert(new.to_owned(), keys);
        }
        rekey(&mut self.columns, old, new);
        rekey(&mut self.constraints, old, new);
        for table in self.indexes.values_mut().filter(|table| *table == old) {
            new.clone_into(table);
        }
    }

    /// A table that was built beside another has taken its name: it is the one in use.
    pub(super) fn is_in_use(&mut self, table: &str) {
        self.new.remove(table);
    }
}

fn rekey<T>(map: &mut BTreeMap<(String, String), T>, old: &str, new: &str) {
    let all = std::mem::take(map);
    *map = all
        .into_iter()
        .map(|((table, name), value)| {
            let table = if table == old { new.to_owned() } else { table };
            ((table, name), value)
        })
        .collect();
}

/// The columns of a key; an expression as it stands.
pub(super) fn key_columns(columns: &[IndexColumn]) -> Vec<String> {
    columns
        .iter()
        .map(|column| match &column.column.expr {
            Expr::Identifier(name) => ident(name),
            other => other.to_string(),
        })
        .collect()
}

/// The columns that a check says are not null.
fn required_by(expression: &Expr) -> Vec<String> {
    match expression {
        Expr::Nested(inner) => required_by(inner),
        Expr::IsNotNull(inner) => match &**inner {
            Expr::Identifier(name) => vec![ident(name)],
            Expr::Nested(inner) => required_by(&Expr::IsNotNull(inner.clone())),
            _ => Vec::new(),
        },
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => [required_by(left), required_by(right)].concat(),
        _ => Vec::new(),
    }
}
