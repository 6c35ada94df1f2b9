//! `suasion align`.

use super::Game;
use crate::arguments::Align;
use crate::failure::Failure;
use crate::output::{certified, line, number, record, table};
use crate::session::Session;
use suasion_alignment::{AlignOptions, Offset, align};
use suasion_certificate::{Proof, Verdict};
use suasion_model::Matrix;
use suasion_results::{AlignRequest, AlignResult, Position};

/// The number of agents to show.
const SHOWN: usize = 40;

pub fn run(arguments: &Align, session: &Session) -> Result<bool, Failure> {
    let game = Game::read(&arguments.file)?;
    let (result, verdict) = solve(&game, &arguments.request(), session)?;
    game.sound(&result)?;
    let proved = result.certified;
    if session.json {
        record(result)?;
    } else {
        show(&game, &result, &verdict)?;
    }
    Ok(proved && !session.interrupted())
}

/// The alignment with its verdict.
pub fn solve(game: &Game<'_>, request: &AlignRequest, session: &Session) -> Result<(AlignResult, Verdict), Failure> {
    let AlignRequest { simplex, offset, slack } = *request;
    let options = AlignOptions { simplex, offset, slack };
    let agents: Vec<&Matrix> = game.instance.agents.iter().map(|agent| &agent.utility).collect();
    let found = align(&game.instance.user.utility, &agents, &options, &session.settings)
        .map_err(|cause| Failure::Align { file: game.file.into(), cause })?;
    let stopped = found.stopped.map(|stopped| stopped.to_string());
    let certified = found.proof().certify(&game.instance);
    let (certificate, verdict) = game.proved(certified)?;
    Ok((AlignResult::new(game.about(0), certificate, &verdict, stopped, session.certificates), verdict))
}

fn show(game: &Game<'_>, result: &AlignResult, verdict: &Verdict) -> Result<(), Failure> {
    let AlignResult { alignment, slack, .. } = result;
    let kind_of_weights = if result.simplex { "weights that sum to one" } else { "non-negative weights" };
    let offset = match result.offset_kind {
        Offset::None => "no offset",
        Offset::Constant => "a constant offset",
        Offset::PerState => "an offset per state",
    };
    line(&format!("{}: the user's alignment with the agents, with {kind_of_weights} and {offset}", result.about.name))?;
    let least = result.least_error(&game.instance);
    // Numbers below the tolerance are shown as zero.
    let some = |x: f64| if x <= least { 0.0 } else { x };
    let weights = result.clear_weights(&game.instance);
    let rows = game.instance.agents.iter().zip(weights).map(|(agent, weight)| (agent.name.as_str(), weight));
    let mut rows: Vec<(&str, f64)> = rows.collect();
    let many = rows.len() > SHOWN;
    if many {
        rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    }
    let shown = rows.iter().take(SHOWN).map(|&(name, weight)| vec![name.to_owned(), number(weight)]).collect();
    line(&table(&["agent", "weight"], shown).to_string())?;
    if many {
        line(&format!("... {} agents in all, largest weights first; --json prints all of them", rows.len()))?;
    }
    let kind = if result.simplex { "hull" } else { "cone" };
    let place = match result.position(&game.instance) {
        Position::Inside => format!("the user lies in the {kind}"),
        Position::Outside => format!("the user lies outside the {kind}"),
        Position::Unknown => format!("it is unknown whether the user lies in the {kind}"),
    };
    let least = if *slack > 0.0 { "error and price of the weights at least" } else { "at least" };
    let reach = match result.limit {
        None if result.simplex => String::new(),
        None => " for all weights".into(),
        Some(limit) => format!(" for weights such that the agents' weighted ranges sum to at most {}", number(limit)),
    };
    line(&format!(
        "error {} ({least} {}{reach}): {place}; certified: {}",
        number(some(alignment.error)),
        number(some(result.lower_bound)),
        certified(result.certified)
    ))?;
    for failure in &verdict.failures {
        line(&format!("not certified: {failure}"))?;
    }
    if leaves_unit(game) {
        line("utilities are not all in [0, 1], so the error is not in the units of the theorems")?;
    }
    match &result.stopped {
        Some(stopped) => line(&format!("stopped early: {stopped}")),
        None => Ok(()),
    }
}

/// Whether some utility is below 0 or above 1.
fn leaves_unit(game: &Game<'_>) -> bool {
    let parties = std::iter::once(&game.instance.user).chain(&game.instance.agents);
    parties.map(|party| party.utility.range()).any(|(low, high)| low < 0.0 || high > 1.0)
}
