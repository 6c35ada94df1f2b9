//! `suasion batch`: the results are the same as those of single commands, however the work is
//! shared.

use crate::common::{root, suasion, succeeds, told};
use serde_json::Value;
use std::path::{Path, PathBuf};
use suasion_table::{ParquetFile, read_parquet};
use tempfile::TempDir;

const TABLES: [&str; 3] = ["results", "certificates", "failures"];

/// A folder with the names of its files.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().into()
    }

    fn generate(&self, name: &str, arguments: &[&str]) -> String {
        let path = self.at(name);
        succeeds(&[&["generate"], arguments, &["-o", &path]].concat());
        path
    }

    /// Some games, as files and as lines of a file.
    fn games(&self) -> Vec<String> {
        std::fs::create_dir_all(self.at("games/more")).unwrap();
        for seed in 0..6 {
            let name = format!("games/g{seed}.json");
            self.generate(&name, &["uniform", "-n", "5", "-m", "4", "-k", "3", "--seed", &seed.to_string()]);
        }
        self.generate("games/more/many.json", &["uniform", "-n", "4", "-m", "3", "-k", "2", "--priors", "7"]);
        let lines = (10..14).map(|seed| {
            let path =
                self.generate("line.json", &["hull", "-n", "4", "-m", "3", "-k", "3", "--seed", &format!("{seed}")]);
            let game: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            format!("{game}\n")
        });
        // A blank line is not an instance but counts as a line.
        let lines: Vec<String> = lines.collect();
        std::fs::write(self.at("games/lines.jsonl"), format!("{}\n{}", lines[..2].concat(), lines[2..].concat()))
            .unwrap();
        let worlds = root().join("instances/conversation-beats-menu.json");
        std::fs::copy(worlds, self.at("games/worlds.json")).unwrap();
        let single = (0..6).map(|seed| self.at(&format!("games/g{seed}.json")));
        // In a folder, files are sorted by name.
        single
            .chain([1, 2, 4, 5].map(|line| self.at(&format!("games/lines.jsonl:{line}"))))
            .chain([self.at("games/more/many.json"), self.at("games/worlds.json")])
            .collect()
    }

    fn plan(&self, name: &str, more: &[&str]) -> String {
        let plan = self.at(name);
        succeeds(&[&["batch", "plan", &self.at("games"), "-o", &plan], more].concat());
        plan
    }
}

fn table(out: &str, name: &str) -> ParquetFile {
    read_parquet(Path::new(out).join(format!("{name}.parquet"))).unwrap()
}

fn results(out: &str) -> Vec<String> {
    table(out, "certificates").take::<Vec<String>>("result").unwrap()
}

fn bytes(out: &str, name: &str) -> Vec<u8> {
    std::fs::read(Path::new(out).join(format!("{name}.parquet"))).unwrap()
}

/// For every command, with options: the batch has what the command prints, byte for byte.
#[test]
fn as_the_commands_print() {
    let place = Place::new();
    let games = place.games();
    let works: [(&str, &[&str]); 5] = [
        ("solve", &[]),
        ("solve", &["--game", "all-agents", "--starts", "3"]),
        ("equilibria", &["--slack", "0.01"]),
        ("equilibria", &["--game", "all-agents", "--starts", "2", "--seed", "3"]),
        ("align", &["--simplex", "--offset", "constant"]),
    ];
    for (number, (work, options)) in works.iter().enumerate() {
        let plan = place.plan(&format!("plan{number}"), &[&["--work", work, "--"], *options].concat());
        let out = place.at(&format!("out{number}"));
        let (code, _, err) = told(&["batch", "run", &plan, "-o", &out, "--quiet"]);
        assert!(code < 2, "{err}");
        let mut expected = vec![];
        for game in &games {
            let (_, printed, err) = told(&[&[work, game.as_str(), "--json"], *options].concat());
            assert!(!printed.is_empty(), "{err}");
            expected.extend(printed.lines().map(str::to_owned));
        }
        assert_eq!(results(&out), expected, "{work} {options:?}");
        assert_eq!(table(&out, "results").rows(), expected.len());
    }
    // The command prints the frontier of one agent, and a batch has those of all agents.
    let plan = place.plan("frontiers", &["-w", "frontier"]);
    let out = place.at("frontiers-out");
    succeeds(&["batch", "run", &plan, "-o", &out, "-q"]);
    let mut found = table(&out, "results");
    let (instances, agents) =
        (found.take::<Vec<Option<String>>>("instance").unwrap(), found.take::<Vec<Option<String>>>("agent").unwrap());
    let printed = results(&out);
    for (row, game) in instances.iter().enumerate().filter(|(_, game)| game.as_ref() == Some(&games[2])) {
        let (game, agent) = (game.as_deref().unwrap(), agents[row].as_deref().unwrap());
        assert_eq!(printed[row], succeeds(&["frontier", game, "--agent", agent, "--json"]).trim());
    }
    assert_eq!(instances.iter().filter(|game| game.as_ref() == Some(&games[2])).count(), 3);
}

