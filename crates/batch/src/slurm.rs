//! A batch as Slurm jobs: an array whose tasks are shards, and a job that merges when they have
//! ended.
//!
//! ```text
//! OUT/slurm/array.sh, merge.sh  the scripts that were submitted
//!           jobs.json           the numbers of the jobs
//!           12_3.log            the output of task 3 of the array, in all its attempts
//!           merge-13.log        what was merged or is missing
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

/// The Slurm options of the jobs of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct SlurmOptions {
    /// The path of the command `suasion` on the nodes.
    pub program: PathBuf,
    /// The number of tasks.
    pub shards: usize,
    /// The largest number of tasks at a time, if not all.
    pub at_once: Option<usize>,
    /// The partition; otherwise, Slurm chooses.
    pub partition: Option<String>,
    /// The time limit of a task, in Slurm's notation.
    pub time: Option<String>,
    /// The memory limit of a task, in bytes.
    pub memory: Option<u64>,
    /// The number of processors of a task, which is also its number of workers.
    pub cpus: usize,
    /// The time limit of a unit.
    pub instance_time_limit: Option<Duration>,
    /// Whether to repeat units that failed or that a limit stopped.
    pub retry: bool,
    /// Whether to leave out certificates.
    pub no_certificates: bool,
    /// Whether to log every unit.
    pub verbose: bool,
    /// Other options for both jobs.
    pub sbatch: Vec<String>,
}

/// The jobs of a batch, by their numbers in Slurm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// The array.
    pub array: String,
    /// The merging job; `None` if the submission ended before it.
    pub merge: Option<String>,
    /// The number of tasks.
    pub shards: usize,
    /// The cluster, if there are several.
    pub cluster: Option<String>,
}

/// The scripts of a batch's jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scripts {
    /// The script of the array.
    pub array: PathBuf,
    /// The script of the merging job.
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
    /// If options make no sense or the scripts cannot be written.
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

    /// The commands that submit them by hand.
    #[must_use]
    pub fn commands(&self) -> [String; 2] {
        let [array, merge] = [&self.array, &self.merge].map(|script| script::shell(&script.to_string_lossy()));
        [
            format!("sbatch {array}"),
            format!("sbatch --dependency=afterany:JOB {merge}   # JOB is the number that the first command prints"),
        ]
    }
}

impl Jobs {
    /// The jobs that were submitted last, if there are any.
    ///
    /// # Errors
    /// If their file cannot be read.
    pub fn read(store: &Store) -> Result<Option<Self>, BatchError> {
        let path = folder(store)?.join("jobs.json");
        let text = match std::fs::read(&path) {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(BatchError::read(&path))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|cause| BatchError::bad(&path, cause.to_string()))
    }

    /// Writes the scripts and submits both jobs, or neither if one is refused.
    ///
    /// # Errors
    /// If jobs of the batch are in the queue, Slurm refuses one, or something cannot be written.
    pub fn submit(store: &Store, options: &SlurmOptions) -> Result<Self, BatchError> {
        let folder = folder(store)?;
        std::fs::create_dir_all(&folder).map_err(BatchError::write(&folder))?;
        // No other process may submit in the meantime.
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
        // Save the numbers first, so that they are known even if this process is killed.
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

    /// The options with which Slurm's commands find the jobs' cluster.
    fn cluster(&self) -> impl Iterator<Item = String> {
        self.cluster.iter().map(|cluster| format!("--clusters={cluster}"))
    }

    /// The numbers of the jobs.
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.array.as_str()).chain(self.merge.as_deref())
    }

    fn write(&self, folder: &Path) -> Result<(), BatchError> {
        let path = folder.join("jobs.json");
        let text = serde_json::to_vec(self).map_err(|cause| BatchError::bad(&path, cause.to_string()))?;
        Ok(suasion_table::write_file(&path, &text)?)
    }

    /// Cancels the submitted jobs and returns the reason.
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
            "jobs {called} of this batch are in the queue, {running} tasks running and {waiting} waiting; wait for them to end, or \
             `scancel {names}`"
        )))
    }
}

/// Submits a script, and returns the number of the job and the cluster, if sbatch names it.
fn sbatch(script: &Path, options: &SlurmOptions, arguments: &[String]) -> Result<(String, Option<String>), BatchError> {
    let mut command = Command::new("sbatch");
    // Environment variables take precedence over the script, and these would change its meaning.
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
    // Filters of the site may print lines before the number.
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

/// Refuses options that make no sense.
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
