//! Runs of `suasion label` against a small server, and their stores.
use crate::common::{suasion, succeeds, told};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use suasion_testkit::llm::{Answer, Asked, Server, Study, score};

pub fn run(study: &Study, url: &str, more: &[&str]) -> (i32, Value, String) {
    let arguments = study.arguments(url, &[more, &["--json"]].concat());
    let (code, out, err) = told(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    (code, serde_json::from_str(&out).unwrap_or(Value::Null), err)
}

/// Runs until all labels are there, and checks their scores.
pub fn gets_all(study: &Study, url: &str, more: &[&str]) -> Value {
    let (code, summary, err) = run(study, url, more);
    assert_eq!(code, 0, "{err}{summary}");
    assert_right(study, summary["labels"].as_u64().unwrap() as usize);
    summary
}

/// Checks the labels in the store and their number.
pub fn assert_right(study: &Study, count: usize) {
    let table = study.at("check.csv");
    succeeds(&["label", "export", &study.at("labels"), "-o", &table]);
    let text = std::fs::read_to_string(table).unwrap();
    let number = |name: &str| name[1..].parse::<usize>().unwrap();
    let personas: Vec<usize> = text.lines().next().unwrap().split(',').skip(1).map(number).collect();
    let mut found = 0;
    for line in text.lines().skip(1) {
        let mut fields = line.split(',');
        let item = number(fields.next().unwrap());
        for (&persona, field) in personas.iter().zip(fields).filter(|(_, field)| !field.is_empty()) {
            assert!((field.parse::<f64>().unwrap() - score(persona, item)).abs() < 1e-12, "{persona} {item} {field}");
            found += 1;
        }
    }
    assert_eq!(found, count);
}

pub fn set(study: &Study) -> Value {
    let out = succeeds(&["label", "sets", &study.at("labels"), "--json"]);
    assert_eq!(out.lines().count(), 1);
    serde_json::from_str(&out).unwrap()
}

pub fn why(summary: &Value) -> &str {
    summary["stopped"].as_str().unwrap_or_default()
}

/// Every call gets a good answer, except for the first ones.
pub fn well_after(bad: usize, how: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    let calls = AtomicUsize::new(0);
    Server::start(
        move |call: &Asked| {
            if !call.is_list() && calls.fetch_add(1, Ordering::SeqCst) < bad { how() } else { Answer::Model }
        },
    )
}

pub fn start(study: &Study, url: &str, more: &[&str]) -> Child {
    let mut command = suasion();
    command.args(study.arguments(url, more)).arg("--json");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for a condition, for at most a minute.
pub fn wait(what: &str, mut look: impl FnMut() -> bool) {
    let start = Instant::now();
    while !look() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap().success());
}
