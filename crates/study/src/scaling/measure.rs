//! Measures one point. This runs in a process of its own, so that its memory is that of the point.

use super::ScalingPoint;
use super::memory::{reset, resident};
use super::waiting::{Scheduled, scheduled};
use super::work::WorkError;
use crate::stats::quantile;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::time::Instant;
use suasion_persuasion::Settings;

/// The task of a process.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingTask {
    /// The point.
    pub point: ScalingPoint,
    /// The most repeats.
    pub repeats: usize,
    /// The time available, in seconds. No repeat begins after half of it has passed.
    pub seconds: f64,
    /// Short runs are timed together until they take this many seconds, so that cold caches do not
    /// dominate.
    #[serde(default = "together")]
    pub together: f64,
}

/// A time that clocks measure well.
pub(super) fn together() -> f64 {
    5e-3
}

/// A measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The time of each repeat, in seconds per run.
    pub seconds: Vec<f64>,
    /// The number of runs in a repeat. Short runs are timed together.
    pub runs: usize,
    /// The average processor time over all threads, in seconds per run, if the system reports it.
    /// Other programs on the machine affect it less than they affect the clock.
    pub processor: Option<f64>,
    /// The memory, if the system reports it.
    pub memory: Option<Memory>,
    /// The share of the threads' time, from 0 to 1, that they spent waiting for a core that others
    /// used, if the system reports it.
    pub waiting: Option<f64>,
}

/// Resident memory of the process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// At the start.
    pub start: u64,
    /// After the first instance was drawn.
    pub ready: u64,
    /// The peak while the workload ran.
    pub peak: u64,
    /// The most by which a workload exceeded the memory before it, over all repeats.
    pub work: u64,
}

/// The most runs in a repeat.
const MOST_RUNS: u32 = 10_000;

impl Measurement {
    fn quantile(&self, share: f64) -> Option<f64> {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        (!sorted.is_empty()).then(|| quantile(&sorted, share))
    }

    /// The median time of a run, in seconds.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// The quartiles of the times.
    #[must_use]
    pub fn quartiles(&self) -> Option<(f64, f64)> {
        self.quantile(0.25).zip(self.quantile(0.75))
    }
}

impl ScalingTask {
    /// Measures the point on the available threads. Every repeat has its own instance. The first
    /// repeat comes after a run that does not count, unless that run takes an eighth of the
    /// available time. The last answer is checked.
    ///
    /// # Errors
    /// If there is no answer, or the answer is not certified.
    pub fn run(&self, settings: &Settings) -> Result<Measurement, WorkError> {
        let limit = self.seconds.max(0.0);
        let begin = Instant::now();
        let start = resident().map(|resident| resident.now);
        let (mut seconds, mut runs) = (vec![], 1);
        let mut memory: Option<Memory> = None;
        let (mut time, mut counted): (Option<Scheduled>, u32) = (None, 0);
        let mut last = None;
        for repeat in 0..self.repeats {
            // The last instance is dropped first, so that there are never two.
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
                // The operating system reports the peak less accurately than the current memory.
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
