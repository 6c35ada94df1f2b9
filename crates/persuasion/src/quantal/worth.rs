//! The value of a message to a quantal user, with first and second derivatives.

use suasion_certificate::quantal_units;
use suasion_model::{Matrix, TypedView, quantal_response};

/// One agent against a quantal user, in the units in which the problem is solved. Observations
/// without mass are omitted. A message is given by its probability at each observation, as if all
/// observations had the same mass, with sum one; its *posterior* is meant in these terms. The value
/// of full revelation is subtracted for each observation, which changes no difference between
/// schemes. The unit is the highest value among some trial messages.
pub(super) struct Worth {
    /// The observations that have mass, as indices of the view.
    pub observations: Vec<usize>,
    /// The mass of each observation in these terms, all equal with sum one, `[n]`.
    pub mass: Vec<f64>,
    /// The amount of each observation that affects the user's response about equally, with sum one,
    /// `[n]`.
    pub balance: Vec<f64>,
    pub types: usize,
    pub actions: usize,
    /// The types' masses per unit of mass, `[types][n]`.
    shares: Vec<f64>,
    /// `eta` times the user's utility, and the objective, per unit of mass, `[types][n][actions]`.
    user: Vec<f64>,
    objective: Vec<f64>,
    /// The subtracted value per unit of mass, `[n]`, in true units.
    shift: Vec<f64>,
    /// The value of a unit of the scaled objective, per unit of mass; and the total mass.
    unit: f64,
    /// The true masses, `[n]`.
    true_mass: Vec<f64>,
    /// The difference between the values of the user's possible actions and of her best action, as
    /// a sum over observations. An action counts with the probability with which it is played under
    /// full or no information.
    pub local: f64,
    /// The size of rounding errors.
    pub noise: f64,
    /// Whether no message changes the objective's value by more than rounding error.
    pub constant: bool,
}

/// The weight of an action in what is at stake if it is not played under full or no information,
/// but might be played otherwise; as in certificates.
const NEVER: f64 = 1e-9;

fn normalized(mut numbers: Vec<f64>) -> Vec<f64> {
    let total: f64 = numbers.iter().sum();
    numbers.iter_mut().for_each(|number| *number /= total);
    numbers
}

/// Trial messages that show the size of the objective, as masses of the observations with sum one:
/// points between pairs of observations, and between all of them, with equal or true masses.
fn trials(mass: &[f64]) -> Vec<Vec<f64>> {
    let n = mass.len();
    let mut trials = vec![mass.to_vec(), vec![1.0 / n as f64; n]];
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).take(500);
    for (i, j) in pairs {
        for share in [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98] {
            let mut message = vec![0.0; n];
            (message[i], message[j]) = (share, 1.0 - share);
            trials.push(message);
        }
    }
    trials
}

/// A value with its first derivative, `[n]`, and its second derivative, `n x n`; and working
/// memory.
#[derive(Default)]
pub(super) struct Derivatives {
    pub value: f64,
    pub gradient: Vec<f64>,
    pub second: Vec<f64>,
    played: Vec<f64>,
    utility: Vec<f64>,
    objective: Vec<f64>,
    turns: Vec<f64>,
}

impl Worth {
    /// The problem for a reduced objective in true units, one matrix per type.
    pub(super) fn new(view: &TypedView, reduced_objective: &[Matrix], eta: f64) -> Self {
        let (types, m) = (view.types(), view.actions());
        let units = quantal_units(view.mass(), view.reduced_user(), eta);
        let observations: Vec<usize> = (0..units.len()).filter(|&x| units[x] > 0.0).collect();
        let n = observations.len();
        let total: f64 = units.iter().sum();
        let (mut shares, mut user, mut objective) = (vec![], vec![], vec![]);
        let column = |matrix: &Matrix, x: usize| (0..m).map(|a| matrix[(a, x)]).collect::<Vec<f64>>();
        for t in 0..types {
            for &x in &observations {
                shares.push(view.mass()[(t, x)]);
                // Only differences matter, and small numbers have small errors.
                let own = column(&view.reduced_user()[t], x);
                let most = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                user.extend(own.iter().map(|value| eta * (value - most)));
                objective.extend(column(&reduced_objective[t], x));
            }
        }
        let mut worth = Self {
            mass: vec![1.0 / n as f64; n],
            balance: observations.iter().map(|&x| units[x] / total).collect(),
            true_mass: observations.iter().map(|&x| (0..types).map(|t| view.mass()[(t, x)]).sum()).collect(),
            observations,
            types,
            actions: m,
            shares,
            user,
            objective,
            shift: vec![0.0; n],
            unit: 1.0,
            local: 0.0,
            noise: 0.0,
            constant: false,
        };
        worth.reduce();
        worth
    }

