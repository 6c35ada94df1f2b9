//! `suasion persuade --quantal`: a user who does not choose the best action, but better ones more often.

use super::typed::{each_prior, show_rows};
use crate::arguments::Persuade;
use crate::commands::Game;
use crate::failure::Failure;
use crate::output::{certified, json, line, number};
use crate::result::{QuantalResult, Saved};
use crate::session::Session;
use suasion_certificate::Verdict;
use suasion_model::Objective;
use suasion_persuasion::quantal;

/// Actions that are played less often than this are left out of the table.
const SELDOM: f64 = 5e-7;

pub fn respond(game: &Game<'_>, arguments: &Persuade, eta: f64, session: &Session) -> Result<bool, Failure> {
    each_prior(game, arguments, session, |prior, agent, view| {
        let found = quantal(view, &Objective::agent(agent), eta, &session.settings);
        let found = found.map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
        let stopped = found.stopped.map(|stopped| stopped.to_string());
        let proof = found.proof(prior, agent, Objective::agent(agent), eta);
        let (certificate, verdict) =
            game.proved(proof.certify_within(&game.instance, &|| session.settings.stopped().is_none()))?;
        let about = (game.about(prior), game.instance.agents[agent].name.clone());
        let result = QuantalResult::new(about, &game.instance, certificate, &verdict, session.certificates);
        let result = QuantalResult { stopped, ..result.map_err(|cause| game.refused(cause))? };
        game.sound(prior, &result)?;
        let yes = result.certified;
        if session.json {
            json(&Saved::Quantal(result))?;
        } else {
            show(&result, &verdict)?;
        }
        Ok(yes)
    })
}

fn show(result: &QuantalResult, verdict: &Verdict) -> Result<(), Failure> {
    let (name, prior, agent, eta) = (&result.about.name, result.about.prior, &result.agent, number(result.eta));
    line(&format!("{name} (prior {prior}): the optimal messages of {agent} to a quantal user, eta = {eta}"))?;
    let sent = result.messages.iter().enumerate().flat_map(|(k, row)| {
        let row_of =
            move |sent: &crate::result::Sent| vec![(k + 1).to_string(), sent.state.clone(), number(sent.probability)];
        row.sent.iter().map(row_of)
    });
    show_rows(&["message", "in state", "with probability"], &sent.collect::<Vec<_>>())?;
    let played = result.messages.iter().enumerate().flat_map(|(k, row)| {
        row.responses.iter().flat_map(move |response| {
            let often = response.actions.iter().filter(|played| played.probability >= SELDOM);
            often.map(move |played| {
                vec![(k + 1).to_string(), response.of.clone(), played.action.clone(), number(played.probability)]
            })
        })
    });
    show_rows(&["upon", "who knows", "plays", "with probability"], &played.collect::<Vec<_>>())?;
    line(&format!(
        "{agent} gets {} ({}), the user {} (told nothing {}, told everything {}); certified: {}",
        number(result.agent_value),
        result.upper_bound.map_or_else(|| "no bound".into(), |bound| format!("at most {}", number(bound))),
        number(result.user_value),
        number(result.reference.no_information),
        number(result.reference.full_information),
        certified(result.certified)
    ))?;
    for failure in &verdict.failures {
        line(&format!("not certified: {failure}"))?;
    }
    result.stopped.as_ref().map_or(Ok(()), |stopped| line(&format!("stopped early: {stopped}")))
}
