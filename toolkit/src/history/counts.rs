//! How many rows each table has, before and after.

use std::collections::BTreeMap;

use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait as _, Statement};
use serde::Serialize;

use crate::{data::ledger::counts, ddl::quote};

/// The rows of one table before and after a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The table.
    pub table: String,
    /// Before; none where there was no such table.
    pub before: Option<i64>,
    /// After; none where there is no such table any more.
    pub after: Option<i64>,
}

/// Counts the rows of those tables.
pub(super) async fn count<C: ConnectionTrait>(db: &C, tables: &[String]) -> Result<BTreeMap<String, i64>, DbErr> {
    let mut counted = BTreeMap::new();
    for table in tables {
        let sql = format!("SELECT count(*) AS count FROM {}", quote(table));
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        counted.insert(table.clone(), row.map_or(Ok(0), |row| row.try_get("", "count"))?);
    }
    Ok(counted)
}

/// Puts two counts side by side.
pub(super) fn compare(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> Vec<Count> {
    let tables: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    tables
        .into_iter()
        .map(|table| Count {
            table: table.clone(),
            before: before.get(table).copied(),
            after: after.get(table).copied(),
        })
        .collect()
}

/// Keeps them in the database.
pub(super) async fn store<C: ConnectionTrait>(db: &C, command: &str, run: i64, counted: &[Count]) -> Result<(), DbErr> {
    let rows: Vec<counts::ActiveModel> = counted
        .iter()
        .map(|count| counts::ActiveModel {
            run: Set(run),
            table_name: Set(count.table.clone()),
            command: Set(command.to_owned()),
            rows_before: Set(count.before),
            rows_after: Set(count.after),
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    counts::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await
        .map(|_| ())
}
