//! A run: it hands units to workers and stores their records as they arrive.

use crate::process::{Ended, Life, Process, Waited, locked};
use crate::record::{FailureKind, Record};
use crate::store::{Claim, Progress, Store, Writer};
use crate::worker::{Job, Setup};
use crate::{BatchError, Shard};
use serde::Serialize;
use std::collections::{HashSet, VecDeque};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use suasion_lp::{Settings, Stopped};

/// The part of the memory that is reserved for this process.
const OWN_MEMORY: u64 = 256 << 20;
/// The least memory that a worker can use.
const LEAST_MEMORY: u64 = 64 << 20;
/// The number of tries for a unit whose worker dies.
const TRIES: usize = 2;
/// A worker gets units ahead for about this many seconds.
const AHEAD: f64 = 0.05;
/// The largest number of units that a worker gets ahead.
const MOST_AHEAD: usize = 8;
/// The interval for checking whether to keep waiting for workers.
const GLANCE: Duration = Duration::from_millis(100);
/// The time for units in progress to end after an interruption.
const GRACE: Duration = Duration::from_secs(5);

/// The options of a run.
pub struct RunOptions {
    /// The units to run.
    pub shard: Shard,
    /// The number of workers.
    pub workers: usize,
    /// The memory limit of all processes together, in bytes.
    pub memory: Option<u64>,
    /// The time limit of a unit, at which it ends with what is known by then.
    pub time_limit: Option<Duration>,
    /// Whether to repeat units that failed or that a limit stopped.
    pub retry: bool,
    /// Whether to leave out certificates.
    pub no_certificates: bool,
    /// The settings with the limits of the whole run.
    pub settings: Settings,
}

/// The progress of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// The number of units of the shard.
    pub units: usize,
    /// The number of units that had results or had failed before.
    pub before: usize,
    /// The number of units with results since then.
    pub done: usize,
    /// The number of units that failed since then.
    pub failed: usize,
    /// The estimated time of the units that are left, as a share of that of all units left at the
    /// start.
    pub left: f64,
    /// Why it ended before everything was done, if it did.
    pub stopped: Option<String>,
}

/// Runs the units of a shard that are left. `worker` is a command that starts a worker; `watch`
/// gets the progress at the start and after every unit.
///
/// # Errors
/// If the output cannot be written or another run holds it, if no worker can be started, or if
/// there is too little memory. Everything done until then is kept.
pub fn run(
    store: &Store,
    options: &RunOptions,
    worker: &(dyn Fn() -> Result<Command, BatchError> + Sync),
    watch: &mut (dyn FnMut(&State) + Send),
) -> Result<State, BatchError> {
    let memory = options.memory.map(|all| share(all, options.workers)).transpose()?;
    let claim = Claim::new(store, options.shard)?;
    let survey = store.survey()?;
    for damage in &survey.damaged {
        tracing::warn!(reason = %damage, "a part is damaged; its units are done again");
    }
    let attempt = survey.attempt + u64::from(options.retry);
    let writer = Writer::new(claim, &survey, &store.plan.request, attempt)?;
    if !store.plan.request.reads_instances() {
        let factors = store.factors();
        std::fs::create_dir_all(&factors).map_err(BatchError::write(&factors))?;
    }
    let costs = store.plan.costs();
    let units = options.shard.units(&costs);
    let mut state = State { units: units.len(), ..State::default() };
    let stopped = if options.retry { survey.stopped(&store.plan.request)? } else { HashSet::new() };
    let is_left = |unit: &usize| match survey.units[*unit] {
        Progress::Left => true,
        Progress::Failed => options.retry,
        Progress::Done => stopped.contains(&(*unit as u64)),
    };
    let left: Vec<usize> = units.into_iter().filter(is_left).collect();
    state.before = state.units - left.len();
    let weight = |unit: usize| costs[unit].max(1e-9);
    let total: f64 = left.iter().map(|&unit| weight(unit)).sum();
    state.left = if left.is_empty() { 0.0 } else { 1.0 };
    watch(&state);
    tracing::info!(shard = %options.shard, units = state.units, left = left.len(), workers = options.workers, "run");
    let setup = Setup {
        request: store.plan.request.clone(),
        folder: store.plan.folder.clone(),
        factors: std::path::absolute(store.factors()).unwrap_or_else(|_| store.factors()),
        time_limit: options.time_limit.map(|limit| limit.as_secs_f64()),
        memory,
        no_certificates: options.no_certificates,
    };
    let workers = options.workers.min(left.len());
    let crew = Crew {
        store,
        setup,
        worker,
        limit: options.time_limit,
        settings: &options.settings,
        left: &left,
        next: AtomicUsize::new(0),
        lives: Mutex::new(vec![None; workers]),
        abandoned: AtomicBool::new(false),
        intake: Mutex::new(Intake { writer, state, weight: &weight, total, spent: 0.0, watch, fault: None }),
    };
    std::thread::scope(|scope| {
        let (working, over) = channel();
        for place in 0..workers {
            let (crew, working) = (&crew, working.clone());
            scope.spawn(move || {
                crew.member(place);
                drop(working);
            });
        }
        let crew = &crew;
        scope.spawn(move || crew.watch(&over));
    });
    let Intake { writer, mut state, fault, .. } = crew.intake.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Finished work is kept, whatever the error was.
    let finished = writer.finish();
    fault.map_or(Ok(()), Err)?;
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

/// Where records go.
struct Intake<'a> {
    writer: Writer,
    state: State,
    weight: &'a (dyn Fn(usize) -> f64 + Sync),
    total: f64,
    spent: f64,
    watch: &'a mut (dyn FnMut(&State) + Send),
    /// Why no more records can be stored.
    fault: Option<BatchError>,
}

