//! The lock file: the schema that the newest migration led to, and what each migration's file was.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Error, Result};
use crate::{diff::Decisions, emit::Form, schema::Schema};

/// What a migration of the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Written by Seawright from two schemas.
    Schema,
    /// Written by hand.
    Manual,
    /// A data step; its code is wherever its crate has it.
    Data,
}

/// What is known of a migration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockedMigration {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// `sha256:` and the digest of its file; none while a hand-written one is still being written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// Whether it drops tables only after their rows were moved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gated: bool,
    /// Whether it runs outside of a transaction, while writers go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub online: bool,
    /// What was decided when it was written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub decisions: Decisions,
    /// Of a squashed one, the steps that it stands for, in their order. There is more than one list where a squashed
    /// step was squashed again: a database has either what that one stood for, or that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<Vec<String>>,
    /// What writing it changed beside its own files, so that it can be taken back; none for those that were written before
    /// that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

/// What writing a migration changed beside its own files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// What is kept of the entities, as it was; none where it did not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entities: Option<EntitiesBefore>,
    /// The files in which entities were frozen for older data migrations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<String>,
}

/// What `entities.json` was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EntitiesBefore {
    /// Its digest; none where there was none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The entities that were otherwise; nothing for those that were not there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changed: BTreeMap<String, Option<serde_json::Value>>,
}

impl LockedMigration {
    /// How it was made.
    pub fn form(&self) -> Form {
        match (self.gated, self.online) {
            (true, _) => Form::Gated,
            (_, true) => Form::Online,
            _ => Form::Whole,
        }
    }
}

/// The newest form of the file that this program reads. A file is of form 2 once it has a squashed step: a program that
/// does not know of those would lose what they stand for when it writes the file.
const FORM: u32 = 2;

fn is_default(decisions: &Decisions) -> bool {
    *decisions == Decisions::default()
}

/// The file `seawright.lock` of a migration crate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockFile {
    /// The form of the file.
    pub version: u32,
    /// The migrations in their order.
    pub migrations: Vec<LockedMigration>,
    /// `sha256:` and the digest of `entities.json`, which keeps the entities as they were when the newest was generated;
    /// none where that was never done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entities: Option<String>,
    /// The schema that the newest led to.
    pub schema: Schema,
}

impl Default for LockFile {
    fn default() -> Self {
        Self {
            version: 1,
            migrations: Vec::new(),
            entities: None,
            schema: Schema::default(),
        }
    }
}

impl LockFile {
    /// Where it is in a migration crate.
    pub fn path(dir: &Path) -> PathBuf {
        dir.join("seawright.lock")
    }

    /// Where the schema after a migration is kept.
    pub fn schema_path(dir: &Path, migration: &str) -> PathBuf {
        dir.join("schema").join(format!("{migration}.json"))
    }

    /// Where the entities are kept as they were.
    pub fn entities_path(dir: &Path) -> PathBuf {
        dir.join("entities.json")
    }

    /// Where a migration's source is.
    pub fn source_path(dir: &Path, migration: &str) -> PathBuf {
        dir.join("src").join(format!("{migration}.rs"))
    }

    /// Reads it; a crate without one has no history yet.
    ///
    /// # Errors
    /// [`Error::File`] where it can't be read or is of a newer form.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = Self::path(dir);
        let failed = |reason: String, help: &str| Error::File {
            path: path.display().to_string(),
            reason,
            help: help.to_owned(),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error.to_string(), "check that the file can be read")),
        };
        Self::parse_at(&path, &text)
    }

    /// Reads its text.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_at(Path::new("seawright.lock"), text)
    }

    fn parse_at(path: &Path, text: &str) -> Result<Self> {
        let failed = |reason: String, help: &str| Error::File {
            path: path.display().to_string(),
            reason,
            help: help.to_owned(),
        };
        let lock: Self = serde_json::from_str(text).map_err(|error| failed(error.to_string(), "take the file back from version control; after a merge, keep both sides' migrations and generate again"))?;
        if lock.version > FORM {
            return Err(failed(
                format!("it is of form {}, this program knows none after {FORM}", lock.version),
                "use a newer Seawright",
            ));
        }
        Ok(Self {
            schema: lock.schema.normalised(),
            ..lock
        })
    }

    /// Its text.
    ///
    /// # Errors
    /// None in practice.
    pub fn text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::File {
            path: "seawright.lock".into(),
            reason: error.to_string(),
            help: "report this".into(),
        })?;
        Ok(text + "\n")
    }

    /// Puts a squashed migration in the place of the first ones, which are so many. What an earlier squashed one among
    /// them stands for is carried over.
    ///
    /// `names` are those of the steps that go, data steps included that the file does not know.
    #[cfg(feature = "cli")]
    pub(crate) fn squash(&mut self, many: usize, names: &[String], squashed: LockedMigration) {
        let gone: Vec<LockedMigration> = self.migrations.drain(..many).collect();
        let mut replaces = Vec::new();
        // Only the first can be one: whatever is squashed is squashed from the beginning.
        if let Some(first) = gone.first().filter(|first| names.first() == Some(&first.name)) {
            replaces.extend(
                first
                    .replaces
                    .iter()
                    .map(|older| older.iter().chain(&names[1..]).cloned().collect()),
            );
        }
        replaces.push(names.to_vec());
        self.version = self.version.max(FORM);
        self.migrations.insert(0, LockedMigration { replaces, ..squashed });
    }

    /// Checks that no migration's file was changed since it was written, nor what is kept of the entities.
    ///
    /// # Errors
    /// [`Error::File`] naming the first that was changed or is gone.
    pub fn check_sources(&self, dir: &Path) -> Result<()> {
        for migration in &self.migrations {
            let Some(checksum) = &migration.checksum else { continue };
            let path = Self::source_path(dir, &migration.name);
            let failed = |reason: &str, help: &str| Error::File {
                path: path.display().to_string(),
                reason: reason.to_owned(),
                help: help.to_owned(),
            };
            let text = std::fs::read_to_string(&path).map_err(|_| {
                failed(
                    "this migration is in the lock file and its source is gone",
                    "take it back from version control",
                )
            })?;
            if digest(&text) != *checksum {
                return Err(failed(
                    "this migration is history and was changed after it was written",
                    "take it back from version control and write a further migration instead",
                ));
            }
        }
        let Some(checksum) = &self.entities else { return Ok(()) };
        let path = Self::entities_path(dir);
        if std::fs::read_to_string(&path).is_ok_and(|text| digest(&text) == *checksum) {
            return Ok(());
        }
        Err(Error::File {
            path: path.display().to_string(),
            reason: "it keeps the entities as they were, and is not what `generate` wrote".into(),
            help: "take it back from version control".into(),
        })
    }
}

/// The checksum of a source file; how its lines end does not matter.
pub(crate) fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.replace("\r\n", "\n").as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
