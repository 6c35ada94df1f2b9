//! The whole set of equilibrium outcomes.

use super::exclusion::{self, Above, Range, exclude};
use super::gap::zeros;
use super::intervals::{Found, ValueInterval};
use super::slack::{self, Oracle, Terms};
use super::{BestAgentGame, Known, weighted_sum};
use crate::EquilibriumError;
use suasion_certificate::{Communication, ExclusionProof, ProfileProof, Rational};
use suasion_model::Objective;
use suasion_persuasion::{BoundOf, PersuadeError, SchemeOf, Sender, Support, scheme_at};

/// An equilibrium in which everyone offers the same scheme.
#[derive(Clone, Debug)]
pub struct Equilibrium<C: Communication> {
    /// The user's value.
    pub user_value: f64,
    /// The proof that nobody gains by another offer.
    pub proof: ProfileProof<C>,
}

/// All equilibrium outcomes.
#[derive(Clone, Debug)]
pub struct Equilibria<C: Rational> {
    /// The slack: what an agent may gain by another offer.
    pub slack: f64,
    /// The user's equilibrium values, as disjoint intervals in increasing order. The last one
    /// contains full information, unless there is only one agent.
    pub intervals: Vec<ValueInterval>,
    /// A worst equilibrium for the user.
    pub worst: Equilibrium<C>,
    /// A best equilibrium for her.
    pub best: Equilibrium<C>,
    /// The proof that every equilibrium gives the user at least some value.
    pub exclusion: ExclusionProof<C>,
}

impl<S: Sender> BestAgentGame<'_, S>
where
    S::Communication: Rational,
{
    /// All equilibrium outcomes in which no agent gains more than `slack` by another offer,
    /// exactly: as intervals of the user's value.
    ///
    /// *Method.* Without slack, `v` is the user's value in an equilibrium iff the frontier of the
    /// agents' weighted sum meets the sum of their frontiers there. Both are piecewise linear, so
    /// only the frontiers are computed, and only near the points where they meet. With slack,
    /// equilibria between neighboring vertices of the frontiers form a polytope. Its least and
    /// greatest user values are computed over the outcomes that a few schemes span; other schemes
    /// enter when they are needed.
    ///
    /// # Errors
    /// If agents observe different signals, `slack` is not a finite number of at least 0, the
    /// solver fails, or a limit stops the computation.
    pub fn equilibria(&self, slack: f64) -> Result<Equilibria<S::Communication>, EquilibriumError> {
        check_slack(slack)?;
        let mut known = self.known();
        if known.sum.is_none() {
            return Err(EquilibriumError::DifferentSignals);
        }
        let found = known.set(slack, self.frontier_error())?;
        Ok(known.surely(found))
    }
}

/// Refuses a slack that is not allowed.
pub(super) fn check_slack(slack: f64) -> Result<(), EquilibriumError> {
    if slack.is_finite() && slack >= 0.0 {
        return Ok(());
    }
    Err(EquilibriumError::Number { what: "the slack", found: slack, expected: "a finite number of at least 0" })
}

impl<S: Sender> Known<'_, '_, S>
where
    S::Communication: Rational,
{
    /// The set, if the value of a frontier may have an error of `error`, relative to the stake.
    pub(super) fn set(&mut self, slack: f64, error: f64) -> Result<Equilibria<S::Communication>, EquilibriumError> {
        let zero = self.zero(error);
        let settled =
            if self.agents() == 1 { vec![] } else { self.settle(zero + slack * self.weights.iter().sum::<f64>())? };
        let game = &*self;
        let (full, same) = (game.full(), game.same());
        let mut lines = game.lines();
        let mut support = Supported { game, support: game.senders[0].support(game.precise, &game.settings) };
        let found = if slack > 0.0 {
            slack::set(&game.terms(slack)?, &settled, &mut support, &mut lines)?
        } else {
            let lowest = game.lowest();
            let zeros = if game.agents() == 1 { vec![(lowest, lowest)] } else { zeros(&settled, zero, same) };
            game.exact(&zeros, &mut support, &mut lines)?
        };
        let Found { mut intervals, mut worst, best } = found;
        if game.agents() > 1 {
            // Nobody can outbid full information.
            match intervals.last_mut() {
                Some(last) if last.to >= full - same => last.to = full,
                _ => intervals.push(ValueInterval { from: full, to: full }),
            }
            if intervals[0].from >= full - same {
                intervals[0].from = full;
                worst = None;
            }
        }
        let lowest = worst.as_ref().map_or(full, |(value, _)| *value);
        let worst = game.everyone(worst.map(|(_, scheme)| scheme), slack);
        let best = game.everyone(best.map(|(_, scheme)| scheme), slack);
        let user = game.level.user();
        let range = Range { none: game.none(), full, worst: lowest, unit: game.unit, user };
        let communication = game.senders[0].communication();
        let (schemes, pieces) = (vec![], vec![]);
        let empty = ExclusionProof { communication, prior: game.prior, slack, schemes, lines: vec![], pieces };
        let exclusion = exclusion::proved(game.instance, &empty, |care, empty| {
            exclude(&game.frontiers, &range, &lines, care, empty)
        });
        for interval in &mut intervals {
            *interval = ValueInterval { from: user.plus(interval.from), to: user.plus(interval.to) };
        }
        Ok(Equilibria { slack, intervals, worst, best, exclusion })
    }
}

