//! A worker: a separate process that does one unit after another, so that a failure in one unit
//! does not stop the batch.
//!
//! It reads lines of JSON from standard input: first a [`Setup`], then one [`Job`] after another.
//! It answers on standard output: a line when it is ready, then a record per job. When its input
//! ends, for whatever reason, it ends too.

use crate::fields::UnitResult;
use crate::inputs::fingerprint;
use crate::record::{FailureKind, Head, Record, UnitFailure};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use suasion_results::Request;

/// The line that a worker prints when it is ready.
pub(crate) const READY: &str = "ready";

/// The setup for all units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// The request for each instance.
    pub request: Request,
    /// The folder that file names are relative to.
    pub folder: PathBuf,
    /// The folder of the tables' factors.
    pub factors: PathBuf,
    /// The time limit of a unit in seconds, at which it ends with what is known by then.
    pub time_limit: Option<f64>,
    /// The memory limit of the worker, in bytes.
    pub memory: Option<u64>,
    /// Whether to leave out certificates.
    pub no_certificates: bool,
}

/// A unit, as a worker gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub unit: u64,
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1, if the file is a JSON Lines file; otherwise 0.
    pub line: u64,
    /// The offset of the instance in the file, in bytes.
    pub offset: u64,
    /// The length of the instance in bytes.
    pub length: u64,
    /// The hash of its bytes.
    pub fingerprint: u64,
    /// The first prior.
    pub first: u64,
    /// The number of priors.
    pub priors: u64,
}

impl Job {
    /// The name of the instance: its file, or the line of a file.
    #[must_use]
    pub fn name(&self) -> String {
        if self.line > 0 { format!("{}:{}", self.file, self.line) } else { self.file.clone() }
    }

    /// The text of the instance, if it has not changed since it was planned.
    ///
    /// # Errors
    /// A message, if it cannot be read, is not text, or has changed since.
    pub fn text(&self, setup: &Setup) -> Result<String, String> {
        let failed = |cause: io::Error| format!("{}: cannot be read: {cause}", self.name());
        let path = setup.folder.join(&self.file);
        let bytes = if self.line > 0 {
            let mut file = File::open(&path).map_err(failed)?;
            file.seek(SeekFrom::Start(self.offset)).map_err(failed)?;
            let mut bytes = vec![];
            file.take(self.length).read_to_end(&mut bytes).map_err(failed)?;
            bytes
        } else {
            std::fs::read(&path).map_err(failed)?
        };
        // Instances that could not be read during planning have no hash.
        if self.length > 0 && fingerprint(&bytes) != self.fingerprint {
            return Err(format!("{}: has changed since it was planned; plan again", self.name()));
        }
        String::from_utf8(bytes).map_err(|cause| format!("{}: not UTF-8 text: {cause}", self.name()))
    }
}

/// Serves on standard input and output until the input ends. `begin` sets up; the function that it
/// returns does one job, and returns its results or why there are none.
///
/// # Errors
/// A message, if the input cannot be read or an answer cannot be written.
pub fn serve<W>(begin: impl FnOnce(Setup) -> Result<W, String>) -> Result<(), String>
where
    W: FnMut(&Job) -> Result<Vec<UnitResult>, UnitFailure>,
{
    let mut lines = BufReader::new(io::stdin()).lines();
    let first = lines.next().ok_or("found nothing on standard input, expected a setup")?;
    let first = first.map_err(|cause| format!("standard input cannot be read: {cause}"))?;
    let setup: Setup = serde_json::from_str(&first).map_err(|cause| cause.to_string())?;
    if let Some(bytes) = setup.memory {
        limit_memory(bytes)?;
    }
    let (send, jobs) = mpsc::channel();
    // If the parent process is gone, nobody needs the results: end at once, not after the unit.
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    let mut work = begin(setup)?;
    answer(&format!("{READY}\n"))?;
    let mut meter = Meter::default();
    for line in jobs {
        let job: Job = serde_json::from_str(&line).map_err(|cause| cause.to_string())?;
        meter.begin();
        let start = Instant::now();
        let (results, failure) = match work(&job) {
            Ok(results) => (results, None),
            Err(failure) => (vec![], Some(failure)),
        };
        let seconds = start.elapsed().as_secs_f64();
        let head = Head {
            unit: job.unit,
            instance: job.name(),
            seconds,
            memory: meter.end(start.elapsed()),
            rows: vec![],
            failure,
        };
        let record = Record::new(head, results).map_err(|cause| cause.to_string())?;
        answer(record.text())?;
    }
    Ok(())
}

fn answer(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|cause| format!("standard output cannot be written: {cause}"))
}

/// Memory counts when it is written to, not when it is only reserved.
#[cfg(target_os = "linux")]
fn limit_memory(bytes: u64) -> Result<(), String> {
    rlimit::Resource::DATA
        .set(bytes, bytes)
        .map_err(|cause| format!("memory cannot be limited to {bytes} bytes: {cause}"))
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: u64) -> Result<(), String> {
    Ok(())
}

/// Measures the largest memory of this process during a unit, as Linux reports it.
///
/// Asking takes 1 % of the time of a short unit. So only some of the units shorter than
/// [`Meter::SHORT`] are measured, and the others take over their values.
#[derive(Default)]
struct Meter {
    /// The time and the result of the last measurement.
    known: Option<(Instant, u64)>,
}

impl Meter {
    const SHORT: Duration = Duration::from_millis(20);

    /// Resets the largest memory to the current one.
    fn begin(&self) {
        if self.is_stale() {
            let _ = std::fs::write("/proc/self/clear_refs", "5");
        }
    }

    /// The largest memory in bytes; 0 if unknown.
    fn end(&mut self, elapsed: Duration) -> u64 {
        match self.known {
            Some((_, bytes)) if elapsed < Self::SHORT && !self.is_stale() => bytes,
            _ => {
                let bytes = peak().unwrap_or(0);
                self.known = Some((Instant::now(), bytes));
                bytes
            }
        }
    }

    fn is_stale(&self) -> bool {
        self.known.is_none_or(|(when, _)| when.elapsed() > 5 * Self::SHORT)
    }
}

fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

impl From<String> for UnitFailure {
    /// A failure of the work, with this reason.
    fn from(reason: String) -> Self {
        Self { kind: FailureKind::Work, reason }
    }
}
