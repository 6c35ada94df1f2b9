//! Equilibria in which every agent may gain a little by another offer.
//!
//! Between neighbouring vertices of the agents' frontiers every `V_i` is linear, and the outcomes with `U_i(pi) >= V_i(u(pi)) - slack` are a
//! polytope: a convex set of user values. Its ends are found by Dantzig and Wolfe's decomposition (Operations Research 8, 1960): a small master
//! program mixes the outcomes of schemes that are known, and a scheme enters if it is better in the direction of the master's duals. Schemes
//! stay from one interval to the next. Intervals that a line excludes as a whole are not looked at.

use super::Known;
use super::exclusion::Above;
use super::gap::Settled;
use super::set::{Found, Interval};
use crate::EquilibriumError;
use suasion_lp::{Model, Options, Program, Sense, Stop};
use suasion_model::{Matrix, Objective, Scheme};
use suasion_persuasion::{PersuadeError, Support, mix};

/// A scheme and its outcome.
struct Point {
    scheme: Scheme,
    user: f64,
    agents: Vec<f64>,
}

/// An interval between neighbouring vertices, on which `V_i(v) = heights[i] - slopes[i] * (v - from)`. All is measured from `from`, so that
/// nothing is lost where the user's values differ little from one another.
struct Stretch {
    from: f64,
    to: f64,
    heights: Vec<f64>,
    slopes: Vec<f64>,
}

/// Below this, in weighted units, an agent's regret is within its slack.
const FEASIBLE: f64 = 1e-10;
/// By how much, in weighted units, a scheme has to be better in order to enter.
const BETTER: f64 = 1e-10;
const MOST_ROUNDS: usize = 500;

/// What is minimised over the outcomes of a stretch.
#[derive(Clone, Copy, PartialEq)]
enum Goal {
    /// The largest regret beyond the slack.
    Excess,
    /// The user's value.
    Lowest,
    /// Its negative.
    Highest,
}

/// An optimum of the master: the value of its goal, and the schemes that are mixed.
struct Mixed {
    value: f64,
    shares: Vec<(usize, f64)>,
}

struct Search<'a, 'b> {
    game: &'a Known<'a, 'b>,
    slack: f64,
    support: &'a mut Support<'b>,
    lines: &'a mut Vec<Above>,
    points: Vec<Point>,
}

/// The user values of all equilibria within `slack`; lines that exclude others are added to `lines`.
pub(super) fn set<'b>(
    game: &Known<'b, 'b>,
    slack: f64,
    settled: &[Settled],
    support: &mut Support<'b>,
    lines: &mut Vec<Above>,
) -> Result<Found, EquilibriumError> {
    let mut search = Search { game, slack, support, lines, points: vec![] };
    let sum = game.sum.iter();
    let schemes = game.frontiers.iter().chain(sum).flat_map(|frontier| &frontier.vertices).map(|vertex| &vertex.scheme);
    for scheme in schemes {
        search.enter(scheme.clone());
    }
    search.enter(game.views[0].silence());
    let lone = game.agents() == 1;
    let mut intervals: Vec<Interval> = vec![];
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
        let lowest = search.optimum(&stretch, Goal::Lowest)?;
        let top = search.optimum(&stretch, Goal::Highest)?;
        let within = |v: f64| v.clamp(stretch.from, stretch.to);
        let mut from = within(lowest.value);
        if worst.is_none() {
            let scheme = search.mixed(&lowest);
            // What the scheme is worth, to the last digit: nothing above it is to be excluded.
            from = scheme.value(&game.views[0].prior, &game.views[0].user);
            worst = Some((from, scheme));
        }
        let to = within(-top.value).max(from);
        let joined = 1e-9 * (1.0 + from.abs());
        match intervals.last_mut() {
            Some(last) if from <= last.to + joined => last.to = last.to.max(to),
            _ => intervals.push(Interval { from, to }),
        }
        highest = Some(top);
    }
    let best = highest.filter(|_| lone).map(|top| (-top.value, search.mixed(&top)));
    Ok(Found { intervals, worst, best })
}

impl Search<'_, '_> {
    fn enter(&mut self, scheme: Scheme) {
        let view = &self.game.views[0];
        let user = scheme.value(&view.prior, &view.user);
        let agents = view.agents.iter().map(|utility| scheme.value(&view.prior, utility)).collect();
        self.points.push(Point { scheme, user, agents });
    }

    fn mixed(&self, mixed: &Mixed) -> Scheme {
        let parts: Vec<(f64, &Scheme)> =
            mixed.shares.iter().map(|&(point, share)| (share, &self.points[point].scheme)).collect();
        mix(&self.game.views[0], &parts)
    }

    /// The intervals on which every `V_i` is linear and there may be equilibria: below all vertices, and where the frontiers are settled.
    fn stretches(&self, settled: &[Settled]) -> Vec<Stretch> {
        let game = self.game;
        let (silent, full) = (game.views[0].no_information().1, game.full_information());
        let lone = game.agents() == 1;
        let flat = Stretch {
            from: silent,
            to: if lone { full } else { game.lowest().max(silent) },
            heights: game.frontiers.iter().map(|frontier| frontier.value(f64::NEG_INFINITY)).collect(),
            slopes: vec![0.0; game.agents()],
        };
        let stretch = |piece: &Settled| {
            let (from, to) = (piece.from, piece.to);
            let line = |frontier: &suasion_persuasion::Frontier| {
                let (left, right) = (frontier.value(from), frontier.value(to));
                let slope = ((left - right) / (to - from)).max(0.0);
                (left, slope)
            };
            let (heights, slopes) = game.frontiers.iter().map(line).unzip();
            Stretch { from, to, heights, slopes }
        };
        let long = settled.iter().filter(|piece| piece.to - piece.from > 10.0 * game.same());
        [flat].into_iter().chain(long.map(stretch)).collect()
    }

