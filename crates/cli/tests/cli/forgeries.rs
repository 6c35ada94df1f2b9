//! Forged results: `verify` accepts none. `SUASION_FORGERIES=1000` makes this many of every kind,
//! and `SUASION_FORGERIES_OF=persuade` selects one kind.

use crate::common::forge::{Chance, Forgery, Truth};
use crate::common::{root, succeeds, told};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;

/// The number of forgeries of each kind.
fn count() -> usize {
    std::env::var("SUASION_FORGERIES").ok().and_then(|count| count.parse().ok()).unwrap_or(100)
}

/// A kind of result: its name, commands that make some, and the fields that are not proved or that
/// describe the request.
struct Kind {
    name: &'static str,
    commands: Vec<Vec<String>>,
    free: &'static [&'static str],
}

/// The fields in which a search of the all-agents game describes itself.
const SEARCH: &[&str] = &["margin", "seed", "starts", "unsettled", "too_large", "nearest", "relaxed", "stopped"];
/// A simulation is run again with the settings in the result, so these settings are true.
const SIMULATION: &[&str] = &["order", "start", "increment", "seed", "run", "trace", "slack"];

#[expect(clippy::too_many_lines, reason = "a list of kinds")]
fn kinds(directory: &Path) -> Vec<Kind> {
    let file = |name: &str| format!("instances/{name}.json");
    let made = |name: &str| directory.join(name).display().to_string();
    for (name, family, seed) in [("a", "uniform", "1"), ("b", "integer", "2"), ("c", "opposed", "3")] {
        let sizes = ["-n", "4", "-m", "3", "-k", "2", "--seed", seed];
        succeeds(&[&["generate", family, "-o", &made(name)][..], &sizes].concat());
    }
    succeeds(&["generate", "stackelberg", "-o", &made("s"), "-n", "3", "-m", "3", "--seed", "4"]);
    let (gap, two, lab) = (file("gap-two-agents"), file("two-intervals"), file("laboratories"));
    let (broker, opinion, hunch) = (file("broker-and-bank"), file("second-opinion"), file("hunch"));
    let (a, b, c) = (made("a"), made("b"), made("c"));
    let prosecutor = file("prosecutor");
    let call = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let kind = |name, free, commands: Vec<Vec<String>>| Kind { name, commands, free };
    let menu = file("conversation-beats-menu");
    vec![
        kind(
            "persuade",
            &["stopped"],
            vec![
                call(&["persuade", &prosecutor]),
                call(&["persuade", &prosecutor, "--floor", "0.8"]),
                call(&["persuade", &two, "--agent", "1"]),
                call(&["persuade", &a, "--agent", "2"]),
                call(&["persuade", &b, "--agent", "1"]),
            ],
        ),
        kind(
            "menu",
            &["stopped"],
            vec![
                call(&["persuade", &menu, "--menu"]),
                call(&["persuade", &hunch, "--menu"]),
                call(&["persuade", &broker, "--menu", "--agent", "2"]),
            ],
        ),
        kind(
            "conversation",
            &["stopped"],
            vec![
                call(&["persuade", &menu, "--conversation"]),
                call(&["persuade", &hunch, "--conversation"]),
                call(&["persuade", &broker, "--conversation", "--agent", "1"]),
            ],
        ),
        kind(
            "quantal",
            &["stopped"],
            vec![
                call(&["persuade", &prosecutor, "--quantal", "5"]),
                call(&["persuade", &gap, "--agent", "1", "--quantal", "3"]),
                call(&["persuade", &hunch, "--quantal", "2"]),
            ],
        ),
        kind(
            "reply",
            &["stopped", "relaxed", "against"],
            vec![
                call(&["persuade", &opinion, "--agent", "seller", "--rounds", "1"]),
                call(&["persuade", &opinion, "--agent", "seller", "--rounds", "2", "--against", "revelation"]),
                call(&["persuade", &menu, "--rounds", "1"]),
            ],
        ),
        kind(
            "frontier",
            &["stopped"],
            vec![
                call(&["frontier", &prosecutor]),
                call(&["frontier", &two, "--agent", "2"]),
                call(&["frontier", &b, "--agent", "1"]),
                call(&["frontier", &broker, "--agent", "1"]),
                call(&["frontier", &broker, "--agent", "2", "--conversation"]),
            ],
        ),
        kind(
            "align",
            &["stopped", "slack"],
            vec![
                call(&["align", &lab, "--simplex"]),
                call(&["align", &two]),
                call(&["align", &a, "--offset", "constant"]),
                call(&["align", &c, "--simplex", "--offset", "none"]),
                call(&["align", &b, "--slack", "0.1"]),
            ],
        ),
        kind(
            "stackelberg",
            &["stopped"],
            vec![
                call(&["stackelberg", &file("stackelberg-conitzer-sandholm")]),
                call(&["stackelberg", &file("stackelberg-two-types")]),
                call(&["stackelberg", &made("s")]),
            ],
        ),
        kind("solve", &["stopped"], vec![call(&["solve", &gap, &two, &a, &b, &broker])]),
        kind("solve, all agents", SEARCH, vec![call(&["solve", &gap, &a, "--game", "all-agents", "--starts", "6"])]),
        kind(
            "equilibria",
            &["stopped"],
            vec![
                call(&["equilibria", &gap]),
                call(&["equilibria", &two]),
                call(&["equilibria", &a]),
                call(&["equilibria", &b]),
                call(&["equilibria", &c, "--slack", "0.05"]),
                call(&["equilibria", &gap, "--slack", "0.1"]),
            ],
        ),
        kind(
            "equilibria, several types",
            &["stopped"],
            vec![call(&["equilibria", &broker]), call(&["equilibria", &broker, "--conversation"])],
        ),
        kind(
            "equilibria, different signals",
            &["stopped", "slack"],
            vec![call(&["equilibria", &lab]), call(&["equilibria", &opinion])],
        ),
        kind(
            "equilibria, quantal",
            &["stopped", "slack"],
            vec![call(&["equilibria", &gap, "--quantal", "3"]), call(&["equilibria", &lab, "--quantal", "2"])],
        ),
        kind(
            "all agents",
            SEARCH,
            vec![
                call(&["equilibria", &gap, "--game", "all-agents", "--starts", "6"]),
                call(&["equilibria", &a, "--game", "all-agents", "--starts", "4"]),
                call(&["equilibria", &gap, "--game", "all-agents", "--starts", "4", "--slack", "0.05"]),
            ],
        ),
        kind(
            "all agents, quantal",
            SEARCH,
            vec![call(&["equilibria", &gap, "--game", "all-agents", "--starts", "3", "--quantal", "3"])],
        ),
        kind(
            "all agents, conversations",
            SEARCH,
            vec![call(&["equilibria", &opinion, "--game", "all-agents", "--starts", "4", "--rounds", "1"])],
        ),
        kind(
            "dynamics",
            SIMULATION,
            vec![
                call(&["dynamics", &gap, "--trace", "--increment", "0.05"]),
                call(&["dynamics", &two, "--start", "random", "--starts", "2", "--order", "random"]),
                call(&["dynamics", &a, "--trace", "--increment", "0.02", "--rounds", "5"]),
                call(&["dynamics", &lab]),
            ],
        ),
        kind(
            "dynamics, several types",
            SIMULATION,
            vec![
                call(&["dynamics", &broker, "--increment", "0.05"]),
                call(&["dynamics", &broker, "--conversation", "--order", "simultaneous"]),
            ],
        ),
        kind("dynamics, quantal", SIMULATION, vec![call(&["dynamics", &gap, "--quantal", "3", "--increment", "0.05"])]),
    ]
}