impl Intake<'_> {
    fn take(&mut self, record: Record) -> Result<(), BatchError> {
        let (state, head) = (&mut self.state, &record.head);
        let unit = head.unit as usize;
        match &head.failure {
            None => {
                state.done += 1;
                tracing::debug!(unit, instance = head.instance, seconds = head.seconds, "done");
            }
            Some(failure) => {
                state.failed += 1;
                let (kind, reason) = (failure.kind.name(), failure.reason.as_str());
                tracing::warn!(unit, instance = head.instance, kind, reason, "failed");
            }
        }
        self.writer.add(record)?;
        self.spent += (self.weight)(unit);
        state.left = (1.0 - self.spent / self.total).max(0.0);
        (self.watch)(state);
        Ok(())
    }
}

/// The state that the threads share; each thread has a worker.
struct Crew<'a> {
    store: &'a Store,
    setup: Setup,
    worker: &'a (dyn Fn() -> Result<Command, BatchError> + Sync),
    limit: Option<Duration>,
    settings: &'a Settings,
    left: &'a [usize],
    next: AtomicUsize,
    /// The lives of the workers.
    lives: Mutex<Vec<Option<Arc<Life>>>>,
    /// Whether records are no longer stored.
    abandoned: AtomicBool,
    intake: Mutex<Intake<'a>>,
}

impl Crew<'_> {
    /// Whether to start no more units.
    fn ended(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed) || self.settings.stopped().is_some()
    }

    /// Ends workers that take too long, and all workers when the run is over, until no worker is
    /// left.
    fn watch(&self, over: &Receiver<()>) {
        let mut interrupted = None;
        while over.recv_timeout(GLANCE) == Err(RecvTimeoutError::Timeout) {
            let stop = self.abandoned.load(Ordering::Relaxed)
                || match self.settings.stopped() {
                    None => false,
                    Some(Stopped::Interrupted) => interrupted.get_or_insert_with(Instant::now).elapsed() >= GRACE,
                    Some(_) => true,
                };
            for life in locked(&self.lives).iter().flatten() {
                life.look(stop);
            }
        }
    }

    /// Makes a worker do one unit after another, until there are no more.
    fn member(&self, place: usize) {
        if let Err(cause) = self.work(place) {
            self.abandoned.store(true, Ordering::Relaxed);
            locked(&self.intake).fault.get_or_insert(cause);
        }
    }

    fn work(&self, place: usize) -> Result<(), BatchError> {
        let mut process = None;
        let mut jobs = VecDeque::new();
        // For short units, waiting for the next one would take as long as the work. Long units go
        // to the first free worker.
        let mut ahead: usize = 0;
        loop {
            // Sending several at once wakes the worker less often.
            if jobs.len() <= ahead.div_ceil(2) {
                jobs.extend(std::iter::from_fn(|| self.next()).take(ahead + 1 - jobs.len()));
            }
            if jobs.is_empty() || self.ended() {
                return Ok(());
            }
            let Some(record) = self.unit(place, &jobs, &mut process)? else { return Ok(()) };
            jobs.pop_front();
            ahead = ((AHEAD / record.head.seconds) as usize).min(MOST_AHEAD);
            locked(&self.intake).take(record)?;
        }
    }

    /// The next unit that no worker has.
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

    /// The outcome of the first of some units; `None` if the run ends before.
    fn unit(
        &self,
        place: usize,
        jobs: &VecDeque<Job>,
        process: &mut Option<Process>,
    ) -> Result<Option<Record>, BatchError> {
        let job = &jobs[0];
        let start = Instant::now();
        let failure = |kind, reason| {
            let record = Record::failure(job.unit, job.name(), start.elapsed().as_secs_f64(), kind, reason);
            record.map(Some).map_err(|cause| BatchError::Worker(cause.to_string()))
        };
        let register = |life| locked(&self.lives)[place] = Some(life);
        let mut tries = 0;
        loop {
            let ready = match process.take() {
                Some(ready) => ready,
                None => match Process::start((self.worker)()?, &self.setup, &register)? {
                    Some(ready) => ready,
                    None => return Ok(None),
                },
            };
            tries += 1;
            // A worker should end by itself; this deadline is for work that does not check the
            // clock in time.
            let deadline = self.limit.map(|limit| Instant::now() + limit + limit / 2 + Duration::from_secs(2));
            let (alive, waited) = ready.work(jobs, deadline);
            *process = alive;
            match waited {
                Waited::Record(record) => return Ok(Some(record)),
                Waited::Ended(Ended::Stopped) => return Ok(None),
                Waited::Ended(Ended::TooLong) => {
                    let limit = self.limit.unwrap_or_default().as_secs_f64();
                    return failure(FailureKind::Time, format!("took longer than {limit} s, and was ended"));
                }
                // The worker was ended together with this run.
                Waited::Died(_) if self.ended() => return Ok(None),
                // A new process may have enough memory, and any other cause may not recur.
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
