//! Mechanisms against a user of several types, and an upper bound on all mechanisms.
//!
//! **The claim.** A user of several types reports her type and then receives a recommended action.
//! The proof states what she could gain by other reports and actions (nothing, if she is truthful
//! and obedient). By the revelation principle (Myerson 1982), a mechanism represents conversations
//! of any length.
//!
//! **The bound.** Let `s >= 0` be the multiplier of the floor `f`, `sigma_tr >= 0` the
//! truth-telling multiplier of type `t` against report `r`, and `tau_trab >= 0` the multipliers of
//! double deviations, such that `sum_b tau_trab <= sigma_tr` for `t != r`. The value of a mechanism
//! that gives the user at least `f` is at most
//!
//! ```text
//! sum_{t,x} max_a C(t, x, a)  -  s f,
//! C(t, x, a) = P_v[t][x][a] + s P_u[t][x][a] + sum_b tau_ttab (P_u[t][x][a] - P_u[t][x][b])
//!            + sum_{r != t} sigma_tr P_u[t][x][a]
//!            - sum_{r != t} [ sigma_rt P_u[r][x][a]
//!                            + sum_b tau_rtab (P_u[r][x][b] - P_u[r][x][a]) ].
//! ```
//!
//! Proof: consider the double deviation in which type `t` reports `r` and, upon recommendation `a`,
//! takes each `b` with probability `tau_trab / sigma_tr` and `a` with the remaining probability.
//! Type `t` gains nothing by it. She also gains nothing by taking `b` instead of `a` after a
//! truthful report, and the user gets at least `f`. Multiply these inequalities by the multipliers
//! and add them up: the result is the difference between the `C` and `P_v`. The recommendations for
//! a report and an observation are a distribution over actions.

use super::{Communication, Mechanism, Rational, SchemeOutcome};
use crate::error::{Place, ProofError, check_index, check_nonnegative, check_probability};
use crate::game::{Estimates, TypedGame, USER};
use crate::obedience::Disobedience;
use crate::proof::Exact;
use crate::verdict::TOLERANCE;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_exact::{Judge, Sum, compare};
use suasion_model::MechanismScheme;

/// The truth-telling multiplier of a type against one report: `(type, report, value)`. The value is
/// the gain of the objective per unit of utility that the type may gain by that report.
pub type TruthMultiplier = (usize, usize, f64);

/// The multiplier of a double deviation: `(type, report, recommended, alternative, value)`. If the
/// report is another type, the values of one recommendation sum to at most the truth-telling
/// multiplier. If the report is the truth, the values are obedience multipliers.
pub type DoubleDeviationMultiplier = (usize, usize, usize, usize, f64);

/// What bounds every mechanism.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MechanismMultipliers {
    /// The truth-telling multipliers, in increasing order. A truthful report has no multiplier.
    pub truth: Vec<TruthMultiplier>,
    /// The multipliers of double deviations, in increasing order.
    pub double_deviations: Vec<DoubleDeviationMultiplier>,
}

impl Communication for Mechanism {
    type Scheme = MechanismScheme;
    type Bound = MechanismMultipliers;
    type Precision = Exact;
}

impl Rational for Mechanism {
    fn sort_scheme(scheme: &mut MechanismScheme) {
        scheme.entries.sort_by_key(|entry| (entry.report, entry.observation, entry.action));
    }

    fn sort_bound(multipliers: &mut MechanismMultipliers) {
        multipliers.truth.sort_by_key(|&(kind, report, _)| (kind, report));
        multipliers.double_deviations.sort_by_key(|&(kind, report, told, taken, _)| (kind, report, told, taken));
    }

    fn outcome(
        scheme: &MechanismScheme,
        game: &TypedGame<'_>,
        estimates: &Estimates,
    ) -> Result<SchemeOutcome, ProofError> {
        check_mechanism(scheme, game)?;
        let entries = &scheme.entries;
        let add = |sum: &mut Sum, party: usize, weight: f64| {
            for e in entries {
                game.add(sum, [e.probability, weight], party, e.action, (e.report, e.observation));
            }
        };
        let played = entries.iter().map(|e| (game.pair(e.report, e.observation), e.action)).collect();
        Ok(SchemeOutcome::of(game, add, disobedience(scheme, game, estimates, TOLERANCE), played))
    }

