//! Repairs a measure so that no bracket is positive, for many agents. Rounding errors are corrected
//! or outweighed.

use crate::error::AlignError;
use crate::options::AlignOptions;
use crate::presolve::Reduced;
use crate::search::search;
use faer::linalg::solvers::Solve;
use faer::{Col, Mat};
use std::collections::BTreeMap;
use suasion_certificate::{Measure, Offset, Pair};
use suasion_lp::Settings;
use suasion_model::Matrix;
use twofloat::TwoFloat;

/// A negative bracket this near zero, as a fraction of the agent's stake, may become positive.
const NEAR: f64 = 1e-9;
/// The largest share of mass that may be added.
const MOST: f64 = 1e-9;
/// How many times the necessary mass is added.
const AMPLE: f64 = 4.0;
/// How many entries per agent the first search for a direction uses.
const ENTRIES: usize = 64;

/// An action and a state.
type Entry = (usize, usize);

fn total(measure: &Measure) -> f64 {
    measure.atoms().iter().map(|atom| atom.2.abs()).sum()
}

/// The bracket of an agent: the integral of its utility under a measure, minus the price of its
/// weight.
fn bracket(agent: &Matrix, options: &AlignOptions, measure: &Measure) -> f64 {
    let mut sum = TwoFloat::default();
    for (action, state, mass) in measure.atoms() {
        sum += TwoFloat::new_mul(mass, agent[(action, state)]);
        sum += TwoFloat::new_mul(-0.5 * options.slack, mass.abs());
    }
    sum.hi()
}

/// Makes the smallest change of the masses that brings the brackets of all agents with weight to
/// zero, with errors far below one rounding. None if there is no such change.
pub(crate) fn refine(
    agents: &[&Matrix],
    options: &AlignOptions,
    weights: &[f64],
    measure: &Measure,
) -> Option<Measure> {
    let mut refined = measure.clone();
    let used: Vec<&Matrix> =
        agents.iter().zip(weights).filter(|&(_, &weight)| weight > 0.0).map(|(&agent, _)| agent).collect();
    // The entries, or pairs of entries, whose masses change.
    let mut cells: BTreeMap<(Entry, Entry), f64> = BTreeMap::new();
    match measure {
        Measure::Entries(entries) => {
            for &(action, state, mass) in entries {
                *cells.entry(((action, state), (action, state))).or_default() += mass;
            }
        }
        Measure::Pairs(pairs) => {
            for &(above, below, mass) in pairs {
                *cells.entry((above, below)).or_default() += mass;
            }
        }
    }
    if used.is_empty() || used.len() > cells.len() {
        return None;
    }
    let stakes: Vec<f64> = used.iter().map(|agent| options.offset.stake(agent)).collect();
    let cells: Vec<_> = cells.into_iter().collect();
    let entry = |i: usize, j: usize| {
        let ((above, below), mass) = cells[j];
        let agent = used[i];
        let (own, price) = match measure {
            Measure::Entries(_) => (agent[above], 0.5 * options.slack * mass.signum()),
            Measure::Pairs(_) => (agent[above] - agent[below], options.slack),
        };
        (own - price) / stakes[i]
    };
    let matrix = Mat::from_fn(used.len(), cells.len(), entry);
    let solver = (&matrix * matrix.transpose()).partial_piv_lu();
    for _ in 0..2 {
        let missing = Col::from_fn(used.len(), |i| -bracket(used[i], options, &refined) / stakes[i]);
        let change = matrix.transpose() * solver.solve(&missing);
        if !change.iter().all(|x| x.is_finite()) {
            return None;
        }
        for (&((above, below), _), &mass) in cells.iter().zip(change.iter()).filter(|&(_, &mass)| mass != 0.0) {
            match &mut refined {
                Measure::Entries(entries) => entries.push((above.0, above.1, mass)),
                Measure::Pairs(pairs) => {
                    let (above, below) = if mass > 0.0 { (above, below) } else { (below, above) };
                    pairs.push((above, below, mass.abs()));
                }
            }
        }
    }
    Some(refined)
}

