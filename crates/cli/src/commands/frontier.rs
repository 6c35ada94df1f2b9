//! `suasion frontier`.

use super::Game;
use super::typed::{Typed, manner};
use crate::arguments::Frontier;
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::result::{FrontierResult, OptimumCertificate, Saved, VertexResult};
use crate::session::Session;
use rayon::prelude::*;
use suasion_certificate::{Floor, Rules};
use suasion_model::Objective;
use suasion_persuasion::{Conversations, Menus, frontier, talk_frontier};

pub fn run(arguments: &Frontier, session: &Session) -> Result<bool, Failure> {
    let game = Game::read(&arguments.one.file)?;
    let agent = game.agent(&arguments.one)?;
    let priors = game.priors(arguments.one.prior)?;
    let bar = crate::progress::bar(priors.len(), "priors");
    let solve = |prior| {
        let result = one(&game, game.rules(&arguments.how), agent, prior, session);
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
    which.into_par_iter().map(|(prior, agent)| one(game, rules, agent, prior, session)).collect()
}

fn one(
    game: &Game<'_>,
    rules: Option<Rules>,
    agent: usize,
    prior: usize,
    session: &Session,
) -> Result<FrontierResult, Failure> {
    match rules {
        None => solve(game, agent, prior, session),
        Some(Rules::Menu) => typed::<Menus>(game, Rules::Menu, agent, prior, session),
        Some(Rules::Conversation) => typed::<Conversations>(game, Rules::Conversation, agent, prior, session),
    }
}

fn solve(game: &Game<'_>, agent: usize, prior: usize, session: &Session) -> Result<FrontierResult, Failure> {
    let view = game.view(prior, agent)?;
    let found = frontier(&view, &view.agents[agent], &session.settings)
        .map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
    let vertices: Result<Vec<VertexResult>, Failure> = found
        .vertices
        .par_iter()
        .map(|vertex| {
            let certified = vertex.proof(prior, agent, Objective::agent(agent)).certify(&game.instance);
            let (certificate, verdict) = game.proved(certified)?;
            let certificate = OptimumCertificate::Plain(certificate);
            Ok(VertexResult::new(&game.instance, certificate, &verdict, session.certificates))
        })
        .collect();
    let vertices = vertices?;
    Ok(FrontierResult {
        about: game.about(prior),
        rules: None,
        agent: game.instance.agents[agent].name.clone(),
        certified: found.stopped.is_none() && vertices.iter().all(|vertex| vertex.certified),
        vertices,
        stopped: found.stopped.map(|stopped| stopped.to_string()),
    })
}

/// The same against a user who knows something by herself.
fn typed<T: Typed>(
    game: &Game<'_>,
    rules: Rules,
    agent: usize,
    prior: usize,
    session: &Session,
) -> Result<FrontierResult, Failure> {
    let talk: T = game.talk(prior, agent)?;
    let found = talk_frontier(&talk, &Objective::agent(agent), &session.settings)
        .map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
    let vertices: Result<Vec<VertexResult>, Failure> = found
        .vertices
        .par_iter()
        .map(|vertex| {
            let (multiplier, bound) = vertex.bound();
            let floor = Some(Floor { value: vertex.user_value, multiplier });
            let certified = T::certify(game, (prior, agent), floor, vertex.scheme.clone(), bound.clone());
            let (certificate, verdict) = game.proved(certified)?;
            Ok(VertexResult::new(&game.instance, certificate, &verdict, session.certificates))
        })
        .collect();
    let vertices = vertices?;
    Ok(FrontierResult {
        about: game.about(prior),
        rules: Some(rules),
        agent: game.instance.agents[agent].name.clone(),
        certified: found.stopped.is_none() && vertices.iter().all(|vertex| vertex.certified),
        vertices,
        stopped: found.stopped.map(|stopped| stopped.to_string()),
    })
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
    line(&format!("{} vertices; certified: {}", vertices.len(), certified(result.certified)))?;
    match &result.stopped {
        Some(stopped) => line(&format!("stopped early, so vertices may be missing: {stopped}")),
        None => Ok(()),
    }
}
