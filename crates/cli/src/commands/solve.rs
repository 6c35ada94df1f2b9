//! `suasion solve`.

use super::{Game, Solved};
use crate::arguments::Solve;
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::progress;
use crate::result::{AgentResult, Monopoly, Reference, Saved, SolveResult};
use crate::session::Session;
use rayon::prelude::*;

/// How many files are in memory at a time.
const FILES: usize = 64;
/// How many priors are shown one by one; of more, a summary.
const SHOWN: usize = 10;

pub fn run(arguments: &Solve, session: &Session) -> Result<bool, Failure> {
    let files = progress::bar(arguments.files.len(), "solving");
    let mut all_certified = true;
    for chunk in arguments.files.chunks(FILES) {
        let solved: Vec<Result<Vec<SolveResult>, Failure>> = chunk
            .par_iter()
            .map(|file| {
                let results = Game::read(file).and_then(|game| solve(&game, session, arguments.files.len() == 1));
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

fn solve(game: &Game<'_>, session: &Session, alone: bool) -> Result<Vec<SolveResult>, Failure> {
    let agents = game.instance.agents.len();
    let priors = game.instance.priors();
    let bar = progress::bar(if alone && priors > 1 { agents * priors } else { 0 }, "priors");
    let optima: Result<Vec<Vec<Solved>>, Failure> = (0..agents)
        .into_par_iter()
        .map(|agent| game.optima(agent, 0..priors, None, &session.settings, &|done| bar.inc(done as u64)))
        .collect();
    let mut optima: Vec<_> = optima?.into_iter().map(Vec::into_iter).collect();
    let mut results = Vec::with_capacity(priors);
    for prior in 0..priors {
        let mut stopped = None;
        let mut found = Vec::with_capacity(agents);
        for (agent, list) in game.instance.agents.iter().zip(&mut optima) {
            if let Some(solved) = list.next() {
                stopped = stopped.or(solved.stopped);
                let monopoly = Monopoly::new(solved.certificate, &solved.verdict, session.certificates);
                found.push(AgentResult { name: agent.name.clone(), monopoly });
            }
        }
        results.push(SolveResult {
            about: game.about(prior),
            user_value: Reference::new(&game.view(prior, 0)?),
            certified: found.iter().all(|agent| agent.monopoly.certified),
            agents: found,
            stopped,
        });
    }
    Ok(results)
}

fn show(results: &[SolveResult]) -> Result<(), Failure> {
    let Some(first) = results.first() else {
        return Ok(());
    };
    line(&format!("{} ({})", first.about.name, first.about.instance))?;
    for result in results.iter().take(SHOWN) {
        let prior = if results.len() > 1 { format!("prior {}: ", result.about.prior) } else { String::new() };
        let Reference { no_information, full_information } = result.user_value;
        line(&format!(
            "{prior}the user gets {} with no information and {} with full information",
            number(no_information),
            number(full_information)
        ))?;
        let rows = result.agents.iter().map(|agent| {
            let Monopoly { agent_value, user_value, upper_bound, certified: yes, .. } = agent.monopoly;
            let mut row = vec![agent.name.clone()];
            row.extend([agent_value, upper_bound, user_value].map(number));
            row.push(certified(yes).into());
            row
        });
        let header = ["agent, alone", "its optimum", "upper bound", "user's value", "certified"];
        line(&table(&header, rows.collect()).to_string())?;
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
