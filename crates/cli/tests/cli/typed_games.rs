//! `solve`, `frontier`, `equilibria` and `dynamics` with a user who has types.

use crate::common::{succeeds, told};
use serde_json::{Value, json};
use std::path::Path;

const BROKER: &str = "instances/broker-and-bank.json";
const BEATS: &str = "instances/conversation-beats-menu.json";
const HUNCH: &str = "instances/hunch.json";
const WAYS: [&str; 2] = ["--menu", "--conversation"];

fn solved(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(&[arguments, &["--json"]].concat())).unwrap()
}

fn close(value: &Value, expected: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found - expected).abs() < 1e-9, "{found} and {expected}");
}

/// The output of `verify` for a result.
fn verify(directory: &Path, result: &Value) -> (i32, String) {
    let file = directory.join("result.jsonl");
    std::fs::write(&file, result.to_string()).unwrap();
    let (code, out, err) = told(&["verify", file.to_str().unwrap()]);
    (code, out + &err)
}

/// A table in which rounding errors, which depend on the machine, are replaced by their order of
/// magnitude.
fn steady(arguments: &[&str]) -> String {
    let word = |word: &str| {
        let tiny = word.parse::<f64>().is_ok_and(|number| number != 0.0 && number.abs() < 1e-12);
        if tiny { "tiny".to_owned() } else { word.to_owned() }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<String>>().join(" ");
    succeeds(arguments).lines().map(line).collect::<Vec<String>>().join("\n")
}

#[test]
fn people_read_typed_games() {
    insta::assert_snapshot!("solve", steady(&["solve", BROKER]));
    insta::assert_snapshot!("equilibria", steady(&["equilibria", BROKER, "--conversation"]));
    insta::assert_snapshot!("frontier", steady(&["frontier", BEATS]));
    let dynamics = ["dynamics", BROKER, "--trace", "--increment", "0.1", "--start", "uninformative"];
    insta::assert_snapshot!("dynamics", steady(&dynamics));
}

#[test]
fn the_contract_holds_for_typed_games() {
    let once = solved(&["solve", BROKER]);
    assert_eq!(once["communication"], "experiment");
    close(&once["user_value"]["no_information"], 2.8);
    close(&once["user_value"]["full_information"], 3.6);
    assert_eq!(once["agents"][1]["name"], "bank");
    for agent in once["agents"].as_array().unwrap() {
        let monopoly = &agent["monopoly"];
        close(&monopoly["upper_bound"], monopoly["agent_value"].as_f64().unwrap());
        assert!(monopoly["user_value"].as_f64().unwrap() >= 2.8 - 1e-9);
    }
    assert_eq!(once["alignment"]["weights"].as_array().unwrap().len(), 2);
    let equilibrium = &once["equilibrium"];
    assert_eq!(equilibrium["game"], "best-agent");
    close(&equilibrium["worst_user_value"], 2.88);
    close(&equilibrium["best_user_value"], 3.6);
    // No equilibrium is below.
    let lower = equilibrium["lower_bound"].as_f64().unwrap();
    assert!((2.88 - 1e-5..2.88 + 1e-9).contains(&lower), "{lower}");
    assert!(equilibrium["bound"].as_f64().unwrap() <= 2.88);
    assert_eq!(once["certified"], true);
    let slack = solved(&["equilibria", BROKER, "--slack", "0.1"]);
    assert_eq!((&slack["slack"], &slack["exact"], &slack["certified"]), (&json!(0.1), &json!(true), &json!(true)));
    assert!(slack["worst_user_value"].as_f64().unwrap() < 2.88 - 1e-3, "{slack}");
    let often = solved(&["solve", BROKER, "--conversation"]);
    assert_eq!(often["communication"], "mechanism");
    close(&often["equilibrium"]["worst_user_value"], 3.078_260_869_565_217);
    // With a mechanism, a monopolist gets at least as much.
    for (often, once) in often["agents"].as_array().unwrap().iter().zip(once["agents"].as_array().unwrap()) {
        let value = |agent: &Value| agent["monopoly"]["agent_value"].as_f64().unwrap();
        assert!(value(often) >= value(once) - 1e-9);
    }
    assert_eq!(solved(&["solve", BROKER, "--game", "none"])["agents"], once["agents"]);
    let frontier = solved(&["frontier", BEATS, "--conversation"]);
    close(&frontier["vertices"][0]["agent_value"], 0.6);
    close(&frontier["vertices"][1]["user_value"], 2.3);
    assert_eq!(frontier["vertices"][0]["scheme"]["rows"][0]["report"], "wary");
    assert_eq!(solved(&["frontier", BEATS])["vertices"].as_array().unwrap().len(), 4);
}

/// With one type, both flags are allowed and change nothing.
#[test]
fn flags_change_nothing_for_one_type() {
    for command in [
        &["solve", "instances/two-intervals.json"][..],
        &["frontier", "instances/two-intervals.json", "--agent", "2"],
        &["equilibria", "instances/gap-two-agents.json", "--slack", "0.1"],
        &["dynamics", "instances/gap-two-agents.json"],
        &["solve", "instances/laboratories.json"],
    ] {
        let plain = solved(command);
        assert_eq!(plain["communication"], "direct");
        for how in WAYS {
            assert_eq!(solved(&[command, &[how]].concat()), plain, "{command:?} {how}");
        }
    }
    assert_eq!(told(&["solve", BROKER, "--menu", "--conversation"]).0, 2);
}

/// Two agents with different observations, who together know everything.
fn apart(directory: &Path) -> String {
    let mut game: Value =
        serde_json::from_str(&std::fs::read_to_string(crate::common::root().join(BROKER)).unwrap()).unwrap();
    let world = |probability: f64, state: &str, user: &str, broker: &str, bank: &str| {
        json!({ "probability": probability, "state": state, "user": user,
                "agents": { "broker": broker, "bank": bank } })
    };
    game["worlds"] = json!([
        world(0.2, "good", "hopeful", "up", "up"),
        world(0.1, "good", "hopeful", "up", "down"),
        world(0.2, "bad", "hopeful", "down", "down"),
        world(0.1, "good", "wary", "down", "up"),
        world(0.3, "bad", "wary", "down", "down"),
        world(0.1, "bad", "wary", "up", "down"),
    ]);
    let file = directory.join("apart.json");
    std::fs::write(&file, game.to_string()).unwrap();
    file.to_str().unwrap().into()
}

#[test]
fn typed_results_are_verified() {
    let directory = tempfile::tempdir().unwrap();
    let apart = apart(directory.path());
    for how in WAYS {
        for instance in [BROKER, BEATS, HUNCH, &apart] {
            for command in [
                &["solve", instance][..],
                &["solve", instance, "--game", "none"],
                &["frontier", instance, "--agent", "1"],
                &["persuade", instance, "--agent", "1"],
                &["equilibria", instance],
                &["equilibria", instance, "--slack", "0.1"],
                &["dynamics", instance, "--start", "random", "--starts", "1"],
                &["dynamics", instance, "--start", "full", "--order", "simultaneous"],
                &["dynamics", instance, "--start", "uninformative", "--order", "random"],
            ] {
                let result = solved(&[command, &[how]].concat());
                let (code, said) = verify(directory.path(), &result);
                assert_eq!(code, 0, "{command:?} {how}: {said}");
                assert!(said.contains("certified, largest gap"), "{said}");
            }
        }
    }
}

#[test]
fn typed_results_that_were_tampered_with() {
    let directory = tempfile::tempdir().unwrap();
    for how in WAYS {
        let way = if how == "--menu" { "mechanism" } else { "experiment" };
        let solve = solved(&["solve", BROKER, how]);
        let equilibria = solved(&["equilibria", BROKER, how]);
        let dynamics = solved(&["dynamics", BROKER, how]);
        let frontier = solved(&["frontier", BROKER, "--agent", "1", how]);
        let reversed: Vec<Value> =
            equilibria["intervals"].as_array().unwrap()[0].as_array().unwrap().iter().rev().cloned().collect();
        let cases = [
            (&solve, "/communication", json!(way), "its certificate is about another kind of communication"),
            (
                &solve,
                "/communication",
                json!("direct"),
                "communication: found \"direct\", and the number of the user's types is 2",
            ),
            (&solve, "/user_value/full_information", json!(4.0), "user_value.full_information: found 4.0"),
            (&solve, "/agents/0/monopoly/agent_value", json!(4.0), "agents[0].monopoly.agent_value: found 4.0"),
            (
                &solve,
                "/agents/0/monopoly/certificate",
                solve["agents"][1]["monopoly"]["certificate"].clone(),
                "another prior, agent",
            ),
            (&solve, "/equilibrium/worst_user_value", json!(3.5), "worst_user_value: found 3.5"),
            (&solve, "/equilibrium/worst/certificate/claims/regrets/1", json!(0.5), "the regret of agent 1"),
            (&solve, "/equilibrium/lower_bound", json!(3.6), "lower_bound: found 3.6"),
            (&solve, "/equilibrium/exclusion/claims/lower_bound", json!(3.6), "the lower bound is claimed to be 3.6"),
            (&solve, "/equilibrium/exclusion/proof/slack", json!(1.0), "equilibrium.exclusion"),
            (&equilibria, "/communication", json!(way), "about another kind of communication"),
            (&equilibria, "/worst_user_value", json!(3.5), "worst_user_value: found 3.5"),
            (&equilibria, "/intervals/0", json!(reversed), "intervals"),
            (&equilibria, "/worst/scheme/rows/0", equilibria["best"]["scheme"]["rows"][0].clone(), "worst.scheme"),
            (&dynamics, "/communication", json!(way), "about another kind of communication"),
            (&dynamics, "/user_value", json!(0.5), "user_value: found 0.5"),
            (&dynamics, "/certificate/proof/replies/0/multiplier", json!(-1.0), "multiplier of the floor of reply 0"),
            (&frontier, "/communication", json!(way), "about another kind of communication"),
            (&frontier, "/vertices/0/values/1", json!(0.5), "vertices[0].values[1]: found 0.5"),
            (&frontier, "/vertices/1/certificate/proof/floor/multiplier", json!(0.0), "vertices[1]"),
        ];
        for (result, place, value, reason) in cases {
            let mut tampered = result.clone();
            let (parent, key) = place.rsplit_once('/').unwrap();
            match tampered.pointer_mut(parent).unwrap_or_else(|| panic!("{place}")) {
                Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
                Value::Object(map) if value.is_null() => drop(map.remove(key)),
                Value::Object(map) => drop(map.insert(key.into(), value)),
                _ => panic!("{place}"),
            }
            assert_ne!(tampered, *result, "{place}");
            let (code, said) = verify(directory.path(), &tampered);
            assert_eq!(code, 1, "{how} {place}: {said}");
            assert!(said.contains("REFUSED") && said.contains(reason), "{how} {place}: {said}");
        }
        // A frontier without one of its vertices claims that nothing is above the line that joins
        // the others.
        let mut cut = frontier.clone();
        let vertices = cut["vertices"].as_array_mut().unwrap();
        assert!(vertices.len() > 2);
        vertices.remove(1);
        let (code, said) = verify(directory.path(), &cut);
        assert!(code == 1 && said.contains("above the line"), "{said}");
        // With a user of one type, there is only direct communication.
        let mut plain = solved(&["solve", "instances/prosecutor.json"]);
        plain["communication"] = json!(way);
        let (code, said) = verify(directory.path(), &plain);
        assert!(code == 1 && said.contains("communication: found"), "{said}");
    }
}

/// Agents with different observations: the result has the ends of dynamics, not the set of
/// equilibria. Full information is what they know together.
#[test]
fn different_signals_of_typed_games() {
    let directory = tempfile::tempdir().unwrap();
    let apart = apart(directory.path());
    for how in WAYS {
        let result = solved(&["equilibria", &apart, how]);
        assert_eq!((&result["exact"], &result["certified"]), (&json!(false), &json!(true)));
        // Up and down, hopeful or wary: the utilities of the best actions, computed by hand.
        close(&result["user_value"]["full_information"], FULL);
        assert!(result["best_user_value"].as_f64().unwrap() <= FULL + 1e-9);
        assert!(result.get("bound").is_none() && result.get("intervals").is_none());
    }
}

/// Up and up, or down and up, is good: leasing has a utility of 3 (with probabilities 0.2 and 0.1).
/// Up and down is good when hopeful: 3 with probability 0.1. Down and down is bad, as is up and
/// down when wary: buying has a utility of 4 with probabilities 0.2, 0.3 and 0.1.
const FULL: f64 = 0.4 * 3.0 + 0.6 * 4.0;

#[test]
fn limits_of_typed_games() {
    let (code, out, _) = told(&["solve", BROKER, "--json", "--time-limit", "0"]);
    assert_eq!(code, 1);
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["certified"], false);
    assert!(result["stopped"].is_string() && result.get("equilibrium").is_none());
    for command in [&["equilibria", BROKER][..], &["dynamics", BROKER]] {
        let (code, _, err) = told(&[command, &["--time-limit", "0"]].concat());
        assert_eq!(code, 1, "{err}");
        assert!(err.contains("broker-and-bank.json"), "{err}");
    }
    let (code, out, _) = told(&["frontier", BROKER, "--agent", "1", "--json", "--time-limit", "0"]);
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &result["certified"]), (1, &json!(false)));
}
