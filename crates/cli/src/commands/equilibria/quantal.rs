//! `suasion equilibria --quantal`: agents compete for a user who does not choose the best action, but better ones more often.

use super::{AtPriors, failed, largest_regret, profile};
use crate::arguments::Equilibria;
use crate::commands::Game;
use crate::failure::Failure;
use crate::output::{beside, number};
use crate::result::{AlignmentPart, EquilibriaResult, EquilibriumResult, ProfileResult, Reference, below};
use crate::session::Session;
use indicatif::ProgressBar;
use rayon::prelude::*;
use suasion_equilibrium::{AllAgentsGame, EquilibriumError, TalkGame, bound};
use suasion_model::Instance;
use suasion_persuasion::Settings;

/// What is found at every prior.
pub fn results(
    game: &Game<'_>,
    arguments: &Equilibria,
    eta: f64,
    session: &Session,
    bar: &ProgressBar,
) -> Result<AtPriors, Failure> {
    // Agents' regrets are found, not asked for.
    let alignment = game.alignment(0.0, session)?;
    let solve = |prior| {
        let solved = equilibrium(game, prior, eta, arguments.slack, &alignment, session);
        bar.inc(1);
        Ok(EquilibriaResult {
            about: game.about(prior),
            rules: game.rules(&arguments.how),
            user_value: reference(&game.instance, prior, eta).map_err(|cause| failed(game, cause))?,
            alignment: alignment.clone(),
            equilibrium: solved?,
        })
    };
    let priors = game.priors(arguments.prior)?.into_par_iter();
    AtPriors::gathered(priors.map(|prior| (prior, solve(prior))).collect())
}

/// What a quantal user gets when she is told nothing, and when she knows all that any agent does.
pub fn reference(instance: &Instance, prior: usize, eta: f64) -> Result<Reference, EquilibriumError> {
    let told = AllAgentsGame::new(instance, prior, &Settings::default())?.quantal(eta)?;
    Ok(Reference::told(told.no_information(), told.full_information()))
}

/// The worst and the best of the equilibria that are found.
fn equilibrium(
    game: &Game<'_>,
    prior: usize,
    eta: f64,
    slack: f64,
    alignment: &AlignmentPart,
    session: &Session,
) -> Result<EquilibriumResult, Failure> {
    let talk = TalkGame::quantal(&game.instance, prior, eta, &session.settings);
    let found = talk.and_then(|talk| talk.found(slack)).map_err(|cause| failed(game, cause))?;
    let (worst, best) = (profile(game, found.worst.proof, session)?, profile(game, found.best.proof, session)?);
    let regrets = worst.regrets.iter().chain(&best.regrets).copied().flatten();
    let gained = regrets.fold(slack, f64::max);
    let full = reference(&game.instance, prior, eta).map_err(|cause| failed(game, cause))?.full_information;
    Ok(assembled(&game.instance, full, (eta, gained), worst, best, alignment))
}

/// What follows from the worst and the best of some equilibria with a user of sensitivity `eta`, within a slack; `full` is what she gets if she knows all that
/// any agent does.
pub fn assembled(
    instance: &Instance,
    full: f64,
    (eta, slack): (f64, f64),
    worst: ProfileResult,
    best: ProfileResult,
    alignment: &AlignmentPart,
) -> EquilibriumResult {
    let (error, weights) = (alignment.alignment.error, &alignment.alignment.weights);
    let promised = |regrets: &[f64]| bound(full, error, weights, regrets);
    // An agent who reveals all wins, unless the user has as much already; that needs agents who can all reveal the same, and a rival to win from.
    let shared = instance.agents_share_information() && instance.agents.len() > 1;
    let known = |profile: &ProfileResult| profile.regrets.iter().copied().collect::<Option<Vec<f64>>>();
    let falls_short = |profile: &ProfileResult| {
        known(profile)
            .map(|regrets| promised(&regrets))
            .is_some_and(|least| below(profile.user_value, least, &profile.values, alignment))
    };
    // That an equilibrium falls short of it would be a fault of this program.
    let kept = !shared || !(falls_short(&worst) || falls_short(&best));
    let bounded = shared && known(&worst).is_some() && known(&best).is_some();
    EquilibriumResult {
        game: "best-agent".into(),
        exact: false,
        eta: Some(eta),
        slack,
        regret: largest_regret([&worst, &best]),
        worst_user_value: worst.user_value,
        best_user_value: best.user_value,
        bound: bounded.then(|| promised(&vec![slack; weights.len()])),
        lower_bound: None,
        intervals: None,
        certified: worst.certified && best.certified && kept,
        worst,
        best,
        exclusion: None,
    }
}

/// What was found, in words.
pub fn said(result: &EquilibriumResult, stake: f64) -> String {
    let number = |x: f64| beside(stake, x);
    let (worst, best) = (number(result.worst_user_value), number(result.best_user_value));
    let found = format!("equilibria that were found leave the user {worst} to {best}; there may be others");
    if result.worst.regrets.iter().chain(&result.best.regrets).all(Option::is_some) {
        return format!("{found}; nobody gains more than {} by another offer", number(result.slack));
    }
    format!("{found}; with so many observations, nothing bounds what agents gain by another offer")
}

/// What is said of how the user responds.
pub fn sensitive(eta: Option<f64>) -> String {
    eta.map_or_else(String::new, |eta| format!(", with a quantal user of sensitivity {}", number(eta)))
}
