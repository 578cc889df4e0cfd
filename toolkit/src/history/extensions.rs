//! The extensions of a user's database, in the shadow beside it: types and functions of theirs stand in entities and steps.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{
    Error, Result,
    message::{message, sqlstate},
};
use crate::ddl::quote;

/// An extension that could not be made in the shadow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingExtension {
    /// Its name.
    pub name: String,
    /// What the server says.
    pub reason: String,
}

/// Makes them, in the order in which they were made, except those that the history makes itself. One that cannot be made is no
/// failure before something asks for it.
pub(super) async fn bring(
    from: &DatabaseConnection,
    shadow: &DatabaseConnection,
    left_out: &[String],
) -> Result<Vec<MissingExtension>> {
    if from.get_database_backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let sql = "SELECT e.extname::text AS name, n.nspname::text AS place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
               WHERE e.extname <> 'plpgsql' ORDER BY e.oid";
    let mut missing = Vec::new();
    for row in from
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
    {
        let (name, place): (String, String) = (row.try_get("", "name")?, row.try_get("", "place")?);
        if left_out.contains(&name) {
            continue;
        }
        let make = if place.starts_with("pg_") {
            format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE", quote(&name))
        } else {
            format!(
                "CREATE SCHEMA IF NOT EXISTS {0}; CREATE EXTENSION IF NOT EXISTS {1} SCHEMA {0} CASCADE",
                quote(&place),
                quote(&name)
            )
        };
        if let Err(error) = shadow.execute_unprepared(&make).await {
            missing.push(MissingExtension {
                name,
                reason: message(&error),
            });
        }
    }
    Ok(missing)
}

/// Takes every extension out of a shadow that stays.
pub(super) async fn remove(shadow: &DatabaseConnection) -> Result<(), DbErr> {
    let sql = "SELECT e.extname::text AS name FROM pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY e.oid DESC";
    for row in shadow
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
    {
        let name: String = row.try_get("", "name")?;
        shadow
            .execute_unprepared(&format!("DROP EXTENSION IF EXISTS {} CASCADE", quote(&name)))
            .await?;
    }
    Ok(())
}

fn database_error(error: &Error) -> Option<&DbErr> {
    match error {
        Error::Step { error, .. } | Error::Database(error) | Error::Built { error, .. } => Some(error),
        _ => None,
    }
}

/// The extension that a step makes and that was brought already (SQLSTATE 42710, duplicate object).
pub(super) fn made_by_a_step(error: &Error) -> Option<String> {
    let error = database_error(error)?;
    if sqlstate(error) != Some("42710") {
        return None;
    }
    let text = error.to_string();
    let rest = text.split_once("extension \"")?.1;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The error with the extensions that may be what it lacks: it speaks of a type, a function or a schema that is not there.
pub(crate) fn explained(error: Error, missing: &[MissingExtension]) -> Error {
    let code = database_error(&error).and_then(sqlstate);
    let is_lack = matches!(code, Some("42704" | "42883" | "42P01" | "3F000"));
    if missing.is_empty() || !is_lack {
        return error;
    }
    Error::Extensions {
        error: Box::new(error),
        missing: missing.to_vec(),
    }
}
