//! Plans a run before it makes any call.

use crate::LabelError;
use crate::items::Item;
use crate::personas::{ITEM, Persona, Personas};
use crate::prompt::Asking;
use crate::store::{LabelStore, Set, SetSummary, Stored};
use std::path::Path;

/// What a run would do.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelPlan {
    /// The set that the run would continue, if there is one.
    pub set: Option<String>,
    /// The number of labels wanted.
    pub labels: usize,
    /// The number of them that are stored.
    pub stored: usize,
    /// The number of them that failed and will not be asked for again.
    pub failed: usize,
    /// The number of calls left.
    pub calls: usize,
    /// The first prompt left, in readable form.
    pub prompt: String,
    /// The estimated number of tokens read.
    pub tokens_in: f64,
    /// The estimated number of tokens written.
    pub tokens_out: f64,
}

/// The labels left, agent by agent, so that servers can reuse the beginning of a persona's prompt.
pub(crate) fn left(agents: usize, items: usize, stored: &Stored, retry: bool) -> Vec<(usize, usize)> {
    let all = (0..agents).flat_map(|agent| (0..items).map(move |item| (agent, item)));
    all.filter(|label| !stored.done.contains(label) && (retry || !stored.failed.contains(label))).collect()
}

/// Plans a run without calling the endpoint. If no model is given, a set of any model with the same
/// way of asking counts, provided there is only one.
///
/// # Errors
/// If there is a store that cannot be read.
pub fn plan(
    store: &Path,
    items: &[Item],
    personas: &Personas,
    asking: Asking,
    model: Option<&str>,
    retry: bool,
) -> Result<LabelPlan, LabelError> {
    let store = if store.exists() { Some(LabelStore::read(store)?) } else { None };
    let (mut set, mut stored) = (None, Stored::default());
    if let Some(store) = &store {
        let meant = |found: &SetSummary| Set::new(&found.model, asking, personas).id == found.set;
        let mut found = store.sets()?;
        found.retain(|set| meant(set) && model.is_none_or(|model| set.model == model));
        if let [only] = &found[..] {
            stored = store.stored(&Set::new(&only.model, asking, personas), items)?;
            set = Some(only.clone());
        }
    }
    let left = left(personas.all.len(), items.len(), &stored, retry);
    let labels = personas.all.len() * items.len();
    let failed = if retry { 0 } else { stored.failed.len() };
    let first = left.first().copied().unwrap_or((0, 0));
    let prompt = asking.shown(&personas.all[first.0], &items[first.1].text);
    let known = set.as_ref().filter(|set| set.labels > 0 && set.tokens_in > 0);
    let (tokens_in, tokens_out) = match known {
        Some(set) => {
            let each = |tokens: u64| left.len() as f64 * tokens as f64 / set.labels as f64;
            (each(set.tokens_in), each(set.tokens_out))
        }
        None => (guess(&left, personas, items, asking), left.len() as f64 * f64::from(asking.tokens)),
    };
    let set = set.map(|set| set.set);
    Ok(LabelPlan { set, labels, stored: stored.done.len(), failed, calls: left.len(), prompt, tokens_in, tokens_out })
}

/// Estimates the tokens of prompts from their lengths.
fn guess(left: &[(usize, usize)], personas: &Personas, items: &[Item], asking: Asking) -> f64 {
    /// The average number of letters per token in English.
    const LETTERS: f64 = 4.0;
    let fixed = |persona: &Persona| (asking.shown(persona, "").chars().count() + ITEM.len()) as f64;
    let fixed: Vec<f64> = personas.all.iter().map(fixed).collect();
    let text: Vec<f64> = items.iter().map(|item| item.text.chars().count() as f64).collect();
    left.iter().map(|&(agent, item)| ((fixed[agent] + text[item]) / LETTERS).ceil()).sum()
}
