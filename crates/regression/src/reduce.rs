//! Reduces tables in files to factors, in one pass.

mod merger;
mod rows;

pub(crate) use rows::Rows;

use crate::factor::{Accumulator, PART, Scratch};
use crate::{Factor, Monitor, RegressionError};
use merger::Merger;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use suasion_table::Reader;

/// The name of the constant column in factor files.
pub(crate) const INTERCEPT: &str = "suasion.intercept";
/// The name of the target's column in factor files.
pub(crate) const TARGET: &str = "suasion.target";
/// Names that agents must not have.
const RESERVED: [&str; 2] = [INTERCEPT, TARGET];

/// The roles of a table's columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRoles {
    /// The column to fit.
    pub target: String,
    /// The agents' columns, at least one.
    pub agents: Vec<String>,
    /// The column of the rows' weights, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// The column that groups the rows, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The column whose value decides the block of a row. Without one, the row's place decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_by: Option<String>,
}

impl ColumnRoles {
    /// The columns of numbers, in this order: agents, target, weight.
    #[must_use]
    pub fn numbers(&self) -> Vec<String> {
        self.agents.iter().chain([&self.target]).chain(&self.weight).cloned().collect()
    }

    /// The columns of labels, in this order: group, block.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        self.by.iter().chain(&self.block_by).cloned().collect()
    }
}

/// How rows with a missing value are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The first such row is an error.
    #[default]
    Refuse,
    /// Such rows are left out and counted.
    Drop,
}

/// The group and block of a factor.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorCell {
    /// The group; none if rows are not grouped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The block, from 0.
    pub block: u32,
}

/// A table reduced to factors: one for each group and block of rows.
#[derive(Clone, Debug)]
pub struct Reduction {
    /// The roles of its columns.
    pub columns: ColumnRoles,
    /// The number of blocks that the rows were divided into.
    pub blocks: u32,
    /// The number of rows that were left out because of a missing value.
    pub dropped: u64,
    /// The factors.
    pub cells: BTreeMap<FactorCell, Factor>,
}

/// The most numbers in all factors of a table: 8 GiB of them.
const LIMIT: usize = 1 << 30;

/// Reduces a table, in parallel over its parts. The memory does not depend on its length, and the
/// result does not depend on the number of threads.
///
/// `reader` must have the numbers and the labels of `columns`, in their order. Rows are divided
/// into `blocks` blocks: consecutive runs of equal length, or, with [`ColumnRoles::block_by`], by a
/// hash of that column's value, so that rows with the same value stay together. `monitor` receives
/// the number of rows as they are read.
///
/// # Errors
/// If there are no agents, if the table cannot be read, if a value is missing and that is refused,
/// if a number is infinite or at least 1e150 in magnitude, if a weight is negative, if the factors
/// of all groups would not fit in memory, or if `monitor` stops the computation. If several rows
/// are bad, the error is about the first part that has one.
pub fn reduce(
    reader: &Reader,
    columns: &ColumnRoles,
    blocks: u32,
    missing: Missing,
    monitor: &Monitor<'_>,
) -> Result<Reduction, RegressionError> {
    let k = columns.agents.len();
    if k == 0 {
        return Err(RegressionError::NoAgents);
    }
    if let Some(found) = columns.agents.iter().find(|agent| RESERVED.contains(&agent.as_str())) {
        let expected = format!("a name other than {}, which factor files reserve", RESERVED.join(" and "));
        return Err(RegressionError::Option { what: "the name of an agent", found: found.clone(), expected });
    }
    let rows = Rows { reader, columns, blocks: blocks.max(1), missing };
    let most = LIMIT / (k + 2).pow(2);
    let part = |part: &suasion_table::Part| {
        let mut scratch = Scratch::new(k);
        let mut sums = Sums::default();
        reader.read::<RegressionError>(part, |batch| {
            monitor.check()?;
            let assigned = rows.assign(batch)?;
            sums.dropped += assigned.dropped;
            for (cell, list) in assigned.cells {
                let sum = sums.cells.entry(cell).or_insert_with(|| Accumulator::new(k));
                sum.push_columns(&assigned.columns, &list, assigned.weights, &mut scratch);
            }
            sums.relieve(&mut scratch);
            (monitor.progress)(batch.rows() as u64);
            Ok(())
        })?;
        if sums.cells.len() > most {
            return Err(RegressionError::TooManyGroups { most: most / rows.blocks as usize });
        }
        Ok(sums)
    };
    let parts = reader.parts(PART);
    let merger = Merger::new(parts.len());
    // If several parts fail, the first part's error is returned, whichever thread came first.
    let failed = AtomicUsize::new(usize::MAX);
    let fault = Mutex::new(None);
    parts.par_iter().enumerate().for_each_init(
        || Scratch::new(k),
        |scratch, (number, which)| {
            if number > failed.load(Ordering::Relaxed) {
                return;
            }
            match part(which) {
                Ok(sums) => merger.add(number, sums, |first: &mut Sums, second| first.merge(second, scratch)),
                Err(cause) => {
                    let mut fault = fault.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    if number < failed.fetch_min(number, Ordering::Relaxed) {
                        *fault = Some(cause);
                    }
                }
            }
        },
    );
    if let Some(cause) = fault.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(cause);
    }
    let sums = merger.finish().unwrap_or_default();
    if sums.cells.len() > most {
        return Err(RegressionError::TooManyGroups { most: most / rows.blocks as usize });
    }
    let finish = |(cell, sum)| Ok((cell, Factor::from_accumulator(sum, &mut Scratch::new(k))?));
    let cells = sums.cells.into_par_iter().map(finish).collect::<Result<_, RegressionError>>()?;
    Ok(Reduction { columns: columns.clone(), blocks: rows.blocks, dropped: sums.dropped, cells })
}

