//! Posteriors at which everything is worked out: the corners of cells.

use super::arrays::Space;
use super::{CORNERS, Posterior};
use crate::interval::{Interval, exponential};

/// Corners one after another; the last ones are forgotten when what they are for is done.
pub(super) struct Corners<'a> {
    space: &'a Space,
    posteriors: Vec<Posterior>,
    /// What the prices ask for a message, no more than that.
    paid: Vec<f64>,
    /// What the message is worth at most, less its price.
    worth: Vec<f64>,
    /// For every corner and type: mass, and what she is worth at most; then for every action `eta` times the utility, the objective per unit of the
    /// type's mass, and the least and the most probability with which she plays it.
    numbers: Vec<f64>,
}

/// What is known of a type at a corner.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    /// Her mass; if it is 0, nothing else is known.
    pub mass: f64,
    /// What the message is worth at most as far as it goes to her.
    pub worth: f64,
    /// `eta` times each action's expected utility, `[actions]`.
    pub utility: &'a [f64],
    /// Each action's worth to the objective per unit of mass, `[actions]`.
    pub objective: &'a [f64],
    /// With which probability she plays each action, at least and at most, `[actions]`.
    pub least: &'a [f64],
    pub most: &'a [f64],
}

impl<'a> Corners<'a> {
    pub(super) fn new(space: &'a Space) -> Self {
        Self { space, posteriors: vec![], paid: vec![], worth: vec![], numbers: vec![] }
    }

    pub(super) fn len(&self) -> usize {
        self.posteriors.len()
    }

    pub(super) fn truncate(&mut self, corners: usize) {
        self.posteriors.truncate(corners);
        self.paid.truncate(corners);
        self.worth.truncate(corners);
        self.numbers.truncate(corners * self.stride() * self.space.types);
    }

    fn stride(&self) -> usize {
        2 + 4 * self.space.actions
    }

    pub(super) fn posterior(&self, corner: usize) -> &Posterior {
        &self.posteriors[corner]
    }

    /// What the prices ask at a corner, or less.
    pub(super) fn paid(&self, corner: usize) -> f64 {
        self.paid[corner]
    }

    /// What the message of a corner is worth less its price, or more.
    pub(super) fn worth(&self, corner: usize) -> f64 {
        self.worth[corner]
    }

    pub(super) fn of(&self, corner: usize, t: usize) -> Of<'_> {
        let (m, stride) = (self.space.actions, self.stride());
        let numbers = &self.numbers[(corner * self.space.types + t) * stride..][..stride];
        let lists = &numbers[2..];
        Of {
            mass: numbers[0],
            worth: numbers[1],
            utility: &lists[..m],
            objective: &lists[m..2 * m],
            least: &lists[2 * m..3 * m],
            most: &lists[3 * m..],
        }
    }

    /// Works out what there is to know at a posterior; its number as a corner.
    pub(super) fn add(&mut self, posterior: Posterior) -> usize {
        let space = self.space;
        let (n, m) = (space.dimension(), space.actions);
        let mut worth = 0.0;
        for t in 0..space.types {
            let start = self.numbers.len();
            self.numbers.resize(start + self.stride(), 0.0);
            let numbers = &mut self.numbers[start..];
            let (head, lists) = numbers.split_at_mut(2);
            let (utility, lists) = lists.split_at_mut(m);
            let (objective, lists) = lists.split_at_mut(m);
            let (least, most) = lists.split_at_mut(m);
            let mass: f64 = (0..n).map(|x| posterior[x] * space.shares[t * n + x]).sum();
            head[0] = mass;
            if mass == 0.0 {
                continue;
            }
            for (x, &p) in posterior.iter().enumerate().take(n).filter(|&(_, &p)| p > 0.0) {
                let place = (t * n + x) * m;
                for a in 0..m {
                    utility[a] += p * space.user[place + a];
                    objective[a] += p * space.objective[place + a];
                }
            }
            for a in 0..m {
                utility[a] /= mass;
                objective[a] /= mass;
            }
            respond(utility, space.difference_error, least, most);
            let each = greedy(objective, least, most) + space.objective_error;
            head[1] = product_above(mass, space.mass_error, each);
            worth = sum_above(worth, head[1]);
        }
        let parts = (0..n).map(|x| Interval::point(posterior[x]).mul(Interval::point(space.prices[x])));
        let paid = parts.fold(Interval::ZERO, Interval::add).low;
        self.posteriors.push(posterior);
        self.paid.push(paid);
        self.worth.push((worth - paid).next_up());
        self.posteriors.len() - 1
    }

    /// The corner in the middle of two; nothing, where no number is exactly there, so that halves would leave a gap between them.
    pub(super) fn add_middle(&mut self, i: usize, j: usize) -> Option<usize> {
        let (p, q) = (self.posteriors[i], self.posteriors[j]);
        let mut middle = [0.0; CORNERS];
        for x in 0..CORNERS {
            let sum = p[x] + q[x];
            // What a sum loses is this difference (Dekker 1971).
            if sum - p[x].max(q[x]) != p[x].min(q[x]) {
                return None;
            }
            middle[x] = 0.5 * sum;
        }
        Some(self.add(middle))
    }
}

/// With which probabilities each action is played, at least and at most, if differences of `utility` are within `error` of the true ones.
fn respond(utility: &[f64], error: f64, least: &mut [f64], most: &mut [f64]) {
    let highest = utility.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for ((&utility, least), most) in utility.iter().zip(least.iter_mut()).zip(most.iter_mut()) {
        let part = exponential(Interval::around(utility - highest, error));
        (*least, *most) = (part.low, part.high);
    }
    to_shares(least, most);
}

/// Turns numbers above 0, at least and at most, into their shares of the sum, at least and at most.
pub(super) fn to_shares(least: &mut [f64], most: &mut [f64]) {
    let parts = least.iter().zip(most.iter()).map(|(&low, &high)| Interval { low, high });
    let total = parts.fold(Interval::ZERO, Interval::add);
    for (least, most) in least.iter_mut().zip(most) {
        let (low, high) = (*least, *most);
        let others = Interval { low: (total.low - low).next_down().max(0.0), high: (total.high - high).next_up() };
        *least = (low / (low + others.high).next_up()).next_down().max(0.0);
        *most = (high / (high + others.low).next_down()).next_up().min(1.0);
        let known = *least <= *most;
        if !known {
            (*least, *most) = (0.0, 1.0);
        }
    }
}

/// The most that a mixture of `values` with weights between `least` and `most` can be, but for a few roundings per entry. Whatever number is taken for
/// `level`, the mixture is `level` plus the weighted sum of what the values exceed it by; the best number is one of the values.
pub(super) fn greedy(values: &[f64], least: &[f64], most: &[f64]) -> f64 {
    let at = |level: f64| {
        let excess = values.iter().zip(least).zip(most).map(|((&value, &least), &most)| {
            let excess = value - level;
            if excess > 0.0 { excess * most } else { excess * least }
        });
        level + excess.sum::<f64>()
    };
    values.iter().map(|&level| at(level)).fold(f64::INFINITY, f64::min)
}

/// No less than the sum.
pub(super) fn sum_above(a: f64, b: f64) -> f64 {
    (a + b).next_up()
}

/// No less than `value` times any number within a relative error of `mass`.
pub(super) fn product_above(mass: f64, error: f64, value: f64) -> f64 {
    let factor = if value >= 0.0 { (mass * (1.0 + error)).next_up() } else { (mass * (1.0 - error)).next_down() };
    (factor * value).next_up()
}
