//! What happens when one agent switches to telling all.

use super::AllAgentsGame;
use std::collections::BTreeMap;
use suasion_model::SignalScheme;

/// How far the joint distribution of action and state is from that of full information when one agent alone switches to full revelation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Switch {
    /// The distance in total variation, `delta` of the theorem: between 0 and 1.
    pub distance: f64,
    /// Whether the two distributions are the same, by the user's doing the same in every world whatever the others say: the condition of an
    /// "identical induced distribution" (Collina et al., arXiv 2509.15090, Theorem 1).
    pub identical: bool,
}

impl AllAgentsGame<'_> {
    /// For each agent, what its switching to full revelation leads to while the others keep to their schemes. Of several best actions the user takes
    /// the first, there as under full information.
    #[must_use]
    pub fn switches(&self, schemes: &[SignalScheme]) -> Vec<Switch> {
        let (full, _) = self.informed_actions(|world| (world.user, &world.observations));
        (0..self.agents()).map(|agent| self.switch(agent, schemes, &full)).collect()
    }

    fn switch(&self, agent: usize, schemes: &[SignalScheme], full: &BTreeMap<(usize, &[usize]), usize>) -> Switch {
        let mut schemes = schemes.to_vec();
        schemes[agent] = SignalScheme::revelation(self.observations);
        let dense: Vec<Vec<f64>> = schemes.iter().map(|scheme| scheme.dense(self.observations)).collect();
        let mut difference = vec![0.0; self.instance.states.len() * self.actions()];
        let mut identical = true;
        let told = |world: &super::World| full.get(&(world.user, &world.observations[..])).copied().unwrap_or(0);
        for world in &self.worlds {
            difference[world.state * self.actions() + told(world)] -= world.probability;
        }
        for ((user, signals), group) in self.heard(&schemes) {
            let action = group.best(self.user_range).next().unwrap_or(0);
            for world in self.worlds.iter().filter(|world| world.user == user) {
                let sent = signals.iter().zip(&dense).zip(&world.observations);
                let probability: f64 = sent.map(|((&s, dense), &x)| dense[s * self.observations + x]).product();
                if probability > 0.0 {
                    difference[world.state * self.actions() + action] += world.probability * probability;
                    identical &= action == told(world);
                }
            }
        }
        let distance = if identical { 0.0 } else { 0.5 * difference.iter().map(|d| d.abs()).sum::<f64>() };
        Switch { distance, identical }
    }
}
