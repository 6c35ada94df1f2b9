//! The outcomes of a view, by their support function.
//!
//! Only the costs change from one objective to the next, so each solve starts from the last basis.

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::persuade::{unconstrained, utility};
use crate::sender::{Sender, Support};
use crate::solver::Solver;
use crate::weights::Weights;
use suasion_certificate::Multiplier;
use suasion_lp::Settings;
use suasion_model::{Objective, Scheme, View};

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
