//! Whether the model behind an endpoint is still the one that is meant.

use crate::LabelError;
use crate::endpoint::{Endpoint, Fault, Listed};
use crate::pace::held;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The list of models is looked at so often.
const EVERY: Duration = Duration::from_secs(60);

/// The model that is meant.
pub(crate) struct Watch {
    model: String,
    build: Option<String>,
    /// The name by which it answers, which may tell more than the one by which it is asked.
    answered: Mutex<Option<String>>,
    /// When the list is next due; none for endpoints without one.
    due: Mutex<Option<Instant>>,
}

/// The model that is meant among those that an endpoint lists, and what else is known of it.
pub(crate) fn choose(
    endpoint: &Endpoint,
    listed: Option<&[Listed]>,
    wanted: Option<&str>,
) -> Result<(String, Option<String>), LabelError> {
    let names = || {
        let names: Vec<&str> = listed.unwrap_or_default().iter().map(|model| model.names[0].as_str()).collect();
        let more = if names.len() > 12 { ", ..." } else { "" };
        format!("{}{more}", names[..names.len().min(12)].join(", "))
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

fn find<'a>(all: &'a [Listed], name: &str) -> Option<&'a Listed> {
    all.iter().find(|model| model.names.iter().any(|known| known == name))
}

impl Watch {
    pub fn new(model: String, build: Option<String>, answered: Option<String>, has_list: bool) -> Self {
        let due = has_list.then(|| Instant::now() + EVERY);
        Self { model, build, answered: Mutex::new(answered), due: Mutex::new(due) }
    }

    /// Looks at the list before the next call of any thread.
    pub fn doubt(&self) {
        if let Some(due) = held(&self.due).as_mut() {
            *due = Instant::now();
        }
    }

    /// Looks at the list, if that is due. The others wait meanwhile, so that none asks another model.
    pub fn look(&self, endpoint: &Endpoint) -> Result<(), Fault> {
        let mut due = held(&self.due);
        let Some(at) = *due else { return Ok(()) };
        if Instant::now() < at {
            return Ok(());
        }
        if let Some(all) = endpoint.models()? {
            let swapped = |found: String| Err(Fault::Fatal(self.swapped(&found)));
            match find(&all, &self.model) {
                None => {
                    let names: Vec<&str> = all.iter().take(12).map(|model| model.names[0].as_str()).collect();
                    return swapped(names.join(", "));
                }
                Some(model) if model.build != self.build => {
                    let build = |build: &Option<String>| build.clone().unwrap_or_else(|| "no sizes".into());
                    let found =
                        format!("one of the same name with {}, not {}", build(&model.build), build(&self.build));
                    return swapped(found);
                }
                Some(_) => {}
            }
        }
        *due = Some(Instant::now() + EVERY);
        Ok(())
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
                return Err(Fault::Fatal(format!("the answer is of another model: found {by}, expected {known}")));
            }
        }
        Ok(())
    }

    fn swapped(&self, found: &str) -> String {
        format!("the model behind the endpoint is another: found {found}, expected {}", self.model)
    }
}