    fn bound_exactly(
        multipliers: &MechanismMultipliers,
        slope: f64,
        game: &TypedGame<'_>,
        _: &Estimates,
    ) -> Result<Sum, ProofError> {
        bound(&multipliers.truth, &multipliers.double_deviations, slope, game)
    }
}

/// Refuses a mechanism that is not valid.
pub(crate) fn check_mechanism(scheme: &MechanismScheme, game: &TypedGame<'_>) -> Result<(), ProofError> {
    let mut excess = vec![Sum::new(); game.types * game.observations];
    for sum in &mut excess {
        sum.subtract([1.0]);
    }
    let entries = &scheme.entries;
    for (k, entry) in entries.iter().enumerate() {
        let place = Place::item("mechanism entry", k);
        check_index(place, "type", entry.report, game.types)?;
        check_index(place, "observation", entry.observation, game.observations)?;
        check_index(place, "action", entry.action, game.actions())?;
        check_probability(place, entry.probability)?;
        let key = |k: usize| (entries[k].report, entries[k].observation, entries[k].action);
        if k > 0 && key(k - 1) >= key(k) {
            return Err(ProofError::OutOfOrder { place });
        }
        excess[game.pair(entry.report, entry.observation)].add([entry.probability]);
    }
    for (pair, excess) in excess.iter_mut().enumerate() {
        if excess.sign() != Ordering::Equal {
            let place = Place::item("pair of report and observation", pair);
            return Err(ProofError::NotOne { place, excess: excess.round() });
        }
    }
    Ok(())
}

/// Refuses multipliers that do not give a bound.
fn check_multipliers(
    truths: &[TruthMultiplier],
    deviations: &[DoubleDeviationMultiplier],
    game: &TypedGame<'_>,
) -> Result<(), ProofError> {
    for (k, &(t, r, value)) in truths.iter().enumerate() {
        let place = Place::item("truth-telling multiplier", k);
        check_index(place, "type", t, game.types)?;
        check_index(place, "type", r, game.types)?;
        check_nonnegative(place, value)?;
        if t == r {
            return Err(ProofError::SelfComparison { place, index: t });
        }
        if k > 0 && (truths[k - 1].0, truths[k - 1].1) >= (t, r) {
            return Err(ProofError::OutOfOrder { place });
        }
    }
    for (k, &(t, r, a, b, value)) in deviations.iter().enumerate() {
        let place = Place::item("multiplier of double deviation", k);
        check_index(place, "type", t, game.types)?;
        check_index(place, "type", r, game.types)?;
        check_index(place, "action", a, game.actions())?;
        check_index(place, "action", b, game.actions())?;
        check_nonnegative(place, value)?;
        if a == b {
            return Err(ProofError::SelfComparison { place, index: a });
        }
        let key = |m: &DoubleDeviationMultiplier| (m.0, m.1, m.2, m.3);
        if k > 0 && key(&deviations[k - 1]) >= key(&deviations[k]) {
            return Err(ProofError::OutOfOrder { place });
        }
    }
    let mut start = 0;
    for group in deviations.chunk_by(|l, r| (l.0, l.1, l.2) == (r.0, r.1, r.2)) {
        let (t, r, ..) = group[0];
        let mut excess = Sum::new();
        for multiplier in group {
            excess.add([multiplier.4]);
        }
        for &(_, _, value) in truths.iter().filter(|truth| (truth.0, truth.1) == (t, r)) {
            excess.subtract([value]);
        }
        if t != r && excess.sign() == Ordering::Greater {
            let place = Place::item("multiplier of double deviation", start);
            return Err(ProofError::Overspread { place, excess: excess.round() });
        }
        start += group.len();
    }
    Ok(())
}

