//! `suasion batch merge`.

use crate::arguments::BatchMerge;
use crate::commands::hull::input::add_up;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::session::Session;
use indicatif::HumanCount;
use serde::Serialize;
use std::path::PathBuf;
use suasion_batch::{MergedBatch, PartKind, Store};
use suasion_table::read_parquet_columns;

/// The sum of all factors of a batch of `hull reduce`.
const SUM: &str = "all.factor";

/// The outcome of a merge.
#[derive(Serialize)]
pub struct Summary {
    #[serde(flatten)]
    merged: MergedBatch,
    /// Whether every result is certified, if the command certifies results.
    pub certified: bool,
    /// The number of units without a result.
    pub failed: usize,
    /// The file with the sum of all factors.
    factors: Option<PathBuf>,
}

pub fn run(arguments: &BatchMerge, session: &Session) -> Result<bool, Failure> {
    let store = Store::open(&arguments.output)?;
    let summary = merged(&store, arguments.partial)?;
    if session.json {
        json(&summary)?;
    } else {
        told(&summary)?;
    }
    Ok(summary.failed == 0 && summary.merged.left == 0 && summary.certified)
}

/// Merges tables and adds up factors.
pub fn merged(store: &Store, partial: bool) -> Result<Summary, Failure> {
    let merged = store.merge(partial)?;
    let results = store.merged(PartKind::Results);
    let (mut certified, mut factors) = (true, None);
    if store.plan().request.reads_instances() {
        certified =
            read_parquet_columns(&results, &["certified"])?.take::<Vec<bool>>("certified")?.into_iter().all(|yes| yes);
    } else {
        let mut table = read_parquet_columns(&results, &["output"])?;
        let files = table.take::<Vec<Option<String>>>("output")?.into_iter().flatten();
        let files: Vec<PathBuf> = files.map(|file| store.factors().join(file)).collect();
        if !files.is_empty() {
            let sum = store.folder().join(SUM);
            add_up(&files)?.write(&sum)?;
            factors = Some(sum);
        }
    }
    Ok(Summary { failed: merged.failed, merged, certified, factors })
}

pub fn told(summary: &Summary) -> Result<(), Failure> {
    let Summary { merged, certified, factors, .. } = summary;
    for (kind, rows, path) in &merged.tables {
        line(&format!("{}: {} rows in {}", kind.name(), HumanCount(*rows), path.display()))?;
    }
    if let Some(factors) = factors {
        return line(&format!("all factors: {}", factors.display()));
    }
    if merged.left > 0 {
        line(&format!("{} units are left", HumanCount(merged.left as u64)))?;
    }
    line(if *certified { "all results are certified" } else { "some results are not certified" })
}
