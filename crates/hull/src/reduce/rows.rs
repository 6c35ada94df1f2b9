//! Which rows of a batch count, and for which cell.

use super::{Cell, Columns, Missing};
use crate::HullError;
use crate::kernel::all_good;
use std::collections::BTreeMap;
use suasion_table::{Batch, MISSING, Reader};

/// A table with what its columns are.
pub(crate) struct Rows<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) columns: &'a Columns,
    pub(crate) blocks: u32,
    pub(crate) missing: Missing,
}

/// The rows of a batch, dealt to cells.
pub(crate) struct Dealt<'a> {
    /// The agents' columns, and the target's.
    pub(crate) columns: Vec<&'a [f64]>,
    /// The rows' weights.
    pub(crate) weights: Option<&'a [f64]>,
    /// The rows of each cell, increasing.
    pub(crate) cells: BTreeMap<Cell, Vec<u32>>,
    /// How many rows lack a value.
    pub(crate) dropped: u64,
}

impl Rows<'_> {
    /// Looks at every number of a batch, and deals its rows.
    pub(crate) fn deal<'a>(&self, batch: &'a Batch) -> Result<Dealt<'a>, HullError> {
        let k = self.columns.agents.len();
        let columns: Vec<&[f64]> = (0..=k).map(|column| batch.numbers(column)).collect();
        let weights = self.columns.weight.as_ref().map(|_| batch.numbers(k + 1));
        let groups = self.columns.by.as_ref().map(|_| batch.labels(0));
        let keys = self.columns.block_by.as_ref().map(|_| batch.labels(usize::from(groups.is_some())));
        let clean = columns.iter().copied().chain(weights).all(all_good);
        // Of every label of the batch once.
        let key_blocks: Option<Vec<u32>> =
            keys.map(|keys| keys.values().iter().map(|key| (hash(key) % u64::from(self.blocks)) as u32).collect());
        let mut lists: Vec<((u32, u32), Vec<u32>)> = vec![];
        let mut places: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        let mut dropped = 0;
        // Neighbours are often of one cell.
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
                    return Err(HullError::Missing {
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
            (Cell { group, block }, list)
        };
        Ok(Dealt { columns, weights, cells: lists.into_iter().map(name).collect(), dropped })
    }

    /// Runs of equal length.
    fn block(&self, row: u64) -> u32 {
        if self.blocks == 1 {
            return 0;
        }
        (u128::from(row) * u128::from(self.blocks) / u128::from(self.reader.rows().max(1))) as u32
    }

    /// Whether a row lacks a number, where that is allowed.
    fn lacks_number(
        &self,
        batch: &Batch,
        row: usize,
        columns: &[&[f64]],
        weights: Option<&[f64]>,
    ) -> Result<bool, HullError> {
        let mut lacks = false;
        for (column, numbers) in columns.iter().copied().chain(weights).enumerate() {
            let number = numbers[row];
            if number.is_nan() {
                if self.missing == Missing::Refuse {
                    return Err(HullError::Missing {
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

    fn bad(&self, batch: &Batch, row: usize, column: usize, found: String, expected: &'static str) -> HullError {
        HullError::Field {
            place: self.reader.place(batch.first() + row as u64),
            column: self.reader.numbers()[column].clone(),
            found,
            expected,
        }
    }
}

/// The hash of Fowler, Noll & Vo (FNV-1a, 64 bits) with its bits mixed once more (Steele, Lea & Flood 2014). It is part of what a factor file means,
/// so it never changes.
fn hash(text: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
