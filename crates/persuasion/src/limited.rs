//! A solve of a live model within the limits of a computation.

use crate::PersuadeError;
use suasion_lp::{Model, Outcome, Settings, Stop, Stopped};

/// Solves a model as it is, from its last basis; `None` if it is infeasible. An imprecise end is
/// taken: what it leaves is as good as any other to price from, and the certificate tells what it
/// is worth.
///
/// # Errors
/// If a limit ended it, the solver failed, or it claims what no persuasion program is.
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

/// The same for a program that is feasible whatever happens.
pub(crate) fn solve_feasible(model: &mut Model, settings: &Settings) -> Result<Outcome, PersuadeError> {
    solve_limited(model, settings)?.ok_or_else(|| PersuadeError::Impossible(format!("{:?}", Stop::Infeasible)))
}
