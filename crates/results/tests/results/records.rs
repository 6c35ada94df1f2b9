//! Records: their format, reading them back, and refusals.

use crate::saved::{persuade, text};
use serde_json::{Value, json};
use std::path::Path;
use suasion_results::{FORMAT, Record, RecordError, verify_record};

fn verified(text: &str) -> Result<String, String> {
    let verified = verify_record(text, Path::new("result.jsonl"), None, None).map_err(|problem| problem.to_string())?;
    Ok(verified.line("here"))
}

#[test]
fn format_and_kind_come_first() {
    let text = text();
    assert!(text.starts_with(r#"{"format":"suasion-result/2","kind":"persuade","instance":""#), "{text}");
    assert_eq!(Record::read(&text).unwrap(), persuade());
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&value["format"], &value["communication"]), (&json!(FORMAT), &json!("direct")));
    assert_eq!(value["scheme"]["kind"], "direct");
}

#[test]
fn what_is_proved() {
    let said = verified(&text()).unwrap();
    assert!(said.starts_with("here: prosecutor (prior 0): certified, largest gap "), "{said}");
    assert!(!said.contains("not proved"), "{said}");
}

#[test]
fn what_was_changed() {
    let cases = [
        ("/agent_value", json!(0.61), "agent_value: found 0.61"),
        ("/upper_bound", json!(0.5), "upper_bound: found 0.5"),
        ("/scheme/rows/0/probability", json!(0.5), "scheme.rows[0].probability: found 0.5"),
        ("/agent", json!("nobody"), "agent: found \"nobody\""),
        ("/communication", json!("experiment"), "another kind of communication"),
        ("/digest", json!("0"), "is not the one that was solved"),
        ("/bonus", json!(1), "bonus: nothing proves this"),
        ("/certificate/claims/upper_bound", json!(0.59), "is claimed to be 0.59"),
        ("/certificate/proof/bound", json!([]), "the upper bound is claimed to be"),
    ];
    for (place, value, reason) in cases {
        let mut changed: Value = serde_json::from_str(&text()).unwrap();
        let (parent, key) = place.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value;
        let said = verified(&changed.to_string()).unwrap();
        assert!(said.contains("REFUSED") && said.contains(reason), "{place}: {said}");
    }
}

#[test]
fn what_is_no_record() {
    let cases = [
        ("{", "not JSON"),
        (r#"{"a": 1}"#, "not a result that `suasion --json` printed"),
        (r#"{"format": "suasion-result/2", "kind": "haggle"}"#, "unknown variant `haggle`"),
        (r#"{"format": "suasion-result/2", "kind": "converse"}"#, "run the same command again"),
        (r#"{"format": "suasion-result/2", "kind": "hull_fit"}"#, "a fit of data has no certificate"),
        (r#"{"a": 1, "a": 2}"#, "found the key \"a\" twice"),
    ];
    for (text, reason) in cases {
        let said = verified(text).unwrap_err();
        assert!(said.contains(reason), "{text}: {said}");
    }
    for (text, found) in [
        (r#"{"command": "solve", "instance": "a.json"}"#, "suasion-result/1"),
        (r#"{"table": "a.csv", "rows": 3}"#, "suasion-result/1"),
        (r#"{"format": "suasion-result/3", "kind": "solve"}"#, "suasion-result/3"),
    ] {
        let error = Record::read(text).unwrap_err();
        assert!(matches!(&error, RecordError::Version { found: own } if own == found), "{text}: {error}");
        let said = error.to_string();
        assert!(said.contains(found) && said.contains("make it again") && said.lines().count() == 1, "{said}");
    }
}
