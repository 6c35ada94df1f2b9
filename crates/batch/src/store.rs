//! The output of a batch: a folder with the plan, and a folder for each shard.
//!
//! ```text
//! OUT/plan.parquet            the plan
//!     shard-1-of-4/lock       held by the process that writes the shard
//!                  part-...   complete parts
//!                  journal-.. records that are in no part yet
//!     slurm/                  jobs, their scripts and logs
//!     factors/                of `hull reduce`: a file of factors per unit
//!     results.parquet ...     once merged
//! ```

use crate::journal::{self, Journal};
use crate::part::{Part, PartKind, PartUnits};
use crate::record::Record;
use crate::{BatchError, Plan, Shard};
use rayon::prelude::*;
use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use suasion_results::Request;
use suasion_table::{Lock, Unlocked};

/// The name of the plan in the output folder.
const PLAN: &str = "plan.parquet";
/// The folder of scripts and logs for a cluster.
const SLURM: &str = "slurm";
/// The folder of factors.
const FACTORS: &str = "factors";
/// The name of the lock in a folder.
const LOCK: &str = "lock";

/// The folder of a batch's output, with its plan.
pub struct Store {
    pub(crate) folder: PathBuf,
    pub(crate) plan: Plan,
}

/// The progress of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// It is left.
    #[default]
    Left,
    /// It failed.
    Failed,
    /// It has results.
    Done,
}

/// The content of an output.
pub struct Survey {
    /// The progress of every unit.
    pub units: Vec<Progress>,
    /// The shards that were ever started.
    pub shards: Vec<ShardSurvey>,
    /// The damage of each damaged part. Their units are left.
    pub damaged: Vec<BatchError>,
    pub(crate) parts: Vec<Part>,
    pub(crate) broken: Vec<Part>,
    /// The highest attempt.
    pub(crate) attempt: u64,
}

/// The content of a shard.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardSurvey {
    /// The shard.
    pub shard: Shard,
    /// The number of units with results in its folder.
    pub done: usize,
    /// The number of units that failed.
    pub failed: usize,
    /// The number of both that are only in its journal, not in a part yet.
    pub journal: usize,
    /// The process that is writing it.
    pub writer: Option<String>,
}

impl Survey {
    /// The number of units with this progress.
    #[must_use]
    pub fn count(&self, progress: Progress) -> usize {
        self.units.iter().filter(|&&unit| unit == progress).count()
    }

    /// The units that a limit stopped, with what was known by then.
    pub(crate) fn stopped(&self, request: &Request) -> Result<HashSet<u64>, BatchError> {
        if !request.reads_instances() {
            return Ok(HashSet::new());
        }
        let stopped: Vec<Vec<u64>> = self.parts.par_iter().map(Part::stopped).collect::<Result<_, _>>()?;
        Ok(stopped.into_iter().flatten().collect())
    }
}

impl Store {
    /// Opens an output for a plan, and creates it if it does not exist.
    ///
    /// # Errors
    /// If it cannot be written or belongs to another plan.
    pub fn create(folder: &Path, plan: Plan) -> Result<Self, BatchError> {
        let write = BatchError::write(folder);
        std::fs::create_dir_all(folder).map_err(&write)?;
        let path = folder.join(PLAN);
        if path.exists() {
            if Plan::read(&path)?.digest() != plan.digest() {
                let problem = "has the output of another plan, expected a new folder or that of this plan";
                return Err(BatchError::bad(folder, problem));
            }
        } else {
            let mut entries = std::fs::read_dir(folder).map_err(BatchError::read(folder))?;
            // Files of other shards that are being written belong to this batch, as do those of a
            // process that was killed while it wrote the plan.
            let foreign = entries.find_map(|entry| {
                let name = entry.ok()?.file_name();
                let ours = name.to_str().is_some_and(|name| {
                    [".suasion-", "shard-"].iter().any(|start| name.starts_with(start))
                        || [PLAN, FACTORS, SLURM].contains(&name)
                });
                (!ours).then_some(name)
            });
            if let Some(name) = foreign {
                let problem = format!("found {} in it, expected a new or an empty folder", name.display());
                return Err(BatchError::bad(folder, problem));
            }
            plan.write(&path)?;
        }
        Ok(Self { folder: folder.into(), plan })
    }

    /// Opens an existing output.
    ///
    /// # Errors
    /// If it is not an output.
    pub fn open(folder: &Path) -> Result<Self, BatchError> {
        let path = folder.join(PLAN);
        if !path.is_file() {
            return Err(BatchError::bad(folder, format!("is not the output of a batch: it has no {PLAN}")));
        }
        Ok(Self { folder: folder.into(), plan: Plan::read(&path)? })
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of its plan.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(PLAN)
    }

    /// The path of a merged table.
    #[must_use]
    pub fn merged(&self, kind: PartKind) -> PathBuf {
        self.folder.join(format!("{}.parquet", kind.name()))
    }

