//! The queue: the state of a batch's jobs in Slurm.

use super::{Jobs, call::call};
use crate::{BatchError, Shard};
use serde::Serialize;
use std::fmt;
use std::process::Command;

/// The state of a task of the array or of the merging job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    /// The job, or the job and the task, as in `12_3`.
    pub id: String,
    /// Its state in Slurm's words: `RUNNING`, `PENDING` and so on.
    pub state: String,
    /// The nodes on which it runs, or ran last.
    pub nodes: String,
    /// The reason for its state, if there is one.
    pub reason: Option<String>,
}

impl Task {
    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "RUNNING" | "COMPLETING")
    }

    /// Whether it has ended for good.
    #[must_use]
    pub fn is_over(&self) -> bool {
        const OVER: [&str; 12] = [
            "BOOT_FAIL",
            "CANCELLED",
            "COMPLETED",
            "DEADLINE",
            "FAILED",
            "LAUNCH_FAILED",
            "NODE_FAIL",
            "OUT_OF_MEMORY",
            "PREEMPTED",
            "RECONFIG_FAIL",
            "REVOKED",
            "TIMEOUT",
        ];
        OVER.contains(&self.state.as_str())
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.state.to_lowercase().replace('_', " "))?;
        match &self.reason {
            _ if self.is_running() => write!(f, " on {}", self.nodes),
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

impl Jobs {
    /// The states of all tasks, in no particular order. Slurm forgets tasks that ended long ago.
    ///
    /// # Errors
    /// If Slurm does not answer.
    pub fn queue(&self) -> Result<Vec<Task>, BatchError> {
        let mut command = Command::new("squeue");
        // Environment variables would change the output.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("SQUEUE_")) {
                command.env_remove(name);
            }
        }
        let names: Vec<&str> = self.names().collect();
        command.args(self.cluster()).args(["--noheader", "--array", "--states=all", "--format=%i|%T|%N|%r"]);
        command.arg(format!("--jobs={}", names.join(",")));
        match call(&mut command) {
            Ok(said) => Ok(parse(&said)),
            // Slurm has forgotten the jobs.
            Err(BatchError::Scheduler(problem)) if problem.contains("Invalid job id") => Ok(vec![]),
            Err(cause) => Err(cause),
        }
    }

    /// The task of a shard, if it is among the known tasks.
    #[must_use]
    pub fn task<'a>(&self, shard: Shard, tasks: &'a [Task]) -> Option<&'a Task> {
        let id = format!("{}_{}", self.array, shard.index);
        tasks.iter().find(|task| shard.of == self.shards && task.id == id)
    }

    /// The merging job, if it is among the known tasks.
    #[must_use]
    pub fn merging<'a>(&self, tasks: &'a [Task]) -> Option<&'a Task> {
        tasks.iter().find(|task| Some(&task.id) == self.merge.as_ref())
    }
}

/// Parses lines with an identifier, a state, nodes and a reason; other lines are ignored.
fn parse(said: &str) -> Vec<Task> {
    let task = |line: &str| {
        let mut parts = line.splitn(4, '|').map(|part| part.trim().to_owned());
        let (id, state, nodes, reason) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let reason = Some(reason).filter(|reason| !reason.is_empty() && reason != "None");
        (!id.is_empty() && !state.is_empty()).then_some(Task { id, state, nodes, reason })
    };
    said.lines().filter_map(task).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_queue_says() {
        let said = "CLUSTER: local\n12_1|RUNNING|n3|None\n12_2|PENDING||Resources\n12_3|NODE_FAIL|n[1-2]|NodeDown\n\
                    13|PENDING||Dependency\n12_4|COMPLETED|n1|None\n";
        let tasks = parse(said);
        assert_eq!(
            tasks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["running on n3", "pending (Resources)", "node fail (NodeDown)", "pending (Dependency)", "completed"]
        );
        assert_eq!(tasks.iter().map(Task::is_over).collect::<Vec<_>>(), [false, false, true, false, true]);
        let jobs = Jobs { array: "12".into(), merge: Some("13".into()), shards: 4, cluster: None };
        let id = |task: Option<&Task>| task.map(|task| task.id.clone());
        assert_eq!(id(jobs.task(Shard { index: 2, of: 4 }, &tasks)).as_deref(), Some("12_2"));
        assert_eq!(id(jobs.task(Shard { index: 2, of: 8 }, &tasks)), None);
        assert_eq!(id(jobs.merging(&tasks)).as_deref(), Some("13"));
        assert!(parse("slurm_load_jobs error\n\n|||\n").is_empty());
    }
}
