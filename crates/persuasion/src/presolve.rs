//! Presolve: removes irrelevant parts of a game, and chooses its units.
//!
//! - *Functions of the state alone.* In each state, the utility at the user's best action is
//!   subtracted from every utility. The user's reduced utility is minus her regret.
//! - *Actions that no belief makes optimal.* An action that is worse for the user than one other
//!   action in every state is never obeyed. It is dropped if it is worse than an action that is
//!   best in some state or under no information. A multiplier against the better action prices out
//!   its column ([`price_out`]).
//! - *Units.* The unit of a state, and that of a party, is what is at stake. A potential loss of
//!   the user counts only as far as she can be made to bear it. Let `b` be her action under no
//!   information. If action `a` loses `d` against `b` in a state, the mass on which `a` is
//!   recommended there contributes at most `G_a / d`, where `G_a` is the total gain of `a` over `b`
//!   elsewhere. So a penalty on an action that is good elsewhere does not set a unit. All units are
//!   powers of two, so scaling does not round.
//!
//! The proof is about the original game. Presolve only guides the solver.

use suasion_model::Matrix;

/// Utilities minus functions of the state alone, in the relevant states.
pub(crate) struct Reduced {
    /// The user's, at most 0, `actions x n`.
    pub user: Matrix,
    /// The objective's, `actions x n`.
    pub objective: Matrix,
    /// The user's utility of her best action in each state, `[n]`.
    pub level: Vec<f64>,
    /// The user's best action in each state, `[n]`. Ties are broken for the objective.
    pub best: Vec<usize>,
}

/// Reduces utilities (`actions x states`) to some of the states.
pub(crate) fn reduce(user: &Matrix, objective: &Matrix, states: &[usize]) -> Reduced {
    let best: Vec<usize> = states
        .iter()
        .map(|&y| {
            let worth = |a: usize| (user[(a, y)], objective[(a, y)]);
            (1..user.rows()).fold(0, |best, a| if worth(a) > worth(best) { a } else { best })
        })
        .collect();
    let less = |utility: &Matrix| {
        let level: Vec<f64> = states.iter().zip(&best).map(|(&y, &a)| utility[(a, y)]).collect();
        Matrix::from_fn(utility.rows(), states.len(), |a, i| utility[(a, states[i])] - level[i])
    };
    Reduced {
        user: less(user),
        objective: less(objective),
        level: states.iter().zip(&best).map(|(&y, &a)| user[(a, y)]).collect(),
        best,
    }
}

/// For every action, another one that is better for the user in every state, if there is one among
/// the actions that are best in some state or under no information.
pub(crate) fn dominated(user: &Matrix, best: &[usize], uninformed: usize) -> Vec<Option<usize>> {
    let mut takers = best.to_vec();
    takers.push(uninformed);
    takers.sort_unstable();
    takers.dedup();
    (0..user.rows())
        .map(|a| {
            if takers.binary_search(&a).is_ok() {
                return None;
            }
            let loses = |b: &&usize| user.row(a).iter().zip(user.row(**b)).all(|(own, other)| own < other);
            takers.iter().find(loses).copied()
        })
        .collect()
}

/// The user's best action if she knows only these masses.
pub(crate) fn uninformed(user: &Matrix, mass: &[f64]) -> usize {
    let value = |a: usize| user.row(a).iter().zip(mass).map(|(u, mass)| u * mass).sum::<f64>();
    let values = (0..user.rows()).map(|a| (a, value(a)));
    values.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |(a, _)| a)
}

/// The power of two nearest to a number, or one if the number cannot be a unit.
pub(crate) fn power(number: f64) -> f64 {
    if number.is_finite() && number > 0.0 { number.log2().round().clamp(-1074.0, 1023.0).exp2() } else { 1.0 }
}

/// What is at stake, as powers of two.
pub(crate) struct Units {
    /// The unit of each state, `[n]`: utilities are divided by it, and masses multiplied.
    pub state: Vec<f64>,
    /// The unit of the user's utility.
    pub user: f64,
    /// The unit of the objective.
    pub objective: f64,
}

/// The units of a game of reduced utilities (`actions x n`) at these masses.
pub(crate) fn units(user: &Matrix, objective: &Matrix, mass: &[f64]) -> Units {
    let n = mass.len();
    let uninformed_action = uninformed(user, mass);
    let (mut hers, mut wins, mut losses) = (vec![0.0_f64; n], vec![0.0_f64; n], vec![0.0_f64; n]);
    for a in 0..user.rows() {
        let (own, other) = (user.row(a), user.row(uninformed_action));
        let gains: f64 = (0..n).map(|y| mass[y] * (own[y] - other[y]).max(0.0)).sum();
        for y in 0..n {
            let loss = mass[y] * (other[y] - own[y]).max(0.0);
            let share = if loss > gains { gains / loss } else { 1.0 };
            let regret = mass[y] * -own[y];
            hers[y] = hers[y].max(if loss > gains { mass[y] * -other[y] + gains } else { regret });
            let change = share * mass[y] * objective[(a, y)];
            (wins[y], losses[y]) = (wins[y].max(change), losses[y].max(-change));
        }
    }
    let its = objective_stakes(&wins, &losses);
    // If the stakes underflow, use utilities that nearly do.
    let total = |stakes: &[f64], utility: &Matrix| match stakes.iter().sum::<f64>() {
        0.0 => utility.as_slice().iter().fold(0.0_f64, |most, value| most.max(value.abs())),
        sum => sum,
    };
    let (user_unit, objective_unit) = match (total(&hers, user), total(&its, objective)) {
        // A party with nothing at stake has no unit of its own.
        (0.0, own) | (own, 0.0) => (power(own), power(own)),
        (user, objective) => (power(user), power(objective)),
    };
    let state = (0..n)
        .map(|y| {
            let share = (hers[y] / user_unit).max(its[y] / objective_unit);
            // A state with negligible stakes keeps a unit in which its utilities are not huge.
            power(share.max(1e-9) / mass[y].max(f64::MIN_POSITIVE))
        })
        .collect();
    Units { state, user: user_unit, objective: objective_unit }
}

/// What is at stake for the objective in each state, from its possible gains and losses relative to
/// full information, in true mass. A loss counts only as far as a gain elsewhere can make up for
/// it.
pub(crate) fn objective_stakes(wins: &[f64], losses: &[f64]) -> Vec<f64> {
    let most: f64 = wins.iter().sum();
    let most = if most > 0.0 { most } else { f64::INFINITY };
    wins.iter().zip(losses).map(|(win, loss)| win.max(loss.min(most))).collect()
}

/// The least multiplier of `a` against `b`, which is better for the user everywhere, such that no
/// column of `a` is priced above `most`. `costs` and the user's utilities are those of the states.
pub(crate) fn price_out(costs: impl Iterator<Item = f64>, own: &[f64], other: &[f64], most: &[f64]) -> f64 {
    let needed = costs.zip(own.iter().zip(other)).zip(most).map(|((cost, (own, other)), most)| {
        let excess = cost - most;
        if excess > 0.0 { excess / (other - own) } else { 0.0 }
    });
    // The margin exceeds the rounding error.
    needed.fold(0.0, f64::max) * (1.0 + 1e-9)
}
