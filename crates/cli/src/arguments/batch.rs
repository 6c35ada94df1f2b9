//! The arguments of `suasion batch`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Batch {
    Plan(BatchPlan),
    Run(BatchRun),
    Submit(BatchSubmit),
    Status(BatchStatus),
    Merge(BatchMerge),
    /// A process that works on units of a batch
    #[command(hide = true)]
    Worker,
}

/// The commands that a batch may run.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BatchWork {
    /// Everything about an instance at a glance
    Solve,
    /// The equilibria of a game among the agents
    Equilibria,
    /// The distance of the user's utility from the hull of the agents' utilities
    Align,
    /// Every agent's frontier
    Frontier,
    /// Reduce tables of scores to factors (`hull reduce`)
    HullReduce,
}

/// Plan the work on many instances.
///
/// An instance is a file or a line of a JSON Lines file. An instance with many priors is divided
/// into blocks of priors. For hull-reduce, inputs are tables. Estimated times of the units balance
/// the shards; the plan itself does not depend on the number of shards.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion batch plan instances -o plan.parquet
  suasion batch plan 'games/*.json' more.jsonl -o plan.parquet --work equilibria -- --game all-agents --starts 50
  suasion batch plan 'scores/*.parquet' -o plan.parquet --work hull-reduce -- -t human -a 'agent_*'")]
pub struct BatchPlan {
    /// Instance files, patterns, folders, and JSON Lines files (.jsonl)
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<String>,
    /// The plan to write
    #[arg(short, long, value_name = "PLAN")]
    pub output: PathBuf,
    /// The command to run on every instance
    #[arg(short, long, value_enum, default_value = "solve", value_name = "COMMAND")]
    pub work: BatchWork,
    /// The number of priors of an instance in a unit [default: about ten seconds of work]
    #[arg(long, value_name = "N")]
    pub block: Option<u64>,
    /// Options of the command, for every instance
    #[arg(last = true, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub options: Vec<String>,
}

/// Run a plan, or resume it: units that are done are not done again.
///
/// A worker process solves each instance. If one fails (a bad file, a limit, a crash), the table of
/// failures gets a row, and the run goes on. Results are saved as they arrive: if this process is
/// killed, only units in progress are lost.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion batch run plan.parquet -o results
  suasion batch run plan.parquet -o results --shard 2/4 --memory 8G --instance-time-limit 600
In a Slurm array, the shard is that of the task.")]
pub struct BatchRun {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The output folder; created if it does not exist
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// The share of the plan to run, such as 2/4 [default: that of the Slurm array task, or the
    /// whole plan]
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// The time limit of an instance, or of a block of its priors, in seconds; at the limit, it
    /// ends with what is known
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub instance_time_limit: Option<f64>,
    /// Repeat units that failed or that a limit stopped
    #[arg(long)]
    pub retry: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Log on standard error instead of showing progress
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log: Option<LogName>,
}

/// Submit a plan to a cluster: an array of tasks, one per shard, and a job that merges the results
/// when they have ended.
///
/// Scripts, logs and job numbers are in OUT/slurm. If the node of a task dies, the task starts
/// again and resumes. When no jobs are left in the queue, submitting again does what is missing.
/// `batch status` shows the queue and the output.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion batch submit plan.parquet -o results --slurm --shards 40 --partition short --time 4:00:00 --memory 4G
  suasion batch submit plan.parquet -o results --slurm --shards 40 --cpus 8 --sbatch=--account=games --dry-run
The output must be where all nodes see it.")]
pub struct BatchSubmit {
    /// The plan
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The output folder; created if it does not exist
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Submit to Slurm
    #[arg(long, required = true)]
    pub slurm: bool,
    /// The number of tasks that share the plan
    #[arg(long, value_name = "N")]
    pub shards: usize,
    /// The largest number of tasks at a time [default: all]
    #[arg(long, value_name = "N")]
    pub at_once: Option<usize>,
    /// The partition [default: the cluster's]
    #[arg(long, value_name = "PARTITION")]
    pub partition: Option<String>,
    /// The time limit of a task in Slurm's notation: minutes, or 4:00:00, or 2-12
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// The number of processors of a task, which is also its number of workers
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub cpus: usize,
    /// The time limit of an instance, or of a block of its priors, in seconds; at the limit, it
    /// ends with what is known
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub instance_time_limit: Option<f64>,
    /// Repeat units that failed or that a limit stopped
    #[arg(long)]
    pub retry: bool,
    /// Another sbatch option for both jobs, such as --sbatch=--account=games; may be repeated
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub sbatch: Vec<String>,
    /// Write the scripts without submitting them
    #[arg(long)]
    pub dry_run: bool,
}

/// The format of the log.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogName {
    /// Plain text
    Text,
    /// One JSON object per line
    Json,
}

/// Show the progress of a batch, shard by shard.
#[derive(Args)]
pub struct BatchStatus {
    /// The output folder
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
}

/// Merge the results of all shards into one set of tables: results, certificates, failures and
/// timings.
///
/// The tables are Parquet files in the output folder, sorted by unit. Except for the timings, they
/// are the same byte for byte, whatever the number of shards and threads. A run of a whole plan
/// merges its results at the end.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion batch merge results
  suasion verify results/certificates.parquet")]
pub struct BatchMerge {
    /// The output folder
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Merge the results so far, even if some units are left
    #[arg(long)]
    pub partial: bool,
}
