//! The restricted master: which of the messages found so far to send, and how often.
//!
//! There is one column per message and one row per observation, whose probabilities sum to one.
//! Messages are scaled to have probability one at the observation where they are sent most often.
//! So all numbers are of one size, however rare an observation is. There are few rows and few
//! pivots. A primal simplex method with relative tolerances keeps what a solver with absolute
//! tolerances would lose.

use suasion_lp::Settings;

/// A reduced value below this fraction of the largest value does not enter the basis.
const RISING: f64 = 1e-13;
/// A pivot must be at least this fraction of what is sent.
const PIVOT: f64 = 1e-9;
/// The number of pivots between factorizations of the basis.
const FRESH: usize = 24;

pub(super) struct Master {
    n: usize,
    /// `[columns][n]`: the probability of the message at each observation, at most one.
    columns: Vec<Vec<f64>>,
    worth: Vec<f64>,
    /// The posteriors of the columns, `[columns][n]`, and the mass of a message with weight one.
    posteriors: Vec<Vec<f64>>,
    masses: Vec<f64>,
    /// The observations' masses; and the amount of each that affects the user's response about
    /// equally.
    mass: Vec<f64>,
    balance: Vec<f64>,
    basis: Vec<usize>,
    /// The inverse of the basis, by rows.
    inverse: Vec<f64>,
    weights: Vec<f64>,
    prices: Vec<f64>,
}

impl Master {
    /// A master whose only messages reveal one observation each, with value zero.
    pub(super) fn new(mass: &[f64], balance: &[f64]) -> Self {
        let n = mass.len();
        let mut master = Self {
            n,
            columns: vec![],
            worth: vec![],
            posteriors: vec![],
            masses: vec![],
            mass: mass.to_vec(),
            balance: balance.to_vec(),
            basis: (0..n).collect(),
            inverse: vec![],
            weights: vec![1.0; n],
            prices: vec![0.0; n],
        };
        for i in 0..n {
            master.add((0..n).map(|k| f64::from(u8::from(k == i))).collect(), 0.0);
        }
        master.inverse = vec![0.0; n * n];
        (0..n).for_each(|i| master.inverse[i * n + i] = 1.0);
        master
    }

    /// The scaled probabilities of a message that leads to a posterior, and its mass.
    fn scaled(&self, posterior: &[f64]) -> (Vec<f64>, f64) {
        let mut column: Vec<f64> = posterior.iter().zip(&self.mass).map(|(q, mass)| q / mass).collect();
        let most = column.iter().copied().fold(0.0, f64::max);
        column.iter_mut().for_each(|r| *r /= most);
        (column, 1.0 / most)
    }

    /// The mass of the message that leads to a posterior, if it is sent with the highest possible
    /// probability.
    pub(super) fn mass_of(&self, posterior: &[f64]) -> f64 {
        1.0 / posterior.iter().zip(&self.mass).map(|(q, mass)| q / mass).fold(0.0, f64::max)
    }

    /// Adds a posterior with this value per unit of mass.
    pub(super) fn add(&mut self, posterior: Vec<f64>, worth: f64) {
        let (column, mass) = self.scaled(&posterior);
        self.worth.push(worth * mass);
        self.columns.push(column);
        self.masses.push(mass);
        self.posteriors.push(posterior);
    }

    /// Whether the master already has nearly this message.
    pub(super) fn has(&self, posterior: &[f64], near: f64) -> bool {
        self.posteriors.iter().any(|own| self.apart(own, posterior) <= near)
    }

