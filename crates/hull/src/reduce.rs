//! Tables of files, reduced to factors in one pass.

mod merger;
mod rows;

pub(crate) use rows::Rows;

use crate::factor::{Accumulator, PART, Scratch};
use crate::store::RESERVED;
use crate::{Factor, HullError};
use merger::Merger;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use suasion_lp::Settings;
use suasion_table::Reader;

/// What the columns of a table are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The column that is fitted.
    pub target: String,
    /// The agents' columns, at least one.
    pub agents: Vec<String>,
    /// The column of the rows' weights, if they have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// The column by which rows are grouped, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The column whose value decides on the block of a row, if its place does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_by: Option<String>,
}

impl Columns {
    /// The columns of numbers, in this order: agents, target, weight.
    #[must_use]
    pub fn numbers(&self) -> Vec<String> {
        self.agents.iter().chain([&self.target]).chain(&self.weight).cloned().collect()
    }

    /// The columns of labels: group, block.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        self.by.iter().chain(&self.block_by).cloned().collect()
    }
}

/// What becomes of rows that lack a value in one of the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The first one ends the work.
    #[default]
    Refuse,
    /// They are left out, and counted.
    Drop,
}

/// Which rows have a factor of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The group; none where rows are not grouped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The block, from 0.
    pub block: u32,
}

/// A table as factors: one for each group and block of rows.
#[derive(Clone, Debug)]
pub struct Reduction {
    /// What its columns are.
    pub columns: Columns,
    /// Into how many blocks its rows were dealt.
    pub blocks: u32,
    /// How many rows were left out, as they lacked a value.
    pub dropped: u64,
    /// The factors.
    pub cells: BTreeMap<Cell, Factor>,
}

/// How many numbers all factors of a table may have: 8 GiB.
const LIMIT: usize = 1 << 30;

/// Reduces a table, in parallel over its parts and in memory that does not depend on its length. The same on any number of threads.
///
/// `reader` is to have the numbers and the labels of `columns`, in their order. Rows are dealt into `blocks` blocks: runs of equal length, in their
/// order, or, with [`Columns::block_by`], by a hash of that value, so that rows with the same value stay together whatever their place.
/// `done` is told how many rows were read since it was told last.
///
/// # Errors
/// If the table cannot be read, has no rows, lacks a value where that is refused; if a number is infinite or 1e150 and more in magnitude, or a
/// weight negative; if there are more groups than memory is for; if `settings` end it. Of several bad rows it is the first part's.
pub fn reduce(
    reader: &Reader,
    columns: &Columns,
    blocks: u32,
    missing: Missing,
    settings: &Settings,
    done: &(dyn Fn(u64) + Sync),
) -> Result<Reduction, HullError> {
    let k = columns.agents.len();
    if k == 0 {
        return Err(HullError::NoAgents);
    }
    if let Some(found) = columns.agents.iter().find(|agent| RESERVED.contains(&agent.as_str())) {
        let expected = format!("none of {}, which factor files keep for themselves", RESERVED.join(", "));
        return Err(HullError::Option { what: "the name of an agent", found: found.clone(), expected });
    }
    let rows = Rows { reader, columns, blocks: blocks.max(1), missing };
    let most = LIMIT / (k + 2).pow(2);
    let part = |part: &suasion_table::Part| {
        let mut scratch = Scratch::new(k);
        let mut sums = Sums::default();
        reader.read(part, |batch| {
            if let Some(stopped) = settings.stopped() {
                return Err(HullError::Stopped(stopped));
            }
            let dealt = rows.deal(batch)?;
            sums.dropped += dealt.dropped;
            for (cell, list) in dealt.cells {
                let sum = sums.cells.entry(cell).or_insert_with(|| Accumulator::new(k));
                sum.push_columns(&dealt.columns, &list, dealt.weights, &mut scratch);
            }
            sums.relieve(&mut scratch);
            done(batch.rows() as u64);
            Ok(())
        })?;
        if sums.cells.len() > most {
            return Err(HullError::TooManyGroups { most: most / rows.blocks as usize });
        }
        Ok(sums)
    };
    let parts = reader.parts(PART);
    let merger = Merger::new(parts.len());
    // Of several faults, the first part's is told, whichever thread came first.
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
        return Err(HullError::TooManyGroups { most: most / rows.blocks as usize });
    }
    let finish = |(cell, sum)| Ok((cell, Factor::from_accumulator(sum, &mut Scratch::new(k))?));
    let cells = sums.cells.into_par_iter().map(finish).collect::<Result<_, HullError>>()?;
    Ok(Reduction { columns: columns.clone(), blocks: rows.blocks, dropped: sums.dropped, cells })
}

