//! Checks that the endpoint still serves the same model.
//!
//! The watch looks at the list of models when a run starts and ends, at regular intervals, and
//! whenever a server may have come back with another model. A swap is noticed at the next look.
//! Until then, everything that was answered since the last good look is in doubt.

use crate::LabelError;
use crate::endpoint::{Endpoint, Fault, Listed};
use crate::pace::{Pace, lock};
use crate::store::Known;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

/// The expected model.
pub(crate) struct Watch {
    model: String,
    /// The name under which it answers. It may be more specific than the name in the request.
    answered: Mutex<Option<String>>,
    /// `None` for endpoints without a list.
    list: Option<Mutex<List>>,
    /// The time from which the list must be read even if it is not due. It stands beside the
    /// list so that a thread that doubts does not wait for a look.
    doubt: Mutex<Option<Instant>>,
    /// The number of looks so far, including those in progress. The look at the start is the first.
    looks: AtomicU64,
    /// The number of the last good look.
    good: AtomicU64,
    /// What identifies the model besides its name, if the endpoint reported it after the start.
    learned: OnceLock<String>,
    every: Duration,
}

/// What the list of models has shown.
struct List {
    /// What identifies the model besides its name.
    build: Option<String>,
    /// Whether the first report of sizes is accepted: there are no labels that may come from
    /// another model.
    learns: bool,
    /// Whether the list was read after the first answer arrived.
    settled: bool,
    /// When the next look is due.
    due: Instant,
    /// When and how the last look failed; `None` after a good look.
    failed: Option<(Instant, Fault)>,
    /// The other model that was found.
    swapped: Option<String>,
}

impl List {
    /// How a look failed that another thread made while this thread waited. This thread need not
    /// repeat the look: with a server that hangs, the threads would wait one after another.
    fn failed_since(&self, begun: Instant) -> Option<Fault> {
        self.failed.as_ref().filter(|(at, _)| *at >= begun).map(|(_, fault)| fault.clone())
    }
}

/// The expected model among those that an endpoint lists, and what else is known about it.
pub(crate) fn choose(
    endpoint: &Endpoint,
    listed: Option<&[Listed]>,
    wanted: Option<&str>,
) -> Result<(String, Option<String>), LabelError> {
    let names = || {
        let listed = listed.unwrap_or_default();
        let more = if listed.len() > SHOWN { ", ..." } else { "" };
        format!("{}{more}", first_names(endpoint, listed))
    };
    let refused = |found: &str, expected: String| LabelError::option("--model", &found, expected);
    match (listed, wanted) {
        (None, None) => Err(refused("nothing", format!("a name, as {} lists no models", endpoint.base()))),
        (None, Some(wanted)) => Ok((wanted.into(), None)),
        (Some([only]), None) => Ok((only.names[0].clone(), only.build.clone())),
        (Some([]), None) => Err(refused("nothing", format!("a name, as the list of {} is empty", endpoint.base()))),
        (Some(_), None) => Err(refused("nothing", format!("one of those that {} has: {}", endpoint.base(), names()))),
        (Some(all), Some(wanted)) => match find(all, wanted) {
            Some(model) => Ok((wanted.into(), model.build.clone())),
            None => Err(refused(wanted, format!("one of those that {} has: {}", endpoint.base(), names()))),
        },
    }
}

/// The most names of a list that a message shows.
const SHOWN: usize = 12;

fn first_names(endpoint: &Endpoint, all: &[Listed]) -> String {
    let names: Vec<String> = all.iter().take(SHOWN).map(|model| endpoint.shown(&model.names[0])).collect();
    names.join(", ")
}

pub(crate) fn find<'a>(all: &'a [Listed], name: &str) -> Option<&'a Listed> {
    all.iter().find(|model| model.names.iter().any(|known| known == name))
}

impl Watch {
    /// A watch for a model of which `known` is known, at an endpoint that was just read and
    /// will be read again every `every`.
    pub fn new(model: String, known: Known, has_list: bool, every: Duration) -> Self {
        let list = has_list.then(|| {
            Mutex::new(List {
                settled: known.build.is_some(),
                build: known.build,
                learns: !known.has_labels,
                due: Instant::now() + every,
                failed: None,
                swapped: None,
            })
        });
        let (answered, doubt, learned) = (Mutex::new(known.answered), Mutex::new(None), OnceLock::new());
        Self { model, answered, list, doubt, looks: AtomicU64::new(1), good: AtomicU64::new(1), learned, every }
    }

    /// Makes sure that a thread looks at the list before its next call after this time.
    pub fn doubt(&self, after: Duration) {
        let mut doubt = lock(&self.doubt);
        // No thread calls before the latest of these times, so an earlier look would be too early.
        *doubt = (*doubt).max(Some(Instant::now() + after));
    }

