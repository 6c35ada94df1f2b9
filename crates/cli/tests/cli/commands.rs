//! The commands on the shipped instances: golden tables, the JSON contract and exit codes.

use crate::common::{run, suasion, succeeds, told};
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};

const PROSECUTOR: &str = "instances/prosecutor.json";

#[test]
fn tables() {
    insta::assert_snapshot!("solve", succeeds(&["solve", PROSECUTOR]));
    insta::assert_snapshot!("persuade", succeeds(&["persuade", PROSECUTOR, "--floor", "0.8"]));
    insta::assert_snapshot!("frontier", succeeds(&["frontier", PROSECUTOR]));
    insta::assert_snapshot!("align", succeeds(&["align", "instances/opposed-experts.json"]));
    insta::assert_snapshot!("solve-three-agents", succeeds(&["solve", "instances/hull-three-agents.json"]));
    insta::assert_snapshot!("equilibria", succeeds(&["equilibria", "instances/two-intervals.json"]));
    insta::assert_snapshot!(
        "equilibria-slack",
        succeeds(&["equilibria", "instances/gap-two-agents.json", "--slack", "0.1"])
    );
    insta::assert_snapshot!("equilibria-different-signals", succeeds(&["equilibria", "instances/laboratories.json"]));
    let dynamics = ["dynamics", "instances/gap-two-agents.json", "--trace", "--increment", "0.05"];
    insta::assert_snapshot!("dynamics", succeeds(&dynamics));
    insta::assert_snapshot!("stackelberg", succeeds(&["stackelberg", "instances/stackelberg-conitzer-sandholm.json"]));
}

#[test]
fn help() {
    insta::assert_snapshot!("help", succeeds(&["--help"]));
    for command in [
        "solve",
        "persuade",
        "frontier",
        "align",
        "equilibria",
        "dynamics",
        "converse",
        "stackelberg",
        "generate",
        "verify",
        "completions",
    ] {
        let help = succeeds(&[command, "--help"]);
        assert!(help.contains("Example"), "{command} has no example");
    }
    assert!(succeeds(&["completions", "bash"]).contains("complete -F _suasion"));
}

fn json(arguments: &[&str]) -> Vec<Value> {
    succeeds(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn close(value: &Value, expected: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found - expected).abs() < 1e-9, "{found} and {expected}");
}

