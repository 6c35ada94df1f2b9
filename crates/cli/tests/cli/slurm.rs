//! A batch on a real Slurm cluster of four nodes, one of which dies during the run.

use crate::common::{root, suasion, succeeds};
use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const SHARDS: usize = 4;
const UNITS: usize = 60;

/// The test's own cluster, which stops when the test ends, even if it fails.
struct Cluster {
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Starts it; `None` if Slurm is missing and not required.
    fn start(folder: &Path) -> Option<Self> {
        let daemons = ["/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged", "/usr/bin/sbatch"];
        if let Some(missing) = daemons.iter().find(|daemon| !Path::new(daemon).exists()) {
            let said = format!("{missing} is not there; `scripts/slurm-local.sh install` installs it");
            assert!(std::env::var_os("CI").is_none() && std::env::var_os("SUASION_TEST_SLURM").is_none(), "{said}");
            eprintln!("NOT TESTED: a batch on a real Slurm, as {said}");
            return None;
        }
        let cluster = Self { folder: folder.join("cluster"), port: free_ports(5) };
        let started = cluster.script(&["start"]);
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        Some(cluster)
    }

    fn script(&self, arguments: &[&str]) -> Output {
        let mut script = Command::new(root().join("scripts/slurm-local.sh"));
        script.args(arguments).env("SLURM_LOCAL_DIR", &self.folder).env("SLURM_LOCAL_PORT", self.port.to_string());
        script.output().unwrap()
    }

