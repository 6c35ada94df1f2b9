//! The best-agent game with a user who responds quantally.
//!
//! *What is found.* Frontiers are smooth, and known to within a resolution, so that not all
//! equilibria are found. Those that are: the ends of best-response dynamics; everyone's offering
//! what leaves the user most, which nobody can outbid; and, where agents share their information,
//! offers that all make alike, on the frontier of the agents' sum. *What is proved.* Of each, what
//! every agent could gain by another offer: the bound on what it gets by outbidding is made as near
//! as a few more solves can (`V(v) = min over s of [max (U + s u) - s v]`).

use super::super::compete::{Compete, Profile};
use super::super::dynamics::{Dynamics, Payoffs, Run, Start};
use super::super::exclusion::Above;
use super::super::set::Equilibrium;
use super::super::slack::Oracle;
use super::TalkGame;
use crate::EquilibriumError;
use rayon::prelude::*;
use suasion_certificate::{QuantalOffer, QuantalOffersProof, QuantalReply};
use suasion_model::LeveledGame;
use suasion_model::{Instance, Objective, SignalScheme, TypedViewError};
use suasion_persuasion::{Frontier, PersuadeError, Quantal, Settings, Talk, Values};

/// The worst and the best for the user of the equilibria that were found.
#[derive(Clone, Debug)]
pub struct QuantalEquilibria {
    /// The worst one for the user. Its proof's slack is the one that was asked for; what agents
    /// gain may be more.
    pub worst: Equilibrium<QuantalOffersProof>,
    /// The best one for her.
    pub best: Equilibrium<QuantalOffersProof>,
    /// How many simulations there were.
    pub runs: usize,
    /// How many of them ended where nobody gains much.
    pub settled: usize,
}

/// Relative to what is at stake for the user: by how much a bid exceeds the best of the others.
const INCREMENT: f64 = 1e-4;
/// Relative to what is at stake for an agent: a simulation that ends where no agent gains more has
/// led to an equilibrium.
const SETTLED: f64 = 1e-3;
/// Relative to what is at stake for an agent: frontiers are no better known.
const KNOWN: f64 = 2e-5;
/// How many simulations start from random offers.
const RANDOM_STARTS: u64 = 16;
/// Solves that bring a bound nearer.
const SHARPENED: usize = 16;
/// Relative to the range of an agent's values: a bound so near is near enough.
const NEAR: f64 = 1e-8;

impl Compete for Quantal {
    type Proof = QuantalOffersProof;

    fn proof(&self, profile: Profile<SignalScheme, Vec<f64>>) -> QuantalOffersProof {
        let Profile { prior, slack, offers, standing, replies } = profile;
        let offer = |(agents, scheme): (_, Option<SignalScheme>)| QuantalOffer {
            agents,
            scheme: scheme.unwrap_or_else(|| self.revelation(&Objective::agent(0))),
        };
        let reply = |(multiplier, prices)| QuantalReply { multiplier, prices };
        let (offers, replies) = (offers.into_iter().map(offer), replies.into_iter().map(reply));
        QuantalOffersProof {
            prior,
            eta: self.eta(),
            slack,
            offers: offers.collect(),
            standing,
            replies: replies.collect(),
        }
    }

    fn reply(&self, frontier: &Frontier<SignalScheme, Vec<f64>>, agent: usize, user_value: f64) -> (f64, Vec<f64>) {
        let mut reply = Sharper { talk: self, agent, user_value, least: (f64::INFINITY, 0.0, None) };
        // If it is stopped, what is known by then is true, if not as near; and so is what no prices
        // prove.
        let _stopped = reply.sharpen(frontier).is_err();
        let (_, multiplier, prices) = reply.least;
        (multiplier, prices.unwrap_or_else(|| vec![0.0; self.view().observations()]))
    }

    /// What proofs allow is more than what roundings make of a tie. What is best for the user
    /// depends on who offers it.
    fn part(payoffs: &Payoffs<'_, Self>, _: &Run, schemes: &mut [Option<SignalScheme>]) {
        for (agent, scheme) in schemes.iter_mut().enumerate() {
            scheme.get_or_insert_with(|| payoffs.talk(agent).revelation(&Objective::agent(agent)));
        }
    }
}

/// The search for the multiplier that bounds best what an agent gets by outbidding.
struct Sharper<'a> {
    talk: &'a Quantal,
    agent: usize,
    user_value: f64,
    /// The least bound so far, its multiplier, and its prices.
    least: (f64, f64, Option<Vec<f64>>),
}

