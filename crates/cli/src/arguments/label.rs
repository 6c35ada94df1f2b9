//! The arguments of `suasion label`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Ask a language model what it makes of items, as many personas, and store its scores.
///
/// The model is behind any endpoint that speaks the protocol of OpenAI's chats or completions. A
/// score is the expected value over the probabilities of the answers that count, where the endpoint
/// tells them, else that of the answer that is written. Labels are stored as they come; the same
/// command again asks for what is missing. The key of the endpoint, if it wants one, is taken from
/// the environment.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  suasion label films.csv --personas instances/personas/movielens.json -o films.labels --endpoint http://127.0.0.1:8033/v1
  suasion label films.csv --personas instances/personas/movielens.json -o films.labels --dry-run --price 0.15,0.60
  suasion label sets films.labels
  suasion label export films.labels -o labels.parquet --items films.csv"
)]
pub struct Label {
    #[command(subcommand)]
    pub command: Option<LabelCommand>,
    #[command(flatten)]
    pub run: Option<LabelRun>,
}

#[derive(Subcommand)]
pub enum LabelCommand {
    Sets(LabelSets),
    Export(LabelExport),
}

#[derive(Args)]
pub struct LabelRun {
    /// A table of items: columns item and text, and human where it is known
    #[arg(value_name = "ITEMS")]
    pub items: PathBuf,
    /// The file of personas
    #[arg(short, long, value_name = "FILE")]
    pub personas: PathBuf,
    /// The store of labels; it is made if it is not there
    #[arg(short, long, value_name = "LABELS")]
    pub output: PathBuf,
    // Not read by clap: with it, `label sets` would count as a run without items.
    #[arg(
        short,
        long,
        value_name = "URL",
        help = "\
The base address of the endpoint, as in http://127.0.0.1:8033/v1 [default: what SUASION_ENDPOINT has]"
    )]
    pub endpoint: Option<String>,
    /// The model [default: the only one that the endpoint lists]
    #[arg(short, long, value_name = "NAME")]
    pub model: Option<String>,
    /// How the model is asked
    #[arg(long, value_enum, default_value = "chat", value_name = "WAY")]
    pub way: WayName,
    /// The variable of the environment that has the key
    #[arg(long, default_value = "SUASION_API_KEY", value_name = "NAME")]
    pub key_from: String,
    /// How many calls may be under way at a time
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub concurrency: usize,
    /// The most calls a minute
    #[arg(long, value_name = "N")]
    pub per_minute: Option<u32>,
    /// After how many seconds a call is given up
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS", allow_negative_numbers = true)]
    pub timeout: f64,
    /// How often a call is made again where the server is away, busy or broken
    #[arg(long, default_value_t = 6, value_name = "N")]
    pub retries: usize,
    /// The wait before a call is made again; it doubles each time
    #[arg(long, default_value_t = 0.5, value_name = "SECONDS", allow_negative_numbers = true)]
    pub first_wait: f64,
    /// How many alternatives are asked for at each token; 0 to ask for no probabilities
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub top: u32,
    /// How many tokens may be written
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub tokens: u32,
    /// Ask again for what failed
    #[arg(long)]
    pub retry: bool,
    /// Dollars per million tokens that are read, and written
    #[arg(long, value_name = "IN,OUT")]
    pub price: Option<String>,
    /// Say what there is to do, show a prompt, ask nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How a model is asked.
#[derive(Clone, Copy, ValueEnum)]
pub enum WayName {
    /// As a chat: system, examples as earlier turns, the question
    Chat,
    /// As text that is to be continued
    Completions,
}

/// The sets of a store: which models were asked in which way, and how much there is.
#[derive(Args)]
pub struct LabelSets {
    /// The store
    #[arg(value_name = "LABELS")]
    pub labels: PathBuf,
}

/// Write labels as a table: a row per item, a column per agent.
///
/// Where several sets are exported, columns are named persona@model. Where there is no label, there
/// is nothing (null in Parquet). Where an item has labels of several texts, the table of items has
/// to say which text is meant.
#[derive(Args)]
#[command(after_help = "\
Example:
  suasion label export films.labels -o labels.parquet --items films.csv && suasion hull fit labels.parquet -t human -a '*'")]
pub struct LabelExport {
    /// The store
    #[arg(value_name = "LABELS")]
    pub labels: PathBuf,
    /// The table to write: Parquet or CSV, by the ending of its name
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Only these items, in their order, by the texts that they have here, and with the column
    /// human
    #[arg(long, value_name = "ITEMS")]
    pub items: Option<PathBuf>,
    /// A set, or how its name begins [default: all]
    #[arg(long, value_name = "ID")]
    pub set: Vec<String>,
}
