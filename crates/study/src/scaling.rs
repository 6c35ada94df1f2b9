//! How do the solvers scale?
//!
//! *Design.* For each workload, the study varies one direction of its grid and keeps all others at
//! their base. The directions are the size of games (or states and actions separately), agents,
//! priors, rows of tables, and threads ([`Scaling::series`]). The kernel uses different methods for
//! different shapes, so it has three families of series: states and actions together, states with
//! few actions, and actions with few states. Each has its own laws. Every point is measured in a
//! process of its own, so that the peak memory of the process belongs to that point. The caller
//! starts the process ([`ScalingTask`]).
//!
//! *Measurements.* The time of each repeat, each on its own instance, and memory ([`Measurement`]).
//! Without a certified answer there is no measurement.
//!
//! *Fits.* The power of the size with which the median time, the processor time and the memory of
//! the workload grow, over the upper part of each series ([`PowerLaw::fit_upper`]). Threads have a
//! speed-up instead.

mod grid;
mod machine;
mod measure;
mod memory;
mod picture;
mod point;
mod power_law;
mod records;
mod waiting;
mod work;

use crate::StudyError;
use serde::Serialize;
use std::path::PathBuf;
use suasion_model::Family;
use suasion_table::Folder;

pub use grid::ScalingSeries;
pub use machine::Machine;
pub use measure::{Measurement, Memory, ScalingTask};
pub use point::{Along, ScalingPoint, Work};
pub use power_law::PowerLaw;
pub use records::{COLUMNS, FIT_COLUMNS};
pub use work::{Prepared, ScalingAnswer, WorkError, scores};

/// The largest number of states or actions.
const MOST: usize = 1_000_000;
/// The largest number of agents.
const MOST_AGENTS: usize = 10_000;
/// The largest number of priors.
const MOST_PRIORS: usize = 1_000_000;
/// The largest number of rows.
const MOST_ROWS: usize = 1_000_000_000;
/// The largest number of threads.
const MOST_THREADS: usize = 4096;
/// The largest number of repeats.
const MOST_REPEATS: usize = 1000;
/// The largest time for a point, in seconds.
const MOST_SECONDS: f64 = 1e6;
/// The most numbers in an instance or table: 8 GiB of them.
const MOST_NUMBERS: u128 = 1 << 30;
/// The most points over all series.
const MOST_POINTS: u128 = 10_000;
/// Less memory than this, in bytes, cannot be told from what allocators keep and threads need. Laws
/// are fitted only to larger values.
const MEASURABLE: u64 = 4 << 20;

/// The grid. If a list is missing, each workload uses its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scaling {
    /// The workloads to measure.
    pub works: Vec<Work>,
    /// The family of the games.
    #[serde(serialize_with = "point::by_name::serialize")]
    pub family: Family,
    /// Numbers of states.
    pub states: Option<Vec<usize>>,
    /// Numbers of actions. If the list is missing, there are as many actions as states.
    pub actions: Option<Vec<usize>>,
    /// For the kernel: small numbers of actions at which states vary, and small numbers of states
    /// at which actions vary. If the list is missing, these series exist only if the lists of
    /// states and actions are missing too.
    pub few: Option<Vec<usize>>,
    /// Numbers of states with few actions, and of actions with few states.
    pub many: Option<Vec<usize>>,
    /// Numbers of agents, for games and tables.
    pub agents: Option<Vec<usize>>,
    /// Numbers of priors, for the kernel.
    pub priors: Option<Vec<usize>>,
    /// Numbers of rows, for tables.
    pub rows: Option<Vec<usize>>,
    /// Numbers of threads. If the list is missing: 1 and its doubles up to the number of cores.
    pub threads: Option<Vec<usize>>,
    /// The number of threads while another direction varies.
    pub base_threads: usize,
    /// The most repeats of a point.
    pub repeats: usize,
    /// The seed of the first repeat.
    pub seed: u64,
    /// The most seconds for a point. If a point takes longer, it and all larger points are given
    /// up.
    pub each: f64,
    /// Whether to vary each direction at all values of the others.
    pub full: bool,
}

impl Default for Scaling {
    fn default() -> Self {
        Self {
            works: Work::ALL.into(),
            family: Family::Uniform,
            states: None,
            actions: None,
            few: None,
            many: None,
            agents: None,
            priors: None,
            rows: None,
            threads: None,
            base_threads: 1,
            repeats: 5,
            seed: 0,
            each: 20.0,
            full: false,
        }
    }
}

/// The outcome of a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScalingOutcome {
    /// It was measured.
    Measured(Measurement),
    /// It took longer than allowed.
    TimedOut,
    /// Its process ended without a result, for example because memory ran out.
    Crashed(String),
    /// It has no answer, or the answer is not certified.
    Failed(String),
    /// It is at least as large as a point that timed out or crashed.
    Skipped,
}

/// A point of a series and its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingRow {
    /// The number of the series, counted from 0.
    pub series: usize,
    /// The direction of the series.
    pub along: Along,
    /// The point.
    pub point: ScalingPoint,
    /// The outcome.
    pub outcome: ScalingOutcome,
    /// In series of threads: the time with the fewest threads, divided by the time of this point.
    pub speed_up: Option<f64>,
    /// The speed-up divided by the ratio of the numbers of threads.
    pub efficiency: Option<f64>,
}