    /// The distance of two messages, at most one: in the probabilities of each observation, and in
    /// the user's response. A tiny share of a frequent observation may determine her response to a
    /// message about a rare one, and the probability of a rare observation may determine the
    /// message's value.
    pub(super) fn apart(&self, left: &[f64], right: &[f64]) -> f64 {
        let distance =
            |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(l, r)| (l - r).abs()).fold(0.0, f64::max);
        let made = |posterior: &[f64]| {
            let parts = || posterior.iter().zip(&self.balance).map(|(q, balance)| q * balance);
            let total: f64 = parts().sum();
            parts().map(|part| part / total).collect::<Vec<f64>>()
        };
        let sent = distance(&self.scaled(left).0, &self.scaled(right).0);
        sent.max(distance(&made(left), &made(right)))
    }

    /// The highest value of these messages; a lower one if a limit stops the computation.
    pub(super) fn solve(&mut self, settings: &Settings) -> f64 {
        let largest = self.worth.iter().fold(0.0, |most: f64, worth| most.max(worth.abs()));
        let most = 200 + 20 * self.columns.len();
        for pivot in 1..=most {
            if settings.stopped().is_some() {
                break;
            }
            self.price();
            // After many pivots, take the first column with a positive reduced value, so that the
            // method cannot cycle.
            let all = (0..self.columns.len()).map(|k| (k, self.reduced(k)));
            let mut rising = all.filter(|&(_, rise)| rise > RISING * largest);
            let entering = if pivot > most / 2 {
                rising.next()
            } else {
                rising.fold(None, |best: Option<(usize, f64)>, next| match best {
                    Some(best) if best.1 >= next.1 => Some(best),
                    _ => Some(next),
                })
            };
            let Some((entering, _)) = entering else { break };
            let Some(leaving) = self.leaving(entering) else { break };
            self.basis[leaving] = entering;
            if pivot % FRESH == 0 || !self.exchange(entering, leaving) {
                self.factor();
            }
        }
        if settings.stopped().is_none() {
            self.factor();
        }
        self.price();
        self.basis.iter().zip(&self.weights).map(|(&k, weight)| weight * self.worth[k]).sum()
    }

    /// The reduced value of a column.
    fn reduced(&self, k: usize) -> f64 {
        self.worth[k] - self.columns[k].iter().zip(&self.prices).map(|(r, price)| r * price).sum::<f64>()
    }

    fn price(&mut self) {
        self.prices.fill(0.0);
        for (row, &k) in self.inverse.chunks_exact(self.n).zip(&self.basis) {
            self.prices.iter_mut().zip(row).for_each(|(price, entry)| *price += self.worth[k] * entry);
        }
    }

    /// A column in terms of the basis.
    fn along(&self, k: usize) -> Vec<f64> {
        let of_row = |row: &[f64]| row.iter().zip(&self.columns[k]).map(|(entry, r)| entry * r).sum();
        self.inverse.chunks_exact(self.n).map(of_row).collect()
    }

    /// The column that leaves: among those that reach zero first, the one with the largest pivot.
    fn leaving(&self, entering: usize) -> Option<usize> {
        let along = self.along(entering);
        let candidates = || along.iter().enumerate().filter(|&(_, &pivot)| pivot > PIVOT);
        let least = candidates().map(|(i, pivot)| self.weights[i] / pivot).fold(f64::INFINITY, f64::min);
        let near = least + 1e-12;
        candidates()
            .filter(|&(i, pivot)| self.weights[i] / pivot <= near)
            .max_by(|l, r| l.1.total_cmp(r.1))
            .map(|(i, _)| i)
    }

    /// Exchanges a column of the basis. Returns false if the pivot is too small.
    fn exchange(&mut self, entering: usize, leaving: usize) -> bool {
        let (n, along) = (self.n, self.along(entering));
        let step = self.weights[leaving] / along[leaving];
        let pivot_row: Vec<f64> = self.inverse[leaving * n..][..n].iter().map(|entry| entry / along[leaving]).collect();
        for (i, &part) in along.iter().enumerate() {
            let row = &mut self.inverse[i * n..][..n];
            if i == leaving {
                row.copy_from_slice(&pivot_row);
                self.weights[i] = step;
            } else {
                row.iter_mut().zip(&pivot_row).for_each(|(entry, pivot)| *entry -= part * pivot);
                self.weights[i] = (self.weights[i] - part * step).max(0.0);
            }
        }
        self.inverse.iter().all(|entry| entry.is_finite())
    }

    /// Recomputes the inverse of the basis by Gauss-Jordan elimination.
    fn factor(&mut self) {
        let n = self.n;
        let mut left: Vec<f64> = (0..n * n).map(|place| self.columns[self.basis[place % n]][place / n]).collect();
        let mut right: Vec<f64> = (0..n * n).map(|place| f64::from(u8::from(place % n == place / n))).collect();
        for column in 0..n {
            let size = |&i: &usize| left[i * n + column].abs();
            let Some(pivot) = (column..n).max_by(|l, r| size(l).total_cmp(&size(r))) else { return };
            if left[pivot * n + column] == 0.0 {
                return;
            }
            for matrix in [&mut left, &mut right] {
                for k in 0..n {
                    matrix.swap(pivot * n + k, column * n + k);
                }
            }
            let inverse = 1.0 / left[column * n + column];
            for matrix in [&mut left, &mut right] {
                matrix[column * n..][..n].iter_mut().for_each(|entry| *entry *= inverse);
            }
            for i in (0..n).filter(|&i| i != column) {
                let factor = left[i * n + column];
                if factor != 0.0 {
                    for matrix in [&mut left, &mut right] {
                        for k in 0..n {
                            matrix[i * n + k] -= factor * matrix[column * n + k];
                        }
                    }
                }
            }
        }
        // Rows of the inverse belong to columns of the basis.
        self.inverse = right;
        self.weights = self.inverse.chunks_exact(n).map(|row| row.iter().sum::<f64>().max(0.0)).collect();
    }

    /// The multipliers of the observations, per unit of mass.
    pub(super) fn prices(&self) -> Vec<f64> {
        self.prices.iter().zip(&self.mass).map(|(price, mass)| price / mass).collect()
    }

    /// The posteriors that are induced, with their masses.
    pub(super) fn sent(&self) -> impl Iterator<Item = (&[f64], f64)> {
        let sent = self.basis.iter().zip(&self.weights).filter(|&(_, &weight)| weight > 0.0);
        sent.map(|(&k, weight)| (self.posteriors[k].as_slice(), weight * self.masses[k]))
    }
}
