//! Whether two steps that come from two branches get along: what each of them touches.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;
use sqlparser::{
    ast::{
        AlterTableOperation, ColumnDef, ColumnOption, FromTable, Ident, ObjectName, ObjectNamePart, ObjectType,
        RenameTableNameKind, Statement, TableConstraint, TableFactor, TableObject,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
};

use super::recording::Recording;

/// A part of a schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// All of a table, or a type.
    Whole,
    Column(String),
    /// A constraint, an index.
    Named(String),
    /// What is in its rows.
    Rows,
}

/// A part that a step changes, or relies on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Touch {
    table: String,
    part: Part,
    changes: bool,
}

/// All that a step touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Footprint {
    touches: BTreeSet<Touch>,
    /// Statements of which nobody knows what they touch.
    unread: Vec<String>,
}

/// Something that two steps touch, at least one of them to change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// What, in words; the statement, where it can't be read.
    pub what: String,
    /// The steps that change it.
    pub changed_by: Vec<String>,
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by: Vec<String> = self.changed_by.iter().map(|step| format!("`{step}`")).collect();
        write!(f, "{}, changed by {}", self.what, by.join(" and by "))
    }
}

impl Footprint {
    /// That of a step that was recorded for PostgreSQL: what it sends there it means everywhere.
    pub(super) fn of(recording: &Recording) -> Self {
        let mut footprint = Self::default();
        if let Some(data) = &recording.data {
            footprint.touch(data.source.clone(), Part::Rows, true);
        }
        for sql in &recording.statements {
            match Parser::parse_sql(&PostgreSqlDialect {}, sql) {
                Ok(statements) => {
                    for statement in &statements {
                        if !footprint.read(statement) {
                            footprint.unread.push(sql.clone());
                        }
                    }
                }
                Err(_) => footprint.unread.push(sql.clone()),
            }
        }
        if let Some(why) = &recording.broken_off {
            footprint.unread.push(why.clone());
        }
        footprint
    }

    /// The tables that it changes, or whose rows.
    pub(super) fn changed_tables(&self) -> impl Iterator<Item = &str> {
        let tables: BTreeSet<&str> = self
            .touches
            .iter()
            .filter(|touch| touch.changes && !touch.table.is_empty())
            .map(|touch| touch.table.as_str())
            .collect();
        tables.into_iter()
    }

    fn touch(&mut self, table: String, part: Part, changes: bool) {
        self.touches.insert(Touch { table, part, changes });
    }

