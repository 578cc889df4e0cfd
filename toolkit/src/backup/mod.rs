//! Backups: one file that holds one state of a database, and the way back.
//!
//! There are two forms. The portable one is ours: the schema, then the rows of every table in packed blocks, for a database of
//! any kind. The native one is what the database's own tool writes, in the same kind of file. Either is a chain of checked
//! parts ([`container`]), so that a file that was cut off or changed is refused before anything is written; and either says
//! what the rows of every table add up to ([`TableSum`]), so that a restore is proven by reading everything again.
//!
//! Tables are read as the database has them and not as the entities declare them: a backup is wanted most of a database that
//! is not yet, or no longer, what the entities say.

mod across;
mod blocks;
mod container;
mod copy;
mod error;
mod feed;
mod meta;
mod native;
mod partial;
mod postgres;
mod restore;
mod session;
mod sqlite;
mod storage;
mod sum;
mod take;

pub use across::Knowledge;
pub use error::{BackupError, Result};
pub use feed::{Contents, inspect};
pub use meta::{End, Form, Meta, TableMeta};
pub use native::{extract, unfinished};
pub use restore::{RestoreOptions, Restored, restore};
pub use sum::TableSum;
pub use take::{BackupOptions, Taken, backup};

/// That a restore was begun and never came to its end.
pub fn unfinished_error(which: &str) -> BackupError {
    BackupError::Refused {
        what: format!(
            "a restore was begun here and never came to its end ({which}): what the database holds may be a part of it"
        ),
        help: "restore again with --overwrite, which drops what is there; nothing was written".into(),
    }
}
