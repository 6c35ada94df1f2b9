//! The all-agents game: every agent sends the user one message, and she acts upon all of them.
//!
//! *Source:* Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090), the setting of Theorem 1, with one message each.
//!
//! *Best responses.* Given the others' schemes, agent `i` faces a user of many kinds: a kind is her type and the signals of the others. Its best scheme
//! against them is one of menus ([`menu()`](suasion_persuasion::menu), and [`menu_by_search()`](suasion_persuasion::menu_by_search) in a hurry). *Equilibria* are looked for by dynamics from many
//! starts ([`AllAgentsGame::search`]), since nothing is known that finds all of them: what is found is an equilibrium by a proof, and that there is no other is not
//! claimed. *Ties:* the user's plan is part of the profile, and may break ties as it likes; deviations are bounded with ties in the deviator's favour.

mod dynamics;
mod heard;
mod prices;
mod profile;
mod proof;
mod search;
mod switch;

use crate::EquilibriumError;
use heard::Group;
use profile::Profile;
use suasion_model::{Instance, Matrix, Situation};
use suasion_persuasion::Settings;

pub use dynamics::Play;
pub use switch::Switch;

/// An instance at a prior as the all-agents game.
pub struct AllAgentsGame<'a> {
    instance: &'a Instance,
    prior: usize,
    settings: Settings,
    worlds: Vec<Situation>,
    /// How many observations an agent may make.
    observations: usize,
    /// The user's sensitivity, if she responds quantally.
    eta: Option<f64>,
    /// The range of each agent's utility, or 1 for a constant one.
    ranges: Vec<f64>,
    /// The same for the user.
    user_range: f64,
}

impl<'a> AllAgentsGame<'a> {
    /// The game at prior number `prior`.
    ///
    /// # Errors
    /// If there is no such prior.
    pub fn new(instance: &'a Instance, prior: usize, settings: &Settings) -> Result<Self, EquilibriumError> {
        if prior >= instance.priors() {
            let size = instance.priors();
            return Err(suasion_model::TypedViewError::OutOfRange { what: "prior", index: prior, size }.into());
        }
        let range = |utility: &Matrix| {
            let (low, high) = utility.range();
            if high > low { high - low } else { 1.0 }
        };
        Ok(Self {
            instance,
            prior,
            settings: settings.clone(),
            worlds: instance.situations(prior),
            observations: instance.observations(),
            eta: None,
            ranges: instance.agents.iter().map(|agent| range(&agent.utility)).collect(),
            user_range: range(&instance.user.utility),
        })
    }

    /// The same game with a user who is not strategic: with belief `b` she plays action `a` with a probability proportional to `exp(eta E_b u(a, .))`
    /// (Collina et al., arXiv 2509.15090, Theorem 2).
    ///
    /// # Errors
    /// If `eta` is no finite number of at least 0.
    pub fn quantal(self, eta: f64) -> Result<Self, EquilibriumError> {
        if eta.is_finite() && eta >= 0.0 {
            return Ok(Self { eta: Some(eta), ..self });
        }
        Err(EquilibriumError::Number { what: "eta", found: eta, expected: "a finite number of at least 0" })
    }

    /// The user's sensitivity, if she responds quantally.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        self.eta
    }

    /// The number of agents.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.ranges.len()
    }

    fn actions(&self) -> usize {
        self.instance.actions.len()
    }

    /// The user's value when she knows her type alone.
    #[must_use]
    pub fn no_information(&self) -> f64 {
        self.settled(self.informed(|world| (world.user, &[])).values().map(|group| self.user_value(group)).sum())
    }

    /// The user's value when she also knows all that the agents observe.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        let groups = self.informed(|world| (world.user, &world.observations));
        self.settled(groups.values().map(|group| self.user_value(group)).sum())
    }

    /// A number in which exponentials have a part, without the last digits, which may differ from machine to machine.
    fn settled(&self, number: f64) -> f64 {
        const DIGITS: f64 = 1e12;
        let rounded = (number * DIGITS).round() / DIGITS;
        if self.eta.is_some() && rounded.is_finite() { rounded } else { number }
    }

    /// What the user gets from a group of worlds that she cannot tell apart.
    fn user_value(&self, group: &Group) -> f64 {
        self.response(group).iter().zip(&group.user).map(|(p, u)| p * u).sum()
    }
}
