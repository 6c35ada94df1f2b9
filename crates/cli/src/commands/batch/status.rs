//! `suasion batch status`.

use crate::arguments::BatchStatus;
use crate::failure::Failure;
use crate::output::{json, line, table};
use crate::session::Session;
use indicatif::HumanCount;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use suasion_batch::{Jobs, Progress, Shard, ShardSurvey, Store, Task, deal};
use suasion_results::Request;

#[derive(Serialize)]
struct Summary<'a> {
    request: &'a Request,
    units: usize,
    done: usize,
    failed: usize,
    left: usize,
    shards: Vec<ShardSummary<'a>>,
    damaged: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slurm: Option<SlurmSummary<'a>>,
}

#[derive(Serialize)]
struct ShardSummary<'a> {
    shard: String,
    units: usize,
    done: usize,
    failed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a Task>,
    /// Whether it belongs to the submitted array.
    #[serde(skip)]
    submitted: bool,
}

/// The jobs and their state in the queue.
#[derive(Serialize)]
struct SlurmSummary<'a> {
    #[serde(flatten)]
    jobs: &'a Jobs,
    /// The task of the merging job.
    merge_task: Option<&'a Task>,
    /// Why the queue is unknown, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

pub fn run(arguments: &BatchStatus, session: &Session) -> Result<bool, Failure> {
    let store = Store::open(&arguments.output)?;
    // Read the queue first: if a task ends in between, the output has all of its results.
    let jobs = Jobs::read(&store)?;
    let (tasks, problem) = match jobs.as_ref().map(Jobs::queue) {
        None => (vec![], None),
        Some(Ok(tasks)) => (tasks, None),
        Some(Err(cause)) => (vec![], Some(cause.to_string())),
    };
    let survey = store.survey()?;
    let array = jobs.as_ref().map_or(0, |jobs| jobs.shards);
    // The shards of the array, started or not, and all other shards that were ever started.
    let mut shards: BTreeMap<(usize, usize), Option<&ShardSurvey>> =
        (1..=array).map(|index| ((array, index), None)).collect();
    shards.extend(survey.shards.iter().map(|about| ((about.shard.of, about.shard.index), Some(about))));
    let sizes = sizes(&store.plan().costs(), shards.keys().map(|(of, _)| *of));
    let shards = shards.iter().map(|(&(of, index), about)| {
        let shard = Shard { index, of };
        ShardSummary {
            shard: shard.to_string(),
            units: sizes[&of][index - 1],
            done: about.map_or(0, |about| about.done),
            failed: about.map_or(0, |about| about.failed),
            writer: about.and_then(|about| about.writer.as_deref()),
            task: jobs.as_ref().and_then(|jobs| jobs.task(shard, &tasks)),
            submitted: of == array,
        }
    });
    let summary = Summary {
        request: &store.plan().request,
        units: survey.units.len(),
        done: survey.count(Progress::Done),
        failed: survey.count(Progress::Failed),
        left: survey.count(Progress::Left),
        shards: shards.collect(),
        damaged: survey.damaged.iter().map(ToString::to_string).collect(),
        slurm: jobs.as_ref().map(|jobs| SlurmSummary {
            jobs,
            merge_task: jobs.merging(&tasks),
            problem: problem.as_deref(),
        }),
    };
    if session.json {
        json(&summary)?;
    } else {
        told(&summary)?;
    }
    Ok(summary.left == 0)
}

/// The numbers of units of the shards, for every number of shards.
fn sizes(costs: &[f64], numbers: impl Iterator<Item = usize>) -> HashMap<usize, Vec<usize>> {
    let mut sizes = HashMap::new();
    for of in numbers {
        sizes.entry(of).or_insert_with(|| {
            let mut sizes = vec![0; of];
            for shard in deal(costs, of) {
                sizes[shard] += 1;
            }
            sizes
        });
    }
    sizes
}

fn told(summary: &Summary<'_>) -> Result<(), Failure> {
    let count = |count: usize| HumanCount(count as u64).to_string();
    let Summary { request, units, done, failed, left, .. } = summary;
    line(&format!(
        "{request}: {} of {} units done, {} failed, {} left",
        count(*done),
        count(*units),
        count(*failed),
        count(*left)
    ))?;
    let known = summary.slurm.as_ref().is_some_and(|slurm| slurm.problem.is_none());
    let in_queue = |task: Option<&Task>| task.map_or_else(|| "not in the queue".into(), ToString::to_string);
    let rows = summary.shards.iter().map(|about| {
        let ShardSummary { shard, units, done, failed, writer, task, submitted } = about;
        let state = match writer {
            Some(writer) => format!("being written by {writer}"),
            None if done + failed >= *units => "complete".into(),
            None => "not running".into(),
        };
        let mut row = vec![shard.clone(), count(*units), count(*done), count(*failed), state];
        if known {
            row.push(if *submitted { in_queue(*task) } else { String::new() });
        }
        row
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        let header = ["shard", "units", "done", "failed", "state", "task"];
        line(&table(&header[..rows[0].len()], rows).to_string())?;
    }
    if let Some(SlurmSummary { jobs, merge_task, problem }) = &summary.slurm {
        match (problem, &jobs.merge) {
            (Some(problem), _) => line(&format!("the state of the queue is unknown: {problem}"))?,
            (None, Some(merge)) => line(&format!("merging (job {merge}): {}", in_queue(*merge_task)))?,
            (None, None) => line("the merging job was not submitted")?,
        }
    }
    for damage in &summary.damaged {
        line(&format!("{damage}; its units are left"))?;
    }
    Ok(())
}
