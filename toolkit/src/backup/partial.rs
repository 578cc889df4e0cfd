//! A file that has its name only when it is whole.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{BackupError, error::Result};

/// A file that is being written: `NAME.partial` in the same folder, gone when it is dropped before its end. One that a kill
/// left behind is written over by the next.
pub(super) struct Partial {
    path: PathBuf,
    beside: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Partial {
    /// # Errors
    /// [`BackupError::Refused`] where there is such a file and it shall not be replaced, or where another process is
    /// writing it.
    pub(super) fn create(path: &Path, replace: bool) -> Result<Self> {
        if !replace && path.exists() {
            return Err(BackupError::Refused {
                what: format!("there is a file `{}` already", path.display()),
                help: "name another, or add --replace to write over it".into(),
            });
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // All that the database holds is in it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = "it cannot be made";
        let file = options.open(&partial).map_err(BackupError::file(&partial, failed))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BackupError::Refused {
                    what: format!("`{}` is being written by another process", partial.display()),
                    help: "wait for its end, or name another file".into(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(BackupError::file(&partial, failed)(error)),
        }
        file.set_len(0).map_err(BackupError::file(&partial, failed))?;
        Ok(Self {
            path: path.to_owned(),
            beside: partial,
            file: Some(BufWriter::with_capacity(1 << 20, file)),
        })
    }

    /// Gives the file its name, once it is on the disk.
    pub(super) fn finish(mut self) -> Result<()> {
        let failed = "it cannot be written";
        let Some(file) = self.file.take() else { return Ok(()) };
        let file = file
            .into_inner()
            .map_err(|error| BackupError::file(&self.beside, failed)(error.into_error()));
        let done = file.and_then(|file| {
            file.sync_all().map_err(BackupError::file(&self.beside, failed))?;
            std::fs::rename(&self.beside, &self.path).map_err(BackupError::file(&self.path, failed))
        });
        if done.is_err() {
            let _ = std::fs::remove_file(&self.beside);
        }
        done?;
        sync_folder(&self.path)
    }
}

/// Has the folder's entry be on the disk too; where folders cannot be opened, the system sees to it.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match File::open(folder) {
        Ok(folder_file) => folder_file
            .sync_all()
            .map_err(BackupError::file(folder, "it cannot be written")),
        Err(_) => Ok(()),
    }
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // What is still in the buffer is not wanted any more.
            drop(file.into_parts());
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.backup");
        let mut partial = Partial::create(&path, false).unwrap();
        partial.write_all(b"half").unwrap();
        assert_eq!(names(folder.path()), ["shop.backup.partial"]);
        drop(partial);
        assert!(names(folder.path()).is_empty());

        // A kill left something longer behind.
        std::fs::write(folder.path().join("shop.backup.partial"), "something longer").unwrap();
        let mut partial = Partial::create(&path, false).unwrap();
        assert!(Partial::create(&path, false).is_err());
        partial.write_all(b"whole").unwrap();
        partial.finish().unwrap();
        assert_eq!(names(folder.path()), ["shop.backup"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
        assert!(Partial::create(&path, false).is_err());
        Partial::create(&path, true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
    }
}
