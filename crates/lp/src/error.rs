//! What can go wrong.

use crate::Stop;
use std::path::PathBuf;

/// A program that is not well formed, or a solver that failed. An infeasible or unbounded program
/// is not an error.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The sizes of the arguments do not fit together.
    #[error("{model}: found {given} {what}, expected {needed}, in the request {operation}")]
    Shape {
        /// The program's name.
        model: String,
        /// The operation that was attempted.
        operation: &'static str,
        /// The kind of element of which there are too many or too few.
        what: &'static str,
        /// The number given.
        given: usize,
        /// The number needed.
        needed: usize,
    },
    /// An index that names no row or column, or names it twice.
    #[error("{model}: {what} {index} is {why}, in the request {operation}")]
    Index {
        /// The program's name.
        model: String,
        /// The operation that was attempted.
        operation: &'static str,
        /// `row` or `column`.
        what: &'static str,
        /// The index.
        index: usize,
        /// `out of range` or `named twice`.
        why: &'static str,
    },
    /// A number is NaN, or is infinite where infinity has no meaning.
    #[error("{model}: {what} number {index} is {value}, in the request {operation}")]
    Number {
        /// The program's name.
        model: String,
        /// The operation that was attempted.
        operation: &'static str,
        /// The kind of number.
        what: &'static str,
        /// Its position among the numbers of this kind.
        index: usize,
        /// The number.
        value: f64,
    },
    /// `HiGHS` has no such option, or refuses the value.
    #[error("{model}: HiGHS refuses {value} for its option `{option}`")]
    Setting {
        /// The program's name.
        model: String,
        /// The option's name in `HiGHS`.
        option: &'static str,
        /// The value.
        value: String,
    },
    /// `HiGHS` refused an operation.
    #[error("{model}: HiGHS refuses {operation} (status {raw})")]
    Refused {
        /// The program's name.
        model: String,
        /// The operation that was attempted.
        operation: &'static str,
        /// The status that `HiGHS` returned.
        raw: i32,
    },
    /// The solver failed: it found no answer, and no limit stopped it.
    #[error("{model}: the solver failed with model status {raw} ({status})")]
    Solver {
        /// The program's name.
        model: String,
        /// The model status as a number of `HiGHS`, or -1 if it is not known.
        raw: i32,
        /// The model status in words.
        status: String,
    },
    /// An optimum was required, and the solve stopped for another reason.
    #[error("{model}: there is no optimum; the solve stopped as {stop:?}")]
    NotOptimal {
        /// The program's name.
        model: String,
        /// Why it stopped.
        stop: Stop,
    },
    /// The model holds no such values: it has not been solved, it has changed since, or the solve
    /// left none.
    #[error("{model}: there are no {what} to read")]
    NothingHeld {
        /// The program's name.
        model: String,
        /// The values that were to be read.
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
