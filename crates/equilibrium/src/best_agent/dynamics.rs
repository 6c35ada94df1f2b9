//! Best-response dynamics: agents bid for the user, each in its turn.
//!
//! *Rule.* The offer that is worth most to the user stands (of several, the one that stood before).
//! An agent whose turn it is looks at the best of the others' offers, worth `v` to her. It can win
//! by `V_i(v + increment)`, its frontier a little above, or leave the user to that offer; and it
//! moves if that gets it more than what stands. A bid is a look-up on a frontier, not a program.
//! *Ends:* where nobody moves for a whole round, where a profile comes again (a cycle; not told in
//! random order), or at the limit of rounds.

use super::{BestAgentGame, FrontierOf};
use crate::EquilibriumError;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;
use suasion_certificate::{Offer, ProfileProof, Reply};
use suasion_model::{Level, LeveledGame, Objective};
use suasion_persuasion::{SchemeOf, Sender, scheme_at};

/// Who moves when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One after another, in the order of the instance.
    RoundRobin,
    /// One after another, in a new random order every round.
    Random,
    /// All at once, each answering the last profile.
    Simultaneous,
}

/// What agents offer at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// What each would offer if it were alone.
    Monopoly,
    /// No information.
    Uninformative,
    /// All that they know.
    Full,
    /// Points of their frontiers, uniform in what they leave the user.
    Random,
}

/// How a simulation goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dynamics {
    /// Who moves when.
    pub order: Order,
    /// What agents offer at first.
    pub start: Start,
    /// By how much a bid exceeds the best of the others, in the unit of the user's utility; above
    /// 0.
    pub increment: f64,
    /// After how many rounds it is given up.
    pub rounds: usize,
    /// The seed of random orders and starts.
    pub seed: u64,
    /// Whether every move is kept.
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
    /// The profile is one that was there so many rounds before.
    Cycle {
        /// How many rounds.
        length: usize,
    },
    /// The rounds were used up.
    Limit,
}

/// A move, and what stands after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// In which round, from 1.
    pub round: usize,
    /// Who moved.
    pub agent: usize,
    /// What its offer leaves the user now.
    pub bid: f64,
    /// Whose offer stands then.
    pub accepted: usize,
    /// What that leaves the user.
    pub user_value: f64,
    /// What it gives the agents, `[agents]`.
    pub agent_values: Vec<f64>,
}

/// An offer as a place on its agent's frontier, or beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bid {
    /// On the frontier, where it leaves the user so much.
    Frontier(f64),
    /// No information.
    None,
    /// All that the agent knows.
    Full,
}

/// An offer, and what it is worth.
#[derive(Clone, Debug)]
struct Valued {
    bid: Bid,
    user: f64,
    agents: Vec<f64>,
}

/// How a simulation went.
#[derive(Clone, Debug)]
pub struct Run {
    /// Why it ended.
    pub ended: Ended,
    /// After how many rounds.
    pub rounds: usize,
    /// How many moves there were.
    pub moves: usize,
    /// Whose offer stands in the end.
    pub accepted: usize,
    /// What that leaves the user.
    pub user_value: f64,
    /// What it gives the agents, `[agents]`.
    pub agent_values: Vec<f64>,
    /// What each agent could still gain by another offer, as its frontier says, `[agents]`.
    pub regrets: Vec<f64>,
    /// The moves, if they were to be kept.
    pub trace: Vec<Move>,
    offers: Vec<Valued>,
}

/// What everyone gets at the vertices of every frontier: all that dynamics look at, however agents
/// talk.
pub struct Payoffs<'g, S: Sender> {
    prior: usize,
    /// By how much offers that tie are told apart.
    step: f64,
    /// What is to be added to values in the game as it was given: to the user's, and to each
    /// agent's.
    taken: (Level, Vec<Level>),
    /// How each agent talks; for all of them, where they share their information.
    senders: &'g [S],
    /// Each agent's: what it can get against what it leaves the user, `[agents]`.
    frontiers: Vec<FrontierOf<S>>,
    /// For each agent, for each vertex of its frontier: what all agents get.
    vertices: Vec<Vec<Vec<f64>>>,
    /// For each agent: the user's value of its silence, and what all agents get then.
    none: Vec<(f64, Vec<f64>)>,
    /// The same of its telling all that it knows, upon which the user does what is best for her; of
    /// several actions, best for the agent.
    full: Vec<(f64, Vec<f64>)>,
    /// What a difference in an agent's value has to exceed to matter, `[agents]`.
    noise: Vec<f64>,
}

/// Relative to what is at stake for an agent: gains below this are rounding.
const NOISE: f64 = 1e-9;
/// Relative to what is at stake for the user: offers closer than this tie, and are told apart by as
/// much.
const LEAD: f64 = 1e-12;

