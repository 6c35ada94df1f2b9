//! The output of a batch: a folder with the plan, and a folder for each shard.
//!
//! ```text
//! OUT/plan.parquet            the plan
//!     shard-1-of-4/lock       held by who writes the shard
//!                  part-...   complete parts
//!                  journal-.. records that are in no part yet
//!     slurm/                  jobs, their scripts and logs
//!     factors/                of `hull reduce`: a file of factors per unit
//!     results.parquet ...     once merged
//! ```

use crate::journal::{self, Journal};
use crate::part::{Kind, Part, PartUnits};
use crate::record::Record;
use crate::{BatchError, Plan, Shard};
use rayon::prelude::*;
use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use suasion_results::Request;
use suasion_table::{Lock, Unlocked};

/// The plan within the output.
const PLAN: &str = "plan.parquet";
/// Where scripts and logs of a cluster are.
const SLURM: &str = "slurm";
/// Where factors go.
const FACTORS: &str = "factors";
/// The lock within a folder.
const LOCK: &str = "lock";

/// The folder of a batch's output, with its plan.
pub struct Store {
    pub(crate) folder: PathBuf,
    pub(crate) plan: Plan,
}

/// What became of a unit so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Nothing.
    #[default]
    Left,
    /// It failed.
    Failed,
    /// It has results.
    Done,
}

/// What there is in an output.
pub struct Survey {
    /// What became of every unit.
    pub units: Vec<Progress>,
    /// The shards that were ever begun.
    pub shards: Vec<ShardSurvey>,
    /// Parts that are damaged: what is wrong with each. Their units are left.
    pub damaged: Vec<BatchError>,
    pub(crate) parts: Vec<Part>,
    pub(crate) broken: Vec<Part>,
    /// The highest attempt.
    pub(crate) attempt: u64,
}

/// What there is of a shard.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardSurvey {
    /// Which.
    pub shard: Shard,
    /// How many units its folder has results of.
    pub done: usize,
    /// How many failed.
    pub failed: usize,
    /// How many of both are in its journal only, not in a part yet.
    pub journal: usize,
    /// Who writes it now.
    pub writer: Option<String>,
}

impl Survey {
    /// How many units are so.
    #[must_use]
    pub fn count(&self, progress: Progress) -> usize {
        self.units.iter().filter(|&&unit| unit == progress).count()
    }

    /// The units whose results a limit ended, with what was known by then.
    pub(crate) fn stopped(&self, request: &Request) -> Result<HashSet<u64>, BatchError> {
        if !request.reads_instances() {
            return Ok(HashSet::new());
        }
        let stopped: Vec<Vec<u64>> = self.parts.par_iter().map(Part::stopped).collect::<Result<_, _>>()?;
        Ok(stopped.into_iter().flatten().collect())
    }
}

impl Store {
    /// Opens an output for a plan; makes it, if there is none.
    ///
    /// # Errors
    /// If it cannot be written, or is that of another plan.
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
            // What other shards make at this moment is no other's; nor is what one left that was killed while it wrote the plan.
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

