//! Changes to a model: rows, columns, costs, bounds.

use super::Model;
use crate::{Error, Sense, Sparse};

impl Model {
    /// Sets whether the model maximizes or minimizes.
    pub fn set_sense(&mut self, sense: Sense) {
        self.outcome = None;
        self.sense = sense;
        self.raw.set_sense(match sense {
            Sense::Minimise => 1,
            Sense::Maximise => -1,
        });
    }

    /// Adds columns after the existing ones. They enter the basis as nonbasic. `entries` holds one
    /// vector per column, whose indices are existing rows.
    ///
    /// # Errors
    /// If the lengths differ, an index is out of range or appears twice in a column, or a number is
    /// NaN, or infinite where it must be finite.
    pub fn add_columns(&mut self, costs: &[f64], lower: &[f64], upper: &[f64], entries: &Sparse) -> Result<(), Error> {
        const OPERATION: &str = "to add columns";
        self.same(OPERATION, "lower bounds", lower.len(), costs.len())?;
        self.same(OPERATION, "upper bounds", upper.len(), costs.len())?;
        self.same(OPERATION, "vectors", entries.len(), costs.len())?;
        self.numbers(OPERATION, "cost", costs, f64::is_finite)?;
        self.bounds(OPERATION, lower, upper)?;
        self.entries(OPERATION, "row", entries, self.rows())?;
        if costs.is_empty() {
            return Ok(());
        }
        self.outcome = None;
        let raw = self.raw.add_columns(costs, lower, upper, entries);
        self.accepted(OPERATION, raw)
    }

    /// Adds rows below the existing ones. They enter the basis as basic. `entries` holds one vector
    /// per row, whose indices are existing columns.
    ///
    /// # Errors
    /// If the lengths differ, an index is out of range or appears twice in a row, or a number is
    /// NaN, or infinite where it must be finite.
    pub fn add_rows(&mut self, lower: &[f64], upper: &[f64], entries: &Sparse) -> Result<(), Error> {
        const OPERATION: &str = "to add rows";
        self.same(OPERATION, "upper bounds", upper.len(), lower.len())?;
        self.same(OPERATION, "vectors", entries.len(), lower.len())?;
        self.bounds(OPERATION, lower, upper)?;
        self.entries(OPERATION, "column", entries, self.columns())?;
        if lower.is_empty() {
            return Ok(());
        }
        self.outcome = None;
        let raw = self.raw.add_rows(lower, upper, entries);
        self.accepted(OPERATION, raw)
    }

    /// Deletes the columns that `doomed` marks, `[columns]`. The others move up, in order. The
    /// basis survives if all deleted columns are nonbasic; otherwise the next solve is cold.
    ///
    /// # Errors
    /// If the length is wrong.
    pub fn delete_columns(&mut self, doomed: &[bool]) -> Result<(), Error> {
        const OPERATION: &str = "to delete columns";
        self.same(OPERATION, "marks", doomed.len(), self.columns())?;
        if !doomed.contains(&true) {
            return Ok(());
        }
        self.outcome = None;
        self.scratch.clear();
        self.scratch.extend(doomed.iter().map(|&doomed| i32::from(doomed)));
        let raw = self.raw.delete_columns(&mut self.scratch);
        self.accepted(OPERATION, raw)
    }

    /// Deletes the rows that `doomed` marks, `[rows]`. The others move up, in order. The basis
    /// survives if all deleted rows are basic (slack); otherwise the next solve is cold.
    ///
    /// # Errors
    /// If the length is wrong.
    pub fn delete_rows(&mut self, doomed: &[bool]) -> Result<(), Error> {
        const OPERATION: &str = "to delete rows";
        self.same(OPERATION, "marks", doomed.len(), self.rows())?;
        if !doomed.contains(&true) {
            return Ok(());
        }
        self.outcome = None;
        self.scratch.clear();
        self.scratch.extend(doomed.iter().map(|&doomed| i32::from(doomed)));
        let raw = self.raw.delete_rows(&mut self.scratch);
        self.accepted(OPERATION, raw)
    }

