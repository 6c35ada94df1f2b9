//! A closer computation of the set of equilibria, for games in which roundings matter too much.
//!
//! If a state is rare, the user's value of information may be a trillionth of her stake, and the
//! frontiers of all agents lie in the last digits of her values. In that case the game is solved
//! once more: in differences to full information, which have last digits of their own; with
//! frontiers computed to twice the precision; and in units of the user's value of information, and
//! of what each agent can gain or lose by it.
//!
//! One tolerance remains: how far the frontier of the sum may be from the sum of the frontiers
//! where the two meet. It is reduced until the worst equilibrium found is an equilibrium in exact
//! arithmetic.

use super::set::Equilibria;
use super::{BestAgentGame, FrontierOf, Known, weighted_sum};
use rayon::prelude::*;
use std::sync::Mutex;
use suasion_certificate::{Proof, Rational, Reply, TOLERANCE};
use suasion_model::{LeveledGame, Objective};
use suasion_persuasion::{FrontierSearch, Sender};

/// The possible errors of a frontier's value, relative to the stake. They are tried one after
/// another.
const ERRORS: [f64; 4] = [5e-9, 5e-11, 5e-13, 5e-15];
/// An agent's stake is at least this part of its total stake: below it there are only roundings.
const LEAST: f64 = 1e-8;
/// A gain below this part of the stake is surely within what certificates allow.
const CLEAR: f64 = 0.5 * TOLERANCE;
/// Values may have an error of this part of their size.
const ROUNDINGS: f64 = 32.0 * f64::EPSILON;

impl<S: Sender> BestAgentGame<'_, S> {
    /// The same game for a closer computation; `None` if the game is too large for that, agents do
    /// not share their information, or there is no closer computation for this way to communicate.
    fn closely(&self) -> Option<Self> {
        let agents = self.agents();
        let level = LeveledGame::bare(self.instance, self.prior);
        let sender = (self.make)(&level, 0).ok()?;
        let search = |objective: Objective| sender.search_closely(&objective, &self.settings);
        let all = (0..agents).into_par_iter();
        let mut searches = all.map(|i| search(Objective::agent(i))).collect::<Option<Vec<_>>>()?;
        let units = level.agent_units().iter();
        let stakes = searches.iter().zip(units).enumerate().map(|(i, (search, unit))| {
            // A small value is only the rounding error of the other values.
            stake(&sender, i, &search.frontier(&sender)).max(LEAST * unit)
        });
        // Powers of two, so that the sum is rounded only once.
        let weights: Vec<f64> = stakes.map(|stake| (-stake.log2()).round().clamp(-1000.0, 1000.0).exp2()).collect();
        searches.push(search(weighted_sum(&weights))?);
        let worth = sender.most() - sender.values(&sender.no_information()).user;
        let unit = if worth > 0.0 { worth } else { level.user_unit() };
        Some(Self {
            instance: self.instance,
            prior: self.prior,
            settings: self.settings.clone(),
            level,
            make: self.make.clone(),
            weights,
            unit,
            precise: true,
            searches: searches.into_iter().map(Mutex::new).collect(),
            monopoly: None,
            senders: vec![sender],
        })
    }
}

impl<S: Sender> Known<'_, '_, S>
where
    S::Communication: Rational,
{
    /// The set as found, or the set of a closer computation. The latter is used if the worst
    /// equilibrium found is not an equilibrium in exact arithmetic, and the worst one of the closer
    /// computation is.
    pub(super) fn surely(&self, found: Equilibria<S::Communication>) -> Equilibria<S::Communication> {
        if self.agents() == 1 || self.is_clear(&found) || self.holds(&found) {
            return found;
        }
        let Some(closer) = self.game.closely() else { return found };
        let mut sets = ERRORS.into_iter().filter_map(|error| {
            let mut known = closer.known();
            known.set(found.slack, error).ok().filter(|next| known.holds(next))
        });
        sets.next().unwrap_or(found)
    }

    /// Whether floating point shows that the worst equilibrium is one, in spite of all roundings.
    fn is_clear(&self, found: &Equilibria<S::Communication>) -> bool {
        let Some(offer) = found.worst.proof.offers.first() else { return false };
        // Nobody can outbid full information.
        let Some(scheme) = &offer.scheme else { return true };
        let sender = &self.senders[0];
        let (own, none) = (sender.values(scheme), sender.values(&sender.no_information()));
        found.worst.proof.replies.iter().enumerate().all(|(i, Reply { multiplier, bound })| {
            let most = sender.bounded(&Objective::agent(i), *multiplier, bound) - multiplier * own.user;
            let (hers, own, none) = (own.user, own.agents[i], none.agents[i]);
            let full = self.frontiers[i].vertices.last().map_or(own, |vertex| vertex.objective_value);
            let spread = own.max(full).max(none) - own.min(full).min(none);
            let Some(total) = sender.total_multiplier(bound) else { return true };
            let priced = multiplier + total;
            let rounded = ROUNDINGS * (own.abs() + 1.0 / self.weights[i] + priced * (hers.abs() + self.unit));
            most - own - found.slack + rounded <= CLEAR * spread
        })
    }

    /// Whether the worst equilibrium is one in exact arithmetic.
    fn holds(&self, found: &Equilibria<S::Communication>) -> bool {
        let proof = found.worst.proof.clone();
        proof.certify(self.instance).is_ok_and(|(_, verdict)| verdict.certified())
    }
}

/// An agent's possible gain or loss: its stake between its optimum, full information and no
/// information.
fn stake<S: Sender>(sender: &S, agent: usize, frontier: &FrontierOf<S>) -> f64 {
    let none = sender.values(&sender.no_information()).agents[agent];
    let values = frontier.vertices.iter().map(|vertex| vertex.objective_value).chain([none]);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), value| (l.min(value), h.max(value)));
    high - low
}
