//! `suasion persuade`.

mod conversations;
mod show;

use super::equilibria::check_sensitivity;
use super::{Game, Solved};
use crate::arguments::Persuade;
use crate::failure::Failure;
use crate::output::record;
use crate::progress;
use crate::session::Session;
use suasion_model::{Objective, TypedView};
use suasion_persuasion::{Optimum, PersuadeError, experiment, mechanism, quantal};
use suasion_results::{CommunicationName, PersuadeResult, Recorded};

pub fn run(arguments: &Persuade, session: &Session) -> Result<bool, Failure> {
    check_sensitivity(arguments.quantal)?;
    let game = Game::read_at(&arguments.one.file, arguments.one.prior)?;
    if let Some(flag) = arguments.talking.request().given() {
        let others = [
            ("--floor", arguments.floor.is_some()),
            ("--menu", arguments.how.menu),
            ("--conversation", arguments.how.conversation),
            ("--quantal", arguments.quantal.is_some()),
        ];
        if let Some((other, _)) = others.iter().find(|(_, given)| *given) {
            return Err(Failure::Usage(format!("{flag}: found together with {other}, expected one or the other")));
        }
        return conversations::reply(&game, arguments, session);
    }
    for (flag, given) in [("--against", arguments.against.is_some()), ("--quick", arguments.quick)] {
        if given {
            return Err(Failure::Usage(format!(
                "{flag}: only for conversations; give the number of rounds with --rounds"
            )));
        }
    }
    let agent = game.agent(arguments.one.agent.as_deref())?;
    // With one type, the options may still request an experiment or a mechanism.
    let communication = match game.communication(arguments.how.conversation, arguments.quantal) {
        CommunicationName::Direct if arguments.how.conversation => CommunicationName::Mechanism,
        CommunicationName::Direct if arguments.how.menu => CommunicationName::Experiment,
        communication => communication,
    };
    if communication == CommunicationName::Direct {
        let bar = progress::bar(game.priors.len(), "priors");
        let done = |done: usize| bar.inc(done as u64);
        let optima = game.optima(agent, game.priors.clone(), arguments.floor, &session.settings, &done)?;
        bar.finish_and_clear();
        let mut all_certified = true;
        for (prior, solved) in game.priors.clone().zip(optima) {
            all_certified &= tell(&game, (prior, agent), arguments.floor, solved, session)?;
        }
        return Ok(all_certified && !session.interrupted());
    }
    let mut all_certified = true;
    for prior in game.priors.clone() {
        let view = game.typed_view(prior, agent)?;
        let solved = optimum(&game, &view, agent, communication, arguments, session)?;
        all_certified &= tell(&game, (prior, agent), arguments.floor, solved, session)?;
    }
    Ok(all_certified && !session.interrupted())
}

/// An agent's optimum at a prior, with a user of several types or a quantal user.
fn optimum(
    game: &Game<'_>,
    view: &TypedView,
    agent: usize,
    communication: CommunicationName,
    arguments: &Persuade,
    session: &Session,
) -> Result<Solved, Failure> {
    let failed = |cause: PersuadeError| Failure::Persuade { file: game.file.into(), cause };
    let (objective, floor, settings) = (Objective::agent(agent), arguments.floor, &session.settings);
    match (communication, arguments.quantal) {
        (CommunicationName::Quantal, Some(eta)) => {
            solved(game, quantal(view, &objective, eta, settings).map_err(failed)?, session)
        }
        (CommunicationName::Mechanism, _) => {
            solved(game, mechanism(view, &objective, floor, settings).map_err(failed)?, session)
        }
        _ => solved(game, experiment(view, &objective, floor, settings).map_err(failed)?, session),
    }
}

/// An optimum with its certificate.
fn solved<C: Recorded>(game: &Game<'_>, found: Optimum<C>, session: &Session) -> Result<Solved, Failure> {
    let stopped = found.stopped.map(|stopped| stopped.to_string());
    let going = || session.settings.stopped().is_none();
    let (certificate, verdict) = game.proved(C::optimum(found.proof(), &game.instance, &going))?;
    Ok(Solved { certificate, verdict, stopped, optimum: None })
}

/// Prints a result and returns whether it is certified.
fn tell(
    game: &Game<'_>,
    (prior, agent): (usize, usize),
    floor: Option<f64>,
    solved: Solved,
    session: &Session,
) -> Result<bool, Failure> {
    let Solved { certificate, verdict, stopped, .. } = solved;
    let about = (game.about(prior), game.instance.agents[agent].name.clone(), floor);
    let kept = (stopped, session.certificates);
    let result = PersuadeResult::new(about, &game.instance, certificate, &verdict, kept);
    let result = result.map_err(|cause| game.refused(cause))?;
    game.sound(&result)?;
    let yes = result.certified;
    if session.json {
        record(result)?;
    } else {
        show::show(&result, &verdict)?;
    }
    Ok(yes)
}