    /// Changes the costs of some columns. Each column may be named once.
    ///
    /// # Errors
    /// If the lengths differ, an index is out of range or named twice, or a cost is not finite.
    pub fn change_costs(&mut self, columns: &[usize], costs: &[f64]) -> Result<(), Error> {
        const OPERATION: &str = "to change costs";
        self.same(OPERATION, "costs", costs.len(), columns.len())?;
        self.numbers(OPERATION, "cost", costs, f64::is_finite)?;
        if self.set_of(OPERATION, "column", columns, self.columns())? {
            let raw = self.raw.change_costs(&self.scratch, costs);
            self.accepted(OPERATION, raw)?;
        }
        Ok(())
    }

    /// Changes the costs of all columns, `[columns]`.
    ///
    /// # Errors
    /// If the length is wrong or a cost is not finite.
    pub fn change_all_costs(&mut self, costs: &[f64]) -> Result<(), Error> {
        const OPERATION: &str = "to change costs";
        self.same(OPERATION, "costs", costs.len(), self.columns())?;
        self.numbers(OPERATION, "cost", costs, f64::is_finite)?;
        if costs.is_empty() {
            return Ok(());
        }
        self.outcome = None;
        let raw = self.raw.change_all_costs(costs);
        self.accepted(OPERATION, raw)
    }

    /// Changes the bounds of some columns. Each column may be named once.
    ///
    /// # Errors
    /// If the lengths differ, an index is out of range or named twice, or a bound is NaN.
    pub fn change_column_bounds(&mut self, columns: &[usize], lower: &[f64], upper: &[f64]) -> Result<(), Error> {
        const OPERATION: &str = "to change bounds of columns";
        self.same(OPERATION, "lower bounds", lower.len(), columns.len())?;
        self.same(OPERATION, "upper bounds", upper.len(), columns.len())?;
        self.bounds(OPERATION, lower, upper)?;
        if self.set_of(OPERATION, "column", columns, self.columns())? {
            let raw = self.raw.change_column_bounds(&self.scratch, lower, upper);
            self.accepted(OPERATION, raw)?;
        }
        Ok(())
    }

    /// Changes the bounds of all columns, `[columns]` each.
    ///
    /// # Errors
    /// If a length is wrong or a bound is NaN.
    pub fn change_all_column_bounds(&mut self, lower: &[f64], upper: &[f64]) -> Result<(), Error> {
        const OPERATION: &str = "to change bounds of columns";
        self.same(OPERATION, "lower bounds", lower.len(), self.columns())?;
        self.same(OPERATION, "upper bounds", upper.len(), self.columns())?;
        self.bounds(OPERATION, lower, upper)?;
        if lower.is_empty() {
            return Ok(());
        }
        self.outcome = None;
        let raw = self.raw.change_all_column_bounds(lower, upper);
        self.accepted(OPERATION, raw)
    }

    /// Changes the bounds of some rows. Each row may be named once.
    ///
    /// # Errors
    /// If the lengths differ, an index is out of range or named twice, or a bound is NaN.
    pub fn change_row_bounds(&mut self, rows: &[usize], lower: &[f64], upper: &[f64]) -> Result<(), Error> {
        const OPERATION: &str = "to change bounds of rows";
        self.same(OPERATION, "lower bounds", lower.len(), rows.len())?;
        self.same(OPERATION, "upper bounds", upper.len(), rows.len())?;
        self.bounds(OPERATION, lower, upper)?;
        if self.set_of(OPERATION, "row", rows, self.rows())? {
            let raw = self.raw.change_row_bounds(&self.scratch, lower, upper);
            self.accepted(OPERATION, raw)?;
        }
        Ok(())
    }

