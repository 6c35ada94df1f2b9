//! A run: workers, units for each in turn, records into the store as they come.

use crate::process::{Process, Waited};
use crate::record::{FailureKind, Record};
use crate::store::{Claim, Progress, Store, Writer};
use crate::worker::{Job, Setup};
use crate::{BatchError, Shard};
use serde::Serialize;
use std::collections::HashSet;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use suasion_lp::{Settings, Stopped};

/// What this process may need itself, of the memory for all.
const OWN_MEMORY: u64 = 256 << 20;
/// The least that a worker does anything with.
const LEAST_MEMORY: u64 = 64 << 20;
/// How often a unit is begun whose worker dies.
const TRIES: usize = 2;
/// A worker whose units take less than so many seconds is told of the next one ahead.
const QUICK: f64 = 0.05;
/// How long units in flight may take to end after an interruption.
const GRACE: Duration = Duration::from_secs(5);

/// How a batch is run.
pub struct RunOptions {
    /// Which units.
    pub shard: Shard,
    /// How many workers.
    pub workers: usize,
    /// How many bytes of memory all processes together may have.
    pub memory: Option<u64>,
    /// How long a unit may take, after which it ends with what is known by then.
    pub time_limit: Option<Duration>,
    /// Whether units are done again that failed, or that a limit ended.
    pub retry: bool,
    /// Whether certificates are left out.
    pub no_certificates: bool,
    /// What ends the whole run.
    pub settings: Settings,
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// How many units are the shard's.
    pub units: usize,
    /// How many had results or had failed before.
    pub before: usize,
    /// How many have got results since.
    pub done: usize,
    /// How many have failed since.
    pub failed: usize,
    /// What the units that are left will take by estimate, as a share of all that were left at first.
    pub left: f64,
    /// Why it ended before everything was done, if it did.
    pub stopped: Option<String>,
}

/// Runs what is left of a shard. `worker` is a command that starts a worker; `watch` is told how far it is, at first and after every unit.
///
/// # Errors
/// If the output cannot be written or another run has it, if no worker can be started, or if the memory is too little. Everything that was done
/// until then is kept.
pub fn run(
    store: &Store,
    options: &RunOptions,
    worker: &(dyn Fn() -> Result<Command, BatchError> + Sync),
    watch: &mut dyn FnMut(&State),
) -> Result<State, BatchError> {
    let memory = options.memory.map(|all| share(all, options.workers)).transpose()?;
    let claim = Claim::new(store, options.shard)?;
    let survey = store.survey()?;
    for damage in &survey.damaged {
        tracing::warn!(reason = %damage, "a part is damaged; its units are done again");
    }
    let attempt = survey.attempt + u64::from(options.retry);
    let mut writer = Writer::new(claim, &survey, store.plan.work.command, attempt)?;
    if !store.plan.work.command.reads_instances() {
        let factors = store.factors();
        std::fs::create_dir_all(&factors).map_err(BatchError::write(&factors))?;
    }
    let costs = store.plan.costs();
    let units = options.shard.units(&costs);
    let mut state = State { units: units.len(), ..State::default() };
    let stopped = if options.retry { survey.stopped(store.plan.work.command)? } else { HashSet::new() };
    let is_left = |unit: &usize| match survey.units[*unit] {
        Progress::Left => true,
        Progress::Failed => options.retry,
        Progress::Done => stopped.contains(&(*unit as u64)),
    };
    let left: Vec<usize> = units.into_iter().filter(is_left).collect();
    state.before = state.units - left.len();
    let weight = |unit: usize| costs[unit].max(1e-9);
    let total: f64 = left.iter().map(|&unit| weight(unit)).sum();
    let mut spent = 0.0;
    state.left = if left.is_empty() { 0.0 } else { 1.0 };
    watch(&state);
    tracing::info!(shard = %options.shard, units = state.units, left = left.len(), workers = options.workers, "run");
    let setup = Setup {
        work: store.plan.work.clone(),
        folder: store.plan.folder.clone(),
        factors: std::path::absolute(store.factors()).unwrap_or_else(|_| store.factors()),
        time_limit: options.time_limit.map(|limit| limit.as_secs_f64()),
        memory,
        no_certificates: options.no_certificates,
    };
    let crew = Crew {
        store,
        setup,
        worker,
        limit: options.time_limit,
        settings: &options.settings,
        left: &left,
        next: AtomicUsize::new(0),
        abandoned: AtomicBool::new(false),
    };
    let mut take = |records: Receiver<Result<Record, BatchError>>| -> Result<(), BatchError> {
        for record in records {
            let record = record?;
            let unit = record.head.unit as usize;
            match &record.head.failure {
                None => {
                    state.done += 1;
                    tracing::debug!(unit, instance = record.head.instance, seconds = record.head.seconds, "done");
                }
                Some(failure) => {
                    state.failed += 1;
                    let (kind, reason) = (failure.kind.name(), failure.reason.as_str());
                    tracing::warn!(unit, instance = record.head.instance, kind, reason, "failed");
                }
            }
            writer.add(record)?;
            spent += weight(unit);
            state.left = (1.0 - spent / total).max(0.0);
            watch(&state);
        }
        Ok(())
    };
    let taken = std::thread::scope(|scope| {
        // So few are on their way that they are no matter for memory.
        let (send, records) = sync_channel(options.workers);
        for _ in 0..options.workers.min(left.len()) {
            let (crew, send) = (&crew, send.clone());
            scope.spawn(move || crew.member(&send));
        }
        drop(send);
        let taken = take(records);
        crew.abandoned.store(true, Ordering::Relaxed);
        taken
    });
    // What is done is kept, whatever the fault was.
    let finished = writer.finish();
    taken?;
    finished?;
    if state.before + state.done + state.failed < state.units {
        let why = options.settings.stopped().unwrap_or(Stopped::Interrupted);
        state.stopped = Some(why.to_string());
    }
    tracing::info!(done = state.done, failed = state.failed, stopped = state.stopped, "end");
    Ok(state)
}

