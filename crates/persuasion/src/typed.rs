//! Persuasion of a user with several types, in the units in which the problem is solved.

use crate::PersuadeError;
use suasion_model::{Matrix, Objective, TypedView};

/// An action that never needs to be recommended to a type: at every observation that she meets,
/// another action is better for her, or equally good for her and no worse for the objective.
/// Indices are those of the view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dominated {
    pub kind: usize,
    pub action: usize,
    /// The other action, which is not dominated itself.
    pub by: usize,
    /// Whether it is better for her everywhere.
    pub strictly: bool,
}

/// One agent against a user of several types, reduced and scaled so that absolute tolerances mean
/// the same for every instance.
///
/// *Presolve.* Observations at which nothing is at stake are omitted, and so are actions that are
/// strictly dominated for all types. If an action is dominated for one type alone, her utilities of
/// it are replaced by those of the action that dominates it, its `twin`. It is then a copy that
/// does no harm. For every type and observation, utilities are shifted so that the largest utility
/// of the user and the smallest of the objective are zero. This changes no difference between
/// schemes, because exactly one action is taken there in any scheme.
///
/// *Scale.* The importance of an observation is its share of what is at stake: the largest share
/// among the user's types and the objective. Its scaled mass is the square root of this share, and
/// utilities are per unit of this mass, so unimportant observations are small in masses and in
/// utilities. So a rare state counts as much as what is at stake in it, and a single penalty does
/// not set the unit for everything else.
pub(crate) struct TypedKernel<'a> {
    pub view: &'a TypedView,
    /// The reduced objective in true units, `actions x observations` for each type.
    pub worth: Vec<Matrix>,
    /// The observations at which something is at stake, as indices of the view.
    pub observations: Vec<usize>,
    /// Their scaled masses, `[n]`, averaging one.
    pub mass: Vec<f64>,
    /// The actions that some type may take, as indices of the view, `[m]`.
    pub actions: Vec<usize>,
    /// For every type and action the action itself, or the one that dominates it, `[types][m]`.
    pub twins: Vec<Vec<usize>>,
    /// The dominated actions, by type and action.
    pub dominated: Vec<Dominated>,
    /// The types' scaled utilities, at most 0, `n x m` each: every type in a unit of her own.
    pub user: Vec<Matrix>,
    /// The objective's scaled utility, at least 0, `n x m` for each type.
    pub objective: Vec<Matrix>,
    /// The types' units relative to the user's, `[types]`: they convert sums over types to her
    /// value. They sum to one.
    pub shares: Vec<f64>,
    /// The true values of the scaled units of types, of the user and of the objective.
    units: Vec<f64>,
    user_unit: f64,
    objective_unit: f64,
    /// The user's reduced value if every type gets her highest payoff, which is zero in scaled
    /// units.
    most: f64,
}

/// Numbers with a smaller relative difference are equal up to rounding.
pub(crate) const SAME: f64 = 4.0 * f64::EPSILON;
/// Every row of obedience is tightened by this much, relative to what is at stake in it, so that
/// the rounding of solvers and probabilities violates none.
const TIGHT: f64 = 4e-15;
/// A preference above this, relative to the compared utilities, is clear.
const CLEAR: f64 = 1e-9;
/// One action counts for at most this many times the usual size at its observation; the rest is a
/// penalty.
const PENALTY: f64 = 1e3;

/// `x - y`, or zero if that is rounding error.
pub(crate) fn difference(x: f64, y: f64) -> f64 {
    let difference = x - y;
    if difference.abs() <= SAME * (x.abs() + y.abs()) { 0.0 } else { difference }
}

/// The part of `x - y` that is not rounding error.
pub(crate) fn clear(x: f64, y: f64) -> f64 {
    difference(x, y) - SAME * (x.abs() + y.abs())
}

