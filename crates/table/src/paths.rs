//! Finds files by paths and patterns.

use crate::TableError;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The files that paths and patterns (`*`, `?`, `[...]`, `**`) match: in the order of the
/// arguments, sorted within a pattern, and each once. An argument that is exactly an existing path
/// is not a pattern.
///
/// # Errors
/// If a pattern is invalid or matches no file, or if a path does not exist.
pub fn expand(patterns: &[String]) -> Result<Vec<PathBuf>, TableError> {
    let mut known = HashSet::new();
    let mut paths = vec![];
    for pattern in patterns {
        let failed = |problem: String| TableError::Pattern { pattern: pattern.clone(), problem };
        let mut found = vec![];
        if Path::new(pattern).exists() || !pattern.contains(['*', '?', '[']) {
            found.push(PathBuf::from(pattern));
        } else {
            for path in glob::glob(pattern).map_err(|cause| failed(cause.to_string()))? {
                let path = path.map_err(|cause| TableError::Read { path: cause.path().into(), cause: cause.into() })?;
                if !path.is_dir() {
                    found.push(path);
                }
            }
            found.sort();
        }
        if found.is_empty() {
            return Err(failed("matches no file".into()));
        }
        for path in found {
            let place = path.canonicalize().map_err(TableError::read(&path))?;
            if known.insert(place) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv", "c.csv", "odd[1].csv"] {
            std::fs::write(folder.path().join(name), "x\n").unwrap();
        }
        std::fs::create_dir(folder.path().join("d.csv")).unwrap();
        let name = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let names = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|pattern| name(pattern)).collect();
            expand(&patterns).map(|paths| paths.iter().map(|p| p.file_name().unwrap().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(names(&["c.csv", "?.csv", "./a.csv"]).unwrap(), ["c.csv", "a.csv", "b.csv"]);
        assert_eq!(names(&["odd[1].csv"]).unwrap(), ["odd[1].csv"]);
        assert!(names(&["*.npy"]).unwrap_err().to_string().ends_with("*.npy: matches no file"));
        assert!(names(&["none.csv"]).unwrap_err().to_string().contains("none.csv: No such file"));
        assert!(names(&["[.csv"]).is_err());
    }
}
