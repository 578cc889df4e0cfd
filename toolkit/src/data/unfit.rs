//! The quarantine of a schema migration: rows whose value does not fit into a column's new type.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _, Statement,
    sea_query::IntoIden,
};
use sea_orm_migration::SchemaManager;

use super::{
    error::{REFUSED, rows},
    ledger::{self, moved},
    rows::Shape,
};
use crate::ddl::{Unfit, name_of, quote, quote_text};

/// Puts the rows of a table that do not fit into quarantine, whole, and takes them out of the table. They are listed under
/// `migration:table` (`seawright data quarantine list`; the migration's name finds those of all its tables).
///
/// # Errors
/// A refusal where other rows refer to one of them, or the table has no primary key; what the database says.
pub async fn quarantine<T: IntoIden>(
    manager: &SchemaManager<'_>,
    migration: &str,
    table: T,
    unfit: Unfit,
) -> Result<(), DbErr> {
    let (table, db) = (name_of(table), manager.get_connection());
    let backend = db.get_database_backend();
    let Some(condition) = unfit.condition(backend) else {
        return Ok(());
    };
    if backend == DbBackend::Postgres {
        db.execute_unprepared(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", quote(&table)))
            .await?;
    }
    let found = count(
        db,
        &format!("SELECT count(*) AS count FROM {} WHERE {condition}", quote(&table)),
    )
    .await?;
    if found == 0 {
        return Ok(());
    }
    let shape = Shape::read(db, &table).await?;
    if shape.key.is_empty() {
        return Err(DbErr::Migration(format!(
            "{REFUSED}`{table}` has no primary key, so that {} cannot be told apart in quarantine; mend them, or answer \
             otherwise with --on-loss",
            rows(found)
        )));
    }
    refuse_referred(db, &table, condition).await?;
    ledger::install(db).await?;
    let keep = format!(
        "INSERT INTO seawright_data_rows (step, row_key, source_table, outcome, reason, target_key, row_json, recorded_at) \
         SELECT {}, {}, {}, 'quarantined', {}, NULL, {}, CURRENT_TIMESTAMP FROM {} WHERE {condition}",
        quote_text(&part(migration, &table)),
        shape.key_sql(),
        quote_text(&table),
        quote_text(&unfit.what),
        shape.json_sql(),
        quote(&table)
    );
    db.execute_unprepared(&keep).await?;
    let taken = db
        .execute_unprepared(&format!("DELETE FROM {} WHERE {condition}", quote(&table)))
        .await?;
    if taken.rows_affected() != found {
        return Err(DbErr::Migration(format!(
            "{} of `{table}` went into quarantine and {} were taken out: a trigger stands in the way",
            rows(found),
            taken.rows_affected()
        )));
    }
    Ok(())
}

/// Brings back the rows that [`quarantine`] took out of the table, those that were accepted meanwhile too.
///
/// # Errors
/// A refusal where another row has the key of one of them by now; what the database says.
pub async fn bring_back<T: IntoIden>(manager: &SchemaManager<'_>, migration: &str, table: T) -> Result<(), DbErr> {
    let (table, db) = (name_of(table), manager.get_connection());
    if !ledger::is_installed(db).await? {
        return Ok(());
    }
    let part = part(migration, &table);
    let held = moved::Entity::find()
        .filter(moved::Column::Step.eq(&part))
        .all(db)
        .await?;
    let keys: Vec<String> = held.into_iter().map(|row| row.row_key).collect();
    let shape = Shape::read(db, &table).await?;
    for keys in keys.chunks(500) {
        let back = db.execute_unprepared(&shape.bring_back_sql(&part, keys)).await?;
        let missing = (keys.len() as u64).saturating_sub(back.rows_affected());
        if missing > 0 {
            return Err(DbErr::Migration(format!(
                "{REFUSED}{} of `{table}` cannot come back from quarantine, since other rows have their keys by now; give \
                 those other keys first (`seawright data quarantine list {migration}` shows what is kept)",
                rows(missing)
            )));
        }
    }
    moved::Entity::delete_many()
        .filter(moved::Column::Step.eq(&part))
        .exec(db)
        .await
        .map(drop)
}

/// Keys are told apart within a step of the ledger, and two tables have the same ones.
fn part(migration: &str, table: &str) -> String {
    format!("{migration}:{table}")
}

async fn count<C: ConnectionTrait>(db: &C, sql: &str) -> Result<u64, DbErr> {
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "count"))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A row that goes takes along, or cuts off, what refers to it: that is for a person to decide.
async fn refuse_referred<C: ConnectionTrait>(db: &C, table: &str, condition: &str) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT c.conrelid::regclass::text AS referring, c.conname::text AS id, \
             o.attname::text AS own, t.attname::text AS target \
             FROM pg_constraint AS c CROSS JOIN unnest(c.conkey, c.confkey) AS k (own, target) \
             JOIN pg_attribute AS o ON o.attrelid = c.conrelid AND o.attnum = k.own \
             JOIN pg_attribute AS t ON t.attrelid = c.confrelid AND t.attnum = k.target \
             WHERE c.contype = 'f' AND c.confrelid = to_regclass({})",
            quote_text(&quote(table))
        ),
        _ => format!(
            "SELECT '\"' || replace(m.name, '\"', '\"\"') || '\"' AS referring, m.name || f.id AS id, f.\"from\" AS own, \
             coalesce(f.\"to\", (SELECT i.name FROM pragma_table_info({0}) AS i WHERE i.pk = f.seq + 1)) AS target \
             FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f \
             WHERE m.type = 'table' AND lower(f.\"table\") = lower({0})",
            quote_text(table)
        ),
    };
    let mut keys: Vec<(String, String, Vec<String>)> = Vec::new();
    for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
        let (referring, id): (String, String) = (row.try_get("", "referring")?, row.try_get("", "id")?);
        let (own, target): (String, String) = (row.try_get("", "own")?, row.try_get("", "target")?);
        let same = format!("r.{} = {}.{}", quote(&own), quote(table), quote(&target));
        match keys.iter_mut().find(|(_, known, _)| *known == id) {
            Some((.., pairs)) => pairs.push(same),
            None => keys.push((referring, id, vec![same])),
        }
    }
    for (referring, _, pairs) in keys {
        let referred = count(
            db,
            &format!(
                "SELECT count(*) AS count FROM {referring} AS r WHERE EXISTS (SELECT 1 FROM {} WHERE {} AND ({condition}))",
                quote(table),
                pairs.join(" AND ")
            ),
        )
        .await?;
        if referred > 0 {
            return Err(DbErr::Migration(format!(
                "{REFUSED}{} of {referring} refer to rows of `{table}` that would go into quarantine; mend those rows, or \
                 answer otherwise with --on-loss. Find them with: SELECT * FROM {} WHERE {condition}",
                rows(referred),
                quote(table)
            )));
        }
    }
    Ok(())
}
