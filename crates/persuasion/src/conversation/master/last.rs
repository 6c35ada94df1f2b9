//! The last touches to a solution: precision, and multipliers that roundings do not harm.

use super::super::Duals;
use super::{Column, Master, NOISE, pairs};
use crate::PersuadeError;
use crate::refine::{is_rough, refine};
use crate::typed::relaxed;
use std::collections::BTreeMap;
use suasion_lp::{Program, Sense};
use suasion_model::Matrix;

impl Master<'_> {
    /// Refines the last solution where it is too rough; whether it was.
    pub(super) fn refine(&mut self, objective: f64) -> Result<bool, PersuadeError> {
        if self.tight.is_empty() {
            self.precision = self.kernel.precision(objective);
        }
        let program = self.program();
        let [primal, duals, reduced] = &mut self.solution;
        let rough = is_rough(&program, primal, duals, self.precision);
        if rough {
            self.rough = true;
            refine(&mut self.model, &program, primal, duals, self.settings)?;
            *reduced = program.reduced_costs(duals);
        }
        self.still = rough && is_rough(&program, primal, duals, f64::INFINITY);
        Ok(rough)
    }

    /// The program that the model holds.
    fn program(&self) -> Program {
        let k = self.kernel;
        let (types, n) = (k.types(), k.states());
        let mut program = Program::new("conversation, refined", Sense::Maximise);
        for (k, column) in self.columns.iter().enumerate() {
            program.add_column(self.cost(column), 0.0, self.upper.get(k).copied().unwrap_or(f64::INFINITY));
        }
        let masses: Vec<(usize, usize, usize, usize)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(column, kind)| match *kind {
                Column::Mass(t, i, a) => Some((column, t, i, a)),
                Column::Gain => None,
            })
            .collect();
        for t in 0..types {
            for i in 0..n {
                let own = masses.iter().filter(|mass| (mass.1, mass.2) == (t, i)).map(|mass| (mass.0, 1.0));
                program.add_row(k.mass[i], k.mass[i], own);
            }
        }
        if let Some(level) = self.floor {
            let users = masses.iter().map(|&(column, t, i, a)| (column, k.shares[t] * k.user[t][(i, a)]));
            program.add_row(level, f64::INFINITY, users);
        }
        for (t, r) in pairs(types) {
            let value = |&(column, report, i, a): &(usize, usize, usize, usize)| {
                let own = k.user[t][(i, a)] / self.units[t];
                (column, if report == t { own } else { -own })
            };
            let told = masses.iter().filter(|mass| mass.1 == t || mass.1 == r).map(value);
            let gains = (0..k.actions()).map(|a| (self.gain_column(t, r, a), -1.0));
            program.add_row(self.least[self.truth(t, r)], f64::INFINITY, told.chain(gains));
        }
        for row in &self.rows {
            let (t, r, a, _) = row.temptation;
            let told = masses.iter().filter(|mass| (mass.1, mass.3) == (r, a));
            let told = told.map(|&(column, _, i, _)| (column, row.resistance[i]));
            let gain = (r != t).then(|| (self.gain_column(t, r, a), 1.0));
            program.add_row(0.0, f64::INFINITY, told.chain(gain));
        }
        for &row in &self.tight {
            program.row_upper[row] = program.row_lower[row];
        }
        program
    }

    /// Lowers what pays where it is barred until it does not.
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
        duals.temptations.extend(more.into_iter().map(|((t, a, b), value)| (t, t, a, b, value)));
    }

    /// Moves the multipliers of recommendations that are not made away from where they only just do not pay, so that roundings do not raise the bound.
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
        for (t, r, a, b, value) in &mut duals.temptations {
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
