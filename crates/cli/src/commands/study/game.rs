//! The game made from the scores, and its solution.

use crate::arguments::{ActionsName, Bridge as Arguments, GroupName};
use crate::commands::equilibria::told;
use crate::commands::{Game, solve};
use crate::failure::Failure;
use crate::output::{certified, line, number};
use crate::session::Session;
use std::path::Path;
use suasion_model::Instance;
use suasion_results::{GameEquilibria, SolveRequest, SolveResult};
use suasion_study::judges::bridge::{Actions, Bridge, Players, States};

/// The default for the largest number of states.
const STATES: usize = 100;
/// The number of weights to show.
const SHOWN: usize = 8;
/// The default number of scores.
const SCORES: usize = 5;

/// The bridge from items to a game that the arguments request.
pub fn bridge(arguments: &Arguments, items: usize, seed: u64) -> Result<Bridge, Failure> {
    let usage = |problem: &str| Failure::Usage(problem.into());
    let actions = match arguments.actions {
        ActionsName::Recommend if arguments.scores.is_some() => {
            return Err(usage("--scores is for --actions score"));
        }
        ActionsName::Score if arguments.threshold.is_some() => {
            return Err(usage("--threshold is for --actions recommend"));
        }
        ActionsName::Recommend => Actions::Recommend { threshold: arguments.threshold },
        ActionsName::Score => Actions::Score { scores: arguments.scores.unwrap_or(SCORES) },
    };
    let groups = arguments.states.unwrap_or(STATES);
    let states = match arguments.group_by {
        _ if arguments.states.is_none_or(|states| states == items) && groups >= items => States::Items,
        GroupName::KMeans => States::KMeans(groups),
        GroupName::Quantiles => States::Quantiles(groups),
    };
    let players = match &arguments.players[..] {
        [all] if all == "all" => Players::All,
        [weighted] if weighted == "weighted" => Players::Weighted,
        names => Players::Named(names.to_vec()),
    };
    let bridge = Bridge { actions, states, players, seed };
    bridge.check().map_err(Failure::from)?;
    Ok(bridge)
}

/// Solves the game like `suasion solve`.
pub fn solved(file: &Path, instance: Instance, session: &Session) -> Result<Option<SolveResult>, Failure> {
    let game = Game::new(file, instance);
    Ok(solve::solve(&game, &SolveRequest::default(), session, false)?.into_iter().next())
}

/// Prints a summary of the game's solution.
pub fn show(result: &SolveResult, instance: &Instance) -> Result<(), Failure> {
    line(&format!(
        "the game: {} states, {} actions, {} agents who play; the user gets {}",
        instance.states.len(),
        instance.actions.len(),
        instance.agents.len(),
        told(&result.user_value)
    ))?;
    let weights = &result.alignment.alignment.weights;
    let mut heavy: Vec<(&str, f64)> =
        instance.agents.iter().zip(weights).map(|(agent, &weight)| (agent.name.as_str(), weight)).collect();
    heavy.retain(|(_, weight)| *weight > 0.0);
    heavy.sort_by(|a, b| b.1.total_cmp(&a.1));
    let shown: Vec<String> =
        heavy.iter().take(SHOWN).map(|(name, weight)| format!("{name} {}", number(*weight))).collect();
    let more = if heavy.len() > SHOWN { format!(" and {} more", heavy.len() - SHOWN) } else { String::new() };
    line(&format!(
        "her weights in the hull: {}{more}",
        if shown.is_empty() { "none".into() } else { shown.join(", ") }
    ))?;
    if let Some(GameEquilibria::BestAgent(found)) = &result.equilibrium {
        for text in crate::commands::equilibria::summary(found, &result.alignment, &result.user_value) {
            line(&text)?;
        }
    }
    line(&format!("certified: {}", certified(result.certified)))?;
    match &result.stopped {
        Some(stopped) => line(&format!("the game: stopped early: {stopped}")),
        None => Ok(()),
    }
}
