//! The rows of a table, every value as typed text.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, Statement};
use seawright::schema::{Column, Dialect, Table};

use super::edges::quoted;

/// The values of a row in the order of its columns; none is NULL. On SQLite a value is its `typeof` and its `quote`.
pub(super) type Row = Vec<Option<String>>;

pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A database that is written to and read as its dialect does it.
pub(super) struct Place<'d> {
    pub(super) db: &'d DatabaseConnection,
    pub(super) dialect: Dialect,
}

/// Where a row was put.
pub(super) struct Put {
    pub(super) row: Row,
    /// PostgreSQL's `ctid`, SQLite's `rowid`.
    at: String,
}

impl Place<'_> {
    fn is_postgres(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// A column of a table as text. SQLite takes a name that it does not know for a text unless the table stands before it.
    fn read(&self, table: &Table, column: &Column) -> String {
        let column = format!("{}.{}", name(&table.name), name(&column.name));
        if self.is_postgres() {
            format!("{column}::text")
        } else {
            format!("CASE WHEN {column} IS NOT NULL THEN typeof({column}) || ' ' || quote({column}) END")
        }
    }

    fn list(&self, table: &Table, columns: &[&Column]) -> String {
        let columns = columns.iter().enumerate();
        let columns = columns.map(|(at, column)| format!("{} AS v{at}", self.read(table, column)));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// The rows of a table in no order, by those columns.
    pub(super) async fn rows(&self, table: &Table, columns: &[&Column]) -> Result<Vec<Row>, String> {
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {} FROM {}", self.list(table, columns), name(&table.name));
        let found = self.ask(&sql).await.map_err(|error| format!("{sql}\n  {error}"))?;
        found
            .iter()
            .map(|row| {
                (0..columns.len())
                    .map(|at| row.try_get("", &format!("v{at}")).map_err(|error| error.to_string()))
                    .collect()
            })
            .collect()
    }

    /// Puts a row in and reads what the database made of it.
    pub(super) async fn put(&self, table: &Table, insert: &str) -> Result<Put, DbErr> {
        let columns: Vec<&Column> = table.columns.iter().collect();
        let at = if self.is_postgres() {
            "ctid::text"
        } else {
            "CAST(rowid AS text)"
        };
        let sql = format!("{insert} RETURNING {at} AS place, {}", self.list(table, &columns));
        let found = self.ask(&sql).await?;
        let row = found.first().ok_or_else(|| DbErr::RecordNotFound(sql))?;
        let values = (0..columns.len()).map(|at| row.try_get("", &format!("v{at}")));
        Ok(Put {
            row: values.collect::<Result<_, _>>()?,
            at: row.try_get("", "place")?,
        })
    }

    /// Takes a row out again.
    pub(super) async fn take(&self, table: &Table, put: &Put) {
        let place = if self.is_postgres() {
            format!("ctid = '{}'", put.at)
        } else {
            format!("rowid = {}", put.at)
        };
        let sql = format!("DELETE FROM {} WHERE {place}", name(&table.name));
        let deleted = self.db.execute_unprepared(&sql).await.unwrap();
        assert_eq!(deleted.rows_affected(), 1, "{sql}");
    }

    pub(super) async fn ask(&self, sql: &str) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        self.db.query_all_raw(statement).await
    }

    /// A value that was read, as SQL that writes it again.
    pub(super) fn literal(&self, value: Option<&str>) -> String {
        match value {
            None => "NULL".to_owned(),
            Some(value) if self.is_postgres() => quoted(value),
            Some(value) => value.split_once(' ').unwrap_or(("", value)).1.to_owned(),
        }
    }

    /// The types of a table's columns as PostgreSQL writes them.
    pub(super) async fn types(&self, table: &Table) -> Vec<String> {
        let mut types = Vec::new();
        for column in &table.columns {
            let sql = format!(
                "SELECT format_type(atttypid, atttypmod) AS name FROM pg_attribute \
                 WHERE attrelid = {}::regclass AND attname = {}",
                quoted(&name(&table.name)),
                quoted(&column.name)
            );
            let found = self.ask(&sql).await.unwrap();
            types.push(found[0].try_get("", "name").unwrap());
        }
        types
    }
}

/// An INSERT of those columns.
pub(super) fn insert(table: &Table, values: &[(&str, String)]) -> String {
    let table_name = name(&table.name);
    if values.is_empty() {
        return format!("INSERT INTO {table_name} DEFAULT VALUES");
    }
    let names: Vec<String> = values.iter().map(|(column, _)| name(column)).collect();
    let values: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    let is_always = |column: &Column| column.auto_increment == seawright::schema::AutoIncrement::IdentityAlways;
    let overriding = if table.columns.iter().any(is_always) {
        " OVERRIDING SYSTEM VALUE"
    } else {
        ""
    };
    format!(
        "INSERT INTO {table_name} ({}){overriding} VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

/// The database's code for what went wrong.
pub(super) fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return None;
    };
    Some(error.as_database_error()?.code()?.into_owned())
}
