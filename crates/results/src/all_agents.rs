//! Equilibria of the all-agents game, in which the user hears every agent.

use crate::verify::{Check, Switched};
use crate::{AlignmentPart, Reference, ResultScale, observation, type_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use suasion_certificate::{AllAgentsCertificate, Verdict};
use suasion_model::{Instance, Protocol};

/// The probability that an agent sends a signal, given a state or an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentRow {
    /// The agent.
    pub agent: String,
    /// What it observes.
    pub state: String,
    /// The number of the signal; each agent's signals are numbered from 1.
    pub signal: usize,
    /// The probability.
    pub probability: f64,
}

/// The user's action, given her type and the signals that she hears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    /// Her type, if she has types.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The signal of every agent, from 1.
    pub signals: Vec<usize>,
    /// What she does.
    pub action: String,
}

/// A profile of the all-agents game that dynamics ended in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeardProfile {
    /// The user's value.
    pub user_value: f64,
    /// The agents' values, in the order of the instance.
    pub values: Vec<f64>,
    /// An upper bound of each agent's gain by another scheme, however ties are broken; `None` if
    /// there is no bound.
    pub regrets: Vec<Option<f64>>,
    /// For each agent, the distance (in total variation) of the outcome from full information if
    /// that agent alone switches to full information.
    pub distances: Vec<f64>,
    /// Whether the outcome is the same for every agent that switches: the condition of an identical
    /// induced distribution.
    pub identical: bool,
    /// The value that the hull promises the user in this profile; `None` if regrets have no bound.
    pub bound: Option<f64>,
    /// The agents' schemes. There are none with conversations; `suasion converse` prints the
    /// conversations under the rules in the certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemes: Vec<SentRow>,
    /// The user's plan. A quantal user has none, and the plan for a conversation is in the
    /// certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<PlanRow>,
    /// The number of starts of each kind that led here.
    pub starts: BTreeMap<String, usize>,
    /// Whether the bounds of the regrets are relaxed: they allow agents more messages than they
    /// have, so they may be too large.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relaxed: bool,
    /// Whether it is proved to be an equilibrium within the slack.
    pub certified: bool,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<AllAgentsCertificate>,
}

/// What a search knows about a profile besides its certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct Met {
    /// The outcomes if one agent alone switches to full information, `[agents]`.
    pub switched: Vec<Switched>,
    /// The number of starts of each kind that led to it.
    pub starts: BTreeMap<String, usize>,
    /// Whether the bounds of the regrets are relaxed.
    pub relaxed: bool,
}

impl HeardProfile {
    /// The profile of a certificate, which is kept if `keep` is set; `full` is the user's value
    /// with full information.
    #[must_use]
    pub fn new(
        instance: &Instance,
        full: f64,
        (certificate, verdict): (AllAgentsCertificate, &Verdict),
        alignment: &AlignmentPart,
        met: Met,
        keep: bool,
    ) -> Self {
        let Met { switched, starts, relaxed } = met;
        let (user_value, values, regrets) =
            (certificate.user_value(), certificate.agent_values(), certificate.regrets());
        let loss = |((switch, regret), agent): ((&Switched, &Option<f64>), &suasion_model::Party)| {
            let (low, high) = agent.utility.range();
            regret.unwrap_or(f64::INFINITY) + switch.distance * (high - low)
        };
        let losses: Vec<f64> = switched.iter().zip(&regrets).zip(&instance.agents).map(loss).collect();
        let promised = Some(alignment.promise(full, &losses)).filter(|promised| promised.is_finite());
        // An equilibrium below the promise would be a bug in this program.
        let kept = promised.is_none_or(|least| !alignment.falls_short(user_value, least, &values));
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
        Self {
            user_value,
            values,
            regrets,
            distances: switched.iter().map(|switch| switch.distance).collect(),
            identical: switched.iter().all(|switch| switch.identical),
            bound: promised,
            schemes: schemes.collect(),
            plan: plan.collect(),
            starts,
            relaxed,
            certified: verdict.certified() && kept,
            certificate: keep.then_some(certificate),
        }
    }
}

