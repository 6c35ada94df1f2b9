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

/// Solves persuasion games, and proves what it finds.
///
/// A user acts without knowing the state of the world; agents who know it commit to what they will say. Suasion finds the
/// agents' optimal schemes, what they leave the user, and a certificate in exact arithmetic for every number that it prints.
#[derive(Parser)]
#[command(name = "suasion", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What all commands understand.
#[derive(Args)]
pub struct Common {
    /// Print JSON, one object a line, instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// The number of threads [default: one per core]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Stop after so many seconds, with what is known by then
    #[arg(long, global = true, value_name = "SECONDS", allow_negative_numbers = true)]
    pub time_limit: Option<f64>,
    /// The most memory to take, as in 512M or 8G: with a batch, for all its processes together, or
    /// for a task on a cluster [default: as much as there is, or the cluster's]
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
    /// Everything about an instance at a glance: reference values, and each agent's optimum as a monopolist
    Solve(Solve),
    /// An agent's optimal scheme
    Persuade(Persuade),
    /// What an agent can get, against what it leaves the user: all vertices
    Frontier(Frontier),
    /// How near the user's utility is to the hull of the agents', and by which weights
    Align(Align),
    /// The equilibria of a game among the agents: all of them, the worst and the best, with what proves it
    Equilibria(Equilibria),
    /// Simulate how agents outbid each other
    Dynamics(Dynamics),
    /// What is said in many rounds under given conversation rules, and what that is worth
    Converse(Converse),
    /// A leader's optimal commitment in a plain Stackelberg game, with follower types
    Stackelberg(Stackelberg),
    /// An instance of a family, by seed
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
    /// How well the hull of many agents' scores fits a human's: fits of tables of any length
    #[command(subcommand)]
    Hull(Hull),
    /// The paper's studies
    #[command(subcommand)]
    Study(Study),
    /// Many instances: planned, solved in shards, merged
    #[command(subcommand)]
    Batch(Batch),
    Label(Box<Label>),
    /// How the solvers scale
    #[command(subcommand)]
    Bench(Bench),
    /// A merged batch as pages to look at, with pictures
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
    /// The game among the agents whose equilibria are found, or none
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
    /// The user evaluates every agent's scheme, and talks with the best agent alone
    BestAgent,
    /// The user hears one message of every agent; equilibria are looked for by dynamics from many starts
    AllAgents,
    /// Leave equilibria out
    None,
}

/// The games among agents, without none.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlayedName {
    /// The user evaluates every agent's scheme, and talks with the best agent alone
    BestAgent,
    /// The user hears every agent: one message of each, or (with --rounds, or where the instance has a protocol) in conversations; equilibria are looked for by dynamics from many starts
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
    /// What an agent may gain by another offer, in the unit of utilities: equilibria up to that. With --quantal in the best-agent game, bids move in
    /// steps, and what could be gained in the equilibria found may be a little more; it is said
    #[arg(long, default_value_t = 0.0, value_name = "RHO", allow_negative_numbers = true)]
    pub slack: f64,
    /// The user does not choose the best action, but plays each with probability proportional to exp(ETA times its expected utility)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with = "conversation")]
    pub quantal: Option<f64>,
    #[command(flatten)]
    pub search: Search,
    /// The prior, by number from 0, of an instance with several [default: all of them]
    #[arg(short, long, value_name = "K")]
    pub prior: Option<usize>,
    #[command(flatten)]
    pub how: How,
    #[command(flatten)]
    pub talking: Talking,
}

/// How equilibria of the all-agents game are looked for.
#[derive(Args)]
pub struct Search {
    /// From how many starts dynamics run (all-agents): uninformative, full, monopoly, adversarial to the user, random [default: 200]
    #[arg(long, value_name = "N")]
    pub starts: Option<usize>,
    /// The seed of random starts and orders (all-agents) [default: 0]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Schemes persuade a user who is so much less inclined to follow than she is, so that she follows however she breaks ties (all-agents): in units
    /// of the ranges of utilities [default: 0]
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
    /// What each would offer if it were alone
    Monopoly,
    /// No information
    Uninformative,
    /// All that they know
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
    /// How many simulations there are at each prior
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub starts: u64,
    /// The user does not choose the best action, but plays each with probability proportional to exp(ETA times its expected utility)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with = "conversation")]
    pub quantal: Option<f64>,
    /// By how much a bid exceeds the best of the others, in the unit of the user's utility
    #[arg(long, default_value_t = 1e-3, value_name = "STEP", allow_negative_numbers = true)]
    pub increment: f64,
    /// After how many rounds it is given up
    #[arg(long, default_value_t = 10_000, value_name = "R")]
    pub rounds: usize,
    /// The seed of random orders and starts
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Show every move
    #[arg(long)]
    pub trace: bool,
    /// The prior, by number from 0, of an instance with several [default: all of them]
    #[arg(short, long, value_name = "K")]
    pub prior: Option<usize>,
    #[command(flatten)]
    pub how: How,
}

/// How agents talk to a user who knows something by herself; where she does not, both are one.
#[derive(Args)]
pub struct How {
    /// An agent speaks once [default, where the user knows something by herself]
    #[arg(long, conflicts_with = "conversation")]
    pub menu: bool,
    /// Agent and user converse, for as many rounds as they like: she reports what she knows, and is recommended an action
    #[arg(long)]
    pub conversation: bool,
}