    /// Whether one line shows that there is no equilibrium in the whole stretch.
    fn is_excluded(&self, stretch: &Stretch) -> bool {
        // A lone agent's frontier is not what its deviations are bounded by.
        self.game.agents() > 1
            && self.lines.iter().any(|line| {
                [stretch.from, stretch.to].iter().all(|&v| line.margin(&self.game.frontiers, self.slack, v) > FEASIBLE)
            })
    }

    /// The best mixture of outcomes for a goal, over all outcomes of the stretch.
    fn optimum(&mut self, stretch: &Stretch, goal: Goal) -> Result<Mixed, EquilibriumError> {
        let game = self.game;
        let agents = game.agents();
        let (low, high) = game.views[0].user.range();
        let unit = if high > low { 1.0 / (high - low) } else { 1.0 };
        for _ in 0..MOST_ROUNDS {
            let solved = self.master(stretch, goal, unit)?;
            let Master { value, shares, duals } = solved;
            // In weighted units; back to true ones for the direction in which a better scheme is sought.
            let pushes: Vec<(usize, f64)> = (0..agents)
                .map(|i| (i, duals[i].max(0.0) * game.weights[i]))
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
            let found = self.support.maximise(&objective)?;
            // A scheme that is known is only better by rounding.
            let settled = self.worth(&found.scheme, &objective, stretch.from) <= BETTER - known
                || self.points.iter().any(|point| point.scheme == found.scheme);
            if settled || goal == Goal::Excess && value <= FEASIBLE {
                if settled && goal != Goal::Highest && !objective.agents.is_empty() {
                    self.lines.push(Above::new(game, objective, found.multipliers)?);
                }
                let value = match goal {
                    Goal::Excess => value,
                    Goal::Lowest => value / unit + stretch.from,
                    Goal::Highest => value / unit - stretch.from,
                };
                return Ok(Mixed { value, shares });
            }
            self.enter(found.scheme);
        }
        Err(PersuadeError::Impossible("without an end to its rounds".into()).into())
    }

    /// What a scheme is worth for a goal, its user's value measured from `from`.
    fn worth(&self, scheme: &Scheme, objective: &Objective, from: f64) -> f64 {
        let view = &self.game.views[0];
        let agents = Objective { user: 0.0, ..objective.clone() }.utility(view);
        let utility = Matrix::from_fn(view.actions(), view.observations(), |a, y| {
            agents[(a, y)] + objective.user * (view.user[(a, y)] - from)
        });
        scheme.value(&view.prior, &utility)
    }

    fn master(&self, stretch: &Stretch, goal: Goal, unit: f64) -> Result<Master, EquilibriumError> {
        let game = self.game;
        let mut program = Program::new("equilibria within a slack, master", Sense::Minimise);
        for point in &self.points {
            let cost = match goal {
                Goal::Excess => 0.0,
                Goal::Lowest => unit * (point.user - stretch.from),
                Goal::Highest => -unit * (point.user - stretch.from),
            };
            program.add_column(cost, 0.0, f64::INFINITY);
        }
        let excess = match goal {
            Goal::Excess => program.add_column(1.0, 0.0, f64::INFINITY),
            // A little more than was found to be enough.
            _ => program.add_column(0.0, 0.0, 10.0 * FEASIBLE),
        };
        for i in 0..game.agents() {
            let weight = game.weights[i];
            let worth = |point: &Point| {
                weight * (point.agents[i] - stretch.heights[i] + stretch.slopes[i] * (point.user - stretch.from))
            };
            let entries = self.points.iter().enumerate().map(|(j, point)| (j, worth(point)));
            program.add_row(-weight * self.slack, f64::INFINITY, entries.chain([(excess, 1.0)]));
        }
        let users = self.points.iter().enumerate().map(|(j, point)| (j, unit * (point.user - stretch.from)));
        // A stretch may be as narrow as a rounding.
        program.add_row(-FEASIBLE, unit * (stretch.to - stretch.from) + FEASIBLE, users);
        program.add_row(1.0, 1.0, (0..self.points.len()).map(|j| (j, 1.0)));
        let options = Options { primal_tolerance: 1e-10, dual_tolerance: 1e-10, ..Options::default() };
        let mut model = Model::from_program(&program, options).map_err(PersuadeError::Solver)?;
        let outcome = model.solve().map_err(PersuadeError::Solver)?;
        if !matches!(outcome.stop, Stop::Optimal | Stop::Imprecise) {
            return Err(PersuadeError::Impossible(format!("{:?}", outcome.stop)).into());
        }
        let primal = model.primal().map_err(PersuadeError::Solver)?;
        let positive = primal[..excess].iter().copied().enumerate().filter(|(_, share)| *share > 0.0);
        let shares = positive.collect();
        let mut duals = Vec::new();
        model.read_duals(&mut duals).map_err(PersuadeError::Solver)?;
        // Rows are relative to the heights, which the convexity row takes back.
        let heights: f64 = (0..game.agents()).map(|i| duals[i].max(0.0) * game.weights[i] * stretch.heights[i]).sum();
        let last = duals.len() - 1;
        duals[last] -= heights;
        Ok(Master { value: outcome.objective, shares, duals })
    }
}

/// An optimum of the restricted master, with its duals: of the agents, of the user's value, of convexity.
struct Master {
    value: f64,
    shares: Vec<(usize, f64)>,
    duals: Vec<f64>,
}
