//! Whether an answer in floating point is convincing. If it is in doubt, a more reliable method
//! solves the game.

use crate::kernel::Kernel;
use crate::repair::unmendable;
use crate::simplex::Duals;
use crate::weights::Weights;

/// An optimum is in doubt if its bound exceeds its value by more than this fraction of what is at
/// stake, or if the gain from disobeying a recommendation exceeds this fraction of what is at stake
/// there.
const DOUBT: f64 = 1e-9;
/// A recommendation with less scaled mass is ignored: repairing or revealing it costs next to
/// nothing.
const DUST: f64 = 1e-10;

/// Whether masses and multipliers are those of an optimum, as far as floating point can determine.
pub(crate) fn is_convincing(kernel: &Kernel, masses: &[(usize, usize, f64)], duals: &Duals) -> bool {
    let weights = duals.weights;
    // The value of full information is 0 for every party.
    let none = kernel.uninformed_value(weights);
    let own: f64 = masses.iter().map(|&(a, y, x)| x * kernel.cost(weights, a, y)).sum();
    let bound: f64 = kernel.mass.iter().zip(&duals.lambda).map(|(mass, lambda)| mass * lambda).sum();
    let spread = own.max(none).max(0.0) - own.min(none).min(0.0);
    // A value that is not a number fails this test.
    (bound - own).abs() <= DOUBT * spread && is_obedient(kernel, masses)
}

/// Whether the user gets at least this scaled level, as far as floating point can determine; and no
/// more, if the floor has a multiplier.
pub(crate) fn keeps(kernel: &Kernel, masses: &[(usize, usize, f64)], level: f64, multiplier: f64) -> bool {
    let value: f64 = masses.iter().map(|&(a, y, x)| x * kernel.user[(a, y)]).sum();
    // Full information has the highest possible value, which is zero.
    let allowed = DOUBT * -kernel.uninformed_value(Weights::USER);
    value >= level - allowed && (multiplier == 0.0 || value <= level + allowed)
}

/// Whether no recommendation is disobeyed for a relevant gain.
fn is_obedient(kernel: &Kernel, masses: &[(usize, usize, f64)]) -> bool {
    let m = kernel.actions();
    let mut by_action: Vec<Vec<(usize, f64)>> = vec![vec![]; m];
    masses.iter().for_each(|&(a, y, x)| by_action[a].push((y, x)));
    let (mut gains, mut stakes) = (vec![0.0; m], vec![0.0; m]);
    by_action.iter().enumerate().all(|(a, list)| {
        if list.iter().map(|(_, x)| x).sum::<f64>() < DUST {
            return true;
        }
        if kernel.is_exact() && unmendable(kernel, a, list) {
            return false;
        }
        gains.fill(0.0);
        stakes.fill(0.0);
        for &(y, x) in list {
            let row = kernel.user_by_state.row(y);
            for ((gain, stake), u) in gains.iter_mut().zip(&mut stakes).zip(row) {
                *gain += x * (u - row[a]);
                *stake += x * (u - row[a]).abs();
            }
        }
        gains.iter().zip(&stakes).all(|(gain, stake)| *gain <= DOUBT * stake)
    })
}
