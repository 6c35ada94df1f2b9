//! A fingerprint of what an instance means.

use crate::{AgentSignals, Information, Instance, Labels, Matrix, Opening, StackelbergGame};
use std::hash::Hasher;
use twox_hash::XxHash3_64;

/// XXH3 of 64 bits. It tells apart files that were mixed up, and is no defense against malice:
/// certificates are checked against the instance itself.
struct Hash(XxHash3_64);

impl Hash {
    fn new() -> Self {
        Self(XxHash3_64::with_seed(0))
    }

    fn number(&mut self, number: u64) {
        self.0.write(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.write(text.as_bytes());
    }

    fn matrix(&mut self, matrix: &Matrix) {
        self.number(matrix.rows() as u64);
        self.number(matrix.columns() as u64);
        for number in matrix.as_slice() {
            self.number(number.to_bits());
        }
    }

    fn labels(&mut self, labels: &Labels) {
        self.number(labels.len() as u64);
        if let Labels::Names(names) = labels {
            for name in names {
                self.text(name);
            }
        }
    }

    fn finish(self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

impl Instance {
    /// Sixteen hexadecimal digits that depend on everything that matters to a solution: names,
    /// information and utilities, bit for bit. They depend neither on the instance's own name nor
    /// on the layout of its files.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Hash::new();
        hash.labels(&self.states);
        hash.labels(&self.actions);
        for party in std::iter::once(&self.user).chain(&self.agents) {
            hash.text(&party.name);
            hash.matrix(&party.utility);
        }
        match &self.information {
            Information::Priors(priors) => hash.matrix(priors),
            Information::Worlds { types, signals, worlds } => {
                types.iter().chain(signals).for_each(|label| hash.text(label));
                for world in worlds {
                    hash.number(world.probability.to_bits());
                    hash.number(world.state as u64);
                    hash.number(world.user as u64);
                    match &world.agents {
                        AgentSignals::Shared(signal) => hash.number(*signal as u64),
                        AgentSignals::PerAgent(list) => list.iter().for_each(|&signal| hash.number(signal as u64)),
                    }
                }
            }
        }
        if let Some(protocol) = &self.protocol {
            hash.number(protocol.rounds as u64);
            hash.labels(&protocol.user_messages);
            hash.labels(&protocol.agent_messages);
            hash.number(u64::from(protocol.opening == Opening::Agents));
        }
        hash.finish()
    }
}

impl StackelbergGame {
    /// Sixteen hexadecimal digits, as in [`Instance::digest`].
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Hash::new();
        hash.labels(&self.leader_actions);
        hash.labels(&self.follower_actions);
        for follower in &self.types {
            hash.text(&follower.name);
            hash.number(follower.probability.to_bits());
            hash.matrix(&follower.leader);
            hash.matrix(&follower.follower);
        }
        hash.finish()
    }
}
