//! The identifiers of a migration: a local enum for each table that it names.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    diff::{Change, Plan},
    schema::{Expression, ForeignKey, Index, IndexKey, Table},
};

/// What a migration's file calls by these names itself, or what `DeriveIden` does.
const TAKEN: &[&str] = &[
    "AlterTable",
    "Box",
    "ColumnDef",
    "ColumnType",
    "DbBackend",
    "DbErr",
    "DeriveIden",
    "Err",
    "Expr",
    "ForeignKey",
    "ForeignKeyAction",
    "Func",
    "Iden",
    "Index",
    "IndexOrder",
    "IndexType",
    "Migration",
    "MigrationName",
    "MigrationTrait",
    "MirrorColumn",
    "None",
    "Ok",
    "Option",
    "Rebuild",
    "RenameIndex",
    "RenameTable",
    "Result",
    "SchemaManager",
    "Self",
    "Some",
    "String",
    "Table",
    "Type",
    "Unfit",
    "Using",
];

/// The tables and columns that a plan names.
#[derive(Debug, Default)]
pub(super) struct Idents {
    tables: BTreeMap<String, Vec<String>>,
    enums: BTreeMap<String, String>,
    variants: BTreeMap<(String, String), String>,
}

impl Idents {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut idents = Self::default();
        for change in &plan.changes {
            idents.change(change);
        }
        for plan in [plan, &plan.inverse()] {
            for step in super::steps(plan, false) {
                match step {
                    // A rebuild on SQLite names all of a table.
                    super::Step::Alter {
                        rebuilt: Some(table), ..
                    } => idents.table(&table),
                    super::Step::RenameIndex { table, index, .. } => idents.index(&table, &index),
                    super::Step::ReplaceEnum { columns, .. } | super::Step::RenameEnumValue { columns, .. } => {
                        for column in columns {
                            idents.add(&column.table, Some(&column.column.name));
                        }
                    }
                    _ => {}
                }
            }
        }
        idents.name();
        idents
    }

    /// Gives every table and column a name of its own in Rust.
    fn name(&mut self) {
        let mut taken: Vec<String> = TAKEN.iter().map(|&name| name.to_owned()).collect();
        for (table, columns) in &self.tables {
            let name = free(&pascal(table), "Table", &taken);
            taken.push(name.clone());
            self.enums.insert(table.clone(), name);
            let mut variants = vec!["Table".to_owned(), "Self".to_owned()];
            for column in columns {
                let suffix = if pascal(column) == "Self" { "_" } else { "Column" };
                let name = free(&pascal(column), suffix, &variants);
                variants.push(name.clone());
                self.variants.insert((table.clone(), column.clone()), name);
            }
        }
    }

    fn add(&mut self, table: &str, column: Option<&str>) {
        let columns = self.tables.entry(table.to_owned()).or_default();
        if let Some(column) = column.filter(|column| !columns.iter().any(|other| other == column)) {
            columns.push(column.to_owned());
        }
    }

    fn table(&mut self, table: &Table) {
        self.add(&table.name, None);
        for column in &table.columns {
            self.add(&table.name, Some(&column.name));
        }
        for key in &table.foreign_keys {
            self.foreign_key(&table.name, key);
        }
    }

    fn foreign_key(&mut self, table: &str, key: &ForeignKey) {
        for column in &key.columns {
            self.add(table, Some(column));
        }
        self.add(&key.ref_table, None);
        for column in &key.ref_columns {
            self.add(&key.ref_table, Some(column));
        }
    }

    fn expression(&mut self, table: &str, expression: &Expression) {
        match expression {
            Expression::Column(column) => self.add(table, Some(column)),
            Expression::Compare(left, _, right) => {
                self.expression(table, left);
                self.expression(table, right);
            }
            Expression::In(inner, _)
            | Expression::NotIn(inner, _)
            | Expression::IsNull(inner)
            | Expression::IsNotNull(inner)
            | Expression::Not(inner) => {
                self.expression(table, inner);
            }
            Expression::And(parts) | Expression::Or(parts) | Expression::Function(_, parts) => {
                for part in parts {
                    self.expression(table, part);
                }
            }
            _ => {}
        }
    }

    fn index(&mut self, table: &str, index: &Index) {
        self.add(table, None);
        if index
            .parts
            .iter()
            .any(|part| matches!(part.key, IndexKey::Expression(_)))
        {
            return; // Written as SQL.
        }
        for column in index
            .parts
            .iter()
            .filter_map(|part| part.column_name())
            .chain(index.include.iter().map(String::as_str))
        {
            self.add(table, Some(column));
        }
        if let Some(filter) = &index.filter {
            self.expression(table, filter);
        }
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::CreateTable { table } | Change::DropTable { table } => {
                self.table(table);
                for index in &table.indexes {
                    self.index(&table.name, index);
                }
            }
            Change::RenameTable { from, to } => {
                self.add(from, None);
                self.add(to, None);
            }
            Change::AddColumn { table, column, fill } => {
                self.add(table, Some(&column.name));
                if let Some(fill) = fill {
                    self.expression(table, fill);
                }
            }
            Change::AlterColumn {
                table,
                to: column,
                conversion,
                ..
            } => {
                self.add(table, Some(&column.name));
                if let Some(fill) = &conversion.fill {
                    self.expression(table, fill);
                }
            }
            Change::DropColumn { table, column } => self.add(table, Some(&column.name)),
            Change::RenameColumn { table, from, to }
            | Change::MirrorColumn { table, from, to, .. }
            | Change::UnmirrorColumn { table, from, to, .. } => {
                self.add(table, Some(from));
                self.add(table, Some(to));
            }
            Change::ReplacePrimaryKey { table, from, to } => {
                for column in from.iter().chain(to).flat_map(|key| &key.columns) {
                    self.add(table, Some(column));
                }
            }
            Change::AddUnique { table, unique } | Change::DropUnique { table, unique } => {
                for column in &unique.columns {
                    self.add(table, Some(column));
                }
            }
            Change::AddForeignKey { table, key } | Change::DropForeignKey { table, key } => {
                self.foreign_key(table, key);
            }
            Change::AddCheck { table, check } | Change::DropCheck { table, check } => {
                self.add(table, None);
                self.expression(table, &check.expression);
            }
            Change::CreateIndex { table, index } | Change::DropIndex { table, index } => self.index(table, index),
            Change::RenameIndex { table, .. }
            | Change::RenameConstraint { table, .. }
            | Change::SetTableComment { table, .. } => {
                self.add(table, None);
            }
            // The columns of such a type are named by the steps.
            Change::CreateEnum { .. }
            | Change::DropEnum { .. }
            | Change::AlterEnum { .. }
            | Change::RenameEnumValue { .. }
            | Change::Unmanaged { .. } => {}
        }
    }

    /// `Jobs::Table`.
    pub(super) fn table_path(&self, table: &str) -> String {
        format!("{}::Table", self.enum_of(table))
    }

    /// `Jobs::ScheduledFor`.
    pub(super) fn column_path(&self, table: &str, column: &str) -> String {
        let variant = self.variants.get(&(table.to_owned(), column.to_owned()));
        format!(
            "{}::{}",
            self.enum_of(table),
            variant.cloned().unwrap_or_else(|| pascal(column))
        )
    }

    fn enum_of(&self, table: &str) -> String {
        self.enums.get(table).cloned().unwrap_or_else(|| pascal(table))
    }

    /// The enums, in the tables' order.
    pub(super) fn declarations(&self) -> String {
        let mut text = String::new();
        for (table, columns) in &self.tables {
            let name = self.enum_of(table);
            let _ = write!(text, "\n#[derive(DeriveIden)]\nenum {name} {{\n");
            if !is_plain(table) || name != pascal(table) {
                let _ = writeln!(text, "    #[sea_orm(iden = {table:?})]");
            }
            text += "    Table,\n";
            for column in columns {
                let variant = self
                    .variants
                    .get(&(table.clone(), column.clone()))
                    .cloned()
                    .unwrap_or_default();
                if !is_plain(column) || variant != pascal(column) {
                    let _ = writeln!(text, "    #[sea_orm(iden = {column:?})]");
                }
                let _ = writeln!(text, "    {variant},");
            }
            text += "}\n";
        }
        text
    }
}

/// Whether `DeriveIden` makes just this name from its variant. Of two letters in a row it makes one word: `AB` is `ab`.
fn is_plain(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    words
        .iter()
        .all(|word| !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase()))
        && !words.windows(2).any(|pair| pair.iter().all(|word| word.len() == 1))
}

/// The name, or the name with a suffix that makes it free.
fn free(name: &str, suffix: &str, taken: &[String]) -> String {
    let with_suffix = (2..).map(|number| format!("{name}{suffix}{number}"));
    let mut candidates = [name.to_owned(), format!("{name}{suffix}")]
        .into_iter()
        .chain(with_suffix);
    candidates
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_default()
}

fn pascal(name: &str) -> String {
    let mut text = String::new();
    for word in name
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.extend(letters);
    }
    if text.chars().next().is_none_or(|first| first.is_ascii_digit()) {
        text.insert(0, 'N');
    }
    text
}

/// A name that a function can have.
pub(super) fn snake(name: &str) -> String {
    let text: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if text.chars().next().is_none_or(|first| first.is_ascii_digit()) {
        format!("t_{text}")
    } else {
        text
    }
}
