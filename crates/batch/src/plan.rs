//! A plan: the work of a batch, divided into units.
//!
//! A unit is an instance, a block of its priors, or a table. A plan is a Parquet file with one row
//! per unit; its metadata has the request and the folder that file names are relative to. It does
//! not depend on the shards: any number of them may share it.

use crate::fields::named;
use crate::inputs::{self, Look};
use crate::{BatchError, cost};
use serde::{Deserialize, Serialize};
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use suasion_results::Request;
use suasion_table::{ColumnValues, read_parquet, write_parquet};
use twox_hash::XxHash3_64;

/// The key of the metadata.
const KEY: &str = "suasion.plan";
/// The format of plans.
const FORMAT: &str = "suasion-plan/2";
/// The target for the estimated time of a block of priors, in seconds.
const BLOCK_SECONDS: f64 = 10.0;
/// The smallest number of priors in a block, since solving neighbors together is faster.
const LEAST_BLOCK: u64 = 16;

/// A piece of work for one worker, done as a whole or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The index of the file in [`Plan::files`].
    pub file: usize,
    /// The line, from 1, if the file is a JSON Lines file; otherwise 0.
    pub line: u64,
    /// The offset of the instance in the file, in bytes.
    pub offset: u64,
    /// The length of the instance in bytes.
    pub length: u64,
    /// A hash of the instance's bytes, which shows whether it changed.
    pub fingerprint: u64,
    /// The first prior.
    pub first: u64,
    /// The number of priors, at least 1.
    pub priors: u64,
    /// The estimated time, in seconds on one thread.
    pub cost: f64,
}

/// What to do with which instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The request for each instance.
    pub request: Request,
    /// The folder that file names are relative to.
    pub folder: PathBuf,
    /// The files, as they were named.
    pub files: Vec<String>,
    /// The units; a unit's number is its index here.
    pub units: Vec<Unit>,
}

/// A summary of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outlook {
    /// The number of units.
    pub units: usize,
    /// The number of instances, or tables.
    pub inputs: usize,
    /// The largest possible number of results: one per prior.
    pub results: u64,
    /// The estimated time of all units, in seconds on one thread.
    pub seconds: f64,
    /// The number of inputs that look unreadable and will be failures.
    pub unreadable: usize,
    /// The first few of them, with the reasons.
    pub examples: Vec<String>,
    /// The number of files in other formats of this program, which are left out.
    pub other: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    format: String,
    request: Request,
    folder: PathBuf,
}

/// The part of the metadata that every version has.
#[derive(Deserialize)]
struct Format {
    format: String,
}

impl Plan {
    /// Plans the work on files, patterns, folders and JSON Lines. Priors are divided into blocks of
    /// `block`, or of about ten seconds.
    ///
    /// # Errors
    /// If there is nothing to do, or a folder or a JSON Lines file cannot be read. Instances that
    /// cannot be read are planned anyway: they will be failures, with the reason.
    pub fn make(
        patterns: &[String],
        request: Request,
        block: Option<u64>,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<(Self, Outlook), BatchError> {
        const EXAMPLES: usize = 5;
        if block == Some(0) {
            return Err(BatchError::option("--block", &0, "at least 1 prior"));
        }
        let here = Path::new(".");
        let folder = std::env::current_dir().map_err(BatchError::read(here))?;
        let paths = inputs::files(patterns, &request)?;
        let mut outlook = Outlook::default();
        let mut units = vec![];
        inputs::look(&paths, &request, done, |input| {
            let inputs::Input { file, line, offset, length, fingerprint, look } = input;
            let (priors, cost) = match look {
                Look::OtherFormat(_) => {
                    outlook.other += 1;
                    return;
                }
                Look::Instance(outline) if request.by_prior() => {
                    (outline.priors.max(1) as u64, cost::of_prior(&request, &outline))
                }
                Look::Instance(outline) => (1, cost::of_prior(&request, &outline)),
                Look::Table => (1, cost::of_table(length)),
                Look::Unreadable(why) => {
                    outlook.unreadable += 1;
                    if outlook.examples.len() < EXAMPLES {
                        let at = if line > 0 { format!(":{line}") } else { String::new() };
                        outlook.examples.push(format!("{}{at}: {why}", paths[file].display()));
                    }
                    (1, 0.0)
                }
            };
            outlook.inputs += 1;
            outlook.results += priors;
            let size = block.unwrap_or_else(|| ((BLOCK_SECONDS / cost.max(1e-9)) as u64).max(LEAST_BLOCK));
            let blocks = priors.div_ceil(size);
            for block in 0..blocks {
                // Make blocks of nearly the same size, rather than a small one at the end.
                let (first, end) = (priors * block / blocks, priors * (block + 1) / blocks);
                let (priors, cost) = (end - first, cost * (end - first) as f64);
                outlook.seconds += cost;
                units.push(Unit { file, line, offset, length, fingerprint, first, priors, cost });
            }
        })?;
        if units.is_empty() {
            let problem = match outlook.other {
                0 => "found nothing to work on".into(),
                other => format!("found {other} files of other kinds, and nothing to work on"),
            };
            return Err(BatchError::bad(Path::new(&patterns.join(" ")), problem));
        }
        outlook.units = units.len();
        // Keep only files with units, in their order, so that a plan is the same after it is
        // written and read.
        let mut files: Vec<String> = vec![];
        let mut last = None;
        for unit in &mut units {
            if last.replace(unit.file) != Some(unit.file) {
                files.push(paths[unit.file].display().to_string());
            }
            unit.file = files.len() - 1;
        }
        Ok((Self { request, folder, files, units }, outlook))
    }

    /// The name of a unit's input: its file, or the line of a file.
    #[must_use]
    pub fn name(&self, unit: usize) -> String {
        let unit = &self.units[unit];
        let file = &self.files[unit.file];
        if unit.line > 0 { format!("{file}:{}", unit.line) } else { file.clone() }
    }

    /// The estimated times of the units, in seconds.
    #[must_use]
    pub fn costs(&self) -> Vec<f64> {
        self.units.iter().map(|unit| unit.cost).collect()
    }

    /// A hash of everything in it.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = XxHash3_64::default();
        let about = serde_json::to_string(&self.about()).unwrap_or_default();
        hash.write(about.as_bytes());
        for file in &self.files {
            hash.write(file.as_bytes());
            hash.write_u8(0);
        }
        for unit in &self.units {
            let Unit { file, line, offset, length, fingerprint, first, priors, cost } = unit;
            for number in [*file as u64, *line, *offset, *length, *fingerprint, *first, *priors, cost.to_bits()] {
                hash.write_u64(number);
            }
        }
        format!("{:016x}", hash.finish())
    }

