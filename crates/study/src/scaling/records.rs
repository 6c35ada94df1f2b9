//! The tables of points and of laws.

use super::{Fit, Memory, Quantity, ScalingRow};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use suasion_table::{Column, Get};

const SECONDS: &str = "s";
const BYTES: &str = "B";

const fn column<R>(name: &'static str, unit: &'static str, meaning: &'static str, get: Get<R>) -> Column<R> {
    Column { name, unit, meaning, get }
}

impl ScalingRow {
    fn memory(&self, of: fn(&Memory) -> u64) -> Option<f64> {
        self.measurement()?.memory.as_ref().map(|memory| of(memory) as f64)
    }

    fn quartile(&self, of: fn((f64, f64)) -> f64) -> Option<f64> {
        self.measurement()?.quartiles().map(of)
    }
}

/// The columns of the table of points.
pub const COLUMNS: &[Column<ScalingRow>] = &[
    column(
        "series",
        "",
        "the number of the series, from 0; a point may be in several",
        Get::Integer(|row| row.series as u64),
    ),
    column("work", "", "what is measured: kernel, equilibria or hull", Get::Text(|row| row.point.work.name())),
    column("along", "", "the direction of the series", Get::Text(|row| row.along.name())),
    column("value", "", "the size of the point in that direction", Get::Integer(|row| row.value() as u64)),
    column("family", "", "the family of the games", Get::Text(|row| row.point.family.name())),
    column("states", "", "the number of states; 0 for tables", Get::Integer(|row| row.point.states as u64)),
    column("actions", "", "the number of actions; 0 for tables", Get::Integer(|row| row.point.actions as u64)),
    column("agents", "", "the number of agents", Get::Integer(|row| row.point.agents as u64)),
    column("priors", "", "the number of priors; 0 for tables", Get::Integer(|row| row.point.priors as u64)),
    column("rows", "", "the number of rows; 0 for games", Get::Integer(|row| row.point.rows as u64)),
    column("threads", "", "the number of threads", Get::Integer(|row| row.point.threads as u64)),
    column(
        "seed",
        "",
        "the seed of the first repeat; the others have the next integers",
        Get::Integer(|row| row.point.seed),
    ),
    column("status", "", "measured, timed-out, crashed, failed or skipped", Get::Text(ScalingRow::status)),
    column(
        "repeats",
        "",
        "the number of repeats",
        Get::Integer(|row| row.measurement().map_or(0, |found| found.seconds.len() as u64)),
    ),
    column(
        "runs",
        "",
        "the number of runs that are timed together in a repeat",
        Get::Integer(|row| row.measurement().map_or(0, |found| found.runs as u64)),
    ),
    column("median", SECONDS, "the median time of a run", Get::Maybe(ScalingRow::median)),
    column("lower_quartile", SECONDS, "the lower quartile", Get::Maybe(|row| row.quartile(|both| both.0))),
    column("upper_quartile", SECONDS, "the upper quartile", Get::Maybe(|row| row.quartile(|both| both.1))),
    column(
        "processor",
        SECONDS,
        "the average processor time of a run over all threads",
        Get::Maybe(|row| row.measurement()?.processor),
    ),
    column(
        "waiting",
        "fraction",
        "the share of the threads' time that they spent waiting for a core",
        Get::Maybe(|row| row.measurement()?.waiting),
    ),
    column("start_memory", BYTES, "resident when the process began", Get::Maybe(|row| row.memory(|m| m.start))),
    column("ready_memory", BYTES, "resident before the first run", Get::Maybe(|row| row.memory(|m| m.ready))),
    column("peak_memory", BYTES, "the peak resident memory during a run", Get::Maybe(|row| row.memory(|m| m.peak))),
    column(
        "work_memory",
        BYTES,
        "the most that a run added to the memory before it",
        Get::Maybe(|row| row.memory(|m| m.work)),
    ),
    column("speed_up", "", "the time with the fewest threads, divided by this time", Get::Maybe(|row| row.speed_up)),
    column(
        "efficiency",
        "",
        "the speed-up divided by the ratio of the numbers of threads",
        Get::Maybe(|row| row.efficiency),
    ),
];

/// The columns of the table of laws.
pub const FIT_COLUMNS: &[Column<Fit>] = &[
    column("series", "", "the number of the series, from 0", Get::Integer(|fit| fit.series as u64)),
    column("work", "", "what is measured", Get::Text(|fit| fit.work.name())),
    column("along", "", "the direction of the series", Get::Text(|fit| fit.along.name())),
    column(
        "states",
        "",
        "the number of states, if all points have the same",
        Get::Maybe(|fit| Some(fit.states? as f64)),
    ),
    column(
        "actions",
        "",
        "the number of actions, if all points have the same",
        Get::Maybe(|fit| Some(fit.actions? as f64)),
    ),
    column(
        "quantity",
        "",
        "the quantity: time (s), processor time (processor, s) or memory of the workload (B)",
        Get::Text(|fit| fit.quantity.name()),
    ),
    column("points", "", "the number of points in the fit", Get::Integer(|fit| fit.law.points as u64)),
    column("from", "", "the smallest of them", Get::Number(|fit| fit.law.from)),
    column("to", "", "the largest of them", Get::Number(|fit| fit.law.to)),
    column("exponent", "", "the fitted exponent", Get::Number(|fit| fit.law.exponent)),
    column("low", "", "the lower end of its 95 % interval", Get::Number(|fit| fit.law.low)),
    column("high", "", "the upper end", Get::Number(|fit| fit.law.high)),
    column("factor", "", "the value of the law at size 1, in s or B", Get::Number(|fit| fit.law.factor)),
    column("r_squared", "", "the share of variance that it explains", Get::Maybe(|fit| fit.law.r_squared)),
    column("last_step", "", "the exponent between the last two points", Get::Number(|fit| fit.law.last_step)),
];

impl Quantity {
    /// All quantities.
    pub const ALL: [Self; 3] = [Self::Time, Self::Processor, Self::Memory];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Processor => "processor",
            Self::Memory => "memory",
        }
    }
}

/// One flat object, with the times of all repeats in addition to the columns of the table.
impl Serialize for ScalingRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("ScalingRow", COLUMNS.len() + 2)?;
        for Column { name, get, .. } in COLUMNS {
            match get {
                Get::Integer(get) => fields.serialize_field(name, &get(self)),
                Get::Number(get) => fields.serialize_field(name, &get(self)),
                Get::Maybe(get) => fields.serialize_field(name, &get(self)),
                Get::Text(get) => fields.serialize_field(name, get(self)),
            }?;
        }
        let seconds = self.measurement().map(|found| found.seconds.as_slice()).unwrap_or_default();
        fields.serialize_field("seconds", seconds)?;
        let problem = match &self.outcome {
            super::ScalingOutcome::Crashed(problem) | super::ScalingOutcome::Failed(problem) => Some(problem),
            _ => None,
        };
        fields.serialize_field("problem", &problem)?;
        fields.end()
    }
}
