//! Row and column generation by an interior-point method, for programs on which the simplex method
//! is slow.
//!
//! *Problem.* Over some columns `x[a][y]` (mass of state `y` on which action `a` is recommended)
//! and some obedience rows:
//!
//! ```text
//! max  sum v[a][y] x[a][y]
//! s.t. sum_a x[a][y] = mass[y]                              dual lambda[y]
//!      sum_y x[a][y] (u[a][y] - u[b][y]) = s[a][b] >= 0     dual rho[a][b]
//!      sum u[a][y] x[a][y] - t = floor, t >= 0              dual sigma (only with a floor)
//! ```
//!
//! Obedience is elastic: a row may be violated by `w[a][b] >= 0` at a price of `cap` per unit,
//! which means that `rho <= cap`. Otherwise, an action that the current columns cannot recommend
//! strictly would send its multipliers to infinity, and the columns priced from them would be
//! useless. The cap is raised until no row is violated.
//!
//! *Method.* Mehrotra's predictor-corrector (SIAM J. Optim. 2, 1992) on normal equations that are
//! never formed as a whole. The obedience rows of different actions share no column, so eliminating
//! them action by action leaves one dense system of the size of the plausibility rows. Each round
//! solves the master to a gap that shrinks with the error of the last round, then prices all
//! columns and separates all rows. The next round starts from the last iterate. *Complexity* of an
//! iteration, for `r` rows and `c` columns per action: `m (r^2 c + r c^2) + n^3 / 3`. *Guarantee:*
//! none needed. Any multipliers give a bound by weak duality, and the simplex method finishes the
//! rest.

mod block;
mod linear;
mod master;

use crate::kernel::Kernel;
use crate::pricing::{price, separate};
use crate::weights::Weights;
use block::Block;
pub(crate) use linear::{cholesky, solve};
use master::{Floor, Master};
use rayon::prelude::*;
use suasion_lp::{Settings, Stopped};

/// Parameters of generation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    /// The number of the best columns of each state in the first master.
    pub start: usize,
    /// The number of columns of a state that enter in a round.
    pub columns: usize,
    /// The number of rows of an action that enter in a round.
    pub rows: usize,
    /// The relative gap of the first round.
    pub first_gap: f64,
    /// The gap of a round as a share of the error of the last round.
    pub shrink: f64,
    /// The first price of a violated row.
    pub cap: f64,
}

impl Tuning {
    /// The parameters with the fewest iterations in uniform instances of 100 to 1,500 states and
    /// actions. With more actions, a state needs more columns, though not in proportion. The first
    /// rounds only identify useful columns and need a rough answer. The exception is a game with
    /// few actions and many states: there, most relevant columns are present from the start.
    pub(crate) fn for_shape(states: usize, actions: usize) -> Self {
        let (n, m) = (states as f64, actions as f64);
        let share = (m / n).min(1.0);
        Self {
            start: (0.8 * m.sqrt()).ceil() as usize,
            columns: 5,
            rows: 6,
            first_gap: (0.2 * share * share).max(1e-2),
            shrink: 0.05,
            cap: 1.0,
        }
    }
}

/// The gap at which generation ends. The simplex method does the rest.
const LAST_GAP: f64 = 1e-9;
const MOST_ROUNDS: usize = 100;
const MOST_ITERATIONS: usize = 60;
const MOST_RESTARTS: usize = 3;
/// After this many rounds in which the error was not halved, the simplex method does the rest.
const PATIENCE: usize = 12;
/// If a row is still violated at this price, it is left to the simplex method.
const HIGHEST_CAP: f64 = 1e4;

/// A reduced cost or a slack below this may be zero at the optimum.
const NEAR: f64 = 1e-4;

/// The result of generation.
pub(crate) struct Generated {
    pub master: Master,
    pub rounds: usize,
    pub iterations: usize,
}

/// The part of a master that supports its optimum: the actions in use.
pub(crate) struct Support {
    /// (action, state) of each column, and whether it is in use.
    pub columns: Vec<((usize, usize), bool)>,
    /// (recommended, alternative) of each row, and whether it is tight.
    pub rows: Vec<((usize, usize), bool)>,
    /// The multipliers of the other actions, `[m]`.
    pub dormant: Vec<Vec<(usize, f64)>>,
    pub floor_binds: bool,
}

impl Generated {
    /// Leaves out the actions that are not in use, the columns that are far from being in use, and
    /// the rows that are far from being tight. In each pair of complementary iterates, the larger
    /// one shows which is nonzero.
    pub(crate) fn support(&self) -> Support {
        let mut support = Support {
            columns: vec![],
            rows: vec![],
            dormant: self.master.obedience(),
            floor_binds: self.master.floor.is_some_and(|floor| floor.sigma > floor.t),
        };
        for block in &self.master.blocks {
            let a = block.action;
            let columns = || block.states.iter().zip(&block.x).zip(&block.z);
            if !columns().any(|((_, x), z)| x > z) && !support.dormant[a].is_empty() {
                continue;
            }
            support.dormant[a].clear();
            let near = columns().filter(|((_, x), z)| *x > *z || **z < NEAR);
            support.columns.extend(near.map(|((&y, x), z)| ((a, y), x > z)));
            let rows = block.alternatives.iter().zip(&block.s).zip(&block.rho);
            let near = rows.filter(|((_, s), rho)| *rho > *s || **s < NEAR);
            support.rows.extend(near.map(|((&b, s), rho)| ((a, b), rho > s)));
        }
        support
    }
}

