//! The primal simplex method on the direct program, for games that take few or cheap pivots: small
//! games, games of many states and few actions, and larger games that are easy.
//!
//! *Method.* The direct program has `n m` columns and `m (m - 1)` rows of obedience, but a smaller
//! set describes a vertex: the columns in use and the tight rows. There are as many such columns as
//! states and tight rows together. They form a system from which plausibility is eliminated
//! directly. The method stores the inverse of the rest ([`basis`]), and everything else follows
//! from it. It begins at full information or, if interests are opposed, at no information: both are
//! feasible. The column with the largest gain enters. In larger games, gains are divided by the
//! length of the column at the start, in which obedience rows have a reduced weight. (At 30 x 30,
//! devex pricing took a fourth more pivots; the steepest edge took a third fewer, before the cost
//! of its lengths. At 50 x 50 these lengths take a quarter fewer, and cost nothing.) Prices, masses
//! and slacks are updated with each pivot ([`climb`]), and recomputed occasionally and at the end.
//!
//! All rows of an action that is not in use are tight, so pivots may be degenerate. After many
//! degenerate pivots, the method begins again with a small perturbation of each row, which it
//! removes at the end ([`mend`]).
//!
//! *Complexity* of a pivot: `t^2 + (n + t) m + n m` for `t` tight rows. With ten states and actions
//! this takes a microsecond, while a general solver needs longer to set itself up. *Guarantee:* an
//! optimum to within the tolerance, or none. In any doubt (a singular system, too many pivots),
//! another method solves the game.

mod basis;
mod climb;
mod mend;
pub(crate) mod number;

use crate::kernel::Kernel;
use crate::regime::{Regime, easy, is_opposed, pivots};
use crate::simplex::Duals;
use crate::weights::Weights;
use basis::{Basis, Entering};
use climb::Ended;
use number::{Number, sum};
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use suasion_lp::Settings;
use suasion_model::Matrix;

/// Up to this size, this method is the only one.
const TINY: usize = 900;
/// The method gives up after the first number times the typical number of pivots for the shape,
/// plus the second number. [`SELDOM`] applies if other methods are not far slower.
const OFTEN: (f64, usize) = (5.0, 1000);
const SELDOM: (f64, usize) = (1.6, 300);
/// The weight of obedience rows in the length of a column. It applies to larger games with no more
/// actions than states, starting from full information; otherwise the weight is zero.
const OF_OBEDIENCE: f64 = 0.2;
/// Up to this size, a game that is harder than it looked begins again at full information.
const TWICE: usize = 1_600;
/// The number of pivots between checks of the limits.
const LOOK: u64 = 32;
/// The seed of the rows' perturbation.
const SEED: u64 = 1;

/// The method failed, and the caller should use another one.
pub(crate) struct Failed;

/// A small game at a vertex of its direct program, in numbers of some precision.
pub(crate) struct Small<T = f64> {
    pub kernel: Kernel,
    weights: Weights,
    basis: Basis<T>,
    /// The masses of the basic columns, `[n + t]`.
    mass: Vec<T>,
    is_basic: Vec<bool>,
    is_tight: Vec<bool>,
    /// The duals of plausibility and of the tight rows, `[n + t]`. Those of rows are the prices of
    /// their slacks.
    duals: Vec<T>,
    /// The reduced costs of all columns, by cell `a n + y`.
    prices: Vec<T>,
    step: Vec<T>,
    through: Vec<T>,
    /// The slacks of the obedience rows of the actions in use, by pair `a m + b`, and their
    /// changes.
    slacks: Vec<T>,
    falls: Vec<T>,
    in_use: Vec<bool>,
    /// The temporary perturbation of obedience rows, by pair.
    room: Vec<T>,
    /// One over the length of each column, by cell.
    shortness: Vec<f64>,
    is_loose: bool,
    /// Whether nothing has been solved yet, so the method can begin again.
    is_new: bool,
    /// Whether the method has begun again at full information because the game was harder than it
    /// looked.
    is_second: bool,
    pub rounds: usize,
    pub iterations: u64,
}

