//! How much prices must rise so that no message exceeds its price: branch and bound over
//! posteriors.

use super::arrays::{Space, check_input};
use super::cell::{Bounder, Cell};
use super::corner::Corners;
use super::input::QuantalArrays;
use super::played::Played;
use super::{CORNERS, Posterior};
use crate::error::{Place, ProofError};

/// How closely, and for how long, the search looks for the best message.
#[derive(Clone, Copy)]
pub struct QuantalSearch<'a> {
    /// The target for the gap between the bound and the messages that were found, in the unit of
    /// the objective.
    pub target: f64,
    /// The largest number of cells times types times actions; the work is proportional to this. If
    /// the last pass alone is too long, the search examines as many again.
    pub cells: usize,
    /// The search ends as soon as it finds a message that requires this increase of prices, if the
    /// caller only needs one. Otherwise infinite.
    pub enough: f64,
    /// Called before each cell; the search ends when it returns false.
    pub going: &'a dyn Fn() -> bool,
}

/// A bound on the value of every scheme against a quantal user.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantalBound {
    /// The upper bound on every scheme, in the unit of the objective.
    pub value: f64,
    /// How much prices must rise so that no message exceeds its price: the sum over the
    /// observations with mass, which share it equally. Negative if prices may fall.
    pub raise: f64,
    /// Of the messages that were found, the one that requires the largest increase of prices: its
    /// posterior over all observations, and the increase, up to rounding.
    pub message: (Vec<f64>, f64),
    /// The number of cells that were examined.
    pub cells: usize,
    /// Whether the target was reached. If not, the bound is valid, but less tight than requested.
    pub complete: bool,
}

/// The ratio of the targets of consecutive passes.
const NEARER: f64 = 16.0;
/// The number of passes before the last.
const PASSES: i32 = 4;
/// If the last pass is too long, the search tries this multiple of its target.
const HALFWAY: f64 = 3.0;
/// The largest number of times that a cell is halved.
const DEEPEST: u16 = 200;

/// A rigorous upper bound on the value of every scheme to the objective, against a user of
/// sensitivity `eta`. It holds for any `prices` (`[observations]`, in the unit of the objective per
/// unit of mass), and is close to the optimum if the prices are those of an optimal scheme. The
/// shortfall of a price is weighed by the observation's share of all probability, so that rare
/// observations are treated like others. `None` if more than
/// [`MOST_OBSERVATIONS`](super::MOST_OBSERVATIONS) observations have mass (observations that are
/// equal up to their frequency count once), or if a type's mass at an observation, or its share of
/// it, is positive and below `1e-100`.
///
/// # Errors
/// If the arrays do not fit together, a number is not allowed, or the bound overflows.
pub fn quantal_bound(
    arrays: &QuantalArrays<'_>,
    eta: f64,
    prices: &[f64],
    search: &QuantalSearch<'_>,
) -> Result<Option<QuantalBound>, ProofError> {
    check_input(arrays, eta, prices)?;
    let played = Played::new(arrays, eta, search.target.max(0.0));
    let loss = played.as_ref().map_or(0.0, |played| played.loss);
    let own = played.as_ref().map_or(*arrays, |played| played.arrays(arrays));
    let Some(space) = Space::new(&own, eta, prices) else {
        return Ok(None);
    };
    if space.dimension() == 0 {
        let message = (vec![0.0; prices.len()], 0.0);
        return Ok(Some(QuantalBound { value: loss, raise: loss, message, cells: 0, complete: true }));
    }
    let n = space.dimension() as f64;
    let per_observation = |total: f64| total / space.scale / n;
    let scaled = QuantalSearch {
        target: per_observation(search.target.max(0.0)),
        enough: per_observation(search.enough),
        ..*search
    };
    let Found { level, message, value: found, cells, complete } = Search::new(&space).run(&scaled);
    // A posterior gives each observation its share of the mass, not of the unit.
    let mut posterior = vec![0.0; prices.len()];
    for (i, twins) in space.observations.iter().enumerate() {
        // The cheapest of twins carries the message.
        let cheapest = twins.iter().min_by(|&&left, &&right| prices[left].total_cmp(&prices[right]));
        cheapest.into_iter().for_each(|&x| posterior[x] = message[i] * (space.masses[i] / space.units[i]));
    }
    let total: f64 = posterior.iter().sum();
    posterior.iter_mut().for_each(|q| *q /= total);
    // All messages together contain one unit of each observation. So each level adds one per
    // observation.
    let raise = (n * level).next_up();
    let mut value = raise;
    for (unit, price) in space.units.iter().zip(&space.prices) {
        value = f64::next_up(value + (unit * price).next_up());
    }
    let [value, raise] = [value, raise].map(|number| ((number * space.scale).next_up() + loss).next_up());
    if value.is_finite() {
        Ok(Some(QuantalBound { value, raise, message: (posterior, n * found * space.scale), cells, complete }))
    } else {
        Err(ProofError::Overflow(Place::alone("the upper bound")))
    }
}

