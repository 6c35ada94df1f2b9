//! `suasion solve`.

use super::equilibria::{
    ONE_MESSAGE, all_agents, equilibrium, failed, refuse_search, summary, told, typed_equilibrium,
};
use super::typed::{Typed, manner};
use super::{Game, Solved};
use crate::arguments::{GameName, Solve};
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::progress;
use crate::result::{
    AgentResult, AlignmentPart, EquilibriumResult, GameResult, Monopoly, OptimumCertificate, Saved, SolveResult,
};
use crate::session::Session;
use rayon::prelude::*;
use suasion_certificate::{Rules, Verdict};
use suasion_equilibrium::{BestAgentGame, EquilibriumError};
use suasion_persuasion::{Conversations, Menus, PersuadeError};

/// How many files are in memory at a time.
const FILES: usize = 64;
/// How many priors are shown one by one; of more, a summary.
const SHOWN: usize = 10;

/// Refuses options that mean nothing together.
pub fn check(arguments: &Solve) -> Result<(), Failure> {
    if arguments.game != GameName::AllAgents {
        refuse_search(&arguments.search)
    } else if arguments.how.conversation {
        Err(Failure::Usage(ONE_MESSAGE.into()))
    } else {
        all_agents::rules(&arguments.search, 0.0).map(drop)
    }
}

pub fn run(arguments: &Solve, session: &Session) -> Result<bool, Failure> {
    check(arguments)?;
    let files = progress::bar(arguments.files.len(), "solving");
    let mut all_certified = true;
    for chunk in arguments.files.chunks(FILES) {
        let solved: Vec<Result<Vec<SolveResult>, Failure>> = chunk
            .par_iter()
            .map(|file| {
                let results = Game::read(file).and_then(|game| {
                    let results = solve(&game, arguments, session, arguments.files.len() == 1)?;
                    results.iter().try_for_each(|result| game.sound(result.about.prior, result))?;
                    Ok(results)
                });
                files.inc(1);
                results
            })
            .collect();
        for results in solved {
            let results = results?;
            all_certified &= results.iter().all(|result| result.certified);
            if session.json {
                for result in results {
                    json(&Saved::Solve(result))?;
                }
            } else {
                files.suspend(|| show(&results))?;
            }
        }
        if session.interrupted() {
            return Ok(false);
        }
    }
    Ok(all_certified)
}

/// Everything about an instance; `alone`: with bars that tell how far it is.
pub fn solve(game: &Game<'_>, arguments: &Solve, session: &Session, alone: bool) -> Result<Vec<SolveResult>, Failure> {
    let results = optima(game, arguments, session, alone)?;
    if arguments.game != GameName::AllAgents {
        return Ok(results);
    }
    let search = all_agents::rules(&arguments.search, 0.0)?;
    let bar = progress::bar(if alone { results.len() * search.starts } else { 0 }, "starts");
    let with_equilibria = |result: SolveResult| {
        let joint = all_agents::once(game, result.about.prior, None, session)?;
        let found = all_agents::equilibria(game, &joint, &search, &result.alignment, session, &bar)?;
        let stopped = result.stopped.or_else(|| found.stopped.clone());
        let certified = result.certified && found.certified && stopped.is_none();
        Ok(SolveResult { equilibrium: Some(GameResult::AllAgents(Box::new(found))), certified, stopped, ..result })
    };
    results.into_iter().map(with_equilibria).collect()
}

/// Everything but the equilibria of the all-agents game.
fn optima(game: &Game<'_>, arguments: &Solve, session: &Session, alone: bool) -> Result<Vec<SolveResult>, Failure> {
    match game.rules(&arguments.how) {
        None => plain(game, arguments, session, alone),
        Some(Rules::Menu) => typed::<Menus>(game, Rules::Menu, arguments, session),
        Some(Rules::Conversation) => typed::<Conversations>(game, Rules::Conversation, arguments, session),
    }
}