impl Sharper<'_> {
    fn sharpen(&mut self, frontier: &Frontier<SignalScheme, Vec<f64>>) -> Result<(), PersuadeError> {
        let vertices = &frontier.vertices;
        let at = |vertex: usize| (vertices[vertex].user_value, vertices[vertex].objective_value);
        let right = frontier.right(self.user_value);
        let range = self.talk.ranges(&Objective::agent(self.agent)).1;
        let (mut left, mut right) = match right.checked_sub(1) {
            Some(left) => (at(left), at(right)),
            // Where the user need not be given more than the agent gives her anyway.
            None if self.user_value <= at(0).0 => return self.solve(0.0).map(|_| ()),
            // Or more than the agent can: any multiplier that is large enough.
            None => {
                let unit = range / self.talk.ranges(&Objective::agent(self.agent)).0;
                for multiplier in [1.0, 1e2, 1e4].map(|factor| factor * unit).into_iter().filter(|s| s.is_finite()) {
                    self.solve(multiplier)?;
                }
                return Ok(());
            }
        };
        // The bound is convex in the multiplier: where the user gets less than `user_value`, it is
        // too small. Tangents at both ends meet above the chord.
        let (mut low, mut high, mut last) = (0.0, f64::INFINITY, f64::NAN);
        for _ in 0..SHARPENED {
            let slope = (left.1 - right.1) / (right.0 - left.0);
            let multiplier = match slope.max(0.0) {
                slope if slope >= low && slope <= high => slope,
                _ if high.is_finite() => 0.5 * (low + high),
                _ => 2.0 * low,
            };
            if multiplier == last {
                break;
            }
            last = multiplier;
            let found = self.solve(multiplier)?;
            if found.0 < self.user_value {
                (left, low) = (found, multiplier);
            } else {
                (right, high) = (found, multiplier);
            }
            // Between what was found to be offered and the bound there is nothing to gain.
            let share = ((self.user_value - left.0) / (right.0 - left.0)).clamp(0.0, 1.0);
            let chord = (1.0 - share) * left.1 + share * right.1;
            if self.least.0 - chord <= NEAR * range {
                break;
            }
        }
        Ok(())
    }

    /// What is best with this multiplier: for the user, and for the agent.
    fn solve(&mut self, multiplier: f64) -> Result<(f64, f64), PersuadeError> {
        let objective = Objective { user: multiplier, ..Objective::agent(self.agent) };
        let (scheme, prices) = self.talk.maximise_carefully(&objective, self.talk.settings())?;
        let bound = self.talk.bounded(&Objective::agent(self.agent), multiplier, &prices);
        // A lone agent has nobody to outbid.
        let bound = if multiplier > 0.0 { bound - multiplier * self.user_value } else { bound };
        if bound < self.least.0 {
            self.least = (bound, multiplier, Some(prices));
        }
        let values = self.talk.values(&scheme);
        Ok((values.user, values.agents[self.agent]))
    }
}

/// A profile that may be one of the ends.
enum Candidate {
    Ended(Run),
    /// Everyone offers this, or what leaves the user most.
    Alike(Option<SignalScheme>),
}

/// The schemes of all frontiers, and silence: more are not looked for where offers within a slack
/// are mixed of some.
struct Known<'g, 'a> {
    game: &'g TalkGame<'a, Quantal>,
    schemes: Vec<(SignalScheme, Values)>,
}

impl<'g, 'a> Known<'g, 'a> {
    fn new(game: &'g TalkGame<'a, Quantal>) -> Self {
        let talk = &game.talks[0];
        let vertices = game.frontiers.iter().chain(&game.sum).flat_map(|frontier| &frontier.vertices);
        let schemes = vertices.map(|vertex| vertex.scheme.clone()).chain([talk.silence()]);
        let schemes = schemes.map(|scheme| {
            let values = talk.values(&scheme);
            (scheme, values)
        });
        Self { game, schemes: schemes.collect() }
    }
}

impl Oracle<Quantal> for Known<'_, '_> {
    fn maximise(&mut self, objective: &Objective) -> Result<(SignalScheme, Vec<f64>), PersuadeError> {
        let better =
            |l: &&(SignalScheme, Values), r: &&(SignalScheme, Values)| l.1.of(objective).total_cmp(&r.1.of(objective));
        let silence = || self.game.talks[0].silence();
        let best = self.schemes.iter().max_by(better).map_or_else(silence, |(scheme, _)| scheme.clone());
        Ok((best, vec![]))
    }

    /// Above all schemes that are known, which is as true as frontiers are: it saves looking where
    /// there is nothing.
    fn line(&self, objective: Objective, bound: Vec<f64>) -> Result<Above<Vec<f64>>, EquilibriumError> {
        let most = self.schemes.iter().map(|(_, values)| values.of(&objective)).fold(f64::NEG_INFINITY, f64::max);
        Ok(Above::proved(objective, bound, most, (self.game.full(), self.game.level.user_unit())))
    }
}

