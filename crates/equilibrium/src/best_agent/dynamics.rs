//! Best-response dynamics: agents take turns to bid for the user.
//!
//! *Rule.* The user accepts the offer with the highest value to her (in a tie, the one accepted
//! before). An agent whose turn it is considers the best of the other agents' offers, which gives
//! the user `v`. It can win and get `V_i(v + increment)`, from a slightly higher point of its
//! frontier, or leave the user to that offer. It moves if that gives it more than the accepted
//! offer. A bid is a look-up on a frontier, not a program. *Ends:* the dynamics end if nobody moves
//! for a whole round, if a profile occurs again (a cycle; not detected in random order), or at the
//! limit of rounds.

use super::{BestAgentGame, FrontierOf};
use crate::EquilibriumError;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;
use suasion_certificate::{Offer, ProfileProof, Reply};
use suasion_model::{Level, LeveledGame, Objective};
use suasion_persuasion::{SchemeOf, Sender, scheme_at};

/// The order in which agents move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One after another, in the order of the instance.
    RoundRobin,
    /// One after another, in a new random order every round.
    Random,
    /// All at once, each answering the last profile.
    Simultaneous,
}

/// The initial offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Each agent's offer if it were a monopolist.
    Monopoly,
    /// No information.
    Uninformative,
    /// Full information: all that the agent observes.
    Full,
    /// Random points of their frontiers, uniform in the user's value.
    Random,
}

/// The settings of a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dynamics {
    /// The order in which agents move.
    pub order: Order,
    /// The initial offers.
    pub start: Start,
    /// How much a bid exceeds the best of the other offers, in the unit of the user's utility;
    /// above 0.
    pub increment: f64,
    /// The limit of rounds.
    pub rounds: usize,
    /// The seed of random orders and starts.
    pub seed: u64,
    /// Whether to keep every move.
    pub trace: bool,
}

impl Default for Dynamics {
    fn default() -> Self {
        Self {
            order: Order::RoundRobin,
            start: Start::Monopoly,
            increment: 1e-3,
            rounds: 10_000,
            seed: 0,
            trace: false,
        }
    }
}

/// Why a simulation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nobody wants to move.
    Converged,
    /// The profile is the same as this many rounds before.
    Cycle {
        /// The number of rounds.
        length: usize,
    },
    /// The limit of rounds was reached.
    Limit,
}

/// A move, and the offer that is accepted after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The round, from 1.
    pub round: usize,
    /// Who moved.
    pub agent: usize,
    /// The user's value of the new offer.
    pub bid: f64,
    /// The agent whose offer is then accepted.
    pub accepted: usize,
    /// The user's value of the accepted offer.
    pub user_value: f64,
    /// The agents' values, `[agents]`.
    pub agent_values: Vec<f64>,
}

/// An offer as a point on its agent's frontier, or beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bid {
    /// On the frontier, at this user value.
    Frontier(f64),
    /// No information.
    None,
    /// All that the agent observes.
    Full,
}

/// An offer with its values.
#[derive(Clone, Debug)]
struct Valued {
    bid: Bid,
    user: f64,
    agents: Vec<f64>,
}

/// The result of a simulation.
#[derive(Clone, Debug)]
pub struct Run {
    /// Why it ended.
    pub ended: Ended,
    /// The number of rounds.
    pub rounds: usize,
    /// The number of moves.
    pub moves: usize,
    /// The agent whose offer is accepted in the end.
    pub accepted: usize,
    /// The user's value.
    pub user_value: f64,
    /// The agents' values, `[agents]`.
    pub agent_values: Vec<f64>,
    /// The most that each agent could still gain by another offer, according to its frontier,
    /// `[agents]`.
    pub regrets: Vec<f64>,
    /// The moves, if the settings ask for them.
    pub trace: Vec<Move>,
    offers: Vec<Valued>,
}

/// Everyone's values at the vertices of every frontier. Dynamics need nothing else, for any way to
/// communicate.
pub struct Payoffs<'g, S: Sender> {
    prior: usize,
    /// The difference in user value that breaks a tie between offers.
    step: f64,
    /// What to add to values to return to the original game: for the user, and for each agent.
    taken: (Level, Vec<Level>),
    /// How each agent communicates; a single sender if agents share their information.
    senders: &'g [S],
    /// Each agent's frontier: its value against the user's value, `[agents]`.
    frontiers: Vec<FrontierOf<S>>,
    /// For each agent and each vertex of its frontier, all agents' values.
    vertices: Vec<Vec<Vec<f64>>>,
    /// For each agent: the user's value and all agents' values if it offers no information.
    none: Vec<(f64, Vec<f64>)>,
    /// The same if it offers full information. The user then takes her best action; ties are broken
    /// in the agent's favor.
    full: Vec<(f64, Vec<f64>)>,
    /// The smallest difference in an agent's value that matters, `[agents]`.
    noise: Vec<f64>,
}

