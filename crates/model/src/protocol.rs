//! How agents and user communicate: the number of rounds and the alphabets.

use crate::Labels;
use serde::{Deserialize, Serialize};

/// Who speaks first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opening {
    /// In every round, the user may send a message to each agent before it answers.
    #[default]
    User,
    /// In the first round the agents speak without being asked: the user has only one message
    /// there.
    Agents,
}

/// A protocol of conversation (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090, section 2). In
/// each round, the user sends one message to every agent, and every agent answers. An agent sees
/// only its own conversation. After the last round, the user acts.
///
/// *Own histories.* After `r` rounds an agent has seen one of `histories(r)` histories, numbered
/// from 0: history `h` followed by the user's message `m` and the answer `s` has the number `(h *
/// user_alphabet(r) + m) * agent_alphabet() + s`. A history and the message after it form a
/// *question*, which has the number `h * user_alphabet(r) + m`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// The number of rounds, at least 1.
    pub rounds: usize,
    /// The messages that the user may send to each agent in a round. With one message she says
    /// nothing.
    pub user_messages: Labels,
    /// The answers that an agent may give.
    pub agent_messages: Labels,
    /// Who speaks first.
    #[serde(rename = "opens", default)]
    pub opening: Opening,
}

/// The size of a tree of conversations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TreeSize {
    /// The nodes at which the user must say something or act, over all her types. Counts that `f64`
    /// cannot hold exactly are rounded.
    pub nodes: f64,
    /// The number of one agent's histories, questions included.
    pub histories: f64,
}

impl Protocol {
    /// A protocol may have at most this many rounds.
    pub const MOST_ROUNDS: usize = 64;
    /// An alphabet may hold at most this many messages.
    pub const MOST_MESSAGES: usize = 1_000_000;

    /// A protocol in which the user speaks first, given the sizes of its alphabets.
    #[must_use]
    pub fn new(rounds: usize, user_messages: usize, agent_messages: usize) -> Self {
        let (user_messages, agent_messages) = (Labels::Count(user_messages), Labels::Count(agent_messages));
        Self { rounds, user_messages, agent_messages, opening: Opening::User }
    }

    /// The number of the user's messages in round `round`, counted from 0.
    #[must_use]
    pub fn user_alphabet(&self, round: usize) -> usize {
        if round == 0 && self.opening == Opening::Agents { 1 } else { self.user_messages.len() }
    }

    /// The number of an agent's messages.
    #[must_use]
    pub fn agent_alphabet(&self) -> usize {
        self.agent_messages.len()
    }

    /// The number of an agent's histories after `rounds` rounds; `usize::MAX` if there are more.
    #[must_use]
    pub fn histories(&self, rounds: usize) -> usize {
        let growth = |r| self.user_alphabet(r).saturating_mul(self.agent_alphabet());
        (0..rounds).map(growth).fold(1, usize::saturating_mul)
    }

    /// The number of questions that an agent may face in round `round`, counted from 0: the number
    /// of histories times the number of messages.
    #[must_use]
    pub fn questions(&self, round: usize) -> usize {
        self.histories(round).saturating_mul(self.user_alphabet(round))
    }

    /// The size of the tree of conversations with this many agents and types of the user.
    #[must_use]
    pub fn size(&self, agents: usize, types: usize) -> TreeSize {
        let (mut nodes, mut level, mut histories, mut own) = (types as f64, types as f64, 1.0, 1.0);
        for round in 0..self.rounds {
            let (asked, answers) = (self.user_alphabet(round) as f64, self.agent_alphabet() as f64);
            level *= (asked * answers).powf(agents as f64);
            nodes += level;
            own *= asked;
            histories += own;
            own *= answers;
            histories += own;
        }
        TreeSize { nodes, histories }
    }

    /// The user's messages and the agent's answers that make up history `history` after `rounds`
    /// rounds.
    #[must_use]
    pub fn spelled(&self, rounds: usize, history: usize) -> Vec<(usize, usize)> {
        let mut rest = history;
        let mut spelled = vec![(0, 0); rounds];
        for round in (0..rounds).rev() {
            let answer = rest % self.agent_alphabet();
            rest /= self.agent_alphabet();
            spelled[round] = (rest % self.user_alphabet(round), answer);
            rest /= self.user_alphabet(round);
        }
        spelled
    }
}