    fn columns<'i>(&mut self, table: &str, columns: impl IntoIterator<Item = &'i Ident>, changes: bool) {
        for column in columns {
            self.touch(table.to_owned(), Part::Column(column.value.clone()), changes);
        }
    }

    fn named(&mut self, table: &str, name: Option<&Ident>) {
        if let Some(name) = name {
            self.touch(table.to_owned(), Part::Named(name.value.clone()), true);
        }
    }

    /// Takes in a statement, if it is of a kind that is known.
    fn read(&mut self, statement: &Statement) -> bool {
        match statement {
            Statement::CreateTable(create) => {
                let table = last(&create.name);
                self.touch(table.clone(), Part::Whole, true);
                for column in &create.columns {
                    self.references(column);
                }
                for constraint in &create.constraints {
                    self.refers(constraint);
                }
            }
            Statement::AlterTable(alter) => {
                let table = last(&alter.name);
                return alter.operations.iter().all(|operation| self.alter(&table, operation));
            }
            Statement::CreateIndex(index) => {
                let table = last(&index.table_name);
                let name = index.name.as_ref().map(last).map(Ident::new);
                self.named(&table, name.as_ref());
                // Columns, and whatever an expression names.
                let text = index
                    .columns
                    .iter()
                    .map(ToString::to_string)
                    .chain(index.predicate.iter().map(ToString::to_string));
                for word in text.flat_map(|text| words(&text)) {
                    self.touch(table.clone(), Part::Column(word), false);
                }
                self.columns(&table, &index.include, false);
            }
            Statement::Drop { object_type, names, .. } => {
                for name in names {
                    match object_type {
                        // Which table it is of, the statement does not say.
                        ObjectType::Index => self.touch(String::new(), Part::Named(last(name)), true),
                        _ => self.touch(last(name), Part::Whole, true),
                    }
                }
            }
            Statement::AlterIndex { name, .. } => self.touch(String::new(), Part::Named(last(name)), true),
            Statement::CreateType { name, .. } => self.touch(last(name), Part::Whole, true),
            Statement::AlterType(alter) => self.touch(last(&alter.name), Part::Whole, true),
            Statement::Insert(insert) => match &insert.table {
                TableObject::TableName(name) => self.touch(last(name), Part::Rows, true),
                _ => return false,
            },
            Statement::Update(update) => match &update.table.relation {
                TableFactor::Table { name, .. } => self.touch(last(name), Part::Rows, true),
                _ => return false,
            },
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                for table in from {
                    match &table.relation {
                        TableFactor::Table { name, .. } => self.touch(last(name), Part::Rows, true),
                        _ => return false,
                    }
                }
            }
            // What is said of an object changes nothing about it, and settings and locks end with the step.
            Statement::Comment { .. } | Statement::Set(_) | Statement::Lock(_) => {}
            _ => return false,
        }
        true
    }

    fn alter(&mut self, table: &str, operation: &AlterTableOperation) -> bool {
        match operation {
            AlterTableOperation::AddColumn { column_def, .. } => {
                self.columns(table, [&column_def.name], true);
                self.references(column_def);
            }
            AlterTableOperation::DropColumn { column_names, .. } => self.columns(table, column_names, true),
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => self.columns(table, [old_column_name, new_column_name], true),
            AlterTableOperation::AlterColumn { column_name, .. } => self.columns(table, [column_name], true),
            AlterTableOperation::AddConstraint { constraint, .. } => {
                match constraint {
                    TableConstraint::ForeignKey(key) => {
                        self.named(table, key.name.as_ref());
                        self.columns(table, &key.columns, false);
                    }
                    TableConstraint::Unique(unique) => {
                        self.named(table, unique.name.as_ref());
                        for word in unique.columns.iter().flat_map(|column| words(&column.to_string())) {
                            self.touch(table.to_owned(), Part::Column(word), false);
                        }
                    }
                    TableConstraint::PrimaryKey(_) => self.touch(table.to_owned(), Part::Whole, true),
                    TableConstraint::Check(check) => {
                        self.named(table, check.name.as_ref());
                        for word in words(&check.expr.to_string()) {
                            self.touch(table.to_owned(), Part::Column(word), false);
                        }
                    }
                    TableConstraint::UniqueUsingIndex(using) | TableConstraint::PrimaryKeyUsingIndex(using) => {
                        self.named(table, using.name.as_ref());
                        self.named(table, Some(&using.index_name));
                    }
                    _ => return false,
                }
                self.refers(constraint);
            }
            AlterTableOperation::DropConstraint { name, .. } | AlterTableOperation::ValidateConstraint { name } => {
                self.named(table, Some(name));
            }
            AlterTableOperation::RenameConstraint { old_name, new_name } => {
                self.named(table, Some(old_name));
                self.named(table, Some(new_name));
            }
            AlterTableOperation::RenameTable { table_name } => {
                let (RenameTableNameKind::As(new) | RenameTableNameKind::To(new)) = table_name;
                self.touch(table.to_owned(), Part::Whole, true);
                self.touch(last(new), Part::Whole, true);
            }
            _ => return false,
        }
        true
    }

    /// What a foreign key relies on.
    fn refers(&mut self, constraint: &TableConstraint) {
        if let TableConstraint::ForeignKey(key) = constraint {
            let table = last(&key.foreign_table);
            if key.referred_columns.is_empty() {
                self.touch(table, Part::Whole, false);
            } else {
                self.columns(&table, &key.referred_columns, false);
            }
        }
    }

    fn references(&mut self, column: &ColumnDef) {
        for option in &column.options {
            if let ColumnOption::ForeignKey(key) = &option.option {
                self.refers(&TableConstraint::ForeignKey(key.clone()));
            }
        }
    }
}

