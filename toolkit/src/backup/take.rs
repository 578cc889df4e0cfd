//! Taking a backup.

use std::{io::Write, path::Path, time::Instant};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, prelude::ChronoUtc};
use serde::Serialize;

use super::{
    blocks::{Broken, Codec, Sink, Sums, Telling},
    container::{Kind, Writer},
    copy,
    error::{BackupError, Result},
    meta::{End, Form, Meta, Own, TableMeta},
    partial::Partial,
    postgres, session, sqlite,
    sum::TableSum,
};
use crate::{
    emit::dialect,
    introspect::{catalog_of_all, introspect_all},
    schema::{Dialect, Schema},
};

/// How a backup is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupOptions {
    /// In which form.
    pub form: Form,
    /// Whether a file of that name is replaced.
    pub replace: bool,
}

/// A backup that was taken.
#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    /// The file.
    pub file: String,
    /// Its form.
    pub form: Form,
    /// The kind of the database.
    pub database: Dialect,
    /// The version of its server or library.
    pub server: String,
    /// How large the file is, in bytes.
    pub bytes: u64,
    /// The rows of all tables.
    pub rows: u64,
    /// The tables and what their rows add up to.
    pub tables: Vec<(String, TableSum)>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// How long it took.
    pub milliseconds: u64,
}

/// Takes a backup of one state of a database. Only reads it. The file has its name only when it is whole.
///
/// # Errors
/// [`BackupError::Refused`] where there is such a file, or where the database has what the form has no words for; what
/// the database and the disk say.
pub async fn backup(db: &DatabaseConnection, url: &str, path: &Path, options: BackupOptions) -> Result<Taken> {
    let begin = Instant::now();
    let partial = Partial::create(path, options.replace)?;
    let (partial, meta, end) = match options.form {
        Form::Portable => portable(db, partial, path).await?,
        Form::Native => super::native::take(db, url, partial, path).await?,
    };
    partial.finish()?;
    let bytes = std::fs::metadata(path).map_err(BackupError::file(path, "it cannot be read"))?;
    Ok(Taken {
        file: path.display().to_string(),
        form: meta.form,
        database: meta.database,
        server: meta.server,
        bytes: bytes.len(),
        rows: end.rows(),
        tables: end.tables.into_iter().collect(),
        notes: meta.notes,
        milliseconds: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// What a backup of that database says of itself, before what it holds is known.
pub(super) fn meta(form: Form, database: Dialect, server: String) -> Meta {
    Meta {
        form,
        made_at: ChronoUtc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seawright: env!("CARGO_PKG_VERSION").to_owned(),
        database,
        server,
        schema_name: None,
        tool: None,
        tables: Vec::new(),
        notes: Vec::new(),
        schema: Schema::default(),
        own: Own::default(),
        catalog: Vec::new(),
    }
}

fn refuse(obstacles: &[String]) -> Result<()> {
    if obstacles.is_empty() {
        return Ok(());
    }
    Err(BackupError::Refused {
        what: format!(
            "the portable form has no words for what this database has:\n{}",
            obstacles
                .iter()
                .map(|line| format!("  {line}"))
                .collect::<Vec<_>>()
                .join("\n")
        ),
        help: "take it with --as native; nothing was written".into(),
    })
}

/// Writes the portable form.
pub(super) async fn portable<W: Write + Send + 'static>(
    db: &DatabaseConnection,
    out: W,
    path: &Path,
) -> Result<(W, Meta, End)> {
    match dialect(db.get_database_backend()) {
        Dialect::Postgres => {
            let session = session::Postgres::reading(db).await?;
            let taken = of_postgres(&session, out, path).await;
            session.close().await;
            taken
        }
        Dialect::Sqlite => {
            let session = session::Sqlite::of(db).await?;
            let begun = session.execute_unprepared("BEGIN").await;
            begun.map_err(BackupError::database("the database cannot be read"))?;
            let taken = of_sqlite(&session, out, path).await;
            session.close().await?;
            taken
        }
        Dialect::Mysql => Err(no_mysql()),
    }
}

pub(super) fn no_mysql() -> BackupError {
    BackupError::Refused {
        what: "MySQL and MariaDB are not supported yet".into(),
        help: "use a postgres:// or sqlite:// URL".into(),
    }
}

/// What is known of a database of PostgreSQL before its rows are read.
pub(super) async fn postgres_meta(session: &session::Postgres, form: Form) -> Result<Meta> {
    let tables = postgres::tables(session).await?;
    let version = session::lines(
        session,
        "the version cannot be read",
        "SELECT current_setting('server_version') AS line",
    );
    let version = version.await?.concat();
    let mut meta = meta(form, Dialect::Postgres, version);
    meta.schema_name = Some(session.schema.clone());
    meta.tables = tables;
    meta.notes = postgres::notes(session).await?;
    meta.schema = introspect_all(session).await?;
    meta.catalog = catalog_of_all(session).await?;
    Ok(meta)
}

async fn of_postgres<W: Write + Send + 'static>(
    session: &session::Postgres,
    out: W,
    path: &Path,
) -> Result<(W, Meta, End)> {
    let mut meta = postgres_meta(session, Form::Portable).await?;
    refuse(&postgres::obstacles(session).await?)?;
    meta.own = postgres::describe(session).await?;
    let mut total = 0;
    for table in &meta.tables {
        total += postgres::estimate(session, &table.name).await;
    }
    let mut telling = Telling::begin("backup", total);
    write(out, path, meta, async |sink, tables| {
        for table in tables {
            copy::read(session, table, sink, &mut telling).await?;
        }
        Ok(None)
    })
    .await
}

/// What is known of a SQLite file before its rows are read.
pub(super) async fn sqlite_meta(session: &session::Sqlite, form: Form) -> Result<Meta> {
    let mut meta = meta(form, Dialect::Sqlite, sqlite::version(session).await?);
    meta.tables = sqlite::tables(session).await?;
    meta.schema = introspect_all(session).await?;
    meta.catalog = catalog_of_all(session).await?;
    Ok(meta)
}

async fn of_sqlite<W: Write + Send + 'static>(
    session: &session::Sqlite,
    out: W,
    path: &Path,
) -> Result<(W, Meta, End)> {
    let mut meta = sqlite_meta(session, Form::Portable).await?;
    refuse(&sqlite::obstacles(session).await?)?;
    meta.own = sqlite::describe(session).await?;
    let mut total = 0;
    for table in &meta.tables {
        total += sqlite::count(session, &table.name).await?;
    }
    let mut telling = Telling::begin("backup", total);
    write(out, path, meta, async |sink, tables| {
        for table in tables {
            sqlite::read(session, table, sink, &mut telling).await?;
        }
        Ok(None)
    })
    .await
}

