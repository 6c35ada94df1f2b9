//! The command `suasion`: arguments in, tables and JSON out; no mathematics.

use clap::Parser;

/// An equilibrium search engine for persuasion games.
#[derive(Parser)]
#[command(name = "suasion", version)]
struct Arguments {}

fn main() {
    let Arguments {} = Arguments::parse();
}