struct Search<'a> {
    space: &'a Space,
    corners: Corners<'a>,
    bounder: Bounder<'a>,
    cells: usize,
    /// The highest level that a message was found to need, and its posterior.
    found: f64,
    message: Posterior,
}

/// The outcome of a search.
struct Found {
    /// The increase of prices per unit of probability, at each observation.
    level: f64,
    message: Posterior,
    value: f64,
    cells: usize,
    complete: bool,
}

/// A cell to examine, and the number of corners when it was created.
struct Open {
    cell: Cell,
    depth: u16,
    corners: usize,
}

impl<'a> Search<'a> {
    fn new(space: &'a Space) -> Self {
        Self {
            space,
            corners: Corners::new(space),
            bounder: Bounder::new(space),
            cells: 0,
            found: f64::NEG_INFINITY,
            message: [0.0; CORNERS],
        }
    }

    /// Records the value of the last corner.
    fn note(&mut self) {
        let corner = self.corners.len() - 1;
        if self.corners.level(corner) > self.found {
            (self.found, self.message) = (self.corners.level(corner), *self.corners.posterior(corner));
        }
    }

    /// Each pass is tighter than the one before. If the last pass is too long, the previous one
    /// still gives a bound.
    fn run(mut self, search: &QuantalSearch<'_>) -> Found {
        let n = self.space.dimension();
        let mut whole = Cell::default();
        for (x, corner) in whole.iter_mut().enumerate().take(n) {
            let mut posterior: Posterior = [0.0; CORNERS];
            posterior[x] = 1.0;
            *corner = self.corners.add(posterior) as u32;
            self.note();
        }
        let mut level = self.bounder.bound(&self.corners, whole, f64::NEG_INFINITY).most();
        let most = search.cells / (self.space.types * self.space.actions);
        let passes = (0..=PASSES).rev().map(|pass| (NEARER.powi(pass), most)).chain([(HALFWAY, 2 * most)]);
        let mut ended = false;
        for (times, most) in passes {
            let target = search.target * times;
            let is_far = level > self.found + search.target * 2.0 * NEARER;
            if level <= self.found + target || (times == HALFWAY && is_far) {
                continue;
            }
            match self.pass(whole, target, most, search) {
                // Not `min`: NaN must not count as a bound.
                Some(next) => level = if level < next { level } else { next },
                None if self.found > search.enough => {
                    ended = true;
                    break;
                }
                None => ended = true,
            }
        }
        let complete = !ended && level <= (self.found + search.target).next_up();
        Found { level, message: self.message, value: self.found, cells: self.cells, complete }
    }

    /// Cuts the simplex into cells in which no message needs more than a level. The level is raised
    /// if a corner needs more. Returns the level, unless it takes too many cells or the search has
    /// found enough.
    fn pass(&mut self, whole: Cell, target: f64, most: usize, search: &QuantalSearch<'_>) -> Option<f64> {
        let mut level = self.found + target;
        let mut open = vec![Open { cell: whole, depth: 0, corners: self.space.dimension() }];
        while let Some(Open { cell, depth, corners }) = open.pop() {
            if self.cells >= most || self.found > search.enough || !(search.going)() {
                return None;
            }
            self.cells += 1;
            self.corners.truncate(corners);
            let bound = self.bounder.bound(&self.corners, cell, level);
            if bound.is_at_most(level) {
                continue;
            }
            let middle = if depth == DEEPEST || self.space.dimension() == 1 {
                None
            } else {
                let (i, j) = bound.edge(&self.corners, cell);
                self.corners.add_middle(cell[i] as usize, cell[j] as usize).map(|middle| (i, j, middle))
            };
            let Some((i, j, middle)) = middle else {
                let all = bound.most();
                if all.is_nan() || all == f64::INFINITY {
                    return None;
                }
                level = level.max(all);
                continue;
            };
            self.note();
            level = level.max(self.found + target);
            for k in [i, j] {
                let mut half = cell;
                half[k] = middle as u32;
                open.push(Open { cell: half, depth: depth + 1, corners: self.corners.len() });
            }
        }
        Some(level)
    }
}
