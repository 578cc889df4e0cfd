//! The gate before a table goes, and the way back.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    Statement, sea_query::IntoIden,
};
use sea_orm_migration::SchemaManager;

use super::{
    error::{REFUSED, rows},
    ledger,
    rows::Shape,
    sequence,
};
use crate::ddl::{name_of, quote};

/// Refuses to go on unless every row that is in the table now was migrated, archived or put in quarantine by a data
/// step that has been verified, and has not changed since. On PostgreSQL the table is locked until the transaction's
/// end, so that none comes in between.
///
/// # Errors
/// A refusal that says how many rows are not accounted for and what to do; or what the database says.
pub async fn require_moved<T: IntoIden>(manager: &SchemaManager<'_>, table: T) -> Result<(), DbErr> {
    let table = name_of(table);
    let db = manager.get_connection();
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", quote(&table)))
            .await?;
    }
    let (total, missing) = unaccounted(db, &table).await?;
    if missing == 0 {
        return sequence::remember(db, &table).await;
    }
    Err(DbErr::Migration(format!(
        "{REFUSED}{} of `{table}` (of {total}) would be lost: {} been migrated, archived or put in quarantine, or changed after that. \
         Run the data migration that reads `{table}` (`seawright data run`), then go on",
        rows(missing),
        if missing == 1 { "it has not" } else { "they have not" },
    )))
}

/// Refuses to go on unless a data step has been done and verified: for a schema step that relies on it without dropping a table.
///
/// # Errors
/// A refusal that says how far the step has come and what to do; or what the database says.
pub async fn require_verified(manager: &SchemaManager<'_>, step: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let state = if ledger::is_installed(db).await? {
        ledger::steps::Entity::find_by_id(step)
            .one(db)
            .await?
            .map(|step| step.state)
    } else {
        None
    };
    let how_far = match state {
        Some(ledger::StepState::Verified) => {
            let open = ledger::moved::Entity::find()
                .filter(ledger::moved::Column::Step.eq(step))
                .filter(ledger::moved::Column::Outcome.eq(ledger::Outcome::Quarantined))
                .count(db)
                .await?;
            if open == 0 {
                return Ok(());
            }
            format!("{} are in quarantine: `seawright data quarantine list`", rows(open))
        }
        Some(ledger::StepState::Done) => "it is done and not proven: `seawright data verify`".to_owned(),
        Some(_) => "it is not done: `seawright data run`".to_owned(),
        None => "it has not begun: `seawright up`".to_owned(),
    };
    Err(DbErr::Migration(format!(
        "{REFUSED}this step relies on the data step `{step}`, and {how_far}"
    )))
}

/// How many rows a table has, and how many of them no verified step has accounted for as they are.
pub(super) async fn unaccounted<C: ConnectionTrait>(db: &C, table: &str) -> Result<(u64, u64), DbErr> {
    let total = count(db, format!("SELECT count(*) AS count FROM {}", quote(table))).await?;
    if total == 0 {
        return Ok((0, 0));
    }
    if !ledger::is_installed(db).await? {
        return Ok((total, total));
    }
    let shape = Shape::read(db, table).await?;
    if shape.key.is_empty() {
        return Err(DbErr::Migration(format!(
            "{REFUSED}`{table}` has no primary key, so its rows cannot be accounted for one by one"
        )));
    }
    let missing = count(
        db,
        format!(
            "SELECT count(*) AS count FROM {table} WHERE NOT EXISTS (SELECT 1 FROM seawright_data_rows AS kept \
             JOIN seawright_data_steps AS step ON step.step = kept.step AND step.state = 'verified' \
             WHERE kept.source_table = {name} AND kept.row_key = {key} AND kept.row_json = {json})",
            table = quote(table),
            name = crate::ddl::quote_text(table),
            key = shape.key_sql(),
            json = shape.json_sql(),
        ),
    )
    .await?;
    Ok((total, missing))
}

/// Brings back the rows that were moved out of a table before it went, whole, with the numbers that they had, and goes on counting
/// where the table had stopped.
///
/// # Errors
/// What the database says.
pub async fn restore<T: IntoIden>(manager: &SchemaManager<'_>, table: T) -> Result<(), DbErr> {
    let table = name_of(table);
    let db = manager.get_connection();
    if !ledger::is_installed(db).await? {
        return Ok(());
    }
    let shape = Shape::read(db, &table).await?;
    if shape.columns.is_empty() {
        return Ok(()); // Nothing answers: the statements are only being recorded.
    }
    db.execute_unprepared(&shape.restore_sql()).await?;
    sequence::recall(db, &table).await
}

async fn count<C: ConnectionTrait>(db: &C, sql: String) -> Result<u64, DbErr> {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}
