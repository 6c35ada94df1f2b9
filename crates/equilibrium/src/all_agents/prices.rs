//! Prices of observations, for certificates.
//!
//! A certificate requires prices on top of the value to the agent of the user's best action in
//! every *state*. A view of extended types subtracts the best action for each *extended type* at
//! each observation, and an observation may contain several states.

use super::AllAgentsGame;
use super::heard::Kinds;
use suasion_certificate::QuantalPrices;

impl AllAgentsGame<'_> {
    /// Prices of an agent's observations in a view of the extended types that it faces, in the form
    /// that a certificate requires.
    pub(super) fn certified_prices(&self, agent: usize, kinds: &Kinds, mut bound: QuantalPrices) -> QuantalPrices {
        let (user, own) = (&self.instance.user.utility, &self.level.instance.agents[agent].utility);
        let better = |value: &dyn Fn(usize) -> f64| {
            (1..self.actions()).fold(0, |best, a| if value(a) > value(best) { a } else { best })
        };
        let view = &kinds.view;
        for (x, price) in bound.prices.iter_mut().enumerate() {
            let mass: f64 = (0..view.types()).map(|t| view.mass()[(t, x)]).sum();
            if mass <= 0.0 {
                continue;
            }
            let level = |t: usize| {
                let best = better(&|a| view.user()[t][(a, x)]);
                view.agents()[0][t][(best, x)]
            };
            let of_view: f64 = (0..view.types()).map(level).sum();
            let here = self.worlds.iter().filter(|world| world.observations[agent] == x);
            let of_states: f64 =
                here.map(|world| world.probability * own[(better(&|a| user[(a, world.state)]), world.state)]).sum();
            *price += (of_view - of_states) / mass;
        }
        bound
    }
}
