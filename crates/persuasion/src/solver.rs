//! Applies the method that suits a game, and another one if the first fails.

use crate::PersuadeError;
use crate::convincing::is_convincing;
use crate::error::unless_it_failed;
use crate::few_states::FewStates;
use crate::interior::{self, Tuning};
use crate::kernel::Kernel;
use crate::many_states::ManyStates;
use crate::regime::{Regime, structure};
use crate::simplex::{Duals, Simplex};
use crate::small::Small;
use crate::weights::Weights;
use suasion_lp::Settings;
use suasion_model::Matrix;
use twofloat::TwoFloat;

/// From this size on, `n m` for `n` states and `m` actions, interior-point methods generate columns
/// and rows, and the simplex method only finishes.
const LARGE: usize = 1_500;

/// A game without a floor, at a vertex, ready for a sequence of objectives.
pub(crate) struct Solver {
    method: Method,
    settings: Settings,
}

enum Method {
    Small(Box<Small>),
    General(Box<Simplex>),
    Precise(Box<Small<TwoFloat>>),
    ManyStates(Box<ManyStates>),
    FewStates(Box<FewStates>),
}

impl Solver {
    pub(crate) fn new(kernel: Kernel, weights: Weights, settings: &Settings) -> Result<Self, PersuadeError> {
        let regime = Regime::of(&kernel, weights, settings)?;
        Self::by(regime, kernel, weights, settings)
    }

    /// The same for a sequence of objectives, each close to the last one. A master keeps its basis,
    /// so it is used if it is not far slower on a first solve. An interior-point method starts over
    /// each time, so the method for small games is used if it moves to a neighbor faster.
    pub(crate) fn for_neighbors(kernel: Kernel, weights: Weights, settings: &Settings) -> Result<Self, PersuadeError> {
        let regime = Regime::of(&kernel, weights, settings)?;
        let (n, m) = (kernel.states(), kernel.actions());
        // A game that is small by its size, or easy, keeps its method.
        let by_shape = regime == Regime::Small && !Regime::is_small(n, m) && Regime::is_for_small(n, m);
        let regime = match regime {
            Regime::Small if by_shape && !regime.is_shaped(&kernel) => Regime::General,
            Regime::ManyStates if Regime::goes_on_faster(&kernel, settings) => Regime::Small,
            regime => regime,
        };
        Self::by(regime, kernel, weights, settings)
    }

    /// Prepares one of the methods.
    fn by(regime: Regime, kernel: Kernel, weights: Weights, settings: &Settings) -> Result<Self, PersuadeError> {
        let method = match regime {
            Regime::Small => Method::Small(Box::new(Small::new(kernel, weights))),
            Regime::ManyStates => Method::ManyStates(Box::new(ManyStates::new(kernel, weights, settings))),
            Regime::FewStates => Method::FewStates(Box::new(FewStates::new(kernel, weights, settings)?)),
            Regime::General => Method::General(Box::new(general(kernel, weights, None, settings)?)),
        };
        Ok(Self { method, settings: settings.clone() })
    }

    /// Uses the slow and reliable method from the start, if the game is not too large for it.
    pub(crate) fn precise(kernel: Kernel, weights: Weights, settings: &Settings) -> Option<Self> {
        kernel.is_exact().then(|| Self {
            method: Method::Precise(Box::new(Small::new(kernel, weights))),
            settings: settings.clone(),
        })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        match &self.method {
            Method::Small(small) => &small.kernel,
            Method::General(simplex) => &simplex.kernel,
            Method::Precise(small) => &small.kernel,
            Method::ManyStates(many) => &many.kernel,
            Method::FewStates(few) => &few.kernel,
        }
    }

    /// Whether the game is so small that the slow and reliable method may replace its method.
    pub(crate) fn is_tiny(&self) -> bool {
        matches!(&self.method, Method::Small(small) if small.is_tiny())
    }

