//! What simulations from the usual starts end in.

use super::dynamics::{Dynamics, Payoffs, Run, Start};
use suasion_certificate::{Communication, ProfileProof};
use suasion_persuasion::Sender;

/// How many simulations start from random offers.
const RANDOM_STARTS: u64 = 16;

/// The worst and the best for the user of the profiles that simulations end in.
#[derive(Clone, Debug)]
pub struct SimulatedEnds<C: Communication> {
    /// Within this slack both are equilibria, in the unit of utilities.
    pub slack: f64,
    /// The proof of the worst.
    pub worst: ProfileProof<C>,
    /// The proof of the best.
    pub best: ProfileProof<C>,
}

impl<S: Sender> Payoffs<'_, S> {
    /// Simulates from what monopolists offer, from no and from full information, and from random
    /// offers, and keeps the worst and the best of the ends. What agents gain there may be more than
    /// the `slack` that is asked for.
    #[must_use]
    pub fn simulated_ends(&self, slack: f64) -> SimulatedEnds<S::Communication> {
        let run = |start: Start, stream: u64| self.run(&Dynamics { start, ..Dynamics::default() }, stream);
        let first = run(Start::Monopoly, 0);
        let (mut worst, mut best): (Run, Run) = (first.clone(), first);
        let others = [(Start::Uninformative, 1), (Start::Full, 1), (Start::Random, RANDOM_STARTS)];
        for (start, stream) in others.into_iter().flat_map(|(start, runs)| (0..runs).map(move |run| (start, run))) {
            let next = run(start, stream);
            // Of those that are as good, the first of the worst and the last of the best.
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
