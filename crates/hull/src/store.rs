//! Factor files: a table as factors, in Parquet.
//!
//! A factor of k agents is k + 2 rows of its triangle, in columns `intercept`, the agents and the target (the first and the last with a prefix
//! that keeps them apart from agents). Factors follow each other; which cell each one is, how many rows and what weight it stands for, and what the
//! columns are, is JSON in the metadata of the file.

use crate::reduce::{Cell, Columns, Reduction};
use crate::{Factor, HullError};
use faer::Mat;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use suasion_table::{NamedColumn, Table, Values, write_parquet};

/// The key of the metadata.
const KEY: &str = "suasion.factor";
/// What a factor file says that it is.
const FORMAT: &str = "suasion-factor/1";
/// The names of the columns that are no agents.
const INTERCEPT: &str = "suasion.intercept";
const TARGET: &str = "suasion.target";
/// Which agents may not have.
pub(crate) const RESERVED: [&str; 2] = [INTERCEPT, TARGET];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    format: String,
    columns: Columns,
    blocks: u32,
    dropped: u64,
    cells: Vec<Stored>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    cell: Cell,
    rows: u64,
    weight: f64,
}

impl Reduction {
    /// Writes a factor file, whole or not at all. Every bit of the factors is kept.
    ///
    /// # Errors
    /// If it cannot be written, or an agent has a name that such files keep for themselves.
    pub fn write(&self, path: &Path) -> Result<(), HullError> {
        let n = self.columns.agents.len() + 2;
        let names = [INTERCEPT].into_iter().chain(self.columns.agents.iter().map(String::as_str)).chain([TARGET]);
        let column = |(column, name): (usize, &str)| {
            let entries =
                self.cells.values().flat_map(|factor| (0..n).map(move |row| factor.triangle()[(row, column)]));
            NamedColumn::from((name, Values::Numbers(entries.collect())))
        };
        let columns: Vec<NamedColumn> = names.enumerate().map(column).collect();
        let stored = |(cell, factor): (&Cell, &Factor)| Stored {
            cell: cell.clone(),
            rows: factor.rows(),
            weight: factor.weight(),
        };
        let about = About {
            format: FORMAT.into(),
            columns: self.columns.clone(),
            blocks: self.blocks,
            dropped: self.dropped,
            cells: self.cells.iter().map(stored).collect(),
        };
        let about = serde_json::to_string(&about).map_err(|cause| bad(path, cause.to_string()))?;
        Ok(write_parquet(path, &columns, &[(KEY, about)])?)
    }

    /// Whether a table is a factor file.
    #[must_use]
    pub fn is_stored(table: &Table) -> bool {
        table.about(KEY).is_some()
    }

    /// Reads a factor file.
    ///
    /// # Errors
    /// If it cannot be read, is no factor file or damaged.
    pub fn read(path: &Path) -> Result<Self, HullError> {
        let table = Table::open(&[PathBuf::from(path)])?;
        let Some(about) = table.about(KEY) else {
            return Err(bad(path, "found a table, expected a factor file as `suasion hull reduce` writes it".into()));
        };
        let about: About =
            serde_json::from_str(about).map_err(|cause| bad(path, format!("its metadata {KEY}: {cause}")))?;
        if about.format != FORMAT {
            return Err(bad(path, format!("found the format {:?}, expected {FORMAT:?}", about.format)));
        }
        let n = about.columns.agents.len() + 2;
        let names = [INTERCEPT].into_iter().chain(about.columns.agents.iter().map(String::as_str)).chain([TARGET]);
        let reader = table.select(&names.map(str::to_owned).collect::<Vec<_>>(), &[])?;
        if about.cells.len().checked_mul(n).map(|rows| rows as u64) != Some(reader.rows()) {
            let found = format!("found {} rows, expected {n} for each of {} factors", reader.rows(), about.cells.len());
            return Err(bad(path, found));
        }
        let mut triangles: Vec<Mat<f64>> = about.cells.iter().map(|_| Mat::zeros(n, n)).collect();
        for part in reader.parts(1 << 16) {
            reader.read::<HullError>(&part, |batch| {
                for column in 0..n {
                    for (row, &entry) in (batch.first() as usize..).zip(batch.numbers(column)) {
                        triangles[row / n][(row % n, column)] = entry;
                    }
                }
                Ok(())
            })?;
        }
        let mut cells = BTreeMap::new();
        for (Stored { cell, rows, weight }, triangle) in about.cells.into_iter().zip(triangles) {
            let factor = Factor::new(triangle, rows, weight).map_err(|cause| bad(path, cause.to_string()))?;
            if cells.insert(cell, factor).is_some() {
                return Err(bad(path, "found a cell twice, expected each once".into()));
            }
        }
        Ok(Self { columns: about.columns, blocks: about.blocks, dropped: about.dropped, cells })
    }
}

fn bad(path: &Path, problem: String) -> HullError {
    HullError::FactorFile { path: path.into(), problem }
}
