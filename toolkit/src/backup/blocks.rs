//! Rows in blocks, on their way to a file or from it: through channels that hold few of them, so that the memory stays what it
//! is however many rows there are.

use std::{collections::BTreeMap, io::Write, time::Instant};

use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    container::{Kind, Writer},
    error::{BackupError, Result},
    sum::{RowSum, TableSum},
};
use crate::{
    data::progress::{Event, tell},
    schema::Dialect,
};

/// How large a block becomes before it is handed on, but for a single row that is larger.
pub(super) const BLOCK: usize = 1 << 20;
/// How many blocks wait at most.
const WAITING: usize = 4;

/// How rows lie in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Lines of `COPY` in its text format, which writes a line's end inside of a value otherwise.
    Lines,
    /// Records of SQLite's values, each behind its length.
    Records,
}

impl Codec {
    pub(super) fn of(database: Dialect) -> Self {
        if database == Dialect::Sqlite {
            Self::Records
        } else {
            Self::Lines
        }
    }

    /// The rows of a block.
    pub(super) fn rows(self, block: &[u8]) -> Rows<'_> {
        Rows {
            codec: self,
            left: block,
        }
    }
}

/// The rows of a block, one after the other.
pub(super) struct Rows<'b> {
    codec: Codec,
    left: &'b [u8],
}

impl<'b> Iterator for Rows<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        if self.left.is_empty() {
            return None;
        }
        let (begin, length, end) = match self.codec {
            Codec::Lines => {
                let length = self.left.iter().position(|byte| *byte == b'\n');
                let length = length.unwrap_or(self.left.len());
                (0, length, length + 1)
            }
            Codec::Records => {
                let head: [u8; 4] = self.left.get(..4)?.try_into().ok()?;
                let length = usize::try_from(u32::from_le_bytes(head)).ok()?;
                (4, length, 4 + length)
            }
        };
        let row = self.left.get(begin..begin + length)?;
        self.left = self.left.get(end..).unwrap_or_default();
        Some(row)
    }
}

/// What is on its way.
#[derive(Debug)]
pub(super) enum Message {
    /// The rows of that table follow.
    Table(String),
    /// A block of rows.
    Rows(Vec<u8>),
    /// A part of what a tool of the database's own wrote.
    Dump(Vec<u8>),
}

/// What the rows of each table add up to.
pub(super) type Sums = BTreeMap<String, TableSum>;

/// What a row means, whatever the kind of database that it comes from: what is added up where two kinds are compared.
pub(super) type Meaning = Box<dyn FnMut(&str, &[u8]) -> Result<Vec<u8>> + Send>;

/// Adds rows up, and writes them where that is wanted, beside whoever reads them.
pub(super) struct Sink<W> {
    sender: mpsc::Sender<Message>,
    task: JoinHandle<std::io::Result<(Option<Writer<W>>, Sums)>>,
}

impl<W: Write + Send + 'static> Sink<W> {
    /// Adds up and writes.
    pub(super) fn writing(codec: Codec, writer: Writer<W>) -> Self {
        Self::begin(codec, Some(writer), None)
    }

    /// Only adds up: the rows as they are, or what they mean.
    pub(super) fn adding(codec: Codec, meaning: Option<Meaning>) -> Self {
        Self::begin(codec, None, meaning)
    }

    fn begin(codec: Codec, mut writer: Option<Writer<W>>, mut meaning: Option<Meaning>) -> Self {
        let (sender, mut receiver) = mpsc::channel(WAITING);
        let task = tokio::task::spawn_blocking(move || {
            let mut sums = Sums::new();
            let mut current: Option<(String, RowSum)> = None;
            while let Some(message) = receiver.blocking_recv() {
                let (kind, bytes) = match &message {
                    Message::Table(name) => {
                        sums.extend(current.take().map(|(name, sum)| (name, sum.done())));
                        current = Some((name.clone(), RowSum::default()));
                        (Kind::Table, name.as_bytes())
                    }
                    Message::Rows(block) => {
                        if let Some((table, sum)) = &mut current {
                            for row in codec.rows(block) {
                                match &mut meaning {
                                    None => sum.add(row),
                                    Some(meaning) => sum.add(&meaning(table, row).map_err(std::io::Error::other)?),
                                }
                            }
                        }
                        (Kind::Rows, block.as_slice())
                    }
                    Message::Dump(part) => (Kind::Dump, part.as_slice()),
                };
                if let Some(writer) = &mut writer {
                    writer.frame(kind, bytes)?;
                }
            }
            sums.extend(current.take().map(|(name, sum)| (name, sum.done())));
            Ok((writer, sums))
        });
        Self { sender, task }
    }

    /// Hands something on.
    ///
    /// # Errors
    /// [`Closed`] where the other end has failed; [`end`](Self::end) says why.
    pub(super) async fn send(&self, message: Message) -> Result<(), Closed> {
        self.sender.send(message).await.map_err(|_| Closed)
    }

    /// Waits until all is done.
    pub(super) async fn end(self) -> std::io::Result<(Option<Writer<W>>, Sums)> {
        drop(self.sender);
        match self.task.await {
            Ok(done) => done,
            Err(error) => Err(std::io::Error::other(error)),
        }
    }
}

/// Whoever took the blocks has failed.
#[derive(Debug)]
pub(super) struct Closed;

/// Why rows could not be read.
#[derive(Debug)]
pub(super) enum Broken {
    /// The database has said so.
    Read(BackupError),
    /// Whoever took them has failed.
    Closed,
}

impl From<Closed> for Broken {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

impl From<BackupError> for Broken {
    fn from(error: BackupError) -> Self {
        Self::Read(error)
    }
}

/// Tells how far it has come.
pub(super) struct Telling {
    doing: &'static str,
    done: u64,
    total: u64,
    since: Instant,
    untold: u64,
}

impl Telling {
    pub(super) fn begin(doing: &'static str, total: u64) -> Self {
        tell(&Event::DataStarted {
            step: doing.to_owned(),
            pending: total,
        });
        Self {
            doing,
            done: 0,
            total,
            since: Instant::now(),
            untold: 0,
        }
    }

    /// So many rows more.
    pub(super) fn rows(&mut self, rows: u64) {
        self.done += rows;
        self.untold += rows;
        let took = self.since.elapsed();
        if took.as_millis() >= 200 {
            // The total of a backup is the server's estimate.
            self.total = self.total.max(self.done);
            tell(&Event::Batch {
                step: self.doing.to_owned(),
                done: self.done,
                total: self.total + 1,
                rows: self.untold,
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            });
            self.untold = 0;
            self.since = Instant::now();
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        tell(&Event::Batch {
            step: self.doing.to_owned(),
            done: self.done,
            total: self.done,
            rows: self.untold,
            milliseconds: u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_its_rows() {
        let lines: Vec<&[u8]> = Codec::Lines.rows(b"a\tb\n\nc\n").collect();
        assert_eq!(lines, [&b"a\tb"[..], b"", b"c"]);
        let records: Vec<&[u8]> = Codec::Records.rows(b"\x01\0\0\0x\0\0\0\0\x02\0\0\0yz").collect();
        assert_eq!(records, [&b"x"[..], b"", b"yz"]);
    }
}
