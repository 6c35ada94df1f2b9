//! The dual simplex method. It repairs negative masses and slacks at an otherwise optimal point
//! after the perturbation of the rows is removed.

use super::basis::{Entering, Leaving};
use super::climb::Pivot;
use super::number::Number;
use super::{LOOK, Small};
use suasion_lp::Settings;

impl<T: Number> Small<T> {
    /// Repairs negative masses and slacks by the dual simplex method at an otherwise optimal point.
    /// Returns `None` if that fails.
    pub(super) fn mend(&mut self, settings: &Settings) -> Option<()> {
        for _ in 0..self.limit() {
            if self.iterations.is_multiple_of(LOOK) && settings.stopped().is_some() {
                return None;
            }
            if self.basis.is_worn() {
                self.renew()?;
                self.weigh();
                let duals = self.duals(self.weights);
                self.price(self.weights, &duals);
                self.duals = duals;
            }
            let Some((leaving, value)) = self.lowest() else { return Some(()) };
            let leaving = self.relieved(leaving);
            self.basis.through(&self.kernel, leaving, &mut self.through);
            let entering = self.entering_for(leaving)?;
            self.changes(entering);
            let m = self.kernel.actions();
            let fall = match leaving {
                Leaving::Column(j) => -self.step[j],
                Leaving::Slack(a, b) => -self.falls[a * m + b],
            };
            if fall.to_f64() > -T::PIVOT {
                return None;
            }
            let pivot = Pivot { entering, leaving, length: value.over(fall).to_f64(), fall };
            self.reprice(&pivot);
            self.advance(&pivot);
            self.exchange(&pivot)?;
            self.iterations += 1;
        }
        None
    }

    /// The most negative mass or slack. Returns `None` if all are feasible.
    fn lowest(&self) -> Option<(Leaving, T)> {
        let m = self.kernel.actions();
        let mut lowest = (T::exactly(-T::TIE), None);
        for (j, &x) in self.mass.iter().enumerate() {
            if x < lowest.0 {
                lowest = (x, Some(Leaving::Column(j)));
            }
        }
        for (pair, &slack) in self.slacks.iter().enumerate() {
            if slack < lowest.0 && !self.is_tight[pair] && pair / m != pair % m {
                lowest = (slack, Some(Leaving::Slack(pair / m, pair % m)));
            }
        }
        lowest.1.map(|leaving| (leaving, lowest.0))
    }

    /// What enters for a negative variable, such that no price becomes positive.
    fn entering_for(&self, leaving: Leaving) -> Option<Entering> {
        let (k, n) = (&self.kernel, self.kernel.states());
        let (states, rows) = self.through.split_at(n);
        let mut best: (f64, f64, Option<Entering>) = (f64::INFINITY, 0.0, None);
        let mut consider = |price: T, entry: T, entering: Entering| {
            let (price, rise) = (-price.to_f64().min(0.0), -entry.to_f64());
            if rise > T::PIVOT {
                let ratio = price / rise;
                if ratio < best.0 - T::TIE || ratio <= best.0 + T::TIE && rise > best.1 {
                    best = (ratio.min(best.0), rise, Some(entering));
                }
            }
        };
        let mut entries = vec![T::default(); n];
        for a in 0..k.actions() {
            entries.copy_from_slice(states);
            for (&(own, b), &value) in self.basis.tight.iter().zip(rows) {
                if own == a && value != T::default() {
                    T::subtract_gains(k, (a, b), -value, &mut entries);
                }
            }
            if let Leaving::Slack(own, b) = leaving
                && own == a
            {
                T::subtract_gains(k, (a, b), T::exactly(1.0), &mut entries);
            }
            let cells = a * n..(a + 1) * n;
            let columns = self.prices[cells.clone()].iter().zip(&self.is_basic[cells]);
            for (y, ((&price, &is_basic), &entry)) in columns.zip(&entries).enumerate() {
                if !is_basic {
                    consider(price, entry, Entering::Column(a, y));
                }
            }
        }
        for (i, (&price, &value)) in self.duals[n..].iter().zip(rows).enumerate() {
            consider(price, -value, Entering::Slack(i));
        }
        best.2
    }
}
