//! `suasion solve`.

use super::communication::manner;
use super::equilibria::{ONE_MESSAGE, all_agents, equilibrium, refuse_search, summary, told};
use super::failed;
use super::{Game, Solved};
use crate::arguments::Solve;
use crate::failure::Failure;
use crate::output::{certified, line, number, record, table};
use crate::progress;
use crate::session::Session;
use rayon::prelude::*;
use suasion_certificate::Verdict;
use suasion_equilibrium::{BestAgentGame, EquilibriumError};
use suasion_model::{Instance, Objective, TypedView};
use suasion_persuasion::{ExperimentSender, MechanismSender, PersuadeError, Sender, Settings};
use suasion_results::{
    AgentResult, AlignmentPart, BestAgentEquilibria, CommunicationName, GameEquilibria, GameName, Monopoly,
    OptimumCertificate, RecordedBelow, SolveRequest, SolveResult,
};

/// The number of files in memory at a time.
const FILES: usize = 64;
/// The largest number of priors to show one by one; with more, only a summary is shown.
const SHOWN: usize = 10;

/// Refuses combinations of options that make no sense.
pub fn check(request: &SolveRequest) -> Result<(), Failure> {
    if request.game != Some(GameName::AllAgents) {
        refuse_search(&request.search)
    } else if request.mechanism {
        Err(Failure::Usage(ONE_MESSAGE.into()))
    } else {
        all_agents::rules(&request.search, 0.0).map(drop)
    }
}

