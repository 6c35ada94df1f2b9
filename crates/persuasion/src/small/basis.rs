//! The basis of the method for small games, with the inverse of its system.
//!
//! A vertex of the direct program is described by the columns in use and the tight rows of
//! obedience. Plausibility and the tight rows make a square system in those columns. Each column is
//! in exactly one row of plausibility, so these rows need no elimination (generalized upper bounds:
//! Dantzig & Van Slyke, J. Comput. System Sci. 1, 1967). One column of each state is its *key*,
//! with which plausibility is solved. The rest is a system of the size of the tight rows in the
//! *other* columns, each minus the key of its state. Only the inverse of that system is stored, one
//! row per other column and one column per tight row. It is updated by a rank-one change as columns
//! and rows come and go.

use super::number::{Number, sum};
use crate::kernel::Kernel;
use crate::wide::wide;

/// The number of updates between checks of the inverse.
const UPDATES: usize = 60;
/// The initial room for tight rows.
const ROWS: usize = 8;

/// What may enter the basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entering {
    /// A column `(action, state)`.
    Column(usize, usize),
    /// The slack of the tight row at this position.
    Slack(usize),
}

/// What may leave the basis.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaving {
    /// The basic column at this position; if it is a key, the only column of its state.
    Column(usize),
    /// The slack of the row `(recommended, alternative)`.
    Slack(usize, usize),
}

pub(super) struct Basis<T> {
    /// (action, state) of the columns in the basis, `[n + t]`: the key of each state, in the order
    /// of the states, then the others.
    pub basic: Vec<(usize, usize)>,
    /// (recommended, alternative) of the rows whose slack is not in the basis, `[t]`.
    pub tight: Vec<(usize, usize)>,
    /// The tight rows of each action, `[m]`, unordered.
    rows_of: Vec<Vec<usize>>,
    states: usize,
    /// The inverse, row by row, each with room for `stride` entries.
    inverse: Vec<T>,
    stride: usize,
    /// The number of updates since the inverse was computed or checked.
    pub updates: usize,
    work: Vec<T>,
}

impl<T: Number> Basis<T> {
    /// The basis of one action in each state, `[n]`, for this number of actions.
    pub(super) fn new(in_states: Vec<usize>, actions: usize) -> Self {
        let states = in_states.len();
        Self {
            basic: in_states.into_iter().zip(0..states).collect(),
            tight: vec![],
            rows_of: vec![vec![]; actions],
            states,
            inverse: vec![T::default(); ROWS * ROWS],
            stride: ROWS,
            updates: 0,
            work: vec![],
        }
    }

    /// The number of tight rows.
    fn size(&self) -> usize {
        self.tight.len()
    }

    /// Whether the inverse needs a check.
    pub(super) fn is_worn(&self) -> bool {
        self.updates >= UPDATES
    }

    /// Accepts the inverse.
    pub(super) fn keep(&mut self) {
        self.updates = 0;
    }

    /// The inverse's row of one of the *other* columns, `[t]`.
    fn row(&self, k: usize) -> &[T] {
        &self.inverse[k * self.stride..][..self.size()]
    }

    /// The *other* columns with their rows of the inverse.
    fn others(&self) -> impl Iterator<Item = ((usize, usize), &[T])> {
        self.basic[self.states..].iter().enumerate().map(|(k, &column)| (column, self.row(k)))
    }

    /// The keys with the tight rows of their actions: `(state, key, positions)`.
    fn keys(&self) -> impl Iterator<Item = (usize, (usize, usize), &[usize])> {
        self.basic[..self.states].iter().enumerate().map(|(y, &key)| (y, key, &self.rows_of[key.0][..]))
    }

    /// The masses of the basic columns, if tight rows may be violated by `room`, `[t]`, or not at
    /// all.
    pub(super) fn masses(&self, kernel: &Kernel, room: &[T], masses: &mut Vec<T>) {
        let mut rest: Vec<T> = vec![T::default(); self.size()];
        rest.iter_mut().zip(room).for_each(|(rest, &room)| *rest = -room);
        masses.clear();
        masses.extend(kernel.mass.iter().map(|&mass| T::exactly(mass)));
        for (y, key, rows) in self.keys() {
            for &i in rows {
                rest[i] -= masses[y] * Self::entry(kernel, self.tight[i], key);
            }
        }
        for ((_, y), row) in self.others() {
            let mass = sum(row.iter().zip(&rest).map(|(&r, &rest)| r * rest));
            masses.push(mass);
            masses[y] -= mass;
        }
    }