impl<'a> TypedKernel<'a> {
    pub(crate) fn new(view: &'a TypedView, objective: &Objective) -> Result<Self, PersuadeError> {
        let (worth, _) = objective.reduced_utility(view)?;
        let types = view.types();
        let dominated: Vec<Dominated> = (0..types).flat_map(|t| dominated(view, &worth, t)).collect();
        let never = |action: usize| dominated.iter().filter(|d| d.action == action && d.strictly).count() == types;
        let actions: Vec<usize> = (0..view.actions()).filter(|&action| !never(action)).collect();
        let mut twins: Vec<Vec<usize>> = vec![(0..actions.len()).collect(); types];
        for d in &dominated {
            if let (Ok(a), Ok(by)) = (actions.binary_search(&d.action), actions.binary_search(&d.by)) {
                twins[d.kind][a] = by;
            }
        }
        let present: Vec<usize> =
            (0..view.observations()).filter(|&x| (0..types).any(|t| view.mass()[(t, x)] > 0.0)).collect();
        // The utilities of the twins, shifted: `[observations of the view] x m`.
        let lifted = |utilities: &[Matrix], highest: bool| -> Vec<Matrix> {
            let of_type = |(utility, twins): (&Matrix, &Vec<usize>)| {
                let at = |x: usize, a: usize| utility[(actions[twins[a]], x)];
                let zero = |x: usize| {
                    let values = (0..actions.len()).map(|a| at(x, a));
                    if highest {
                        values.fold(f64::NEG_INFINITY, f64::max)
                    } else {
                        values.fold(f64::INFINITY, f64::min)
                    }
                };
                let zeros: Vec<f64> = (0..view.observations()).map(zero).collect();
                Matrix::from_fn(view.observations(), actions.len(), |x, a| difference(at(x, a), zeros[x]))
            };
            utilities.iter().zip(&twins).map(of_type).collect()
        };
        let (user, objective) = (lifted(view.reduced_user(), true), lifted(&worth, false));
        let stakes: Vec<Vec<f64>> =
            user.iter().map(|user| present.iter().map(|&x| stake(user.row(x))).collect()).collect();
        let highest =
            |x: usize| objective.iter().map(|v| v.row(x).iter().fold(0.0, |h: f64, &v| h.max(v))).sum::<f64>();
        let prizes: Vec<f64> = present.iter().map(|&x| highest(x)).collect();
        let importance = importance(stakes.iter().chain([&prizes]), present.len());
        let kept: Vec<usize> = (0..present.len()).filter(|&i| importance[i] > 0.0).collect();
        let average = kept.iter().map(|&i| importance[i].sqrt()).sum::<f64>() / kept.len().max(1) as f64;
        let mass: Vec<f64> = kept.iter().map(|&i| importance[i].sqrt() / average).collect();
        let observations: Vec<usize> = kept.iter().map(|&i| present[i]).collect();
        let unit = |stakes: &[f64]| {
            let most = kept.iter().zip(&mass).map(|(&i, mass)| stakes[i] / mass).fold(0.0, f64::max);
            if most > 0.0 { most.min(f64::MAX) } else { 1.0 }
        };
        let units: Vec<f64> = stakes.iter().map(|stakes| unit(stakes)).collect();
        let (user_unit, objective_unit) = (units.iter().sum::<f64>().min(f64::MAX), unit(&prizes));
        let scaled = |utility: &Matrix, unit: f64| {
            Matrix::from_fn(observations.len(), actions.len(), |i, a| utility[(observations[i], a)] / unit / mass[i])
        };
        let best =
            |utility: &Matrix, x: usize| (0..utility.rows()).map(|a| utility[(a, x)]).fold(f64::NEG_INFINITY, f64::max);
        let most = view.reduced_user().iter().map(|u| (0..view.observations()).map(|x| best(u, x)).sum::<f64>()).sum();
        Ok(Self {
            user: user.iter().zip(&units).map(|(utility, &unit)| scaled(utility, unit)).collect(),
            objective: objective.iter().map(|utility| scaled(utility, objective_unit)).collect(),
            shares: units.iter().map(|unit| unit / user_unit).collect(),
            units,
            view,
            worth,
            observations,
            mass,
            actions,
            twins,
            dominated,
            user_unit,
            objective_unit,
            most,
        })
    }

    pub(crate) fn types(&self) -> usize {
        self.user.len()
    }