    /// Looks at the list if a look is due. Other threads wait meanwhile, so that none calls another
    /// model.
    pub fn look(&self, endpoint: &Endpoint, pace: &Pace<'_>) -> Result<(), Fault> {
        let begun = Instant::now();
        let Some(mut list) = self.list() else { return Ok(()) };
        let now = Instant::now();
        if now < list.due && lock(&self.doubt).is_none_or(|doubt| now < doubt) {
            return Ok(());
        }
        if pace.ended().is_some() {
            return Err(Fault::Broken("the run has ended".into(), None));
        }
        if let Some(fault) = list.failed_since(begun) {
            return Err(fault);
        }
        self.look_at(&mut list, endpoint)
    }

    /// Looks at the list after the first answer, if the list was incomplete before: a server that
    /// is still loading its model does not report its sizes.
    pub fn settle(&self, endpoint: &Endpoint, pace: &Pace<'_>) -> Result<(), Fault> {
        let begun = Instant::now();
        let Some(mut list) = self.list() else { return Ok(()) };
        if list.settled || list.failed_since(begun).is_some() || pace.ended().is_some() {
            return Ok(());
        }
        match self.look_at(&mut list, endpoint) {
            // The look can be repeated after the next answer.
            Err(Fault::Broken(..) | Fault::Busy(..) | Fault::Absent(_)) => Ok(()),
            result => {
                list.settled = true;
                result
            }
        }
    }

    /// Looks at the list once more when a run ends, unless the server has stopped answering.
    pub fn last_look(&self, endpoint: &Endpoint) {
        if let Some(mut list) = self.list()
            && list.failed.is_none()
            && list.swapped.is_none()
        {
            // Other problems no longer matter.
            let _ = self.look_at(&mut list, endpoint);
        }
    }

    fn list(&self) -> Option<MutexGuard<'_, List>> {
        self.list.as_ref().map(lock)
    }

    fn look_at(&self, list: &mut List, endpoint: &Endpoint) -> Result<(), Fault> {
        let number = self.looks.fetch_add(1, Ordering::SeqCst) + 1;
        let begun = Instant::now();
        let result = endpoint.models().and_then(|all| self.compare(list, endpoint, all.as_deref()));
        // This refusal does not concern a label.
        let result = result.map_err(|fault| match fault {
            Fault::Refused(problem) => Fault::Broken(format!("the list of models is refused: {problem}"), None),
            other => other,
        });
        list.failed = result.as_ref().err().map(|fault| (Instant::now(), fault.clone()));
        result?;
        self.good.store(number, Ordering::SeqCst);
        list.due = Instant::now() + self.every;
        let mut doubt = lock(&self.doubt);
        // Doubts that arose meanwhile remain.
        *doubt = doubt.filter(|doubt| *doubt > begun);
        Ok(())
    }

    /// Checks that a list has the expected model.
    fn compare(&self, list: &mut List, endpoint: &Endpoint, all: Option<&[Listed]>) -> Result<(), Fault> {
        let Some(all) = all else { return Err(Fault::Broken("the list of models is gone".into(), None)) };
        let found = match find(all, &self.model) {
            None => first_names(endpoint, all),
            Some(model) => match (&model.build, &list.build) {
                (None, Some(build)) => {
                    // The server may still be loading it.
                    let problem = format!("the list of models gives no sizes of {}, expected {build}", self.model);
                    return Err(Fault::Broken(problem, None));
                }
                (Some(now), Some(build)) if now != build => format!("one of the same name with {now}, not {build}"),
                (Some(now), None) if !list.learns => {
                    format!("one of the same name with {now}, where the existing labels have no sizes")
                }
                (Some(now), None) => {
                    list.build = Some(now.clone());
                    self.learned.get_or_init(|| now.clone());
                    return Ok(());
                }
                _ => return Ok(()),
            },
        };
        let problem = format!("the endpoint serves another model: found {found}, expected {}", self.model);
        list.swapped = Some(problem.clone());
        Err(Fault::Final(problem))
    }

    /// What identifies the model besides its name, if the endpoint reported it after the start.
    pub fn learned(&self) -> Option<&str> {
        self.learned.get().map(String::as_str)
    }

    /// The other model that was found, if there is one.
    pub fn swapped(&self) -> Option<String> {
        self.list()?.swapped.clone()
    }

    /// The number of looks that have begun.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::SeqCst)
    }

    /// Whether a model that was there when this many looks had begun may have been another one.
    pub fn is_in_doubt(&self, looks: u64) -> bool {
        self.list.is_some() && looks >= self.good.load(Ordering::SeqCst)
    }

    /// Checks which model answered. The first answer of a set decides which model is expected.
    pub fn answered(&self, by: Option<&str>) -> Result<(), Fault> {
        let Some(by) = by else { return Ok(()) };
        let mut known = lock(&self.answered);
        match known.as_deref() {
            None => *known = Some(by.into()),
            Some(known) if known == by => {}
            Some(known) => {
                let known = known.to_owned();
                return Err(Fault::Final(format!("another model answered: found {by}, expected {known}")));
            }
        }
        Ok(())
    }
}
