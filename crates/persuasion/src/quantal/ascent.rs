//! Climbs from a posterior to a local maximum of the reduced value.
//!
//! Newton's method on the face of the simplex that contains the posterior. The second derivative is
//! made negative definite where it is not. Steps are cut short where they leave the simplex, and
//! halved until they gain. If no such step gains, the climb follows the gradient.

use super::worth::{Derivatives, Worth};
use suasion_lp::Settings;

/// The maximum number of steps of a search.
const STEPS: usize = 80;
/// The maximum number of observations of a face for Newton's method. Beyond that, second
/// derivatives cost more than the steps that they save.
const MOST_FREE: usize = 100;
/// Slopes below this (scaled) are rounding error.
const FLAT: f64 = 1e-13;

pub(super) struct Ascent<'a> {
    worth: &'a Worth,
    settings: &'a Settings,
    at: Derivatives,
    scratch: Derivatives,
    direction: Vec<f64>,
    next: Vec<f64>,
    free: Vec<usize>,
    factor: Vec<f64>,
}

impl<'a> Ascent<'a> {
    pub(super) fn new(worth: &'a Worth, settings: &'a Settings) -> Self {
        let n = worth.states();
        let (at, scratch) = (Derivatives::default(), Derivatives::default());
        Self { worth, settings, at, scratch, direction: vec![0.0; n], next: vec![0.0; n], free: vec![], factor: vec![] }
    }

    /// The reduced value of a posterior.
    pub(super) fn price(&mut self, posterior: &[f64], prices: &[f64]) -> f64 {
        self.worth.value(posterior, &mut self.scratch) - dot(posterior, prices)
    }

    /// Moves a posterior uphill, and returns its reduced value.
    pub(super) fn climb(&mut self, posterior: &mut [f64], prices: &[f64]) -> f64 {
        let mut value = self.price(posterior, prices);
        for _ in 0..STEPS {
            // The current posterior is good enough.
            if self.settings.stopped().is_some() {
                break;
            }
            self.worth.differentiate(posterior, &[], &mut self.at);
            self.less(prices);
            // By homogeneity, the mean slope is the value.
            let mean = dot(posterior, &self.at.gradient);
            self.free.clear();
            let rising = |i: &usize| posterior[*i] > 0.0 || self.at.gradient[*i] > mean + FLAT;
            self.free.extend((0..posterior.len()).filter(rising));
            let steepest = self.free.iter().map(|&i| (self.at.gradient[i] - mean).abs()).fold(0.0, f64::max);
            if steepest <= FLAT || self.free.len() < 2 {
                break;
            }
            let small = self.free.len() <= MOST_FREE;
            if small {
                self.worth.differentiate(posterior, &self.free, &mut self.at);
                self.less(prices);
            }
            let gained = (small && self.newton(posterior) && self.advance(posterior, prices, &mut value)) || {
                self.steepest(posterior, mean);
                self.advance(posterior, prices, &mut value)
            };
            if !gained {
                break;
            }
        }
        value
    }

    /// Subtracts the prices from the gradient.
    fn less(&mut self, prices: &[f64]) {
        for (slope, price) in self.at.gradient.iter_mut().zip(prices) {
            *slope -= price;
        }
    }

