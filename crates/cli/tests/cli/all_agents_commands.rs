//! `--game all-agents`, from arguments to results that verify.

use crate::common::{succeeds, told};
use serde_json::{Value, json};

fn instance(file: &str) -> String {
    format!("instances/{file}")
}

const STARTS: [&str; 2] = ["--starts", "20"];

fn equilibria(file: &str, more: &[&str]) -> String {
    succeeds(&[&["equilibria", &instance(file), "--game", "all-agents"], &STARTS[..], more].concat())
}

fn parsed(out: &str) -> Value {
    serde_json::from_str(out.trim()).unwrap()
}

/// Writes a result to a temporary folder and runs `verify` on it.
fn verified(result: &str, file: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.jsonl");
    std::fs::write(&path, result).unwrap();
    let (code, out, _) = told(&["verify", path.to_str().unwrap(), "--instance", &instance(file)]);
    (code == 0, out)
}

#[test]
fn people_read_what_was_found() {
    let out = equilibria("hull-three-agents.json", &[]);
    assert!(out.contains("equilibria of the all-agents game"), "{out}");
    assert!(out.contains("found 1 equilibrium from 20 starts (there may be others)"), "{out}");
    assert!(out.contains("the user is in the agents' hull, which promises her at least 0.686422"), "{out}");
    assert!(out.contains("the outcome is exactly full information"), "{out}");
    assert!(out.ends_with("certified: yes\n"), "{out}");
}

#[test]
fn machines_read_profiles_that_verify() {
    let file = "opposed-experts.json";
    let out = equilibria(file, &["--json", "--slack", "0.01"]);
    let result = parsed(&out);
    assert_eq!((result["kind"].as_str(), result["game"].as_str()), (Some("equilibria"), Some("all-agents")));
    assert_eq!(result["exact"], false);
    let profiles = result["profiles"].as_array().unwrap();
    assert!(!profiles.is_empty());
    for profile in profiles {
        assert_eq!(profile["certified"], true);
        for regret in profile["regrets"].as_array().unwrap() {
            assert!(regret.as_f64().unwrap() <= 0.01 + 1e-6, "{regret}");
        }
        assert!(profile["user_value"].as_f64().unwrap() >= profile["bound"].as_f64().unwrap());
        assert_eq!(profile["identical"], true);
        assert!(!profile["schemes"].as_array().unwrap().is_empty() && !profile["plan"].as_array().unwrap().is_empty());
    }
    let (good, text) = verified(&out, file);
    assert!(good && text.contains("certified, largest gap"), "{text}");
    // The same again, with one thread.
    assert_eq!(out, equilibria(file, &["--json", "--slack", "0.01", "--threads", "1"]));
}

#[test]
fn tampered_results_are_refused() {
    let file = "hull-three-agents.json";
    let result = parsed(&equilibria(file, &["--json"]));
    for (pointer, value, reason) in [
        ("/profiles/0/user_value", Value::from(0.9), "profiles[0].user_value: found 0.9"),
        ("/profiles/0/bound", Value::from(0.9), "profiles[0].bound: found 0.9"),
        ("/profiles/0/regrets/1", Value::from(0.5), "profiles[0].regrets[1]"),
        ("/worst_user_value", Value::from(0.1), "worst_user_value: found 0.1"),
        ("/profiles/0/plan/0/action", Value::from("9"), "profiles[0].plan[0].action"),
        ("/profiles/0/certificate/claims/user_value", Value::from(0.9), "the user's value is"),
        ("/profiles/0/certificate/proof/prior", Value::from(7), "is for another prior"),
        ("/slack", Value::from(0.5), "is for another"),
        ("/profiles", Value::Array(vec![]), "found none, so nothing is proved"),
    ] {
        let mut bad = result.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let (good, text) = verified(&bad.to_string(), file);
        assert!(!good && text.contains("REFUSED") && text.contains(reason), "{pointer}: {text}");
    }
}

