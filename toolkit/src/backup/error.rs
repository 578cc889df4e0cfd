//! What can go wrong, with what to do.

use std::path::{Path, PathBuf};

use sea_orm::DbErr;

use crate::introspect::IntrospectError;

/// The result of what can go wrong.
pub type Result<T, E = BackupError> = std::result::Result<T, E>;

/// A backup was not taken, or not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database refused a statement.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: String,
        /// What the database says.
        source: DbErr,
    },
    /// The database's schema could not be read.
    #[error("{0}")]
    Introspect(#[from] IntrospectError),
    /// A file could not be read or written.
    #[error("{}: {doing}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no backup of Seawright's.
    #[error("{}: this is no backup of Seawright's: {reason}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it begins with instead.
        reason: String,
    },
    /// The file is not as it was written.
    #[error("{}: the backup is damaged: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// There is something that would be lost, and nobody consented.
    #[error("{what}")]
    Refused {
        /// What would happen, or what is in the way.
        what: String,
        /// What to do.
        help: String,
    },
    /// What is restored is not what the file holds.
    #[error("what was restored is not what the backup holds:\n{}", .differences.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"))]
    Unequal {
        /// What differs.
        differences: Vec<String>,
        /// In which state the database is now.
        state: &'static str,
    },
    /// A tool of the database's own is missing or failed.
    #[error("{reason}")]
    Tool {
        /// What is wrong.
        reason: String,
        /// What to do.
        help: String,
    },
}

impl BackupError {
    pub(super) fn file(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, doing, source }
    }

    pub(super) fn database<E: Into<DbErr>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self::Database {
            doing,
            source: source.into(),
        }
    }

    /// Whether it is a refusal that a decision can change: exit code 4.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// What to do.
    pub fn help(&self) -> Option<String> {
        use std::io::ErrorKind;
        Some(match self {
            Self::File { source, .. } => match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                    "there is no room for it there; make some, or name a file on another disk: nothing is left of this try"
                }
                ErrorKind::NotFound => "check the path",
                ErrorKind::PermissionDenied => "check the rights of the file and of its folder",
                _ => "check the path and its disk",
            }
            .to_owned(),
            Self::Foreign { .. } => "check the path; nothing was written".into(),
            Self::Damaged { .. } => "take another copy of the backup; nothing was written".into(),
            Self::Refused { help, .. } | Self::Tool { help, .. } => help.clone(),
            Self::Unequal { state, .. } => (*state).to_owned(),
            Self::Database { source, .. } if is_denied(source) => {
                "the role lacks the right to do this; ask the database's owner for it, or use another role".into()
            }
            Self::Database { .. } | Self::Introspect(_) => return None,
        })
    }
}

/// SQLSTATE 42501, insufficient privilege; SQLite's read-only errors.
fn is_denied(error: &DbErr) -> bool {
    let (DbErr::Exec(error) | DbErr::Query(error) | DbErr::Conn(error)) = error else {
        return false;
    };
    let sea_orm::RuntimeErr::SqlxError(error) = error else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    matches!(code.as_deref(), Some("42501" | "8" | "1032"))
}
