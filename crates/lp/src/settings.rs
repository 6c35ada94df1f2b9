//! How long a computation may go on, and what it tells meanwhile.

use crate::Interrupt;
use std::time::{Duration, Instant};

/// The limits of a computation, and whether it logs. The default has no limit and is silent.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Ends the computation when it is raised.
    pub interrupt: Interrupt,
    /// When the computation is to end.
    pub deadline: Option<Instant>,
    /// How many nodes one branch and bound may solve, if there is a limit. Unlike a deadline, it
    /// ends everywhere at the same place.
    pub nodes: Option<usize>,
    /// How many bytes of memory a computation may take, if that is less than what the machine has
    /// left.
    pub memory: Option<u64>,
    /// Whether rounds of generation, and the solver, log on standard error.
    pub verbose: bool,
}

/// Why a computation ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The deadline passed.
    TimeLimit,
    /// The interrupt was raised.
    Interrupted,
    /// A branch and bound solved as many nodes as it may.
    NodeLimit,
    /// What was found takes as much memory as it may.
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
    /// Settings whose deadline is `limit` from now.
    #[must_use]
    pub fn with_time_limit(limit: Duration) -> Self {
        // A limit beyond what the clock can tell is none.
        Self { deadline: Instant::now().checked_add(limit), ..Self::default() }
    }

    /// Why the computation is to end now, if it is.
    #[must_use]
    pub fn stopped(&self) -> Option<Stopped> {
        if self.interrupt.is_raised() {
            return Some(Stopped::Interrupted);
        }
        self.deadline.filter(|&deadline| Instant::now() >= deadline).map(|_| Stopped::TimeLimit)
    }

    /// How much time is left, if there is a deadline.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}
