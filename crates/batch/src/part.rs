//! Parts: tables of a few thousand units, complete once their marker exists.
//!
//! A part is up to four Parquet files, each sorted by unit: results, certificates, failures,
//! timings. A small JSON file, the marker, is written last and names them with their lengths and
//! hashes. A file that it does not name does not count, and a file that does not match it is
//! damaged.

use crate::BatchError;
use crate::fields::{STOPPED, column, named};
use crate::inputs::fingerprint;
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use suasion_results::Request;
use suasion_table::{ColumnValues, NamedColumn, read_parquet_columns, write_parquet};

/// The meaning of columns with names of instances.
const INSTANCE: &str = "the instance's file, or line of a file";
/// The column that every table has and is sorted by.
pub(crate) const UNIT: &str = "unit";

/// The tables of a part, and of a merged batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// The numbers of the results: a row per instance and prior.
    Results,
    /// The complete results as JSON, with schemes and certificates: a row for each row of the first
    /// table.
    Certificates,
    /// Units without results, with the reasons.
    Failures,
    /// The time and the memory of each unit.
    Timings,
}

impl PartKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Results, Self::Certificates, Self::Failures, Self::Timings];

    /// Its name, which is also that of its file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Certificates => "certificates",
            Self::Failures => "failures",
            Self::Timings => "timings",
        }
    }
}

/// The marker of a part, which names its files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marker {
    /// Its attempt, since failed units may be tried again.
    attempt: u64,
    files: BTreeMap<PartKind, Checked>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checked {
    bytes: u64,
    hash: String,
}

/// The units of a part.
pub(crate) struct PartUnits {
    pub done: Vec<u64>,
    pub failed: Vec<u64>,
}

/// A complete part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub folder: PathBuf,
    pub number: u64,
    pub attempt: u64,
    files: BTreeMap<PartKind, Checked>,
}

fn marker(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("part-{number:06}.json"))
}

fn file(folder: &Path, number: u64, kind: PartKind) -> PathBuf {
    folder.join(format!("part-{number:06}.{}.parquet", kind.name()))
}

/// The table of one kind from records, sorted by unit.
pub(crate) fn table(kind: PartKind, request: &Request, records: &[&Record]) -> Vec<NamedColumn> {
    let per_result =
        || records.iter().flat_map(|record| record.results().map(move |result| (record.head.unit, result)));
    let numbers =
        |units: Vec<u64>| named(UNIT, "", "the unit's number in the plan, from 0", ColumnValues::Integers(units));
    let mut columns = vec![];
    match kind {
        PartKind::Results => {
            columns.push(numbers(per_result().map(|(unit, _)| unit).collect()));
            let rows: Vec<&[_]> =
                records.iter().flat_map(|record| record.head.rows.iter().map(Vec::as_slice)).collect();
            let fields = request.fields();
            columns.extend(fields.iter().enumerate().map(|(place, field)| column(field, place, &rows)));
        }
        PartKind::Certificates => {
            columns.push(numbers(per_result().map(|(unit, _)| unit).collect()));
            let results = per_result().map(|(_, text)| text.to_owned()).collect();
            let meaning = "the result as JSON, with schemes and certificates; `suasion verify` checks it";
            columns.push(named("result", "", meaning, ColumnValues::Texts(results)));
        }
        PartKind::Failures => {
            let failed = || records.iter().filter_map(|record| Some((&record.head, record.head.failure.as_ref()?)));
            columns.push(numbers(failed().map(|(head, _)| head.unit).collect()));
            let names = failed().map(|(head, _)| head.instance.clone()).collect();
            columns.push(named("instance", "", INSTANCE, ColumnValues::Texts(names)));
            let kinds = failed().map(|(_, failure)| failure.kind.name().to_owned()).collect();
            columns.push(named("kind", "", "input, work, time, memory or crash", ColumnValues::Texts(kinds)));
            let reasons = failed().map(|(_, failure)| failure.reason.clone()).collect();
            columns.push(named("reason", "", "why there is no result", ColumnValues::Texts(reasons)));
        }
        PartKind::Timings => {
            columns.push(numbers(records.iter().map(|record| record.head.unit).collect()));
            let names = records.iter().map(|record| record.head.instance.clone()).collect();
            columns.push(named("instance", "", INSTANCE, ColumnValues::Texts(names)));
            let seconds = records.iter().map(|record| record.head.seconds).collect();
            columns.push(named("seconds", "s", "how long the unit took", ColumnValues::Numbers(seconds)));
            let memory = records.iter().map(|record| record.head.memory).collect();
            let meaning = "the largest memory of the worker during the unit; 0 if unknown";
            columns.push(named("memory", "bytes", meaning, ColumnValues::Integers(memory)));
        }
    }
    columns
}

