//! The arguments of `suasion report`.

use clap::Args;
use std::path::PathBuf;

/// Write a merged batch as HTML pages: one about the whole batch, and one for each of some
/// instances.
///
/// The page shows distributions of the user's value, the worst equilibrium against the bound,
/// alignment errors, times, failures, and a table of all results that can be sorted and filtered.
/// The pages of instances, in a folder next to it, show frontiers, posteriors and schemes. The
/// pages are self-contained and need no network. Pictures are SVG.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion report results -o report.html
  suasion report results -o report.html --pages all --pictures figures")]
pub struct Report {
    /// The output folder of a merged batch
    #[arg(value_name = "OUT")]
    pub batch: PathBuf,
    /// The page to write; pages of instances go to a folder next to it
    #[arg(short, long, value_name = "PAGE")]
    pub output: PathBuf,
    /// The largest number of pages of instances, or all; instances that are not certified, near the
    /// bound or slow come first
    #[arg(long, value_name = "N|all", default_value = "200")]
    pub pages: String,
    /// Also write every picture to a file in this folder
    #[arg(long, value_name = "DIR")]
    pub pictures: Option<PathBuf>,
}
