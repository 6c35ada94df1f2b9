//! The work of a worker: it answers the plan's request for an instance.

use crate::arguments::HullReduce;
use crate::commands::hull::reduce::{Reduced, reduced, summary};
use crate::commands::{Game, align, equilibria, frontier, solve};
use crate::failure::Failure;
use crate::output::text;
use crate::session::Session;
use std::path::{Path, PathBuf};
use suasion_batch::{FailureKind, Job, Setup, UnitFailure, UnitResult};
use suasion_model::Instance;
use suasion_results::{Provable, Record, ReduceResult, Request, SavedResult, Tabular};

/// Refuses requests that the command would refuse.
pub fn check(request: &Request) -> Result<(), Failure> {
    match request {
        Request::Solve(request) => solve::check(request),
        Request::Equilibria(request) => equilibria::check(request),
        Request::Frontier(request) => frontier::check(request),
        Request::Align(_) | Request::HullReduce(_) => Ok(()),
    }
}

/// The results of a job, as the command prints them.
pub fn results(job: &Job, setup: &Setup, session: &Session) -> Result<Vec<UnitResult>, UnitFailure> {
    let failed = |cause: Failure| {
        let kind = if cause.code() == 2 { FailureKind::Input } else { FailureKind::Work };
        UnitFailure { kind, reason: cause.to_string() }
    };
    if let Request::HullReduce(request) = &setup.request {
        let data = setup.folder.join(&job.file);
        let name = format!("{:06}.factor", job.unit);
        let output = setup.factors.join(&name);
        let arguments = HullReduce::asked(request, data.display().to_string(), output);
        let reduction = reduced(&arguments, session).map_err(failed)?;
        let result =
            Reduced::new(ReduceResult { table: Some(job.file.clone()), ..summary(&reduction, Path::new(&name)) });
        let text = text(&result).map_err(failed)?;
        return Ok(vec![UnitResult::new(&result.result, text)]);
    }
    let input = |reason| UnitFailure { kind: FailureKind::Input, reason };
    let json = job.text(setup).map_err(input)?;
    // Arrays are next to the file, and the instance keeps its name in the plan.
    let place = setup.folder.join(job.name());
    let instance = Instance::from_json(&json, &place).map_err(|mut cause| {
        cause.file = PathBuf::from(job.name());
        input(cause.to_string())
    })?;
    let name = job.name();
    let mut game = Game::new(Path::new(&name), instance);
    let (first, end) = (job.first as usize, (job.first + job.priors) as usize);
    if end > game.instance.priors() {
        let problem = format!("found {} priors, expected at least {end} as planned", game.instance.priors());
        return Err(input(format!("{name}: {problem}")));
    }
    game.priors = first..end;
    solved(&setup.request, &game, session).map_err(failed)
}

fn solved(request: &Request, game: &Game<'_>, session: &Session) -> Result<Vec<UnitResult>, Failure> {
    match request {
        Request::Solve(request) => told(game, solve::solve(game, request, session, false)?),
        Request::Equilibria(request) => told(game, equilibria::all(game, request, session)?),
        Request::Frontier(request) => told(game, frontier::all(game, request, session)?),
        Request::Align(request) => told(game, vec![align::solve(game, request, session)?.0]),
        Request::HullReduce(_) => Ok(vec![]),
    }
}

/// Results as rows of a table and as lines of JSON.
fn told<R>(game: &Game<'_>, results: Vec<R>) -> Result<Vec<UnitResult>, Failure>
where
    R: Provable<Game = Instance> + Tabular + Into<SavedResult>,
{
    let one = |result: R| {
        game.sound(&result)?;
        let row = result.row();
        Ok(UnitResult { row, text: text(&Record::new(result.into()))? })
    };
    results.into_iter().map(one).collect()
}
