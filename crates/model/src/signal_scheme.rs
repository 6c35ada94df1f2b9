//! Conversation rules that do not say what their signals mean.

use serde::{Deserialize, Serialize};

/// A one-shot conversation rule: given what it observes, the agent sends a signal at random. The
/// rule does not say how the user reads a signal: this depends on what she knows and on what other
/// agents say. The probabilities of an observation sum to exactly one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignalScheme {
    /// For each signal, the probability that it is sent given what the agent observes:
    /// (observation, probability), ordered by observation, with no zero.
    pub signals: Vec<Vec<(usize, f64)>>,
}

impl SignalScheme {
    /// The scheme that gives no information: one signal, whatever the agent observes.
    #[must_use]
    pub fn no_information(observations: usize) -> Self {
        Self { signals: vec![(0..observations).map(|x| (x, 1.0)).collect()] }
    }

    /// The scheme that gives full information: one signal for each observation.
    #[must_use]
    pub fn full_information(observations: usize) -> Self {
        Self { signals: (0..observations).map(|x| vec![(x, 1.0)]).collect() }
    }

    /// The signals that are sent at each observation, with their probabilities: `(signal,
    /// probability)`, ordered by signal, `[observations]`.
    ///
    /// # Panics
    /// If the scheme has an observation beyond `observations`.
    #[must_use]
    pub fn by_observation(&self, observations: usize) -> Vec<Vec<(usize, f64)>> {
        let mut sent = vec![vec![]; observations];
        for (s, signal) in self.signals.iter().enumerate() {
            for &(x, probability) in signal {
                sent[x].push((s, probability));
            }
        }
        sent
    }

    /// The probability of each signal given each observation, `signals x observations`, row by row.
    #[must_use]
    pub fn dense(&self, observations: usize) -> Vec<f64> {
        let mut dense = vec![0.0; self.signals.len() * observations];
        for (s, signal) in self.signals.iter().enumerate() {
            for &(x, probability) in signal {
                dense[s * observations + x] = probability;
            }
        }
        dense
    }
}
