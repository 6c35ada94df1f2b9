//! Factor files: the factors of a table, in Parquet.
//!
//! The factor of k agents takes k + 2 rows, one for each row of its triangle. The columns are the
//! intercept, the agents, and the target; the names of the first and the last have a prefix, so
//! that they differ from agents' names. Factors follow each other. JSON in the file's metadata has
//! the cell, the number of rows, and the weight of each factor, and the roles of the columns.

use crate::reduce::{ColumnRoles, FactorCell, INTERCEPT, Reduction, TARGET};
use crate::{Factor, RegressionError};
use faer::Mat;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use suasion_table::{ColumnValues, NamedColumn, Table, write_parquet};

/// The key of the metadata.
const KEY: &str = "suasion.factor";
/// The format and its version. Version 1 assigned rows to blocks by another hash.
const FORMAT: &str = "suasion-factor/2";
/// The part of the metadata that all versions share.
#[derive(Deserialize)]
struct Version {
    format: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    format: String,
    columns: ColumnRoles,
    blocks: u32,
    dropped: u64,
    cells: Vec<Stored>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    cell: FactorCell,
    rows: u64,
    weight: f64,
}

impl Reduction {
    /// Writes a factor file completely, or not at all. Every bit of the factors is kept.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RegressionError> {
        let n = self.columns.agents.len() + 2;
        let names = [INTERCEPT].into_iter().chain(self.columns.agents.iter().map(String::as_str)).chain([TARGET]);
        let column = |(column, name): (usize, &str)| {
            let entries =
                self.cells.values().flat_map(|factor| (0..n).map(move |row| factor.triangle()[(row, column)]));
            NamedColumn::from((name, ColumnValues::Numbers(entries.collect())))
        };
        let columns: Vec<NamedColumn> = names.enumerate().map(column).collect();
        let stored = |(cell, factor): (&FactorCell, &Factor)| Stored {
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
    /// If the file cannot be read, is not a factor file, is damaged, or has another version.
    pub fn read(path: &Path) -> Result<Self, RegressionError> {
        let table = Table::open(&[PathBuf::from(path)])?;
        let Some(about) = table.about(KEY) else {
            return Err(bad(path, "found a table, expected a factor file as `suasion hull reduce` writes it".into()));
        };
        let damaged = |cause: serde_json::Error| bad(path, format!("its metadata {KEY}: {cause}"));
        let Version { format } = serde_json::from_str(about).map_err(damaged)?;
        if format != FORMAT {
            return Err(bad(
                path,
                format!("found the format {format:?}, expected {FORMAT:?}; reduce the tables again with this version"),
            ));
        }
        let about: About = serde_json::from_str(about).map_err(damaged)?;
        let n = about.columns.agents.len() + 2;
        let names = [INTERCEPT].into_iter().chain(about.columns.agents.iter().map(String::as_str)).chain([TARGET]);
        let reader = table.select(&names.map(str::to_owned).collect::<Vec<_>>(), &[])?;
        if about.cells.len().checked_mul(n).map(|rows| rows as u64) != Some(reader.rows()) {
            let found = format!("found {} rows, expected {n} for each of {} factors", reader.rows(), about.cells.len());
            return Err(bad(path, found));
        }
        let mut triangles: Vec<Mat<f64>> = about.cells.iter().map(|_| Mat::zeros(n, n)).collect();
        for part in reader.parts(1 << 16) {
            reader.read::<RegressionError>(&part, |batch| {
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

fn bad(path: &Path, problem: String) -> RegressionError {
    RegressionError::FactorFile { path: path.into(), problem }
}
