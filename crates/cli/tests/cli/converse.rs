//! `suasion converse`, from arguments to trees and samples.

use crate::common::{succeeds, told};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

const FILE: &str = "instances/interview.json";
const PROFILE: &str = "instances/profiles/interview.json";

fn converse(more: &[&str]) -> String {
    succeeds(&[&["converse", FILE, "--profile", PROFILE], more].concat())
}

fn parsed(more: &[&str]) -> Value {
    serde_json::from_str(converse(&[more, &["--json"]].concat()).trim()).unwrap()
}

/// The standard error of a call that is refused as bad usage or input.
fn refused(arguments: &[&str]) -> String {
    let (code, out, err) = told(arguments);
    assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
    err
}

#[test]
fn people_read_conversations() {
    insta::assert_snapshot!(converse(&["--seed", "1", "--show", "2"]));
}

#[test]
fn people_read_the_tree() {
    insta::assert_snapshot!(converse(&["--tree"]));
}

#[test]
fn asking_matters() {
    let result = parsed(&["--tree"]);
    let value = |result: &Value| result["exact"]["user"].as_f64().unwrap();
    let none = result["user_value"]["no_information"].as_f64().unwrap();
    // Computed by hand: strong CVs have a value of 0.35 - 0.15, thin ones of 0.
    assert!((none - 0.2).abs() < 1e-12, "{none}");
    // She probes the recruiter at once and the referee only later; a user who chats learns nothing
    // useful.
    let first = &result["tree"]["types"][0]["messages"];
    assert_eq!(first, &serde_json::json!(["probe", "chat"]));
    let chats = parsed(&["--quantal", "100000"]);
    assert!((value(&chats) - none).abs() < 1e-4 && value(&result) > none + 0.05, "{result}");
    assert_eq!(chats["user_rule"], "silent");
}

