//! PostgreSQL: `pg_dump` and `pg_restore`.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use sea_orm::DatabaseConnection;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{marker, tool};
use crate::backup::{
    blocks::{BLOCK, Broken, Codec, Message, Sink, Telling},
    copy,
    error::{BackupError, Result},
    feed::{Contents, Feed},
    meta::{End, Form, Meta},
    postgres::estimate,
    restore::{RestoreOptions, drop_all, refuse_what_is_there, there, verified},
    session::{Postgres, lines},
    sum::TableSum,
    take::{postgres_meta, write},
};
use crate::ddl::quote;

const DIFFERS: &str = "the rows are in the database as pg_restore put them there, marked as unfinished; \
     restore again with --overwrite, and report it if it comes again";

/// A tool that is ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(tool: &tool::Tool, mut command: Command) -> Result<Running> {
    let started = command.spawn().map(Running);
    started.map_err(BackupError::file(&tool.path, "it cannot be started"))
}

/// Waits for its end, and makes an error of what it said.
fn ended(tool: &tool::Tool, mut running: Running) -> Result<()> {
    let mut stderr = Vec::new();
    if let Some(mut pipe) = running.0.stderr.take() {
        let _ = pipe.read_to_end(&mut stderr);
    }
    let status = running.0.wait();
    let status = status.map_err(BackupError::file(&tool.path, "it cannot be waited for"))?;
    if status.success() {
        return Ok(());
    }
    Err(BackupError::Tool {
        reason: tool::said(&tool.path, &stderr),
        help: "mend what it says and run the command again".into(),
    })
}

pub(super) async fn take<W: Write + Send + 'static>(
    db: &DatabaseConnection,
    url: &str,
    out: W,
    path: &Path,
) -> Result<(W, Meta, End)> {
    let session = Postgres::reading(db).await?;
    let taken = dump(&session, db, url, out, path).await;
    session.close().await;
    taken
}

async fn dump<W: Write + Send + 'static>(
    session: &Postgres,
    db: &DatabaseConnection,
    url: &str,
    out: W,
    path: &Path,
) -> Result<(W, Meta, End)> {
    let mut meta = postgres_meta(session, Form::Native).await?;
    let tool = tool::find("pg_dump", tool::major(&meta.server))?;
    meta.tool = Some(format!("pg_dump {}", tool.major));
    let mut total = 0;
    for table in &meta.tables {
        total += estimate(session, &table.name).await;
    }
    let snapshot = lines(
        session,
        "the state cannot be named",
        "SELECT pg_export_snapshot() AS line",
    )
    .await?;
    let options = db.get_postgres_connection_pool().connect_options();
    let mut command = tool::command(&tool, &options, url);
    command
        .stdout(Stdio::piped())
        .args(["--format=custom", "--compress=0", "--no-owner", "--no-privileges"])
        .arg(format!("--snapshot={}", snapshot.concat()))
        // A pattern, unless it is quoted.
        .arg(format!("--schema={}", quote(&session.schema)));
    let mut telling = Telling::begin("backup", total);
    write(out, path, meta, async |sink, tables| {
        let (sender, dumped) = dumping(&tool, command)?;
        let adding = Sink::<std::io::Sink>::adding(Codec::Lines, None);
        // The rows are added up in the state that is dumped, while it is dumped.
        let added = async {
            for table in tables {
                copy::read(session, table, &adding, &mut telling).await?;
            }
            Ok::<_, Broken>(())
        };
        let passed = async {
            let mut parts = sender;
            while let Some(part) = parts.recv().await {
                sink.send(Message::Dump(part)).await?;
            }
            Ok::<_, Broken>(())
        };
        let (added, passed) = tokio::join!(added, passed);
        passed?;
        added?;
        let ended = dumped.await;
        ended.unwrap_or_else(|error| Err(BackupError::file(&tool.path, "it failed")(std::io::Error::other(error))))?;
        let done = adding.end().await;
        let (_, sums) = done.map_err(BackupError::file(path, "the rows cannot be added up"))?;
        Ok(Some(sums))
    })
    .await
}

type Parts = (mpsc::Receiver<Vec<u8>>, JoinHandle<Result<()>>);