    /// The product of the costs of the basic columns with the inverse of the whole system,
    /// `[n + t]`.
    pub(super) fn duals(&self, kernel: &Kernel, cost: impl Fn(usize, usize) -> T) -> Vec<T> {
        let mut duals = vec![T::default(); self.states + self.size()];
        let (states, rows) = duals.split_at_mut(self.states);
        states.iter_mut().zip(&self.basic).for_each(|(dual, &(a, y))| *dual = cost(a, y));
        for ((a, y), row) in self.others() {
            add(rows, cost(a, y) - states[y], row);
        }
        self.price_states(kernel, &mut duals);
        duals
    }

    /// Subtracts from each state the contribution of its key to a combination of tight rows, both
    /// in `[n + t]`.
    fn price_states(&self, kernel: &Kernel, both: &mut [T]) {
        let (states, combined) = both.split_at_mut(self.states);
        for (y, key, rows) in self.keys() {
            for &i in rows {
                states[y] -= combined[i] * Self::entry(kernel, self.tight[i], key);
            }
        }
    }

    /// The changes of the masses of the basic columns per unit of the entering variable.
    pub(super) fn step(&self, kernel: &Kernel, entering: Entering, step: &mut Vec<T>) {
        step.clear();
        step.resize(self.states, T::default());
        match entering {
            Entering::Column(a, y) => {
                let key = self.basic[y];
                let own = self.rows_of[a].iter().map(|&i| (i, -Self::entry(kernel, self.tight[i], (a, y))));
                let less = self.rows_of[key.0].iter().map(|&i| (i, Self::entry(kernel, self.tight[i], key)));
                let entries: Vec<(usize, T)> = own.chain(less).collect();
                step.extend(self.others().map(|(_, row)| sum(entries.iter().map(|&(i, entry)| row[i] * entry))));
                step[y] = -T::exactly(1.0);
            }
            Entering::Slack(i) => step.extend(self.others().map(|(_, row)| row[i])),
        }
        let (keys, others) = step.split_at_mut(self.states);
        for (&(_, y), &change) in self.basic[self.states..].iter().zip(others.iter()) {
            keys[y] -= change;
        }
    }

    /// The entry of an obedience row in a column.
    pub(super) fn entry(kernel: &Kernel, (a, b): (usize, usize), (recommended, y): (usize, usize)) -> T {
        if a == recommended { T::gain(kernel, a, b, y) } else { T::default() }
    }

    /// The row of the inverse of the whole system that belongs to the leaving variable, `[n + t]`:
    /// that of the column, or the product of the obedience row with the inverse.
    pub(super) fn through(&self, kernel: &Kernel, leaving: Leaving, through: &mut Vec<T>) {
        let n = self.states;
        through.clear();
        through.resize(n + self.size(), T::default());
        match leaving {
            Leaving::Column(j) if j < n => through[j] = T::exactly(1.0),
            Leaving::Column(j) => through[n..].copy_from_slice(self.row(j - n)),
            Leaving::Slack(a, b) => {
                let entry = |column| Self::entry(kernel, (a, b), column);
                for (column, row) in self.others() {
                    let key = self.basic[column.1];
                    if column.0 == a || key.0 == a {
                        add(&mut through[n..], entry(column) - entry(key), row);
                    }
                }
                for (state, &key) in through.iter_mut().zip(&self.basic[..n]) {
                    *state = entry(key);
                }
            }
        }
        self.price_states(kernel, through);
    }

