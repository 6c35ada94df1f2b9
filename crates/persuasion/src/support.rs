//! The set of all outcomes of a view, by its support function: the optimal scheme for each
//! objective.
//!
//! The outcomes of schemes, as points (user's value, agents' values), form a convex polytope. An
//! optimization over it asks for the best scheme in one direction after another. Only the costs
//! change between directions, so each solve starts from the last basis.

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
    /// Finds the scheme that maximizes `objective`, in which the weight of the user may be
    /// negative, and a bound on all others. Ties are broken for the user, as far as the kernel can
    /// determine.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings stops the computation
    /// ([`PersuadeError::Stopped`]).
    fn maximize(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError>;

    /// The same, with ties broken against the user, as far as the kernel can determine.
    ///
    /// # Errors
    /// As [`Support::maximize`].
    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError>;
}

/// The outcomes of any sender, by independent solves.
pub(crate) struct GeneralSupport<'a, S> {
    pub sender: &'a S,
    pub settings: Settings,
}

impl<S: Sender> Support<S> for GeneralSupport<'_, S> {
    fn maximize(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        self.sender.maximize(objective, &self.settings)
    }

    /// A small enough negative weight on the user's value does not change the maximum.
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

/// The outcomes of a view. Each solve starts from the last basis.
pub(crate) struct DirectSupport<'s, 'a> {
    view: &'s View<'a>,
    solver: Option<Solver>,
    /// Whether to use the slow and reliable method first.
    precise: bool,
    settings: Settings,
}

/// An objective with less at stake than this, relative to the stakes of its parties, is rounding
/// error.
const CANCELLED: f64 = 1e-13;
/// The user's value, minimized.
const AGAINST_USER: Weights = Weights { objective: 0.0, user: -1.0 };

impl<'s, 'a> DirectSupport<'s, 'a> {
    /// The outcomes of `view`. If `precise`, uses a slow and reliable method if the game is not too
    /// large for it. Nothing is solved yet.
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
        // If only rounding error is left, the objective is zero.
        let nothing = Objective { user: 0.0, agents: vec![] };
        let objective = if self.cancels(objective) { &nothing } else { objective };
        self.solve(objective, Weights::USER).or_else(|cause| {
            if !cause.is_of_solver() {
                return Err(cause);
            }
            // Start over.
            self.solver = None;
            self.solve(objective, Weights::USER)
        })
    }

    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(Scheme, Vec<Multiplier>), PersuadeError> {
        self.solve(objective, AGAINST_USER)
    }
}

/// Mixes obedient schemes, each with probability `share`; the probabilities sum to one. Mixing
/// preserves plausibility and obedience, and values are mixed in the same way.
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
