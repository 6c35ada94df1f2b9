//! `suasion persuade --menu` and `--conversation`: experiments and mechanisms for a user with
//! types.

use crate::common::{succeeds, told};
use serde_json::Value;

const BEATS: &str = "instances/conversation-beats-menu.json";

fn solved(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(&[&["persuade", "--json"], arguments].concat())).unwrap()
}

fn value(result: &Value, which: &str) -> f64 {
    result[which].as_f64().unwrap()
}

#[test]
fn people_read_both() {
    insta::assert_snapshot!("menu", succeeds(&["persuade", BEATS, "--menu"]).trim_end());
    insta::assert_snapshot!("conversation", succeeds(&["persuade", BEATS, "--conversation"]).trim_end());
}

#[test]
fn a_conversation_is_worth_more() {
    let (menu, conversation) = (solved(&[BEATS, "--menu"]), solved(&[BEATS, "--conversation"]));
    assert!((value(&menu, "agent_value") - 0.5).abs() < 1e-7 && (value(&menu, "upper_bound") - 0.5).abs() < 1e-7);
    assert!((value(&conversation, "agent_value") - 0.6).abs() < 1e-7);
    assert!((value(&conversation, "upper_bound") - 0.6).abs() < 1e-7);
    for result in [&menu, &conversation] {
        assert_eq!(result["certified"], true);
        assert_eq!(result["agent"], "seller");
    }
    assert_eq!(menu["scheme"]["rows"][0]["menu"].as_array().unwrap().len(), 2);
    assert!(conversation["scheme"]["rows"].as_array().unwrap().iter().any(|row| row["report"] == "hopeful"));
}

/// With one type, all three kinds of communication are the same.
#[test]
fn one_type() {
    for instance in ["instances/prosecutor.json", "instances/uniform-20x20.json"] {
        let plain = value(&solved(&[instance, "--agent", "1"]), "agent_value");
        for how in ["--menu", "--conversation"] {
            let found = solved(&[instance, "--agent", "1", how]);
            assert_eq!(found["certified"], true, "{instance} {how}");
            assert!((value(&found, "agent_value") - plain).abs() < 1e-7, "{instance} {how}: {found}");
        }
    }
}

#[test]
fn results_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.jsonl");
    for how in ["--menu", "--conversation"] {
        for more in [&[][..], &["--floor", "1.45"]] {
            let saved = succeeds(&[&["persuade", "--json", BEATS, how], more].concat());
            std::fs::write(&path, &saved).unwrap();
            let said = succeeds(&["verify", path.to_str().unwrap()]);
            assert!(said.contains("certified, largest gap"), "{said}");
            let mut forged: Value = serde_json::from_str(&saved).unwrap();
            forged["upper_bound"] = 0.1.into();
            std::fs::write(&path, forged.to_string()).unwrap();
            let (code, out, _) = told(&["verify", path.to_str().unwrap()]);
            assert_eq!(code, 1);
            assert!(out.contains("REFUSED: upper_bound"), "{out}");
        }
    }
}

#[test]
fn what_is_refused() {
    // By default, the agent runs an experiment.
    assert_eq!(succeeds(&["persuade", BEATS, "--json"]), succeeds(&["persuade", BEATS, "--json", "--menu"]));
    let (code, _, _) = told(&["persuade", BEATS, "--menu", "--conversation"]);
    assert_eq!(code, 2);
    let (code, _, err) = told(&["persuade", BEATS, "--menu", "--floor", "9"]);
    assert_eq!(code, 2, "{err}");
    let (code, _, err) = told(&["persuade", BEATS, "--conversation", "--floor", "nan"]);
    assert_eq!(code, 2, "{err}");
}
