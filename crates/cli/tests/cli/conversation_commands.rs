//! Conversations of many rounds: `persuade --rounds` and `equilibria --game all-agents --rounds`,
//! from arguments to verified results.

use crate::common::{succeeds, told};
use serde_json::Value;

const OPINION: &str = "instances/second-opinion.json";
const MENU: &str = "instances/conversation-beats-menu.json";

fn parsed(out: &str) -> Value {
    serde_json::from_str(out.trim()).unwrap()
}

/// Writes a result to a temporary folder and calls `suasion` on it.
fn with_saved(result: &str, call: impl Fn(&str) -> (i32, String, String)) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.jsonl");
    std::fs::write(&path, result).unwrap();
    call(path.to_str().unwrap())
}

fn verified(result: &str, instance: &str) -> (bool, String) {
    let (code, out, _) = with_saved(result, |path| told(&["verify", path, "--instance", instance]));
    (code == 0, out)
}

fn seller(rounds: &str, more: &[&str]) -> Value {
    let call = ["persuade", OPINION, "--agent", "seller", "--against", "revelation", "--rounds", rounds, "--json"];
    let out = succeeds(&[&call[..], more].concat());
    let (good, text) = verified(&out, OPINION);
    assert!(good || more.contains(&"--quick"), "{text}");
    parsed(&out)
}

/// The shipped instance that shows the use of rounds: the value is 1/2 in one round and 3/5 in two.
#[test]
fn two_rounds_beat_one() {
    for (rounds, expected) in [("1", 0.5), ("2", 0.6)] {
        let result = seller(rounds, &[]);
        assert_eq!((result["kind"].as_str(), result["certified"].as_bool()), (Some("reply"), Some(true)));
        for key in ["agent_value", "upper_bound"] {
            let found = result[key].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-7, "{rounds} rounds, {key}: {found}");
        }
    }
    for (rounds, expected) in [("1", "seller gets 0.5 (at most 0.5)"), ("2", "seller gets 0.6 (at most 0.6)")] {
        let out = succeeds(&["persuade", MENU, "--rounds", rounds, "--opens", "agents"]);
        assert!(out.contains(expected) && out.ends_with("certified: yes\n"), "{out}");
    }
}

#[test]
fn a_heuristic_says_that_it_is_one() {
    let call = ["persuade", OPINION, "--agent", "seller", "--against", "revelation", "--quick"];
    let (code, out, _) = told(&call);
    assert!(code == 2 && out.is_empty());
    let (code, out, _) = told(&[&call[..], &["--rounds", "2"]].concat());
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("a good conversation rule of seller") && out.contains("found by a heuristic"), "{out}");
    assert!(out.ends_with("certified: NO\n"), "{out}");
}

fn equilibria(more: &[&str]) -> String {
    succeeds(&[&["equilibria", OPINION, "--game", "all-agents", "--starts", "6"], more].concat())
}

#[test]
fn equilibria_are_found_verified_and_told() {
    let out = equilibria(&["--json"]);
    let result = parsed(&out);
    assert_eq!(result["protocol"]["rounds"], 2);
    assert_eq!(result["protocol"]["user_messages"][0], "I am wary");
    let profiles = result["profiles"].as_array().unwrap();
    assert!(!profiles.is_empty());
    for profile in profiles {
        assert!(profile.get("schemes").is_none() && profile.get("plan").is_none());
        assert!(profile["user_value"].as_f64().unwrap() >= profile["bound"].as_f64().unwrap());
    }
    assert_eq!(result["certified"], true);
    let (good, text) = verified(&out, OPINION);
    assert!(good && text.contains("certified, largest gap"), "{text}");
    // `converse` accepts the profile that was found, with the same values.
    let (code, told, err) =
        with_saved(&out, |path| told(&["converse", OPINION, "--profile", path, "--json", "--tree"]));
    assert_eq!(code, 0, "{err}");
    let conversation = parsed(&told);
    let [found, exact] =
        [&profiles[0]["user_value"], &conversation["exact"]["user"]].map(|value| value.as_f64().unwrap());
    assert!((found - exact).abs() < 1e-12);
    assert!(conversation["tree"]["nodes"].as_u64().unwrap() > 3);
    // The same again, with one thread.
    assert_eq!(out, equilibria(&["--json", "--threads", "1"]));
    let text = equilibria(&[]);
    assert!(text.contains("equilibria of conversations of 2 rounds, 2 messages of the user"), "{text}");
    assert!(
        text.contains(
            "the conversations of the profile in which the user gets least:\nbuyer has no private information"
        ),
        "{text}"
    );
}

