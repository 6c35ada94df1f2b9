//! The program `suasion-verify`.

use crate::saved::{FILE, root, text};
use std::process::Command;

/// The exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_suasion-verify")).args(arguments).current_dir(root()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn results() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [good, forged, mixed, empty] = ["good.jsonl", "forged.jsonl", "mixed.jsonl", "empty.jsonl"].map(path);
    let wrong = text().replace("\"agent_value\":0.6", "\"agent_value\":0.7");
    std::fs::write(&good, text() + "\n").unwrap();
    std::fs::write(&forged, format!("\n{wrong}\n")).unwrap();
    std::fs::write(&mixed, format!("{{\n{}\n", text())).unwrap();
    std::fs::write(&empty, "\n").unwrap();

    let (code, out, err) = run(&[&good]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with(&format!("{good}:1: prosecutor (prior 0): certified, ")), "{out}");
    let (code, out, _) = run(&[&forged, &good, "--json"]);
    assert!(code == 1 && out.lines().count() == 2, "{out}");
    assert!(out.lines().next().unwrap().contains("\"certified\":false"), "{out}");
    let (code, out, err) = run(&[&mixed]);
    assert!(code == 2 && out.contains(":2: prosecutor") && err.contains(":1: not JSON"), "{out}{err}");
    let (code, _, err) = run(&[&empty]);
    assert!(code == 2 && err.contains("found no result"), "{err}");

    let (code, out, _) = run(&["--instance", FILE, &good]);
    assert!(code == 0 && out.contains("not proved: instance"), "{out}");
    let (code, _, err) = run(&["-i", "nowhere.json", &good]);
    assert!(code == 2 && err.contains("nowhere.json"), "{err}");
}

#[test]
fn arguments() {
    let (code, out, _) = run(&["--help"]);
    assert!(code == 0 && out.contains("Usage: suasion-verify"), "{out}");
    let (code, out, _) = run(&["--version"]);
    assert!(code == 0 && out.starts_with("suasion-verify "), "{out}");
    for (arguments, reason) in [
        (&[][..], "found no files"),
        (&["--jsonl"][..], "found the option"),
        (&["x", "-i"][..], "found no file after it"),
    ] {
        let (code, _, err) = run(arguments);
        assert!(code == 2 && err.contains(reason), "{arguments:?}: {err}");
    }
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("certificates.parquet");
    std::fs::write(&table, b"PAR1....").unwrap();
    let (code, _, err) = run(&[table.to_str().unwrap()]);
    assert!(code == 2 && err.contains("`suasion verify` reads"), "{err}");
}
