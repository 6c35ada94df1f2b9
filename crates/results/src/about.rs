//! The subject of a result, and the user's reference values.

use serde::{Deserialize, Serialize};
use suasion_model::{Instance, TypedViewError};

/// The instance and the prior that a result is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The instance's file, as it was named.
    pub instance: String,
    /// Its name.
    pub name: String,
    /// Its fingerprint.
    pub digest: String,
    /// The number of the prior, from 0.
    pub prior: usize,
}

/// How agents communicate with the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommunicationName {
    /// The agent recommends an action to a user of one type.
    Direct,
    /// The agent sends a signal, and every type of the user responds to it.
    Experiment,
    /// The user reports her type, and the agent recommends an action.
    Mechanism,
    /// The agent sends a signal to a user who responds by quantal response (logit).
    Quantal,
}

impl CommunicationName {
    /// How agents communicate in an instance. There is one way with a quantal user, and one with a
    /// user of one type. Otherwise, it is a mechanism if that is requested, and an experiment if
    /// not.
    #[must_use]
    pub fn of(instance: &Instance, mechanism: bool, eta: Option<f64>) -> Self {
        match (eta, instance.types(), mechanism) {
            (Some(_), ..) => Self::Quantal,
            (None, 0 | 1, _) => Self::Direct,
            (None, _, false) => Self::Experiment,
            (None, _, true) => Self::Mechanism,
        }
    }

    /// Its name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Experiment => "experiment",
            Self::Mechanism => "mechanism",
            Self::Quantal => "quantal",
        }
    }
}

/// The user's reference values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Her value with no information.
    pub no_information: f64,
    /// Her value with full information: if she knows everything that any agent observes.
    pub full_information: f64,
    /// The most that one agent alone can leave her, if agents observe different signals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_agent_full_information: Option<f64>,
}

impl Reference {
    /// Her values with no information and with full information.
    #[must_use]
    pub fn new(no_information: f64, full_information: f64) -> Self {
        Self { no_information, full_information, best_agent_full_information: None }
    }

    /// The values of a rational user at a prior.
    ///
    /// # Errors
    /// If there is no such prior, or sums of numbers overflow.
    pub fn rational(instance: &Instance, prior: usize) -> Result<Self, TypedViewError> {
        if instance.types() == 1
            && instance.agents_share_information()
            && let Ok(view) = instance.view(prior, 0)
        {
            return Ok(Self::new(view.no_information().1, view.full_information()));
        }
        Self::new(instance.silent_value(prior)?, instance.joint_full_information(prior)?)
            .with_best_agent(instance, prior)
    }

    /// The values of a quantal user of this sensitivity or, without one, of a rational user who
    /// hears all agents.
    ///
    /// # Errors
    /// As [`Reference::rational`].
    pub fn heard(instance: &Instance, prior: usize, eta: Option<f64>) -> Result<Self, TypedViewError> {
        let (none, full) = instance.informed_values(prior, eta)?;
        let told = Self::new(none, full);
        if eta.is_some() { Ok(told) } else { told.with_best_agent(instance, prior) }
    }

    /// Adds the most that one agent alone can leave a rational user, if agents observe different
    /// signals.
    fn with_best_agent(self, instance: &Instance, prior: usize) -> Result<Self, TypedViewError> {
        if instance.agents_share_information() {
            return Ok(self);
        }
        let alone = |agent: usize| Ok(instance.typed_view(prior, agent)?.full_information());
        let most = (0..instance.agents.len()).map(alone).collect::<Result<Vec<f64>, TypedViewError>>()?;
        Ok(Self { best_agent_full_information: most.into_iter().reduce(f64::max), ..self })
    }

    /// What is at stake for her: the value of full information or, if that is zero, the size of her
    /// value.
    #[must_use]
    pub fn stake(&self) -> f64 {
        /// The fraction of a value that may be rounding.
        const ROUNDING: f64 = 1e-9;
        let (none, full) = (self.no_information, self.full_information);
        let spread = full - none;
        if spread > ROUNDING * full.abs() { spread } else { full.abs() }
    }
}
