//! The file: a first line that says what it is, then frames, each chained to the one before it.
//!
//! ```text
//! seawright backup 1\n
//! frame*  kind (1) · length unpacked (4) · length packed (4) · check of these (8) · packed bytes · hash (32)
//! ```
//!
//! A frame's hash is the SHA-256 of the hash before it, of its head and of its packed bytes; the first one's is that of the
//! first line. So a byte that changed, a frame that is missing, came twice or changed its place, and a file that ends too
//! early are all seen, and where. The check of the head is there so that no length is believed that was not written. Numbers
//! are little-endian; the bytes are packed by zstd.

use std::{
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{BackupError, error::Result};

const MAGIC: &[u8] = b"seawright backup 1\n";
const HEAD: usize = 17;
/// Fast, and within a tenth of what the default level reaches on rows.
const LEVEL: i32 = 1;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What the backup is of: the first frame.
    Meta,
    /// Whose rows follow.
    Table,
    /// Rows.
    Rows,
    /// What a tool of the database's own wrote.
    Dump,
    /// What must be found: the last frame.
    End,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Meta => b'M',
            Self::Table => b'T',
            Self::Rows => b'R',
            Self::Dump => b'D',
            Self::End => b'E',
        }
    }

    fn of(code: u8) -> Option<Self> {
        [Self::Meta, Self::Table, Self::Rows, Self::Dump, Self::End]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

fn head(kind: u8, unpacked: u32, packed: u32, chain: &[u8]) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[0] = kind;
    head[1..5].copy_from_slice(&unpacked.to_le_bytes());
    head[5..9].copy_from_slice(&packed.to_le_bytes());
    let check = Sha256::new().chain_update(chain).chain_update(&head[..9]).finalize();
    head[9..].copy_from_slice(&check[..8]);
    head
}

fn link(chain: &[u8], head: &[u8], packed: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(chain)
        .chain_update(head)
        .chain_update(packed)
        .finalize()
        .into()
}

/// Writes frames.
pub(super) struct Writer<W> {
    out: W,
    chain: [u8; 32],
    packer: zstd::bulk::Compressor<'static>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut out: W) -> std::io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self {
            out,
            chain: Sha256::digest(MAGIC).into(),
            packer: zstd::bulk::Compressor::new(LEVEL)?,
        })
    }

    pub(super) fn frame(&mut self, kind: Kind, bytes: &[u8]) -> std::io::Result<()> {
        let too_large = |_| std::io::Error::new(ErrorKind::InvalidData, "a row of 4 GiB or more");
        let packed = self.packer.compress(bytes)?;
        let unpacked = u32::try_from(bytes.len()).map_err(too_large)?;
        let head = head(
            kind.code(),
            unpacked,
            u32::try_from(packed.len()).map_err(too_large)?,
            &self.chain,
        );
        self.chain = link(&self.chain, &head, &packed);
        self.out.write_all(&head)?;
        self.out.write_all(&packed)?;
        self.out.write_all(&self.chain)
    }

    pub(super) fn into_inner(self) -> W {
        self.out
    }
}

/// A frame as it is in the file.
pub(super) struct Frame {
    pub(super) kind: Kind,
    unpacked: u32,
    packed: Vec<u8>,
}

impl Frame {
    /// What was put into it.
    pub(super) fn bytes(&self) -> std::io::Result<Vec<u8>> {
        zstd::bulk::decompress(&self.packed, self.unpacked as usize)
    }
}

/// Reads frames, and believes none that is not as it was written.
pub(super) struct Reader<R> {
    input: R,
    path: PathBuf,
    chain: [u8; 32],
    at: u64,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// # Errors
    /// [`BackupError::Foreign`] where it does not begin as a backup does.
    pub(super) fn new(mut input: R, path: &Path) -> Result<Self> {
        let mut begin = Vec::new();
        (&mut input)
            .take(MAGIC.len() as u64)
            .read_to_end(&mut begin)
            .map_err(BackupError::file(path, "it cannot be read"))?;
        if begin != MAGIC {
            return Err(BackupError::Foreign {
                path: path.to_owned(),
                reason: what_begins_so(&begin),
            });
        }
        Ok(Self {
            input,
            path: path.to_owned(),
            chain: Sha256::digest(MAGIC).into(),
            at: MAGIC.len() as u64,
            ended: false,
        })
    }