struct Generation<'a> {
    kernel: &'a Kernel,
    weights: Weights,
    tuning: Tuning,
    master: Master,
    has_column: Vec<bool>,
    has_row: Vec<bool>,
    /// The columns that enter before the next solve, by action.
    columns: Vec<Vec<usize>>,
    rows: Vec<Vec<usize>>,
}

/// Generates columns and rows until none enters at the last gap, or there is no progress. `floor`
/// applies to the scaled user value.
pub(crate) fn generate(
    kernel: &Kernel,
    weights: Weights,
    floor: Option<f64>,
    tuning: Tuning,
    settings: &Settings,
) -> Result<Generated, Stopped> {
    let mut generation = Generation::new(kernel, weights, floor, tuning);
    let n = kernel.states() as f64;
    let mut gap = tuning.first_gap;
    let (mut rounds, mut iterations, mut restarts) = (0, 0, 0);
    let mut fresh = true;
    let mut least_error = (f64::INFINITY, 0);
    while rounds < MOST_ROUNDS {
        rounds += 1;
        generation.enter(fresh, gap);
        let ended = generation.master.solve(gap, MOST_ITERATIONS, settings)?;
        iterations += ended.iterations;
        fresh = false;
        let (added, error) = generation.extend(gap, ended.dual);
        if settings.verbose {
            let broken = generation.broken();
            let (columns, rows) = generation.size();
            eprintln!(
                "round {rounds}: interior point, {} iterations to gap {gap:.0e}{}; value {:.9}, error {:.1e}, broken {:.1e}; \
                 {columns} columns, {rows} rows, {added} to enter",
                ended.iterations,
                if ended.converged { "" } else { " (not reached)" },
                ended.primal / n,
                error / n,
                broken / n,
            );
        }
        if !ended.converged && ended.iterations < MOST_ITERATIONS || !ended.primal.is_finite() {
            if restarts == MOST_RESTARTS || gap <= 1e-7 {
                break;
            }
            restarts += 1;
            fresh = true;
            generation.master.cap = (generation.master.cap * 4.0).min(HIGHEST_CAP);
            continue;
        }
        least_error = match least_error {
            (least, _) if error < 0.5 * least => (error, rounds),
            (_, round) if rounds - round >= PATIENCE => break,
            unchanged => unchanged,
        };
        if generation.broken() > 0.5 * error && generation.raise_cap() {
            fresh = true;
        } else if added == 0 && gap <= LAST_GAP {
            break;
        } else if added == 0 {
            gap = (gap * 1e-3).max(LAST_GAP);
        } else {
            gap = gap.min((error / n * tuning.shrink).max(LAST_GAP));
        }
    }
    Ok(Generated { master: generation.master, rounds, iterations })
}

impl<'a> Generation<'a> {
    fn new(kernel: &'a Kernel, weights: Weights, floor: Option<f64>, tuning: Tuning) -> Self {
        let (n, m) = (kernel.states(), kernel.actions());
        let mut has_column = vec![false; m * n];
        let mut columns = vec![vec![]; m];
        for (y, best) in kernel.best_columns(weights, tuning.start).into_iter().enumerate() {
            for a in best {
                has_column[a * n + y] = true;
                columns[a].push(y);
            }
        }
        // With opposed interests, the action under no information limits the agent. Its rows are
        // there from the start, along with those that the first columns violate.
        let uninformed = kernel.uninformed_action();
        let rows: Vec<Vec<usize>> = (0..m)
            .into_par_iter()
            .map(|a| {
                let all = columns[a].iter().map(|&y| (y, kernel.mass[y]));
                let violated = separate(kernel, a, all, 0.0, tuning.rows, |b| b != uninformed);
                let violated = violated.into_iter().map(|(b, _)| b);
                violated.chain(Some(uninformed).filter(|&b| b != a && !columns[a].is_empty())).collect()
            })
            .collect();
        let mut has_row = vec![false; m * m];
        for (a, list) in rows.iter().enumerate() {
            for &b in list {
                has_row[a * m + b] = true;
            }
        }
        let master = Master {
            mass: kernel.mass.clone(),
            blocks: (0..m).map(Block::new).collect(),
            floor: floor.map(|level| Floor { level, t: 1.0, sigma: 1.0 }),
            lambda: vec![0.0; n],
            cap: tuning.cap,
        };
        Self { kernel, weights, tuning, master, has_column, has_row, columns, rows }
    }

