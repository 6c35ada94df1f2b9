//! The commands that a build of the game commands alone lacks.

use super::{batch, bench, hull, label, report, study};
use crate::arguments::More;
use crate::failure::Failure;
use crate::session::Session;

/// Whether everything that was asked for was done and certified.
pub fn run(more: &More, session: &Session) -> Result<bool, Failure> {
    match more {
        More::Hull(arguments) => hull::run(arguments, session),
        More::Study(arguments) => study::run(arguments, session),
        More::Batch(arguments) => batch::run(arguments, session),
        More::Label(arguments) => label::run(arguments, session),
        More::Bench(arguments) => bench::run(arguments, session),
        More::Report(arguments) => report::run(arguments, session),
    }
}

/// Keeps panics of decoders quiet, which the tables catch and report as errors.
pub fn quieten_guarded_panics() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !suasion_table::is_guarded() {
            told(panic);
        }
    }));
}
