//! A backup's file, read.

use std::{collections::BTreeSet, fs::File, io::BufReader, path::Path};

use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    blocks::Message,
    container::{Frame, Kind, Reader},
    error::{BackupError, Result},
    meta::{End, Meta},
};

/// A backup that is as it was written.
#[derive(Clone, Debug)]
pub struct Contents {
    /// What it is of.
    pub meta: Meta,
    /// What must be found.
    pub end: End,
    /// How large the file is, in bytes.
    pub bytes: u64,
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>> {
    let file = File::open(path).map_err(BackupError::file(path, "it cannot be read"))?;
    Reader::new(BufReader::with_capacity(1 << 20, file), path)
}

fn json<T: serde::de::DeserializeOwned>(reader: &Reader<BufReader<File>>, frame: &Frame) -> Result<T> {
    let unreadable = |error: String| reader.damaged(&format!("it cannot be understood: {error}"));
    let bytes = frame.bytes().map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))
}

/// Reads the whole file, and tells what it holds only if every byte is as it was written.
///
/// # Errors
/// [`BackupError::Foreign`], [`BackupError::Damaged`].
pub async fn inspect(path: &Path) -> Result<Contents> {
    let owned = path.to_owned();
    let task = tokio::task::spawn_blocking(move || inspected(&owned));
    task.await.unwrap_or_else(|error| {
        Err(BackupError::file(path, "it cannot be read")(std::io::Error::other(
            error,
        )))
    })
}

fn inspected(path: &Path) -> Result<Contents> {
    let mut reader = open(path)?;
    let mut meta: Option<Meta> = None;
    let mut end: Option<End> = None;
    let mut met = BTreeSet::new();
    while let Some(frame) = reader.next()? {
        match (frame.kind, &meta) {
            (Kind::Meta, None) => meta = Some(json(&reader, &frame)?),
            (Kind::Meta, Some(_)) | (_, None) => {
                return Err(reader.damaged("its parts are in no order that it was written in"));
            }
            (Kind::Table, Some(_)) => {
                let name = frame.bytes().map_err(|error| reader.damaged(&error.to_string()))?;
                met.insert(name);
            }
            (Kind::End, Some(_)) => end = Some(json(&reader, &frame)?),
            (Kind::Rows | Kind::Dump, Some(_)) => {}
        }
    }
    let (Some(meta), Some(end)) = (meta, end) else {
        return Err(reader.damaged("its parts are in no order that it was written in"));
    };
    let is_whole = meta.form == super::Form::Native
        || meta.tables.len() == met.len() && meta.tables.iter().all(|table| met.contains(table.name.as_bytes()));
    if !is_whole || !meta.tables.iter().all(|table| end.tables.contains_key(&table.name)) {
        return Err(reader.damaged("it has not the tables that it says"));
    }
    Ok(Contents {
        meta,
        end,
        bytes: reader.at(),
    })
}

/// What a file holds between its first part and its last, read beside whoever takes it.
pub(super) struct Feed {
    receiver: mpsc::Receiver<Message>,
    task: JoinHandle<Result<()>>,
    next: Option<Message>,
}

impl Feed {
    pub(super) fn begin(path: &Path) -> Self {
        let (sender, receiver) = mpsc::channel(4);
        let path = path.to_owned();
        let task = tokio::task::spawn_blocking(move || {
            let mut reader = open(&path)?;
            while let Some(frame) = reader.next()? {
                let bytes = || frame.bytes().map_err(|error| reader.damaged(&error.to_string()));
                let message = match frame.kind {
                    Kind::Meta | Kind::End => continue,
                    Kind::Table => Message::Table(String::from_utf8_lossy(&bytes()?).into_owned()),
                    Kind::Rows => Message::Rows(bytes()?),
                    Kind::Dump => Message::Dump(bytes()?),
                };
                if sender.blocking_send(message).is_err() {
                    // Nobody wants the rest.
                    break;
                }
            }
            Ok(())
        });
        Self {
            receiver,
            task,
            next: None,
        }
    }

    /// The next table; none when there are no more.
    pub(super) async fn table(&mut self) -> Option<String> {
        loop {
            let message = match self.next.take() {
                Some(message) => message,
                None => self.receiver.recv().await?,
            };
            if let Message::Table(name) = message {
                return Some(name);
            }
        }
    }

    /// The next block of the table's rows; none when there are no more.
    pub(super) async fn rows(&mut self) -> Option<Vec<u8>> {
        if self.next.is_some() {
            return None;
        }
        match self.receiver.recv().await? {
            Message::Rows(block) => Some(block),
            other => {
                self.next = Some(other);
                None
            }
        }
    }

    /// The next part of what a tool wrote; none when there are no more.
    pub(super) async fn dump(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Message::Dump(part) = self.receiver.recv().await? {
                return Some(part);
            }
        }
    }

    /// That the file was read to its end.
    pub(super) async fn end(self, path: &Path) -> Result<()> {
        drop(self.receiver);
        self.task.await.unwrap_or_else(|error| {
            Err(BackupError::file(path, "it cannot be read")(std::io::Error::other(
                error,
            )))
        })
    }
}
