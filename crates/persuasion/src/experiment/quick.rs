//! Good messages in a hurry: column generation by walks alone, on a basis of its own.
//!
//! *Method.* The restricted master has one row per observation, and they are few: its basis is inverted outright and updated. Messages come from
//! walks ([`Walk`]) that start at observations, pairs of them, silence, the messages in the basis, and points spread evenly. *Guarantee:* what it returns is feasible; it is mostly
//! optimal, and never proved so. It saves the exact method most of its rounds, and is itself the whole method where many best responses
//! are taken on the way to a profile that is proved in the end.

use super::walk::{Borders, Walk};
use crate::responses::{Candidate, Responses, respond};
use suasion_lp::Settings;

/// In more dimensions than this, walks have too many neighbours.
const FEW: usize = 12;
/// A price above this makes a message worth adding.
const WORTH: f64 = 1e-9;
/// After so many rounds it is good enough.
const ROUNDS: usize = 60;
/// From so many posteriors walks start where the others found nothing.
const SCATTERED: usize = 256;

/// A basis of the restricted master: messages as posteriors with the types' responses.
pub(super) struct Basis {
    columns: Vec<Candidate>,
    /// The worth of each, prices left aside.
    worth: Vec<f64>,
    /// Row by row: how much of each column makes up one unit of each observation.
    inverse: Vec<Vec<f64>>,
    /// How much of each message is sent.
    weights: Vec<f64>,
}

/// Whether a game is small enough for walks.
pub(super) fn suits(game: &Responses) -> bool {
    game.rows() <= FEW
}

/// Messages that are sent and how often, in terms of masses `mass`; `game.prices` are changed. Where a limit ends it, they are what it has by then.
pub(super) fn search(game: &mut Responses, mass: &[f64], settings: &Settings) -> Vec<(Candidate, f64)> {
    let n = game.rows();
    let borders = Borders::new(&game.follower);
    game.prices.fill(0.0);
    let mut basis = Basis::revelation(game, mass);
    let total: f64 = mass.iter().sum();
    let silence: Vec<f64> = mass.iter().map(|mass| mass / total).collect();
    for _ in 0..ROUNDS {
        if settings.stopped().is_some() {
            break;
        }
        basis.set_prices(&mut game.prices);
        let mut walk = Walk::new(game, &borders);
        walk.from(&silence, WORTH);
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

/// Posteriors half way between two observations.
fn pairs(n: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..n).flat_map(move |i| (0..i).map(move |k| (0..n).map(|x| if x == i || x == k { 0.5 } else { 0.0 }).collect()))
}

/// Posteriors spread over the simplex evenly (a Weyl sequence), some of them near a side.
fn scattered(n: usize) -> impl Iterator<Item = Vec<f64>> {
    // Multiples of the roots of primes are spread evenly modulo one, and independently of each other.
    const PRIMES: [f64; FEW] = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0, 37.0];
    (1..=SCATTERED).map(move |k| {
        // Exponentials that are normed are uniform on the simplex; their squares favour its sides.
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

    /// Takes a message in for one of the basis, if it is worth more than those that make up the same.
    fn enter(&mut self, worth: f64, candidate: Candidate, mass: &[f64]) -> bool {
        let made_up_of: Vec<f64> =
            self.inverse.iter().map(|row| row.iter().zip(&candidate.strategy).map(|(s, q)| s * q).sum()).collect();
        let replaced: f64 = made_up_of.iter().zip(&self.worth).map(|(share, worth)| share * worth).sum();
        if worth - replaced <= WORTH {
            return false;
        }
        // What runs out first leaves; of several, that with the largest share.
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
