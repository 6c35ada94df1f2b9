//! `suasion hull`: fits of tables.

mod curve;
mod fit;
pub mod input;
mod merge;
pub mod reduce;

use crate::arguments::Hull;
use crate::failure::Failure;
use crate::session::Session;
use serde::{Serialize, Serializer};

pub fn run(hull: &Hull, session: &Session) -> Result<bool, Failure> {
    match hull {
        Hull::Fit(arguments) => fit::run(arguments, session),
        Hull::Reduce(arguments) => reduce::run(arguments, session),
        Hull::Merge(arguments) => merge::run(arguments, session),
        Hull::Curve(arguments) => curve::run(arguments, session),
    }
}

/// Serializes the result of a group field by field, or a problem as the field `problem`.
fn or_problem<T: Serialize, S: Serializer>(found: &Result<T, String>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Problem<'a> {
        problem: &'a str,
    }
    match found {
        Ok(found) => found.serialize(serializer),
        Err(problem) => Problem { problem }.serialize(serializer),
    }
}
