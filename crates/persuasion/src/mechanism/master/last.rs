//! Final adjustments of multipliers, so that rounding does not harm the bound.

use super::super::Duals;
use super::{Column, Master, NOISE};
use crate::typed::relaxed;
use std::collections::BTreeMap;
use suasion_model::Matrix;

impl Master<'_> {
    /// If a column has a positive reduced value but must stay out, lowers the multipliers until it
    /// does not.
    pub(super) fn bar(&self, duals: &mut Duals) {
        let row_duals = &self.solution[1];
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let mut more: BTreeMap<(usize, usize, usize), f64> = BTreeMap::new();
        for (t, priced) in self.priced(duals).iter().enumerate() {
            for a in (0..m).filter(|&a| self.kernel.takes(t, a)) {
                for (i, barred) in self.kernel.barred(t, a).into_iter().enumerate() {
                    let Some((b, loss)) = barred else { continue };
                    let paid = priced[(a, i)] - row_duals[t * n + i] + NOISE;
                    if paid > 0.0 {
                        let multiplier = more.entry((t, a, b)).or_default();
                        *multiplier = multiplier.max(paid / loss);
                    }
                }
            }
        }
        duals.double_deviations.extend(more.into_iter().map(|((t, a, b), value)| (t, t, a, b, value)));
    }

    /// Moves the multipliers of unused recommendations away from the point where their reduced
    /// values are barely zero, so that rounding does not raise the bound.
    pub(super) fn relax(&self, duals: &mut Duals) {
        let (types, n, m) = (self.kernel.types(), self.kernel.states(), self.kernel.actions());
        let mut priced = self.priced(duals);
        let (mut most, mut made) = (vec![f64::NEG_INFINITY; types * n], vec![false; types * m]);
        for (column, &x) in self.columns.iter().zip(&self.solution[0]) {
            if let &Column::Mass(t, i, a) = column
                && x > 0.0
            {
                most[t * n + i] = most[t * n + i].max(priced[t][(a, i)]);
                made[t * m + a] = true;
            }
        }
        for (t, r, a, b, value) in &mut duals.double_deviations {
            if t != r || made[*t * m + *a] {
                continue;
            }
            let gains: Vec<f64> = (0..n).map(|i| self.kernel.preference(*t, *a, *b, i)).collect();
            let base = |i: usize| priced[*t][(*a, i)] - most[*t * n + i] - *value * gains[i];
            let new = relaxed(*value, (0..n).map(|i| (base(i), gains[i])));
            let change = |own: usize, i: usize| if own == *a { (new - *value) * gains[i] } else { 0.0 };
            priced[*t] = Matrix::from_fn(m, n, |own, i| priced[*t][(own, i)] + change(own, i));
            *value = new;
        }
    }
}