    pub(crate) fn actions(&self) -> usize {
        self.actions.len()
    }

    pub(crate) fn states(&self) -> usize {
        self.mass.len()
    }

    /// The actions that each type may take, `[types][m]`: those that no other action beats at every
    /// observation.
    pub(crate) fn may_take(&self) -> Vec<Vec<bool>> {
        (0..self.types()).map(|t| (0..self.actions()).map(|a| !self.is_beaten(t, a)).collect()).collect()
    }

    /// Whether another action beats an action at every observation, for a type.
    pub(crate) fn is_beaten(&self, t: usize, a: usize) -> bool {
        self.dominated.iter().any(|d| d.kind == t && d.action == self.actions[a] && d.strictly)
    }

    /// Whether a type takes an action if it is recommended to her.
    pub(crate) fn takes(&self, t: usize, a: usize) -> bool {
        self.twins[t][a] == a
    }

    /// A floor on the user's value in scaled units.
    ///
    /// # Errors
    /// If it is not a number, or above the highest user value by more than rounding error.
    pub(crate) fn floor(&self, floor: f64) -> Result<f64, PersuadeError> {
        if !floor.is_finite() {
            return Err(PersuadeError::BadFloor(floor));
        }
        let above = self.view.user_level().below(floor) - self.most;
        let scaled = above / self.user_unit;
        if scaled > self.slack() && above > 4.0 * f64::EPSILON * floor.abs() {
            let most = self.view.user_level().plus(self.most);
            return Err(PersuadeError::Infeasible { floor, most });
        }
        Ok(scaled.min(0.0))
    }

    /// The level that a program uses for a scaled floor: slightly higher, but slightly below the
    /// highest user value.
    pub(crate) fn asked(&self, floor: f64) -> f64 {
        (floor * (1.0 - TIGHT)).min(-self.slack())
    }

    fn slack(&self) -> f64 {
        1e-12 * self.states() as f64
    }

    /// The factor from scaled to true multipliers of a type.
    pub(crate) fn per_type(&self, t: usize) -> f64 {
        (self.objective_unit / self.units[t]).min(f64::MAX)
    }

    /// The same for the multiplier of the floor.
    pub(crate) fn per_user(&self) -> f64 {
        (self.objective_unit / self.user_unit).min(f64::MAX)
    }

    /// If another action is at least as good for a type everywhere, the action may be recommended
    /// to her only where it is equally good. Elsewhere, this is the other action and its advantage,
    /// `[n]`, by state.
    pub(crate) fn barred(&self, t: usize, a: usize) -> Vec<Option<(usize, f64)>> {
        let mut barred = vec![None; self.states()];
        let twin = self.twins[t][a];
        for b in (0..self.actions()).filter(|&b| b != twin && self.takes(t, b)) {
            let row: Vec<f64> = (0..self.states()).map(|i| self.preference(t, a, b, i)).collect();
            if row.iter().all(|&gain| gain <= 0.0) {
                for (barred, gain) in barred.iter_mut().zip(row) {
                    if gain < 0.0 && barred.is_none_or(|(_, most)| most < -gain) {
                        *barred = Some((b, -gain));
                    }
                }
            }
        }
        barred
    }

    /// The gap in scaled units above which a solution is computed more precisely: a small part of
    /// the distance of a value from those of full and no information, plus a rounding error.
    pub(crate) fn precision(&self, value: f64) -> f64 {
        let (n, m) = (self.states(), self.actions());
        let (mut full, mut none) = (0.0, 0.0);
        for t in 0..self.types() {
            let worth = |i: usize, a: usize| self.mass[i] * self.objective[t][(i, a)];
            full += (0..n).map(|i| worth(i, self.best_action(t, i))).sum::<f64>();
            let total = |a: usize| (0..n).map(|i| self.mass[i] * self.user[t][(i, a)]).sum::<f64>();
            let best = (0..m).reduce(|best, a| if total(a) > total(best) { a } else { best }).unwrap_or(0);
            none += (0..n).map(|i| worth(i, best)).sum::<f64>();
        }
        let (low, high) = (value.min(full).min(none), value.max(full).max(none));
        1e-9 * (high - low) + f64::EPSILON * self.mass.iter().sum::<f64>()
    }

