//! Conversation rules with many rounds, and the plans of a user who knows the rules.

use crate::{Protocol, SignalScheme};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// An agent's conversation rule: how it answers, given its observation and what was said so far in
/// its own conversation (Collina et al., arXiv 2509.15090, section 2). The probabilities of the
/// answers to one question sum to exactly one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversationRule {
    /// For each round, the probability of each answer: `[round][(observation * questions +
    /// question) * answers + answer]`. [`Protocol`] says how questions are numbered.
    pub rounds: Vec<Vec<f64>>,
}

/// Why a conversation rule is not valid.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// The rule has a different number of rounds from the protocol.
    #[error("the rule has {found} rounds, and the protocol {expected}")]
    Rounds {
        /// The number of rounds in the rule.
        found: usize,
        /// The number of rounds in the protocol.
        expected: usize,
    },
    /// A round has the wrong number of probabilities.
    #[error("round {round} has {found} probabilities, and {expected} are expected")]
    Length {
        /// The round, from 1.
        round: usize,
        /// The number of probabilities found.
        found: usize,
        /// The number of probabilities expected.
        expected: usize,
    },
    /// A number is not a probability.
    #[error("round {round} has {found}, and a number from 0 to 1 is expected")]
    Probability {
        /// The round, from 1.
        round: usize,
        /// The number.
        found: f64,
    },
    /// The answers to a question do not sum to exactly one.
    #[error(
        "in round {round} the answers to question {question} at observation {observation} sum to {found}, not to 1"
    )]
    Sum {
        /// The round, from 1.
        round: usize,
        /// The observation.
        observation: usize,
        /// The question.
        question: usize,
        /// The sum.
        found: f64,
    },
}

impl ConversationRule {
    /// The rule that gives `answer(round, observation, question)` with certainty.
    #[must_use]
    pub fn certain(protocol: &Protocol, observations: usize, answer: impl Fn(usize, usize, usize) -> usize) -> Self {
        let answers = protocol.agent_alphabet();
        let round = |round: usize| {
            let questions = protocol.questions(round);
            let mut numbers = vec![0.0; observations * questions * answers];
            for x in 0..observations {
                for question in 0..questions {
                    numbers[(x * questions + question) * answers + answer(round, x, question)] = 1.0;
                }
            }
            numbers
        };
        Self { rounds: (0..protocol.rounds).map(round).collect() }
    }

    /// The rule that gives no information: it gives the first answer to every question.
    #[must_use]
    pub fn silence(protocol: &Protocol, observations: usize) -> Self {
        Self::certain(protocol, observations, |_, _, _| 0)
    }

    /// The rule that gives as much information as it can, whatever it is asked. The number that
    /// stands for the observation, `numbers[observation]`, is written in the agents' alphabet, and
    /// the agent sends one digit per round, the last digit first. If the alphabet is too small, a
    /// number that is too large is sent as the largest number that fits.
    #[must_use]
    pub fn revelation(protocol: &Protocol, numbers: &[usize]) -> Self {
        let answers = protocol.agent_alphabet();
        let told = (0..protocol.rounds).map(|_| answers).fold(1, usize::saturating_mul);
        Self::certain(protocol, numbers.len(), |round, x, _| {
            (0..round).fold(numbers[x].min(told - 1), |rest, _| rest / answers) % answers
        })
    }

    /// The rule that sends the signals of a scheme in the last round, whatever it is asked, and
    /// says nothing before. Returns `None` if there are more signals than answers.
    #[must_use]
    pub fn of_scheme(protocol: &Protocol, observations: usize, scheme: &SignalScheme) -> Option<Self> {
        let answers = protocol.agent_alphabet();
        if scheme.signals.len() > answers {
            return None;
        }
        let mut rule = Self::silence(protocol, observations);
        let questions = protocol.questions(protocol.rounds - 1);
        let last = rule.rounds.last_mut()?;
        last.fill(0.0);
        for (s, signal) in scheme.signals.iter().enumerate() {
            for &(x, probability) in signal {
                for question in 0..questions {
                    last[(x * questions + question) * answers + s] = probability;
                }
            }
        }
        Some(rule)
    }

    /// Checks that this is a rule of the protocol for `observations` observations.
    ///
    /// # Errors
    /// The first problem found.
    pub fn check(&self, protocol: &Protocol, observations: usize) -> Result<(), RuleError> {
        if self.rounds.len() != protocol.rounds {
            return Err(RuleError::Rounds { found: self.rounds.len(), expected: protocol.rounds });
        }
        let answers = protocol.agent_alphabet();
        for (round, numbers) in self.rounds.iter().enumerate() {
            let questions = protocol.questions(round);
            let expected = observations.saturating_mul(questions).saturating_mul(answers);
            if numbers.len() != expected {
                return Err(RuleError::Length { round: round + 1, found: numbers.len(), expected });
            }
            if let Some(&found) = numbers.iter().find(|p| !(0.0..=1.0).contains(*p)) {
                return Err(RuleError::Probability { round: round + 1, found });
            }
            for (place, row) in numbers.chunks(answers).enumerate() {
                let found: f64 = row.iter().sum();
                if found != 1.0 {
                    let (observation, question) = (place / questions, place % questions);
                    return Err(RuleError::Sum { round: round + 1, observation, question, found });
                }
            }
        }
        Ok(())
    }

