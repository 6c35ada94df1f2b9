//! Messages with a positive reduced value, found by climbing from menu to menu.

use crate::PersuadeError;
use crate::responses::{Candidate, Regions, Responses, respond};
use std::collections::HashSet;
use suasion_lp::Settings;

/// A climb among menus at given prices. It visits each menu once.
pub(super) struct Climb<'a> {
    game: &'a Responses,
    regions: &'a mut Regions,
    settings: &'a Settings,
    least: f64,
    seen: HashSet<Vec<usize>>,
    found: Vec<Candidate>,
}

impl<'a> Climb<'a> {
    /// Creates a climb that keeps the messages whose reduced value exceeds `least`.
    pub(super) fn new(game: &'a Responses, least: f64, regions: &'a mut Regions, settings: &'a Settings) -> Self {
        Self { game, regions, settings, least, seen: HashSet::new(), found: Vec::new() }
    }

    /// Climbs from a posterior: to the best posterior of its menu, then to the best posterior of
    /// the menu that results when ties are broken in the agent's favor, and so on while the value
    /// rises.
    ///
    /// At the best posterior of a menu, some type is usually indifferent. So breaking ties changes
    /// the action of one or two types, and the climb moves to a neighboring menu.
    pub(super) fn climb_from(&mut self, posterior: &[f64]) -> Result<(), PersuadeError> {
        self.climb(respond(self.game, posterior).responses)
    }

    /// Climbs from the menus that differ from `menu` in the action of one type.
    pub(super) fn climb_around(&mut self, menu: &[usize]) -> Result<(), PersuadeError> {
        for t in 0..menu.len() {
            for a in 0..self.game.columns() {
                let mut neighbour = menu.to_vec();
                neighbour[t] = a;
                self.climb(neighbour)?;
            }
        }
        Ok(())
    }

    fn climb(&mut self, mut menu: Vec<usize>) -> Result<(), PersuadeError> {
        if let Some(stopped) = self.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped));
        }
        while self.seen.insert(menu.clone()) {
            let Some(best) = self.regions.best(self.game, &menu)? else { break };
            let answer = respond(self.game, &best.strategy);
            let better = answer.value > best.value;
            if best.value > self.least {
                self.found.push(best);
            }
            if better {
                menu = answer.responses;
            }
        }
        Ok(())
    }

    /// Whether the climb has found nothing so far.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The messages found.
    pub(super) fn found(self) -> Vec<Candidate> {
        self.found
    }
}
