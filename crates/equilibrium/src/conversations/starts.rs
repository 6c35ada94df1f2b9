//! A good conversation rule from several starts.

use super::{ConversationGame, HeuristicReply};
use crate::EquilibriumError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use suasion_model::ConversationRule;

impl ConversationGame<'_> {
    /// The best rule that [`ConversationGame::reply_by_search`] finds from the agent's current
    /// rule, from full information, and from `random` rules that `seed` determines: a heuristic. If
    /// a limit of the settings stops the computation, the result is the best rule found so far.
    ///
    /// # Errors
    /// If the solver fails.
    ///
    /// # Panics
    /// If there is no such agent, or the rules do not belong to this game
    /// ([`ConversationGame::checked`]).
    pub fn reply_from_starts(
        &self,
        agent: usize,
        rules: &[ConversationRule],
        random: usize,
        seed: u64,
    ) -> Result<HeuristicReply, EquilibriumError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut best = self.reply_by_search(agent, rules)?;
        let mut rules = rules.to_vec();
        let starts = std::iter::once(self.told_by(agent)).chain((0..random).map(|_| self.random_rule(&mut rng)));
        for start in starts {
            if self.settings.stopped().is_some() {
                break;
            }
            rules[agent] = start;
            let found = self.reply_by_search(agent, &rules)?;
            // Roundings must not decide which rule is chosen.
            if found.value > best.value + self.noise(agent) {
                best = found;
            }
        }
        Ok(best)
    }
}
