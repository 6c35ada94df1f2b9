//! Asks for all labels that a store lacks.

mod ask;
mod keep;
mod state;

use crate::LabelError;
use crate::endpoint::{Endpoint, Fault};
use crate::items::Item;
use crate::pace::Pace;
use crate::personas::Personas;
use crate::plan::left;
use crate::prompt::Asking;
use crate::retry::{CallError, Retry};
use crate::store::{Known, LabelStore, Set};
use crate::watch::{Watch, choose, find};
use ask::Asker;
use keep::Keeper;
pub use state::LabelState;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// The most concurrent calls.
const MOST_CONCURRENT: usize = 1024;
/// How often a run checks that the endpoint still serves the same model.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What to ask for, and how.
pub struct LabelOptions<'a> {
    /// The items to judge.
    pub items: &'a [Item],
    /// The roles of the model.
    pub personas: &'a Personas,
    /// How to ask.
    pub asking: Asking,
    /// The model's name. `None` if the endpoint has only one model.
    pub model: Option<&'a str>,
    /// The number of calls in progress at a time.
    pub concurrency: usize,
    /// How often a failed call is repeated.
    pub retries: usize,
    /// The wait before the first repetition. It doubles each time.
    pub first_wait: Duration,
    /// The most calls per minute.
    pub per_minute: Option<u32>,
    /// Whether to ask again for labels that failed.
    pub retry: bool,
    /// How often to check that the endpoint still serves the same model: [`LOOK_EVERY`].
    pub look_every: Duration,
    /// Returns a reason to end the run, once there is one.
    pub stop: &'a (dyn Fn() -> Option<String> + Sync),
}

/// Asks for all labels that the store at `path` lacks, and stores them as they arrive. `watch`
/// receives the progress. If the run ends early, the state says why. Everything that arrived until
/// then is stored, and the same run started again continues.
///
/// # Errors
/// If the store cannot be written, has another version, or another run is writing to it; or if the
/// endpoint does not answer at all, or serves another model.
pub fn run(
    path: &Path,
    endpoint: &Endpoint,
    options: &LabelOptions<'_>,
    watch: &mut dyn FnMut(&LabelState),
) -> Result<LabelState, LabelError> {
    if !(1..=MOST_CONCURRENT).contains(&options.concurrency) {
        let expected = format!("from 1 to {MOST_CONCURRENT}");
        return Err(LabelError::option("--concurrency", &options.concurrency, expected));
    }
    // A store that cannot be used is reported before any call, and no store is created for an
    // endpoint that cannot be used.
    let opened = if path.exists() { Some(LabelStore::open(path)?) } else { None };
    let pace = Pace::new(options.per_minute, options.stop)?;
    let retry = Retry::new(&pace, options.retries, options.first_wait);
    let listed = ask_endpoint(endpoint, &retry, watch, &|| endpoint.models())?;
    let (model, build) = choose(endpoint, listed.as_deref(), options.model)?;
    let set = Set::new(&model, options.asking, options.personas);
    let mut store = match opened {
        Some(store) => store,
        None => LabelStore::open(path)?,
    };
    let known = match store.known(&set)? {
        None => Known { build, ..Known::default() },
        Some(Known { build: Some(stored), answered, has_labels }) if build.is_none() => {
            // A server that is still loading its model reports no sizes.
            let again = ask_endpoint(endpoint, &retry, watch, &|| sizes(endpoint, &model, &stored))?;
            same(Known { build: Some(stored), answered, has_labels }, Some(again), &set, endpoint)?
        }
        Some(known) => same(known, build, &set, endpoint)?,
    };
    store.begin(&set, &known, options.items)?;
    let stored = store.stored(&set, options.items)?;
    let left = left(set.agents.len(), options.items.len(), &stored, options.retry);
    let mut state = LabelState {
        labels: (set.agents.len() * options.items.len()) as u64,
        before: stored.done.len() as u64,
        failed_before: if options.retry { 0 } else { stored.failed.len() as u64 },
        set: set.id.clone(),
        model: model.clone(),
        ..LabelState::default()
    };
    let workers = options.concurrency.min(left.len());
    let asker = Asker {
        endpoint,
        options,
        retry: &retry,
        watch: Watch::new(model.clone(), known, listed.is_some(), options.look_every),
        model,
        left: Mutex::new(left.into()),
        from_end: AtomicBool::new(false),
    };
    let start = Instant::now();
    let mut keeper = Keeper::new(&mut store, &set, &asker, start);
    // No thread asks for more before its answer was received: a reason to end the run must take
    // effect at once.
    let (sender, events) = sync_channel(0);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, asker) = (sender.clone(), &asker);
            scope.spawn(move || asker.work(&sender));
        }
        drop(sender);
        let kept = keeper.keep(&events, &mut state, watch);
        // The workers must not wait for a receiver that is gone.
        drop(events);
        kept
    })?;
    keeper.end(&mut state)?;
    state.seconds = start.elapsed().as_secs_f64();
    state.stopped = if state.left() > 0 { pace.ended() } else { None };
    if let Some(other) = asker.watch.swapped() {
        let taken_back = format!("{} labels that arrived since the last check were taken back", state.taken_back);
        state.stopped = Some(format!("{}; {taken_back}", endpoint.failed(other)));
    }
    Ok(state)
}

/// Asks the endpoint for something before the first label, with retries.
fn ask_endpoint<T>(
    endpoint: &Endpoint,
    retry: &Retry<'_>,
    watch: &mut dyn FnMut(&LabelState),
    call: &dyn Fn() -> Result<T, Fault>,
) -> Result<T, LabelError> {
    let watch = std::cell::RefCell::new(watch);
    let on_problem = |problem: &str| {
        let state = LabelState { trouble: Some(problem.into()), ..LabelState::default() };
        watch.borrow_mut()(&state);
    };
    let (result, tries) = retry.call(&on_problem, call);
    result.map_err(|error| match error {
        CallError::Ended => endpoint.failed(retry.pace.ended().unwrap_or_else(|| "ended".into())),
        CallError::Fault(fault) => endpoint.failed(ask::describe(&fault, tries)),
    })
}

/// The sizes of a model, for a set that knows its sizes.
fn sizes(endpoint: &Endpoint, model: &str, stored: &str) -> Result<String, Fault> {
    let all = endpoint.models()?.unwrap_or_default();
    let build = find(&all, model).and_then(|model| model.build.clone());
    build.ok_or_else(|| Fault::Broken(format!("the list of models gives no sizes of {model}, expected {stored}"), None))
}

/// What is known of the model. Refuses an endpoint that has another model of the same name, or one
/// that may be another: sizes that are reported for the first time may not be those of the existing
/// labels.
fn same(known: Known, build: Option<String>, set: &Set, endpoint: &Endpoint) -> Result<Known, LabelError> {
    let expected = match (&known.build, &build) {
        (Some(stored), Some(now)) if stored != now => format!("that of set {} ({stored})", set.id),
        (None, Some(_)) if known.has_labels => format!("that of set {}, whose labels have no sizes", set.id),
        _ => return Ok(Known { build: known.build.or(build), ..known }),
    };
    let found = format!("at {} another {} ({})", endpoint.base(), set.model, build.unwrap_or_default());
    Err(LabelError::option("--model", &found, format!("{expected}; name another store")))
}
