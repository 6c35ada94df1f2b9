//! Files and folders that are written whole or not at all.

use crate::TableError;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that is to be written. Files are made in a hidden folder in it, and moved to their places when all are there.
pub struct Folder {
    path: PathBuf,
    /// None once everything is at its place.
    staged: Option<TempDir>,
    /// The folders that were made for it, the outermost first.
    made: Vec<PathBuf>,
    names: Vec<String>,
}

impl Folder {
    /// Makes the folder if it is not there. Whether it can be written is known after this.
    ///
    /// # Errors
    /// If it cannot be made or written.
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

    /// Moves all files to their places, in the place of those that are there, and says where they are.
    ///
    /// # Errors
    /// If one cannot be moved.
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
    /// Without files, what was made for it goes again; what is not empty stays.
    fn drop(&mut self) {
        self.staged = None;
        for folder in self.made.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Puts a file in the place of the one at a path, if there is one, once `write` has written it. Links are followed, and what is no file (a
/// device, a folder) is refused.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&File) -> Result<(), TableError>) -> Result<(), TableError> {
    let failed = |cause| TableError::Write { path: path.into(), cause };
    if let Ok(there) = std::fs::metadata(path)
        && !there.is_file()
    {
        return Err(TableError::file(path, "is no file, expected one or nothing at its place"));
    }
    let resolved = path.canonicalize();
    let path = resolved.as_deref().unwrap_or(path);
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
    // In a folder of its own the file has the permissions that it would have had at its place.
    let staged = tempfile::Builder::new().prefix(".suasion-").tempdir_in(folder).map_err(failed)?;
    let place = staged.path().join(name);
    let file = File::create(&place).map_err(failed)?;
    write(&file)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&place, path).map_err(failed)
}

/// Writes a file in the place of what is at the path, whole or not at all.
///
/// # Errors
/// If it cannot be written.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), TableError> {
    replace(path, |mut file| file.write_all(content).map_err(|cause| TableError::Write { path: path.into(), cause }))
}

/// Whether there is no room for what is to be written: a full disk is nobody's mistake, what may not be written is.
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
