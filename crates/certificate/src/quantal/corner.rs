//! Posteriors at which everything is computed: the corners of cells.

use super::arrays::{Space, UNDERFLOW};
use super::{CORNERS, Posterior};
use suasion_exact::{Interval, exponential};
use twofloat::TwoFloat;

/// A stack of corners; the last ones are removed when they are no longer needed.
pub(super) struct Corners<'a> {
    space: &'a Space,
    posteriors: Vec<Posterior>,
    /// A lower bound on the price of the message.
    paid: Vec<f64>,
    /// An upper bound on the value of the message, less its price.
    worth: Vec<f64>,
    /// The least and the greatest amount by which one level raises the price of the message at a
    /// corner.
    weights: Vec<(f64, f64)>,
    /// For every corner and type: the mass, and an upper bound on the value. Then for every action:
    /// `eta` times the utility and its error, the objective per unit of the type's mass and its
    /// error, and the least and the greatest probability of the action.
    numbers: Vec<f64>,
    /// Scratch: the utilities of one type, and the sums of the magnitudes of their terms.
    sums: Vec<(TwoFloat, f64)>,
}

/// What is known of a type at a corner.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    /// The type's mass. If it is 0, nothing else is known.
    pub mass: f64,
    /// An upper bound on the type's part of the message's value.
    pub worth: f64,
    /// `eta` times each action's expected utility, less that of the best action, `[actions]`; and
    /// the error.
    pub utility: &'a [f64],
    pub utility_error: &'a [f64],
    /// Each action's value to the objective per unit of mass, `[actions]`; and the error.
    pub objective: &'a [f64],
    pub objective_error: &'a [f64],
    /// The least and the greatest probability of each action, `[actions]`.
    pub least: &'a [f64],
    pub most: &'a [f64],
}

impl<'a> Corners<'a> {
    pub(super) fn new(space: &'a Space) -> Self {
        let (posteriors, paid, worth, weights, numbers, sums) = (vec![], vec![], vec![], vec![], vec![], vec![]);
        Self { space, posteriors, paid, worth, weights, numbers, sums }
    }

    pub(super) fn len(&self) -> usize {
        self.posteriors.len()
    }

    pub(super) fn truncate(&mut self, corners: usize) {
        self.posteriors.truncate(corners);
        self.paid.truncate(corners);
        self.worth.truncate(corners);
        self.weights.truncate(corners);
        self.numbers.truncate(corners * self.stride() * self.space.types);
    }

    fn stride(&self) -> usize {
        2 + 6 * self.space.actions
    }

    pub(super) fn posterior(&self, corner: usize) -> &Posterior {
        &self.posteriors[corner]
    }

    /// A lower bound on the price at a corner.
    pub(super) fn paid(&self, corner: usize) -> f64 {
        self.paid[corner]
    }

    /// An upper bound on the value of a corner's message, less its price.
    pub(super) fn worth(&self, corner: usize) -> f64 {
        self.worth[corner]
    }

    /// The least and the greatest amount by which one level raises the price of the corner's
    /// message.
    pub(super) fn weight(&self, corner: usize) -> (f64, f64) {
        self.weights[corner]
    }

    /// The value of a corner's message less its price, expressed as the level at which this is
    /// zero; approximate.
    pub(super) fn level(&self, corner: usize) -> f64 {
        self.worth[corner] / self.weights[corner].0
    }

