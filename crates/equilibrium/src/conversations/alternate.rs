//! A heuristic for a good conversation rule: alternating linear programs.
//!
//! For a fixed plan of the user, the agent's best rule that makes her follow the plan is the
//! optimum of a linear program over its answers. Its rows are generated: wherever the plan is not
//! her best response to the last rule, a row is added for her better response. Then she responds to
//! the new rule, with ties broken in the agent's favor. This repeats as long as the agent gains.
//! The final rule depends on the initial rule, and a better one may exist.

use super::others::{Kind, Others};
use super::{ConversationGame, Ties};
use crate::EquilibriumError;
use std::collections::HashMap;
use suasion_lp::{Error, LpOptions, Model, Sense, Sparse};
use suasion_model::{ConversationPlan, ConversationRule};
use suasion_persuasion::{PersuadeError, make_plausible, solve_limited};

/// Smaller gains do not count, relative to the range of utility.
const GAIN: f64 = 1e-9;
/// What the user may gain by a deviation before a row is added, relative to the range of her
/// utility.
const TEMPTATION: f64 = 2e-9;
/// The largest number of programs in turn, and of rounds of rows in each of them.
const TURNS: usize = 30;
const ROUNDS: usize = 60;
/// The largest number of rows per round.
const ROWS: usize = 200;

/// A conversation rule that a heuristic found.
#[derive(Clone, Debug)]
pub struct HeuristicReply {
    /// The rule.
    pub rule: ConversationRule,
    /// The user's best response to it and to the other rules; ties are broken in the agent's favor.
    pub plan: ConversationPlan,
    /// The agent's value.
    pub value: f64,
}

/// A decision of an extended type with a history: a question (message to the agent, choice), or an
/// action.
type Decision = (usize, usize);

/// The user's best response to everything that she may observe, `[extended types][histories]`.
struct Response {
    decisions: Vec<Vec<Decision>>,
    /// Her value from there on.
    values: Vec<Vec<f64>>,
}

/// The points where the plan is not optimal, with her gain there.
struct Temptation {
    gain: f64,
    kind: usize,
    history: usize,
}

struct Alternation<'a, 'b> {
    game: &'b ConversationGame<'a>,
    others: Others,
    agent: usize,
    /// The observations with mass.
    observations: Vec<usize>,
    /// The probability of the agent's answers so far, `[round][history * observations + x]`; the
    /// first entry is before any round.
    said: Vec<Vec<f64>>,
}

fn failed(error: Error) -> EquilibriumError {
    PersuadeError::from(error).into()
}

impl ConversationGame<'_> {
    /// A good rule of the agent against the other agents' rules, found by alternating linear
    /// programs from its current rule: a heuristic. It is never worse than the current rule. If a
    /// limit of the settings stops the computation, the result is the best rule found so far.
    ///
    /// # Errors
    /// If the solver fails.
    ///
    /// # Panics
    /// If there is no such agent, or the rules do not belong to this game
    /// ([`ConversationGame::checked`]).
    pub fn reply_by_search(
        &self,
        agent: usize,
        rules: &[ConversationRule],
    ) -> Result<HeuristicReply, EquilibriumError> {
        // No solver made the user indifferent to this rule. A near tie at an answer that is almost
        // never given is not a tie.
        let (plan, worth) = self.respond(rules, Ties::For(agent));
        let mut best = HeuristicReply { rule: rules[agent].clone(), plan, value: worth.agents[agent] };
        let mut rules = rules.to_vec();
        let mut alternation = Alternation::new(self, agent, &rules);
        for _ in 0..TURNS {
            let plan = alternation.respond();
            match alternation.improve(&plan) {
                Ok(()) => {}
                // The rule found so far is valid, too.
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(_))) => break,
                Err(other) => return Err(other),
            }
            rules[agent] = alternation.rule();
            let (plan, worth) = self.respond_closely(&rules, Ties::For(agent));
            let gain = worth.agents[agent] - best.value;
            if gain > 0.0 {
                best = HeuristicReply { rule: rules[agent].clone(), plan, value: worth.agents[agent] };
            }
            if gain <= GAIN * self.ranges[agent] {
                break;
            }
            alternation.said = alternation.realised(&rules[agent]);
        }
        Ok(best)
    }
}

