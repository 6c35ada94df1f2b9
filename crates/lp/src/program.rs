//! A linear program as plain data.

use crate::{Error, Sparse};

/// Whether to maximize or to minimize the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// Maximize it.
    Maximise,
    /// Minimize it.
    Minimise,
}

/// A linear program, in the form that the [crate] documents. All fields are public;
/// [`Program::check`] says whether they fit together.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The program's name in errors, for example `persuade: agent prosecutor`.
    pub name: String,
    /// Whether to maximize or to minimize.
    pub sense: Sense,
    /// The objective, `[columns]`, finite.
    pub costs: Vec<f64>,
    /// Lower bounds of columns, `[columns]`; may be `-inf`.
    pub column_lower: Vec<f64>,
    /// Upper bounds of columns, `[columns]`; may be `inf`.
    pub column_upper: Vec<f64>,
    /// Lower bounds of rows, `[rows]`; may be `-inf`.
    pub row_lower: Vec<f64>,
    /// Upper bounds of rows, `[rows]`; may be `inf`.
    pub row_upper: Vec<f64>,
    /// The matrix: one vector per row, whose indices are columns.
    pub entries: Sparse,
}

/// The name of a list of numbers, the list, and which numbers are allowed in it.
type Numbers<'a> = (&'static str, &'a [f64], fn(f64) -> bool);

impl Program {
    /// A program without rows and columns.
    #[must_use]
    pub fn new(name: &str, sense: Sense) -> Self {
        Self {
            name: name.into(),
            sense,
            costs: Vec::new(),
            column_lower: Vec::new(),
            column_upper: Vec::new(),
            row_lower: Vec::new(),
            row_upper: Vec::new(),
            entries: Sparse::new(),
        }
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.costs.len()
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.row_lower.len()
    }

    /// Adds a column without entries and returns its index.
    pub fn add_column(&mut self, cost: f64, lower: f64, upper: f64) -> usize {
        self.costs.push(cost);
        self.column_lower.push(lower);
        self.column_upper.push(upper);
        self.columns() - 1
    }

    /// Adds a row with entries (column, value) and returns its index. No column may appear twice.
    pub fn add_row(&mut self, lower: f64, upper: f64, entries: impl IntoIterator<Item = (usize, f64)>) -> usize {
        self.row_lower.push(lower);
        self.row_upper.push(upper);
        self.entries.add(entries);
        self.rows() - 1
    }

    /// Checks that lengths agree, that indices are in range and distinct within each row, and that
    /// numbers are valid.
    ///
    /// # Errors
    /// The first problem found.
    pub fn check(&self) -> Result<(), Error> {
        const OPERATION: &str = "to check the program";
        let (columns, rows) = (self.columns(), self.rows());
        let shapes = [
            ("lower bounds of columns", self.column_lower.len(), columns),
            ("upper bounds of columns", self.column_upper.len(), columns),
            ("upper bounds of rows", self.row_upper.len(), rows),
            ("vectors of entries", self.entries.len(), rows),
        ];
        for (what, given, needed) in shapes {
            if given != needed {
                return Err(Error::Shape { model: self.name.clone(), operation: OPERATION, what, given, needed });
            }
        }
        let numbers: [Numbers<'_>; 6] = [
            ("cost", &self.costs, f64::is_finite),
            ("lower bound of a column", &self.column_lower, |bound| bound < f64::INFINITY),
            ("upper bound of a column", &self.column_upper, |bound| bound > f64::NEG_INFINITY),
            ("lower bound of a row", &self.row_lower, |bound| bound < f64::INFINITY),
            ("upper bound of a row", &self.row_upper, |bound| bound > f64::NEG_INFINITY),
            ("entry", &self.entries.values, f64::is_finite),
        ];
        for (what, numbers, good) in numbers {
            if let Some(index) = numbers.iter().position(|&number| !good(number)) {
                let value = numbers[index];
                return Err(Error::Number { model: self.name.clone(), operation: OPERATION, what, index, value });
            }
        }
        let mut seen = vec![usize::MAX; columns];
        for row in 0..rows {
            for (column, _) in self.entries.vector(row) {
                let why = match seen.get_mut(column) {
                    None => "out of range",
                    Some(last) if *last == row => "named twice",
                    Some(last) => {
                        *last = row;
                        continue;
                    }
                };
                let model = self.name.clone();
                return Err(Error::Index { model, operation: OPERATION, what: "column", index: column, why });
            }
        }
        Ok(())
    }

    /// The objective of a point, `[columns]`.
    #[must_use]
    pub fn objective(&self, point: &[f64]) -> f64 {
        self.costs.iter().zip(point).map(|(cost, x)| cost * x).sum()
    }

    /// The activities `A x` of the rows at a point, `[columns]`.
    #[must_use]
    pub fn activities(&self, point: &[f64]) -> Vec<f64> {
        (0..self.rows())
            .map(|row| self.entries.vector(row).map(|(column, value)| value * point[column]).sum())
            .collect()
    }

    /// The reduced costs `c - A'y` of the columns at duals `y`, `[rows]`.
    #[must_use]
    pub fn reduced_costs(&self, duals: &[f64]) -> Vec<f64> {
        let mut reduced = self.costs.clone();
        for row in 0..self.rows() {
            for (column, value) in self.entries.vector(row) {
                reduced[column] -= value * duals[row];
            }
        }
        reduced
    }

    /// The largest violation of a bound of a row or a column at a point, `[columns]`; 0 if the
    /// point is feasible.
    #[must_use]
    pub fn violation(&self, point: &[f64]) -> f64 {
        let activities = self.activities(point);
        let rows = activities.iter().zip(self.row_lower.iter().zip(&self.row_upper));
        let columns = point.iter().zip(self.column_lower.iter().zip(&self.column_upper));
        rows.chain(columns).map(|(x, (lower, upper))| (lower - x).max(x - upper)).fold(0.0, f64::max)
    }

    /// A bound on the objective of every feasible point, from any duals, `[rows]` (weak duality).
    /// It is an upper bound when maximizing and a lower bound when minimizing. It is infinite if a
    /// dual or a reduced cost relies on an infinite bound.
    ///
    /// Since `c.x = y.(Ax) + d.x`, the bound is the sum of the best that each activity and each
    /// column could contribute on its own.
    #[must_use]
    pub fn bound(&self, duals: &[f64]) -> f64 {
        let reduced = self.reduced_costs(duals);
        let rows = duals.iter().zip(self.row_lower.iter().zip(&self.row_upper));
        let columns = reduced.iter().zip(self.column_lower.iter().zip(&self.column_upper));
        rows.chain(columns)
            .filter(|&(&price, _)| price != 0.0)
            .map(|(&price, (&lower, &upper))| match (self.sense, price > 0.0) {
                (Sense::Maximise, true) | (Sense::Minimise, false) => price * upper,
                (Sense::Maximise, false) | (Sense::Minimise, true) => price * lower,
            })
            .sum()
    }
}
