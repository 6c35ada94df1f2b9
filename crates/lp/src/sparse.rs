//! Compressed sparse vectors: the rows or columns of a matrix, end to end.

/// Sparse vectors stored end to end (CSR for rows, CSC for columns), ready to be passed to `HiGHS`
/// in one call. A buffer of this type can be [cleared](Sparse::clear) and filled again without
/// allocating.
///
/// A vector must not name an index twice. The code that takes it checks this, and that indices are
/// in range.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    /// Where each vector starts in `indices` and `values`, `[vectors + 1]`. The last entry is the
    /// number of nonzeros.
    pub(crate) starts: Vec<i32>,
    pub(crate) indices: Vec<i32>,
    pub(crate) values: Vec<f64>,
}

impl Default for Sparse {
    fn default() -> Self {
        Self { starts: vec![0], indices: Vec::new(), values: Vec::new() }
    }
}

impl Sparse {
    /// No vectors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The given number of empty vectors, for columns that enter before their rows, or rows before
    /// their columns.
    #[must_use]
    pub fn empty(vectors: usize) -> Self {
        Self { starts: vec![0; vectors + 1], ..Self::default() }
    }

    /// Adds an entry to the open vector. Zeros are left out.
    ///
    /// An index beyond `i32::MAX` is out of range in every `HiGHS` model. It is stored as
    /// `i32::MAX`, and the model refuses it.
    pub fn push(&mut self, index: usize, value: f64) {
        if value != 0.0 {
            self.indices.push(i32::try_from(index).unwrap_or(i32::MAX));
            self.values.push(value);
        }
    }

    /// Closes the open vector. The next entry opens another.
    pub fn close(&mut self) {
        self.starts.push(self.indices.len() as i32);
    }

    /// Adds one whole vector.
    pub fn add(&mut self, entries: impl IntoIterator<Item = (usize, f64)>) {
        for (index, value) in entries {
            self.push(index, value);
        }
        self.close();
    }

    /// Forgets all vectors and keeps the memory.
    pub fn clear(&mut self) {
        self.starts.truncate(1);
        self.indices.clear();
        self.values.clear();
    }

    /// The number of closed vectors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no closed vector.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of entries.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.indices.len()
    }

    /// The entries of one vector as (index, value).
    pub fn vector(&self, vector: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[vector] as usize..self.starts[vector + 1] as usize;
        self.indices[range.clone()].iter().map(|&index| index as usize).zip(self.values[range].iter().copied())
    }
}
