//! What no message is worth, less its price: branch and bound over posteriors.

use super::arrays::{QuantalArrays, Space};
use super::cell::{Bounder, Cell};
use super::corner::Corners;
use super::{CORNERS, MOST_OBSERVATIONS, Posterior};
use crate::refusal::{Place, Refusal};

/// How closely, and for how long, the best message is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantalSearch {
    /// How far the bound on the price of a message may be above the price of one that was found, in the unit of the objective per unit of mass.
    pub target: f64,
    /// How many cells are looked at, at most, times the numbers of types and of actions: work is proportional to this.
    pub cells: usize,
    /// The search ends as soon as it finds a message that is worth so much more than its price: for those who look for one. Else infinite.
    pub enough: f64,
}

/// A bound on what any scheme is worth against a quantal user.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantalBound {
    /// What no scheme is worth more than, in the unit of the objective.
    pub value: f64,
    /// What no message is worth more than beyond its price, per unit of mass.
    pub price: f64,
    /// The posterior, over all observations, of the message that was found to be worth most beyond its price, and how much that is, but for rounding.
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
/// No cell is halved more often than this.
const DEEPEST: u16 = 200;

/// What no scheme is worth more than to the objective against a user of sensitivity `eta`: rigorous whatever `prices` are (`[observations]`, in the unit of
/// the objective per unit of mass), and near the optimum if they are those of an optimal scheme. `None` where more than [`MOST_OBSERVATIONS`]
/// observations have mass, or a type's mass at one, or its share of it, is positive and below `1e-200`.
///
/// # Errors
/// If the arrays do not fit together, a number is not one that it may be, or the bound overflows.
pub fn quantal_bound(
    arrays: &QuantalArrays<'_>,
    eta: f64,
    prices: &[f64],
    search: &QuantalSearch,
) -> Result<Option<QuantalBound>, Refusal> {
    let Some(space) = Space::new(arrays, eta, prices)? else {
        return Ok(None);
    };
    if space.dimension() > MOST_OBSERVATIONS {
        return Ok(None);
    }
    if space.dimension() == 0 {
        let message = (vec![0.0; prices.len()], 0.0);
        return Ok(Some(QuantalBound { value: 0.0, price: 0.0, message, cells: 0, complete: true }));
    }
    let Found { price, message, worth, cells, complete } = Search::new(&space).run(search);
    let mut posterior = vec![0.0; prices.len()];
    for (&x, q) in space.observations.iter().zip(message) {
        posterior[x] = q;
    }
    let mut value = 0.0;
    for (mass, own) in space.masses.iter().zip(&space.prices) {
        // Messages are divided among observations, in total as much as there is mass; both sums are rounded up.
        let each = (own + price).next_up();
        value = f64::next_up(value + (mass * each).next_up());
    }
    if value.is_finite() {
        Ok(Some(QuantalBound { value, price, message: (posterior, worth), cells, complete }))
    } else {
        Err(Refusal::Overflow(Place::alone("the upper bound")))
    }
}

struct Search<'a> {
    space: &'a Space,
    corners: Corners<'a>,
    bounder: Bounder<'a>,
    cells: usize,
    /// What the best message that was found is worth beyond its price, and its posterior.
    found: f64,
    message: Posterior,
}

/// What a search comes to.
struct Found {
    /// What no message exceeds.
    price: f64,
    message: Posterior,
    worth: f64,
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
        if self.corners.worth(corner) > self.found {
            (self.found, self.message) = (self.corners.worth(corner), *self.corners.posterior(corner));
        }
    }

    /// Passes come nearer and nearer, so that when the last one is too long, there is the one before.
    fn run(mut self, search: &QuantalSearch) -> Found {
        let n = self.space.dimension();
        let mut whole = Cell::default();
        for (x, corner) in whole.iter_mut().enumerate().take(n) {
            let mut posterior: Posterior = [0.0; CORNERS];
            posterior[x] = 1.0;
            *corner = self.corners.add(posterior) as u32;
            self.note();
        }
        let mut price = self.bounder.bound(&self.corners, whole, f64::NEG_INFINITY).most();
        let mut ended = false;
        for pass in (0..=PASSES).rev() {
            let target = search.target.max(0.0) * NEARER.powi(pass);
            if price <= self.found + target {
                continue;
            }
            let Some(level) = self.pass(whole, target, search) else {
                ended = true;
                break;
            };
            // Not `min`: a bound that is not a number is none.
            price = if price < level { price } else { level };
        }
        let complete = !ended && price <= (self.found + search.target).next_up();
        Found { price, message: self.message, worth: self.found, cells: self.cells, complete }
    }

    /// Cuts the simplex into cells that are proved to be worth no more than a level, which is raised where a corner is worth more. The
    /// level, unless it takes too many cells, or enough was found.
    fn pass(&mut self, whole: Cell, target: f64, search: &QuantalSearch) -> Option<f64> {
        let most = search.cells / (self.space.types * self.space.actions);
        let mut level = self.found + target;
        let mut open = vec![Open { cell: whole, depth: 0, corners: self.space.dimension() }];
        while let Some(Open { cell, depth, corners }) = open.pop() {
            if self.cells >= most || self.found > search.enough {
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