    /// The exit code, standard output and standard error of the command on this cluster.
    fn told(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = suasion();
        let output = command.args(arguments).env("SLURM_CONF", self.folder.join("slurm.conf")).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    fn status(&self, out: &str) -> (i32, Value) {
        let (code, said, errors) = self.told(&["batch", "status", "--json", out]);
        (code, serde_json::from_str(&said).unwrap_or_else(|cause| panic!("{cause}: {said}{errors}")))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for log in ["slurmctld.log", "slurmd-n1.log"] {
                let text = std::fs::read_to_string(self.folder.join("log").join(log)).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                eprintln!("{log}:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
            }
        }
        self.script(&["stop"]);
    }
}

/// The first of some consecutive free ports.
fn free_ports(count: u16) -> u16 {
    let mine = u16::try_from(std::process::id() % 1000).unwrap();
    let free = |port: &u16| (*port..port + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    (0..1000).map(|i| 20_000 + (mine + i) % 1000 * 10).find(free).unwrap()
}

/// Waits for a value, but not forever.
fn wait<T>(seconds: u64, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within {seconds} s");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_node_dies_and_nothing_is_lost() {
    let outer = tempfile::tempdir().unwrap();
    let Some(cluster) = Cluster::start(outer.path()) else { return };
    let path = |name: &str| outer.path().join(name).to_str().unwrap().to_owned();

    std::fs::create_dir(path("games")).unwrap();
    for seed in 0..UNITS {
        let (seed, file) = (seed.to_string(), path(&format!("games/{seed:02}.json")));
        succeeds(&["generate", "uniform", "-n", "40", "-m", "40", "-k", "3", "--seed", &seed, "-o", &file]);
    }
    let (plan, out, single) = (path("plan.parquet"), path("it's 5% of \"it\""), path("single"));
    succeeds(&["batch", "plan", &path("games"), "-o", &plan]);

    // A refused submission leaves nothing behind.
    let shards = SHARDS.to_string();
    let submit = ["batch", "submit", &plan, "-o", &out, "--slurm", "--shards", &shards, "--memory", "512M", "--json"];
    let (code, said, errors) = cluster.told(&[&submit[..], &["--partition", "nowhere"]].concat());
    assert_eq!((code, said.as_str()), (2, ""), "{errors}");
    assert!(errors.starts_with("error: sbatch: invalid partition specified: nowhere"), "{errors}");
    assert!(cluster.status(&out).1.get("slurm").is_none());

    let (code, said, errors) = cluster.told(&submit);
    assert_eq!(code, 0, "{errors}");
    let jobs: Value = serde_json::from_str(&said).unwrap();
    let (array, merge) = (jobs["array"].as_str().unwrap(), jobs["merge"].as_str().unwrap());
    assert_eq!((&jobs["shards"], &jobs["units"]), (&SHARDS.into(), &UNITS.into()));

    // A task that has finished some units and has many left.
    let (victim, node) = wait(60, "a task that works", || {
        let (code, status) = cluster.status(&out);
        assert_eq!((code, &status["slurm"]["merge_task"]["state"]), (1, &"PENDING".into()), "{status}");
        let shards = status["shards"].as_array().unwrap();
        assert_eq!(shards.len(), SHARDS);
        let works = |shard: &&Value| {
            let (units, done) = (shard["units"].as_u64().unwrap(), shard["done"].as_u64().unwrap());
            shard["task"]["state"] == "RUNNING" && shard.get("writer").is_some() && done >= 2 && done + 8 < units
        };
        let name = |shard: &Value| shard["task"]["nodes"].as_str().unwrap().to_owned();
        shards.iter().position(|shard| works(&shard)).map(|victim| (victim, name(&shards[victim])))
    });
    let (code, text, _) = cluster.told(&["batch", "status", &out]);
    assert_eq!(code, 1);
    assert!(text.contains(&format!("running on {node}")) && text.contains("being written by process"), "{text}");
    assert!(text.contains(&format!("merging (job {merge}): pending (Dependency)")), "{text}");
    let (code, _, errors) = cluster.told(&submit);
    assert_eq!(code, 2);
    assert!(errors.contains(&format!("jobs {array} and {merge} of this batch are in the queue")), "{errors}");

    // The node dies with its task. The output shows that immediately; Slurm notices when the node
    // has not answered for some time.
    let killed = cluster.script(&["kill", &node]);
    assert!(killed.status.success(), "{}", String::from_utf8_lossy(&killed.stderr));
    let (_, status) = cluster.status(&out);
    let dead = &status["shards"][victim];
    assert!(dead.get("writer").is_none() && dead["task"]["state"] == "RUNNING", "{dead}");
    assert!(dead["done"].as_u64() < dead["units"].as_u64(), "{dead}");

    // In the meantime, run the same on one machine.
    let mut alone = suasion();
    alone.args(["batch", "run", &plan, "-o", &single, "--threads", "1", "--quiet"]).stdin(Stdio::null());
    let mut alone = Running(alone.spawn().unwrap());

    wait(90, "Slurm sees that the node is dead", || {
        let (_, status) = cluster.status(&out);
        (status["shards"][victim]["task"]["state"] == "PENDING").then_some(())
    });
    let revived = cluster.script(&["start"]);
    assert!(revived.status.success(), "{}", String::from_utf8_lossy(&revived.stderr));

    let end = |out: &str| {
        wait(120, "the merge", || {
            let (code, status) = cluster.status(out);
            let merging = status["slurm"]["merge_task"]["state"].as_str()?.to_owned();
            let over = !["PENDING", "RUNNING", "COMPLETING"].contains(&merging.as_str());
            assert!(!over || merging == "COMPLETED", "{status}");
            over.then_some((code, status))
        })
    };
    let (code, status) = end(&out);
    assert_eq!((code, &status["done"], &status["left"]), (0, &UNITS.into(), &0.into()), "{status}");
    for shard in status["shards"].as_array().unwrap() {
        assert_eq!((&shard["done"], &shard["task"]["state"]), (&shard["units"], &"COMPLETED".into()), "{status}");
    }
    let (code, text, _) = cluster.told(&["batch", "status", &out]);
    assert!(code == 0 && text.contains(&format!("merging (job {merge}): completed")), "{text}");

    // The second attempt resumed where the first ended.
    let log = Path::new(&out).join(format!("slurm/{array}_{}.log", victim + 1));
    let log = std::fs::read_to_string(&log).unwrap();
    let records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let begun: Vec<Value> = records.filter(|record| record["message"] == "run").collect();
    let left = |i: usize| begun[i]["left"].as_u64().unwrap();
    assert!(begun.len() == 2 && left(1) <= left(0) - 2, "{log}");

    let status = wait(120, "the run on one machine", || alone.0.try_wait().unwrap());
    assert!(status.success());
    let same = || {
        for table in ["results.parquet", "certificates.parquet", "failures.parquet"] {
            let [ours, theirs] = [&out, &single].map(|folder| std::fs::read(Path::new(folder).join(table)).unwrap());
            assert!(ours == theirs, "{table} differs");
        }
    };
    same();

    // Submit again, with nothing to do and with other shards.
    let (code, _, errors) = cluster.told(&["batch", "submit", &plan, "-o", &out, "--slurm", "--shards", "2"]);
    assert_eq!(code, 0, "{errors}");
    let (code, status) = end(&out);
    assert_eq!((code, status["slurm"]["shards"].as_u64(), &status["left"]), (0, Some(2), &0.into()));
    same();
}
