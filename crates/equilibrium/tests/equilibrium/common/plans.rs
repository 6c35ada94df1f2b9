//! An agent's best conversation rule, by brute force: for every plan of the user, the best rule
//! that makes her prefer it to all others.

use suasion_equilibrium::ConversationGame;
use suasion_lp::{Program, Sense};
use suasion_model::{ConversationRule, Instance, Protocol, Situation};

/// The values of a plan to user and agent, as a function of the agent's final history: `[history *
/// observations + x]`.
#[derive(Clone)]
struct Worth {
    user: Vec<f64>,
    agent: Vec<f64>,
}

struct Plans<'a> {
    instance: &'a Instance,
    protocol: &'a Protocol,
    rules: &'a [ConversationRule],
    agent: usize,
    worlds: Vec<Situation>,
}

impl Plans<'_> {
    /// All plans from a point on. The weights of worlds contain only the other agents' answers.
    fn all(&self, round: usize, weights: &[f64], histories: &[usize]) -> Vec<Worth> {
        let n = self.instance.observations();
        let size = self.protocol.histories(self.protocol.rounds) * n;
        if round == self.protocol.rounds {
            let of_action = |a: usize| {
                let mut worth = Worth { user: vec![0.0; size], agent: vec![0.0; size] };
                for (world, weight) in self.worlds.iter().zip(weights) {
                    let place = histories[self.agent] * n + world.observations[self.agent];
                    worth.user[place] += weight * self.instance.user.utility[(a, world.state)];
                    worth.agent[place] += weight * self.instance.agents[self.agent].utility[(a, world.state)];
                }
                worth
            };
            return (0..self.instance.actions.len()).map(of_action).collect();
        }
        let agents = self.rules.len();
        let (alphabet, answers) = (self.protocol.user_alphabet(round), self.protocol.agent_alphabet());
        let mut plans = vec![];
        for messages in 0..alphabet.pow(agents as u32) {
            let message = |i: usize| messages / alphabet.pow(i as u32) % alphabet;
            let nothing = Worth { user: vec![0.0; size], agent: vec![0.0; size] };
            let mut sums = vec![nothing];
            for answered in 0..answers.pow(agents as u32) {
                let answer = |i: usize| answered / answers.pow(i as u32) % answers;
                let mut after = weights.to_vec();
                let mut told = vec![];
                for i in 0..agents {
                    let question = histories[i] * alphabet + message(i);
                    told.push(question * answers + answer(i));
                    if i != self.agent {
                        for (weight, world) in after.iter_mut().zip(&self.worlds) {
                            let x = world.observations[i];
                            *weight *= self.rules[i].answers(self.protocol, round, x, question)[answer(i)];
                        }
                    }
                }
                if after.iter().all(|weight| *weight == 0.0) {
                    continue;
                }
                let next = self.all(round + 1, &after, &told);
                let add = |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(l, r)| l + r).collect();
                let sum = |l: &Worth, r: &Worth| Worth { user: add(&l.user, &r.user), agent: add(&l.agent, &r.agent) };
                sums = sums
                    .iter()
                    .flat_map(|before| next.iter().map(|then| sum(before, then)).collect::<Vec<_>>())
                    .collect();
            }
            plans.extend(sums);
        }
        plans
    }
}

/// The value of `agent`'s best rule against the other agents' rules.
pub fn best_value(instance: &Instance, protocol: &Protocol, agent: usize, rules: &[ConversationRule]) -> f64 {
    let worlds = instance.situations(0);
    let n = instance.observations();
    let plans = Plans { instance, protocol, rules, agent, worlds };
    let of_type = |t: usize| {
        let weights: Vec<f64> =
            plans.worlds.iter().map(|world| if world.user == t { world.probability } else { 0.0 }).collect();
        plans.all(0, &weights, &vec![0; rules.len()])
    };
    let types: Vec<Vec<Worth>> = (0..instance.types()).map(of_type).collect();
    let mut best = f64::NEG_INFINITY;
    let count: usize = types.iter().map(Vec::len).product();
    for which in 0..count {
        let mut rest = which;
        let chosen: Vec<usize> = types
            .iter()
            .map(|plans| {
                let place = rest % plans.len();
                rest /= plans.len();
                place
            })
            .collect();
        let mut program = Program::new("brute force", Sense::Maximise);
        // The probabilities of answers, by round, history and observation.
        let mut first = vec![0];
        for round in 1..=protocol.rounds {
            let size = protocol.histories(round) * n;
            first.push(first[round - 1] + if round > 1 { protocol.histories(round - 1) * n } else { 0 });
            for place in 0..size {
                let last = round == protocol.rounds;
                let cost = types.iter().zip(&chosen).map(|(plans, &k)| if last { plans[k].agent[place] } else { 0.0 });
                program.add_column(cost.sum(), 0.0, 1.0);
            }
        }
        for round in 0..protocol.rounds {
            let (alphabet, answers) = (protocol.user_alphabet(round), protocol.agent_alphabet());
            for question in 0..protocol.questions(round) {
                for x in 0..n {
                    let said = (0..answers).map(|s| (first[round + 1] + (question * answers + s) * n + x, 1.0));
                    let before = (round > 0).then(|| (first[round] + question / alphabet * n + x, -1.0));
                    let side = if round == 0 { 1.0 } else { 0.0 };
                    program.add_row(side, side, said.chain(before));
                }
            }
        }
        for (plans, &k) in types.iter().zip(&chosen) {
            for other in plans {
                let gain = (0..plans[k].user.len()).map(|place| plans[k].user[place] - other.user[place]);
                let start = first[protocol.rounds];
                let entries = gain.enumerate().filter(|(_, gain)| *gain != 0.0);
                let entries: Vec<(usize, f64)> = entries.map(|(place, gain)| (start + place, gain)).collect();
                if !entries.is_empty() {
                    program.add_row(0.0, f64::INFINITY, entries);
                }
            }
        }
        if let Some(solution) = program.solve_direct().unwrap().optimal() {
            best = best.max(solution.objective);
        }
    }
    best
}

/// The game with these rounds and alphabets.
pub fn conversations<'a>(instance: &'a Instance, protocol: &Protocol) -> ConversationGame<'a> {
    let settings = suasion_persuasion::Settings::default();
    ConversationGame::new(instance, 0, protocol, ConversationGame::MOST_NODES, &settings).unwrap()
}
