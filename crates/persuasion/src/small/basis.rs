//! The basis of the method for small games, with the inverse of its system.
//!
//! A vertex of the direct program is described by the columns in use and the rows of obedience that
//! are tight. Plausibility and the tight rows make a square system in those columns. Its inverse is
//! kept, one row per basic column, one column per state and then per tight row, and is updated by a
//! rank-one change as columns and rows come and go.

use super::number::{Number, sum};
use crate::kernel::Kernel;
use crate::wide::wide;

/// After so many updates the inverse is looked at.
const UPDATES: usize = 60;

/// What may enter the basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entering {
    /// A column `(action, state)`.
    Column(usize, usize),
    /// The slack of the tight row at this position.
    Slack(usize),
}

/// What leaves it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaving {
    /// The basic column at this position.
    Column(usize),
    /// The slack of the row `(recommended, alternative)`.
    Slack(usize, usize),
}

pub(super) struct Basis<T> {
    /// (action, state) of the columns in the basis, `[n + t]`.
    pub basic: Vec<(usize, usize)>,
    /// (recommended, alternative) of the rows whose slack is not in it, `[t]`.
    pub tight: Vec<(usize, usize)>,
    states: usize,
    /// The inverse, row by row, each with room for `stride` entries.
    inverse: Vec<T>,
    stride: usize,
    /// How often the inverse was updated since it was computed or looked at.
    pub updates: usize,
    work: Vec<T>,
}

impl<T: Number> Basis<T> {
    /// The basis of one action in each state, `[n]`.
    pub(super) fn new(actions: Vec<usize>) -> Self {
        let n = actions.len();
        let basic = actions.into_iter().zip(0..n).collect();
        let mut inverse = vec![T::default(); n * n];
        (0..n).for_each(|y| inverse[y * n + y] = T::exactly(1.0));
        Self { basic, tight: vec![], states: n, inverse, stride: n, updates: 0, work: vec![] }
    }

    /// The number of basic columns.
    pub(super) fn size(&self) -> usize {
        self.basic.len()
    }

    /// Whether the inverse is to be looked at.
    pub(super) fn is_worn(&self) -> bool {
        self.updates >= UPDATES
    }

    /// Takes the inverse for good.
    pub(super) fn keep(&mut self) {
        self.updates = 0;
    }

    /// The row of the inverse of a basic column, `[n + t]`.
    pub(super) fn row(&self, j: usize) -> &[T] {
        &self.inverse[j * self.stride..][..self.size()]
    }

    fn rows(&self) -> impl Iterator<Item = &[T]> {
        (0..self.size()).map(|j| self.row(j))
    }