/// Relative to an agent's stake: smaller gains are rounding errors.
const NOISE: f64 = 1e-9;
/// Relative to the user's stake: offers closer than this tie, and the same difference breaks a tie.
const LEAD: f64 = 1e-12;

impl<S: Sender> BestAgentGame<'_, S> {
    /// Everyone's values at the vertices of every frontier, all of which are computed here.
    /// Simulations share them.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings stops the computation.
    pub fn payoffs(&self) -> Result<Payoffs<'_, S>, EquilibriumError> {
        let frontiers = self.complete()?.frontiers;
        Ok(Payoffs::new(&self.level, self.prior, &self.senders, frontiers))
    }
}

impl<'g, S: Sender> Payoffs<'g, S> {
    /// `senders` has one entry for all agents, or one for each.
    pub(super) fn new(level: &LeveledGame<'_>, prior: usize, senders: &'g [S], frontiers: Vec<FrontierOf<S>>) -> Self {
        let sender_of = |agent: usize| &senders[if senders.len() == 1 { 0 } else { agent }];
        let vertices = frontiers.par_iter().enumerate().map(|(agent, frontier)| {
            let values = |scheme: &SchemeOf<S>| sender_of(agent).values(scheme).agents;
            frontier.vertices.iter().map(|vertex| values(&vertex.scheme)).collect::<Vec<_>>()
        });
        let vertices = vertices.collect();
        let none = (0..frontiers.len()).map(|agent| {
            let sender = sender_of(agent);
            let values = sender.values(&sender.no_information());
            (values.user, values.agents)
        });
        let full = (0..frontiers.len()).map(|agent| {
            let sender = sender_of(agent);
            (sender.most(), sender.values(&sender.full_information(&Objective::agent(agent))).agents)
        });
        let (none, full): (Vec<(f64, Vec<f64>)>, Vec<(f64, Vec<f64>)>) = (none.collect(), full.collect());
        let largest = none.iter().chain(&full).map(|(user, _)| user.abs()).fold(0.0, f64::max);
        Self {
            prior,
            // Values have a limited number of digits.
            step: LEAD * level.user_unit() + 8.0 * f64::EPSILON * largest,
            taken: (level.user(), (0..frontiers.len()).map(|agent| level.agent(agent)).collect()),
            senders,
            vertices,
            none,
            full,
            noise: level.agent_units().iter().map(|unit| NOISE * unit).collect(),
            frontiers,
        }
    }