    /// The folder of the tables' factors.
    #[must_use]
    pub fn factors(&self) -> PathBuf {
        self.folder.join(FACTORS)
    }

    /// Checks everything in it: every byte of every part.
    ///
    /// # Errors
    /// If something cannot be read. Damage is not an error: it is reported, and the units are left.
    pub fn survey(&self) -> Result<Survey, BatchError> {
        self.look(true)
    }

    /// The same for parts only, or for journals too.
    pub(crate) fn look(&self, journals: bool) -> Result<Survey, BatchError> {
        let mut survey = Survey {
            units: vec![Progress::Left; self.plan.units.len()],
            shards: vec![],
            damaged: vec![],
            parts: vec![],
            broken: vec![],
            attempt: 0,
        };
        for shard in self.shards()? {
            let folder = self.shard(shard);
            let mut parts = Part::list(&folder)?;
            let looked: Vec<Result<PartUnits, BatchError>> =
                parts.par_iter().map(|part| part.damage().map_or_else(|| part.units(), Err)).collect();
            let mut about =
                ShardSurvey { shard, done: 0, failed: 0, journal: 0, writer: Lock::holder(&folder.join(LOCK)) };
            for (part, units) in parts.drain(..).zip(looked) {
                survey.attempt = survey.attempt.max(part.attempt);
                match units {
                    Ok(PartUnits { done, failed }) => {
                        about.done += done.len();
                        about.failed += failed.len();
                        survey.note(&done, Progress::Done);
                        survey.note(&failed, Progress::Failed);
                        survey.parts.push(part);
                    }
                    Err(cause) => {
                        survey.damaged.push(cause);
                        survey.broken.push(part);
                    }
                }
            }
            for record in if journals { journaled(&folder)? } else { vec![] } {
                let progress = if record.head.failure.is_some() { Progress::Failed } else { Progress::Done };
                *(if progress == Progress::Done { &mut about.done } else { &mut about.failed }) += 1;
                about.journal += 1;
                survey.note(&[record.head.unit], progress);
            }
            survey.shards.push(about);
        }
        Ok(survey)
    }

    /// Turns journals of ended runs into parts, and returns whether there are any.
    pub(crate) fn seal(&self, shard: Shard, survey: &Survey) -> Result<bool, BatchError> {
        if journals(&self.shard(shard))?.is_empty() {
            return Ok(false);
        }
        let claim = Claim::new(self, shard)?;
        Writer::new(claim, survey, &self.plan.request, survey.attempt)?.finish()?;
        Ok(true)
    }

    pub(crate) fn shard(&self, shard: Shard) -> PathBuf {
        self.folder.join(format!("shard-{}-of-{}", shard.index, shard.of))
    }

    /// The shards with folders, in order.
    pub(crate) fn shards(&self) -> Result<Vec<Shard>, BatchError> {
        let read = BatchError::read(&self.folder);
        let mut shards = vec![];
        for entry in std::fs::read_dir(&self.folder).map_err(&read)? {
            let name = entry.map_err(&read)?.file_name();
            let numbers = name.to_str().and_then(|name| name.strip_prefix("shard-")?.split_once("-of-"));
            let shard: Option<Shard> = numbers.and_then(|(index, of)| format!("{index}/{of}").parse().ok());
            shards.extend(shard);
        }
        shards.sort_by_key(|shard: &Shard| (shard.of, shard.index));
        Ok(shards)
    }
}

impl Survey {
    /// A unit that has results somewhere is done, whatever happened to it elsewhere.
    fn note(&mut self, units: &[u64], progress: Progress) {
        for &unit in units {
            if let Some(known) = self.units.get_mut(unit as usize) {
                *known = progress.max(*known);
            }
        }
    }
}

/// The records that are in a journal and not in a part.
fn journaled(folder: &Path) -> Result<Vec<Record>, BatchError> {
    let parts: Vec<u64> = Part::list(folder)?.into_iter().map(|part| part.number).collect();
    let mut records = vec![];
    for number in journals(folder)? {
        if !parts.contains(&number) {
            match journal::peek(&journal_path(folder, number)) {
                // It has become a part in the meantime.
                Err(BatchError::Read { cause, .. }) if cause.kind() == ErrorKind::NotFound => {}
                found => records.extend(found?),
            }
        }
    }
    Ok(records)
}

fn journal_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("journal-{number:06}"))
}

