//! The extended types that an agent faces: the user's type with her conversations with the other
//! agents. In floating point, for large trees.

use super::ConversationGame;
use suasion_model::ConversationRule;

/// An extended type: the user's type, and her conversations with the other agents so far.
pub(super) struct Kind {
    pub round: usize,
    /// What she knows and has not yet reported to the agent, as a number: her type, or which
    /// answers she received.
    pub news: usize,
    /// What she may ask the other agents next; empty after the last round.
    pub choices: Vec<Choice>,
    /// After the last round, the values of actions times probabilities, `[actions * observations]`,
    /// to the user and to the agent.
    pub user: Vec<f64>,
    pub agent: Vec<f64>,
}

/// What an extended type may ask the other agents, and the extended types that may follow.
pub(super) struct Choice {
    pub next: Vec<usize>,
}

/// All extended types that an agent may face.
pub(super) struct Others {
    pub kinds: Vec<Kind>,
    /// The extended types before the first message, one for each type with mass.
    pub roots: Vec<usize>,
}

struct Builder<'a, 'b> {
    game: &'b ConversationGame<'a>,
    agent: usize,
    /// The other agents: their numbers, their rules, and which messages they answer alike.
    others: Vec<(usize, &'b ConversationRule, Vec<Vec<usize>>)>,
    kinds: Vec<Kind>,
}

impl Others {
    /// The extended types that `agent` faces when the other agents answer by these rules.
    pub(super) fn new(game: &ConversationGame<'_>, agent: usize, rules: &[ConversationRule]) -> Self {
        let others = (0..rules.len())
            .filter(|&other| other != agent)
            .map(|other| (other, &rules[other], rules[other].alike(&game.protocol, game.observations)))
            .collect();
        let mut builder = Builder { game, agent, others, kinds: vec![] };
        let mut roots = vec![];
        for user in 0..game.instance.types() {
            let weights: Vec<f64> =
                game.worlds.iter().map(|world| if world.user == user { world.probability } else { 0.0 }).collect();
            if weights.iter().any(|w| *w > 0.0) {
                let histories = vec![0; builder.others.len()];
                roots.push(builder.add((0, roots.len()), &weights, &histories));
            }
        }
        Self { kinds: builder.kinds, roots }
    }
}

impl Builder<'_, '_> {
    fn add(&mut self, (round, news): (usize, usize), weights: &[f64], histories: &[usize]) -> usize {
        let place = self.kinds.len();
        self.kinds.push(Kind { round, news, choices: vec![], user: vec![], agent: vec![] });
        if round == self.game.protocol.rounds {
            let utilities = [&self.game.instance.user.utility, &self.game.instance.agents[self.agent].utility];
            let [user, agent] = utilities.map(|utility| {
                let mut folded = vec![0.0; utility.rows() * self.game.observations];
                for (world, &weight) in self.game.worlds.iter().zip(weights) {
                    let x = world.observations[self.agent];
                    for a in 0..utility.rows() {
                        folded[a * self.game.observations + x] += weight * utility[(a, world.state)];
                    }
                }
                folded
            });
            (self.kinds[place].user, self.kinds[place].agent) = (user, agent);
            return place;
        }
        let alphabet = self.game.protocol.user_alphabet(round);
        let different: Vec<Vec<usize>> = self
            .others
            .iter()
            .zip(histories)
            .map(|((_, _, alike), h)| (0..alphabet).filter(|m| alike[round][h * alphabet + m] == *m).collect())
            .collect();
        let answers = vec![(0..self.game.protocol.agent_alphabet()).collect::<Vec<usize>>(); self.others.len()];
        let combinations = answers[..].iter().map(Vec::len).fold(1, usize::saturating_mul);
        for messages in tuples(&different) {
            let questions: Vec<usize> = histories.iter().zip(&messages).map(|(h, m)| h * alphabet + m).collect();
            let mut next = vec![];
            for answered in tuples(&answers) {
                let mut after = weights.to_vec();
                for (weight, world) in after.iter_mut().zip(&self.game.worlds).filter(|(weight, _)| **weight > 0.0) {
                    for (j, (other, rule, _)) in self.others.iter().enumerate() {
                        let x = world.observations[*other];
                        *weight *= rule.answers(&self.game.protocol, round, x, questions[j])[answered[j]];
                    }
                }
                if after.iter().any(|weight| *weight > 0.0) {
                    let told = questions.iter().zip(&answered).map(|(q, s)| q * answers[0].len() + s);
                    let told: Vec<usize> = told.collect();
                    // If she could not report anything before, her earlier information is still
                    // unreported.
                    let before = if alphabet > 1 { 0 } else { news };
                    let news = before.saturating_mul(combinations).saturating_add(next.len());
                    next.push(self.add((round + 1, news), &after, &told));
                }
            }
            self.kinds[place].choices.push(Choice { next });
        }
        place
    }
}

/// All tuples with one element of each list; the last element changes fastest. Without lists, the
/// only tuple is the empty one.
fn tuples(lists: &[Vec<usize>]) -> Vec<Vec<usize>> {
    lists.iter().fold(vec![vec![]], |tuples, list| {
        let longer = |tuple: &Vec<usize>| {
            let tuple = tuple.clone();
            list.iter().map(move |&next| [&tuple[..], &[next]].concat()).collect::<Vec<_>>()
        };
        tuples.iter().flat_map(longer).collect()
    })
}
