//! The set of equilibria looked at more closely, where roundings got the better of it.
//!
//! If a state is rare, all that information is worth to the user may be a trillionth of what is at
//! stake for her, and the frontiers of all agents lie in the last digits of her values. Then the
//! game is solved once more: in differences to full information, which are known to their own last
//! digits; with frontiers found to twice the precision; and in units of what information is worth
//! to the user, and of what each agent can gain or lose by it.
//!
//! What remains is by how much the frontier of the sum may miss the sum of the frontiers where it
//! meets it. That is made smaller until the worst equilibrium found is one in exact arithmetic.

use super::set::Equilibria;
use super::{BestAgentGame, Known, leveled_by, weighted_sum};
use rayon::prelude::*;
use std::sync::Mutex;
use suasion_certificate::{Multiplier, Reply, TOLERANCE, upper_bound};
use suasion_model::LeveledGame;
use suasion_model::{Instance, Objective, Scheme, View};
use suasion_persuasion::{Frontier, FrontierSearch, Settings, Talk};

/// By how much, relative to what is at stake, the value of a frontier may be wrong, one after
/// another.
const ERRORS: [f64; 4] = [5e-9, 5e-11, 5e-13, 5e-15];
/// Such a part of all that is at stake for an agent is at stake in any case: below it there are
/// only roundings.
const LEAST: f64 = 1e-8;
/// A gain below this part of what is at stake is beyond doubt within what certificates allow.
const CLEAR: f64 = 0.5 * TOLERANCE;
/// Values may be off by this part of their size.
const ROUNDED: f64 = 32.0 * f64::EPSILON;
/// By what parts multipliers of obedience are raised, so that no rounding of theirs prices what is
/// hardly ever recommended above all else.
const RAISED: [f64; 4] = [4.0 * f64::EPSILON, 1e-14, 1e-13, 1e-12];
/// Up to so many multipliers are raised one by one.
const FEW: usize = 20;

impl<'a> BestAgentGame<'a> {
    /// The same game, looked at closely; none where it is too large for that, or agents do not
    /// share their information.
    fn closely(instance: &'a Instance, prior: usize, settings: &Settings) -> Option<Self> {
        let agents = instance.agents.len();
        let (level, views) = leveled_by(LeveledGame::bare, instance, prior, 1).ok()?;
        let view = &views[0];
        let search = |objective: Objective| FrontierSearch::precise(view, objective.utility(view), settings);
        let all = (0..agents).into_par_iter();
        let mut searches = all.map(|i| search(Objective::agent(i))).collect::<Option<Vec<_>>>()?;
        let units = level.agent_units().iter();
        let stakes = searches.iter().zip(units).enumerate().map(|(i, (search, unit))| {
            // What is little is nothing else than what roundings of the rest are.
            stake(view, i, &search.frontier(view)).max(LEAST * unit)
        });
        // Powers of two, so that the sum is rounded once.
        let weights: Vec<f64> = stakes.map(|stake| (-stake.log2()).round().clamp(-1000.0, 1000.0).exp2()).collect();
        searches.push(search(weighted_sum(&weights))?);
        let worth = view.full_information() - view.no_information().1;
        let unit = if worth > 0.0 { worth } else { level.user_unit() };
        Some(Self {
            instance,
            prior,
            settings: settings.clone(),
            level,
            weights,
            unit,
            precise: true,
            searches: searches.into_iter().map(Mutex::new).collect(),
            lone: None,
            views,
        })
    }
}

impl Known<'_, '_> {
    /// What was found, or what is found by a closer look if its worst equilibrium is none in exact
    /// arithmetic, and a closer look finds one that is.
    pub(super) fn surely(&self, found: Equilibria) -> Equilibria {
        if self.agents() == 1 || self.is_clear(&found) || self.holds(&found) {
            return found;
        }
        let Some(closer) = BestAgentGame::closely(self.instance, self.prior, &self.settings) else { return found };
        let mut sets = ERRORS.into_iter().filter_map(|error| {
            let mut known = closer.known();
            known.set(found.slack, error).ok().filter(|next| known.holds(next))
        });
        sets.next().unwrap_or(found)
    }

