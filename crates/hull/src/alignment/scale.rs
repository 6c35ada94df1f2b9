//! Units in which all utilities are of size one, so that absolute tolerances mean the same for every instance.

use super::AlignOptions;
use rayon::prelude::*;
use suasion_certificate::Offset;
use suasion_model::Matrix;

/// A range below this, relative to the largest number, is rounding.
const ROUNDING: f64 = 1e-14;

/// The units, and what is subtracted before they are divided by.
pub(super) struct Scale {
    /// The unit of the user's utility.
    pub(super) user: f64,
    /// The unit of every agent's utility.
    pub(super) agents: Vec<f64>,
    /// What is subtracted from the user's utility.
    pub(super) user_middle: f64,
    /// What is subtracted from every agent's utility.
    pub(super) agent_middles: Vec<f64>,
}

impl Scale {
    pub(super) fn new(user: &Matrix, agents: &[&Matrix], options: &AlignOptions) -> Self {
        // A constant offset makes shifts free; with one per state no row of the program sees them.
        let measure = |utility: &Matrix| {
            let (low, high) = utility.range();
            let (largest, half) = (high.abs().max(low.abs()), 0.5 * high - 0.5 * low);
            let (unit, middle) = match options.offset {
                Offset::None => (largest, 0.0),
                Offset::Constant => (2.0 * half, 0.5 * low + 0.5 * high),
                Offset::PerState => (2.0 * half, 0.0),
            };
            let unit = if half <= ROUNDING * largest { largest } else { unit };
            (if unit > f64::MIN_POSITIVE { unit.min(f64::MAX) } else { 1.0 }, middle)
        };
        let (user, user_middle) = measure(user);
        let (agents, agent_middles) = agents.par_iter().map(|agent| measure(agent)).unzip();
        Self { user, agents, user_middle, agent_middles }
    }

    /// What one scaled unit of weight on an agent is.
    pub(super) fn weight(&self, agent: usize) -> f64 {
        self.user / self.agents[agent]
    }

    /// The row that says that the weights sum to one: its coefficients, none above one, and its right-hand side.
    pub(super) fn simplex_row(&self) -> (impl Iterator<Item = f64>, f64) {
        let least = self.agents.iter().copied().fold(f64::INFINITY, f64::min);
        (self.agents.iter().map(move |unit| least / unit), least / self.user)
    }
}