impl<'a> TalkGame<'a, Quantal> {
    /// The game at prior number `prior` with a user of sensitivity `eta`, to whom agents speak
    /// once. All frontiers are found here, in parallel.
    ///
    /// # Errors
    /// If there is no such prior, `eta` is no finite number of at least 0, the solver fails, or a
    /// limit of `settings` ends the computation.
    pub fn quantal(
        instance: &'a Instance,
        prior: usize,
        eta: f64,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        if !(eta.is_finite() && eta >= 0.0) {
            return Err(EquilibriumError::Number {
                what: "eta",
                found: eta,
                expected: "a finite number of at least 0",
            });
        }
        if prior >= instance.priors() {
            let size = instance.priors();
            return Err(TypedViewError::OutOfRange { what: "prior", index: prior, size }.into());
        }
        let level = LeveledGame::new(instance, prior);
        Self::with(instance, prior, level, |view| Quantal::new(view, eta, settings), settings)
    }

    /// The worst and the best of the equilibria that are found; with a slack, of profiles in which
    /// no agent gains more than that, as far as frontiers are known.
    ///
    /// # Errors
    /// If `slack` is no finite number of at least 0, or the solver fails.
    pub fn found(&self, slack: f64) -> Result<QuantalEquilibria, EquilibriumError> {
        if !(slack.is_finite() && slack >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(EquilibriumError::Number { what: "the slack", found: slack, expected });
        }
        let payoffs = self.payoffs();
        let increment = INCREMENT * self.level.user_unit();
        let starts =
            [(Start::Monopoly, 1), (Start::Uninformative, 1), (Start::Full, 1), (Start::Random, RANDOM_STARTS)];
        let starts: Vec<(Start, u64)> =
            starts.into_iter().flat_map(|(start, runs)| (0..runs).map(move |run| (start, run))).collect();
        let simulate = |(start, run)| payoffs.run(&Dynamics { start, increment, ..Dynamics::default() }, run);
        let mut ended: Vec<Run> = starts.into_par_iter().map(simulate).collect();
        let runs = ended.len();
        // The largest regret, relative to what it may be.
        let excess = |regrets: &[f64], near: f64| {
            let relative = regrets.iter().zip(&self.weights).map(|(regret, weight)| regret / slack.max(near / weight));
            relative.fold(0.0, f64::max)
        };
        let settled = ended.iter().filter(|run| excess(&run.regrets, SETTLED) <= 1.0).count();
        let shared = self.sum.is_some() && self.agents() > 1;
        if settled > 0 || shared {
            ended.retain(|run| excess(&run.regrets, SETTLED) <= 1.0);
        } else {
            ended.sort_by(|l, r| excess(&l.regrets, SETTLED).total_cmp(&excess(&r.regrets, SETTLED)));
            ended.truncate(1);
        }
        let mut candidates: Vec<(f64, Candidate)> =
            ended.into_iter().map(|run| (run.user_value, Candidate::Ended(run))).collect();
        if shared {
            candidates.push((self.full_information(), Candidate::Alike(None)));
            // Vertices of the sum's frontier, from the worst for the user on.
            let vertices = self.sum.iter().flat_map(|sum| &sum.vertices);
            let alike = vertices.map(|vertex| (vertex.user_value, &vertex.scheme)).find(|&(user_value, scheme)| {
                let values = self.talks[0].values(scheme).agents;
                let regret = |i: usize| self.frontiers[i].value(user_value) - values[i];
                excess(&(0..self.agents()).map(regret).collect::<Vec<f64>>(), KNOWN) <= 1.0
            });
            let back = |value: f64| self.level.user().plus(value);
            candidates.extend(alike.map(|(value, scheme)| (back(value), Candidate::Alike(Some(scheme.clone())))));
            if let Some(sum) = self.sum.as_ref().filter(|_| slack > 0.0) {
                let worst = self.within(slack, sum, &mut Known::new(self), &mut vec![])?.worst;
                candidates.extend(worst.map(|(value, scheme)| (back(value), Candidate::Alike(Some(scheme)))));
            }
        }
        candidates.sort_by(|l, r| l.0.total_cmp(&r.0));
        let proved = |(user_value, candidate): &(f64, Candidate)| match candidate {
            Candidate::Ended(run) => {
                let proof = QuantalOffersProof { slack, ..payoffs.proof(run) };
                Equilibrium { user_value: *user_value, proof }
            }
            Candidate::Alike(scheme) => self.everyone(scheme.clone(), slack),
        };
        match &candidates[..] {
            [first, .., last] => Ok(QuantalEquilibria { worst: proved(first), best: proved(last), runs, settled }),
            [only] => {
                let only = proved(only);
                Ok(QuantalEquilibria { worst: only.clone(), best: only, runs, settled })
            }
            [] => Err(EquilibriumError::DifferentSignals),
        }
    }
}
