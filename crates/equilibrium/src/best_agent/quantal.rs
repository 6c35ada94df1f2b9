//! The best-agent game with a user who responds quantally.
//!
//! *What is found.* Frontiers are smooth, and are known only to within a resolution, so not all
//! equilibria are found. The search finds the ends of best-response dynamics; the profile in which
//! everyone offers the scheme that gives the user the most, which nobody can outbid; and, if agents
//! share their information, profiles in which all make the same offer on the frontier of the
//! agents' sum. *What is proved.* For each profile, the most that every agent could gain by another
//! offer. A few more solves make the bound on outbidding as tight as possible (`V(v) = min over s
//! of [max (U + s u) - s v]`).

use super::dynamics::{Dynamics, Run, Start};
use super::exclusion::Above;
use super::set::{Equilibrium, check_slack};
use super::slack::{self, Oracle};
use super::{BestAgentGame, Known};
use crate::EquilibriumError;
use rayon::prelude::*;
use suasion_certificate::{ProfileProof, Quantal, QuantalPrices};
use suasion_model::{Objective, SignalScheme};
use suasion_persuasion::{PersuadeError, QuantalSender, Sender, Support, Values};

/// The worst and the best equilibria for the user among those found.
#[derive(Clone, Debug)]
pub struct QuantalEquilibria {
    /// The worst one for the user. The slack of its proof is the requested one; the agents' gains
    /// may be larger.
    pub worst: Equilibrium<Quantal>,
    /// The best one for her.
    pub best: Equilibrium<Quantal>,
    /// The number of simulations.
    pub runs: usize,
    /// The number of simulations that ended in a profile in which nobody gains much.
    pub settled: usize,
}

/// Relative to the user's stake: how much a bid exceeds the best of the other offers.
const INCREMENT: f64 = 1e-4;
/// Relative to an agent's stake: if no agent gains more than this at the end of a simulation, the
/// end is an equilibrium.
const SETTLED: f64 = 1e-3;
/// Relative to an agent's stake: the precision of frontiers.
const KNOWN: f64 = 2e-5;
/// The number of simulations with random initial offers.
const RANDOM_STARTS: u64 = 16;

/// A profile that may be the worst or the best.
enum Candidate {
    Ended(Run),
    /// Everyone offers this scheme, or the one that gives the user the most if it is `None`.
    Alike(Option<SignalScheme>),
}

/// The schemes of all frontiers, and no information. Offers within a slack are mixtures of these;
/// no other schemes are searched for.
struct Vertices<'k, 'g, 'a> {
    known: &'k Known<'g, 'a, QuantalSender>,
    schemes: Vec<(SignalScheme, Values)>,
}

impl<'k, 'g, 'a> Vertices<'k, 'g, 'a> {
    fn new(known: &'k Known<'g, 'a, QuantalSender>) -> Self {
        let sender = &known.senders[0];
        let vertices = known.frontiers.iter().chain(&known.sum).flat_map(|frontier| &frontier.vertices);
        let schemes = vertices.map(|vertex| vertex.scheme.clone()).chain([sender.no_information()]);
        let schemes = schemes.map(|scheme| {
            let values = sender.values(&scheme);
            (scheme, values)
        });
        Self { known, schemes: schemes.collect() }
    }
}

impl Support<QuantalSender> for Vertices<'_, '_, '_> {
    fn maximize(&mut self, objective: &Objective) -> Result<(SignalScheme, QuantalPrices), PersuadeError> {
        let better =
            |l: &&(SignalScheme, Values), r: &&(SignalScheme, Values)| l.1.of(objective).total_cmp(&r.1.of(objective));
        let none = || self.known.senders[0].no_information();
        let best = self.schemes.iter().max_by(better).map_or_else(none, |(scheme, _)| scheme.clone());
        Ok((best, QuantalPrices::default()))
    }

    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(SignalScheme, QuantalPrices), PersuadeError> {
        self.maximize(objective)
    }
}