    /// Subtracts the value of full revelation, and scales the rest.
    fn reduce(&mut self) {
        let (n, m) = (self.states(), self.actions);
        let scratch = &mut Derivatives::default();
        let mut local = 0.0;
        let mut largest: f64 = 0.0;
        let uninformed: Vec<Vec<f64>> = (0..self.types)
            .map(|t| {
                self.respond(t, &self.mass, scratch);
                scratch.played.clone()
            })
            .collect();
        let least: Vec<Vec<f64>> = (0..self.types).map(|t| self.least_parts(t)).collect();
        for (i, t) in (0..n).flat_map(|i| (0..self.types).map(move |t| (i, t))) {
            let vertex: Vec<f64> = (0..n).map(|k| f64::from(u8::from(k == i))).collect();
            let own = self.respond(t, &vertex, scratch);
            let place = (t * n + i) * m;
            let often = |a: usize| {
                let of = |played: &[f64]| played.get(a).copied().unwrap_or(0.0);
                of(&scratch.played).max(of(&uninformed[t])).max(least[t][a])
            };
            let away: f64 = (0..m).map(|a| often(a) * self.objective[place + a].abs()).sum();
            local += self.mass[i] * away;
            largest = largest.max(away);
            let share = self.shares[t * n + i];
            if share > 0.0 {
                self.objective[place..place + m].iter_mut().for_each(|value| *value -= own);
                self.shift[i] += own;
            }
        }
        let mut most: f64 = 0.0;
        for message in trials(&self.mass) {
            for message in [self.balanced(&message), message] {
                most = most.max(self.value(&message, scratch).abs());
            }
        }
        let noise = f64::EPSILON * local;
        // Values below the rounding error count as zero.
        let unit = most.max(16.0 * f64::EPSILON * largest);
        self.constant = !(unit.is_finite() && unit > 0.0);
        let unit = if self.constant { 1.0 } else { unit };
        self.objective.iter_mut().for_each(|value| *value /= unit);
        (self.unit, self.local, self.noise) = (unit, local / unit, noise / unit);
    }

    /// [`NEVER`], or less if a type plays an action with a lower probability after every message,
    /// `[actions]`. If another action is better by at least `d` everywhere, the probability is at
    /// most `exp(-eta d)`.
    fn least_parts(&self, t: usize) -> Vec<f64> {
        let (n, m) = (self.states(), self.actions);
        let present: Vec<usize> = (t * n..(t + 1) * n).filter(|&place| self.shares[place] > 0.0).collect();
        let least = |a: usize| {
            (0..m).filter(|&b| b != a).fold(NEVER, |least, b| {
                let part = |&place: &usize| {
                    let ahead = self.user[place * m + b] - self.user[place * m + a];
                    (-ahead / self.shares[place]).exp()
                };
                // It is enough to know one observation where the action may be played.
                let most =
                    present.iter().map(part).try_fold(0.0, |most, part| (part < least).then(|| f64::max(most, part)));
                most.unwrap_or(least)
            })
        };
        (0..m).map(least).collect()
    }

    /// The number of observations that have mass.
    pub(super) fn states(&self) -> usize {
        self.mass.len()
    }

    /// Converts the prices of observations that have mass to those of all observations in true
    /// units, relative to the reduction of the objective. The others are 0.
    pub(super) fn true_prices(&self, observations: usize, own: &[f64]) -> Vec<f64> {
        let mut prices = vec![0.0; observations];
        for (i, (&x, price)) in self.observations.iter().zip(own).enumerate() {
            prices[x] = (price * self.unit + self.shift[i]) / self.true_mass[i];
        }
        prices
    }

    /// Converts a true posterior over all observations to the terms of this problem.
    pub(super) fn own_terms(&self, posterior: &[f64]) -> Vec<f64> {
        normalized(self.observations.iter().zip(&self.true_mass).map(|(&x, mass)| posterior[x] / mass).collect())
    }

