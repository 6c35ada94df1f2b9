//! From a solver's masses to a scheme that is exactly plausible and obedient.
//!
//! A solver satisfies constraints up to a tolerance. The scheme is shrunk by a tiny factor. With
//! the freed mass, each recommended action gets a little of a posterior strictly inside its region;
//! the rest reveals its state. If an action is optimal on no open region, no such posterior exists,
//! and the result states the remaining violation.

use crate::kernel::{Inside, Kernel};
use suasion_lp::{LpOptions, Model, Sense, Settings, Sparse, Stop};
use suasion_model::{Scheme, SchemeEntry};

/// A margin that costs next to nothing. The repair of a violation takes a mass of the violation
/// over the margin.
const COMFORTABLE: f64 = 1e-2;
/// With at least this margin, in a game with more than [`MANY`] pairs of a state and an action, the
/// search for a better margin is short.
const MODEST: f64 = 1e-6;
const MANY: usize = 400;
const FEW_ROUNDS: u32 = 100;
/// The search for the largest margin: the maximum number of programs, their tolerance, and the
/// number of rows that enter in each.
const PROGRAMS: usize = 60;
const TOLERANCE: f64 = 1e-9;
const ENTERING: usize = 5;
/// With more states, a single state usually suffices.
const MOST_STATES: usize = 20_000;
const MOST_ROUNDS: u32 = 4_000;
/// The smallest usable margin.
const LEAST: f64 = 1e-7;
/// States with at least this mass are tried first. Taking mass from a state shrinks the whole
/// scheme by the share of that state.
const AMPLE: f64 = 0.1;
/// The maximum factor by which an action's repair may shrink the scheme.
const MOST_SHRUNK: f64 = 1e-8;
/// A recommendation below this scaled mass that cannot be made obedient is dropped, and its states
/// are revealed.
const DUST: f64 = 1e-9;

/// Looks for a posterior strictly inside the region of `action`, first over the states that have
/// ample mass.
fn inside(kernel: &Kernel, action: usize) -> Option<Inside> {
    let all: Vec<usize> = (0..kernel.states()).collect();
    let ample: Vec<usize> = all.iter().copied().filter(|&y| kernel.mass[y] >= AMPLE).collect();
    let found = inside_of(kernel, action, &ample);
    if found.is_some() || ample.len() == all.len() { found } else { inside_of(kernel, action, &all) }
}

