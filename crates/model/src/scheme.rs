//! A direct signaling scheme and its value.

use crate::{Matrix, View};
use serde::{Deserialize, Serialize};

/// The probability with which a direct scheme recommends an action, given what the agent observes.
/// Written as `[observation, action, probability]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(usize, usize, f64)", into = "(usize, usize, f64)")]
pub struct SchemeEntry {
    /// What the agent observes (the state, if agents observe the state).
    pub state: usize,
    /// The action that it recommends.
    pub action: usize,
    /// The probability of the recommendation given the observation: above 0 and at most 1.
    pub probability: f64,
}

/// A one-shot conversation rule in direct form: given what it observes, the agent recommends an
/// action at random.
///
/// The scheme is sparse: it does not recommend actions that are not listed for a state. The
/// probabilities of a state sum to one or, by rounding, to slightly less. With the remaining
/// probability the scheme reveals the state, and the user takes her best action there. So every
/// scheme is exactly plausible.
/// Written as the list of its entries, read in the order given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scheme {
    /// Ordered by state, then by action. No pair appears twice.
    pub entries: Vec<SchemeEntry>,
}

impl From<(usize, usize, f64)> for SchemeEntry {
    fn from((state, action, probability): (usize, usize, f64)) -> Self {
        Self { state, action, probability }
    }
}

impl From<SchemeEntry> for (usize, usize, f64) {
    fn from(entry: SchemeEntry) -> Self {
        (entry.state, entry.action, entry.probability)
    }
}

impl Scheme {
    /// A scheme from its entries in any order.
    #[must_use]
    pub fn new(mut entries: Vec<SchemeEntry>) -> Self {
        entries.sort_by_key(|entry| (entry.state, entry.action));
        Self { entries }
    }

    /// The expected utility of a party with the given utility if the user follows every
    /// recommendation. The remainders due to rounding are left out.
    #[must_use]
    pub fn value(&self, prior: &[f64], utility: &Matrix) -> f64 {
        self.entries.iter().map(|e| prior[e.state] * e.probability * utility[(e.action, e.state)]).sum()
    }
}

impl View<'_> {
    /// The user's action and value when she knows only the prior. Among several best actions, the
    /// first.
    ///
    /// # Panics
    /// If the game has no action. A valid instance has one.
    #[must_use]
    pub fn no_information(&self) -> (usize, f64) {
        let value = |action: usize| self.user.row(action).iter().zip(&*self.prior).map(|(u, p)| u * p).sum::<f64>();
        (0..self.actions())
            .map(|action| (action, value(action)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .expect("a game has an action")
    }

    /// The scheme that gives no information: in every state it recommends the action that she takes
    /// by herself.
    #[must_use]
    pub fn uninformative(&self) -> Scheme {
        let (action, _) = self.no_information();
        let entry = |state: usize| SchemeEntry { state, action, probability: 1.0 };
        Scheme::new((0..self.observations()).map(entry).collect())
    }

    /// The scheme that recommends what is best for the user in every state. Among several best
    /// actions, it recommends the one that is best for `agent`, if an agent is given.
    #[must_use]
    pub fn fully_informative(&self, agent: Option<usize>) -> Scheme {
        let worth = |a: usize, x: usize| (self.user[(a, x)], agent.map_or(0.0, |agent| self.agents[agent][(a, x)]));
        let best =
            |x: usize| (1..self.actions()).fold(0, |best, a| if worth(a, x) > worth(best, x) { a } else { best });
        let entry = |state: usize| SchemeEntry { state, action: best(state), probability: 1.0 };
        Scheme::new((0..self.observations()).map(entry).collect())
    }

    /// The user's value when she also sees what the agent observes: OPT, the value that a perfectly
    /// aligned agent would give her.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        let best = |x: usize| (0..self.actions()).map(|a| self.user[(a, x)]).fold(f64::NEG_INFINITY, f64::max);
        (0..self.observations()).map(|x| self.prior[x] * best(x)).sum()
    }
}