    /// The masses of the basic columns, where tight rows may be broken by `room`, `[t]`, or are not.
    pub(super) fn masses<'a>(&'a self, kernel: &'a Kernel, room: &'a [T]) -> impl Iterator<Item = T> + 'a {
        let (n, masses) = (self.states, &kernel.mass);
        self.rows().map(move |row| {
            let (states, rows) = row.split_at(n);
            let mass = sum(states.iter().zip(masses).map(|(&r, &mass)| r * T::exactly(mass)));
            mass - sum(rows.iter().zip(room).map(|(&r, &room)| r * room))
        })
    }

    /// The product of the costs of the basic columns with the inverse, `[n + t]`.
    pub(super) fn duals(&self, cost: impl Fn(usize, usize) -> T) -> Vec<T> {
        let mut duals = vec![T::default(); self.size()];
        for (&(a, y), row) in self.basic.iter().zip(self.rows()) {
            add(&mut duals, cost(a, y), row);
        }
        duals
    }

    /// How the masses of the basic columns change per unit of what enters.
    pub(super) fn step(&self, kernel: &Kernel, entering: Entering, step: &mut Vec<T>) {
        let n = self.states;
        step.clear();
        match entering {
            Entering::Column(a, y) => {
                let tight = self.tight.iter().enumerate().filter(|(_, row)| row.0 == a);
                let gains: Vec<(usize, T)> = tight.map(|(i, &(_, b))| (n + i, T::gain(kernel, b, a, y))).collect();
                step.extend(self.rows().map(|row| sum(gains.iter().map(|&(i, gain)| row[i] * gain)) - row[y]));
            }
            Entering::Slack(i) => step.extend(self.rows().map(|row| row[n + i])),
        }
    }

    /// The entry of an obedience row in a column.
    pub(super) fn entry(kernel: &Kernel, (a, b): (usize, usize), (recommended, y): (usize, usize)) -> T {
        if a == recommended { T::gain(kernel, a, b, y) } else { T::default() }
    }

    /// The row of the inverse that belongs to what leaves, `[n + t]`: that of the column, or the
    /// product of the obedience row with the inverse.
    pub(super) fn through(&self, kernel: &Kernel, leaving: Leaving, through: &mut Vec<T>) {
        through.clear();
        match leaving {
            Leaving::Column(j) => through.extend_from_slice(self.row(j)),
            Leaving::Slack(a, b) => {
                through.resize(self.size(), T::default());
                for (&column, inverse) in self.basic.iter().zip(self.rows()) {
                    if column.0 == a {
                        add(through, Self::entry(kernel, (a, b), column), inverse);
                    }
                }
            }
        }
    }

    /// What enters takes the place of what leaves. `step` is how the masses change as it enters,
    /// `through` the row of what leaves, and `pivot` how much that falls per unit of what enters.
    /// None if the system became singular.
    pub(super) fn exchange(
        &mut self,
        entering: Entering,
        leaving: Leaving,
        (step, through, pivot): (&[T], &[T], T),
    ) -> Option<()> {
        match (entering, leaving) {
            (Entering::Column(a, y), Leaving::Column(j)) => {
                let row: Vec<T> = through.iter().map(|&value| value.over(pivot)).collect();
                self.add_to_all(Some(j), step, &row);
                self.inverse[j * self.stride..][..row.len()].copy_from_slice(&row);
                self.basic[j] = (a, y);
            }
            (Entering::Column(a, y), Leaving::Slack(recommended, b)) => {
                self.border(step, through, pivot);
                self.basic.push((a, y));
                self.tight.push((recommended, b));
            }
            (Entering::Slack(i), Leaving::Column(j)) => {
                self.shrink(i, j, through);
                self.basic.swap_remove(j);
                self.tight.swap_remove(i);
            }
            (Entering::Slack(i), Leaving::Slack(recommended, b)) => {
                self.exchange_rows(i, through)?;
                self.tight[i] = (recommended, b);
            }
        }
        self.updates += 1;
        Some(())
    }

    /// Adds `step[i]` times `row` to every row `i` but one.
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

    /// A column and a row come in together: the inverse is bordered.
    fn border(&mut self, step: &[T], through: &[T], pivot: T) {
        let size = self.size();
        if size + 1 > self.stride {
            let stride = 2 * size + 8;
            let mut wider = vec![T::default(); stride * stride];
            for j in 0..size {
                wider[j * stride..][..size].copy_from_slice(self.row(j));
            }
            (self.inverse, self.stride) = (wider, stride);
        }
        let row: Vec<T> = through.iter().map(|&value| value.over(pivot)).collect();
        self.add_to_all(None, step, &row);
        for (j, &change) in step.iter().enumerate() {
            self.inverse[j * self.stride + size] = -change.over(pivot);
        }
        let last = size * self.stride;
        self.inverse[last..][..size].copy_from_slice(&row);
        self.inverse[last + size] = -T::exactly(1.0).over(pivot);
    }

    /// A column and a tight row go together; what is last takes their places.
    fn shrink(&mut self, i: usize, j: usize, through: &[T]) {
        let (last, r) = (self.size() - 1, self.states + i);
        let pivot = through[r];
        let Self { inverse, stride, .. } = self;
        wide(
            #[inline(always)]
            || {
                for (_, row) in inverse.chunks_exact_mut(*stride).take(last + 1).enumerate().filter(|(k, _)| *k != j) {
                    let factor = -row[r].over(pivot);
                    if factor != T::default() {
                        add(&mut row[..=last], factor, through);
                    }
                    row[r] = row[last];
                }
            },
        );
        let from = last * self.stride;
        self.inverse.copy_within(from..from + last, j * self.stride);
    }

    /// A row takes the place of a tight one.
    fn exchange_rows(&mut self, i: usize, through: &[T]) -> Option<()> {
        let (size, r) = (self.size(), self.states + i);
        let pivot = through[r];
        if pivot.abs().to_f64() < T::PIVOT {
            return None;
        }
        let Self { inverse, stride, .. } = self;
        wide(
            #[inline(always)]
            || {
                for row in inverse.chunks_exact_mut(*stride).take(size) {
                    let own = row[r].over(pivot);
                    if own != T::default() {
                        add(&mut row[..size], -own, through);
                    }
                    row[r] = own;
                }
            },
        );
        Some(())
    }

    /// Computes the inverse; none if the system is singular. One column of each state is eliminated
    /// by plausibility, which leaves a system in the tight rows.
    pub(super) fn factorise(&mut self, kernel: &Kernel) -> Option<()> {
        let (n, size, tight) = (self.states, self.size(), self.tight.len());
        let mut key = vec![usize::MAX; n];
        let mut others = Vec::with_capacity(tight);
        for (j, &(_, y)) in self.basic.iter().enumerate() {
            if key[y] == usize::MAX {
                key[y] = j;
            } else {
                others.push(j);
            }
        }
        if others.len() != tight || key.contains(&usize::MAX) {
            return None;
        }
        let mut reduced = std::mem::take(&mut self.work);
        reduced.clear();
        for &row in &self.tight {
            reduced.extend(others.iter().map(|&j| {
                let column = self.basic[j];
                Self::entry(kernel, row, column) - Self::entry(kernel, row, self.basic[key[column.1]])
            }));
        }
        let inverted = wide(
            #[inline(always)]
            || invert(&mut reduced, tight),
        );
        self.work = reduced;
        inverted?;
        if size > self.stride {
            self.stride = 2 * size + 8;
            self.inverse = vec![T::default(); self.stride * self.stride];
        }
        let stride = self.stride;
        for &j in &key {
            self.inverse[j * stride..][..size].fill(T::default());
        }
        for (own, &j) in self.work.chunks_exact(tight.max(1)).zip(&others) {
            let row = &mut self.inverse[j * stride..][..size];
            row[n..].copy_from_slice(own);
            row[..n].fill(T::default());
            for (&(a, b), &value) in self.tight.iter().zip(own) {
                for (y, entry) in row[..n].iter_mut().enumerate() {
                    let column = self.basic[key[y]];
                    if column.0 == a {
                        *entry -= value * Self::entry(kernel, (a, b), column);
                    }
                }
            }
        }
        for (y, &j) in key.iter().enumerate() {
            self.inverse[j * stride + y] = T::exactly(1.0);
        }
        for &j in &others {
            let own = key[self.basic[j].1];
            for i in 0..size {
                let value = self.inverse[j * stride + i];
                self.inverse[own * stride + i] -= value;
            }
        }
        self.updates = 0;
        Some(())
    }
}

/// Inverts a matrix, row by row, by Gauss and Jordan's method with row pivoting; none if it is
/// singular.
#[allow(clippy::inline_always, reason = "instructions of the processor only reach what is inlined")]
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
#[allow(clippy::inline_always, reason = "instructions of the processor only reach what is inlined")]
#[inline(always)]
fn add<T: Number>(target: &mut [T], factor: T, row: &[T]) {
    target.iter_mut().zip(row).for_each(|(value, &r)| *value += factor * r);
}
