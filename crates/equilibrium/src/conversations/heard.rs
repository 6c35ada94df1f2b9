//! Histories of conversations and their probabilities: shared by all walks along conversations.

use super::ConversationGame;
use crate::EquilibriumError;
use suasion_model::{ConversationPlan, ConversationRule, Step};

/// The worlds that are still possible, by number, each with its unnormalized weight: its
/// probability times those of all answers so far.
pub(super) type Weighed = Vec<(usize, f64)>;

/// One possible combination of answers.
pub(super) struct Heard {
    /// The answer of every agent.
    pub answers: Vec<usize>,
    /// The weights of the worlds then.
    pub weighed: Weighed,
    /// Every agent's own history then.
    pub histories: Vec<usize>,
}

/// The total weight.
pub(super) fn mass(weighed: &[(usize, f64)]) -> f64 {
    weighed.iter().map(|(_, weight)| weight).sum()
}

impl ConversationGame<'_> {
    /// The worlds of every type, with their probabilities, `[types]`.
    pub(super) fn known(&self) -> Vec<Weighed> {
        let mut known = vec![Weighed::new(); self.instance.types()];
        for (w, world) in self.worlds.iter().enumerate() {
            known[world.user].push((w, world.probability));
        }
        known
    }

    /// The possible combinations of answers to these messages in a round, in increasing order.
    pub(super) fn hear(
        &self,
        rules: &[ConversationRule],
        round: usize,
        histories: &[usize],
        messages: &[usize],
        weighed: &[(usize, f64)],
    ) -> Vec<Heard> {
        let (asked, alphabet) = (self.protocol.user_alphabet(round), self.protocol.agent_alphabet());
        let nothing = Heard { answers: vec![], weighed: weighed.to_vec(), histories: vec![] };
        let mut heard = vec![nothing];
        for (agent, rule) in rules.iter().enumerate() {
            let question = histories[agent] * asked + messages[agent];
            let mut next = Vec::with_capacity(heard.len());
            for before in &heard {
                for answer in 0..alphabet {
                    let likely = |&(w, weight): &(usize, f64)| {
                        let x = self.worlds[w].observations[agent];
                        let weight = weight * rule.answers(&self.protocol, round, x, question)[answer];
                        (weight > 0.0).then_some((w, weight))
                    };
                    let weighed: Weighed = before.weighed.iter().filter_map(likely).collect();
                    if !weighed.is_empty() {
                        let answers = before.answers.iter().copied().chain([answer]).collect();
                        let histories = before.histories.iter().copied().chain([question * alphabet + answer]);
                        next.push(Heard { answers, weighed, histories: histories.collect() });
                    }
                }
            }
            heard = next;
        }
        heard
    }

    /// Calls `visit(action, weights)` for everything that happens under a plan.
    pub(super) fn walk(
        &self,
        rules: &[ConversationRule],
        plan: &ConversationPlan,
        visit: &mut impl FnMut(usize, &[(usize, f64)]),
    ) -> Result<(), EquilibriumError> {
        for (t, weighed) in self.known().into_iter().enumerate().filter(|(_, weighed)| !weighed.is_empty()) {
            let step = Self::begun_by(plan.types.get(t), t)?;
            self.walk_on(rules, step, 0, &vec![0; self.ranges.len()], &weighed, visit)?;
        }
        Ok(())
    }

    fn walk_on(
        &self,
        rules: &[ConversationRule],
        step: &Step,
        round: usize,
        histories: &[usize],
        weighed: &[(usize, f64)],
        visit: &mut impl FnMut(usize, &[(usize, f64)]),
    ) -> Result<(), EquilibriumError> {
        if round == self.protocol.rounds {
            visit(self.acted(step)?, weighed);
            return Ok(());
        }
        for heard in self.hear(rules, round, histories, self.asked(step, round)?, weighed) {
            let next = Self::upon(step, &heard.answers)?;
            self.walk_on(rules, next, round + 1, &heard.histories, &heard.weighed, visit)?;
        }
        Ok(())
    }

    /// The messages of a plan's step in a round.
    pub(super) fn asked<'s>(&self, step: &'s Step, round: usize) -> Result<&'s [usize], EquilibriumError> {
        let Step::Ask { messages, then } = step else {
            let problem = format!("she acts in round {}, expected after the last", round + 1);
            return Err(EquilibriumError::Plan { problem });
        };
        let (agents, alphabet) = (self.agents(), self.protocol.user_alphabet(round));
        let place = round + 1;
        if messages.len() != agents {
            let problem = format!("found {} messages in round {place}, expected {agents}", messages.len());
            return Err(EquilibriumError::Plan { problem });
        }
        if let Some(message) = messages.iter().find(|message| **message >= alphabet) {
            let problem = format!("found the message {message} in round {place}, expected one below {alphabet}");
            return Err(EquilibriumError::Plan { problem });
        }
        if !then.is_sorted_by(|(left, _), (right, _)| left < right) {
            let problem = format!("answers in round {place} are not in increasing order");
            return Err(EquilibriumError::Plan { problem });
        }
        Ok(messages)
    }

    /// The next step of a plan upon the answers of its round.
    pub(super) fn upon<'s>(step: &'s Step, answers: &[usize]) -> Result<&'s Step, EquilibriumError> {
        let Step::Ask { then, .. } = step else {
            return Err(EquilibriumError::Plan { problem: "she acts where she should ask".into() });
        };
        let found = then.binary_search_by(|(other, _)| other.as_slice().cmp(answers));
        found.map(|place| &then[place].1).map_err(|_| {
            let problem = format!("it has no step for the answers {answers:?}, which may occur");
            EquilibriumError::Plan { problem }
        })
    }

    /// The action of a plan's last step.
    pub(super) fn acted(&self, step: &Step) -> Result<usize, EquilibriumError> {
        let actions = self.instance.actions.len();
        match step {
            Step::Act(action) if *action < actions => Ok(*action),
            Step::Act(action) => {
                let problem = format!("found the action {action}, expected one below {actions}");
                Err(EquilibriumError::Plan { problem })
            }
            Step::Ask { .. } => {
                Err(EquilibriumError::Plan { problem: "she asks after the last round, expected an action".into() })
            }
        }
    }

    /// The plan's first step for a type that has mass.
    pub(super) fn begun_by(step: Option<&Option<Step>>, of: usize) -> Result<&Step, EquilibriumError> {
        let missing = || EquilibriumError::Plan { problem: format!("it has no step for type {of}") };
        step.and_then(Option::as_ref).ok_or_else(missing)
    }

    /// Checks that rules belong to this game: one per agent, each of the protocol.
    ///
    /// # Errors
    /// If the number of rules is not the number of agents, or a rule does not fit the protocol: the
    /// first problem.
    pub fn checked(&self, rules: Vec<ConversationRule>) -> Result<Vec<ConversationRule>, EquilibriumError> {
        if rules.len() != self.agents() {
            let (found, expected) = (rules.len() as f64, "one per agent");
            return Err(EquilibriumError::Number { what: "the number of conversation rules", found, expected });
        }
        for (rule, agent) in rules.iter().zip(&self.instance.agents) {
            let refuse = |cause| EquilibriumError::Rule { agent: agent.name.clone(), cause };
            rule.check(&self.protocol, self.observations).map_err(refuse)?;
        }
        Ok(rules)
    }
}
