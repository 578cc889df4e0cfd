//! That a restore has begun which no transaction holds together.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, prelude::ChronoUtc};

use crate::{
    backup::{
        error::{BackupError, Result},
        session::Postgres,
    },
    data::ledger::has_table,
    ddl::quote_text,
};

const TABLE: &str = "seawright_restore";

/// The restore that was begun in a database and never came to its end: which file, and since when.
///
/// # Errors
/// What the database says.
pub async fn unfinished(db: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    read(db).await
}

pub(super) async fn read<C: ConnectionTrait>(db: &C) -> Result<Option<String>, DbErr> {
    if !has_table(db, TABLE).await? {
        return Ok(None);
    }
    let sql = format!("SELECT file || ', begun ' || since AS line FROM {TABLE}");
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(Some(row.map_or(Ok(String::new()), |row| row.try_get("", "line"))?))
}

pub(super) async fn set(session: &Postgres, file: &str) -> Result<()> {
    let since = ChronoUtc::now().format("%Y-%m-%dT%H:%M:%SZ");
    let script = format!(
        "CREATE TABLE {TABLE} (file text NOT NULL, since text NOT NULL); INSERT INTO {TABLE} VALUES ({}, '{since}')",
        quote_text(file)
    );
    let done = session.execute_unprepared(&script).await;
    done.map(|_| ()).map_err(BackupError::database(
        "the beginning of the restore cannot be written down",
    ))
}

pub(super) async fn clear(db: &DatabaseConnection) -> Result<()> {
    let done = db.execute_unprepared(&format!("DROP TABLE IF EXISTS {TABLE}")).await;
    done.map(|_| ())
        .map_err(BackupError::database("the end of the restore cannot be written down"))
}
