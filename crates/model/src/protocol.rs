//! How agents and user talk: how many rounds, and in which alphabets.

use crate::Labels;
use serde::{Deserialize, Serialize};

/// Who speaks first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opening {
    /// In every round the user may say something to every agent before it answers.
    #[default]
    User,
    /// In the first round the agents speak unasked: there she has but one message.
    Agents,
}

/// A protocol of conversation (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090, section 2). There are rounds; in each, the user sends one message to every
/// agent, and every agent answers. An agent sees its own conversation alone. After the last round she acts.
///
/// *Own histories.* After `r` rounds an agent has seen one of `histories(r)` histories, numbered from 0: history `h` followed by the user's message `m` and the answer `s` is number
/// `(h * user_alphabet(r) + m) * agent_alphabet() + s`. What comes before the answer, history and message, is a *question*: number `h * user_alphabet(r) + m`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// The number of rounds, at least 1.
    pub rounds: usize,
    /// What the user may say in a round, to each agent; with one message she says nothing.
    pub user_messages: Labels,
    /// What an agent may answer.
    pub agent_messages: Labels,
    /// Who speaks first.
    #[serde(rename = "opens", default)]
    pub opening: Opening,
}

/// How large a tree of conversations is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TreeSize {
    /// The nodes at which the user has to say something or to act, over all her types: more than `f64` can count exactly are rounded.
    pub nodes: f64,
    /// The histories of one agent, questions included.
    pub histories: f64,
}

impl Protocol {
    /// More rounds are refused.
    pub const MOST_ROUNDS: usize = 64;
    /// Larger alphabets are refused.
    pub const MOST_MESSAGES: usize = 1_000_000;

    /// A protocol in which the user speaks first, by the sizes of its alphabets.
    #[must_use]
    pub fn new(rounds: usize, user_messages: usize, agent_messages: usize) -> Self {
        let (user_messages, agent_messages) = (Labels::Count(user_messages), Labels::Count(agent_messages));
        Self { rounds, user_messages, agent_messages, opening: Opening::User }
    }

    /// The number of messages that the user has in round `round`, from 0.
    #[must_use]
    pub fn user_alphabet(&self, round: usize) -> usize {
        if round == 0 && self.opening == Opening::Agents { 1 } else { self.user_messages.len() }
    }

    /// The number of messages that an agent has.
    #[must_use]
    pub fn agent_alphabet(&self) -> usize {
        self.agent_messages.len()
    }

    /// The number of an agent's histories after `rounds` rounds; `usize::MAX` where there are more than that.
    #[must_use]
    pub fn histories(&self, rounds: usize) -> usize {
        let growth = |r| self.user_alphabet(r).saturating_mul(self.agent_alphabet());
        (0..rounds).map(growth).fold(1, usize::saturating_mul)
    }

    /// The number of questions that an agent may have to answer in round `round`, from 0: histories times messages.
    #[must_use]
    pub fn questions(&self, round: usize) -> usize {
        self.histories(round).saturating_mul(self.user_alphabet(round))
    }

    /// The tree of conversations with so many agents and types of the user.
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

    /// The messages of the user and the answers of the agent that history `history` after `rounds` rounds is made of.
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