/// The accumulated rows of some parts.
#[derive(Default)]
struct Sums {
    dropped: u64,
    cells: BTreeMap<FactorCell, Accumulator>,
}

impl Sums {
    fn merge(&mut self, other: Self, scratch: &mut Scratch) {
        self.dropped += other.dropped;
        for (cell, sum) in other.cells {
            match self.cells.get_mut(&cell) {
                Some(mine) => mine.merge(sum, scratch),
                None => {
                    self.cells.insert(cell, sum);
                }
            }
        }
        self.relieve(scratch);
    }

    /// Reduces pending rows if the pending rows of many cells take much memory.
    fn relieve(&mut self, scratch: &mut Scratch) {
        const MOST: usize = 1 << 22;
        if self.cells.len() > 1 && self.cells.values().map(Accumulator::waiting).sum::<usize>() > MOST {
            self.cells.values_mut().for_each(|sum| sum.relieve(scratch));
        }
    }
}

impl Reduction {
    /// The groups in order, each with the factors of its blocks. Without grouping there is a single
    /// group without a name.
    #[must_use]
    pub fn groups(&self) -> Vec<(Option<&str>, Vec<&Factor>)> {
        let mut groups: Vec<(Option<&str>, Vec<&Factor>)> = vec![];
        for (cell, factor) in &self.cells {
            match groups.last_mut() {
                Some((group, blocks)) if *group == cell.group.as_deref() => blocks.push(factor),
                _ => groups.push((cell.group.as_deref(), vec![factor])),
            }
        }
        groups
    }

    /// The number of rows, without those that were left out.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.cells.values().map(Factor::rows).sum()
    }

    /// Adds the rows of another reduction. Factors of the same cell are summed.
    ///
    /// # Errors
    /// If the other reduction has different columns or another number of blocks. Its agents may be
    /// in another order.
    pub fn merge(&mut self, other: Self) -> Result<(), RegressionError> {
        let order = self.columns.order(&other.columns)?;
        if self.blocks != other.blocks {
            let (found, expected) = (other.blocks.to_string(), self.blocks.to_string());
            return Err(RegressionError::Option { what: "the number of blocks", found, expected });
        }
        let same = order.iter().enumerate().all(|(place, &agent)| place == agent);
        self.dropped += other.dropped;
        for (cell, factor) in other.cells {
            let factor = if same { factor } else { factor.select(&order) };
            match self.cells.get_mut(&cell) {
                Some(mine) => *mine = Factor::sum([(&*mine, 1.0), (&factor, 1.0)])?,
                None => {
                    self.cells.insert(cell, factor);
                }
            }
        }
        Ok(())
    }

    /// The reduction with some of the agents only, in this order.
    ///
    /// # Errors
    /// If an agent is missing.
    pub fn select(&self, agents: &[String]) -> Result<Self, RegressionError> {
        let columns = ColumnRoles { agents: agents.to_vec(), ..self.columns.clone() };
        let place = |agent: &String| {
            let found = self.columns.agents.iter().position(|name| name == agent);
            found.ok_or_else(|| RegressionError::OtherAgents { missing: vec![agent.clone()], surplus: vec![] })
        };
        let order: Vec<usize> = agents.iter().map(place).collect::<Result<_, _>>()?;
        let cells = self.cells.par_iter().map(|(cell, factor)| (cell.clone(), factor.select(&order))).collect();
        Ok(Self { columns, cells, ..*self })
    }
}

impl ColumnRoles {
    /// The place of each of these agents among the other columns.
    fn order(&self, other: &Self) -> Result<Vec<usize>, RegressionError> {
        let roles = [
            ("target", Some(&self.target), Some(&other.target)),
            ("weights", self.weight.as_ref(), other.weight.as_ref()),
            ("groups", self.by.as_ref(), other.by.as_ref()),
            ("blocks", self.block_by.as_ref(), other.block_by.as_ref()),
        ];
        for (role, mine, others) in roles {
            if mine != others {
                let name = |name: Option<&String>| name.map_or("none".into(), |name| format!("{name:?}"));
                return Err(RegressionError::OtherColumn { role, found: name(others), expected: name(mine) });
            }
        }
        let places: BTreeMap<&String, usize> = other.agents.iter().enumerate().map(|(i, name)| (name, i)).collect();
        let missing: Vec<String> = self.agents.iter().filter(|name| !places.contains_key(name)).cloned().collect();
        let surplus: Vec<String> = other.agents.iter().filter(|name| !self.agents.contains(name)).cloned().collect();
        if !missing.is_empty() || !surplus.is_empty() {
            return Err(RegressionError::OtherAgents { missing, surplus });
        }
        Ok(self.agents.iter().map(|name| places[name]).collect())
    }
}
