//! Why a fit could not be computed.

use std::path::PathBuf;
use suasion_table::{TableError, TablePlace};

/// Why a fit, a reduction, or a curve could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum RegressionError {
    /// There are no agents.
    #[error("there are no agents, expected at least one")]
    NoAgents,
    /// Two lengths that must agree differ.
    #[error("the number of {what}: found {found}, expected {expected}")]
    Length {
        /// What has the wrong length.
        what: &'static str,
        /// The length.
        found: usize,
        /// The expected length.
        expected: usize,
    },
    /// A number of a table in memory is NaN, infinite, or too large.
    #[error("row {row}, {}: found {found:?}, expected a number below 1e150 in magnitude", agent.map_or("the target".into(), |j| format!("agent {j}")))]
    Number {
        /// The row, from 0.
        row: u64,
        /// The agent, from 0; none for the target.
        agent: Option<usize>,
        /// The number.
        found: f64,
    },
    /// All numbers are finite, but the sum of their squares is not.
    #[error("the weighted sum of the squares of the table's numbers exceeds 1e308; scale the columns down")]
    Overflow,
    /// A row's weight is negative, NaN, or infinite.
    #[error("row {row}, weight: found {found:?}, expected a finite number, at least 0")]
    Weight {
        /// The row, from 0.
        row: u64,
        /// The weight.
        found: f64,
    },
    /// The matrix is not a valid factor.
    #[error(
        "found an invalid factor, expected an upper triangular matrix of finite numbers, at least 3 x 3, with a weight of at least 0"
    )]
    NoFactor,
    /// There are too few rows.
    #[error("found {found} row{}, expected at least {expected}", if *found == 1 { "" } else { "s" })]
    TooFewRows {
        /// The number of rows.
        found: u64,
        /// The number of rows that are needed.
        expected: u64,
    },
    /// All rows have weight 0.
    #[error("the weights of all rows are 0, expected at least one positive weight")]
    NoWeight,
    /// The target is constant, so there is nothing to explain.
    #[error("the target is {:?} in all {rows} rows, expected a target that varies", without_rounding(*value))]
    ConstantTarget {
        /// The constant.
        value: f64,
        /// The number of rows.
        rows: u64,
    },
    /// The target varies so little that its squares underflow.
    #[error(
        "the standard deviation of the target is {size:e}, expected at least 1e-150; scale the target and the agents up"
    )]
    TinyTarget {
        /// Its standard deviation.
        size: f64,
    },
    /// A table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A row of a table has no value in a column.
    #[error("{place}, column {column}: found no value, expected one (--missing drop leaves out such rows)")]
    Missing {
        /// The row.
        place: TablePlace,
        /// The column.
        column: String,
    },
    /// A number of a table is not allowed.
    #[error("{place}, column {column}: found {found}, expected {expected}")]
    Field {
        /// The row.
        place: TablePlace,
        /// The column.
        column: String,
        /// The value.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The factors of so many groups would not fit in memory.
    #[error("found more than {most} groups, the most with this number of agents and blocks")]
    TooManyGroups {
        /// The largest number of groups.
        most: usize,
    },
    /// Two reductions have different columns.
    #[error("the column of the {role}: found {found}, expected {expected}")]
    OtherColumn {
        /// The role of the column.
        role: &'static str,
        /// Its name.
        found: String,
        /// The expected name.
        expected: String,
    },
    /// Two reductions have different agents.
    #[error("found another set of agents: {}", sets(missing, surplus))]
    OtherAgents {
        /// Expected agents that are missing.
        missing: Vec<String>,
        /// Agents that were not expected.
        surplus: Vec<String>,
    },
    /// A factor file is damaged, or of another version.
    #[error("{}: {problem}", path.display())]
    FactorFile {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// An option is out of its range.
    #[error("{what}: found {found}, expected {expected}")]
    Option {
        /// The option.
        what: &'static str,
        /// Its value.
        found: String,
        /// The values that are allowed.
        expected: String,
    },
    /// The monitor stopped the computation before it was done; the text is its reason.
    #[error("{0} before it was done")]
    Stopped(String),
}

/// The number without its last digits, which are rounding errors.
fn without_rounding(x: f64) -> f64 {
    // Adding zero turns -0 into 0.
    format!("{x:.12e}").parse().unwrap_or(x) + 0.0
}

/// A few names, and the number of the others.
fn sets(missing: &[String], surplus: &[String]) -> String {
    let list = |what: &str, names: &[String]| {
        let shown: Vec<String> = names.iter().take(5).map(|name| format!("{name:?}")).collect();
        let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
        (!names.is_empty()).then(|| format!("{what} {}{more}", shown.join(", ")))
    };
    [list("without", missing), list("with", surplus)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl RegressionError {
    /// Whether the input or the options are at fault. If not, the computation failed or was
    /// stopped.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Table(cause) => cause.is_usage(),
            Self::Stopped(_) => false,
            _ => true,
        }
    }
}
