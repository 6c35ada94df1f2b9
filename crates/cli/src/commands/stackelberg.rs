//! `suasion stackelberg`.

use crate::arguments::Stackelberg;
use crate::failure::Failure;
use crate::output::{certified, line, number, record, table};
use crate::session::Session;
use suasion_certificate::Proof;
use suasion_model::StackelbergGame;
use suasion_persuasion::commit;
use suasion_results::{About, Provable, StackelbergResult};

pub fn run(arguments: &Stackelberg, session: &Session) -> Result<bool, Failure> {
    let file = &arguments.file;
    let game = StackelbergGame::read(file)?;
    let found = commit(&game, &session.settings).map_err(|cause| Failure::Persuade { file: file.clone(), cause })?;
    let certified = found.proof.certify(&game);
    let (certificate, verdict) = certified.map_err(|cause| Failure::Certificate { file: file.clone(), cause })?;
    let contradiction = verdict.failures.first().filter(|_| verdict.contradictory()).map(ToString::to_string);
    let about =
        About { instance: file.display().to_string(), name: game.name.clone(), digest: game.digest(), prior: 0 };
    let stopped = found.stopped.map(|stopped| stopped.to_string());
    let result = StackelbergResult::new(about, &game, certificate, &verdict, stopped, session.certificates);
    let sound = contradiction.map_or_else(|| result.consistent(&&game), Err);
    sound.map_err(|problem| Failure::Contradiction { file: file.clone(), problem })?;
    let proved = result.certified;
    if session.json {
        record(result)?;
    } else {
        show(&game, &result)?;
        for failure in &verdict.failures {
            line(&format!("not certified: {failure}"))?;
        }
    }
    Ok(proved && !session.interrupted())
}

fn show(game: &StackelbergGame, result: &StackelbergResult) -> Result<(), Failure> {
    line(&format!("{}: the optimal commitment of {}", result.about.name, game.leader_name))?;
    let rows = result.strategy.iter().map(|row| vec![row.action.clone(), number(row.probability)]).collect();
    line(&table(&["action", "probability"], rows).to_string())?;
    let rows = result.responses.iter().map(|row| vec![row.of.clone(), row.response.clone(), number(row.value)]);
    let header = format!("type of {}", game.follower_name);
    line(&table(&[&header, "responds by", "and gets"], rows.collect()).to_string())?;
    line(&format!(
        "{} gets {} (at most {}); certified: {}",
        game.leader_name,
        number(result.leader_value),
        number(result.upper_bound),
        certified(result.certified)
    ))?;
    match &result.stopped {
        Some(stopped) => line(&format!("stopped early: {stopped}")),
        None => Ok(()),
    }
}