    /// Switches to maximizing by `weights`.
    pub(crate) fn restart(&mut self, weights: Weights) -> Result<(), PersuadeError> {
        match &mut self.method {
            Method::Small(small) => small.restart(weights),
            Method::Precise(small) => small.restart(weights),
            Method::ManyStates(many) => many.restart(weights),
            Method::FewStates(few) => few.restart(weights)?,
            Method::General(simplex) => simplex.restart(weights)?,
        }
        Ok(())
    }

    /// Changes the objective, and maximizes it alone.
    pub(crate) fn set_objective(&mut self, objective: &Matrix) -> Result<(), PersuadeError> {
        match &mut self.method {
            Method::Small(small) => small.set_objective(objective),
            Method::Precise(small) => small.set_objective(objective),
            Method::ManyStates(many) => many.set_objective(objective),
            Method::FewStates(few) => few.set_objective(objective)?,
            Method::General(simplex) => simplex.set_objective(objective)?,
        }
        Ok(())
    }

    /// An optimum.
    pub(crate) fn solve(&mut self) -> Result<Duals, PersuadeError> {
        self.check_limits()?;
        if let Method::Small(small) = &mut self.method {
            if let Some(duals) = small.solve(&self.settings)
                && is_convincing(&small.kernel, &small.masses(), &duals)
            {
                return Ok(duals);
            }
            self.doubt()?;
        }
        if let Method::Precise(small) = &mut self.method {
            if let Some(duals) = small.solve(&self.settings) {
                return Ok(duals);
            }
            let (kernel, weights) = (small.kernel.clone(), small.weights());
            self.method = Method::General(Box::new(general(kernel, weights, None, &self.settings)?));
        }
        let shaped = match &mut self.method {
            Method::ManyStates(many) => Some((unless_it_failed(many.solve(Weights::USER))?, many.weights())),
            Method::FewStates(few) => Some((unless_it_failed(few.solve())?, few.weights())),
            _ => None,
        };
        if let Some((solved, weights)) = shaped {
            // If the more reliable method would take too long, keep the doubtful answer.
            match solved {
                Some((duals, convinces))
                    if convinces || !Regime::General.is_within_reach(self.kernel(), &self.settings) =>
                {
                    return Ok(duals);
                }
                _ => {}
            }
            let kernel = self.kernel().clone();
            self.method = Method::General(Box::new(general(kernel, weights, None, &self.settings)?));
        }
        let Method::General(simplex) = &mut self.method else { unreachable!("the other methods have returned") };
        // Full revelation is always feasible.
        let solved = match simplex.solve(&|_, _| true) {
            Ok(solved) => solved.ok_or_else(|| PersuadeError::Impossible("Infeasible".into())),
            Err(cause) => Err(cause),
        };
        match solved {
            Ok(duals) if is_convincing(&simplex.kernel, &simplex.masses()?, &duals) => Ok(duals),
            Err(PersuadeError::Stopped(stopped)) => Err(PersuadeError::Stopped(stopped)),
            doubtful => {
                let Some(mut precise) = Self::precise(simplex.kernel.clone(), simplex.weights(), &self.settings) else {
                    return doubtful;
                };
                let Method::Precise(small) = &mut precise.method else { return doubtful };
                let Some(duals) = small.solve(&self.settings) else { return doubtful };
                *self = precise;
                Ok(duals)
            }
        }
    }

    fn check_limits(&self) -> Result<(), PersuadeError> {
        self.settings.stopped().map_or(Ok(()), |stopped| Err(PersuadeError::Stopped(stopped)))
    }

