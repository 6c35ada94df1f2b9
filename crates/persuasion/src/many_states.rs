//! Many states and few actions: the multipliers of pairs of actions determine the action in every
//! state.
//!
//! *Method.* Games of two actions are a knapsack problem ([`knapsack`]), solved by sorting. Others
//! are solved by an interior-point method that eliminates plausibility first ([`interior`]) and
//! leaves one row per obedience constraint. Rows are generated if there are many ([`generation`]).
//! The result decides nearly every state. A small program over the undecided states finds a vertex
//! ([`finish`]), breaks ties for the user, and prices all columns. If ties leave too many states
//! undecided for that, the interior point is the answer, without the masses that complementarity
//! sets to zero.
//!
//! *Work.* `n log n` for two actions. Otherwise, about twenty-five iterations of `n K^2 + 5 n m^2`
//! for `K <= m (m - 1)` rows, and a few times that if rows are generated. *Memory.* `O(n m)`: the
//! game itself, and seven arrays of its size. If this method fails, the general one solves the
//! game.

mod block;
mod finish;
mod generation;
mod interior;
mod knapsack;

use crate::PersuadeError;
use crate::convincing::is_convincing;
use crate::error::unless_it_failed;
use crate::kernel::Kernel;
use crate::pricing::{price, separate};
use crate::simplex::Duals;
use crate::weights::Weights;
use finish::{Finish, Leaning, MOST_OPEN};
use generation::{Generated, first_rows, generate};
use interior::Interior;
use suasion_lp::Settings;
use suasion_model::Matrix;

/// The target gap of the interior-point method, as a fraction of what is at stake.
const GAP: f64 = 1e-11;
/// Columns with a lower reduced cost may have mass at the optimum.
const NEAR: f64 = 1e-7;
/// The maximum number of times that rows may be missing at a vertex.
const MOST_FINISHES: usize = 10;

/// A game of many states and few actions.
pub(crate) struct ManyStates {
    pub kernel: Kernel,
    weights: Weights,
    settings: Settings,
    /// (action, state, scaled mass) of the last solve.
    masses: Vec<(usize, usize, f64)>,
    /// Whether the optimum, with ties broken for the user, is unique, if the last solve determined
    /// it.
    unique: Option<bool>,
    rounds: usize,
    iterations: u64,
}

impl ManyStates {
    pub(crate) fn new(kernel: Kernel, weights: Weights, settings: &Settings) -> Self {
        let settings = settings.clone();
        Self { kernel, weights, settings, masses: vec![], unique: None, rounds: 0, iterations: 0 }
    }

    /// Switches to maximizing by `weights`.
    pub(crate) fn restart(&mut self, weights: Weights) {
        self.weights = weights;
    }

    pub(crate) fn weights(&self) -> Weights {
        self.weights
    }

    /// Changes the objective, and maximizes it alone.
    pub(crate) fn set_objective(&mut self, objective: &Matrix) {
        self.kernel.set_objective(objective);
        self.weights = Weights::OBJECTIVE;
    }

    /// The masses of the last solve: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Vec<(usize, usize, f64)> {
        self.masses.clone()
    }

    /// Rounds and iterations since the last call.
    pub(crate) fn take_effort(&mut self) -> (usize, u64) {
        (std::mem::take(&mut self.rounds), std::mem::take(&mut self.iterations))
    }

    /// Finds an optimum, with ties broken by `second`, and whether it is certain. Returns `None` if
    /// the method fails.
    pub(crate) fn solve(&mut self, second: Weights) -> Result<Option<(Duals, bool)>, PersuadeError> {
        if self.kernel.actions() == 1 {
            self.rounds += 1;
            self.unique = Some(true);
            self.masses = self.kernel.mass.iter().enumerate().map(|(y, &mass)| (0, y, mass)).collect();
            let lambda = (0..self.kernel.states()).map(|y| self.kernel.cost(self.weights, 0, y)).collect();
            let duals = Duals { lambda, rho: vec![vec![]], sigma: 0.0, weights: self.weights };
            return Ok(Some((duals, true)));
        }
        if self.kernel.actions() == 2 {
            let filled = knapsack::fill(&self.kernel, self.weights, second.user < 0.0);
            (self.masses, self.unique) = (filled.masses, Some(filled.unique));
            self.rounds += 1;
            return Ok(Some((filled.duals, true)));
        }
        self.by_interior(second)
    }

    /// Moves to the optimum that is best by `second`, the user's utility or its opposite. Returns
    /// true if it is unique. If there are too many ties to break, the optimum stays as it is.
    pub(crate) fn break_ties(&mut self, second: Weights) -> Result<bool, PersuadeError> {
        // The solve has already broken ties for the user.
        if second.user < 0.0 && self.unique != Some(true) {
            self.solve(second)?;
        }
        Ok(self.unique == Some(true))
    }

    fn by_interior(&mut self, second: Weights) -> Result<Option<(Duals, bool)>, PersuadeError> {
        let (kernel, weights, stake) = (&self.kernel, self.weights, self.stake());
        let mut pairs = first_rows(kernel, weights, stake, &self.settings)?;
        for _ in 0..MOST_FINISHES {
            let Generated { interior, rounds, iterations } =
                generate(kernel, weights, pairs, (GAP, GAP), stake, &self.settings)?;
            self.rounds += rounds;
            self.iterations += iterations as u64;
            let Finished { duals, masses, unique, effort } =
                finished(kernel, weights, second, &interior, &self.settings)?;
            self.rounds += effort.0;
            self.iterations += effort.1;
            let broken = broken(kernel, &interior.rows.pairs, &masses);
            if broken.is_empty() {
                let convinces = is_convincing(kernel, &masses, &duals);
                (self.masses, self.unique) = (masses, unique);
                return Ok(Some((duals, convinces)));
            }
            pairs = interior.rows.pairs;
            pairs.extend(broken);
            pairs.sort_unstable();
        }
        Ok(None)
    }

    /// What is at stake for the objective between full and no information, as a sum over scaled
    /// masses.
    fn stake(&self) -> f64 {
        let (kernel, weights) = (&self.kernel, self.weights);
        // The value of full information is 0 for every party.
        kernel.uninformed_value(weights).abs().max(1e-3 * kernel.states() as f64)
    }
}

