//! `suasion equilibria --quantal`: agents compete for a user who responds by quantal response.

use super::{AtPriors, profile};
use crate::commands::Game;
use crate::commands::failed;
use crate::failure::Failure;
use crate::output::{beside, number};
use crate::session::Session;
use indicatif::ProgressBar;
use rayon::prelude::*;
use suasion_equilibrium::BestAgentGame;
use suasion_results::{AlignmentPart, BestAgentEquilibria, EquilibriaRequest, EquilibriaResult, GameEquilibria};

/// The results at every prior.
pub fn results(
    game: &Game<'_>,
    request: &EquilibriaRequest,
    eta: f64,
    session: &Session,
    bar: &ProgressBar,
) -> Result<AtPriors, Failure> {
    // The agents' regrets are results, not requests.
    let alignment = game.alignment(0.0, session)?;
    let solve = |prior| {
        let solved = equilibrium(game, prior, eta, request.slack, &alignment, session);
        bar.inc(1);
        Ok(EquilibriaResult {
            about: game.about(prior),
            communication: Some(game.communication(request.mechanism, Some(eta))),
            user_value: game.heard_reference(prior, Some(eta))?,
            alignment: alignment.clone(),
            equilibrium: GameEquilibria::BestAgent(Box::new(solved?)),
        })
    };
    let priors = game.priors.clone().into_par_iter();
    AtPriors::gathered(priors.map(|prior| (prior, solve(prior))).collect())
}

/// The worst and the best of the equilibria that the search finds.
fn equilibrium(
    game: &Game<'_>,
    prior: usize,
    eta: f64,
    slack: f64,
    alignment: &AlignmentPart,
    session: &Session,
) -> Result<BestAgentEquilibria, Failure> {
    let best_agent = BestAgentGame::quantal(&game.instance, prior, eta, &session.settings);
    let found = best_agent.and_then(|best_agent| best_agent.found(slack)).map_err(|cause| failed(game, cause))?;
    let (worst, best) = (profile(game, found.worst.proof, session)?, profile(game, found.best.proof, session)?);
    let regrets = worst.regrets.iter().chain(&best.regrets).copied().flatten();
    let gained = regrets.fold(slack, f64::max);
    let full = game.heard_reference(prior, Some(eta))?.full_information;
    Ok(BestAgentEquilibria::quantal(&game.instance, full, (eta, gained), worst, best, alignment))
}

/// A summary of the equilibria in words.
pub fn said(result: &BestAgentEquilibria, stake: f64) -> String {
    let number = |x: f64| beside(stake, x);
    let (worst, best) = (number(result.worst_user_value), number(result.best_user_value));
    let found = format!("equilibria that were found leave the user {worst} to {best}; there may be others");
    if result.worst.regrets.iter().chain(&result.best.regrets).all(Option::is_some) {
        return format!("{found}; nobody gains more than {} by another offer", number(result.slack));
    }
    format!("{found}; with so many observations, there is no bound on the agents' gains by another offer")
}

/// How the user responds, in words for a heading.
pub fn sensitive(eta: Option<f64>) -> String {
    eta.map_or_else(String::new, |eta| format!(", with a quantal user of sensitivity {}", number(eta)))
}
