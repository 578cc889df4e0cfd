//! What a database says of a failure, as a reader can use it.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, postgres::PgDatabaseError},
};

/// PostgreSQL's own account of an error, where it is one.
fn of_postgres(error: &DbErr) -> Option<&PgDatabaseError> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let sqlx::Error::Database(error) = &**error else {
        return None;
    };
    error.try_downcast_ref()
}

/// The classes of errors that speak of the schema, and whose details do: of the others a detail may hold what stands in rows
/// (manual, appendix A).
const OF_THE_SCHEMA: [&str; 6] = ["0A", "2B", "3F", "42", "54", "55"];

/// The message of an error. The line in PostgreSQL's own source is left out, since it reads like a line of the reader's; what the
/// server adds is kept where it speaks of the schema.
pub(crate) fn message(error: &DbErr) -> String {
    let mut text = error.to_string();
    let Some(error) = of_postgres(error) else {
        return text;
    };
    if let Some(short) = error
        .line()
        .and_then(|line| text.strip_suffix(&format!(" at line {line}")))
    {
        text = short.to_owned();
    }
    if OF_THE_SCHEMA.iter().any(|class| error.code().starts_with(class)) {
        for (what, more) in [("detail", error.detail()), ("hint", error.hint())] {
            if let Some(more) = more {
                text += &format!("\n  {what}: {}", more.replace('\n', "\n    "));
            }
        }
    }
    text
}

/// SQLSTATE, on PostgreSQL.
pub(crate) fn sqlstate(error: &DbErr) -> Option<&str> {
    of_postgres(error).map(PgDatabaseError::code)
}

/// Where in a statement PostgreSQL found what it complains of, in characters from 1.
#[cfg(feature = "cli")]
pub(crate) fn position(error: &DbErr) -> Option<usize> {
    match of_postgres(error)?.position()? {
        sqlx::postgres::PgErrorPosition::Original(position) => Some(position),
        sqlx::postgres::PgErrorPosition::Internal { .. } => None,
    }
}
