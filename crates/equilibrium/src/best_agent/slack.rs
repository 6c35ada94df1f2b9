//! Equilibria in which every agent may gain a little by another offer.
//!
//! Between neighboring vertices of the agents' frontiers every `V_i` is linear, and the outcomes
//! with `U_i(pi) >= V_i(u(pi)) - slack` are a polytope, so their user values are an interval.
//! Dantzig and Wolfe's decomposition (Operations Research 8, 1960) finds its ends: a small master
//! program mixes the outcomes of known schemes, and a scheme enters if it is better in the
//! direction of the master's duals. Schemes are kept from one interval to the next. Intervals that
//! a line excludes as a whole are skipped.

use super::FrontierOf;
use super::exclusion::Above;
use super::gap::Settled;
use super::intervals::{Found, ValueInterval};
use crate::EquilibriumError;
use suasion_lp::{LpOptions, Model, Program, Sense, Stop};
use suasion_model::Objective;
use suasion_persuasion::{BoundOf, PersuadeError, SchemeOf, Sender, Support, Values};

/// The part of a game among agents with shared information that determines equilibria within a
/// slack.
pub(super) struct Terms<'a, S: Sender> {
    pub sender: &'a S,
    /// Each agent's frontier, `[agents]`.
    pub frontiers: &'a [FrontierOf<S>],
    /// The frontier of the weighted sum.
    pub sum: &'a FrontierOf<S>,
    /// The units of the agents, `[agents]`, and of the user: one over the stake.
    pub weights: &'a [f64],
    pub unit: f64,
    /// The user's values under no and full information, and the lowest user value on a frontier.
    pub none: f64,
    pub full: f64,
    pub lowest: f64,
    /// User values that differ by less than this count as equal.
    pub same: f64,
    /// What an agent may gain.
    pub slack: f64,
}

/// The outcomes of all schemes, and the lines that bounds prove.
pub(super) trait Oracle<S: Sender>: Support<S> {
    /// The line that a bound proves.
    fn line(&self, objective: Objective, bound: BoundOf<S>) -> Above<S::Communication>;
}

/// A scheme and its outcome.
struct Point<V> {
    scheme: V,
    values: Values,
}

/// An interval between neighboring vertices, on which `V_i(v) = heights[i] - slopes[i] * (v -
/// from)`. Everything is measured from `from`, so that nothing is lost if the user's values differ
/// little from one another.
struct Stretch {
    from: f64,
    to: f64,
    heights: Vec<f64>,
    slopes: Vec<f64>,
}

/// Below this, in weighted units, an agent's regret counts as within its slack.
const FEASIBLE: f64 = 1e-10;
/// The improvement, in weighted units, that a scheme needs to enter.
const BETTER: f64 = 1e-10;
/// Intervals closer than this, relative to the user's stake, are merged.
const JOINED: f64 = 1e-9;
const MOST_ROUNDS: usize = 500;

/// What is minimized over the outcomes of a stretch.
#[derive(Clone, Copy, PartialEq)]
enum Goal {
    /// The largest regret beyond the slack.
    Excess,
    /// The user's value.
    Lowest,
    /// Its negative.
    Highest,
}

/// An optimum of the master: the value of its goal, and the mixture of schemes.
struct Mixed {
    value: f64,
    shares: Vec<(usize, f64)>,
}

struct Search<'a, S: Sender, O> {
    terms: &'a Terms<'a, S>,
    oracle: &'a mut O,
    lines: &'a mut Vec<Above<S::Communication>>,
    points: Vec<Point<SchemeOf<S>>>,
    /// The minimum over mixtures of the largest regret beyond the slack, in the current stretch.
    excess: f64,
}

