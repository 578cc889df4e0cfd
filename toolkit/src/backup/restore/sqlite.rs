//! Into a SQLite file: a new one is made beside it and takes its place when it is whole and has been compared, so that a
//! restore that fails or is killed leaves the old one as it was.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{RestoreOptions, catalog::catalogs_differ, compared, refuse_what_is_there};
use crate::{
    backup::{
        across::Bridge,
        blocks::{Broken, Codec, Sink, Telling},
        error::{BackupError, Result},
        feed::{Contents, Feed},
        partial::sync_folder,
        session::{Sqlite, lines},
        sqlite::{Insert, read, set_counters},
        storage::values,
        sum::TableSum,
    },
    introspect::catalog_of_all,
    schema::Dialect,
};

const AS_IT_WAS: &str = "the file that was restored is thrown away, the database is as it was; please report it";
/// What the file that is being made is called, after the database's.
const ENDING: &str = ".restoring";

/// The file that is being made, gone when it is dropped.
struct New {
    path: PathBuf,
    target: PathBuf,
}

impl New {
    fn beside(db: &DatabaseConnection) -> Result<Self> {
        let options = db.get_sqlite_connection_pool().connect_options();
        let target = options.get_filename();
        // Another name for the file stays what it is.
        let target = std::fs::canonicalize(target).map_err(|_| BackupError::Refused {
            what: "a database in memory is gone when the command ends".into(),
            help: "name a file: sqlite://path/to/file.db?mode=rwc".into(),
        })?;
        let mut name = target.as_os_str().to_owned();
        name.push(ENDING);
        let new = Self {
            path: PathBuf::from(name),
            target,
        };
        // One that a kill left behind.
        new.remove();
        Ok(new)
    }

    fn remove(&self) {
        for ending in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(with_ending(&self.path, ending));
        }
    }

    fn options(&self) -> SqliteConnectOptions {
        // Until it has its name nobody needs the file if the machine fails.
        SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .foreign_keys(false)
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .row_buffer_size(256)
    }

    /// Puts it in the place of the database.
    async fn replace(self, db: DatabaseConnection) -> Result<()> {
        let closing = db.close().await;
        closing.map_err(BackupError::database("the database cannot be closed"))?;
        // SQLite would take another file's journal for this one's.
        for ending in ["-wal", "-journal"] {
            let journal = with_ending(&self.target, ending);
            if std::fs::metadata(&journal).is_ok_and(|found| found.len() > 0) {
                return Err(BackupError::Refused {
                    what: format!(
                        "`{}` is in use: there is `{}`",
                        self.target.display(),
                        journal.display()
                    ),
                    help: "end the programs that use it; nothing was written".into(),
                });
            }
        }
        let failed = "it cannot be written";
        if let Ok(old) = std::fs::metadata(&self.target) {
            let kept = std::fs::set_permissions(&self.path, old.permissions());
            kept.map_err(BackupError::file(&self.path, failed))?;
        }
        let file = File::open(&self.path).map_err(BackupError::file(&self.path, failed))?;
        file.sync_all().map_err(BackupError::file(&self.path, failed))?;
        std::fs::rename(&self.path, &self.target).map_err(BackupError::file(&self.target, failed))?;
        sync_folder(&self.target)
    }
}

