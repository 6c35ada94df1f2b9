//! Walks between regions of posteriors, without a solver.
//!
//! The posteriors at which a menu is obeyed form a polytope. Its dimension is the number of
//! observations minus one, which is small. The value of a message is linear within it, so an
//! active-set method finds its best vertex in microseconds. Some types are indifferent at that
//! vertex, and the regions of their other actions lie on the other side. The walk continues there
//! while the value rises. *Guarantee:* only that the messages found are obeyed.

use crate::responses::{Candidate, Responses, respond};
use std::collections::HashSet;
use suasion_model::Matrix;

/// Below this, relative to vectors of length one, a number is rounding error.
const ROUNDING: f64 = 1e-11;
/// An improvement below this does not count.
const GAIN: f64 = 1e-10;

/// The borders of the regions: for each type and pair of actions, how much better the first is at
/// each observation.
pub(super) struct Borders {
    observations: usize,
    actions: usize,
    /// Normals of length one, or zeros if the type is always indifferent, at
    /// `[((type * actions) + own) * actions + other]`.
    normals: Vec<Vec<f64>>,
}

impl Borders {
    pub(super) fn new(follower: &[Matrix]) -> Self {
        let (observations, actions) = follower.first().map_or((0, 0), |utility| (utility.rows(), utility.columns()));
        let mut normals = Vec::with_capacity(follower.len() * actions * actions);
        for utility in follower {
            for own in 0..actions {
                for other in 0..actions {
                    let gains = (0..observations).map(|i| utility[(i, own)] - utility[(i, other)]);
                    let mut normal: Vec<f64> = gains.collect();
                    let length = dot(&normal, &normal).sqrt();
                    if length > 1e-12 {
                        for x in &mut normal {
                            *x /= length;
                        }
                    } else {
                        normal.fill(0.0);
                    }
                    normals.push(normal);
                }
            }
        }
        Self { observations, actions, normals }
    }

    fn normal(&self, kind: usize, own: usize, other: usize) -> &[f64] {
        &self.normals[(kind * self.actions + own) * self.actions + other]
    }

    /// Moves `posterior`, at which the menu is obeyed, to the maximum of `worth . posterior` over
    /// all such posteriors.
    fn ascend(&self, menu: &[usize], worth: &[f64], posterior: &mut [f64]) {
        let n = self.observations;
        // Constraint number x < n keeps the observation's probability at least 0. The others are
        // borders.
        let borders: Vec<&[f64]> = menu
            .iter()
            .enumerate()
            .flat_map(|(t, &own)| (0..self.actions).filter(move |&k| k != own).map(move |k| self.normal(t, own, k)))
            .filter(|normal| normal.iter().any(|&x| x != 0.0))
            .collect();
        let along = |constraint: usize, vector: &[f64]| {
            if constraint < n { vector[constraint] } else { dot(borders[constraint - n], vector) }
        };
        let mut active: Vec<usize> = Vec::with_capacity(n);
        for _ in 0..40 + 10 * n {
            let frame = Frame::new(n, active.iter().map(|&c| if c < n { Err(c) } else { Ok(borders[c - n]) }));
            let (direction, multipliers) = frame.project(worth);
            if dot(&direction, &direction) <= ROUNDING * ROUNDING * (1.0 + dot(worth, worth)) {
                // The active constraints determine the direction. Release one with a multiplier of
                // the wrong sign.
                let pushed = multipliers.iter().copied().enumerate().skip(1);
                match pushed.reduce(|most, next| if next.1 > most.1 { next } else { most }) {
                    Some((k, multiplier)) if multiplier > ROUNDING => active.remove(k - 1),
                    _ => return,
                };
                continue;
            }
            let mut first: Option<(f64, f64, usize)> = None;
            for constraint in (0..n + borders.len()).filter(|c| !active.contains(c)) {
                let speed = -along(constraint, &direction);
                if speed <= ROUNDING {
                    continue;
                }
                let step = along(constraint, posterior).max(0.0) / speed;
                if first.is_none_or(|(least, fastest, _)| step < least || (step == least && speed > fastest)) {
                    first = Some((step, speed, constraint));
                }
            }
            // The simplex is bounded, so a constraint always limits the step.
            let Some((step, _, constraint)) = first else { return };
            for (q, d) in posterior.iter_mut().zip(&direction) {
                *q = (*q + step * d).max(0.0);
            }
            if constraint < n {
                posterior[constraint] = 0.0;
            }
            active.push(constraint);
        }
    }
}

/// An orthonormal basis of the normals of active constraints and of the plane where probabilities
/// sum to one.
struct Frame {
    basis: Vec<Vec<f64>>,
    /// Upper triangular: normal number `k` is `sum_i basis[i] triangle[k][i]`.
    triangle: Vec<Vec<f64>>,
}

