//! The extended types that an agent faces in conversations of many rounds: the user's type with her
//! conversations with the other agents.

use crate::error::{Place, ProofError, check_index};
use crate::game::{Cell, TypedGame, times};
use suasion_model::{ConversationRule, Instance, Objective, Protocol, Situation};

/// The largest number of extended types.
const MOST: usize = 200_000;

/// An extended type: the user's type, and her conversations with the other agents so far, as far as
/// they can happen.
pub(crate) struct Kind {
    /// Her type.
    pub user: usize,
    /// The other agents' answers in every round so far, `[rounds][other agents]`. The user's own
    /// messages are not part of it. Extended types that differ only in messages exclude each other:
    /// a plan contains one of them for each type and each sequence of answers.
    pub heard: Vec<Vec<usize>>,
    /// What has mass: the agent's observation, and a part of the joint probability of the
    /// observation, a state, and the other agents' answers.
    pub cells: Vec<(usize, Cell)>,
    /// What she may ask the other agents next; empty after the last round. Messages to one agent
    /// that always get the same answers count as one.
    pub choices: Vec<Choice>,
}

/// What an extended type may ask the other agents.
pub(crate) struct Choice {
    /// The extended types that may follow their answers.
    pub next: Vec<usize>,
}

/// All extended types that an agent may face, ordered by round.
pub(crate) struct Kinds {
    pub all: Vec<Kind>,
    /// The extended types before the first message, one for each type with mass.
    pub roots: Vec<usize>,
}

/// A world with its weight after some answers: its number among the situations, and the weight as a
/// sum of binary64 numbers.
type Weights = Vec<(usize, Vec<f64>)>;

struct Builder<'a> {
    protocol: &'a Protocol,
    agent: usize,
    worlds: Vec<Situation>,
    rules: Vec<(usize, &'a ConversationRule, Vec<Vec<usize>>)>,
    all: Vec<Kind>,
}

impl Kinds {
    /// The extended types that `agent` faces when the other agents answer by these rules, which
    /// must fit the protocol.
    pub(crate) fn new(
        instance: &Instance,
        prior: usize,
        protocol: &Protocol,
        agent: usize,
        rules: &[ConversationRule],
    ) -> Result<Self, ProofError> {
        // This checks all numbers of the instance.
        TypedGame::new(instance, prior, agent, &Objective::agent(agent))?;
        let others = (0..rules.len()).filter(|&other| other != agent);
        let observations = instance.observations();
        let rules = others.map(|other| (other, &rules[other], rules[other].alike(protocol, observations))).collect();
        let worlds = instance.situations(prior);
        for &x in worlds.iter().flat_map(|world| &world.observations) {
            check_index(Place::alone("a world"), "signal", x, observations)?;
        }
        let mut builder = Builder { protocol, agent, worlds, rules, all: Vec::new() };
        let mut level = Vec::new();
        for user in 0..instance.types() {
            let here = builder.worlds.iter().enumerate().filter(|(_, world)| world.user == user);
            let weights: Weights = here.map(|(w, world)| (w, vec![world.probability])).collect();
            if !weights.is_empty() {
                let histories = vec![0; builder.rules.len()];
                level.push((builder.add(user, vec![], &weights)?, weights, histories));
            }
        }
        let roots = level.iter().map(|(kind, _, _)| *kind).collect();
        for round in 0..protocol.rounds {
            let mut next = Vec::new();
            for (kind, weights, histories) in level {
                builder.ask(round, kind, &weights, &histories, &mut next)?;
            }
            level = next;
        }
        Ok(Self { all: builder.all, roots })
    }
}

impl Builder<'_> {
    fn add(&mut self, user: usize, heard: Vec<Vec<usize>>, weights: &Weights) -> Result<usize, ProofError> {
        if self.all.len() >= MOST {
            return Err(ProofError::TooLarge { what: "extended types that an agent faces", most: MOST });
        }
        let cell = |(w, parts): &(usize, Vec<f64>)| {
            let world = &self.worlds[*w];
            let observation = world.observations[self.agent];
            let cells = parts.iter().map(|&mass| (observation, Cell { mass, state: world.state }));
            cells.collect::<Vec<_>>()
        };
        let cells = weights.iter().flat_map(cell).collect();
        self.all.push(Kind { user, heard, cells, choices: vec![] });
        Ok(self.all.len() - 1)
    }

    /// All choices that an extended type has in a round, with the extended types that may follow.
    fn ask(
        &mut self,
        round: usize,
        kind: usize,
        weights: &Weights,
        histories: &[usize],
        level: &mut Vec<(usize, Weights, Vec<usize>)>,
    ) -> Result<(), ProofError> {
        let alphabet = self.protocol.user_alphabet(round);
        let different = |j: usize| {
            let alike = &self.rules[j].2[round];
            (0..alphabet).filter(|&m| alike[histories[j] * alphabet + m] == m).collect::<Vec<usize>>()
        };
        let different: Vec<Vec<usize>> = (0..self.rules.len()).map(different).collect();
        for messages in tuples(&different)? {
            let mut next = Vec::new();
            let answers: Vec<Vec<usize>> = vec![(0..self.protocol.agent_alphabet()).collect(); self.rules.len()];
            for answered in tuples(&answers)? {
                let mut after = Weights::new();
                for (w, parts) in weights {
                    let mut parts = parts.clone();
                    for (j, (other, rule, _)) in self.rules.iter().enumerate() {
                        let question = histories[j] * alphabet + messages[j];
                        let observation = self.worlds[*w].observations[*other];
                        let p = rule.answers(self.protocol, round, observation, question)[answered[j]];
                        parts = if p == 0.0 { vec![] } else { times(&parts, p)? };
                    }
                    if !parts.is_empty() {
                        after.push((*w, parts));
                    }
                }
                if after.is_empty() {
                    continue;
                }
                let mut heard = self.all[kind].heard.clone();
                heard.push(answered.clone());
                let user = self.all[kind].user;
                let place = self.add(user, heard, &after)?;
                next.push(place);
                let told =
                    |j: usize| (histories[j] * alphabet + messages[j]) * self.protocol.agent_alphabet() + answered[j];
                level.push((place, after, (0..self.rules.len()).map(told).collect()));
            }
            self.all[kind].choices.push(Choice { next });
        }
        Ok(())
    }
}

/// All tuples with one element of each list; the last element changes fastest. Without lists, the
/// only tuple is the empty one. An error if there are too many for memory.
pub(crate) fn tuples(lists: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, ProofError> {
    const MOST: usize = 1_000_000;
    if lists.iter().map(Vec::len).fold(1, usize::saturating_mul) > MOST {
        return Err(ProofError::TooLarge { what: "combinations of messages or answers in a round", most: MOST });
    }
    Ok(lists.iter().fold(vec![vec![]], |tuples, list| {
        let longer = |tuple: &Vec<usize>| {
            let tuple = tuple.clone();
            list.iter()
                .map(move |&next| tuple.iter().copied().chain([next]).collect::<Vec<usize>>())
                .collect::<Vec<_>>()
        };
        tuples.iter().flat_map(longer).collect()
    }))
}
