//! The method that suits a game's size: one for small games, the general one for all others, and where the first one fails.

use crate::PersuadeError;
use crate::interior::{self, Tuning};
use crate::kernel::Kernel;
use crate::simplex::{Duals, Simplex};
use crate::small::Small;
use crate::weights::Weights;
use suasion_lp::Settings;
use suasion_model::Matrix;

/// From this size on, `n m` for `n` states and `m` actions, interior points generate and the simplex method only finishes.
const LARGE: usize = 2_500;

/// A game without a floor, at a vertex, ready for one objective after another.
pub(crate) struct Solver {
    method: Method,
    settings: Settings,
}

enum Method {
    Small(Box<Small>),
    General(Box<Simplex>),
}

impl Solver {
    pub(crate) fn new(kernel: Kernel, weights: Weights, settings: &Settings) -> Result<Self, PersuadeError> {
        let method = if Small::suits(&kernel) {
            Method::Small(Box::new(Small::new(kernel, weights)))
        } else {
            Method::General(Box::new(general(kernel, weights, None, settings)?))
        };
        Ok(Self { method, settings: settings.clone() })
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        match &self.method {
            Method::Small(small) => &small.kernel,
            Method::General(simplex) => &simplex.kernel,
        }
    }

    /// Maximises by `weights` from now on.
    pub(crate) fn restart(&mut self, weights: Weights) -> Result<(), PersuadeError> {
        match &mut self.method {
            Method::Small(small) => {
                small.restart(weights);
                Ok(())
            }
            Method::General(simplex) => simplex.restart(weights),
        }
    }

    /// Changes the objective, and maximises it alone.
    pub(crate) fn set_objective(&mut self, objective: &Matrix) -> Result<(), PersuadeError> {
        match &mut self.method {
            Method::Small(small) => {
                small.set_objective(objective);
                Ok(())
            }
            Method::General(simplex) => simplex.set_objective(objective),
        }
    }

    /// An optimum.
    pub(crate) fn solve(&mut self) -> Result<Duals, PersuadeError> {
        if let Some(stopped) = self.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped));
        }
        if let Method::Small(small) = &mut self.method {
            if let Some(duals) = small.solve() {
                return Ok(duals);
            }
            self.give_up()?;
        }
        let Method::General(simplex) = &mut self.method else { unreachable!("it was given up above") };
        // Full revelation is always feasible.
        simplex.solve(&|_, _| true)?.ok_or_else(|| PersuadeError::Impossible("Infeasible".into()))
    }

    /// Moves to the optimum that is best by `second` among those that `duals` prove; true if there was only one.
    pub(crate) fn break_ties(&mut self, duals: &Duals, second: Weights) -> Result<bool, PersuadeError> {
        match &mut self.method {
            Method::Small(small) => {
                if let Some(unique) = small.break_ties(second) {
                    return Ok(unique);
                }
                self.give_up()?;
                let duals = self.solve()?;
                self.break_ties(&duals, second)
            }
            Method::General(simplex) => simplex.break_ties(duals, second),
        }
    }

    /// The present optimum's game, if its method can go from one optimum to the next as the slope of the user's value rises.
    pub(crate) fn parametric(&mut self) -> Option<&mut Small> {
        match &mut self.method {
            Method::Small(small) => Some(small),
            Method::General(_) => None,
        }
    }

    /// The masses of the last solve: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Result<Vec<(usize, usize, f64)>, PersuadeError> {
        match &self.method {
            Method::Small(small) => Ok(small.masses()),
            Method::General(simplex) => simplex.masses(),
        }
    }

    /// Rounds and iterations since this was last asked.
    pub(crate) fn take_effort(&mut self) -> (usize, u64) {
        match &mut self.method {
            Method::Small(small) => (std::mem::take(&mut small.rounds), std::mem::take(&mut small.iterations)),
            Method::General(simplex) => simplex.take_effort(),
        }
    }

    /// From the method for small games to the general one.
    fn give_up(&mut self) -> Result<(), PersuadeError> {
        if let Method::Small(small) = &self.method {
            let simplex = Simplex::new(small.kernel.clone(), small.weights(), None, &self.settings)?;
            self.method = Method::General(Box::new(simplex));
        }
        Ok(())
    }
}

/// A master ready to be solved by the simplex method: after interior-point generation, where the program is large.
pub(crate) fn general(
    kernel: Kernel,
    weights: Weights,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Simplex, PersuadeError> {
    if kernel.states() * kernel.actions() < LARGE {
        return Simplex::new(kernel, weights, floor, settings);
    }
    let generated = interior::generate(&kernel, weights, floor, Tuning::default(), settings);
    let generated = generated.map_err(PersuadeError::Stopped)?;
    Simplex::resume(kernel, weights, floor, &generated, settings)
}
