//! A run: workers, units for each in turn, records into the store as they come.

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

/// What this process may need itself, of the memory for all.
const OWN_MEMORY: u64 = 256 << 20;
/// The least that a worker does anything with.
const LEAST_MEMORY: u64 = 64 << 20;
/// How often a unit is begun whose worker dies.
const TRIES: usize = 2;
/// A worker is told ahead of what takes it about so many seconds, and of so many units at most.
const AHEAD: f64 = 0.05;
const MOST_AHEAD: usize = 8;
/// How often it is looked whether to go on waiting for workers.
const GLANCE: Duration = Duration::from_millis(100);
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
    /// What the units that are left will take by estimate, as a share of all that were left at
    /// first.
    pub left: f64,
    /// Why it ended before everything was done, if it did.
    pub stopped: Option<String>,
}

/// Runs what is left of a shard. `worker` is a command that starts a worker; `watch` is told how
/// far it is, at first and after every unit.
///
/// # Errors
/// If the output cannot be written or another run has it, if no worker can be started, or if the
/// memory is too little. Everything that was done until then is kept.
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
    // What is done is kept, whatever the fault was.
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

/// What becomes of records.
struct Intake<'a> {
    writer: Writer,
    state: State,
    weight: &'a (dyn Fn(usize) -> f64 + Sync),
    total: f64,
    spent: f64,
    watch: &'a mut (dyn FnMut(&State) + Send),
    /// Why no more can be taken.
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

/// What all threads share that have a worker each.
struct Crew<'a> {
    store: &'a Store,
    setup: Setup,
    worker: &'a (dyn Fn() -> Result<Command, BatchError> + Sync),
    limit: Option<Duration>,
    settings: &'a Settings,
    left: &'a [usize],
    next: AtomicUsize,
    /// Those of the workers.
    lives: Mutex<Vec<Option<Arc<Life>>>>,
    /// Nobody takes records any more.
    abandoned: AtomicBool,
    intake: Mutex<Intake<'a>>,
}

impl Crew<'_> {
    /// Whether no more units are to be begun.
    fn ended(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed) || self.settings.stopped().is_some()
    }

    /// Ends workers that take too long, or all where the run is over, until nobody works any more.
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

    /// Has a worker do one unit after another, until there are no more.
    fn member(&self, place: usize) {
        if let Err(cause) = self.work(place) {
            self.abandoned.store(true, Ordering::Relaxed);
            locked(&self.intake).fault.get_or_insert(cause);
        }
    }

    fn work(&self, place: usize) -> Result<(), BatchError> {
        let mut process = None;
        let mut jobs = VecDeque::new();
        // Where units are short, waiting for the next one would take as long. Long ones are for
        // whoever is free first.
        let mut ahead: usize = 0;
        loop {
            // Telling of several at once wakes the worker less often.
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

    /// What becomes of the first of some units; none if the run is ended before.
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
            // It should end by itself; this is for what does not look at the clock in time.
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
                // It was ended as this run is, by who ends both.
                Waited::Died(_) if self.ended() => return Ok(None),
                // In a fresh process there may be room, and whatever else ended it may not come
                // again.
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
