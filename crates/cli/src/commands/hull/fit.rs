//! `suasion hull fit`.

mod picture;
mod result;

use super::input::{Data, Input};
use crate::arguments::HullFit;
use crate::failure::Failure;
use crate::output::{json, line, number, table};
use crate::progress::rows;
use crate::session::Session;
use rayon::prelude::*;
use result::{FitResult, Fitted};
use std::collections::BTreeMap;
use suasion_regression::{Factor, Monitor, Reduction, RegressionError, WeightedSum, confirm, fit};
use suasion_table::Folder;

/// The number of agents to show.
const SHOWN: usize = 20;

pub fn run(arguments: &HullFit, session: &Session) -> Result<bool, Failure> {
    let input = Input::open(&arguments.table, None, None)?;
    // Report a folder that cannot be written before the work, not after it.
    let folder = arguments.output.as_deref().map(Folder::new).transpose()?;
    let (reduction, data) = match input {
        Input::Data(data) => (data.reduce(1, session)?, (!arguments.no_confirm).then_some(data)),
        Input::Factors(reduction) => (reduction, None),
    };
    let mut results = fits(&reduction, arguments)?;
    if let Some(data) = data {
        confirm_all(&data, &mut results, session)?;
    }
    let files = match folder {
        None => vec![],
        Some(folder) => {
            let figure = picture::figure(&results, &reduction.columns);
            result::write(&results, &reduction, &figure, folder)?
        }
    };
    if session.json {
        results.iter().try_for_each(json)?;
    } else {
        show(&results, &reduction)?;
        for file in files {
            line(&format!("wrote {}", file.display()))?;
        }
    }
    let failed = results.iter().filter(|result| result.fitted.is_err()).count();
    if failed > 0 {
        eprintln!("{failed} of {} groups could not be fitted", results.len());
    }
    Ok(results.iter().all(FitResult::good))
}

/// The fits of all groups. A group that cannot be fitted has a reason instead; if it is the only
/// group, that is an error.
fn fits<'a>(reduction: &'a Reduction, arguments: &HullFit) -> Result<Vec<FitResult<'a>>, Failure> {
    let groups = reduction.groups();
    if groups.is_empty() {
        let problem = RegressionError::TooFewRows { found: 0, expected: 2 }.to_string();
        return Err(Failure::Bad { file: arguments.table.data.join(" "), problem });
    }
    let whole = |blocks: &[&Factor]| Factor::sum(blocks.iter().map(|&block| (block, 1.0)));
    let all: Vec<_> = groups
        .into_par_iter()
        .map(|(group, blocks)| (group, whole(&blocks).and_then(|factor| fit(&factor, arguments.intercept))))
        .collect();
    let one_alone = all.len() == 1;
    let result = |(group, fitted): (Option<&'a str>, Result<_, RegressionError>)| match fitted {
        Err(cause) if one_alone => {
            Err(Failure::Bad { file: arguments.table.data.join(" "), problem: cause.to_string() })
        }
        fitted => Ok(FitResult::new(group, reduction, fitted)),
    };
    all.into_iter().map(result).collect()
}

