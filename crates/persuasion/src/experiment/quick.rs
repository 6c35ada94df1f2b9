//! Good messages quickly: column generation by walks alone, with its own basis.
//!
//! *Method.* The restricted master has one row per observation. There are few of them, so the basis
//! is inverted explicitly and updated. Messages come from walks ([`Walk`]) that start at
//! observations, pairs of observations, the prior, the messages in the basis, and evenly spread
//! points. *Guarantee:* the result is feasible. It is usually optimal, but this is not proved. It
//! saves the exact method most of its rounds. It is also used alone where many best responses are
//! computed on the way to a profile that is proved in the end.

use super::walk::{Borders, Walk};
use crate::responses::{Candidate, Responses, respond};
use suasion_lp::Settings;

/// In more dimensions than this, walks have too many neighbors.
const FEW: usize = 12;
/// A message enters if its reduced value exceeds this.
const WORTH: f64 = 1e-9;
/// The maximum number of rounds.
const ROUNDS: usize = 60;
/// The number of additional starting points if the other walks find nothing.
const SCATTERED: usize = 256;

/// A basis of the restricted master: messages as posteriors with the types' responses.
pub(super) struct Basis {
    columns: Vec<Candidate>,
    /// The value of each message, without prices.
    worth: Vec<f64>,
    /// By rows: the amount of each column in one unit of each observation.
    inverse: Vec<Vec<f64>>,
    /// The mass of each message.
    weights: Vec<f64>,
}

/// Whether a game is small enough for walks.
pub(super) fn suits(game: &Responses) -> bool {
    game.rows() <= FEW
}

/// Returns messages and their masses, for observations of masses `mass`. Changes `game.prices`. If
/// a limit stops the search, it returns the messages found so far.
pub(super) fn search(game: &mut Responses, mass: &[f64], settings: &Settings) -> Vec<(Candidate, f64)> {
    let n = game.rows();
    let borders = Borders::new(&game.follower);
    game.prices.fill(0.0);
    let mut basis = Basis::revelation(game, mass);
    let total: f64 = mass.iter().sum();
    let prior: Vec<f64> = mass.iter().map(|mass| mass / total).collect();
    for _ in 0..ROUNDS {
        if settings.stopped().is_some() {
            break;
        }
        basis.set_prices(&mut game.prices);
        let mut walk = Walk::new(game, &borders);
        walk.from(&prior, WORTH);
        for column in &basis.columns {
            walk.from(&column.strategy, WORTH);
        }
        for pair in pairs(n) {
            walk.from(&pair, WORTH);
        }
        if walk.found.is_empty() {
            for posterior in scattered(n) {
                walk.from(&posterior, WORTH);
            }
        }
        let mut found = walk.found;
        found.sort_by(|l, r| r.value.total_cmp(&l.value));
        let mut entered = false;
        for candidate in found {
            let paid: f64 = candidate.strategy.iter().zip(&game.prices).map(|(q, price)| q * price).sum();
            entered |= basis.enter(candidate.value + paid, candidate, mass);
        }
        if !entered {
            break;
        }
    }
    basis.columns.into_iter().zip(basis.weights).filter(|(_, weight)| *weight > 0.0).collect()
}

/// The midpoints of pairs of observations.
fn pairs(n: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..n).flat_map(move |i| (0..i).map(move |k| (0..n).map(|x| if x == i || x == k { 0.5 } else { 0.0 }).collect()))
}

/// Posteriors spread evenly over the simplex (a Weyl sequence), some of them near a face.
fn scattered(n: usize) -> impl Iterator<Item = Vec<f64>> {
    // Multiples of square roots of primes are evenly spread modulo one, and independent of each
    // other.
    const PRIMES: [f64; FEW] = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0, 37.0];
    (1..=SCATTERED).map(move |k| {
        // Normalized exponentials are uniform on the simplex; their squares favor its faces.
        let power = 1 + k as i32 % 2;
        let raw = (0..n).map(|x| (-(k as f64 * PRIMES[x].sqrt()).fract().max(1e-12).ln()).powi(power));
        let raw: Vec<f64> = raw.collect();
        let total: f64 = raw.iter().sum();
        raw.iter().map(|q| q / total).collect()
    })
}

impl Basis {
    /// One message for each observation.
    fn revelation(game: &Responses, mass: &[f64]) -> Self {
        let n = mass.len();
        let unit = |i: usize| (0..n).map(|k| f64::from(u8::from(k == i))).collect::<Vec<f64>>();
        let columns: Vec<Candidate> = (0..n).map(|i| respond(game, &unit(i))).collect();
        let worth = columns.iter().map(|column| column.value).collect();
        Self { columns, worth, inverse: (0..n).map(unit).collect(), weights: mass.to_vec() }
    }

    fn set_prices(&self, prices: &mut [f64]) {
        prices.fill(0.0);
        for (worth, row) in self.worth.iter().zip(&self.inverse) {
            prices.iter_mut().zip(row).for_each(|(price, share)| *price += worth * share);
        }
    }

    /// Replaces a message of the basis by a candidate if its value exceeds that of the combination
    /// that it replaces.
    fn enter(&mut self, worth: f64, candidate: Candidate, mass: &[f64]) -> bool {
        let made_up_of: Vec<f64> =
            self.inverse.iter().map(|row| row.iter().zip(&candidate.strategy).map(|(s, q)| s * q).sum()).collect();
        let replaced: f64 = made_up_of.iter().zip(&self.worth).map(|(share, worth)| share * worth).sum();
        if worth - replaced <= WORTH {
            return false;
        }
        // The message whose mass reaches zero first leaves. Among ties, the one with the largest
        // share leaves.
        let mut leaving: Option<(f64, usize)> = None;
        for (k, &share) in made_up_of.iter().enumerate().filter(|(_, share)| **share > 1e-10) {
            let ratio = self.weights[k].max(0.0) / share;
            let better = leaving.is_none_or(|(least, other)| {
                ratio < least - 1e-13 || (ratio <= least + 1e-13 && share > made_up_of[other])
            });
            if better {
                leaving = Some((ratio, k));
            }
        }
        let Some((_, k)) = leaving else { return false };
        let pivot = made_up_of[k];
        let row: Vec<f64> = self.inverse[k].iter().map(|x| x / pivot).collect();
        for (i, other) in self.inverse.iter_mut().enumerate() {
            if i == k {
                other.copy_from_slice(&row);
            } else {
                other.iter_mut().zip(&row).for_each(|(x, r)| *x -= made_up_of[i] * r);
            }
        }
        self.columns[k] = candidate;
        self.worth[k] = worth;
        let weight = |row: &Vec<f64>| row.iter().zip(mass).map(|(share, mass)| share * mass).sum::<f64>().max(0.0);
        self.weights = self.inverse.iter().map(weight).collect();
        true
    }
}