    /// The best action of type `t` at state `i`. Ties are broken for the objective.
    pub(crate) fn best_action(&self, t: usize, i: usize) -> usize {
        let worth = |a: usize| (self.user[t][(i, a)], self.objective[t][(i, a)]);
        let kept = (0..self.actions()).filter(|&a| self.takes(t, a));
        kept.reduce(|best, a| if worth(a) > worth(best) { a } else { best }).unwrap_or(0)
    }

    /// The preference of type `t` for `a` over `b` at state `i`.
    pub(crate) fn preference(&self, t: usize, a: usize, b: usize, i: usize) -> f64 {
        let (user, twins, x) = (&self.view.reduced_user()[t], &self.twins[t], self.observations[i]);
        let (own, other) = (user[(self.actions[twins[a]], x)], user[(self.actions[twins[b]], x)]);
        difference(own, other) / self.units[t] / self.mass[i]
    }

    /// The row that makes type `t` prefer `a` to `b`, `[n]`, tightened a little and in a unit of
    /// its own. Returns `None` if she is always indifferent. The multipliers of utilities are those
    /// of the row divided by the unit.
    pub(crate) fn obedience(&self, t: usize, a: usize, b: usize) -> Option<(Vec<f64>, f64)> {
        let mut row: Vec<f64> = (0..self.states())
            .map(|i| {
                let gain = self.preference(t, a, b, i);
                if gain > 0.0 { gain * (1.0 - TIGHT) } else { gain * (1.0 + TIGHT) }
            })
            .collect();
        let unit = unit_of(&row)?;
        row.iter_mut().for_each(|entry| *entry /= unit);
        Some((row, unit))
    }

    /// A menu in terms of the view, in which no type takes a dominated action.
    pub(crate) fn true_menu(&self, menu: &[usize]) -> Vec<usize> {
        menu.iter().zip(&self.twins).map(|(&a, twins)| self.actions[twins[a]]).collect()
    }
}

/// A multiplier with which `base + multiplier * slope` is negative wherever possible: midway
/// between the lowest and the highest one, or zero if none is needed. Returns the original
/// multiplier if there is no room.
pub(crate) fn relaxed(multiplier: f64, lines: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for (base, slope) in lines {
        if slope > 0.0 {
            high = high.min(-base / slope);
        } else if slope < 0.0 {
            low = low.max(-base / slope);
        }
    }
    if low < 0.0 && high > 0.0 {
        0.0
    } else if high == f64::INFINITY {
        2.0 * low.max(0.0)
    } else if low.max(0.0) < high {
        0.5 * (low.max(0.0) + high)
    } else {
        multiplier
    }
}

/// A unit for the entries of a row: the largest of them, or less if they differ much.
pub(crate) fn unit_of(row: &[f64]) -> Option<f64> {
    let sizes = || row.iter().map(|entry| entry.abs()).filter(|&size| size > 0.0);
    let (low, high) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    (high > 0.0).then(|| (low.sqrt() * high.sqrt()).max(1e-5 * high))
}

