//! How agents and user talk in many rounds, and the arguments of `suasion converse`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use suasion_equilibrium::{ConversationGame, UserRule};

/// How agents and user talk: what is not said here, the instance says.
#[derive(Args)]
pub struct Talking {
    /// The number of rounds [default: as the instance says, or 2]
    #[arg(long, value_name = "R")]
    pub rounds: Option<usize>,
    /// How many messages the user has for each agent [default: as the instance says, or 2]
    #[arg(long, value_name = "U")]
    pub user_messages: Option<usize>,
    /// How many answers an agent has [default: as the instance says, or 2]
    #[arg(long, value_name = "M")]
    pub agent_messages: Option<usize>,
    /// Who speaks first [default: as the instance says, or user]
    #[arg(long, value_enum, value_name = "WHO")]
    pub opens: Option<OpensName>,
    /// A larger tree of conversations is refused
    #[arg(long, default_value_t = ConversationGame::MOST_NODES, value_name = "N")]
    pub most_nodes: usize,
}

/// Who speaks first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OpensName {
    /// In every round the user may say something, and then the agents answer
    User,
    /// In the first round the agents speak unasked
    Agents,
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion converse instances/interview.json --profile instances/profiles/interview.json
  suasion converse instances/interview.json --profile instances/profiles/interview.json --tree
  suasion converse instances/laboratories.json --profile revelation --rounds 1 --seed 7 --json
  suasion converse instances/interview.json --profile revelation --dot | dot -Tsvg -o tree.svg")]
pub struct Converse {
    /// The instance file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What agents answer: silence, revelation, or a file that says it: a profile, or a result of
    /// equilibria or persuade, saved with --json
    #[arg(long, value_name = "PROFILE")]
    pub profile: String,
    /// Which profile of a saved result, from 1: the first is the one in which the user gets least
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub which: usize,
    #[command(flatten)]
    pub talking: Talking,
    /// How many conversations are drawn for the averages
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub samples: usize,
    /// How many of them are shown
    #[arg(long, default_value_t = 3, value_name = "K")]
    pub show: usize,
    /// The seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print all that may be said: who says what with which probability, what the user then
    /// believes, what she does
    #[arg(long)]
    pub tree: bool,
    /// Print that as a Graphviz document
    #[arg(long, conflicts_with_all = ["json", "tree"])]
    pub dot: bool,
    /// Leave out what is beyond so many nodes of what is printed
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub tree_nodes: usize,
    /// The user has no plan: what she says is --user-rule, and then she plays each action with
    /// probability proportional to exp(ETA times its expected utility)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with_all = ["tree", "dot"])]
    pub quantal: Option<f64>,
    /// What a user without a plan says [default: silent]
    #[arg(long, value_enum, value_name = "RULE", requires = "quantal")]
    pub user_rule: Option<UserRuleName>,
    /// The prior, by number from 0, of an instance with several [default: all of them]
    #[arg(short, long, value_name = "K")]
    pub prior: Option<usize>,
}

/// What a user without a plan says.
#[derive(Clone, Copy, ValueEnum)]
pub enum UserRuleName {
    /// Always her first message
    Silent,
    /// Every message with the same probability
    Uniform,
    /// What she knows by herself, in as many messages as that takes
    Report,
}

impl UserRuleName {
    pub fn rule(self) -> UserRule {
        match self {
            Self::Silent => UserRule::Silent,
            Self::Uniform => UserRule::Uniform,
            Self::Report => UserRule::Report,
        }
    }
}
