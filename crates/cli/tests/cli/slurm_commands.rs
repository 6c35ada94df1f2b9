//! `suasion batch submit` and `status` with substitutes for Slurm's commands: the requests to
//! Slurm, and the handling of refusals. `slurm.rs` tests the real Slurm.
#![cfg(unix)]

use crate::common::{root, suasion, succeeds};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A plan of two units, an output, and a folder of substitute commands.
struct Place {
    outer: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { outer: tempfile::tempdir().unwrap() };
        std::fs::create_dir(place.path("bin")).unwrap();
        let [one, two] = ["prosecutor", "gap-two-agents"].map(|name| root().join(format!("instances/{name}.json")));
        let plan = place.name("plan.parquet");
        succeeds(&["batch", "plan", one.to_str().unwrap(), two.to_str().unwrap(), "-o", &plan]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.outer.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A substitute command that records its arguments.
    fn command(&self, name: &str, does: &str) {
        let path = self.path("bin").join(name);
        let notes = self.name("calls");
        std::fs::write(&path, format!("#!/bin/sh\necho {name} \"$*\" >>'{notes}'\n{does}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn calls(&self) -> String {
        std::fs::read_to_string(self.path("calls")).unwrap_or_default().replace(&self.name("out"), "OUT")
    }

    /// The exit code, standard output and standard error, with only the substitute commands
    /// available.
    fn told(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = suasion().args(arguments).env("PATH", self.path("bin")).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&self.name("out"), "OUT");
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    fn submit(&self, more: &[&str]) -> (i32, String, String) {
        let (plan, out) = (self.name("plan.parquet"), self.name("out"));
        self.told(&[&["batch", "submit", &plan, "-o", &out, "--slurm", "--shards", "2"], more].concat())
    }

    fn status(&self) -> (i32, String, String) {
        self.told(&["batch", "status", &self.name("out")])
    }
}

#[test]
fn without_slurm() {
    let place = Place::new();
    let (code, said, errors) = place.submit(&[]);
    let expected = "error: sbatch: was not found; Slurm's commands are on machines that belong to a cluster\n";
    assert_eq!((code, said.as_str(), errors.as_str()), (2, "", expected));
    assert!(!place.path("out/slurm/jobs.json").exists());

    let (code, said, _) = place.submit(&["--dry-run"]);
    let expected = "nothing was submitted; to submit by hand, run:\n  sbatch OUT/slurm/array.sh\n  \
                    sbatch --dependency=afterany:JOB OUT/slurm/merge.sh   # JOB is the number that the first command prints\n";
    assert_eq!((code, said.as_str()), (0, expected));
    assert!(!place.path("out/slurm/jobs.json").exists());
    let script = std::fs::read_to_string(place.path("out/slurm/array.sh")).unwrap();
    assert!(script.contains("#SBATCH --array=1-2\n"), "{script}");

    let (code, said, _) = place.status();
    assert_eq!((code, said.as_str()), (1, "solve: 0 of 2 units done, 0 failed, 2 left\n"));

    for (more, says) in [
        (&["--memory", "1M"][..], "error: --memory: found 1 MiB, expected at least"),
        (&["--memory", "much"], "error: --memory: found \"much\""),
        (&["--cpus", "0"], "error: --cpus: found 0"),
        (&["--instance-time-limit", "-1"], "error: --instance-time-limit: found -1"),
        (&["--sbatch", "account"], "error: --sbatch: found \"account\""),
    ] {
        let (code, _, errors) = place.submit(more);
        assert!(code == 2 && errors.starts_with(says), "{more:?}: {errors}");
    }
}

#[test]
fn submitted_and_surveyed() {
    let place = Place::new();
    place.command("sbatch", "case \"$*\" in *merge.sh) echo 'be kind'; echo '8;far' ;; *) echo '7;far' ;; esac");
    place.command("squeue", "printf '7_1|RUNNING|n1|None\\n7_2|PENDING||Priority\\n8|PENDING||Dependency\\n'");
    let (code, said, errors) = place.submit(&["--sbatch=--qos=low", "--json", "--partition", "p"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    let jobs: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(jobs, serde_json::json!({ "array": "7", "merge": "8", "shards": 2, "cluster": "far", "units": 2 }));
    assert_eq!(
        place.calls(),
        "sbatch --parsable OUT/slurm/array.sh\n\
         sbatch --parsable --dependency=afterany:7 --clusters=far OUT/slurm/merge.sh\n"
    );
    let script = std::fs::read_to_string(place.path("out/slurm/merge.sh")).unwrap();
    assert!(script.contains("#SBATCH --partition=p\n#SBATCH --qos=low\n"), "{script}");

    let (code, said, _) = place.status();
    assert_eq!(code, 1);
    let says = ["running on n1", "pending (Priority)", "not running", "merging (job 8): pending (Dependency)"];
    assert!(says.iter().all(|each| said.contains(each)), "{said}");
    assert!(place.calls().contains("squeue --clusters=far --noheader"));

    let (code, _, errors) = place.submit(&[]);
    let expected = "error: jobs 7 and 8 of this batch are in the queue, 1 tasks running and 2 waiting; wait for them to end, or \
                    `scancel 7 8`\n";
    assert_eq!((code, errors.as_str()), (2, expected));

    // Jobs that Slurm has forgotten do not matter.
    place.command("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    let (_, said, _) = place.status();
    assert!(said.contains("not in the queue") && said.contains("merging (job 8): not in the queue"), "{said}");
    place.command("sbatch", "case \"$*\" in *merge.sh) echo 10 ;; *) echo 9 ;; esac");
    let (code, said, _) = place.submit(&[]);
    assert!(code == 0 && said.starts_with("job 9: 2 units in 2 tasks\njob 10: merges the results"), "{said}");

    // Without Slurm, the status of the output is still shown.
    std::fs::remove_file(place.path("bin/squeue")).unwrap();
    let (code, said, _) = place.status();
    assert_eq!(code, 1);
    assert!(
        said.contains("0 of 2 units done") && said.contains("the state of the queue is unknown: squeue: was not found")
    );
    let (code, _, errors) = place.submit(&[]);
    assert!(code == 2 && errors.starts_with("error: squeue: was not found"), "{errors}");
}

/// Either both jobs are submitted, or none.
#[test]
fn a_half_is_undone() {
    let place = Place::new();
    let refusing = "case \"$*\" in *merge.sh) echo 'sbatch: error: too many' >&2; exit 1 ;; *) echo 7 ;; esac";
    place.command("sbatch", refusing);
    place.command("scancel", "");
    let (code, said, errors) = place.submit(&[]);
    assert_eq!((code, said.as_str(), errors.as_str()), (2, "", "error: sbatch: too many\n"));
    assert!(place.calls().ends_with("scancel 7\n"), "{}", place.calls());
    assert!(!place.path("out/slurm/jobs.json").exists());

    // If a submission cannot be undone, that is reported and recorded.
    place.command("scancel", "echo 'scancel: error: nobody answers' >&2; exit 1");
    let (code, _, errors) = place.submit(&[]);
    let expected = "error: sbatch: too many; job 7 is still in the queue: scancel: nobody answers\n";
    assert_eq!((code, errors.as_str()), (2, expected));
    let jobs = std::fs::read_to_string(place.path("out/slurm/jobs.json")).unwrap();
    assert!(jobs.contains("\"array\":\"7\""), "{jobs}");

    place.command("sbatch", "echo Submitted");
    place.command("squeue", "");
    let (code, _, errors) = place.submit(&[]);
    assert!(code == 2 && errors.contains("expected the number of a job"), "{errors}");
}

/// A scheduler that ends a job signals all its processes: units in progress are either done or not,
/// never half done.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_to_all_processes() {
    let place = Place::new();
    for seed in 0..8 {
        let (seed, file) = (seed.to_string(), place.name(&format!("{seed}.json")));
        succeeds(&["generate", "uniform", "-n", "70", "-m", "70", "-k", "4", "--seed", &seed, "-o", &file]);
    }
    let plan = place.name("games.parquet");
    succeeds(&["batch", "plan", &place.name("*.json"), "-o", &plan]);
    let (out, single) = (place.name("out"), place.name("single"));
    let run = |out: &str| {
        let mut command = suasion();
        command.args(["batch", "run", &plan, "-o", out, "--threads", "2", "--quiet"]);
        command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };

    let mut ended = run(&out);
    let id = ended.id();
    let end = Instant::now() + Duration::from_secs(60);
    let workers = loop {
        // Any of its threads may start processes.
        let threads = std::fs::read_dir(format!("/proc/{id}/task")).unwrap();
        let children =
            threads.filter_map(|thread| std::fs::read_to_string(thread.unwrap().path().join("children")).ok());
        let workers: Vec<String> =
            children.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
        let journal = std::fs::metadata(place.path("out/shard-1-of-1/journal-000000")).map_or(0, |about| about.len());
        if workers.len() == 2 && journal > 0 {
            break workers;
        }
        assert!(Instant::now() < end, "no workers at work");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(Command::new("kill").arg("-TERM").args(workers).arg(id.to_string()).status().unwrap().success());
    assert_eq!(ended.wait().unwrap().code(), Some(1));
    let (code, said, _) = place.told(&["batch", "status", &out]);
    assert!(code == 1 && said.contains(", 0 failed"), "{said}");

    for out in [&out, &single] {
        assert!(run(out).wait().unwrap().success());
    }
    for table in ["results.parquet", "certificates.parquet"] {
        let [ours, theirs] = ["out", "single"].map(|folder| std::fs::read(place.path(folder).join(table)).unwrap());
        assert!(ours == theirs, "{table} differs");
    }
}