impl<T: Number> Small<T> {
    /// The number of pivots after which the method gives up.
    fn limit(&self) -> usize {
        let sides = self.kernel.states() + self.kernel.actions();
        if self.is_tiny() {
            return 50 * sides + 1000;
        }
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let easily = easy(&self.kernel, self.weights).filter(|_| !self.is_second);
        easily.map_or_else(
            || {
                let (often, more) = if Regime::is_small(n, m) { OFTEN } else { SELDOM };
                (often * pivots(n as f64, m as f64)) as usize + more
            },
            |easily| easily * sides,
        )
    }

    /// Whether no other method is faster, however many pivots this one takes.
    pub(crate) fn is_tiny(&self) -> bool {
        self.kernel.states() * self.kernel.actions() <= TINY
    }

    /// The game at full information or, if that is close to the worst outcome for the objective, at
    /// no information. Both are vertices.
    pub(crate) fn new(kernel: Kernel, weights: Weights) -> Self {
        let (n, m) = (kernel.states(), kernel.actions());
        let mut small = Self {
            basis: Basis::new(vec![], m),
            mass: vec![],
            is_basic: vec![false; m * n],
            is_tight: vec![false; m * m],
            duals: vec![],
            prices: vec![T::default(); m * n],
            step: vec![],
            through: vec![],
            slacks: vec![T::default(); m * m],
            falls: vec![T::default(); m * m],
            in_use: vec![false; m],
            room: vec![T::default(); m * m],
            shortness: vec![1.0; m * n],
            is_loose: false,
            is_new: true,
            is_second: false,
            weights,
            kernel,
            rounds: 0,
            iterations: 0,
        };
        let kernel = &small.kernel;
        let uninformed = is_opposed(kernel, weights).then(|| vec![kernel.uninformed_action(); n]);
        if uninformed.is_none() && n * m > TINY {
            small.shortness = shortness(kernel);
        }
        let actions = uninformed.unwrap_or_else(|| kernel.best_action.clone());
        small.begin(actions);
        small
    }

    /// Perturbs each obedience row a little, so that hardly any two pivots tie. Otherwise, all rows
    /// of unused actions are tight.
    fn loosen(&mut self) {
        self.is_loose = true;
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        self.room.iter_mut().for_each(|room| *room = T::exactly(T::ROOM * (1.0 + random.random::<f64>())));
    }

    /// Starts at full information.
    pub(crate) fn reveal(&mut self) {
        self.begin(self.kernel.best_action.clone());
    }

    /// Starts at one action in each state, `[n]`.
    fn begin(&mut self, actions: Vec<usize>) {
        let n = self.kernel.states();
        self.basis = Basis::new(actions, self.kernel.actions());
        self.is_basic.fill(false);
        self.is_tight.fill(false);
        for &(a, y) in &self.basis.basic {
            self.is_basic[a * n + y] = true;
        }
        self.weigh();
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

    /// The masses: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Vec<(usize, usize, f64)> {
        let all = self.basis.basic.iter().zip(&self.mass).map(|(&(a, y), &x)| (a, y, x));
        all.map(|(a, y, x)| (a, y, x.to_f64())).filter(|&(_, _, x)| x > T::MASS).collect()
    }

    /// The user's and the objective's scaled value, averaged over states.
    pub(crate) fn values(&self) -> (f64, f64) {
        let used = || self.basis.basic.iter().zip(&self.mass).filter(|(_, x)| x.to_f64() > T::MASS);
        let total = |weights: Weights| sum(used().map(|(&(a, y), &x)| x * T::cost(&self.kernel, weights, a, y)));
        let average = |total: T| total.to_f64() / self.kernel.states() as f64;
        (average(total(Weights::USER)), average(total(Weights::OBJECTIVE)))
    }

    /// Finds an optimum with its multipliers. Returns `None` if the method fails or a limit stops
    /// it.
    pub(crate) fn solve(&mut self, settings: &Settings) -> Option<Duals> {
        self.rounds += 1;
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let is_small = Regime::is_small(n, m);
        let mut found = self.climb(self.weights, None, settings);
        if matches!(found, Err(Ended::TooLong)) && self.is_new && !self.is_second && n * m <= TWICE {
            self.is_second = true;
            self.shortness = shortness(&self.kernel);
            self.reveal();
            found = self.climb(self.weights, None, settings);
        }
        self.is_new = false;
        if matches!(found, Err(Ended::Stuck)) && is_small {
            self.reveal();
            self.loosen();
            self.climb(self.weights, None, settings).ok()?;
            self.room.fill(T::default());
            self.is_loose = false;
            self.weigh();
            self.mend(settings)?;
            self.climb(self.weights, None, settings).ok()?;
        } else {
            found.ok()?;
        }
        Some(self.multipliers())
    }

