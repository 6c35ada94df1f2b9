//! The protocol of conversations in many rounds, and the arguments of `suasion converse`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use suasion_equilibrium::{ConversationGame, UserRule};

/// The protocol of a conversation. What these options leave out comes from the instance.
#[derive(Args)]
pub struct Talking {
    /// The number of rounds [default: that of the instance, or 2]
    #[arg(long, value_name = "R")]
    pub rounds: Option<usize>,
    /// The number of messages that the user has for each agent [default: that of the instance, or
    /// 2]
    #[arg(long, value_name = "U")]
    pub user_messages: Option<usize>,
    /// The number of answers that an agent has [default: that of the instance, or 2]
    #[arg(long, value_name = "M")]
    pub agent_messages: Option<usize>,
    /// Who speaks first [default: as in the instance, or user]
    #[arg(long, value_enum, value_name = "WHO")]
    pub opens: Option<OpensName>,
    /// Refuse a larger tree of conversations
    #[arg(long, default_value_t = ConversationGame::MOST_NODES, value_name = "N")]
    pub most_nodes: usize,
}

/// Who speaks first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OpensName {
    /// In every round the user sends messages, then the agents answer
    User,
    /// In the first round the agents speak without a message from the user
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
    /// The agents' conversation rules: silence, revelation, or a file: a profile, or a result of
    /// equilibria or persuade saved with --json
    #[arg(long, value_name = "PROFILE")]
    pub profile: String,
    /// The number of the profile in a saved result, from 1: in the first, the user gets least
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub which: usize,
    #[command(flatten)]
    pub talking: Talking,
    /// The number of conversations to draw for the averages
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub samples: usize,
    /// The number of conversations to show
    #[arg(long, default_value_t = 3, value_name = "K")]
    pub show: usize,
    /// The seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print the tree of conversations: every message with its probability, the user's beliefs, and
    /// her actions
    #[arg(long)]
    pub tree: bool,
    /// Print the tree as a Graphviz document
    #[arg(long, conflicts_with_all = ["json", "tree"])]
    pub dot: bool,
    /// Print at most this many nodes of the tree
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub tree_nodes: usize,
    /// The user responds by quantal response (logit): she speaks by --user-rule, then plays each
    /// action with a probability proportional to exp(ETA times its expected utility)
    #[arg(long, value_name = "ETA", allow_negative_numbers = true, conflicts_with_all = ["tree", "dot"])]
    pub quantal: Option<f64>,
    /// What a quantal user says [default: silent]
    #[arg(long, value_enum, value_name = "RULE", requires = "quantal")]
    pub user_rule: Option<UserRuleName>,
    /// The number of the prior, from 0, for an instance with several [default: all priors]
    #[arg(short, long, value_name = "K")]
    pub prior: Option<usize>,
}

/// What a quantal user says.
#[derive(Clone, Copy, ValueEnum)]
pub enum UserRuleName {
    /// Always her first message
    Silent,
    /// Every message with the same probability
    Uniform,
    /// Her type, in as many messages as that takes
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
