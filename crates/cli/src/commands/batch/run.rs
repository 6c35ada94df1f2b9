//! `suasion batch run`.

use super::{log, merge};
use crate::arguments::BatchRun;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::progress;
use crate::session::Session;
use indicatif::{HumanCount, HumanDuration};
use std::time::{Duration, Instant};
use suasion_batch::{BatchError, Plan, RunOptions, Shard, State, Store, run as run_batch};

pub fn run(arguments: &BatchRun, session: &Session) -> Result<bool, Failure> {
    let shard = match &arguments.shard {
        Some(text) => Some(text.parse()?),
        None => Shard::from_slurm(|name| std::env::var(name).ok())?,
    };
    let options = RunOptions {
        shard: shard.unwrap_or(Shard::WHOLE),
        workers: rayon::current_num_threads(),
        memory: session.settings.memory,
        time_limit: arguments.instance_time_limit.map(seconds).transpose()?,
        retry: arguments.retry,
        no_certificates: !session.certificates,
        settings: session.settings.clone(),
    };
    if let Some(format) = arguments.log {
        log::begin(format, session.settings.verbose);
    }
    let store = Store::create(&arguments.output, Plan::read(&arguments.plan)?)?;
    let bar = progress::units(!arguments.quiet && arguments.log.is_none());
    let start = Instant::now();
    let mut watch = |state: &State| {
        if bar.is_hidden() {
            return;
        }
        bar.set_length(state.units as u64);
        bar.set_position((state.before + state.done + state.failed) as u64);
        let (done, elapsed) = (state.done + state.failed, start.elapsed());
        let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
        let left = if done == 0 || state.left >= 1.0 {
            "...".into()
        } else {
            HumanDuration(elapsed.mul_f64(state.left / (1.0 - state.left))).to_string()
        };
        bar.set_message(format!("{} failed, {rate:.1}/s, {left} left", HumanCount(state.failed as u64)));
    };
    let state = run_batch(&store, &options, &worker, &mut watch)?;
    bar.finish_and_clear();
    // A run of a whole plan merges its results; a shard waits for the others.
    let merged = if options.shard == Shard::WHOLE && state.stopped.is_none() {
        Some(merge::merged(&store, false)?)
    } else {
        None
    };
    if session.json {
        json(&state)?;
    } else if !arguments.quiet {
        told(&state, options.shard, start.elapsed())?;
        merged.iter().try_for_each(merge::told)?;
    }
    let all = state.stopped.is_none() && state.failed == 0;
    Ok(all && merged.is_none_or(|merged| merged.failed == 0 && merged.certified))
}

fn told(state: &State, shard: Shard, elapsed: Duration) -> Result<(), Failure> {
    let State { units, before, done, failed, stopped, .. } = state;
    let count = |count: usize| HumanCount(count as u64).to_string();
    let which = if shard == Shard::WHOLE { String::new() } else { format!("shard {shard}: ") };
    let earlier = if *before == 0 { String::new() } else { format!(", {} were done before", count(*before)) };
    let done = count(*done);
    line(&format!(
        "{which}{done} of {} units done, {} failed{earlier}; {} s",
        count(*units),
        count(*failed),
        elapsed.as_secs()
    ))?;
    match stopped {
        Some(why) => line(&format!("stopped early ({why}); run the same command to resume")),
        None => Ok(()),
    }
}

/// Starts this program again, as a worker.
fn worker() -> Result<std::process::Command, BatchError> {
    let program = std::env::current_exe().map_err(|cause| BatchError::Worker(cause.to_string()))?;
    let mut command = std::process::Command::new(program);
    // Each worker has one thread; several workers run in parallel.
    command.args(["batch", "worker", "--threads", "1"]);
    // The GNU C library keeps the memory of a unit for the next one. Returning it and faulting it
    // in again would cost 2 % of the time.
    for (name, bytes) in [("TRIM_THRESHOLD", 64 << 20), ("MMAP_THRESHOLD", 32 << 20), ("TOP_PAD", 1 << 20)] {
        command.env(format!("MALLOC_{name}_"), bytes.to_string());
    }
    Ok(command)
}

pub fn seconds(limit: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(limit).ok().filter(|limit| !limit.is_zero()).ok_or_else(|| {
        Failure::Usage(format!("--instance-time-limit: found {limit}, expected a number of seconds above 0"))
    })
}
