//! The outcome of a unit, in the form that workers print and journals keep: a line with a hash and
//! a length, a line with the head, then a line per result.
//!
//! A record keeps the text that the worker wrote, so that nothing is copied line by line or written
//! anew on the way to disk.

use crate::fields::UnitResult;
use crate::inputs::fingerprint;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read};
use suasion_results::FieldValue;

/// The longest first line: a hash, a space, a length and a line break.
const LONGEST: usize = 16 + 1 + 20 + 1;

/// The outcome of a unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// The head.
    pub head: Head,
    /// All lines, with their line breaks.
    text: String,
    /// The offset of the results: JSON objects as the command prints them, one per prior (and
    /// agent, for frontiers). There are none after a failure.
    results: usize,
}

/// The part of a record before its results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The unit.
    pub unit: u64,
    /// The name of its instance: the file, or the line of a file.
    pub instance: String,
    /// Its time in seconds.
    pub seconds: f64,
    /// The largest memory of the worker during the unit, in bytes; 0 if unknown.
    pub memory: u64,
    /// The results as rows of a table; the same number of results follows.
    pub rows: Vec<Vec<FieldValue>>,
    /// Why there is no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UnitFailure>,
}

/// Why a unit has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFailure {
    /// Its kind.
    pub kind: FailureKind,
    /// The reason in words.
    pub reason: String,
}

/// The kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The instance is invalid, or the command does not apply to it.
    Input,
    /// The command ended without a result.
    Work,
    /// It exceeded the time limit.
    Time,
    /// It exceeded the memory limit.
    Memory,
    /// The worker died.
    Crash,
}

impl FailureKind {
    /// Its name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Work => "work",
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Crash => "crash",
        }
    }
}

impl Record {
    /// A record with its results, whose rows replace those of the head.
    ///
    /// # Errors
    /// None in practice: a head can always be written as JSON.
    pub(crate) fn new(head: Head, results: Vec<UnitResult>) -> Result<Self, serde_json::Error> {
        let (rows, results): (Vec<_>, Vec<String>) =
            results.into_iter().map(|result| (result.row, result.text)).unzip();
        let head = Head { rows, ..head };
        let about = serde_json::to_string(&head)?;
        let mut lines =
            String::with_capacity(about.len() + 1 + results.iter().map(|line| line.len() + 1).sum::<usize>());
        for line in std::iter::once(&about).chain(&results) {
            lines.push_str(line);
            lines.push('\n');
        }
        let first = first(&lines);
        let results = first.len() + about.len() + 1;
        Ok(Self { head, text: first + &lines, results })
    }

    /// A unit that failed.
    ///
    /// # Errors
    /// None in practice.
    pub(crate) fn failure(
        unit: u64,
        instance: String,
        seconds: f64,
        kind: FailureKind,
        reason: String,
    ) -> Result<Self, serde_json::Error> {
        let failure = Some(UnitFailure { kind, reason });
        Self::new(Head { unit, instance, seconds, memory: 0, rows: vec![], failure }, vec![])
    }

    /// The results.
    pub(crate) fn results(&self) -> impl Iterator<Item = &str> {
        self.text[self.results..].lines()
    }

    /// The text of the record.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The next record; `None` if the input has no complete record next.
    pub(crate) fn read(from: &mut impl BufRead) -> Option<Self> {
        let mut text = String::new();
        from.by_ref().take(LONGEST as u64).read_line(&mut text).ok()?;
        let start = text.len();
        let length: usize = text.trim_end_matches('\n').split_once(' ')?.1.parse().ok()?;
        text.reserve_exact(length.min(1 << 20));
        from.by_ref().take(length as u64).read_to_string(&mut text).ok()?;
        if first(&text[start..]) != text[..start] {
            return None;
        }
        let (about, lines) = text[start..].split_once('\n')?;
        let head: Head = serde_json::from_str(about).ok()?;
        let results = start + about.len() + 1;
        (lines.lines().count() == head.rows.len()).then_some(Self { head, text, results })
    }
}

/// The first line: the hash and the length of the others.
fn first(lines: &str) -> String {
    format!("{:016x} {}\n", fingerprint(lines.as_bytes()), lines.len())
}
