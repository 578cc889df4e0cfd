//! The numbers that a database gives to new rows.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

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

/// Does so for every numbered column of a table.
pub(super) async fn advance_own_sequences<C: ConnectionTrait>(db: &C, table: &str) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(()); // SQLite's counter follows what is inserted.
    }
    let sql = format!(
        "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = {0}::regclass AND attnum > 0 AND NOT attisdropped \
         AND pg_get_serial_sequence({0}, attname) IS NOT NULL",
        quote_text(&quote(table))
    );
    for row in db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
    {
        let column: String = row.try_get("", "name")?;
        advance_sequence(db, table, &column, None).await?;
    }
    Ok(())
}
