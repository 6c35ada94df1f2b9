//! `suasion hull merge`.

use super::input::add_up;
use super::reduce::Summary;
use crate::arguments::HullMerge;
use crate::failure::Failure;
use crate::session::Session;
use suasion_table::expand;

pub fn run(arguments: &HullMerge, session: &Session) -> Result<bool, Failure> {
    let sum = add_up(&expand(&arguments.factors)?)?;
    sum.write(&arguments.output)?;
    Summary::new(&sum, &arguments.output).print(session)?;
    Ok(true)
}
