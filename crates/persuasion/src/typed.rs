//! Persuasion of a user of several types in the units in which it is solved.

use crate::PersuadeError;
use suasion_model::{Matrix, Objective, TypedView};

/// One agent against a user of several types, scaled: observations without mass are left out, masses average one, and per unit of
/// mass the user's regrets and the objective span `[0, 1]`. Solvers' absolute tolerances then mean the same for every instance.
///
/// For every type and observation utilities are shifted so that the largest of the user and the smallest of the objective are zero.
/// This changes no difference between schemes, since one action is taken there whatever is said.
pub(crate) struct TypedKernel {
    /// The objective in true units, `P_v[t]`, `actions x observations`.
    pub true_objective: Vec<Matrix>,
    /// The observations that have mass, as indices of the view.
    pub observations: Vec<usize>,
    /// Their masses, `[n]`, averaging one.
    pub mass: Vec<f64>,
    /// The types' scaled utilities, at most 0, `n x m` each: every type in a unit of her own.
    pub user: Vec<Matrix>,
    /// The objective's scaled utility, at least 0, `n x m` for each type.
    pub objective: Vec<Matrix>,
    /// The types' units relative to the user's, `[types]`: they turn sums over types into her value. They sum to one.
    pub shares: Vec<f64>,
    /// What the scaled units of the user and of the objective are worth per unit of true mass.
    pub user_unit: f64,
    pub objective_unit: f64,
    /// The true mass of a scaled unit of mass.
    unit: f64,
    /// The user's value where every type gets the most she can, which is zero in scaled units.
    most: f64,
}

impl TypedKernel {
    pub(crate) fn new(view: &TypedView, objective: &Objective) -> Result<Self, PersuadeError> {
        let true_objective = objective.typed_utility(view)?;
        let (types, m) = (view.types(), view.actions());
        let masses: Vec<f64> =
            (0..view.observations()).map(|x| (0..types).map(|t| view.mass()[(t, x)]).sum()).collect();
        let observations: Vec<usize> = (0..masses.len()).filter(|&x| masses[x] > 0.0).collect();
        let n = observations.len();
        let unit = observations.iter().map(|&x| masses[x]).sum::<f64>() / n.max(1) as f64;
        let per_mass = |utility: &Matrix, highest: bool| {
            let extreme = |x: usize| {
                let values = (0..m).map(|a| utility[(a, x)]);
                if highest { values.fold(f64::NEG_INFINITY, f64::max) } else { values.fold(f64::INFINITY, f64::min) }
            };
            let zero: Vec<f64> = observations.iter().map(|&x| extreme(x)).collect();
            Matrix::from_fn(n, m, |i, a| (utility[(a, observations[i])] - zero[i]) / masses[observations[i]])
        };
        let positive = |range: f64| if range > 0.0 { range } else { 1.0 };
        let user: Vec<Matrix> = view.user().iter().map(|utility| per_mass(utility, true)).collect();
        let ranges: Vec<f64> = user.iter().map(|utility| positive(-utility.range().0.min(0.0))).collect();
        let user_unit: f64 = ranges.iter().sum();
        let objective: Vec<Matrix> = true_objective.iter().map(|utility| per_mass(utility, false)).collect();
        let highest =
            |i: usize| objective.iter().map(|v| v.row(i).iter().fold(0.0, |h: f64, &x| h.max(x))).sum::<f64>();
        let objective_unit = positive((0..n).map(highest).fold(0.0, f64::max));
        let by = |utility: &Matrix, unit: f64| Matrix::from_fn(n, m, |i, a| utility[(i, a)] / unit);
        Ok(Self {
            user: user.iter().zip(&ranges).map(|(utility, &range)| by(utility, range)).collect(),
            objective: objective.iter().map(|utility| by(utility, objective_unit)).collect(),
            shares: ranges.iter().map(|range| range / user_unit).collect(),
            mass: observations.iter().map(|&x| masses[x] / unit).collect(),
            most: view.full_information(),
            true_objective,
            observations,
            user_unit,
            objective_unit,
            unit,
        })
    }

    pub(crate) fn types(&self) -> usize {
        self.user.len()
    }

    pub(crate) fn actions(&self) -> usize {
        self.user[0].columns()
    }

    pub(crate) fn states(&self) -> usize {
        self.mass.len()
    }

    /// A floor on the user's value in scaled units, lowered by a rounding where it asks for all that there is.
    pub(crate) fn floor(&self, floor: f64) -> Result<f64, PersuadeError> {
        if !floor.is_finite() {
            return Err(PersuadeError::BadFloor(floor));
        }
        let scaled = (floor - self.most) / (self.unit * self.user_unit);
        let slack = 1e-12 * self.states() as f64;
        if scaled > slack {
            return Err(PersuadeError::Infeasible { floor, most: self.most });
        }
        Ok(scaled.min(-slack))
    }

    /// What one unit of a type's scaled utility is worth to a multiplier: true multipliers are scaled ones times this.
    pub(crate) fn per_type(&self, t: usize) -> f64 {
        self.objective_unit / (self.shares[t] * self.user_unit)
    }

    /// The same for the multiplier of the floor.
    pub(crate) fn per_user(&self) -> f64 {
        self.objective_unit / self.user_unit
    }

    /// The best action of type `t` at state `i`; of several, the best for the objective.
    pub(crate) fn best_action(&self, t: usize, i: usize) -> usize {
        let worth = |a: usize| (self.user[t][(i, a)], self.objective[t][(i, a)]);
        (1..self.actions()).fold(0, |best, a| if worth(a) > worth(best) { a } else { best })
    }
}

/// Turns numbers of at least 0 that sum to about one into probabilities that do so exactly, by rounding them to multiples of
/// `2^-53`; sums of such numbers up to one are exact. What rounding leaves over goes to the largest. Numbers of no account become 0.
pub fn make_plausible(numbers: &mut [f64]) {
    const GRID: f64 = 9_007_199_254_740_992.0;
    let total: f64 = numbers.iter().sum();
    let Some(largest) = (0..numbers.len()).max_by(|&l, &r| numbers[l].total_cmp(&numbers[r]).then(r.cmp(&l))) else {
        return;
    };
    if total <= 0.0 {
        // Nothing was said here; whatever is said is plausible.
        numbers[largest] = 1.0;
        return;
    }
    let mut rest = 1.0;
    for (k, number) in numbers.iter_mut().enumerate() {
        let share = *number / total;
        *number = if k == largest || share < 1e-12 { 0.0 } else { (share * GRID).floor() / GRID };
        rest -= *number;
    }
    numbers[largest] = rest;
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    /// In any order of summation, since every partial sum is a multiple of 2^-53 below one.
    #[test]
    fn probabilities_sum_to_one_exactly() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for length in 1..40 {
            let mut numbers: Vec<f64> = (0..length).map(|_| rng.random::<f64>().powi(6)).collect();
            let before = numbers.clone();
            make_plausible(&mut numbers);
            assert_eq!(numbers.iter().sum::<f64>(), 1.0);
            assert_eq!(numbers.iter().rev().sum::<f64>(), 1.0);
            let total: f64 = before.iter().sum();
            for (old, new) in before.iter().zip(&numbers) {
                assert!(*new >= 0.0 && (old / total - new).abs() < 1e-10, "{old} of {total}: {new}");
            }
        }
    }
}
