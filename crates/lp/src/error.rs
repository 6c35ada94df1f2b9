//! What can go wrong.

use crate::Stop;
use std::path::PathBuf;

/// A program that is not well formed, or a solver that failed. Being infeasible or unbounded is not an error.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The sizes of what was passed do not fit together.
    #[error("{model}: {operation} was given {given} {what}, and needs {needed}")]
    Shape {
        /// The program's name.
        model: String,
        /// What was attempted.
        operation: &'static str,
        /// Of what there are too many or too few.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many are needed.
        needed: usize,
    },
    /// An index names no row or no column, or names it twice.
    #[error("{model}: {operation} names {what} {index}, which is {why}")]
    Index {
        /// The program's name.
        model: String,
        /// What was attempted.
        operation: &'static str,
        /// `row` or `column`.
        what: &'static str,
        /// The index.
        index: usize,
        /// `out of range` or `named twice`.
        why: &'static str,
    },
    /// A number is NaN, or is infinite where that has no meaning.
    #[error("{model}: {operation} was given {value} as {what} number {index}")]
    Number {
        /// The program's name.
        model: String,
        /// What was attempted.
        operation: &'static str,
        /// Which kind of number.
        what: &'static str,
        /// Its position among those.
        index: usize,
        /// The number.
        value: f64,
    },
    /// `HiGHS` has no such option, or refuses the value.
    #[error("{model}: HiGHS refuses {value} for its option `{option}`")]
    Setting {
        /// The program's name.
        model: String,
        /// The name that `HiGHS` has for the option.
        option: &'static str,
        /// The value.
        value: String,
    },
    /// `HiGHS` refused an operation.
    #[error("{model}: HiGHS refuses {operation} (status {raw})")]
    Refused {
        /// The program's name.
        model: String,
        /// What was attempted.
        operation: &'static str,
        /// The status that `HiGHS` returned.
        raw: i32,
    },
    /// The solver failed: it found no answer, and no limit stopped it either.
    #[error("{model}: the solver failed with model status {raw} ({status})")]
    Solver {
        /// The program's name.
        model: String,
        /// The model status, as a number of `HiGHS`, or -1 where it is not known.
        raw: i32,
        /// The model status in words.
        status: String,
    },
    /// There was to be an optimum, and the solve stopped for another reason.
    #[error("{model}: no optimum, the solve stopped as {stop:?}")]
    NotOptimal {
        /// The program's name.
        model: String,
        /// Why it stopped.
        stop: Stop,
    },
    /// The model holds no such values: it was not solved, was changed since, or the solve left none.
    #[error("{model}: there are no {what} to read")]
    NothingHeld {
        /// The program's name.
        model: String,
        /// What was to be read.
        what: &'static str,
    },
    /// The file could not be written.
    #[error("{model}: could not write {}", path.display())]
    Write {
        /// The program's name.
        model: String,
        /// The file.
        path: PathBuf,
    },
}
