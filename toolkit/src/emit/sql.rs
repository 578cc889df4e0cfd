//! plan → SQL.

use std::fmt::Write as _;

use sea_orm::{
    DbBackend,
    sea_query::{Alias, Index as IndexBuilder, IntoIden as _, Table as TableBuilder, extension::postgres::Type},
};

use super::{
    limits::{exists, is_used, numbers},
    numbering::{self, Numbering},
    online::{Form, parts},
    statement::Builder,
    step::{EnumColumn, Step, steps},
    unmanaged,
};
use crate::{
    ddl::{self, AlterTable, MirrorColumn, Rebuild, RenameEnumValue, RenameIndex, RenameTable, ReplaceEnum, online},
    diff::{Change, Conversion, Plan},
    schema::{Column, DataType, Dialect, EnumType, PrimaryKey, Table},
};

pub use super::error::EmitError;

pub(crate) fn backend(dialect: Dialect) -> DbBackend {
    match dialect {
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Mysql => DbBackend::MySql,
    }
}

/// Whose SQL a database speaks.
pub(crate) fn dialect(backend: DbBackend) -> Dialect {
    match backend {
        DbBackend::Postgres => Dialect::Postgres,
        DbBackend::Sqlite => Dialect::Sqlite,
        _ => Dialect::Mysql,
    }
}

/// The statements of a plan: just those that the migration written from it sends to a database where
/// none of it is there yet.
///
/// # Errors
/// [`EmitError`] where the database cannot have what the plan asks.
pub fn statements(plan: &Plan, dialect: Dialect, form: Form) -> Result<Vec<String>, EmitError> {
    let printer = Printer::of(plan, dialect, form)?;
    let mut out = Vec::new();
    for step in steps(plan, form == Form::Gated) {
        if let Step::Alter {
            table,
            rebuilt: Some(_),
            ..
        } = &step
            && dialect == Dialect::Sqlite
            && let Some(table) = plan.before.table(table)
        {
            unmanaged::refuse_rebuild(table)?;
        }
        out.extend(printer.step(&step)?);
    }
    Ok(out)
}

/// A script that a plain client (`psql`, `sqlite3`) can run: a transaction for what adds and one for what destroys, with
/// foreign keys off where a table is rebuilt, and on PostgreSQL between the two what is done while writers go on.
///
/// # Errors
/// As [`statements`].
pub fn script(plan: &Plan, dialect: Dialect) -> Result<String, EmitError> {
    // All of it is named, and not only that of the first part.
    unmanaged::refuse(plan, dialect)?;
    if dialect == Dialect::Sqlite {
        return super::sqlite::script(plan);
    }
    let mut script = String::new();
    for part in parts(plan) {
        let form = if part.form == Form::Gated {
            Form::Whole
        } else {
            part.form
        };
        let statements = statements(&part.plan, dialect, form)?;
        if statements.is_empty() {
            continue;
        }
        let title = match part.form {
            Form::Whole => "What adds",
            Form::Online => "What is done while writers go on",
            Form::Gated => "What destroys: move the data first",
        };
        let _ = writeln!(script, "-- {title}.");
        if form == Form::Online {
            for statement in &statements {
                script += &alone(statement);
            }
            continue;
        }
        script += "BEGIN;\n";
        for statement in statements {
            let _ = writeln!(script, "{statement};");
        }
        script += "COMMIT;\n";
    }
    Ok(script)
}

/// A plain client sends the statements of a line one by one: those of one message become a transaction.
fn alone(statement: &str) -> String {
    match statement
        .strip_prefix("SET LOCAL ")
        .and_then(|rest| rest.split_once("; "))
    {
        Some((setting, rest)) => format!("BEGIN;\nSET LOCAL {setting};\n{rest};\nCOMMIT;\n"),
        None => format!("{statement};\n"),
    }
}

/// Of two things of one name a database makes one or refuses. What was so before the plan is none of its affair.
fn check_names(plan: &Plan, dialect: Dialect) -> Result<(), EmitError> {
    let before = plan.before.clashes(Some(dialect));
    let mut clashes = plan.after.clashes(Some(dialect));
    clashes.retain(|clash| !before.contains(clash));
    if clashes.is_empty() {
        Ok(())
    } else {
        Err(EmitError::Names(clashes))
    }
}

