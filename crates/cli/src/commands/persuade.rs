//! `suasion persuade`.

mod conversations;
mod quantal;
mod typed;

use super::Game;
use super::equilibria::check_sensitivity;
use crate::arguments::Persuade;
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::progress;
use crate::result::{Monopoly, OptimumCertificate, PersuadeResult, Saved, scheme_rows};
use crate::session::Session;

/// How many rows of a scheme are shown.
const SHOWN: usize = 40;

pub fn run(arguments: &Persuade, session: &Session) -> Result<bool, Failure> {
    check_sensitivity(arguments.quantal)?;
    let game = Game::read(&arguments.one.file)?;
    if let Some(flag) = arguments.talking.given() {
        let others = [
            ("--floor", arguments.floor.is_some()),
            ("--menu", arguments.how.menu),
            ("--conversation", arguments.how.conversation),
            ("--quantal", arguments.quantal.is_some()),
        ];
        if let Some((other, _)) = others.iter().find(|(_, given)| *given) {
            return Err(Failure::Usage(format!("{flag}: found beside {other}, expected one or the other")));
        }
        return conversations::reply(&game, arguments, session);
    }
    for (flag, given) in [("--against", arguments.against.is_some()), ("--quick", arguments.quick)] {
        if given {
            return Err(Failure::Usage(format!(
                "{flag}: it is for conversations in rounds; say how many with --rounds"
            )));
        }
    }
    if let Some(eta) = arguments.quantal {
        return quantal::respond(&game, arguments, eta, session);
    }
    if arguments.how.conversation {
        return typed::talk(&game, arguments, session);
    }
    if arguments.how.menu || game.rules(&arguments.how).is_some() {
        return typed::speak(&game, arguments, session);
    }
    let agent = game.agent(&arguments.one)?;
    let priors = game.priors(arguments.one.prior)?;
    let bar = progress::bar(priors.len(), "priors");
    let done = |done: usize| bar.inc(done as u64);
    let optima = game.optima(agent, priors.clone(), arguments.floor, &session.settings, &done)?;
    bar.finish_and_clear();
    let mut all_certified = true;
    for (prior, solved) in priors.zip(optima) {
        let result = PersuadeResult {
            about: game.about(prior),
            agent: game.instance.agents[agent].name.clone(),
            floor: arguments.floor,
            scheme: scheme_rows(&game.instance, &solved.certificate.proof.scheme),
            optimum: Monopoly::new(
                OptimumCertificate::Plain(solved.certificate),
                &solved.verdict,
                session.certificates,
            ),
            stopped: solved.stopped,
        };
        game.sound(prior, &result)?;
        all_certified &= result.optimum.certified;
        if session.json {
            json(&Saved::Persuade(result))?;
        } else {
            show(&result)?;
            for failure in &solved.verdict.failures {
                line(&format!("not certified: {failure}"))?;
            }
        }
    }
    Ok(all_certified && !session.interrupted())
}

fn show(result: &PersuadeResult) -> Result<(), Failure> {
    let PersuadeResult { about, agent, floor, scheme, optimum, stopped } = result;
    let floor = floor.map_or_else(String::new, |floor| format!(", leaving the user at least {}", number(floor)));
    line(&format!("{} (prior {}): the optimal scheme of {agent}{floor}", about.name, about.prior))?;
    let rows = scheme.iter().take(SHOWN);
    let rows = rows.map(|row| vec![row.state.clone(), row.signal.clone(), number(row.probability)]).collect();
    line(&table(&["in state", "recommend", "with probability"], rows).to_string())?;
    if scheme.len() > SHOWN {
        line(&format!("... {} rows in all; --json prints every one", scheme.len()))?;
    }
    let Monopoly { agent_value, user_value, upper_bound, certified: yes, .. } = *optimum;
    line(&format!(
        "{agent} gets {} (at most {}), the user {}; certified: {}",
        number(agent_value),
        number(upper_bound),
        number(user_value),
        certified(yes)
    ))?;
    match stopped {
        Some(stopped) => line(&format!("stopped early: {stopped}")),
        None => Ok(()),
    }
}
