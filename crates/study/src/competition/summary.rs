//! Summarizes the table.

use super::{CompetitionFindings, CompetitionRow, Condition};
use crate::stats::MeanEstimate;
use serde::Serialize;

/// All seeds of a condition and a number of agents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The name of the study.
    pub study: &'static str,
    /// The condition.
    pub condition: &'static str,
    /// The number of agents.
    pub agents: usize,
    /// The number of seeds.
    pub seeds: usize,
    /// The number of seeds in which information has value to the user. The fields below, except the
    /// alignment error, cover only these seeds.
    pub informative: usize,
    /// The measured alignment error, in units of the user's utility.
    pub alignment_error: Option<MeanEstimate>,
    /// The end of the dynamics, from no information (0) to full information (1).
    pub dynamics: Option<MeanEstimate>,
    /// The worst equilibrium on that scale.
    pub worst: Option<MeanEstimate>,
    /// The best equilibrium on that scale.
    pub best: Option<MeanEstimate>,
    /// The share of seeds in which the worst equilibrium is worse than full information.
    pub share_short: Option<f64>,
}

impl CompetitionFindings {
    /// One cell per condition and number of agents, in this order.
    #[must_use]
    pub fn summary(&self) -> Vec<Cell> {
        let places =
            Condition::ALL.into_iter().flat_map(|condition| (1..=self.study.agents).map(move |k| (condition, k)));
        places.enumerate().map(|(place, (condition, agents))| self.cell(condition, agents, place)).collect()
    }

    fn cell(&self, condition: Condition, agents: usize, place: usize) -> Cell {
        let cells = Condition::ALL.len() * self.study.agents;
        // Rows are ordered by seed, condition and number of agents, as cells are.
        let rows: Vec<&CompetitionRow> = self.rows.iter().skip(place).step_by(cells).collect();
        let estimate = |get: &dyn Fn(&CompetitionRow) -> Option<f64>| {
            let sample: Vec<f64> = rows.iter().filter_map(|row| get(row)).collect();
            MeanEstimate::new(&sample, self.study.seed, place as u64)
        };
        let informative = rows.iter().filter(|row| row.worst().is_some()).count();
        let short = rows.iter().filter(|row| row.is_short()).count();
        Cell {
            study: "competition",
            condition: condition.name(),
            agents,
            seeds: rows.len(),
            informative,
            alignment_error: estimate(&|row| Some(row.alignment_error)),
            dynamics: estimate(&CompetitionRow::dynamics),
            worst: estimate(&CompetitionRow::worst),
            best: estimate(&CompetitionRow::best),
            share_short: (informative > 0).then(|| short as f64 / informative as f64),
        }
    }
}
