//! `suasion label sets`.

use crate::arguments::LabelSets;
use crate::failure::Failure;
use crate::output::{json, line, number, plain, table};
use crate::session::Session;
use suasion_label::LabelStore;

pub fn run(arguments: &LabelSets, session: &Session) -> Result<bool, Failure> {
    let sets = LabelStore::read(&arguments.labels)?.sets()?;
    if session.json {
        sets.iter().try_for_each(json)?;
        return Ok(true);
    }
    if sets.is_empty() {
        line(&format!("{}: no sets yet", arguments.labels.display()))?;
        return Ok(true);
    }
    let header = ["set", "model", "way", "top", "tokens", "agents", "items", "labels", "parsed", "failed", "mean mass"];
    let rows = sets.iter().map(|set| {
        vec![
            set.set.clone(),
            plain(&set.model),
            set.way.clone(),
            set.top.to_string(),
            set.tokens.to_string(),
            set.agents.to_string(),
            set.items.to_string(),
            set.labels.to_string(),
            set.parsed.to_string(),
            set.failed.to_string(),
            set.mean_mass.map_or("-".into(), number),
        ]
    });
    line(&table(&header, rows.collect()).to_string())?;
    Ok(true)
}