#[test]
fn json_contract() {
    let result = &json(&["solve", "--json", PROSECUTOR])[0];
    assert_eq!(
        (&result["instance"], &result["prior"], &result["certified"]),
        (&PROSECUTOR.into(), &0.into(), &true.into())
    );
    close(&result["user_value"]["no_information"], 0.7);
    close(&result["user_value"]["full_information"], 1.0);
    let agent = &result["agents"][0];
    assert_eq!(agent["name"], "prosecutor");
    close(&agent["monopoly"]["agent_value"], 0.6);
    close(&agent["monopoly"]["user_value"], 0.7);
    close(&agent["monopoly"]["upper_bound"], 0.6);

    let result = &json(&["persuade", "--json", PROSECUTOR, "--agent", "prosecutor", "--no-certificates"])[0];
    close(&result["agent_value"], 0.6);
    assert!(result.get("certificate").is_none());
    let scheme = result["scheme"]["rows"].as_array().unwrap();
    assert_eq!(scheme.len(), 3);
    assert_eq!((&scheme[1]["state"], &scheme[1]["signal"]), (&"innocent".into(), &"convict".into()));
    close(&scheme[1]["probability"], 3.0 / 7.0);

    let result = &json(&["frontier", "--json", "instances/hull-three-agents.json", "--agent", "2"])[0];
    let vertices = result["vertices"].as_array().unwrap();
    assert!(vertices.windows(2).all(|pair| pair[0]["user_value"].as_f64() < pair[1]["user_value"].as_f64()));
    assert!(vertices.iter().all(|vertex| vertex["values"].as_array().unwrap().len() == 3));
    assert_eq!(result["agent"], "agent 2");

    // Alignment and equilibria in `solve`.
    let result = &json(&["solve", "--json", "instances/hull-three-agents.json"])[0];
    assert!(result["alignment"]["error"].as_f64().unwrap() < 1e-12);
    assert_eq!(result["alignment"]["weights"].as_array().unwrap().len(), 3);
    let (equilibrium, full) = (&result["equilibrium"], result["user_value"]["full_information"].as_f64().unwrap());
    assert_eq!((&equilibrium["game"], &equilibrium["exact"]), (&"best-agent".into(), &true.into()));
    for key in ["worst_user_value", "best_user_value", "bound"] {
        close(&equilibrium[key], full);
    }
    let result = &json(&["solve", "--json", "--game", "none", "instances/hull-three-agents.json"])[0];
    assert!(result.get("equilibrium").is_none() && result["certified"] == true);
    let result = &json(&["solve", "--json", PROSECUTOR])[0];
    close(&result["equilibrium"]["worst_user_value"], 0.7);
    close(&result["equilibrium"]["best_user_value"], 0.7);
    close(&result["alignment"]["error"], 0.5);

    let result = &json(&["equilibria", "--json", "instances/two-intervals.json"])[0];
    let intervals = result["intervals"].as_array().unwrap();
    assert_eq!(intervals.len(), 2);
    close(&intervals[0][0], 4.2);
    close(&intervals[1][1], 5.8);
    close(&result["worst"]["user_value"], 4.2);
    assert!(result["worst"]["regrets"].as_array().unwrap().iter().all(|regret| regret.as_f64().unwrap() < 1e-9));
    let lower = result["lower_bound"].as_f64().unwrap();
    assert!(lower <= 4.2 + 1e-12 && lower > 4.2 - 1e-6, "{lower}");
    assert_eq!(json(&["equilibria", "--json", "instances/laboratories.json"])[0]["exact"], false);

    let runs = ["dynamics", "--json", "instances/gap-two-agents.json", "--start", "random", "--starts", "5", "--trace"];
    let results = json(&runs);
    assert_eq!(results.len(), 5);
    for (i, result) in results.iter().enumerate() {
        assert_eq!((&result["run"], &result["ended"]), (&i.into(), &"converged".into()));
        assert_eq!(result["trace"].as_array().unwrap().len() as u64, result["moves"].as_u64().unwrap());
        // Dynamics end within an increment of the worst equilibrium.
        assert!(result["user_value"].as_f64().unwrap() >= 1.8 - 1e-3 - 1e-9);
    }
    let other = [&runs[..], &["--seed", "1"]].concat();
    assert_ne!(succeeds(&runs), succeeds(&other));

    let results = json(&["solve", "--json", "instances/twenty-priors-npy.json"]);
    assert_eq!(results.len(), 20);
    assert!(results.iter().enumerate().all(|(prior, result)| result["prior"] == prior));
}

/// The command `align`: its contract, every option, and instances with every kind of information.
#[test]
fn alignment() {
    let result = &json(&["align", "--json", "instances/hull-three-agents.json"])[0];
    assert_eq!((&result["kind"], &result["certified"]), (&"align".into(), &true.into()));
    assert_eq!((&result["simplex"], &result["offset_kind"]), (&false.into(), &"per-state".into()));
    assert_eq!(
        (&result["instance"], &result["name"]),
        (&"instances/hull-three-agents.json".into(), &"hull of three agents".into())
    );
    close(&result["error"], 0.0);
    close(&result["lower_bound"], 0.0);
    close(&result["slack"], 0.0);
    let weights: Vec<f64> =
        result["weights"].as_array().unwrap().iter().map(|weight| weight.as_f64().unwrap()).collect();
    assert_eq!(weights.len(), 3);
    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(!result["offset"].as_array().unwrap().is_empty());
    assert!(result.get("stopped").is_none() && result.get("certificate").is_some());

    let errors: Vec<f64> = ["per-state", "constant", "none"]
        .iter()
        .map(|offset| {
            let result = &json(&["align", "--json", "instances/laboratories.json", "--simplex", "--offset", offset])[0];
            assert_eq!((&result["certified"], &result["offset_kind"]), (&true.into(), &(*offset).into()));
            assert!(result["error"].as_f64() >= result["lower_bound"].as_f64());
            result["error"].as_f64().unwrap()
        })
        .collect();
    assert!(errors.is_sorted(), "{errors:?}");
    close(&json(&["align", "--json", "instances/prosecutor.json", "--no-certificates"])[0]["error"], 0.5);
    // Alignment works in the same way for a user with types.
    close(&json(&["align", "--json", "instances/hunch.json"])[0]["error"], 0.5);
    let priced = &json(&["align", "--json", "instances/hull-three-agents.json", "--slack", "0.5"])[0];
    close(&priced["slack"], 0.5);
    assert!(priced["lower_bound"].as_f64() > Some(0.0));
    assert!(succeeds(&["align", "instances/integer-8x6.json"]).contains("utilities are not all in [0, 1]"));
    assert!(succeeds(&["align", "instances/hull-three-agents.json"]).contains("the user lies in the cone"));
    assert!(
        succeeds(&["align", "--simplex", "instances/hull-three-agents.json"]).contains("the user lies in the hull")
    );
    let (code, out, _) = told(&["align", "instances/uniform-20x20.json", "--time-limit", "0", "--json"]);
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &result["certified"], &result["stopped"]),
        (1, &false.into(), &"the time limit was reached".into())
    );
}