impl Part {
    /// Writes records as a part.
    pub(crate) fn write(
        folder: &Path,
        (number, attempt): (u64, u64),
        request: &Request,
        records: &[Record],
    ) -> Result<Self, BatchError> {
        let mut sorted: Vec<&Record> = records.iter().rev().collect();
        sorted.sort_by_key(|record| record.head.unit);
        // Of a unit that was tried again, keep the last record.
        sorted.dedup_by_key(|record| record.head.unit);
        let write = &|kind| -> Result<Option<(PartKind, Checked)>, BatchError> {
            let path = file(folder, number, kind);
            let columns = table(kind, request, &sorted);
            if columns[0].values.rows() == 0 {
                return Ok(None);
            }
            write_parquet(&path, &columns, &[])?;
            let bytes = std::fs::read(&path).map_err(BatchError::read(&path))?;
            Ok(Some((kind, Checked { bytes: bytes.len() as u64, hash: format!("{:016x}", fingerprint(&bytes)) })))
        };
        // Use separate threads, since all others may be working on units.
        let written = std::thread::scope(|scope| {
            PartKind::ALL.map(|kind| scope.spawn(move || write(kind))).map(|writing| {
                let fault = |_| Err(BatchError::bad(folder, "a part cannot be written"));
                writing.join().unwrap_or_else(fault)
            })
        });
        let files = written.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let part = Self { folder: folder.into(), number, attempt, files };
        let path = marker(folder, number);
        let text = serde_json::to_vec(&Marker { attempt, files: part.files.clone() });
        let text = text.map_err(|cause| BatchError::bad(&path, cause.to_string()))?;
        suasion_table::write_file(&path, &text)?;
        Ok(part)
    }

    /// The complete parts in a shard's folder, by number.
    pub(crate) fn list(folder: &Path) -> Result<Vec<Self>, BatchError> {
        let mut parts = vec![];
        for entry in std::fs::read_dir(folder).map_err(BatchError::read(folder))? {
            let name = entry.map_err(BatchError::read(folder))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("part-")?.strip_suffix(".json")?.parse().ok());
            let Some(number) = number else { continue };
            let path = marker(folder, number);
            let text = std::fs::read(&path).map_err(BatchError::read(&path))?;
            // A damaged marker names nothing.
            let Marker { attempt, files } =
                serde_json::from_slice(&text).unwrap_or(Marker { attempt: 0, files: BTreeMap::new() });
            parts.push(Self { folder: folder.into(), number, attempt, files });
        }
        parts.sort_by_key(|part| part.number);
        Ok(parts)
    }

    /// The file of a kind, if it has one.
    pub(crate) fn file(&self, kind: PartKind) -> Option<PathBuf> {
        self.files.contains_key(&kind).then(|| file(&self.folder, self.number, kind))
    }

    /// The damage to its files, if there is any.
    pub(crate) fn damage(&self) -> Option<BatchError> {
        if self.files.is_empty() {
            return Some(BatchError::bad(&marker(&self.folder, self.number), "is damaged: it names no files"));
        }
        self.files.iter().find_map(|(&kind, checked)| {
            let path = file(&self.folder, self.number, kind);
            match std::fs::read(&path) {
                Err(cause) => Some(BatchError::Read { path, cause }),
                Ok(bytes) if bytes.len() as u64 != checked.bytes => {
                    let problem = format!("is damaged: found {} bytes, expected {}", bytes.len(), checked.bytes);
                    Some(BatchError::bad(&path, problem))
                }
                Ok(bytes) if format!("{:016x}", fingerprint(&bytes)) != checked.hash => {
                    Some(BatchError::bad(&path, "is damaged: its bytes are not those that were written"))
                }
                Ok(_) => None,
            }
        })
    }

    /// The outcomes of its units.
    pub(crate) fn units(&self) -> Result<PartUnits, BatchError> {
        let read = |kind| -> Result<Vec<u64>, BatchError> {
            let Some(path) = self.file(kind) else { return Ok(vec![]) };
            Ok(read_parquet_columns(&path, &[UNIT])?.take::<Vec<u64>>(UNIT)?)
        };
        let failed = read(PartKind::Failures)?;
        let known: std::collections::HashSet<u64> = failed.iter().copied().collect();
        let done = read(PartKind::Timings)?.into_iter().filter(|unit| !known.contains(unit)).collect();
        Ok(PartUnits { done, failed })
    }

    /// Its units that a limit stopped, with what was known by then.
    pub(crate) fn stopped(&self) -> Result<Vec<u64>, BatchError> {
        let Some(path) = self.file(PartKind::Results) else { return Ok(vec![]) };
        let mut table = read_parquet_columns(&path, &[UNIT, STOPPED])?;
        let units = table.take::<Vec<u64>>(UNIT)?.into_iter().zip(table.take::<Vec<Option<String>>>(STOPPED)?);
        Ok(units.filter_map(|(unit, why)| why.map(|_| unit)).collect())
    }

    /// Sets it aside, so that its units are done again. The files stay for inspection.
    pub(crate) fn set_aside(&self) -> Result<(), BatchError> {
        let aside = |path: PathBuf| {
            let to = path.with_extension("damaged");
            match std::fs::rename(&path, &to) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(BatchError::Write { path, cause }),
                _ => Ok(()),
            }
        };
        // Move the marker first: without it, the part does not exist.
        aside(marker(&self.folder, self.number))?;
        for kind in PartKind::ALL {
            aside(file(&self.folder, self.number, kind))?;
        }
        Ok(())
    }
}
