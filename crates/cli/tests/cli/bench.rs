//! `suasion bench scaling`, from arguments to files.

use crate::common::{suasion, succeeds, told};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TINY: [&str; 16] = [
    "bench",
    "scaling",
    "-n",
    "3,4,6",
    "-k",
    "2,3",
    "--priors",
    "1,2",
    "--rows",
    "40,80,160",
    "--run-threads",
    "1,2",
    "--repeats",
    "2",
    "--seed",
    "5",
];

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn people_read_tables() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("new/results");
    let out = succeeds(&[&TINY[..], &["-o", folder.to_str().unwrap()]].concat());
    for text in [
        "kernel against size, the number of states and that of actions: 1 prior, 1 thread, uniform",
        "kernel against priors: 3 states, 3 actions, 1 thread, uniform",
        "equilibria against agents: 3 states, 3 actions, 1 thread, uniform",
        "hull against rows: 2 agents, 1 thread",
        "time grows as size^",
        "3 points from 3 to 6",
        "speed-up",
        "wrote ",
    ] {
        assert!(out.contains(text), "{text}: {out}");
    }
    let pictures =
        ["kernel", "equilibria", "hull"].map(|work| [format!("scaling-{work}.png"), format!("scaling-{work}.svg")]);
    let tables = ["scaling.csv", "scaling.parquet", "fits.csv"].map(String::from);
    assert_eq!(names(&folder), pictures.into_iter().flatten().chain(tables).collect());
    // 3, 2 and 2 points for the three kinds of work.
    assert_eq!(std::fs::read_to_string(folder.join("scaling.csv")).unwrap().lines().count(), 1 + 3 * 7);
    assert!(std::fs::read(folder.join("scaling-hull.png")).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn machines_read_points_and_fits() {
    let out = succeeds(&[&TINY[..], &["--work", "kernel,hull", "--json"]].concat());
    let all = lines(&out);
    let points: Vec<&Value> = all.iter().filter(|line| line["kind"] == "point").collect();
    let fits: Vec<&Value> = all.iter().filter(|line| line["kind"] == "fit").collect();
    assert_eq!((points.len(), points.len() + fits.len()), (14, all.len()));
    for point in &points {
        assert_eq!(point["status"], "measured", "{point}");
        assert_eq!(point["seconds"].as_array().unwrap().len(), 2);
        assert!(point["median"].as_f64().unwrap() > 0.0);
        assert_eq!(point["speed_up"].is_null(), point["along"] != "threads");
        if cfg!(target_os = "linux") {
            assert!(point["peak_memory"].as_f64().unwrap() >= point["ready_memory"].as_f64().unwrap());
        }
    }
    assert!(points.iter().any(|point| point["work"] == "hull" && point["along"] == "rows" && point["value"] == 160));
    for fit in fits {
        let [low, exponent, high] = ["low", "exponent", "high"].map(|name| fit[name].as_f64().unwrap());
        assert!(low <= exponent && exponent <= high, "{fit}");
    }
}

#[test]
fn shapes_are_measured_and_fitted() {
    let sizes = ["-n", "3", "--priors", "1", "--run-threads", "1", "--few", "2,3", "--many", "20,40,80"];
    let grid = [&["bench", "scaling", "--work", "kernel", "--repeats", "1"], &sizes[..]].concat();
    let out = succeeds(&grid);
    for text in [
        "kernel against states: 2 actions, 1 prior, 1 thread, uniform",
        "kernel against actions: 3 states, 1 prior, 1 thread, uniform",
        "] at 3 actions: 3 points from 20 to 80",
        "] at 2 states: 3 points from 20 to 80",
    ] {
        assert!(out.contains(text), "{text}: {out}");
    }
    let all = lines(&succeeds(&[&grid[..], &["--json"]].concat()));
    let fits: Vec<&Value> = all.iter().filter(|line| line["kind"] == "fit" && line["quantity"] == "time").collect();
    let at: Vec<[Option<u64>; 2]> =
        fits.iter().map(|fit| ["states", "actions"].map(|name| fit[name].as_u64())).collect();
    assert_eq!(at, [[None, Some(2)], [None, Some(3)], [Some(2), None], [Some(3), None]]);
}

#[test]
fn what_takes_too_long_is_said() {
    let grid = ["bench", "scaling", "--work", "equilibria", "-n", "3,900,1000", "-k", "2", "--run-threads", "1"];
    let long = [&grid[..], &["--each", "0.5", "--repeats", "1"]].concat();
    let out = succeeds(&long);
    assert!(out.contains("size 900: it took longer than --each allows"), "{out}");
    assert!(out.contains("size 1000: left out"), "{out}");
    let all = lines(&succeeds(&[&long[..], &["--json"]].concat()));
    let status: Vec<&str> = all.iter().map(|point| point["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["measured", "timed-out", "skipped"]);
}

#[test]
fn limits_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("none");
    let (code, out, err) = told(&["bench", "scaling", "--time-limit", "0", "-o", target.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("stopped early, after 0 of "), "{err}");
    assert!(!target.exists());
}

/// A signal stops the current point and keeps what is known.
#[cfg(unix)]
#[test]
fn interruption() {
    let mut command = suasion();
    command.args(["bench", "scaling", "--work", "equilibria", "-n", "3,900", "-k", "2", "--run-threads", "1"]);
    command.args(["--each", "300", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    assert_eq!(lines(&first)[0]["status"], "measured");
    let begun = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("stopped early, after 1 of 2 points: interrupted"), "{err}");
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn what_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().to_str().unwrap();
    let refused = |more: &[&str], expected: &str| {
        let (code, out, err) = told(&[&["bench", "scaling", "-o", target], more].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{more:?}: {err}");
        assert!(err.contains(expected), "{more:?}: {err}");
        assert_eq!(err.matches("error:").count(), 1, "{more:?}: {err}");
        assert!(names(folder.path()).is_empty());
    };
    refused(&["-n", ""], "invalid value '' for '--states <LIST>'");
    refused(&["-n", "10,0"], "the number of states: found 0, expected from 1 to 1000000");
    refused(&["-n", "10,x"], "invalid value 'x'");
    refused(&["-n", "10,-4"], "invalid value '-4'");
    refused(&["--work", "everything"], "invalid value 'everything' for '--work <WORK>'");
    refused(&["--priors", "99999999999"], "the number of priors: found 99999999999, expected from 1 to 1000000");
    refused(&["--work", "hull", "--rows", "1000000000"], "expected at most 1073741824 (8 GiB)");
    refused(&["--run-threads", "100000"], "the number of threads: found 100000");
    refused(&["--repeats", "0"], "the number of repeats: found 0");
    refused(&["--each", "-1"], "the seconds of a point: found -1");
    refused(&["--each", "nan"], "the seconds of a point: found NaN");
    refused(&["--few", "0"], "the small number of states or actions: found 0, expected from 1 to 1000000");
    refused(&["--many", ""], "invalid value '' for '--many <LIST>'");
    refused(&["--family", "stackelberg"], "--family: found stackelberg");
    refused(
        &["--family", "threshold", "-m", "3"],
        "the number of actions of the family threshold: found 3, expected 2",
    );
    let (code, _, err) = told(&["bench", "point", "{}"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("the task: missing field"), "{err}");
}
