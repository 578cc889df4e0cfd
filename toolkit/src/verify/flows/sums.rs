//! What a table holds, in one number.

use std::{collections::BTreeMap, pin::pin};

use futures_util::TryStreamExt as _;
use sea_orm::{
    AccessMode, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    Statement, StreamTrait as _, TransactionTrait as _,
};
use sha2::{Digest as _, Sha256};

use super::super::{Found, Row};
use crate::{ddl::quote, history::Result, introspect::introspect};

/// The rows of a table, whatever their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    rows: u64,
    sum: String,
}

/// All tables in one state of the database.
pub(super) async fn of(db: &DatabaseConnection) -> Result<BTreeMap<String, Sum>> {
    let transaction = match db.get_database_backend() {
        DbBackend::Postgres => {
            db.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
                .await?
        }
        _ => db.begin().await?,
    };
    let mut sums = BTreeMap::new();
    for table in introspect(&transaction).await?.tables {
        let sum = match db.get_database_backend() {
            DbBackend::Postgres => on_server(&transaction, &table.name).await?,
            _ => here(&transaction, &table.name, &table.column_names()).await?,
        };
        sums.insert(table.name, sum);
    }
    transaction.rollback().await?;
    Ok(sums)
}

/// PostgreSQL adds up a hash of 64 bits of each row as text.
async fn on_server(db: &DatabaseTransaction, table: &str) -> Result<Sum, DbErr> {
    let sql = format!(
        "SELECT count(*), coalesce(sum(hashtextextended(seawright_row::text, 0)::numeric), 0)::text \
         FROM {} AS seawright_row",
        quote(table)
    );
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(table.to_owned()))?;
    let rows: i64 = row.try_get_by_index(0)?;
    Ok(Sum {
        rows: u64::try_from(rows).unwrap_or(0),
        sum: row.try_get_by_index(1)?,
    })
}

/// SQLite has no hash, so its rows come here one by one, as literals that keep values of different kinds apart.
async fn here(db: &DatabaseTransaction, table: &str, columns: &[&str]) -> Result<Sum, DbErr> {
    let literals: Vec<String> = columns
        .iter()
        .map(|column| format!("quote({})", quote(column)))
        .collect();
    let sql = format!("SELECT {} FROM {}", literals.join(" || ',' || "), quote(table));
    let mut rows = pin!(db.stream_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?);
    let (mut number, mut sum) = (0_u64, 0_u128);
    while let Some(row) = rows.try_next().await? {
        let text: String = row.try_get_by_index(0)?;
        let digest = Sha256::digest(text.as_bytes());
        let first = digest.first_chunk::<16>().copied().unwrap_or_default();
        sum = sum.wrapping_add(u128::from_be_bytes(first));
        number += 1;
    }
    Ok(Sum {
        rows: number,
        sum: format!("{sum:032x}"),
    })
}

/// The tables that are not what they were.
pub(super) fn differences(before: &BTreeMap<String, Sum>, after: &BTreeMap<String, Sum>) -> Found {
    let mut found = Found {
        looked_at: before.len() as u64,
        ..Found::default()
    };
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let why = match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) if before == after => continue,
            (Some(before), Some(after)) => format!(
                "{} rows with the sum {} before, {} with the sum {} after",
                before.rows, before.sum, after.rows, after.sum
            ),
            (None, _) => "the table was not there before".to_owned(),
            (_, None) => "the table is gone".to_owned(),
        };
        found.add(Row::new(name, "").because(why));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(of: &[(&str, u64, &str)]) -> BTreeMap<String, Sum> {
        let one = |(name, rows, sum): &(&str, u64, &str)| {
            let sum = Sum {
                rows: *rows,
                sum: (*sum).to_owned(),
            };
            ((*name).to_owned(), sum)
        };
        of.iter().map(one).collect()
    }

    #[test]
    fn a_table_that_came_went_or_changed_is_named() {
        let before = sums(&[("changed", 2, "a"), ("gone", 1, "b"), ("same", 3, "c")]);
        let after = sums(&[("changed", 2, "d"), ("new", 0, "0"), ("same", 3, "c")]);
        let found = differences(&before, &after);
        let named: Vec<&str> = found.rows.iter().map(|row| row.table.as_str()).collect();
        assert_eq!((found.looked_at, named), (3, vec!["changed", "gone", "new"]));
    }

    #[tokio::test]
    async fn a_sum_tells_kinds_of_values_and_boundaries_of_columns_apart() {
        let mut all = Vec::new();
        for values in [
            "('1', NULL)",
            "(1, NULL)",
            "('1', 'NULL')",
            "('1,NULL', '')",
            "('', '1,NULL')",
        ] {
            let db = sea_orm::Database::connect("sqlite::memory:").await.expect("opens");
            db.execute_unprepared(&format!("CREATE TABLE t (a, b); INSERT INTO t VALUES {values}"))
                .await
                .expect("fills");
            all.push(of(&db).await.expect("reads")["t"].clone());
        }
        for (at, sum) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(sum), "{sum:?}");
        }
    }
}
