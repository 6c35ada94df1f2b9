//! The whole set of equilibrium outcomes.

use super::exclusion::{self, Above, Range};
use super::gap::{FRONTIER_ERROR, zeros};
use super::slack::{self, Oracle, Terms};
use super::{BestAgentGame, Known, weighted_sum};
use crate::EquilibriumError;
use suasion_certificate::{ExclusionProof, Multiplier, ProfileProof};
use suasion_model::{Objective, Scheme, View};
use suasion_persuasion::{Optimum, PersuadeError, Support, Talk, talk_scheme};

/// User values from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lowest.
    pub from: f64,
    /// The highest.
    pub to: f64,
}

/// An equilibrium: everyone offers the same scheme.
#[derive(Clone, Debug)]
pub struct Equilibrium<P = ProfileProof> {
    /// What the user gets.
    pub user_value: f64,
    /// That nobody gains by another offer.
    pub proof: P,
}

/// All equilibrium outcomes.
#[derive(Clone, Debug)]
pub struct Equilibria {
    /// What an agent may gain by another offer.
    pub slack: f64,
    /// The user's values in equilibrium, in increasing order, apart from one another. The last one
    /// holds full information, unless there is only one agent.
    pub intervals: Vec<Interval>,
    /// An equilibrium that is worst for the user.
    pub worst: Equilibrium,
    /// One that is best for her.
    pub best: Equilibrium,
    /// That no equilibrium leaves the user less than so much.
    pub exclusion: ExclusionProof,
}

impl BestAgentGame<'_> {
    /// All equilibrium outcomes in which no agent gains more than `slack` by another offer,
    /// exactly: as intervals of the user's value.
    ///
    /// *Method.* Without slack: `v` is the user's value in an equilibrium iff the frontier of the
    /// agents' weighted sum meets the sum of their frontiers there; both are piecewise linear, so
    /// nothing is solved but the frontiers, and those only near where they meet. With slack:
    /// between neighbouring vertices of the frontiers, equilibria form a polytope, whose least and
    /// greatest user value are found over the outcomes that a few schemes span, others entering as
    /// they are needed.
    ///
    /// # Errors
    /// If agents observe different signals, `slack` is no finite number of at least 0, the solver
    /// fails, or a limit ends the computation.
    pub fn equilibria(&self, slack: f64) -> Result<Equilibria, EquilibriumError> {
        if !(slack.is_finite() && slack >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(EquilibriumError::Number { what: "the slack", found: slack, expected });
        }
        let mut known = self.known();
        if known.sum.is_none() {
            return Err(EquilibriumError::DifferentSignals);
        }
        let found = known.set(slack, FRONTIER_ERROR)?;
        Ok(known.surely(found))
    }
}

