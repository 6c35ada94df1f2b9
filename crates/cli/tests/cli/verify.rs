//! Saved results are verified, and tampered results are refused with the reason.

use crate::common::{succeeds, told};
use serde_json::{Value, json};
use std::path::Path;

const PROSECUTOR: &str = "instances/prosecutor.json";

/// The output of `verify` for a result.
fn verify(directory: &Path, result: &Value) -> (i32, String) {
    let file = directory.join("result.jsonl");
    std::fs::write(&file, result.to_string()).unwrap();
    let (code, out, err) = told(&["verify", file.to_str().unwrap()]);
    (code, out + &err)
}

fn solved(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(arguments)).unwrap()
}

#[test]
fn good_results() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("all.jsonl");
    let mut all =
        succeeds(&["solve", "--json", PROSECUTOR, "instances/twenty-priors-npy.json", "instances/laboratories.json"]);
    all += &succeeds(&["persuade", "--json", PROSECUTOR, "--floor", "0.8"]);
    all += &succeeds(&["frontier", "--json", "instances/uniform-20x20.json", "--agent", "2"]);
    all += &succeeds(&["frontier", "--json", "instances/integer-8x6.json", "--agent", "1"]);
    for offset in ["none", "constant", "per-state"] {
        all += &succeeds(&["align", "--json", "instances/integer-8x6.json", "--offset", offset]);
        all += &succeeds(&["align", "--json", "instances/opposed-experts.json", "--simplex", "--offset", offset]);
        all += &succeeds(&["align", "--json", "instances/hunch.json", "--slack", "0.1", "--offset", offset]);
    }
    all += &succeeds(&["stackelberg", "--json", "instances/stackelberg-two-types.json"]);
    for instance in ["two-intervals", "integer-8x6", "opposed-experts", "quadratic-experts", "laboratories"] {
        let instance = format!("instances/{instance}.json");
        all += &succeeds(&["equilibria", "--json", &instance]);
        all += &succeeds(&["dynamics", "--json", &instance, "--start", "random", "--starts", "2"]);
    }
    for instance in ["instances/gap-two-agents.json", "instances/laboratories.json"] {
        all += &succeeds(&["equilibria", "--json", instance, "--slack", "0.1"]);
    }
    std::fs::write(&file, &all).unwrap();
    let out = succeeds(&["verify", file.to_str().unwrap()]);
    assert_eq!(out.lines().count(), all.lines().count());
    assert!(out.lines().all(|line| line.contains("certified, largest gap")), "{out}");
}

/// A frontier with an error proves how far it is above the lines that join its vertices.
#[test]
fn frontiers_within_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let game = directory.path().join("game.json");
    let game = game.to_str().unwrap();
    succeeds(&["generate", "uniform", "-n", "60", "-m", "60", "-k", "1", "--seed", "3", "-o", game]);
    let frontier = |error: &str| solved(&["frontier", "--json", game, "--error", error]);
    let (coarse, fine) = (frontier("0.01"), frontier("0.0001"));
    let size = |result: &Value| result["vertices"].as_array().unwrap().len();
    assert!(size(&coarse) < size(&fine), "{} {}", size(&coarse), size(&fine));
    for (result, error) in [(&coarse, 0.01), (&fine, 0.0001)] {
        assert_eq!(result["certified"], json!(true));
        let proved = result["error"].as_f64().unwrap();
        assert!(proved > 0.1 * error && proved <= error, "{proved}");
        assert_eq!(verify(directory.path(), result).0, 0);
    }
    // A smaller error is not proved, nor is a missing error, nor the same error with a vertex less.
    let claimed = |change: &dyn Fn(&mut Value)| {
        let mut changed = coarse.clone();
        change(&mut changed);
        verify(directory.path(), &changed)
    };
    let smaller = claimed(&|result| result["error"] = json!(0.001));
    assert!(smaller.0 == 1 && smaller.1.contains("error: found 0.001"), "{smaller:?}");
    let none = claimed(&|result| drop(result.as_object_mut().unwrap().remove("error")));
    assert!(none.0 == 1 && none.1.contains("above the line"), "{none:?}");
    let cut = claimed(&|result| drop(result["vertices"].as_array_mut().unwrap().remove(2)));
    assert!(cut.0 == 1 && cut.1.contains("error: found"), "{cut:?}");
    let (code, _, said) = told(&["frontier", game, "--error", "-1"]);
    assert!(code == 2 && said.contains("--error: found -1, expected a finite number of at least 0"), "{said}");
}

