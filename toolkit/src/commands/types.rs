//! Types that are given by their name alone: whether there are such is known by the database, where one is at hand.

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::Context;
use crate::{
    diff::{Change, Plan},
    emit::EmitError,
    history::{Error, Result},
    schema::{Column, DataType, Dialect},
};

/// Refuses a plan with a type that the database of `-u` does not have.
///
/// # Errors
/// [`EmitError::Type`] with the type and its column; what the database says.
pub(super) async fn check(context: &Context, plan: &Plan) -> Result<()> {
    let columns: Vec<(&str, &Column)> = plan.changes.iter().flat_map(made).collect();
    let custom: Vec<(String, String)> = columns
        .into_iter()
        .filter_map(|(table, column)| Some((format!("{table}.{}", column.name), name(&column.data_type)?.to_owned())))
        // One that the plan makes itself is there by then.
        .filter(|(_, name)| !plan.after.enums.iter().any(|enumeration| enumeration.name == *name))
        .collect();
    if custom.is_empty() || !context.is_url_given() || context.dialect() != Dialect::Postgres {
        return Ok(());
    }
    let db = context.connect().await?;
    for (place, name) in custom {
        let ask = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT to_regtype($1) IS NOT NULL AS it_is",
            [name.as_str().into()],
        );
        // What is no name of a type at all is an error before PostgreSQL 16.
        let row = db.query_one_raw(ask).await.ok().flatten();
        if !row.map_or(Ok(false), |row| row.try_get("", "it_is"))? {
            return Err(Error::Emit(EmitError::NoType { data_type: name, place }));
        }
    }
    Ok(())
}

/// The columns that come or change.
fn made(change: &Change) -> Vec<(&str, &Column)> {
    match change {
        Change::CreateTable { table } => table
            .columns
            .iter()
            .map(|column| (table.name.as_str(), column))
            .collect(),
        Change::AddColumn { table, column, .. } => vec![(table, column)],
        Change::AlterColumn { table, to, .. } => vec![(table, to)],
        _ => Vec::new(),
    }
}

fn name(data_type: &DataType) -> Option<&str> {
    match data_type {
        DataType::Custom(name) => Some(name),
        DataType::Array(element) => name(element),
        _ => None,
    }
}
