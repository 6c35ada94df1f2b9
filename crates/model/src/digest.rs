//! A fingerprint of what an instance means.

use crate::{AgentSignals, Information, Instance, Labels, Matrix, Opening, StackelbergGame};

/// FNV-1a of 64 bits (Fowler, Noll & Vo): enough to tell files apart that were mixed up, and no defence against malice; what
/// defends is that certificates are checked against the instance itself.
struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
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
        format!("{:016x}", self.0)
    }
}

const START: u64 = 0xcbf2_9ce4_8422_2325;

impl Instance {
    /// Sixteen hexadecimal digits that depend on everything that matters to a solution: names, information and utilities, bit for
    /// bit, but neither the instance's own name nor how its files are laid out.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Fnv(START);
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
        // An instance without a protocol is what it was before there were any.
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
    /// As [`Instance::digest`].
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Fnv(START);
        hash.labels(&self.leader_actions);
        hash.labels(&self.follower_actions);
        for kind in &self.types {
            hash.text(&kind.name);
            hash.number(kind.probability.to_bits());
            hash.matrix(&kind.leader);
            hash.matrix(&kind.follower);
        }
        hash.finish()
    }
}