#[test]
fn solve_takes_the_game() {
    let file = "hull-three-agents.json";
    let out = succeeds(&[&["solve", &instance(file), "--json", "--game", "all-agents"], &STARTS[..]].concat());
    let result = parsed(&out);
    assert_eq!(result["equilibrium"]["game"], "all-agents");
    for key in ["worst_user_value", "best_user_value", "bound"] {
        assert!((result["equilibrium"][key].as_f64().unwrap() - 0.686_422).abs() < 1e-6, "{key}");
    }
    assert_eq!(result["certified"], true);
    assert!(verified(&out, file).0);
    let text = succeeds(&[&["solve", &instance(file), "--game", "all-agents"], &STARTS[..]].concat());
    assert!(text.contains("found 1 equilibrium from 20 starts"), "{text}");
}

/// A user with types, and agents who observe different signals.
#[test]
fn worlds_are_played_too() {
    for (file, slack) in [("hunch.json", "0"), ("laboratories.json", "0.1"), ("broker-and-bank.json", "0")] {
        let out = equilibria(file, &["--json", "--slack", slack]);
        let result = parsed(&out);
        // Two laboratories see different tests, so one of them alone cannot reveal everything.
        assert_eq!(result["profiles"][0]["identical"], file != "laboratories.json", "{file}");
        let profile = &result["profiles"][0];
        assert_eq!(profile["certified"], true, "{file}");
        let (good, text) = verified(&out, file);
        assert!(good, "{file}: {text}");
    }
}

#[test]
fn a_quantal_user_is_heard_of() {
    let file = "hunch.json";
    let out = equilibria(file, &["--json", "--quantal", "3"]);
    let result = parsed(&out);
    assert_eq!(result["eta"], 3.0);
    assert_eq!(result["profiles"][0]["certified"], true);
    let (good, text) = verified(&out, file);
    assert!(good, "{text}");
    let mut bad = result;
    bad["eta"] = 4.0.into();
    assert!(!verified(&bad.to_string(), file).0);
    let text = equilibria(file, &["--quantal", "3"]);
    assert!(text.contains("with a quantal user, eta = 3"), "{text}");
}

#[test]
fn bad_options_are_refused() {
    let file = instance("prosecutor.json");
    for (arguments, expected) in [
        (vec!["--game", "all-agents", "--starts", "0"], "--starts: found 0, expected at least 1"),
        (vec!["--game", "all-agents", "--margin", "-1"], "--margin: found -1"),
        (vec!["--game", "all-agents", "--slack", "nan"], "--slack: found NaN"),
        (vec!["--game", "all-agents", "--quantal", "-2"], "--quantal: found -2"),
        (vec!["--game", "all-agents", "--quantal", "inf"], "--quantal: found inf"),
        (vec!["--game", "all-agents", "--conversation"], "--conversation is for --game best-agent"),
        (vec!["--starts", "5"], "--starts is for --game all-agents; the best-agent game has no such option"),
        (vec!["--margin", "0.1"], "--margin is for --game all-agents"),
        (vec!["--game", "all-agents", "--prior", "3"], "found the prior 3"),
    ] {
        let (code, _, text) = told(&[&["equilibria", &file], &arguments[..]].concat());
        assert!(code == 2 && text.contains(expected), "{arguments:?}: {code} {text}");
    }
}

/// If the user is indifferent whatever she hears, each agent could hope for the action that it
/// prefers, so nothing is claimed.
#[test]
fn no_equilibrium_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("indifferent.json");
    let game = json!({
        "format": "suasion/1", "name": "indifferent", "states": 2, "actions": 2, "prior": [0.5, 0.5],
        "user": {"name": "user", "utility": [[1, 1], [1, 1]]},
        "agents": [
            {"name": "one", "utility": [[1, 1], [0, 0]]},
            {"name": "two", "utility": [[0, 0], [1, 1]]},
        ],
    });
    std::fs::write(&path, game.to_string()).unwrap();
    let (code, out, _) = told(&["equilibria", path.to_str().unwrap(), "--game", "all-agents", "--starts", "4"]);
    assert_eq!(code, 1);
    assert!(out.contains("no equilibrium was found from 4 starts"), "{out}");
    assert!(
        out.contains("4 starts led to no equilibrium") && out.contains("some agent gains 1 by another scheme"),
        "{out}"
    );
    assert!(out.ends_with("certified: NO\n"), "{out}");
}
