//! The primal simplex method in the direct program, for small games.
//!
//! *Method.* The direct program has `n m` columns and `m (m - 1)` rows of obedience, but a vertex
//! of it is described by less: the columns in use and the rows that are tight, as many of the first
//! as of the second and of states together. The inverse of the system that these make is kept, and
//! updated as columns and rows come and go; everything else follows from it. It begins at full
//! revelation, which is always feasible. *Complexity* of an iteration: `(n + t)^2 + n m + m^2` for
//! `t` tight rows; for ten states and actions a microsecond or two, where a general solver takes
//! longer to set itself up. *Guarantee:* an optimum to within the tolerance, or none: whatever
//! looks odd (a singular system, too many iterations) is left to the general method.

pub(crate) mod number;

use crate::kernel::Kernel;
use crate::simplex::Duals;
use crate::weights::Weights;
use number::Number;
use suasion_model::Matrix;

/// Up to this size, `n m`, and this many states and actions, the method is the fastest.
const SIZE: usize = 900;
const SIDE: usize = 60;
/// After so many updates the inverse is computed anew.
const UPDATES: usize = 60;
/// The method failed; another one is to be asked.
pub(crate) struct Failed;

/// What may enter the basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entering {
    /// A column `(action, state)`.
    Column(usize, usize),
    /// The slack of the tight row at this position.
    Slack(usize),
}

/// What blocks the step.
#[derive(Clone, Copy, Debug)]
enum Leaving {
    /// The basic column at this position.
    Column(usize),
    /// The slack of the row `(recommended, alternative)`.
    Slack(usize, usize),
}

/// A small game at a vertex of its direct program, in numbers of some precision.
pub(crate) struct Small<T = f64> {
    pub kernel: Kernel,
    weights: Weights,
    /// (action, state) of the columns in the basis, `[n + t]`.
    basic: Vec<(usize, usize)>,
    /// Their masses, `[n + t]`.
    mass: Vec<T>,
    /// The rows whose slack is not in the basis, `[t]`.
    tight: Vec<(usize, usize)>,
    is_basic: Vec<bool>,
    is_tight: Vec<bool>,
    /// The inverse of the system, `(n + t)^2`, row by row: one row per basic column, one column per
    /// state, then per tight row.
    inverse: Vec<T>,
    /// How often the inverse was updated since it was computed.
    updates: usize,
    work: Vec<T>,
    prices: Vec<T>,
    step: Vec<T>,
    slacks: Vec<T>,
    falls: Vec<T>,
    in_use: Vec<bool>,
    pub rounds: usize,
    pub iterations: u64,
}

impl<T: Number> Small<T> {
    /// Whether a game is small.
    pub(crate) fn suits(kernel: &Kernel) -> bool {
        let (n, m) = (kernel.states(), kernel.actions());
        n * m <= SIZE && n <= SIDE && m <= SIDE
    }

    /// The game at full revelation.
    pub(crate) fn new(kernel: Kernel, weights: Weights) -> Self {
        let (n, m) = (kernel.states(), kernel.actions());
        let basic: Vec<(usize, usize)> = kernel.best_action.iter().copied().zip(0..n).collect();
        let mut is_basic = vec![false; m * n];
        for &(a, y) in &basic {
            is_basic[a * n + y] = true;
        }
        Self {
            mass: kernel.mass.iter().map(|&mass| T::exactly(mass)).collect(),
            basic,
            is_basic,
            tight: vec![],
            is_tight: vec![false; m * m],
            inverse: vec![],
            updates: UPDATES,
            work: vec![],
            prices: vec![T::default(); m * n],
            step: vec![],
            slacks: vec![T::default(); m * m],
            falls: vec![T::default(); m * m],
            in_use: vec![false; m],
            weights,
            kernel,
            rounds: 0,
            iterations: 0,
        }
    }