/// The equilibria of the all-agents game that were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllAgentsEquilibria {
    /// Always false: a search found these equilibria, and there may be others.
    pub exact: bool,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// The protocol, if they converse in many rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// The slack: the most that an agent may gain by another scheme.
    pub slack: f64,
    /// An upper bound of any agent's gain by another scheme in any of the equilibria; `None` if
    /// there is no bound or no equilibrium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<f64>,
    /// The margin of obedience of the search.
    pub margin: f64,
    /// The seed of the search.
    pub seed: u64,
    /// The number of starts.
    pub starts: usize,
    /// The number of starts that led to no equilibrium because the dynamics ended in a cycle.
    pub unsettled: usize,
    /// The number of starts that were given up because there were too many combinations of signals.
    pub too_large: usize,
    /// The smallest slack with which a profile of the dynamics might be an equilibrium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<f64>,
    /// The lowest value of the user in an equilibrium that was found; `None` if none was found.
    pub worst_user_value: Option<f64>,
    /// The highest.
    pub best_user_value: Option<f64>,
    /// The lowest value that the hull promises the user in one of them.
    pub bound: Option<f64>,
    /// Distinct profiles, equilibria first, in increasing order of the user's value.
    pub profiles: Vec<HeardProfile>,
    /// Whether an equilibrium was found and proved.
    pub certified: bool,
    /// Why the search ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// The settings and the course of a search for equilibria.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searched {
    /// The user's sensitivity, if she is quantal.
    pub eta: Option<f64>,
    /// The protocol, if they converse in many rounds.
    pub protocol: Option<Protocol>,
    /// The slack: the most that an agent may gain by another scheme.
    pub slack: f64,
    /// The margin of obedience.
    pub margin: f64,
    /// The seed.
    pub seed: u64,
    /// The number of starts.
    pub starts: usize,
    /// The number of starts that led to no equilibrium.
    pub unsettled: usize,
    /// The number of starts that were given up.
    pub too_large: usize,
    /// The smallest slack with which a profile of the dynamics might be an equilibrium.
    pub nearest: Option<f64>,
    /// Why it ended early, if it did.
    pub stopped: Option<String>,
}

impl AllAgentsEquilibria {
    /// The result of a search that met these profiles: equilibria first, in increasing order of the
    /// user's value.
    #[must_use]
    pub fn new(searched: Searched, profiles: Vec<HeardProfile>) -> Self {
        let Searched { eta, protocol, slack, margin, seed, starts, unsettled, too_large, nearest, stopped } = searched;
        let equilibria = || profiles.iter().filter(|profile| profile.certified);
        let regrets: Option<Vec<f64>> = equilibria().flat_map(|profile| profile.regrets.iter().copied()).collect();
        let regret = regrets.map(|regrets| regrets.into_iter().fold(0.0, f64::max));
        let first = equilibria().next();
        Self {
            exact: false,
            eta,
            protocol,
            slack,
            regret: first.and(regret),
            margin,
            seed,
            starts,
            unsettled,
            too_large,
            nearest,
            worst_user_value: first.map(|profile| profile.user_value),
            best_user_value: equilibria().next_back().map(|profile| profile.user_value),
            bound: equilibria().filter_map(|profile| profile.bound).reduce(f64::min),
            certified: first.is_some(),
            profiles,
            stopped,
        }
    }

    fn searched(&self) -> Searched {
        Searched {
            eta: self.eta,
            protocol: self.protocol.clone(),
            slack: self.slack,
            margin: self.margin,
            seed: self.seed,
            starts: self.starts,
            unsettled: self.unsettled,
            too_large: self.too_large,
            nearest: self.nearest,
            stopped: self.stopped.clone(),
        }
    }

    /// Checks that its numbers agree with each other.
    pub(crate) fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        if let (Some(worst), Some(best)) = (self.worst_user_value, self.best_user_value) {
            let (worst, best) = (("the user's value in the worst equilibrium", worst), ("in the best", best));
            measure.ordered(0, worst, best)?;
        }
        for (i, profile) in self.profiles.iter().filter(|profile| profile.certified).enumerate() {
            let what = format!("her value in equilibrium {}", i + 1);
            if self.eta.is_none() {
                measure.rational(&what, profile.user_value)?;
            }
            if let Some(bound) = profile.bound {
                measure.ordered(0, ("what the hull promises", bound), (&what, profile.user_value))?;
            }
        }
        Ok(())
    }
}