/// A result with another value at a place, which may be a new key.
fn tampered(result: &Value, place: &str, value: Value) -> Value {
    let mut tampered = result.clone();
    let (parent, key) = place.rsplit_once('/').unwrap();
    match tampered.pointer_mut(parent).unwrap_or_else(|| panic!("{place}")) {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => drop(other.as_object_mut().unwrap().insert(key.into(), value)),
    }
    tampered
}

/// Every change of a result, (result, place, value, reason), is refused for its reason.
fn refuses(directory: &Path, cases: Vec<(&Value, String, Value, &str)>) {
    for (result, place, value, reason) in cases {
        let (code, told) = verify(directory, &tampered(result, &place, value));
        assert_eq!(code, 1, "{place}: {told}");
        assert!(told.contains("REFUSED") && told.contains(reason), "{place}: {told}");
    }
}

#[test]
fn tampered_results() {
    let directory = tempfile::tempdir().unwrap();
    let solve = solved(&["solve", "--json", PROSECUTOR]);
    let persuade = solved(&["persuade", "--json", PROSECUTOR, "--floor", "0.8"]);
    let frontier = solved(&["frontier", "--json", PROSECUTOR]);
    let stackelberg = solved(&["stackelberg", "--json", "instances/stackelberg-conitzer-sandholm.json"]);
    let monopoly = "/agents/0/monopoly";
    let certificate = format!("{monopoly}/certificate");
    let cases: Vec<(&Value, String, Value, &str)> = vec![
        // Change the result and the claims of its certificate.
        (
            &solve,
            format!("{monopoly}/agent_value"),
            json!(0.61),
            "agents[0].monopoly.agent_value: found 0.61, but what is proved is ",
        ),
        (
            &solve,
            "/user_value/no_information".into(),
            json!(0.75),
            "user_value.no_information: found 0.75, but what is proved is 0.7",
        ),
        (
            &solve,
            format!("{certificate}/claims/objective_value"),
            json!(0.61),
            "the objective's value is claimed to be 0.61, but it is ",
        ),
        (
            &solve,
            format!("{certificate}/claims/upper_bound"),
            json!(0.59),
            "the upper bound is claimed to be 0.59, but it is 0.6",
        ),
        (&solve, format!("{certificate}/claims/violation"), json!(1e-9), "the violation is claimed to be"),
        // Change a probability, a multiplier and an index.
        (&solve, format!("{certificate}/proof/scheme/1/2"), json!(0.42), "but it is"),
        (&solve, format!("{certificate}/proof/scheme/1/2"), json!(1.5), "scheme entry 1 is 1.5"),
        (&solve, format!("{certificate}/proof/bound/0/2"), json!(0.9), "but it is"),
        (&solve, format!("{certificate}/proof/bound/0/2"), json!(-1.0), "not a finite number of at least 0"),
        (&solve, format!("{certificate}/proof/bound/0/1"), json!(7), "multiplier 0 names action 7, but there are 2"),
        (&solve, format!("{certificate}/proof/agent"), json!(1), "another prior, agent, objective or floor"),
        (&solve, "/digest".into(), json!("0000000000000000"), "is not the one that was solved"),
        (&solve, "/prior".into(), json!(3), "prior: found 3, and the instance has 1"),
        (&solve, "/agents".into(), json!([]), "agents: found 0, and the instance has 1"),
        (&persuade, "/scheme/rows/0/probability".into(), json!(0.5), "scheme.rows[0].probability: found 0.5"),
        (&persuade, "/scheme/rows/0/signal".into(), json!("convict"), "scheme.rows[0].signal: found \"convict\""),
        (&persuade, "/floor".into(), json!(0.7), "another prior, agent, objective or floor"),
        (&frontier, "/vertices/0/user_value".into(), json!(0.8), "vertices"),
        (&frontier, "/vertices".into(), json!([frontier["vertices"][0]]), "the last one is not full information"),
        (
            &frontier,
            "/vertices".into(),
            json!([frontier["vertices"][1]]),
            "does not bound the agent's value without a floor",
        ),
        (&stackelberg, "/leader_value".into(), json!(3.7), "leader_value: found 3.7"),
        (&stackelberg, "/certificate/proof/strategy/0/1".into(), json!(0.5), "strategy[0].probability: found 0.66"),
        (&stackelberg, "/certificate/proof/strategy/1/1".into(), json!(0.3), "but it is"),
        (&stackelberg, "/certificate/proof/tree".into(), json!([]), "the tree ends before"),
    ];
    refuses(directory.path(), cases);
    let mut bare = solve.clone();
    bare["agents"][0]["monopoly"].as_object_mut().unwrap().remove("certificate");
    assert!(verify(directory.path(), &bare).1.contains("it has no certificate"));
    let mut more = solve.clone();
    more["agents"][0]["monopoly"]["bonus"] = json!(1);
    assert!(verify(directory.path(), &more).1.contains("agents[0].monopoly.bonus: nothing proves this"));
    assert_eq!(verify(directory.path(), &solve).0, 0, "untouched, it is certified");
}

