//! The game in numbers that decide something.
//!
//! A function of the state alone, added to a utility, changes no choice; but if it is large, what
//! does decide drowns in its roundings. So games are solved in utilities without it: from each
//! column an entry of the same column is taken off, that of the action which is best for the user
//! there. Differences of binary64 numbers are rounded once, so that what is left is exact to the
//! last digit of itself. Certificates are about the game as it was given; only values have to be
//! brought back. Where nothing would be won, nothing is taken off.
//!
//! The *unit* of a party is what is at stake for it: over all states, by their mass, the range of
//! its utility over the actions that the user may ever take. Actions that another one beats in
//! every state with mass are none of these.

use crate::{Instance, Level, Matrix, Situation};
use std::borrow::Cow;

/// Columns that are larger than what is at stake in them by this factor are moved.
const LARGE: f64 = 4.0;

/// An instance at a prior without functions of the state alone, and their values.
#[derive(Clone, Debug)]
pub struct LeveledGame<'a> {
    /// The game to be solved.
    pub instance: Cow<'a, Instance>,
    /// The number of the prior.
    prior: usize,
    /// What was taken off: the expected value, `[1 + agents]`, the user first.
    taken: Vec<Level>,
    /// What is at stake for each party, or 1 where nothing is, `[1 + agents]`, the user first.
    units: Vec<f64>,
    /// The range of the user's utility in each state, over the actions that she may ever take,
    /// `[states]`.
    user_ranges: Vec<f64>,
}

impl<'a> LeveledGame<'a> {
    /// The instance at prior number `prior`, which it has.
    #[must_use]
    pub fn new(instance: &'a Instance, prior: usize) -> Self {
        Self::moving(instance, prior, false)
    }

    /// The same with nothing but differences to what is best for the user: her full information is
    /// worth zero, and what is next to it is known to its last digits.
    #[must_use]
    pub fn bare(instance: &'a Instance, prior: usize) -> Self {
        Self::moving(instance, prior, true)
    }

    fn moving(instance: &'a Instance, prior: usize, always: bool) -> Self {
        let situations = instance.situations(prior);
        let mut mass = vec![0.0; instance.states.len()];
        for situation in &situations {
            mass[situation.state] += situation.probability;
        }
        let states: Vec<usize> = (0..mass.len()).filter(|&state| mass[state] > 0.0).collect();
        let user = &instance.user.utility;
        let kept = undominated(user, &states);
        let reference: Vec<usize> = (0..mass.len()).map(|state| best(user, &kept, state)).collect();
        let parties: Vec<Column<'_>> = std::iter::once(&instance.user)
            .chain(&instance.agents)
            .map(|party| Column { utility: &party.utility, kept: &kept, states: &states, reference: &reference })
            .collect();
        let units = parties.iter().map(|party| party.stake(&mass)).collect();
        let moved: Vec<bool> =
            parties.iter().map(|party| party.is_movable() && (always || party.is_lifted(&mass))).collect();
        let user_ranges = (0..mass.len()).map(|state| parties[0].range(state)).collect();
        let taken = vec![Level::default(); moved.len()];
        let mut level = Self { instance: Cow::Borrowed(instance), prior, taken, units, user_ranges };
        for (party, _) in moved.iter().enumerate().filter(|(_, moved)| **moved) {
            let game = level.instance.to_mut();
            let own = if party == 0 { &mut game.user } else { &mut game.agents[party - 1] };
            let utility = &own.utility;
            level.taken[party] = expected(utility, &situations, &reference);
            own.utility =
                Matrix::from_fn(utility.rows(), utility.columns(), |a, y| utility[(a, y)] - utility[(reference[y], y)]);
        }
        level
    }

    /// The instance as it is, with the units of its parties.
    #[must_use]
    pub fn units_alone(instance: &'a Instance, prior: usize) -> Self {
        let level = Self::new(instance, prior);
        let taken = vec![Level::default(); level.units.len()];
        Self { instance: Cow::Borrowed(instance), taken, ..level }
    }

    /// The number of the prior.
    #[must_use]
    pub fn prior(&self) -> usize {
        self.prior
    }

    /// What was taken off the user's values.
    #[must_use]
    pub fn user(&self) -> Level {
        self.taken[0]
    }

    /// What was taken off an agent's values.
    #[must_use]
    pub fn agent(&self, agent: usize) -> Level {
        self.taken[agent + 1]
    }