/// Writes the first part, what is read, and the last part: with what the rows add up to, unless whoever reads says that.
pub(super) async fn write<W, R>(out: W, path: &Path, meta: Meta, read: R) -> Result<(W, Meta, End)>
where
    W: Write + Send + 'static,
    R: AsyncFnOnce(&Sink<W>, &[TableMeta]) -> Result<Option<Sums>, Broken>,
{
    let failing = || BackupError::file(path, "it cannot be written");
    let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|error| failing()(error.into()));
    let mut writer = Writer::new(out).map_err(failing())?;
    let first = json(serde_json::to_vec(&meta))?;
    writer.frame(Kind::Meta, &first).map_err(failing())?;
    let sink = Sink::writing(Codec::of(meta.database), writer);
    let read = read(&sink, &meta.tables).await;
    let written = sink.end().await.map_err(failing());
    let (writer, tables) = match read {
        Ok(None) => written?,
        Ok(Some(sums)) => (written?.0, sums),
        Err(Broken::Read(error)) => return Err(error),
        Err(Broken::Closed) => {
            written?;
            return Err(failing()(std::io::Error::other("it ended too early")));
        }
    };
    let end = End { tables };
    let Some(mut writer) = writer else {
        return Err(failing()(std::io::Error::other("it ended too early")));
    };
    let last = json(serde_json::to_vec(&end))?;
    writer.frame(Kind::End, &last).map_err(failing())?;
    Ok((writer.into_inner(), meta, end))
}