impl<'a, 'b> Alternation<'a, 'b> {
    fn new(game: &'b ConversationGame<'a>, agent: usize, rules: &[ConversationRule]) -> Self {
        let mut observations: Vec<usize> = game.worlds.iter().map(|world| world.observations[agent]).collect();
        observations.sort_unstable();
        observations.dedup();
        let others = Others::new(game, agent, rules);
        let mut alternation = Self { game, others, agent, observations, said: vec![] };
        alternation.said = alternation.realised(&rules[agent]);
        alternation
    }

    /// The probabilities of answers under a rule.
    fn realised(&self, rule: &ConversationRule) -> Vec<Vec<f64>> {
        let (protocol, n) = (&self.game.protocol, self.game.observations);
        let answers = protocol.agent_alphabet();
        let mut said = vec![vec![0.0; n]];
        for &x in &self.observations {
            said[0][x] = 1.0;
        }
        for round in 0..protocol.rounds {
            let alphabet = protocol.user_alphabet(round);
            let mut next = vec![0.0; protocol.histories(round + 1) * n];
            for question in 0..protocol.questions(round) {
                for &x in &self.observations {
                    let before = said[round][question / alphabet * n + x];
                    for (s, p) in rule.answers(protocol, round, x, question).iter().enumerate() {
                        next[(question * answers + s) * n + x] = before * p;
                    }
                }
            }
            said.push(next);
        }
        said
    }

    /// The rule that belongs to these probabilities of answers.
    fn rule(&self) -> ConversationRule {
        let (protocol, n) = (&self.game.protocol, self.game.observations);
        let answers = protocol.agent_alphabet();
        let mut rule = ConversationRule::silence(protocol, n);
        for round in 0..protocol.rounds {
            let questions = protocol.questions(round);
            for question in 0..questions {
                for &x in &self.observations {
                    let row = &mut rule.rounds[round][(x * questions + question) * answers..][..answers];
                    for (s, p) in row.iter_mut().enumerate() {
                        *p = self.said[round + 1][(question * answers + s) * n + x].max(0.0);
                    }
                    make_plausible(row);
                }
            }
        }
        rule
    }

    /// The user's best response. Ties are broken in the agent's favor. For answers that are never
    /// given, see `imagined`.
    fn respond(&self) -> Response {
        let histories = |kind: &Kind| self.game.protocol.histories(kind.round);
        let mut response = Response {
            decisions: self.others.kinds.iter().map(|kind| vec![(0, 0); histories(kind)]).collect(),
            values: self.others.kinds.iter().map(|kind| vec![0.0; histories(kind)]).collect(),
        };
        for &root in &self.others.roots {
            self.best(root, 0, &mut response);
        }
        response
    }

    /// The values to an extended type with a history, by its best decisions, and to the agent.
    fn best(&self, kind: usize, history: usize, response: &mut Response) -> (f64, f64) {
        let (n, protocol) = (self.game.observations, &self.game.protocol);
        let round = self.others.kinds[kind].round;
        let here = &self.said[round][history * n..(history + 1) * n];
        let heard = here.iter().any(|p| *p > 0.0);
        let tied = super::respond::CLOSELY_TIED * self.game.user_range;
        let mut best = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let mut decision = (0, 0);
        let mut enter = |value: (f64, f64), which: Decision| {
            if value.0 > best.0 + tied || (value.0 >= best.0 - tied && value.1 > best.1 + tied) {
                best = value;
                decision = which;
            }
        };
        let found = &self.others.kinds[kind];
        if round == protocol.rounds && !heard {
            decision = (0, self.imagined(found, history));
        } else if round == protocol.rounds {
            let sum = |table: &[f64]| table.iter().zip(here).map(|(u, p)| u * p).sum::<f64>();
            for (a, (user, agent)) in found.user.chunks(n).zip(found.agent.chunks(n)).enumerate() {
                enter((sum(user), sum(agent)), (0, a));
            }
        } else {
            let (alphabet, answers) = (protocol.user_alphabet(round), protocol.agent_alphabet());
            // If all messages to the agent have the same value, she reports what she knows: it
            // costs nothing, and may help (Myerson 1986).
            let told = found.news.min(alphabet - 1);
            for message in std::iter::once(told).chain((0..alphabet).filter(|&m| m != told)) {
                for (choice, asked) in found.choices.iter().enumerate() {
                    let mut total = (0.0, 0.0);
                    for &next in &asked.next {
                        for answer in 0..answers {
                            let told = (history * alphabet + message) * answers + answer;
                            let value = self.best(next, told, response);
                            total = (total.0 + value.0, total.1 + value.1);
                        }
                    }
                    enter(total, (message, choice));
                }
            }
        }
        let value = if heard { best } else { (0.0, 0.0) };
        response.decisions[kind][history] = decision;
        response.values[kind][history] = value.0;
        value
    }

