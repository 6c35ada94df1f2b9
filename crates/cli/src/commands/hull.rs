//! `suasion hull`: fits of tables.

mod curve;
mod fit;
mod input;
mod merge;
mod reduce;

use crate::arguments::Hull;
use crate::failure::Failure;
use crate::session::Session;

pub fn run(hull: &Hull, session: &Session) -> Result<bool, Failure> {
    match hull {
        Hull::Fit(arguments) => fit::run(arguments, session),
        Hull::Reduce(arguments) => reduce::run(arguments, session),
        Hull::Merge(arguments) => merge::run(arguments, session),
        Hull::Curve(arguments) => curve::run(arguments, session),
    }
}
