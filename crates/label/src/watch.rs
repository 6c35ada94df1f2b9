//! Whether the model behind an endpoint is still the one that is meant.
//!
//! The list of models is looked at when a run starts and when it ends, every so often, and after whatever a server may come back from as another.
//! A swap is seen at the next look, so that what was answered since the last good one is in doubt until then.

use crate::LabelError;
use crate::endpoint::{Endpoint, Fault, Listed};
use crate::pace::{Pace, held};
use crate::store::Known;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

/// The model that is meant.
pub(crate) struct Watch {
    model: String,
    /// The name by which it answers, which may tell more than the one by which it is asked.
    answered: Mutex<Option<String>>,
    /// None for endpoints without a list.
    list: Option<Mutex<List>>,
    /// From when on the list is to be looked at although it is not due. Beside the list, so that nobody who doubts waits for a look.
    doubt: Mutex<Option<Instant>>,
    /// Looks so far, with those under way; the one at the start is the first.
    looks: AtomicU64,
    /// The last good one of them.
    good: AtomicU64,
    /// By what the model is known besides its name, where that was told after the start.
    learned: OnceLock<String>,
    every: Duration,
}

/// What the list of models has told.
struct List {
    /// By what the model is known besides its name.
    build: Option<String>,
    /// Whether what the endpoint tells first is taken for that: there are no labels that may be of another.
    learns: bool,
    /// Whether the list was looked at since the first answer came.
    settled: bool,
    /// When it is to be looked at next.
    due: Instant,
    /// When the last look failed, and how; none after one that did not.
    failed: Option<(Instant, Fault)>,
    /// Which other model was found.
    swapped: Option<String>,
}

impl List {
    /// How a look failed that another thread made while this one waited. It need not do the same: for a server that hangs, one thread would wait
    /// after the other.
    fn failed_since(&self, begun: Instant) -> Option<Fault> {
        self.failed.as_ref().filter(|(at, _)| *at >= begun).map(|(_, fault)| fault.clone())
    }
}

/// The model that is meant among those that an endpoint lists, and what else is known of it.
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

/// So many names of a list are shown.
const SHOWN: usize = 12;

fn first_names(endpoint: &Endpoint, all: &[Listed]) -> String {
    let names: Vec<String> = all.iter().take(SHOWN).map(|model| endpoint.shown(&model.names[0])).collect();
    names.join(", ")
}

pub(crate) fn find<'a>(all: &'a [Listed], name: &str) -> Option<&'a Listed> {
    all.iter().find(|model| model.names.iter().any(|known| known == name))
}

impl Watch {
    /// A model of which so much is `known`, at an endpoint that was looked at just now, and is to be so `every` so often.
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

    /// Looks at the list before the next call of any thread that is made after so long.
    pub fn doubt(&self, after: Duration) {
        let mut doubt = held(&self.doubt);
        // Until the latest of them nobody calls, and who looks at once would look too early.
        *doubt = (*doubt).max(Some(Instant::now() + after));
    }

    /// Looks at the list, if that is due. The others wait meanwhile, so that none asks another model.
    pub fn look(&self, endpoint: &Endpoint, pace: &Pace<'_>) -> Result<(), Fault> {
        let begun = Instant::now();
        let Some(mut list) = self.list() else { return Ok(()) };
        let now = Instant::now();
        if now < list.due && held(&self.doubt).is_none_or(|doubt| now < doubt) {
            return Ok(());
        }
        if pace.ended().is_some() {
            return Err(Fault::Broken("the run is to end".into(), None));
        }
        if let Some(fault) = list.failed_since(begun) {
            return Err(fault);
        }
        self.look_at(&mut list, endpoint)
    }

    /// Looks at the list once the first answer has come, where it did not tell all before: a server that still loads its model does not.
    pub fn settle(&self, endpoint: &Endpoint, pace: &Pace<'_>) -> Result<(), Fault> {
        let begun = Instant::now();
        let Some(mut list) = self.list() else { return Ok(()) };
        if list.settled || list.failed_since(begun).is_some() || pace.ended().is_some() {
            return Ok(());
        }
        match self.look_at(&mut list, endpoint) {
            // The next answer is as good a moment.
            Err(Fault::Broken(..) | Fault::Busy(..) | Fault::Absent(_)) => Ok(()),
            told => {
                list.settled = true;
                told
            }
        }
    }

