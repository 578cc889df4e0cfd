//! Files that change together or not at all.

use std::path::{Path, PathBuf};

use crate::history::{Error, Result};

/// Writes those texts, and takes away the files that get none. Where one fails, what was done is undone.
///
/// # Errors
/// [`Error::File`] naming the one that failed.
pub(super) fn write_all(files: &[(PathBuf, Option<String>)]) -> Result<()> {
    let mut undo: Vec<(&Path, Option<String>)> = Vec::new();
    for (path, text) in files {
        let before = std::fs::read_to_string(path).ok();
        let is_there = before.is_some();
        undo.push((path, before));
        let result = match text {
            Some(text) => std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
                .and_then(|()| std::fs::write(path, text)),
            None if is_there => std::fs::remove_file(path),
            None => Ok(()),
        };
        let Err(error) = result else { continue };
        for (path, before) in undo.into_iter().rev() {
            let _ = match before {
                Some(text) => std::fs::write(path, text),
                None => std::fs::remove_file(path),
            };
        }
        return Err(Error::File {
            path: path.display().to_string(),
            reason: error.to_string(),
            help: "nothing was written; check the folder's rights and the free space".into(),
        });
    }
    Ok(())
}

/// A file's path from where the reader is.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_in_the_middle_is_undone() {
        let folder = std::env::temp_dir().join(format!("seawright_writing_{}", std::process::id()));
        std::fs::create_dir_all(folder.join("is_a_folder")).unwrap();
        let path = |name: &str| folder.join(name);
        std::fs::write(path("changed"), "old").unwrap();
        std::fs::write(path("gone"), "kept").unwrap();
        let files = [
            (path("new"), Some("new".to_owned())),
            (path("changed"), Some("changed".to_owned())),
            (path("gone"), None),
            (path("is_a_folder"), Some("no".to_owned())),
        ];
        write_all(&files).unwrap_err();
        assert!(!path("new").exists());
        assert_eq!(std::fs::read_to_string(path("changed")).unwrap(), "old");
        assert_eq!(std::fs::read_to_string(path("gone")).unwrap(), "kept");
        write_all(&files[..3]).unwrap();
        assert!(!path("gone").exists());
        assert_eq!(std::fs::read_to_string(path("changed")).unwrap(), "changed");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
