//! What a party gets at the two ends of what anybody can be told, and how much is at stake for it there.

use crate::{Information, Instance, Matrix};

/// By how much, as a fraction of what is at stake, a value may contradict another.
const TOLERANCE: f64 = 1e-7;
/// Which part of the stake in single states counts where outcomes all but coincide.
const COINCIDENCE: f64 = 1e-5;
/// So many roundings of a value are none.
const ROUNDINGS: f64 = 16.0 * f64::EPSILON;

/// A party's values when the user is told nothing, and when she is told the state; and what is at stake for it in single states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yardstick {
    /// Its value when the user knows her type alone.
    pub none: f64,
    /// Its value when she knows the state.
    pub full: f64,
    /// The probability of every state times the range of its utility over the actions that are best for the user by what she knows
    /// then, summed up.
    pub local: f64,
}

impl Yardstick {
    /// By how much these values may contradict each other and still do so by rounding alone: a small fraction of what is at stake
    /// between them. It depends neither on functions of the state alone nor on actions that nobody takes.
    #[must_use]
    pub fn allowance(&self, values: &[f64]) -> f64 {
        let all = || values.iter().copied().chain([self.none, self.full]);
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        let near = COINCIDENCE * self.local;
        TOLERANCE * (high - low).max(near) + ROUNDINGS * low.abs().max(high.abs())
    }
}

impl Instance {
    /// The yardsticks of the user and of every agent, in this order, at prior number `prior`; none where there is no such prior.
    #[must_use]
    pub fn yardsticks(&self, prior: usize) -> Option<Vec<Yardstick>> {
        // (type, state, probability) of what has any.
        let (types, cells): (usize, Vec<(usize, usize, f64)>) = match &self.information {
            Information::Priors(priors) if prior < priors.rows() => {
                (1, priors.row(prior).iter().enumerate().map(|(state, &p)| (0, state, p)).collect())
            }
            Information::Worlds { types, worlds, .. } if prior == 0 => {
                (types.len(), worlds.iter().map(|world| (world.user, world.state, world.probability)).collect())
            }
            _ => return None,
        };
        let cells: Vec<_> = cells.into_iter().filter(|cell| cell.2 > 0.0).collect();
        let user = &self.user.utility;
        let (silent, told) = (silent(user, types, &cells), told(user, &cells));
        let mut taken: Vec<usize> = silent.iter().chain(&told).copied().collect();
        taken.sort_unstable();
        taken.dedup();
        let parties = std::iter::once(&self.user).chain(&self.agents);
        let yardstick = |utility: &Matrix| {
            let (mut none, mut full, mut local) = (Precise::default(), Precise::default(), 0.0);
            for (k, &(kind, state, p)) in cells.iter().enumerate() {
                none.add(p, utility[(silent[kind], state)]);
                full.add(p, utility[(told[k], state)]);
                let values = || taken.iter().map(|&a| utility[(a, state)]);
                let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
                local += p * (high - low);
            }
            Yardstick { none: none.value(), full: full.value(), local }
        };
        Some(parties.map(|party| yardstick(&party.utility)).collect())
    }
}

/// What each type does when she knows nothing else.
fn silent(user: &Matrix, types: usize, cells: &[(usize, usize, f64)]) -> Vec<usize> {
    let mut sums = vec![vec![Precise::default(); user.rows()]; types];
    for &(kind, state, p) in cells {
        for (action, sum) in sums[kind].iter_mut().enumerate() {
            sum.add(p, user[(action, state)]);
        }
    }
    sums.into_iter().map(|sums| best(sums.into_iter().map(Precise::value))).collect()
}

/// What she does in each cell when she knows the state.
fn told(user: &Matrix, cells: &[(usize, usize, f64)]) -> Vec<usize> {
    cells.iter().map(|&(_, state, _)| best((0..user.rows()).map(|action| user[(action, state)]))).collect()
}

/// Which of the values is the largest, the first of several.
fn best(values: impl Iterator<Item = f64>) -> usize {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best }).0
}

/// A sum of products that is as good as one in twice the precision (Ogita, Rump & Oishi 2005): a level that all values share does not
/// drown what they differ by.
#[derive(Clone, Copy, Debug, Default)]
struct Precise {
    sum: f64,
    lost: f64,
}

impl Precise {
    fn add(&mut self, a: f64, b: f64) {
        let product = a * b;
        let sum = self.sum + product;
        let part = sum - self.sum;
        self.lost += (self.sum - (sum - part)) + (product - part) + a.mul_add(b, -product);
        self.sum = sum;
    }

    fn value(self) -> f64 {
        self.sum + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Family, PriorPath, Shape};

    fn generated(seed: u64) -> Instance {
        let shape = Shape { states: 5, actions: 4, agents: 2, priors: 3 };
        Family::Uniform.generate(shape, PriorPath::Independent, seed).unwrap()
    }

    /// They are what views say.
    #[test]
    fn reference_values() {
        for seed in 0..20 {
            let instance = generated(seed);
            for prior in 0..3 {
                let sticks = instance.yardsticks(prior).unwrap();
                let view = instance.view(prior, 0).unwrap();
                assert!((sticks[0].none - view.no_information().1).abs() < 1e-14);
                assert!((sticks[0].full - view.full_information()).abs() < 1e-14);
                assert_eq!(sticks.len(), 3);
            }
            assert_eq!(instance.yardsticks(3), None);
        }
    }

    /// A level that depends on the state alone, and an action that nobody takes, change nothing but the values' level.
    #[test]
    fn what_must_not_matter() {
        for seed in 0..20 {
            let plain = generated(seed);
            let before = plain.yardsticks(1).unwrap();
            let mut more = plain.clone();
            let level = [1e6, -1e7, 3e5, 0.0, 1e8];
            let Information::Priors(priors) = &plain.information else { panic!() };
            let shift: f64 = level.iter().zip(priors.row(1)).map(|(level, p)| level * p).sum();
            for party in std::iter::once(&mut more.user).chain(&mut more.agents) {
                let old = party.utility.clone();
                party.utility = Matrix::from_fn(5, 5, |a, y| level[y] + if a < 4 { old[(a, y)] } else { -1e12 });
            }
            more.actions = crate::Labels::Count(5);
            for (before, after) in before.iter().zip(more.yardsticks(1).unwrap()) {
                for (before, after) in [(before.none, after.none), (before.full, after.full)] {
                    assert!((before + shift - after).abs() < 1e-7, "{before} {after}");
                }
                assert!((before.local - after.local).abs() < 1e-7);
            }
        }
    }
}