/// The rows of some parts.
#[derive(Default)]
struct Sums {
    dropped: u64,
    cells: BTreeMap<Cell, Accumulator>,
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

    /// Reduces what waits, where many cells make that much.
    fn relieve(&mut self, scratch: &mut Scratch) {
        const MOST: usize = 1 << 22;
        if self.cells.len() > 1 && self.cells.values().map(Accumulator::waiting).sum::<usize>() > MOST {
            self.cells.values_mut().for_each(|sum| sum.relieve(scratch));
        }
    }
}

impl Reduction {
    /// The groups, each with its blocks' factors, in order; a single one of no name where rows are not grouped.
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

    /// How many rows there are, without those that were left out.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.cells.values().map(Factor::rows).sum()
    }

    /// With the rows of another: factors of one cell add up.
    ///
    /// # Errors
    /// If it has other columns. Its agents may be in another order.
    pub fn merge(&mut self, other: Self) -> Result<(), HullError> {
        let order = self.columns.order(&other.columns)?;
        if self.blocks != other.blocks {
            let (found, expected) = (other.blocks.to_string(), self.blocks.to_string());
            return Err(HullError::Option { what: "the number of blocks", found, expected });
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

    /// With some of the agents only, in this order.
    ///
    /// # Errors
    /// If it lacks one of them.
    pub fn select(&self, agents: &[String]) -> Result<Self, HullError> {
        let columns = Columns { agents: agents.to_vec(), ..self.columns.clone() };
        let place = |agent: &String| {
            let found = self.columns.agents.iter().position(|name| name == agent);
            found.ok_or_else(|| HullError::OtherAgents { missing: vec![agent.clone()], surplus: vec![] })
        };
        let order: Vec<usize> = agents.iter().map(place).collect::<Result<_, _>>()?;
        let cells = self.cells.par_iter().map(|(cell, factor)| (cell.clone(), factor.select(&order))).collect();
        Ok(Self { columns, cells, ..*self })
    }
}

impl Columns {
    /// At which place the other one has each agent of this one.
    fn order(&self, other: &Self) -> Result<Vec<usize>, HullError> {
        let roles = [
            ("target", Some(&self.target), Some(&other.target)),
            ("weights", self.weight.as_ref(), other.weight.as_ref()),
            ("groups", self.by.as_ref(), other.by.as_ref()),
            ("blocks", self.block_by.as_ref(), other.block_by.as_ref()),
        ];
        for (role, mine, others) in roles {
            if mine != others {
                let name = |name: Option<&String>| name.map_or("none".into(), |name| format!("{name:?}"));
                return Err(HullError::OtherColumn { role, found: name(others), expected: name(mine) });
            }
        }
        let places: BTreeMap<&String, usize> = other.agents.iter().enumerate().map(|(i, name)| (name, i)).collect();
        let missing: Vec<String> = self.agents.iter().filter(|name| !places.contains_key(name)).cloned().collect();
        let surplus: Vec<String> = other.agents.iter().filter(|name| !self.agents.contains(name)).cloned().collect();
        if !missing.is_empty() || !surplus.is_empty() {
            return Err(HullError::OtherAgents { missing, surplus });
        }
        Ok(self.agents.iter().map(|name| places[name]).collect())
    }
}