/// Over what two steps are at odds.
pub(super) fn clash(first_name: &str, second_name: &str, first: &Footprint, second: &Footprint) -> Vec<Clash> {
    let mut clashes: Vec<Clash> = Vec::new();
    for one in &first.touches {
        for other in &second.touches {
            if !one.changes && !other.changes || !meet(one, other) {
                continue;
            }
            let narrow = if one.part == Part::Whole { other } else { one };
            let by = [(one.changes, first_name), (other.changes, second_name)];
            let clash = Clash {
                what: narrow.to_string(),
                changed_by: by
                    .into_iter()
                    .filter(|(changes, _)| *changes)
                    .map(|(_, name)| name.to_owned())
                    .collect(),
            };
            if !clashes.contains(&clash) {
                clashes.push(clash);
            }
        }
    }
    for (name, footprint) in [(first_name, first), (second_name, second)] {
        clashes.extend(footprint.unread.iter().map(|sql| Clash {
            what: format!("what nobody can tell of: {}", sql.chars().take(120).collect::<String>()),
            changed_by: vec![name.to_owned()],
        }));
    }
    clashes
}

fn meet(one: &Touch, other: &Touch) -> bool {
    if let (Part::Named(first), Part::Named(second)) = (&one.part, &other.part) {
        // Names of constraints and indexes say by themselves what they are; a drop does not name the table.
        return first == second;
    }
    if one.table != other.table {
        return false;
    }
    match (&one.part, &other.part) {
        (Part::Whole, _) | (_, Part::Whole) => true,
        (Part::Column(first), Part::Column(second)) => first == second,
        // A column that rows are about to be put into, or read from.
        (Part::Rows, Part::Column(_)) => other.changes,
        (Part::Column(_), Part::Rows) => one.changes,
        // Two that work on the rows of a table do so one after the other, and each looks at them as they are then.
        _ => false,
    }
}

impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Whole => write!(f, "`{}`", self.table),
            Part::Column(column) => write!(f, "`{}.{column}`", self.table),
            Part::Named(name) => write!(f, "`{name}`"),
            Part::Rows => write!(f, "the rows of `{}`", self.table),
        }
    }
}

fn last(name: &ObjectName) -> String {
    match name.0.last() {
        Some(ObjectNamePart::Identifier(ident)) => ident.value.clone(),
        _ => name.to_string(),
    }
}

/// The words of an expression that may be columns.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|sign: char| !(sign.is_alphanumeric() || sign == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_odds(first: &[&str], second: &[&str]) -> Vec<String> {
        let of = |sql: &[&str]| {
            Footprint::of(&Recording {
                statements: sql.iter().map(|sql| (*sql).to_owned()).collect(),
                ..Recording::default()
            })
        };
        let clashes = clash("m1", "m2", &of(first), &of(second));
        clashes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn other_columns_of_a_table_get_along() {
        let add = |column: &str| format!(r#"ALTER TABLE "users" ADD COLUMN "{column}" varchar(20) NULL"#);
        assert_eq!(at_odds(&[&add("age")], &[&add("city")]), [""; 0]);
        assert_eq!(
            at_odds(&[&add("age")], &[&add("age")]),
            ["`users.age`, changed by `m1` and by `m2`"]
        );
    }

    #[test]
    fn an_index_relies_on_its_columns() {
        let index = r#"CREATE INDEX CONCURRENTLY "idx_users_age" ON "users" ("age", lower("city")) WHERE "age" > 1"#;
        assert_eq!(
            at_odds(&[index], &[r#"ALTER TABLE "users" RENAME COLUMN "age" TO "years""#]),
            ["`users.age`, changed by `m2`"]
        );
        assert_eq!(
            at_odds(&[index], &[r#"ALTER TABLE "users" DROP COLUMN "name""#]),
            [""; 0]
        );
        assert_eq!(
            at_odds(&[index], &[r#"DROP INDEX "idx_users_age""#]),
            ["`idx_users_age`, changed by `m1` and by `m2`"]
        );
    }

    #[test]
    fn two_tables_may_refer_to_a_third_and_none_to_one_that_goes() {
        let refers = |table: &str| {
            format!(
                r#"CREATE TABLE "{table}" ( "id" serial PRIMARY KEY, "user_id" integer, CONSTRAINT "{table}_fk" FOREIGN KEY ("user_id") REFERENCES "users" ("id") )"#
            )
        };
        assert_eq!(at_odds(&[&refers("posts")], &[&refers("tags")]), [""; 0]);
        assert_eq!(
            at_odds(&[&refers("posts")], &[r#"DROP TABLE "users""#]),
            ["`users.id`, changed by `m2`"]
        );
    }

    #[test]
    fn what_cannot_be_read_gets_along_with_nothing() {
        assert_eq!(at_odds(&["CREATE TABLE a (id int)"], &["DO $$ BEGIN END $$"]).len(), 1);
    }
}