    pub(super) fn of(&self, corner: usize, t: usize) -> Of<'_> {
        let (m, stride) = (self.space.actions, self.stride());
        let numbers = &self.numbers[(corner * self.space.types + t) * stride..][..stride];
        let list = |k: usize| &numbers[2 + k * m..2 + (k + 1) * m];
        Of {
            mass: numbers[0],
            worth: numbers[1],
            utility: list(0),
            utility_error: list(1),
            objective: list(2),
            objective_error: list(3),
            least: list(4),
            most: list(5),
        }
    }

    /// Computes everything about a posterior and returns its number as a corner.
    pub(super) fn add(&mut self, posterior: Posterior) -> usize {
        let n = self.space.dimension();
        let mut worth = 0.0;
        for t in 0..self.space.types {
            worth = sum_above(worth, self.add_type(t, &posterior));
        }
        let sum = |of: &[f64]| {
            let parts = posterior.iter().zip(of).map(|(&p, &each)| Interval::point(p).mul(Interval::point(each)));
            parts.fold(Interval::ZERO, Interval::add)
        };
        let paid = sum(&self.space.prices).low;
        let inverse: [f64; CORNERS] = std::array::from_fn(|x| if x < n { 1.0 / self.space.units[x] } else { 0.0 });
        let weight = sum(&inverse[..n]);
        self.posteriors.push(posterior);
        self.paid.push(paid);
        self.worth.push((worth - paid).next_up());
        self.weights.push((weight.low, weight.high));
        self.posteriors.len() - 1
    }

    /// Computes everything about a type at a posterior, and returns an upper bound on its value.
    fn add_type(&mut self, t: usize, posterior: &Posterior) -> f64 {
        let space = self.space;
        let (n, m) = (space.dimension(), space.actions);
        let start = self.numbers.len();
        self.numbers.resize(start + self.stride(), 0.0);
        let (head, lists) = self.numbers[start..].split_at_mut(2);
        let mut lists = lists.chunks_exact_mut(m);
        let mut list = || lists.next().unwrap_or_default();
        let (utility, utility_error) = (list(), list());
        let (objective, objective_error) = (list(), list());
        let (least, most) = (list(), list());
        let mass: f64 = (0..n).map(|x| posterior[x] * space.shares[t * n + x]).sum();
        head[0] = mass;
        if mass == 0.0 {
            return 0.0;
        }
        self.sums.clear();
        self.sums.resize(m, (TwoFloat::default(), 0.0));
        for (x, &p) in posterior.iter().enumerate().take(n).filter(|&(_, &p)| p > 0.0) {
            let place = (t * n + x) * m;
            for a in 0..m {
                let user = space.user[place + a];
                self.sums[a].0 += user * p;
                self.sums[a].1 += p * user.hi().abs();
                let worth = space.objective[place + a];
                if worth != 0.0 {
                    objective[a] += p * worth;
                    objective_error[a] += (p * worth.abs()).max(f64::MIN_POSITIVE);
                }
            }
        }
        for a in 0..m {
            objective[a] /= mass;
            if objective_error[a] > 0.0 {
                let error = objective_error[a] * space.objective_error + UNDERFLOW;
                objective_error[a] = (error / mass).next_up();
            }
        }
        let best = (0..m).fold(0, |best, a| if self.sums[a].0 > self.sums[best].0 { a } else { best });
        let per_mass = space.eta.over(Interval::around(mass, mass * space.mass_error));
        for a in 0..m {
            let difference = (self.sums[a].0 - self.sums[best].0).hi();
            let parts = self.sums[a].1 + self.sums[best].1;
            let error = 1.01 * space.user_error * parts + 2.0 * f64::EPSILON * difference.abs() + UNDERFLOW;
            let away = if a == best { Interval::ZERO } else { Interval::around(difference, error).mul(per_mass) };
            let part = if a == best { Interval::point(1.0) } else { exponential(away.widened(UNDERFLOW)) };
            (utility[a], utility_error[a]) = away.middle();
            utility_error[a] += UNDERFLOW;
            (least[a], most[a]) = (part.low, part.high);
        }
        to_shares(least, most);
        head[1] = product_above(mass, space.mass_error, greedy(objective, objective_error, least, most));
        head[1]
    }

    /// The corner in the middle of two corners. `None` if the middle is not exactly representable,
    /// because the halves would leave a gap.
    pub(super) fn add_middle(&mut self, i: usize, j: usize) -> Option<usize> {
        let (p, q) = (self.posteriors[i], self.posteriors[j]);
        let mut middle = [0.0; CORNERS];
        for x in 0..CORNERS {
            let sum = p[x] + q[x];
            // The rounding error of a sum is this difference (Dekker 1971).
            if sum - p[x].max(q[x]) != p[x].min(q[x]) {
                return None;
            }
            middle[x] = 0.5 * sum;
        }
        Some(self.add(middle))
    }
}

/// Normalizes positive numbers, each with a lower and an upper bound, to shares of their sum, each
/// with a lower and an upper bound.
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

/// An upper bound on a mixture of numbers that are within `errors` of `values`, with weights
/// between `least` and `most`. For any `level`, the mixture is `level` plus the weighted sum of the
/// differences of the values to it. The best level is one of the values.
pub(super) fn greedy(values: &[f64], errors: &[f64], least: &[f64], most: &[f64]) -> f64 {
    let rounding = (values.len() + 4) as f64 * f64::EPSILON;
    let at = |level: f64| {
        let (mut sum, mut size) = (0.0, level.abs());
        for (((&value, &error), &least), &most) in values.iter().zip(errors).zip(least).zip(most) {
            let excess = (value - level) + error;
            let part = if excess > 0.0 { excess * most } else { excess * least };
            sum += part;
            size += part.abs();
        }
        (level + sum) + rounding * size
    };
    let lowest = values.iter().map(|&level| at(level)).fold(f64::INFINITY, f64::min);
    if lowest == f64::INFINITY { f64::NAN } else { (lowest + f64::MIN_POSITIVE).next_up() }
}

/// An upper bound on the sum.
pub(super) fn sum_above(a: f64, b: f64) -> f64 {
    (a + b).next_up()
}

/// An upper bound on `value` times any number within a relative error of `mass`.
pub(super) fn product_above(mass: f64, error: f64, value: f64) -> f64 {
    let factor = if value >= 0.0 { (mass * (1.0 + error)).next_up() } else { (mass * (1.0 - error)).next_down() };
    (factor * value).next_up()
}