/// sea-query panics at a type that a database lacks, so it is asked for none.
fn check_types(plan: &Plan, dialect: Dialect) -> Result<(), EmitError> {
    for change in &plan.changes {
        let (table, columns): (&str, Vec<&Column>) = match change {
            Change::CreateTable { table } | Change::DropTable { table } => {
                (&table.name, table.columns.iter().collect())
            }
            Change::AddColumn { table, column, .. } | Change::DropColumn { table, column } => (table, vec![column]),
            Change::AlterColumn { table, from, to, .. } => (table, vec![from, to]),
            _ => continue,
        };
        for column in columns {
            if !exists(&column.data_type, dialect) {
                return Err(EmitError::Type {
                    database: if dialect == Dialect::Postgres {
                        "PostgreSQL"
                    } else {
                        "SQLite"
                    },
                    data_type: column.data_type.to_string(),
                    place: format!("{table}.{}", column.name),
                });
            }
            if column.auto_increment.is_on() && !numbers(&column.data_type, dialect) {
                return Err(EmitError::Type {
                    database: if dialect == Dialect::Postgres {
                        "PostgreSQL"
                    } else {
                        "SQLite"
                    },
                    data_type: format!("{} that counts by itself", column.data_type),
                    place: format!("{table}.{}", column.name),
                });
            }
        }
    }
    Ok(())
}

/// PostgreSQL has no statement that changes a computed column's expression before version 17: the column goes and comes anew,
/// and would take along what lies on it.
fn check_computed(plan: &Plan) -> Result<(), EmitError> {
    for change in &plan.changes {
        if let Change::AlterColumn { table, from, to, .. } = change
            && from.generated != to.generated
            && to.generated.is_some()
            && plan.after.table(table).is_some_and(|own| is_used(own, &to.name))
        {
            return Err(EmitError::Computed(format!("{table}.{}", to.name)));
        }
    }
    Ok(())
}

fn mirror(table: &str, from: &str, to: &str, is_back: bool) -> MirrorColumn {
    let mirror = MirrorColumn::new(table.to_owned(), from.to_owned(), to.to_owned());
    if is_back { mirror.back() } else { mirror }
}

pub(super) struct Printer<'p> {
    builder: Builder<'p>,
    backend: DbBackend,
    form: Form,
}

impl<'p> Printer<'p> {
    /// # Errors
    /// [`EmitError`] where the database cannot have what the plan asks.
    pub(super) fn of(plan: &'p Plan, dialect: Dialect, form: Form) -> Result<Self, EmitError> {
        if dialect == Dialect::Mysql {
            return Err(EmitError::Mysql);
        }
        unmanaged::refuse(plan, dialect)?;
        check_types(plan, dialect)?;
        check_names(plan, dialect)?;
        if dialect == Dialect::Postgres {
            check_computed(plan)?;
        }
        super::retype::check(plan, dialect)?;
        Ok(Self {
            builder: Builder {
                plan,
                backend: backend(dialect),
            },
            backend: backend(dialect),
            form,
        })
    }

    /// The change of a table that a step is.
    pub(super) fn altered_table(&self, step: &Step) -> Option<AlterTable> {
        match step {
            Step::Alter {
                table,
                changes,
                rebuilt,
            } => Some(self.alter(table, changes, rebuilt.as_deref())),
            _ => None,
        }
    }

