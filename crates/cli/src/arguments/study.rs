//! The arguments of `suasion study`.

use super::Competition;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Study {
    Competition(Competition),
    /// The items of a data set, for a language model to judge: a table with columns item, text and
    /// human
    #[command(subcommand)]
    Items(StudyItems),
    Movielens(MovielensStudy),
    Ethics(EthicsStudy),
    MoralStrength(MoralStrengthStudy),
}

/// Is how people rate films nearer to the hull of many language models' ratings than to any one of
/// them?
///
/// Joins MovieLens with labels (from `suasion label export`) and measures, in the sample and held
/// out, the best single agent, means and combinations; the curve over the number of agents;
/// weights; distances. Then the agents play for the user: the game is made and solved.
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

/// Is what people find right nearer to the hull of many language models' scores than to any one of
/// them?
///
/// Joins ETHICS with labels (from `suasion label export`) and measures, in the sample and held out,
/// the best single agent, means and combinations; the curve over the number of agents; weights;
/// distances. Then the agents play for the user: the game is made and solved.
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
/// one of them?
///
/// As `suasion study ethics`, with the ratings of MoralStrength.
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

/// How a study of language models as judges is made.
#[derive(Args)]
pub struct Judges {
    /// The labels: a column item, and a column of scores for each agent (Parquet, Arrow or CSV)
    #[arg(long, value_name = "LABELS")]
    pub labels: PathBuf,
    /// The agents: names and patterns of columns, with commas between them [default: all columns of
    /// numbers but human]
    #[arg(short, long, value_name = "AGENTS", value_delimiter = ',')]
    pub agents: Vec<String>,
    /// How many folds; each is held out once
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub folds: usize,
    /// How often items are dealt to folds anew
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub repeats: usize,
    /// How many times items are drawn anew, for intervals and the spread of weights; 0 for none
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub bootstrap: usize,
    /// How many random subsets of agents of each size the curve has; 0 for no curve
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub subsets: usize,
    /// How many times blocks of items are drawn anew, for the bands of the curve; 0 for none
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub curve_bootstrap: usize,
    /// What intervals and bands are to cover
    #[arg(long, default_value_t = 0.95, value_name = "SHARE", allow_negative_numbers = true)]
    pub confidence: f64,
    /// The seed of folds, draws, subsets and groups of items
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    pub bridge: Bridge,
    /// A folder for tables, pictures and instance.json; it is made if it is not there
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// The game that is made of the scores: the human is the user.
#[derive(Args)]
pub struct Bridge {
    /// What the user may do in the game
    #[arg(long, value_enum, default_value = "recommend", value_name = "ACTIONS")]
    pub actions: ActionsName,
    /// What not to recommend is worth, to everybody [default: the mean of the human]
    #[arg(long, value_name = "UTILITY", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// How many scores there are, from 0 to 1, with --actions score [default: 5]
    #[arg(long, value_name = "N")]
    pub scores: Option<usize>,
    /// How many states: groups of items [default: each item, up to 100; else 100]
    #[arg(long, value_name = "N")]
    pub states: Option<usize>,
    /// How items are grouped
    #[arg(long, value_enum, default_value = "k-means", value_name = "HOW")]
    pub group_by: GroupName,
    /// Who plays: all, weighted (those with a weight in the non-negative combination), or names and
    /// patterns of agents
    #[arg(long, default_value = "all", value_name = "PLAYERS", value_delimiter = ',')]
    pub players: Vec<String>,
    /// Make no game
    #[arg(long)]
    pub no_game: bool,
}

/// What the user may do.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ActionsName {
    /// Recommend, which is worth what the item scores, or not, which is worth --threshold
    Recommend,
    /// Give a score, which is worth 1 less the square of the difference to the true one
    Score,
}

/// How items become states.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupName {
    /// Those that agents judge alike
    KMeans,
    /// Those whose mean score is alike, equally many in each
    Quantiles,
}

#[derive(Subcommand)]
pub enum StudyItems {
    Movielens(MovielensItems),
    Ethics(EthicsItems),
    MoralStrength(MoralStrengthItems),
}

/// Films of MovieLens; the human utility is their mean rating, scaled to [0, 1].
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

/// Scenarios of ETHICS; the human utility is 1 for what humans find right, else 0.
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

/// Words that annotators rated on moral foundations; the human utility is the rating, scaled to [0,
/// 1].
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

/// What MovieLens is read.
#[derive(Args)]
pub struct MovielensData {
    /// The folder with ratings.csv and movies.csv, or with ratings.dat and movies.dat
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    /// Leave out films with fewer ratings
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub least_ratings: u64,
    /// The human utility is how this user rates, not the mean of all
    #[arg(long, value_name = "ID")]
    pub user: Option<u64>,
}

/// What ETHICS is read.
#[derive(Args)]
pub struct EthicsData {
    /// The folder of the data set, or of a part of it, or a file
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    /// The part of the data set [default: the one that the files are of]
    #[arg(long, value_enum, value_name = "PART")]
    pub part: Option<PartName>,
}

/// What MoralStrength is read.
#[derive(Args)]
pub struct MoralStrengthData {
    /// The file: CSV with the columns lemma, foundation and rating (1 to 9)
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
}

/// Which items, and where they go.
#[derive(Args)]
pub struct Draw {
    /// Draw so many of them at random [default: all]
    #[arg(long, value_name = "N")]
    pub most: Option<usize>,
    /// The seed of the draw; what it draws first, it also draws of a larger number
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The table to write: CSV, or Parquet if its name ends in .parquet
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// The parts of ETHICS.
#[derive(Clone, Copy, ValueEnum)]
pub enum PartName {
    /// What somebody does: wrong or not
    Commonsense,
    /// A reason for treating somebody so: reasonable or not
    Justice,
    /// An excuse, or a duty of a role: reasonable or not
    Deontology,
    /// A trait of somebody in a scene: it fits or not
    Virtue,
    /// What happens to somebody, in pairs: the more or the less pleasant
    Utilitarianism,
}
