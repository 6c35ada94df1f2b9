//! What became of a unit, as a worker says it and as a journal keeps it: a line with a hash and a
//! length, a line that says what it is, then a line per result.
//!
//! A record stays the text that the worker wrote, so that on its way to the disk nothing is copied
//! line by line, or written anew.

use crate::fields::UnitResult;
use crate::inputs::fingerprint;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read};
use suasion_results::FieldValue;

/// The longest first line: a hash, a blank, a length, the end.
const LONGEST: usize = 16 + 1 + 20 + 1;

/// What became of a unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// What it is.
    pub head: Head,
    /// All lines, each with its end.
    text: String,
    /// Where the results begin: JSON objects, as the command prints them, one per prior (and agent,
    /// for frontiers). None after a failure.
    results: usize,
}

/// What a record says before its results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The unit.
    pub unit: u64,
    /// What its instance is called: the file, or the line of a file.
    pub instance: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The most memory that the worker had meanwhile, in bytes; 0 where that is not known.
    pub memory: u64,
    /// The results as rows of a table; as many results follow.
    pub rows: Vec<Vec<FieldValue>>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UnitFailure>,
}

/// Why a unit has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFailure {
    /// Of what kind.
    pub kind: FailureKind,
    /// In words.
    pub reason: String,
}

/// Of what kind a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The instance is none, or the command does not fit it.
    Input,
    /// The command ended without a result.
    Work,
    /// It took longer than it may.
    Time,
    /// It took more memory than it may.
    Memory,
    /// The worker died.
    Crash,
}

impl FailureKind {
    /// As it stands in the table.
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
    /// A record with its results; what rows the head has does not matter.
    ///
    /// # Errors
    /// None in practice: the head is always representable.
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

    /// As it is written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The next record; none if what comes is none, or not a whole one.
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

/// The line before the others: their hash and length.
fn first(lines: &str) -> String {
    format!("{:016x} {}\n", fingerprint(lines.as_bytes()), lines.len())
}