    /// Her response to an answer that is never given: a decision that is best for her under some
    /// belief. The agent may choose this belief; the last answer of this kind stands for the
    /// agent's favorite.
    fn imagined(&self, kind: &Kind, history: usize) -> usize {
        let n = self.game.observations;
        let mut likes: Vec<(f64, usize)> = Vec::new();
        let mut imagine = |belief: &[(usize, f64)]| {
            let worth = |table: &[f64]| belief.iter().map(|&(x, weight)| weight * table[x]).sum::<f64>();
            let values = kind.user.chunks(n).map(worth);
            let best = values.enumerate().max_by(|l, r| l.1.total_cmp(&r.1).then(r.0.cmp(&l.0)));
            let Some((action, _)) = best else { return };
            if likes.iter().all(|(_, known)| *known != action) {
                likes.push((kind.agent[action * n..(action + 1) * n].iter().sum(), action));
            }
        };
        let all: Vec<(usize, f64)> = self.observations.iter().map(|&x| (x, 1.0)).collect();
        imagine(&all);
        for (i, &x) in self.observations.iter().enumerate() {
            imagine(&[(x, 1.0)]);
            for &other in &self.observations[..i] {
                for weight in [0.25, 0.5, 2.0, 4.0] {
                    imagine(&[(x, 1.0), (other, weight)]);
                }
            }
        }
        likes.sort_by(|l, r| r.0.total_cmp(&l.0).then(l.1.cmp(&r.1)));
        let answers = self.game.protocol.agent_alphabet();
        likes[(answers - 1 - history % answers) % likes.len()].1
    }

    /// The column of an answer in a round.
    fn column(&self, round: usize, history: usize, x: usize) -> usize {
        let before: usize = (1..round).map(|round| self.game.protocol.histories(round)).sum();
        (before + history) * self.game.observations + x
    }

    /// Adds the value of a plan from a point on, as a function of the answers: coefficients by
    /// column, times a factor.
    fn collect(
        &self,
        (kind, history): (usize, usize),
        plan: &Response,
        to_user: bool,
        factor: f64,
        sums: &mut HashMap<usize, f64>,
    ) {
        let (n, protocol) = (self.game.observations, &self.game.protocol);
        let found = &self.others.kinds[kind];
        let (message, choice) = plan.decisions[kind][history];
        if found.round == protocol.rounds {
            let table = if to_user { &found.user } else { &found.agent };
            for &x in &self.observations {
                let worth = table[choice * n + x];
                if worth != 0.0 {
                    *sums.entry(self.column(found.round, history, x)).or_default() += factor * worth;
                }
            }
            return;
        }
        let (alphabet, answers) = (protocol.user_alphabet(found.round), protocol.agent_alphabet());
        for &next in &found.choices[choice].next {
            for answer in 0..answers {
                let told = (history * alphabet + message) * answers + answer;
                self.collect((next, told), plan, to_user, factor, sums);
            }
        }
    }

    /// The user's value if she follows the plan from a point on, and all later points at which she
    /// has a better response.
    fn followed(
        &self,
        (kind, history): (usize, usize),
        plan: &Response,
        best: &Response,
        tempted: &mut Vec<Temptation>,
    ) -> f64 {
        let (n, protocol) = (self.game.observations, &self.game.protocol);
        let found = &self.others.kinds[kind];
        let (message, choice) = plan.decisions[kind][history];
        let value = if found.round == protocol.rounds {
            let here = &self.said[found.round][history * n..(history + 1) * n];
            found.user[choice * n..(choice + 1) * n].iter().zip(here).map(|(u, p)| u * p).sum()
        } else {
            let (alphabet, answers) = (protocol.user_alphabet(found.round), protocol.agent_alphabet());
            let mut total = 0.0;
            for &next in &found.choices[choice].next {
                for answer in 0..answers {
                    let told = (history * alphabet + message) * answers + answer;
                    total += self.followed((next, told), plan, best, tempted);
                }
            }
            total
        };
        let gain = best.values[kind][history] - value;
        if gain > TEMPTATION * self.game.user_range {
            tempted.push(Temptation { gain, kind, history });
        }
        value
    }

