//! `suasion hull merge`.

use super::input::{add_up, check_output};
use super::reduce::{Reduced, summary};
use crate::arguments::HullMerge;
use crate::failure::Failure;
use crate::session::Session;
use suasion_table::expand;

pub fn run(arguments: &HullMerge, session: &Session) -> Result<bool, Failure> {
    let paths = expand(&arguments.factors)?;
    check_output(&arguments.output, &paths)?;
    let sum = add_up(&paths)?;
    sum.write(&arguments.output)?;
    Reduced::new(summary(&sum, &arguments.output)).print(session)?;
    Ok(true)
}
