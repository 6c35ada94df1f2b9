//! Fits along an order of agents. Each fit starts from the previous one.

use super::FitMethod;
use crate::Factor;
use crate::fit::{Differences, columns, intercept, normalized, sizes};
use crate::kernel::{add_multiple, dot};
use crate::nonnegative::{NonNegative, is_rounding};

/// The training rows and the held-out rows.
pub(super) struct Fold {
    pub(super) train: Factor,
    pub(super) test: Factor,
}

/// A fold, prepared for any order of agents.
pub(super) struct Prepared<'a> {
    fold: &'a Fold,
    with_intercept: bool,
    nonnegative: NonNegative,
    differences: Differences,
    /// The squared training error of each agent, unchanged.
    singles: Vec<f64>,
    /// The length of each agent's training column.
    sizes: Vec<f64>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(fold: &'a Fold, with_intercept: bool) -> Self {
        let columns = columns(&fold.train, with_intercept);
        let sizes = sizes(&fold.train);
        let single = |agent| Rows::target(&fold.train).plus(agent, -1.0).squares();
        Self {
            fold,
            with_intercept,
            nonnegative: NonNegative::new(columns, sizes.clone()),
            differences: Differences::new(columns, &sizes),
            singles: (0..fold.train.agents()).map(single).collect(),
            sizes,
        }
    }

    /// Squared errors (training, held out) by size and method, along an order of agents. Each fit
    /// starts from the previous one.
    pub(super) fn path(&self, order: &[usize], sizes: &[usize]) -> Vec<[f64; 2]> {
        let sides = [&self.fold.train, &self.fold.test];
        let mut nonnegative = self.nonnegative.clone();
        let mut simplex = Simplex::new(&self.differences);
        let mut sums = sides.map(Rows::zero);
        let mut best = order[0];
        let mut errors = Vec::with_capacity(sizes.len() * FitMethod::ALL.len());
        let (mut so_far, mut size_of_sum) = (0, 0.0);
        for &size in sizes {
            for &agent in &order[so_far..size] {
                nonnegative.allow(agent);
                simplex.allow(agent);
                sums = sums.map(|sum| sum.plus(agent, 1.0));
                size_of_sum += self.sizes[agent];
                if self.singles[agent] < self.singles[best] {
                    best = agent;
                }
            }
            so_far = size;
            let (scale, offset) = sums[0].calibrated(size_of_sum);
            nonnegative.solve();
            let convex = normalized(simplex.solve());
            for method in FitMethod::ALL {
                errors.push(match method {
                    FitMethod::BestSingle => sides.map(|side| Rows::target(side).plus(best, -1.0).squares()),
                    FitMethod::Mean => sums.each_ref().map(|sum| sum.left(1.0 / size as f64, 0.0)),
                    FitMethod::CalibratedMean => sums.each_ref().map(|sum| sum.left(scale, offset)),
                    FitMethod::Nnls => self.combination(nonnegative.weights()),
                    FitMethod::Simplex => self.combination(&convex),
                });
            }
        }
        errors
    }

    fn combination(&self, weights: &[f64]) -> [f64; 2] {
        let (train, test) = (&self.fold.train, &self.fold.test);
        let offset = if self.with_intercept { intercept(train, weights) } else { 0.0 };
        [train, test].map(|factor| {
            let positive = weights.iter().enumerate().filter(|&(_, &w)| w > 0.0);
            let sum = positive.fold(Rows::zero(factor), |sum, (j, &w)| sum.plus(j, w));
            sum.left(1.0, offset)
        })
    }
}

/// The convex fit of a growing set of agents.
struct Simplex<'a> {
    differences: &'a Differences,
    /// None before the first fit.
    problem: Option<NonNegative>,
    /// The constant of `problem`, and the length of the shortest difference so far.
    c: f64,
    shortest: f64,
    added: Vec<usize>,
}

impl<'a> Simplex<'a> {
    fn new(differences: &'a Differences) -> Self {
        Self { differences, problem: None, c: f64::INFINITY, shortest: f64::INFINITY, added: vec![] }
    }

    fn allow(&mut self, agent: usize) {
        self.added.push(agent);
        let length = self.differences.lengths[agent];
        if length > 0.0 {
            self.shortest = self.shortest.min(length);
        }
    }

    /// The weights, before normalization.
    fn solve(&mut self) -> &[f64] {
        // If a new agent is much nearer than all before, digits would be lost.
        if self.problem.is_none() || self.shortest < self.c / 16.0 {
            self.c = if self.shortest.is_finite() { self.shortest } else { 1.0 };
            let mut problem = self.differences.problem(self.c);
            if let Some(last) = &self.problem {
                problem.resume(last);
            }
            self.problem = Some(problem);
        }
        let problem = self.problem.as_mut().expect("it was made just now");
        self.added.drain(..).for_each(|agent| problem.allow(agent));
        problem.solve();
        problem.weights()
    }
}

/// A column over the rows of a factor's triangle.
#[derive(Clone)]
struct Rows<'a> {
    factor: &'a Factor,
    entries: Vec<f64>,
}

impl<'a> Rows<'a> {
    fn zero(factor: &'a Factor) -> Self {
        Self { factor, entries: vec![0.0; factor.agents() + 2] }
    }

    fn target(factor: &'a Factor) -> Self {
        Self { factor, entries: factor.column(factor.agents() + 1).to_vec() }
    }

