//! A dense matrix, stored row by row.

/// A dense matrix of finite numbers, stored row by row. A utility has one row per action and one
/// column per state.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// A `rows x columns` matrix from its entries, row by row.
    ///
    /// # Panics
    /// If `data` does not hold `rows * columns` entries.
    #[must_use]
    pub fn new(rows: usize, columns: usize, data: Vec<f64>) -> Self {
        assert_eq!(data.len(), rows * columns, "a {rows} x {columns} matrix");
        Self { rows, columns, data }
    }

    /// A `rows x columns` matrix whose entry at (row, column) is `entry(row, column)`, filled row
    /// by row.
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut data = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            data.extend((0..columns).map(|column| entry(row, column)));
        }
        Self { rows, columns, data }
    }

    /// The number of rows (actions, for a utility).
    #[inline]
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns (states, for a utility).
    #[inline]
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row (all states of one action, for a utility).
    #[inline]
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.columns..(row + 1) * self.columns]
    }

    /// All entries, row by row.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// All entries, row by row.
    #[must_use]
    pub fn into_vec(self) -> Vec<f64> {
        self.data
    }

    /// The smallest and the largest entry.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        self.data.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
    }
}

impl std::ops::Index<(usize, usize)> for Matrix {
    type Output = f64;

    #[inline]
    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        debug_assert!(column < self.columns);
        &self.data[row * self.columns + column]
    }
}
