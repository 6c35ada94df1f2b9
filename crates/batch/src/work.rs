//! What is done to every instance of a batch.

use serde::{Deserialize, Serialize};

/// A command that a batch may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Everything about an instance at a glance.
    Solve,
    /// The equilibria of a game among the agents.
    Equilibria,
    /// How near the user's utility is to the hull of the agents'.
    Align,
    /// Every agent's frontier.
    Frontier,
    /// A table of scores as factors.
    HullReduce,
}

impl Command {
    /// The command, in words of the command line.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Solve => &["solve"],
            Self::Equilibria => &["equilibria"],
            Self::Align => &["align"],
            Self::Frontier => &["frontier"],
            Self::HullReduce => &["hull", "reduce"],
        }
    }

    /// Whether its inputs are instances; else they are tables.
    #[must_use]
    pub fn reads_instances(self) -> bool {
        self != Self::HullReduce
    }

    /// Whether there is a result for each prior; else one for the instance.
    #[must_use]
    pub fn by_prior(self) -> bool {
        !matches!(self, Self::Align | Self::HullReduce)
    }
}

/// A command with its options, the same for every instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The command.
    pub command: Command,
    /// Its options, as they would be given to it.
    pub options: Vec<String>,
}
