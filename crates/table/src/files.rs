//! Files and folders that are written completely, or not at all.

use crate::TableError;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder to be written. Its files are created in a hidden subfolder, and moved to their places
/// when all are complete.
pub struct Folder {
    path: PathBuf,
    /// None when all files are in their places.
    staged: Option<TempDir>,
    /// The parent folders that were created for it, the outermost first.
    made: Vec<PathBuf>,
    names: Vec<String>,
}

impl Folder {
    /// Creates the folder if it does not exist, and checks that it is writable.
    ///
    /// # Errors
    /// If it cannot be created or written.
    pub fn new(path: &Path) -> Result<Self, TableError> {
        let failed = |cause| TableError::Write { path: path.into(), cause };
        let missing = path.ancestors().take_while(|folder| *folder != Path::new("") && !folder.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_path_buf).collect();
        made.reverse();
        std::fs::create_dir_all(path).map_err(failed)?;
        let staged = tempfile::Builder::new().prefix(".suasion-").tempdir_in(path).map_err(failed)?;
        Ok(Self { path: path.into(), staged: Some(staged), made, names: vec![] })
    }

    fn staged(&self) -> &Path {
        self.staged.as_ref().map_or(&self.path, TempDir::path)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<(), TableError> {
        let path = self.staged().join(name);
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(content)?;
            file.sync_all()
        };
        write().map_err(|cause| TableError::Write { path: self.path.join(name), cause })?;
        self.names.push(name.into());
        Ok(())
    }

    /// Moves all files to their places, replaces existing files, and returns the paths.
    ///
    /// # Errors
    /// If a file cannot be moved.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, TableError> {
        let place = |name: &String| {
            let path = self.path.join(name);
            match std::fs::rename(self.staged().join(name), &path) {
                Ok(()) => Ok(path),
                Err(cause) => Err(TableError::Write { path, cause }),
            }
        };
        let places = self.names.iter().map(place).collect();
        self.staged = None;
        places
    }
}

impl Drop for Folder {
    /// Removes the folders that were created for it, if they are empty.
    fn drop(&mut self) {
        self.staged = None;
        for folder in self.made.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Replaces the file at a path, if there is one, by the file that `write` writes, once it is
/// complete. Symbolic links are followed. A path to something other than a file (a device, a
/// folder) is refused.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&File) -> Result<(), TableError>) -> Result<(), TableError> {
    let failed = |cause| TableError::Write { path: path.into(), cause };
    if let Ok(there) = std::fs::metadata(path)
        && !there.is_file()
    {
        return Err(TableError::file(path, "is not a file; expected a file or an unused path"));
    }
    let resolved = path.canonicalize();
    let path = resolved.as_deref().unwrap_or(path);
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
    // In a folder of its own, the file gets the same permissions as in its final place.
    let staged = tempfile::Builder::new().prefix(".suasion-").tempdir_in(folder).map_err(failed)?;
    let place = staged.path().join(name);
    let file = File::create(&place).map_err(failed)?;
    write(&file)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&place, path).map_err(failed)
}

/// Writes a file completely, or not at all, and replaces an existing file.
///
/// # Errors
/// If it cannot be written.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), TableError> {
    replace(path, |mut file| file.write_all(content).map_err(|cause| TableError::Write { path: path.into(), cause }))
}

/// Whether a write failed because there is no room. A full disk is not the user's mistake; missing
/// permission is.
#[must_use]
pub fn is_full(cause: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(cause.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(path).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn all_or_none() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("a/b");
        let mut folder = Folder::new(&path).unwrap();
        folder.add("one", b"1").unwrap();
        assert!(!path.join("one").exists());
        drop(folder);
        assert!(!outer.path().join("a").exists());
        std::fs::create_dir(outer.path().join("a")).unwrap();
        drop(Folder::new(&path).unwrap());
        assert!(outer.path().join("a").exists() && !path.exists());
        let mut folder = Folder::new(&path).unwrap();
        folder.add("one", b"1").unwrap();
        folder.add("two", b"2").unwrap();
        assert_eq!(folder.finish().unwrap(), [path.join("one"), path.join("two")]);
        assert_eq!(names(&path).len(), 2);
        assert!(Folder::new(&path.join("one")).is_err_and(|cause| cause.is_usage()));
    }
}