    /// A message with this share of each observation, in units in which equal amounts affect the
    /// user's response about equally.
    pub(super) fn balanced(&self, parts: &[f64]) -> Vec<f64> {
        normalized(parts.iter().zip(&self.balance).map(|(part, balance)| part / balance).collect())
    }

    /// The true value of a unit of a scheme's scaled value.
    pub(super) fn true_unit(&self) -> f64 {
        self.unit * self.states() as f64
    }

    /// The largest difference between two actions' utilities at an observation, times `eta`.
    pub(super) fn sensitivity(&self) -> f64 {
        let of_place = |(place, &share): (usize, &f64)| {
            let own = &self.user[place * self.actions..(place + 1) * self.actions];
            if share > 0.0 { own.iter().fold(0.0, |most: f64, value| most.max(-value / share)) } else { 0.0 }
        };
        self.shares.iter().enumerate().map(of_place).fold(0.0, f64::max)
    }

    /// The value of a message with masses `message`, `[n]`.
    pub(super) fn value(&self, message: &[f64], scratch: &mut Derivatives) -> f64 {
        (0..self.types).map(|t| self.respond(t, message, scratch)).sum()
    }

    /// Computes a type's response to a message, its utilities and the objective in the working
    /// memory, together with her mass. Returns the objective's value.
    fn respond(&self, t: usize, message: &[f64], scratch: &mut Derivatives) -> f64 {
        let (n, m) = (self.states(), self.actions);
        let Derivatives { played, utility, objective, .. } = scratch;
        let shares = &self.shares[t * n..(t + 1) * n];
        let mass: f64 = message.iter().zip(shares).map(|(r, share)| r * share).sum();
        utility.clear();
        utility.resize(m, 0.0);
        objective.clear();
        objective.resize(m, 0.0);
        played.clear();
        if mass <= 0.0 {
            return 0.0;
        }
        for (i, &r) in message.iter().enumerate().filter(|&(_, &r)| r > 0.0) {
            let place = (t * n + i) * m..(t * n + i + 1) * m;
            for (sum, value) in utility.iter_mut().zip(&self.user[place.clone()]) {
                *sum += r * value;
            }
            for (sum, value) in objective.iter_mut().zip(&self.objective[place]) {
                *sum += r * value;
            }
        }
        for sum in utility.iter_mut() {
            *sum /= mass;
        }
        played.extend_from_slice(utility);
        quantal_response(played, 1.0);
        played.iter().zip(objective).map(|(played, worth)| played * *worth).sum()
    }

