//! Why there is no fit.

use std::path::PathBuf;
use suasion_lp::Stopped;
use suasion_table::{Place, TableError};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HullError {
    /// There is nobody whose hull it could be.
    #[error("there are no agents, expected at least one")]
    NoAgents,
    /// Lengths differ.
    #[error("{what} have {found} entries, expected {expected}")]
    Length {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
    /// A number of a table in memory is NaN, infinite or too large.
    #[error("row {row}, {}: found {found:?}, expected a number below 1e150 in magnitude", agent.map_or("the target".into(), |j| format!("agent {j}")))]
    Number {
        /// The row, from 0.
        row: u64,
        /// The agent, from 0; none for the target.
        agent: Option<usize>,
        /// The number.
        found: f64,
    },
    /// Numbers are fine, the sum of their squares is not.
    #[error(
        "the squares of the table's numbers, times the weights of their rows, add up to more than 1e308, expected a smaller sum"
    )]
    Overflow,
    /// A row's weight is negative, NaN or infinite.
    #[error("row {row}, its weight: found {found:?}, expected a finite number, at least 0")]
    Weight {
        /// The row, from 0.
        row: u64,
        /// The weight.
        found: f64,
    },
    /// What was given as a factor is none.
    #[error("found no upper triangle of finite numbers, at least 3 x 3, with a weight that is at least 0")]
    NoFactor,
    /// There are too few rows.
    #[error("found {found} row{}, expected at least {expected}", if *found == 1 { "" } else { "s" })]
    TooFewRows {
        /// How many there are.
        found: u64,
        /// How many are needed.
        expected: u64,
    },
    /// All rows have weight 0.
    #[error("the weights of all rows are 0, expected a row that counts")]
    NoWeight,
    /// There is nothing to explain.
    #[error("the target is {:?} in all {rows} rows, expected a target that varies", without_rounding(*value))]
    ConstantTarget {
        /// Its value.
        value: f64,
        /// In how many rows.
        rows: u64,
    },
    /// What there is to explain has squares that are no numbers.
    #[error(
        "the target varies by about {size:e}, expected at least 1e-150, so that its squares are numbers (multiply the target and the agents)"
    )]
    TinyTarget {
        /// Its standard deviation.
        size: f64,
    },
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A row of a table lacks a value.
    #[error("{place}, column {column}: found no value, expected one (--missing drop leaves such rows out)")]
    Missing {
        /// Where.
        place: Place,
        /// The column.
        column: String,
    },
    /// A number of a table is of no use.
    #[error("{place}, column {column}: found {found}, expected {expected}")]
    Field {
        /// Where.
        place: Place,
        /// The column.
        column: String,
        /// What is there.
        found: String,
        /// What is expected.
        expected: &'static str,
    },
    /// Memory is not for so many groups.
    #[error("found more than {most} groups, expected at most that with so many agents and blocks")]
    TooManyGroups {
        /// How many it is for.
        most: usize,
    },
    /// Factors are of different columns.
    #[error("the column of the {role}: found {found}, expected {expected}")]
    OtherColumn {
        /// What the column is for.
        role: &'static str,
        /// Its name.
        found: String,
        /// The name that was expected.
        expected: String,
    },
    /// Factors are of different agents.
    #[error("found another set of agents: {}", sets(missing, surplus))]
    OtherAgents {
        /// Which were expected.
        missing: Vec<String>,
        /// Which were not.
        surplus: Vec<String>,
    },
    /// A factor file is damaged.
    #[error("{}: {problem}", path.display())]
    FactorFile {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An option makes no sense.
    #[error("{what}: found {found}, expected {expected}")]
    Option {
        /// Which.
        what: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// The computation was to end before it was done.
    #[error("{0} before it was done")]
    Stopped(Stopped),
}

/// The number that was meant: rounding is in the last digits.
fn without_rounding(x: f64) -> f64 {
    // Not -0.
    format!("{x:.12e}").parse().unwrap_or(x) + 0.0
}

/// A few names, and how many more there are.
fn sets(missing: &[String], surplus: &[String]) -> String {
    let list = |what: &str, names: &[String]| {
        let shown: Vec<String> = names.iter().take(5).map(|name| format!("{name:?}")).collect();
        let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
        (!names.is_empty()).then(|| format!("{what} {}{more}", shown.join(", ")))
    };
    [list("without", missing), list("with", surplus)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl HullError {
    /// Whether it is the fault of who asked, and not that of the work.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Table(cause) => cause.is_usage(),
            Self::Stopped(_) => false,
            _ => true,
        }
    }
}
