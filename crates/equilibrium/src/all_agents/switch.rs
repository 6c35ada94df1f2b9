//! The effect of one agent's switch to full information.

use super::AllAgentsGame;
use std::collections::BTreeMap;
use suasion_model::SignalScheme;

/// The distance of the joint distribution of action and state from that of full information, if one
/// agent alone switches to full information.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Switch {
    /// The distance in total variation, `delta` of the theorem: between 0 and 1.
    pub distance: f64,
    /// Whether the two distributions are equal because the user takes the same action in every
    /// world, whatever the other agents send: the condition of an "identical induced distribution"
    /// (Collina et al., arXiv 2509.15090, Theorem 1).
    pub identical: bool,
}

impl AllAgentsGame<'_> {
    /// For each agent, the effect of its switch to full information if the other agents keep their
    /// schemes. A rational user breaks ties in favor of the first action, both here and under full
    /// information.
    #[must_use]
    pub fn switches(&self, schemes: &[SignalScheme]) -> Vec<Switch> {
        (0..self.agents()).map(|agent| self.switch(agent, schemes)).collect()
    }

    fn switch(&self, agent: usize, schemes: &[SignalScheme]) -> Switch {
        let mut schemes = schemes.to_vec();
        schemes[agent] = SignalScheme::full_information(self.observations);
        let dense: Vec<Vec<f64>> = schemes.iter().map(|scheme| scheme.dense(self.observations)).collect();
        let groups = self.informed(|world| (world.user, &world.observations));
        let full: BTreeMap<(usize, &[usize]), Vec<f64>> =
            groups.into_iter().map(|(key, group)| (key, self.response(&group))).collect();
        let mut difference = vec![0.0; self.instance.states.len() * self.actions()];
        let mut identical = true;
        for (key, group) in self.heard(&schemes) {
            let response = self.response(&group);
            for world in self.worlds.iter().filter(|world| world.user == key.0) {
                let probability = self.said(&dense, world, &key.1);
                let Some(told) = full.get(&(world.user, &world.observations[..])) else { continue };
                if probability <= 0.0 {
                    continue;
                }
                // Responses that are equal up to roundings are equal: they are functions of the
                // same posterior.
                identical &= response.iter().zip(told).all(|(p, q)| (p - q).abs() <= 1e-12);
                let mass = world.probability * probability;
                let row = &mut difference[world.state * self.actions()..][..self.actions()];
                row.iter_mut().zip(&response).zip(told).for_each(|((sum, p), q)| *sum += mass * (p - q));
            }
        }
        let distance =
            if identical { 0.0 } else { self.settled(0.5 * difference.iter().map(|d| d.abs()).sum::<f64>(), 1.0) };
        Switch { distance, identical }
    }
}