fn results(kind: &Kind) -> Vec<Value> {
    let made = |command: &Vec<String>| {
        let words: Vec<&str> = command.iter().map(String::as_str).chain(["--json"]).collect();
        let (code, out, err) = told(&words);
        assert!(code == 0 && !out.is_empty(), "{words:?}: {err}{out}");
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    kind.commands.iter().flat_map(made).collect()
}

/// The records, from 1, that `verify` accepts.
fn accepted(directory: &Path, records: &[String]) -> Vec<usize> {
    let file = directory.join("records.jsonl");
    std::fs::write(&file, records.join("\n")).unwrap();
    let (code, out, err) = told(&["verify", "--json", file.to_str().unwrap()]);
    assert!((0..=2).contains(&code), "{code}: {err}");
    let verdicts = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let good = verdicts.filter(|verdict| verdict["certified"] == true);
    let number = |verdict: Value| {
        let place = verdict["result"].as_str().unwrap();
        place.rsplit_once(':').unwrap().1.parse::<usize>().unwrap()
    };
    good.map(number).collect()
}

#[test]
fn none_is_accepted() {
    assert!(root().join("instances").exists());
    let directory = tempfile::tempdir().unwrap();
    let kinds = kinds(directory.path());
    let truths: Vec<Vec<Value>> = kinds.iter().map(results).collect();
    let others: Vec<Value> = truths.iter().flatten().cloned().collect();
    let mut wrong = vec![];
    let only = std::env::var("SUASION_FORGERIES_OF").ok();
    for (kind, results) in kinds.iter().zip(&truths).filter(|(kind, _)| only.as_ref().is_none_or(|of| of == kind.name))
    {
        let start = Instant::now();
        let records: Vec<String> = results.iter().map(Value::to_string).collect();
        let good = accepted(directory.path(), &records);
        assert_eq!(
            good.len(),
            records.len(),
            "{}: true results are accepted, {good:?} of {}",
            kind.name,
            records.len()
        );
        let truth = Truth { results, others: &others, free: kind.free };
        let mut chance =
            Chance(kind.name.bytes().fold(1, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))));
        let mut forged: Vec<Forgery> = vec![];
        let mut tried = 0;
        // Each of these simulations takes a second.
        let count = if kind.name == "dynamics, quantal" { count() / 10 } else { count() };
        while forged.len() < count {
            forged.extend(truth.forge(&mut chance));
            tried += 1;
            assert!(tried < 100 * count, "{}: there is nothing to forge", kind.name);
        }
        let records: Vec<String> = forged.iter().map(|forgery| forgery.record.clone()).collect();
        let good = accepted(directory.path(), &records);
        let took = start.elapsed().as_secs_f64();
        println!("{:32} {:6} forged, {} accepted ({took:.1} s)", kind.name, forged.len(), good.len());
        for line in good {
            let Forgery { how, record } = &forged[line - 1];
            if std::env::var("SUASION_FORGERIES_KEPT").is_ok() {
                println!("{record}");
            }
            wrong.push(format!("{}: {how}", kind.name));
        }
    }
    assert!(wrong.is_empty(), "accepted:\n{}", wrong.join("\n"));
}
