//! Checks the rows of a batch and assigns them to cells.

use super::{ColumnRoles, FactorCell, Missing};
use crate::RegressionError;
use crate::kernel::all_good;
use std::collections::BTreeMap;
use suasion_table::{Batch, MISSING, Reader};
use twox_hash::XxHash3_64;

/// A table, the roles of its columns, and how to divide its rows.
pub(crate) struct Rows<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) columns: &'a ColumnRoles,
    pub(crate) blocks: u32,
    pub(crate) missing: Missing,
}

/// The rows of a batch, assigned to cells.
pub(crate) struct AssignedRows<'a> {
    /// The columns of the agents, then the target's.
    pub(crate) columns: Vec<&'a [f64]>,
    /// The weights of the rows.
    pub(crate) weights: Option<&'a [f64]>,
    /// The rows of each cell, in increasing order.
    pub(crate) cells: BTreeMap<FactorCell, Vec<u32>>,
    /// The number of rows with a missing value.
    pub(crate) dropped: u64,
}

impl Rows<'_> {
    /// Checks every number of a batch, and assigns its rows.
    pub(crate) fn assign<'a>(&self, batch: &'a Batch) -> Result<AssignedRows<'a>, RegressionError> {
        let k = self.columns.agents.len();
        let columns: Vec<&[f64]> = (0..=k).map(|column| batch.numbers(column)).collect();
        let weights = self.columns.weight.as_ref().map(|_| batch.numbers(k + 1));
        let groups = self.columns.by.as_ref().map(|_| batch.labels(0));
        let keys = self.columns.block_by.as_ref().map(|_| batch.labels(usize::from(groups.is_some())));
        let clean = columns.iter().copied().chain(weights).all(all_good);
        // Each label of the batch is hashed once.
        let key_blocks: Option<Vec<u32>> =
            keys.map(|keys| keys.values().iter().map(|key| self.block_of_key(key)).collect());
        let mut lists: Vec<((u32, u32), Vec<u32>)> = vec![];
        let mut places: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        let mut dropped = 0;
        // Neighboring rows often belong to one cell.
        let mut last = usize::MAX;
        for row in 0..batch.rows() {
            if !clean && self.lacks_number(batch, row, &columns, weights)? {
                dropped += 1;
                continue;
            }
            if weights.is_some_and(|weights| weights[row] < 0.0) {
                let found = weights.map_or(0.0, |weights| weights[row]);
                return Err(self.bad(batch, row, k + 1, format!("{found:?}"), "a weight of at least 0"));
            }
            let group = groups.map_or(0, |groups| groups.codes()[row]);
            let key = keys.map_or(0, |keys| keys.codes()[row]);
            if group == MISSING || key == MISSING {
                let column = if group == MISSING { &self.columns.by } else { &self.columns.block_by };
                if self.missing == Missing::Refuse {
                    return Err(RegressionError::Missing {
                        place: self.reader.place(batch.first() + row as u64),
                        column: column.clone().unwrap_or_default(),
                    });
                }
                dropped += 1;
                continue;
            }
            let block = key_blocks.as_ref().map_or_else(|| self.block(batch.first() + row as u64), |b| b[key as usize]);
            if lists.get(last).is_none_or(|(cell, _)| *cell != (group, block)) {
                last = *places.entry((group, block)).or_insert(lists.len());
                if last == lists.len() {
                    lists.push(((group, block), vec![]));
                }
            }
            lists[last].1.push(row as u32);
        }
        let name = |((group, block), list)| {
            let group = groups.map(|groups| groups.values()[group as usize].clone());
            (FactorCell { group, block }, list)
        };
        Ok(AssignedRows { columns, weights, cells: lists.into_iter().map(name).collect(), dropped })
    }

    /// The block of all rows with this key, by its XXH3 of 64 bits. The rule is part of what a
    /// factor file means: another rule is another version of the format.
    fn block_of_key(&self, key: &str) -> u32 {
        (XxHash3_64::oneshot(key.as_bytes()) % u64::from(self.blocks)) as u32
    }

    /// The block of a row by its place: blocks are runs of equal length.
    fn block(&self, row: u64) -> u32 {
        if self.blocks == 1 {
            return 0;
        }
        (u128::from(row) * u128::from(self.blocks) / u128::from(self.reader.rows().max(1))) as u32
    }

    /// Whether a row has a missing number. An error if that is refused.
    fn lacks_number(
        &self,
        batch: &Batch,
        row: usize,
        columns: &[&[f64]],
        weights: Option<&[f64]>,
    ) -> Result<bool, RegressionError> {
        let mut lacks = false;
        for (column, numbers) in columns.iter().copied().chain(weights).enumerate() {
            let number = numbers[row];
            if number.is_nan() {
                if self.missing == Missing::Refuse {
                    return Err(RegressionError::Missing {
                        place: self.reader.place(batch.first() + row as u64),
                        column: self.reader.numbers()[column].clone(),
                    });
                }
                lacks = true;
            } else if !all_good(&[number]) {
                return Err(self.bad(batch, row, column, format!("{number:?}"), "a number below 1e150 in magnitude"));
            }
        }
        Ok(lacks)
    }

    fn bad(&self, batch: &Batch, row: usize, column: usize, found: String, expected: &'static str) -> RegressionError {
        RegressionError::Field {
            place: self.reader.place(batch.first() + row as u64),
            column: self.reader.numbers()[column].clone(),
            found,
            expected,
        }
    }
}
