//! The final profiles of simulations from the usual starts.

use super::dynamics::{Dynamics, Payoffs, Run, Start};
use suasion_certificate::{Communication, ProfileProof};
use suasion_persuasion::Sender;

/// The number of simulations with random initial offers.
const RANDOM_STARTS: u64 = 16;

/// The worst and the best final profiles of simulations for the user.
#[derive(Clone, Debug)]
pub struct SimulatedEnds<C: Communication> {
    /// The slack within which both are equilibria, in the unit of utilities.
    pub slack: f64,
    /// The proof of the worst.
    pub worst: ProfileProof<C>,
    /// The proof of the best.
    pub best: ProfileProof<C>,
}

impl<S: Sender> Payoffs<'_, S> {
    /// Simulates from the offers of monopolists, from no and full information, and from random
    /// offers, and keeps the worst and the best final profiles. The agents' gains there may exceed
    /// the requested `slack`.
    #[must_use]
    pub fn simulated_ends(&self, slack: f64) -> SimulatedEnds<S::Communication> {
        let run = |start: Start, stream: u64| self.run(&Dynamics { start, ..Dynamics::default() }, stream);
        let first = run(Start::Monopoly, 0);
        let (mut worst, mut best): (Run, Run) = (first.clone(), first);
        let others = [(Start::Uninformative, 1), (Start::Full, 1), (Start::Random, RANDOM_STARTS)];
        for (start, stream) in others.into_iter().flat_map(|(start, runs)| (0..runs).map(move |run| (start, run))) {
            let next = run(start, stream);
            // In ties, the first of the worst and the last of the best.
            if next.user_value.total_cmp(&worst.user_value).is_lt() {
                worst = next.clone();
            }
            if next.user_value.total_cmp(&best.user_value).is_ge() {
                best = next;
            }
        }
        let slack = slack.max(self.slack(&worst)).max(self.slack(&best));
        SimulatedEnds { slack, worst: self.proof(&worst), best: self.proof(&best) }
    }
}
