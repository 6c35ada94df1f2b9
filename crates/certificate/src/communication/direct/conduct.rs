//! The exact value of a scheme.

use crate::error::{Place, ProofError, check_index, check_probability};
use crate::game::{Estimates, Game};
use crate::stake::best_responses;
use std::cmp::Ordering;
use std::ops::Range;
use suasion_exact::Judge;
use suasion_exact::Sum;
use suasion_model::SchemeEntry;

/// An observation that the scheme reveals with the remaining probability of its entries.
struct Revelation {
    observation: usize,
    /// The user's best action then.
    action: usize,
    /// The entries of the observation.
    entries: Range<usize>,
}

/// A plausible scheme: what it recommends, and what it reveals with the remaining probability.
pub(crate) struct Conduct<'a> {
    game: &'a Game<'a>,
    entries: &'a [SchemeEntry],
    revelations: Vec<Revelation>,
}

impl<'a> Conduct<'a> {
    /// Checks that a scheme is plausible and finds what the user does on each revelation: her best
    /// action there. Ties are broken in favor of the objective; any remaining tie goes to the first
    /// action.
    pub(crate) fn new(
        game: &'a Game<'a>,
        estimates: &Estimates,
        entries: &'a [SchemeEntry],
        judge: &mut Judge,
    ) -> Result<Self, ProofError> {
        let mut revelations = incomplete(game, entries)?;
        respond(game, estimates, &mut revelations, judge);
        Ok(Self { game, entries, revelations })
    }

    /// Adds the scheme's value to a party, times `weight`.
    pub(crate) fn add_value(&self, sum: &mut Sum, party: usize, weight: f64) {
        let game = self.game;
        for entry in self.entries {
            for cell in game.cells(entry.state) {
                sum.add([entry.probability, cell.mass, weight, game.utility(party, entry.action, cell.state)]);
            }
        }
        for revelation in &self.revelations {
            for cell in game.cells(revelation.observation) {
                let utility = game.utility(party, revelation.action, cell.state);
                sum.add([cell.mass, weight, utility]);
                for entry in &self.entries[revelation.entries.clone()] {
                    sum.subtract([entry.probability, cell.mass, weight, utility]);
                }
            }
        }
    }

    /// The observations and actions that happen.
    pub(crate) fn played(&self) -> impl Iterator<Item = (usize, usize)> {
        let recommended = self.entries.iter().map(|entry| (entry.state, entry.action));
        recommended.chain(self.revelations.iter().map(|revelation| (revelation.observation, revelation.action)))
    }
}

/// Checks the entries, and finds the observations whose probabilities sum to less than one.
/// (Observations without mass do not matter.)
fn incomplete(game: &Game<'_>, entries: &[SchemeEntry]) -> Result<Vec<Revelation>, ProofError> {
    for (k, entry) in entries.iter().enumerate() {
        let place = Place::item("scheme entry", k);
        check_index(place, "observation", entry.state, game.observations)?;
        check_index(place, "action", entry.action, game.actions)?;
        check_probability(place, entry.probability)?;
        if k > 0 && (entries[k - 1].state, entries[k - 1].action) >= (entry.state, entry.action) {
            return Err(ProofError::OutOfOrder { place });
        }
    }
    let mut revelations = Vec::new();
    let mut excess = Sum::new();
    let mut start = 0;
    for observation in 0..game.observations {
        let length = entries[start..].iter().take_while(|entry| entry.state == observation).count();
        let range = start..start + length;
        start = range.end;
        excess.clear();
        excess.subtract([1.0]);
        entries[range.clone()].iter().for_each(|entry| excess.add([entry.probability]));
        match excess.sign() {
            Ordering::Greater => {
                let place = Place::item("observation", observation);
                return Err(ProofError::Implausible { place, excess: excess.round() });
            }
            Ordering::Less if !game.cells(observation).is_empty() => {
                revelations.push(Revelation { observation, action: 0, entries: range });
            }
            _ => {}
        }
    }
    Ok(revelations)
}

/// Sets the user's action for every revelation.
fn respond(game: &Game<'_>, estimates: &Estimates, revelations: &mut [Revelation], judge: &mut Judge) {
    let place = |k: usize| revelations[k].observation..revelations[k].observation + 1;
    let actions = best_responses(game, estimates, revelations.len(), place, judge);
    for (revelation, action) in revelations.iter_mut().zip(actions) {
        revelation.action = action;
    }
}