/// What a tool writes, in parts.
fn dumping(tool: &tool::Tool, command: Command) -> Result<Parts> {
    let mut running = start(tool, command)?;
    let (sender, receiver) = mpsc::channel(2);
    let (tool, stderr) = (tool.clone(), running.0.stderr.take());
    let task = tokio::task::spawn_blocking(move || {
        // A full pipe would stop it.
        let said = thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut pipe) = stderr {
                let _ = pipe.read_to_end(&mut text);
            }
            text
        });
        let reading = || BackupError::file(&tool.path, "what it writes cannot be read");
        if let Some(mut pipe) = running.0.stdout.take() {
            loop {
                let mut part = Vec::with_capacity(BLOCK);
                (&mut pipe)
                    .take(BLOCK as u64)
                    .read_to_end(&mut part)
                    .map_err(reading())?;
                if part.is_empty() {
                    break;
                }
                if sender.blocking_send(part).is_err() {
                    // Whoever wrote the file has failed, and says why.
                    return Ok(());
                }
            }
        }
        let status = running.0.wait().map_err(reading())?;
        let said = said.join().unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        Err(BackupError::Tool {
            reason: tool::said(&tool.path, &said),
            help: "mend what it says and run the command again".into(),
        })
    });
    Ok((receiver, task))
}

/// Restores an archive, and compares the rows.
pub(in crate::backup) async fn restore(
    db: &DatabaseConnection,
    url: &str,
    path: &Path,
    contents: &Contents,
    options: RestoreOptions,
) -> Result<BTreeMap<String, TableSum>> {
    let meta = &contents.meta;
    let written = meta.tool.as_deref().and_then(|tool| tool.rsplit(' ').next());
    let tool = tool::find("pg_restore", tool::major(written.unwrap_or_default()))?;
    prepare(db, path, contents, options).await?;
    let schema = meta.schema_name.clone().unwrap_or_default();
    let connect = db.get_postgres_connection_pool().connect_options();
    let mut command = tool::command(&tool, &connect, url);
    command
        .stdin(Stdio::piped())
        .args([
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
        ])
        .arg(format!("--schema={schema}"))
        .arg(format!(
            "--dbname={}",
            connect.get_database().unwrap_or_else(|| connect.get_username())
        ));
    if let Err(error) = feed(&tool, command, path).await {
        // It was one transaction, so there is nothing of it.
        marker::clear(db).await?;
        return Err(error);
    }
    let session = Postgres::reading(db).await?;
    let verified = verified(&session, contents, None, DIFFERS).await;
    session.close().await;
    let sums = verified?;
    marker::clear(db).await?;
    Ok(sums)
}

/// Empties the database where that is wanted, and writes down that a restore begins.
async fn prepare(db: &DatabaseConnection, path: &Path, contents: &Contents, options: RestoreOptions) -> Result<()> {
    let session = Postgres::writing(db).await?;
    let prepared = async {
        if contents.meta.schema_name.as_deref() != Some(session.schema.as_str()) {
            return Err(BackupError::Refused {
                what: format!(
                    "this backup is of the schema `{}`, and pg_restore restores it into no other one than that",
                    contents.meta.schema_name.as_deref().unwrap_or_default()
                ),
                help: "name that schema with -s; the portable form can be restored into any; nothing was written"
                    .into(),
            });
        }
        if !options.overwrite
            && let Some(unfinished) = marker::read(&session)
                .await
                .map_err(BackupError::database("the database cannot be read"))?
        {
            return Err(super::super::unfinished_error(&unfinished));
        }
        refuse_what_is_there(&there(&session).await?, options)?;
        drop_all(&session).await?;
        marker::set(&session, &path.display().to_string()).await
    }
    .await;
    match prepared {
        Ok(()) => session.commit().await,
        Err(error) => {
            session.close().await;
            Err(error)
        }
    }
}

/// Hands an archive to a tool that reads it.
async fn feed(tool: &tool::Tool, command: Command, path: &Path) -> Result<()> {
    let mut running = start(tool, command)?;
    let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(2);
    let (tool, stdin) = (tool.clone(), running.0.stdin.take());
    let failing = {
        let path = tool.path.clone();
        move |error| BackupError::file(&path, "it failed")(std::io::Error::other(error))
    };
    let task = tokio::task::spawn_blocking(move || {
        let writing = thread::spawn(move || {
            let Some(mut pipe) = stdin else { return };
            while let Some(part) = receiver.blocking_recv() {
                // One that has failed reads no more, and says why.
                if pipe.write_all(&part).is_err() {
                    return;
                }
            }
        });
        let ended = ended(&tool, running);
        let _ = writing.join();
        ended
    });
    let mut feed = Feed::begin(path);
    while let Some(part) = feed.dump().await {
        if sender.send(part).await.is_err() {
            break;
        }
    }
    drop(sender);
    let read = feed.end(path).await;
    task.await.unwrap_or_else(|error| Err(failing(error)))?;
    read
}
