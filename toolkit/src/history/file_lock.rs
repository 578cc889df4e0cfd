//! A lock beside a SQLite file.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{Error, Result, run_lock::Holder};

/// What the lock's file is called, after the database's.
const ENDING: &str = ".seawright-lock";

/// A file that is there and locked while a run is under way, and says whose. The system gives the lock back when the process
/// ends, however it ends.
#[derive(Debug)]
pub(super) struct FileLock {
    path: PathBuf,
    _file: File,
}

impl FileLock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// [`Error::File`] where the file can't be made.
    pub(super) fn try_take(database: &str, me: &Holder) -> Result<Result<Self, Option<Holder>>> {
        let path = PathBuf::from(format!("{database}{ENDING}"));
        let failed = |error: &std::io::Error| Error::File {
            path: path.display().to_string(),
            reason: format!("it keeps a second run away, and can't be made: {error}"),
            help: "give the right to write into the database's folder, which SQLite itself needs too".into(),
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = file.read_to_string(&mut text).is_ok();
                return Ok(Err(read.then(|| serde_json::from_str(&text).ok()).flatten()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        if !is_at(&file, &path) {
            // Whoever had it before has removed it in between.
            return Ok(Err(None));
        }
        let text = serde_json::to_string(me).unwrap_or_default();
        let written = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()));
        written.map_err(|error| failed(&error))?;
        Ok(Ok(Self { path, _file: file }))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // While it is locked nobody else takes it for theirs. Left behind, it does no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the open file is the one that has that path now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// A file that is open cannot be removed there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::{FileLock, Holder};

    #[test]
    fn one_has_it_and_the_others_learn_who() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db").display().to_string();
        let me = Holder::me("up");
        let lock = FileLock::try_take(&database, &me).unwrap().unwrap();
        assert_eq!(
            FileLock::try_take(&database, &me).unwrap().unwrap_err(),
            Some(me.clone())
        );
        drop(lock);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        FileLock::try_take(&database, &me).unwrap().unwrap();
    }
}
