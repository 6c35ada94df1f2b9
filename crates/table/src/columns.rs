//! Selects columns by names and patterns.

use crate::TableError;
use std::collections::HashSet;

/// The columns that names and patterns (`*`, `?`, `[...]`) match: in the order of the arguments,
/// within a pattern in the order of the table, and each once. An argument that is exactly a
/// column's name is not a pattern. A plain name that is not in the table is returned as it is.
///
/// # Errors
/// If a pattern is invalid or matches no column.
pub fn matching(columns: &[&str], patterns: &[String]) -> Result<Vec<String>, TableError> {
    let mut known = HashSet::new();
    let mut names = vec![];
    for pattern in patterns {
        let failed = |problem: String| TableError::Pattern { pattern: pattern.clone(), problem };
        let is_there = columns.contains(&pattern.as_str());
        if is_there || !pattern.contains(['*', '?', '[']) {
            if known.insert(pattern.clone()) {
                names.push(pattern.clone());
            }
            continue;
        }
        let glob = glob::Pattern::new(pattern).map_err(|cause| failed(cause.to_string()))?;
        let mut found = columns.iter().filter(|column| glob.matches(column)).peekable();
        if found.peek().is_none() {
            return Err(failed("matches no column".into()));
        }
        names.extend(found.map(|&column| column.to_owned()).filter(|name| known.insert(name.clone())));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_patterns() {
        let columns = ["a_2", "human", "a_1", "b", "a[1]"];
        let names = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            matching(&columns, &patterns)
        };
        assert_eq!(names(&["a_*"]).unwrap(), ["a_2", "a_1"]);
        assert_eq!(names(&["b", "*"]).unwrap(), ["b", "a_2", "human", "a_1", "a[1]"]);
        assert_eq!(names(&["a_1", "a[1]", "a_?"]).unwrap(), ["a_1", "a[1]", "a_2"]);
        assert_eq!(names(&["none"]).unwrap(), ["none"]);
        assert_eq!(names(&["z*"]).unwrap_err().to_string(), "z*: matches no column");
        assert!(names(&["a_[", "b"]).is_err());
    }
}
