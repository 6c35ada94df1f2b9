//! The arguments of `suasion hull`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Hull {
    Fit(HullFit),
    Reduce(HullReduce),
    Merge(HullMerge),
    Curve(HullCurve),
}

/// A table of items, in which a human and agents have scored every item.
#[derive(Args, Clone)]
pub struct HullTable {
    /// Files or globs: Parquet, Arrow IPC (Feather 2), CSV or NumPy (npy, npz), read as one table,
    /// each file once
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<String>,
    /// The column to fit
    #[arg(short, long, value_name = "COLUMN")]
    pub target: Option<String>,
    /// The agents' columns: comma-separated names or patterns such as 'agent_*'; patterns match
    /// neither text columns nor the column item
    #[arg(short, long, value_name = "PATTERN")]
    pub agents: Vec<String>,
    /// The column of the rows' weights [default: equal weights]
    #[arg(long, value_name = "COLUMN")]
    pub sample_weight: Option<String>,
    /// The column that groups the rows; each group is fitted separately
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// What to do with rows that lack a value
    #[arg(long, value_enum, default_value = "refuse", value_name = "WHAT")]
    pub missing: MissingName,
}

/// What to do with rows that lack a value.
#[derive(Clone, Copy, ValueEnum)]
pub enum MissingName {
    /// Stop with an error
    Refuse,
    /// Leave them out and count them
    Drop,
}

/// Fit the best single agent, the mean, and the best non-negative and convex combinations of
/// agents.
///
/// The table is read once and reduced to a small triangular factor, on which every fit is exact; a
/// second reading confirms the errors. DATA may also be factor files from `reduce` or `merge`; they
/// are added up.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion hull fit instances/ratings.csv --target human --agents 'agent_*'
  suasion hull fit 'scores/*.parquet' -t human -a 'agent_*' --by genre --intercept -o results --json
  suasion hull fit scores.factor")]
pub struct HullFit {
    #[command(flatten)]
    pub table: HullTable,
    /// Let the combinations have an intercept
    #[arg(long)]
    pub intercept: bool,
    /// Do not read the table a second time to confirm the errors
    #[arg(long)]
    pub no_confirm: bool,
    /// A folder for weights.csv, weights.parquet, weights.svg and weights.png; created if it does
    /// not exist
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// How rows are assigned to blocks, which are held out and resampled together.
#[derive(Args, Clone)]
pub struct HullBlocks {
    /// The number of blocks of rows, runs of equal length [default: 50]
    #[arg(long, value_name = "N")]
    pub blocks: Option<u32>,
    /// Assign rows to blocks by this column, not by their position: rows with the same value stay
    /// together
    #[arg(long, value_name = "COLUMN")]
    pub block_by: Option<String>,
}

impl HullBlocks {
    /// The number of blocks.
    pub fn count(&self) -> Result<u32, crate::failure::Failure> {
        const MOST: u32 = 100_000;
        let blocks = self.blocks.unwrap_or(50);
        if (1..=MOST).contains(&blocks) {
            return Ok(blocks);
        }
        let found = format!("--blocks: found {blocks}, expected from 1 to {MOST}");
        Err(crate::failure::Failure::Usage(found))
    }
}

/// Reduce a table to a small file of factors, from which `fit` and `curve` get the same results as
/// from the table.
///
/// Fits of merged factors are those of the whole table. Curves are too, if rows are assigned to
/// blocks by --block-by; otherwise, each shard assigns its own rows.
#[derive(Args)]
#[command(after_help = "\
Example, on many machines and then on one:
  suasion hull reduce shard-17.parquet -t human -a 'agent_*' -o shard-17.factor
  suasion hull merge 'shard-*.factor' -o all.factor && suasion hull fit all.factor")]
pub struct HullReduce {
    #[command(flatten)]
    pub table: HullTable,
    #[command(flatten)]
    pub blocks: HullBlocks,
    /// The factor file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Add up factor files.
#[derive(Args)]
#[command(after_help = "\
Example:
  suasion hull merge 'shard-*.factor' -o all.factor")]
pub struct HullMerge {
    /// Factor files or globs
    #[arg(required = true, value_name = "FACTORS")]
    pub factors: Vec<String>,
    /// The factor file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// How the errors fall with the number of agents: random subsets of agents, on rows that were held
/// out.
///
/// Agents are put in random orders; a subset is the start of an order, so that neighboring sizes
/// share agents. Blocks of rows go to folds in turn, and fits to all other folds predict each fold.
/// There are two kinds of bands: the range of the subsets' errors, and a bootstrap interval for
/// their mean, from blocks resampled within folds and all fits repeated.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion hull curve instances/ratings.csv --target human --agents 'agent_*' -o results
  suasion hull curve all.factor --sizes 1-10,20,50,100 --subsets 200 --folds 10 --json")]
pub struct HullCurve {
    #[command(flatten)]
    pub table: HullTable,
    #[command(flatten)]
    pub blocks: HullBlocks,
    /// The numbers of agents, such as 1-10,20,50 [default: all up to 60, then at growing distances]
    #[arg(long, value_name = "SIZES")]
    pub sizes: Option<String>,
    /// The number of random subsets of each size
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub subsets: usize,
    /// The number of folds; each is held out once
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub folds: usize,
    /// The number of bootstrap draws of blocks for the intervals; 0 for none
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub bootstrap: usize,
    /// The share that the bands cover
    #[arg(long, default_value_t = 0.95, value_name = "SHARE", allow_negative_numbers = true)]
    pub confidence: f64,
    /// Let the combinations have an intercept
    #[arg(long)]
    pub intercept: bool,
    /// The seed of subsets and draws
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// A folder for curve.csv, curve.parquet, curve.svg and curve.png; created if it does not exist
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}
