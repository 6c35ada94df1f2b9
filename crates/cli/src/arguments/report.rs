//! The arguments of `suasion report`.

use clap::Args;
use std::path::PathBuf;

/// A merged batch as pages to look at: one about all of it, and one for each of some instances.
///
/// The page has distributions of the user's value, the worst equilibrium against the bound, eps,
/// times, failures, and a table of all results that can be sorted and filtered. Pages of instances,
/// in a folder beside it, have frontiers, posteriors and schemes. Everything is in the pages
/// themselves: they need no network. Pictures are SVG.
#[derive(Args)]
#[command(after_help = "\
Examples:
  suasion report results -o report.html
  suasion report results -o report.html --pages all --pictures figures")]
pub struct Report {
    /// The folder of the batch's output, merged
    #[arg(value_name = "OUT")]
    pub batch: PathBuf,
    /// The page to write; pages of instances go to a folder beside it
    #[arg(short, long, value_name = "PAGE")]
    pub output: PathBuf,
    /// How many instances get a page at most, or all; those that are not certified, near the bound
    /// or slow come first
    #[arg(long, value_name = "N|all", default_value = "200")]
    pub pages: String,
    /// Write every picture as a file into this folder, too
    #[arg(long, value_name = "DIR")]
    pub pictures: Option<PathBuf>,
}
