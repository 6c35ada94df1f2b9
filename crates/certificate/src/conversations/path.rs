//! The exact outcome under conversation rules and the user's plan, and what she could gain by
//! another plan.

use super::kinds::tuples;
use crate::error::{Place, ProofError, check_index};
use crate::game::{TypedGame, times};
use crate::verdict::at_least;
use suasion_exact::Sum;
use suasion_model::{ConversationPlan, ConversationRule, Instance, Objective, Protocol, Situation, Step};

/// The largest number of nodes.
const MOST: usize = 2_000_000;

/// The outcome.
pub(super) struct Path {
    /// Every party's value, the user first.
    pub values: Vec<Sum>,
    /// What the user could gain in total by a best response.
    pub violation: Sum,
}

/// The situations that are possible, by number, with their weights as sums of binary64 numbers.
type Weights = Vec<(usize, Vec<f64>)>;

struct Walk<'a> {
    instance: &'a Instance,
    protocol: &'a Protocol,
    rules: &'a [ConversationRule],
    alike: Vec<Vec<Vec<usize>>>,
    worlds: Vec<Situation>,
    nodes: usize,
    path: Path,
}

/// Walks through everything that may happen. The rules must fit the protocol.
pub(super) fn walk(
    instance: &Instance,
    prior: usize,
    protocol: &Protocol,
    rules: &[ConversationRule],
    plan: &ConversationPlan,
) -> Result<Path, ProofError> {
    // This checks all numbers of the instance.
    TypedGame::new(instance, prior, 0, &Objective::agent(0))?;
    let worlds = instance.situations(prior);
    for &x in worlds.iter().flat_map(|world| &world.observations) {
        check_index(Place::alone("a world"), "signal", x, instance.observations())?;
    }
    if plan.types.len() != instance.types() {
        return Err(ProofError::Length {
            list: "the user's plan",
            found: plan.types.len(),
            expected: instance.types(),
        });
    }
    let alike = rules.iter().map(|rule| rule.alike(protocol, instance.observations())).collect();
    let path = Path { values: vec![Sum::new(); rules.len() + 1], violation: Sum::new() };
    let mut walk = Walk { instance, protocol, rules, alike, worlds, nodes: 0, path };
    for (user, step) in plan.types.iter().enumerate() {
        let here = walk.worlds.iter().enumerate().filter(|(_, world)| world.user == user);
        let weights: Weights = here.map(|(w, world)| (w, vec![world.probability])).collect();
        let place = Place::item("type", user);
        match step {
            Some(step) if !weights.is_empty() => {
                let histories = vec![0; rules.len()];
                walk.follow(0, step, &weights, &histories, place)?;
                let best = walk.best(0, &weights, &histories)?;
                walk.path.violation.add_sum(&best);
            }
            None if weights.is_empty() => {}
            _ => return Err(ProofError::Decisions(place)),
        }
    }
    let user = walk.path.values[0].clone();
    walk.path.violation.subtract_sum(&user);
    Ok(walk.path)
}