fn journals(folder: &Path) -> Result<Vec<u64>, BatchError> {
    let read = BatchError::read(folder);
    let mut numbers = vec![];
    for entry in std::fs::read_dir(folder).map_err(&read)? {
        let name = entry.map_err(&read)?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.strip_prefix("journal-")?.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// A lock on a shard: no other process may write it while this value exists.
pub(crate) struct Claim {
    folder: PathBuf,
    _lock: Lock,
}

impl Claim {
    /// Locks a shard.
    pub(crate) fn new(store: &Store, shard: Shard) -> Result<Self, BatchError> {
        let folder = store.shard(shard);
        std::fs::create_dir_all(&folder).map_err(BatchError::write(&folder))?;
        Ok(Self { _lock: lock(&folder)?, folder })
    }
}

/// A shard open for writing.
pub(crate) struct Writer {
    claim: Claim,
    request: Request,
    attempt: u64,
    number: u64,
    journal: Journal,
    records: Vec<Record>,
    /// The previous part, which is being written.
    sealing: Option<JoinHandle<Result<(), BatchError>>>,
}

impl Writer {
    /// Sets damaged parts aside and resumes where an earlier run ended. The survey must be made
    /// after the shard was locked.
    pub(crate) fn new(claim: Claim, survey: &Survey, request: &Request, attempt: u64) -> Result<Self, BatchError> {
        let folder = &claim.folder;
        clear(folder)?;
        for part in survey.broken.iter().filter(|part| part.folder == *folder) {
            part.set_aside()?;
        }
        let parts: Vec<u64> =
            survey.parts.iter().filter(|part| part.folder == *folder).map(|part| part.number).collect();
        let mut last = None;
        for number in journals(folder)? {
            let path = journal_path(folder, number);
            if parts.contains(&number) {
                // The run ended after the part was written and before its journal was removed.
                std::fs::remove_file(&path).map_err(BatchError::write(&path))?;
            } else if let Some(earlier) = last.replace(number) {
                // The run ended while a part was being written.
                let (journal, records) = Journal::open(&journal_path(folder, earlier))?;
                seal(folder, (earlier, attempt), request, &records, journal)?;
            }
        }
        let number = last.unwrap_or_else(|| next_number(folder, &parts));
        let (journal, records) = Journal::open(&journal_path(folder, number))?;
        Ok(Self { claim, request: request.clone(), attempt, number, journal, records, sealing: None })
    }

    /// Adds a record. When there are many, they become a part.
    pub(crate) fn add(&mut self, record: Record) -> Result<(), BatchError> {
        /// The approximate size of a part, in bytes of JSON.
        const BYTES: u64 = 8 << 20;
        /// The largest number of records in a part.
        const RECORDS: usize = 1 << 14;
        self.journal.append(&record)?;
        self.records.push(record);
        if self.journal.length >= BYTES || self.records.len() >= RECORDS { self.seal() } else { Ok(()) }
    }

    /// Starts to turn the journal into a part, while more records arrive.
    fn seal(&mut self) -> Result<(), BatchError> {
        self.wait()?;
        let (folder, numbers, request) = (self.claim.folder.clone(), (self.number, self.attempt), self.request.clone());
        self.number += 1;
        let (next, _) = Journal::open(&journal_path(&folder, self.number))?;
        let journal = std::mem::replace(&mut self.journal, next);
        let records = std::mem::take(&mut self.records);
        self.sealing = Some(std::thread::spawn(move || seal(&folder, numbers, &request, &records, journal)));
        Ok(())
    }

    fn wait(&mut self) -> Result<(), BatchError> {
        let fault = || BatchError::bad(&self.claim.folder, "a part cannot be written");
        self.sealing.take().map_or(Ok(()), |sealing| sealing.join().unwrap_or_else(|_| Err(fault())))
    }

    /// Turns the rest into a part and ends.
    pub(crate) fn finish(mut self) -> Result<(), BatchError> {
        self.wait()?;
        if self.records.is_empty() {
            return self.journal.remove();
        }
        let numbers = (self.number, self.attempt);
        seal(&self.claim.folder, numbers, &self.request, &self.records, self.journal)
    }
}

/// Turns the records of a journal into a part.
fn seal(
    folder: &Path,
    numbers: (u64, u64),
    request: &Request,
    records: &[Record],
    journal: Journal,
) -> Result<(), BatchError> {
    if !records.is_empty() {
        Part::write(folder, numbers, request, records)?;
        tracing::debug!(part = numbers.0, units = records.len(), "part written");
    }
    journal.remove()
}

/// Removes files that a killed process left incomplete.
fn clear(folder: &Path) -> Result<(), BatchError> {
    for entry in std::fs::read_dir(folder).map_err(BatchError::read(folder))? {
        let entry = entry.map_err(BatchError::read(folder))?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(".suasion-")) {
            std::fs::remove_dir_all(entry.path()).map_err(BatchError::write(&entry.path()))?;
        }
    }
    Ok(())
}

/// A number that neither a part nor a part set aside has.
fn next_number(folder: &Path, parts: &[u64]) -> u64 {
    let mut number = parts.iter().max().map_or(0, |last| last + 1);
    while folder.join(format!("part-{number:06}.damaged")).exists() {
        number += 1;
    }
    number
}

/// Locks a folder.
pub(crate) fn lock(folder: &Path) -> Result<Lock, BatchError> {
    let path = folder.join(LOCK);
    Lock::take(&path).map_err(|why| match why {
        Unlocked::Held(holder) => BatchError::Busy { path: folder.into(), holder },
        Unlocked::Fault(cause) => BatchError::Write { path, cause },
    })
}
