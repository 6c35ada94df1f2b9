//! How long a computation may run, and whether it logs.

use crate::Interrupt;
use std::time::{Duration, Instant};

/// The limits of a computation, and whether it logs. By default there is no limit and no log.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Ends the computation when it is raised.
    pub interrupt: Interrupt,
    /// The time at which the computation must end.
    pub deadline: Option<Instant>,
    /// The most nodes that one branch and bound may solve, if there is a limit. Unlike a deadline,
    /// this limit ends the search at the same place on every machine.
    pub nodes: Option<usize>,
    /// The most bytes of memory that a computation may use, if this is less than what the machine
    /// has left.
    pub memory: Option<u64>,
    /// Whether rounds of generation and the solver log to standard error.
    pub verbose: bool,
}

/// Why a computation ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The deadline passed.
    TimeLimit,
    /// The interrupt was raised.
    Interrupted,
    /// A branch and bound reached its limit of nodes.
    NodeLimit,
    /// The results reached the limit of memory.
    MemoryLimit,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TimeLimit => "the time limit was reached",
            Self::Interrupted => "interrupted",
            Self::NodeLimit => "the limit of nodes was reached",
            Self::MemoryLimit => "the limit of memory was reached",
        })
    }
}

impl Settings {
    /// Settings with a deadline `limit` from now.
    #[must_use]
    pub fn with_time_limit(limit: Duration) -> Self {
        // A limit that is too far away for the clock counts as no limit.
        Self { deadline: Instant::now().checked_add(limit), ..Self::default() }
    }

    /// The reason to end the computation now, if there is one.
    #[must_use]
    pub fn stopped(&self) -> Option<Stopped> {
        if self.interrupt.is_raised() {
            return Some(Stopped::Interrupted);
        }
        self.deadline.filter(|&deadline| Instant::now() >= deadline).map(|_| Stopped::TimeLimit)
    }

    /// The time left, if there is a deadline.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}
