//! Asking for all labels that a store does not have.

mod ask;

use crate::LabelError;
use crate::endpoint::{Endpoint, Listed};
use crate::items::Item;
use crate::pace::Pace;
use crate::personas::Personas;
use crate::plan::left;
use crate::prompt::Asking;
use crate::retry::{Given, Retry};
use crate::score::Method;
use crate::store::{Known, Record, Set, Store};
use crate::watch::{Watch, choose};
use ask::{Asker, Heard};
use serde::Serialize;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Progress is told so often.
const TELL: Duration = Duration::from_millis(100);
/// After so many labels in a row that got no proper answer in all their tries, the server stays away.
const GIVEN_UP: usize = 5;
/// If the first labels of a set all fail, so many are enough.
const ALL_FAIL: u64 = 20;
/// So many labels more go into a transaction at most: what comes quicker than it is stored has to wait.
const MOST_AT_ONCE: usize = 255;
/// The most calls at a time.
const MOST_CONCURRENT: usize = 1024;

/// How to ask, and what for.
pub struct RunOptions<'a> {
    /// What is to be judged.
    pub items: &'a [Item],
    /// As whom.
    pub personas: &'a Personas,
    /// How.
    pub asking: Asking,
    /// The model's name; none for the only one that there is.
    pub model: Option<&'a str>,
    /// How many calls may be under way at a time.
    pub concurrency: usize,
    /// How often a call is made again.
    pub retries: usize,
    /// The wait before it is made again; twice as long each time.
    pub first_wait: Duration,
    /// The most calls a minute.
    pub per_minute: Option<u32>,
    /// Ask again for what failed.
    pub retry: bool,
    /// Why to end, once that is so.
    pub stop: &'a (dyn Fn() -> Option<String> + Sync),
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// The set.
    pub set: String,
    /// The model.
    pub model: String,
    /// How many labels are wanted.
    pub labels: u64,
    /// How many of them were stored before.
    pub before: u64,
    /// How many failed before, and are not asked again.
    pub failed_before: u64,
    /// How many came in this run.
    pub done: u64,
    /// How many failed in this run.
    pub failed: u64,
    /// Of those that came, how many by probabilities.
    pub logprobs: u64,
    /// Of those that came, how many by what was written.
    pub parsed: u64,
    /// How much of the probability was on answers that count, on average over those that came and have it.
    pub mean_mass: Option<f64>,
    /// Tokens read in this run.
    pub tokens_in: u64,
    /// Tokens written in this run.
    pub tokens_out: u64,
    /// How many tries it took.
    pub tries: u64,
    /// Seconds since the first call.
    pub seconds: f64,
    /// Why the run ended early, if it did.
    pub stopped: Option<String>,
    /// What is wrong at the moment.
    #[serde(skip)]
    pub trouble: Option<String>,
}

impl State {
    /// How many labels are neither there nor failed.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.labels - self.before - self.failed_before - self.done - self.failed
    }

    fn add(&mut self, record: &Record) {
        self.tokens_in += record.tokens_in;
        self.tokens_out += record.tokens_out;
        self.tries += record.tries;
        let Ok(score) = &record.outcome else {
            self.failed += 1;
            return;
        };
        self.done += 1;
        match score.method {
            Method::Parsed => self.parsed += 1,
            Method::LogProbs => self.logprobs += 1,
        }
        if let Some(mass) = score.mass {
            let before = self.mean_mass.unwrap_or(0.0);
            self.mean_mass = Some(before + (mass - before) / self.logprobs.max(1) as f64);
        }
    }
}

/// Asks for all labels that the store at `path` does not have, and stores them as they come; `watch` hears how far it is. What ends the run
/// early is in the state: what came until then is stored, and the same run again goes on.
///
/// # Errors
/// If the store cannot be written, is that of another version or written by another; if the endpoint does not answer at all, or its model
/// is not the one that is meant.
pub fn run(
    path: &Path,
    endpoint: &Endpoint,
    options: &RunOptions<'_>,
    watch: &mut dyn FnMut(&State),
) -> Result<State, LabelError> {
    if !(1..=MOST_CONCURRENT).contains(&options.concurrency) {
        let expected = format!("from 1 to {MOST_CONCURRENT}");
        return Err(LabelError::option("--concurrency", &options.concurrency, expected));
    }
    // A store that cannot be used is known before anything is asked, and none is made for an endpoint that cannot be.
    let opened = if path.exists() { Some(Store::open(path)?) } else { None };
    let pace = Pace::new(options.per_minute, options.stop)?;
    let retry = Retry::new(&pace, options.retries, options.first_wait);
    let listed = list(endpoint, &retry, watch)?;
    let (model, build) = choose(endpoint, listed.as_deref(), options.model)?;
    let set = Set::new(&model, options.asking, options.personas);
    let mut store = match opened {
        Some(store) => store,
        None => Store::open(path)?,
    };
    let known = store.known(&set)?;
    let known = same(known, build, &set, endpoint)?;
    store.begin(&set, &known, options.items)?;
    let stored = store.stored(&set, options.items)?;
    let left = left(set.agents.len(), options.items.len(), &stored, options.retry);
    let mut state = State {
        labels: (set.agents.len() * options.items.len()) as u64,
        before: stored.done.len() as u64,
        failed_before: if options.retry { 0 } else { stored.failed.difference(&stored.done).count() as u64 },
        set: set.id.clone(),
        model: model.clone(),
        ..State::default()
    };
    let asker = Asker {
        endpoint,
        options,
        retry: &retry,
        watch: Watch::new(model.clone(), known.build, known.answered, listed.is_some()),
        model,
        left: &left,
        next: AtomicUsize::new(0),
    };
    let start = Instant::now();
    // Nobody asks for more before what he brings is on its way to the disk.
    let (sender, heard) = sync_channel(0);
    let written = std::thread::scope(|scope| {
        for _ in 0..options.concurrency.min(left.len()) {
            let (sender, asker) = (sender.clone(), &asker);
            scope.spawn(move || asker.work(&sender));
        }
        drop(sender);
        let mut keeper = Keeper { store: &mut store, set: &set, pace: &pace, held: vec![], start };
        let kept = keeper.keep(&heard, &mut state, watch);
        if let Err(cause) = &kept {
            // The workers are not to ask for what cannot be kept.
            pace.end(cause.to_string());
        }
        // Nor are they to wait until somebody hears them.
        drop(heard);
        kept
    });
    written?;
    state.seconds = start.elapsed().as_secs_f64();
    state.stopped = if state.left() > 0 { pace.ended() } else { None };
    Ok(state)
}

