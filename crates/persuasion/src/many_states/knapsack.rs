//! Two actions: a fractional knapsack.
//!
//! *Problem.* With two actions, a scheme is the mass `x[y]` of each state on which action 1 is
//! recommended. Let `d[y]` be the gain of the user and `w[y]` the gain of the objective from action
//! 1 instead of action 0, and let `D` be the user's gain from taking action 1 always. The obedience
//! row of the action that she does not take at the prior implies the other row:
//!
//! ```text
//! max  sum w[y] x[y]   s.t.   sum d[y] x[y] >= max(0, D),   0 <= x[y] <= mass[y]
//! ```
//!
//! *Method.* (Dantzig 1957.) Start with the objective's favorite action in every state. If the
//! user's row is violated, switch states in increasing order of `|w| / |d|` until the row holds,
//! the last state in part. The ratio of that state is the multiplier of the row. *Complexity:*
//! `n log n` time, `O(n)` memory. *Guarantee:* an optimum, exact up to the rounding of one sum. If
//! the row binds, all optima leave the user the same value. If it does not, ties (`w = 0`) are
//! broken state by state.

use crate::kernel::Kernel;
use crate::simplex::Duals;
use crate::weights::Weights;
use twofloat::TwoFloat;

/// A filled knapsack.
pub(crate) struct Filled {
    /// (action, state, scaled mass), positive ones, by state.
    pub masses: Vec<(usize, usize, f64)>,
    pub duals: Duals,
    /// Whether it is the only optimum.
    pub unique: bool,
}

/// The optimum of a game of two actions by `weights`. Ties are broken for the user, or (`against`)
/// against her.
pub(crate) fn fill(kernel: &Kernel, weights: Weights, against: bool) -> Filled {
    let n = kernel.states();
    let gain = |y: usize| kernel.user[(1, y)] - kernel.user[(0, y)];
    let win = |y: usize| kernel.cost(weights, 1, y) - kernel.cost(weights, 0, y);
    let total = |states: &mut dyn Iterator<Item = usize>| {
        states.fold(TwoFloat::from(0.0), |sum, y| sum + TwoFloat::new_mul(kernel.mass[y], gain(y)))
    };
    let all = total(&mut (0..n));
    let needed = if all.hi() > 0.0 { all } else { TwoFloat::from(0.0) };
    let mut taken: Vec<bool> = (0..n)
        .map(|y| {
            let w = win(y);
            w > 0.0 || w == 0.0 && (gain(y) > 0.0) != against && gain(y) != 0.0
        })
        .collect();
    let mut lacking = needed - total(&mut (0..n).filter(|&y| taken[y]));
    let tied = (0..n).any(|y| win(y) == 0.0);
    let (mut partial, mut multiplier, mut unique) = (None, 0.0, !tied);
    if lacking.hi() > 0.0 {
        let mut offers: Vec<(f64, usize)> = (0..n)
            .filter(|&y| if taken[y] { gain(y) < 0.0 } else { gain(y) > 0.0 })
            .map(|y| (win(y).abs() / gain(y).abs(), y))
            .collect();
        offers.sort_unstable_by(|l, r| l.0.total_cmp(&r.0).then(l.1.cmp(&r.1)));
        for &(ratio, y) in &offers {
            multiplier = ratio;
            let gained = TwoFloat::new_mul(kernel.mass[y], gain(y).abs());
            taken[y] = !taken[y];
            let short = lacking - gained;
            if short.hi() < 0.0 {
                partial = Some((y, (lacking.hi() / gained.hi()).clamp(0.0, 1.0)));
                break;
            }
            lacking = short;
            if short.hi() == 0.0 {
                break;
            }
        }
        let alike = offers.iter().filter(|(ratio, _)| *ratio == multiplier).count();
        unique = alike == 1 && !(0..n).any(|y| win(y) == 0.0 && gain(y) == 0.0);
    }
    let mut masses = Vec::with_capacity(n + 1);
    for (y, &mass) in kernel.mass.iter().enumerate() {
        let share = match partial {
            Some((other, share)) if other == y => share,
            _ => 1.0,
        };
        let side = |taken: bool, share: f64| (usize::from(taken), y, share * mass);
        masses.extend([side(taken[y], share), side(!taken[y], 1.0 - share)].into_iter().filter(|side| side.2 > 0.0));
    }
    let mut rho = vec![vec![], vec![]];
    if multiplier > 0.0 {
        let recommended = usize::from(all.hi() <= 0.0);
        rho[recommended].push((1 - recommended, multiplier));
    }
    let lambda = (0..n)
        .map(|y| {
            let bonus = multiplier * gain(y);
            let (zero, one) = (kernel.cost(weights, 0, y), kernel.cost(weights, 1, y));
            if all.hi() > 0.0 { one.max(zero - bonus) } else { zero.max(one + bonus) }
        })
        .collect();
    Filled { masses, duals: Duals { lambda, rho, sigma: 0.0, weights }, unique }
}
