//! A profile: the agents' schemes, and the user's plan.

use super::AllAgentsGame;
use super::heard::Group;
use crate::EquilibriumError;
use std::collections::BTreeMap;
use suasion_model::{ExperimentScheme, SignalScheme, Situation};

/// Signals whose posteriors differ by less than this count as one.
const ALIKE: f64 = 1e-9;

/// The agents' schemes, and the user's action for all that she may observe.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The scheme of every agent, by agent.
    pub schemes: Vec<SignalScheme>,
    /// The user's action, by her type and the signals of all agents; empty for a quantal user, who
    /// has no plan.
    pub plan: BTreeMap<(usize, Vec<usize>), usize>,
}

/// The value of a profile.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Worth {
    pub user: f64,
    pub agents: Vec<f64>,
}

impl AllAgentsGame<'_> {
    /// These schemes with the user's best response. If she is indifferent, she takes the action of
    /// `preferred`, or the first best action.
    pub(super) fn profile(
        &self,
        schemes: Vec<SignalScheme>,
        mut preferred: impl FnMut(usize, &[usize]) -> Option<usize>,
    ) -> Result<Profile, EquilibriumError> {
        self.check_size(&schemes)?;
        if self.eta.is_some() {
            return Ok(Profile { schemes, plan: BTreeMap::new() });
        }
        let decide = |((user, signals), group): ((usize, Vec<usize>), Group)| {
            let wanted = preferred(user, &signals);
            let mut best = group.best();
            let first = best.next().unwrap_or(0);
            let action = wanted.filter(|&a| a == first || best.any(|b| b == a)).unwrap_or(first);
            ((user, signals), action)
        };
        let plan = self.heard(&schemes).into_iter().map(decide).collect();
        Ok(Profile { schemes, plan })
    }

    /// The profile in which one agent changes to an experiment against the extended types that it
    /// faces. Ties are broken as the experiment assigns actions.
    pub(super) fn deviated(
        &self,
        profile: &Profile,
        agent: usize,
        kinds: &[(usize, Vec<usize>)],
        menus: &ExperimentScheme,
    ) -> Result<Profile, EquilibriumError> {
        let mut schemes = profile.schemes.clone();
        let signals = menus.messages.iter().map(|message| message.probabilities.clone()).collect();
        schemes[agent] = SignalScheme { signals };
        self.profile(schemes, |user, signals| {
            let mut others = signals.to_vec();
            let own = others.remove(agent);
            let kind = kinds.binary_search_by(|(t, s)| (*t, s).cmp(&(user, &others))).ok()?;
            Some(menus.messages[own].menu[kind])
        })
    }

    /// Checks that schemes belong to this game: one per agent, plausible, each signal's
    /// observations in increasing order.
    pub(super) fn checked(&self, schemes: Vec<SignalScheme>) -> Result<Vec<SignalScheme>, EquilibriumError> {
        if schemes.len() != self.agents() {
            let (found, expected) = (schemes.len() as f64, "one per agent");
            return Err(EquilibriumError::Number { what: "the number of schemes", found, expected });
        }
        for scheme in &schemes {
            let mut totals = vec![0.0; self.observations];
            for &(x, probability) in scheme.signals.iter().flatten() {
                let Some(total) = totals.get_mut(x) else {
                    let expected = "below the number of observations";
                    return Err(EquilibriumError::Number { what: "an observation", found: x as f64, expected });
                };
                *total += probability;
                if !(probability > 0.0 && probability <= 1.0) {
                    let expected = "above 0 and at most 1";
                    return Err(EquilibriumError::Number { what: "a probability", found: probability, expected });
                }
            }
            if let Some(&found) = totals.iter().find(|total| **total != 1.0) {
                let what = "the sum of an observation's probabilities";
                return Err(EquilibriumError::Number { what, found, expected: "1 exactly" });
            }
        }
        Ok(schemes)
    }

    pub(super) fn worth(&self, profile: &Profile) -> Worth {
        let mut worth = Worth { user: 0.0, agents: vec![0.0; self.agents()] };
        for (key, group) in &self.heard(&profile.schemes) {
            for (action, &p) in self.played(profile, key, group).iter().enumerate().filter(|(_, p)| **p > 0.0) {
                worth.user += p * group.user[action];
                for (sum, values) in worth.agents.iter_mut().zip(&group.agents) {
                    *sum += p * values[action];
                }
            }
        }
        worth
    }

    /// The probability of each action, given what the user observes.
    fn played(&self, profile: &Profile, key: &(usize, Vec<usize>), group: &Group) -> Vec<f64> {
        match profile.plan.get(key) {
            Some(&action) => (0..self.actions()).map(|a| f64::from(u8::from(a == action))).collect(),
            None => self.response(group),
        }
    }

    /// The probability of these signals in a world, by schemes that are given as dense tables.
    pub(super) fn said(&self, dense: &[Vec<f64>], world: &Situation, signals: &[usize]) -> f64 {
        let sent = signals.iter().zip(dense).zip(&world.observations);
        sent.map(|((&s, dense), &x)| dense[s * self.observations + x]).product()
    }

    /// The joint distribution of the user's action and of the world, `[worlds][actions]`.
    pub(super) fn happens(&self, profile: &Profile) -> Vec<Vec<f64>> {
        let mut outcome = vec![vec![0.0; self.actions()]; self.worlds.len()];
        let dense: Vec<Vec<f64>> = profile.schemes.iter().map(|scheme| scheme.dense(self.observations)).collect();
        for (key, group) in self.heard(&profile.schemes) {
            let played = self.played(profile, &key, &group);
            for (world, sums) in self.worlds.iter().zip(&mut outcome).filter(|(world, _)| world.user == key.0) {
                let mass = world.probability * self.said(&dense, world, &key.1);
                for (sum, p) in sums.iter_mut().zip(&played) {
                    *sum += mass * p;
                }
            }
        }
        outcome
    }

    /// The profile in which one agent changes to a scheme of signals.
    pub(super) fn changed(
        &self,
        profile: &Profile,
        agent: usize,
        scheme: SignalScheme,
    ) -> Result<Profile, EquilibriumError> {
        let mut schemes = profile.schemes.clone();
        schemes[agent] = scheme;
        Ok(self.canonical(self.profile(schemes, |_, _| None)?))
    }

    /// The profile without redundant signals. Signals with the same posterior and the same action
    /// are merged, and signals that are never sent are removed.
    pub(super) fn canonical(&self, profile: Profile) -> Profile {
        let mut profile = profile;
        for agent in 0..self.agents() {
            profile = merged(profile, agent);
        }
        profile
    }
}