/// The table of results has the numbers in the JSON objects, and every certificate holds.
#[test]
fn tables_are_what_the_objects_say() {
    let place = Place::new();
    place.games();
    let plan = place.plan("plan", &[]);
    let out = place.at("out");
    let said = succeeds(&["batch", "run", &plan, "-o", &out]);
    assert!(said.contains("all results are certified"), "{said}");
    let objects: Vec<Value> = results(&out).iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let mut found = table(&out, "results");
    let worst = found.take::<Vec<Option<f64>>>("worst_user_value").unwrap();
    let weights = found.take::<Vec<Option<Vec<f64>>>>("alignment_weights").unwrap();
    let monopolies = found.take::<Vec<Option<Vec<f64>>>>("monopoly_agent_values").unwrap();
    let priors = found.take::<Vec<u64>>("prior").unwrap();
    assert_eq!(objects.len(), 6 + 4 + 7 + 1);
    for (row, object) in objects.iter().enumerate() {
        assert_eq!(worst[row], object["equilibrium"]["worst_user_value"].as_f64());
        assert_eq!(Some(priors[row]), object["prior"].as_u64());
        let list = |value: &Value| value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect::<Vec<_>>();
        assert_eq!(weights[row], Some(list(&object["alignment"]["weights"])));
        let alone: Vec<f64> = object["agents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|agent| agent["monopoly"]["agent_value"].as_f64().unwrap())
            .collect();
        assert_eq!(monopolies[row], Some(alone));
    }
    let units = table(&out, "timings").take::<Vec<u64>>("unit").unwrap();
    assert_eq!(units, (0..12).collect::<Vec<u64>>());
    let verified = succeeds(&["verify", &format!("{out}/certificates.parquet")]);
    assert_eq!(verified.lines().filter(|line| line.contains(": certified, ")).count(), objects.len());
}

/// Shards, threads, any blocks, and runs that stop and resume give the same bytes.
#[test]
fn however_the_work_is_shared() {
    let place = Place::new();
    place.games();
    let plan = place.plan("plan", &["--block", "2"]);
    let whole = place.at("whole");
    succeeds(&["batch", "run", &plan, "-o", &whole, "--threads", "2"]);
    let one = place.at("one");
    succeeds(&["batch", "run", &plan, "-o", &one, "--threads", "1"]);
    let shards = place.at("shards");
    // Run shards in an odd order, one of them twice, and one of another division.
    for shard in ["3/3", "2/5", "1/3", "1/3", "2/3"] {
        succeeds(&["batch", "run", &plan, "-o", &shards, "--shard", shard]);
    }
    succeeds(&["batch", "merge", &shards]);
    let array = place.at("array");
    for task in 0..2 {
        let mut command = suasion();
        command.args(["batch", "run", &plan, "-o", &array]);
        command.envs([("SLURM_ARRAY_TASK_ID", task.to_string()), ("SLURM_ARRAY_TASK_COUNT", "2".into())]);
        let status = command.env("SLURM_ARRAY_TASK_MIN", "0").output().unwrap().status;
        assert!(status.success());
    }
    succeeds(&["batch", "merge", &array]);
    for name in TABLES {
        let expected = bytes(&whole, name);
        for other in [&one, &shards, &array] {
            assert_eq!(bytes(other, name), expected, "{name} of {other}");
        }
    }
    // Nothing is left to do.
    let said = succeeds(&["batch", "run", &plan, "-o", &whole]);
    assert!(said.starts_with("0 of 15 units done, 0 failed, 15 were done before"), "{said}");
    let said = succeeds(&["batch", "status", &shards]);
    assert!(said.starts_with("solve: 15 of 15 units done, 0 failed, 0 left"), "{said}");
}

/// The sum of the factors of many tables has the same fits as the tables.
#[test]
fn tables_become_factors() {
    let place = Place::new();
    let text = std::fs::read_to_string(root().join("instances/ratings.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    std::fs::create_dir(place.at("tables")).unwrap();
    for (number, chunk) in rows.chunks(rows.len() / 3 + 1).enumerate() {
        std::fs::write(place.at(&format!("tables/t{number}.csv")), format!("{header}\n{}\n", chunk.join("\n")))
            .unwrap();
    }
    let (plan, out) = (place.at("plan"), place.at("out"));
    let columns = ["-t", "human", "-a", "agent_*"];
    let work = ["batch", "plan", &place.at("tables"), "-o", &plan, "-w", "hull-reduce", "--"];
    succeeds(&[&work[..], &columns].concat());
    for shard in ["2/2", "1/2"] {
        succeeds(&["batch", "run", &plan, "-o", &out, "--shard", shard]);
    }
    let said = succeeds(&["batch", "merge", &out]);
    assert!(said.contains("all.factor"), "{said}");
    let fit = |data: &[&str]| -> Value {
        serde_json::from_str(&succeeds(&[&["hull", "fit", "--json"], data].concat())).unwrap()
    };
    let (sum, direct) =
        (fit(&[&format!("{out}/all.factor")]), fit(&[&["instances/ratings.csv"][..], &columns].concat()));
    assert_eq!(sum["rows"], direct["rows"]);
    for which in ["mean", "nnls", "simplex"] {
        let (sum, direct) = (sum[which]["mse"].as_f64().unwrap(), direct[which]["mse"].as_f64().unwrap());
        assert!((sum - direct).abs() <= 1e-10 * direct, "{which}: {sum} {direct}");
    }
    assert_eq!(table(&out, "results").take::<Vec<u64>>("rows").unwrap().iter().sum::<u64>(), rows.len() as u64);
}

#[test]
fn what_is_no_plan_is_refused() {
    let place = Place::new();
    place.games();
    let plan = place.plan("plan", &[]);
    let (games, out) = (place.at("games"), place.at("out"));
    let planned = place.at("never");
    let refused: [(&[&str], &str); 16] = [
        (&["plan", &games, "-o", &planned, "--", "--game", "chess"], "invalid value 'chess'"),
        (&["plan", &games, "-o", &planned, "--", "--starts", "3"], "--starts is for --game all-agents"),
        (&["plan", &games, "-o", &planned, "--", "other.json"], "found files, expected only options"),
        (&["plan", &games, "-o", &planned, "--", "--threads", "3"], "--threads is an option of the run"),
        (
            &["plan", &games, "-o", &planned, "-w", "equilibria", "--", "--prior", "0"],
            "--prior is not allowed in a batch",
        ),
        (&["plan", &games, "-o", &planned, "--block", "0"], "--block: found 0, expected at least 1 prior"),
        (&["plan", "/nowhere/*.json", "-o", &planned], "/nowhere/*.json: matches no file"),
        (&["plan", "instances/profiles", "-o", &planned], "found 1 files of other kinds, and nothing to work on"),
        (&["run", &place.at("games/g0.json"), "-o", &out], "g0.json"),
        (&["run", &plan, "-o", &games], "expected a new or an empty folder"),
        (&["run", &plan, "-o", &out, "--shard", "5/4"], "--shard: found 5/4, expected i/n"),
        (&["run", &plan, "-o", &out, "--memory", "lots"], "--memory: found \"lots\""),
        (&["run", &plan, "-o", &out, "--memory", "10M"], "--memory: found 10 MiB, expected at least"),
        (&["run", &plan, "-o", &out, "--instance-time-limit", "-1"], "--instance-time-limit: found -1"),
        (&["status", &games], "is not the output of a batch"),
        (&["merge", &games], "is not the output of a batch"),
    ];
    for (arguments, expected) in refused {
        let (code, stdout, err) = told(&[&["batch"], arguments].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(
            err.contains(expected) && err.starts_with("error: ") && !err.contains("panicked"),
            "{arguments:?}: {err}"
        );
    }
    assert!(!PathBuf::from(planned).exists());
    // The output belongs to another plan.
    succeeds(&["batch", "run", &plan, "-o", &out, "-q"]);
    let other = place.plan("other", &["--block", "1"]);
    let (code, _, err) = told(&["batch", "run", &other, "-o", &out]);
    assert!(code == 2 && err.contains("has the output of another plan"), "{err}");
}

/// The messages of a run, and that a quiet run prints nothing.
#[test]
fn logs() {
    let place = Place::new();
    place.games();
    std::fs::write(place.at("games/bad.json"), "{").unwrap();
    let plan = place.plan("plan", &[]);
    let (code, out, err) = told(&["batch", "run", &plan, "-o", &place.at("quiet"), "--quiet"]);
    assert_eq!((code, out.as_str(), err.as_str()), (1, "", ""));
    let (code, _, err) = told(&["batch", "run", &plan, "-o", &place.at("out"), "--log", "json", "-v"]);
    assert_eq!(code, 1);
    let events: Vec<Value> = err.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of = |message: &str| events.iter().filter(|event| event["message"] == message).collect::<Vec<_>>();
    assert_eq!((of("run").len(), of("done").len(), of("failed").len(), of("end").len()), (1, 12, 1, 1));
    assert!(of("failed")[0]["reason"].as_str().unwrap().contains("bad.json:1:1: not JSON"), "{:?}", of("failed"));
    assert!(events.iter().all(|event| event["timestamp"].is_string() && event["level"].is_string()));
    assert_eq!(of("end")[0]["done"], 12);
}
