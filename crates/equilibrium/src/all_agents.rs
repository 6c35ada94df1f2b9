//! The all-agents game: every agent sends the user one message, and she acts upon all of them.
//!
//! *Source:* Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090), the setting of Theorem 1, with one
//! message each.
//!
//! *Best responses.* Given the others' schemes, agent `i` faces a user of many kinds: a kind is her
//! type and the signals of the others. Its best scheme against them is one of menus
//! ([`menu()`](suasion_persuasion::menu), and
//! [`menu_by_search()`](suasion_persuasion::menu_by_search) in a hurry). *Equilibria* are looked
//! for by dynamics from many starts ([`AllAgentsGame::search`]), since nothing is known that finds
//! all of them: what is found is an equilibrium by a proof, and that there is no other is not
//! claimed. *Ties:* the user's plan is part of the profile, and may break ties as it likes;
//! deviations are bounded with ties in the deviator's favor.

mod dynamics;
mod heard;
mod prices;
mod profile;
mod proof;
mod search;
mod switch;

use crate::EquilibriumError;
use profile::Profile;
use suasion_model::{Instance, Situation};
use suasion_model::{LeveledGame, settled};
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
    /// The game that is solved: all values within are its.
    level: LeveledGame<'a>,
    /// What is at stake for each agent, or 1 where nothing is.
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
        Ok(Self::leveled(instance, prior, LeveledGame::new(instance, prior), settings))
    }

    fn leveled(instance: &'a Instance, prior: usize, level: LeveledGame<'a>, settings: &Settings) -> Self {
        Self {
            instance,
            prior,
            settings: settings.clone(),
            worlds: instance.situations(prior),
            observations: instance.observations(),
            eta: None,
            ranges: level.agent_units().to_vec(),
            user_range: level.user_unit(),
            level,
        }
    }

    /// The same game with a user who is not strategic: with belief `b` she plays action `a` with a
    /// probability proportional to `exp(eta E_b u(a, .))` (Collina et al., arXiv 2509.15090,
    /// Theorem 2).
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
        self.informed_values().0
    }

    /// The user's value when she also knows all that the agents observe.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        self.informed_values().1
    }

    fn informed_values(&self) -> (f64, f64) {
        // The prior was checked when the game was made.
        self.instance.informed_values(self.prior, self.eta).unwrap_or((f64::NAN, f64::NAN))
    }

    /// A number without its last digits, if exponentials have a part in it.
    fn settled(&self, number: f64, unit: f64) -> f64 {
        if self.eta.is_some() { settled(number, unit) } else { number }
    }
}