/// One agent of one instance.
#[derive(Args)]
pub struct One {
    /// The instance file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The agent, by name or by number from 1; may be left out where there is one agent only
    #[arg(short, long, value_name = "AGENT")]
    pub agent: Option<String>,
    /// The prior, by number from 0, of an instance with several [default: all of them]
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
    /// The user does not choose the best action, but plays each with probability proportional to exp(ETA times its expected utility); the agent
    /// speaks once, and there is no floor
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with_all = ["conversation", "floor"])]
    pub quantal: Option<f64>,
    #[command(flatten)]
    pub talking: Talking,
    /// What the others answer, in conversations: silence, revelation, or a file that says it [default: silence]
    #[arg(long, value_name = "PROFILE")]
    pub against: Option<String>,
    /// In conversations, a good rule in a hurry, by alternating linear programs: a heuristic
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
    /// Leave out vertices where the frontier is nowhere more than this above the lines that join the
    /// others, in the unit of the agent's utility [default: 0, all vertices]
    #[arg(long, value_name = "E", default_value_t = 0.0, hide_default_value = true, allow_negative_numbers = true)]
    pub error: f64,
}

/// What may be added to the weighted sum of the agents' utilities.
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
    /// Let the weights sum to one; else they are only non-negative
    #[arg(long)]
    pub simplex: bool,
    /// What may be added to the weighted sum
    #[arg(long, value_enum, default_value = "per-state", value_name = "KIND")]
    pub offset: OffsetName,
    /// Price every unit of weight at half of this, what agents may gain by deviating: the weights then give the best bound on
    /// the user's value
    #[arg(long, default_value_t = 0.0, value_name = "RHO", allow_negative_numbers = true)]
    pub slack: f64,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion stackelberg instances/stackelberg-conitzer-sandholm.json
  suasion stackelberg patrol.json --time-limit 60 --json")]
pub struct Stackelberg {
    /// The file of the game
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// The families of instances.
#[derive(Clone, Copy, ValueEnum)]
pub enum FamilyName {
    /// Utilities uniform in [0, 1], the prior uniform on the simplex
    Uniform,
    /// The user is a convex combination of the agents, to within --eps
    Hull,
    /// Zero-sum agents
    Opposed,
    /// Two actions, ordered states; the user wants the second from a threshold on, agents always
    Threshold,
    /// States and actions on a grid, quadratic losses with a bias per agent
    Quadratic,
    /// Small integers, many ties
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
    /// Let each prior mix the last one with a new one of this weight, instead of drawing it by itself
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
    /// How many instances, one a line in a file of JSON lines; their seeds follow each other [default: one, in a file of its own]
    #[arg(long, value_name = "N", conflicts_with = "npy")]
    pub count: Option<u64>,
    /// The file to write; arrays of more than 100,000 numbers go into NumPy files beside it
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Write all arrays as NumPy files
    #[arg(long, conflicts_with = "inline")]
    pub npy: bool,
    /// Write all arrays into the document
    #[arg(long)]
    pub inline: bool,
}

/// Does competition among agents help the user, where the hull condition holds and where it fails?
///
/// Each seed draws a prior, a pool of agents with uniform utilities, and three users who face them: one between the first two
/// agents (the hull condition is satisfied with two agents or more), the same one moved by up to --eps, and one independent of
/// all agents (violated). The last one faces the pool again with its agents made alike. The game with k agents is played by the
/// first k of the pool.
///
/// Writes competition.csv and competition.parquet (a row per seed, condition and number of agents), competition.svg and
/// competition.png, and prints a summary with 95 % bootstrap intervals and what it says.
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
    /// The user does not choose the best action, but plays each with probability proportional to exp(ETA times its expected utility) (all-agents)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true)]
    pub quantal: Option<f64>,
    /// From how many starts equilibria are looked for in every game (all-agents)
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
    /// How far the user of the second condition is from the hull, at most
    #[arg(long, default_value_t = 0.05, value_name = "EPS", allow_negative_numbers = true)]
    pub eps: f64,
    /// The share of its own in the utility of each agent that is alike; the rest is common to all
    #[arg(long, default_value_t = 0.25, value_name = "SHARE", allow_negative_numbers = true)]
    pub diversity: f64,
    /// By how much a bid exceeds the best of the others, in the dynamics
    #[arg(long, default_value_t = 1e-3, value_name = "INCREMENT", allow_negative_numbers = true)]
    pub increment: f64,
    /// The first seed; the others follow it
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The folder to write to; it is made if it is not there
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

#[derive(Args)]
#[command(after_help = "\
Example:
  suasion solve --json instances/prosecutor.json > result.jsonl && suasion verify result.jsonl")]
pub struct Verify {
    /// Files of results, JSON lines as --json prints them; - for standard input
    #[arg(required = true, value_name = "RESULT")]
    pub results: Vec<PathBuf>,
    /// The instance of all results, where it is no longer where they say
    #[arg(short, long, value_name = "FILE")]
    pub instance: Option<PathBuf>,
}
