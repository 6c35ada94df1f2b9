//! Saved commitments.

use super::difference::difference;
use super::{Outcome, Proved, named};
use crate::failure::Failure;
use crate::result::{Saved, StackelbergResult};
use serde_json::Value;
use std::path::Path;
use suasion_model::StackelbergGame;

pub(super) fn verify(result: &StackelbergResult, given: &Value, file: &Path) -> Result<Outcome, Failure> {
    let game = StackelbergGame::read(file)?;
    let rebuilt = match rebuilt(result, &game, file) {
        Ok(rebuilt) => rebuilt,
        Err(reason) => return Ok(Err(reason)),
    };
    let (proved, rebuilt) = rebuilt;
    let contradiction = rebuilt.consistent(&game).err();
    let expected = serde_json::to_value(Saved::Stackelberg(rebuilt)).map_err(|cause| Failure::Output(cause.into()))?;
    Ok(match difference("", given, &expected).or(contradiction.map(|what| format!("it contradicts itself: {what}"))) {
        None => Ok(proved),
        Some(reason) => Err(reason),
    })
}

/// What the certificate proves, and the result that follows from it.
fn rebuilt(
    result: &StackelbergResult,
    game: &StackelbergGame,
    file: &Path,
) -> Result<(Proved, StackelbergResult), String> {
    let mut proved = Proved::default();
    named(&result.about, file, (&game.digest(), &game.name), &mut proved)?;
    if result.about.prior != 0 {
        return Err(format!("prior: found {}, expected 0: such a game has none", result.about.prior));
    }
    if result.stopped.is_some() {
        proved.leave("stopped");
    }
    let certificate = result.certificate.clone().ok_or("it has no certificate")?;
    let verdict = certificate.check(game).map_err(|refusal| refusal.to_string())?;
    if let Some(failure) = verdict.failures.first() {
        return Err(failure.to_string());
    }
    proved.gap = proved.gap.max(verdict.gap);
    proved.violation = verdict.violation.max(0.0);
    let (about, stopped) = (result.about.clone(), result.stopped.clone());
    Ok((proved, StackelbergResult::new(about, game, certificate, &verdict, stopped, true)))
}
