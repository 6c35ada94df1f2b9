//! `suasion batch status`.

use crate::arguments::BatchStatus;
use crate::failure::Failure;
use crate::output::{json, line, table};
use crate::session::Session;
use indicatif::HumanCount;
use serde::Serialize;
use suasion_batch::{Progress, ShardSurvey, Store, Work};

#[derive(Serialize)]
struct Summary<'a> {
    work: &'a Work,
    units: usize,
    done: usize,
    failed: usize,
    left: usize,
    shards: Vec<ShardSummary<'a>>,
    damaged: Vec<String>,
}

#[derive(Serialize)]
struct ShardSummary<'a> {
    shard: String,
    units: usize,
    done: usize,
    failed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<&'a str>,
}

pub fn run(arguments: &BatchStatus, session: &Session) -> Result<bool, Failure> {
    let store = Store::open(&arguments.output)?;
    let survey = store.survey()?;
    let costs = store.plan().costs();
    let shards = survey.shards.iter().map(|about| {
        let ShardSurvey { shard, done, failed, writer, .. } = about;
        let units = shard.units(&costs).len();
        ShardSummary { shard: shard.to_string(), units, done: *done, failed: *failed, writer: writer.as_deref() }
    });
    let summary = Summary {
        work: &store.plan().work,
        units: survey.units.len(),
        done: survey.count(Progress::Done),
        failed: survey.count(Progress::Failed),
        left: survey.count(Progress::Left),
        shards: shards.collect(),
        damaged: survey.damaged.iter().map(ToString::to_string).collect(),
    };
    let complete = summary.left == 0;
    if session.json {
        json(&summary)?;
        return Ok(complete);
    }
    let count = |count: usize| HumanCount(count as u64).to_string();
    let Summary { work, units, done, failed, left, .. } = &summary;
    let what = work.command.words().iter().copied().chain(work.options.iter().map(String::as_str));
    line(&format!(
        "{}: {} of {} units done, {} failed, {} left",
        what.collect::<Vec<_>>().join(" "),
        count(*done),
        count(*units),
        count(*failed),
        count(*left)
    ))?;
    let rows = summary.shards.iter().map(|about| {
        let ShardSummary { shard, units, done, failed, writer } = about;
        let state = match writer {
            Some(writer) => format!("being written by {writer}"),
            None if done + failed >= *units => "complete".into(),
            None => "not running".into(),
        };
        vec![shard.clone(), count(*units), count(*done), count(*failed), state]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        line(&table(&["shard", "units", "done", "failed", "state"], rows).to_string())?;
    }
    for damage in &summary.damaged {
        line(&format!("{damage}; its units are left"))?;
    }
    Ok(complete)
}