    pub(super) fn step(&self, step: &Step) -> Result<Vec<String>, EmitError> {
        Ok(match step {
            Step::CreateTable(table) => vec![self.render(&self.builder.create_table(table))],
            Step::RenameTable { from, table } => rename_table(from, table).statements(self.backend),
            Step::RenameIndex { table, from, index } => match self.builder.index(table, index) {
                Some(mut create) => RenameIndex::new(from, &mut create).statements(self.backend),
                None => vec![
                    format!("DROP INDEX {}", ddl::quote(from)),
                    self.builder.index_sql(table, index),
                ],
            },
            Step::Alter {
                table,
                changes,
                rebuilt,
            } => {
                let alter = self.alter(table, changes, rebuilt.as_deref());
                if self.form == Form::Online {
                    alter.online().statements(self.backend)?
                } else {
                    alter.statements(self.backend)?
                }
            }
            Step::CommentOnColumn { table, column, comment } => {
                ddl::comment_on_column_sql(self.backend, table, column, comment.as_deref())
            }
            Step::CommentOnTable { table, comment } => {
                ddl::comment_on_table_sql(self.backend, table, comment.as_deref())
            }
            // Questions to the database, not changes of it.
            Step::RequireMoved(_) | Step::Restore(_) => Vec::new(),
            // Without the runner there is no quarantine; until then such rows are refused.
            Step::Quarantine { table, unfit } => unfit.statements(table, self.backend),
            Step::ReplaceEnum { enumeration, columns } => {
                self.replace_enum(enumeration, columns).statements(self.backend)
            }
            Step::RenameEnumValue {
                enumeration,
                from,
                to,
                columns,
            } => {
                let rename = RenameEnumValue::new(enumeration, from, to);
                let columns = columns
                    .iter()
                    .filter(|column| !matches!(column.column.data_type, DataType::Array(_)));
                columns
                    .fold(rename, |rename, column| {
                        rename.column(column.table.clone(), column.column.name.clone())
                    })
                    .statements(self.backend)
            }
            Step::Plain(change) if self.form == Form::Online => self.online(change)?,
            Step::Plain(change) => self.plain(change),
        })
    }

    fn online(&self, change: &Change) -> Result<Vec<String>, EmitError> {
        Ok(match change {
            Change::CreateIndex { table, index } => {
                let create = if let Some(mut create) = self.builder.index(table, index) {
                    online::CreateIndex::new(&mut create)
                } else {
                    let sql = self.builder.index_sql(table, index);
                    online::CreateIndex::of_sql(&index.name, table.clone(), &sql, &sql)
                };
                create.statements(self.backend)
            }
            Change::DropIndex { index, .. } => online::DropIndex::new(&index.name).statements(self.backend),
            Change::MirrorColumn { table, from, to, back } => {
                mirror(table, from, to, *back).online().statements(self.backend)
            }
            Change::UnmirrorColumn { table, from, to } => {
                mirror(table, from, to, false).end().online().statements(self.backend)
            }
            Change::AddColumn { table, .. } | Change::DropColumn { table, .. } => self
                .alter(table, std::slice::from_ref(change), None)
                .online()
                .statements(self.backend)?,
            other => self.plain(other),
        })
    }

