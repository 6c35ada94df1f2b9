//! From a solver's masses to a mechanism that is plausible, obedient and truthful.
//!
//! If a misreport pays, mix in a share of full revelation, where every report leads to that type's
//! best action. The share is large enough to deter the misreport, if possible, and to make up for a
//! shortfall from the floor. For each report, the recommendations are then messages to one type,
//! and are repaired as such.

use super::Mass;
use super::master::deterred;
use crate::PersuadeError;
use crate::experiment::ScaledMessage;
use crate::experiment::repair::{RepairedMessage, repaired as messages};
use crate::typed::TypedKernel;
use suasion_lp::Settings;
use suasion_model::{MechanismEntry, MechanismScheme};

/// The maximum share of full revelation that may deter misreports.
const MOST: f64 = 1e-8;
/// The relative rounding error of sums.
const ROUNDING: f64 = 1e-15;

/// The mechanism in terms of the view. It leaves the user `floor`, in scaled units, up to rounding.
pub(super) fn repaired(
    kernel: &TypedKernel<'_>,
    masses: &[Mass],
    floor: Option<f64>,
    settings: &Settings,
) -> Result<MechanismScheme, PersuadeError> {
    let (types, n, m) = (kernel.types(), kernel.states(), kernel.actions());
    let mut dense = vec![vec![0.0; n * m]; types];
    for &(t, i, a, mass) in masses {
        dense[t][i * m + a] += mass.max(0.0);
    }
    for dense in &mut dense {
        // A shortfall above the tolerance is revealed.
        for (i, row) in dense.chunks_mut(m).enumerate() {
            let total: f64 = row.iter().sum();
            if total > 0.5 * kernel.mass[i] {
                row.iter_mut().for_each(|mass| *mass *= kernel.mass[i] / total);
            }
        }
    }
    let share = lies(kernel, &dense);
    if share > 0.0 && share <= MOST {
        reveal(kernel, &mut dense, share);
    }
    if let Some(floor) = floor {
        let value: f64 = (0..types).map(|t| kernel.shares[t] * value(kernel, &dense[t], t)).sum();
        if value < floor * (1.0 + 4.0 * f64::EPSILON) {
            reveal(kernel, &mut dense, 1.0 - (floor / value).clamp(0.0, 1.0));
        }
    }
    let recommendations = dense.iter().enumerate().map(|(t, dense)| {
        let of = |a: usize| ScaledMessage { menu: vec![a], masses: (0..n).map(|i| dense[i * m + a]).collect() };
        messages(kernel, &[t], (0..m).map(of).collect(), None, settings)
    });
    Ok(assembled(kernel, &recommendations.collect::<Result<Vec<_>, PersuadeError>>()?))
}

/// The value of a type from following the recommendations after a report.
fn value(kernel: &TypedKernel<'_>, dense: &[f64], t: usize) -> f64 {
    dense.iter().zip(kernel.user[t].as_slice()).map(|(mass, u)| mass * u).sum()
}

/// The share of full revelation that deters misreports, if they pay and it can.
fn lies(kernel: &TypedKernel<'_>, dense: &[Vec<f64>]) -> f64 {
    let m = kernel.actions();
    let mut share: f64 = 0.0;
    for t in 0..kernel.types() {
        let truth = value(kernel, &dense[t], t);
        for (r, recommendations) in dense.iter().enumerate().filter(|&(r, _)| r != t) {
            let mut values = vec![0.0; m * m];
            for (i, row) in recommendations.chunks(m).enumerate() {
                for (a, &mass) in row.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
                    let own = values[a * m..(a + 1) * m].iter_mut().zip(kernel.user[t].row(i));
                    own.for_each(|(value, u)| *value += mass * u);
                }
            }
            let best = |values: &[f64]| values.iter().fold(f64::NEG_INFINITY, |h: f64, &v| h.max(v));
            let lie: f64 = values.chunks(m).map(best).sum();
            let missing = lie - truth + ROUNDING * (lie.abs() + truth.abs());
            if missing > 0.0 {
                let deterred = deterred(kernel, t, r);
                if missing < MOST * deterred {
                    share = share.max(missing / deterred);
                }
            }
        }
    }
    share
}

/// Mixes a mechanism with full revelation.
fn reveal(kernel: &TypedKernel<'_>, dense: &mut [Vec<f64>], share: f64) {
    let m = kernel.actions();
    for (t, recommendations) in dense.iter_mut().enumerate() {
        recommendations.iter_mut().for_each(|mass| *mass *= 1.0 - share);
        for i in 0..kernel.states() {
            recommendations[i * m + kernel.best_action(t, i)] += share * kernel.mass[i];
        }
    }
}

/// Converts recommendations to a mechanism in terms of the view.
fn assembled(kernel: &TypedKernel<'_>, recommendations: &[Vec<RepairedMessage>]) -> MechanismScheme {
    let mut place = vec![None; kernel.view.observations()];
    kernel.observations.iter().enumerate().for_each(|(i, &x)| place[x] = Some(i));
    let mut entries = Vec::new();
    for (report, recommendations) in recommendations.iter().enumerate() {
        for (observation, place) in place.iter().enumerate() {
            for (k, RepairedMessage { menu, shares, .. }) in recommendations.iter().enumerate() {
                // Where nothing is at stake, make the first recommendation.
                let probability = place.map_or(f64::from(u8::from(k == 0)), |i| shares[i]);
                let action = kernel.actions[menu[0]];
                let entry = MechanismEntry { report, observation, action, probability };
                entries.extend((probability > 0.0).then_some(entry));
            }
        }
    }
    MechanismScheme::new(entries)
}
