//! The catalog of known answers: every entry of `instances/catalog` through the command.

use crate::common::suasion;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The `expected.json` of an entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The citation.
    source: String,
    /// How the values follow, if they are not printed in the source.
    #[serde(default, rename = "derivation")]
    _derivation: String,
    /// The largest absolute difference between a value and its expectation.
    tolerance: f64,
    runs: Vec<Run>,
}

/// A command with its expected values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// The arguments of the command, which runs in the entry's folder.
    arguments: Vec<String>,
    /// Values by the names that [`quantity`] knows.
    values: BTreeMap<String, Expected>,
}

/// A number, or a fraction such as `"2/3"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Number(f64),
    Fraction(String),
}

impl Expected {
    fn value(&self) -> f64 {
        let part = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{text:?} is not a number"));
        match self {
            Self::Number(number) => *number,
            Self::Fraction(text) => match text.split_once('/') {
                Some((numerator, denominator)) => part(numerator) / part(denominator),
                None => part(text),
            },
        }
    }
}

/// A quantity of a JSON result. This is the only place that knows where results keep their values.
fn quantity(result: &Value, name: &str) -> Option<f64> {
    let (kind, index) = name.split_once('.').map_or((name, None), |(kind, index)| (kind, Some(index)));
    let path = match (kind, index, result.get("exact").is_some_and(Value::is_object)) {
        ("user", None, true) => "/exact/user".into(),
        ("user", None, false) => "/user_value".into(),
        ("agent", None, _) => "/agent_value".into(),
        ("agents", Some(index), _) => format!("/exact/agents/{index}"),
        ("leader", None, _) => "/leader_value".into(),
        ("strategy", Some(index), _) => format!("/strategy/{index}/probability"),
        ("error", None, _) => "/error".into(),
        _ => return None,
    };
    result.pointer(&path)?.as_f64()
}

/// The folders of the catalog, by name.
fn entries() -> Vec<PathBuf> {
    let catalog = suasion_testkit::root().join("instances/catalog");
    let all = std::fs::read_dir(catalog).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = all.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Runs an entry. Returns the number of its values, and adds a line to `problems` for each value
/// that is missing or wrong.
fn check(folder: &Path, problems: &mut Vec<String>) -> usize {
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let entry: Entry = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    assert!(!entry.source.is_empty() && entry.tolerance > 0.0 && entry.tolerance <= 1e-6, "{}", folder.display());
    let mut count = 0;
    for run in &entry.runs {
        let case = format!("{}: {}", folder.file_name().unwrap().display(), run.arguments.join(" "));
        let output = suasion().current_dir(folder).args(&run.arguments).arg("--json").output().unwrap();
        if !output.status.success() {
            problems.push(format!("{case}: {}", String::from_utf8_lossy(&output.stderr)));
            continue;
        }
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        for (name, expected) in &run.values {
            count += 1;
            let (found, expected) = (quantity(&result, name), expected.value());
            if !found.is_some_and(|found| (found - expected).abs() <= entry.tolerance) {
                problems.push(format!("{case}: {name} is {found:?}, expected {expected}"));
            }
        }
    }
    count
}

#[test]
fn all_entries() {
    let (mut problems, mut count) = (vec![], 0);
    for folder in entries() {
        let own = check(&folder, &mut problems);
        assert!(own > 0, "{} expects nothing", folder.display());
        count += own;
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count >= 50, "{count} values");
}

/// Every file of an entry is used by one of its commands.
#[test]
fn no_file_is_idle() {
    for folder in entries() {
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        for file in std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()) {
            let name = file.to_string_lossy();
            assert!(name == "expected.json" || text.contains(&format!("\"{name}\"")), "{}: {name}", folder.display());
        }
    }
}