pub fn run(arguments: &Solve, session: &Session) -> Result<bool, Failure> {
    let request = arguments.request();
    check(&request)?;
    let files = progress::bar(arguments.files.len(), "solving");
    let mut all_certified = true;
    for chunk in arguments.files.chunks(FILES) {
        let solved: Vec<Result<Vec<SolveResult>, Failure>> = chunk
            .par_iter()
            .map(|file| {
                let results = Game::read(file).and_then(|game| {
                    let results = solve(&game, &request, session, arguments.files.len() == 1)?;
                    results.iter().try_for_each(|result| game.sound(result))?;
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
                    record(result)?;
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

/// Solves an instance; with progress bars if it is `alone`.
pub fn solve(
    game: &Game<'_>,
    request: &SolveRequest,
    session: &Session,
    alone: bool,
) -> Result<Vec<SolveResult>, Failure> {
    let results = optima(game, request, session, alone)?;
    if request.game != Some(GameName::AllAgents) {
        return Ok(results);
    }
    let search = all_agents::rules(&request.search, 0.0)?;
    let bar = progress::bar(if alone { results.len() * search.starts } else { 0 }, "starts");
    let with_equilibria = |result: SolveResult| {
        let joint = all_agents::once(game, result.about.prior, None, session)?;
        let found = all_agents::equilibria(game, &joint, &search, &result.alignment, session, &bar)?;
        let SolveResult { about, communication, user_value, agents, alignment, stopped, .. } = result;
        let stopped = stopped.or_else(|| found.stopped.clone());
        let found = Some(GameEquilibria::AllAgents(Box::new(found)));
        Ok(SolveResult::new((about, communication), user_value, agents, alignment, found, stopped))
    };
    results.into_iter().map(with_equilibria).collect()
}

/// Everything except the equilibria of the all-agents game.
fn optima(
    game: &Game<'_>,
    request: &SolveRequest,
    session: &Session,
    alone: bool,
) -> Result<Vec<SolveResult>, Failure> {
    match game.communication(request.mechanism, None) {
        CommunicationName::Direct | CommunicationName::Quantal => direct(game, request, session, alone),
        CommunicationName::Experiment => {
            typed(game, request, session, BestAgentGame::experiments, |view| ExperimentSender { view })
        }
        CommunicationName::Mechanism => {
            typed(game, request, session, BestAgentGame::mechanisms, |view| MechanismSender { view })
        }
    }
}

/// Makes a best-agent game.
type Make<'g, S> = fn(&'g Instance, usize, &Settings) -> Result<BestAgentGame<'g, S>, EquilibriumError>;

/// Solves an instance with a user who has types.
fn typed<'g, S: Sender<Communication: RecordedBelow>>(
    game: &'g Game<'_>,
    request: &SolveRequest,
    session: &Session,
    make: Make<'g, S>,
    sender: impl Fn(TypedView) -> S,
) -> Result<Vec<SolveResult>, Failure> {
    let alignment = game.alignment(0.0, session)?;
    let one = |prior: usize| {
        let best_agent = match request.game {
            None | Some(GameName::AllAgents) => None,
            Some(GameName::BestAgent) => match make(&game.instance, prior, &session.settings) {
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(_))) => None,
                other => Some(other.map_err(|cause| failed(game, cause))?),
            },
        };
        let monopoly = |agent: usize| {
            let (proof, stopped) = if let Some(best_agent) = &best_agent {
                (best_agent.monopolist(agent), None)
            } else {
                let sender = sender(game.typed_view(prior, agent)?);
                let found = sender.persuade(&Objective::agent(agent), None, &session.settings);
                let found = found.map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
                let stopped = found.stopped;
                (found.proof(), stopped)
            };
            let (certificate, verdict) = game.optimum_certified(proof)?;
            Ok(Monopolist { certificate, verdict, stopped: stopped.map(|stopped| stopped.to_string()) })
        };
        let monopolies = (0..game.instance.agents.len()).map(monopoly).collect::<Result<Vec<_>, Failure>>()?;
        let found = best_agent.as_ref().map(|best_agent| equilibrium(game, best_agent, 0.0, &alignment, session));
        result(game, (prior, request.mechanism), monopolies, found, &alignment, session)
    };
    game.priors.clone().map(one).collect()
}

/// Solves an instance with a user of one type.
fn direct(
    game: &Game<'_>,
    request: &SolveRequest,
    session: &Session,
    alone: bool,
) -> Result<Vec<SolveResult>, Failure> {
    let (agents, priors) = (game.instance.agents.len(), game.priors.clone());
    let alignment = game.alignment(0.0, session)?;
    let bar = progress::bar(if alone { priors.len() } else { 0 }, "priors");
    if request.game != Some(GameName::BestAgent) || agents == 1 {
        let optima: Result<Vec<Vec<Solved>>, Failure> = (0..agents)
            .into_par_iter()
            .map(|agent| game.optima(agent, priors.clone(), None, &session.settings, &|_| {}))
            .collect();
        // Turn one list per agent into one list per prior.
        let mut optima: Vec<_> = optima?.into_iter().map(Vec::into_iter).collect();
        let by_prior = priors.map(|prior| (prior, optima.iter_mut().filter_map(Iterator::next).collect()));
        let by_prior: Vec<(usize, Vec<Solved>)> = by_prior.collect();
        let finish = |(prior, solved): (usize, Vec<Solved>)| {
            let best_agent = match &solved[..] {
                [Solved { optimum: Some(lone), stopped: None, .. }] if request.game == Some(GameName::BestAgent) => {
                    let found = BestAgentGame::monopoly(&game.instance, prior, lone, &session.settings);
                    Some(found.map_err(|cause| failed(game, cause))?)
                }
                _ => None,
            };
            bar.inc(1);
            let found = best_agent.map(|best_agent| equilibrium(game, &best_agent, 0.0, &alignment, session));
            result(game, (prior, request.mechanism), monopolists(solved), found, &alignment, session)
        };
        return by_prior.into_par_iter().map(finish).collect();
    }
    let finish = |prior: usize| {
        let done = match BestAgentGame::new(&game.instance, prior, &session.settings) {
            Ok(best_agent) => {
                let monopoly = |agent: usize| {
                    let (certificate, verdict) = game.optimum_certified(best_agent.monopolist(agent))?;
                    Ok(Monopolist { certificate, verdict, stopped: None })
                };
                let monopolies = (0..agents).map(monopoly).collect::<Result<_, Failure>>()?;
                let found = equilibrium(game, &best_agent, 0.0, &alignment, session);
                result(game, (prior, request.mechanism), monopolies, Some(found), &alignment, session)
            }
            Err(EquilibriumError::Persuade(PersuadeError::Stopped(_))) => {
                let optima = (0..agents).map(|agent| {
                    let found = game.optima(agent, prior..prior + 1, None, &session.settings, &|_| {})?;
                    Ok(found.into_iter().next())
                });
                let optima = optima.collect::<Result<Vec<_>, Failure>>()?;
                let optima = monopolists(optima.into_iter().flatten().collect());
                result(game, (prior, request.mechanism), optima, None, &alignment, session)
            }
            Err(cause) => Err(failed(game, cause)),
        };
        bar.inc(1);
        done
    };
    priors.into_par_iter().map(finish).collect()
}

/// An agent's optimum as a monopolist.
struct Monopolist {
    certificate: OptimumCertificate,
    verdict: Verdict,
    stopped: Option<String>,
}

fn monopolists(solved: Vec<Solved>) -> Vec<Monopolist> {
    let one = |solved: Solved| Monopolist {
        certificate: solved.certificate,
        verdict: solved.verdict,
        stopped: solved.stopped,
    };
    solved.into_iter().map(one).collect()
}

fn result(
    game: &Game<'_>,
    (prior, mechanism): (usize, bool),
    monopolies: Vec<Monopolist>,
    found: Option<Result<BestAgentEquilibria, Failure>>,
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
    let about = (game.about(prior), game.communication(mechanism, None));
    let found = found.map(|found| GameEquilibria::BestAgent(Box::new(found)));
    Ok(SolveResult::new(about, game.reference(prior)?, agents.collect(), alignment.clone(), found, stopped))
}

fn show(results: &[SolveResult]) -> Result<(), Failure> {
    let Some(first) = results.first() else {
        return Ok(());
    };
    line(&format!("{} ({}){}", first.about.name, first.about.instance, manner(first.communication)))?;
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
        let header = ["monopolist", "its optimum", "upper bound", "user's value", "certified", "weight in the hull"];
        line(&table(&header, rows.collect()).to_string())?;
        if let Some(found) = &result.equilibrium {
            let texts = match found {
                GameEquilibria::BestAgent(found) => summary(found, &result.alignment, &result.user_value),
                GameEquilibria::AllAgents(found) => all_agents::summary(found, &result.alignment, &result.user_value),
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
        line(&format!("... {} priors in all, {proved} certified; --json prints all of them", results.len()))?;
    }
    Ok(())
}