    /// The multipliers of the basis, for the current weights.
    pub(crate) fn multipliers(&mut self) -> Duals {
        let weights = self.weights;
        let duals = self.duals(weights);
        let n = self.kernel.states();
        let mut found =
            Duals { lambda: vec![f64::NEG_INFINITY; n], rho: vec![vec![]; self.kernel.actions()], sigma: 0.0, weights };
        for (&(a, b), &dual) in self.basis.tight.iter().zip(&duals[n..]) {
            if dual < T::default() {
                found.rho[a].push((b, -dual.to_f64()));
            }
        }
        for list in &mut found.rho {
            list.sort_unstable_by_key(|&(b, _)| b);
        }
        self.price(weights, &duals);
        for (cell, &price) in self.prices.iter().enumerate() {
            let y = cell % n;
            found.lambda[y] = found.lambda[y].max((price + duals[y]).to_f64());
        }
        found
    }

    /// Moves from an optimum of `objective + slope * user` to the next one as the slope falls, by
    /// one pivot (the parametric simplex method of Gass & Saaty 1955). Returns the slope at which
    /// the next point becomes optimal, which becomes the current slope, and the length of the
    /// pivot. Returns `Ok(None)` if the current point is also optimal for all smaller slopes.
    ///
    /// # Errors
    /// If the method fails.
    pub(crate) fn descend(&mut self, slope: f64) -> Result<Option<(f64, f64)>, Failed> {
        if self.basis.is_worn() {
            self.renew().ok_or(Failed)?;
            self.weigh();
        }
        let n = self.kernel.states();
        let (objective, user) = (self.duals(Weights::OBJECTIVE), self.duals(Weights::USER));
        self.price(Weights::USER, &user);
        let costs = self.prices.clone();
        self.price(Weights::OBJECTIVE, &objective);
        // A column with a positive gain for the objective enters when the user's weight no longer
        // keeps it out.
        let mut next: Option<(f64, f64, Entering)> = None;
        let mut consider = |gain: T, cost: T, entering: Entering| {
            let (gain, cost) = (gain.to_f64(), cost.to_f64());
            if gain > T::OPTIMAL {
                let at = (gain / -cost.min(-f64::MIN_POSITIVE)).min(slope);
                let same = T::TIE * (1.0 + at);
                let better = next.is_none_or(|(best, most, _)| at > best + same || at >= best - same && gain > most);
                if better {
                    next = Some((at, gain, entering));
                }
            }
        };
        for (cell, (&gain, &cost)) in self.prices.iter().zip(&costs).enumerate() {
            if !self.is_basic[cell] {
                consider(gain, cost, Entering::Column(cell / n, cell % n));
            }
        }
        for i in 0..self.basis.tight.len() {
            consider(objective[n + i], user[n + i], Entering::Slack(i));
        }
        let Some((at, _, entering)) = next else { return Ok(None) };
        let pivot = self.pivot(entering, false).ok_or(Failed)?;
        self.exchange(&pivot).ok_or(Failed)?;
        self.iterations += 1;
        self.weigh();
        self.weights = Weights::sloped(at);
        Ok(Some((at, pivot.length)))
    }

    /// Whether the basis is still correct, up to rounding.
    pub(crate) fn is_sound(&self) -> bool {
        self.residual() <= T::FEASIBLE && self.is_feasible()
    }

    /// Moves to the optimum that is best by `second` among all optima. Returns true if it is
    /// unique, and `None` if the method fails or a limit stops it.
    pub(crate) fn break_ties(&mut self, second: Weights, settings: &Settings) -> Option<bool> {
        let weights = self.weights;
        let duals = self.duals(weights);
        self.price(weights, &duals);
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        // The columns and slacks that may enter without leaving the face of optima.
        let columns: Vec<bool> =
            (0..m * n).map(|cell| self.is_basic[cell] || self.prices[cell].to_f64() >= -T::FEASIBLE).collect();
        let mut rows = vec![true; m * m];
        for (&(a, b), &dual) in self.basis.tight.iter().zip(&duals[n..]) {
            rows[a * m + b] = dual.to_f64() >= -T::FEASIBLE;
        }
        let other = (0..m * n).any(|cell| columns[cell] && !self.is_basic[cell])
            || self.basis.tight.iter().any(|&(a, b)| rows[a * m + b]);
        if !other {
            return Some(true);
        }
        self.climb(second, Some((&columns, &rows)), settings).ok()?;
        Some(false)
    }

