//! From multipliers in scaled units, without what presolve left out, to those that prove the bound of the game as it is.
//!
//! An action `a` that is dominated for a type is not recommended to her. Its price is that of the action `b` that dominates it, if everybody deviates
//! from `a` as from `b`, and whoever does as told upon `b` takes `b` upon `a`; but for what the two are worth to the objective, and that she herself
//! prefers `b` by `d_x >= 0`. Where `d_x` is zero, `a` is worth no more; and a multiplier of at least `(P_v[a] - P_v[b]) / d_x` elsewhere of her temptation
//! to take `b` proves it useless.

use super::Duals;
use crate::typed::{Dominated, TypedKernel, clear};
use std::collections::BTreeMap;
use suasion_certificate::{MechanismMultipliers, TruthMultiplier};

/// Multipliers of one recommendation that sum to that of the truth but for so much, relative to it, do so.
const WHOLE: f64 = 1e-12;
/// A price is lowered by so much more than it takes, relative to its size: what roundings may lose.
const MORE: f64 = 1e-10;

/// What a type takes instead, by type, report and recommendation.
type Taken = BTreeMap<(usize, usize, usize), BTreeMap<usize, f64>>;

/// The multipliers of truth and of temptations, in order and above zero.
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
    // Whoever never takes what is recommended to another takes its twin.
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

/// Rounds numbers down to multiples of the last digit of `most`, so that sums are exact and at most `most`; what is left is that of `rest`, if
/// there is any, and what is left by rounding that of the largest.
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

/// Adds what proves that it is of no use to recommend a dominated action to its type.
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
