//! `suasion hull curve`.

mod output;
mod picture;

use super::input::Input;
use crate::arguments::HullCurve;
use crate::failure::Failure;
use crate::output::{json, line, number, table};
use crate::session::Session;
use output::{CurveResult, write};
use suasion_regression::{
    Band, CurveOptions, CurvePoint, ErrorCurve, FitMethod, Monitor, RegressionError, curve, steps,
};
use suasion_table::Folder;

/// The number of sizes to show.
const SHOWN: usize = 20;

pub fn run(arguments: &HullCurve, session: &Session) -> Result<bool, Failure> {
    let input = Input::open(&arguments.table, arguments.blocks.block_by.as_ref(), None)?;
    let folder = arguments.output.as_deref().map(Folder::new).transpose()?;
    let agents = match &input {
        Input::Data(data) => data.columns.agents.len(),
        Input::Factors(reduction) => reduction.columns.agents.len(),
    };
    let options = CurveOptions {
        sizes: sizes(arguments.sizes.as_deref(), agents)?,
        subsets: arguments.subsets,
        folds: arguments.folds,
        bootstrap: arguments.bootstrap,
        confidence: arguments.confidence,
        with_intercept: arguments.intercept,
        seed: arguments.seed,
    };
    options.check(agents)?;
    let reduction = match input {
        Input::Data(data) => data.reduce(arguments.blocks.count()?, session)?,
        Input::Factors(reduction) => {
            if let Some(found) = arguments.blocks.blocks.filter(|&blocks| blocks != reduction.blocks) {
                let problem =
                    format!("--blocks: found {found}, expected {}, with which the factors were made", reduction.blocks);
                return Err(Failure::Bad { file: arguments.table.data.join(" "), problem });
            }
            reduction
        }
    };
    let groups = reduction.groups();
    if groups.is_empty() {
        let problem = RegressionError::TooFewRows { found: 0, expected: 2 }.to_string();
        return Err(Failure::Bad { file: arguments.table.data.join(" "), problem });
    }
    let bar = crate::progress::bar(groups.len() * steps(&options), "curves");
    let one_alone = groups.len() == 1;
    let mut results = vec![];
    let monitor = Monitor { stop: &|| session.stop_reason(), progress: &|steps| bar.inc(steps) };
    for (group, blocks) in groups {
        let found = match curve(&blocks, &options, &monitor) {
            Err(cause @ RegressionError::Stopped(_)) => return Err(cause.into()),
            Err(cause) if one_alone => {
                return Err(Failure::Bad { file: arguments.table.data.join(" "), problem: cause.to_string() });
            }
            found => found.map_err(|cause| cause.to_string()),
        };
        results.push(CurveResult::new(group, &reduction, &options, found));
    }
    bar.finish_and_clear();
    let files = match folder {
        None => vec![],
        Some(folder) => {
            let figure = picture::figure(&results, &options);
            write(&results, &reduction, &figure, folder)?
        }
    };
    if session.json {
        results.iter().try_for_each(json)?;
    } else {
        for result in &results {
            match &result.found {
                Ok(found) => show(found, result, &options)?,
                Err(problem) => line(&format!("{}: {problem}", result.group.unwrap_or_default()))?,
            }
        }
        for file in files {
            line(&format!("wrote {}", file.display()))?;
        }
    }
    let failed = results.iter().filter(|result| result.found.is_err()).count();
    if failed > 0 {
        eprintln!("{failed} of {} groups have no curve", results.len());
    }
    let whole = |found: &ErrorCurve| found.stopped.is_none();
    Ok(results.iter().all(|result| result.found.as_ref().is_ok_and(whole)))
}

/// Parses numbers and ranges, such as `1-10,20,50`.
fn sizes(text: Option<&str>, agents: usize) -> Result<Vec<usize>, Failure> {
    let Some(text) = text else {
        // Every size up to 60, then each size a tenth larger than the last.
        let mut sizes: Vec<usize> = (1..=agents.min(60)).collect();
        while let Some(&last) = sizes.last().filter(|&&last| last < agents) {
            sizes.push((last + last.div_ceil(10)).min(agents));
        }
        if agents <= 100 {
            sizes = (1..=agents).collect();
        }
        return Ok(sizes);
    };
    let bad =
        |part: &str| Failure::Usage(format!("--sizes: found {part:?}, expected numbers and ranges, as in 1-10,20,50"));
    let mut sizes = vec![];
    for part in text.split(',') {
        let (from, to) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
        let (from, to) = (from.parse::<usize>(), to.parse::<usize>());
        let (Ok(from), Ok(to)) = (from, to) else { return Err(bad(part)) };
        if from < 1 || from > to || to > agents {
            return Err(Failure::Usage(format!(
                "--sizes: found {part:?}, expected numbers of agents from 1 to {agents}"
            )));
        }
        sizes.extend(from..=to);
    }
    sizes.sort_unstable();
    sizes.dedup();
    Ok(sizes)
}

fn show(found: &ErrorCurve, result: &CurveResult<'_>, options: &CurveOptions) -> Result<(), Failure> {
    let group = result.group.map_or(String::new(), |group| format!("{group}: "));
    line(&format!(
        "{group}{} by subsets of {} agents: mean squared error on rows that were held out; {} rows in {} blocks, {} folds, {} subsets of \
         each size; variance of the target {}",
        result.target,
        result.agents.len(),
        found.rows,
        found.blocks,
        options.folds,
        options.subsets,
        number(found.variance)
    ))?;
    let all: Vec<&[CurvePoint]> = found.points.chunks(FitMethod::ALL.len()).collect();
    // The first, the last, and some in between.
    let step = all.len().div_ceil(SHOWN).max(1);
    let row = |points: &[CurvePoint]| {
        let errors = points.iter().map(|point| match point.interval {
            Some(Band { low, high }) => format!("{} [{}, {}]", short(point.held_out_mse), short(low), short(high)),
            None => short(point.held_out_mse),
        });
        std::iter::once(points[0].size.to_string()).chain(errors).collect()
    };
    let shown = (0..all.len()).filter(|place| (all.len() - 1 - place).is_multiple_of(step) || *place == 0);
    let header = ["agents", "best single", "mean", "mean, calibrated", "non-negative", "convex"];
    line(&table(&header, shown.map(|place| row(all[place])).collect()).to_string())?;
    if found.draws > 0 {
        let share = 100.0 * options.confidence;
        line(&format!(
            "in brackets: {share} % bootstrap intervals, {} draws of blocks, with every fit repeated",
            found.draws
        ))?;
    }
    if let Some(stopped) = &found.stopped {
        line(&format!("stopped early, with {} of {} draws: {stopped}", found.draws, options.bootstrap))?;
    }
    if step > 1 {
        line(&format!("... {} sizes in all; --json and -o give all of them", all.len()))?;
    }
    Ok(())
}

fn short(x: f64) -> String {
    if x != 0.0 && (x.abs() < 1e-3 || x.abs() >= 1e4) { format!("{x:.3e}") } else { format!("{x:.5}") }
}