    /// Whether the worst equilibrium is one as far as floating point tells, and beyond all
    /// roundings.
    fn is_clear(&self, found: &Equilibria) -> bool {
        let Some(offer) = found.worst.proof.offers.first() else { return false };
        let (scheme, view) = (&offer.scheme, &self.views[0]);
        if scheme.entries.is_empty() {
            // Nobody can outbid full information.
            return true;
        }
        let (silent, hers) = (view.silence(), scheme.value(&view.prior, &view.user));
        found.worst.proof.replies.iter().enumerate().all(|(i, Reply { multiplier, multipliers })| {
            let value = |scheme: &Scheme| scheme.value(&view.prior, &view.agents[i]);
            let most = view.bounded(&Objective::agent(i), *multiplier, multipliers) - multiplier * hers;
            let (own, none) = (value(scheme), value(&silent));
            let full = self.frontiers[i].vertices.last().map_or(own, |vertex| vertex.objective_value);
            let spread = own.max(full).max(none) - own.min(full).min(none);
            let priced = multiplier + multipliers.iter().map(|multiplier| multiplier.value).sum::<f64>();
            let rounded = ROUNDED * (own.abs() + 1.0 / self.weights[i] + priced * (hers.abs() + self.unit));
            most - own - found.slack + rounded <= CLEAR * spread
        })
    }

    /// Whether the worst equilibrium is one in exact arithmetic.
    fn holds(&self, found: &Equilibria) -> bool {
        let proof = found.worst.proof.clone();
        proof.certify(self.instance).is_ok_and(|(_, verdict)| verdict.certified())
    }

    /// The multipliers that in exact arithmetic bound best what an agent gets by outbidding
    /// `user_value`.
    pub(super) fn closest_reply(&self, agent: usize, user_value: f64) -> Reply {
        let frontier = &self.frontiers[agent];
        let objective = Objective::agent(agent);
        let bound = |multiplier: f64, multipliers: &[Multiplier]| {
            let bound = upper_bound(&self.level.instance, self.prior, agent, &objective, multiplier, multipliers);
            bound.map_or(f64::INFINITY, |bound| bound.at(user_value))
        };
        let mut best = (f64::INFINITY, Reply { multiplier: 0.0, multipliers: vec![] });
        for vertex in frontier.vertices[frontier.right(user_value)..].iter().take(2) {
            let (multiplier, multipliers) = vertex.multipliers();
            let (least, multipliers) = raised(multipliers, |multipliers| bound(multiplier, multipliers));
            if least < best.0 {
                best = (least, Reply { multiplier, multipliers });
            }
        }
        best.1
    }
}

/// Multipliers that are raised, all or one by one, where that lowers the bound; and the bound.
fn raised(multipliers: &[Multiplier], bound: impl Fn(&[Multiplier]) -> f64) -> (f64, Vec<Multiplier>) {
    let mut best = (bound(multipliers), multipliers.to_vec());
    let all = 0..multipliers.len();
    let single = if all.len() <= FEW { all.clone() } else { 0..0 };
    for chosen in std::iter::once(all).chain(single.map(|one| one..one + 1)) {
        let start = best.1.clone();
        for part in RAISED {
            let mut next = start.clone();
            next[chosen.clone()].iter_mut().for_each(|multiplier| multiplier.value *= 1.0 + part);
            let least = bound(&next);
            if least < best.0 {
                best = (least, next);
            }
        }
    }
    best
}

/// What an agent can gain or lose: between its optimum, full information and no information.
fn stake(view: &View<'_>, agent: usize, frontier: &Frontier) -> f64 {
    let silent = view.silence().value(&view.prior, &view.agents[agent]);
    let values = frontier.vertices.iter().map(|vertex| vertex.objective_value).chain([silent]);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), value| (l.min(value), h.max(value)));
    high - low
}
