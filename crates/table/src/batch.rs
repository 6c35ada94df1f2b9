//! A few thousand consecutive rows, by columns.

use std::hash::{BuildHasher, RandomState};

/// The most rows in a batch.
pub const BATCH: usize = 4096;

/// The code of a missing label.
pub const MISSING: u32 = u32::MAX;

/// The most numbers in a batch, so that it fits in a processor's second-level cache. Wide tables
/// have shorter batches.
const CACHED: usize = 1 << 17;

/// Consecutive rows of a table, by columns. The next batch reuses its memory.
pub struct Batch {
    pub(crate) first: u64,
    pub(crate) rows: usize,
    /// The most rows, which is also the distance between columns.
    pub(crate) capacity: usize,
    numbers: Vec<f64>,
    labels: Vec<LabelValues>,
}

impl Batch {
    pub(crate) fn new(numbers: usize, labels: usize) -> Self {
        let capacity = (CACHED / numbers.max(1)).clamp(64, BATCH);
        Self {
            first: 0,
            rows: 0,
            capacity,
            numbers: vec![0.0; capacity * numbers],
            labels: (0..labels).map(|_| LabelValues::new()).collect(),
        }
    }

    /// Removes all rows.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.labels.iter_mut().for_each(LabelValues::clear);
    }

    /// The memory for the `rows` numbers of a column.
    pub(crate) fn numbers_mut(&mut self, column: usize, rows: usize) -> &mut [f64] {
        &mut self.numbers[column * self.capacity..][..rows]
    }

    pub(crate) fn labels_mut(&mut self, column: usize) -> &mut LabelValues {
        &mut self.labels[column]
    }

    /// The place of the first row in the whole table, from 0.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The number of rows, at least 1 and at most [`BATCH`].
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The numbers of a column, one per row; a missing number is NaN. Columns count from 0, in the
    /// order of their selection.
    ///
    /// # Panics
    /// If fewer columns of numbers were selected.
    #[must_use]
    pub fn numbers(&self, column: usize) -> &[f64] {
        &self.numbers[column * self.capacity..][..self.rows]
    }

    /// The labels of a column. Columns count from 0, in the order of their selection.
    ///
    /// # Panics
    /// If fewer columns of labels were selected.
    #[must_use]
    pub fn labels(&self, column: usize) -> &LabelValues {
        &self.labels[column]
    }
}

/// The labels of a column of a batch: each distinct label once, and the code of every row.
pub struct LabelValues {
    /// The first `known` are in use; the others only keep their memory.
    values: Vec<String>,
    known: usize,
    codes: Vec<u32>,
    /// An open hash table of codes. Its length is a power of two, at least twice the largest number
    /// of labels.
    slots: Vec<u32>,
    hasher: RandomState,
}

impl LabelValues {
    fn new() -> Self {
        Self {
            values: vec![],
            known: 0,
            codes: Vec::with_capacity(BATCH),
            slots: vec![MISSING; 2 * BATCH],
            hasher: RandomState::new(),
        }
    }

    fn clear(&mut self) {
        self.known = 0;
        self.codes.clear();
        self.slots.fill(MISSING);
    }

    /// The distinct labels, in the order of their first occurrence in the batch.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values[..self.known]
    }

    /// For every row, the place of its label in [`LabelValues::values`], or [`MISSING`].
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The label of a row of the batch, if it has one.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.values().get(code as usize).map(String::as_str)
    }

    /// Adds a row. A batch has at most [`BATCH`] rows.
    pub(crate) fn push(&mut self, label: Option<&str>) {
        let code = label.map_or(MISSING, |label| self.code(label));
        self.codes.push(code);
    }

    fn code(&mut self, label: &str) -> u32 {
        // Neighboring rows often have the same label.
        if let Some(&code) = self.codes.last()
            && code != MISSING
            && self.values[code as usize] == label
        {
            return code;
        }
        let mask = self.slots.len() - 1;
        let mut slot = self.hasher.hash_one(label) as usize & mask;
        while self.slots[slot] != MISSING {
            let code = self.slots[slot];
            if self.values[code as usize] == label {
                return code;
            }
            slot = (slot + 1) & mask;
        }
        let code = self.known as u32;
        self.slots[slot] = code;
        match self.values.get_mut(self.known) {
            Some(value) => {
                value.clear();
                value.push_str(label);
            }
            None => self.values.push(label.into()),
        }
        self.known += 1;
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_numbered_as_they_come() {
        let mut labels = LabelValues::new();
        for _ in 0..2 {
            labels.clear();
            for label in [Some("b"), None, Some("a"), Some("b"), Some("")] {
                labels.push(label);
            }
            assert_eq!(labels.values(), ["b", "a", ""]);
            assert_eq!(labels.codes(), [0, MISSING, 1, 0, 2]);
            assert_eq!((labels.get(3), labels.get(1), labels.get(9)), (Some("b"), None, None));
        }
        labels.clear();
        (0..BATCH).for_each(|k| labels.push(Some(&k.to_string())));
        assert_eq!(labels.codes(), (0..BATCH as u32).collect::<Vec<_>>());
    }
}