#[test]
fn tampered_alignment() {
    let directory = tempfile::tempdir().unwrap();
    let align = solved(&["align", "--json", "instances/laboratories.json", "--simplex"]);
    let cases = vec![
        ("/error", json!(0.1), "error: found 0.1, but what is proved is 0.2"),
        ("/weights/0", json!(0.5), "weights[0]: found 0.5"),
        ("/offset", json!([]), "offset: found 0 entries, but the certificate proves 2"),
        ("/lower_bound", json!(0.25), "lower_bound: found 0.25"),
        ("/offset_kind", json!("none"), "offset_kind: found \"none\""),
        ("/simplex", json!(false), "simplex: found false"),
        ("/slack", json!(1.0), "slack: found 1.0"),
        ("/prior", json!(7), "prior: found 7"),
        ("/certificate/claims/error", json!(0.1), "the error is claimed to be 0.1, but it is 0.2"),
        ("/certificate/claims/lower_bound", json!(0.25), "the lower bound is claimed to be 0.25, but it is"),
        ("/certificate/proof/weights", json!([0.5, 0.5]), "the error is claimed to be 0.2, but it is 0."),
        ("/certificate/proof/weights", json!([0.5, 0.6]), "the weights do not sum to one, but exceed it by 9.99"),
        ("/certificate/claims/offset/0", json!(0.7), "offset 0 is claimed to be 0.7, but it is"),
        ("/certificate/claims/limit", json!(1.0), "the limit on weights is claimed to be 1.0, but it is inf"),
        ("/certificate/proof/measure/pairs/0/2", json!(-0.6), "is -0.6, not a finite number of at least 0"),
        ("/certificate/proof/measure/pairs/0/0/1", json!(1), "does not cancel the offset"),
        ("/certificate/proof/measure/pairs", json!([]), "the lower bound is claimed to be"),
    ];
    refuses(
        directory.path(),
        cases.into_iter().map(|(place, value, reason)| (&align, place.into(), value, reason)).collect(),
    );
    assert_eq!(verify(directory.path(), &align).0, 0, "untouched, it is certified");
}

