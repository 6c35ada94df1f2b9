//! `suasion frontier`.

use super::Game;
use super::communication::{Certified, manner};
use crate::arguments::Frontier;
use crate::failure::Failure;
use crate::output::{certified, line, number, record, table};
use crate::session::Session;
use rayon::prelude::*;
use suasion_model::Objective;
use suasion_persuasion::{ExperimentSender, MechanismSender, Sender, Vertex, frontier_within};
use suasion_results::{CommunicationName, FrontierAbout, FrontierRequest, FrontierResult, Recorded};

pub fn run(arguments: &Frontier, session: &Session) -> Result<bool, Failure> {
    let request = arguments.request();
    check(&request)?;
    let game = Game::read_at(&arguments.one.file, arguments.one.prior)?;
    let agent = game.agent(request.agent.as_deref())?;
    let priors = game.priors.clone();
    let bar = crate::progress::bar(priors.len(), "priors");
    let solve = |prior| {
        let asked =
            Asked { agent, communication: game.communication(request.mechanism, None), prior, error: request.error };
        let result = one(&game, asked, session);
        bar.inc(1);
        result
    };
    let results: Result<Vec<FrontierResult>, Failure> = priors.into_par_iter().map(solve).collect();
    bar.finish_and_clear();
    let mut all_certified = true;
    for result in results? {
        game.sound(&result)?;
        all_certified &= result.certified;
        if session.json {
            record(result)?;
        } else {
            show(&game, &result)?;
        }
    }
    Ok(all_certified && !session.interrupted())
}

/// The frontiers of the named agent, or of all agents, at every prior.
pub fn all(game: &Game<'_>, request: &FrontierRequest, session: &Session) -> Result<Vec<FrontierResult>, Failure> {
    let agents = match &request.agent {
        Some(agent) => vec![game.agent(Some(agent))?],
        None => (0..game.instance.agents.len()).collect(),
    };
    let communication = game.communication(request.mechanism, None);
    let priors = game.priors.clone();
    let which: Vec<(usize, usize)> = priors.flat_map(|prior| agents.iter().map(move |&agent| (prior, agent))).collect();
    let asked = |(prior, agent)| Asked { agent, communication, prior, error: request.error };
    which.into_par_iter().map(|which| one(game, asked(which), session)).collect()
}

/// A request for a frontier: the agent, its communication, the prior and the error.
#[derive(Clone, Copy)]
struct Asked {
    agent: usize,
    communication: CommunicationName,
    prior: usize,
    error: f64,
}

fn one(game: &Game<'_>, asked: Asked, session: &Session) -> Result<FrontierResult, Failure> {
    let Asked { agent, prior, .. } = asked;
    match asked.communication {
        CommunicationName::Direct | CommunicationName::Quantal => of(game, &game.view(prior, agent)?, asked, session),
        CommunicationName::Experiment => {
            of(game, &ExperimentSender { view: game.typed_view(prior, agent)? }, asked, session)
        }
        CommunicationName::Mechanism => {
            of(game, &MechanismSender { view: game.typed_view(prior, agent)? }, asked, session)
        }
    }
}

/// The frontier of a sender. Each vertex is certified separately.
fn of<S: Sender<Communication: Recorded>>(
    game: &Game<'_>,
    sender: &S,
    asked: Asked,
    session: &Session,
) -> Result<FrontierResult, Failure> {
    let objective = Objective::agent(asked.agent);
    let found = frontier_within(sender, &objective, asked.error, &session.settings)
        .map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
    let certify = |vertex: &Vertex<S::Communication>| {
        game.optimum_certified(vertex.proof(sender.communication(), sender.seat(), objective.clone()))
    };
    let vertices: Result<Vec<Certified>, Failure> = found.vertices.par_iter().map(certify).collect();
    let about = FrontierAbout {
        about: game.about(asked.prior),
        communication: asked.communication,
        agent: game.instance.agents[asked.agent].name.clone(),
        within_error: asked.error > 0.0,
        stopped: found.stopped.map(|stopped| stopped.to_string()),
    };
    FrontierResult::new(about, &game.instance, vertices?, session.certificates).map_err(|cause| game.refused(cause))
}

/// Refuses an error that is negative or not finite.
pub fn check(request: &FrontierRequest) -> Result<(), Failure> {
    if request.error.is_finite() && request.error >= 0.0 {
        return Ok(());
    }
    Err(Failure::Usage(format!("--error: found {}, expected a finite number of at least 0", request.error)))
}

fn show(game: &Game<'_>, result: &FrontierResult) -> Result<(), Failure> {
    let FrontierResult { about, agent, vertices, .. } = result;
    line(&format!("{} (prior {}): the frontier of {agent}{}", about.name, about.prior, manner(result.communication)))?;
    let others: Vec<usize> =
        (0..game.instance.agents.len()).filter(|&i| game.instance.agents[i].name != *agent).collect();
    let mut header = vec!["user's value".to_owned(), agent.clone(), "at most".to_owned()];
    header.extend(others.iter().map(|&other| game.instance.agents[other].name.clone()));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows = vertices.iter().map(|vertex| {
        let mut row: Vec<String> = [vertex.user_value, vertex.agent_value, vertex.upper_bound].map(number).into();
        row.extend(others.iter().map(|&other| number(vertex.values[other])));
        row
    });
    line(&table(&header, rows.collect()).to_string())?;
    let between = result.error.map_or(String::new(), |error| {
        format!("; between them the frontier is nowhere more than {} higher", number(error))
    });
    line(&format!("{} vertices{between}; certified: {}", vertices.len(), certified(result.certified)))?;
    match &result.stopped {
        Some(stopped) => line(&format!("stopped early, so vertices may be missing: {stopped}")),
        None => Ok(()),
    }
}
