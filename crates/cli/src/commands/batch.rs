//! `suasion batch`: many instances.

mod log;
mod merge;
mod plan;
mod run;
mod status;
mod submit;
mod work;
mod worker;

use crate::arguments::Batch;
use crate::failure::Failure;
use crate::session::Session;

pub fn run(batch: &Batch, session: &Session) -> Result<bool, Failure> {
    match batch {
        Batch::Plan(arguments) => plan::run(arguments, session),
        Batch::Run(arguments) => run::run(arguments, session),
        Batch::Submit(arguments) => submit::run(arguments, session),
        Batch::Status(arguments) => status::run(arguments, session),
        Batch::Merge(arguments) => merge::run(arguments, session),
        Batch::Worker => worker::run(session),
    }
}