    /// If the column at this position is the key of its state, makes the state's other column with
    /// the largest mass the key, if there is one. Returns the new position of the column.
    pub(super) fn relieve(&mut self, j: usize, mass: &[T]) -> usize {
        let n = self.states;
        if j >= n {
            return j;
        }
        let others: Vec<usize> = (n..self.basic.len()).filter(|&k| self.basic[k].1 == j).collect();
        let larger = |l: usize, r: usize| if mass[r] > mass[l] { r } else { l };
        let Some(next) = others.iter().copied().reduce(larger) else { return j };
        // Each column of the state is now relative to the new key. The row of the old key is minus
        // the sum of all rows of the state.
        let (size, mut row) = (self.size(), std::mem::take(&mut self.work));
        row.clear();
        row.resize(size, T::default());
        for &k in &others {
            add(&mut row, -T::exactly(1.0), self.row(k - n));
        }
        self.inverse[(next - n) * self.stride..][..size].copy_from_slice(&row);
        self.work = row;
        self.basic.swap(j, next);
        next
    }

    /// Exchanges the entering and the leaving variable. `step` is the change of the masses as the
    /// former enters, `through` the row of the latter, and `pivot` the rate at which the latter
    /// falls. Returns `None` if the system became singular.
    pub(super) fn exchange(
        &mut self,
        entering: Entering,
        leaving: Leaving,
        (step, through, pivot): (&[T], &[T], T),
    ) -> Option<()> {
        let n = self.states;
        let (step, through) = (&step[n..], &through[n..]);
        match (entering, leaving) {
            // The only column of a state is not in the entries of any other column.
            (Entering::Column(a, y), Leaving::Column(j)) if j < n => {
                if y != j {
                    return None;
                }
                self.basic[j] = (a, y);
            }
            (Entering::Column(a, y), Leaving::Column(j)) => {
                let row: Vec<T> = through.iter().map(|&value| value.over(pivot)).collect();
                self.add_to_all(Some(j - n), step, &row);
                self.inverse[(j - n) * self.stride..][..row.len()].copy_from_slice(&row);
                self.basic[j] = (a, y);
            }
            (Entering::Column(a, y), Leaving::Slack(recommended, b)) => {
                self.border(step, through, pivot);
                let size = self.size();
                self.rows_of[recommended].push(size);
                self.basic.push((a, y));
                self.tight.push((recommended, b));
            }
            (Entering::Slack(i), Leaving::Column(j)) => {
                self.shrink(i, j.checked_sub(n)?, through);
                self.forget(i);
                let last = self.size() - 1;
                if last != i {
                    let moved = &mut self.rows_of[self.tight[last].0];
                    moved.iter_mut().filter(|row| **row == last).for_each(|row| *row = i);
                }
                self.basic.swap_remove(j);
                self.tight.swap_remove(i);
            }
            (Entering::Slack(i), Leaving::Slack(recommended, b)) => {
                self.exchange_rows(i, through)?;
                self.forget(i);
                self.rows_of[recommended].push(i);
                self.tight[i] = (recommended, b);
            }
        }
        self.updates += 1;
        Some(())
    }

    /// Removes a tight row from those of its action.
    fn forget(&mut self, i: usize) {
        self.rows_of[self.tight[i].0].retain(|&row| row != i);
    }

    /// Adds `step[i]` times `row` to every row `i` except one.
    fn add_to_all(&mut self, but: Option<usize>, step: &[T], row: &[T]) {
        let Self { inverse, stride, .. } = self;
        wide(
            #[inline(always)]
            || {
                for (i, (&factor, other)) in step.iter().zip(inverse.chunks_exact_mut(*stride)).enumerate() {
                    if Some(i) != but && factor != T::default() {
                        add(&mut other[..row.len()], factor, row);
                    }
                }
            },
        );
    }

    /// Adds a column and a row together by bordering the inverse.
    fn border(&mut self, step: &[T], through: &[T], pivot: T) {
        let size = self.size();
        if size + 1 > self.stride {
            let stride = 2 * size + ROWS;
            let mut wider = vec![T::default(); stride * stride];
            for k in 0..size {
                wider[k * stride..][..size].copy_from_slice(self.row(k));
            }
            (self.inverse, self.stride) = (wider, stride);
        }
        let row: Vec<T> = through.iter().map(|&value| value.over(pivot)).collect();
        self.add_to_all(None, step, &row);
        for (k, &change) in step.iter().enumerate() {
            self.inverse[k * self.stride + size] = -change.over(pivot);
        }
        let last = size * self.stride;
        self.inverse[last..][..size].copy_from_slice(&row);
        self.inverse[last + size] = -T::exactly(1.0).over(pivot);
    }