/// Against a user who knows something by herself.
fn typed<T: Typed>(
    game: &Game<'_>,
    rules: Rules,
    arguments: &Solve,
    session: &Session,
) -> Result<Vec<SolveResult>, Failure> {
    let alignment = game.alignment(0.0, session)?;
    let one = |prior: usize| {
        let talk = match arguments.game {
            GameName::None | GameName::AllAgents => None,
            GameName::BestAgent => match game.talk_game::<T>(prior, &session.settings) {
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(_))) => None,
                other => Some(other.map_err(|cause| failed(game, cause))?),
            },
        };
        let monopoly = |agent: usize| {
            let (scheme, bound, stopped) = if let Some(talk) = &talk {
                let first = &talk.frontier(agent).vertices[0];
                (first.scheme.clone(), first.bound().1.clone(), None)
            } else {
                let found = game.talk::<T>(prior, agent)?.optimum(agent, &session.settings);
                found.map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?
            };
            let certified = T::certify(game, (prior, agent), None, scheme, bound);
            let (certificate, verdict) = game.proved(certified)?;
            Ok(Monopolist { certificate, verdict, stopped: stopped.map(|stopped| stopped.to_string()) })
        };
        let monopolies = (0..game.instance.agents.len()).map(monopoly).collect::<Result<Vec<_>, Failure>>()?;
        let found = talk.as_ref().map(|talk| typed_equilibrium(game, talk, 0.0, &alignment, session));
        let result = result(game, prior, monopolies, found, &alignment, session)?;
        Ok(SolveResult { rules: Some(rules), ..result })
    };
    game.within.clone().map(one).collect()
}

/// Against a user of one type.
fn plain(game: &Game<'_>, arguments: &Solve, session: &Session, alone: bool) -> Result<Vec<SolveResult>, Failure> {
    let (agents, priors) = (game.instance.agents.len(), game.within.clone());
    let alignment = game.alignment(0.0, session)?;
    let bar = progress::bar(if alone { priors.len() } else { 0 }, "priors");
    if arguments.game != GameName::BestAgent || agents == 1 {
        let optima: Result<Vec<Vec<Solved>>, Failure> = (0..agents)
            .into_par_iter()
            .map(|agent| game.optima(agent, priors.clone(), None, &session.settings, &|_| {}))
            .collect();
        // From one list per agent to one per prior.
        let mut optima: Vec<_> = optima?.into_iter().map(Vec::into_iter).collect();
        let by_prior = priors.map(|prior| (prior, optima.iter_mut().filter_map(Iterator::next).collect()));
        let by_prior: Vec<(usize, Vec<Solved>)> = by_prior.collect();
        let finish = |(prior, solved): (usize, Vec<Solved>)| {
            let best_agent = match &solved[..] {
                [Solved { optimum: Some(lone), stopped: None, .. }] if arguments.game == GameName::BestAgent => {
                    let found = BestAgentGame::lone(&game.instance, prior, lone, &session.settings);
                    Some(found.map_err(|cause| failed(game, cause))?)
                }
                _ => None,
            };
            bar.inc(1);
            let found = best_agent.map(|best_agent| equilibrium(game, &best_agent, 0.0, &alignment, session));
            result(game, prior, monopolists(solved), found, &alignment, session)
        };
        return by_prior.into_par_iter().map(finish).collect();
    }
    let finish = |prior: usize| {
        let done = match BestAgentGame::new(&game.instance, prior, &session.settings) {
            Ok(best_agent) => {
                let monopolies = (0..agents).map(|agent| game.certified(best_agent.monopoly(agent)));
                let monopolies = monopolists(monopolies.collect::<Result<_, _>>()?);
                let found = equilibrium(game, &best_agent, 0.0, &alignment, session);
                result(game, prior, monopolies, Some(found), &alignment, session)
            }
            Err(EquilibriumError::Persuade(PersuadeError::Stopped(_))) => {
                let optima = (0..agents).map(|agent| {
                    let found = game.optima(agent, prior..prior + 1, None, &session.settings, &|_| {})?;
                    Ok(found.into_iter().next())
                });
                let optima = optima.collect::<Result<Vec<_>, Failure>>()?;
                let optima = monopolists(optima.into_iter().flatten().collect());
                result(game, prior, optima, None, &alignment, session)
            }
            Err(cause) => Err(failed(game, cause)),
        };
        bar.inc(1);
        done
    };
    priors.into_par_iter().map(finish).collect()
}