    fn sender(&self, agent: usize) -> &'g S {
        &self.senders[if self.senders.len() == 1 { 0 } else { agent }]
    }

    fn agents(&self) -> usize {
        self.frontiers.len()
    }

    /// An offer on an agent's frontier with a user value of at least `user_value`.
    fn offer(&self, agent: usize, user_value: f64) -> Valued {
        let frontier = &self.frontiers[agent];
        let (right, share) = (frontier.right(user_value), frontier.share(user_value));
        let at = |vertex: usize| (frontier.vertices[vertex].user_value, &self.vertices[agent][vertex]);
        let (user, agents) = at(right);
        // Several schemes may be equal to full information. The one with a proof is used: a scheme
        // that is a rounding short of full information could be outbid in exact arithmetic. A
        // monopolist's frontier does not extend so far.
        let last = share == 1.0 && right + 1 == frontier.vertices.len();
        if self.agents() > 1 && (last || user_value >= self.most(agent) - self.step) {
            return self.full(agent);
        }
        if share == 1.0 {
            return Valued { bid: Bid::Frontier(user), user, agents: agents.clone() };
        }
        let (_, left) = at(right - 1);
        let agents = left.iter().zip(agents).map(|(l, r)| (1.0 - share) * l + share * r).collect();
        Valued { bid: Bid::Frontier(user_value), user: user_value, agents }
    }

    fn uninformative(&self, agent: usize) -> Valued {
        let (user, agents) = self.none[agent].clone();
        Valued { bid: Bid::None, user, agents }
    }

    fn full(&self, agent: usize) -> Valued {
        let (user, agents) = self.full[agent].clone();
        Valued { bid: Bid::Full, user, agents }
    }

    /// The most that an agent can give the user.
    fn most(&self, agent: usize) -> f64 {
        self.full[agent].0
    }

    /// Simulates once. The seed and `stream`, a different number for each simulation, determine
    /// everything random.
    #[must_use]
    pub fn run(&self, dynamics: &Dynamics, stream: u64) -> Run {
        let mut rng = ChaCha8Rng::seed_from_u64(dynamics.seed);
        rng.set_stream(stream);
        let agents = self.agents();
        let first = |agent: usize, rng: &mut ChaCha8Rng| {
            let low = self.frontiers[agent].vertices[0].user_value;
            match dynamics.start {
                Start::Monopoly => self.offer(agent, low),
                Start::Uninformative => self.uninformative(agent),
                Start::Full => self.full(agent),
                Start::Random => self.offer(agent, low + rng.random::<f64>() * (self.most(agent) - low)),
            }
        };
        let offers: Vec<Valued> = (0..agents).map(|agent| first(agent, &mut rng)).collect();
        let accepted = best_of(&offers, 0, self.tie());
        let mut profile = Profile { offers, accepted };
        let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut turns: Vec<usize> = (0..agents).collect();
        let mut trace = Vec::new();
        let (mut moves, mut rounds, mut ended) = (0, 0, Ended::Limit);
        while rounds < dynamics.rounds {
            rounds += 1;
            let before = moves;
            let mut moved = |profile: &Profile, agent: usize| {
                moves += 1;
                if dynamics.trace {
                    trace.push(profile.after(rounds, agent));
                }
            };
            if dynamics.order == Order::Simultaneous {
                let answers: Vec<Option<Valued>> =
                    turns.iter().map(|&agent| self.answer(&profile, agent, dynamics.increment)).collect();
                let movers: Vec<usize> = turns.iter().copied().filter(|&agent| answers[agent].is_some()).collect();
                for (offer, answer) in profile.offers.iter_mut().zip(answers) {
                    if let Some(answer) = answer {
                        *offer = answer;
                    }
                }
                profile.accepted = best_of(&profile.offers, profile.accepted, self.tie());
                for agent in movers {
                    moved(&profile, agent);
                }
            } else {
                if dynamics.order == Order::Random {
                    turns.shuffle(&mut rng);
                }
                for &agent in &turns {
                    if let Some(answer) = self.answer(&profile, agent, dynamics.increment) {
                        profile.offers[agent] = answer;
                        profile.accepted = best_of(&profile.offers, profile.accepted, self.tie());
                        moved(&profile, agent);
                    }
                }
            }
            if moves == before {
                ended = Ended::Converged;
                break;
            }
            if dynamics.order != Order::Random
                && let Some(earlier) = seen.insert(profile.key(), rounds)
            {
                ended = Ended::Cycle { length: rounds - earlier };
                break;
            }
        }
        let regrets = (0..agents).map(|agent| self.regret(&profile, agent)).collect();
        let stands = &profile.offers[profile.accepted];
        for step in &mut trace {
            step.bid = self.taken.0.plus(step.bid);
            step.user_value = self.taken.0.plus(step.user_value);
            step.agent_values = self.back(&step.agent_values);
        }
        Run {
            ended,
            rounds,
            moves,
            accepted: profile.accepted,
            user_value: self.taken.0.plus(stands.user),
            agent_values: self.back(&stands.agents),
            regrets,
            trace,
            offers: profile.offers,
        }
    }

    /// Offers that differ by less than this tie for the user; the difference is a rounding error.
    fn tie(&self) -> f64 {
        0.25 * self.step
    }

    /// Agents' values in the original game.
    fn back(&self, values: &[f64]) -> Vec<f64> {
        values.iter().zip(&self.taken.1).map(|(&value, taken)| taken.plus(value)).collect()
    }

    /// The best of the other agents' offers, with its user value. In a tie, the offer that this
    /// agent prefers.
    fn rival(profile: &Profile, agent: usize) -> Option<&Valued> {
        let others = profile.offers.iter().enumerate().filter(|&(other, _)| other != agent).map(|(_, offer)| offer);
        others.reduce(
            |best, next| {
                if (next.user, next.agents[agent]) > (best.user, best.agents[agent]) { next } else { best }
            },
        )
    }

    /// The offer that an agent would change to, if it gains.
    fn answer(&self, profile: &Profile, agent: usize, increment: f64) -> Option<Valued> {
        let now = profile.offers[profile.accepted].agents[agent];
        let gains = |offer: &Valued| offer.agents[agent] > now + self.noise[agent];
        let Some(rival) = Self::rival(profile, agent) else {
            return Some(self.offer(agent, f64::NEG_INFINITY)).filter(gains);
        };
        let most = self.most(agent);
        // Near full information there may be less room than an increment.
        let winning = (rival.user < most - self.step).then(|| self.offer(agent, (rival.user + increment).min(most)));
        let winning = winning.filter(gains);
        if profile.accepted == agent && gains(rival) {
            let better = winning.as_ref().is_none_or(|offer| rival.agents[agent] > offer.agents[agent]);
            // No offer gives the user less than no information. An agent that cannot lose on
            // purpose should win at the lowest cost.
            let none = self.uninformative(agent);
            if better && none.user < rival.user - self.tie() {
                return Some(none);
            }
        }
        winning
    }

    /// The most that an agent could gain by another offer that outbids by any amount.
    fn regret(&self, profile: &Profile, agent: usize) -> f64 {
        let now = profile.offers[profile.accepted].agents[agent];
        let Some(rival) = Self::rival(profile, agent) else {
            return (self.frontiers[agent].value(f64::NEG_INFINITY) - now).max(0.0);
        };
        let mut best = now;
        // If the rival's offer is this close to the most that this agent can give, the proof makes
        // it slightly better, so that this agent cannot outbid it.
        if rival.user < self.most(agent) - self.step {
            best = best.max(self.frontiers[agent].value(rival.user));
        }
        if profile.accepted == agent {
            best = best.max(rival.agents[agent]);
        }
        best - now
    }

    /// The slack within which the final profile of a simulation is an equilibrium: the largest
    /// regret, plus rounding.
    #[must_use]
    pub fn slack(&self, run: &Run) -> f64 {
        let noise = self.noise.iter().copied().fold(0.0, f64::max);
        run.regrets.iter().copied().fold(0.0, f64::max) + noise
    }

    /// The proof that nobody gains more than the regrets by a deviation from the final profile of a
    /// simulation.
    #[must_use]
    pub fn proof(&self, run: &Run) -> ProfileProof<S::Communication> {
        let scheme = |agent: usize| match run.offers[agent].bid {
            Bid::None => Some(self.sender(agent).no_information()),
            Bid::Full => self.sender(agent).most_generous(),
            Bid::Frontier(v) => Some(scheme_at(self.sender(agent), &self.frontiers[agent], v)),
        };
        let mut schemes: Vec<Option<SchemeOf<S>>> = (0..self.agents()).map(scheme).collect();
        self.lead(run, &mut schemes);
        let profile = Profile { offers: run.offers.clone(), accepted: run.accepted };
        let floor = |agent: usize| Self::rival(&profile, agent).map_or(f64::NEG_INFINITY, |rival| rival.user);
        let reply = |agent: usize| {
            let (multiplier, bound) = self.sender(agent).reply(&self.frontiers[agent], agent, floor(agent));
            Reply { multiplier, bound }
        };
        ProfileProof {
            communication: self.senders[0].communication(),
            prior: self.prior,
            slack: self.slack(run),
            offers: schemes.into_iter().enumerate().map(|(i, scheme)| Offer { agents: vec![i], scheme }).collect(),
            accepted: run.accepted,
            replies: (0..self.agents()).map(reply).collect(),
        }
    }
}