impl Oracle<QuantalSender> for Vertices<'_, '_, '_> {
    /// A line above all known schemes. It is as accurate as the frontiers, and avoids searches that
    /// find nothing.
    fn line(&self, objective: Objective, bound: QuantalPrices) -> Above<Quantal> {
        let most = self.schemes.iter().map(|(_, values)| values.of(&objective)).fold(f64::NEG_INFINITY, f64::max);
        Above::proved(objective, bound, most, (self.known.full(), self.known.unit))
    }
}

impl BestAgentGame<'_, QuantalSender> {
    /// The worst and the best of the equilibria that are found. With a slack, the worst and the
    /// best of profiles in which no agent gains more than the slack, according to the frontiers.
    ///
    /// # Errors
    /// If `slack` is not a finite number of at least 0, or the solver fails.
    pub fn found(&self, slack: f64) -> Result<QuantalEquilibria, EquilibriumError> {
        check_slack(slack)?;
        let mut known = self.complete()?;
        let payoffs = self.payoffs()?;
        let increment = INCREMENT * self.unit;
        let starts =
            [(Start::Monopoly, 1), (Start::Uninformative, 1), (Start::Full, 1), (Start::Random, RANDOM_STARTS)];
        let starts: Vec<(Start, u64)> =
            starts.into_iter().flat_map(|(start, runs)| (0..runs).map(move |run| (start, run))).collect();
        let simulate = |(start, run)| payoffs.run(&Dynamics { start, increment, ..Dynamics::default() }, run);
        let mut ended: Vec<Run> = starts.into_par_iter().map(simulate).collect();
        let runs = ended.len();
        // The largest regret, relative to the allowed regret.
        let excess = |regrets: &[f64], near: f64| {
            let relative = regrets.iter().zip(&self.weights).map(|(regret, weight)| regret / slack.max(near / weight));
            relative.fold(0.0, f64::max)
        };
        let settled = ended.iter().filter(|run| excess(&run.regrets, SETTLED) <= 1.0).count();
        let shared = known.sum.is_some() && self.agents() > 1;
        if settled > 0 || shared {
            ended.retain(|run| excess(&run.regrets, SETTLED) <= 1.0);
        } else {
            ended.sort_by(|l, r| excess(&l.regrets, SETTLED).total_cmp(&excess(&r.regrets, SETTLED)));
            ended.truncate(1);
        }
        let mut candidates: Vec<(f64, Candidate)> =
            ended.into_iter().map(|run| (run.user_value, Candidate::Ended(run))).collect();
        if shared {
            candidates.push((self.most(), Candidate::Alike(None)));
            // Vertices of the sum's frontier, beginning with the worst for the user.
            let vertices = known.sum.iter().flat_map(|sum| &sum.vertices);
            let alike = vertices.map(|vertex| (vertex.user_value, &vertex.scheme)).find(|&(user_value, scheme)| {
                let values = self.senders[0].values(scheme).agents;
                let regret = |i: usize| known.frontiers[i].value(user_value) - values[i];
                excess(&(0..self.agents()).map(regret).collect::<Vec<f64>>(), KNOWN) <= 1.0
            });
            let back = |value: f64| self.level.user().plus(value);
            candidates.extend(alike.map(|(value, scheme)| (back(value), Candidate::Alike(Some(scheme.clone())))));
            if slack > 0.0 {
                let settled =
                    known.settle(known.zero(self.frontier_error()) + slack * self.weights.iter().sum::<f64>())?;
                let mut vertices = Vertices::new(&known);
                let worst = slack::set(&known.terms(slack)?, &settled, &mut vertices, &mut vec![])?.worst;
                candidates.extend(worst.map(|(value, scheme)| (back(value), Candidate::Alike(Some(scheme)))));
            }
        }
        candidates.sort_by(|l, r| l.0.total_cmp(&r.0));
        let proved = |(user_value, candidate): &(f64, Candidate)| match candidate {
            Candidate::Ended(run) => {
                let proof = ProfileProof { slack, ..payoffs.proof(run) };
                Equilibrium { user_value: *user_value, proof }
            }
            Candidate::Alike(scheme) => known.everyone(scheme.clone(), slack),
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
