//! The all-agents game: every agent sends the user one message, and she acts upon all of them.
//!
//! *Source:* Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090), the setting of Theorem 1, with one
//! message each.
//!
//! *Best responses.* Given the other agents' schemes, agent `i` faces a user of many extended
//! types: an extended type is her type with the signals of the other agents. Its best scheme
//! against them is an experiment ([`experiment()`](suasion_persuasion::experiment()), or the faster
//! heuristic [`experiment_by_search()`](suasion_persuasion::experiment_by_search())). *Equilibria:*
//! [`AllAgentsGame::search`] runs dynamics from many starts, because no method is known that finds
//! all equilibria. A proof shows that a profile is an equilibrium; there may be others. *Ties:* the
//! user's plan is part of the profile, and may break ties in any way. Deviations are bounded with
//! ties broken in the deviator's favor.

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
    /// The number of observations that an agent may make.
    observations: usize,
    /// The user's sensitivity, if she responds quantally.
    eta: Option<f64>,
    /// The game that is solved. All values inside belong to it.
    level: LeveledGame<'a>,
    /// Each agent's stake, or 1 if it is zero.
    ranges: Vec<f64>,
    /// The user's stake, likewise.
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
    /// If `eta` is not a finite number of at least 0.
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

    /// The user's value if she knows only her type.
    #[must_use]
    pub fn no_information(&self) -> f64 {
        self.informed_values().0
    }

    /// The user's value if she also knows all that the agents observe.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        self.informed_values().1
    }

    fn informed_values(&self) -> (f64, f64) {
        // The prior was checked when the game was created.
        self.instance.informed_values(self.prior, self.eta).unwrap_or((f64::NAN, f64::NAN))
    }

    /// A number without its last digits, if it was computed with exponentials.
    fn settled(&self, number: f64, unit: f64) -> f64 {
        if self.eta.is_some() { settled(number, unit) } else { number }
    }
}
