//! The joint distribution of world and action, and how it changes if one agent switches to full
//! information.

use super::heard::Weighed;
use super::{ConversationGame, Ties};
use crate::{EquilibriumError, Switch};
use std::collections::BTreeMap;
use suasion_model::{ConversationPlan, ConversationRule};

impl ConversationGame<'_> {
    /// The joint distribution of the world and of the user's action under a plan, `[worlds *
    /// actions]`.
    pub(super) fn happens(
        &self,
        rules: &[ConversationRule],
        plan: &ConversationPlan,
    ) -> Result<Vec<f64>, EquilibriumError> {
        let actions = self.instance.actions.len();
        let mut outcome = vec![0.0; self.worlds.len() * actions];
        self.walk(rules, plan, &mut |action, weighed| {
            for &(w, weight) in weighed {
                outcome[w * actions + action] += weight;
            }
        })?;
        Ok(outcome)
    }

    /// For each agent, the effect of its switch to full information (as far as its alphabet allows)
    /// if the other agents keep their rules, compared with full information (Collina et al., arXiv
    /// 2509.15090, Theorem 1). The user breaks ties in favor of the first choice, both here and
    /// under full information.
    ///
    /// # Errors
    /// Never for rules that have passed [`ConversationGame::checked`].
    pub fn switches(&self, rules: &[ConversationRule]) -> Result<Vec<Switch>, EquilibriumError> {
        let full = self.informed_outcome();
        (0..self.agents()).map(|agent| self.switch(agent, rules, &full)).collect()
    }

    fn switch(&self, agent: usize, rules: &[ConversationRule], full: &[f64]) -> Result<Switch, EquilibriumError> {
        let mut rules = rules.to_vec();
        rules[agent] = self.told_by(agent);
        let (plan, _) = self.respond(&rules, Ties::First);
        let outcome = self.happens(&rules, &plan)?;
        let identical = outcome.iter().zip(full).all(|(p, q)| (p - q).abs() <= 1e-12);
        if identical {
            return Ok(Switch { distance: 0.0, identical });
        }
        // Worlds of one state count as one.
        let actions = self.instance.actions.len();
        let mut difference = vec![0.0; self.instance.states.len() * actions];
        for (place, (p, q)) in outcome.iter().zip(full).enumerate() {
            difference[self.worlds[place / actions].state * actions + place % actions] += p - q;
        }
        Ok(Switch { distance: 0.5 * difference.iter().map(|d| d.abs()).sum::<f64>(), identical })
    }

    /// The distribution if the user also knows all that the agents observe.
    fn informed_outcome(&self) -> Vec<f64> {
        let mut groups: BTreeMap<(usize, &[usize]), Weighed> = BTreeMap::new();
        for (w, world) in self.worlds.iter().enumerate() {
            groups.entry((world.user, &world.observations)).or_default().push((w, world.probability));
        }
        let mut outcome = vec![0.0; self.worlds.len() * self.instance.actions.len()];
        for weighed in groups.values() {
            let expected = self.expected(weighed);
            let best = (1..expected.len()).fold(0, |best, a| if expected[a] > expected[best] { a } else { best });
            for &(w, weight) in weighed {
                outcome[w * expected.len() + best] += weight;
            }
        }
        outcome
    }
}