#[test]
fn tampered_equilibria() {
    let directory = tempfile::tempdir().unwrap();
    let equilibria = solved(&["equilibria", "--json", "instances/two-intervals.json"]);
    let dynamics = solved(&["dynamics", "--json", "instances/gap-two-agents.json"]);
    let solve = solved(&["solve", "--json", "instances/two-intervals.json"]);
    let other = if dynamics["accepted"] == "agent 1" { "agent 2" } else { "agent 1" };
    let cases = vec![
        (&equilibria, "/worst_user_value".into(), json!(5.0), "worst_user_value: found 5.0"),
        (&equilibria, "/bound".into(), json!(4.0), "bound: found 4.0"),
        (&equilibria, "/lower_bound".into(), json!(4.3), "lower_bound: found 4.3"),
        (&equilibria, "/exact".into(), json!(false), "exact: found false"),
        (&equilibria, "/slack".into(), json!(0.5), "slack"),
        (&equilibria, "/intervals".into(), json!([[5.8, 5.8]]), "do not begin at the worst equilibrium"),
        (&equilibria, "/worst/values/0".into(), json!(9.0), "worst.values[0]: found 9.0"),
        (&equilibria, "/worst/regrets/0".into(), json!(0.1), "worst.regrets[0]: found 0.1"),
        (
            &equilibria,
            "/worst/certificate/claims/user_value".into(),
            json!(4.0),
            "the user's value is claimed to be 4.0",
        ),
        (&equilibria, "/worst/certificate/proof/accepted".into(), json!(3), "names offer 3, but there are 1"),
        (&equilibria, "/exclusion/claims/lower_bound".into(), json!(5.0), "the lower bound is claimed to be 5.0"),
        (&equilibria, "/exclusion/proof/prior".into(), json!(1), "prior"),
        (&equilibria, "/alignment/error".into(), json!(0.1), "alignment.error: found 0.1"),
        (&dynamics, "/accepted".into(), json!(other), "whose offer is not the accepted one"),
        (&dynamics, "/user_value".into(), json!(2.0), "user_value: found 2.0"),
        (&solve, "/equilibrium/best_user_value".into(), json!(6.0), "equilibrium.best_user_value: found 6.0"),
    ];
    refuses(directory.path(), cases);
    for good in [&equilibria, &dynamics, &solve] {
        assert_eq!(verify(directory.path(), good).0, 0, "untouched, it is certified");
    }
}

/// A result of the best-agent game claims all equilibria, so it is refused without the proof that
/// there is none below, or with a proof that ends below.
#[test]
fn what_is_exact_excludes_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let truth = solved(&["equilibria", "--json", "instances/gap-two-agents.json"]);
    let mut forged = truth.clone();
    let best = truth["best"].clone();
    for key in ["exclusion", "lower_bound"] {
        forged.as_object_mut().unwrap().remove(key);
    }
    forged["worst"] = best.clone();
    forged["worst_user_value"] = truth["best_user_value"].clone();
    forged["intervals"] = json!([[2.0, 2.0]]);
    let (code, told) = verify(directory.path(), &forged);
    assert!(code == 1 && told.contains("equilibrium.exclusion: missing"), "{told}");
    // The proof ends at the worst equilibrium, so it does not help a better one.
    forged["exclusion"] = truth["exclusion"].clone();
    forged["lower_bound"] = truth["lower_bound"].clone();
    let (code, told) = verify(directory.path(), &forged);
    assert!(code == 1 && told.contains("below the worst equilibrium, so that a worse one may exist"), "{told}");
    // The best equilibrium cannot be left out either: full information is an equilibrium.
    let mut forged = truth.clone();
    forged["best"] = truth["worst"].clone();
    forged["best_user_value"] = truth["worst_user_value"].clone();
    forged["intervals"] = json!([[truth["worst_user_value"], truth["worst_user_value"]]]);
    let (code, told) = verify(directory.path(), &forged);
    assert!(code == 1 && told.contains("full information, which is an equilibrium, leaves the user 2"), "{told}");
    // If agents observe different signals, nothing proves that these are all equilibria.
    let mut found = solved(&["equilibria", "--json", "instances/laboratories.json"]);
    assert_eq!(found["exact"], false);
    found["exact"] = json!(true);
    let (code, told) = verify(directory.path(), &found);
    assert!(code == 1 && told.contains("exact: found true, but what is proved is false"), "{told}");
}

