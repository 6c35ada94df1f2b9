//! Solves an incremental model within the limits of a computation.

use crate::PersuadeError;
use suasion_lp::{Model, Outcome, Settings, Stop, Stopped};

/// Solves a model from its last basis. Returns `None` if it is infeasible. Accepts an imprecise
/// solution: its multipliers still serve for pricing, and the certificate shows how good it is.
///
/// # Errors
/// If a limit stopped the solver, the solver failed, or it reports a status that no persuasion
/// program has.
pub fn solve_limited(model: &mut Model, settings: &Settings) -> Result<Option<Outcome>, PersuadeError> {
    if let Some(stopped) = settings.stopped() {
        return Err(PersuadeError::Stopped(stopped));
    }
    let outcome = match settings.left() {
        Some(limit) => model.solve_within(limit)?,
        None => model.solve()?,
    };
    match outcome.stop {
        Stop::Optimal | Stop::Imprecise => Ok(Some(outcome)),
        Stop::Infeasible => Ok(None),
        Stop::TimeLimit => Err(PersuadeError::Stopped(Stopped::TimeLimit)),
        Stop::Interrupted => Err(PersuadeError::Stopped(Stopped::Interrupted)),
        other => Err(PersuadeError::Impossible(format!("{other:?}"))),
    }
}

/// The same for a program that is always feasible.
pub(crate) fn solve_feasible(model: &mut Model, settings: &Settings) -> Result<Outcome, PersuadeError> {
    solve_limited(model, settings)?.ok_or_else(|| PersuadeError::Impossible(format!("{:?}", Stop::Infeasible)))
}
