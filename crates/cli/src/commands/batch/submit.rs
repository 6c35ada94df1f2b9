//! `suasion batch submit`.

use super::run::seconds;
use crate::arguments::BatchSubmit;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::session::Session;
use serde::Serialize;
use suasion_batch::{BatchError, Jobs, Plan, Scripts, SlurmOptions, Store};

#[derive(Serialize)]
struct Summary<'a> {
    #[serde(flatten)]
    jobs: &'a Jobs,
    units: usize,
}

pub fn run(arguments: &BatchSubmit, session: &Session) -> Result<bool, Failure> {
    let options = SlurmOptions {
        program: std::env::current_exe().map_err(|cause| BatchError::Worker(cause.to_string()))?,
        shards: arguments.shards,
        at_once: arguments.at_once,
        partition: arguments.partition.clone(),
        time: arguments.time.clone(),
        memory: session.settings.memory,
        cpus: arguments.cpus,
        instance_time_limit: arguments.instance_time_limit.map(seconds).transpose()?,
        retry: arguments.retry,
        no_certificates: !session.certificates,
        verbose: session.settings.verbose,
        sbatch: arguments.sbatch.clone(),
    };
    let store = Store::create(&arguments.output, Plan::read(&arguments.plan)?)?;
    if arguments.dry_run {
        let scripts = Scripts::write(&store, &options)?;
        if session.json {
            json(&scripts)?;
        } else {
            line("nothing was submitted; to submit by hand, run:")?;
            for command in scripts.commands() {
                line(&format!("  {command}"))?;
            }
        }
        return Ok(true);
    }
    let jobs = Jobs::submit(&store, &options)?;
    let units = store.plan().units.len();
    if session.json {
        json(&Summary { jobs: &jobs, units })?;
        return Ok(true);
    }
    let Jobs { array, merge, shards, .. } = &jobs;
    line(&format!("job {array}: {units} units in {shards} tasks"))?;
    if let Some(merge) = merge {
        line(&format!("job {merge}: merges the results when they have ended"))?;
    }
    line(&format!("`suasion batch status {}` shows their progress", arguments.output.display()))?;
    Ok(true)
}
