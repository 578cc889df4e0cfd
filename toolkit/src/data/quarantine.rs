//! The quarantine: what is in it, and what a person decides about it.

use sea_orm::{
    ActiveEnum as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Select,
    sea_query::{Expr, ExprTrait as _},
};

use super::{
    Outcome,
    ledger::{self, moved},
    rows::Shape,
};

/// A row in quarantine.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Held {
    /// The step that could not migrate it.
    pub step: String,
    /// The table that it was in.
    pub table: String,
    /// Its primary key; the parts of a composite one joined by U+001F.
    pub key: String,
    /// Why it could not be migrated.
    pub reason: String,
    /// Whether a person has accepted it as it is.
    pub accepted: bool,
    /// The row, whole, as JSON.
    pub row: serde_json::Value,
}

fn of(step: Option<&str>, keys: &[String]) -> Select<moved::Entity> {
    let mut select = moved::Entity::find()
        .order_by_asc(moved::Column::Step)
        .order_by_asc(moved::Column::RowKey);
    if let Some(step) = step {
        // A step can have parts, named `step:part`.
        let is_it = moved::Column::Step.eq(step);
        select = select.filter(is_it.or(moved::Column::Step.starts_with(format!("{step}:"))));
    }
    if !keys.is_empty() {
        select = select.filter(moved::Column::RowKey.is_in(keys.iter().map(|key| key.replace('/', "\u{1f}"))));
    }
    select
}

/// The rows in quarantine, those that were accepted too; of one step and of some keys where they are given.
///
/// # Errors
/// What the database says.
pub async fn list<C: ConnectionTrait>(db: &C, step: Option<&str>, keys: &[String]) -> Result<Vec<Held>, DbErr> {
    if !ledger::is_installed(db).await? {
        return Ok(Vec::new());
    }
    let rows = of(step, keys)
        .filter(moved::Column::Outcome.is_in([Outcome::Quarantined, Outcome::Accepted]))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Held {
            step: row.step,
            table: row.source_table,
            key: row.row_key,
            reason: row.reason.unwrap_or_default(),
            accepted: row.outcome == Outcome::Accepted,
            row: serde_json::from_str(&row.row_json).unwrap_or(serde_json::Value::String(row.row_json)),
        })
        .collect())
}

/// Takes rows out of quarantine, so that the next run tries them again; says how many. A row that its migration had taken out
/// of its table is put back first.
///
/// # Errors
/// What the database says, for example that the row does not fit into its table any more.
pub async fn retry(transaction: &DatabaseTransaction, step: &str, keys: &[String]) -> Result<u64, DbErr> {
    let held = of(Some(step), keys)
        .filter(moved::Column::Outcome.is_in([Outcome::Quarantined, Outcome::Accepted]))
        .all(transaction)
        .await?;
    let mut places: Vec<(&str, &str)> = held
        .iter()
        .map(|row| (row.step.as_str(), row.source_table.as_str()))
        .collect();
    places.sort_unstable();
    places.dedup();
    for (step, table) in places {
        let of_it = held.iter().filter(|row| row.step == step && row.source_table == table);
        let keys: Vec<String> = of_it.map(|row| row.row_key.clone()).collect();
        let shape = Shape::read(transaction, table).await?;
        for keys in keys.chunks(500) {
            // A table that has gone has gone with all its rows.
            if !shape.columns.is_empty() {
                transaction
                    .execute_unprepared(&shape.bring_back_sql(step, keys))
                    .await?;
            }
            moved::Entity::delete_many()
                .filter(moved::Column::Step.eq(step))
                .filter(moved::Column::RowKey.is_in(keys.iter().cloned()))
                .exec(transaction)
                .await?;
        }
    }
    Ok(held.len() as u64)
}

/// Accepts rows as they are; says how many. They stay in the ledger, whole, and are not asked about again.
///
/// # Errors
/// What the database says.
pub async fn accept<C: ConnectionTrait>(db: &C, step: &str, keys: &[String], why: Option<&str>) -> Result<u64, DbErr> {
    let mut accepted = 0;
    for row in of(Some(step), keys)
        .filter(moved::Column::Outcome.eq(Outcome::Quarantined))
        .all(db)
        .await?
    {
        let reason = match (row.reason.as_deref(), why) {
            (Some(reason), Some(why)) => Some(format!("{reason} (accepted: {why})")),
            (reason, None) => reason.map(str::to_owned),
            (None, Some(why)) => Some(format!("accepted: {why}")),
        };
        moved::Entity::update_many()
            .col_expr(moved::Column::Outcome, Expr::value(Outcome::Accepted.to_value()))
            .col_expr(moved::Column::Reason, Expr::value(reason))
            .filter(Expr::col(moved::Column::Step).eq(row.step))
            .filter(Expr::col(moved::Column::RowKey).eq(row.row_key))
            .exec(db)
            .await?;
        accepted += 1;
    }
    Ok(accepted)
}

/// Throws away the before-images of runs that ended before that moment, UTC: of one step where one is given. Says how many runs
/// have lost their way back.
///
/// # Errors
/// What the database says.
pub async fn prune<C: ConnectionTrait>(
    db: &C,
    step: Option<&str>,
    before: sea_orm::prelude::DateTime,
) -> Result<u64, DbErr> {
    use ledger::{images, runs};
    let mut select = runs::Entity::find()
        .filter(runs::Column::State.eq(runs::RunState::Done))
        .filter(runs::Column::FinishedAt.lt(before));
    if let Some(step) = step {
        select = select.filter(runs::Column::Step.eq(step));
    }
    let mut pruned = 0;
    for run in select.all(db).await? {
        let gone = images::Entity::delete_many()
            .filter(images::Column::Run.eq(run.run))
            .exec(db)
            .await?;
        if gone.rows_affected == 0 {
            continue; // It had changed nothing.
        }
        let mut run: runs::ActiveModel = run.into();
        run.state = Set(runs::RunState::Pruned);
        runs::Entity::update(run).exec(db).await?;
        pruned += 1;
    }
    Ok(pruned)
}