    /// Looks at the list once more when a run ends, unless the server does not answer any more.
    pub fn last_look(&self, endpoint: &Endpoint) {
        if let Some(mut list) = self.list()
            && list.failed.is_none()
            && list.swapped.is_none()
        {
            // What else is wrong by now is no matter.
            let _ = self.look_at(&mut list, endpoint);
        }
    }

    fn list(&self) -> Option<MutexGuard<'_, List>> {
        self.list.as_ref().map(held)
    }

    fn look_at(&self, list: &mut List, endpoint: &Endpoint) -> Result<(), Fault> {
        let number = self.looks.fetch_add(1, Ordering::SeqCst) + 1;
        let begun = Instant::now();
        let told = endpoint.models().and_then(|all| self.compare(list, endpoint, all.as_deref()));
        // It is no label that is refused here.
        let told = told.map_err(|fault| match fault {
            Fault::Refused(problem) => Fault::Broken(format!("the list of models is refused: {problem}"), None),
            other => other,
        });
        list.failed = told.as_ref().err().map(|fault| (Instant::now(), fault.clone()));
        told?;
        self.good.store(number, Ordering::SeqCst);
        list.due = Instant::now() + self.every;
        let mut doubt = held(&self.doubt);
        // What was doubted meanwhile is still in doubt.
        *doubt = doubt.filter(|doubt| *doubt > begun);
        Ok(())
    }

    /// Whether a list has the model that is meant.
    fn compare(&self, list: &mut List, endpoint: &Endpoint, all: Option<&[Listed]>) -> Result<(), Fault> {
        let Some(all) = all else { return Err(Fault::Broken("there is no list of models any more".into(), None)) };
        let found = match find(all, &self.model) {
            None => first_names(endpoint, all),
            Some(model) => match (&model.build, &list.build) {
                (None, Some(build)) => {
                    // As one does that still loads it.
                    let problem = format!("the list of models tells no sizes of {}, expected {build}", self.model);
                    return Err(Fault::Broken(problem, None));
                }
                (Some(now), Some(build)) if now != build => format!("one of the same name with {now}, not {build}"),
                (Some(now), None) if !list.learns => {
                    format!("one of the same name with {now}, where the labels that there are came without sizes")
                }
                (Some(now), None) => {
                    list.build = Some(now.clone());
                    self.learned.get_or_init(|| now.clone());
                    return Ok(());
                }
                _ => return Ok(()),
            },
        };
        let problem = format!("the model behind the endpoint is another: found {found}, expected {}", self.model);
        list.swapped = Some(problem.clone());
        Err(Fault::Final(problem))
    }

    /// By what the model is known besides its name, where that was told after the start.
    pub fn learned(&self) -> Option<&str> {
        self.learned.get().map(String::as_str)
    }

    /// Which other model was found, if one was.
    pub fn swapped(&self) -> Option<String> {
        self.list()?.swapped.clone()
    }

    /// How many looks have begun.
    pub fn looks(&self) -> u64 {
        self.looks.load(Ordering::SeqCst)
    }

    /// Whether a model that was there when so many looks had begun may have been another.
    pub fn is_in_doubt(&self, looks: u64) -> bool {
        self.list.is_some() && looks >= self.good.load(Ordering::SeqCst)
    }

    /// Looks at who answered. The first answer of a set tells who is to.
    pub fn answered(&self, by: Option<&str>) -> Result<(), Fault> {
        let Some(by) = by else { return Ok(()) };
        let mut known = held(&self.answered);
        match known.as_deref() {
            None => *known = Some(by.into()),
            Some(known) if known == by => {}
            Some(known) => {
                let known = known.to_owned();
                return Err(Fault::Final(format!("the answer is of another model: found {by}, expected {known}")));
            }
        }
        Ok(())
    }
}
