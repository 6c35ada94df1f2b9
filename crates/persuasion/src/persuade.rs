//! One agent's optimal scheme.

use crate::kernel::Kernel;
use crate::repair::repaired;
use crate::simplex::{Duals, Simplex, Weights};
use suasion_certificate::{Floor, Multiplier, Proof};
use suasion_lp::Options;
use suasion_model::{Matrix, Objective, Scheme, View};

/// Why no optimal scheme could be computed.
#[derive(Debug, thiserror::Error)]
pub enum PersuadeError {
    /// The floor is above what any scheme leaves the user.
    #[error("infeasible: the user can get at most {most}, and the floor asks for {floor}")]
    Infeasible {
        /// The floor that was asked for.
        floor: f64,
        /// Her value under full information, the most that any scheme gives.
        most: f64,
    },
    /// The floor is no finite number.
    #[error("the floor must be a finite number, found {0}")]
    BadFloor(f64),
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] suasion_lp::Error),
    /// The solver claims what cannot be: full revelation is always feasible and values are bounded.
    #[error("the solver says that the program is {0}, which no persuasion program is; this is a fault of the solver")]
    Impossible(String),
}

/// A scheme as a solver left it.
#[derive(Clone, Debug)]
pub struct Solved {
    /// The objective's value.
    pub objective_value: f64,
    /// The user's value.
    pub user_value: f64,
    /// The scheme, plausible and obedient to the solver's tolerances.
    pub scheme: Scheme,
}

/// An optimal scheme, repaired to be exactly plausible and obedient, and the multipliers that prove it optimal.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// The scheme; of several optimal ones, one that is best for the user.
    pub scheme: Scheme,
    /// The multipliers of obedience, in units of the objective per unit of the user's utility.
    pub multipliers: Vec<Multiplier>,
    /// The floor with its multiplier, where one was asked for.
    pub floor: Option<Floor>,
    /// How often the restricted program was solved.
    pub rounds: usize,
    /// Simplex iterations in total.
    pub iterations: u64,
}

impl Optimum {
    /// The proof of this optimum for `objective`, at prior number `prior` and with the observations of `agent`.
    #[must_use]
    pub fn proof(self, prior: usize, agent: usize, objective: Objective) -> Proof {
        Proof { prior, agent, objective, floor: self.floor, scheme: self.scheme, multipliers: self.multipliers }
    }
}

/// The scheme that maximises `objective` (`actions x observations`) among the obedient ones that leave the user at least
/// `floor`; of several, one that is best for her.
///
/// # Errors
/// If no scheme reaches the floor, or the solver fails.
pub fn persuade(view: &View<'_>, objective: &Matrix, floor: Option<f64>) -> Result<Optimum, PersuadeError> {
    let kernel = Kernel::new(&view.prior, &view.user, objective);
    let scaled_floor = match floor {
        None => None,
        Some(level) if !level.is_finite() => return Err(PersuadeError::BadFloor(level)),
        Some(level) => {
            let most = view.full_information();
            let slack = 1e-12 * kernel.user_range;
            if level > most + slack {
                return Err(PersuadeError::Infeasible { floor: level, most });
            }
            let states = kernel.states() as f64;
            Some((level.min(most - slack) / kernel.unit - kernel.user_shift * states) / kernel.user_range)
        }
    };
    let weights = Weights { objective: 1.0, user: 0.0 };
    let mut simplex =
        Simplex::new(&kernel, weights, scaled_floor, 4, Options { scaling: false, ..Options::default() })?;
    let Some(duals) = simplex.solve(&|_, _| true)? else {
        let most = view.full_information();
        return Err(PersuadeError::Infeasible { floor: floor.unwrap_or(f64::NAN), most });
    };
    simplex.favour_user(&duals)?;
    let scheme = repaired(&kernel, &simplex.masses()?);
    let per_user = kernel.objective_range / kernel.user_range;
    let floor = floor.map(|value| Floor { value, multiplier: duals.sigma * per_user });
    Ok(Optimum {
        scheme,
        multipliers: multipliers(&duals, per_user),
        floor,
        rounds: simplex.rounds,
        iterations: simplex.iterations,
    })
}

fn multipliers(duals: &Duals, per_user: f64) -> Vec<Multiplier> {
    let triples = duals.rho.iter().enumerate().flat_map(|(a, list)| list.iter().map(move |&(b, rho)| (a, b, rho)));
    let mut all: Vec<Multiplier> = triples
        .filter(|&(_, _, rho)| rho > 0.0)
        .map(|(recommended, alternative, rho)| Multiplier { recommended, alternative, value: rho * per_user })
        .collect();
    all.sort_by_key(|multiplier| (multiplier.recommended, multiplier.alternative));
    all
}
