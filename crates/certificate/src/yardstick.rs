//! A party's values under no information and full information, and its stake there. Claims without
//! a proof of their own are compared with these.

use crate::stake::COINCIDENCE;
use crate::verdict::TOLERANCE;
use suasion_model::{Information, Instance, Level, Matrix, StackelbergGame};

/// This many roundings of a value do not count.
const ROUNDINGS: f64 = 16.0 * f64::EPSILON;

/// A party's values under no information and full information, and its stake in single states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yardstick {
    /// Its value if the user knows only her type.
    pub none: f64,
    /// Its value if the user knows the state.
    pub full: f64,
    /// The sum over states of the probability times the range of its utility over the actions that
    /// are best for the user under no or full information.
    pub local: f64,
}

impl Yardstick {
    /// How much rounding alone may make these values contradict each other: a small fraction of the
    /// stake between them. It depends neither on functions of the state alone nor on actions that
    /// nobody takes.
    #[must_use]
    pub fn allowance(&self, values: &[f64]) -> f64 {
        let all = || values.iter().copied().chain([self.none, self.full]);
        let (low, high) = range(all());
        let near = COINCIDENCE * self.local;
        TOLERANCE * (high - low).max(near) + ROUNDINGS * low.abs().max(high.abs())
    }

    /// The yardsticks of the user and of every agent, in this order, at prior number `prior`;
    /// `None` if there is no such prior.
    #[must_use]
    pub fn all(instance: &Instance, prior: usize) -> Option<Vec<Self>> {
        // (type, state, probability) for every pair with positive probability.
        let (types, cells): (usize, Vec<(usize, usize, f64)>) = match &instance.information {
            Information::Priors(priors) if prior < priors.rows() => {
                (1, priors.row(prior).iter().enumerate().map(|(state, &p)| (0, state, p)).collect())
            }
            Information::Worlds { types, worlds, .. } if prior == 0 => {
                (types.len(), worlds.iter().map(|world| (world.user, world.state, world.probability)).collect())
            }
            _ => return None,
        };
        let cells: Vec<_> = cells.into_iter().filter(|cell| cell.2 > 0.0).collect();
        let user = &instance.user.utility;
        let (silent, told) = (silent(user, types, &cells), told(user, &cells));
        let mut taken: Vec<usize> = silent.iter().chain(&told).copied().collect();
        taken.sort_unstable();
        taken.dedup();
        let yardstick = |utility: &Matrix| {
            let (mut none, mut full, mut local) = (Level::default(), Level::default(), 0.0);
            for (k, &(kind, state, p)) in cells.iter().enumerate() {
                none.add(p, utility[(silent[kind], state)]);
                full.add(p, utility[(told[k], state)]);
                let (low, high) = range(taken.iter().map(|&a| utility[(a, state)]));
                local += p * (high - low);
            }
            Self { none: none.plus(0.0), full: full.plus(0.0), local }
        };
        let parties = std::iter::once(&instance.user).chain(&instance.agents);
        Some(parties.map(|party| yardstick(&party.utility)).collect())
    }
}

/// How much a leader's value may exceed `bound` by rounding alone, if only these rows and columns
/// are played: a small fraction of the stake among them.
#[must_use]
pub fn leader_allowance(game: &StackelbergGame, rows: &[usize], columns: &[usize], bound: f64) -> f64 {
    let stake = game.types.iter().map(|kind| {
        let values = rows.iter().flat_map(|&row| columns.iter().map(move |&column| kind.leader[(row, column)]));
        let (low, high) = range(values);
        if high > low { kind.probability * (high - low) } else { 0.0 }
    });
    TOLERANCE * stake.sum::<f64>() + ROUNDINGS * bound.abs()
}

/// The smallest and the largest of some values.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// What each type does under no information.
fn silent(user: &Matrix, types: usize, cells: &[(usize, usize, f64)]) -> Vec<usize> {
    let mut sums = vec![vec![Level::default(); user.rows()]; types];
    for &(kind, state, p) in cells {
        for (action, sum) in sums[kind].iter_mut().enumerate() {
            sum.add(p, user[(action, state)]);
        }
    }
    sums.into_iter().map(|sums| best(sums.into_iter().map(|sum| sum.plus(0.0)))).collect()
}

/// What the user does in each cell if she knows the state.
fn told(user: &Matrix, cells: &[(usize, usize, f64)]) -> Vec<usize> {
    cells.iter().map(|&(_, state, _)| best((0..user.rows()).map(|action| user[(action, state)]))).collect()
}

/// The position of the largest value; ties go to the first.
fn best(values: impl Iterator<Item = f64>) -> usize {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best }).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use suasion_model::{Family, Labels, PriorPath, Shape};

    fn generated(seed: u64) -> Instance {
        let shape = Shape { states: 5, actions: 4, agents: 2, priors: 3 };
        Family::Uniform.generate(shape, PriorPath::Independent, seed).unwrap()
    }

    /// The yardsticks equal the views of the instance.
    #[test]
    fn reference_values() {
        for seed in 0..20 {
            let instance = generated(seed);
            for prior in 0..3 {
                let sticks = Yardstick::all(&instance, prior).unwrap();
                let view = instance.view(prior, 0).unwrap();
                assert!((sticks[0].none - view.no_information().1).abs() < 1e-14);
                assert!((sticks[0].full - view.full_information()).abs() < 1e-14);
                assert_eq!(sticks.len(), 3);
            }
            assert_eq!(Yardstick::all(&instance, 3), None);
        }
    }

    /// A level that depends on the state alone, and an action that nobody takes, change only the
    /// level of the values.
    #[test]
    fn what_must_not_matter() {
        for seed in 0..20 {
            let plain = generated(seed);
            let before = Yardstick::all(&plain, 1).unwrap();
            let mut more = plain.clone();
            let level = [1e6, -1e7, 3e5, 0.0, 1e8];
            let Information::Priors(priors) = &plain.information else { panic!() };
            let shift: f64 = level.iter().zip(priors.row(1)).map(|(level, p)| level * p).sum();
            for party in std::iter::once(&mut more.user).chain(&mut more.agents) {
                let old = party.utility.clone();
                party.utility = Matrix::from_fn(5, 5, |a, y| level[y] + if a < 4 { old[(a, y)] } else { -1e12 });
            }
            more.actions = Labels::Count(5);
            for (before, after) in before.iter().zip(Yardstick::all(&more, 1).unwrap()) {
                for (before, after) in [(before.none, after.none), (before.full, after.full)] {
                    assert!((before + shift - after).abs() < 1e-7, "{before} {after}");
                }
                assert!((before.local - after.local).abs() < 1e-7);
            }
        }
    }
}
