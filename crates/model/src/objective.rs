//! The objective: a weighted sum of the parties' utilities.

use crate::{Matrix, View};
use serde::{Deserialize, Serialize};

/// A weighted sum of the parties' utilities: what a persuasion problem maximizes.
/// Written as `{"user": weight, "agents": [[agent, weight], ...]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// The weight of the user's utility.
    pub user: f64,
    /// The weights of agents' utilities, as (agent, weight). An agent that is not listed has weight
    /// zero.
    pub agents: Vec<(usize, f64)>,
}

impl Objective {
    /// The utility of one agent alone.
    #[must_use]
    pub fn agent(agent: usize) -> Self {
        Self { user: 0.0, agents: vec![(agent, 1.0)] }
    }

    /// The weighted sum as a matrix, `actions x observations`.
    #[must_use]
    pub fn utility(&self, view: &View<'_>) -> Matrix {
        Matrix::from_fn(view.actions(), view.observations(), |action, x| {
            let own = if self.user == 0.0 { 0.0 } else { self.user * view.user[(action, x)] };
            own + self.agents.iter().map(|&(agent, weight)| weight * view.agents[agent][(action, x)]).sum::<f64>()
        })
    }
}