impl Frame {
    /// Builds the frame. Normals are vectors, or the number of their only observation.
    fn new<'n>(n: usize, normals: impl Iterator<Item = Result<&'n [f64], usize>>) -> Self {
        let mut frame = Self { basis: Vec::with_capacity(n), triangle: Vec::with_capacity(n) };
        frame.add(vec![1.0; n]);
        for normal in normals {
            frame.add(match normal {
                Ok(normal) => normal.to_vec(),
                Err(x) => (0..n).map(|i| f64::from(u8::from(i == x))).collect(),
            });
        }
        frame
    }

    fn add(&mut self, normal: Vec<f64>) {
        let mut rest = normal;
        let mut column = Vec::with_capacity(self.basis.len() + 1);
        for unit in &self.basis {
            let share = dot(unit, &rest);
            rest.iter_mut().zip(unit).for_each(|(r, u)| *r -= share * u);
            column.push(share);
        }
        let length = dot(&rest, &rest).sqrt();
        column.push(length);
        let scale = if length > ROUNDING { 1.0 / length } else { 0.0 };
        for r in &mut rest {
            *r *= scale;
        }
        self.basis.push(rest);
        self.triangle.push(column);
    }

    /// The component of a vector orthogonal to all normals, and the multipliers of the normals for
    /// the rest.
    fn project(&self, vector: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut rest = vector.to_vec();
        let mut shares = Vec::with_capacity(self.basis.len());
        // Two passes suffice (Parlett 1998, section 6.9).
        for pass in 0..2 {
            for (k, unit) in self.basis.iter().enumerate() {
                let share = dot(unit, &rest);
                rest.iter_mut().zip(unit).for_each(|(r, u)| *r -= share * u);
                if pass == 0 { shares.push(share) } else { shares[k] += share }
            }
        }
        let mut multipliers = shares;
        for k in (0..multipliers.len()).rev() {
            let pivot = self.triangle[k][k];
            multipliers[k] = if pivot > ROUNDING { multipliers[k] / pivot } else { 0.0 };
            let (multiplier, column) = (multipliers[k], &self.triangle[k]);
            multipliers.iter_mut().zip(&column[..k]).for_each(|(m, c)| *m -= multiplier * c);
        }
        (rest, multipliers)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Walks at given prices. They visit each menu's region once.
pub(super) struct Walk<'a> {
    game: &'a Responses,
    borders: &'a Borders,
    seen: HashSet<Vec<usize>>,
    /// The messages found with a positive reduced value.
    pub found: Vec<Candidate>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(game: &'a Responses, borders: &'a Borders) -> Self {
        Self { game, borders, seen: HashSet::new(), found: Vec::new() }
    }

    /// Walks upward from a posterior as far as possible. Keeps the end if its reduced value exceeds
    /// `least`.
    pub(super) fn from(&mut self, posterior: &[f64], least: f64) {
        let mut best = respond(self.game, posterior);
        'up: loop {
            for menu in self.around(&best) {
                if let Some(better) = self.look(&menu, &best) {
                    best = better;
                    continue 'up;
                }
            }
            break;
        }
        if best.value > least {
            self.found.push(best);
        }
    }

    /// The menu, and the menus in which one indifferent type takes another action.
    fn around(&self, here: &Candidate) -> Vec<Vec<usize>> {
        let mut menus = vec![here.responses.clone()];
        for (t, &own) in here.responses.iter().enumerate() {
            for other in (0..self.borders.actions).filter(|&k| k != own) {
                if dot(self.borders.normal(t, own, other), &here.strategy).abs() <= 1e-9 {
                    let mut menu = here.responses.clone();
                    menu[t] = other;
                    menus.push(menu);
                }
            }
        }
        menus
    }

    /// The best posterior of a menu that is obeyed at `here`. Returns `None` if the menu was
    /// visited before or does not improve on `here`.
    fn look(&mut self, menu: &[usize], here: &Candidate) -> Option<Candidate> {
        if !self.seen.insert(menu.to_vec()) {
            return None;
        }
        let game = self.game;
        let value = |i: usize| menu.iter().enumerate().map(|(t, &a)| game.leader[t][(i, a)]).sum::<f64>();
        let worth: Vec<f64> = (0..game.rows()).map(|i| value(i) - game.prices[i]).collect();
        let mut posterior = here.strategy.clone();
        self.borders.ascend(menu, &worth, &mut posterior);
        let total: f64 = posterior.iter().sum();
        for q in &mut posterior {
            *q = if *q < 1e-14 { 0.0 } else { *q / total };
        }
        let there = respond(game, &posterior);
        (there.value > here.value + GAIN).then_some(there)
    }
}