/// Parts without a certificate are rebuilt too.
#[test]
fn fields_beside_certificates() {
    let directory = tempfile::tempdir().unwrap();
    let starts = ["--game", "all-agents", "--starts", "4"];
    let all = solved(&[&["equilibria", "--json", "instances/gap-two-agents.json"][..], &starts].concat());
    let dynamics = solved(&["dynamics", "--json", "instances/gap-two-agents.json", "--trace", "--increment", "0.05"]);
    let stackelberg = solved(&["stackelberg", "--json", "instances/stackelberg-two-types.json"]);
    let opinion = "instances/second-opinion.json";
    let reply = solved(&["persuade", "--json", opinion, "--agent", "seller", "--rounds", "1"]);
    let align = solved(&["align", "--json", "instances/twenty-priors-npy.json"]);
    let cases = vec![
        (&all, "/exact".into(), json!(true), "exact: found true"),
        (&all, "/name".into(), json!("gab"), "name: found \"gab\", and the instance is called \"gap\""),
        (&all, "/profiles/0/identical".into(), json!(false), "profiles[0].identical: found false"),
        (&dynamics, "/ended".into(), json!("limit"), "ended: found \"limit\""),
        (&dynamics, "/rounds".into(), json!(1), "found"),
        (&dynamics, "/rounds".into(), json!(1000), "rounds: found 1000"),
        (&dynamics, "/moves".into(), json!(0), "moves: found 0"),
        (&dynamics, "/trace/0/agent".into(), json!("agent 3"), "trace[0]: found agent 3"),
        (&dynamics, "/trace/1/bid".into(), json!(0.5), "trace[1].bid: found 0.5"),
        (&dynamics, "/trace/0/values/1".into(), json!(0.5), "trace[0].values: found"),
        (&dynamics, "/trace".into(), json!([]), "trace: found 0 moves"),
        (&dynamics, "/increment".into(), json!(-1.0), "increment: found -1"),
        (&dynamics, "/increment".into(), json!(0.2), "and the simulation run again gives"),
        (&stackelberg, "/prior".into(), json!(1), "prior: found 1, and the instance has 1"),
        (&stackelberg, "/name".into(), json!("another"), "name: found \"another\""),
        (&align, "/prior".into(), json!(3), "prior: found 3, expected 0"),
        (&reply, "/against".into(), json!("revelation"), "against: found \"revelation\", and the rule of"),
        (&reply, "/heuristic".into(), json!(true), "heuristic"),
    ];
    let cases: Vec<(&Value, String, Value, &str)> = cases;
    for (result, place, value, reason) in cases {
        let (code, told) = verify(directory.path(), &tampered(result, &place, value));
        assert!(code == 1 && told.contains("REFUSED") && told.contains(reason), "{place}: {told}");
    }
    // What a game has not is no result of it.
    let (code, told) = verify(directory.path(), &tampered(&all, "/game", json!("best-agent")));
    assert!(code == 2 && told.contains("missing field"), "{told}");
    for good in [&all, &dynamics, &stackelberg, &reply, &align] {
        assert_eq!(verify(directory.path(), good).0, 0, "untouched, it is certified");
    }
}

/// Unproved parts are named, and gains within a slack are distinguished from gaps of proofs.
#[test]
fn what_is_said_of_the_proved() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("result.jsonl");
    let said = |call: &[&str]| -> (String, Value) {
        std::fs::write(&file, succeeds(&[call, &["--json"]].concat())).unwrap();
        let text = succeeds(&["verify", file.to_str().unwrap()]);
        (text, serde_json::from_str(&succeeds(&["verify", "--json", file.to_str().unwrap()])).unwrap())
    };
    let (text, json) = said(&["persuade", PROSECUTOR]);
    assert!(!text.contains("not proved"), "{text}");
    assert_eq!(json["not_proved"], json!([]));
    assert!(json["violation"].as_f64().unwrap() == 0.0 && json["gap"].as_f64().unwrap() < 1e-12, "{json}");
    assert_eq!(json["regret"], Value::Null);
    let (text, _) = said(&["equilibria", "instances/two-intervals.json"]);
    assert!(text.contains("; not proved: intervals between their ends\n"), "{text}");
    let (text, json) = said(&["equilibria", "instances/gap-two-agents.json", "--slack", "0.1"]);
    assert!(json["gap"].as_f64().unwrap() < 1e-8, "{json}");
    let regret = json["regret"].as_f64().unwrap();
    assert!(regret > 0.01 && regret <= 0.1 + 1e-8, "{json}");
    assert!(text.contains("no agent gains more than"), "{text}");
    let (_, json) = said(&["dynamics", "instances/laboratories.json"]);
    assert!(json["gap"].as_f64().unwrap() < 1e-8 && json["regret"].as_f64().unwrap() > 1e-4, "{json}");
    let (_, json) = said(&["equilibria", "instances/gap-two-agents.json", "--game", "all-agents", "--starts", "3"]);
    let names: Vec<&str> = json["not_proved"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for name in ["seed", "starts", "unsettled", "too_large", "margin", "that no others were found"] {
        assert!(names.contains(&name), "{json}");
    }
    let (text, _) = said(&["equilibria", PROSECUTOR, "--slack", "0.05"]);
    assert!(text.contains("that no equilibrium is better, intervals between their ends"), "{text}");
}