/// An agent's optimum when it is alone with the user.
struct Monopolist {
    certificate: OptimumCertificate,
    verdict: Verdict,
    stopped: Option<String>,
}

fn monopolists(solved: Vec<Solved>) -> Vec<Monopolist> {
    let one = |solved: Solved| Monopolist {
        certificate: OptimumCertificate::Plain(solved.certificate),
        verdict: solved.verdict,
        stopped: solved.stopped,
    };
    solved.into_iter().map(one).collect()
}

fn result(
    game: &Game<'_>,
    prior: usize,
    monopolies: Vec<Monopolist>,
    found: Option<Result<EquilibriumResult, Failure>>,
    alignment: &AlignmentPart,
    session: &Session,
) -> Result<SolveResult, Failure> {
    let mut stopped = monopolies.iter().find_map(|solved| solved.stopped.clone());
    let found = match found.transpose() {
        Err(Failure::Equilibrium { cause: EquilibriumError::Persuade(PersuadeError::Stopped(why)), .. }) => {
            stopped.get_or_insert_with(|| why.to_string());
            None
        }
        other => other?,
    };
    let agents = game.instance.agents.iter().zip(monopolies).map(|(agent, solved)| AgentResult {
        name: agent.name.clone(),
        monopoly: Monopoly::new(solved.certificate, &solved.verdict, session.certificates),
    });
    let agents: Vec<AgentResult> = agents.collect();
    let certified = agents.iter().all(|agent| agent.monopoly.certified)
        && alignment.certified
        && found.as_ref().is_none_or(|found| found.certified)
        && stopped.is_none();
    Ok(SolveResult {
        about: game.about(prior),
        rules: None,
        user_value: game.reference(prior)?,
        agents,
        alignment: alignment.clone(),
        equilibrium: found.map(|found| GameResult::BestAgent(Box::new(found))),
        certified,
        stopped,
    })
}

fn show(results: &[SolveResult]) -> Result<(), Failure> {
    let Some(first) = results.first() else {
        return Ok(());
    };
    line(&format!("{} ({}){}", first.about.name, first.about.instance, manner(first.rules)))?;
    for result in results.iter().take(SHOWN) {
        let prior = if results.len() > 1 { format!("prior {}: ", result.about.prior) } else { String::new() };
        line(&format!("{prior}the user gets {}", told(&result.user_value)))?;
        let weights = &result.alignment.alignment.weights;
        let rows = result.agents.iter().zip(weights).map(|(agent, &weight)| {
            let Monopoly { agent_value, user_value, upper_bound, certified: yes, .. } = agent.monopoly;
            let mut row = vec![agent.name.clone()];
            row.extend([agent_value, upper_bound, user_value].map(number));
            row.extend([certified(yes).into(), number(weight)]);
            row
        });
        let header = ["agent, alone", "its optimum", "upper bound", "user's value", "certified", "weight in the hull"];
        line(&table(&header, rows.collect()).to_string())?;
        if let Some(found) = &result.equilibrium {
            let texts = match found {
                GameResult::BestAgent(found) => summary(found, &result.alignment, &result.user_value),
                GameResult::AllAgents(found) => all_agents::summary(found, &result.alignment, &result.user_value),
            };
            for text in texts {
                line(&text)?;
            }
            line(&format!("certified: {}", certified(result.certified)))?;
        }
        if let Some(stopped) = &result.stopped {
            line(&format!("stopped early: {stopped}"))?;
        }
    }
    if results.len() > SHOWN {
        let proved = results.iter().filter(|result| result.certified).count();
        line(&format!("... {} priors in all, {proved} certified; --json prints every one", results.len()))?;
    }
    Ok(())
}