    /// Opens an output that is there.
    ///
    /// # Errors
    /// If it is none.
    pub fn open(folder: &Path) -> Result<Self, BatchError> {
        let path = folder.join(PLAN);
        if !path.is_file() {
            return Err(BatchError::bad(folder, format!("is no output of a batch: it has no {PLAN}")));
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

    /// Where its plan is.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(PLAN)
    }

    /// Where a merged table is.
    #[must_use]
    pub fn merged(&self, kind: Kind) -> PathBuf {
        self.folder.join(format!("{}.parquet", kind.name()))
    }

    /// Where factors of tables go.
    #[must_use]
    pub fn factors(&self) -> PathBuf {
        self.folder.join(FACTORS)
    }

    /// Looks at everything in it: every byte of every part.
    ///
    /// # Errors
    /// If something cannot be read. What is damaged is no error: it is said, and its units are left.
    pub fn survey(&self) -> Result<Survey, BatchError> {
        self.look(true)
    }

    /// The same of parts alone, or of journals as well.
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

    /// Makes parts of the journals that ended runs left; says whether there are any.
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

    /// The shards that there are folders of, in order.
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
    /// A unit that has results somewhere is done, whatever else became of it.
    fn note(&mut self, units: &[u64], progress: Progress) {
        for &unit in units {
            if let Some(known) = self.units.get_mut(unit as usize) {
                *known = progress.max(*known);
            }
        }
    }
}

/// The records that are in a journal and in no part.
fn journaled(folder: &Path) -> Result<Vec<Record>, BatchError> {
    let parts: Vec<u64> = Part::list(folder)?.into_iter().map(|part| part.number).collect();
    let mut records = vec![];
    for number in journals(folder)? {
        if !parts.contains(&number) {
            match journal::peek(&journal_path(folder, number)) {
                // It has become a part meanwhile.
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

/// A shard that no other process may write, as long as this is kept.
pub(crate) struct Claim {
    folder: PathBuf,
    _lock: Lock,
}

impl Claim {
    /// Takes a shard.
    pub(crate) fn new(store: &Store, shard: Shard) -> Result<Self, BatchError> {
        let folder = store.shard(shard);
        std::fs::create_dir_all(&folder).map_err(BatchError::write(&folder))?;
        Ok(Self { _lock: lock(&folder)?, folder })
    }
}

/// A shard that is being written.
pub(crate) struct Writer {
    claim: Claim,
    request: Request,
    attempt: u64,
    number: u64,
    journal: Journal,
    records: Vec<Record>,
    /// The part before, on its way.
    sealing: Option<JoinHandle<Result<(), BatchError>>>,
}

impl Writer {
    /// Sets damaged parts aside, and goes on where an earlier run ended. What was surveyed since the shard was taken is as it is.
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
                // It was ended between the part and the end of its journal.
                std::fs::remove_file(&path).map_err(BatchError::write(&path))?;
            } else if let Some(earlier) = last.replace(number) {
                // It was ended while a part was on its way.
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
        /// A part has about so many bytes of JSON, and at most so many records.
        const BYTES: u64 = 8 << 20;
        const RECORDS: usize = 1 << 14;
        self.journal.append(&record)?;
        self.records.push(record);
        if self.journal.length >= BYTES || self.records.len() >= RECORDS { self.seal() } else { Ok(()) }
    }

    /// Begins to make a part of what the journal has, while more comes.
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

    /// Makes a part of what is left, and ends.
    pub(crate) fn finish(mut self) -> Result<(), BatchError> {
        self.wait()?;
        if self.records.is_empty() {
            return self.journal.remove();
        }
        let numbers = (self.number, self.attempt);
        seal(&self.claim.folder, numbers, &self.request, &self.records, self.journal)
    }
}

/// Makes a part of the records of a journal.
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

/// Removes what was being written when a process was killed.
fn clear(folder: &Path) -> Result<(), BatchError> {
    for entry in std::fs::read_dir(folder).map_err(BatchError::read(folder))? {
        let entry = entry.map_err(BatchError::read(folder))?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(".suasion-")) {
            std::fs::remove_dir_all(entry.path()).map_err(BatchError::write(&entry.path()))?;
        }
    }
    Ok(())
}

/// A number that no part has, nor one that was set aside.
fn next_number(folder: &Path, parts: &[u64]) -> u64 {
    let mut number = parts.iter().max().map_or(0, |last| last + 1);
    while folder.join(format!("part-{number:06}.damaged")).exists() {
        number += 1;
    }
    number
}

/// Takes the lock of a folder.
pub(crate) fn lock(folder: &Path) -> Result<Lock, BatchError> {
    let path = folder.join(LOCK);
    Lock::take(&path).map_err(|why| match why {
        Unlocked::Held(holder) => BatchError::Busy { path: folder.into(), holder },
        Unlocked::Fault(cause) => BatchError::Write { path, cause },
    })
}
