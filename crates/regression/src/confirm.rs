//! Recomputes the errors of fits from the table itself.

use crate::factor::PART;
use crate::kernel::add_multiple;
use crate::reduce::{ColumnRoles, Missing, Rows};
use crate::{Monitor, RegressionError};
use rayon::prelude::*;
use std::collections::BTreeMap;
use suasion_table::Reader;

/// A weighted sum of agents.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedSum {
    /// One weight per agent.
    pub weights: Vec<f64>,
    /// The constant added to the sum.
    pub intercept: f64,
}

/// The mean squared errors of weighted sums, for each group in the order of its sums. One parallel
/// pass over the table adds up squared residuals. The result does not depend on the number of
/// threads. Groups without sums are left out.
///
/// # Errors
/// The same as for [`crate::reduce()`].
pub fn confirm(
    reader: &Reader,
    columns: &ColumnRoles,
    sums: &BTreeMap<Option<String>, Vec<WeightedSum>>,
    missing: Missing,
    monitor: &Monitor<'_>,
) -> Result<BTreeMap<Option<String>, Vec<f64>>, RegressionError> {
    let rows = Rows { reader, columns, blocks: 1, missing };
    let part = |part: &suasion_table::Part| {
        let mut squares: BTreeMap<Option<String>, Squares> = BTreeMap::new();
        let mut residuals = vec![];
        reader.read::<RegressionError>(part, |batch| {
            monitor.check()?;
            let assigned = rows.assign(batch)?;
            for (cell, list) in &assigned.cells {
                let Some(sums) = sums.get(&cell.group) else { continue };
                let own = squares.entry(cell.group.clone()).or_insert_with(|| Squares::new(sums.len()));
                let weight = |row: u32| assigned.weights.map_or(1.0, |weights| weights[row as usize]);
                own.weight += list.iter().map(|&row| weight(row)).sum::<f64>();
                let (agents, target) = assigned.columns.split_at(columns.agents.len());
                // Without groups and missing values, all rows of a batch belong to one cell.
                let whole = list.len() == batch.rows();
                for (sum, squares) in sums.iter().zip(&mut own.squares) {
                    residuals.clear();
                    residuals.extend(list.iter().map(|&row| target[0][row as usize] - sum.intercept));
                    for (agent, &w) in agents.iter().zip(&sum.weights).filter(|&(_, &w)| w != 0.0) {
                        if whole {
                            add_multiple(-w, agent, &mut residuals);
                        } else {
                            residuals.iter_mut().zip(list).for_each(|(r, &row)| *r -= w * agent[row as usize]);
                        }
                    }
                    *squares += residuals.iter().zip(list).map(|(r, &row)| weight(row) * r * r).sum::<f64>();
                }
            }
            (monitor.progress)(batch.rows() as u64);
            Ok(())
        })?;
        Ok(squares)
    };
    let parts: Vec<BTreeMap<Option<String>, Squares>> =
        reader.parts(PART).par_iter().map(part).collect::<Result<_, RegressionError>>()?;
    let mut all: BTreeMap<Option<String>, Squares> = BTreeMap::new();
    for (group, part) in parts.into_iter().flatten() {
        let own = all.entry(group).or_insert_with(|| Squares::new(part.squares.len()));
        own.weight += part.weight;
        own.squares.iter_mut().zip(part.squares).for_each(|(sum, squares)| *sum += squares);
    }
    let mean = |(group, own): (_, Squares)| (group, own.squares.iter().map(|squares| squares / own.weight).collect());
    Ok(all.into_iter().map(mean).collect())
}

/// Sums of squared residuals.
struct Squares {
    weight: f64,
    squares: Vec<f64>,
}

impl Squares {
    fn new(sums: usize) -> Self {
        Self { weight: 0.0, squares: vec![0.0; sums] }
    }
}
