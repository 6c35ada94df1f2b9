//! Asking for all labels that a store does not have.

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
use crate::retry::{Given, Retry};
use crate::store::{Known, Set, Store};
use crate::watch::{Watch, choose, find};
use ask::Asker;
use keep::Keeper;
pub use state::State;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// The most calls at a time.
const MOST_CONCURRENT: usize = 1024;
/// How often a run looks whether the model behind an endpoint is still the one that is meant.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);

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
    /// How often to look whether the model is still the one that is meant: [`LOOK_EVERY`].
    pub look_every: Duration,
    /// Why to end, once that is so.
    pub stop: &'a (dyn Fn() -> Option<String> + Sync),
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
    let listed = told(endpoint, &retry, watch, &|| endpoint.models())?;
    let (model, build) = choose(endpoint, listed.as_deref(), options.model)?;
    let set = Set::new(&model, options.asking, options.personas);
    let mut store = match opened {
        Some(store) => store,
        None => Store::open(path)?,
    };
    let known = match store.known(&set)? {
        None => Known { build, ..Known::default() },
        Some(Known { build: Some(stored), answered, has_labels }) if build.is_none() => {
            // A server that still loads the model tells no sizes of it.
            let again = told(endpoint, &retry, watch, &|| sizes(endpoint, &model, &stored))?;
            same(Known { build: Some(stored), answered, has_labels }, Some(again), &set, endpoint)?
        }
        Some(known) => same(known, build, &set, endpoint)?,
    };
    store.begin(&set, &known, options.items)?;
    let stored = store.stored(&set, options.items)?;
    let left = left(set.agents.len(), options.items.len(), &stored, options.retry);
    let mut state = State {
        labels: (set.agents.len() * options.items.len()) as u64,
        before: stored.done.len() as u64,
        failed_before: if options.retry { 0 } else { stored.failed.len() as u64 },
        set: set.id.clone(),
        model: model.clone(),
        ..State::default()
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
    // Nobody asks for more before he was heard: what ends a run is to end it at once.
    let (sender, heard) = sync_channel(0);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, asker) = (sender.clone(), &asker);
            scope.spawn(move || asker.work(&sender));
        }
        drop(sender);
        let kept = keeper.keep(&heard, &mut state, watch);
        // The workers are not to wait until somebody hears them.
        drop(heard);
        kept
    })?;
    keeper.end(&mut state)?;
    state.seconds = start.elapsed().as_secs_f64();
    state.stopped = if state.left() > 0 { pace.ended() } else { None };
    if let Some(other) = asker.watch.swapped() {
        let taken_back = format!("{} labels that came since the last look at it are taken back", state.taken_back);
        state.stopped = Some(format!("{}; {taken_back}", endpoint.failed(other)));
    }
    Ok(state)
}

/// What the endpoint tells before the first label is asked for.
fn told<T>(
    endpoint: &Endpoint,
    retry: &Retry<'_>,
    watch: &mut dyn FnMut(&State),
    call: &dyn Fn() -> Result<T, Fault>,
) -> Result<T, LabelError> {
    let watch = std::cell::RefCell::new(watch);
    let troubled = |problem: &str| {
        let state = State { trouble: Some(problem.into()), ..State::default() };
        watch.borrow_mut()(&state);
    };
    let (told, tries) = retry.call(&troubled, call);
    told.map_err(|given| match given {
        Given::Up => endpoint.failed(retry.pace.ended().unwrap_or_else(|| "ended".into())),
        Given::Fault(fault) => endpoint.failed(ask::away(&fault, tries)),
    })
}

/// The sizes of a model of which a set knows the sizes.
fn sizes(endpoint: &Endpoint, model: &str, stored: &str) -> Result<String, Fault> {
    let all = endpoint.models()?.unwrap_or_default();
    let build = find(&all, model).and_then(|model| model.build.clone());
    build.ok_or_else(|| Fault::Broken(format!("the list of models tells no sizes of {model}, expected {stored}"), None))
}

/// What is known of the model, unless the endpoint has another of the same name, or one that may be another: sizes that are told for the first
/// time are not those of labels that are there already.
fn same(known: Known, build: Option<String>, set: &Set, endpoint: &Endpoint) -> Result<Known, LabelError> {
    let expected = match (&known.build, &build) {
        (Some(stored), Some(now)) if stored != now => format!("that of set {} ({stored})", set.id),
        (None, Some(_)) if known.has_labels => format!("that of set {}, whose labels came without sizes", set.id),
        _ => return Ok(Known { build: known.build.or(build), ..known }),
    };
    let found = format!("at {} another {} ({})", endpoint.base(), set.model, build.unwrap_or_default());
    Err(LabelError::option("--model", &found, format!("{expected}; name another store")))
}
