//! `suasion batch plan`.

use super::work;
use crate::arguments::BatchPlan;
use crate::failure::Failure;
use crate::output::{json, line, number};
use crate::progress;
use crate::session::Session;
use indicatif::HumanCount;
use serde::Serialize;
use std::path::Path;
use suasion_batch::{Outlook, Plan};
use suasion_results::Request;

#[derive(Serialize)]
struct Summary<'a> {
    #[serde(flatten)]
    outlook: &'a Outlook,
    request: &'a Request,
    plan: &'a Path,
}

pub fn run(arguments: &BatchPlan, session: &Session) -> Result<bool, Failure> {
    // Refuse bad options now, not a thousand times later.
    let request = arguments.request()?;
    work::check(&request)?;
    let bar = progress::counter("planning");
    let (plan, outlook) = Plan::make(&arguments.inputs, request, arguments.block, &|count| bar.inc(count))?;
    plan.write(&arguments.output)?;
    bar.finish_and_clear();
    if session.json {
        json(&Summary { outlook: &outlook, request: &plan.request, plan: &arguments.output })?;
        return Ok(true);
    }
    let Outlook { units, inputs, results, seconds, unreadable, examples, other } = &outlook;
    let count = |count: usize| HumanCount(count as u64);
    line(&format!(
        "{} units of {} inputs, {} results at most; about {} s of work on one thread",
        count(*units),
        count(*inputs),
        HumanCount(*results),
        number(seconds.ceil())
    ))?;
    if *other > 0 {
        line(&format!("{} files were left out because they are not instances", count(*other)))?;
    }
    if *unreadable > 0 {
        line(&format!("{} inputs look unreadable and will be failures:", count(*unreadable)))?;
        for example in examples {
            line(&format!("  {example}"))?;
        }
    }
    line(&format!("wrote {}", arguments.output.display()))?;
    Ok(true)
}
