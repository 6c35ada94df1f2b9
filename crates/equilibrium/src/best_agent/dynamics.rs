//! Best-response dynamics: agents bid for the user, each in its turn.
//!
//! *Rule.* The offer that is worth most to the user stands (of several, the one that stood before).
//! An agent whose turn it is looks at the best of the others' offers, worth `v` to her. It can win
//! by `V_i(v + increment)`, its frontier a little above, or leave the user to that offer; and it
//! moves if that gets it more than what stands. A bid is a look-up on a frontier, not a program.
//! *Ends:* where nobody moves for a whole round, where a profile comes again (a cycle; not told in
//! random order), or at the limit of rounds.

use super::BestAgentGame;
use super::compete::{Compete, Profile as Proved};
use crate::EquilibriumError;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;
use suasion_model::LeveledGame;
use suasion_model::{Level, Objective, Scheme, View};
use suasion_persuasion::{Frontier, Talk, mix, talk_scheme};

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
    pub standing: usize,
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
    Silence,
    /// All that the agent knows.
    Full,
}

/// An offer, and what it is worth.
#[derive(Clone, Debug)]
struct Standing {
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
    pub standing: usize,
    /// What that leaves the user.
    pub user_value: f64,
    /// What it gives the agents, `[agents]`.
    pub agent_values: Vec<f64>,
    /// What each agent could still gain by another offer, as its frontier says, `[agents]`.
    pub regrets: Vec<f64>,
    /// The moves, if they were to be kept.
    pub trace: Vec<Move>,
    offers: Vec<Standing>,
}

/// What everyone gets at the vertices of every frontier: all that dynamics look at, however agents
/// talk.
pub struct Payoffs<'g, T: Compete> {
    prior: usize,
    /// By how much offers that tie are told apart.
    step: f64,
    /// What is to be added to values in the game as it was given: to the user's, and to each
    /// agent's.
    taken: (Level, Vec<Level>),
    /// How each agent talks; for all of them, where they share their information.
    talks: &'g [T],
    /// Each agent's: what it can get against what it leaves the user, `[agents]`.
    frontiers: Vec<Frontier<T::Scheme, T::Bound>>,
    /// For each agent, for each vertex of its frontier: what all agents get.
    vertices: Vec<Vec<Vec<f64>>>,
    /// For each agent: the user's value of its silence, and what all agents get then.
    silence: Vec<(f64, Vec<f64>)>,
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

impl<'b> BestAgentGame<'b> {
    /// What everyone gets at the vertices of every frontier, all of which are found here.
    /// Simulations share it.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings ends the computation.
    pub fn payoffs(&self) -> Result<Payoffs<'_, View<'b>>, EquilibriumError> {
        let frontiers = self.complete()?.frontiers;
        Ok(Payoffs::new(&self.level, self.prior, &self.views, frontiers))
    }
}

impl<'g, T: Compete> Payoffs<'g, T> {
    /// `talks` are one for all agents, or one for each.
    pub(super) fn new(
        level: &LeveledGame<'_>,
        prior: usize,
        talks: &'g [T],
        frontiers: Vec<Frontier<T::Scheme, T::Bound>>,
    ) -> Self {
        let talk_of = |agent: usize| &talks[if talks.len() == 1 { 0 } else { agent }];
        let vertices = frontiers.par_iter().enumerate().map(|(agent, frontier)| {
            let values = |scheme: &T::Scheme| talk_of(agent).values(scheme).agents;
            frontier.vertices.iter().map(|vertex| values(&vertex.scheme)).collect::<Vec<_>>()
        });
        let vertices = vertices.collect();
        let silence = (0..frontiers.len()).map(|agent| {
            let talk = talk_of(agent);
            let values = talk.values(&talk.silence());
            (values.user, values.agents)
        });
        let full = (0..frontiers.len()).map(|agent| {
            let talk = talk_of(agent);
            (talk.most(), talk.values(&talk.revelation(&Objective::agent(agent))).agents)
        });
        let (silence, full): (Vec<(f64, Vec<f64>)>, Vec<(f64, Vec<f64>)>) = (silence.collect(), full.collect());
        let largest = silence.iter().chain(&full).map(|(user, _)| user.abs()).fold(0.0, f64::max);
        Self {
            prior,
            // Values are no more exact than their digits.
            step: LEAD * level.user_unit() + 8.0 * f64::EPSILON * largest,
            taken: (level.user(), (0..frontiers.len()).map(|agent| level.agent(agent)).collect()),
            talks,
            vertices,
            silence,
            full,
            noise: level.agent_units().iter().map(|unit| NOISE * unit).collect(),
            frontiers,
        }
    }

