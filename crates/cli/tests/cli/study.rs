//! `suasion study`, from arguments to files.

use crate::common::{succeeds, told};
use std::path::Path;

const SMALL: [&str; 12] =
    ["study", "competition", "-n", "3", "-m", "3", "-k", "3", "--seeds", "6", "--increment", "0.01"];

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn study(more: &[&str], folder: &Path) -> String {
    succeeds(&[&SMALL[..], more, &["-o", folder.to_str().unwrap()]].concat())
}

#[test]
fn people_read_what_it_finds() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("new/results");
    let out = study(&[], &folder);
    assert!(out.contains("3 states, 3 actions, 6 seeds"), "{out}");
    assert!(out.contains("Competition helps reliably where the hull condition holds"), "{out}");
    assert!(out.contains("wrote "), "{out}");
    assert_eq!(names(&folder), ["competition.csv", "competition.parquet", "competition.png", "competition.svg"]);
    let csv = std::fs::read_to_string(folder.join("competition.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 4 * 3 * 6);
    assert!(std::fs::read(folder.join("competition.parquet")).unwrap().starts_with(b"PAR1"));
    assert!(std::fs::read(folder.join("competition.png")).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(std::fs::read_to_string(folder.join("competition.svg")).unwrap().contains("Worst equilibrium"));
    // Run it again into the same folder, with another number of threads.
    let again = study(&["--threads", "1"], &folder);
    assert_eq!(out, again);
    assert_eq!(csv, std::fs::read_to_string(folder.join("competition.csv")).unwrap());
}

#[test]
fn machines_read_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    let out = study(&["--json"], folder.path());
    let cells: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cells.len(), 4 * 3);
    for cell in &cells {
        assert_eq!(cell["study"], "competition");
        assert_eq!(cell["seeds"], 6);
        for what in ["dynamics", "worst", "best"] {
            let [low, mean, high] = ["low", "mean", "high"].map(|name| cell[what][name].as_f64().unwrap());
            assert!(low <= mean + 1e-12 && mean <= high + 1e-12, "{cell}");
        }
        if cell["condition"] == "satisfied" && cell["agents"] != 1 {
            assert_eq!(cell["share_short"], 0.0);
            assert!((cell["worst"]["mean"].as_f64().unwrap() - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn what_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().to_str().unwrap();
    let refused = |more: &[&str], expected: &str| {
        let (code, out, err) = told(&[&["study", "competition", "-o", target], more].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{more:?}: {err}");
        assert!(err.contains(expected), "{more:?}: {err}");
        assert!(names(folder.path()).is_empty());
    };
    refused(&["-k", "0"], "the number of agents: found 0, expected from 1 to 1000");
    refused(&["--seeds", "0"], "the number of seeds: found 0");
    refused(&["-n", "99999999999"], "the number of states: found 99999999999");
    refused(&["--eps", "-0.1"], "eps: found -0.1, expected a number from 0 to 1");
    refused(&["--eps", "nan"], "eps: found NaN");
    refused(&["--diversity", "2"], "the diversity: found 2");
    refused(&["--increment", "0"], "the increment: found 0");
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for target in [file.clone(), file.join("below")] {
        let (code, _, err) = told(&["study", "competition", "-o", target.to_str().unwrap()]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(target.to_str().unwrap()), "{err}");
    }
    // A limit before anything is known is not bad usage, and leaves no files.
    let target = folder.path().join("limit");
    let (code, _, err) = told(&["study", "competition", "--time-limit", "0", "-o", target.to_str().unwrap()]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("before the first seed"), "{err}");
    assert!(!target.exists());
}