/// The user values of all equilibria within the slack. Lines that exclude other values are added to
/// `lines`.
pub(super) fn set<S: Sender>(
    terms: &Terms<'_, S>,
    settled: &[Settled],
    oracle: &mut impl Oracle<S>,
    lines: &mut Vec<Above<S::Communication>>,
) -> Result<Found<SchemeOf<S>>, EquilibriumError> {
    let mut search = Search { terms, oracle, lines, points: vec![], excess: 0.0 };
    let frontiers = terms.frontiers.iter().chain([terms.sum]);
    for scheme in frontiers.flat_map(|frontier| &frontier.vertices).map(|vertex| &vertex.scheme) {
        search.enter(scheme.clone());
    }
    search.enter(terms.sender.no_information());
    let monopoly = terms.weights.len() == 1;
    let mut intervals: Vec<ValueInterval> = vec![];
    let mut worst = None;
    let mut highest: Option<Mixed> = None;
    for stretch in search.stretches(settled) {
        if search.is_excluded(&stretch) {
            continue;
        }
        let excess = search.optimum(&stretch, Goal::Excess)?;
        if excess.value > FEASIBLE {
            continue;
        }
        search.excess = excess.value.max(0.0);
        let lowest = search.optimum(&stretch, Goal::Lowest)?;
        let top = search.optimum(&stretch, Goal::Highest)?;
        let within = |v: f64| v.clamp(stretch.from, stretch.to);
        let mut from = within(lowest.value);
        if worst.is_none() {
            let scheme = search.mixed(&lowest);
            // The user's value of the scheme, to the last digit: values above it must not be
            // excluded.
            from = terms.sender.values(&scheme).user;
            worst = Some((from, scheme));
        }
        let to = within(-top.value).max(from);
        let joined = JOINED / terms.unit;
        match intervals.last_mut() {
            Some(last) if from <= last.to + joined => last.to = last.to.max(to),
            _ => intervals.push(ValueInterval { from, to }),
        }
        highest = Some(top);
    }
    let best = highest.filter(|_| monopoly).map(|top| (-top.value, search.mixed(&top)));
    Ok(Found { intervals, worst, best })
}

