//! Whose fault an error is: a row's, the moment's, or neither's.

use sea_orm::{DbErr, RuntimeErr};

use super::DataError;

/// What to do about an error of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A row does not fit: it is to be found and put into quarantine.
    Row,
    /// Time or others at work: the same again, smaller, after a moment.
    Moment,
    /// Neither: the run ends.
    Other,
}

/// SQLSTATE classes 22 and 23 are values that do not fit and constraints; 40 is a conflict or a deadlock, 55P03 a lock that was
/// not to be had in time, 57014 a statement that took too long, 08 and 57P0x a lost connection (PostgreSQL manual, appendix A).
/// SQLite: 19 is a constraint, 5 and 6 are a database or a table in use; the kinds of an error have it in their lowest byte.
pub(super) fn of(error: &DataError) -> Fault {
    let DataError::Database(error) = error else {
        return Fault::Other;
    };
    if let DbErr::ConnectionAcquire(_) | DbErr::Conn(_) = error {
        return Fault::Moment;
    }
    let (DbErr::Exec(runtime) | DbErr::Query(runtime)) = error else {
        return Fault::Other;
    };
    let RuntimeErr::SqlxError(error_of_driver) = runtime else {
        return Fault::Other;
    };
    let Some(of_database) = error_of_driver.as_database_error() else {
        use sea_orm::sqlx::Error;
        return match **error_of_driver {
            Error::Io(_) | Error::PoolTimedOut | Error::WorkerCrashed => Fault::Moment,
            _ => Fault::Other,
        };
    };
    match of_database.code().as_deref() {
        Some(code) if code.len() == 5 => match code {
            "55P03" | "57014" | "57P01" | "57P02" | "57P03" => Fault::Moment,
            _ => match &code[..2] {
                "22" | "23" => Fault::Row,
                "40" | "08" | "53" => Fault::Moment,
                _ => Fault::Other,
            },
        },
        Some(code) => match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(19) => Fault::Row,
            Ok(5 | 6) => Fault::Moment,
            _ => Fault::Other,
        },
        None => Fault::Other,
    }
}

/// Whether a query names a table or a column that is not there: 42P01 and 42703 on PostgreSQL; SQLite has no code of its own
/// for that.
pub(super) fn is_undefined(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    error.as_database_error().is_some_and(|error| {
        matches!(error.code().as_deref(), Some("42P01" | "42703"))
            || error.message().starts_with("no such column")
            || error.message().starts_with("no such table")
    })
}
