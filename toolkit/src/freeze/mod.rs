//! Entities change, history does not: keeps what a data migration uses of the entities as it was.
//!
//! A data migration is written against the entities of its day. When they change, what it reads and writes must not:
//! at its point of the history the tables are what they were. So the shape of the entities is kept beside the lock file
//! ([`Shapes`]), and when one changes that a data migration of the history uses, [`freeze`] writes a module beside that
//! migration with the tables and columns that it uses, as they were, and switches its imports to it. Enumerations and
//! value types are shared; where one has lost what a data migration of the history names, that is refused by name.
//!
//! Everything is read from the source, since what no longer compiles cannot be asked.

mod bound;
mod emit;
mod lost;
mod plan;
mod resolve;
mod shape;
mod sources;
mod statement;
mod steps;
mod switch;
#[cfg(test)]
mod tests;
mod types;
mod uses;
mod walk;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use plan::{freeze, users};
pub use shape::{Column, Shape, Shapes};

use sources::Sources;

/// A source file that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Unreadable {
    /// The file, with the line where that is known.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// Something that a data migration uses and that cannot be kept as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// `file:line`.
    pub place: String,
    /// What it is, and which entity it is about.
    pub what: String,
}

/// Nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// A source file can't be read.
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
    /// Something can't be kept as it was.
    #[error("what data migrations of the history use cannot be kept as it was:\n{}", .0.iter().map(|obstacle| format!("  {}: {}", obstacle.place, obstacle.what)).collect::<Vec<_>>().join("\n"))]
    Obstacles(Vec<Obstacle>),
    /// There is no data migration of that name.
    #[error("`{0}` is no module of a data migration that is history")]
    NoSuch(String),
}

/// What is to be looked at.
pub struct Request<'r> {
    /// The `src` folder of the entities' crate.
    pub entities: &'r Path,
    /// The folder of the migration crate.
    pub migration: &'r Path,
    /// The folder of the crate of the data migrations, where there is one.
    pub data: &'r Path,
    /// The entities as they were.
    pub before: &'r Shapes,
    /// What changes them: the name of the migration.
    pub by: &'r str,
    /// The modules of data migrations that are to stay as they are.
    pub keep_live: &'r [String],
    /// Lays out Rust.
    pub format: &'r dyn Fn(&str) -> String,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Freeze {
    /// The files with their new texts.
    pub files: Vec<(PathBuf, String)>,
    /// What was kept.
    pub frozen: Vec<Frozen>,
}

/// What was kept of the entities for one data migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frozen {
    /// The modules of the data migration.
    pub modules: Vec<String>,
    /// Its steps in the history.
    pub steps: Vec<String>,
    /// The file that keeps its entities.
    pub file: PathBuf,
    /// The files of which the imports were switched.
    pub switched: Vec<PathBuf>,
    /// What is kept.
    pub entities: Vec<FrozenEntity>,
    /// Entities that it goes on using as they are today, because something else that it uses does; they have not
    /// changed.
    pub live: Vec<Obstacle>,
}

/// What is kept of one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrozenEntity {
    /// The path of its module.
    pub entity: String,
    /// Its table.
    pub table: String,
    /// The columns that are used.
    pub columns: Vec<String>,
    /// What changed; nothing where it is kept because another changed.
    pub changes: Vec<String>,
}

impl Shapes {
    /// How the entities are in the crate of that `src` folder; none where it is not there.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn read(entities: &Path) -> Result<Option<Self>, Unreadable> {
        Ok(Sources::read(entities, "entity")?.map(|sources| Self::of(&sources)))
    }
}