impl ScalingRow {
    /// The size of the point in the direction of the series.
    #[must_use]
    pub fn value(&self) -> usize {
        self.along.of(&self.point)
    }

    /// The measurement, if there is one.
    #[must_use]
    pub fn measurement(&self) -> Option<&Measurement> {
        match &self.outcome {
            ScalingOutcome::Measured(measurement) => Some(measurement),
            _ => None,
        }
    }

    /// The median time of a run, in seconds.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.measurement()?.median()
    }

    /// The outcome in one word.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self.outcome {
            ScalingOutcome::Measured(_) => "measured",
            ScalingOutcome::TimedOut => "timed-out",
            ScalingOutcome::Crashed(_) => "crashed",
            ScalingOutcome::Failed(_) => "failed",
            ScalingOutcome::Skipped => "skipped",
        }
    }
}

/// The quantity that a law describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The median time of a run, in seconds.
    Time,
    /// The processor time of a run over all threads, in seconds.
    Processor,
    /// The memory that the workload adds to the process, in bytes.
    Memory,
}

/// The law of a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The number of the series, counted from 0.
    pub series: usize,
    /// What is measured.
    pub work: Work,
    /// The direction of the series.
    pub along: Along,
    /// The number of states, if it is the same at all points.
    pub states: Option<usize>,
    /// The number of actions, if it is the same at all points.
    pub actions: Option<usize>,
    /// The quantity that grows.
    pub quantity: Quantity,
    /// The power law.
    #[serde(flatten)]
    pub law: PowerLaw,
}

/// The results of the study.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingFindings {
    /// The grid.
    pub grid: Scaling,
    /// The machine.
    pub machine: Machine,
    /// The series, including those that were not reached.
    pub series: Vec<ScalingSeries>,
    /// The rows of the series, in order.
    pub rows: Vec<ScalingRow>,
    /// Whether the study ended before the last point.
    pub stopped: bool,
}

impl Scaling {
    /// Checks the grid.
    ///
    /// # Errors
    /// If a number is out of its range, a list is empty, or the grid is too large.
    pub fn check(&self) -> Result<(), StudyError> {
        let lists = [
            ("the number of states", &self.states, 1, MOST, "from 1 to 1000000"),
            ("the number of actions", &self.actions, 1, MOST, "from 1 to 1000000"),
            ("the small number of states or actions", &self.few, 1, MOST, "from 1 to 1000000"),
            ("the large number of states or actions", &self.many, 1, MOST, "from 1 to 1000000"),
            ("the number of agents", &self.agents, 1, MOST_AGENTS, "from 1 to 10000"),
            ("the number of priors", &self.priors, 1, MOST_PRIORS, "from 1 to 1000000"),
            ("the number of rows", &self.rows, 2, MOST_ROWS, "from 2 to 1000000000"),
            ("the number of threads", &self.threads, 1, MOST_THREADS, "from 1 to 4096"),
        ];
        for (what, list, least, most, expected) in lists {
            let Some(list) = list else { continue };
            if list.is_empty() {
                return Err(number(what, &"none", "at least one"));
            }
            if let Some(found) = list.iter().find(|value| !(least..=most).contains(value)) {
                return Err(number(what, found, expected));
            }
        }
        if self.works.is_empty() {
            return Err(number("what is measured", &"nothing", "kernel, equilibria or hull"));
        }
        if !(1..=MOST_THREADS).contains(&self.base_threads) {
            return Err(number("the number of threads", &self.base_threads, "from 1 to 4096"));
        }
        if !(1..=MOST_REPEATS).contains(&self.repeats) {
            return Err(number("the number of repeats", &self.repeats, "from 1 to 1000"));
        }
        if !(self.each > 0.0 && self.each <= MOST_SECONDS) {
            return Err(number("the seconds of a point", &self.each, "a number above 0, at most 1000000"));
        }
        if self.family == Family::Threshold
            && let Some(found) = self.actions.iter().chain(&self.few).flatten().find(|actions| **actions != 2)
        {
            return Err(number("the number of actions of the family threshold", found, "2"));
        }
        let extent = self.extent();
        if extent > MOST_POINTS {
            return Err(number("the number of points of all series", &extent, "at most 10000"));
        }
        let points = self.series().into_iter().flat_map(|series| series.points);
        let numbers = points.map(|point| point.numbers()).max().unwrap_or(0);
        if numbers > MOST_NUMBERS {
            return Err(number("the count of numbers in the largest instance", &numbers, "at most 1073741824 (8 GiB)"));
        }
        Ok(())
    }

    /// The task that a process runs for a point.
    #[must_use]
    pub fn task(&self, point: &ScalingPoint) -> ScalingTask {
        ScalingTask { point: *point, repeats: self.repeats, seconds: self.each, together: measure::together() }
    }