impl<S: Sender> Known<'_, '_, S> {
    /// The part of the game that determines equilibria within a slack.
    pub(super) fn terms(&self, slack: f64) -> Result<Terms<'_, S>, EquilibriumError> {
        Ok(Terms {
            sender: &self.senders[0],
            frontiers: &self.frontiers,
            sum: self.sum.as_ref().ok_or(EquilibriumError::DifferentSignals)?,
            weights: &self.weights,
            unit: 1.0 / self.unit,
            none: self.none(),
            full: self.full(),
            lowest: self.lowest(),
            same: self.same(),
            slack,
        })
    }

    /// The set without a slack, given the user's values.
    fn exact(
        &self,
        zeros: &[(f64, f64)],
        support: &mut Supported<'_, '_, '_, S>,
        lines: &mut Vec<Above<S::Communication>>,
    ) -> Result<Found<SchemeOf<S>>, EquilibriumError> {
        let (sender, sum) = (&self.senders[0], self.sum.as_ref().ok_or(EquilibriumError::DifferentSignals)?);
        let (monopoly, lowest) = (self.agents() == 1, self.lowest());
        let mut intervals: Vec<ValueInterval> = zeros.iter().map(|&(from, to)| ValueInterval { from, to }).collect();
        let at = |v: f64| (v, scheme_at(sender, sum, v));
        let best = monopoly.then(|| at(lowest));
        let mut worst = intervals.first().map(|first| at(first.from));
        // If all frontiers begin with the same outcome, every outcome that is best for every agent
        // is an equilibrium outcome.
        if let Some(first) = intervals.first_mut()
            && first.from <= lowest + self.same()
        {
            let (low, scheme) = self.common_optimum(support, lines)?;
            if low < first.from {
                first.from = low;
                worst = Some((low, scheme));
            }
        }
        Ok(Found { intervals, worst, best })
    }

    /// A worst outcome for the user among those that maximize the sum, and a line that shows that
    /// no other is worse.
    fn common_optimum(
        &self,
        support: &mut Supported<'_, '_, '_, S>,
        lines: &mut Vec<Above<S::Communication>>,
    ) -> Result<(f64, SchemeOf<S>), EquilibriumError> {
        let (sender, sum) = (&self.senders[0], weighted_sum(&self.weights));
        let (scheme, _) = support.maximize_against_user(&sum)?;
        let lowest = sender.values(&scheme);
        let most = lowest.of(&sum);
        let unit = 1.0 / self.unit;
        // With a small enough price on the user's value, the maximizer still maximizes the sum.
        for price in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5] {
            let objective = Objective { user: -price * unit, ..sum.clone() };
            let (other, bound) = support.maximize(&objective)?;
            if sender.values(&other).of(&sum) >= most - sender.resolution() {
                lines.push(self.line(objective, bound));
                break;
            }
        }
        Ok((lowest.user, scheme))
    }
}

/// The outcomes of a game.
struct Supported<'k, 'g, 'a, S: Sender> {
    game: &'k Known<'g, 'a, S>,
    support: Box<dyn Support<S> + 'k>,
}

impl<S: Sender> Support<S> for Supported<'_, '_, '_, S> {
    fn maximize(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        self.support.maximize(objective)
    }

    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        self.support.maximize_against_user(objective)
    }
}

impl<S: Sender> Oracle<S> for Supported<'_, '_, '_, S> {
    fn line(&self, objective: Objective, bound: BoundOf<S>) -> Above<S::Communication> {
        self.game.line(objective, bound)
    }
}