/// Computes the errors of all fits from the table itself.
fn confirm_all(data: &Data, results: &mut [FitResult<'_>], session: &Session) -> Result<(), Failure> {
    let sums: BTreeMap<Option<String>, Vec<WeightedSum>> = results
        .iter()
        .filter_map(|result| Some((result.group.map(str::to_owned), result.fitted.as_ref().ok()?.sums())))
        .collect();
    let bar = rows(data.reader.rows(), "confirming");
    let monitor = Monitor { stop: &|| session.stop_reason(), progress: &|count| bar.inc(count) };
    let found = confirm(&data.reader, &data.columns, &sums, data.missing, &monitor);
    bar.finish_and_clear();
    let found = found?;
    for result in results {
        if let (Ok(fitted), Some(errors)) = (&mut result.fitted, found.get(&result.group.map(str::to_owned))) {
            fitted.confirm(errors);
        }
    }
    Ok(())
}

fn show(results: &[FitResult<'_>], reduction: &Reduction) -> Result<(), Failure> {
    let columns = &reduction.columns;
    let weights = columns.weight.as_ref().map_or(String::new(), |weight| format!(", weighted by {weight}"));
    let dropped = match reduction.dropped {
        0 => String::new(),
        dropped => format!(" ({dropped} more were left out: no value)"),
    };
    let all =
        format!("{} by {} agents: {} rows{dropped}{weights}", columns.target, columns.agents.len(), reduction.rows());
    line(&all)?;
    match results {
        [FitResult { fitted: Ok(fitted), .. }] => show_one(fitted, &columns.agents),
        _ => show_groups(results, reduction),
    }
}

fn show_one(fitted: &Fitted, agents: &[String]) -> Result<(), Failure> {
    let share = |mse: f64| if fitted.variance > 0.0 { number(1.0 - mse / fitted.variance) } else { "-".into() };
    let best = &fitted.best_single;
    let own = &best.calibrated;
    let mean = &fitted.mean.calibrated;
    let affine = |scale: f64, of: &str, offset: f64| {
        let sign = if offset < 0.0 { '-' } else { '+' };
        format!("{} × {of} {sign} {}", number(scale), number(offset.abs()))
    };
    let row = |what: &str, mse: f64, how: String| vec![what.to_owned(), number(mse), share(mse), how];
    let combination = |support: usize, intercept: f64| {
        let intercept =
            if fitted.with_intercept { format!(", intercept {}", number(intercept)) } else { String::new() };
        format!("{support} agents with a weight{intercept}")
    };
    let (nnls, simplex) = (&fitted.nnls, &fitted.simplex);
    let rows = vec![
        row("best single agent", best.mse, best.agent.clone()),
        row("best single agent, calibrated", own.mse, affine(own.scale, &own.agent, own.offset)),
        row("mean of all", fitted.mean.mse, String::new()),
        row("mean of all, calibrated", mean.mse, affine(mean.scale, "mean", mean.offset)),
        row("non-negative combination", nnls.mse, combination(nnls.support, nnls.intercept)),
        row("convex combination", simplex.mse, combination(simplex.support, simplex.intercept)),
    ];
    line(&table(&["fit", "mean squared error", "R²", "how"], rows).to_string())?;
    let mut order: Vec<usize> = (0..agents.len()).collect();
    let heavy = |agent: usize| nnls.weights[agent].max(simplex.weights[agent]);
    order.sort_by(|&a, &b| heavy(b).total_cmp(&heavy(a)).then(a.cmp(&b)));
    let shown = order.iter().take(SHOWN).filter(|&&agent| heavy(agent) > 0.0).map(|&agent| {
        let cells = [nnls.weights[agent], simplex.weights[agent], fitted.singles[agent].mse];
        std::iter::once(agents[agent].clone()).chain(cells.map(number)).collect()
    });
    line(&table(&["agent", "non-negative", "convex", "error alone"], shown.collect()).to_string())?;
    if agents.len() > SHOWN {
        line(&format!("... {} agents in all, largest weights first; --json and -o give all of them", agents.len()))?;
    }
    let kkt = [nnls.kkt, simplex.kkt].map(|kkt| kkt.stationarity.max(kkt.dual)).into_iter().fold(0.0, f64::max);
    let confirmed = match fitted.confirmed() {
        None => "not confirmed on the rows themselves".into(),
        Some((true, difference)) => format!("confirmed on the rows themselves to {difference:.1e}"),
        Some((false, difference)) => format!("NOT CONFIRMED: on the rows themselves they differ by {difference:.1e}"),
    };
    line(&format!("optimal to {kkt:.1e} (conditions of Karush, Kuhn and Tucker); errors {confirmed}"))
}

fn show_groups(results: &[FitResult<'_>], reduction: &Reduction) -> Result<(), Failure> {
    let by = reduction.columns.by.clone().unwrap_or_default();
    let header = [
        by.as_str(),
        "rows",
        "variance",
        "best single agent",
        "its error",
        "mean of all",
        "calibrated",
        "non-negative",
        "convex",
    ];
    let row = |result: &FitResult<'_>| {
        let name = result.group.unwrap_or_default().to_owned();
        match &result.fitted {
            Err(problem) => vec![name, problem.clone()],
            Ok(fitted) => {
                let errors = [
                    fitted.best_single.mse,
                    fitted.mean.mse,
                    fitted.mean.calibrated.mse,
                    fitted.nnls.mse,
                    fitted.simplex.mse,
                ];
                let head =
                    vec![name, fitted.rows.to_string(), number(fitted.variance), fitted.best_single.agent.clone()];
                head.into_iter().chain(errors.map(number)).collect()
            }
        }
    };
    line(&table(&header, results.iter().map(row).collect()).to_string())?;
    let fitted = results.iter().filter_map(|result| result.fitted.as_ref().ok());
    let confirmed: Vec<(bool, f64)> = fitted.filter_map(Fitted::confirmed).collect();
    if confirmed.is_empty() {
        return Ok(());
    }
    let worst = confirmed.iter().map(|found| found.1).fold(0.0, f64::max);
    let all = confirmed.iter().all(|found| found.0);
    line(&format!("errors {} on the rows themselves to {worst:.1e}", if all { "confirmed" } else { "NOT CONFIRMED" }))
}
