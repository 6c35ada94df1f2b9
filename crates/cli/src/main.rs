//! The command `suasion`: it reads arguments and writes tables, JSON and progress. It contains no
//! mathematics.

mod arguments;
mod commands;
mod failure;
mod output;
mod progress;
mod session;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !suasion_table::is_guarded() {
            told(panic);
        }
    }));
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("error: {}", output::plain(&failure.to_string()));
            ExitCode::from(failure.code())
        }
    }
}

/// Runs a command and returns whether everything was done and certified.
fn run(arguments: Arguments) -> Result<bool, Failure> {
    let session = session::Session::new(&arguments.common)?;
    match arguments.command {
        Command::Solve(arguments) => commands::solve::run(&arguments, &session),
        Command::Persuade(arguments) => commands::persuade::run(&arguments, &session),
        Command::Frontier(arguments) => commands::frontier::run(&arguments, &session),
        Command::Align(arguments) => commands::align::run(&arguments, &session),
        Command::Equilibria(arguments) => commands::equilibria::run(&arguments, &session),
        Command::Dynamics(arguments) => commands::dynamics::run(&arguments, &session),
        Command::Converse(arguments) => commands::converse::run(&arguments, &session),
        Command::Stackelberg(arguments) => commands::stackelberg::run(&arguments, &session),
        Command::Generate(arguments) => commands::generate::run(&arguments, &session),
        Command::Hull(hull) => commands::hull::run(&hull, &session),
        Command::Study(study) => commands::study::run(&study, &session),
        Command::Batch(batch) => commands::batch::run(&batch, &session),
        Command::Label(label) => commands::label::run(&label, &session),
        Command::Bench(bench) => commands::bench::run(&bench, &session),
        Command::Report(arguments) => commands::report::run(&arguments, &session),
        Command::Verify(arguments) => commands::verify::run(&arguments, &session),
        Command::Completions { shell } => commands::completions::run(shell),
    }
}
