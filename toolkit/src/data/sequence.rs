//! The numbers that a database gives to new rows.

use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, Statement, sea_query::OnConflict,
};

use super::ledger::{counters, has_table, is_installed};
use crate::ddl::{quote, quote_text};

/// Sets the counter of a table's `serial` or autoincrement column past its highest number, and past what the counter of
/// `successor_of` had reached: a number that was ever given is not given again. It never goes back.
///
/// # Errors
/// What the database says.
pub async fn advance_sequence<C: ConnectionTrait>(
    db: &C,
    table: &str,
    column: &str,
    successor_of: Option<(&str, &str)>,
) -> Result<(), DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let sequence = |table: &str, column: &str| {
                format!(
                    "pg_get_serial_sequence({}, {})",
                    quote_text(&quote(table)),
                    quote_text(column)
                )
            };
            let mut highest = format!("SELECT max({}) AS number FROM {}", quote(column), quote(table));
            for (table, column) in std::iter::once((table, column)).chain(successor_of) {
                // A sequence that was never used is at its start and has given nothing.
                highest += &format!(
                    " UNION ALL SELECT pg_sequence_last_value({}::regclass)",
                    sequence(table, column)
                );
            }
            let sql = format!(
                "SELECT setval({}, highest.number) FROM (SELECT max(number) AS number FROM ({highest}) AS numbers) AS highest WHERE highest.number IS NOT NULL",
                sequence(table, column)
            );
            db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
                .await?;
        }
        DbBackend::Sqlite => {
            let names = std::iter::once(table)
                .chain(successor_of.map(|(table, _)| table))
                .map(quote_text)
                .collect::<Vec<_>>()
                .join(", ");
            let highest = format!(
                "SELECT max(number) FROM (SELECT max({}) AS number FROM {} UNION ALL SELECT seq FROM sqlite_sequence WHERE name IN ({names}))",
                quote(column),
                quote(table)
            );
            let row = db
                .query_one_raw(Statement::from_string(DbBackend::Sqlite, highest))
                .await?;
            let highest: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
            if let Some(highest) = highest {
                let name = quote_text(table);
                db.execute_unprepared(&format!("DELETE FROM sqlite_sequence WHERE name = {name}"))
                    .await?;
                db.execute_unprepared(&format!(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {highest})"
                ))
                .await?;
            }
        }
        _ => {
            return Err(DbErr::Migration(
                "sequences are not yet advanced on MySQL and MariaDB".to_owned(),
            ));
        }
    }
    Ok(())
}

/// The numbered columns of a table and the last number that each gave.
async fn given<C: ConnectionTrait>(db: &C, table: &str) -> Result<Vec<(String, Option<i64>)>, DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT attname::text AS name, pg_sequence_last_value(pg_get_serial_sequence({0}, attname)::regclass) AS number \
             FROM pg_attribute WHERE attrelid = {0}::regclass AND attnum > 0 AND NOT attisdropped \
             AND pg_get_serial_sequence({0}, attname) IS NOT NULL",
            quote_text(&quote(table))
        ),
        // The table is there as soon as one column of the database counts.
        DbBackend::Sqlite if has_table(db, "sqlite_sequence").await? => format!(
            "SELECT c.name AS name, s.seq AS number FROM sqlite_sequence AS s, pragma_table_info(s.name) AS c WHERE s.name = {} AND c.pk = 1",
            quote_text(table)
        ),
        _ => return Ok(Vec::new()),
    };
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await?;
    rows.into_iter()
        .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "number")?)))
        .collect()
}

/// Keeps how far a table that is about to go has counted.
pub(super) async fn remember<C: ConnectionTrait>(db: &C, table: &str) -> Result<(), DbErr> {
    if !is_installed(db).await? {
        return Ok(());
    }
    for (column, number) in given(db, table).await? {
        let Some(number) = number else { continue };
        counters::Entity::insert(counters::ActiveModel {
            table_name: Set(table.to_owned()),
            column_name: Set(column),
            last_value: Set(number),
        })
        .on_conflict(
            OnConflict::column(counters::Column::TableName)
                .update_columns([counters::Column::ColumnName, counters::Column::LastValue])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    }
    Ok(())
}

/// Sets the counters of a table that came back past its rows and past where it had stopped.
pub(super) async fn recall<C: ConnectionTrait>(db: &C, table: &str) -> Result<(), DbErr> {
    let kept = counters::Entity::find_by_id(table).one(db).await?;
    match db.get_database_backend() {
        DbBackend::Postgres => {
            for (column, _) in given(db, table).await? {
                advance_sequence(db, table, &column, None).await?;
                if let Some(kept) = kept.as_ref().filter(|kept| kept.column_name == column) {
                    let sequence = format!(
                        "pg_get_serial_sequence({}, {})",
                        quote_text(&quote(table)),
                        quote_text(&column)
                    );
                    let sql = format!(
                        "SELECT setval({sequence}, greatest({}, coalesce(pg_sequence_last_value({sequence}::regclass), 0)))",
                        kept.last_value
                    );
                    db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
                        .await?;
                }
            }
        }
        DbBackend::Sqlite => {
            if let Some(kept) = kept {
                // What is inserted has set the counter already, if anything was.
                let (name, number) = (quote_text(table), kept.last_value);
                let sql = format!("UPDATE sqlite_sequence SET seq = max(seq, {number}) WHERE name = {name}");
                if db.execute_unprepared(&sql).await?.rows_affected() == 0 {
                    let sql = format!("INSERT INTO sqlite_sequence (name, seq) VALUES ({name}, {number})");
                    db.execute_unprepared(&sql).await?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}
