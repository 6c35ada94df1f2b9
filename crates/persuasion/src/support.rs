//! The set of all outcomes of a view, by its support function: which scheme is best for this
//! objective, and for that one.
//!
//! The outcomes that schemes lead to, as points (user's value, agents' values), are a convex
//! polytope. Whoever optimizes over it asks for the best scheme in one direction after another.
//! Only costs change from one to the next, so each solve starts from the last basis.

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::persuade::{unconstrained, utility};
use crate::repair::{repaired, sum_up};
use crate::sender::{BoundOf, SchemeOf, Sender};
use crate::solver::Solver;
use crate::weights::Weights;
use suasion_certificate::Multiplier;
use suasion_lp::Settings;
use suasion_model::{Objective, Scheme, View};

/// The outcomes of a sender's schemes, by their support function.
pub trait Support<S: Sender> {
    /// The scheme that maximizes `objective`, in which the weight of the user may be negative; of
    /// several, one that is best for the user, as far as the kernel can tell. And what bounds all
    /// others.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings ends the computation
    /// ([`PersuadeError::Stopped`]).
    fn maximize(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError>;

    /// The same; of several schemes, one that is worst for the user, as far as the kernel can tell.
    ///
    /// # Errors
    /// As [`Support::maximize`].
    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError>;
}

/// The outcomes of any sender: each solve starts from nothing.
pub(crate) struct GeneralSupport<'a, S> {
    pub sender: &'a S,
    pub settings: Settings,
}

impl<S: Sender> Support<S> for GeneralSupport<'_, S> {
    fn maximize(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        self.sender.maximize(objective, &self.settings)
    }

    /// A small enough price on the user's value leaves the maximum where it is.
    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        let found = self.maximize(objective)?;
        let values = self.sender.values(&found.0);
        let positive = |range: f64| if range > 0.0 { range } else { 1.0 };
        let (user, range) = self.sender.ranges(objective);
        let (user, range) = (positive(user), positive(range));
        for price in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5].map(|price| price * range / user) {
            let priced = Objective { user: objective.user - price, ..objective.clone() };
            let other = self.maximize(&priced)?;
            let others = self.sender.values(&other.0);
            if others.of(objective) >= values.of(objective) - self.sender.resolution() * range {
                return Ok(if others.user < values.user { other } else { found });
            }
        }
        Ok(found)
    }
}

/// The outcomes of a view: each solve starts from the last basis.
pub(crate) struct DirectSupport<'s, 'a> {
    view: &'s View<'a>,
    solver: Option<Solver>,
    /// Whether the slow and sure method is asked first.
    precise: bool,
    settings: Settings,
}

/// Relative to the stakes of its parties: an objective with less at stake is nothing but roundings.
const CANCELLED: f64 = 1e-13;
/// The user's value, as small as it can be.
const AGAINST_USER: Weights = Weights { objective: 0.0, user: -1.0 };

impl<'s, 'a> DirectSupport<'s, 'a> {
    /// The outcomes of `view`, `precise` by a slow and sure method, where the game is not too large
    /// for it; nothing is solved yet.
    pub(crate) fn new(view: &'s View<'a>, precise: bool, settings: &Settings) -> Self {
        Self { view, solver: None, precise, settings: settings.clone() }
    }

    /// Whether the parties' weighted utilities cancel out.
    fn cancels(&self, objective: &Objective) -> bool {
        let stake = |objective: &Objective| self.view.ranges(objective).1;
        let parts = objective.agents.iter().map(|&(agent, weight)| weight.abs() * stake(&Objective::agent(agent)));
        let parts: f64 = parts.sum::<f64>() + objective.user.abs() * self.view.ranges(objective).0;
        stake(objective) <= CANCELLED * parts
    }

    fn solve(&mut self, objective: &Objective, second: Weights) -> Result<(Scheme, Vec<Multiplier>), PersuadeError> {
        let utility = utility(self.view, objective)?;
        let solver = if let Some(solver) = &mut self.solver {
            solver.set_objective(&utility)?;
            solver
        } else {
            let kernel = Kernel::new(&self.view.prior, &self.view.user, &utility);
            kernel.check_units()?;
            let (weights, settings) = (Weights::OBJECTIVE, &self.settings);
            let precise = if self.precise { Solver::precise(kernel.clone(), weights, settings) } else { None };
            self.solver.insert(match precise {
                Some(precise) => precise,
                None => Solver::for_neighbors(kernel, weights, settings)?,
            })
        };
        let solution = unconstrained(solver, second)?;
        Ok((solution.scheme, solution.multipliers))
    }
}

impl<'a> Support<View<'a>> for DirectSupport<'_, 'a> {
    fn maximize(&mut self, objective: &Objective) -> Result<(Scheme, Vec<Multiplier>), PersuadeError> {
        // What cancels out but for roundings is nothing.
        let nothing = Objective { user: 0.0, agents: vec![] };
        let objective = if self.cancels(objective) { &nothing } else { objective };
        self.solve(objective, Weights::USER).or_else(|cause| {
            if !cause.is_of_solver() {
                return Err(cause);
            }
            // Once more, from nothing.
            self.solver = None;
            self.solve(objective, Weights::USER)
        })
    }

    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(Scheme, Vec<Multiplier>), PersuadeError> {
        self.solve(objective, AGAINST_USER)
    }
}

/// Obedient schemes mixed: with probability `share` each, which sum to one. Mixing keeps
/// plausibility and obedience, and values are mixed alike.
#[must_use]
pub fn mix(view: &View<'_>, parts: &[(f64, &Scheme)]) -> Scheme {
    let kernel = Kernel::new(&view.prior, &view.user, &view.user);
    let mut place = vec![None; view.observations()];
    for (i, &state) in kernel.states.iter().enumerate() {
        place[state] = Some(i);
    }
    let mut masses: Vec<(usize, usize, f64)> = Vec::new();
    for &(share, scheme) in parts {
        let entries =
            scheme.entries.iter().filter_map(|entry| Some((entry, kernel.place(entry.action)?, place[entry.state]?)));
        masses.extend(entries.map(|(entry, a, y)| (a, y, share * entry.probability * kernel.mass[y])));
    }
    sum_up(&mut masses);
    masses.retain(|&(_, _, x)| x > 0.0);
    repaired(&kernel, &masses)
}
