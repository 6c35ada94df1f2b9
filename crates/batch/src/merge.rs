//! Merges all parts of all shards into one set of tables, sorted by unit.

use crate::part::{PartKind, UNIT, table};
use crate::store::{Progress, ShardSurvey, Store, Survey};
use crate::{BatchError, Shard};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;
use suasion_table::merge_parquet;

/// The outcome of a merge.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MergedBatch {
    /// The number of units with results.
    pub done: usize,
    /// The number of units that failed.
    pub failed: usize,
    /// The number of units that are left: 0, unless a partial merge was allowed.
    pub left: usize,
    /// The number of rows of each table, with its file.
    pub tables: Vec<(PartKind, u64, PathBuf)>,
}

impl Store {
    /// Merges everything into four tables in the output folder. Each is written as a whole or not
    /// at all. Except for the timings, the bytes do not depend on the numbers of shards and
    /// threads.
    ///
    /// # Errors
    /// If units are left (unless `partial`), or something cannot be read or written.
    pub fn merge(&self, partial: bool) -> Result<MergedBatch, BatchError> {
        let mut survey = self.survey()?;
        let mut sealed = false;
        for shard in self.shards()? {
            match self.seal(shard, &survey) {
                // Another run is writing the shard. The next merge includes its journal; this one
                // ignores it.
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
        // The latest attempt wins.
        parts.sort_by_key(|part| part.attempt);
        let merge = |kind: &PartKind| {
            let output = self.merged(*kind);
            let inputs: Vec<PathBuf> = parts.iter().filter_map(|part| part.file(*kind)).collect();
            let keep = |unit: u64| match kind {
                PartKind::Results | PartKind::Certificates => survey.units.get(unit as usize) == Some(&Progress::Done),
                PartKind::Failures => survey.units.get(unit as usize) == Some(&Progress::Failed),
                PartKind::Timings => true,
            };
            let about = [
                ("suasion.batch", serde_json::to_string(&self.plan.request).unwrap_or_default()),
                ("suasion.plan", self.plan.digest()),
            ];
            // If no part has such a table, it has no rows.
            let columns = table(*kind, &self.plan.request, &[]);
            let rows = merge_parquet(&inputs, Some(&columns), UNIT, &output, &about, &keep)?.rows;
            Ok((*kind, rows, output))
        };
        let tables = PartKind::ALL.par_iter().map(merge).collect::<Result<Vec<_>, BatchError>>()?;
        let count = |progress| survey.count(progress);
        Ok(MergedBatch {
            done: count(Progress::Done),
            failed: count(Progress::Failed),
            left: count(Progress::Left),
            tables,
        })
    }
}

/// The shards of the units that are left, if all shards that were started belong to the same number
/// of shards.
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