/// Tries single states first, then the maximin of `u_a - u_b` by fictitious play (Brown 1951; the
/// row player mixes states, the column player picks the best alternative), up to a comfortable
/// margin. The value of the column player's mixture in the best state is an upper bound on every
/// margin. The search ends if that bound is too small to be useful. In larger games, it continues
/// as a linear program over the alternatives found ([`largest`]).
fn inside_of(kernel: &Kernel, action: usize, states: &[usize]) -> Option<Inside> {
    let m = kernel.actions();
    let margin_at = |y: usize| {
        let row = kernel.user_by_state.row(y);
        if row[action] < 0.0 {
            // The user's best action there is a different one, at 0.
            return row[action];
        }
        let other = (0..m).filter(|&b| b != action).map(|b| row[b]).fold(f64::NEG_INFINITY, f64::max);
        row[action] - other
    };
    let single = states.iter().map(|&y| (y, margin_at(y))).filter(|&(_, margin)| margin > LEAST);
    let single = single.max_by(|l, r| (l.1 * kernel.mass[l.0]).total_cmp(&(r.1 * kernel.mass[r.0])));
    let mut best = single.map(|(y, margin)| spread(kernel, action, states, &margin_at, (y, margin)));
    let reached = |best: &Option<Inside>| best.as_ref().map_or(0.0, |inside| inside.margin);
    if reached(&best) > COMFORTABLE {
        return best;
    }
    let mut plays = vec![0.0; states.len()];
    let mut against = vec![0.0; m];
    let mut advantage = vec![0.0; states.len()];
    let mut state = (0..states.len()).max_by(|&l, &r| margin_at(states[l]).total_cmp(&margin_at(states[r])))?;
    let large = states.len() * m > MANY;
    let rounds = if large { FEW_ROUNDS } else { MOST_ROUNDS };
    let mut alternatives = vec![];
    let mut hopeless = false;
    for round in 1..=rounds {
        plays[state] += 1.0;
        let row = kernel.user_by_state.row(states[state]);
        for b in 0..m {
            against[b] += row[action] - row[b];
        }
        let worst = (0..m).filter(|&b| b != action).min_by(|&l, &r| against[l].total_cmp(&against[r]))?;
        if large && !alternatives.contains(&worst) {
            alternatives.push(worst);
        }
        let margin = against[worst] / f64::from(round);
        if margin > LEAST && margin > 2.0 * reached(&best) {
            let weights = plays.iter().zip(states).filter(|(w, _)| **w > 0.0).map(|(w, &y)| (y, w / f64::from(round)));
            best = Some(Inside { weights: weights.collect(), margin });
            if margin > COMFORTABLE {
                break;
            }
        }
        for (advantage, &y) in advantage.iter_mut().zip(states) {
            let row = kernel.user_by_state.row(y);
            *advantage += row[action] - row[worst];
        }
        state = (0..states.len()).max_by(|&l, &r| advantage[l].total_cmp(&advantage[r]).then(r.cmp(&l)))?;
        hopeless = advantage[state] <= f64::from(round) * LEAST.max(2.0 * reached(&best));
        if hopeless {
            break;
        }
    }
    if large && !hopeless && reached(&best) <= MODEST && states.len() <= MOST_STATES {
        let larger =
            largest(kernel, action, states, alternatives).filter(|inside| inside.margin > 2.0 * reached(&best));
        return larger.or(best);
    }
    best
}

/// The posterior with the largest margin, or with half of it, by a linear program with row
/// generation that starts from some alternatives. Returns `None` if that margin is too small to be
/// useful, or if the solver fails.
fn largest(kernel: &Kernel, action: usize, states: &[usize], alternatives: Vec<usize>) -> Option<Inside> {
    let (n, m) = (states.len(), kernel.actions());
    let gain = |b: usize, y: usize| kernel.user_by_state[(y, action)] - kernel.user_by_state[(y, b)];
    let options = LpOptions::scaled(TOLERANCE, &Settings::default());
    let mut model = Model::new("margin", Sense::Maximise, options).ok()?;
    model.add_rows(&[1.0], &[1.0], &Sparse::empty(1)).ok()?;
    // The share of each state, and the margin.
    let mut entries = Sparse::new();
    (0..n).for_each(|_| entries.add([(0, 1.0)]));
    entries.add([]);
    let mut costs = vec![0.0; n + 1];
    costs[n] = 1.0;
    let mut lower = vec![0.0; n + 1];
    lower[n] = f64::NEG_INFINITY;
    model.add_columns(&costs, &lower, &vec![f64::INFINITY; n + 1], &entries).ok()?;
    let mut entering = alternatives;
    let mut has_row = vec![false; m];
    for _ in 0..PROGRAMS {
        let mut rows = Sparse::new();
        for &b in &entering {
            has_row[b] = true;
            rows.add(states.iter().enumerate().map(|(i, &y)| (i, gain(b, y))).chain([(n, -1.0)]));
        }
        model.add_rows(&vec![0.0; entering.len()], &vec![f64::INFINITY; entering.len()], &rows).ok()?;
        let solved = model.solve().ok().filter(|outcome| matches!(outcome.stop, Stop::Optimal | Stop::Imprecise))?;
        if solved.objective <= LEAST {
            return None;
        }
        let shares = model.primal().ok()?;
        let weights: Vec<(usize, f64)> =
            states.iter().zip(&shares[..n]).filter(|(_, share)| **share > 0.0).map(|(&y, &share)| (y, share)).collect();
        let mut gains = vec![0.0; m];
        for &(y, share) in &weights {
            let row = kernel.user_by_state.row(y);
            gains.iter_mut().zip(row).for_each(|(sum, u)| *sum += share * (row[action] - u));
        }
        let mut others: Vec<usize> = (0..m).filter(|&b| b != action).collect();
        others.sort_unstable_by(|&l, &r| gains[l].total_cmp(&gains[r]).then(l.cmp(&r)));
        let margin = gains[*others.first()?];
        if margin > LEAST && margin > 0.5 * solved.objective {
            return Some(Inside { weights, margin });
        }
        entering = others.into_iter().filter(|&b| !has_row[b]).take(ENTERING).collect();
        if entering.is_empty() {
            return None;
        }
    }
    None
}

