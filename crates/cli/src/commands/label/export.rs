//! `suasion label export`.

use crate::arguments::LabelExport;
use crate::commands::hull::input::check_output;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::session::Session;
use indicatif::HumanCount;
use suasion_label::{LabelStore, export, read_items};

pub fn run(arguments: &LabelExport, session: &Session) -> Result<bool, Failure> {
    let inputs: Vec<_> = std::iter::once(&arguments.labels).chain(&arguments.items).cloned().collect();
    check_output(&arguments.output, &inputs)?;
    let items = arguments.items.as_deref().map(read_items).transpose()?;
    let store = LabelStore::read(&arguments.labels)?;
    let done = export(&store, &arguments.labels, &arguments.set, items.as_deref(), &arguments.output)?;
    if session.json {
        json(&done)?;
        return Ok(true);
    }
    let count = |count: usize| HumanCount(count as u64);
    line(&format!(
        "wrote {}: {} items, {} agents of {} sets, {} labels",
        arguments.output.display(),
        count(done.items),
        count(done.agents),
        count(done.sets.len()),
        count(done.labels)
    ))?;
    if done.missing > 0 {
        let stale = match done.stale {
            0 => String::new(),
            stale => format!("; for {} of them, there are labels for another text", count(stale)),
        };
        line(&format!("{} labels are missing{stale}", count(done.missing)))?;
    }
    Ok(true)
}