    fn about(&self) -> About {
        About { format: FORMAT.into(), request: self.request.clone(), folder: self.folder.clone() }
    }

    /// Writes it as a whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), BatchError> {
        let integers = |get: fn(&Unit) -> u64| ColumnValues::Integers(self.units.iter().map(get).collect());
        let files = self.units.iter().map(|unit| self.files[unit.file].clone()).collect();
        let columns = [
            named("file", "", "the file, as it was named", ColumnValues::Texts(files)),
            named("line", "", "the line in a JSON Lines file, from 1; otherwise 0", integers(|unit| unit.line)),
            named("offset", "bytes", "where the instance begins", integers(|unit| unit.offset)),
            named("length", "bytes", "how long the instance is", integers(|unit| unit.length)),
            named("fingerprint", "", "a hash of its bytes", integers(|unit| unit.fingerprint)),
            named("first_prior", "", "the first prior, from 0", integers(|unit| unit.first)),
            named("priors", "", "the number of priors", integers(|unit| unit.priors)),
            named("cost", "s", "an estimate of the time on one thread", ColumnValues::Numbers(self.costs())),
        ];
        let about = serde_json::to_string(&self.about()).map_err(|cause| BatchError::bad(path, cause.to_string()))?;
        Ok(write_parquet(path, &columns, &[(KEY, about)])?)
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// If the file cannot be read or is not a plan.
    pub fn read(path: &Path) -> Result<Self, BatchError> {
        let bad = |problem: String| BatchError::bad(path, problem);
        let mut table = read_parquet(path)?;
        let about = table.about(KEY).ok_or_else(|| bad("is not a plan; `suasion batch plan` makes one".into()))?;
        let unknown = |cause: serde_json::Error| bad(format!("is not a valid plan: {cause}"));
        let Format { format } = serde_json::from_str(about).map_err(unknown)?;
        if format != FORMAT {
            let again = "`suasion batch plan` makes a new one";
            return Err(bad(format!("found the format {format:?} of another version, expected {FORMAT:?}; {again}")));
        }
        let About { request, folder, .. } = serde_json::from_str(about).map_err(unknown)?;
        let names = table.take::<Vec<String>>("file")?;
        let mut integers = |name: &str| table.take::<Vec<u64>>(name);
        let columns = ["line", "offset", "length", "fingerprint", "first_prior", "priors"].map(&mut integers);
        let [line, offset, length, fingerprint, first, priors] = columns;
        let [line, offset, length, fingerprint, first, priors] =
            [line?, offset?, length?, fingerprint?, first?, priors?];
        let cost = table.take::<Vec<f64>>("cost")?;
        let mut files: Vec<String> = vec![];
        let mut places = std::collections::HashMap::new();
        let mut units = Vec::with_capacity(names.len());
        for (row, name) in names.into_iter().enumerate() {
            let file = match files.last() {
                Some(last) if *last == name => files.len() - 1,
                _ => *places.entry(name).or_insert_with_key(|name: &String| {
                    files.push(name.clone());
                    files.len() - 1
                }),
            };
            if priors[row] == 0 || first[row].checked_add(priors[row]).is_none() {
                return Err(bad(format!("row {}: found {} priors from {}", row + 1, priors[row], first[row])));
            }
            units.push(Unit {
                file,
                line: line[row],
                offset: offset[row],
                length: length[row],
                fingerprint: fingerprint[row],
                first: first[row],
                priors: priors[row],
                cost: if cost[row].is_finite() && cost[row] >= 0.0 { cost[row] } else { 0.0 },
            });
        }
        if units.is_empty() {
            return Err(bad("has no units".into()));
        }
        Ok(Self { request, folder, files, units })
    }
}
