//! A merged batch in memory.

use crate::ReportError;
use crate::cells::Cells;
use std::collections::HashMap;
use std::path::Path;
use suasion_batch::{PartKind, Store};
use suasion_results::Request;
use suasion_table::{ColumnValues, read_parquet};

/// A unit without results.
pub(crate) struct Failed {
    pub unit: usize,
    pub instance: String,
    pub kind: String,
    pub reason: String,
}

/// The time and the memory of a unit.
pub(crate) struct Timing {
    pub unit: usize,
    pub seconds: f64,
    pub bytes: u64,
}

/// A column of results.
pub(crate) struct Column {
    pub name: &'static str,
    pub unit: &'static str,
    pub meaning: &'static str,
    pub cells: Cells,
}

/// The tables of a batch.
pub(crate) struct Tables {
    pub store: Store,
    /// The unit of each row of results.
    pub units: Vec<usize>,
    pub columns: Vec<Column>,
    pub failures: Vec<Failed>,
    pub timings: Vec<Timing>,
    by_unit: HashMap<usize, usize>,
}

impl Tables {
    /// Reads all tables except the certificates.
    pub(crate) fn read(folder: &Path) -> Result<Self, ReportError> {
        let store = Store::open(folder)?;
        if PartKind::ALL.iter().any(|&kind| !store.merged(kind).is_file()) {
            return Err(ReportError::NotMerged { path: folder.into() });
        }
        let whole = |numbers: Vec<u64>| numbers.into_iter().map(|number| number as usize).collect::<Vec<usize>>();
        let mut results = read_parquet(store.merged(PartKind::Results))?;
        let units = whole(results.take::<Vec<u64>>("unit")?);
        let columns = store.plan().request.fields().into_iter().map(|field| {
            // A table from an earlier version may lack a column.
            let found = results.columns().iter().find(|column| column.name == field.name);
            let values =
                found.map_or_else(|| ColumnValues::Maybe(vec![None; units.len()]), |column| column.values.clone());
            Column { name: field.name, unit: field.unit, meaning: field.meaning, cells: Cells::of(values) }
        });
        let columns = columns.collect();
        let mut table = read_parquet(store.merged(PartKind::Failures))?;
        let texts = (
            table.take::<Vec<String>>("instance")?,
            table.take::<Vec<String>>("kind")?,
            table.take::<Vec<String>>("reason")?,
        );
        let failures = whole(table.take::<Vec<u64>>("unit")?).into_iter().zip(texts.0).zip(texts.1).zip(texts.2);
        let failures = failures.map(|(((unit, instance), kind), reason)| Failed { unit, instance, kind, reason });
        let failures = failures.collect();
        let mut table = read_parquet(store.merged(PartKind::Timings))?;
        let (seconds, memory) = (table.take::<Vec<f64>>("seconds")?, table.take::<Vec<u64>>("memory")?);
        let timings = whole(table.take::<Vec<u64>>("unit")?).into_iter().zip(seconds).zip(memory);
        let timings: Vec<Timing> = timings.map(|((unit, seconds), bytes)| Timing { unit, seconds, bytes }).collect();
        let by_unit = timings.iter().enumerate().map(|(place, timing)| (timing.unit, place)).collect();
        Ok(Self { store, units, columns, failures, timings, by_unit })
    }

    /// The request of the batch.
    pub(crate) fn request(&self) -> &Request {
        &self.store.plan().request
    }

    /// The number of results.
    pub(crate) fn rows(&self) -> usize {
        self.units.len()
    }

    pub(crate) fn cells(&self, name: &str) -> Option<&Cells> {
        self.columns.iter().find(|column| column.name == name).map(|column| &column.cells)
    }

    /// A number of a row.
    pub(crate) fn number(&self, name: &str, row: usize) -> Option<f64> {
        self.cells(name).and_then(|cells| cells.number(row)).filter(|x| x.is_finite())
    }

    /// All numbers in a column.
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        (0..self.rows()).filter_map(|row| self.number(name, row)).collect()
    }

    /// Pairs of numbers in rows that have both.
    pub(crate) fn pairs(&self, x: impl Fn(usize) -> Option<f64>, y: impl Fn(usize) -> Option<f64>) -> Vec<(f64, f64)> {
        (0..self.rows()).filter_map(|row| x(row).zip(y(row))).collect()
    }

    pub(crate) fn text(&self, name: &str, row: usize) -> &str {
        self.cells(name).and_then(|cells| cells.text(row)).unwrap_or_default()
    }

    pub(crate) fn certified(&self, row: usize) -> Option<bool> {
        self.cells("certified").and_then(|cells| cells.flag(row))
    }

    /// What is at stake for the user in a row; if that is zero or unknown, her value.
    pub(crate) fn scale(&self, row: usize) -> f64 {
        let full = self.number("full_information", row).unwrap_or(0.0);
        let spread = full - self.number("no_information", row).unwrap_or(full);
        if spread > 1e-9 * full.abs() { spread } else { full.abs() }
    }

    /// Whether all equilibria of a row are known; otherwise, a search found them.
    pub(crate) fn exact(&self, row: usize) -> bool {
        self.cells("exact").and_then(|cells| cells.flag(row)) == Some(true)
    }

    /// Whether all equilibria of every row with equilibria are known.
    pub(crate) fn all_exact(&self) -> bool {
        (0..self.rows()).filter(|&row| self.number("worst_user_value", row).is_some()).all(|row| self.exact(row))
    }

    pub(crate) fn timing(&self, unit: usize) -> Option<&Timing> {
        self.by_unit.get(&unit).and_then(|&place| self.timings.get(place))
    }

    /// The subject of a row: the name of its file or its table.
    pub(crate) fn file(&self, row: usize) -> String {
        let plan = self.store.plan();
        let unit = self.units[row];
        if unit < plan.units.len() { plan.name(unit) } else { self.text("instance", row).into() }
    }

    /// The user's value in an equilibrium on the scale from no information (0) to full information
    /// (1); `None` if the two have the same value.
    pub(crate) fn gain(&self, value: &str, row: usize) -> Option<f64> {
        let (from, to) = (self.number("no_information", row)?, self.number("full_information", row)?);
        let way = to - from;
        (way > 1e-9 * (from.abs() + to.abs())).then_some((self.number(value, row)? - from) / way)
    }
}