impl Walk<'_> {
    fn count(&mut self) -> Result<(), ProofError> {
        self.nodes += 1;
        if self.nodes > MOST {
            return Err(ProofError::TooLarge { what: "nodes of the conversation tree", most: MOST });
        }
        Ok(())
    }

    /// The weights after answers to messages, and the resulting histories; nothing if the answers
    /// cannot happen.
    fn after(
        &self,
        round: usize,
        weights: &Weights,
        histories: &[usize],
        messages: &[usize],
        answers: &[usize],
    ) -> Result<(Weights, Vec<usize>), ProofError> {
        let alphabet = self.protocol.user_alphabet(round);
        let questions: Vec<usize> = histories.iter().zip(messages).map(|(h, m)| h * alphabet + m).collect();
        let mut after = Weights::with_capacity(weights.len());
        for (w, parts) in weights {
            let mut parts = parts.clone();
            for (agent, rule) in self.rules.iter().enumerate() {
                let observation = self.worlds[*w].observations[agent];
                let p = rule.answers(self.protocol, round, observation, questions[agent])[answers[agent]];
                if p == 0.0 {
                    parts.clear();
                    break;
                }
                if p != 1.0 {
                    parts = times(&parts, p)?;
                }
            }
            if !parts.is_empty() {
                after.push((*w, parts));
            }
        }
        let told = questions.iter().zip(answers).map(|(q, s)| q * self.protocol.agent_alphabet() + s).collect();
        Ok((after, told))
    }

    fn answers(&self) -> Result<Vec<Vec<usize>>, ProofError> {
        tuples(&vec![(0..self.protocol.agent_alphabet()).collect(); self.rules.len()])
    }

    fn add(&self, sum: &mut Sum, weights: &Weights, party: usize, action: usize) {
        let utility = match party {
            0 => &self.instance.user.utility,
            agent => &self.instance.agents[agent - 1].utility,
        };
        for (w, parts) in weights {
            for &part in parts {
                sum.add([part, utility[(action, self.worlds[*w].state)]]);
            }
        }
    }

    /// Follows the plan.
    fn follow(
        &mut self,
        round: usize,
        step: &Step,
        weights: &Weights,
        histories: &[usize],
        place: Place,
    ) -> Result<(), ProofError> {
        self.count()?;
        match step {
            Step::Act(action) if round == self.protocol.rounds => {
                check_index(place, "action", *action, self.instance.actions.len())?;
                let mut values = std::mem::take(&mut self.path.values);
                for (party, sum) in values.iter_mut().enumerate() {
                    self.add(sum, weights, party, *action);
                }
                self.path.values = values;
                Ok(())
            }
            Step::Ask { messages, then } if round < self.protocol.rounds => {
                if messages.len() != self.rules.len() {
                    return Err(ProofError::Decisions(place));
                }
                for &message in messages {
                    check_index(place, "message", message, self.protocol.user_alphabet(round))?;
                }
                let mut next = then.iter();
                for answers in self.answers()? {
                    let (after, told) = self.after(round, weights, histories, messages, &answers)?;
                    if after.is_empty() {
                        continue;
                    }
                    match next.next() {
                        Some((found, step)) if *found == answers => {
                            self.follow(round + 1, step, &after, &told, place)?;
                        }
                        _ => return Err(ProofError::Decisions(place)),
                    }
                }
                if next.next().is_some() { Err(ProofError::Decisions(place)) } else { Ok(()) }
            }
            _ => Err(ProofError::Decisions(place)),
        }
    }

    /// The most that the user can get from some point on.
    fn best(&mut self, round: usize, weights: &Weights, histories: &[usize]) -> Result<Sum, ProofError> {
        self.count()?;
        let mut best: Option<Sum> = None;
        let mut enter = |sum: Sum| {
            if best.as_ref().is_none_or(|best| !at_least(best, &sum)) {
                best = Some(sum);
            }
        };
        if round == self.protocol.rounds {
            for action in 0..self.instance.actions.len() {
                let mut sum = Sum::new();
                self.add(&mut sum, weights, 0, action);
                enter(sum);
            }
        } else {
            let alphabet = self.protocol.user_alphabet(round);
            let different = |agent: usize| {
                let alike = &self.alike[agent][round];
                (0..alphabet).filter(|&m| alike[histories[agent] * alphabet + m] == m).collect::<Vec<usize>>()
            };
            let different: Vec<Vec<usize>> = (0..self.rules.len()).map(different).collect();
            for messages in tuples(&different)? {
                let mut total = Sum::new();
                for answers in self.answers()? {
                    let (after, told) = self.after(round, weights, histories, &messages, &answers)?;
                    if !after.is_empty() {
                        total.add_sum(&self.best(round + 1, &after, &told)?);
                    }
                }
                enter(total);
            }
        }
        best.ok_or(ProofError::Empty("actions"))
    }
}
