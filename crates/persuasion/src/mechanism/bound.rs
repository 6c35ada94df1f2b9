//! An upper bound on the value of any mechanism, from its multipliers.
//!
//! *Claim.* Let `s >= 0` (of the floor), `sigma_tr >= 0` (of truth-telling of type `t` against
//! report `r`, for `t != r`), and `tau_trab >= 0` with `sum_b tau_trab <= sigma_tr` for `t != r`
//! (for `r = t` any). The value of a mechanism that is truthful, obedient and leaves the user at
//! least `floor` is at most `sum_{t,x} max_a C(t, x, a) - s floor`, where
//!
//! ```text
//! C(t, x, a) = P_v[t][x][a] + s P_u[t][x][a] + sum_b tau_ttab (P_u[t][x][a] - P_u[t][x][b])
//!            + sum_{r != t} sigma_tr P_u[t][x][a]
//!            - sum_{r != t} [ sigma_rt P_u[r][x][a]
//!                             + sum_b tau_rtab (P_u[r][x][b] - P_u[r][x][a]) ].
//! ```
//!
//! *Proof.* Suppose that type `t` reports `r` and, after recommendation `a`, takes each `b` with
//! probability `tau_trab / sigma_tr` and `a` with the remaining probability. Her gain from this is
//! not positive. Multiply it by `-sigma_tr` and sum over all pairs: the result is the sum of the
//! second and third lines over all `pi(a|x,t) C(t, x, a)`. Obedience does the same for the last
//! term of the first line, and the floor for `s`. So the value plus nonnegative terms is
//! `sum pi(a|x,t) C(t, x, a) - s floor`, and `pi(.|x,t)` is a distribution. QED.

use crate::experiment::bound::rounding;
use suasion_certificate::{Floor, MechanismMultipliers};
use suasion_model::{Matrix, TypedView};

/// The bound that multipliers in true units give on a reduced objective, for a floor on the user's
/// reduced value. It is raised by the largest possible rounding error.
pub(crate) fn bound(
    view: &TypedView,
    objective: &[Matrix],
    multipliers: &MechanismMultipliers,
    floor: Option<Floor>,
) -> f64 {
    raised_by(view, objective, multipliers, floor, rounding)
}

/// The same bound without the allowance for rounding.
pub(crate) fn estimate(
    view: &TypedView,
    objective: &[Matrix],
    multipliers: &MechanismMultipliers,
    floor: Option<Floor>,
) -> f64 {
    raised_by(view, objective, multipliers, floor, |_, _| 0.0)
}

fn raised_by(
    view: &TypedView,
    objective: &[Matrix],
    multipliers: &MechanismMultipliers,
    floor: Option<Floor>,
    rounding: fn(usize, f64) -> f64,
) -> f64 {
    let (types, n, m) = (view.types(), view.observations(), view.actions());
    let Floor { value: level, multiplier: s } = floor.unwrap_or(Floor { value: 0.0, multiplier: 0.0 });
    let user = view.reduced_user();
    let (mut total, mut size) = (0.0, (s * level).abs());
    for t in 0..types {
        let mut columns = objective[t].as_slice().to_vec();
        let mut sizes: Vec<f64> = columns.iter().map(|value| value.abs()).collect();
        let mut count = 4;
        // Adds `factor` times the utility of type `who` from `b` where `a` is recommended.
        let mut add = |a: usize, factor: f64, who: usize, b: usize| {
            let place = a * n..(a + 1) * n;
            let own = columns[place.clone()].iter_mut().zip(&mut sizes[place]);
            for ((column, size), u) in own.zip(user[who].row(b)) {
                *column += factor * u;
                *size += (factor * u).abs();
            }
            count += 2;
        };
        for a in 0..m {
            add(a, s, t, a);
            for &(who, report, value) in &multipliers.truth {
                if who == t {
                    add(a, value, t, a);
                } else if report == t {
                    add(a, -value, who, a);
                }
            }
        }
        for &(who, _, a, b, value) in multipliers.double_deviations.iter().filter(|deviation| deviation.1 == t) {
            // For `who = t`, this is obedience. Otherwise, the weight of a deviation is subtracted
            // from that of following the recommendation after a misreport.
            add(a, value, who, a);
            add(a, -value, who, b);
        }
        for x in 0..n {
            // The price of an action far below the others may be less precise than theirs.
            let raised = |a: usize| columns[a * n + x] + rounding(count, sizes[a * n + x]);
            let highest = (0..m).map(raised).fold(f64::NEG_INFINITY, f64::max);
            total += highest;
            size += highest.abs();
        }
    }
    total - s * level + rounding(n * types + 2, size)
}
