//! `suasion study competition`.

use crate::arguments::{Competition as Arguments, PlayedName};
use crate::failure::Failure;
use crate::output::{json, line, number, table};
use crate::session::Session;
use suasion_study::competition::Cell;
use suasion_study::stats::MeanEstimate;
use suasion_study::{Competition, CompetitionFindings, Setting, StudyError};
use suasion_table::Folder;

pub fn run(arguments: &Arguments, session: &Session) -> Result<bool, Failure> {
    let study = Competition {
        game: match arguments.game {
            PlayedName::BestAgent => Setting::BestAgent,
            PlayedName::AllAgents => Setting::AllAgents,
        },
        quantal: arguments.quantal,
        starts: arguments.starts,
        states: arguments.states,
        actions: arguments.actions,
        agents: arguments.agents,
        seeds: arguments.seeds,
        eps: arguments.eps,
        diversity: arguments.diversity,
        increment: arguments.increment,
        seed: arguments.seed,
    };
    study.check()?;
    // Report a folder that cannot be written before the work, not after it.
    let folder = Folder::new(&arguments.output).map_err(StudyError::from)?;
    let bar = crate::progress::bar(study.seeds, "seeds");
    let found = study.run(&session.settings, &|done| bar.inc(done as u64));
    bar.finish_and_clear();
    let found = found?;
    let cells = found.summary();
    let files = found.write(&cells, folder)?;
    if session.json {
        cells.iter().try_for_each(json)?;
    } else {
        show(&found, &cells)?;
        for file in files {
            line(&format!("wrote {}", file.display()))?;
        }
    }
    if let Some(stopped) = found.stopped {
        eprintln!("stopped early, with {} of {} seeds: {stopped}", found.seeds(), study.seeds);
    }
    Ok(found.stopped.is_none())
}

fn show(found: &CompetitionFindings, cells: &[Cell]) -> Result<(), Failure> {
    let Competition { states, actions, game, quantal, .. } = found.study;
    if game == Setting::AllAgents {
        let whom = quantal.map_or_else(String::new, |eta| format!(" with a quantal user, eta = {}", number(eta)));
        line(&format!("the all-agents game{whom}; equilibria are those found from {} starts", found.study.starts))?;
    }
    line(&format!(
        "the user's value on the scale from no information (0) to full information (1); {states} states, {actions} actions, {} seeds; means \
         with 95 % intervals",
        found.seeds()
    ))?;
    let header =
        ["hull condition", "agents", "alignment error", "end of dynamics", "worst equilibrium", "best", "worst < full"];
    let mean = |estimate: Option<MeanEstimate>| estimate.map_or("-".into(), |e| format!("{:.4}", e.mean));
    let interval = |estimate: Option<MeanEstimate>| {
        estimate.map_or("-".into(), |e| format!("{:.3} [{:.3}, {:.3}]", e.mean, e.low, e.high))
    };
    let row = |cell: &Cell| {
        vec![
            cell.condition.into(),
            cell.agents.to_string(),
            mean(cell.alignment_error),
            interval(cell.dynamics),
            interval(cell.worst),
            mean(cell.best),
            cell.share_short.map_or("-".into(), |share| format!("{:.1} %", 100.0 * share)),
        ]
    };
    line(&table(&header, cells.iter().map(row).collect()).to_string())?;
    line(&found.finding(cells))
}
