//! The arguments of `suasion study`.

use super::Competition;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Study {
    Competition(Competition),
    /// Write the items of a data set for a language model to judge: a table with columns item, text
    /// and human
    #[command(subcommand)]
    Items(StudyItems),
    Movielens(MovielensStudy),
    Ethics(EthicsStudy),
    MoralStrength(MoralStrengthStudy),
}

/// Are people's ratings of films nearer to the hull of many language models' ratings than to any
/// single model's?
///
/// Joins MovieLens with labels from `suasion label export`. Measures the best single agent, means
/// and combinations, both in the sample and held out, the curve over the number of agents, weights,
/// and distances. Then makes and solves the game in which the agents compete for the user.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion study movielens ml-latest-small --labels labels.parquet -o results
  suasion study movielens ml-25m --user 17 --labels labels.parquet --states 20 --players weighted --json")]
pub struct MovielensStudy {
    #[command(flatten)]
    pub data: MovielensData,
    #[command(flatten)]
    pub judges: Judges,
}

/// Are people's moral judgments nearer to the hull of many language models' scores than to any
/// single model's?
///
/// Joins ETHICS with labels from `suasion label export`. Measures the best single agent, means and
/// combinations, both in the sample and held out, the curve over the number of agents, weights, and
/// distances. Then makes and solves the game in which the agents compete for the user.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion study ethics ethics/commonsense/cm_test.csv --labels labels.parquet -o results
  suasion study ethics ethics --part justice --labels labels.parquet --actions score --json")]
pub struct EthicsStudy {
    #[command(flatten)]
    pub data: EthicsData,
    #[command(flatten)]
    pub judges: Judges,
}

/// Are graded moral ratings of words nearer to the hull of many language models' scores than to any
/// single model's?
///
/// Like `suasion study ethics`, with the ratings of MoralStrength.
#[derive(Args)]
#[command(after_help = "\
Example:
  suasion study moral-strength moral-strength.csv --labels labels.parquet -o results")]
pub struct MoralStrengthStudy {
    #[command(flatten)]
    pub data: MoralStrengthData,
    #[command(flatten)]
    pub judges: Judges,
}

/// Options of a study of language models as judges.
#[derive(Args)]
pub struct Judges {
    /// The labels: a table with a column item and a column of scores for each agent (Parquet, Arrow
    /// or CSV)
    #[arg(long, value_name = "LABELS")]
    pub labels: PathBuf,
    /// The agents: comma-separated names and patterns of columns [default: all columns of numbers
    /// except human]
    #[arg(short, long, value_name = "AGENTS", value_delimiter = ',')]
    pub agents: Vec<String>,
    /// The number of folds; each is held out once
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub folds: usize,
    /// How often items are assigned to folds anew
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub repeats: usize,
    /// The number of bootstrap draws of items, for intervals and the spread of weights; 0 for none
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub bootstrap: usize,
    /// The number of random subsets of agents of each size in the curve; 0 for no curve
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub subsets: usize,
    /// The number of bootstrap draws of blocks of items, for the bands of the curve; 0 for none
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub curve_bootstrap: usize,
    /// The share that intervals and bands cover
    #[arg(long, default_value_t = 0.95, value_name = "SHARE", allow_negative_numbers = true)]
    pub confidence: f64,
    /// The seed of folds, draws, subsets and groups of items
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    pub bridge: Bridge,
    /// A folder for tables, pictures and instance.json; created if it does not exist
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// The game made from the scores: the human is the user.
#[derive(Args)]
pub struct Bridge {
    /// The user's actions in the game
    #[arg(long, value_enum, default_value = "recommend", value_name = "ACTIONS")]
    pub actions: ActionsName,
    /// Everybody's utility if the user does not recommend [default: the human's mean]
    #[arg(long, value_name = "UTILITY", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// With --actions score: the number of scores, from 0 to 1 [default: 5]
    #[arg(long, value_name = "N")]
    pub scores: Option<usize>,
    /// The number of states, which are groups of items [default: one per item, at most 100]
    #[arg(long, value_name = "N")]
    pub states: Option<usize>,
    /// How to group items
    #[arg(long, value_enum, default_value = "k-means", value_name = "HOW")]
    pub group_by: GroupName,
    /// The players: all, weighted (agents with a weight in the non-negative combination), or names
    /// and patterns of agents
    #[arg(long, default_value = "all", value_name = "PLAYERS", value_delimiter = ',')]
    pub players: Vec<String>,
    /// Do not make a game
    #[arg(long)]
    pub no_game: bool,
}

/// The user's actions.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ActionsName {
    /// Recommend the item, for a utility of its score, or do not, for a utility of --threshold
    Recommend,
    /// Give a score, for a utility of 1 minus its squared distance from the true score
    Score,
}

