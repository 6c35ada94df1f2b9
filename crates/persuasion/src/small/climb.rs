//! Pivots of the primal simplex method, and the updates after each.

use super::basis::{Entering, Leaving};
use super::number::Number;
use super::{LOOK, Small};
use crate::weights::Weights;
use crate::wide::wide;
use suasion_lp::Settings;

/// Why there is no optimum.
pub(super) enum Ended {
    /// Many pivots were degenerate, and the method can begin again.
    Stuck,
    /// The method exceeded its number of pivots.
    TooLong,
    /// The method failed, or a limit stopped it.
    Failed,
}

/// The length of a pivot, and its changes.
pub(super) struct Pivot<T> {
    pub entering: Entering,
    pub leaving: Leaving,
    pub length: f64,
    /// The rate at which the leaving variable falls per unit of the entering one.
    pub fall: T,
}

impl<T: Number> Small<T> {
    /// Iterates until nothing that is allowed (columns by cell, rows by pair) improves.
    pub(super) fn climb(
        &mut self,
        weights: Weights,
        allowed: Option<(&[bool], &[bool])>,
        settings: &Settings,
    ) -> Result<(), Ended> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let mut idle = 0;
        // Whether masses and prices must be recomputed from the inverse, and whether they were
        // updated since the last time.
        let (mut stale, mut updated) = (true, false);
        for _ in 0..self.limit() {
            if self.iterations.is_multiple_of(LOOK) && settings.stopped().is_some() {
                return Err(Ended::Failed);
            }
            if self.basis.is_worn() {
                self.renew().ok_or(Ended::Failed)?;
                stale = true;
            }
            if stale {
                self.weigh();
                let duals = self.duals(weights);
                self.price(weights, &duals);
                self.duals = duals;
                (stale, updated) = (false, false);
            }
            // After many degenerate steps, take the first candidate instead of the best one to
            // prevent cycles (Bland 1977).
            let first = idle > 2 * (n + m);
            if first && self.is_new {
                return Err(Ended::Stuck);
            }
            let Some(entering) = self.entering(first, allowed) else {
                if updated {
                    stale = true;
                } else if self.basis.updates > 0 && self.residual() > T::RESIDUAL {
                    self.basis.factorise(&self.kernel).ok_or(Ended::Failed)?;
                    stale = true;
                } else {
                    return self.is_feasible().then_some(()).ok_or(Ended::Failed);
                }
                continue;
            };
            let pivot = self.pivot(entering, first).ok_or(Ended::Failed)?;
            self.reprice(&pivot);
            self.advance(&pivot);
            self.exchange(&pivot).ok_or(Ended::Failed)?;
            updated = true;
            idle = if pivot.length > T::TIE { 0 } else { idle + 1 };
            self.iterations += 1;
        }
        Err(Ended::TooLong)
    }

    /// The candidate with the largest gain per length, or the first with a gain. Returns `None` if
    /// there is none.
    fn entering(&self, first: bool, allowed: Option<(&[bool], &[bool])>) -> Option<Entering> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let mut best = (T::exactly(T::OPTIMAL), None);
        for (a, prices) in self.prices.chunks_exact(n).enumerate() {
            if wide(
                #[inline(always)]
                || highest(prices),
            ) <= best.0
            {
                continue;
            }
            for (y, &price) in prices.iter().enumerate() {
                let cell = a * n + y;
                if price <= best.0 {
                    continue;
                }
                let price = price * T::exactly(self.shortness[cell]);
                if price > best.0 && !self.is_basic[cell] && allowed.is_none_or(|(columns, _)| columns[cell]) {
                    best = (price, Some(Entering::Column(a, y)));
                    if first {
                        return best.1;
                    }
                }
            }
        }
        for (i, (&price, &(a, b))) in self.duals[n..].iter().zip(&self.basis.tight).enumerate() {
            if price > best.0 && allowed.is_none_or(|(_, rows)| rows[a * m + b]) {
                best = (price, Some(Entering::Slack(i)));
            }
        }
        best.1
    }

    /// Computes the changes of masses and slacks per unit of the entering variable.
    pub(super) fn changes(&mut self, entering: Entering) {
        let (k, m) = (&self.kernel, self.kernel.actions());
        self.basis.step(k, entering, &mut self.step);
        let columns = || self.basis.basic.iter().copied().zip(&self.step);
        // Slacks change for the actions whose masses change.
        self.in_use.fill(false);
        let new = match entering {
            Entering::Column(a, y) => {
                if self.basis.basic.iter().all(|column| column.0 != a) {
                    self.slacks[a * m..(a + 1) * m].copy_from_slice(&self.room[a * m..(a + 1) * m]);
                }
                Some(((a, y), T::exactly(1.0)))
            }
            Entering::Slack(_) => None,
        };
        let changes = columns().map(|(column, &change)| (column, change)).chain(new);
        wide(
            #[inline(always)]
            || {
                for ((a, y), change) in changes.clone().filter(|(_, change)| *change != T::default()) {
                    let falls = &mut self.falls[a * m..(a + 1) * m];
                    if !std::mem::replace(&mut self.in_use[a], true) {
                        falls.fill(T::default());
                    }
                    T::add_gains_in(k, (a, y), change, falls);
                }
            },
        );
    }

    /// The length of the step of the entering variable, and what leaves. Returns `None` if nothing
    /// blocks the step, which is impossible in exact arithmetic.
    pub(super) fn pivot(&mut self, entering: Entering, first: bool) -> Option<Pivot<T>> {
        self.changes(entering);
        let m = self.kernel.actions();
        let mut limit = (f64::INFINITY, 0.0, None);
        let mut block = |value: T, change: T, leaving: &dyn Fn() -> Option<Leaving>| {
            let (value, falls) = (value.to_f64().max(0.0), -change.to_f64());
            if falls * (limit.0 + T::TIE) > value && falls > T::PIVOT {
                let ratio = value / falls;
                // Among ties, choose the largest pivot or, to prevent cycles, the first.
                if ratio < limit.0 - T::TIE || !first && falls > limit.1 {
                    let Some(leaving) = leaving() else { return limit.0 };
                    limit = (ratio.min(limit.0), falls, Some((leaving, -change)));
                }
            }
            limit.0
        };
        let mut most = f64::INFINITY;
        let mut scan = |values: &[T], changes: &[T], leaving: &dyn Fn(usize) -> Option<Leaving>| {
            let mut next = 0;
            while let Some(at) = wide(
                #[inline(always)]
                || first_reached(values, changes, most + T::TIE, next),
            ) {
                most = block(values[at], changes[at], &|| leaving(at));
                next = at + 1;
            }
        };
        scan(&self.mass, &self.step, &|j| Some(Leaving::Column(j)));
        for a in (0..m).filter(|&a| self.in_use[a]) {
            let pairs = a * m..(a + 1) * m;
            let is_slack = |b: usize| b != a && !self.is_tight[a * m + b];
            let leaving = |b: usize| is_slack(b).then_some(Leaving::Slack(a, b));
            scan(&self.slacks[pairs.clone()], &self.falls[pairs], &leaving);
        }
        let (length, _, leaving) = limit;
        let (leaving, fall) = leaving?;
        let leaving = self.relieved(leaving);
        self.basis.through(&self.kernel, leaving, &mut self.through);
        Some(Pivot { entering, leaving, length, fall })
    }

    /// The leaving variable. It is no longer the key of its state, unless it is the only column
    /// there.
    pub(super) fn relieved(&mut self, leaving: Leaving) -> Leaving {
        let Leaving::Column(j) = leaving else { return leaving };
        let place = self.basis.relieve(j, &self.mass);
        self.mass.swap(j, place);
        if self.step.len() > place {
            self.step.swap(j, place);
        }
        Leaving::Column(place)
    }

    /// Updates duals and prices for a pivot.
    pub(super) fn reprice(&mut self, pivot: &Pivot<T>) {
        let (k, n) = (&self.kernel, self.kernel.states());
        let price = match pivot.entering {
            Entering::Column(a, y) => self.prices[a * n + y],
            Entering::Slack(i) => self.duals[n + i],
        };
        let share = price.over(pivot.fall);
        for (dual, &value) in self.duals.iter_mut().zip(&self.through) {
            *dual += share * value;
        }
        // The row of the leaving variable, in all columns.
        let (states, rows) = self.through.split_at(n);
        wide(
            #[inline(always)]
            || {
                for prices in self.prices.chunks_exact_mut(n) {
                    prices.iter_mut().zip(states).for_each(|(price, &value)| *price -= share * value);
                }
                for (&(a, b), &value) in self.basis.tight.iter().zip(rows) {
                    if value != T::default() {
                        T::subtract_gains(k, (a, b), share * value, &mut self.prices[a * n..(a + 1) * n]);
                    }
                }
            },
        );
        match pivot.leaving {
            Leaving::Slack(a, b) => T::subtract_gains(k, (a, b), -share, &mut self.prices[a * n..(a + 1) * n]),
            Leaving::Column(j) => {
                let (a, y) = self.basis.basic[j];
                self.prices[a * n + y] = -share;
            }
        }
        match (pivot.entering, pivot.leaving) {
            (Entering::Column(..), Leaving::Column(_)) => {}
            (Entering::Column(..), Leaving::Slack(..)) => self.duals.push(-share),
            (Entering::Slack(i), Leaving::Column(_)) => {
                self.duals.swap_remove(n + i);
            }
            (Entering::Slack(i), Leaving::Slack(..)) => self.duals[n + i] = -share,
        }
    }

    /// Updates masses and slacks for a pivot.
    pub(super) fn advance(&mut self, pivot: &Pivot<T>) {
        let (m, length) = (self.kernel.actions(), T::exactly(pivot.length));
        self.mass.iter_mut().zip(&self.step).for_each(|(x, &change)| *x += length * change);
        wide(
            #[inline(always)]
            || {
                for a in (0..m).filter(|&a| self.in_use[a]) {
                    let range = a * m..(a + 1) * m;
                    let slacks = self.slacks[range.clone()].iter_mut().zip(&self.falls[range]);
                    slacks.for_each(|(slack, &change)| *slack += length * change);
                }
            },
        );
        match (pivot.entering, pivot.leaving) {
            (Entering::Column(..), Leaving::Column(j)) => self.mass[j] = length,
            (Entering::Column(..), Leaving::Slack(..)) => self.mass.push(length),
            (Entering::Slack(_), Leaving::Column(j)) => {
                self.mass.swap_remove(j);
            }
            (Entering::Slack(_), Leaving::Slack(..)) => {}
        }
    }

    /// Exchanges the entering and the leaving variable. Returns `None` if the system became
    /// singular.
    pub(super) fn exchange(&mut self, pivot: &Pivot<T>) -> Option<()> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        match pivot.entering {
            Entering::Column(a, y) => self.is_basic[a * n + y] = true,
            Entering::Slack(i) => {
                let (a, b) = self.basis.tight[i];
                self.is_tight[a * m + b] = false;
            }
        }
        match pivot.leaving {
            Leaving::Column(j) => {
                let (a, y) = self.basis.basic[j];
                self.is_basic[a * n + y] = false;
            }
            Leaving::Slack(a, b) => self.is_tight[a * m + b] = true,
        }
        self.basis.exchange(pivot.entering, pivot.leaving, (&self.step, &self.through, pivot.fall))
    }
}

/// The highest of some numbers.
#[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
#[inline(always)]
fn highest<T: Number>(numbers: &[T]) -> T {
    const LANES: usize = 8;
    let higher = |most: T, next: T| if next > most { next } else { most };
    let mut lanes = [T::exactly(f64::NEG_INFINITY); LANES];
    let chunks = numbers.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(most, &next)| *most = higher(*most, next));
    }
    lanes.iter().chain(rest).fold(T::exactly(f64::NEG_INFINITY), |most, &next| higher(most, next))
}

/// The first value, from a position on, that falls to zero within a step of this length.
#[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
#[inline(always)]
fn first_reached<T: Number>(values: &[T], changes: &[T], length: f64, from: usize) -> Option<usize> {
    const LANES: usize = 8;
    let reached = |(value, change): (&T, &T)| -change.to_f64() * length > value.to_f64().max(0.0);
    let pairs = |range: std::ops::Range<usize>| values[range.clone()].iter().zip(&changes[range]);
    let mut at = from;
    while at + LANES <= values.len() && !pairs(at..at + LANES).map(reached).fold(false, |any, one| any | one) {
        at += LANES;
    }
    pairs(at..values.len()).position(reached).map(|ahead| at + ahead)
}
