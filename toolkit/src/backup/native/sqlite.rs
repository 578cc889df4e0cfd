//! SQLite: a copy by `VACUUM INTO`, which reads one state while others write.

use std::{
    fs::File,
    io::{Read as _, Write},
    path::{Path, PathBuf},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, sqlx::sqlite::SqliteConnectOptions};

use crate::{
    backup::{
        blocks::{BLOCK, Codec, Message, Sink, Telling},
        error::{BackupError, Result},
        meta::{End, Form, Meta},
        session::{Sqlite, lines},
        sqlite::{count, read},
        take::{sqlite_meta, write},
    },
    ddl::quote_text,
};

/// A copy beside the backup, gone when it is dropped.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub(super) async fn take<W: Write + Send + 'static>(
    db: &DatabaseConnection,
    out: W,
    path: &Path,
) -> Result<(W, Meta, End)> {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial-copy");
    let copy = Copy(PathBuf::from(name));
    // One that a kill left behind. VACUUM INTO takes no file that holds something.
    let _ = std::fs::remove_file(&copy.0);
    let session = Sqlite::of(db).await?;
    let sql = format!("VACUUM INTO {}", quote_text(&copy.0.display().to_string()));
    let copied = session.execute_unprepared(&sql).await;
    session.close().await?;
    copied.map_err(BackupError::database("the database cannot be copied"))?;

    let session = Sqlite::open(SqliteConnectOptions::new().filename(&copy.0).read_only(true)).await?;
    let summed = added(&session).await;
    session.close().await?;
    let (meta, end) = summed?;
    write(out, path, meta, async |sink, _| {
        let failing = || BackupError::file(&copy.0, "it cannot be read");
        let mut file = File::open(&copy.0).map_err(failing())?;
        loop {
            let mut part = Vec::with_capacity(BLOCK);
            (&mut file)
                .take(BLOCK as u64)
                .read_to_end(&mut part)
                .map_err(failing())?;
            if part.is_empty() {
                return Ok(Some(end.tables));
            }
            sink.send(Message::Dump(part)).await?;
        }
    })
    .await
}

/// What a copy is of, and what its rows add up to.
async fn added(session: &Sqlite) -> Result<(Meta, End)> {
    let meta = sqlite_meta(session, Form::Native).await?;
    let wrong = lines(
        session,
        "the copy cannot be checked",
        "SELECT quick_check AS line FROM pragma_quick_check",
    )
    .await?;
    if wrong != ["ok"] {
        return Err(BackupError::Tool {
            reason: format!("SQLite finds its own file damaged: {}", wrong.join("; ")),
            help: "repair it first: https://sqlite.org/recovery.html".into(),
        });
    }
    let mut total = 0;
    for table in &meta.tables {
        total += count(session, &table.name).await?;
    }
    let mut telling = Telling::begin("backup", total);
    let sink = Sink::<std::io::Sink>::adding(Codec::Records, None);
    for table in &meta.tables {
        // Whoever adds up cannot fail.
        if let Err(crate::backup::blocks::Broken::Read(error)) = read(session, table, &sink, &mut telling).await {
            return Err(error);
        }
    }
    let done = sink.end().await;
    let (_, tables) = done.map_err(BackupError::file(Path::new("the copy"), "its rows cannot be added up"))?;
    Ok((meta, End { tables }))
}