/// A worker's share of the memory.
pub(crate) fn share(all: u64, workers: usize) -> Result<u64, BatchError> {
    let share = all.saturating_sub(OWN_MEMORY) / workers.max(1) as u64;
    if share >= LEAST_MEMORY {
        return Ok(share);
    }
    let least = (OWN_MEMORY + LEAST_MEMORY * workers as u64) >> 20;
    Err(BatchError::option(
        "--memory",
        &format!("{} MiB", all >> 20),
        format!("at least {least} MiB for {workers} threads"),
    ))
}

/// What all threads that have a worker share.
struct Crew<'a> {
    store: &'a Store,
    setup: Setup,
    worker: &'a (dyn Fn() -> Result<Command, BatchError> + Sync),
    limit: Option<Duration>,
    settings: &'a Settings,
    left: &'a [usize],
    next: AtomicUsize,
    /// Nobody takes records any more.
    abandoned: AtomicBool,
}

impl Crew<'_> {
    /// Whether no more units are to be begun.
    fn ended(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed) || self.settings.stopped().is_some()
    }

    /// One after another, until there are no more.
    fn member(&self, send: &SyncSender<Result<Record, BatchError>>) {
        let mut process = None;
        let mut quick = false;
        let mut next = self.next();
        while let Some(job) = next {
            if self.ended() {
                return;
            }
            // Where units are short, waiting for the next one would take as long. Long ones are for whoever is free first.
            let after = if quick { self.next() } else { None };
            match self.unit(&job, after.as_ref(), &mut process) {
                Ok(None) => return,
                Ok(Some(record)) => {
                    quick = record.head.seconds < QUICK;
                    if send.send(Ok(record)).is_err() {
                        return;
                    }
                }
                Err(cause) => {
                    let _ = send.send(Err(cause));
                    return;
                }
            }
            next = after.or_else(|| self.next());
        }
    }

    /// The next unit that nobody has.
    fn next(&self) -> Option<Job> {
        let &unit = self.left.get(self.next.fetch_add(1, Ordering::Relaxed))?;
        let planned = &self.store.plan.units[unit];
        Some(Job {
            unit: unit as u64,
            file: self.store.plan.files[planned.file].clone(),
            line: planned.line,
            offset: planned.offset,
            length: planned.length,
            fingerprint: planned.fingerprint,
            first: planned.first,
            priors: planned.priors,
        })
    }

    /// What becomes of a unit; none if the run is ended before.
    fn unit(
        &self,
        job: &Job,
        after: Option<&Job>,
        process: &mut Option<Process>,
    ) -> Result<Option<Record>, BatchError> {
        let start = Instant::now();
        let mut tries = 0;
        loop {
            let ready = match process.take() {
                Some(ready) => ready,
                None => Process::start((self.worker)()?, &self.setup)?,
            };
            tries += 1;
            let begun = Instant::now();
            // It should end by itself; this is for what does not look at the clock in time.
            let deadline = self.limit.map(|limit| begun + limit + limit / 2 + Duration::from_secs(2));
            let interrupted = std::cell::Cell::new(None);
            let go_on = || {
                if self.abandoned.load(Ordering::Relaxed) {
                    return false;
                }
                match self.settings.stopped() {
                    None => true,
                    Some(Stopped::Interrupted) => {
                        let since = interrupted.get().unwrap_or_else(Instant::now);
                        interrupted.set(Some(since));
                        since.elapsed() < GRACE
                    }
                    Some(_) => false,
                }
            };
            let (alive, waited) = ready.work(job, after, deadline, &go_on);
            *process = alive;
            let failure = |kind, reason| {
                Ok(Some(Record::failure(job.unit, job.name(), start.elapsed().as_secs_f64(), kind, reason)))
            };
            match waited {
                Waited::Record(record) => return Ok(Some(record)),
                Waited::Stopped => return Ok(None),
                Waited::TooLong => {
                    let limit = self.limit.unwrap_or_default().as_secs_f64();
                    return failure(FailureKind::Time, format!("took longer than {limit} s, and was ended"));
                }
                // It was ended as this run is, by who ends both.
                Waited::Died(_) if self.ended() => return Ok(None),
                // In a fresh process there may be room, and whatever else ended it may not come again.
                Waited::Died(_) if tries < TRIES => {}
                Waited::Died(death) if death.of_memory() => {
                    let limit = self.setup.memory.map_or_else(
                        || "there is".into(),
                        |memory| format!("a worker may have, which is {} MiB", memory >> 20),
                    );
                    return failure(FailureKind::Memory, format!("takes more memory than {limit}"));
                }
                Waited::Died(death) => {
                    return failure(FailureKind::Crash, format!("its worker died: {}", death.reason()));
                }
            }
        }
    }
}
