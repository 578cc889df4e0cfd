//! The Rust of one step.

use std::fmt::Write as _;

use super::{
    idents::{Idents, snake},
    values::{unfit_text, using_text},
};
use crate::{
    diff::{Change, Conversion, Plan},
    emit::{
        numbering,
        sql::{add_value_sql, added_columns, added_values},
        statement::inline_key,
        step::{Step, enumeration},
    },
    schema::{Check, Column, DataType, Direction, ForeignKey, Index, IndexKey, PrimaryKey, Table, Unique},
};

pub(super) struct Code<'p> {
    plan: &'p Plan,
    pub(super) idents: &'p Idents,
    direction: &'static str,
    is_online: bool,
    /// Functions that hold a table as it is after a rebuild.
    pub(super) functions: String,
}

impl<'p> Code<'p> {
    pub(super) fn new(plan: &'p Plan, idents: &'p Idents, direction: &'static str, is_online: bool) -> Self {
        Self {
            plan,
            idents,
            direction,
            is_online,
            functions: String::new(),
        }
    }

    pub(super) fn plan(&self) -> &'p Plan {
        self.plan
    }

    pub(super) fn step(&mut self, step: &Step) -> String {
        match step {
            Step::CreateTable(table) => format!(
                "manager.create_table({}.to_owned()).await?;\n",
                self.create_table(table)
            ),
            Step::RenameTable { from, table } => {
                let mut text = format!(
                    "RenameTable::new({}, {})",
                    self.idents.table_path(from),
                    self.idents.table_path(&table.name)
                );
                if table.primary_key.as_ref().is_some_and(|key| key.name.is_none()) {
                    text += ".with_primary_key()";
                }
                for column in table.columns.iter().filter(|column| column.auto_increment.is_on()) {
                    let _ = write!(text, ".with_serial({:?})", column.name);
                }
                text + ".execute(manager).await?;\n"
            }
            Step::RenameIndex { table, from, index } => match self.index(table, index) {
                Some(index) => format!("RenameIndex::new({from:?}, {index}).execute(manager).await?;\n"),
                None => format!(
                    "{}{}",
                    self.execute(&format!("DROP INDEX {}", crate::ddl::quote(from))),
                    self.index_sql(table, index)
                ),
            },
            Step::Alter {
                table,
                changes,
                rebuilt,
            } => self.alter(table, changes, rebuilt.as_deref()),
            Step::CommentOnColumn { table, column, comment } => format!(
                "ddl::comment_on_column(manager, {}, {}, {}).await?;\n",
                self.idents.table_path(table),
                self.idents.column_path(table, column),
                option_text(comment.as_deref())
            ),
            Step::CommentOnTable { table, comment } => {
                format!(
                    "ddl::comment_on_table(manager, {}, {}).await?;\n",
                    self.idents.table_path(table),
                    option_text(comment.as_deref())
                )
            }
            Step::RequireMoved(table) => {
                format!(
                    "data::require_moved(manager, {}).await?;\n",
                    self.idents.table_path(table)
                )
            }
            Step::Restore(table) => format!("data::restore(manager, {}).await?;\n", self.idents.table_path(table)),
            Step::Quarantine { table, unfit } => format!(
                "data::quarantine(manager, self.name(), {}, {}).await?;\n",
                self.idents.table_path(table),
                unfit_text(unfit)
            ),
            Step::ReplaceEnum { enumeration, columns } => self.replace_enum(enumeration, columns),
            Step::RenameEnumValue {
                enumeration,
                from,
                to,
                columns,
            } => {
                let columns = columns
                    .iter()
                    .filter(|column| !matches!(column.column.data_type, DataType::Array(_)));
                let columns: String = columns.map(|column| self.enum_column("column", column)).collect();
                format!(
                    "ddl::RenameEnumValue::new({enumeration:?}, {from:?}, {to:?}){columns}.execute(manager).await?;\n"
                )
            }
            Step::Plain(change) if self.is_online => self.online(change),
            Step::Plain(change) => self.plain(change),
        }
    }

    #[expect(clippy::unused_self, reason = "beside its siblings")]
    fn execute(&self, sql: &str) -> String {
        format!("ddl::execute(manager, {sql:?}).await?;\n")
    }

    fn index_sql_on(&self, backend: sea_orm::DbBackend, table: &str, index: &Index) -> String {
        crate::emit::statement::Builder {
            plan: self.plan,
            backend,
        }
        .index_sql(table, index)
    }

    fn index_sql(&self, table: &str, index: &Index) -> String {
        let postgres = self.index_sql_on(sea_orm::DbBackend::Postgres, table, index);
        let sqlite = self.index_sql_on(sea_orm::DbBackend::Sqlite, table, index);
        if postgres == sqlite {
            return self.execute(&postgres);
        }
        format!(
            "let sql = match manager.get_database_backend() {{\n    DbBackend::Sqlite => {sqlite:?},\n    _ => {postgres:?},\n}};\n\
             ddl::execute(manager, sql).await?;\n"
        )
    }

    fn online(&mut self, change: &Change) -> String {
        match change {
            Change::CreateIndex { table, index } => {
                let create = match self.index(table, index) {
                    Some(index) => format!("new({index})"),
                    None => format!(
                        "of_sql({:?}, {}, {:?}, {:?})",
                        index.name,
                        self.idents.table_path(table),
                        self.index_sql_on(sea_orm::DbBackend::Postgres, table, index),
                        self.index_sql_on(sea_orm::DbBackend::Sqlite, table, index)
                    ),
                };
                format!("online::CreateIndex::{create}.execute(manager).await?;\n")
            }
            Change::DropIndex { index, .. } => {
                format!("online::DropIndex::new({:?}).execute(manager).await?;\n", index.name)
            }
            Change::AddColumn { table, .. } | Change::DropColumn { table, .. } => {
                self.alter(table, std::slice::from_ref(change), None)
            }
            other => self.plain(other),
        }
    }

    fn plain(&self, change: &Change) -> String {
        match change {
            Change::DropTable { table } => {
                format!(
                    "manager.drop_table(Table::drop().table({}).to_owned()).await?;\n",
                    self.idents.table_path(&table.name)
                )
            }
            Change::AddColumn { table, column, .. } => format!(
                "manager.alter_table(Table::alter().table({}).add_column({}).to_owned()).await?;\n",
                self.idents.table_path(table),
                self.column(table, column)
            ),
            Change::DropColumn { table, column } => format!(
                "manager.alter_table(Table::alter().table({}).drop_column({}).to_owned()).await?;\n",
                self.idents.table_path(table),
                self.idents.column_path(table, &column.name)
            ),
            Change::RenameColumn { table, from, to } => format!(
                "manager.alter_table(Table::alter().table({}).rename_column({}, {}).to_owned()).await?;\n",
                self.idents.table_path(table),
                self.idents.column_path(table, from),
                self.idents.column_path(table, to)
            ),
            Change::MirrorColumn { .. } | Change::UnmirrorColumn { .. } => self.mirror(change),
            Change::CreateIndex { table, index } => match self.index(table, index) {
                Some(index) => format!("manager.create_index({index}.to_owned()).await?;\n"),
                None => self.index_sql(table, index),
            },
            Change::DropIndex { table, index } => format!(
                "manager.drop_index(Index::drop().name({:?}).table({}).to_owned()).await?;\n",
                crate::ddl::spelled(&index.name),
                self.idents.table_path(table)
            ),
            Change::CreateEnum { enumeration } => {
                let values: Vec<String> = enumeration.values.iter().map(|value| format!("{value:?}")).collect();
                native(&format!(
                    "manager.create_type(Type::create().as_enum({:?}).values([{}]).to_owned()).await?;\n",
                    enumeration.name,
                    values.join(", ")
                ))
            }
            Change::DropEnum { enumeration } => native(&format!(
                "manager.drop_type(Type::drop().name({:?}).to_owned()).await?;\n",
                enumeration.name
            )),
            Change::AlterEnum { from, to } => {
                let added = added_values(&from.values, &to.values).unwrap_or_default();
                native(
                    &added
                        .iter()
                        .map(|value| self.execute(&add_value_sql(&to.name, value)))
                        .collect::<String>(),
                )
            }
            _ => String::new(),
        }
    }

    fn mirror(&self, change: &Change) -> String {
        let (Change::MirrorColumn { table, from, to, .. } | Change::UnmirrorColumn { table, from, to }) = change else {
            return String::new();
        };
        let mut text = format!(
            "MirrorColumn::new({}, {}, {})",
            self.idents.table_path(table),
            self.idents.column_path(table, from),
            self.idents.column_path(table, to)
        );
        match change {
            Change::UnmirrorColumn { .. } => text += ".end()",
            Change::MirrorColumn { back: true, .. } => text += ".back()",
            _ => {}
        }
        if self.is_online {
            text += ".online()";
        }
        text + ".execute(manager).await?;\n"
    }

    fn create_table(&self, table: &Table) -> String {
        let mut text = format!("Table::create().table({})", self.idents.table_path(&table.name));
        let inline_key = inline_key(table);
        for column in &table.columns {
            let key = if inline_key == Some(column.name.as_str()) {
                ".primary_key()"
            } else {
                ""
            };
            let _ = write!(text, ".col({}{key})", self.column(&table.name, column));
        }
        if let (None, Some(key)) = (inline_key, &table.primary_key) {
            let _ = write!(text, ".primary_key({})", self.primary_key(&table.name, key));
        }
        for unique in &table.uniques {
            let _ = write!(text, ".index({})", self.unique_key(&table.name, unique));
        }
        for key in &table.foreign_keys {
            let _ = write!(text, ".foreign_key({})", self.foreign_key(&table.name, key));
        }
        for check in &table.checks {
            let _ = write!(
                text,
                ".check(({:?}, {}))",
                check.name,
                self.expression(&table.name, &check.expression)
            );
        }
        text
    }

    fn column(&self, table: &str, column: &Column) -> String {
        let mut text = format!(
            "ColumnDef::new({}){}",
            self.idents.column_path(table, &column.name),
            self.data_type(&column.data_type)
        );
        if !column.nullable {
            text += ".not_null()";
        }
        if column.auto_increment.is_on() {
            text += ".auto_increment()";
        }
        if let Some(default) = &column.default {
            let _ = write!(text, ".default({})", self.value(table, default));
        }
        if let Some(generated) = &column.generated {
            let _ = write!(text, ".generated({}, true)", self.expression(table, generated));
        }
        text
    }

    fn data_type(&self, data_type: &DataType) -> String {
        match data_type {
            DataType::Boolean => ".boolean()".into(),
            DataType::TinyInteger => ".tiny_integer()".into(),
            DataType::SmallInteger => ".small_integer()".into(),
            DataType::Integer => ".integer()".into(),
            DataType::BigInteger => ".big_integer()".into(),
            DataType::TinyUnsigned => ".tiny_unsigned()".into(),
            DataType::SmallUnsigned => ".small_unsigned()".into(),
            DataType::Unsigned => ".unsigned()".into(),
            DataType::BigUnsigned => ".big_unsigned()".into(),
            DataType::Float => ".float()".into(),
            DataType::Double => ".double()".into(),
            DataType::Decimal(None) => ".decimal()".into(),
            DataType::Decimal(Some((precision, scale))) => format!(".decimal_len({precision}, {scale})"),
            DataType::Char(None) => ".char()".into(),
            DataType::Char(Some(length)) => format!(".char_len({length})"),
            DataType::Varchar(None) => ".string()".into(),
            DataType::Varchar(Some(length)) => format!(".string_len({length})"),
            DataType::Text => ".text()".into(),
            DataType::Blob | DataType::VarBinary(None) => ".blob()".into(),
            DataType::Binary(length) => format!(".binary_len({length})"),
            DataType::VarBinary(Some(length)) => format!(".var_binary({length})"),
            DataType::Date => ".date()".into(),
            DataType::Time => ".time()".into(),
            DataType::DateTime => ".date_time()".into(),
            DataType::Timestamp => ".timestamp()".into(),
            DataType::TimestampTz => ".timestamp_with_time_zone()".into(),
            DataType::Json => ".json()".into(),
            DataType::JsonBinary => ".json_binary()".into(),
            DataType::Uuid => ".uuid()".into(),
            DataType::Custom(name) => format!(".custom({name:?})"),
            DataType::Array(element) => format!(".array({})", self.column_type(element)),
            DataType::Enum(name) => {
                let values = enumeration(self.plan, name)
                    .map(|enumeration| enumeration.values.clone())
                    .unwrap_or_default();
                let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                // sea-query writes the name as it is given.
                let name = crate::ddl::type_name(name);
                format!(".enumeration({name:?}, [{}])", values.join(", "))
            }
        }
    }

    /// The type as a value, for an array's elements.
    fn column_type(&self, data_type: &DataType) -> String {
        match data_type {
            DataType::Boolean => "ColumnType::Boolean".into(),
            DataType::SmallInteger => "ColumnType::SmallInteger".into(),
            DataType::Integer => "ColumnType::Integer".into(),
            DataType::BigInteger => "ColumnType::BigInteger".into(),
            DataType::Float => "ColumnType::Float".into(),
            DataType::Double => "ColumnType::Double".into(),
            DataType::Text => "ColumnType::Text".into(),
            DataType::Uuid => "ColumnType::Uuid".into(),
            DataType::Date => "ColumnType::Date".into(),
            DataType::DateTime => "ColumnType::DateTime".into(),
            DataType::TimestampTz => "ColumnType::TimestampWithTimeZone".into(),
            DataType::JsonBinary => "ColumnType::JsonBinary".into(),
            other => {
                let sql = crate::emit::statement::Builder {
                    plan: self.plan,
                    backend: sea_orm::DbBackend::Postgres,
                }
                .type_sql(other);
                format!("ColumnType::custom({sql:?})")
            }
        }
    }

    fn index(&self, table: &str, index: &Index) -> Option<String> {
        let mut text = format!(
            "Index::create().name({:?}).table({})",
            crate::ddl::spelled(&index.name),
            self.idents.table_path(table)
        );
        if index.unique {
            text += ".unique()";
        }
        if let Some(method) = &index.method {
            let _ = write!(text, ".index_type(IndexType::Custom({method:?}.into()))");
        }
        for part in &index.parts {
            let IndexKey::Column(name) = &part.key else { return None };
            let column = self.idents.column_path(table, name);
            match part.direction {
                Direction::Asc => write!(text, ".col({column})"),
                Direction::Desc => write!(text, ".col(({column}, IndexOrder::Desc))"),
            }
            .ok()?;
        }
        for column in &index.include {
            let _ = write!(text, ".include({})", self.idents.column_path(table, column));
        }
        if let Some(filter) = &index.filter {
            let _ = write!(text, ".and_where({})", self.expression(table, filter));
        }
        Some(text)
    }

    fn alter(&mut self, table: &str, changes: &[Change], rebuilt: Option<&Table>) -> String {
        let mut text = format!("AlterTable::new({})", self.idents.table_path(table));
        for change in changes {
            text += &self.alteration(change);
        }
        if let Some(after) = rebuilt {
            let name = self.function_name(&format!("{}_after_{}", snake(table), self.direction));
            let _ = write!(text, ".rebuild_on_sqlite({name}(manager))");
            self.rebuild(&name, table, after, &added_columns(changes));
        }
        if self.is_online {
            text += ".online()";
        }
        text + ".execute(manager).await?;\n"
    }

    /// A table may have to be built anew more than once, and two tables' names may differ only in what Rust drops.
    fn function_name(&self, wanted: &str) -> String {
        let with_number = (2..).map(|number| format!("{wanted}_{number}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(with_number);
        let is_taken = |name: &String| self.functions.contains(&format!("\nfn {name}("));
        names.find(|name| !is_taken(name)).unwrap_or_default()
    }

    fn rebuild(&mut self, name: &str, table: &str, after: &Table, added: &[String]) {
        let create = self.create_table(after);
        let manager = if create.contains("ddl::now(manager)") {
            "manager"
        } else {
            "_"
        };
        let mut text = format!("Rebuild::new({create})");
        if !added.is_empty() {
            let columns: Vec<String> = added
                .iter()
                .map(|column| self.idents.column_path(table, column))
                .collect();
            let _ = write!(text, ".added([{}])", columns.join(", "));
        }
        for index in &after.indexes {
            let _ = if let Some(index) = self.index(table, index) {
                write!(text, ".index({index})")
            } else {
                let sql = self.index_sql_on(sea_orm::DbBackend::Sqlite, table, index);
                write!(text, ".index_sql({:?}, {sql:?})", index.name)
            };
        }
        let _ = write!(
            self.functions,
            "\n/// `{table}` as it is after the way {}, for SQLite, which can change little of a table in place.\n\
             fn {name}({manager}: &SchemaManager) -> Rebuild {{\n    {text}\n}}\n",
            self.direction
        );
    }

    fn alteration(&self, change: &Change) -> String {
        match change {
            Change::AddColumn { table, column, fill } => {
                let text = match fill {
                    None => format!(".add_column({})", self.column(table, column)),
                    Some(fill) => format!(
                        ".add_column_filled({}, {})",
                        self.column(table, column),
                        self.value(table, fill)
                    ),
                };
                match numbering::as_made(column) {
                    Some(made) => text + &self.altered(table, &made, column, &Conversion::default()),
                    None => text,
                }
            }
            Change::DropColumn { table, column } => {
                format!(".drop_column({})", self.idents.column_path(table, &column.name))
            }
            Change::AlterColumn {
                table,
                from,
                to,
                conversion,
            } => self.altered(table, from, to, conversion),
            Change::ReplacePrimaryKey { table, from, to } => {
                let name = |key: &PrimaryKey| key.name_on(table);
                let mut text = String::new();
                if let Some(key) = from {
                    let _ = write!(text, ".drop_constraint({:?})", name(key));
                }
                if let Some(key) = to {
                    let _ = write!(
                        text,
                        ".add_primary_key({:?}, [{}])",
                        name(key),
                        self.column_paths(table, &key.columns)
                    );
                }
                text
            }
            Change::AddUnique { table, unique } => format!(
                ".add_unique({:?}, [{}])",
                unique.name,
                self.column_paths(table, &unique.columns)
            ),
            Change::DropUnique {
                unique: Unique { name, .. },
                ..
            }
            | Change::DropForeignKey {
                key: ForeignKey { name, .. },
                ..
            }
            | Change::DropCheck {
                check: Check { name, .. },
                ..
            } => format!(".drop_constraint({name:?})"),
            Change::AddForeignKey { table, key } => format!(".add_foreign_key({})", self.foreign_key(table, key)),
            Change::AddCheck { table, check } => format!(
                ".add_check({:?}, {})",
                check.name,
                self.expression(table, &check.expression)
            ),
            Change::RenameConstraint { from, to, .. } => format!(".rename_constraint({from:?}, {to:?})"),
            _ => String::new(),
        }
    }

    /// In step with `sql::Printer::altered`; a test holds the two against each other.
    fn altered(&self, table: &str, from: &Column, to: &Column, conversion: &Conversion) -> String {
        let path = self.idents.column_path(table, &to.name);
        let retyped = from.data_type != to.data_type;
        let values = crate::emit::retype::retyped(self.plan, table, from, to, conversion);
        let mut text = String::new();
        if let Some(unfit) = &values.refused {
            let _ = write!(text, ".refuse({})", unfit_text(unfit));
        }
        if from.generated.is_some() && to.generated.is_none() {
            let _ = write!(text, ".drop_expression({path})");
        }
        if to.generated.is_some() && (retyped || from.generated != to.generated) {
            return text + &format!(".set_expression({})", self.column(table, to));
        }
        if from.default.is_some() && (to.default.is_none() || retyped) {
            let _ = write!(text, ".drop_default({path})");
        }
        if retyped {
            let column = format!("ColumnDef::new({path}){}", self.data_type(&to.data_type));
            let _ = match &values.using {
                Some(using) => write!(text, ".set_type_using({column}, {})", using_text(using)),
                None => write!(text, ".set_type({column})"),
            };
        }
        if let Some(default) = to.default.as_ref().filter(|_| from.default != to.default || retyped) {
            let _ = write!(text, ".set_default({path}, {})", self.value(table, default));
        }
        let (before, behind) = numbering::ways(from, to);
        for way in before {
            let _ = write!(text, ".{}({path})", way.method());
        }
        if retyped && from.auto_increment.is_on() && to.auto_increment.is_on() {
            let _ = write!(
                text,
                ".set_counter_type(ColumnDef::new({path}){})",
                self.data_type(&to.data_type)
            );
        }
        match (from.nullable, to.nullable) {
            (true, false) => match &conversion.fill {
                Some(fill) => text += &format!(".set_not_null_filled({path}, {})", self.value(table, fill)),
                None => text += &format!(".set_not_null({path})"),
            },
            (false, true) => text += &format!(".drop_not_null({path})"),
            _ => {}
        }
        for way in behind {
            let _ = write!(text, ".{}({path})", way.method());
        }
        text
    }
}

/// Code that only PostgreSQL runs: the others have no enumeration types.
fn native(code: &str) -> String {
    format!("if manager.get_database_backend() == DbBackend::Postgres {{\n{code}}}\n")
}

fn option_text(text: Option<&str>) -> String {
    text.map_or_else(|| "None".to_owned(), |text| format!("Some({text:?})"))
}