    /// Maximises by `weights` from now on.
    pub(crate) fn restart(&mut self, weights: Weights) {
        self.weights = weights;
    }

    pub(crate) fn weights(&self) -> Weights {
        self.weights
    }

    /// Changes the objective, and maximises it alone.
    pub(crate) fn set_objective(&mut self, objective: &Matrix) {
        self.kernel.set_objective(objective);
        self.weights = Weights::OBJECTIVE;
    }

    /// The masses: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Vec<(usize, usize, f64)> {
        let all = self.basic.iter().zip(&self.mass).map(|(&(a, y), &x)| (a, y, x));
        all.map(|(a, y, x)| (a, y, x.to_f64())).filter(|&(_, _, x)| x > T::MASS).collect()
    }

    /// The user's and the objective's scaled value, averaged over states.
    pub(crate) fn values(&self) -> (f64, f64) {
        let used = || self.basic.iter().zip(&self.mass).filter(|(_, x)| x.to_f64() > T::MASS);
        let total = |weights: Weights| sum(used().map(|(&(a, y), &x)| x * T::cost(&self.kernel, weights, a, y)));
        let average = |total: T| total.to_f64() / self.kernel.states() as f64;
        (average(total(Weights::USER)), average(total(Weights::OBJECTIVE)))
    }

    /// An optimum, with its multipliers; none if the method fails.
    pub(crate) fn solve(&mut self) -> Option<Duals> {
        self.rounds += 1;
        self.climb(self.weights, None)?;
        Some(self.multipliers())
    }

    /// The multipliers of the basis, for the present weights.
    pub(crate) fn multipliers(&mut self) -> Duals {
        let weights = self.weights;
        let duals = self.duals(weights);
        let n = self.kernel.states();
        let mut found =
            Duals { lambda: vec![f64::NEG_INFINITY; n], rho: vec![vec![]; self.kernel.actions()], sigma: 0.0, weights };
        for (&(a, b), &dual) in self.tight.iter().zip(&duals[n..]) {
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

    /// From an optimum of `objective + slope * user` to the next one as the slope falls, by one
    /// pivot (the parametric simplex method of Gass & Saaty 1955): the slope at which it is one,
    /// which is the present one from then on, and how far the pivot went. `Ok(None)` if this is the
    /// optimum for all smaller slopes, too; an error if the method fails.
    pub(crate) fn descend(&mut self, slope: f64) -> Result<Option<(f64, f64)>, Failed> {
        if self.updates >= UPDATES {
            self.factorise().ok_or(Failed)?;
            self.weigh();
        }
        let n = self.kernel.states();
        let (objective, user) = (self.duals(Weights::OBJECTIVE), self.duals(Weights::USER));
        self.price(Weights::USER, &user);
        let costs = self.prices.clone();
        self.price(Weights::OBJECTIVE, &objective);
        // What gains by the objective enters where the user's weight no longer keeps it out.
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
        for i in 0..self.tight.len() {
            consider(objective[n + i], user[n + i], Entering::Slack(i));
        }
        let Some((at, _, entering)) = next else { return Ok(None) };
        let length = self.pivot(entering, false).ok_or(Failed)?;
        self.iterations += 1;
        self.weigh();
        self.weights = Weights::sloped(at);
        Ok(Some((at, length)))
    }

    /// Whether the basis still is what it should be, to within rounding.
    pub(crate) fn is_sound(&self) -> bool {
        self.residual() <= T::FEASIBLE && self.is_feasible()
    }

    /// Moves to the optimum that is best by `second` among all optima; true if there is only one.
    /// None if the method fails.
    pub(crate) fn break_ties(&mut self, second: Weights) -> Option<bool> {
        let weights = self.weights;
        let duals = self.duals(weights);
        self.price(weights, &duals);
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        // What may enter without leaving the face of optima.
        let columns: Vec<bool> =
            (0..m * n).map(|cell| self.is_basic[cell] || self.prices[cell].to_f64() >= -T::FEASIBLE).collect();
        let mut rows = vec![true; m * m];
        for (&(a, b), &dual) in self.tight.iter().zip(&duals[n..]) {
            rows[a * m + b] = dual.to_f64() >= -T::FEASIBLE;
        }
        let other = (0..m * n).any(|cell| columns[cell] && !self.is_basic[cell])
            || self.tight.iter().any(|&(a, b)| rows[a * m + b]);
        if !other {
            return Some(true);
        }
        self.climb(second, Some((&columns, &rows)))?;
        Some(false)
    }

    /// Iterates until nothing that is allowed (columns by cell, rows by pair) improves.
    fn climb(&mut self, weights: Weights, allowed: Option<(&[bool], &[bool])>) -> Option<()> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let limit = 50 * (n + m) + 1000;
        let mut idle = 0;
        for _ in 0..limit {
            if self.updates >= UPDATES {
                self.factorise()?;
            }
            self.weigh();
            let duals = self.duals(weights);
            self.price(weights, &duals);
            // After many steps that lead nowhere, the first candidate instead of the best keeps
            // from going round (Bland 1977).
            let first = idle > 2 * (n + m);
            let mut best = (T::exactly(T::OPTIMAL), None);
            for cell in 0..m * n {
                if self.prices[cell] > best.0
                    && !self.is_basic[cell]
                    && allowed.is_none_or(|(columns, _)| columns[cell])
                {
                    best = (self.prices[cell], Some(Entering::Column(cell / n, cell % n)));
                    if first {
                        break;
                    }
                }
            }
            if !(first && best.1.is_some()) {
                for (i, &(a, b)) in self.tight.iter().enumerate() {
                    if duals[n + i] > best.0 && allowed.is_none_or(|(_, rows)| rows[a * m + b]) {
                        best = (duals[n + i], Some(Entering::Slack(i)));
                    }
                }
            }
            let Some(entering) = best.1 else {
                if self.updates > 0 && self.residual() > T::RESIDUAL {
                    self.updates = UPDATES;
                    continue;
                }
                return self.is_feasible().then_some(());
            };
            let length = self.pivot(entering, first)?;
            idle = if length > T::TIE { 0 } else { idle + 1 };
            self.iterations += 1;
        }
        None
    }

    /// The entry of an obedience row in a basic column.
    fn entry(&self, (a, b): (usize, usize), (recommended, y): (usize, usize)) -> T {
        if a == recommended { T::gain(&self.kernel, a, b, y) } else { T::default() }
    }

    /// The masses of the basic columns.
    fn weigh(&mut self) {
        let (n, size) = (self.kernel.states(), self.basic.len());
        self.mass.clear();
        let masses = &self.kernel.mass;
        let rows = self.inverse.chunks_exact(size);
        self.mass.extend(rows.map(|row| sum(row[..n].iter().zip(masses).map(|(&r, &mass)| r * T::exactly(mass)))));
    }

    /// By how much the masses miss the system at most.
    fn residual(&self) -> f64 {
        let mut plausibility: Vec<T> = self.kernel.mass.iter().map(|&mass| T::exactly(mass)).collect();
        for (&(_, y), &x) in self.basic.iter().zip(&self.mass) {
            plausibility[y] -= x;
        }
        let obedience = self
            .tight
            .iter()
            .map(|&row| sum(self.basic.iter().zip(&self.mass).map(|(&column, &x)| x * self.entry(row, column))));
        let misses = obedience.chain(plausibility.iter().copied()).map(|miss| miss.abs().to_f64());
        misses.fold(0.0, f64::max)
    }

    /// The product of an obedience row with the inverse, `[n + t]`.
    fn through(&self, row: (usize, usize)) -> Vec<T> {
        let size = self.basic.len();
        let mut product = vec![T::default(); size];
        for (&column, inverse) in self.basic.iter().zip(self.inverse.chunks_exact(size)) {
            let entry = self.entry(row, column);
            if entry != T::default() {
                product.iter_mut().zip(inverse).for_each(|(p, &value)| *p += entry * value);
            }
        }
        product
    }

    /// A column takes the place of another. `step` is how the masses change as it enters.
    fn exchange_columns(&mut self, entering: (usize, usize), j: usize) {
        let size = self.basic.len();
        let pivot = -self.step[j];
        let mut row: Vec<T> = self.inverse[j * size..(j + 1) * size].to_vec();
        for value in &mut row {
            *value = value.over(pivot);
        }
        for (i, other) in self.inverse.chunks_exact_mut(size).enumerate() {
            let factor = -self.step[i];
            if i == j {
                other.copy_from_slice(&row);
            } else if factor != T::default() {
                other.iter_mut().zip(&row).for_each(|(value, &r)| *value -= factor * r);
            }
        }
        self.basic[j] = entering;
    }

    /// A column and a row come in together: the inverse is bordered.
    fn border(&mut self, entering: (usize, usize), row: (usize, usize)) -> Option<()> {
        let size = self.basic.len();
        let through = self.through(row);
        let entries = self.basic.iter().zip(&self.step).map(|(&column, &step)| self.entry(row, column) * -step);
        let schur = self.entry(row, entering) - sum(entries);
        if schur.abs().to_f64() < T::PIVOT {
            return None;
        }
        let mut bordered = Vec::with_capacity((size + 1) * (size + 1));
        for (i, inverse) in self.inverse.chunks_exact(size).enumerate() {
            let factor = (-self.step[i]).over(schur);
            bordered.extend(inverse.iter().zip(&through).map(|(&value, &h)| value + factor * h));
            bordered.push(-factor);
        }
        bordered.extend(through.iter().map(|&h| (-h).over(schur)));
        bordered.push(T::exactly(1.0).over(schur));
        self.inverse = bordered;
        self.basic.push(entering);
        self.tight.push(row);
        Some(())
    }

    /// A column and a tight row go together.
    fn shrink(&mut self, i: usize, j: usize) {
        let (size, r) = (self.basic.len(), self.kernel.states() + i);
        let pivot_row: Vec<T> = self.inverse[j * size..(j + 1) * size].to_vec();
        let pivot = pivot_row[r];
        let mut smaller = Vec::with_capacity((size - 1) * (size - 1));
        let (last_row, last_column) = (size - 1, size - 1);
        // What is last takes the place of what goes, in basis and rows alike.
        for k in 0..size - 1 {
            let from = if k == j { last_row } else { k };
            let row = &self.inverse[from * size..(from + 1) * size];
            let factor = row[r].over(pivot);
            smaller.extend((0..size - 1).map(|c| {
                let c = if c == r { last_column } else { c };
                row[c] - factor * pivot_row[c]
            }));
        }
        self.inverse = smaller;
        self.basic.swap_remove(j);
        self.tight.swap_remove(i);
    }

    /// A row takes the place of a tight one.
    fn exchange_rows(&mut self, i: usize, row: (usize, usize)) -> Option<()> {
        let (size, r) = (self.basic.len(), self.kernel.states() + i);
        let through = self.through(row);
        let pivot = through[r];
        if pivot.abs().to_f64() < T::PIVOT {
            return None;
        }
        for inverse in self.inverse.chunks_exact_mut(size) {
            let own = inverse[r].over(pivot);
            for (c, (value, &h)) in inverse.iter_mut().zip(&through).enumerate() {
                *value = if c == r { own } else { *value - h * own };
            }
        }
        self.tight[i] = row;
        Some(())
    }

    /// The system's inverse by Gauss and Jordan's method with row pivoting.
    fn factorise(&mut self) -> Option<()> {
        let (n, size) = (self.kernel.states(), self.basic.len());
        let width = 2 * size;
        let work = &mut self.work;
        work.clear();
        work.resize(size * width, T::default());
        for (j, &(a, y)) in self.basic.iter().enumerate() {
            work[y * width + j] = T::exactly(1.0);
            for (i, &(recommended, b)) in self.tight.iter().enumerate() {
                if recommended == a {
                    work[(n + i) * width + j] = T::gain(&self.kernel, a, b, y);
                }
            }
        }
        for i in 0..size {
            work[i * width + size + i] = T::exactly(1.0);
        }
        for k in 0..size {
            let size_of = |i: usize| work[i * width + k].abs().to_f64();
            let pivot = (k..size).max_by(|&i, &j| size_of(i).total_cmp(&size_of(j)))?;
            if size_of(pivot) < T::PIVOT {
                return None;
            }
            if pivot != k {
                let (upper, lower) = work.split_at_mut(pivot * width);
                upper[k * width..(k + 1) * width].swap_with_slice(&mut lower[..width]);
            }
            let scale = T::exactly(1.0).over(work[k * width + k]);
            let (before, rest) = work.split_at_mut(k * width);
            let (row, after) = rest.split_at_mut(width);
            row[k..].iter_mut().for_each(|value| *value = *value * scale);
            for other in before.chunks_exact_mut(width).chain(after.chunks_exact_mut(width)) {
                let factor = other[k];
                if factor != T::default() {
                    for (value, &r) in other[k..].iter_mut().zip(&row[k..]) {
                        *value -= factor * r;
                    }
                }
            }
        }
        self.inverse.clear();
        for row in work.chunks_exact(width) {
            self.inverse.extend_from_slice(&row[size..]);
        }
        self.updates = 0;
        Some(())
    }

    /// The duals of plausibility and of the tight rows, `[n + t]`.
    fn duals(&self, weights: Weights) -> Vec<T> {
        let size = self.basic.len();
        let mut duals = vec![T::default(); size];
        for (&(a, y), row) in self.basic.iter().zip(self.inverse.chunks_exact(size)) {
            let cost = T::cost(&self.kernel, weights, a, y);
            duals.iter_mut().zip(row).for_each(|(dual, &r)| *dual += cost * r);
        }
        duals
    }

    /// The reduced costs of all columns, by cell `a n + y`.
    fn price(&mut self, weights: Weights, duals: &[T]) {
        let (n, k) = (self.kernel.states(), &self.kernel);
        let (lambda, rows) = duals.split_at(n);
        for (a, prices) in self.prices.chunks_exact_mut(n).enumerate() {
            T::costs(k, weights, a, prices);
            prices.iter_mut().zip(lambda).for_each(|(price, &lambda)| *price -= lambda);
        }
        for (&(a, b), &dual) in self.tight.iter().zip(rows) {
            T::subtract_gains(k, (a, b), dual, &mut self.prices[a * n..(a + 1) * n]);
        }
    }

    /// Lets a variable enter, and returns how far it went. None if nothing blocks it, which cannot
    /// be.
    fn pivot(&mut self, entering: Entering, first: bool) -> Option<f64> {
        let (n, m, size) = (self.kernel.states(), self.kernel.actions(), self.basic.len());
        let k = &self.kernel;
        // How the basic masses change per unit of the entering variable: its column through the
        // inverse.
        let one = T::exactly(1.0);
        let column: Vec<(usize, T)> = match entering {
            Entering::Column(a, y) => {
                let tight = self.tight.iter().enumerate().filter(|(_, row)| row.0 == a);
                let gains = tight.map(|(i, &(_, b))| (n + i, T::gain(k, b, a, y)));
                std::iter::once((y, -one)).chain(gains).collect()
            }
            Entering::Slack(i) => vec![(n + i, one)],
        };
        self.step.clear();
        let rows = self.inverse.chunks_exact(size);
        self.step.extend(rows.map(|row| sum(column.iter().map(|&(i, value)| row[i] * value))));
        let mut limit = (f64::INFINITY, 0.0, None);
        let mut block = |value: T, change: T, leaving: Leaving| {
            let (value, change) = (value.to_f64(), change.to_f64());
            if change < -T::PIVOT {
                let ratio = value.max(0.0) / -change;
                // Of those that tie the largest pivot, or, to keep from going round, the first.
                if ratio < limit.0 - T::TIE || ratio <= limit.0 + T::TIE && !first && -change > limit.1 {
                    limit = (ratio.min(limit.0), -change, Some(leaving));
                }
            }
        };
        for (j, (&x, &change)) in self.mass.iter().zip(&self.step).enumerate() {
            block(x, change, Leaving::Column(j));
        }
        // Slacks and how they fall, of the actions in use.
        self.in_use.fill(false);
        let changes = self.basic.iter().copied().zip(self.mass.iter().copied().zip(self.step.iter().copied()));
        let new = match entering {
            Entering::Column(a, y) => Some(((a, y), (T::default(), one))),
            Entering::Slack(_) => None,
        };
        for ((a, y), (x, change)) in changes.chain(new) {
            let row = k.user_by_state.row(y);
            let range = a * m..(a + 1) * m;
            if !std::mem::replace(&mut self.in_use[a], true) {
                self.slacks[range.clone()].fill(T::default());
                self.falls[range.clone()].fill(T::default());
            }
            let slacks = self.slacks[range.clone()].iter_mut().zip(&mut self.falls[range]);
            for (b, (slack, fall)) in slacks.enumerate() {
                let gain = T::gain_in(k, row, a, b, y);
                *slack += x * gain;
                *fall += change * gain;
            }
        }
        for a in (0..m).filter(|&a| self.in_use[a]) {
            for b in (0..m).filter(|&b| b != a && !self.is_tight[a * m + b]) {
                block(self.slacks[a * m + b], self.falls[a * m + b], Leaving::Slack(a, b));
            }
        }
        let (length, _, leaving) = limit;
        let leaving = leaving?;
        match (entering, leaving) {
            (Entering::Column(a, y), Leaving::Column(j)) => {
                let (old, state) = self.basic[j];
                self.is_basic[old * n + state] = false;
                self.is_basic[a * n + y] = true;
                self.exchange_columns((a, y), j);
            }
            (Entering::Column(a, y), Leaving::Slack(recommended, b)) => {
                self.border((a, y), (recommended, b))?;
                self.is_basic[a * n + y] = true;
                self.is_tight[recommended * m + b] = true;
            }
            (Entering::Slack(i), Leaving::Column(j)) => {
                let ((a, b), (old, state)) = (self.tight[i], self.basic[j]);
                self.is_tight[a * m + b] = false;
                self.is_basic[old * n + state] = false;
                self.shrink(i, j);
            }
            (Entering::Slack(i), Leaving::Slack(recommended, b)) => {
                let (a, old) = self.tight[i];
                self.exchange_rows(i, (recommended, b))?;
                self.is_tight[a * m + old] = false;
                self.is_tight[recommended * m + b] = true;
            }
        }
        self.updates += 1;
        Some(length)
    }

    /// Whether masses and slacks are what they may be, to within rounding.
    fn is_feasible(&self) -> bool {
        let m = self.kernel.actions();
        let mut slacks = vec![T::default(); m * m];
        for (&(a, y), &x) in self.basic.iter().zip(&self.mass) {
            let row = self.kernel.user_by_state.row(y);
            for (b, slack) in slacks[a * m..(a + 1) * m].iter_mut().enumerate() {
                *slack += x * T::gain_in(&self.kernel, row, a, b, y);
            }
        }
        self.mass.iter().chain(&slacks).all(|&value| value.to_f64() >= -T::FEASIBLE)
    }
}

fn sum<T: Number>(terms: impl Iterator<Item = T>) -> T {
    terms.fold(T::default(), |sum, term| sum + term)
}
