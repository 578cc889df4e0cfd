//! SQLite's schema in its own words, and its rows.

use futures_util::TryStreamExt as _;
use sea_orm::{
    ConnectionTrait as _, DbBackend, DbErr, Statement,
    sqlx::{self, Arguments as _, AssertSqlSafe, sqlite::SqliteArguments},
};

use super::{
    blocks::{BLOCK, Broken, Message, Sink, Telling},
    error::{BackupError, Result},
    meta::{Counter, Own, TableMeta},
    session::{Sqlite, failed, lines},
    storage::{Storage, push_row},
};
use crate::ddl::{quote, quote_list};

/// A statement's variables (SQLITE_MAX_VARIABLE_NUMBER since 3.32).
const VARIABLES: usize = 32_766;
/// More rows a statement gain nothing.
const ROWS: usize = 200;

#[derive(sea_orm::FromQueryResult)]
struct ColumnRow {
    table: String,
    column: Option<String>,
}

#[derive(sea_orm::FromQueryResult)]
struct CounterRow {
    name: String,
    seq: i64,
}

async fn rows<T: sea_orm::FromQueryResult>(db: &Sqlite, doing: &str, sql: &str) -> Result<Vec<T>> {
    let answer = db
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .map_err(BackupError::database(doing))?;
    answer
        .iter()
        .map(|row| T::from_query_result(row, "").map_err(BackupError::database(doing)))
        .collect()
}

/// What `main` has that [`describe`] has no words for.
pub(super) async fn obstacles(db: &Sqlite) -> Result<Vec<String>> {
    let doing = "the schema cannot be read";
    lines(
        db,
        doing,
        "SELECT 'the virtual table `' || name || '`' AS line FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual' \
         UNION ALL SELECT 'its encoding ' || encoding FROM pragma_encoding WHERE encoding <> 'UTF-8'",
    )
    .await
}

/// The tables whose rows are kept.
pub(super) async fn tables(db: &Sqlite) -> Result<Vec<TableMeta>> {
    let sql = "SELECT s.name AS \"table\", c.name AS \"column\" FROM main.sqlite_schema s \
         LEFT JOIN pragma_table_xinfo(s.name, 'main') c ON c.hidden = 0 \
         WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.name, c.cid";
    let mut tables: Vec<TableMeta> = Vec::new();
    for row in rows::<ColumnRow>(db, "the tables cannot be read", sql).await? {
        if tables.last().is_none_or(|table| table.name != row.table) {
            tables.push(TableMeta {
                name: row.table,
                columns: Vec::new(),
            });
        }
        if let (Some(table), Some(column)) = (tables.last_mut(), row.column) {
            table.columns.push(column);
        }
    }
    Ok(tables)
}

/// `main` in its own words.
pub(super) async fn describe(db: &Sqlite) -> Result<Own> {
    let doing = "the schema cannot be read";
    let own = "sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let mut before = lines(
        db,
        doing,
        "SELECT 'PRAGMA user_version = ' || user_version AS line FROM pragma_user_version UNION ALL \
         SELECT 'PRAGMA application_id = ' || application_id FROM pragma_application_id",
    )
    .await?;
    before.extend(
        lines(
            db,
            doing,
            &format!("SELECT sql AS line FROM main.sqlite_schema WHERE type = 'table' AND {own} ORDER BY rowid"),
        )
        .await?,
    );
    let after = lines(
        db,
        doing,
        &format!(
            "SELECT sql AS line FROM main.sqlite_schema WHERE type <> 'table' AND {own} \
             ORDER BY CASE type WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid"
        ),
    )
    .await?;
    let has_counters = lines(
        db,
        doing,
        "SELECT name AS line FROM main.sqlite_schema WHERE name = 'sqlite_sequence'",
    )
    .await?;
    let counters = if has_counters.is_empty() {
        Vec::new()
    } else {
        rows::<CounterRow>(db, doing, "SELECT name, seq FROM sqlite_sequence ORDER BY name").await?
    };
    Ok(Own {
        before,
        after,
        counters: counters
            .into_iter()
            .map(|row| Counter {
                table: Some(row.name.clone()),
                name: row.name,
                value: row.seq,
                given: true,
            })
            .collect(),
    })
}

/// SQLite's version.
pub(super) async fn version(db: &Sqlite) -> Result<String> {
    Ok(
        lines(db, "the version cannot be read", "SELECT sqlite_version() AS line")
            .await?
            .concat(),
    )
}

/// How many rows a table has; SQLite has no estimate, and counts quickly.
pub(super) async fn count(db: &Sqlite, table: &str) -> Result<u64> {
    let sql = format!("SELECT CAST(count(*) AS text) AS line FROM main.{}", quote(table));
    let counted = lines(db, &format!("the rows of `{table}` cannot be counted"), &sql).await?;
    Ok(counted.concat().parse().unwrap_or_default())
}

