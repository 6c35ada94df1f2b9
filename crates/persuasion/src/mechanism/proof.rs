//! Converts multipliers to those that prove the bound of the original game. The multipliers of a
//! search are in scaled units and omit what presolve removed.
//!
//! An action `a` that is dominated for a type is never recommended to her. Let `b` dominate it.
//! Suppose that every type deviates from `a` as from `b`, and that a type who follows `b` takes `b`
//! after `a`. Then the price of `a` is that of `b`, except for the difference of the two in the
//! objective, and for her own preference for `b` by `d_x >= 0`. Where `d_x` is zero, the objective
//! of `a` is no higher. Elsewhere, a multiplier of at least `(P_v[a] - P_v[b]) / d_x` on her
//! obedience row against `b` rules `a` out.

use super::Duals;
use crate::typed::{Dominated, TypedKernel, clear};
use std::collections::BTreeMap;
use suasion_certificate::{MechanismMultipliers, TruthMultiplier};

/// If the multipliers of a recommendation sum to that of truth-telling up to this relative
/// difference, the sums are equal.
const WHOLE: f64 = 1e-12;
/// The additional amount, relative to its size, by which a price is lowered to allow for rounding.
const MORE: f64 = 1e-10;

/// The actions that a type takes instead, by type, report and recommendation.
type Taken = BTreeMap<(usize, usize, usize), BTreeMap<usize, f64>>;

/// The multipliers of truth-telling and of deviations, in order and positive.
pub(super) fn true_multipliers(kernel: &TypedKernel<'_>, duals: &Duals) -> MechanismMultipliers {
    let scaled = |t: usize, value: f64| (value * kernel.per_type(t)).min(f64::MAX);
    let mut truth: Vec<TruthMultiplier> = duals.truth.iter().map(|&(t, r, value)| (t, r, scaled(t, value))).collect();
    truth.retain(|m| m.2 > 0.0);
    truth.sort_unstable_by_key(|&(t, r, _)| (t, r));
    let mut taken = Taken::new();
    for &(t, r, a, b, value) in duals.double_deviations.iter().filter(|m| m.4 > 0.0) {
        let list = taken.entry((t, r, kernel.actions[a])).or_default();
        *list.entry(kernel.actions[kernel.twins[t][b]]).or_default() += scaled(t, value);
    }
    // A type who never takes an action that is recommended to another type takes its twin.
    for &(t, r, _) in &truth {
        for (a, &twin) in kernel.twins[t].iter().enumerate() {
            if twin != a && kernel.takes(r, a) {
                taken.entry((t, r, kernel.actions[a])).or_default();
            }
        }
    }
    for (&(t, r, action), list) in taken.iter_mut().filter(|((t, r, _), _)| t != r) {
        let most = of_truth(&truth, t, r);
        let column = kernel.actions.binary_search(&action);
        let twin = column.map_or(action, |a| kernel.actions[kernel.twins[t][a]]);
        list.remove(&action);
        keep_within(list, most, (twin != action).then_some(twin));
    }
    for dominated in &kernel.dominated {
        price_out(kernel, dominated, &truth, &mut taken);
    }
    let each = |(&(t, r, a), list): (&(usize, usize, usize), &BTreeMap<usize, f64>)| {
        let each = list.iter().filter(|(_, value)| **value > 0.0);
        each.map(|(&b, &value)| (t, r, a, b, value)).collect::<Vec<_>>()
    };
    let double_deviations = taken.iter().flat_map(each).collect();
    MechanismMultipliers { truth, double_deviations }
}

fn of_truth(truth: &[TruthMultiplier], t: usize, r: usize) -> f64 {
    truth.iter().find(|m| (m.0, m.1) == (t, r)).map_or(0.0, |m| m.2)
}

/// Rounds numbers down to multiples of the last digit of `most`, so that sums are exact and at most
/// `most`. The remainder goes to `rest`, if there is one; the remainder from rounding goes to the
/// largest number.
fn keep_within(list: &mut BTreeMap<usize, f64>, most: f64, rest: Option<usize>) {
    if most <= 0.0 {
        list.clear();
        return;
    }
    let digit = most.next_up() - most;
    let total: f64 = list.values().sum();
    let factor = if total > most * (1.0 - WHOLE) { most * (1.0 - WHOLE) / total } else { 1.0 };
    let mut left = most;
    for value in list.values_mut() {
        *value = ((*value * factor / digit).floor() * digit).min(left);
        left -= *value;
    }
    let whole = (total > most * (1.0 - WHOLE))
        .then(|| list.iter().reduce(|largest, next| if next.1 > largest.1 { next } else { largest }).map(|(&b, _)| b));
    if let Some(b) = rest.or(whole.flatten()) {
        *list.entry(b).or_default() += left;
    }
}

/// Adds the multipliers that prove that it never helps to recommend a dominated action to its type.
fn price_out(kernel: &TypedKernel<'_>, dominated: &Dominated, truth: &[TruthMultiplier], taken: &mut Taken) {
    let &Dominated { kind, action, by, .. } = dominated;
    for who in 0..kernel.types() {
        let mut list = taken.get(&(who, kind, by)).cloned().unwrap_or_default();
        if who == kind {
            let (user, worth) = (&kernel.view.reduced_user()[kind], &kernel.worth[kind]);
            let met = (0..kernel.view.observations()).filter(|&x| kernel.view.mass()[(kind, x)] > 0.0);
            let rho = met.fold(0.0, |rho: f64, x| {
                let margin = clear(user[(by, x)], user[(action, x)]);
                let (more, less) = (worth[(action, x)], worth[(by, x)]);
                let above = more - less + MORE * (more.abs() + less.abs());
                if above > 0.0 && margin > 0.0 { rho.max(above * (1.0 + MORE) / margin) } else { rho }
            });
            list.remove(&action);
            *list.entry(by).or_default() += rho.min(f64::MAX);
        } else {
            let most = of_truth(truth, who, kind);
            if most == 0.0 {
                continue;
            }
            // Sums of multiples of the last digit are exact.
            let left = list.values().fold(most, |left, value| left - value);
            list.remove(&action);
            if by != action {
                *list.entry(by).or_default() += left;
            }
        }
        taken.insert((who, kind, action), list);
    }
}
