//! The native form: what the database's own tool writes, in a file of ours, so that it is checked as a whole and its rows can
//! be compared after a restore.

mod marker;
mod postgres;
mod sqlite;
mod tool;

use std::{io::Write, path::Path};

use sea_orm::DatabaseConnection;

pub use marker::unfinished;
pub(super) use postgres::restore as restore_postgres;

use super::{
    error::{BackupError, Result},
    feed::{Feed, inspect},
    meta::{End, Form, Meta},
    restore::write_parts,
    take::no_mysql,
};
use crate::{emit::dialect, schema::Dialect};

/// Writes the native form.
pub(super) async fn take<W: Write + Send + 'static>(
    db: &DatabaseConnection,
    url: &str,
    out: W,
    path: &Path,
) -> Result<(W, Meta, End)> {
    match dialect(db.get_database_backend()) {
        Dialect::Postgres => postgres::take(db, url, out, path).await,
        Dialect::Sqlite => sqlite::take(db, out, path).await,
        Dialect::Mysql => Err(no_mysql()),
    }
}

/// Writes what the database's own tool wrote into a file by itself: an archive for `pg_restore`, a SQLite file.
///
/// # Errors
/// As [`inspect`]; [`BackupError::Refused`] where it is no native backup, or there is such a file.
pub async fn extract(path: &Path, into: &Path) -> Result<()> {
    let contents = inspect(path).await?;
    if contents.meta.form != Form::Native {
        return Err(BackupError::Refused {
            what: format!(
                "`{}` is in the portable form, which no other tool reads",
                path.display()
            ),
            help: "restore it instead".into(),
        });
    }
    if into.exists() {
        return Err(BackupError::Refused {
            what: format!("there is a file `{}` already", into.display()),
            help: "name another".into(),
        });
    }
    write_parts(into, Feed::begin(path), path).await
}
