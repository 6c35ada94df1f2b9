//! The progress of a run.

use crate::score::Method;
use crate::store::Record;
use serde::Serialize;

/// The progress of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LabelState {
    /// The name of the set.
    pub set: String,
    /// The name of the model.
    pub model: String,
    /// The number of labels wanted.
    pub labels: u64,
    /// The number of them that were stored before the run.
    pub before: u64,
    /// The number of them that failed before the run and are not asked for again.
    pub failed_before: u64,
    /// The number of labels that arrived in this run.
    pub done: u64,
    /// The number of failures in this run.
    pub failed: u64,
    /// The number of labels and failures of this run that were taken back because the endpoint
    /// turned out to serve another model. They count as neither labels nor failures.
    pub taken_back: u64,
    /// How many of the arrived labels were computed from probabilities.
    pub logprobs: u64,
    /// How many of the arrived labels were parsed from the text.
    pub parsed: u64,
    /// The average probability of all valid answers together, over the arrived labels that report
    /// it.
    pub mean_mass: Option<f64>,
    /// Tokens read in this run.
    pub tokens_in: u64,
    /// Tokens written in this run.
    pub tokens_out: u64,
    /// The number of tries.
    pub tries: u64,
    /// Seconds since the first call.
    pub seconds: f64,
    /// Why the run ended early, if it did.
    pub stopped: Option<String>,
    /// The current problem.
    #[serde(skip)]
    pub trouble: Option<String>,
}

impl LabelState {
    /// The number of labels that are neither stored nor failed.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.labels - self.before - self.failed_before - self.done - self.failed
    }

    pub(super) fn add(&mut self, record: &Record) {
        self.tokens_in += record.tokens_in;
        self.tokens_out += record.tokens_out;
        self.tries += record.tries;
        let Ok(score) = &record.outcome else {
            self.failed += 1;
            return;
        };
        self.done += 1;
        match score.method {
            Method::Parsed => self.parsed += 1,
            Method::LogProbs => self.logprobs += 1,
        }
        if let Some(mass) = score.mass {
            let before = self.mean_mass.unwrap_or(0.0);
            self.mean_mass = Some(before + (mass - before) / self.logprobs.max(1) as f64);
        }
    }

    /// Takes back a record that was added. Its cost stays.
    pub(super) fn take_back(&mut self, record: &Record) {
        self.taken_back += 1;
        let Ok(score) = &record.outcome else {
            self.failed -= 1;
            return;
        };
        self.done -= 1;
        if let (Some(mass), Some(mean)) = (score.mass, self.mean_mass) {
            let left = self.logprobs - 1;
            self.mean_mass = (left > 0).then(|| mean + (mean - mass) / left as f64);
        }
        match score.method {
            Method::Parsed => self.parsed -= 1,
            Method::LogProbs => self.logprobs -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;

    #[test]
    fn what_is_taken_back_was_never_there() {
        let record = |mass: Option<f64>| Record {
            agent: "a".into(),
            item: "i".into(),
            hash: "h".into(),
            outcome: match mass {
                None => Err("no".into()),
                Some(mass) => Ok(Score { value: 0.5, method: Method::LogProbs, mass: Some(mass) }),
            },
            tokens_in: 0,
            tokens_out: 0,
            tries: 0,
            seconds: 0.0,
            answered: None,
            looks: 1,
        };
        let all = [Some(0.25), Some(0.75), Some(0.5), None].map(record);
        let (mut state, mut first) = (LabelState::default(), LabelState::default());
        first.add(&all[0]);
        for record in &all {
            state.add(record);
        }
        for record in &all[1..] {
            state.take_back(record);
        }
        assert_eq!(state, LabelState { taken_back: 3, ..first });
        state.take_back(&all[0]);
        assert_eq!(state, LabelState { taken_back: 4, ..LabelState::default() });
    }
}