/// Adds a little of a measure under which every relevant agent has a negative integral, so that no
/// bracket is positive. None if the agents cancel each other, or nearly so.
pub(crate) fn lower(
    agents: &[&Matrix],
    options: &AlignOptions,
    measure: &Measure,
    settings: &Settings,
) -> Result<Option<Measure>, AlignError> {
    let mass = total(measure);
    let stakes: Vec<f64> = agents.iter().map(|agent| options.offset.stake(agent)).collect();
    let brackets: Vec<f64> =
        agents.iter().zip(&stakes).map(|(agent, stake)| bracket(agent, options, measure) / stake / mass).collect();
    let near: Vec<usize> = (0..agents.len()).filter(|&i| stakes[i] > 0.0 && brackets[i] > -NEAR).collect();
    let worst = near.iter().map(|&i| brackets[i]).fold(0.0, f64::max);
    if near.is_empty() || !worst.is_finite() {
        return Ok(None);
    }
    // If weights have a price, mass that cancels is enough.
    let cheapest = near.iter().map(|&i| 0.5 * options.slack / stakes[i]).fold(f64::INFINITY, f64::min);
    let share = AMPLE * (worst + f64::EPSILON) / cheapest;
    if share <= MOST {
        return Ok(Some(joined(measure, &nothing(options.offset), 0.5 * share * mass)));
    }
    // The point of the agents' convex hull that is nearest to zero gives a direction in which all
    // agents lie. A sample of the states is usually enough to find it.
    let near: Vec<&Matrix> = near.iter().map(|&i| agents[i]).collect();
    let states = near[0].columns();
    let some = (ENTRIES * near.len()).div_ceil(near[0].rows()).max(2);
    let mut tried: Vec<usize> = (0..states).step_by(states.div_ceil(some)).collect();
    loop {
        let whole = tried.len() == states;
        if let Some((direction, distance)) = direction(&near, options, &tried, settings)? {
            let share = AMPLE * (worst + f64::EPSILON) / distance;
            if share <= MOST {
                return Ok(Some(joined(measure, &direction, share * mass)));
            }
        }
        if whole || settings.stopped().is_some() {
            return Ok(None);
        }
        tried = (0..states).collect();
    }
}

/// A measure on some states under which every agent's integral is negative, and the least magnitude
/// of these integrals as a fraction of the agents' stakes. None if there is none.
fn direction(
    agents: &[&Matrix],
    options: &AlignOptions,
    states: &[usize],
    settings: &Settings,
) -> Result<Option<(Measure, f64)>, AlignError> {
    let stakes: Vec<f64> = agents.iter().map(|agent| options.offset.stake(agent)).collect();
    let part = |agent: &Matrix| Matrix::from_fn(agent.rows(), states.len(), |a, y| agent[(a, states[y])]);
    let parts: Vec<Matrix> = agents.iter().map(|agent| part(agent)).collect();
    let parts: Vec<&Matrix> = parts.iter().collect();
    let zero = Matrix::from_fn(agents[0].rows(), states.len(), |_, _| 0.0);
    let options = AlignOptions { simplex: true, slack: 0.0, ..*options };
    let reduced = Reduced::alike(&zero, &parts, &options);
    let mut found = search(&reduced, &options, settings)?.measure;
    match &mut found {
        Measure::Entries(entries) => entries.iter_mut().for_each(|entry| entry.1 = states[entry.1]),
        Measure::Pairs(pairs) => pairs.iter_mut().for_each(|(above, below, _)| {
            above.1 = states[above.1];
            below.1 = states[below.1];
        }),
    }
    let integrals = agents.iter().zip(&stakes).map(|(agent, stake)| bracket(agent, &options, &found) / stake);
    let distance = -integrals.fold(f64::NEG_INFINITY, f64::max);
    Ok((distance > 0.0).then_some((found, distance)))
}

/// A measure under which every integral is zero.
fn nothing(offset: Offset) -> Measure {
    match offset {
        Offset::None => Measure::Entries(vec![(0, 0, 1.0), (0, 0, -1.0)]),
        _ => Measure::Pairs(vec![((0, 0), (0, 0), 1.0)]),
    }
}

/// The sum of a measure and a multiple of another.
fn joined(measure: &Measure, other: &Measure, times: f64) -> Measure {
    match (measure, other) {
        (Measure::Entries(entries), Measure::Entries(others)) => {
            let others = others.iter().map(|&(action, state, mass)| (action, state, times * mass));
            Measure::Entries(entries.iter().copied().chain(others).collect())
        }
        (Measure::Pairs(pairs), Measure::Pairs(others)) => {
            let others = others.iter().map(|&(above, below, mass)| (above, below, times * mass));
            Measure::Pairs(pairs.iter().copied().chain(others).collect::<Vec<Pair>>())
        }
        _ => measure.clone(),
    }
}