    /// The next frame; none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Frame>> {
        let mut start = vec![0; HEAD];
        let got = self.fill(&mut start)?;
        if self.ended {
            return if got == 0 {
                Ok(None)
            } else {
                Err(self.damaged("there is more behind its end"))
            };
        }
        if got < HEAD {
            return Err(self.damaged("it ends too early: it was cut off, or never came to its end"));
        }
        let number = |from: usize| u32::from_le_bytes([start[from], start[from + 1], start[from + 2], start[from + 3]]);
        let (unpacked, length) = (number(1), number(5));
        let (Some(kind), true) = (
            Kind::of(start[0]),
            head(start[0], unpacked, length, &self.chain)[..] == start[..],
        ) else {
            return Err(self.damaged("a part of it is not as it was written"));
        };
        let mut packed = Vec::new();
        (&mut self.input)
            .take(u64::from(length))
            .read_to_end(&mut packed)
            .map_err(BackupError::file(&self.path, "it cannot be read"))?;
        let mut hash = [0; 32];
        let got = self.fill(&mut hash)?;
        if packed.len() < length as usize || got < hash.len() {
            return Err(self.damaged("it ends too early: it was cut off, or never came to its end"));
        }
        let chain = link(&self.chain, &start, &packed);
        if chain != hash {
            return Err(self.damaged("a part of it is not as it was written"));
        }
        self.chain = chain;
        self.at += HEAD as u64 + u64::from(length) + hash.len() as u64;
        self.ended = kind == Kind::End;
        Ok(Some(Frame { kind, unpacked, packed }))
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut got = 0;
        while got < buffer.len() {
            match self.input.read(&mut buffer[got..]) {
                Ok(0) => break,
                Ok(read) => got += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(BackupError::file(&self.path, "it cannot be read")(error)),
            }
        }
        Ok(got)
    }

    /// Where the last good frame ends, in bytes from the beginning.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn damaged(&self, reason: &str) -> BackupError {
        BackupError::Damaged {
            path: self.path.clone(),
            reason: format!("{reason} (behind byte {})", self.at),
        }
    }
}

/// What a file is that begins so.
fn what_begins_so(begin: &[u8]) -> String {
    if begin.is_empty() {
        "it is empty".into()
    } else if MAGIC.starts_with(begin) {
        "it ends in its first line".into()
    } else if begin.starts_with(b"seawright backup ") {
        "it is of another version of Seawright, or its first line was changed".into()
    } else if begin.starts_with(b"PGDMP") {
        "it is an archive of pg_dump; `pg_restore` restores it".into()
    } else if begin.starts_with(b"SQLite format 3") {
        "it is a SQLite database; it can be used as it is".into()
    } else {
        "it begins with something else".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).unwrap();
        writer.frame(Kind::Meta, b"what it is").unwrap();
        writer.frame(Kind::Rows, &b"row\n".repeat(1000)).unwrap();
        writer.frame(Kind::Rows, &b"other\n".repeat(1000)).unwrap();
        writer.frame(Kind::End, b"").unwrap();
        writer.into_inner()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut reader = Reader::new(bytes, Path::new("file"))?;
        let mut all = Vec::new();
        while let Some(frame) = reader.next()? {
            all.push(frame.bytes().unwrap());
        }
        Ok(all)
    }

    #[test]
    fn what_is_written_is_read() {
        let all = read(&written()).unwrap();
        assert_eq!(
            all,
            [
                b"what it is".to_vec(),
                b"row\n".repeat(1000),
                b"other\n".repeat(1000),
                Vec::new()
            ]
        );
    }

    #[test]
    fn no_file_that_was_cut_off_is_whole() {
        let bytes = written();
        for length in 0..bytes.len() {
            read(&bytes[..length]).unwrap_err();
        }
        let longer = [bytes.as_slice(), b"!"].concat();
        assert!(read(&longer).unwrap_err().to_string().contains("behind its end"));
    }

    #[test]
    fn no_byte_can_change() {
        let bytes = written();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                assert!(read(&other).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    /// Frames of two files of the same length, or of one in another order, are no file.
    #[test]
    fn no_frame_can_change_its_place() {
        let bytes = written();
        let mut reader = Reader::new(bytes.as_slice(), Path::new("file")).unwrap();
        let mut ends = vec![usize::try_from(reader.at()).unwrap()];
        while reader.next().unwrap().is_some() {
            ends.push(usize::try_from(reader.at()).unwrap());
        }
        let part = |at: usize| &bytes[ends[at]..ends[at + 1]];
        let begin = &bytes[..ends[0]];
        read(&[begin, part(0), part(1), part(2), part(3)].concat()).unwrap();
        read(&[begin, part(0), part(2), part(1), part(3)].concat()).unwrap_err();
        read(&[begin, part(0), part(1), part(3)].concat()).unwrap_err();
        read(&[begin, part(0), part(1), part(1), part(2), part(3)].concat()).unwrap_err();
    }

    #[test]
    fn other_files_are_named() {
        for (bytes, what) in [
            (&b""[..], "empty"),
            (b"PGDMP\x01\x0e and so on and on", "pg_restore"),
            (b"SQLite format 3\0 and so on", "used as it is"),
            (b"-- a script of somebody else's", "something else"),
            (b"seawright backup 9\n and so on", "another version"),
        ] {
            let error = read(bytes).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