/// Relative to the room above an offer: an offer that reveals this much more is nearly the same.
const ROOM: f64 = 1e-4;

impl<S: Sender> Payoffs<'_, S> {
    /// Makes the accepted offer reveal a little more, if other agents can give the user just as
    /// much, or do so. Otherwise a rounding could let them win in exact arithmetic.
    fn lead(&self, run: &Run, schemes: &mut [Option<SchemeOf<S>>]) {
        let (lead, stands, sender) = (self.step, run.offers[run.accepted].user, self.sender(run.accepted));
        let near = |value: f64| (value - stands).abs() <= lead;
        let mut others = (0..schemes.len()).filter(|&agent| agent != run.accepted);
        let share = 2.0 * lead / (sender.most() - stands);
        if !(0.0..=ROOM).contains(&share) || !others.any(|agent| near(run.offers[agent].user) || near(self.most(agent)))
        {
            return;
        }
        if let Some(scheme) = &mut schemes[run.accepted] {
            let all = sender.full_information(&Objective::agent(run.accepted));
            *scheme = sender.mix(&[(1.0 - share, scheme), (share, &all)]);
        }
    }
}

struct Profile {
    offers: Vec<Valued>,
    accepted: usize,
}

impl Profile {
    fn after(&self, round: usize, agent: usize) -> Move {
        let stands = &self.offers[self.accepted];
        Move {
            round,
            agent,
            bid: self.offers[agent].user,
            accepted: self.accepted,
            user_value: stands.user,
            agent_values: stands.agents.clone(),
        }
    }

    /// A key that distinguishes profiles.
    fn key(&self) -> Vec<u64> {
        let bid = |offer: &Valued| match offer.bid {
            Bid::Frontier(v) => v.to_bits(),
            Bid::None => u64::MAX,
            Bid::Full => u64::MAX - 1,
        };
        self.offers.iter().map(bid).chain([self.accepted as u64]).collect()
    }
}

/// The offer that the user accepts: the best one for her. Offers that differ by less than `tie` are
/// tied. Ties go to the incumbent, or else to the first offer.
fn best_of(offers: &[Valued], incumbent: usize, tie: f64) -> usize {
    let most = offers.iter().map(|offer| offer.user).fold(f64::NEG_INFINITY, f64::max);
    let best = |&offer: &usize| offers[offer].user >= most - tie;
    if best(&incumbent) { incumbent } else { (0..offers.len()).find(best).unwrap_or(incumbent) }
}
