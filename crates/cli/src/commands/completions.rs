//! `suasion completions`.

use crate::arguments::Arguments;
use crate::failure::Failure;
use clap::CommandFactory;

pub fn run(shell: clap_complete::Shell) -> Result<bool, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "suasion", &mut script);
    crate::output::line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(true)
}
