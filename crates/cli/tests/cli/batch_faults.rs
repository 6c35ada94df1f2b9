//! Faults while a batch runs: everything that was done is kept.
#![cfg(target_os = "linux")]

use crate::common::{suasion, succeeds, told};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use suasion_table::read_parquet;
use tempfile::TempDir;

/// A folder with games and a plan, and the result of an undisturbed run.
struct Batch {
    folder: TempDir,
    plan: String,
}

impl Batch {
    /// Makes this many instances with this many states and actions.
    fn new(count: usize, size: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let games = folder.path().join("games");
        std::fs::create_dir(&games).unwrap();
        for seed in 0..count {
            let (file, seed, size) = (games.join(format!("g{seed:04}.json")), seed.to_string(), size.to_string());
            let shape = ["-n", &size, "-m", &size, "-k", "2", "--seed", &seed];
            succeeds(&[&["generate", "uniform"], &shape[..], &["-o", file.to_str().unwrap()]].concat());
        }
        let plan = folder.path().join("plan.parquet").to_str().unwrap().to_owned();
        let batch = Self { folder, plan };
        batch.replan();
        batch
    }

    fn replan(&self) {
        succeeds(&["batch", "plan", &self.at("games"), "-o", &self.plan]);
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().into()
    }

    fn run(&self, out: &str, more: &[&str]) -> (i32, String, String) {
        told(&[&["batch", "run", &self.plan, "-o", out], more].concat())
    }

    fn start(&self, out: &str, more: &[&str]) -> Child {
        let mut command = suasion();
        command.args(["batch", "run", &self.plan, "-o", out, "--quiet"]).args(more);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Checks that the output is the same as that of an undisturbed run.
    fn assert_whole(&self, out: &str) {
        let clean = self.at("clean");
        if !Path::new(&clean).exists() {
            self.run(&clean, &[]);
        }
        for name in ["results", "certificates", "failures"] {
            let bytes = |out: &str| std::fs::read(Path::new(out).join(format!("{name}.parquet"))).unwrap();
            assert!(bytes(out) == bytes(&clean), "{name}");
        }
    }
}

fn status(out: &str) -> Value {
    let (_, text, err) = told(&["batch", "status", out, "--json"]);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{err}"))
}

/// The number of units that have results or failed.
fn done(out: &str) -> u64 {
    let status = status(out);
    status["done"].as_u64().unwrap() + status["failed"].as_u64().unwrap()
}

/// Waits for a condition, for at most a minute.
fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}: not within a minute");
}