#[test]
fn tampered_results_are_refused() {
    let result = parsed(&equilibria(&["--json"]));
    for (pointer, value, reason) in [
        ("/profiles/0/user_value", Value::from(0.9), "profiles[0].user_value: found 0.9"),
        ("/profiles/0/distances/1", Value::from(0.0), "profiles[0].distances[1]"),
        ("/profiles/0/certificate/claims/user_value", Value::from(0.9), "the user's value is"),
        ("/profiles/0/certificate/proof/plan/0", Value::Null, "plan lacks a decision"),
        ("/profiles/0/certificate/proof/protocol/rounds", Value::from(1), "is for another"),
        ("/profiles/0/certificate/proof/rules/0/rounds/0/0", Value::from(0.25), "the rule of agent 0"),
        ("/protocol/rounds", Value::from(3), "is for another"),
        ("/protocol/rounds", Value::from(1_000_000_000_000_u64), "is for another"),
        ("/eta", Value::from(3), "eta: found together with a protocol"),
    ] {
        let mut bad = result.clone();
        match bad.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => bad[&pointer[1..]] = value,
        }
        let (good, text) = verified(&bad.to_string(), OPINION);
        assert!(!good && text.contains("REFUSED") && text.contains(reason), "{pointer}: {text}");
    }
    let reply = seller("2", &[]);
    for (pointer, value, reason) in [
        ("/upper_bound", Value::from(0.55), "upper_bound: found 0.55"),
        ("/agent", Value::from("nobody"), "there is none called"),
        ("/protocol/opens", Value::from("agents"), "is for another"),
        ("/certificate/proof/replies/0/0/leaf", Value::Array(vec![]), "upper_bound"),
    ] {
        let mut bad = reply.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        let (good, text) = verified(&bad.to_string(), OPINION);
        assert!(!good && text.contains("REFUSED"), "{pointer}, {reason}: {text}");
    }
}

#[test]
fn limits_are_told() {
    let (code, out, err) =
        told(&["equilibria", OPINION, "--game", "all-agents", "--rounds", "3", "--most-nodes", "1000"]);
    assert!(code == 2 && out.is_empty(), "{err}");
    assert!(err.contains("4369 nodes") && err.contains("the limit is 1000 nodes; raise it with --most-nodes"), "{err}");
    let (code, out, _) = told(&["persuade", OPINION, "--agent", "seller", "--rounds", "2", "--time-limit", "0"]);
    assert_eq!(code, 1, "{out}");
    // The command prints what is known by then.
    assert!(out.contains("stopped early: the time limit was reached") && out.contains("found by a heuristic"), "{out}");
}

#[test]
fn bad_options_are_refused() {
    for (arguments, expected) in [
        (vec!["equilibria", OPINION, "--rounds", "2"], "--rounds: only for conversations in --game all-agents"),
        (vec!["equilibria", OPINION, "--game", "all-agents", "--quantal", "2"], "`suasion converse --quantal`"),
        (vec!["equilibria", OPINION, "--game", "all-agents", "--margin", "0.1"], "--margin: found 0.1, expected 0 in"),
        (vec!["equilibria", OPINION, "--game", "all-agents", "--rounds", "0"], "--rounds: found 0, expected from 1"),
        (vec!["persuade", OPINION, "-a", "1", "--rounds", "2", "--menu"], "--rounds: found together with --menu"),
        (
            vec!["persuade", OPINION, "-a", "1", "--opens", "user", "--quantal", "2"],
            "--opens: found together with --quantal",
        ),
        (
            vec!["persuade", OPINION, "-a", "1", "--against", "silence"],
            "--against: only for conversations; give the number of rounds",
        ),
        (
            vec!["persuade", OPINION, "-a", "1", "--rounds", "2", "--against", "nothing.json"],
            "nothing.json: cannot be read",
        ),
        (vec!["converse", OPINION, "--profile", "silence", "--user-messages", "0"], "--user-messages: found 0"),
    ] {
        let (code, out, text) = told(&arguments);
        assert!(code == 2 && out.is_empty() && text.contains(expected), "{arguments:?}: {code} {text}");
    }
    let saved = succeeds(&["persuade", OPINION, "--agent", "seller", "--rounds", "2", "--json"]);
    for (which, instance, expected) in [
        ("2", OPINION, "--which: found 2, expected from 1 to 1"),
        ("0", OPINION, "--which: found 0, expected from 1 to 1"),
        ("1", MENU, "a result about another instance"),
    ] {
        let (code, _, text) =
            with_saved(&saved, |path| told(&["converse", instance, "--profile", path, "--which", which]));
        assert!(code == 2 && text.contains(expected), "{which}: {code} {text}");
    }
}