/// An optimum.
struct Finished {
    duals: Duals,
    masses: Vec<(usize, usize, f64)>,
    /// Whether it is the only optimum, if that is known.
    unique: Option<bool>,
    /// Rounds and iterations of the simplex method.
    effort: (usize, u64),
}

/// Derives the optimum from an interior point: a vertex or, if too many states are undecided, the
/// point itself.
fn finished(
    kernel: &Kernel,
    weights: Weights,
    second: Weights,
    interior: &Interior<'_>,
    settings: &Settings,
) -> Result<Finished, PersuadeError> {
    let binds: Vec<bool> = interior.rho.iter().zip(&interior.slack).map(|(rho, s)| rho > s).collect();
    let leanings = leanings(kernel, interior);
    let open: usize = leanings.iter().map(|leaning| leaning.open.len()).sum();
    if open <= MOST_OPEN {
        let vertex = || {
            let mut finish = Finish::new(kernel, weights, &interior.rows, &leanings, &binds, settings)?;
            let Some(duals) = finish.solve()? else { return Ok(None) };
            let before = finish.masses()?;
            let unique = finish.break_ties(&duals, second)?;
            let masses = if unique == Some(false) { finish.masses()? } else { before };
            Ok(Some(Finished { duals, masses, unique, effort: (finish.rounds, finish.iterations) }))
        };
        if let Some(finished) = unless_it_failed(vertex())? {
            return Ok(finished);
        }
    }
    if settings.verbose {
        eprintln!("{open} columns are open; the interior point is the answer");
    }
    let (duals, masses) = (interior_duals(kernel, weights, interior), cleaned(kernel, interior));
    Ok(Finished { duals, masses, unique: Some(false), effort: (0, 0) })
}

/// The rows not in use that the masses violate, the worst one of each action.
fn broken(kernel: &Kernel, pairs: &[(usize, usize)], masses: &[(usize, usize, f64)]) -> Vec<(usize, usize)> {
    const SHARE: f64 = 1e-10;
    let m = kernel.actions();
    if pairs.len() == m * (m - 1) {
        return vec![];
    }
    let mut by_action = vec![vec![]; m];
    masses.iter().for_each(|&(a, y, x)| by_action[a].push((y, x)));
    let worst = |(a, list): (usize, Vec<(usize, f64)>)| {
        let mass: f64 = list.iter().map(|(_, x)| x).sum();
        let unused = |b: usize| pairs.binary_search(&(a, b)).is_err();
        let violated = separate(kernel, a, list.into_iter(), SHARE * mass, 2, unused);
        violated.into_iter().map(move |(b, _)| (a, b)).collect::<Vec<_>>()
    };
    by_action.into_iter().enumerate().flat_map(worst).collect()
}

/// In each pair of complementary iterates, the larger one shows which is nonzero.
fn leanings(kernel: &Kernel, interior: &Interior<'_>) -> Vec<Leaning> {
    let m = kernel.actions();
    let mut all = Vec::with_capacity(kernel.states());
    for block in &interior.blocks {
        for i in 0..block.states {
            let column = |a: usize| (block.x[a * block.states + i], block.z[a * block.states + i]);
            let action = (1..m).fold(0, |best, a| if column(a).0 > column(best).0 { a } else { best });
            let used = |a: usize| column(a).0 > column(a).1;
            let near = |a: &usize| used(*a) || column(*a).1 < NEAR;
            let open: Vec<(usize, bool)> = (0..m).filter(near).map(|a| (a, used(a))).collect();
            let settled = open.is_empty() || open.len() == 1 && open[0].0 == action;
            all.push(Leaning { action, open: if settled { vec![] } else { open } });
        }
    }
    all
}

/// The multipliers of an interior point, with the highest price of each state.
fn interior_duals(kernel: &Kernel, weights: Weights, interior: &Interior<'_>) -> Duals {
    let mut rho = vec![vec![]; kernel.actions()];
    for (k, &(a, b)) in interior.rows.pairs.iter().enumerate() {
        if interior.rho[k] > interior.slack[k] {
            rho[a].push((b, interior.rho[k]));
        }
    }
    let lambda = price(kernel, weights, &rho, &[], 0, |_, _| false).lambda;
    Duals { lambda, rho, sigma: 0.0, weights }
}

/// The masses of an interior point without those that complementarity sets to zero, made plausible.
fn cleaned(kernel: &Kernel, interior: &Interior<'_>) -> Vec<(usize, usize, f64)> {
    let m = kernel.actions();
    let mut masses = Vec::new();
    for block in &interior.blocks {
        for i in 0..block.states {
            let column = |a: usize| (block.x[a * block.states + i], block.z[a * block.states + i]);
            let kept = || (0..m).filter(|&a| column(a).0 > column(a).1);
            let total: f64 = kept().map(|a| column(a).0).sum();
            let y = block.from + i;
            masses.extend(kept().map(|a| (a, y, column(a).0 * (kernel.mass[y] / total))));
        }
    }
    masses
}