    /// Measures all series. `measure` returns the outcome of a point, or `None` to end the study;
    /// it is called once per point. `found` receives every row as soon as it is known.
    ///
    /// # Errors
    /// If a number is out of its range, or `found` returns an error.
    pub fn run<E: From<StudyError>>(
        &self,
        mut measure: impl FnMut(&ScalingPoint) -> Option<ScalingOutcome>,
        mut found: impl FnMut(&ScalingRow) -> Result<(), E>,
    ) -> Result<ScalingFindings, E> {
        self.check()?;
        let machine = Machine::now();
        let series = self.series();
        let mut known: Vec<(ScalingPoint, ScalingOutcome)> = vec![];
        let mut outcome_of = |point: &ScalingPoint| {
            if let Some((_, outcome)) = known.iter().find(|(other, _)| other == point) {
                return Some(outcome.clone());
            }
            let too_large = known.iter().any(|(other, outcome)| is_end(outcome) && point.exceeds(other));
            let outcome = if too_large { ScalingOutcome::Skipped } else { measure(point)? };
            known.push((*point, outcome.clone()));
            Some(outcome)
        };
        let mut rows = vec![];
        let mut stopped = false;
        'all: for (number, one) in series.iter().enumerate() {
            let mut fewest: Option<(usize, f64)> = None;
            for point in &one.points {
                let Some(outcome) = outcome_of(point) else {
                    stopped = true;
                    break 'all;
                };
                let mut row = ScalingRow {
                    series: number,
                    along: one.along,
                    point: *point,
                    outcome,
                    speed_up: None,
                    efficiency: None,
                };
                if let (Along::Threads, Some(median)) = (one.along, row.median()) {
                    let (threads, longest) = *fewest.get_or_insert((point.threads, median));
                    let speed_up = longest / median;
                    row.speed_up = Some(speed_up);
                    row.efficiency = Some(speed_up * threads as f64 / point.threads as f64);
                }
                found(&row)?;
                rows.push(row);
            }
        }
        Ok(ScalingFindings { grid: self.clone(), machine, series, rows, stopped })
    }
}

fn is_end(outcome: &ScalingOutcome) -> bool {
    matches!(outcome, ScalingOutcome::TimedOut | ScalingOutcome::Crashed(_))
}

fn number(what: &'static str, found: &dyn ToString, expected: &'static str) -> StudyError {
    StudyError::Number { what, found: found.to_string(), expected }
}

impl ScalingFindings {
    /// The rows of a series.
    pub fn rows_of(&self, series: usize) -> impl Iterator<Item = &ScalingRow> {
        self.rows.iter().filter(move |row| row.series == series)
    }

    /// The law of a series, if there are enough measurements. Series of threads have none.
    #[must_use]
    pub fn fit(&self, series: usize, quantity: Quantity) -> Option<Fit> {
        let &ScalingSeries { work, along, .. } = self.series.get(series)?;
        if along == Along::Threads {
            return None;
        }
        let measured = |row: &ScalingRow| {
            let what = match quantity {
                Quantity::Time => row.median().filter(|median| *median > 0.0)?,
                Quantity::Processor => row.measurement()?.processor.filter(|processor| *processor > 0.0)?,
                Quantity::Memory => {
                    let work = row.measurement()?.memory?.work;
                    (work >= MEASURABLE).then_some(work as f64)?
                }
            };
            Some((row.value() as f64, what))
        };
        let measured: Vec<(f64, f64)> = self.rows_of(series).filter_map(measured).collect();
        let law = PowerLaw::fit_upper(&measured)?;
        let [states, actions] = [Along::States, Along::Actions].map(|size| self.series[series].same(size));
        Some(Fit { series, work, along, states, actions, quantity, law })
    }

    /// All laws, series by series.
    #[must_use]
    pub fn fits(&self) -> Vec<Fit> {
        let all = (0..self.series.len()).flat_map(|series| Quantity::ALL.map(|quantity| (series, quantity)));
        all.filter_map(|(series, quantity)| self.fit(series, quantity)).collect()
    }

    /// Writes `scaling.csv`, `scaling.parquet` and `fits.csv`, and for each workload
    /// `scaling-WORK.svg` and `.png`. Returns their paths.
    ///
    /// # Errors
    /// If a file cannot be created or written. In that case, none is.
    pub fn write(&self, mut folder: Folder) -> Result<Vec<PathBuf>, StudyError> {
        folder.add("scaling.csv", &suasion_table::csv(COLUMNS, &self.rows)?)?;
        let about = [
            ("suasion.bench.scaling", serde_json::to_string(&self.grid).unwrap_or_default()),
            ("suasion.bench.machine", serde_json::to_string(&self.machine).unwrap_or_default()),
        ];
        folder.add("scaling.parquet", &suasion_table::parquet(COLUMNS, &self.rows, &about)?)?;
        folder.add("fits.csv", &suasion_table::csv(FIT_COLUMNS, &self.fits())?)?;
        for work in Work::ALL {
            if let Some(figure) = picture::figure(self, work) {
                folder.add(&format!("scaling-{}.svg", work.name()), figure.svg()?.as_bytes())?;
                folder.add(&format!("scaling-{}.png", work.name()), &figure.png()?)?;
            }
        }
        Ok(folder.finish()?)
    }
}
