//! The set of all outcomes of a view, by its support function: which scheme is best for this
//! objective, and for that one.
//!
//! The outcomes that schemes lead to, as points (user's value, agents' values), are a convex
//! polytope. Whoever optimizes over it asks for the best scheme in one direction after another.
//! Only costs change from one to the next, so each solve starts from the last basis.

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::optimum::Optimum;
use crate::persuade::{unconstrained, utility};
use crate::repair::{repaired, sum_up};
use crate::solver::Solver;
use crate::weights::Weights;
use suasion_certificate::Direct;
use suasion_lp::Settings;
use suasion_model::{Objective, Scheme, View};

/// The outcomes of a view.
pub struct Support<'a> {
    view: &'a View<'a>,
    solver: Option<Solver>,
    /// Whether the slow and sure method is asked first.
    precise: bool,
    settings: Settings,
}

/// The user's value, as small as it can be.
const AGAINST_USER: Weights = Weights { objective: 0.0, user: -1.0 };

impl<'a> Support<'a> {
    /// The outcomes of `view`; nothing is solved yet.
    #[must_use]
    pub fn new(view: &'a View<'a>, settings: &Settings) -> Self {
        Self { view, solver: None, precise: false, settings: settings.clone() }
    }

    /// The same by a slow and sure method, where the game is not too large for it.
    #[must_use]
    pub fn precise(view: &'a View<'a>, settings: &Settings) -> Self {
        Self { precise: true, ..Self::new(view, settings) }
    }

    /// Forgets the last basis: the next objective is solved from nothing.
    pub fn forget(&mut self) {
        self.solver = None;
    }

    /// The scheme that maximizes `objective`, in which the weight of the user may be negative; of
    /// several, one that is best for the user.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings ends the computation
    /// ([`PersuadeError::Stopped`]).
    pub fn maximize(&mut self, objective: &Objective) -> Result<Optimum<Direct>, PersuadeError> {
        self.solve(objective, Weights::USER)
    }

    /// As [`Support::maximize`]; of several schemes, one that is worst for the user.
    ///
    /// # Errors
    /// As [`Support::maximize`].
    pub fn maximize_against_user(&mut self, objective: &Objective) -> Result<Optimum<Direct>, PersuadeError> {
        self.solve(objective, AGAINST_USER)
    }

    fn solve(&mut self, objective: &Objective, second: Weights) -> Result<Optimum<Direct>, PersuadeError> {
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
        Ok(unconstrained(solver, second)?.of(self.view.seat, objective))
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