impl<S: Sender, O: Oracle<S>> Search<'_, S, O> {
    fn enter(&mut self, scheme: SchemeOf<S>) {
        let values = self.terms.sender.values(&scheme);
        self.points.push(Point { scheme, values });
    }

    fn mixed(&self, mixed: &Mixed) -> SchemeOf<S> {
        let parts: Vec<(f64, &SchemeOf<S>)> =
            mixed.shares.iter().map(|&(point, share)| (share, &self.points[point].scheme)).collect();
        self.terms.sender.mix(&parts)
    }

    /// The intervals on which every `V_i` is linear and there may be equilibria: below all
    /// vertices, and where the frontiers are settled.
    fn stretches(&self, settled: &[Settled]) -> Vec<Stretch> {
        let &Terms { frontiers, none, full, lowest, .. } = self.terms;
        let flat = Stretch {
            from: none,
            to: if frontiers.len() == 1 { full } else { lowest.max(none) },
            heights: frontiers.iter().map(|frontier| frontier.value(f64::NEG_INFINITY)).collect(),
            slopes: vec![0.0; frontiers.len()],
        };
        let stretch = |piece: &Settled| {
            let (from, to) = (piece.from, piece.to);
            let line = |frontier: &FrontierOf<S>| {
                let (left, right) = (frontier.value(from), frontier.value(to));
                let slope = ((left - right) / (to - from)).max(0.0);
                (left, slope)
            };
            let (heights, slopes) = frontiers.iter().map(line).unzip();
            Stretch { from, to, heights, slopes }
        };
        let long = settled.iter().filter(|piece| piece.to - piece.from > 10.0 * self.terms.same);
        [flat].into_iter().chain(long.map(stretch)).collect()
    }

    /// Whether one line shows that there is no equilibrium in the whole stretch.
    fn is_excluded(&self, stretch: &Stretch) -> bool {
        // A monopolist's frontier does not bound its deviations.
        let Terms { frontiers, slack, .. } = self.terms;
        frontiers.len() > 1
            && self
                .lines
                .iter()
                .any(|line| [stretch.from, stretch.to].iter().all(|&v| line.margin(frontiers, *slack, v) > FEASIBLE))
    }

    /// The best mixture of outcomes for a goal, over all outcomes of the stretch.
    fn optimum(&mut self, stretch: &Stretch, goal: Goal) -> Result<Mixed, EquilibriumError> {
        let (unit, agents) = (self.terms.unit, self.terms.weights.len());
        for _ in 0..MOST_ROUNDS {
            let solved = self.master(stretch, goal)?;
            let Master { value, shares, duals } = solved;
            // In weighted units; converted to true units for the direction of the search for a
            // better scheme.
            let pushes: Vec<(usize, f64)> = (0..agents)
                .map(|i| (i, duals[i].max(0.0) * self.terms.weights[i]))
                .filter(|(_, weight)| *weight > 0.0)
                .collect();
            let cost = match goal {
                Goal::Excess => 0.0,
                Goal::Lowest => -unit,
                Goal::Highest => unit,
            };
            let user =
                pushes.iter().map(|&(i, weight)| weight * stretch.slopes[i]).sum::<f64>() + unit * duals[agents] + cost;
            let known = duals[agents + 1];
            let objective = Objective { user, agents: pushes };
            let (scheme, bound) = self.oracle.maximize(&objective)?;
            // A known scheme is better only by rounding.
            let settled = self.worth(&scheme, &objective, stretch.from) <= BETTER - known
                || self.points.iter().any(|point| point.scheme == scheme);
            if settled || goal == Goal::Excess && value <= FEASIBLE {
                if settled && goal != Goal::Highest && !objective.agents.is_empty() {
                    self.lines.push(self.oracle.line(objective, bound));
                }
                let value = match goal {
                    Goal::Excess => value,
                    Goal::Lowest => value / unit + stretch.from,
                    Goal::Highest => value / unit - stretch.from,
                };
                return Ok(Mixed { value, shares });
            }
            self.enter(scheme);
        }
        Err(PersuadeError::Impossible("without an end to its rounds".into()).into())
    }

    /// The value of a scheme for a goal, with the user's value measured from `from`.
    fn worth(&self, scheme: &SchemeOf<S>, objective: &Objective, from: f64) -> f64 {
        let Values { user, agents } = self.terms.sender.values(scheme);
        Values { user: user - from, agents }.of(objective)
    }

    /// The master with as little tolerance as possible.
    fn master(&self, stretch: &Stretch, goal: Goal) -> Result<Master, EquilibriumError> {
        let roomy = |room: f64| self.master_within(stretch, goal, room);
        roomy(0.0).or_else(|_| roomy(FEASIBLE)).or_else(|_| roomy(10.0 * FEASIBLE))
    }

    fn master_within(&self, stretch: &Stretch, goal: Goal, room: f64) -> Result<Master, EquilibriumError> {
        let &Terms { weights, unit, slack, .. } = self.terms;
        let mut program = Program::new("equilibria within a slack, master", Sense::Minimise);
        for point in &self.points {
            let cost = match goal {
                Goal::Excess => 0.0,
                Goal::Lowest => unit * (point.values.user - stretch.from),
                Goal::Highest => -unit * (point.values.user - stretch.from),
            };
            program.add_column(cost, 0.0, f64::INFINITY);
        }
        let excess = match goal {
            Goal::Excess => program.add_column(1.0, 0.0, f64::INFINITY),
            // The level that was found to suffice.
            _ => program.add_column(0.0, 0.0, self.excess + room),
        };
        for (i, &weight) in weights.iter().enumerate() {
            let worth = |point: &Point<SchemeOf<S>>| {
                weight
                    * (point.values.agents[i] - stretch.heights[i]
                        + stretch.slopes[i] * (point.values.user - stretch.from))
            };
            let entries = self.points.iter().enumerate().map(|(j, point)| (j, worth(point)));
            // The solver accepts rows that are slightly violated.
            let kept = if room == 0.0 && weight * slack > 10.0 * FEASIBLE { 2.0 * FEASIBLE } else { 0.0 };
            program.add_row(kept - weight * slack, f64::INFINITY, entries.chain([(excess, 1.0)]));
        }
        let users = self.points.iter().enumerate().map(|(j, point)| (j, unit * (point.values.user - stretch.from)));
        // A stretch may be as narrow as a rounding.
        program.add_row(-FEASIBLE, unit * (stretch.to - stretch.from) + FEASIBLE, users);
        program.add_row(1.0, 1.0, (0..self.points.len()).map(|j| (j, 1.0)));
        let options = LpOptions { primal_tolerance: 1e-10, dual_tolerance: 1e-10, ..LpOptions::default() };
        let mut model = Model::from_program(&program, options).map_err(PersuadeError::Solver)?;
        let outcome = model.solve().map_err(PersuadeError::Solver)?;
        if !matches!(outcome.stop, Stop::Optimal | Stop::Imprecise) {
            return Err(PersuadeError::Impossible(format!("{:?} (a mixture of schemes)", outcome.stop)).into());
        }
        let primal = model.primal().map_err(PersuadeError::Solver)?;
        let positive = primal[..excess].iter().copied().enumerate().filter(|(_, share)| *share > 0.0);
        let shares = positive.collect();
        let mut duals = Vec::new();
        model.read_duals(&mut duals).map_err(PersuadeError::Solver)?;
        // Rows are relative to the heights; the convexity row corrects for this.
        let heights: f64 = (0..weights.len()).map(|i| duals[i].max(0.0) * weights[i] * stretch.heights[i]).sum();
        let last = duals.len() - 1;
        duals[last] -= heights;
        Ok(Master { value: outcome.objective, shares, duals })
    }
}

/// An optimum of the restricted master, with the duals of the agents, of the user's value, and of
/// convexity.
struct Master {
    value: f64,
    shares: Vec<(usize, f64)>,
    duals: Vec<f64>,
}