impl<S: Sender> BestAgentGame<'_, S> {
    /// What everyone gets at the vertices of every frontier, all of which are found here.
    /// Simulations share it.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings ends the computation.
    pub fn payoffs(&self) -> Result<Payoffs<'_, S>, EquilibriumError> {
        let frontiers = self.complete()?.frontiers;
        Ok(Payoffs::new(&self.level, self.prior, &self.senders, frontiers))
    }
}

impl<'g, S: Sender> Payoffs<'g, S> {
    /// `senders` are one for all agents, or one for each.
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
            // Values are no more exact than their digits.
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

    /// An offer on an agent's frontier that leaves the user at least `user_value`.
    fn offer(&self, agent: usize, user_value: f64) -> Valued {
        let frontier = &self.frontiers[agent];
        let (right, share) = (frontier.right(user_value), frontier.share(user_value));
        let at = |vertex: usize| (frontier.vertices[vertex].user_value, &self.vertices[agent][vertex]);
        let (user, agents) = at(right);
        // Of the schemes that tell everything one will do, the one that is proved; what is a
        // rounding short of it, in exact arithmetic others could outbid. A lone agent's frontier
        // does not reach so far.
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

    /// The most that an agent can leave the user.
    fn most(&self, agent: usize) -> f64 {
        self.full[agent].0
    }

    /// Simulates once. The seed and `stream`, a number of its own for every simulation, determine
    /// what is random in it.
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

    /// Offers that differ by so little are worth the same to the user: it is a rounding.
    fn tie(&self) -> f64 {
        0.25 * self.step
    }

    /// Agents' values in the game as it was given.
    fn back(&self, values: &[f64]) -> Vec<f64> {
        values.iter().zip(&self.taken.1).map(|(&value, taken)| taken.plus(value)).collect()
    }

    /// The best of the others' offers, of several the one that this agent likes most, and what it
    /// leaves the user.
    fn rival(profile: &Profile, agent: usize) -> Option<&Valued> {
        let others = profile.offers.iter().enumerate().filter(|&(other, _)| other != agent).map(|(_, offer)| offer);
        others.reduce(
            |best, next| {
                if (next.user, next.agents[agent]) > (best.user, best.agents[agent]) { next } else { best }
            },
        )
    }

    /// What an agent would rather offer, if it would.
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
            // Below silence there is nothing: who cannot lose had better win at little cost.
            let none = self.uninformative(agent);
            if better && none.user < rival.user - self.tie() {
                return Some(none);
            }
        }
        winning
    }

    /// What an agent could gain by another offer, however little it outbids by.
    fn regret(&self, profile: &Profile, agent: usize) -> f64 {
        let now = profile.offers[profile.accepted].agents[agent];
        let Some(rival) = Self::rival(profile, agent) else {
            return (self.frontiers[agent].value(f64::NEG_INFINITY) - now).max(0.0);
        };
        let mut best = now;
        // Whoever is as near to all that this agent can tell is let lead it in the proof.
        if rival.user < self.most(agent) - self.step {
            best = best.max(self.frontiers[agent].value(rival.user));
        }
        if profile.accepted == agent {
            best = best.max(rival.agents[agent]);
        }
        best - now
    }

    /// Within which slack the profile in which a simulation ended is an equilibrium: the largest
    /// regret, and what is rounding.
    #[must_use]
    pub fn slack(&self, run: &Run) -> f64 {
        let noise = self.noise.iter().copied().fold(0.0, f64::max);
        run.regrets.iter().copied().fold(0.0, f64::max) + noise
    }

    /// The proof that nobody gains more than the regrets by leaving the profile in which a
    /// simulation ended.
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

/// Relative to the room that there is above an offer: what reveals a little more than it does is
/// nearly the same.
const ROOM: f64 = 1e-4;

impl<S: Sender> Payoffs<'_, S> {
    /// Lets the offer that stands reveal a little more, if others can leave the user just as much,
    /// or do: in exact arithmetic, a rounding could let them win.
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

    /// What tells profiles apart.
    fn key(&self) -> Vec<u64> {
        let bid = |offer: &Valued| match offer.bid {
            Bid::Frontier(v) => v.to_bits(),
            Bid::None => u64::MAX,
            Bid::Full => u64::MAX - 1,
        };
        self.offers.iter().map(bid).chain([self.accepted as u64]).collect()
    }
}

/// The offer that the user takes: the best one for her; of several the incumbent, else the first.
/// Offers that differ by `tie` are as good.
fn best_of(offers: &[Valued], incumbent: usize, tie: f64) -> usize {
    let most = offers.iter().map(|offer| offer.user).fold(f64::NEG_INFINITY, f64::max);
    let best = |&offer: &usize| offers[offer].user >= most - tie;
    if best(&incumbent) { incumbent } else { (0..offers.len()).find(best).unwrap_or(incumbent) }
}