    /// Changes the bounds of all rows, `[rows]` each.
    ///
    /// # Errors
    /// If a length is wrong or a bound is NaN.
    pub fn change_all_row_bounds(&mut self, lower: &[f64], upper: &[f64]) -> Result<(), Error> {
        const OPERATION: &str = "to change bounds of rows";
        self.same(OPERATION, "lower bounds", lower.len(), self.rows())?;
        self.same(OPERATION, "upper bounds", upper.len(), self.rows())?;
        self.bounds(OPERATION, lower, upper)?;
        if lower.is_empty() {
            return Ok(());
        }
        self.outcome = None;
        let raw = self.raw.change_all_row_bounds(lower, upper);
        self.accepted(OPERATION, raw)
    }

    /// Requires some columns to be integer. Each column may be named once. From then on the model
    /// is solved by branch and cut, from scratch each time, and has no duals.
    ///
    /// # Errors
    /// If an index is out of range or named twice.
    pub fn set_integer(&mut self, columns: &[usize]) -> Result<(), Error> {
        const OPERATION: &str = "to make columns integer";
        if self.set_of(OPERATION, "column", columns, self.columns())? {
            let raw = self.raw.change_integrality(&self.scratch, &vec![1; columns.len()]);
            self.accepted(OPERATION, raw)?;
            self.integer = true;
        }
        Ok(())
    }

    /// Makes all columns continuous again.
    ///
    /// # Errors
    /// If `HiGHS` refuses.
    pub fn clear_integer(&mut self) -> Result<(), Error> {
        self.outcome = None;
        self.integer = false;
        let raw = self.raw.clear_integrality();
        self.accepted("to make columns continuous", raw)
    }

    /// Copies a set of indices into the scratch space and marks the model as changed. Returns false
    /// if the set is empty.
    fn set_of(
        &mut self,
        operation: &'static str,
        what: &'static str,
        set: &[usize],
        size: usize,
    ) -> Result<bool, Error> {
        let error = |index, why| Error::Index { model: self.name.clone(), operation, what, index, why };
        if let Some(&index) = set.iter().find(|&&index| index >= size) {
            return Err(error(index, "out of range"));
        }
        // Most sets come in increasing order, which alone shows that no index appears twice.
        if !set.is_sorted_by(|a, b| a < b) {
            let mut sorted = set.to_vec();
            sorted.sort_unstable();
            if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(error(pair[0], "named twice"));
            }
        }
        self.scratch.clear();
        self.scratch.extend(set.iter().map(|&index| index as i32));
        if !set.is_empty() {
            self.outcome = None;
        }
        Ok(!set.is_empty())
    }

    pub(super) fn same(
        &self,
        operation: &'static str,
        what: &'static str,
        given: usize,
        needed: usize,
    ) -> Result<(), Error> {
        if given == needed {
            return Ok(());
        }
        Err(Error::Shape { model: self.name.clone(), operation, what, given, needed })
    }

    fn numbers(
        &self,
        operation: &'static str,
        what: &'static str,
        numbers: &[f64],
        good: impl Fn(f64) -> bool,
    ) -> Result<(), Error> {
        match numbers.iter().position(|&number| !good(number)) {
            None => Ok(()),
            Some(index) => {
                Err(Error::Number { model: self.name.clone(), operation, what, index, value: numbers[index] })
            }
        }
    }

    fn bounds(&self, operation: &'static str, lower: &[f64], upper: &[f64]) -> Result<(), Error> {
        self.numbers(operation, "lower bound", lower, |bound| !bound.is_nan() && bound < f64::INFINITY)?;
        self.numbers(operation, "upper bound", upper, |bound| !bound.is_nan() && bound > f64::NEG_INFINITY)
    }

    fn entries(&self, operation: &'static str, what: &'static str, entries: &Sparse, size: usize) -> Result<(), Error> {
        self.numbers(operation, "entry", &entries.values, f64::is_finite)?;
        match entries.indices.iter().find(|&&index| index as usize >= size) {
            None => Ok(()),
            Some(&index) => Err(Error::Index {
                model: self.name.clone(),
                operation,
                what,
                index: index as usize,
                why: "out of range",
            }),
        }
    }
}
