//! A batch as jobs of Slurm: an array whose tasks are shards, and a job that merges once they have
//! ended.
//!
//! ```text
//! OUT/slurm/array.sh, merge.sh  what was submitted
//!           jobs.json           the numbers of the jobs
//!           12_3.log            what task 3 of the array said, in all its attempts
//!           merge-13.log        what was merged, or what is missing
//! ```

mod call;
mod queue;
mod script;

use crate::BatchError;
use crate::store::{Store, lock};
use call::call;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub use queue::Task;

/// What the jobs of a batch ask of Slurm.
#[derive(Clone, Debug, PartialEq)]
pub struct SlurmOptions {
    /// The command `suasion`, as nodes find it.
    pub program: PathBuf,
    /// The number of tasks.
    pub shards: usize,
    /// How many of them may run at once, if not all.
    pub at_once: Option<usize>,
    /// The partition; else Slurm's own choice.
    pub partition: Option<String>,
    /// How long a task may take, in Slurm's words.
    pub time: Option<String>,
    /// How many bytes of memory a task may have.
    pub memory: Option<u64>,
    /// How many processors a task has, and so how many workers.
    pub cpus: usize,
    /// How long a unit may take.
    pub instance_time_limit: Option<Duration>,
    /// Whether units are done again that failed, or that a limit ended.
    pub retry: bool,
    /// Whether certificates are left out.
    pub no_certificates: bool,
    /// Whether every unit is logged.
    pub verbose: bool,
    /// Other options for both jobs.
    pub sbatch: Vec<String>,
}

/// The jobs of a batch, as Slurm calls them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// The array.
    pub array: String,
    /// The job that merges; none if submitting was ended before it.
    pub merge: Option<String>,
    /// The number of tasks.
    pub shards: usize,
    /// The cluster, where there are several.
    pub cluster: Option<String>,
}

/// The scripts of a batch's jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scripts {
    /// That of the array.
    pub array: PathBuf,
    /// That of the job that merges.
    pub merge: PathBuf,
}

fn folder(store: &Store) -> Result<PathBuf, BatchError> {
    let folder = store.folder().join("slurm");
    std::path::absolute(&folder).map_err(BatchError::read(&folder))
}

impl Scripts {
    /// Writes the scripts.
    ///
    /// # Errors
    /// If options make no sense, or the scripts cannot be written.
    pub fn write(store: &Store, options: &SlurmOptions) -> Result<Self, BatchError> {
        let folder = folder(store)?;
        let array = script::array(store, &folder, options)?;
        let merge = script::merge(store, &folder, options)?;
        std::fs::create_dir_all(&folder).map_err(BatchError::write(&folder))?;
        let scripts = Self { array: folder.join("array.sh"), merge: folder.join("merge.sh") };
        suasion_table::write_file(&scripts.array, array.as_bytes())?;
        suasion_table::write_file(&scripts.merge, merge.as_bytes())?;
        Ok(scripts)
    }

    /// The commands that would submit them.
    #[must_use]
    pub fn commands(&self) -> [String; 2] {
        let [array, merge] = [&self.array, &self.merge].map(|script| script::shell(&script.to_string_lossy()));
        [format!("sbatch {array}"), format!("sbatch --dependency=afterany:JOB {merge}   # JOB is what the first says")]
    }
}

impl Jobs {
    /// The jobs that were submitted last, if any were.
    ///
    /// # Errors
    /// If what is said of them cannot be read.
    pub fn read(store: &Store) -> Result<Option<Self>, BatchError> {
        let path = folder(store)?.join("jobs.json");
        let text = match std::fs::read(&path) {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(BatchError::read(&path))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|cause| BatchError::bad(&path, cause.to_string()))
    }

    /// Writes the scripts, and submits both jobs; or none, if either is refused.
    ///
    /// # Errors
    /// If jobs of the batch are in the queue, Slurm refuses one, or something cannot be written.
    pub fn submit(store: &Store, options: &SlurmOptions) -> Result<Self, BatchError> {
        let folder = folder(store)?;
        std::fs::create_dir_all(&folder).map_err(BatchError::write(&folder))?;
        // Nobody else submits meanwhile.
        let _lock = lock(&folder).map_err(|cause| match cause {
            BatchError::Busy { path, holder } => BatchError::bad(&path, format!("is being submitted by {holder}")),
            other => other,
        })?;
        if let Some(earlier) = Self::read(store)? {
            earlier.must_be_over()?;
        }
        let scripts = Scripts::write(store, options)?;
        let (array, cluster) = sbatch(&scripts.array, options, &[])?;
        let mut jobs = Self { array, merge: None, shards: options.shards, cluster };
        // Whatever ends this process now, what was submitted is known.
        let submitted = jobs.write(&folder).and_then(|()| {
            let mut arguments = vec![format!("--dependency=afterany:{}", jobs.array)];
            arguments.extend(jobs.cluster.iter().map(|cluster| format!("--clusters={cluster}")));
            jobs.merge = Some(sbatch(&scripts.merge, options, &arguments)?.0);
            jobs.write(&folder)
        });
        match submitted {
            Ok(()) => Ok(jobs),
            Err(cause) => Err(jobs.undo(&folder, cause)),
        }
    }

