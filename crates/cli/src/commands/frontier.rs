//! `suasion frontier`.

use super::Game;
use super::typed::{Typed, manner};
use crate::arguments::Frontier;
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::result::{FrontierResult, OptimumCertificate, Saved, Tangent, VertexResult, error};
use crate::session::Session;
use rayon::prelude::*;
use suasion_certificate::{Floor, Rules, Verdict};
use suasion_model::Objective;
use suasion_persuasion::{self as persuasion, Conversations, Menus, Vertex, frontier_within, talk_frontier_within};

pub fn run(arguments: &Frontier, session: &Session) -> Result<bool, Failure> {
    check(arguments)?;
    let game = Game::read(&arguments.one.file)?;
    let agent = game.agent(&arguments.one)?;
    let priors = game.priors(arguments.one.prior)?;
    let bar = crate::progress::bar(priors.len(), "priors");
    let solve = |prior| {
        let asked = Asked { agent, rules: game.rules(&arguments.how), prior, error: arguments.error };
        let result = one(&game, asked, session);
        bar.inc(1);
        result
    };
    let results: Result<Vec<FrontierResult>, Failure> = priors.into_par_iter().map(solve).collect();
    bar.finish_and_clear();
    let mut all_certified = true;
    for result in results? {
        game.sound(result.about.prior, &result)?;
        all_certified &= result.certified;
        if session.json {
            json(&Saved::Frontier(result))?;
        } else {
            show(&game, &result)?;
        }
    }
    Ok(all_certified && !session.interrupted())
}

/// The frontiers of the agent that is named, or else of all, at every prior.
pub fn all(game: &Game<'_>, arguments: &Frontier, session: &Session) -> Result<Vec<FrontierResult>, Failure> {
    let agents = match &arguments.one.agent {
        Some(_) => vec![game.agent(&arguments.one)?],
        None => (0..game.instance.agents.len()).collect(),
    };
    let rules = game.rules(&arguments.how);
    let priors = game.priors(arguments.one.prior)?;
    let which: Vec<(usize, usize)> = priors.flat_map(|prior| agents.iter().map(move |&agent| (prior, agent))).collect();
    let asked = |(prior, agent)| Asked { agent, rules, prior, error: arguments.error };
    which.into_par_iter().map(|which| one(game, asked(which), session)).collect()
}

/// What is asked for: whose frontier, by which rules, at which prior, and how closely.
#[derive(Clone, Copy)]
struct Asked {
    agent: usize,
    rules: Option<Rules>,
    prior: usize,
    error: f64,
}

fn one(game: &Game<'_>, asked: Asked, session: &Session) -> Result<FrontierResult, Failure> {
    match asked.rules {
        None => solve(game, asked, session),
        Some(Rules::Menu) => typed::<Menus>(game, asked, session),
        Some(Rules::Conversation) => typed::<Conversations>(game, asked, session),
    }
}

fn solve(game: &Game<'_>, asked: Asked, session: &Session) -> Result<FrontierResult, Failure> {
    let Asked { agent, prior, error, .. } = asked;
    let view = game.view(prior, agent)?;
    let found = frontier_within(&view, &view.agents[agent], error, &session.settings)
        .map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
    let certify = |vertex: &Vertex| {
        let certified = vertex.proof(prior, agent, Objective::agent(agent)).certify(&game.instance);
        game.proved(certified).map(|(certificate, verdict)| (OptimumCertificate::Plain(certificate), verdict))
    };
    result(game, asked, &found, certify, session)
}

/// The same against a user who knows something by herself.
fn typed<T: Typed>(game: &Game<'_>, asked: Asked, session: &Session) -> Result<FrontierResult, Failure> {
    let Asked { agent, prior, error, .. } = asked;
    let talk: T = game.talk(prior, agent)?;
    let found = talk_frontier_within(&talk, &Objective::agent(agent), error, &session.settings)
        .map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
    let certify = |vertex: &Vertex<T::Scheme, T::Bound>| {
        let (multiplier, bound) = vertex.bound();
        let floor = Some(Floor { value: vertex.user_value, multiplier });
        game.proved(T::certify(game, (prior, agent), floor, vertex.scheme.clone(), bound.clone()))
    };
    result(game, asked, &found, certify, session)
}

/// The result of a frontier whose vertices are certified one by one.
fn result<S: Sync, B: Sync>(
    game: &Game<'_>,
    asked: Asked,
    found: &persuasion::Frontier<S, B>,
    certify: impl Fn(&Vertex<S, B>) -> Result<(OptimumCertificate, Verdict), Failure> + Sync,
    session: &Session,
) -> Result<FrontierResult, Failure> {
    let vertex = |vertex: &Vertex<S, B>| {
        let (certificate, verdict) = certify(vertex)?;
        let tangent = Tangent::of(&certificate);
        Ok((VertexResult::new(&game.instance, certificate, &verdict, session.certificates), tangent))
    };
    let vertices: Result<Vec<(VertexResult, Option<Tangent>)>, Failure> =
        found.vertices.par_iter().map(vertex).collect();
    let (vertices, tangents): (Vec<VertexResult>, Vec<Option<Tangent>>) = vertices?.into_iter().unzip();
    let tangents: Vec<Tangent> = tangents.into_iter().flatten().collect();
    Ok(FrontierResult {
        about: game.about(asked.prior),
        rules: asked.rules,
        agent: game.instance.agents[asked.agent].name.clone(),
        certified: found.stopped.is_none() && vertices.iter().all(|vertex| vertex.certified),
        vertices,
        error: (asked.error > 0.0).then(|| error(&tangents)),
        stopped: found.stopped.map(|stopped| stopped.to_string()),
    })
}

/// Refuses an error that is none.
pub fn check(arguments: &Frontier) -> Result<(), Failure> {
    if arguments.error.is_finite() && arguments.error >= 0.0 {
        return Ok(());
    }
    Err(Failure::Usage(format!("--error: found {}, expected a finite number of at least 0", arguments.error)))
}

fn show(game: &Game<'_>, result: &FrontierResult) -> Result<(), Failure> {
    let FrontierResult { about, agent, vertices, .. } = result;
    line(&format!(
        "{} (prior {}): what {agent} can get, against what it leaves the user{}",
        about.name,
        about.prior,
        manner(result.rules)
    ))?;
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
