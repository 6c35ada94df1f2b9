//! From a solver's masses to a conversation that is plausible, obeyed and answered truthfully.
//!
//! Upon each report recommendations are messages to one type, and repaired as such. Where lying still pays, a share of full revelation, in which
//! everybody is told what is best for her, makes up for it, if that deters from the lie; so it does for what the user lacks of her floor.

use super::Mass;
use super::master::deterred;
use crate::PersuadeError;
use crate::menu::Said;
use crate::menu::repair::{LEAST, repaired as messages};
use crate::typed::{TypedKernel, make_exact};
use suasion_lp::Settings;
use suasion_model::{Conversation, ConversationEntry};

/// So much of everything may be revealed to deter from lies.
const MOST: f64 = 1e-8;
/// Roundings of sums, relative to what is summed.
const ROUNDING: f64 = 1e-15;

/// The conversation in terms of the view; it leaves the user `floor`, in scaled units, but for roundings.
pub(super) fn repaired(
    kernel: &TypedKernel<'_>,
    masses: &[Mass],
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Conversation, PersuadeError> {
    let (types, n, m) = (kernel.types(), kernel.states(), kernel.actions());
    let mut dense = vec![vec![0.0; n * m]; types];
    for &(t, i, a, mass) in masses {
        dense[t][i * m + a] += mass.max(0.0);
    }
    for (t, dense) in dense.iter_mut().enumerate() {
        let of = |a: usize| Said { menu: vec![a], masses: (0..n).map(|i| dense[i * m + a]).collect() };
        let told = messages(kernel, &[t], (0..m).map(of).collect(), None, settings)?;
        dense.fill(0.0);
        for said in told {
            said.masses.iter().enumerate().for_each(|(i, q)| dense[i * m + said.menu[0]] += q);
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
    Ok(assembled(kernel, &dense))
}

/// What a type gets by doing what is recommended upon a report.
fn value(kernel: &TypedKernel<'_>, dense: &[f64], t: usize) -> f64 {
    dense.iter().zip(kernel.user[t].as_slice()).map(|(mass, u)| mass * u).sum()
}

/// The share of full revelation that deters from lies, if they pay and it does.
fn lies(kernel: &TypedKernel<'_>, dense: &[Vec<f64>]) -> f64 {
    let m = kernel.actions();
    let mut share: f64 = 0.0;
    for t in 0..kernel.types() {
        let truth = value(kernel, &dense[t], t);
        for (r, told) in dense.iter().enumerate().filter(|&(r, _)| r != t) {
            let mut values = vec![0.0; m * m];
            for (i, row) in told.chunks(m).enumerate() {
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

/// Mixes a conversation with full revelation.
fn reveal(kernel: &TypedKernel<'_>, dense: &mut [Vec<f64>], share: f64) {
    let m = kernel.actions();
    for (t, told) in dense.iter_mut().enumerate() {
        told.iter_mut().for_each(|mass| *mass *= 1.0 - share);
        for i in 0..kernel.states() {
            told[i * m + kernel.best_action(t, i)] += share * kernel.mass[i];
        }
    }
}

/// Probabilities that sum to one exactly.
fn assembled(kernel: &TypedKernel<'_>, dense: &[Vec<f64>]) -> Conversation {
    let (observations, m) = (kernel.view.observations(), kernel.actions());
    let mut place = vec![None; observations];
    for (i, &x) in kernel.observations.iter().enumerate() {
        place[x] = Some(i);
    }
    let mut entries = Vec::new();
    let mut probabilities = vec![0.0; m];
    for (report, told) in dense.iter().enumerate() {
        for (observation, place) in place.iter().enumerate() {
            match place {
                Some(i) => probabilities.copy_from_slice(&told[i * m..(i + 1) * m]),
                // Nothing is at stake, or this does not happen: anything will do but what she never does.
                None => {
                    probabilities.fill(0.0);
                    probabilities[kernel.twins[report][0]] = 1.0;
                }
            }
            make_exact(&mut probabilities, LEAST);
            for (a, &probability) in probabilities.iter().enumerate() {
                if probability > 0.0 {
                    entries.push(ConversationEntry { report, observation, action: kernel.actions[a], probability });
                }
            }
        }
    }
    Conversation::new(entries)
}