    /// The options by which commands of Slurm find the jobs' cluster.
    fn cluster(&self) -> impl Iterator<Item = String> {
        self.cluster.iter().map(|cluster| format!("--clusters={cluster}"))
    }

    /// What the jobs are called, in a row.
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.array.as_str()).chain(self.merge.as_deref())
    }

    fn write(&self, folder: &Path) -> Result<(), BatchError> {
        let path = folder.join("jobs.json");
        let text = serde_json::to_vec(self).map_err(|cause| BatchError::bad(&path, cause.to_string()))?;
        Ok(suasion_table::write_file(&path, &text)?)
    }

    /// Cancels what was submitted, and says why.
    fn undo(&self, folder: &Path, why: BatchError) -> BatchError {
        let mut command = Command::new("scancel");
        command.args(self.cluster()).args(self.names());
        match call(&mut command) {
            Ok(_) => {
                let _ = std::fs::remove_file(folder.join("jobs.json"));
                why
            }
            Err(cause) => BatchError::Scheduler(format!("{why}; job {} is still in the queue: {cause}", self.array)),
        }
    }

    fn must_be_over(&self) -> Result<(), BatchError> {
        let tasks = self.queue()?;
        let running = tasks.iter().filter(|task| task.is_running()).count();
        let waiting = tasks.iter().filter(|task| !task.is_running() && !task.is_over()).count();
        if running + waiting == 0 {
            return Ok(());
        }
        let names: Vec<&str> = self.names().collect();
        let (called, names) = (names.join(" and "), names.join(" "));
        Err(BatchError::Scheduler(format!(
            "jobs {called} of this batch are in the queue, {running} tasks of them running and {waiting} waiting; wait for them to end, or \
             `scancel {names}`"
        )))
    }
}

/// Submits a script: the number of the job, and the cluster, if that is said.
fn sbatch(script: &Path, options: &SlurmOptions, arguments: &[String]) -> Result<(String, Option<String>), BatchError> {
    let mut command = Command::new("sbatch");
    // Variables have precedence over what is in the script, and these would make of it what it is
    // not.
    for variable in ["ARRAY_INX", "NO_REQUEUE", "OPEN_MODE", "OUTPUT", "ERROR", "WAIT", "TEST_ONLY"] {
        command.env_remove(format!("SBATCH_{variable}"));
    }
    let asked = [
        ("PARTITION", options.partition.is_some()),
        ("TIMELIMIT", options.time.is_some()),
        ("MEM_PER_NODE", options.memory.is_some()),
        ("MEM_PER_CPU", options.memory.is_some()),
    ];
    for (variable, _) in asked.iter().filter(|(_, asked)| *asked) {
        command.env_remove(format!("SBATCH_{variable}"));
    }
    command.arg("--parsable").args(arguments).arg(script);
    let said = call(&mut command)?;
    // What a site's own filters print comes before.
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let (job, cluster) = match last.split_once(';') {
        Some((job, cluster)) => (job, Some(cluster.to_owned())),
        None => (last, None),
    };
    if job.is_empty() || !job.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BatchError::Scheduler(format!("sbatch said {said:?}, expected the number of a job")));
    }
    Ok((job.to_owned(), cluster))
}

/// Refuses what makes no sense.
fn check(store: &Store, options: &SlurmOptions) -> Result<(), BatchError> {
    let most = crate::shard::MOST.min(store.plan.units.len());
    if !(1..=most).contains(&options.shards) {
        let units = store.plan.units.len();
        let expected = format!("from 1 to {most}, as the plan has {units} units");
        return Err(BatchError::option("--shards", &options.shards, expected));
    }
    if options.at_once == Some(0) {
        return Err(BatchError::option("--at-once", &0, "at least 1 task"));
    }
    if options.cpus == 0 {
        return Err(BatchError::option("--cpus", &0, "at least 1"));
    }
    if let Some(memory) = options.memory {
        crate::run::share(memory, options.cpus)?;
    }
    Ok(())
}
