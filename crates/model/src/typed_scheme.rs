//! Conversation rules for a user with private information: experiments and mechanisms.

use crate::{Matrix, TypedView};
use serde::{Deserialize, Serialize};

/// A message that an agent may send: it tells every type what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The action of each type, `[types]`.
    pub menu: Vec<usize>,
    /// The probability that it is sent given what the agent observes: (observation, probability),
    /// ordered by observation, with no zero.
    pub probabilities: Vec<(usize, f64)>,
}

/// An experiment: the agent speaks once, and the user not at all. Given what it observes, the agent
/// sends a message at random, and every type takes the action that the message recommends to her.
/// The probabilities of an observation sum to exactly one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExperimentScheme {
    /// The messages.
    pub messages: Vec<Message>,
}

/// The probability with which a mechanism recommends an action to a user who reports a type.
/// Written as `[report, observation, action, probability]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(usize, usize, usize, f64)", into = "(usize, usize, usize, f64)")]
pub struct MechanismEntry {
    /// The type that the user reports.
    pub report: usize,
    /// What the agent observes.
    pub observation: usize,
    /// The action that it recommends.
    pub action: usize,
    /// The probability given report and observation: above 0 and at most 1.
    pub probability: f64,
}

/// A mechanism: the user reports her type, and given the report and what it observes, the agent
/// recommends an action at random. By the revelation principle (Myerson 1982), no conversation of
/// any length does more. The probabilities of a report and an observation sum to exactly one.
/// Read in the order given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MechanismScheme {
    /// Ordered by report, then by observation, then by action. Nothing appears twice.
    pub entries: Vec<MechanismEntry>,
}

impl From<(usize, usize, usize, f64)> for MechanismEntry {
    fn from((report, observation, action, probability): (usize, usize, usize, f64)) -> Self {
        Self { report, observation, action, probability }
    }
}

impl From<MechanismEntry> for (usize, usize, usize, f64) {
    fn from(entry: MechanismEntry) -> Self {
        (entry.report, entry.observation, entry.action, entry.probability)
    }
}

impl ExperimentScheme {
    /// The value to a party with the given folded utility (one matrix per type, `actions x
    /// observations`) if every type follows the messages.
    #[must_use]
    pub fn value(&self, utility: &[Matrix]) -> f64 {
        let of_message = |message: &Message| {
            let of_type = |(utility, &action): (&Matrix, &usize)| {
                message.probabilities.iter().map(|&(x, p)| p * utility[(action, x)]).sum::<f64>()
            };
            utility.iter().zip(&message.menu).map(of_type).sum::<f64>()
        };
        self.messages.iter().map(of_message).sum()
    }

    /// The user's total gain from not following the messages: for each message and type, the gain
    /// of her best action. This is rounded; a certificate states the exact number.
    #[must_use]
    pub fn violation(&self, view: &TypedView) -> f64 {
        let of_message = |message: &Message| {
            let of_type = |(utility, &own): (&Matrix, &usize)| {
                let gain = |b: usize| {
                    message.probabilities.iter().map(|&(x, p)| p * (utility[(b, x)] - utility[(own, x)])).sum::<f64>()
                };
                (0..utility.rows()).map(gain).fold(0.0, f64::max)
            };
            view.reduced_user().iter().zip(&message.menu).map(of_type).sum::<f64>()
        };
        self.messages.iter().map(of_message).sum()
    }
}

impl MechanismScheme {
    /// A mechanism from its entries in any order.
    #[must_use]
    pub fn new(mut entries: Vec<MechanismEntry>) -> Self {
        entries.sort_by_key(|entry| (entry.report, entry.observation, entry.action));
        Self { entries }
    }

    /// The value to a party with the given folded utility (one matrix per type, `actions x
    /// observations`) if the user reports her type and follows the recommendations.
    #[must_use]
    pub fn value(&self, utility: &[Matrix]) -> f64 {
        self.entries.iter().map(|e| e.probability * utility[e.report][(e.action, e.observation)]).sum()
    }

    /// The user's total gain from a false report or from not following a recommendation: for each
    /// type, the gain of her best report with her best action after each recommendation. This is
    /// rounded; a certificate states the exact number.
    #[must_use]
    pub fn violation(&self, view: &TypedView) -> f64 {
        (0..view.types())
            .map(|t| {
                let truth =
                    self.reporting(view, t, t).into_iter().enumerate().map(|(a, values)| values[a]).sum::<f64>();
                let best = |values: Vec<f64>| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
                let lie = |r: usize| self.reporting(view, t, r).into_iter().map(best).sum::<f64>();
                (0..view.types()).map(lie).fold(0.0, |most: f64, value| most.max(value - truth))
            })
            .sum()
    }

    /// What type `t` gets when she reports `report`, for each recommendation and each action that
    /// she takes after it.
    fn reporting(&self, view: &TypedView, t: usize, report: usize) -> Vec<Vec<f64>> {
        let mut values = vec![vec![0.0; view.actions()]; view.actions()];
        for entry in self.entries.iter().filter(|entry| entry.report == report) {
            for (b, value) in values[entry.action].iter_mut().enumerate() {
                *value += entry.probability * view.reduced_user()[t][(b, entry.observation)];
            }
        }
        values
    }
}
