//! What the fuzz targets of tables share.

use std::path::{Path, PathBuf};
use suasion_table::{Table, TableError};
use tempfile::TempDir;

/// A file with this content in a folder of its own, which is removed when the folder is dropped.
///
/// # Panics
/// If the system does not allow temporary files.
#[must_use]
pub fn file(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a temporary file");
    (folder, path)
}

/// Reads all columns of a file with this content, as numbers and as labels. The content is read or
/// refused with a message that names the file.
///
/// # Panics
/// If the message does not name the file.
pub fn read(name: &str, content: &[u8]) {
    let (_folder, path) = file(name, content);
    if let Err(error) = read_all(&path) {
        assert!(error.to_string().starts_with(&*path.to_string_lossy()), "{error}");
    }
}

fn read_all(path: &Path) -> Result<(), TableError> {
    let columns = |table: &Table| -> Vec<String> {
        table.columns().iter().take(4).map(|column| column.name.clone()).collect()
    };
    let table = Table::open(&[path.to_owned()])?;
    let names = columns(&table);
    let numbers = table.select(&names, &[]);
    let labels = Table::open(&[path.to_owned()])?.select(&[], &names);
    for reader in [numbers, labels] {
        let reader = reader?;
        for part in reader.parts(100) {
            reader.read::<TableError>(&part, |_| Ok(()))?;
        }
    }
    Ok(())
}
