//! `suasion equilibria --quantal` and `suasion dynamics --quantal`: agents compete for a quantal
//! user.

use crate::common::{succeeds, told};
use serde_json::Value;

const GAP: &str = "instances/gap-two-agents.json";
const PROSECUTOR: &str = "instances/prosecutor.json";
const TYPES: &str = "instances/conversation-beats-menu.json";
const LABORATORIES: &str = "instances/laboratories.json";

fn solved(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(&[&["equilibria", "--json"], arguments].concat())).unwrap()
}

fn number(result: &Value, place: &str) -> f64 {
    result.pointer(place).and_then(Value::as_f64).unwrap_or_else(|| panic!("{place} of {result}"))
}

#[test]
fn agents_compete_for_a_quantal_user() {
    let found = solved(&[GAP, "--quantal", "5"]);
    assert_eq!((&found["game"], &found["exact"]), (&Value::from("best-agent"), &Value::from(false)));
    assert_eq!((&found["eta"], &found["certified"]), (&Value::from(5.0), &Value::from(true)));
    let (worst, best) = (number(&found, "/worst_user_value"), number(&found, "/best_user_value"));
    assert!(number(&found, "/user_value/no_information") < worst && worst < best - 0.1);
    // She is better off without some of the information.
    assert!(best > number(&found, "/user_value/full_information") + 1e-3);
    assert!(number(&found, "/slack") < 1e-3 && number(&found, "/bound") < worst);
    for end in ["worst", "best"] {
        for agent in 0..2 {
            assert!(number(&found, &format!("/{end}/regrets/{agent}")) <= number(&found, "/slack"));
        }
        let played = found[end]["scheme"]["rows"][0]["responses"][0]["actions"].as_array().unwrap();
        let total: f64 = played.iter().map(|action| action["probability"].as_f64().unwrap()).sum();
        assert!((total - 1.0).abs() < 1e-12);
    }
    let said = succeeds(&["equilibria", GAP, "--quantal", "5"]);
    assert!(said.contains("quantal user of sensitivity 5") && said.contains("there may be others"), "{said}");
}

#[test]
fn one_agent_does_what_persuade_says() {
    let persuaded: Value =
        serde_json::from_str(&succeeds(&["persuade", "--json", PROSECUTOR, "--quantal", "5"])).unwrap();
    let found = solved(&[PROSECUTOR, "--quantal", "5"]);
    for end in ["worst", "best"] {
        let own = number(&found, &format!("/{end}/values/0"));
        assert!((own - number(&persuaded, "/agent_value")).abs() < 1e-6);
        assert!((number(&found, &format!("/{end}/user_value")) - number(&persuaded, "/user_value")).abs() < 1e-3);
    }
    assert_eq!(found["bound"], Value::Null);
}

#[test]
fn competition_for_a_quantal_user_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.jsonl");
    for instance in [GAP, TYPES, LABORATORIES] {
        let saved = succeeds(&["equilibria", "--json", instance, "--quantal", "4"]);
        std::fs::write(&path, &saved).unwrap();
        let said = succeeds(&["verify", path.to_str().unwrap()]);
        assert!(said.contains("certified, largest gap"), "{said}");
        for (place, forged) in [
            ("/worst_user_value", Value::from(0.25)),
            ("/user_value/full_information", Value::from(7.5)),
            ("/worst/regrets/0", Value::from(-1.0)),
            ("/best/user_value", Value::from(7.5)),
            ("/worst/scheme/rows/0/responses/0/actions/0/probability", Value::from(2.0)),
            ("/slack", Value::from(-1.0)),
            ("/eta", Value::from(3.0)),
            ("/worst/certificate/proof/communication/quantal/eta", Value::from(3.0)),
            ("/worst/certificate/proof/replies/0/multiplier", Value::from(100.0)),
        ] {
            let mut result: Value = serde_json::from_str(&saved).unwrap();
            *result.pointer_mut(place).unwrap_or_else(|| panic!("{place} of {saved}")) = forged;
            std::fs::write(&path, result.to_string()).unwrap();
            let (code, out, _) = told(&["verify", path.to_str().unwrap()]);
            assert!(code == 1 && out.contains("REFUSED: "), "{instance} {place}: {out}");
        }
        // It is not a result about a rational user.
        let mut result: Value = serde_json::from_str(&saved).unwrap();
        result.as_object_mut().unwrap().remove("eta");
        std::fs::write(&path, result.to_string()).unwrap();
        let (code, out, _) = told(&["verify", path.to_str().unwrap()]);
        assert!(code == 1 && out.contains("REFUSED: "), "{instance}: {out}");
    }
}

/// With more than four observations nothing is proved; the output and the exit code say so.
#[test]
fn competition_with_many_observations() {
    let arguments = ["equilibria", "--json", "instances/hull-three-agents.json", "--quantal", "3"];
    let (code, out, _) = told(&arguments);
    assert_eq!(code, 1);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&found["worst"]["regrets"][0], &found["bound"]), (&Value::Null, &Value::Null));
    assert_eq!(found["certified"], false);
    let (code, out, _) = told(&["equilibria", "instances/hull-three-agents.json", "--quantal", "3"]);
    assert!(code == 1 && out.contains("no bound") && out.contains("there is no bound"), "{out}");
}

#[test]
fn dynamics_for_a_quantal_user() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.jsonl");
    let saved = succeeds(&["dynamics", "--json", GAP, "--quantal", "5", "--trace"]);
    let found: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!((&found["eta"], &found["ended"]), (&Value::from(5.0), &Value::from("converged")));
    let equilibria = solved(&[GAP, "--quantal", "5"]);
    assert!(number(&found, "/user_value") <= number(&equilibria, "/best_user_value") + 1e-6);
    std::fs::write(&path, &saved).unwrap();
    assert!(succeeds(&["verify", path.to_str().unwrap()]).contains("certified"));
    let mut forged = found.clone();
    forged["eta"] = 4.0.into();
    std::fs::write(&path, forged.to_string()).unwrap();
    let (code, out, _) = told(&["verify", path.to_str().unwrap()]);
    assert!(code == 1 && out.contains("another sensitivity"), "{out}");
}

#[test]
fn what_quantal_competition_refuses() {
    for command in ["equilibria", "dynamics"] {
        for (eta, shown) in [("-1", "-1"), ("nan", "NaN"), ("inf", "inf")] {
            let (code, _, err) = told(&[command, GAP, "--quantal", eta]);
            assert_eq!(code, 2, "{err}");
            assert!(
                err.contains(&format!("--quantal: found {shown}, expected a finite number of at least 0")),
                "{err}"
            );
        }
        let (code, _, err) = told(&[command, TYPES, "--quantal", "1", "--conversation"]);
        assert!(code == 2 && err.contains("cannot be used with"), "{err}");
    }
}
