//! `suasion label`: scores of items by language models.

mod export;
mod price;
mod run;
mod sets;

use crate::arguments::{Label, LabelCommand};
use crate::failure::Failure;
use crate::session::Session;

pub fn run(label: &Label, session: &Session) -> Result<bool, Failure> {
    match (&label.command, &label.run) {
        (Some(LabelCommand::Sets(arguments)), _) => sets::run(arguments, session),
        (Some(LabelCommand::Export(arguments)), _) => export::run(arguments, session),
        (None, Some(arguments)) => run::run(arguments, session),
        (None, None) => Err(Failure::Usage("label: found no ITEMS, expected a table of items; see --help".into())),
    }
}