/// From this many states on, a repair takes mass from many of them.
const SPREAD: usize = 1000;

/// A state as a posterior. If there are many states, this is a mixture of one in sixteen: among
/// those nearly as good for the user, the best for the objective. So the repair takes less from
/// each.
fn spread(
    kernel: &Kernel,
    action: usize,
    states: &[usize],
    margin_at: &impl Fn(usize) -> f64,
    (best, margin): (usize, f64),
) -> Inside {
    if states.len() < SPREAD || margin < COMFORTABLE {
        return Inside { weights: vec![(best, 1.0)], margin };
    }
    let least = (0.5 * margin).max(COMFORTABLE);
    let mut good: Vec<usize> = states.iter().copied().filter(|&y| margin_at(y) >= least).collect();
    let most = states.len() / 16;
    let objective = kernel.objective.row(action);
    if good.len() > most {
        good.select_nth_unstable_by(most, |&l, &r| objective[r].total_cmp(&objective[l]).then(l.cmp(&r)));
        good.truncate(most);
        good.sort_unstable();
    }
    let total: f64 = good.iter().map(|&y| kernel.mass[y]).sum();
    Inside { weights: good.iter().map(|&y| (y, kernel.mass[y] / total)).collect(), margin: least }
}

/// The margin by which a recommendation must beat its alternatives, relative to the summed terms.
/// It covers the rounding of these sums, of the reduced utilities, and of the scheme's
/// probabilities.
const SAFE: f64 = 64.0 * f64::EPSILON;

/// The amount by which a recommendation of `a` with these masses `(state, scaled mass)` falls short
/// of being safely obedient, in scaled utility; 0 if it does not.
fn missing(kernel: &Kernel, a: usize, list: &[(usize, f64)]) -> f64 {
    let m = kernel.actions();
    let (mut slacks, mut sizes) = (vec![0.0; m], vec![0.0; m]);
    for &(y, x) in list {
        let row = kernel.user_by_state.row(y);
        for ((slack, size), u) in slacks.iter_mut().zip(&mut sizes).zip(row) {
            *slack += x * (row[a] - u);
            // Both are at most 0.
            *size -= x * (row[a] + u);
        }
    }
    // If an alternative is equally good in every state, nothing is missing, and nothing can be
    // gained.
    let alike = |b: usize| list.iter().all(|&(y, _)| kernel.user_by_state[(y, a)] == kernel.user_by_state[(y, b)]);
    let lacks = (0..m).filter(|&b| b != a).map(|b| (b, SAFE * sizes[b] - slacks[b]));
    lacks.filter(|&(b, lack)| lack > 0.0 && !alike(b)).map(|(_, lack)| lack).fold(0.0, f64::max)
}

/// Whether a recommendation is not obedient and no posterior strictly inside its region is known.
pub(crate) fn unmendable(kernel: &Kernel, a: usize, list: &[(usize, f64)]) -> bool {
    missing(kernel, a, list) > 0.0 && kernel.inside[a].get_or_init(|| inside(kernel, a)).is_none()
}

/// Sorts masses `(action, state, scaled mass)`, and sums those of the same column.
pub(crate) fn sum_up(masses: &mut Vec<(usize, usize, f64)>) {
    masses.sort_unstable_by_key(|&(a, y, _)| (a, y));
    masses.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
}