/// The models that the endpoint lists.
fn list(
    endpoint: &Endpoint,
    retry: &Retry<'_>,
    watch: &mut dyn FnMut(&State),
) -> Result<Option<Vec<Listed>>, LabelError> {
    let watch = std::cell::RefCell::new(watch);
    let troubled = |problem: &str| {
        let state = State { trouble: Some(problem.into()), ..State::default() };
        watch.borrow_mut()(&state);
    };
    let (listed, tries) = retry.call(&troubled, || endpoint.models());
    listed.map_err(|given| match given {
        Given::Up => endpoint.failed(retry.pace.ended().unwrap_or_else(|| "ended".into())),
        Given::Fault(fault) => endpoint.failed(ask::away(&fault, tries)),
    })
}

/// What is known of the model, unless the endpoint has another of the same name.
fn same(known: Option<Known>, build: Option<String>, set: &Set, endpoint: &Endpoint) -> Result<Known, LabelError> {
    let Some(known) = known else { return Ok(Known { build, answered: None }) };
    match (&known.build, &build) {
        (Some(stored), Some(now)) if stored != now => {
            let expected = format!("that of set {} ({stored}); name another store", set.id);
            Err(LabelError::option(
                "--model",
                &format!("at {} another {} ({now})", endpoint.base(), set.model),
                expected,
            ))
        }
        // An endpoint that tells nothing now is compared with what it tells later.
        (_, now) => Ok(Known { build: now.clone(), ..known }),
    }
}

/// Keeps what the workers bring.
struct Keeper<'a> {
    store: &'a mut Store,
    set: &'a Set,
    pace: &'a Pace<'a>,
    /// Labels that got no proper answer in all their tries since one last came: failures of their own, unless the server is away.
    held: Vec<Record>,
    start: Instant,
}

impl Keeper<'_> {
    fn keep(
        &mut self,
        heard: &Receiver<Heard>,
        state: &mut State,
        watch: &mut dyn FnMut(&State),
    ) -> Result<(), LabelError> {
        let mut told = None;
        loop {
            let mut open = true;
            let mut records = vec![];
            match heard.recv_timeout(TELL) {
                Ok(first) => {
                    // All that waits goes into one transaction.
                    for next in std::iter::once(first).chain(heard.try_iter().take(MOST_AT_ONCE)) {
                        self.hear(next, state, &mut records);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    open = false;
                    if self.pace.ended().is_none() {
                        self.flush(&mut records);
                    }
                }
            }
            if !records.is_empty() {
                self.store.write(self.set, &records)?;
                for record in &records {
                    state.add(record);
                }
                self.judge(state, records.last());
            }
            if told.is_none_or(|told: Instant| told.elapsed() >= TELL) || !open {
                state.seconds = self.start.elapsed().as_secs_f64();
                watch(state);
                told = Some(Instant::now());
            }
            if !open {
                return Ok(());
            }
        }
    }

    fn flush(&mut self, records: &mut Vec<Record>) {
        records.append(&mut self.held);
    }

    fn hear(&mut self, heard: Heard, state: &mut State, records: &mut Vec<Record>) {
        match heard {
            Heard::Trouble(problem) => state.trouble = Some(problem),
            Heard::Record(record) => {
                // The server answers, so that what it did not answer before is a matter of its own.
                state.trouble = None;
                self.flush(records);
                records.push(record);
            }
            Heard::NoAnswer(record) => {
                self.held.push(record);
                if self.held.len() >= GIVEN_UP {
                    let last = self.held.last().and_then(|record| record.outcome.as_ref().err());
                    let last = last.map_or("", String::as_str);
                    self.pace.end(format!("no proper answer for {GIVEN_UP} labels in a row; the last: {last}"));
                }
            }
        }
    }

    /// Ends a run in which nothing ever works.
    fn judge(&self, state: &State, last: Option<&Record>) {
        if state.before + state.done == 0 && state.failed >= ALL_FAIL {
            let reason = last.and_then(|record| record.outcome.as_ref().err()).map_or("", String::as_str);
            self.pace.end(format!("all of the first {} labels failed; the last: {reason}", state.failed));
        }
    }
}
