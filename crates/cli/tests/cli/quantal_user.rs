//! `suasion persuade --quantal`: a user who responds by quantal response.

use crate::common::{succeeds, told};
use serde_json::Value;

const PROSECUTOR: &str = "instances/prosecutor.json";
const TYPES: &str = "instances/conversation-beats-menu.json";

fn solved(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(&[&["persuade", "--json"], arguments].concat())).unwrap()
}

fn value(result: &Value, which: &str) -> f64 {
    result[which].as_f64().unwrap()
}

#[test]
fn people_read_it() {
    insta::assert_snapshot!("quantal", succeeds(&["persuade", PROSECUTOR, "--quantal", "5"]).trim_end());
}

/// At `eta = 5` and a prior of 0.3 the line from `q = 0` touches the judge's logit at `q` with
/// `q W'(q) = W(q) - W(0)`.
#[test]
fn the_prosecutor() {
    let found = solved(&[PROSECUTOR, "--quantal", "5"]);
    let sigmoid = |q: f64| 1.0 / (1.0 + (-5.0 * (2.0 * q - 1.0)).exp());
    let messages = found["scheme"]["rows"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    // The message for all of the guilty.
    let sent = |state: usize| messages[1]["sent"][state]["probability"].as_f64().unwrap();
    assert_eq!(sent(1), 1.0);
    let q = 0.3 / (0.3 + 0.7 * sent(0));
    let slope = 10.0 * sigmoid(q) * (1.0 - sigmoid(q));
    assert!((q * slope - (sigmoid(q) - sigmoid(0.0))).abs() < 1e-4);
    let convicts = messages[1]["responses"][0]["actions"][1]["probability"].as_f64().unwrap();
    assert!((convicts - sigmoid(q)).abs() < 1e-12);
    let expected = 0.7 * (1.0 - sent(0)) * sigmoid(0.0) + (0.3 + 0.7 * sent(0)) * sigmoid(q);
    assert!((value(&found, "agent_value") - expected).abs() < 1e-12);
    assert!(value(&found, "upper_bound") - expected < 1e-6 && found["certified"] == true);
    assert_eq!(found["values"][0], found["agent_value"]);
    assert_eq!(found["eta"], 5.0);
    let told_all = found["reference"]["full_information"].as_f64().unwrap();
    assert!((told_all - sigmoid(1.0)).abs() < 1e-12);
}

#[test]
fn several_types() {
    let found = solved(&[TYPES, "--quantal", "30", "--menu"]);
    assert_eq!(found["certified"], true);
    for message in found["scheme"]["rows"].as_array().unwrap() {
        let responses = message["responses"].as_array().unwrap();
        assert_eq!((&responses[0]["type"], &responses[1]["type"]), (&Value::from("wary"), &Value::from("hopeful")));
        for response in responses {
            let actions = response["actions"].as_array().unwrap();
            let total: f64 = actions.iter().map(|action| action["probability"].as_f64().unwrap()).sum();
            assert!((total - 1.0).abs() < 1e-12, "{response}");
        }
    }
}

/// With more than four observations nothing is proved; the output and the exit code say so.
#[test]
fn too_many_observations() {
    let (code, out, _) =
        told(&["persuade", "--json", "instances/uniform-20x20.json", "--agent", "1", "--quantal", "3"]);
    assert_eq!(code, 1);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&found["upper_bound"], &found["certified"]), (&Value::Null, &Value::from(false)));
    let (code, out, _) = told(&["persuade", "instances/uniform-20x20.json", "--agent", "1", "--quantal", "3"]);
    assert_eq!(code, 1);
    assert!(out.contains("no bound") && out.contains("20 observations, only with up to 4"), "{out}");
}

#[test]
fn quantal_results_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.jsonl");
    for arguments in [&[PROSECUTOR, "--quantal", "5"][..], &[TYPES, "--quantal", "3", "--menu"]] {
        let saved = succeeds(&[&["persuade", "--json"], arguments].concat());
        std::fs::write(&path, &saved).unwrap();
        let said = succeeds(&["verify", path.to_str().unwrap()]);
        assert!(said.contains("certified, largest gap"), "{said}");
        for (place, forged) in [
            ("/upper_bound", Value::from(0.1)),
            ("/agent_value", Value::from(0.9)),
            ("/reference/no_information", Value::from(0.9)),
            ("/scheme/rows/0/responses/0/actions/0/probability", Value::from(0.9)),
            ("/eta", Value::from(4.0)),
        ] {
            let mut result: Value = serde_json::from_str(&saved).unwrap();
            *result.pointer_mut(place).unwrap() = forged;
            std::fs::write(&path, result.to_string()).unwrap();
            let (code, out, _) = told(&["verify", path.to_str().unwrap()]);
            assert_eq!(code, 1, "{place}: {out}");
            assert!(out.contains("REFUSED: "), "{place}: {out}");
        }
        let mut result: Value = serde_json::from_str(&saved).unwrap();
        result["certificate"]["proof"]["communication"]["quantal"]["eta"] = 4.0.into();
        std::fs::write(&path, result.to_string()).unwrap();
        let (code, out, _) = told(&["verify", path.to_str().unwrap()]);
        assert!(code == 1 && out.contains("is claimed to be"), "{out}");
    }
}

#[test]
fn what_quantal_refuses() {
    for (eta, shown) in [("-1", "-1"), ("nan", "NaN"), ("inf", "inf")] {
        let (code, _, err) = told(&["persuade", PROSECUTOR, "--quantal", eta]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(&format!("--quantal: found {shown}, expected a finite number of at least 0")), "{err}");
    }
    for more in [&["--conversation"][..], &["--floor", "0.5"]] {
        let (code, _, err) = told(&[&["persuade", PROSECUTOR, "--quantal", "1"], more].concat());
        assert_eq!(code, 2);
        assert!(err.contains("cannot be used with"), "{err}");
    }
}

/// Without `--conversation`, the agent speaks once.
#[test]
fn menus_are_the_usual_way() {
    assert_eq!(solved(&[TYPES, "--quantal", "1"]), solved(&[TYPES, "--quantal", "1", "--menu"]));
}