/// How items become states.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupName {
    /// A group has items that agents judge alike
    KMeans,
    /// A group has items with similar mean scores; groups are of equal size
    Quantiles,
}

#[derive(Subcommand)]
pub enum StudyItems {
    Movielens(MovielensItems),
    Ethics(EthicsItems),
    MoralStrength(MoralStrengthItems),
}

/// Films from MovieLens; the human utility is the mean rating, scaled to [0, 1].
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion study items movielens ml-latest-small -o items.csv
  suasion study items movielens ml-25m --least-ratings 1000 --most 300 --seed 7 -o items.csv")]
pub struct MovielensItems {
    #[command(flatten)]
    pub data: MovielensData,
    #[command(flatten)]
    pub draw: Draw,
}

/// Scenarios from ETHICS; the human utility is 1 for what people find right, and 0 otherwise.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion study items ethics ethics/commonsense/cm_test.csv -o items.csv
  suasion study items ethics ethics --part justice --most 300 --seed 7 -o items.csv")]
pub struct EthicsItems {
    #[command(flatten)]
    pub data: EthicsData,
    #[command(flatten)]
    pub draw: Draw,
}

/// Words from MoralStrength, which annotators rated on moral foundations; the human utility is the
/// rating, scaled to [0, 1].
#[derive(Args)]
#[command(after_help = "\
Example:
  suasion study items moral-strength moral-strength.csv --most 300 --seed 7 -o items.csv")]
pub struct MoralStrengthItems {
    #[command(flatten)]
    pub data: MoralStrengthData,
    #[command(flatten)]
    pub draw: Draw,
}

/// The part of MovieLens to read.
#[derive(Args)]
pub struct MovielensData {
    /// The folder with ratings.csv and movies.csv, or with ratings.dat and movies.dat
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    /// Leave out films with fewer ratings
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub least_ratings: u64,
    /// Take this user's ratings as the human utility, not the mean of all users
    #[arg(long, value_name = "ID")]
    pub user: Option<u64>,
}

/// The part of ETHICS to read.
#[derive(Args)]
pub struct EthicsData {
    /// The folder of the data set or of a part of it, or a file
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    /// The part of the data set [default: the part that the files belong to]
    #[arg(long, value_enum, value_name = "PART")]
    pub part: Option<PartName>,
}

/// The file of MoralStrength to read.
#[derive(Args)]
pub struct MoralStrengthData {
    /// The file: CSV with the columns lemma, foundation and rating (1 to 9)
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
}

/// The items to write, and the file.
#[derive(Args)]
pub struct Draw {
    /// Draw this many items at random [default: all]
    #[arg(long, value_name = "N")]
    pub most: Option<usize>,
    /// The seed of the draw; a larger draw with the same seed begins with the same items
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The table to write: CSV, or Parquet if its name ends in .parquet
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// The parts of ETHICS.
#[derive(Clone, Copy, ValueEnum)]
pub enum PartName {
    /// Whether somebody's action is wrong
    Commonsense,
    /// Whether a reason for treating somebody a certain way is reasonable
    Justice,
    /// Whether an excuse, or a duty of a role, is reasonable
    Deontology,
    /// Whether a trait fits somebody in a scene
    Virtue,
    /// Which of two experiences is more pleasant
    Utilitarianism,
}