    /// Computes the value of a message with its gradient, and the second derivatives with respect
    /// to the observations `second`, in increasing order. If a type cannot receive the message, her
    /// part of the gradient is the value of a first infinitesimal mass of each observation.
    pub(super) fn differentiate(&self, message: &[f64], second: &[usize], to: &mut Derivatives) {
        let (n, m) = (self.states(), self.actions);
        to.value = 0.0;
        to.gradient.clear();
        to.gradient.resize(n, 0.0);
        to.second.clear();
        to.second.resize(if second.is_empty() { 0 } else { n * n }, 0.0);
        for t in 0..self.types {
            let worth = self.respond(t, message, to);
            to.value += worth;
            let shares = &self.shares[t * n..(t + 1) * n];
            let mass: f64 = message.iter().zip(shares).map(|(r, share)| r * share).sum();
            let row = |i: usize| (t * n + i) * m..(t * n + i + 1) * m;
            if mass <= 0.0 {
                for i in (0..n).filter(|&i| shares[i] > 0.0) {
                    to.played.clear();
                    to.played.extend(self.user[row(i)].iter().map(|value| value / shares[i]));
                    quantal_response(&mut to.played, 1.0);
                    to.gradient[i] += to.played.iter().zip(&self.objective[row(i)]).map(|(s, v)| s * v).sum::<f64>();
                }
                continue;
            }
            // turns[i][a]: the derivative of eta times the utility of `a` with respect to the mass
            // of `i`, minus the mean.
            to.turns.clear();
            for i in 0..n {
                let start = to.turns.len();
                let (user, share) = (&self.user[row(i)], shares[i]);
                to.turns.extend(user.iter().zip(&to.utility).map(|(u, z)| (u - z * share) / mass));
                let turns = &mut to.turns[start..];
                let mean: f64 = turns.iter().zip(&to.played).map(|(turn, s)| turn * s).sum();
                for turn in turns.iter_mut() {
                    *turn -= mean;
                }
                for ((turn, s), (y, v)) in
                    turns.iter().zip(&to.played).zip(to.objective.iter().zip(&self.objective[row(i)]))
                {
                    to.gradient[i] += s * (v + turn * (y - worth));
                }
            }
            for (place, &i) in second.iter().enumerate() {
                let left = &to.turns[i * m..(i + 1) * m];
                let own = &self.objective[row(i)];
                for &j in &second[place..] {
                    let right = &to.turns[j * m..(j + 1) * m];
                    let other = &self.objective[row(j)];
                    let mut sum = 0.0;
                    for a in 0..m {
                        let away = to.objective[a] - worth;
                        let bend = left[a] * right[a] - (left[a] * shares[j] + right[a] * shares[i]) / mass;
                        sum += to.played[a] * (bend * away + left[a] * other[a] + right[a] * own[a]);
                    }
                    to.second[i * n + j] += sum;
                    if i != j {
                        to.second[j * n + i] += sum;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    /// A random game with this number of types, observations and actions. Some pairs have no mass.
    fn random(types: usize, n: usize, m: usize, rng: &mut ChaCha8Rng) -> TypedView {
        let mass = Matrix::from_fn(types, n, |t, x| if (t + x) % 4 == 3 { 0.0 } else { rng.random_range(0.1..1.0) });
        let mut arrays = || -> Vec<Matrix> {
            (0..types).map(|t| Matrix::from_fn(m, n, |_, x| mass[(t, x)] * rng.random_range(-1.0..1.0))).collect()
        };
        let (user, agent) = (arrays(), arrays());
        TypedView::new(mass, user, vec![agent]).unwrap()
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let rng = &mut ChaCha8Rng::seed_from_u64(11);
        for round in 0..60 {
            let (types, n, m) = (1 + round % 3, 2 + round % 4, 2 + round % 5);
            let view = random(types, n, m, rng);
            // At sensitivity zero, only rounding error is left.
            let eta = [0.3, 0.7, 4.0][round % 3];
            let worth = Worth::new(&view, view.reduced_agent(0), eta);
            let n = worth.states();
            let message: Vec<f64> = (0..n).map(|_| rng.random_range(0.2..1.0)).collect();
            let (mut at, mut near) = (Derivatives::default(), Derivatives::default());
            worth.differentiate(&message, &(0..n).collect::<Vec<usize>>(), &mut at);
            // Euler: the value is homogeneous of degree one.
            let euler: f64 = message.iter().zip(&at.gradient).map(|(r, g)| r * g).sum();
            assert!((euler - at.value).abs() < 1e-12, "{euler} {}", at.value);
            let step = 1e-5;
            for i in 0..n {
                let moved = |by: f64| {
                    let mut moved = message.clone();
                    moved[i] += by;
                    moved
                };
                let slope =
                    (worth.value(&moved(step), &mut near) - worth.value(&moved(-step), &mut near)) / (2.0 * step);
                assert!((slope - at.gradient[i]).abs() < 1e-8, "{round}: {slope} {}", at.gradient[i]);
                worth.differentiate(&moved(step), &[], &mut near);
                let above = near.gradient.clone();
                worth.differentiate(&moved(-step), &[], &mut near);
                for j in 0..n {
                    let slope = (above[j] - near.gradient[j]) / (2.0 * step);
                    let found = at.second[i * n + j];
                    assert!((slope - found).abs() < 1e-7, "{round}: {slope} {found}");
                }
            }
        }
    }

    /// In true units, the price of a message's content is its value.
    #[test]
    fn units() {
        let rng = &mut ChaCha8Rng::seed_from_u64(12);
        let view = random(3, 4, 3, rng);
        let worth = Worth::new(&view, view.reduced_agent(0), 2.0);
        let mut scratch = Derivatives::default();
        let value = |scheme: suasion_model::SignalScheme| scheme.values(&view, 2.0).agents[0];
        let true_value = value(suasion_model::SignalScheme::no_information(4))
            - value(suasion_model::SignalScheme::full_information(4));
        let back = worth.value(&worth.mass, &mut scratch) * worth.true_unit();
        assert!((back - true_value).abs() < 1e-13, "{back} {true_value}");
    }
}