    /// Moves to the optimum that is best by `second` among those that `duals` prove. Returns true
    /// if there was only one.
    pub(crate) fn break_ties(&mut self, duals: &Duals, second: Weights) -> Result<bool, PersuadeError> {
        let found = match &mut self.method {
            Method::Small(small) => small.break_ties(second, &self.settings),
            Method::Precise(small) => small.break_ties(second, &self.settings),
            Method::General(simplex) => return simplex.break_ties(duals, second),
            Method::ManyStates(many) => return many.break_ties(second),
            Method::FewStates(few) => return few.break_ties(second),
        };
        if let Some(unique) = found {
            return Ok(unique);
        }
        if matches!(self.method, Method::Small(_)) {
            self.doubt()?;
        } else {
            let (kernel, weights) = (self.kernel().clone(), duals.weights);
            self.method = Method::General(Box::new(general(kernel, weights, None, &self.settings)?));
        }
        let duals = self.solve()?;
        self.break_ties(&duals, second)
    }

    /// The game at its current optimum, if its method can move from one optimum to the next as the
    /// slope of the user's value changes.
    pub(crate) fn parametric(&mut self) -> Option<Parametric<'_>> {
        match &mut self.method {
            Method::Small(small) => Some(Parametric::Small(small)),
            Method::Precise(small) => Some(Parametric::Precise(small)),
            Method::General(_) | Method::ManyStates(_) | Method::FewStates(_) => None,
        }
    }

    /// The masses of the last solve: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Result<Vec<(usize, usize, f64)>, PersuadeError> {
        match &self.method {
            Method::Small(small) => Ok(small.masses()),
            Method::Precise(small) => Ok(small.masses()),
            Method::ManyStates(many) => Ok(many.masses()),
            Method::FewStates(few) => Ok(few.masses()),
            Method::General(simplex) => simplex.masses(),
        }
    }

    /// Rounds and iterations since the last call.
    pub(crate) fn take_effort(&mut self) -> (usize, u64) {
        match &mut self.method {
            Method::Small(small) => (std::mem::take(&mut small.rounds), std::mem::take(&mut small.iterations)),
            Method::Precise(small) => (std::mem::take(&mut small.rounds), std::mem::take(&mut small.iterations)),
            Method::ManyStates(many) => many.take_effort(),
            Method::FewStates(few) => few.take_effort(),
            Method::General(simplex) => simplex.take_effort(),
        }
    }

    /// Switches from the method for small games to the precise one, or to another one.
    fn doubt(&mut self) -> Result<(), PersuadeError> {
        self.check_limits()?;
        if let Method::Small(small) = &self.method {
            let (kernel, weights) = (small.kernel.clone(), small.weights());
            let tiny = small.is_tiny();
            *self = match Self::precise(kernel.clone(), weights, &self.settings) {
                Some(precise) if tiny => precise,
                _ => Self::by(Regime::otherwise(&kernel, &self.settings)?, kernel, weights, &self.settings)?,
            };
        }
        Ok(())
    }
}

/// A small game, in numbers of either precision.
pub(crate) enum Parametric<'a> {
    /// In binary64 numbers.
    Small(&'a mut Small),
    /// In double-double precision.
    Precise(&'a mut Small<TwoFloat>),
}

/// A master ready for the simplex method. If the program is large and lacks a structure that makes
/// vertices easy to find, interior-point generation comes first.
pub(crate) fn general(
    kernel: Kernel,
    weights: Weights,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Simplex, PersuadeError> {
    Regime::General.check(&kernel, settings)?;
    if kernel.states() * kernel.actions() < LARGE {
        return Simplex::new(kernel, weights, floor, settings);
    }
    let kernel = match structure(&kernel) {
        None => kernel,
        Some(pivots) => {
            let mut simplex = Simplex::new(kernel, weights, floor, settings)?;
            let most = pivots * (simplex.kernel.states() + simplex.kernel.actions()) as u64;
            if simplex.is_solved_within(most)? {
                return Ok(simplex);
            }
            simplex.kernel
        }
    };
    let generated =
        interior::generate(&kernel, weights, floor, Tuning::for_shape(kernel.states(), kernel.actions()), settings);
    let generated = generated.map_err(PersuadeError::Stopped)?;
    Simplex::resume(kernel, weights, floor, &generated, settings)
}