    /// The agent's best answers while the user follows the plan.
    fn improve(&mut self, plan: &Response) -> Result<(), EquilibriumError> {
        let mut model = self.model(plan)?;
        for _ in 0..ROUNDS {
            if solve_limited(&mut model, &self.game.settings)?.is_none() {
                // The plan responds to a feasible rule, but rounding may make it look infeasible.
                return Ok(());
            }
            let point = model.primal().map_err(failed)?;
            for round in 1..=self.game.protocol.rounds {
                for history in 0..self.game.protocol.histories(round) {
                    for &x in &self.observations {
                        let p = point[self.column(round, history, x)];
                        self.said[round][history * self.game.observations + x] = p.max(0.0);
                    }
                }
            }
            let best = self.respond();
            let mut tempted = vec![];
            for &root in &self.others.roots {
                self.followed((root, 0), plan, &best, &mut tempted);
            }
            if tempted.is_empty() {
                return Ok(());
            }
            tempted.sort_by(|l, r| r.gain.total_cmp(&l.gain).then((l.kind, l.history).cmp(&(r.kind, r.history))));
            tempted.truncate(ROWS);
            let mut entries = Sparse::new();
            for Temptation { kind, history, .. } in &tempted {
                let mut sums = HashMap::new();
                self.collect((*kind, *history), plan, true, 1.0, &mut sums);
                self.collect((*kind, *history), &best, true, -1.0, &mut sums);
                let largest = sums.values().fold(0.0, |most: f64, value| most.max(value.abs()));
                let mut row: Vec<(usize, f64)> =
                    sums.into_iter().map(|(column, value)| (column, value / largest)).collect();
                row.retain(|(_, value)| value.abs() > 1e-14);
                row.sort_unstable_by_key(|(column, _)| *column);
                entries.add(row);
            }
            let rows = entries.len();
            model.add_rows(&vec![0.0; rows], &vec![f64::INFINITY; rows], &entries).map_err(failed)?;
        }
        Ok(())
    }

    /// The program of the agent's answers; the objective is the agent's value under the plan.
    fn model(&self, plan: &Response) -> Result<Model, EquilibriumError> {
        let (protocol, n) = (&self.game.protocol, self.game.observations);
        let options = LpOptions {
            primal_tolerance: 1e-9,
            dual_tolerance: 1e-9,
            interrupt: Some(self.game.settings.interrupt.clone()),
            ..LpOptions::default()
        };
        let mut model = Model::new("conversation rule for a plan", Sense::Maximise, options).map_err(failed)?;
        let mut worth = HashMap::new();
        for &root in &self.others.roots {
            self.collect((root, 0), plan, false, 1.0 / self.game.ranges[self.agent], &mut worth);
        }
        let columns = self.column(protocol.rounds, protocol.histories(protocol.rounds) - 1, n - 1) + 1;
        let costs: Vec<f64> = (0..columns).map(|column| worth.get(&column).copied().unwrap_or(0.0)).collect();
        model.add_columns(&costs, &vec![0.0; columns], &vec![1.0; columns], &Sparse::empty(columns)).map_err(failed)?;
        let (mut sides, mut entries) = (vec![], Sparse::new());
        for round in 0..protocol.rounds {
            let (alphabet, answers) = (protocol.user_alphabet(round), protocol.agent_alphabet());
            for question in 0..protocol.questions(round) {
                for &x in &self.observations {
                    let said = (0..answers).map(|s| (self.column(round + 1, question * answers + s, x), 1.0));
                    let before = (round > 0).then(|| (self.column(round, question / alphabet, x), -1.0));
                    entries.add(said.chain(before));
                    sides.push(if round == 0 { 1.0 } else { 0.0 });
                }
            }
        }
        model.add_rows(&sides, &sides, &entries).map_err(failed)?;
        Ok(model)
    }
}