impl Check<'_, Instance> {
    /// Rebuilds the equilibria of the all-agents game. Each one is proved to be an equilibrium; the
    /// course of the search is not proved.
    pub(crate) fn all_agents(
        &mut self,
        given: &AllAgentsEquilibria,
        alignment: &AlignmentPart,
    ) -> Result<AllAgentsEquilibria, String> {
        if given.eta.is_some() && given.protocol.is_some() {
            return Err("eta: found together with a protocol, expected one or the other".into());
        }
        // Check certificates first: they also check that the protocol is within its limits.
        let mut verdicts = Vec::with_capacity(given.profiles.len());
        for (i, profile) in given.profiles.iter().enumerate() {
            let place = format!("profiles[{i}]");
            let certificate = profile.certificate.clone().ok_or_else(|| format!("{place}: it has no certificate"))?;
            let about = (certificate.prior(), certificate.slack(), certificate.eta(), certificate.protocol());
            if about != (self.prior, given.slack, given.eta, given.protocol.as_ref()) {
                return Err(format!("{place}: its certificate is for another prior, slack, sensitivity or protocol"));
            }
            let verdict = certificate.check(self.game).map_err(|refusal| format!("{place}: {refusal}"))?;
            verdicts.push((certificate, verdict));
        }
        if verdicts.is_empty() {
            return Err("profiles: found none, so nothing is proved".into());
        }
        let full = Reference::heard(self.game, self.prior, given.eta).map_err(|cause| cause.to_string())?;
        let mut profiles = Vec::with_capacity(given.profiles.len());
        for (profile, (certificate, verdict)) in given.profiles.iter().zip(verdicts) {
            let switched = self.switched(profile, &certificate)?;
            let met = Met { switched, starts: profile.starts.clone(), relaxed: profile.relaxed };
            let proved = (certificate, &verdict);
            let rebuilt = HeardProfile::new(self.game, full.full_information, proved, alignment, met, true);
            if rebuilt.certified {
                self.regrets(&rebuilt.regrets, given.slack);
                self.proved.violation = self.proved.violation.max(verdict.violation);
            }
            profiles.push(rebuilt);
        }
        let follows = |l: &HeardProfile, r: &HeardProfile| match (l.certified, r.certified) {
            (true, false) => true,
            (false, true) => false,
            _ => l.user_value <= r.user_value,
        };
        if !profiles.is_sorted_by(follows) {
            return Err("profiles: they are not in increasing order of the user's value, equilibria first".into());
        }
        // Nothing proves the course of the search.
        for what in ["that no others were found", "margin", "seed", "starts", "unsettled", "too_large"] {
            self.leave(what);
        }
        let relaxed = profiles.iter().any(|profile| profile.relaxed);
        let some = [(given.nearest.is_some(), "nearest"), (relaxed, "relaxed")];
        some.iter().filter(|(there, _)| *there).for_each(|(_, what)| self.leave(what));
        self.stopped(given.stopped.as_ref());
        Ok(AllAgentsEquilibria::new(given.searched(), profiles))
    }

    /// The outcomes if one agent alone switches to full information. Without an engine, these are
    /// the profile's own claims.
    fn switched(
        &mut self,
        profile: &HeardProfile,
        certificate: &AllAgentsCertificate,
    ) -> Result<Vec<Switched>, String> {
        if let Some(engine) = self.engine {
            let ran = engine.switched(self.game, self.prior, certificate);
            return self.ran(ran);
        }
        self.leave("distances");
        let agents = self.game.agents.len();
        if profile.distances.len() != agents || profile.distances.iter().any(|d| !(0.0..=1.0).contains(d)) {
            return Err(format!("distances: expected {agents} numbers from 0 to 1"));
        }
        let identical = profile.identical;
        Ok(profile.distances.iter().map(|&distance| Switched { distance, identical }).collect())
    }
}
