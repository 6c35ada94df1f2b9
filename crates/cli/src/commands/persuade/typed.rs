//! `suasion persuade --menu` and `--conversation`: a user who knows something by herself.

use super::SHOWN;
use crate::arguments::Persuade;
use crate::commands::Game;
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::result::{ConversationResult, MenuResult, Saved, Worth};
use crate::session::Session;
use suasion_certificate::Verdict;
use suasion_model::{Objective, TypedView};
use suasion_persuasion::{converse, menu};

/// The agent speaks once.
pub fn speak(game: &Game<'_>, arguments: &Persuade, session: &Session) -> Result<bool, Failure> {
    each_prior(game, arguments, session, |prior, agent, view| {
        let found = menu(view, &Objective::agent(agent), arguments.floor, &session.settings);
        let found = found.map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
        let stopped = found.stopped.map(|stopped| stopped.to_string());
        let proof = found.proof(prior, agent, Objective::agent(agent));
        let (certificate, verdict) = game.proved(proof.certify(&game.instance))?;
        let about = (game.about(prior), game.instance.agents[agent].name.clone(), arguments.floor);
        let result = MenuResult::new(about, &game.instance, certificate, &verdict, session.certificates);
        let result = MenuResult { stopped, ..result };
        game.sound(prior, &result)?;
        let yes = result.worth.certified;
        if session.json {
            json(&Saved::Menu(result))?;
        } else {
            show_menu(&result, &verdict)?;
        }
        Ok(yes)
    })
}

/// The user reports what she knows, and is recommended an action.
pub fn talk(game: &Game<'_>, arguments: &Persuade, session: &Session) -> Result<bool, Failure> {
    each_prior(game, arguments, session, |prior, agent, view| {
        let found = converse(view, &Objective::agent(agent), arguments.floor, &session.settings);
        let found = found.map_err(|cause| Failure::Persuade { file: game.file.into(), cause })?;
        let stopped = found.stopped.map(|stopped| stopped.to_string());
        let proof = found.proof(prior, agent, Objective::agent(agent));
        let (certificate, verdict) = game.proved(proof.certify(&game.instance))?;
        let about = (game.about(prior), game.instance.agents[agent].name.clone(), arguments.floor);
        let result = ConversationResult::new(about, &game.instance, certificate, &verdict, session.certificates);
        let result = ConversationResult { stopped, ..result };
        game.sound(prior, &result)?;
        let yes = result.worth.certified;
        if session.json {
            json(&Saved::Conversation(result))?;
        } else {
            show_conversation(&result, &verdict)?;
        }
        Ok(yes)
    })
}

pub(super) fn each_prior(
    game: &Game<'_>,
    arguments: &Persuade,
    session: &Session,
    mut solve: impl FnMut(usize, usize, &TypedView) -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    let agent = game.agent(&arguments.one)?;
    let mut all_certified = true;
    for prior in game.priors(arguments.one.prior)? {
        let view = game.instance.typed_view(prior, agent).map_err(|cause| game.bad(cause.to_string()))?;
        all_certified &= solve(prior, agent, &view)?;
    }
    Ok(all_certified && !session.interrupted())
}

fn show_menu(result: &MenuResult, verdict: &Verdict) -> Result<(), Failure> {
    let floor = result.floor.map_or_else(String::new, |floor| format!(", leaving the user at least {}", number(floor)));
    let (name, prior, agent) = (&result.about.name, result.about.prior, &result.agent);
    line(&format!("{name} (prior {prior}): the optimal messages of {agent}, who speaks once{floor}"))?;
    let rows = result.messages.iter().enumerate().flat_map(|(message, row)| {
        let menu: Vec<String> = row.menu.iter().map(|entry| format!("{}: {}", entry.of, entry.action)).collect();
        let menu = menu.join(", ");
        row.sent.iter().map(move |sent| {
            vec![(message + 1).to_string(), menu.clone(), sent.state.clone(), number(sent.probability)]
        })
    });
    let rows: Vec<Vec<String>> = rows.collect();
    show_rows(&["message", "what each type does", "in state", "with probability"], &rows)?;
    show_worth(agent, &result.worth, result.stopped.as_deref(), verdict)
}

fn show_conversation(result: &ConversationResult, verdict: &Verdict) -> Result<(), Failure> {
    let floor = result.floor.map_or_else(String::new, |floor| format!(", leaving the user at least {}", number(floor)));
    let (name, prior, agent) = (&result.about.name, result.about.prior, &result.agent);
    line(&format!("{name} (prior {prior}): the optimal conversation of {agent}{floor}"))?;
    let row = |row: &crate::result::ConversationRow| {
        vec![row.report.clone(), row.state.clone(), row.signal.clone(), number(row.probability)]
    };
    let rows: Vec<Vec<String>> = result.scheme.iter().map(row).collect();
    show_rows(&["if she reports", "in state", "recommend", "with probability"], &rows)?;
    show_worth(agent, &result.worth, result.stopped.as_deref(), verdict)
}

pub(super) fn show_rows(header: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    line(&table(header, rows.iter().take(SHOWN).cloned().collect()).to_string())?;
    if rows.len() > SHOWN {
        line(&format!("... {} rows in all; --json prints every one", rows.len()))?;
    }
    Ok(())
}

fn show_worth(agent: &str, worth: &Worth, stopped: Option<&str>, verdict: &Verdict) -> Result<(), Failure> {
    line(&format!(
        "{agent} gets {} (at most {}), the user {}; certified: {}",
        number(worth.agent_value),
        number(worth.upper_bound),
        number(worth.user_value),
        certified(worth.certified)
    ))?;
    for failure in &verdict.failures {
        line(&format!("not certified: {failure}"))?;
    }
    stopped.map_or(Ok(()), |stopped| line(&format!("stopped early: {stopped}")))
}