    /// Recomputes the inverse, unless its masses show that it is still accurate.
    fn renew(&mut self) -> Option<()> {
        self.weigh();
        if self.residual() > T::RESIDUAL {
            return self.basis.factorise(&self.kernel);
        }
        self.basis.keep();
        Some(())
    }

    /// Computes the masses of the basic columns and the slacks of obedience rows.
    fn weigh(&mut self) {
        let (k, m) = (&self.kernel, self.kernel.actions());
        // Usually there is none.
        let tight = if self.is_loose { &self.basis.tight[..] } else { &[] };
        let room: Vec<T> = tight.iter().map(|&(a, b)| self.room[a * m + b]).collect();
        self.basis.masses(k, &room, &mut self.mass);
        self.slacks.copy_from_slice(&self.room);
        for (&(a, y), &x) in self.basis.basic.iter().zip(&self.mass) {
            T::add_gains_in(k, (a, y), x, &mut self.slacks[a * m..(a + 1) * m]);
        }
    }

    /// The largest residual of the masses in the system.
    fn residual(&self) -> f64 {
        let mut plausibility: Vec<T> = self.kernel.mass.iter().map(|&mass| T::exactly(mass)).collect();
        let columns = || self.basis.basic.iter().zip(&self.mass);
        for (&(_, y), &x) in columns() {
            plausibility[y] -= x;
        }
        let entry = |row, column| Basis::<T>::entry(&self.kernel, row, column);
        let m = self.kernel.actions();
        let obedience = self.basis.tight.iter().map(|&row| {
            let gains = columns().filter(|(column, _)| column.0 == row.0).map(|(&column, &x)| x * entry(row, column));
            sum(gains) + self.room[row.0 * m + row.1]
        });
        let misses = obedience.chain(plausibility.iter().copied()).map(|miss| miss.abs().to_f64());
        misses.fold(0.0, f64::max)
    }

    /// The duals of plausibility and of the tight rows, `[n + t]`.
    fn duals(&self, weights: Weights) -> Vec<T> {
        self.basis.duals(&self.kernel, |a, y| T::cost(&self.kernel, weights, a, y))
    }

    /// The reduced costs of all columns, by cell `a n + y`.
    fn price(&mut self, weights: Weights, duals: &[T]) {
        let (n, k) = (self.kernel.states(), &self.kernel);
        let (lambda, rows) = duals.split_at(n);
        for (a, prices) in self.prices.chunks_exact_mut(n).enumerate() {
            T::costs(k, weights, a, prices);
            prices.iter_mut().zip(lambda).for_each(|(price, &lambda)| *price -= lambda);
        }
        for (&(a, b), &dual) in self.basis.tight.iter().zip(rows) {
            T::subtract_gains(k, (a, b), dual, &mut self.prices[a * n..(a + 1) * n]);
        }
    }

    /// Whether masses and slacks are nonnegative, up to rounding.
    fn is_feasible(&self) -> bool {
        self.mass.iter().chain(&self.slacks).all(|&value| value.to_f64() >= -T::FEASIBLE)
    }
}

/// One over the length of each column at full information, by cell `a n + y`.
fn shortness(kernel: &Kernel) -> Vec<f64> {
    let (n, m) = (kernel.states(), kernel.actions());
    if m > n {
        return vec![1.0; n * m];
    }
    // The sum of the squares of `u_a - u_b` over all `b`.
    let sums = |row: &[f64]| row.iter().fold((0.0, 0.0), |(sum, squares), u| (sum + u, squares + u * u));
    let of_states: Vec<(f64, f64)> = (0..n).map(|y| sums(kernel.user_by_state.row(y))).collect();
    let length = |u: f64, (sum, squares): (f64, f64)| {
        let obedience = m as f64 * u * u - 2.0 * u * sum + squares;
        (1.0 + OF_OBEDIENCE * obedience.max(0.0)).sqrt()
    };
    let rows = (0..m).flat_map(|a| kernel.user.row(a).iter().zip(&of_states));
    rows.map(|(&u, &sums)| length(u, sums).recip()).collect()
}