fn children(parent: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    // Each thread has its own children.
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let mut all: Vec<u32> = lists
        .chain([list])
        .flat_map(|list| list.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<_>>())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn signal(process: u32, name: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// A file system in memory whose size can change.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None` if mounting is not allowed here.
    fn new(size: &str) -> Option<Self> {
        let disk = Self { folder: tempfile::tempdir().unwrap() };
        let mounted = is_root() && disk.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        if !mounted {
            eprintln!("not allowed to mount a file system: this test checked nothing");
            return None;
        }
        Some(disk)
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        let status = Command::new("mount").args(arguments).arg(self.folder.path()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().into()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).stderr(Stdio::null()).status();
    }
}

/// Kill a run fifty times at random moments: no finished work is ever lost, and the final output is
/// as if nothing had happened.
#[test]
fn killed_at_any_moment() {
    let batch = Batch::new(150, 14);
    let out = batch.at("out");
    let (mut known, mut kills, mut moment) = (0, 0, 7_u64);
    for _ in 0..50 {
        let mut run = batch.start(&out, &[]);
        // Lehmer's generator: moments from 0 to 100 ms.
        moment = moment * 48_271 % 2_147_483_647;
        std::thread::sleep(Duration::from_millis(moment % 100));
        let workers = children(run.id());
        kills += u32::from(run.try_wait().unwrap().is_none());
        run.kill().unwrap();
        run.wait().unwrap();
        // Workers do not outlive the run.
        wait("workers end", || workers.iter().all(|id| !Path::new(&format!("/proc/{id}")).exists()).then_some(()));
        if Path::new(&out).join("plan.parquet").exists() {
            let now = done(&out);
            assert!(now >= known, "{now} units are done, and {known} were before");
            known = now;
        }
    }
    assert!(kills >= 5, "it was killed {kills} times, and else had ended before");
    let (code, said, err) = batch.run(&out, &[]);
    assert_eq!(code, 0, "{err}{said}");
    assert!(said.contains(&format!("{known} were done before")) || known == 0, "{said}");
    batch.assert_whole(&out);
    let left: Vec<String> = std::fs::read_dir(Path::new(&out).join("shard-1-of-1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("part-") && name != "lock")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// An interrupted run ends in time, says so, and resumes.
#[test]
fn interrupted() {
    let batch = Batch::new(120, 16);
    let out = batch.at("out");
    let run = batch.start(&out, &["--log", "json"]);
    wait("something is done", || (Path::new(&out).join("plan.parquet").exists() && done(&out) > 3).then_some(()));
    let start = Instant::now();
    signal(run.id(), "INT");
    let ended = run.wait_with_output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20));
    let said = String::from_utf8(ended.stderr).unwrap();
    if ended.status.code() == Some(0) {
        return; // It was faster.
    }
    assert_eq!(ended.status.code(), Some(1));
    assert!(said.contains("interrupted: finishing"), "{said}");
    let known = done(&out);
    assert!(known < 120);
    let (code, said, _) = batch.run(&out, &[]);
    assert!(code == 0 && said.contains(&format!("{known} were done before")), "{said}");
    batch.assert_whole(&out);
}

#[test]
fn two_runs_on_one_output() {
    let batch = Batch::new(60, 20);
    let out = batch.at("out");
    let mut first = batch.start(&out, &[]);
    wait("it has begun", || Path::new(&out).join("shard-1-of-1/lock").exists().then_some(()));
    wait("it is known", || status(&out)["shards"][0]["writer"].is_string().then_some(()));
    let (code, _, err) = batch.run(&out, &[]);
    assert_eq!(code, 2, "{err}");
    assert!(
        err.contains("shard-1-of-1: is being written by process ") && err.contains(&first.id().to_string()),
        "{err}"
    );
    // Shards of other divisions share the work; units that are done twice count once.
    let (code, _, err) = batch.run(&out, &["--shard", "2/3"]);
    assert_eq!(code, 0, "{err}");
    assert!(first.wait().unwrap().success());
    succeeds(&["batch", "merge", &out]);
    batch.assert_whole(&out);
}

#[test]
fn a_full_disk() {
    let Some(disk) = Disk::new("1100k") else { return };
    let batch = Batch::new(100, 12);
    let out = disk.at("out");
    let (code, said, err) = batch.run(&out, &[]);
    assert_eq!(code, 1, "{said}{err}");
    assert!(err.contains("No space left on device") && err.contains("out/"), "{err}");
    assert!(!err.contains("panicked"));
    // No incomplete file counts as complete.
    assert!(!Path::new(&out).join("results.parquet").exists());
    let known = if Path::new(&out).join("plan.parquet").exists() { done(&out) } else { 0 };
    assert!(known > 0 && known < 100, "{known}");
    assert!(disk.mount(&["-o", "remount,size=100m"]));
    let (code, said, err) = batch.run(&out, &[]);
    assert!(code == 0 && said.contains(&format!("{known} were done before")), "{said}{err}");
    batch.assert_whole(&out);
}

#[test]
fn an_output_that_may_not_be_written() {
    let Some(disk) = Disk::new("10m") else { return };
    let batch = Batch::new(2, 3);
    let out = disk.at("out");
    assert_eq!(batch.run(&out, &["--shard", "1/2"]).0, 0);
    assert!(disk.mount(&["-o", "remount,ro"]));
    for out in [out.clone(), disk.at("other")] {
        let (code, said, err) = batch.run(&out, &[]);
        assert_eq!((code, said.as_str()), (2, ""), "{err}");
        assert!(err.contains("Read-only file system") && err.contains(&out), "{err}");
    }
    // Its status can still be printed.
    assert_eq!(status(&out)["done"], 1);
    let (code, _, err) = told(&["batch", "plan", &batch.at("games"), "-o", &disk.at("plan")]);
    assert!(code == 2 && err.contains("Read-only file system"), "{err}");
}

/// If any file of a part is cut, changed or missing, that is noticed and reported, and the units
/// are done again.
#[test]
fn damaged_parts() {
    let batch = Batch::new(12, 4);
    let out = batch.at("out");
    assert_eq!(batch.run(&out, &[]).0, 0);
    let mut number = 0;
    for file in ["results.parquet", "certificates.parquet", "timings.parquet", "json"] {
        for fault in 0..3 {
            let path = Path::new(&out).join(format!("shard-1-of-1/part-{number:06}.{file}"));
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            match fault {
                0 => bytes[middle] ^= 0x10,
                1 => bytes.truncate(middle),
                _ => bytes.clear(),
            }
            std::fs::write(&path, bytes).unwrap();
            let (code, said, err) = told(&["batch", "status", &out]);
            assert!(
                code == 1 && said.contains("is damaged") && said.contains("12 left"),
                "{file} {fault}: {said}{err}"
            );
            let (code, _, err) = told(&["batch", "merge", &out]);
            assert!(code == 1 && err.contains("12 of 12 units have no result"), "{err}");
            let (code, said, err) = batch.run(&out, &["--log", "json"]);
            assert!(code == 0 && err.contains("a part is damaged"), "{said}{err}");
            batch.assert_whole(&out);
            number += 1;
        }
    }
}

#[test]
fn bad_instances_among_good_ones() {
    let batch = Batch::new(6, 4);
    let bad = [
        ("a.json", "{", "a.json:1:1: not JSON"),
        ("b.json", "", "b.json:1:0: not JSON"),
        (
            "c.json",
            r#"{"format": "suasion/1", "states": 2, "actions": 2, "prior": [0.5, 0.6], "user": {"utility": [[0, 1], [1, 0]]}, "agents": [{"utility": [[0, 1], [1, 0]]}]}"#,
            "prior",
        ),
        (
            "d.json",
            r#"{"format": "suasion/1", "states": 2, "actions": 2, "prior": {"npy": "none.npy"}, "user": {"utility": [[0, 1], [1, 0]]}, "agents": [{"utility": [[0, 1], [1, 0]]}]}"#,
            "none.npy",
        ),
        ("e.jsonl", "\u{0}\u{1}\n[]\n", "e.jsonl:1:1:1: not JSON"),
    ];
    for (name, text, _) in bad {
        std::fs::write(batch.at(&format!("games/{name}")), text).unwrap();
    }
    std::fs::write(batch.at("games/f.json"), [0xff, 0xfe, 0x00]).unwrap();
    let said = succeeds(&["batch", "plan", &batch.at("games"), "-o", &batch.plan]);
    assert!(said.starts_with("13 units") && said.contains("5 inputs look unreadable"), "{said}");
    // One file is missing and one has changed since the plan.
    std::fs::remove_file(batch.at("games/g0001.json")).unwrap();
    std::fs::copy(batch.at("games/g0002.json"), batch.at("games/g0003.json")).unwrap();
    let out = batch.at("out");
    let (code, said, err) = batch.run(&out, &[]);
    assert_eq!(code, 1, "{err}");
    assert!(said.contains("4 of 13 units done, 9 failed"), "{said}");
    let read = || {
        let mut table = read_parquet(Path::new(&out).join("failures.parquet")).unwrap();
        let (names, kinds) =
            (table.take::<Vec<String>>("instance").unwrap(), table.take::<Vec<String>>("kind").unwrap());
        names.into_iter().zip(kinds).zip(table.take::<Vec<String>>("reason").unwrap()).collect::<Vec<_>>()
    };
    let failures = read();
    let reason = |name: &str| {
        let found = failures.iter().find(|((instance, _), _)| instance.ends_with(name));
        found.unwrap_or_else(|| panic!("{name}: {failures:?}")).1.clone()
    };
    for (name, _, expected) in &bad[..4] {
        assert!(reason(name).contains(expected), "{}", reason(name));
    }
    assert!(reason("e.jsonl:1").contains("not JSON") && reason("e.jsonl:2").contains("e.jsonl:2"), "{failures:?}");
    assert!(reason("f.json").contains("not UTF-8 text"));
    assert!(reason("g0001.json").contains("No such file"));
    assert!(reason("g0003.json").contains("has changed since it was planned"));
    assert!(failures.iter().all(|((_, kind), _)| kind == "input"));
    // Failed units are not done again unless requested; then the repaired ones succeed.
    let (_, said, _) = batch.run(&out, &[]);
    assert!(said.contains("0 of 13 units done, 0 failed, 13 were done before"), "{said}");
    let text = std::fs::read_to_string(batch.at("games/g0002.json")).unwrap();
    std::fs::write(batch.at("games/b.json"), text).unwrap();
    let (_, said, _) = batch.run(&out, &["--retry"]);
    assert!(said.contains("1 of 13 units done, 8 failed, 4 were done before"), "{said}");
    assert!(read().len() == 8 && status(&out)["done"] == 5);
}

/// An instance that takes too long ends with what is known, a worker that hangs is killed, and
/// nothing else suffers.
#[test]
fn too_long() {
    let batch = Batch::new(4, 5);
    let large = batch.at("games/large.json");
    succeeds(&["generate", "uniform", "-n", "200", "-m", "200", "-k", "2", "-o", &large]);
    batch.replan();
    let out = batch.at("out");
    let (code, said, err) = batch.run(&out, &["--instance-time-limit", "0.2"]);
    assert_eq!(code, 1, "{err}");
    let mut results = read_parquet(Path::new(&out).join("results.parquet")).unwrap();
    let stopped: Vec<Option<String>> = results.take::<Vec<Option<String>>>("stopped").unwrap();
    let mut failures = read_parquet(Path::new(&out).join("failures.parquet")).unwrap();
    let kinds = failures.take::<Vec<String>>("kind").unwrap();
    assert!(stopped.iter().flatten().count() + kinds.len() == 1, "{said} {stopped:?} {kinds:?}");
    assert!(kinds.iter().all(|kind| kind == "time"), "{kinds:?}");
    // With more time, the result is as if there had been no limit.
    let (code, said, _) = batch.run(&out, &["--retry"]);
    assert!(code == 0 && said.contains("1 of 5 units done, 0 failed, 4 were done before"), "{said}");
    batch.assert_whole(&out);
    // Workers do not hang by themselves, so one is stopped by a signal.
    let batch = Batch::new(60, 20);
    let out = batch.at("halted");
    let mut run = batch.start(&out, &["--threads", "1", "--instance-time-limit", "1"]);
    wait("it works", || (Path::new(&out).join("plan.parquet").exists() && done(&out) > 0).then_some(()));
    signal(children(run.id())[0], "STOP");
    assert_eq!(run.wait().unwrap().code(), Some(1));
    let mut failures = read_parquet(Path::new(&out).join("failures.parquet")).unwrap();
    assert!(
        failures.take::<Vec<String>>("reason").unwrap().iter().any(|reason| reason.contains("took longer than 1 s"))
    );
}

#[test]
fn too_much_memory() {
    let batch = Batch::new(4, 5);
    succeeds(&["generate", "uniform", "-n", "300", "-m", "300", "-k", "100", "-o", &batch.at("games/large.json")]);
    succeeds(&["batch", "plan", &batch.at("games"), "-o", &batch.plan, "-w", "align"]);
    let out = batch.at("out");
    let (code, said, err) = batch.run(&out, &["--threads", "1", "--memory", "320M"]);
    assert_eq!(code, 1, "{err}");
    assert!(said.contains("4 of 5 units done, 1 failed"), "{said}");
    let mut failures = read_parquet(Path::new(&out).join("failures.parquet")).unwrap();
    assert_eq!(failures.take::<Vec<String>>("kind").unwrap(), ["memory"]);
    let reasons = failures.take::<Vec<String>>("reason").unwrap();
    assert_eq!(reasons, ["takes more memory than a worker may have, which is 64 MiB"]);
    let (code, said, _) = batch.run(&out, &["--threads", "1", "--memory", "4G", "--retry"]);
    assert!(code == 0 && said.contains("1 of 5 units done"), "{said}");
    batch.assert_whole(&out);
}

/// A killed worker does not affect anything else.
#[test]
fn killed_workers() {
    let batch = Batch::new(80, 14);
    let out = batch.at("out");
    let mut run = batch.start(&out, &[]);
    for _ in 0..4 {
        if run.try_wait().unwrap().is_none()
            && let Some(&worker) = children(run.id()).first()
        {
            signal(worker, "KILL");
        }
        std::thread::sleep(Duration::from_millis(60));
    }
    assert_eq!(run.wait().unwrap().code(), Some(0));
    batch.assert_whole(&out);
}

#[test]
fn a_missing_shard() {
    let batch = Batch::new(9, 4);
    let out = batch.at("out");
    for shard in ["1/3", "3/3"] {
        assert_eq!(batch.run(&out, &["--shard", shard]).0, 0);
    }
    let (code, _, err) = told(&["batch", "merge", &out]);
    assert_eq!(code, 1);
    assert!(err.contains("3 of 9 units have no result (shard 2/3 was not run)"), "{err}");
    assert!(!Path::new(&out).join("results.parquet").exists());
    let (code, said, _) = told(&["batch", "merge", &out, "--partial"]);
    assert!(code == 1 && said.contains("results: 6 rows") && said.contains("3 units are left"), "{said}");
    assert_eq!(batch.run(&out, &["--shard", "2/3"]).0, 0);
    succeeds(&["batch", "merge", &out]);
    batch.assert_whole(&out);
}

/// The clock is set back by a day during a run: no time is negative, nothing waits, and nothing
/// else depends on the clock.
#[test]
fn a_clock_that_goes_backwards() {
    let library =
        ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(|triple| format!("/usr/lib/{triple}/faketime/libfaketime.so.1"));
    let Some(library) = library.iter().find(|path| Path::new(path).exists()) else {
        eprintln!("there is no libfaketime here: this test checked nothing");
        return;
    };
    let batch = Batch::new(100, 14);
    let out = batch.at("out");
    let clock = batch.at("clock");
    std::fs::write(&clock, "+0\n").unwrap();
    let start = Instant::now();
    let mut command = suasion();
    command.args(["batch", "run", &batch.plan, "-o", &out, "--quiet", "--instance-time-limit", "30"]);
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &clock).env("FAKETIME_NO_CACHE", "1");
    let mut run = command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").spawn().unwrap();
    wait("something is done", || (Path::new(&out).join("plan.parquet").exists() && done(&out) > 3).then_some(()));
    std::fs::write(&clock, "-1d\n").unwrap();
    assert!(run.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(100));
    let seconds = read_parquet(Path::new(&out).join("timings.parquet")).unwrap().take::<Vec<f64>>("seconds").unwrap();
    assert!(seconds.len() == 100 && seconds.iter().all(|&seconds| (0.0..100.0).contains(&seconds)), "{seconds:?}");
    batch.assert_whole(&out);
    // Files from the future are as good as others.
    let status = Command::new("touch").args(["-d", "+2 days", &format!("{out}/plan.parquet")]).status();
    assert!(status.unwrap().success());
    let (code, said, _) = batch.run(&out, &[]);
    assert!(code == 0 && said.contains("100 were done before"), "{said}");
}
