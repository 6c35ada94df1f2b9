//! Merging: all parts of all shards as one set of tables, sorted by unit.

use crate::part::{Kind, UNIT, table};
use crate::store::{Progress, ShardSurvey, Store, Survey};
use crate::{BatchError, Shard};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;
use suasion_table::merge_parquet;

/// What was merged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Merged {
    /// How many units have results.
    pub done: usize,
    /// How many failed.
    pub failed: usize,
    /// How many are left: none, unless that was allowed.
    pub left: usize,
    /// The rows of each table, with its file.
    pub tables: Vec<(Kind, u64, PathBuf)>,
}

impl Store {
    /// Merges everything that there is into four tables in the output's folder, each whole or not
    /// at all. The same bytes, however the units were dealt to shards and threads; but for the
    /// table of timings.
    ///
    /// # Errors
    /// If units are left (unless `partial`), or something cannot be read or written.
    pub fn merge(&self, partial: bool) -> Result<Merged, BatchError> {
        let mut survey = self.survey()?;
        let mut sealed = false;
        for shard in self.shards()? {
            match self.seal(shard, &survey) {
                // What is being written is merged the next time, and what it has in its journal is
                // none of what there is.
                Err(BatchError::Busy { .. }) => sealed = true,
                done => sealed |= done?,
            }
        }
        if sealed {
            survey = self.look(false)?;
        }
        let left = survey.count(Progress::Left);
        if left > 0 && !partial {
            return Err(BatchError::Incomplete {
                path: self.folder.clone(),
                left,
                units: survey.units.len(),
                who: who(self, &survey),
            });
        }
        let mut parts: Vec<_> = survey.parts.iter().collect();
        // The last one wins: the latest attempt.
        parts.sort_by_key(|part| part.attempt);
        let merge = |kind: &Kind| {
            let output = self.merged(*kind);
            let inputs: Vec<PathBuf> = parts.iter().filter_map(|part| part.file(*kind)).collect();
            let keep = |unit: u64| match kind {
                Kind::Results | Kind::Certificates => survey.units.get(unit as usize) == Some(&Progress::Done),
                Kind::Failures => survey.units.get(unit as usize) == Some(&Progress::Failed),
                Kind::Timings => true,
            };
            let about = [
                ("suasion.batch", serde_json::to_string(&self.plan.request).unwrap_or_default()),
                ("suasion.plan", self.plan.digest()),
            ];
            // Where no part has such a table, it has no rows.
            let columns = table(*kind, &self.plan.request, &[]);
            let rows = merge_parquet(&inputs, Some(&columns), UNIT, &output, &about, &keep)?.rows;
            Ok((*kind, rows, output))
        };
        let tables = Kind::ALL.par_iter().map(merge).collect::<Result<Vec<_>, BatchError>>()?;
        let count = |progress| survey.count(progress);
        Ok(Merged { done: count(Progress::Done), failed: count(Progress::Failed), left: count(Progress::Left), tables })
    }
}

/// Whose the units are that are left, if the shards that were begun are all of one number.
fn who(store: &Store, survey: &Survey) -> String {
    let Some(of) = survey.shards.first().map(|shard| shard.shard.of) else { return ", as nothing was run".into() };
    if survey.shards.iter().any(|shard| shard.shard.of != of) {
        return String::new();
    }
    let dealt = crate::shard::deal(&store.plan.costs(), of);
    let mut missing: HashMap<usize, usize> = HashMap::new();
    for (unit, _) in survey.units.iter().enumerate().filter(|(_, progress)| **progress == Progress::Left) {
        *missing.entry(dealt[unit] + 1).or_default() += 1;
    }
    let mut missing: Vec<(usize, usize)> = missing.into_iter().collect();
    missing.sort_unstable();
    let names = missing.iter().take(8).map(|&(index, count)| {
        let state = match survey.shards.iter().find(|shard| shard.shard.index == index) {
            Some(ShardSurvey { writer: Some(_), .. }) => format!("is still at work on {count}"),
            Some(_) => format!("lacks {count}"),
            None => "was not run".to_owned(),
        };
        format!("shard {} {state}", Shard { index, of })
    });
    let more = if missing.len() > 8 { ", ..." } else { "" };
    format!(" ({}{more})", names.collect::<Vec<_>>().join(", "))
}