    pub(super) fn talk(&self, agent: usize) -> &'g T {
        &self.talks[if self.talks.len() == 1 { 0 } else { agent }]
    }

    fn agents(&self) -> usize {
        self.frontiers.len()
    }

    /// An offer on an agent's frontier that leaves the user at least `user_value`.
    fn offer(&self, agent: usize, user_value: f64) -> Standing {
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
            return Standing { bid: Bid::Frontier(user), user, agents: agents.clone() };
        }
        let (_, left) = at(right - 1);
        let agents = left.iter().zip(agents).map(|(l, r)| (1.0 - share) * l + share * r).collect();
        Standing { bid: Bid::Frontier(user_value), user: user_value, agents }
    }

    fn silent(&self, agent: usize) -> Standing {
        let (user, agents) = self.silence[agent].clone();
        Standing { bid: Bid::Silence, user, agents }
    }

    fn full(&self, agent: usize) -> Standing {
        let (user, agents) = self.full[agent].clone();
        Standing { bid: Bid::Full, user, agents }
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
                Start::Uninformative => self.silent(agent),
                Start::Full => self.full(agent),
                Start::Random => self.offer(agent, low + rng.random::<f64>() * (self.most(agent) - low)),
            }
        };
        let offers: Vec<Standing> = (0..agents).map(|agent| first(agent, &mut rng)).collect();
        let standing = best_of(&offers, 0, self.tie());
        let mut profile = Profile { offers, standing };
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
                let answers: Vec<Option<Standing>> =
                    turns.iter().map(|&agent| self.answer(&profile, agent, dynamics.increment)).collect();
                let movers: Vec<usize> = turns.iter().copied().filter(|&agent| answers[agent].is_some()).collect();
                for (offer, answer) in profile.offers.iter_mut().zip(answers) {
                    if let Some(answer) = answer {
                        *offer = answer;
                    }
                }
                profile.standing = best_of(&profile.offers, profile.standing, self.tie());
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
                        profile.standing = best_of(&profile.offers, profile.standing, self.tie());
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
        let stands = &profile.offers[profile.standing];
        for step in &mut trace {
            step.bid = self.taken.0.plus(step.bid);
            step.user_value = self.taken.0.plus(step.user_value);
            step.agent_values = self.back(&step.agent_values);
        }
        Run {
            ended,
            rounds,
            moves,
            standing: profile.standing,
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
    fn rival(profile: &Profile, agent: usize) -> Option<&Standing> {
        let others = profile.offers.iter().enumerate().filter(|&(other, _)| other != agent).map(|(_, offer)| offer);
        others.reduce(
            |best, next| {
                if (next.user, next.agents[agent]) > (best.user, best.agents[agent]) { next } else { best }
            },
        )
    }

    /// What an agent would rather offer, if it would.
    fn answer(&self, profile: &Profile, agent: usize, increment: f64) -> Option<Standing> {
        let now = profile.offers[profile.standing].agents[agent];
        let gains = |offer: &Standing| offer.agents[agent] > now + self.noise[agent];
        let Some(rival) = Self::rival(profile, agent) else {
            return Some(self.offer(agent, f64::NEG_INFINITY)).filter(gains);
        };
        let most = self.most(agent);
        // Near full information there may be less room than an increment.
        let winning = (rival.user < most - self.step).then(|| self.offer(agent, (rival.user + increment).min(most)));
        let winning = winning.filter(gains);
        if profile.standing == agent && gains(rival) {
            let better = winning.as_ref().is_none_or(|offer| rival.agents[agent] > offer.agents[agent]);
            // Below silence there is nothing: who cannot lose had better win at little cost.
            let silent = self.silent(agent);
            if better && silent.user < rival.user - self.tie() {
                return Some(silent);
            }
        }
        winning
    }

    /// What an agent could gain by another offer, however little it outbids by.
    fn regret(&self, profile: &Profile, agent: usize) -> f64 {
        let now = profile.offers[profile.standing].agents[agent];
        let Some(rival) = Self::rival(profile, agent) else {
            return (self.frontiers[agent].value(f64::NEG_INFINITY) - now).max(0.0);
        };
        let mut best = now;
        // Whoever is as near to all that this agent can tell is let lead it in the proof.
        if rival.user < self.most(agent) - self.step {
            best = best.max(self.frontiers[agent].value(rival.user));
        }
        if profile.standing == agent {
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
    pub fn proof(&self, run: &Run) -> T::Proof {
        let scheme = |agent: usize| match run.offers[agent].bid {
            Bid::Silence => Some(self.talk(agent).silence()),
            Bid::Full => None,
            Bid::Frontier(v) => Some(talk_scheme(self.talk(agent), &self.frontiers[agent], v)),
        };
        let mut schemes: Vec<Option<T::Scheme>> = (0..self.agents()).map(scheme).collect();
        T::part(self, run, &mut schemes);
        let profile = Profile { offers: run.offers.clone(), standing: run.standing };
        let floor = |agent: usize| Self::rival(&profile, agent).map_or(f64::NEG_INFINITY, |rival| rival.user);
        let reply = |agent: usize| self.talk(agent).reply(&self.frontiers[agent], agent, floor(agent));
        self.talk(run.standing).proof(Proved {
            prior: self.prior,
            slack: self.slack(run),
            offers: schemes.into_iter().enumerate().map(|(i, scheme)| (vec![i], scheme)).collect(),
            standing: run.standing,
            replies: (0..self.agents()).map(reply).collect(),
        })
    }
}

/// Relative to the room that there is above an offer: what reveals a little more than it does is
/// nearly the same.
const ROOM: f64 = 1e-4;

impl<T: Compete> Payoffs<'_, T> {
    /// Lets the offer that stands reveal a little more, if others can leave the user just as much,
    /// or do: in exact arithmetic, a rounding could let them win.
    pub(super) fn lead(&self, run: &Run, schemes: &mut [Option<T::Scheme>]) {
        let (lead, stands, talk) = (self.step, run.offers[run.standing].user, self.talk(run.standing));
        let near = |value: f64| (value - stands).abs() <= lead;
        let mut others = (0..schemes.len()).filter(|&agent| agent != run.standing);
        let share = 2.0 * lead / (talk.most() - stands);
        if !(0.0..=ROOM).contains(&share) || !others.any(|agent| near(run.offers[agent].user) || near(self.most(agent)))
        {
            return;
        }
        if let Some(scheme) = &mut schemes[run.standing] {
            let all = talk.revelation(&Objective::agent(run.standing));
            *scheme = talk.mix(&[(1.0 - share, scheme), (share, &all)]);
        }
    }
}

impl Payoffs<'_, View<'_>> {
    /// Sees to it that in exact arithmetic, too, no offer is worth more to the user than the one
    /// that stands: where another one ties with it, the one that stands reveals a little more, or
    /// the other one a little less.
    pub(super) fn part(&self, run: &Run, schemes: &mut [Option<Scheme>]) {
        let lead = self.step;
        let stands = run.offers[run.standing].user;
        let ties = |agent: usize| agent != run.standing && run.offers[agent].user > stands - lead;
        let tied: Vec<usize> = (0..schemes.len()).filter(|&agent| ties(agent)).collect();
        let most = self.talk(run.standing).most();
        if tied.is_empty() || lead == 0.0 {
            return;
        }
        if stands < most - lead {
            // What probabilities leave over reveals the observation.
            let share = 1.0 - lead / (most - stands);
            let entries = schemes[run.standing].iter_mut().flat_map(|scheme| &mut scheme.entries);
            entries.for_each(|entry| entry.probability *= share);
            return;
        }
        // Silence that is worth as much is that much exactly.
        if let Bid::Frontier(_) = run.offers[run.standing].bid {
            schemes[run.standing] = None;
        }
        // With the same information nothing exceeds what reveals it.
        for agent in tied.into_iter().filter(|_| self.talks.len() > 1) {
            let above = run.offers[agent].user - self.silence[agent].0;
            if above > lead {
                let (view, share) = (self.talk(agent), lead / above);
                let scheme = schemes[agent].take().unwrap_or_default();
                schemes[agent] = Some(mix(view, &[(1.0 - share, &scheme), (share, &View::silence(view))]));
            }
        }
    }
}

struct Profile {
    offers: Vec<Standing>,
    standing: usize,
}

impl Profile {
    fn after(&self, round: usize, agent: usize) -> Move {
        let stands = &self.offers[self.standing];
        Move {
            round,
            agent,
            bid: self.offers[agent].user,
            standing: self.standing,
            user_value: stands.user,
            agent_values: stands.agents.clone(),
        }
    }

    /// What tells profiles apart.
    fn key(&self) -> Vec<u64> {
        let bid = |offer: &Standing| match offer.bid {
            Bid::Frontier(v) => v.to_bits(),
            Bid::Silence => u64::MAX,
            Bid::Full => u64::MAX - 1,
        };
        self.offers.iter().map(bid).chain([self.standing as u64]).collect()
    }
}

/// The offer that the user takes: the best one for her; of several the incumbent, else the first.
/// Offers that differ by `tie` are as good.
fn best_of(offers: &[Standing], incumbent: usize, tie: f64) -> usize {
    let most = offers.iter().map(|offer| offer.user).fold(f64::NEG_INFINITY, f64::max);
    let best = |&offer: &usize| offers[offer].user >= most - tie;
    if best(&incumbent) { incumbent } else { (0..offers.len()).find(best).unwrap_or(incumbent) }
}
