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
    /// A process that does units of a batch
    #[command(hide = true)]
    Worker,
}

/// The commands that a batch may be of.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BatchWork {
    /// Everything about an instance at a glance
    Solve,
    /// The equilibria of a game among the agents
    Equilibria,
    /// How near the user's utility is to the hull of the agents'
    Align,
    /// Every agent's frontier
    Frontier,
    /// Tables of scores as factors (`hull reduce`)
    HullReduce,
}

/// Plan what is to be done to many instances.
///
/// An instance is a file, or a line of a file of JSON lines; one with many priors is cut into
/// blocks of them. For hull-reduce, inputs are tables. Estimates of what each unit takes balance
/// the shards; the plan itself knows nothing of shards.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion batch plan instances -o plan.parquet
  suasion batch plan 'games/*.json' more.jsonl -o plan.parquet --work equilibria -- --game all-agents --starts 50
  suasion batch plan 'scores/*.parquet' -o plan.parquet --work hull-reduce -- -t human -a 'agent_*'")]
pub struct BatchPlan {
    /// Instance files, patterns, folders, and files of JSON lines (.jsonl)
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<String>,
    /// The plan to write
    #[arg(short, long, value_name = "PLAN")]
    pub output: PathBuf,
    /// What is done to every instance
    #[arg(short, long, value_enum, default_value = "solve", value_name = "COMMAND")]
    pub work: BatchWork,
    /// How many priors of an instance make a unit [default: some ten seconds' worth]
    #[arg(long, value_name = "N")]
    pub block: Option<u64>,
    /// Options of the command, the same for every instance
    #[arg(last = true, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub options: Vec<String>,
}

/// Run a plan, or go on with it: what is done is not done again.
///
/// Every instance is solved in a worker process. What goes wrong with one (a bad file, a limit, a
/// crash) is a row in the table of failures, and ends nothing else. Results are kept as they come:
/// if this process is killed, only what was in flight is lost.
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
    /// The folder of the output; it is made if it is not there
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Which share of the plan, as in 2/4 [default: the task of a Slurm array, or all of it]
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// How long an instance, or a block of its priors, may take, in seconds; then it ends with what
    /// is known
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub instance_time_limit: Option<f64>,
    /// Do again what failed, or was ended by a limit
    #[arg(long)]
    pub retry: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Log on standard error instead of showing progress
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub log: Option<LogName>,
}

/// Submit a plan to a cluster: an array of tasks, each a shard, and a job that merges once they
/// have ended.
///
/// Scripts, logs and the numbers of the jobs are in OUT/slurm. A task whose node dies is begun
/// again, and goes on with what is left. Submitting once more, when no jobs are left in the queue,
/// does what is missing. `batch status` tells of the queue and of the output.
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
    /// The folder of the output; it is made if it is not there
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Submit to Slurm
    #[arg(long, required = true)]
    pub slurm: bool,
    /// The number of tasks that share the plan
    #[arg(long, value_name = "N")]
    pub shards: usize,
    /// How many tasks may run at once [default: all]
    #[arg(long, value_name = "N")]
    pub at_once: Option<usize>,
    /// The partition [default: the cluster's]
    #[arg(long, value_name = "PARTITION")]
    pub partition: Option<String>,
    /// How long a task may take, as Slurm reads it: minutes, or 4:00:00, or 2-12
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// The processors that a task has, and so the number of workers
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub cpus: usize,
    /// How long an instance, or a block of its priors, may take, in seconds; then it ends with what
    /// is known
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub instance_time_limit: Option<f64>,
    /// Do again what failed, or was ended by a limit
    #[arg(long)]
    pub retry: bool,
    /// Another option of sbatch for both jobs, as in --sbatch=--account=games; may be given more
    /// than once
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub sbatch: Vec<String>,
    /// Write the scripts, and submit nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How a log is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogName {
    /// Lines for people
    Text,
    /// A JSON object a line
    Json,
}

/// How far a batch is, by shards.
#[derive(Args)]
pub struct BatchStatus {
    /// The folder of the output
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
}

/// Merge the results of all shards into one set of tables: results, certificates, failures,
/// timings.
///
/// The tables are in the folder of the output, as Parquet, sorted by unit. But for the timings they
/// are the same, byte for byte, however the plan was cut into shards and whatever was done on which
/// thread. A run of a whole plan ends with this by itself.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion batch merge results
  suasion verify results/certificates.parquet")]
pub struct BatchMerge {
    /// The folder of the output
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Merge what there is, even if some units are left
    #[arg(long)]
    pub partial: bool,
}
