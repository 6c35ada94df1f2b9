//! A good conversation rule from several starts.

use super::{ConversationGame, HeuristicReply};
use crate::EquilibriumError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use suasion_model::ConversationRule;

impl ConversationGame<'_> {
    /// The best of what [`ConversationGame::reply_by_search`] finds from the rule that the agent
    /// has, from telling all that it can, and from `random` rules that `seed` draws: a heuristic.
    /// Where a limit of the settings ends it, it is what was known by then.
    ///
    /// # Errors
    /// If the solver fails.
    ///
    /// # Panics
    /// If there is no such agent, or the rules are none of this game
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
            // Roundings do not decide which rule it is.
            if found.value > best.value + self.noise(agent) {
                best = found;
            }
        }
        Ok(best)
    }
}