    /// Adds the waiting columns and rows, and sets iterates for them, or (`fresh`) for everything.
    fn enter(&mut self, fresh: bool, gap: f64) {
        let (kernel, weights) = (self.kernel, self.weights);
        let (columns, rows) = (&mut self.columns, &mut self.rows);
        self.master.blocks.par_iter_mut().zip(columns).zip(rows).for_each(|((block, columns), rows)| {
            block.extend(kernel, weights, columns, rows);
            columns.clear();
            rows.clear();
        });
        if fresh {
            self.start();
        }
        let mu = if fresh { 0.1 } else { gap };
        let least_slack = if fresh { 0.1 } else { gap.sqrt() };
        let cap = self.master.cap;
        let sigma = self.master.floor.map_or(0.0, |f| f.sigma);
        let mut highest = vec![f64::NEG_INFINITY; kernel.states()];
        let mut prices = Vec::new();
        for block in &mut self.master.blocks {
            block.enter_rows(mu, least_slack, cap);
            block.prices(sigma, &mut prices);
            for (&y, &price) in block.states.iter().zip(&prices) {
                highest[y] = highest[y].max(price);
            }
        }
        for (lambda, highest) in self.master.lambda.iter_mut().zip(highest) {
            *lambda = if fresh { highest + 0.1 } else { lambda.max(highest + mu.min(1e-2)) };
        }
        let lambda = &self.master.lambda;
        self.master.blocks.par_iter_mut().for_each(|block| block.enter_columns(mu, lambda, sigma));
    }

    /// The first iterate: most of a state's mass on the user's best action, so that recommendations
    /// are obeyed.
    fn start(&mut self) {
        let kernel = self.kernel;
        let mut count = vec![0_u32; kernel.states()];
        for block in &self.master.blocks {
            for &y in &block.states {
                count[y] += 1;
            }
        }
        for block in &mut self.master.blocks {
            block.reset();
            for (x, &y) in block.x.iter_mut().zip(&block.states) {
                let best = if kernel.best_action[y] == block.action { 0.7 } else { 0.0 };
                *x = kernel.mass[y] * (best + 0.3 / f64::from(count[y]));
            }
        }
        if let Some(floor) = &mut self.master.floor {
            floor.sigma = 0.1;
            floor.t = 0.05 * kernel.states() as f64;
        }
    }

    /// Prices all columns and separates all rows. Those found wait to enter. Returns their number,
    /// and a bound on the error of the master's value, in scaled units (a sum over states).
    fn extend(&mut self, gap: f64, dual: f64) -> (usize, f64) {
        let (kernel, n, m) = (self.kernel, self.kernel.states(), self.kernel.actions());
        let rho = self.master.obedience();
        let sigma = self.master.floor.map_or(0.0, |f| f.sigma);
        let least = gap.max(1e-10);
        let threshold: Vec<f64> = self.master.lambda.iter().map(|lambda| lambda + least).collect();
        let has_column = &self.has_column;
        let wanted = |a: usize, y: usize| !has_column[a * n + y];
        let priced = price(kernel, self.weights.with_user(sigma), &rho, &threshold, self.tuning.columns, wanted);
        let floor = self.master.floor.map_or(0.0, |f| f.sigma * f.level);
        let bound: f64 = priced.lambda.iter().zip(&kernel.mass).map(|(l, w)| l * w).sum::<f64>() - floor;
        let mut error = (bound - dual).max(0.0);
        let mut added = 0;
        for (y, list) in priced.candidates.iter().enumerate() {
            for &(a, _) in list {
                self.has_column[a * n + y] = true;
                self.columns[a].push(y);
                added += 1;
            }
        }
        let has_row = &self.has_row;
        let violated: Vec<Vec<(usize, f64)>> = self
            .master
            .blocks
            .par_iter()
            .map(|block| {
                let a = block.action;
                let least = (gap * block.x.iter().sum::<f64>()).max(1e-10);
                let masses = block.states.iter().copied().zip(block.x.iter().copied());
                separate(kernel, a, masses, least, self.tuning.rows, |b| !has_row[a * m + b])
            })
            .collect();
        for (a, list) in violated.into_iter().enumerate() {
            for (b, gain) in list {
                self.has_row[a * m + b] = true;
                self.rows[a].push(b);
                error += gain;
                added += 1;
            }
        }
        (added, error)
    }

    /// The total violation of rows.
    fn broken(&self) -> f64 {
        self.master.blocks.iter().flat_map(|block| &block.w).sum()
    }

    /// Raises the price of violated rows if they matter. Returns false if they do not, or if the
    /// price is at its maximum.
    fn raise_cap(&mut self) -> bool {
        let matters = self.broken() > 1e-7 * self.kernel.states() as f64 && self.master.cap < HIGHEST_CAP;
        if matters {
            self.master.cap *= 8.0;
        }
        matters
    }

    fn size(&self) -> (usize, usize) {
        self.master.blocks.iter().fold((0, 0), |(c, r), block| (c + block.columns(), r + block.rows()))
    }
}

impl Master {
    /// The obedience multipliers, by recommended action.
    pub(crate) fn obedience(&self) -> Vec<Vec<(usize, f64)>> {
        let worth = |block: &Block| {
            let all = block.alternatives.iter().copied().zip(block.rho.iter().copied());
            all.filter(|&(_, rho)| rho > 1e-11).collect()
        };
        self.blocks.iter().map(worth).collect()
    }
}
