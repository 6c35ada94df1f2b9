//! The arguments of `suasion label`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Ask a language model to score items as many personas, and store the scores.
///
/// The endpoint may be any server with OpenAI's protocol for chats or completions. A score is the
/// expected value over the probabilities of the valid answers if the endpoint returns them;
/// otherwise, it is the value of the written answer. Labels are stored as they arrive; the same
/// command again asks for the missing ones. The endpoint's key, if it needs one, comes from the
/// environment.
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
    /// The store of labels; created if it does not exist
    #[arg(short, long, value_name = "LABELS")]
    pub output: PathBuf,
    // Clap does not read the variable: if it did, `label sets` would count as a run without items.
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
    /// How to ask the model
    #[arg(long, value_enum, default_value = "chat", value_name = "WAY")]
    pub way: WayName,
    /// The environment variable with the key
    #[arg(long, default_value = "SUASION_API_KEY", value_name = "NAME")]
    pub key_from: String,
    /// The number of calls at a time
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub concurrency: usize,
    /// The most calls per minute
    #[arg(long, value_name = "N")]
    pub per_minute: Option<u32>,
    /// The number of seconds after which a call is given up
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS", allow_negative_numbers = true)]
    pub timeout: f64,
    /// How often to repeat a call if the server is unavailable, busy or broken
    #[arg(long, default_value_t = 6, value_name = "N")]
    pub retries: usize,
    /// The wait before a call is repeated; it doubles each time
    #[arg(long, default_value_t = 0.5, value_name = "SECONDS", allow_negative_numbers = true)]
    pub first_wait: f64,
    /// The number of alternatives to ask for at each token; 0 to ask for no probabilities
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub top: u32,
    /// The most tokens in an answer
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub tokens: u32,
    /// Ask again for labels that failed
    #[arg(long)]
    pub retry: bool,
    /// The price of a million input tokens and of a million output tokens, in dollars
    #[arg(long, value_name = "IN,OUT")]
    pub price: Option<String>,
    /// Show the work that is left and a prompt, without asking anything
    #[arg(long)]
    pub dry_run: bool,
}

/// How to ask a model.
#[derive(Clone, Copy, ValueEnum)]
pub enum WayName {
    /// As a chat: system, examples as earlier turns, the question
    Chat,
    /// As text to continue
    Completions,
}

/// List the sets of a store: the models, how they were asked, and the numbers of labels.
#[derive(Args)]
pub struct LabelSets {
    /// The store
    #[arg(value_name = "LABELS")]
    pub labels: PathBuf,
}

/// Write labels to a table: a row per item, a column per agent.
///
/// With several sets, columns are named persona@model. Missing labels are empty (null in Parquet).
/// If an item has labels for several texts, the table of items must say which text to use.
#[derive(Args)]
#[command(after_help = "\
Example:
  suasion label export films.labels -o labels.parquet --items films.csv && suasion hull fit labels.parquet -t human -a '*'")]
pub struct LabelExport {
    /// The store
    #[arg(value_name = "LABELS")]
    pub labels: PathBuf,
    /// The table to write: Parquet or CSV, by its extension
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Export only these items, in their order, with their texts in this table and its column human
    #[arg(long, value_name = "ITEMS")]
    pub items: Option<PathBuf>,
    /// A set, or the start of its name [default: all]
    #[arg(long, value_name = "ID")]
    pub set: Vec<String>,
}