    /// What is at stake for the user, or 1 where nothing is.
    #[must_use]
    pub fn user_unit(&self) -> f64 {
        self.units[0]
    }

    /// What is at stake for the user in a state.
    #[must_use]
    pub fn user_stake(&self, state: usize) -> f64 {
        self.user_ranges[state]
    }

    /// What is at stake for each agent, or 1 where nothing is.
    #[must_use]
    pub fn agent_units(&self) -> &[f64] {
        &self.units[1..]
    }
}

/// A number in which exponentials have a part, without its last digits, which may differ from
/// machine to machine; `unit` is what is at stake.
#[must_use]
pub fn settled(number: f64, unit: f64) -> f64 {
    const DIGITS: f64 = 1e12;
    // A power of ten, so that what is kept are digits.
    let unit = 10f64.powi(unit.log10().ceil().clamp(-290.0, 290.0) as i32);
    let rounded = (number / unit * DIGITS).round() / DIGITS * unit;
    if rounded.is_finite() { rounded } else { number }
}

/// What is at stake for every party, the user first: by mass, the range of its utility over the
/// actions that the user may ever take; 1 where that is nothing. A function of the state alone and
/// actions that another one beats everywhere are no part of it.
///
/// # Panics
/// If there is no such prior.
#[must_use]
pub fn stakes(instance: &Instance, prior: usize) -> Vec<f64> {
    LeveledGame::new(instance, prior).units
}

/// A utility where it matters.
struct Column<'a> {
    utility: &'a Matrix,
    kept: &'a [usize],
    states: &'a [usize],
    /// The action that is best for the user, `[states]`.
    reference: &'a [usize],
}

impl Column<'_> {
    fn range(&self, state: usize) -> f64 {
        let entries = || self.kept.iter().map(|&a| self.utility[(a, state)]);
        entries().fold(f64::NEG_INFINITY, f64::max) - entries().fold(f64::INFINITY, f64::min)
    }

    fn stake(&self, mass: &[f64]) -> f64 {
        let stake: f64 = self.states.iter().map(|&state| mass[state] * self.range(state)).sum();
        if stake > 0.0 && stake.is_finite() { stake } else { 1.0 }
    }

    /// Whether the columns are large where ranges are small.
    fn is_lifted(&self, mass: &[f64]) -> bool {
        let size = |y: usize| mass[y] * self.utility[(self.reference[y], y)].abs();
        let range = |y: usize| mass[y] * self.range(y);
        let sum = |of: &dyn Fn(usize) -> f64| self.states.iter().map(|&y| of(y)).sum::<f64>();
        sum(&size) > LARGE * sum(&range)
    }

    /// Whether all differences are numbers.
    fn is_movable(&self) -> bool {
        let finite = |(a, y): (usize, usize)| (self.utility[(a, y)] - self.utility[(self.reference[y], y)]).is_finite();
        let mut all = (0..self.utility.rows()).flat_map(|a| (0..self.utility.columns()).map(move |y| (a, y)));
        all.all(finite)
    }
}

/// The actions that no other one beats in every state with mass.
#[must_use]
pub fn undominated(user: &Matrix, states: &[usize]) -> Vec<usize> {
    let beats = |b: usize, a: usize| states.iter().all(|&y| user[(b, y)] > user[(a, y)]);
    let actions = 0..user.rows();
    actions.clone().filter(|&a| states.is_empty() || !actions.clone().any(|b| beats(b, a))).collect()
}

/// The action among some that is best for the user in a state; of several, the first.
fn best(user: &Matrix, kept: &[usize], state: usize) -> usize {
    let better = |best: usize, &a: &usize| if user[(a, state)] > user[(best, state)] { a } else { best };
    kept.iter().fold(kept.first().copied().unwrap_or(0), better)
}

fn expected(utility: &Matrix, situations: &[Situation], reference: &[usize]) -> Level {
    let mut sum = Level::default();
    for Situation { probability, state, .. } in situations {
        sum.add(*probability, utility[(reference[*state], *state)]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beaten_actions_decide_nothing() {
        let user = Matrix::new(3, 2, vec![1.0, 0.0, 0.0, 1.0, -1e9, -1e9]);
        assert_eq!(undominated(&user, &[0, 1]), [0, 1]);
        assert_eq!(undominated(&user, &[1]), [1]);
    }
}
