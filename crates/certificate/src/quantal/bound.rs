//! By how much prices have to be raised so that no message is worth more: branch and bound over
//! posteriors.

use super::arrays::{QuantalArrays, Space, check_input};
use super::cell::{Bounder, Cell};
use super::corner::Corners;
use super::played::Played;
use super::{CORNERS, Posterior};
use crate::error::{Place, ProofError};

/// How closely, and for how long, the best message is searched for.
#[derive(Clone, Copy)]
pub struct QuantalSearch<'a> {
    /// How much closer than the bound prices may be, for all that was found: in the unit of the
    /// objective.
    pub target: f64,
    /// How many cells are looked at, at most, times the numbers of types and of actions: work is
    /// proportional to this. As many again are looked at where the last pass alone is too long.
    pub cells: usize,
    /// The search ends as soon as it finds a message by which prices have to be raised by so much:
    /// for those who look for one. Else infinite.
    pub enough: f64,
    /// Asked before each cell; the search ends where it says no.
    pub going: &'a dyn Fn() -> bool,
}

/// A bound on what any scheme is worth against a quantal user.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantalBound {
    /// What no scheme is worth more than, in the unit of the objective.
    pub value: f64,
    /// By how much the prices have to be raised, in sum over the observations with mass, each of
    /// which takes an equal part, so that no message is worth more than its price. Negative, if
    /// they may be lowered.
    pub raise: f64,
    /// The posterior, over all observations, of the message by which prices have to be raised most
    /// of those that were found, and by how much that is, but for rounding.
    pub message: (Vec<f64>, f64),
    /// How many cells were looked at.
    pub cells: usize,
    /// Whether the target was reached; if not, the bound is true, but not as near as it was to be.
    pub complete: bool,
}

/// How much nearer the bound of each pass is than that of the one before.
const NEARER: f64 = 16.0;
/// The number of passes before the last.
const PASSES: i32 = 4;
/// Where the last pass is too long, so much of its target is tried.
const HALFWAY: f64 = 3.0;
/// No cell is halved more often than this.
const DEEPEST: u16 = 200;

/// What no scheme is worth more than to the objective against a user of sensitivity `eta`: rigorous
/// whatever `prices` are (`[observations]`, in the unit of the objective per unit of mass), and
/// near the optimum if they are those of an optimal scheme. What a price falls short of is measured
/// by what the observation has of all probability, so that rare observations are treated as others.
/// `None` where more than [`MOST_OBSERVATIONS`](super::MOST_OBSERVATIONS) observations have mass
/// (those that differ in nothing but how often they are made count once), or a type's mass at one,
/// or its share of it, is positive and below `1e-100`.
///
/// # Errors
/// If the arrays do not fit together, a number is not one that it may be, or the bound
/// overflows.
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
    // A posterior gives each observation its part of the mass, not of the unit.
    let mut posterior = vec![0.0; prices.len()];
    for (i, twins) in space.observations.iter().enumerate() {
        // Of twins, the cheapest carries the message.
        let cheapest = twins.iter().min_by(|&&left, &&right| prices[left].total_cmp(&prices[right]));
        cheapest.into_iter().for_each(|&x| posterior[x] = message[i] * (space.masses[i] / space.units[i]));
    }
    let total: f64 = posterior.iter().sum();
    posterior.iter_mut().for_each(|q| *q /= total);
    // All messages together have as much of each observation as its unit, and of each level one per
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
    /// The highest level that a message was found to need, and where.
    found: f64,
    message: Posterior,
}

/// What a search comes to.
struct Found {
    /// By so much per unit of probability prices have to be raised, at each observation.
    level: f64,
    message: Posterior,
    value: f64,
    cells: usize,
    complete: bool,
}

/// A cell that is to be looked at, and how many corners were there when it was made.
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

    /// Notes what the last corner is worth.
    fn note(&mut self) {
        let corner = self.corners.len() - 1;
        if self.corners.level(corner) > self.found {
            (self.found, self.message) = (self.corners.level(corner), *self.corners.posterior(corner));
        }
    }

    /// Passes come nearer and nearer, so that when the last one is too long, there is the one
    /// before.
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
                // Not `min`: a bound that is not a number is none.
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

    /// Cuts the simplex into cells that are proved to need no more than a level, which is raised
    /// where a corner needs more. The level, unless it takes too many cells, or enough was found.
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
