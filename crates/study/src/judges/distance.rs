//! Distances between agents, the human, and hulls.

use super::Scores;
use rayon::prelude::*;
use serde::Serialize;
use suasion_regression::{Factor, RegressionError, TargetFit, nearest};

/// How close an agent is to the human, and how much of it the other agents cannot reproduce.
/// Distances are root mean squares, in units of utility.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentDistance {
    /// The agent.
    pub agent: String,
    /// The mean of its scores.
    pub mean: f64,
    /// The standard deviation of its scores.
    pub spread: f64,
    /// Their correlation with the human; `None` if they do not vary.
    pub correlation: Option<f64>,
    /// Its distance from the human.
    pub human: f64,
    /// Its distance from the human after the best scale and offset of its own.
    pub calibrated: f64,
    /// Its distance from the convex hull of the other agents; `None` if there is no other agent.
    pub others: Option<f64>,
}

/// The distances of all agents, in their order.
pub(super) fn distances(
    scores: &Scores,
    factor: &Factor,
    fit: &TargetFit,
) -> Result<Vec<AgentDistance>, RegressionError> {
    let k = factor.agents();
    let triangle = factor.triangle();
    let one = |agent: usize| {
        let others: Vec<usize> = (0..k).filter(|&other| other != agent).collect();
        let others = if others.is_empty() {
            None
        } else {
            Some(nearest(&factor.explaining(&others, agent))?.mse.max(0.0).sqrt())
        };
        let column = triangle.col(agent + 1);
        let target = triangle.col(k + 1);
        // Below the first row, the triangle is centered.
        let centered = column.subrows(1, k + 1);
        let target = target.subrows(1, k + 1);
        let single = &fit.singles[agent];
        let lengths = centered.norm_l2() * target.norm_l2();
        let varies = centered.norm_l2() > 1e-12 * column.norm_l2() && lengths > 0.0;
        Ok(AgentDistance {
            agent: scores.agents[agent].clone(),
            mean: column[0] / triangle[(0, 0)],
            spread: if varies { (centered.squared_norm_l2() / factor.weight()).sqrt() } else { 0.0 },
            correlation: varies.then(|| centered.transpose() * target / lengths),
            human: single.mse.sqrt(),
            calibrated: single.calibrated.mse.sqrt(),
            others,
        })
    };
    (0..k).into_par_iter().map(one).collect()
}