/// Reads a table's rows.
pub(super) async fn read<W: std::io::Write + Send + 'static>(
    db: &Sqlite,
    table: &TableMeta,
    sink: &Sink<W>,
    telling: &mut Telling,
) -> Result<(), Broken> {
    let doing = || format!("the rows of `{}` cannot be read", table.name);
    sink.send(Message::Table(table.name.clone())).await?;
    let sql = format!("SELECT {} FROM main.{}", quote_list(&table.columns), quote(&table.name));
    let mut connection = db.lock().await;
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    let mut stream = query.fetch(&mut *connection);
    let mut block = Vec::with_capacity(BLOCK + BLOCK / 4);
    let mut count = 0;
    loop {
        let row = stream.try_next().await.map_err(failed);
        let Some(row) = row.map_err(BackupError::database(doing()))? else {
            break;
        };
        push_row(&row, &mut block).map_err(|error| BackupError::database(doing())(DbErr::Type(error.to_string())))?;
        count += 1;
        if block.len() >= BLOCK {
            let full = std::mem::replace(&mut block, Vec::with_capacity(BLOCK + BLOCK / 4));
            sink.send(Message::Rows(full)).await?;
            telling.rows(std::mem::take(&mut count));
        }
    }
    if !block.is_empty() {
        sink.send(Message::Rows(block)).await?;
    }
    telling.rows(count);
    Ok(())
}

/// Puts rows into a table.
pub(super) struct Insert<'t> {
    table: &'t TableMeta,
    /// Rows a statement.
    rows: usize,
    full: String,
}

impl<'t> Insert<'t> {
    pub(super) fn new(table: &'t TableMeta) -> Self {
        let rows = (VARIABLES / table.columns.len().max(1)).clamp(1, ROWS);
        Self {
            table,
            rows,
            full: Self::sql(table, rows),
        }
    }

    fn sql(table: &TableMeta, rows: usize) -> String {
        let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
        format!(
            "INSERT INTO main.{} ({}) VALUES {}",
            quote(&table.name),
            quote_list(&table.columns),
            vec![row; rows].join(", ")
        )
    }

    pub(super) async fn run(&self, db: &Sqlite, rows: Vec<Vec<Storage>>) -> Result<()> {
        let mut connection = db.lock().await;
        let mut rows = rows.into_iter().peekable();
        let failing = || BackupError::database(format!("rows of `{}` cannot be written", self.table.name));
        while rows.peek().is_some() {
            let part: Vec<Vec<Storage>> = rows.by_ref().take(self.rows).collect();
            let is_odd = |value: &Storage| matches!(value, Storage::Text(text) if std::str::from_utf8(text).is_err());
            let is_full = part.len() == self.rows && !part.iter().flatten().any(is_odd);
            let sql = if is_full {
                self.full.clone()
            } else {
                Self::of_these(self.table, &part, is_odd)
            };
            let mut arguments = SqliteArguments::default();
            for value in part.into_iter().flatten() {
                let added = match value {
                    Storage::Null => arguments.add(None::<i64>),
                    Storage::Integer(value) => arguments.add(value),
                    Storage::Real(value) => arguments.add(value),
                    Storage::Text(bytes) => match String::from_utf8(bytes) {
                        Ok(text) => arguments.add(text),
                        // The driver binds text only as UTF-8; the statement makes text of these bytes.
                        Err(error) => arguments.add(error.into_bytes()),
                    },
                    Storage::Blob(bytes) => arguments.add(bytes),
                };
                added.map_err(|error| failing()(DbErr::Type(error.to_string())))?;
            }
            let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(is_full);
            query
                .execute(&mut *connection)
                .await
                .map_err(failed)
                .map_err(failing())?;
        }
        Ok(())
    }

    /// The statement for fewer rows, or for text that is no UTF-8.
    fn of_these(table: &TableMeta, rows: &[Vec<Storage>], is_odd: impl Fn(&Storage) -> bool) -> String {
        let rows: Vec<String> = rows
            .iter()
            .map(|row| {
                let values: Vec<&str> = row
                    .iter()
                    .map(|value| if is_odd(value) { "CAST(? AS TEXT)" } else { "?" })
                    .collect();
                format!("({})", values.join(", "))
            })
            .collect();
        format!(
            "INSERT INTO main.{} ({}) VALUES {}",
            quote(&table.name),
            quote_list(&table.columns),
            rows.join(", ")
        )
    }
}

/// Sets the counters of `AUTOINCREMENT` to where they were; rows with keys of their own have moved them so far as those go.
pub(super) async fn set_counters(db: &Sqlite, counters: &[Counter]) -> Result<()> {
    for counter in counters {
        let (name, value) = (crate::ddl::quote_text(&counter.name), counter.value);
        let script = format!(
            "DELETE FROM sqlite_sequence WHERE name = {name}; INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {value})"
        );
        let done = db.execute_unprepared(&script).await;
        done.map_err(BackupError::database(format!(
            "the counter of `{}` cannot be set",
            counter.name
        )))?;
    }
    Ok(())
}