impl Drop for New {
    fn drop(&mut self) {
        self.remove();
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

async fn there(db: &DatabaseConnection) -> Result<Vec<String>> {
    lines(
        db,
        "the schema cannot be read",
        "SELECT 'the ' || type || ' `' || name || '`' AS line FROM sqlite_schema \
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1",
    )
    .await
}

pub(super) async fn portable(
    db: DatabaseConnection,
    path: &Path,
    contents: &Contents,
    bridge: Option<&Bridge>,
    options: RestoreOptions,
) -> Result<BTreeMap<String, TableSum>> {
    refuse_what_is_there(&there(&db).await?, options)?;
    let new = New::beside(&db)?;
    let session = Sqlite::open(new.options()).await?;
    let made = make(&session, path, contents, bridge).await;
    session.close().await?;
    let sums = made?;
    new.replace(db).await?;
    Ok(sums)
}

async fn make(
    session: &Sqlite,
    path: &Path,
    contents: &Contents,
    bridge: Option<&Bridge>,
) -> Result<BTreeMap<String, TableSum>> {
    let own = bridge.map_or(&contents.meta.own, Bridge::own);
    let run = async |statement: &str| {
        let done = session.execute_unprepared(statement).await;
        done.map(|_| ()).map_err(BackupError::database(format!(
            "the schema cannot be made, by `{statement}`"
        )))
    };
    run("BEGIN").await?;
    for statement in &own.before {
        run(statement).await?;
    }
    rows(session, path, contents, bridge).await?;
    for statement in &own.after {
        run(statement).await?;
    }
    set_counters(session, &own.counters).await?;
    run("COMMIT").await?;
    let sums = verified(session, contents, bridge).await?;
    if bridge.is_none() {
        let found = catalog_of_all(session).await?;
        let differences = catalogs_differ(&contents.meta.catalog, &found, |_| false);
        if !differences.is_empty() {
            return Err(BackupError::Unequal {
                differences,
                state: AS_IT_WAS,
            });
        }
    } else {
        let broken = lines(
            session,
            "the foreign keys cannot be checked",
            "SELECT DISTINCT '`' || \"table\" || '` refers to rows of `' || parent || '` that are not there' AS line FROM pragma_foreign_key_check",
        )
        .await?;
        if !broken.is_empty() {
            return Err(BackupError::Unequal {
                differences: broken,
                state: AS_IT_WAS,
            });
        }
    }
    Ok(sums)
}

async fn rows(session: &Sqlite, path: &Path, contents: &Contents, bridge: Option<&Bridge>) -> Result<()> {
    let mut feed = Feed::begin(path);
    let mut telling = Telling::begin("restore", contents.end.rows());
    while let Some(name) = feed.table().await {
        let Some(table) = contents.meta.tables.iter().find(|table| table.name == name) else {
            continue;
        };
        let insert = Insert::new(table);
        while let Some(block) = feed.rows().await {
            let rows = match bridge {
                None => Codec::Records.rows(&block).map(values).collect(),
                Some(bridge) => Some(bridge.records(&name, &block)?),
            };
            let rows = rows.ok_or_else(|| BackupError::Damaged {
                path: path.to_owned(),
                reason: format!("the rows of `{name}` cannot be understood"),
            })?;
            let count = rows.len() as u64;
            insert.run(session, rows).await?;
            telling.rows(count);
        }
    }
    feed.end(path).await
}

async fn verified(
    session: &Sqlite,
    contents: &Contents,
    bridge: Option<&Bridge>,
) -> Result<BTreeMap<String, TableSum>> {
    let sink = Sink::<std::io::Sink>::adding(Codec::Records, bridge.map(|bridge| bridge.meaning(Dialect::Sqlite)));
    let mut telling = Telling::begin("comparison", contents.end.rows());
    let mut done = Ok(());
    for table in &contents.meta.tables {
        done = read(session, table, &sink, &mut telling).await;
        if done.is_err() {
            break;
        }
    }
    let added = sink.end().await;
    match done {
        Err(Broken::Read(error)) => return Err(error),
        Ok(()) | Err(Broken::Closed) => {}
    }
    let failing = BackupError::file(Path::new("the restored rows"), "they cannot be compared");
    let (_, sums) = added.map_err(failing)?;
    let expected = bridge.map_or(&contents.end.tables, Bridge::expected);
    compared(contents, expected, &sums, AS_IT_WAS)?;
    Ok(sums)
}

/// The file that the backup holds as it is.
pub(super) async fn native(
    db: DatabaseConnection,
    path: &Path,
    contents: &Contents,
    options: RestoreOptions,
) -> Result<BTreeMap<String, TableSum>> {
    refuse_what_is_there(&there(&db).await?, options)?;
    let new = New::beside(&db)?;
    write_parts(&new.path, Feed::begin(path), path).await?;
    let session = Sqlite::open(new.options()).await?;
    let sums = verified(&session, contents, None).await;
    session.close().await?;
    let sums = sums?;
    new.replace(db).await?;
    Ok(sums)
}

/// Writes a file whole, beside those who wait.
pub(in crate::backup) async fn write_parts(path: &Path, mut feed: Feed, from: &Path) -> Result<()> {
    let failed = || BackupError::file(path, "it cannot be written");
    let mut file = File::create(path).map_err(failed())?;
    let mut write = async || {
        while let Some(part) = feed.dump().await {
            file.write_all(&part).map_err(failed())?;
        }
        file.sync_all().map_err(failed())
    };
    let written = write().await;
    if let Err(error) = written {
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    feed.end(from).await
}