    /// Adds a multiple of an agent.
    fn plus(mut self, agent: usize, times: f64) -> Self {
        let upper = agent + 2;
        add_multiple(times, &self.factor.column(agent + 1)[..upper], &mut self.entries[..upper]);
        self
    }

    fn squares(&self) -> f64 {
        dot(&self.entries, &self.entries)
    }

    /// The squared error of this column, scaled and shifted, as a prediction of the target.
    fn left(&self, scale: f64, offset: f64) -> f64 {
        let mut left = Self::target(self.factor);
        add_multiple(-scale, &self.entries, &mut left.entries);
        left.entries[0] -= offset * self.factor.triangle()[(0, 0)];
        left.squares()
    }

    /// The scale, at least 0, and the offset that match this column to the target best. `size` is
    /// the sum of the lengths of its parts.
    fn calibrated(&self, size: f64) -> (f64, f64) {
        let target = self.factor.column(self.factor.agents() + 1);
        let centered = &self.entries[1..];
        let squares = dot(centered, centered);
        let constant = is_rounding(squares.sqrt(), size, self.entries.len());
        let scale = if constant { 0.0 } else { (dot(centered, &target[1..]) / squares).max(0.0) };
        (scale, (target[0] - scale * self.entries[0]) / self.factor.triangle()[(0, 0)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::draws;
    use crate::fit;
    use faer::{Col, Mat};
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const AGENTS: usize = 24;

    /// The target, computed from the independent entries of a row.
    fn target(row: &[f64]) -> f64 {
        row[..8].iter().sum::<f64>() / 8.0 + 0.3 * row[AGENTS]
    }

    /// Two halves of a table. The agents are computed from 25 independent entries per row.
    fn fold(rows: usize, agent: impl Fn(usize, &[f64]) -> f64) -> Fold {
        let mut draws = ChaCha8Rng::seed_from_u64(rows as u64);
        let [train, test] = [rows, 100].map(|rows| {
            let own = Mat::from_fn(rows, AGENTS + 1, |_, _| draws.random_range(0.0..1.0));
            let row = |i: usize| own.row(i).iter().copied().collect::<Vec<f64>>();
            let agents = Mat::from_fn(rows, AGENTS, |i, j| agent(j, &row(i)));
            let target = Col::from_fn(rows, |i| target(&row(i)));
            Factor::of(agents.as_ref(), target.as_ref(), None).unwrap()
        });
        Fold { train, test }
    }

    /// Fits that start from the previous fit agree with fits that start from nothing.
    #[test]
    fn warm_starts() {
        let folds = [
            fold(200, |j, row| row[j]),
            fold(20, |j, row| row[j]),
            fold(200, |j, row| row[j / 3]),
            fold(200, |j, row| row[j / 3] + 1e-6 * row[j]),
            fold(200, |j, row| f64::from(row[j] + row[0] > 1.0)),
            fold(200, |j, row| row[..4].iter().enumerate().map(|(i, x)| x * (((j + 1) * (i + 3)) % 7) as f64).sum()),
            fold(200, |j, row| if j % 2 == 0 { 0.1 * j as f64 } else { row[j] }),
            fold(200, |j, row| 1e4 + row[j]),
            // Some agents are very near the target, and usually are not first in the order.
            fold(200, |j, row| if j < 4 { target(row) + 1e-8 * row[j] } else { row[j] }),
            fold(200, |j, row| if j < 4 { target(row) + 1e-11 * row[j] } else { 1e5 * row[j] }),
            fold(200, |j, row| row[j] * 10_f64.powi(j as i32 % 7 * 3 - 9)),
        ];
        let sizes: Vec<usize> = (1..=AGENTS).collect();
        for (number, fold) in folds.iter().enumerate() {
            for with_intercept in [false, true] {
                let prepared = Prepared::new(fold, with_intercept);
                for seed in 0..3 {
                    let mut order: Vec<usize> = (0..AGENTS).collect();
                    order.shuffle(&mut draws(seed, 0, 0));
                    let path = prepared.path(&order, &sizes);
                    for (&size, found) in sizes.iter().zip(path.chunks(FitMethod::ALL.len())) {
                        let chosen = [&fold.train, &fold.test].map(|factor| factor.select(&order[..size]));
                        let cold = fit(&chosen[0], with_intercept).unwrap();
                        let calibrated = cold.mean.calibrated;
                        let single: Vec<f64> = (0..size).map(|j| f64::from(j == cold.best_single())).collect();
                        let expected = [
                            (single, 0.0),
                            (vec![1.0 / size as f64; size], 0.0),
                            (vec![calibrated.scale / size as f64; size], calibrated.offset),
                            (cold.nnls.weights, cold.nnls.intercept),
                            (cold.simplex.weights, cold.simplex.intercept),
                        ];
                        for (method, (found, (weights, intercept))) in
                            FitMethod::ALL.into_iter().zip(found.iter().zip(expected))
                        {
                            for side in 0..2 {
                                let expected = chosen[side].weight() * chosen[side].mse(&weights, intercept);
                                // If agents nearly depend on each other, only their predictions of
                                // the training rows are determined. Residuals below 3e-6 of the
                                // target are less exact than 1e-9.
                                let same = (found[side] - expected).abs()
                                    <= 1e-9 * expected.max(1e-11 * chosen[side].weight());
                                assert!(
                                    same || (side == 1 && number == 3),
                                    "{number}, {size} agents, {method:?}, side {side}: {} and {expected}",
                                    found[side]
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}