    /// Rounds answers whose probabilities sum to one within `loose` to multiples of `2^-53` that
    /// sum to exactly one. Answers that are no distribution even within `loose` stay as they are,
    /// and so do multiples that already sum to one.
    pub(crate) fn settle(&mut self, protocol: &Protocol, loose: f64) {
        const GRID: f64 = 9_007_199_254_740_992.0;
        let rows = self.rounds.iter_mut().flat_map(|numbers| numbers.chunks_mut(protocol.agent_alphabet()));
        for row in rows {
            let total: f64 = row.iter().sum();
            // Sums of multiples are exact.
            let is_exact = total == 1.0 && row.iter().all(|p| (p * GRID).fract() == 0.0);
            if is_exact || (total - 1.0).abs() > loose || row.iter().any(|p| !(0.0..=1.0).contains(p)) {
                continue;
            }
            row.iter_mut().for_each(|p| *p = (*p / total * GRID).floor() / GRID);
            let left = 1.0 - row.iter().sum::<f64>();
            if let Some(largest) = row.iter_mut().reduce(|most, p| if *p > *most { p } else { most }) {
                *largest += left;
            }
        }
    }

    /// The probabilities of the answers to a question in a round, `[answers]`.
    ///
    /// # Panics
    /// If the rule does not belong to this protocol.
    #[must_use]
    pub fn answers(&self, protocol: &Protocol, round: usize, observation: usize, question: usize) -> &[f64] {
        let answers = protocol.agent_alphabet();
        let start = (observation * protocol.questions(round) + question) * answers;
        &self.rounds[round][start..start + answers]
    }

    /// For each round, question and message of the user: the first message that the rule treats in
    /// the same way, in this round and ever after, whatever the agent observes. The shape is
    /// `[round][question] -> message`. Of messages that are treated alike, the user needs only one.
    #[must_use]
    pub fn alike(&self, protocol: &Protocol, observations: usize) -> Vec<Vec<usize>> {
        let answers = protocol.agent_alphabet();
        let mut alike = vec![vec![]; protocol.rounds];
        // Questions of the next round that are answered alike share one number.
        let mut later: Vec<usize> = vec![];
        for round in (0..protocol.rounds).rev() {
            let (alphabet, questions) = (protocol.user_alphabet(round), protocol.questions(round));
            let next = later.len() / (questions * answers);
            let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
            let mut classes = Vec::with_capacity(questions);
            for question in 0..questions {
                let said = (0..observations).flat_map(|x| self.answers(protocol, round, x, question));
                let then = &later[question * answers * next..(question + 1) * answers * next];
                let key = said.map(|p| p.to_bits()).chain(then.iter().map(|&class| class as u64)).collect();
                let count = known.len();
                classes.push(*known.entry(key).or_insert(count));
            }
            alike[round] = Vec::with_capacity(questions);
            for messages in classes.chunks(alphabet) {
                let mut first = HashMap::new();
                alike[round].extend(messages.iter().enumerate().map(|(m, class)| *first.entry(class).or_insert(m)));
            }
            later = classes;
        }
        alike
    }
}

/// A step of a plan that answers conversation rules: what the user says or does next, and what she
/// does after that. The steps form a tree of everything that may happen under the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Step {
    /// She sends a message to every agent. `then` says what she does after each combination of
    /// answers that may come, in increasing order.
    Ask {
        /// The message to each agent, in the order of the agents.
        messages: Vec<usize>,
        /// `(the answer of each agent, what she does then)`.
        then: Vec<(Vec<usize>, Step)>,
    },
    /// She acts.
    Act(usize),
}

/// The user's plan: what each type does, as far as it can happen. A type without mass has no step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationPlan {
    /// `[types]`.
    pub types: Vec<Option<Step>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_sum_to_one_up_to_single_precision() {
        let protocol = Protocol::new(1, 1, 3);
        let third = f64::from(1.0_f32 / 3.0);
        let given = [vec![0.1, 0.2, 0.7 - 2e-16], vec![third, third, third], vec![0.5, 0.5, 0.0], vec![0.5, 0.4, 0.0]];
        let mut rule = ConversationRule { rounds: vec![given.concat()] };
        rule.settle(&protocol, 1e-6);
        let rows: Vec<&[f64]> = rule.rounds[0].chunks(3).collect();
        for (row, given) in rows.iter().zip(&given).take(3) {
            assert_eq!(row.iter().sum::<f64>(), 1.0);
            assert!(row.iter().zip(given).all(|(p, q)| (p - q).abs() < 1e-6), "{row:?}");
        }
        assert_eq!(rows[2], given[2]);
        assert_eq!(rows[3], given[3]);
    }
}