    /// A direction of Newton's method in the free coordinates, one of which balances the others.
    fn newton(&mut self, posterior: &[f64]) -> bool {
        let n = posterior.len();
        let largest = self.free.iter().copied().max_by(|&i, &j| posterior[i].total_cmp(&posterior[j]).then(j.cmp(&i)));
        let Some(pivot) = largest else { return false };
        self.free.retain(|&i| i != pivot);
        let k = self.free.len();
        let (second, gradient) = (&self.at.second, &self.at.gradient);
        let entry = |i: usize, j: usize| {
            second[i * n + pivot] + second[pivot * n + j] - second[i * n + j] - second[pivot * n + pivot]
        };
        // Each coordinate has its own unit: if an observation is rare, curvatures differ by many
        // orders of magnitude.
        let unit = |i: usize| {
            let unit = 1.0 / entry(i, i).abs().sqrt();
            if unit.is_finite() && unit > 0.0 { unit } else { 1.0 }
        };
        let units: Vec<f64> = self.free.iter().map(|&i| unit(i)).collect();
        let mut damping = 0.0;
        let factored = loop {
            self.factor.clear();
            for (k, (&i, of_i)) in self.free.iter().zip(&units).enumerate() {
                let row = self.free.iter().zip(&units).enumerate();
                self.factor
                    .extend(row.map(|(l, (&j, of_j))| entry(i, j) * of_i * of_j + if k == l { damping } else { 0.0 }));
            }
            if factor(&mut self.factor, k, 1e-13) {
                break true;
            }
            damping = if damping == 0.0 { 1e-6 } else { 8.0 * damping };
            if damping > 1e6 {
                break false;
            }
        };
        self.direction.fill(0.0);
        if factored {
            let slope = |(&i, unit): (&usize, &f64)| (gradient[i] - gradient[pivot]) * unit;
            let mut step: Vec<f64> = self.free.iter().zip(&units).map(slope).collect();
            solve(&self.factor, &mut step);
            for ((&i, step), unit) in self.free.iter().zip(step).zip(&units) {
                self.direction[i] = step * unit;
                self.direction[pivot] -= step * unit;
            }
        }
        self.free.push(pivot);
        factored && self.direction.iter().all(|step| step.is_finite())
    }

    /// The gradient in the free coordinates, scaled to the width of the simplex.
    fn steepest(&mut self, posterior: &[f64], mean: f64) {
        self.direction.fill(0.0);
        let of_free = self.free.iter().map(|&i| self.at.gradient[i]).sum::<f64>() / self.free.len() as f64;
        let center = if self.free.iter().all(|&i| posterior[i] > 0.0) { of_free } else { mean };
        let mut longest: f64 = 0.0;
        for &i in &self.free {
            self.direction[i] = self.at.gradient[i] - center;
            longest = longest.max(self.direction[i].abs());
        }
        self.direction.iter_mut().for_each(|step| *step /= longest.max(f64::MIN_POSITIVE));
    }

    /// Takes the best step along the direction among the whole step, half of it, and so on. Returns
    /// false if no step gains.
    fn advance(&mut self, posterior: &mut [f64], prices: &[f64], value: &mut f64) -> bool {
        let mut step = 1.0;
        for _ in 0..60 {
            let moved = self.next.iter_mut().zip(posterior.iter()).zip(&self.direction);
            moved.for_each(|((next, now), along)| *next = (now + step * along).max(0.0));
            let total: f64 = self.next.iter().sum();
            if total > 0.0 && total.is_finite() {
                self.next.iter_mut().for_each(|next| *next /= total);
                let reached = self.worth.value(&self.next, &mut self.scratch) - dot(&self.next, prices);
                if reached > *value {
                    posterior.copy_from_slice(&self.next);
                    *value = reached;
                    return true;
                }
            }
            step *= 0.5;
        }
        false
    }
}

pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(l, r)| l * r).sum()
}

/// Computes the Cholesky factor of a matrix of order `k` in place (below the diagonal). Returns
/// false if a pivot is not above `least`.
fn factor(matrix: &mut [f64], k: usize, least: f64) -> bool {
    for j in 0..k {
        for i in j..k {
            let sum: f64 = (0..j).map(|l| matrix[i * k + l] * matrix[j * k + l]).sum();
            let rest = matrix[i * k + j] - sum;
            if i == j {
                // A pivot that is not a number fails this test.
                let positive = rest > least;
                if !positive {
                    return false;
                }
                matrix[j * k + j] = rest.sqrt();
            } else {
                matrix[i * k + j] = rest / matrix[j * k + j];
            }
        }
    }
    true
}

/// Solves with a factor.
fn solve(factor: &[f64], right: &mut [f64]) {
    let k = right.len();
    for i in 0..k {
        let sum: f64 = (0..i).map(|l| factor[i * k + l] * right[l]).sum();
        right[i] = (right[i] - sum) / factor[i * k + i];
    }
    for i in (0..k).rev() {
        let sum: f64 = (i + 1..k).map(|l| factor[l * k + i] * right[l]).sum();
        right[i] = (right[i] - sum) / factor[i * k + i];
    }
}