    /// Removes one of the *other* columns and a tight row together. The last ones take their
    /// places.
    fn shrink(&mut self, i: usize, k: usize, through: &[T]) {
        let last = self.size() - 1;
        let pivot = through[i];
        let Self { inverse, stride, .. } = self;
        wide(
            #[inline(always)]
            || {
                for (_, row) in inverse.chunks_exact_mut(*stride).take(last + 1).enumerate().filter(|(l, _)| *l != k) {
                    let factor = -row[i].over(pivot);
                    if factor != T::default() {
                        add(&mut row[..=last], factor, through);
                    }
                    row[i] = row[last];
                }
            },
        );
        let from = last * self.stride;
        self.inverse.copy_within(from..from + last, k * self.stride);
    }

    /// Replaces a tight row by another row.
    fn exchange_rows(&mut self, i: usize, through: &[T]) -> Option<()> {
        let size = self.size();
        let pivot = through[i];
        if pivot.abs().to_f64() < T::PIVOT {
            return None;
        }
        let Self { inverse, stride, .. } = self;
        wide(
            #[inline(always)]
            || {
                for row in inverse.chunks_exact_mut(*stride).take(size) {
                    let own = row[i].over(pivot);
                    if own != T::default() {
                        add(&mut row[..size], -own, through);
                    }
                    row[i] = own;
                }
            },
        );
        Some(())
    }

    /// Computes the inverse. Returns `None` if the system is singular.
    pub(super) fn factorise(&mut self, kernel: &Kernel) -> Option<()> {
        let (n, size) = (self.states, self.size());
        let mut system = std::mem::take(&mut self.work);
        system.clear();
        for &row in &self.tight {
            system.extend(
                self.basic[n..]
                    .iter()
                    .map(|&column| Self::entry(kernel, row, column) - Self::entry(kernel, row, self.basic[column.1])),
            );
        }
        let inverted = wide(
            #[inline(always)]
            || invert(&mut system, size),
        );
        for (k, row) in system.chunks_exact(size.max(1)).enumerate() {
            self.inverse[k * self.stride..][..size].copy_from_slice(row);
        }
        self.work = system;
        self.updates = 0;
        inverted
    }
}

/// Inverts a matrix, row by row, by Gauss-Jordan elimination with row pivoting. Returns `None` if
/// it is singular.
#[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
#[inline(always)]
fn invert<T: Number>(matrix: &mut [T], size: usize) -> Option<()> {
    let mut swaps = Vec::with_capacity(size);
    for k in 0..size {
        let size_of = |i: usize| matrix[i * size + k].abs().to_f64();
        let pivot = (k..size).max_by(|&i, &j| size_of(i).total_cmp(&size_of(j)))?;
        if size_of(pivot) < T::PIVOT {
            return None;
        }
        if pivot != k {
            let (upper, lower) = matrix.split_at_mut(pivot * size);
            upper[k * size..(k + 1) * size].swap_with_slice(&mut lower[..size]);
            swaps.push((k, pivot));
        }
        let scale = T::exactly(1.0).over(matrix[k * size + k]);
        let (before, rest) = matrix.split_at_mut(k * size);
        let (row, after) = rest.split_at_mut(size);
        row[k] = T::exactly(1.0);
        row.iter_mut().for_each(|value| *value = *value * scale);
        for other in before.chunks_exact_mut(size).chain(after.chunks_exact_mut(size)) {
            let factor = -std::mem::take(&mut other[k]);
            if factor != T::default() {
                add(other, factor, row);
            }
        }
    }
    for &(k, pivot) in swaps.iter().rev() {
        for row in matrix.chunks_exact_mut(size) {
            row.swap(k, pivot);
        }
    }
    Some(())
}

/// Adds `factor` times `row`.
#[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
#[inline(always)]
fn add<T: Number>(target: &mut [T], factor: T, row: &[T]) {
    target.iter_mut().zip(row).for_each(|(value, &r)| *value += factor * r);
}