/// The profile in which one agent's signals with the same posterior and the same action are merged.
fn merged(profile: Profile, agent: usize) -> Profile {
    // The user's action upon each signal of the agent, by her other information.
    let mut upon: Vec<BTreeMap<(usize, Vec<usize>), usize>> =
        vec![BTreeMap::new(); profile.schemes[agent].signals.len()];
    for ((user, signals), &action) in &profile.plan {
        let mut others = signals.clone();
        let own = others.remove(agent);
        upon[own].insert((*user, others), action);
    }
    let signals = &profile.schemes[agent].signals;
    let shape = |s: usize| {
        let total: f64 = signals[s].iter().map(|(_, p)| p).sum();
        signals[s].iter().map(|&(x, p)| (x, p / total)).collect::<Vec<_>>()
    };
    let mut kept: Vec<usize> = Vec::new();
    let mut became: Vec<usize> = Vec::with_capacity(signals.len());
    for s in 0..signals.len() {
        let alike = |&other: &usize| {
            let near = |(l, r): (&(usize, f64), &(usize, f64))| l.0 == r.0 && (l.1 - r.1).abs() < ALIKE;
            let (a, b) = (shape(s), shape(other));
            a.len() == b.len() && a.iter().zip(&b).all(near) && upon[s] == upon[other]
        };
        let place = kept.iter().position(alike).unwrap_or_else(|| {
            kept.push(s);
            kept.len() - 1
        });
        became.push(place);
    }
    if kept.len() == signals.len() {
        return profile;
    }
    let mut sums = vec![BTreeMap::<usize, f64>::new(); kept.len()];
    for (s, probabilities) in signals.iter().enumerate() {
        for &(x, p) in probabilities {
            *sums[became[s]].entry(x).or_insert(0.0) += p;
        }
    }
    // Probabilities are multiples of 2^-53, so these sums are exact.
    let signals = sums.into_iter().map(|signal| signal.into_iter().collect()).collect();
    let mut schemes = profile.schemes.clone();
    schemes[agent] = SignalScheme { signals };
    let plan = profile.plan.into_iter().map(|((user, mut signals), action)| {
        signals[agent] = became[signals[agent]];
        ((user, signals), action)
    });
    Profile { plan: plan.collect(), schemes }
}
