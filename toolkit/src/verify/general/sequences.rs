//! What numbers the rows of a table is ahead of them.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::{
    data::ledger::has_table,
    ddl::{quote, quote_text},
    history::Result,
    schema::Schema,
    verify::{Ask, Asking, Check, Found, Row},
};

pub(super) fn checks(declared: &Schema) -> Vec<Check> {
    let mut checks = Vec::new();
    for table in &declared.tables {
        for column in table.columns.iter().filter(|column| column.auto_increment.is_on()) {
            let ask = Ahead {
                table: table.name.clone(),
                column: column.name.clone(),
            };
            checks.push(
                Check::custom(
                    format!("sequences:{}.{}", table.name, column.name),
                    format!("the next `{}.{}` is none that a row has", table.name, column.name),
                    ask,
                )
                .help("set it past the highest number: `setval` on PostgreSQL, `sqlite_sequence` on SQLite"),
            );
        }
    }
    checks
}

struct Ahead {
    table: String,
    column: String,
}

#[async_trait]
impl Ask for Ahead {
    async fn ask(&self, asking: &Asking<'_>) -> Result<Found> {
        let db = asking.db();
        let backend = db.get_database_backend();
        let (table, column) = (quote(&self.table), quote(&self.column));
        let query = match backend {
            DbBackend::Postgres => {
                let sql = format!(
                    "SELECT pg_get_serial_sequence({}, {})",
                    quote_text(&table),
                    quote_text(&self.column)
                );
                let row = db.query_one_raw(Statement::from_string(backend, sql)).await?;
                let sequence: Option<String> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
                let Some(sequence) = sequence else {
                    let mut found = Found::default();
                    found.add(Row::new(&self.table, &self.column).because("no sequence numbers it"));
                    return Ok(found);
                };
                format!(
                    "SELECT highest, next FROM (SELECT max({column})::int8 AS highest FROM {table}) AS own, \
                     (SELECT (last_value + is_called::int)::int8 AS next FROM {sequence}) AS counted WHERE highest >= next"
                )
            }
            // The table is there as soon as one column of the database counts.
            _ if !has_table(db, "sqlite_sequence").await? => return Ok(Found::default()),
            _ => format!(
                "SELECT highest, next FROM (SELECT max({column}) AS highest FROM {table}), \
                 (SELECT coalesce(max(seq), 0) + 1 AS next FROM sqlite_sequence WHERE name = {}) WHERE highest >= next",
                quote_text(&self.table)
            ),
        };
        let mut found = Found {
            looked_at: 1,
            ..Found::by(query.clone())
        };
        for row in db.query_all_raw(Statement::from_string(backend, query)).await? {
            let (highest, next): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            found.add(
                Row::new(&self.table, highest)
                    .because(format!("the next number would be {next}, and this row is there")),
            );
        }
        Ok(found)
    }
}