/// The dominated actions of a type.
pub(crate) fn dominated(view: &TypedView, worth: &[Matrix], t: usize) -> Vec<Dominated> {
    let (user, worth) = (&view.reduced_user()[t], &worth[t]);
    let met: Vec<usize> = (0..view.observations()).filter(|&x| view.mass()[(t, x)] > 0.0).collect();
    // Whether `b` dominates `a`, and whether strictly. A preference that rounding may have removed
    // decides nothing.
    let beats = |b: usize, a: usize| {
        let mut strictly = !met.is_empty();
        for &x in &met {
            let gain = difference(user[(b, x)], user[(a, x)]);
            if gain == 0.0 {
                strictly = false;
                if difference(worth[(b, x)], worth[(a, x)]) < 0.0 {
                    return None;
                }
            } else if gain < CLEAR * (user[(b, x)].abs() + user[(a, x)].abs()) {
                return None;
            }
        }
        Some(strictly)
    };
    let is_penalized = |a: usize| {
        met.iter().any(|&x| {
            let most = (0..view.actions()).map(|b| user[(b, x)]).fold(f64::NEG_INFINITY, f64::max);
            let regrets: Vec<f64> = (0..view.actions()).map(|b| user[(b, x)] - most).collect();
            -regrets[a] > stake(&regrets)
        })
    };
    // The actions that may dominate the most come first.
    let total = |utility: &Matrix, a: usize| met.iter().map(|&x| utility[(a, x)]).sum::<f64>();
    let mut order: Vec<(f64, f64, usize)> = (0..view.actions()).map(|a| (total(user, a), total(worth, a), a)).collect();
    order.sort_by(|l, r| r.0.total_cmp(&l.0).then(r.1.total_cmp(&l.1)).then(l.2.cmp(&r.2)));
    let mut kept: Vec<usize> = Vec::with_capacity(view.actions());
    let mut found = Vec::new();
    for (.., action) in order {
        let mut weakly = None;
        let strictly = kept.iter().copied().find(|&b| match beats(b, action) {
            Some(true) => true,
            Some(false) => {
                weakly = weakly.or(Some(b));
                false
            }
            None => false,
        });
        // A weakly dominated action may still be taken. It is removed only if its loss somewhere is
        // a penalty, which would set the units: a copy in its place would make a search branch
        // twice on the same action.
        match strictly.or(weakly.filter(|_| is_penalized(action))) {
            Some(by) => found.push(Dominated { kind: t, action, by, strictly: strictly.is_some() }),
            None => kept.push(action),
        }
    }
    found.sort_unstable_by_key(|dominated| dominated.action);
    found
}

/// What is at stake for a type at an observation: her largest regret, unless that is a penalty.
fn stake(utilities: &[f64]) -> f64 {
    let mut regrets: Vec<f64> = utilities.iter().map(|u| -u).filter(|&regret| regret > 0.0).collect();
    regrets.sort_by(f64::total_cmp);
    match regrets.last() {
        None => 0.0,
        Some(most) => most.min(PENALTY * regrets[(regrets.len() - 1) / 2]),
    }
}

/// The largest share of each observation in what is at stake for any party. If nothing is at stake,
/// all shares are equal.
fn importance<'s>(stakes: impl Iterator<Item = &'s Vec<f64>>, count: usize) -> Vec<f64> {
    let mut importance = vec![0.0; count];
    for stakes in stakes {
        // The maximum instead of the sum, which may overflow.
        let most = stakes.iter().fold(0.0, |most: f64, &stake| most.max(stake));
        if most > 0.0 {
            let total: f64 = stakes.iter().map(|stake| stake / most).sum();
            importance.iter_mut().zip(stakes).for_each(|(i, stake)| *i = f64::max(*i, stake / most / total));
        }
    }
    if importance.iter().all(|&i| i == 0.0) {
        importance.fill(1.0);
    }
    importance
}

/// Rounds nonnegative numbers that sum to about one to probabilities that sum to one exactly:
/// multiples of `2^-53`, whose sums up to one are exact. The largest number absorbs the rounding.
/// Negligible numbers become 0.
pub fn make_plausible(numbers: &mut [f64]) {
    make_exact(numbers, 1e-12);
}

/// The same, with numbers below `least` as negligible.
pub(crate) fn make_exact(numbers: &mut [f64], least: f64) {
    const GRID: f64 = 9_007_199_254_740_992.0;
    let total: f64 = numbers.iter().sum();
    let Some(largest) = (0..numbers.len()).max_by(|&l, &r| numbers[l].total_cmp(&numbers[r]).then(r.cmp(&l))) else {
        return;
    };
    if total <= 0.0 {
        // There was no message here, so any message is plausible.
        numbers[largest] = 1.0;
        return;
    }
    let mut rest = 1.0;
    for (k, number) in numbers.iter_mut().enumerate() {
        let share = *number / total;
        *number = if k == largest || share < least { 0.0 } else { (share * GRID).round() / GRID };
        rest -= *number;
    }
    numbers[largest] = rest;
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
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
