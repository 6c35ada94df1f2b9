//! What became of a unit, as a worker says it and as a journal keeps it: a line that says what it is, then a line per result.

use serde::{Deserialize, Serialize};

/// What became of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What it is.
    pub head: Head,
    /// The results: JSON objects, as the command prints them, one per prior (and agent, for frontiers). None after a failure.
    pub results: Vec<String>,
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
    /// How many results follow.
    pub results: usize,
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
    /// A unit that failed.
    #[must_use]
    pub fn failure(unit: u64, instance: String, seconds: f64, kind: FailureKind, reason: String) -> Self {
        let failure = Some(UnitFailure { kind, reason });
        Self { head: Head { unit, instance, seconds, memory: 0, results: 0, failure }, results: vec![] }
    }

    /// The lines, each with its end.
    ///
    /// # Errors
    /// None in practice: the head is always representable.
    pub(crate) fn lines(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string(&self.head)?;
        text.push('\n');
        for result in &self.results {
            text.push_str(result);
            text.push('\n');
        }
        Ok(text)
    }

    /// A record from its lines; none if they are not what the head says.
    pub(crate) fn from_lines(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next()?).ok()?;
        let results: Vec<String> = lines.map(str::to_owned).collect();
        (results.len() == head.results).then_some(Self { head, results })
    }
}
