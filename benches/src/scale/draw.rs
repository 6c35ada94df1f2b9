//! Random numbers of the sorts that files hold.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws.
pub struct Draw {
    numbers: ChaCha8Rng,
    /// Whether nothing is to be disguised.
    bare: bool,
}

impl Draw {
    /// The stream of a seed; if `bare`, of games that are not disguised.
    #[must_use]
    pub fn new(seed: u64, bare: bool) -> Self {
        Self { numbers: ChaCha8Rng::seed_from_u64(seed), bare }
    }

    /// Which of several disguises to put on: each with the same chance, and the third one rather
    /// than none.
    pub fn disguises<const N: usize>(&mut self) -> [bool; N] {
        let mut all = [false; N];
        for one in &mut all {
            *one = self.chance(0.5);
        }
        if !all.contains(&true) {
            all[2] = true;
        }
        if self.bare { [false; N] } else { all }
    }

    /// Whether nothing is to be disguised.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        self.numbers.random()
    }

    /// True with such a probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the integers from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        self.numbers.random_range(low..=high)
    }

    /// One or minus one.
    pub fn sign(&mut self) -> f64 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// A number whose logarithm is uniform between two powers of ten; a power of two, if `dyadic`.
    pub fn magnitude(&mut self, low: f64, high: f64, dyadic: bool) -> f64 {
        let exponent = low + (high - low) * self.unit();
        if dyadic { ((exponent * std::f64::consts::LOG2_10).round()).exp2() } else { 10_f64.powf(exponent) }
    }

    /// A point of the simplex, uniform, or of small integers over their sum.
    pub fn simplex(&mut self, size: usize) -> Vec<f64> {
        let integers = self.chance(0.5);
        let mut point: Vec<f64> = (0..size)
            .map(|_| if integers { self.between(1, 5) as f64 } else { 1e-3 - (1.0 - self.unit()).ln() })
            .collect();
        let total: f64 = point.iter().sum();
        for p in &mut point {
            *p /= total;
        }
        point
    }

    /// A random order.
    pub fn order(&mut self, size: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..size).collect();
        for i in (1..size).rev() {
            order.swap(i, self.between(0, i));
        }
        order
    }

    /// A table of utilities: uniform ones, decimals, or small integers, so that ties abound. Where
    /// `dyadic`, few bits suffice for them.
    pub fn table(&mut self, rows: usize, columns: usize, dyadic: bool) -> Vec<Vec<f64>> {
        let style = self.between(0, 2);
        let shift = if self.chance(0.5) { 0.5 } else { 0.0 };
        let mut number = || match (style, dyadic) {
            (0, true) => self.between(0, 1024) as f64 / 1024.0 - shift,
            (0, false) => self.unit() - shift,
            (1, true) => self.between(0, 64) as f64 / 64.0 - shift,
            (1, false) => self.between(0, 100) as f64 / 100.0 - shift,
            _ => self.between(0, 3) as f64,
        };
        (0..rows).map(|_| (0..columns).map(|_| number()).collect()).collect()
    }
}
