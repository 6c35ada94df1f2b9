//! `suasion report`.

use crate::arguments::Report;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::progress;
use crate::session::Session;
use indicatif::{HumanBytes, HumanCount};
use suasion_report::{Options, Pages, report};

pub fn run(arguments: &Report, session: &Session) -> Result<bool, Failure> {
    let pages = match arguments.pages.as_str() {
        "all" => Pages::All,
        number => Pages::Most(
            number
                .parse()
                .map_err(|_| Failure::Usage(format!("--pages: found {number:?}, expected a number, or all")))?,
        ),
    };
    let bar = progress::bar(2, "pages");
    let done = |_: usize, of: usize| {
        bar.set_length(of as u64);
        bar.inc(1);
    };
    let options = Options { output: &arguments.output, pages, pictures: arguments.pictures.as_deref(), done: &done };
    let written = report(&arguments.batch, &options)?;
    bar.finish_and_clear();
    if session.json {
        json(&written)?;
        return Ok(true);
    }
    let count = |count: usize| HumanCount(count as u64);
    line(&format!(
        "wrote {} ({}): {} results, {} units failed",
        written.page.display(),
        HumanBytes(written.bytes),
        count(written.results),
        count(written.failed)
    ))?;
    if let Some(folder) = &written.folder {
        line(&format!("{} pages of instances in {}", count(written.pages), folder.display()))?;
    }
    if let Some(folder) = &arguments.pictures {
        line(&format!("{} pictures in {}", count(written.pictures), folder.display()))?;
    }
    Ok(true)
}