/// A repeated key is refused, in results and in instances, and the other results in a file are
/// still checked.
#[test]
fn keys_that_come_twice() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("result.jsonl");
    let good = succeeds(&["solve", "--json", PROSECUTOR]);
    let forged = good.replacen("\"agent_value\":", "\"agent_value\":0.9,\"agent_value\":", 1);
    let nested = good.replacen("\"violation\":", "\"violat\\u0069on\":0,\"violation\":", 1);
    std::fs::write(&file, format!("{forged}{good}{nested}")).unwrap();
    let (code, out, err) = told(&["verify", file.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(out.contains(":2: prosecutor (prior 0): certified") && out.lines().count() == 1, "{out}");
    let lines: Vec<&str> = err.lines().collect();
    assert!(lines[0].contains(":1: column ") && lines[0].contains("found the key \"agent_value\" twice"), "{err}");
    assert!(lines[0].contains("agents[0].monopoly: "), "{err}");
    assert!(lines[1].contains(":3: column ") && lines[1].contains("claims: found the key \"violation\""), "{err}");
    let instance = directory.path().join("game.json");
    let text = std::fs::read_to_string(crate::common::root().join(PROSECUTOR)).unwrap();
    std::fs::write(&instance, text.replacen("\"prior\":", "\"prior\": [0.5, 0.5], \"prior\":", 1)).unwrap();
    let (code, _, err) = told(&["solve", instance.to_str().unwrap()]);
    assert!(code == 2 && err.contains("found the key \"prior\" twice in one object"), "{err}");
}

/// The instance changes after it was solved.
#[test]
fn another_instance() {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("copy.json");
    let text = std::fs::read_to_string(crate::common::root().join(PROSECUTOR)).unwrap();
    std::fs::write(&copy, &text).unwrap();
    let result = solved(&["solve", "--json", copy.to_str().unwrap()]);
    assert_eq!(verify(directory.path(), &result).0, 0);
    std::fs::write(&copy, text.replace("0.7, 0.3", "0.6, 0.4")).unwrap();
    let (code, told) = verify(directory.path(), &result);
    assert!(code == 1 && told.contains("is not the one that was solved"), "{told}");
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(verify(directory.path(), &result).0, 2);
    let file = directory.path().join("result.jsonl");
    let elsewhere = succeeds(&["verify", file.to_str().unwrap(), "--instance", PROSECUTOR]);
    assert!(elsewhere.contains("certified"));
}

#[test]
fn what_is_no_result() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("result.jsonl");
    for (text, reason) in [
        ("", "found no result"),
        ("{", ":1: not JSON"),
        ("{\"a\": 1}", ":1: not a result that `suasion --json` printed"),
        (r#"{"format": "suasion-result/2", "kind": "haggle"}"#, "unknown variant `haggle`"),
        (r#"{"format": "suasion-result/3", "kind": "solve"}"#, "found a result of the format \"suasion-result/3\""),
        (
            r#"{"command": "solve", "instance": "a.json"}"#,
            "\"suasion-result/1\", which another version of suasion wrote",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let (code, out, err) = told(&["verify", file.to_str().unwrap()]);
        assert!(code == 2 && out.is_empty() && err.contains(reason), "{text}: {err}");
    }
}