#[test]
fn threads_do_not_matter() {
    let with = |threads| {
        succeeds(&[
            "solve",
            "--json",
            "instances/twenty-priors-npy.json",
            "instances/uniform-20x20.json",
            "instances/two-intervals.json",
            "instances/laboratories.json",
            "--threads",
            threads,
        ])
    };
    assert_eq!(with("1"), with("4"));
}

/// An instance that does not fit into memory is refused with an estimate before work begins, and so
/// is an invalid size.
#[test]
fn games_beyond_the_memory() {
    let directory = tempfile::tempdir().unwrap();
    let game = directory.path().join("game.json");
    let game = game.to_str().unwrap();
    succeeds(&["generate", "uniform", "-n", "1000", "-m", "10", "-k", "1", "--seed", "1", "-o", game]);
    let (code, out, err) = told(&["persuade", game, "--memory", "100K"]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("a game of 1000 states and 10 actions takes about"), "{err}");
    assert!(err.contains("and there are 100 KiB"), "{err}");
    let commitment = directory.path().join("commitment.json");
    let commitment = commitment.to_str().unwrap();
    succeeds(&["generate", "stackelberg", "-n", "30", "-m", "30", "--types", "3", "--seed", "1", "-o", commitment]);
    for (arguments, estimate) in [
        (&["frontier", game][..], "a game of 1000 states and 10 actions takes about"),
        (&["align", game], "an alignment of 1 agents over 1000 states and 10 actions takes about 78 KiB"),
        (&["persuade", "--conversation", game], "a game of 1000 states and 10 actions takes about"),
        (&["persuade", "--quantal", "1", game], "a game of 1000 states and 10 actions takes about"),
        (&["stackelberg", commitment], "a game of 30 x 30 actions with 3 types of the follower takes about 127 KiB"),
    ] {
        let (code, out, err) = told(&[arguments, &["--memory", "50K"]].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(estimate), "{arguments:?}: {err}");
    }
    let beyond = directory.path().join("beyond.json");
    let (code, out, err) =
        told(&["generate", "uniform", "-n", "100000000", "-m", "1000000", "-o", beyond.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("an instance of this size takes about"), "{err}");
    assert!(!beyond.exists());
    assert!(succeeds(&["persuade", game, "--memory", "1G"]).contains("certified: yes"));
    let (code, out, err) = told(&["persuade", game, "--memory", "much"]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("--memory: found \"much\", expected a number of bytes such as 512M or 8G"), "{err}");
}

#[test]
fn bad_usage() {
    let refused = |arguments: &[&str]| {
        let (code, out, err) = told(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        err
    };
    assert_eq!(
        refused(&["solve", "none.json"]),
        "error: none.json: cannot be read: No such file or directory (os error 2)\n"
    );
    assert_eq!(refused(&["solve", "instances"]), "error: instances: found a directory, expected a file\n");
    assert_eq!(
        refused(&["persuade", PROSECUTOR, "--agent", "nobody"]),
        "error: instances/prosecutor.json: found the agent \"nobody\", expected one of \"prosecutor\" or a number from 1 to 1\n"
    );
    assert_eq!(
        refused(&["frontier", "instances/hull-three-agents.json"]),
        "error: instances/hull-three-agents.json: it has 3 agents; choose one with --agent: \"agent 1\", \"agent 2\", \"agent 3\"\n"
    );
    assert_eq!(
        refused(&["persuade", PROSECUTOR, "--floor", "1.5"]),
        "error: instances/prosecutor.json: infeasible: the user can get at most 1, and the floor asks for 1.5\n"
    );
    assert!(
        refused(&["persuade", PROSECUTOR, "--floor", "NaN"])
            .ends_with("the floor must be a finite number, found NaN\n")
    );
    assert!(
        refused(&["persuade", PROSECUTOR, "--prior", "3"]).ends_with("found the prior 3, expected one from 0 to 0\n")
    );
    assert!(refused(&["equilibria", PROSECUTOR, "--slack", "-1"]).contains("--slack: found -1, expected"));
    assert!(refused(&["equilibria", PROSECUTOR, "--slack", "NaN"]).contains("--slack: found NaN, expected"));
    assert!(
        refused(&["equilibria", PROSECUTOR, "--prior", "1"]).contains("found the prior 1, expected one from 0 to 0")
    );
    assert!(refused(&["dynamics", PROSECUTOR, "--increment", "0"]).contains("--increment: found 0, expected"));
    assert!(refused(&["dynamics", PROSECUTOR, "--starts", "0"]).contains("--starts: found 0, expected"));
    assert!(
        refused(&["solve", PROSECUTOR, "--threads", "0"]).ends_with("--threads: found 0, expected from 1 to 4096\n")
    );
    for slack in ["-1", "NaN", "inf"] {
        let told = refused(&["align", PROSECUTOR, "--slack", slack]);
        assert!(told.ends_with(&format!("the slack must be a finite number, at least 0, found {slack}\n")), "{told}");
    }
    assert!(refused(&["align", PROSECUTOR, "--offset", "some"]).contains("per-state"));
    assert!(refused(&["align", "instances/stackelberg-two-types.json"]).contains("for `suasion stackelberg`"));
    assert!(refused(&["solve", PROSECUTOR, "--time-limit", "-1"]).contains("--time-limit: found -1"));
    assert!(refused(&["solve", "instances/stackelberg-two-types.json"]).contains("for `suasion stackelberg`"));
    assert!(
        refused(&["generate", "uniform", "-o", "none/here.json"])
            .starts_with("error: none/here.json: cannot be written")
    );
    assert!(refused(&["generate", "threshold", "-m", "3", "-o", "x.json"]).contains("expected 2"));
    assert!(refused(&["frobnicate"]).contains("unrecognized subcommand"));
}

/// A full disk, and a closed pipe.
#[test]
fn output_that_cannot_be_written() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = suasion().args(["solve", PROSECUTOR]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: standard output cannot be written: "));
    let mut child =
        suasion().args(["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn limits_and_signals() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("large.json");
    let file = file.to_str().unwrap();
    succeeds(&["generate", "uniform", "-n", "1500", "-m", "1500", "-o", file]);
    let start = Instant::now();
    let (code, out, _) = told(&["solve", file, "--time-limit", "1", "--json"]);
    assert_eq!(code, 1, "not certified");
    assert!(start.elapsed() < Duration::from_secs(30));
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&result["certified"], &result["stopped"]), (&false.into(), &"the time limit was reached".into()));
    let monopoly = &result["agents"][0]["monopoly"];
    assert!(monopoly["upper_bound"].as_f64() > monopoly["agent_value"].as_f64());

    let child = suasion().args(["solve", file]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted: finishing"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("stopped early: interrupted"));
}

#[test]
fn logs_go_to_standard_error() {
    let output = run(&["solve", PROSECUTOR, "-v"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("simplex"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), succeeds(&["solve", PROSECUTOR]));
}

#[test]
fn generate_and_solve_every_family() {
    let directory = tempfile::tempdir().unwrap();
    for family in ["uniform", "hull", "opposed", "threshold", "quadratic", "integer"] {
        let file = directory.path().join(format!("{family}.json"));
        let file = file.to_str().unwrap();
        succeeds(&["generate", family, "-n", "12", "-k", "2", "--seed", "9", "--npy", "-o", file]);
        assert_eq!(json(&["solve", "--json", file])[0]["certified"], true, "{family}");
    }
    let file = directory.path().join("game.json");
    let file = file.to_str().unwrap();
    succeeds(&["generate", "stackelberg", "-n", "6", "-m", "5", "--types", "3", "-o", file]);
    assert_eq!(json(&["stackelberg", "--json", file])[0]["certified"], true);
}