/// What the user could gain: for every type, the gain of her best report, with her best action upon
/// every recommendation. After a truthful report every recommendation counts by itself; after
/// another report, the total counts. The allowed gain is `tolerance` times the stake between what
/// she does and what she should do.
pub(crate) fn disobedience(
    scheme: &MechanismScheme,
    game: &TypedGame<'_>,
    estimates: &Estimates,
    tolerance: f64,
) -> Disobedience {
    let mut found = Disobedience::none();
    let (mut judge, mut difference) = (Judge::new(), Sum::new());
    let entries = &scheme.entries;
    // The entries of a report by recommendation, `[types][actions]`.
    let mut told = vec![vec![vec![]; game.actions()]; game.types];
    for entry in entries {
        told[entry.report][entry.action].push((entry.observation, entry.probability));
    }
    for t in 0..game.types {
        let value = |x: usize, action: usize| {
            let pair = game.pair(t, x);
            estimates.weights[pair] * estimates.user.values[(action, pair)]
        };
        let mut honest = Sum::new();
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); game.observations];
        let widen = |range: &mut (f64, f64), value: f64| *range = (range.0.min(value), range.1.max(value));
        for entry in entries.iter().filter(|entry| entry.report == t) {
            game.add(&mut honest, [entry.probability, 1.0], USER, entry.action, (t, entry.observation));
            widen(&mut ranges[entry.observation], value(entry.observation, entry.action));
        }
        let mut most = Sum::new();
        for (report, told) in told.iter().enumerate() {
            let (mut gain, mut between) = (Sum::new(), ranges.clone());
            for (told, list) in told.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
                let taken = |sum: &mut Sum, b: usize| {
                    for &(x, probability) in list {
                        game.add(sum, [probability, 1.0], USER, b, (t, x));
                    }
                };
                // The recommended action comes first, so she takes it if she is indifferent.
                let actions = std::iter::once(told).chain((0..game.actions()).filter(|&b| b != told));
                let Some((action, best)) = judge.largest(actions, taken) else { continue };
                gain.add_sum(best);
                list.iter().for_each(|&(x, _)| widen(&mut between[x], value(x, action)));
                if report == t && action != told {
                    difference.clone_from(best);
                    for &(x, probability) in list {
                        game.add(&mut difference, [probability, -1.0], USER, told, (t, x));
                    }
                    let stake = list.iter().map(|&(x, p)| p * (value(x, action) - value(x, told)).abs()).sum();
                    found.weigh(&difference, stake, tolerance);
                }
            }
            gain.subtract_sum(&honest);
            if report != t {
                let stake = between.iter().map(|(low, high)| (high - low).max(0.0)).sum();
                found.weigh(&gain, stake, tolerance);
            }
            if compare(&gain, &most, &mut difference) == Ordering::Greater {
                most = gain;
            }
        }
        found.total.add_sum(&most);
    }
    found
}

/// The bound of multipliers on the objective plus `slope` times the user's value.
pub(crate) fn bound(
    truths: &[TruthMultiplier],
    deviations: &[DoubleDeviationMultiplier],
    slope: f64,
    game: &TypedGame<'_>,
) -> Result<Sum, ProofError> {
    check_nonnegative(Place::alone("the multiplier of the floor"), slope)?;
    check_multipliers(truths, deviations, game)?;
    let mut total = Sum::new();
    let mut judge = Judge::new();
    for t in 0..game.types {
        // The multipliers that matter for a recommendation upon this report.
        let truth: Vec<&TruthMultiplier> = truths.iter().filter(|m| m.0 == t || m.1 == t).collect();
        let mut deviating = vec![vec![]; game.actions()];
        for &(who, _, a, b, value) in deviations.iter().filter(|deviation| deviation.1 == t) {
            deviating[a].push((who, b, value));
        }
        for x in 0..game.observations {
            let column = |sum: &mut Sum, a: usize| {
                game.add_objective(sum, 1.0, a, (t, x));
                game.add(sum, [slope, 1.0], USER, a, (t, x));
                for &&(who, _, value) in &truth {
                    let sign = if who == t { 1.0 } else { -1.0 };
                    game.add(sum, [value, sign], USER, a, (who, x));
                }
                for &(who, b, value) in &deviating[a] {
                    game.add(sum, [value, 1.0], USER, a, (who, x));
                    game.add(sum, [value, -1.0], USER, b, (who, x));
                }
            };
            if let Some((_, largest)) = judge.largest(0..game.actions(), column) {
                total.add_sum(largest);
            }
        }
    }
    Ok(total)
}