#[test]
fn samples_are_near_what_is_exact_and_the_same_for_a_seed() {
    let result = parsed(&["--samples", "100000", "--seed", "5"]);
    let sample = &result["sample"];
    let near = |mean: &Value, error: &Value, exact: &Value| {
        let [mean, error, exact] = [mean, error, exact].map(|number| number.as_f64().unwrap());
        assert!(error > 0.0 && (mean - exact).abs() <= 5.0 * error, "{mean} {error} {exact}");
    };
    near(&sample["mean"]["user"], &sample["standard_error"]["user"], &result["exact"]["user"]);
    for agent in 0..2 {
        let of = |part: &Value| part["agents"][agent].clone();
        near(&of(&sample["mean"]), &of(&sample["standard_error"]), &of(&result["exact"]));
    }
    assert_eq!(sample["conversations"].as_array().unwrap().len(), 3);
    let [one, again, other] =
        [["5", "1"], ["5", "3"], ["6", "1"]].map(|[seed, threads]| converse(&["--seed", seed, "--threads", threads]));
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn silence_and_revelation() {
    let of = |profile: &str, more: &[&str]| -> Value {
        let out = succeeds(&[&["converse", FILE, "--profile", profile, "--json"], more].concat());
        serde_json::from_str(out.trim()).unwrap()
    };
    let silence = of("silence", &[]);
    assert_eq!(silence["exact"]["user"], silence["user_value"]["no_information"]);
    // Each agent has two observations, and reveals one of them by one of two answers.
    let near = |result: &Value| {
        let of = |value: &Value| value.as_f64().unwrap();
        (of(&result["exact"]["user"]) - of(&result["user_value"]["full_information"])).abs() < 1e-12
    };
    assert!(near(&of("revelation", &[])));
    assert!(near(&of("revelation", &["--rounds", "1", "--agent-messages", "4", "--opens", "agents"])));
    assert!(near(&of("revelation", &["--rounds", "1", "--agent-messages", "2"])));
    assert!(!near(&of("revelation", &["--rounds", "2", "--agent-messages", "1"])));
    // Flags alone define a protocol; the defaults are two rounds and two messages.
    let out =
        succeeds(&["converse", "instances/prosecutor.json", "--profile", "revelation", "--rounds", "1", "--json"]);
    let result: Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!(result["exact"]["user"], 1.0);
    let expected = serde_json::json!({ "rounds": 1, "user_messages": 2, "agent_messages": 2, "opens": "user" });
    assert_eq!(result["protocol"], expected);
}

#[test]
fn the_size_is_told_before_work_begins() {
    let (code, _, err) = told(&["converse", FILE, "--profile", "silence"]);
    assert_eq!(code, 0);
    // Two types and two rounds, each with four combinations of messages and four of answers.
    assert_eq!(err, "the tree of conversations has 546 nodes of the user and 31 histories per agent\n");
    let err = refused(&["converse", FILE, "--profile", "silence", "--most-nodes", "500"]);
    assert!(
        err.contains("has 546 nodes of the user and 31 histories per agent, each at 4 observations; the limit is 500 nodes; raise it with --most-nodes"),
        "{err}"
    );
    let err = refused(&["converse", FILE, "--profile", "silence", "--rounds", "64"]);
    assert!(err.contains("the limit is 20000000 nodes"), "{err}");
}

#[test]
fn trees_are_drawn() {
    let dot = converse(&["--dot"]);
    assert!(dot.starts_with("digraph conversations {") && dot.trim_end().ends_with('}'), "{dot}");
    // There is a tree per type, with as many arrows as nodes except for the two roots. Every quote
    // is closed.
    let arrows = dot.lines().filter(|line| line.contains(" -> ")).count();
    let nodes = dot.lines().filter(|line| line.contains("[label=") && !line.contains(" -> ")).count();
    assert_eq!(arrows + 2, nodes, "{dot}");
    assert!(nodes > 6 && dot.lines().all(|line| line.matches('"').count() % 2 == 0), "{dot}");
    let drawing = Command::new("dot").arg("-Tsvg").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    if let Ok(mut drawing) = drawing {
        drawing.stdin.take().unwrap().write_all(dot.as_bytes()).unwrap();
        assert!(drawing.wait_with_output().unwrap().status.success());
    }
    // Nodes that are left out are counted.
    let few = converse(&["--tree", "--tree-nodes", "4"]);
    assert!(few.contains("more nodes are left out; --tree-nodes says how many are printed"), "{few}");
    let result = parsed(&["--tree", "--tree-nodes", "4"]);
    let all = parsed(&["--tree"]);
    let count = |result: &Value, key: &str| result["tree"][key].as_u64().unwrap();
    assert_eq!(count(&result, "nodes") + count(&result, "left_out"), count(&all, "nodes"));
    assert_eq!(count(&all, "left_out"), 0);
}

#[test]
fn bad_usage_is_refused() {
    let of = |more: &[&str]| refused(&[&["converse", FILE], more].concat());
    assert!(of(&[]).contains("--profile"));
    let err = refused(&["converse", "instances/prosecutor.json", "--profile", "silence"]);
    assert!(
        err.contains(
            "instances/prosecutor.json: found no `protocol`, expected one in the instance, or one of --rounds"
        ),
        "{err}"
    );
    let silence = |more: &[&str]| of(&[&["--profile", "silence"], more].concat());
    assert!(silence(&["--rounds", "0"]).contains("--rounds: found 0, expected from 1 to 64"));
    assert!(silence(&["--agent-messages", "0"]).contains("--agent-messages: found 0, expected from 1 to 1000000"));
    assert!(silence(&["--user-messages", "1000001"]).contains("--user-messages: found 1000001, expected"));
    assert!(silence(&["--most-nodes", "0"]).contains("--most-nodes: found 0, expected from 1"));
    assert!(silence(&["--samples", "0"]).contains("--samples: found 0, expected from 1"));
    assert!(silence(&["--tree-nodes", "0"]).contains("--tree-nodes: found 0, expected at least 1"));
    assert!(silence(&["--quantal", "-1"]).contains("--quantal"));
    assert!(silence(&["--user-rule", "report"]).contains("--quantal"));
    assert!(silence(&["--quantal", "1", "--tree"]).contains("cannot be used with"));
    assert!(silence(&["--prior", "1"]).contains("found the prior 1, expected one from 0 to 0"));
    assert!(of(&["--profile", "nowhere.json"]).contains("nowhere.json: cannot be read"));
    let err = of(&["--profile", PROFILE, "--rounds", "3"]);
    assert!(err.contains("protocol: found 2 rounds, 2 messages of the user and 2 answers of an agent, the user first, expected 3 rounds"), "{err}");
}

/// The error about the shipped profile with one change.
fn changed(from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(crate::common::root().join(PROFILE)).unwrap();
    assert!(text.contains(from), "{from}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("profile.json");
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    refused(&["converse", FILE, "--profile", file.to_str().unwrap()])
}

#[test]
fn bad_profiles_are_refused() {
    assert!(
        changed("0.25, 0.75", "0.25, 0.5").contains("the answers to question 1 at observation 3 sum to 0.75, not to 1")
    );
    assert!(changed("\"referee\"", "\"friend\"").contains("found no rule for the agent \"referee\""));
    assert!(changed("\"rules\"", "\"rule\"").contains("unknown field `rule`"));
    assert!(changed("suasion-profile/1", "suasion/1").contains("expected \"suasion-profile/1\""));
    assert!(changed("{", "[").contains("not JSON"));
    let plan = r#""plan": [{ "act": 0 }, { "act": 0 }], "rules""#;
    assert!(changed("\"rules\"", plan).contains("the plan: she acts in round 1, expected after the last"));
    // A saved result is one line of JSON; this one has no rules.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("result.jsonl");
    std::fs::write(&file, succeeds(&["align", "instances/prosecutor.json", "--json"])).unwrap();
    let err = refused(&["converse", FILE, "--profile", file.to_str().unwrap()]);
    assert!(err.contains("that holds no conversation rules, expected a profile"), "{err}");
    // The output of this command has nothing to verify either.
    std::fs::write(&file, converse(&["--json"])).unwrap();
    let err = refused(&["verify", file.to_str().unwrap()]);
    assert!(err.contains("have no certificate"), "{err}");
}

/// The command follows a given plan and says that it is not optimal.
#[test]
fn a_plan_in_the_profile() {
    let instance = r#"{ "format": "suasion/1", "states": 2, "actions": 2, "prior": [0.5, 0.5],
        "user": { "utility": [[1, 0], [0, 1]] }, "agents": [ { "utility": [[1, 1], [0, 0]] } ] }"#;
    let profile = r#"{ "format": "suasion-profile/1", "protocol": { "rounds": 1, "user_messages": 1, "agent_messages": 2 },
        "rules": { "agent 1": { "rounds": [[1, 0, 0, 1]] } },
        "plan": [{ "ask": { "messages": [0], "then": [[[0], { "act": 0 }], [[1], { "act": 0 }]] } }] }"#;
    let folder = tempfile::tempdir().unwrap();
    let [game, rules] = ["game.json", "profile.json"].map(|name| folder.path().join(name));
    std::fs::write(&game, instance).unwrap();
    std::fs::write(&rules, profile).unwrap();
    let out = succeeds(&["converse", game.to_str().unwrap(), "--profile", rules.to_str().unwrap()]);
    assert!(out.contains("her plan is not optimal: the best plan would give her 1"), "{out}");
    let exactly = out.lines().find(|line| line.contains("exactly")).unwrap();
    assert_eq!(exactly.split_whitespace().collect::<Vec<_>>(), ["exactly", "0.5", "1"]);
}
