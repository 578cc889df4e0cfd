//! Restoring a backup: all of it, or nothing.

mod catalog;
mod postgres;
mod sqlite;

pub(super) use postgres::{drop_all, there, verified};
pub(super) use sqlite::write_parts;

use std::{collections::BTreeMap, path::Path, time::Instant};

use sea_orm::DatabaseConnection;
use serde::Serialize;

use super::{
    across::{Bridge, Knowledge},
    error::{BackupError, Result},
    feed::{Contents, inspect},
    meta::Form,
    sum::TableSum,
    take::no_mysql,
    unfinished, unfinished_error,
};
use crate::{emit::dialect, schema::Dialect};

/// How a backup is restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestoreOptions {
    /// Whether what the database holds is dropped.
    pub overwrite: bool,
}

/// A backup that was restored.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// The file.
    pub file: String,
    /// Its form.
    pub form: Form,
    /// When it was taken, UTC.
    pub made_at: String,
    /// The kind of the database that it is of.
    pub from: Dialect,
    /// The kind of the database that it was restored into.
    pub into: Dialect,
    /// The rows of all tables.
    pub rows: u64,
    /// The tables with what their rows add up to, read from the database again.
    pub tables: Vec<(String, TableSum)>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// How long it took.
    pub milliseconds: u64,
}

/// Restores a backup, reads everything again and compares it with what the file says. The connection is closed: a SQLite
/// file is put in the place of the one that was there.
///
/// # Errors
/// Before anything is written: [`BackupError::Damaged`], [`BackupError::Foreign`], [`BackupError::Refused`] where the database
/// holds something, or can't hold what the backup has. [`BackupError::Unequal`] and what the database says, after which it is
/// as it was before, but for the native form on PostgreSQL.
pub async fn restore(
    db: DatabaseConnection,
    url: &str,
    path: &Path,
    options: RestoreOptions,
    knowledge: &Knowledge,
) -> Result<Restored> {
    let begin = Instant::now();
    let contents = inspect(path).await?;
    if !options.overwrite {
        let begun = unfinished(&db).await;
        if let Some(which) = begun.map_err(BackupError::database("the catalog cannot be read"))? {
            return Err(unfinished_error(&which));
        }
    }
    let mut notes = contents.meta.notes.clone();
    let (from, into) = (contents.meta.database, dialect(db.get_database_backend()));
    let tables = match (contents.meta.form, into) {
        (_, Dialect::Mysql) => return Err(no_mysql()),
        (Form::Native, _) if from != into => {
            return Err(BackupError::Refused {
                what: format!(
                    "this backup is in the native form of {}, which {} cannot read",
                    from.name(),
                    into.name()
                ),
                help: "restore it into a database of its own kind, or take one with --as portable; nothing was written"
                    .into(),
            });
        }
        (Form::Native, Dialect::Postgres) => {
            super::native::restore_postgres(&db, url, path, &contents, options).await?
        }
        (Form::Native, Dialect::Sqlite) => sqlite::native(db, path, &contents, options).await?,
        (Form::Portable, Dialect::Postgres) => {
            let bridge = Bridge::open(path, &contents, into, knowledge).await?;
            notes.extend(bridge.iter().flat_map(Bridge::notes).cloned());
            postgres::portable(&db, path, &contents, bridge.as_ref(), options).await?
        }
        (Form::Portable, Dialect::Sqlite) => {
            let bridge = Bridge::open(path, &contents, into, knowledge).await?;
            notes.extend(bridge.iter().flat_map(Bridge::notes).cloned());
            sqlite::portable(db, path, &contents, bridge.as_ref(), options).await?
        }
    };
    Ok(Restored {
        file: path.display().to_string(),
        form: contents.meta.form,
        made_at: contents.meta.made_at,
        from,
        into,
        rows: tables.values().map(|sum| sum.rows).sum(),
        tables: tables.into_iter().collect(),
        notes,
        milliseconds: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// Refuses a database that holds something.
pub(super) fn refuse_what_is_there(there: &[String], options: RestoreOptions) -> Result<()> {
    const SHOWN: usize = 6;
    if there.is_empty() || options.overwrite {
        return Ok(());
    }
    let mut shown: Vec<String> = there.iter().take(SHOWN).cloned().collect();
    if there.len() > SHOWN {
        shown.push(format!("and {} more", there.len() - SHOWN));
    }
    Err(BackupError::Refused {
        what: format!("the database is not empty: it holds {}", shown.join(", ")),
        help: "restore into an empty one, or check that it is the right database and add --overwrite, which drops all that it holds; nothing was written".into(),
    })
}

/// What the rows that were read again add up to, where that is what it should be.
fn compared(
    contents: &Contents,
    expected: &BTreeMap<String, TableSum>,
    found: &BTreeMap<String, TableSum>,
    state: &'static str,
) -> Result<()> {
    let differences: Vec<String> = contents
        .meta
        .tables
        .iter()
        .filter_map(|table| {
            let (expected, found) = (expected.get(&table.name)?, found.get(&table.name));
            match found {
                Some(found) if found == expected => None,
                Some(found) if found.rows == expected.rows => {
                    Some(format!("`{}`: its {} rows are not the same", table.name, found.rows))
                }
                Some(found) => Some(format!(
                    "`{}`: {} rows instead of {}",
                    table.name, found.rows, expected.rows
                )),
                None => Some(format!("`{}` is missing", table.name)),
            }
        })
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(BackupError::Unequal { differences, state })
}