impl Known<'_, '_> {
    /// The set, if the value of a frontier may be wrong by `error`, relative to what is at stake.
    pub(super) fn set(&mut self, slack: f64, error: f64) -> Result<Equilibria, EquilibriumError> {
        let zero = self.zero(error);
        let settled =
            if self.agents() == 1 { vec![] } else { self.settle(zero + slack * self.weights.iter().sum::<f64>())? };
        let game = &*self;
        let mut lines = exclusion::lines_of(game)?;
        let support = if game.precise { Support::precise } else { Support::new };
        let mut support = support(&game.views[0], &game.settings);
        let found = if slack > 0.0 {
            let (view, sum) = (&game.views[0], game.sum.as_ref().ok_or(EquilibriumError::DifferentSignals)?);
            let terms = Terms {
                talk: view,
                frontiers: &game.frontiers,
                sum,
                weights: &game.weights,
                unit: 1.0 / game.unit,
                silent: game.silent(),
                full: game.full(),
                lowest: game.lowest(),
                same: game.same(),
                slack,
            };
            slack::set(&terms, &settled, &mut Supported { game, support: &mut support }, &mut lines)?
        } else {
            let lowest = game.lowest();
            let zeros = if game.agents() == 1 { vec![(lowest, lowest)] } else { zeros(&settled, zero, game.same()) };
            game.exact(&zeros, &mut support, &mut lines)?
        };
        let Found { mut intervals, worst, best } = found;
        let full = game.full();
        let best = best.unwrap_or_else(|| {
            // Nobody can outbid full information. The scheme that recommends nothing reveals all.
            match intervals.last_mut() {
                Some(last) if last.to >= full - game.same() => last.to = full,
                _ => intervals.push(Interval { from: full, to: full }),
            }
            (full, Scheme::default())
        });
        let worst = worst.unwrap_or_else(|| best.clone());
        let user = game.level.user();
        let range = Range { silent: game.silent(), full, worst: worst.0, unit: game.unit, user };
        let exclusion = exclusion::proved::<View<'_>>(game.instance, game.prior, slack, |care| {
            exclusion::exclude::<View<'_>>(&game.frontiers, &range, slack, &lines, care)
        });
        let equilibrium = |(user_value, scheme): (f64, Scheme)| Equilibrium {
            user_value: user.plus(user_value),
            proof: game.everyone(scheme, user_value, slack),
        };
        for interval in &mut intervals {
            *interval = Interval { from: user.plus(interval.from), to: user.plus(interval.to) };
        }
        Ok(Equilibria { slack, intervals, worst: equilibrium(worst), best: equilibrium(best), exclusion })
    }

    /// The set without a slack, of which the user's values are known.
    fn exact(
        &self,
        zeros: &[(f64, f64)],
        support: &mut Support<'_>,
        lines: &mut Vec<Above>,
    ) -> Result<Found, EquilibriumError> {
        let (view, sum) = (&self.views[0], self.sum.as_ref().ok_or(EquilibriumError::DifferentSignals)?);
        let (lone, lowest) = (self.agents() == 1, self.lowest());
        let mut intervals: Vec<Interval> = zeros.iter().map(|&(from, to)| Interval { from, to }).collect();
        let at = |v: f64| (v, talk_scheme(view, sum, v));
        let best = lone.then(|| at(lowest));
        let mut worst = intervals.first().map(|first| at(first.from));
        // Where all frontiers begin with the same outcome, every outcome that is best for every
        // agent is one of an equilibrium.
        if let Some(first) = intervals.first_mut()
            && first.from <= lowest + self.same()
        {
            let (low, scheme) = self.common_optimum(support, lines)?;
            if low < first.from {
                first.from = low;
                worst = Some((low, scheme));
            }
        }
        // An interval that holds full information alone has the scheme that reveals all.
        if intervals.len() == 1 && intervals[0].from >= self.full() && !lone {
            worst = None;
        }
        Ok(Found { intervals, worst, best })
    }

    /// Of the outcomes that maximise the sum, one that is worst for the user; and a line that shows
    /// that none is worse.
    fn common_optimum(
        &self,
        support: &mut Support<'_>,
        lines: &mut Vec<Above>,
    ) -> Result<(f64, Scheme), EquilibriumError> {
        let view = &self.views[0];
        let sum = weighted_sum(&self.weights);
        let worth = sum.utility(view);
        let value = |optimum: &Optimum| optimum.scheme.value(&view.prior, &worth);
        let lowest = support.maximise_against_user(&sum)?;
        let most = value(&lowest);
        let unit = 1.0 / self.unit;
        // A small enough price on the user's value leaves the maximum where it is.
        for price in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] {
            let objective = Objective { user: -price * unit, ..sum.clone() };
            let found = support.maximise(&objective)?;
            if value(&found) >= most - 1e-10 {
                lines.push(Above::new(self, objective, found.multipliers)?);
                break;
            }
        }
        Ok((lowest.scheme.value(&view.prior, &view.user), lowest.scheme))
    }
}

/// The set, and schemes at its two ends: (user value, scheme). No best one means that full
/// information is in it, no worst one that nothing else is.
pub(super) struct Found<S = Scheme> {
    pub intervals: Vec<Interval>,
    pub worst: Option<(f64, S)>,
    pub best: Option<(f64, S)>,
}

/// Schemes found by a support function that goes on from the last basis.
struct Supported<'a, 'b> {
    game: &'a Known<'b, 'b>,
    support: &'a mut Support<'b>,
}

/// Relative to the stakes of its parties: an objective with less at stake is nothing but roundings.
const CANCELLED: f64 = 1e-13;

impl Supported<'_, '_> {
    /// Whether the parties' weighted utilities cancel out.
    fn cancels(&self, objective: &Objective) -> bool {
        let view = &self.game.views[0];
        let stake = |objective: &Objective| view.ranges(objective).1;
        let parts = objective.agents.iter().map(|&(agent, weight)| weight.abs() * stake(&Objective::agent(agent)));
        let parts: f64 = parts.sum::<f64>() + objective.user.abs() * view.ranges(objective).0;
        stake(objective) <= CANCELLED * parts
    }
}

impl<'b> Oracle<View<'b>> for Supported<'_, 'b> {
    fn maximise(&mut self, objective: &Objective) -> Result<(Scheme, Vec<Multiplier>), PersuadeError> {
        // What cancels out but for roundings is nothing.
        let nothing = Objective { user: 0.0, agents: vec![] };
        let objective = if self.cancels(objective) { &nothing } else { objective };
        let found = self.support.maximise(objective).or_else(|cause| match cause {
            // Once more, from nothing.
            PersuadeError::Impossible(_) | PersuadeError::Solver(_) => {
                self.support.forget();
                self.support.maximise(objective)
            }
            other => Err(other),
        });
        found.map(|optimum| (optimum.scheme, optimum.multipliers))
    }

    fn line(&self, objective: Objective, multipliers: Vec<Multiplier>) -> Result<Above, EquilibriumError> {
        Above::new(self.game, objective, multipliers)
    }
}
