//! `suasion bench`.

mod child;
mod show;

use crate::arguments::{Bench, BenchPoint, BenchScaling, FamilyName, WorkName};
use crate::failure::Failure;
use crate::output::{json, line};
use crate::session::Session;
use serde::Serialize;
use suasion_model::Family;
use suasion_study::scaling::{Machine, ScalingFindings, ScalingOutcome, ScalingPoint, ScalingTask, Work};
use suasion_study::{Scaling, StudyError};
use suasion_table::Folder;

pub fn run(bench: &Bench, session: &Session) -> Result<bool, Failure> {
    match bench {
        Bench::Scaling(arguments) => scaling(arguments, session),
        Bench::Point(arguments) => point(arguments, session),
    }
}

fn grid(arguments: &BenchScaling, session: &Session) -> Result<Scaling, Failure> {
    let work = |name: &WorkName| match name {
        WorkName::Kernel => Work::Kernel,
        WorkName::Equilibria => Work::Equilibria,
        WorkName::Hull => Work::Hull,
    };
    let family = match arguments.family {
        FamilyName::Uniform => Family::Uniform,
        FamilyName::Hull => Family::Hull { eps: 0.0 },
        FamilyName::Opposed => Family::Opposed,
        FamilyName::Threshold => Family::Threshold,
        FamilyName::Quadratic => Family::Quadratic,
        FamilyName::Integer => Family::Integer,
        FamilyName::Stackelberg => {
            let expected = "uniform, hull, opposed, threshold, quadratic or integer";
            return Err(Failure::Usage(format!("--family: found stackelberg, expected {expected}")));
        }
    };
    let works = Work::ALL.into_iter();
    let chosen: Vec<Work> = arguments.work.iter().map(work).collect();
    Ok(Scaling {
        works: works.filter(|work| chosen.is_empty() || chosen.contains(work)).collect(),
        family,
        states: arguments.states.clone(),
        actions: arguments.actions.clone(),
        few: arguments.few.clone(),
        many: arguments.many.clone(),
        agents: arguments.agents.clone(),
        priors: arguments.priors.clone(),
        rows: arguments.rows.clone(),
        threads: arguments.run_threads.clone(),
        base_threads: session.threads.unwrap_or(1),
        repeats: arguments.repeats,
        seed: arguments.seed,
        each: arguments.each,
        full: arguments.full,
    })
}

fn scaling(arguments: &BenchScaling, session: &Session) -> Result<bool, Failure> {
    let grid = grid(arguments, session)?;
    grid.check()?;
    // Report a folder that cannot be written before the work, not after it.
    let folder = arguments.output.as_deref().map(Folder::new).transpose().map_err(StudyError::from)?;
    if let Some(warning) = Machine::now().warning() {
        eprintln!("note: {warning}");
    }
    let points: usize = grid.series().iter().map(|series| series.points.len()).sum();
    let bar = crate::progress::bar(points, "points");
    let measure = |point: &ScalingPoint| child::measure(&grid.task(point), session);
    let found = grid.run::<Failure>(measure, |row| {
        bar.inc(1);
        // JSON readers get each point as soon as it is measured.
        if session.json { json(&Told { kind: "point", found: row }) } else { Ok(()) }
    });
    bar.finish_and_clear();
    let found = found?;
    if session.json {
        found.fits().iter().try_for_each(|fit| json(&Told { kind: "fit", found: fit }))?;
    } else {
        show::all(&found)?;
    }
    if let Some(folder) = folder
        && !found.rows.is_empty()
    {
        let files = found.write(folder)?;
        if !session.json {
            files.iter().try_for_each(|file| line(&format!("wrote {}", file.display())))?;
        }
    }
    if found.stopped {
        let why = session.settings.stopped().map_or_else(|| "stopped".into(), |stopped| stopped.to_string());
        eprintln!("stopped early, after {} of {points} points: {why}", found.rows.len());
    }
    Ok(!found.stopped && whole(&found))
}

/// Whether every point was measured, or given up at its time limit.
fn whole(found: &ScalingFindings) -> bool {
    !found.rows.iter().any(|row| matches!(row.outcome, ScalingOutcome::Crashed(_) | ScalingOutcome::Failed(_)))
}

/// A line of JSON.
#[derive(Serialize)]
struct Told<'a, T: Serialize> {
    kind: &'static str,
    #[serde(flatten)]
    found: &'a T,
}

/// One point, in this process.
fn point(arguments: &BenchPoint, session: &Session) -> Result<bool, Failure> {
    let task: ScalingTask =
        serde_json::from_str(&arguments.task).map_err(|cause| Failure::Usage(format!("the task: {cause}")))?;
    let measured = task.run(&session.settings).map_err(StudyError::from)?;
    json(&measured)?;
    Ok(true)
}
