//! Why there is no fit.

use suasion_lp::Stopped;

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
    /// A number of a table in memory is NaN, infinite or has an infinite square.
    #[error("row {row}, {}: found {found}, expected a number below 1e154 in magnitude", agent.map_or("the target".into(), |j| format!("agent {j}")))]
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
    #[error("row {row}, its weight: found {found}, expected a finite number, at least 0")]
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
    #[error("found {found} rows, expected at least {expected}")]
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
    #[error("the target is {value} in all {rows} rows, expected a target that varies")]
    ConstantTarget {
        /// Its value.
        value: f64,
        /// In how many rows.
        rows: u64,
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