/// The scheme of the masses `(action, state, scaled mass)`, repaired.
pub(crate) fn repaired(kernel: &Kernel, masses: &[(usize, usize, f64)]) -> Scheme {
    let (n, m) = (kernel.states(), kernel.actions());
    let mut by_action: Vec<Vec<(usize, f64)>> = vec![vec![]; m];
    for &(a, y, x) in masses {
        by_action[a].push((y, x));
    }
    let mut spent = vec![0.0; n];
    let mut extra: Vec<(usize, usize, f64)> = Vec::new();
    let mut dust = vec![false; m];
    for (a, list) in by_action.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
        let missing = missing(kernel, a, list);
        if missing == 0.0 {
            continue;
        }
        let affordable = |inside: &&Inside| {
            let weight = missing / inside.margin;
            // If only states of negligible mass would help, a violation does less harm than the
            // repair.
            inside.weights.iter().all(|&(y, share)| weight * share <= MOST_SHRUNK * kernel.mass[y])
        };
        match kernel.inside[a].get_or_init(|| inside(kernel, a)).as_ref().filter(affordable) {
            Some(Inside { weights, margin }) => {
                for &(y, share) in weights {
                    let more = missing / margin * share;
                    spent[y] += more;
                    extra.push((a, y, more));
                }
            }
            None => dust[a] = list.iter().map(|(_, x)| x).sum::<f64>() < DUST,
        }
    }
    let shrink = spent.iter().zip(&kernel.mass).map(|(s, mass)| s / mass).fold(0.0, f64::max).min(0.5);
    let scaled = masses.iter().filter(|&&(a, _, _)| !dust[a]).map(|&(a, y, x)| (y, a, (1.0 - shrink) * x));
    let mut parts: Vec<(usize, usize, f64)> = scaled.chain(extra.iter().map(|&(a, y, x)| (y, a, x))).collect();
    parts.sort_by_key(|&(y, _, _)| y);
    let mut entries = Vec::with_capacity(parts.len());
    let (mut next, mut list): (usize, Vec<(usize, f64)>) = (0, Vec::new());
    for y in 0..n {
        list.clear();
        while let Some(&(_, a, x)) = parts.get(next).filter(|part| part.0 == y) {
            match list.iter_mut().find(|(other, _)| *other == a) {
                Some((_, p)) => *p += x / kernel.mass[y],
                None => list.push((a, x / kernel.mass[y])),
            }
            next += 1;
        }
        let sum: f64 = list.iter().map(|(_, p)| p).sum();
        if sum < 1.0 {
            // The remaining mass reveals the state, so the user's best action is recommended.
            match list.iter_mut().find(|(a, _)| *a == kernel.best_action[y]) {
                Some((_, p)) => *p += 1.0 - sum,
                None if 1.0 - sum > 1e-12 => list.push((kernel.best_action[y], 1.0 - sum)),
                None => {}
            }
        }
        cap_at_one(&mut list);
        let state = kernel.states[y];
        entries.extend(list.iter().map(|&(a, probability)| {
            let action = kernel.action_names[a];
            SchemeEntry { state, action, probability }
        }));
    }
    Scheme::new(entries)
}

/// Lowers probabilities by rounding errors until their exact sum is at most one.
fn cap_at_one(list: &mut [(usize, f64)]) {
    let sum: f64 = list.iter().map(|(_, p)| p).sum();
    if sum > 1.0 {
        for (_, p) in list.iter_mut() {
            *p /= sum;
        }
    }
    if list.len() == 1 {
        list[0].1 = list[0].1.min(1.0);
        return;
    }
    // A sum of k numbers below one is exact to k ulps of one.
    let sum: f64 = list.iter().map(|(_, p)| p).sum();
    let excess = sum - 1.0 + list.len() as f64 * f64::EPSILON;
    if excess > 0.0
        && let Some((_, p)) = list.iter_mut().max_by(|l, r| l.1.total_cmp(&r.1))
    {
        *p -= excess;
    }
}
