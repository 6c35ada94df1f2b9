//! One point, measured: this is done in a process of its own, whose memory is that of the point.

use super::Point;
use super::memory::{reset, resident};
use super::waiting::{Scheduled, scheduled};
use super::work::WorkError;
use crate::stats::quantile;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::time::Instant;
use suasion_persuasion::Settings;

/// What a process is to measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The point.
    pub point: Point,
    /// How often, at most.
    pub repeats: usize,
    /// For how many seconds, once more than half of which no repeat is begun.
    pub seconds: f64,
    /// For how many seconds short runs are timed together, so that none counts for what it finds cold.
    #[serde(default = "together")]
    pub together: f64,
}

/// What is enough for a clock.
pub(super) fn together() -> f64 {
    5e-3
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What each repeat took, in seconds for one run.
    pub seconds: Vec<f64>,
    /// How many runs a repeat had: short ones are timed together.
    pub runs: usize,
    /// The time on a core, of all threads together, in seconds for one run, on average; where the system tells. Others at work on the machine
    /// bear on it less than on what a clock says.
    pub processor: Option<f64>,
    /// The memory, where the system tells it.
    pub memory: Option<Memory>,
    /// The share of the threads' time, from 0 to 1, for which they waited for a core that others had; where the system tells.
    pub waiting: Option<f64>,
}

/// Memory of the process, in bytes that are resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// When it began.
    pub start: u64,
    /// After the first instance was drawn.
    pub ready: u64,
    /// The most while a work was done.
    pub peak: u64,
    /// By how much the work exceeded what was there before it, at most over repeats.
    pub work: u64,
}

/// So many at most.
const MOST_RUNS: u32 = 10_000;

impl Measurement {
    fn quantile(&self, share: f64) -> Option<f64> {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        (!sorted.is_empty()).then(|| quantile(&sorted, share))
    }

    /// The median of the seconds of a run.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// Their quartiles.
    #[must_use]
    pub fn quartiles(&self) -> Option<(f64, f64)> {
        self.quantile(0.25).zip(self.quantile(0.75))
    }
}

impl Task {
    /// Measures the point on the threads that there are. Every repeat is done on an instance of its own; the first is preceded by a run
    /// that does not count, unless that takes an eighth of the time that there is. The last answer is checked.
    ///
    /// # Errors
    /// If there is no answer, or one that is not certified.
    pub fn run(&self, settings: &Settings) -> Result<Measurement, WorkError> {
        let limit = self.seconds.max(0.0);
        let begin = Instant::now();
        let start = resident().map(|resident| resident.now);
        let (mut seconds, mut runs) = (vec![], 1);
        let mut memory: Option<Memory> = None;
        let (mut time, mut counted): (Option<Scheduled>, u32) = (None, 0);
        let mut last = None;
        for repeat in 0..self.repeats {
            // The one before goes first, so that there are never two.
            drop(last.take());
            let prepared = self.point.prepare(repeat)?;
            reset();
            let ready = resident().map(|resident| resident.now);
            let before = scheduled();
            let mut timed = |runs: u32| {
                counted += runs;
                let from = Instant::now();
                let mut answer = black_box(&prepared).run(settings)?;
                for _ in 1..runs {
                    drop(black_box(answer));
                    answer = black_box(&prepared).run(settings)?;
                }
                Ok::<_, WorkError>((black_box(answer), from.elapsed()))
            };
            let mut warm = None;
            if repeat == 0 {
                let (answer, taken) = timed(1)?;
                if taken.as_secs_f64() > limit / 8.0 {
                    warm = Some((answer, taken));
                } else if taken.as_secs_f64() < 10.0 * self.together {
                    drop(answer);
                    // The first run may have been slow for reasons of its own.
                    let (_, again) = timed(1)?;
                    let together = self.together / taken.min(again).as_secs_f64().max(1e-9);
                    runs = (together.ceil() as u32).clamp(1, MOST_RUNS);
                }
            }
            let (answer, taken) = warm.map_or_else(|| timed(runs), Ok)?;
            if let (Some(start), Some(ready), Some(now)) = (start, ready, resident()) {
                let first = memory.unwrap_or(Memory { start, ready, peak: 0, work: 0 });
                // The kernel tells the most with less care than what there is.
                let (peak, work) =
                    (first.peak.max(now.most).max(ready), first.work.max(now.most.saturating_sub(ready)));
                memory = Some(Memory { peak, work, ..first });
            }
            if let Some((before, after)) = before.zip(scheduled()) {
                time = Some(time.unwrap_or_default() + (after - before));
            }
            seconds.push(taken.as_secs_f64() / f64::from(runs));
            last = Some((prepared, answer));
            if begin.elapsed().as_secs_f64() > limit / 2.0 {
                break;
            }
        }
        let (prepared, answer) = last.ok_or(WorkError::NoRepeats)?;
        prepared.check(answer)?;
        let waiting = time.and_then(Scheduled::share);
        let processor = time.map(|time| time.seconds() / f64::from(counted));
        Ok(Measurement { seconds, runs: runs as usize, processor, memory, waiting })
    }
}
