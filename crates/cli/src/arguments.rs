//! The command line.

#[cfg(feature = "full")]
mod batch;
#[cfg(feature = "full")]
mod bench;
mod converse;
#[cfg(feature = "full")]
mod hull;
#[cfg(feature = "full")]
mod label;
#[cfg(feature = "full")]
mod planned;
#[cfg(feature = "full")]
mod report;
mod request;
#[cfg(feature = "full")]
mod study;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub use converse::{Converse, OpensName, Talking, UserRuleName};
#[cfg(feature = "full")]
pub use {
    batch::{Batch, BatchMerge, BatchPlan, BatchRun, BatchStatus, BatchSubmit, BatchWork, LogName},
    bench::{Bench, BenchPoint, BenchScaling, WorkName},
    hull::{Hull, HullBlocks, HullCurve, HullFit, HullMerge, HullReduce, HullTable, MissingName},
    label::{Label, LabelCommand, LabelExport, LabelRun, LabelSets, WayName},
    report::Report,
    study::{
        ActionsName, Bridge, Draw, EthicsData, GroupName, Judges, MoralStrengthData, MovielensData, PartName, Study,
        StudyItems,
    },
};

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 a result failed or is not certified; 2 bad usage or bad input.";

/// Solves persuasion games and proves the results.
///
/// A user acts without knowing the state of the world. Agents know it, and commit to how they
/// communicate. Suasion finds the agents' optimal schemes and what they leave the user, and it
/// proves every number that it prints in exact arithmetic.
#[derive(Parser)]
#[command(name = "suasion", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of all commands.
#[derive(Args)]
pub struct Common {
    /// Print JSON instead of tables, one object per line
    #[arg(long, global = true)]
    pub json: bool,
    /// The number of threads [default: one per core]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Stop after this many seconds and print what is known by then
    #[arg(long, global = true, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
    /// The memory limit, such as 512M or 8G: for a batch, that of all its processes together, or of
    /// one task on a cluster [default: all memory, or the cluster's limit]
    #[arg(long, global = true, value_name = "BYTES")]
    pub memory: Option<String>,
    /// Log the rounds of generation and the solver on standard error
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Leave the certificates out of the JSON; such a result cannot be verified
    #[arg(long, global = true)]
    pub no_certificates: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Everything about an instance at a glance: reference values, equilibria, and each agent's
    /// optimum as a monopolist
    Solve(Solve),
    /// An agent's optimal scheme
    Persuade(Persuade),
    /// An agent's frontier: the most it can get, against the user's value
    Frontier(Frontier),
    /// The distance of the user's utility from the hull of the agents' utilities, and the weights
    Align(Align),
    /// The equilibria of a game among the agents: all of them, the worst and the best, with proofs
    Equilibria(Equilibria),
    /// Simulate how agents outbid each other
    Dynamics(Dynamics),
    /// The course and the values of conversations in many rounds under given rules
    Converse(Converse),
    /// A leader's optimal commitment in a plain Stackelberg game, with follower types
    Stackelberg(Stackelberg),
    /// Generate an instance of a family from a seed
    Generate(Generate),
    #[cfg(feature = "full")]
    #[command(flatten)]
    More(More),
    /// Check saved results (from --json) against their instances, in exact arithmetic
    Verify(Verify),
    /// Print a script that completes this command's arguments in a shell
    #[command(after_help = "Example:\n  suasion completions bash > /etc/bash_completion.d/suasion")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

// What a build of the game commands alone lacks. (A doc comment would be the help of the whole
// command.)
#[cfg(feature = "full")]
#[derive(Subcommand)]
pub enum More {
    /// How well the hull of many agents' scores fits a human's scores, for tables of any length
    #[command(subcommand)]
    Hull(Hull),
    /// The paper's studies
    #[command(subcommand)]
    Study(Study),
    /// Many instances: plan them, solve them in shards, merge the results
    #[command(subcommand)]
    Batch(Batch),
    Label(Box<Label>),
    /// Measure how the solvers scale
    #[command(subcommand)]
    Bench(Bench),
    /// Write a merged batch as HTML pages with pictures
    Report(Report),
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion solve instances/prosecutor.json
  suasion solve --json instances/*.json > results.jsonl && suasion verify results.jsonl")]
pub struct Solve {
    /// Instance files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The game among the agents whose equilibria to find, or none
    #[arg(long, value_enum, default_value = "best-agent", value_name = "GAME")]
    pub game: GameName,
    #[command(flatten)]
    pub how: How,
    #[command(flatten)]
    pub search: Search,
}

/// The games among agents.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GameName {
    /// The user evaluates every agent's scheme and communicates with the best agent alone
    BestAgent,
    /// The user hears one message from every agent; dynamics from many starts search for equilibria
    AllAgents,
    /// No game: leave out equilibria
    None,
}

/// The games among agents that can be played.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlayedName {
    /// The user evaluates every agent's scheme and communicates with the best agent alone
    BestAgent,
    /// The user hears every agent: one message from each, or (with --rounds, or if the instance has
    /// a protocol) a conversation with each; dynamics from many starts search for equilibria
    AllAgents,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion equilibria instances/hull-three-agents.json
  suasion equilibria instances/opposed-experts.json --slack 0.01 --json
  suasion equilibria instances/gap-two-agents.json --quantal 5
  suasion equilibria instances/hull-three-agents.json --game all-agents --starts 500 --seed 7
  suasion equilibria instances/gap-two-agents.json --game all-agents --rounds 2 --starts 20")]
pub struct Equilibria {
    /// The instance file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The game
    #[arg(long, value_enum, default_value = "best-agent", value_name = "GAME")]
    pub game: PlayedName,
    /// The most that an agent may gain by another offer in an equilibrium, in the unit of
    /// utilities. With --quantal in the best-agent game, bids move in steps, so the regret in the
    /// equilibria found may be slightly larger; the output says by how much
    #[arg(long, default_value_t = 0.0, value_name = "RHO", allow_negative_numbers = true)]
    pub slack: f64,
    /// The user responds by quantal response (logit): she plays each action with a probability
    /// proportional to exp(ETA times its expected utility)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with = "conversation")]
    pub quantal: Option<f64>,
    #[command(flatten)]
    pub search: Search,
    /// The number of the prior, from 0, for an instance with several [default: all priors]
    #[arg(short, long, value_name = "K")]
    pub prior: Option<usize>,
    #[command(flatten)]
    pub how: How,
    #[command(flatten)]
    pub talking: Talking,
}

/// How to search for equilibria of the all-agents game.
#[derive(Args)]
pub struct Search {
    /// The number of starts of the dynamics (all-agents): uninformative, full, monopoly,
    /// adversarial to the user, then random [default: 200]
    #[arg(long, value_name = "N")]
    pub starts: Option<usize>,
    /// The seed of random starts and orders (all-agents) [default: 0]
    #[arg(long)]
    pub seed: Option<u64>,
    /// The margin of obedience (all-agents): following is better for the user by at least this, so
    /// that she follows however she breaks ties; in units of the ranges of utilities [default: 0]
    #[arg(long, value_name = "M", allow_negative_numbers = true)]
    pub margin: Option<f64>,
}

/// Who moves when.
#[derive(Clone, Copy, ValueEnum)]
pub enum OrderName {
    /// One after another, in the order of the instance
    RoundRobin,
    /// One after another, in a new random order every round
    Random,
    /// All at once
    Simultaneous,
}

/// What agents offer at first.
#[derive(Clone, Copy, ValueEnum)]
pub enum StartName {
    /// Each agent's offer as a monopolist
    Monopoly,
    /// No information
    Uninformative,
    /// Full information
    Full,
    /// Random points of their frontiers
    Random,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion dynamics instances/opposed-experts.json --trace
  suasion dynamics game.json --order random --start random --starts 100 --seed 7 --json")]
pub struct Dynamics {
    /// The instance file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Who moves when
    #[arg(long, value_enum, default_value = "round-robin", value_name = "ORDER")]
    pub order: OrderName,
    /// What agents offer at first
    #[arg(long, value_enum, default_value = "monopoly", value_name = "START")]
    pub start: StartName,
    /// The number of simulations at each prior
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub starts: u64,
    /// The user responds by quantal response (logit): she plays each action with a probability
    /// proportional to exp(ETA times its expected utility)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with = "conversation")]
    pub quantal: Option<f64>,
    /// By how much a bid exceeds the best of the others, in the unit of the user's utility
    #[arg(long, default_value_t = 1e-3, value_name = "STEP", allow_negative_numbers = true)]
    pub increment: f64,
    /// The number of rounds after which a simulation is given up
    #[arg(long, default_value_t = 10_000, value_name = "R")]
    pub rounds: usize,
    /// The seed of random orders and starts
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Show every move
    #[arg(long)]
    pub trace: bool,
    /// The number of the prior, from 0, for an instance with several [default: all priors]
    #[arg(short, long, value_name = "K")]
    pub prior: Option<usize>,
    #[command(flatten)]
    pub how: How,
}

/// How agents communicate with a user who has private types; without types, both ways are the same.
#[derive(Args)]
pub struct How {
    /// Each agent runs an experiment: it speaks once [default if the user has types]
    #[arg(long, conflicts_with = "conversation")]
    pub menu: bool,
    /// Each agent offers a mechanism: the user reports her type, and the agent recommends an action
    #[arg(long)]
    pub conversation: bool,
}

/// One agent of one instance.
#[derive(Args)]
pub struct One {
    /// The instance file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The agent, by name or by number from 1; may be left out if there is only one agent
    #[arg(short, long, value_name = "AGENT")]
    pub agent: Option<String>,
    /// The number of the prior, from 0, for an instance with several [default: all priors]
    #[arg(short, long, value_name = "K")]
    pub prior: Option<usize>,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion persuade instances/prosecutor.json
  suasion persuade instances/prosecutor.json --agent prosecutor --floor 0.8 --json
  suasion persuade instances/conversation-beats-menu.json --conversation
  suasion persuade instances/prosecutor.json --quantal 5
  suasion persuade instances/conversation-beats-menu.json --rounds 2 --opens agents")]
pub struct Persuade {
    #[command(flatten)]
    pub one: One,
    /// Leave the user at least this value
    #[arg(short, long, value_name = "VALUE", allow_negative_numbers = true)]
    pub floor: Option<f64>,
    #[command(flatten)]
    pub how: How,
    /// The user responds by quantal response (logit): she plays each action with a probability
    /// proportional to exp(ETA times its expected utility); the agent speaks once, without a floor
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with_all = ["conversation", "floor"])]
    pub quantal: Option<f64>,
    #[command(flatten)]
    pub talking: Talking,
    /// The conversation rules of the other agents: silence, revelation, or a file of rules
    /// [default: silence]
    #[arg(long, value_name = "PROFILE")]
    pub against: Option<String>,
    /// With conversations: find a good rule quickly by alternating linear programs, a heuristic
    #[arg(long)]
    pub quick: bool,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion frontier instances/prosecutor.json
  suasion frontier game.json --agent 2 --json | jq '.vertices[] | [.user_value, .agent_value]'")]
pub struct Frontier {
    #[command(flatten)]
    pub one: One,
    #[command(flatten)]
    pub how: How,
    /// Leave out vertices as long as the frontier is nowhere more than this above the lines that
    /// join the others, in the unit of the agent's utility [default: 0, all vertices]
    #[arg(long, value_name = "E", default_value_t = 0.0, hide_default_value = true, allow_negative_numbers = true)]
    pub error: f64,
}

/// The offset that may be added to the weighted sum of the agents' utilities.
#[derive(Clone, Copy, ValueEnum)]
pub enum OffsetName {
    /// Nothing
    None,
    /// One number
    Constant,
    /// A number for every state
    PerState,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion align instances/hull-three-agents.json
  suasion align instances/hull-three-agents.json --simplex --offset none --json")]
pub struct Align {
    /// The instance file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Make the weights sum to one; otherwise, they are only non-negative
    #[arg(long)]
    pub simplex: bool,
    /// The offset that may be added to the weighted sum
    #[arg(long, value_enum, default_value = "per-state", value_name = "KIND")]
    pub offset: OffsetName,
    /// The slack of the agents: each unit of weight costs half of this, so that the weights give
    /// the best bound on the user's value
    #[arg(long, default_value_t = 0.0, value_name = "RHO", allow_negative_numbers = true)]
    pub slack: f64,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion stackelberg instances/stackelberg-conitzer-sandholm.json
  suasion stackelberg patrol.json --time-limit 60 --json")]
pub struct Stackelberg {
    /// The game's file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// The families of instances.
#[derive(Clone, Copy, ValueEnum)]
pub enum FamilyName {
    /// Utilities uniform in [0, 1], the prior uniform on the simplex
    Uniform,
    /// The user is a convex combination of the agents, up to --eps
    Hull,
    /// Zero-sum agents
    Opposed,
    /// Two actions and ordered states; the user prefers the second action from a threshold on,
    /// agents always prefer it
    Threshold,
    /// States and actions on a grid; quadratic losses, with a bias for each agent
    Quadratic,
    /// Small integers, with many ties
    Integer,
    /// A plain Stackelberg game with uniform utilities (states are the leader's actions)
    Stackelberg,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion generate uniform -n 100 -m 100 --seed 7 -o uniform.json
  suasion generate hull -n 5 -m 4 -k 3 --eps 0.05 -o hull.json
  suasion generate uniform -n 20 -m 20 --priors 10000 --walk 0.05 -o walk.json
  suasion generate uniform -k 3 --count 10000 -o games.jsonl
  suasion generate stackelberg -n 20 -m 20 --types 5 -o patrol.json")]
pub struct Generate {
    /// The family
    pub family: FamilyName,
    /// The number of states
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N")]
    pub states: usize,
    /// The number of actions [default: 10; 2 for threshold]
    #[arg(short = 'm', long, value_name = "M")]
    pub actions: Option<usize>,
    /// The number of agents
    #[arg(short = 'k', long, default_value_t = 1, value_name = "K")]
    pub agents: usize,
    /// The number of priors
    #[arg(long, default_value_t = 1, value_name = "R")]
    pub priors: usize,
    /// Make each prior a mixture of the last one and a new one of this weight, instead of drawing
    /// each one independently
    #[arg(long, value_name = "WEIGHT")]
    pub walk: Option<f64>,
    /// The distance from the hull (family hull)
    #[arg(long, default_value_t = 0.0, value_name = "EPS")]
    pub eps: f64,
    /// The number of the follower's types (family stackelberg)
    #[arg(long, default_value_t = 1, value_name = "T")]
    pub types: usize,
    /// The seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The number of instances, with consecutive seeds, written one per line to a JSON Lines file
    /// [default: one, in a file of its own]
    #[arg(long, value_name = "N", conflicts_with = "npy")]
    pub count: Option<u64>,
    /// The file to write; arrays of more than 100,000 numbers go to NumPy files next to it
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Write all arrays to NumPy files
    #[arg(long, conflicts_with = "inline")]
    pub npy: bool,
    /// Write all arrays into the document
    #[arg(long)]
    pub inline: bool,
}

/// Does competition among agents help the user if the hull condition holds, and if it fails?
///
/// Each seed draws a prior, a pool of agents with uniform utilities, and three users who face them:
/// one between the first two agents (the hull condition holds with two agents or more), the same
/// one moved by up to --eps, and one independent of all agents (the condition fails). The last one
/// faces the pool again after its agents are made alike. The first k agents of the pool play the
/// game with k agents.
///
/// Writes competition.csv and competition.parquet (a row per seed, condition and number of agents),
/// competition.svg and competition.png. Prints a summary with 95 % bootstrap intervals.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion study competition -o results
  suasion study competition -n 6 -m 3 -k 5 --seeds 1000 --eps 0.1 -o results --json
  suasion study competition --game all-agents -n 3 -m 3 -k 3 --seeds 50 -o results
  suasion study competition --game all-agents --quantal 10 -n 3 -m 3 -k 3 --seeds 20 -o results")]
pub struct Competition {
    /// The game
    #[arg(long, value_enum, default_value = "best-agent", value_name = "GAME")]
    pub game: PlayedName,
    /// The user responds by quantal response (logit): she plays each action with a probability
    /// proportional to exp(ETA times its expected utility) (all-agents)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true)]
    pub quantal: Option<f64>,
    /// The number of starts of the search for equilibria in every game (all-agents)
    #[arg(long, default_value_t = 24, value_name = "N")]
    pub starts: usize,
    /// The number of states
    #[arg(short = 'n', long, default_value_t = 4, value_name = "N")]
    pub states: usize,
    /// The number of actions
    #[arg(short = 'm', long, default_value_t = 4, value_name = "M")]
    pub actions: usize,
    /// The largest number of agents
    #[arg(short = 'k', long, default_value_t = 8, value_name = "K")]
    pub agents: usize,
    /// The number of seeds
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub seeds: usize,
    /// The largest distance of the second user from the hull
    #[arg(long, default_value_t = 0.05, value_name = "EPS", allow_negative_numbers = true)]
    pub eps: f64,
    /// The share of an agent's own utility when agents are made alike; the rest is common to all
    #[arg(long, default_value_t = 0.25, value_name = "SHARE", allow_negative_numbers = true)]
    pub diversity: f64,
    /// By how much a bid exceeds the best of the others, in the dynamics
    #[arg(long, default_value_t = 1e-3, value_name = "INCREMENT", allow_negative_numbers = true)]
    pub increment: f64,
    /// The first seed; the others follow it
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The folder to write to; created if it does not exist
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

#[derive(Args)]
#[command(after_help = "\
Example:
  suasion solve --json instances/prosecutor.json > result.jsonl && suasion verify result.jsonl")]
pub struct Verify {
    /// Files of results: JSON lines as --json prints them; - for standard input
    #[arg(required = true, value_name = "RESULT")]
    pub results: Vec<PathBuf>,
    /// The instance of all results, if it is no longer at the path in the results
    #[arg(short, long, value_name = "FILE")]
    pub instance: Option<PathBuf>,
}
