//! Enumeration types whose values go, change places or get other names. PostgreSQL has no statement for the first two, so a
//! new type takes the place of the old one.

use sea_orm::{
    ConnectionTrait as _, DbBackend, DbErr,
    sea_query::{Expr, IntoIden},
};
use sea_orm_migration::SchemaManager;

use super::{Unfit, expression_sql, name_of, quote, quote_text};

/// A new type under the old name, and the columns that go over to it. Refused while a row has a value that goes.
///
/// ```no_run
/// # use seawright::ddl::ReplaceEnum;
/// # use sea_orm_migration::prelude::{DbErr, DeriveIden, SchemaManager, sea_orm};
/// # #[derive(DeriveIden)] enum Users { Table, Mood }
/// # async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
/// ReplaceEnum::new("mood", ["sad", "glad"]).column(Users::Table, Users::Mood).execute(manager).await
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct ReplaceEnum {
    name: String,
    values: Vec<String>,
    columns: Vec<Column>,
    beside: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct Column {
    table: String,
    name: String,
    is_array: bool,
    default: Option<Expr>,
}

impl ReplaceEnum {
    /// That type, with the values that it is to have.
    pub fn new<V: Into<String>>(name: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self {
            name: name.to_owned(),
            values: values.into_iter().map(Into::into).collect(),
            columns: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// What PostgreSQL keeps with the old type in it, an index's filter or a check: how it goes before, and how it comes
    /// back.
    pub fn beside(mut self, drop: &str, create: &str) -> Self {
        self.beside.push((drop.to_owned(), create.to_owned()));
        self
    }

    /// A column of that type.
    pub fn column(self, table: impl IntoIden, column: impl IntoIden) -> Self {
        self.with(table, column, false)
    }

    /// A column of arrays of that type.
    pub fn array(self, table: impl IntoIden, column: impl IntoIden) -> Self {
        self.with(table, column, true)
    }

    fn with(mut self, table: impl IntoIden, column: impl IntoIden, is_array: bool) -> Self {
        self.columns.push(Column {
            table: name_of(table),
            name: name_of(column),
            is_array,
            default: None,
        });
        self
    }

    /// The default of the column that was named last: it goes over with it.
    pub fn default(mut self, default: impl Into<Expr>) -> Self {
        if let Some(column) = self.columns.last_mut() {
            column.default = Some(default.into());
        }
        self
    }

    fn unfit(&self, column: &Column) -> Unfit {
        let values: Vec<String> = self.values.iter().map(|value| quote_text(value)).collect();
        let values = values.join(", ");
        let what = format!(
            "`{}` has a value that the enum `{}` will not have",
            column.name, self.name
        );
        let name = quote(&column.name);
        if column.is_array {
            return Unfit::rows(&what).on_postgres(&format!("NOT {name}::text[] <@ ARRAY[{values}]::text[]"));
        }
        Unfit::rows(&what)
            .on_postgres(&format!("{name}::text NOT IN ({values})"))
            .on_sqlite(&format!("{}.{name} NOT IN ({values})", quote(&column.table)))
    }

    /// The SQL, in order. SQLite has no such types: there it is only that no row has a value that goes.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        if backend != DbBackend::Postgres {
            let columns = self.columns.iter().filter(|column| !column.is_array);
            return columns
                .flat_map(|column| self.unfit(column).statements(&column.table, backend))
                .collect();
        }
        let old = format!("seawright_{}", self.name);
        let (name, old) = (quote(&self.name), quote(&old));
        let values: Vec<String> = self.values.iter().map(|value| quote_text(value)).collect();
        let mut sql: Vec<String> = self
            .columns
            .iter()
            .filter_map(|column| self.unfit(column).guard(&column.table))
            .collect();
        sql.extend(self.beside.iter().map(|(drop, _)| drop.clone()));
        sql.push(format!("ALTER TYPE {name} RENAME TO {old}"));
        sql.push(format!("CREATE TYPE {name} AS ENUM ({})", values.join(", ")));
        for column in &self.columns {
            let (table, own) = (quote(&column.table), quote(&column.name));
            let array = if column.is_array { "[]" } else { "" };
            let mut changes = Vec::new();
            if column.default.is_some() {
                changes.push(format!("ALTER COLUMN {own} DROP DEFAULT"));
            }
            changes.push(format!(
                "ALTER COLUMN {own} TYPE {name}{array} USING {own}::text{array}::{name}{array}"
            ));
            if let Some(default) = &column.default {
                let default = expression_sql(backend, default);
                changes.push(format!("ALTER COLUMN {own} SET DEFAULT {default}"));
            }
            sql.push(format!("ALTER TABLE {table} {}", changes.join(", ")));
        }
        sql.push(format!("DROP TYPE {old}"));
        sql.extend(self.beside.iter().map(|(_, create)| create.clone()));
        sql
    }

    /// Replaces it.
    ///
    /// # Errors
    /// A refusal where rows have a value that goes; what the database says.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let (db, backend) = (manager.get_connection(), manager.get_database_backend());
        if backend == DbBackend::Sqlite {
            for column in self.columns.iter().filter(|column| !column.is_array) {
                self.unfit(column).refuse(db, &column.table).await?;
            }
        }
        for sql in self.statements(backend) {
            db.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

/// A value of an enumeration type under another name. PostgreSQL's rows follow by themselves; SQLite's have the value as text
/// and are written.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is executed"]
pub struct RenameEnumValue {
    enumeration: String,
    from: String,
    to: String,
    columns: Vec<(String, String)>,
}

impl RenameEnumValue {
    /// That value of that type.
    pub fn new(enumeration: &str, from: &str, to: &str) -> Self {
        Self {
            enumeration: enumeration.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            columns: Vec::new(),
        }
    }

    /// A column of that type.
    pub fn column(mut self, table: impl IntoIden, column: impl IntoIden) -> Self {
        self.columns.push((name_of(table), name_of(column)));
        self
    }

    /// The SQL, in order.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let (from, to) = (quote_text(&self.from), quote_text(&self.to));
        match backend {
            DbBackend::Postgres => vec![format!(
                "ALTER TYPE {} RENAME VALUE {from} TO {to}",
                quote(&self.enumeration)
            )],
            _ => self
                .columns
                .iter()
                .map(|(table, column)| {
                    let (table, column) = (quote(table), quote(column));
                    format!("UPDATE {table} SET {column} = {to} WHERE {table}.{column} = {from}")
                })
                .collect(),
        }
    }

    /// Renames it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for sql in self.statements(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
