//! What no mechanism exceeds, by its multipliers.
//!
//! *Claim.* Let `s >= 0` (of the floor), `sigma_tr >= 0` (of type `t`'s truth against report `r`,
//! for `t != r`), and `tau_trab >= 0` with `sum_b tau_trab <= sigma_tr` for `t != r` (for `r = t`
//! any). Every mechanism that is truthful, obedient and leaves the user at least `floor` is
//! worth at most `sum_{t,x} max_a C(t, x, a) - s floor`, where
//!
//! ```text
//! C(t, x, a) = P_v[t][x][a] + s P_u[t][x][a] + sum_b tau_ttab (P_u[t][x][a] - P_u[t][x][b])
//!            + sum_{r != t} sigma_tr P_u[t][x][a]
//!            - sum_{r != t} [ sigma_rt P_u[r][x][a] + sum_b tau_rtab (P_u[r][x][b] - P_u[r][x][a]) ].
//! ```
//!
//! *Proof.* The gain of type `t` from reporting `r` and, upon `a`, taking each `b` with probability
//! `tau_trab / sigma_tr` and `a` itself with what is left, is not positive; `sigma_tr` times its
//! negative is what the second and third lines add up to over all `pi(a|x,t) C(t, x, a)`, pair by
//! pair. Obedience does the same for the last term of the first line, and the floor for `s`. So the
//! value plus what is not negative is `sum pi(a|x,t) C(t, x, a) - s floor`, and `pi(.|x,t)` is a
//! distribution. QED.

use crate::experiment::bound::rounding;
use suasion_certificate::{Floor, MechanismMultipliers};
use suasion_model::{Matrix, TypedView};

/// The bound of multipliers in true units on a reduced objective, for a floor on the user's reduced
/// value, raised by what rounding may have lost.
pub(crate) fn bound(
    view: &TypedView,
    objective: &[Matrix],
    multipliers: &MechanismMultipliers,
    floor: Option<Floor>,
) -> f64 {
    raised_by(view, objective, multipliers, floor, rounding)
}

/// The same, but not raised.
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
        // Adds `factor` times what `who` gets by taking `b` where `a` is recommended.
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
            // For `who = t`, obedience; else what is taken from honest mimicry and given to a
            // deviation.
            add(a, value, who, a);
            add(a, -value, who, b);
        }
        for x in 0..n {
            // An action that is far below the others may be known less well than they are.
            let raised = |a: usize| columns[a * n + x] + rounding(count, sizes[a * n + x]);
            let highest = (0..m).map(raised).fold(f64::NEG_INFINITY, f64::max);
            total += highest;
            size += highest.abs();
        }
    }
    total - s * level + rounding(n * types + 2, size)
}
