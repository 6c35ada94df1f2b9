//! What `equilibria --game all-agents` says.

use super::{About, AlignmentPart, Reference, below, observation, typed::type_name};
use crate::commands::joint::JointGame;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use suasion_certificate::{JointCertificate, Verdict};
use suasion_equilibrium::{EquilibriumError, bound};
use suasion_model::{Instance, Protocol};

/// With which probability an agent sends a signal, in a state or upon an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentRow {
    pub agent: String,
    pub state: String,
    /// Signals are numbered from 1, agent by agent.
    pub signal: usize,
    pub probability: f64,
}

/// What the user does upon all that she knows and hears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    /// What she knows by herself, if anything.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The signal of every agent, from 1.
    pub signals: Vec<usize>,
    pub action: String,
}

/// A profile that dynamics ended in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointProfile {
    pub user_value: f64,
    /// The agents' values, in the order of the instance.
    pub values: Vec<f64>,
    /// What each agent gains at most by another scheme, however ties are broken then; none where that is not bounded.
    pub regrets: Vec<Option<f64>>,
    /// How far (in total variation) what happens is from full information if one agent alone switches to telling all.
    pub distances: Vec<f64>,
    /// Whether it is the same for every agent: the condition of an identical induced distribution.
    pub identical: bool,
    /// What the hull promises the user in this profile; none where regrets are not bounded.
    pub bound: Option<f64>,
    /// Where they converse there are no schemes; `suasion converse` tells what is said under the rules of the certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemes: Vec<SentRow>,
    /// What the user does; a quantal one has no plan, and that of a conversation is in the certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<PlanRow>,
    /// How many starts of each kind led here.
    pub starts: BTreeMap<String, usize>,
    /// Whether regrets are bounded as if agents could say more than they can, so that they may be too large.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relaxed: bool,
    /// Whether it is proved to be an equilibrium within the slack.
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<JointCertificate>,
}

impl JointProfile {
    pub fn new(
        instance: &Instance,
        game: &JointGame<'_>,
        certificate: JointCertificate,
        verdict: &Verdict,
        alignment: &AlignmentPart,
        (starts, relaxed, keep): (BTreeMap<String, usize>, bool, bool),
    ) -> Result<Self, EquilibriumError> {
        let switches = game.switches(&certificate)?;
        let (user_value, regrets) = (certificate.user_value(), certificate.regrets());
        let losses: Vec<f64> = switches
            .iter()
            .zip(&regrets)
            .zip(&instance.agents)
            .map(|((switch, regret), agent)| {
                let (low, high) = agent.utility.range();
                regret.unwrap_or(f64::INFINITY) + switch.distance * (high - low)
            })
            .collect();
        let promised = bound(game.full_information(), alignment.alignment.error, &alignment.alignment.weights, &losses);
        let promised = promised.is_finite().then_some(promised);
        // That an equilibrium falls short of it would be a fault of this program.
        let kept = promised.is_none_or(|least| !below(user_value, least, &certificate.agent_values(), alignment));
        let schemes = certificate.schemes().iter().zip(&instance.agents).flat_map(|(scheme, agent)| {
            scheme.signals.iter().enumerate().flat_map(move |(signal, sent)| {
                sent.iter().map(move |&(x, probability)| SentRow {
                    agent: agent.name.clone(),
                    state: observation(instance, x),
                    signal: signal + 1,
                    probability,
                })
            })
        });
        let plan = certificate.plan().iter().map(|decision| PlanRow {
            of: (instance.types() > 1).then(|| type_name(instance, decision.user)),
            signals: decision.signals.iter().map(|signal| signal + 1).collect(),
            action: instance.actions.name(decision.action),
        });
        Ok(Self {
            user_value,
            values: certificate.agent_values(),
            regrets,
            distances: switches.iter().map(|switch| switch.distance).collect(),
            identical: switches.iter().all(|switch| switch.identical),
            bound: promised,
            schemes: schemes.collect(),
            plan: plan.collect(),
            starts,
            relaxed,
            certified: verdict.certified() && kept,
            certificate: keep.then_some(certificate),
        })
    }
}

/// The equilibria of the all-agents game that were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointEquilibria {
    /// `all-agents`.
    pub game: String,
    /// Never: these are the equilibria that were found, and there may be others.
    pub exact: bool,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// How they converse, if they do in many rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// By how much an agent may gain by another scheme.
    pub slack: f64,
    /// What an agent gains at most by another scheme in any of the equilibria; none where that is not bounded, or there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<f64>,
    pub margin: f64,
    pub seed: u64,
    /// How many starts there were.
    pub starts: usize,
    /// How many of them led to no equilibrium: dynamics went round in a cycle.
    pub unsettled: usize,
    /// How many were given up, since there were too many combinations of signals.
    pub too_large: usize,
    /// With as much slack, a profile that they went through might be an equilibrium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<f64>,
    /// The lowest value of the user in an equilibrium that was found; none if none was.
    pub worst_user_value: Option<f64>,
    /// The highest.
    pub best_user_value: Option<f64>,
    /// The least that the hull promises the user in one of them.
    pub bound: Option<f64>,
    /// Distinct profiles, equilibria first, in increasing order of the user's value.
    pub profiles: Vec<JointProfile>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl JointEquilibria {
    /// What follows from the profiles.
    pub fn assembled(self) -> Self {
        let mut equilibria = self.profiles.iter().filter(|profile| profile.certified);
        let first = equilibria.next();
        let last = equilibria.next_back().or(first);
        let lowest = self.profiles.iter().filter(|profile| profile.certified).filter_map(|profile| profile.bound);
        Self {
            worst_user_value: first.map(|profile| profile.user_value),
            best_user_value: last.map(|profile| profile.user_value),
            regret: first.and_then(|_| largest_regret(self.profiles.iter().filter(|profile| profile.certified))),
            bound: lowest.reduce(f64::min),
            certified: first.is_some(),
            ..self
        }
    }
}

/// The largest regret of some profiles; none where one is not bounded.
fn largest_regret<'p>(profiles: impl Iterator<Item = &'p JointProfile>) -> Option<f64> {
    let regrets: Option<Vec<f64>> = profiles.flat_map(|profile| profile.regrets.iter().copied()).collect();
    regrets.map(|regrets| regrets.into_iter().fold(0.0, f64::max))
}

/// What `equilibria --game all-agents` says of an instance at a prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointResult {
    #[serde(flatten)]
    pub about: About,
    pub user_value: Reference,
    pub alignment: AlignmentPart,
    #[serde(flatten)]
    pub equilibria: JointEquilibria,
}