    fn plain(&self, change: &Change) -> Vec<String> {
        match change {
            Change::DropTable { table } => vec![self.render(TableBuilder::drop().table(table.name.clone()))],
            Change::AddColumn { table, column, .. } => {
                vec![
                    self.render(
                        TableBuilder::alter()
                            .table(table.clone())
                            .add_column(self.builder.column(column)),
                    ),
                ]
            }
            Change::DropColumn { table, column } => {
                vec![
                    self.render(
                        TableBuilder::alter()
                            .table(table.clone())
                            .drop_column(column.name.clone()),
                    ),
                ]
            }
            Change::RenameColumn { table, from, to } => {
                vec![
                    self.render(
                        TableBuilder::alter()
                            .table(table.clone())
                            .rename_column(from.clone(), to.clone()),
                    ),
                ]
            }
            Change::MirrorColumn { table, from, to, back } => mirror(table, from, to, *back).statements(self.backend),
            Change::UnmirrorColumn { table, from, to } => mirror(table, from, to, false).end().statements(self.backend),
            Change::CreateIndex { table, index } => vec![match self.builder.index(table, index) {
                Some(create) => self.render(&create),
                None => self.builder.index_sql(table, index),
            }],
            Change::DropIndex { table, index } => {
                vec![
                    self.render(
                        IndexBuilder::drop()
                            .name(ddl::spelled(&index.name))
                            .table(table.clone()),
                    ),
                ]
            }
            Change::CreateEnum { enumeration } if self.backend == DbBackend::Postgres => {
                let values = enumeration
                    .values
                    .iter()
                    .map(|value| Alias::new(value.clone()).into_iden());
                vec![
                    Type::create()
                        .as_enum(Alias::new(enumeration.name.clone()))
                        .values(values)
                        .to_string(sea_orm::sea_query::PostgresQueryBuilder),
                ]
            }
            Change::DropEnum { enumeration } if self.backend == DbBackend::Postgres => {
                vec![
                    Type::drop()
                        .name(Alias::new(enumeration.name.clone()))
                        .to_string(sea_orm::sea_query::PostgresQueryBuilder),
                ]
            }
            Change::AlterEnum { from, to } if self.backend == DbBackend::Postgres => {
                let added = added_values(&from.values, &to.values).unwrap_or_default();
                added.into_iter().map(|value| add_value_sql(&to.name, &value)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn alter(&self, table: &str, changes: &[Change], rebuilt: Option<&Table>) -> AlterTable {
        let mut alter = AlterTable::new(table.to_owned());
        for change in changes {
            alter = self.alteration(alter, change);
        }
        if let Some(after) = rebuilt {
            let mut rebuild = Rebuild::new(&mut self.builder.create_table(after)).added(added_columns(changes));
            for index in &after.indexes {
                rebuild = match self.builder.index(table, index) {
                    Some(mut create) => rebuild.index(&mut create),
                    None => rebuild.index_sql(&index.name, &self.builder.index_sql(table, index)),
                };
            }
            alter = alter.rebuild_on_sqlite(rebuild);
        }
        alter
    }

    fn alteration(&self, alter: AlterTable, change: &Change) -> AlterTable {
        match change {
            Change::AddColumn { table, column, fill } => {
                let alter = match fill {
                    None => alter.add_column(self.builder.column(column)),
                    Some(fill) => alter.add_column_filled(self.builder.column(column), self.builder.expression(fill)),
                };
                match numbering::as_made(column) {
                    Some(made) => self.altered(alter, table, (&made, column), &Conversion::default()),
                    None => alter,
                }
            }
            Change::DropColumn { column, .. } => alter.drop_column(column.name.clone()),
            Change::AlterColumn {
                table,
                from,
                to,
                conversion,
            } => self.altered(alter, table, (from, to), conversion),
            Change::ReplacePrimaryKey { table, from, to } => {
                let name = |key: &PrimaryKey| key.name_on(table);
                let alter = if let Some(key) = from {
                    alter.drop_constraint(&name(key))
                } else {
                    alter
                };
                if let Some(key) = to {
                    alter.add_primary_key(&name(key), key.columns.clone())
                } else {
                    alter
                }
            }
            Change::AddUnique { unique, .. } => alter.add_unique(&unique.name, unique.columns.clone()),
            Change::DropUnique { unique, .. } => alter.drop_constraint(&unique.name),
            Change::AddForeignKey { table, key } => alter.add_foreign_key(&mut self.builder.foreign_key(table, key)),
            Change::DropForeignKey { key, .. } => alter.drop_constraint(&key.name),
            Change::AddCheck { check, .. } => alter.add_check(&check.name, self.builder.expression(&check.expression)),
            Change::DropCheck { check, .. } => alter.drop_constraint(&check.name),
            Change::RenameConstraint { from, to, .. } => alter.rename_constraint(from, to),
            _ => alter,
        }
    }

    fn altered(
        &self,
        mut alter: AlterTable,
        table: &str,
        (from, to): (&Column, &Column),
        conversion: &Conversion,
    ) -> AlterTable {
        let retyped = from.data_type != to.data_type;
        let values = super::retype::retyped(self.builder.plan, table, from, to, conversion);
        if let Some(unfit) = values.refused {
            alter = alter.refuse(unfit);
        }
        if from.generated.is_some() && to.generated.is_none() {
            alter = alter.drop_expression(to.name.clone());
        }
        if to.generated.is_some() && (retyped || from.generated != to.generated) {
            return alter.set_expression(self.builder.column(to));
        }
        if from.default.is_some() && (to.default.is_none() || retyped) {
            alter = alter.drop_default(to.name.clone());
        }
        if retyped {
            let only_type = Column::new(to.name.clone(), to.data_type.clone());
            let column = self.builder.column(&only_type);
            alter = match values.using {
                Some(using) => alter.set_type_using(column, using),
                None => alter.set_type(column),
            };
        }
        if let Some(default) = to.default.as_ref().filter(|_| from.default != to.default || retyped) {
            alter = alter.set_default(to.name.clone(), self.builder.expression(default));
        }
        let (before, behind) = numbering::ways(from, to);
        for way in before {
            alter = numbered(alter, &to.name, way);
        }
        if retyped && from.auto_increment.is_on() && to.auto_increment.is_on() {
            let only_type = Column::new(to.name.clone(), to.data_type.clone());
            alter = alter.set_counter_type(self.builder.column(&only_type));
        }
        alter = match (from.nullable, to.nullable) {
            (true, false) => match &conversion.fill {
                Some(fill) => alter.set_not_null_filled(to.name.clone(), self.builder.expression(fill)),
                None => alter.set_not_null(to.name.clone()),
            },
            (false, true) => alter.drop_not_null(to.name.clone()),
            _ => alter,
        };
        for way in behind {
            alter = numbered(alter, &to.name, way);
        }
        alter
    }

    fn replace_enum(&self, enumeration: &EnumType, columns: &[EnumColumn]) -> ReplaceEnum {
        let mut replace = ReplaceEnum::new(&enumeration.name, enumeration.values.clone());
        for column in columns {
            let (table, name) = (column.table.clone(), column.column.name.clone());
            replace = if matches!(column.column.data_type, DataType::Array(_)) {
                replace.array(table, name)
            } else {
                replace.column(table, name)
            };
            if let Some(default) = &column.column.default {
                replace = replace.default(self.builder.expression(default));
            }
            for (drop, create) in self.builder.beside_enum(column) {
                replace = replace.beside(&drop, &create);
            }
        }
        replace
    }

    /// The statement that makes a table.
    pub(super) fn create_sql(&self, table: &Table) -> String {
        self.render(&self.builder.create_table(table))
    }

    fn render(&self, statement: &impl sea_orm::StatementBuilder) -> String {
        self.backend.build(statement).to_string()
    }
}

fn numbered(alter: AlterTable, column: &str, way: Numbering) -> AlterTable {
    let column = column.to_owned();
    match way {
        Numbering::StartCounting => alter.start_counting(column),
        Numbering::StopCounting => alter.stop_counting(column),
        Numbering::SerialToIdentity => alter.serial_to_identity(column),
        Numbering::IdentityToSerial => alter.identity_to_serial(column),
        Numbering::ByDefault => alter.identity_by_default(column),
        Numbering::Always => alter.identity_always(column),
        Numbering::DropIdentity => alter.drop_identity(column),
    }
}

/// The rename of a table with the names derived from it.
fn rename_table(from: &str, table: &Table) -> RenameTable {
    let mut rename = RenameTable::new(from.to_owned(), table.name.clone());
    if table.primary_key.as_ref().is_some_and(|key| key.name.is_none()) {
        rename = rename.with_primary_key();
    }
    for column in table.columns.iter().filter(|column| column.auto_increment.is_on()) {
        rename = rename.with_serial(column.name.clone());
    }
    rename
}

pub(super) use super::limits::added_columns;

/// The values that are new, each with the one before which it stands; none where values go or change places.
pub(super) fn added_values(from: &[String], to: &[String]) -> Option<Vec<(String, Option<String>)>> {
    let kept: Vec<&String> = to.iter().filter(|value| from.contains(value)).collect();
    if !kept.into_iter().eq(from.iter()) {
        return None;
    }
    Some(
        to.iter()
            .enumerate()
            .filter(|(_, value)| !from.contains(value))
            .map(|(at, value)| {
                (
                    value.clone(),
                    to[at + 1..].iter().find(|later| from.contains(later)).cloned(),
                )
            })
            .collect(),
    )
}

pub(super) fn add_value_sql(name: &str, (value, before): &(String, Option<String>)) -> String {
    let before = before
        .as_ref()
        .map(|before| format!(" BEFORE {}", ddl::quote_text(before)))
        .unwrap_or_default();
    format!(
        "ALTER TYPE {} ADD VALUE {}{before}",
        ddl::quote(name),
        ddl::quote_text(value)
    )
}
