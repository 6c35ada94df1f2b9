//! The arguments of `suasion bench`.

use super::FamilyName;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Bench {
    Scaling(Box<BenchScaling>),
    /// Measures one point, for `scaling`
    #[command(hide = true)]
    Point(BenchPoint),
}

/// The work to measure.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WorkName {
    /// An agent's optimal scheme, as in `persuade`; with several priors, a sweep
    Kernel,
    /// All equilibria of the best-agent game, as in `equilibria`
    Equilibria,
    /// A table in memory, reduced and fitted as in `hull fit`
    Hull,
}

/// Measure how time and memory grow with the sizes of games and tables and with threads.
///
/// For each work, one size varies and all others stay at their base: the value a third of the way
/// up their list, or the smallest number of priors and one thread (or the number in --threads). The
/// kernel uses different methods for different shapes, so states and actions vary together, states
/// vary at a few numbers of actions, and actions vary at a few numbers of states. Threads vary at
/// the largest game or table. Each point runs in its own process, each repeat on its own instance,
/// and the last answer is certified. Exponents come from a least-squares fit of log medians on log
/// sizes, over sizes of at least a quarter of the largest (and at least the five largest); their 95
/// % intervals are Student's. Processor time is that of all threads together, which depends less on
/// the load of the machine (Linux). Memory is what the work adds to its instance, fitted where it
/// is 4 MiB or more (Linux).
///
/// Writes scaling.csv, scaling.parquet (a row per point of a series), fits.csv, and
/// scaling-WORK.svg and .png to --output.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion bench scaling -o results
  suasion bench scaling --work kernel -n 10,20,40,80,160 --repeats 9 --json
  suasion bench scaling --work kernel -n 20,40,80 -m 10,100,1000 --family quadratic
  suasion bench scaling --work kernel -n 10 --priors 1 --run-threads 1 --few 2,10 --many 100,1000,10000
  suasion bench scaling --work hull --rows 100000,1000000 -k 50,100,200 --run-threads 1,2,4,8 --full -o results")]
pub struct BenchScaling {
    /// The work to measure [default: all]
    #[arg(short, long, value_enum, value_name = "WORK", value_delimiter = ',')]
    pub work: Vec<WorkName>,
    /// Comma-separated numbers of states [default: 10,20,40,60,80,120,160,240,320; equilibria:
    /// 10,20,30,40,60,80,120,160]
    #[arg(short = 'n', long, value_name = "LIST", value_delimiter = ',')]
    pub states: Option<Vec<usize>>,
    /// Numbers of actions, which vary alone [default: as many as states, varying together; 2 for
    /// threshold]
    #[arg(short = 'm', long, value_name = "LIST", value_delimiter = ',')]
    pub actions: Option<Vec<usize>>,
    /// For the kernel: numbers of actions at which states vary, and numbers of states at which
    /// actions vary [default: 2,5,10, unless -n or -m is given]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub few: Option<Vec<usize>>,
    /// Numbers of states and actions to vary at each of --few [default:
    /// 100,300,1000,3000,10000,30000,100000]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub many: Option<Vec<usize>>,
    /// Numbers of agents; the kernel has one [default: 2,4,8,16,32; hull: 10,20,50,100,200,500]
    #[arg(short = 'k', long, value_name = "LIST", value_delimiter = ',')]
    pub agents: Option<Vec<usize>>,
    /// Numbers of priors, for the kernel [default: 1,3,10,30,100,300]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub priors: Option<Vec<usize>>,
    /// Numbers of rows, for hull [default: 10000,20000,50000,100000,200000,500000,1000000]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub rows: Option<Vec<usize>>,
    /// Numbers of threads [default: 1, 2, 4 and so on, up to the number of cores]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub run_threads: Option<Vec<usize>>,
    /// The family of games
    #[arg(long, value_enum, default_value = "uniform", value_name = "FAMILY")]
    pub family: FamilyName,
    /// The number of repeats of each point; fewer if half of its time is over
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub repeats: usize,
    /// The seed of the first repeat; the next repeats have the next seeds
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Give up a point after this many seconds, and all larger points with it
    #[arg(long, default_value_t = 20.0, value_name = "SECONDS", allow_negative_numbers = true)]
    pub each: f64,
    /// Vary each size at all values of all other sizes
    #[arg(long)]
    pub full: bool,
    /// The folder to write to; created if it does not exist
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

#[derive(Args)]
pub struct BenchPoint {
    /// The point to measure, in JSON
    #[arg(value_name = "TASK")]
    pub task: String,
}
