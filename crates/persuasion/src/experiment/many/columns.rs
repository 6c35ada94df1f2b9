//! The columns and rows of the direct program over menus.

use crate::PersuadeError;
use crate::typed::TypedKernel;
use suasion_certificate::ResponseMultiplier;
use suasion_lp::{LpOptions, Model, Program, Sense, Settings};
use suasion_model::Matrix;

/// If all rows of a region are smaller than this, per mass, the region has no interior.
const THIN: f64 = 1e-9;
/// A sum of rows below this, per mass, counts as negative.
const BELOW: f64 = 1e-7;
/// A reduced cost below this counts as zero. Multipliers that keep a column out lower its price by
/// this much more.
const NOISE: f64 = 2e-9;

/// An obedience row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub menu: usize,
    kind: usize,
    action: usize,
    other: usize,
    gain: usize,
    unit: f64,
}

/// A sum of rows of a menu that is nowhere positive, and the observations that it leaves out: those
/// where the sum is negative.
struct Fall {
    parts: Vec<(Row, f64)>,
    out: Vec<usize>,
}

/// The program. Arrays over columns are ordered menu by menu, `[F n]`.
pub(super) struct Columns<'a> {
    kernel: &'a TypedKernel<'a>,
    pub list: &'a [Vec<usize>],
    pub n: usize,
    pub cost: Vec<f64>,
    /// Columns that may have mass.
    pub alive: Vec<bool>,
    /// The rows by menu: those of menu `f` are `starts[f]..starts[f + 1]`.
    pub rows: Vec<Row>,
    pub starts: Vec<usize>,
    /// The coefficients of rows at every observation, `[n]` each; menus share them.
    gains: Vec<Vec<f64>>,
    /// For each menu, in the order in which the sums were found.
    falls: Vec<Vec<Fall>>,
    /// The user's value of each column, and a floor on the total: one more row, the last.
    floor: Option<(Vec<f64>, f64)>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(
        kernel: &'a TypedKernel<'a>,
        list: &'a [Vec<usize>],
        floor: Option<(&[Matrix], f64)>,
        settings: &Settings,
    ) -> Result<Self, PersuadeError> {
        let (n, m) = (kernel.states(), kernel.actions());
        let mut columns = Self {
            kernel,
            list,
            n,
            cost: vec![],
            alive: vec![true; list.len() * n],
            rows: vec![],
            starts: vec![0],
            gains: vec![],
            falls: vec![],
            floor: None,
        };
        columns.floor = floor.map(|(user, level)| (columns.worth(user), level));
        columns.cost = columns.worth(&kernel.objective);
        let mut known: Vec<Option<Option<(usize, f64)>>> = vec![None; kernel.types() * m * m];
        for (f, menu) in list.iter().enumerate() {
            let mut rows = Vec::new();
            for (t, &a) in menu.iter().enumerate() {
                for b in (0..m).filter(|&b| b != a && kernel.takes(t, b)) {
                    let row = *known[(t * m + a) * m + b].get_or_insert_with(|| {
                        let (row, unit) = kernel.obedience(t, a, b)?;
                        row.iter().any(|&gain| gain < 0.0).then(|| {
                            columns.gains.push(row);
                            (columns.gains.len() - 1, unit)
                        })
                    });
                    if let Some((gain, unit)) = row {
                        rows.push(Row { menu: f, kind: t, action: a, other: b, gain, unit });
                    }
                }
            }
            let falls = columns.leave_out(f, &mut rows, settings)?;
            columns.falls.push(falls);
            columns.rows.extend(rows);
            columns.starts.push(columns.rows.len());
        }
        Ok(columns)
    }

    pub(super) fn menus(&self) -> usize {
        self.list.len()
    }

    pub(super) fn mass(&self) -> &'a [f64] {
        &self.kernel.mass
    }

    /// The menu that is played under full information of the observation.
    pub(super) fn best(&self, i: usize) -> Option<usize> {
        let menu: Vec<usize> = (0..self.kernel.types()).map(|t| self.kernel.best_action(t, i)).collect();
        self.list.binary_search(&menu).ok()
    }

    /// The number of rows, including that of a floor.
    pub(super) fn size(&self) -> usize {
        self.rows.len() + usize::from(self.floor.is_some())
    }

    /// The coefficients of the row of the floor, if there is one.
    pub(super) fn floor(&self) -> Option<&[f64]> {
        self.floor.as_ref().map(|(worth, _)| worth.as_slice())
    }

    /// The lower bound of each row.
    pub(super) fn levels(&self) -> Vec<f64> {
        let mut levels = vec![0.0; self.rows.len()];
        levels.extend(self.floor.as_ref().map(|(_, level)| *level));
        levels
    }

    pub(super) fn gain(&self, row: usize) -> &[f64] {
        &self.gains[self.rows[row].gain]
    }

    /// The value of each menu at every observation.
    pub(super) fn worth(&self, utility: &[Matrix]) -> Vec<f64> {
        let of_menu = |menu: &Vec<usize>| {
            let value = |i: usize| menu.iter().enumerate().map(|(t, &a)| utility[t][(i, a)]).sum::<f64>();
            (0..self.n).map(value).collect::<Vec<f64>>()
        };
        self.list.iter().flat_map(of_menu).collect()
    }

    pub(super) fn value(&self, masses: &[f64]) -> f64 {
        masses.iter().zip(&self.cost).map(|(x, cost)| x * cost).sum()
    }

    /// The contribution of row multipliers to the columns' prices. The multipliers may be those of
    /// the obedience rows or of all rows.
    pub(super) fn priced(&self, rho: &[f64]) -> Vec<f64> {
        let mut prices = vec![0.0; self.cost.len()];
        for (f, prices) in prices.chunks_exact_mut(self.n).enumerate() {
            for row in self.starts[f]..self.starts[f + 1] {
                let multiplier = rho[row];
                if multiplier != 0.0 {
                    prices.iter_mut().zip(self.gain(row)).for_each(|(price, gain)| *price += multiplier * gain);
                }
            }
        }
        if let (Some(worth), Some(slope)) = (self.floor(), rho.get(self.rows.len())) {
            prices.iter_mut().zip(worth).for_each(|(price, worth)| *price += slope * worth);
        }
        prices
    }

    /// The activity of each row at these masses.
    pub(super) fn activities(&self, masses: &[f64]) -> Vec<f64> {
        let mut activities = self.obedience(masses);
        activities.extend(self.floor().map(|worth| masses.iter().zip(worth).map(|(x, worth)| x * worth).sum::<f64>()));
        activities
    }

    /// The activity of each obedience row at these masses.
    pub(super) fn obedience(&self, masses: &[f64]) -> Vec<f64> {
        let of_row = |(row, r): (usize, &Row)| {
            let masses = &masses[r.menu * self.n..(r.menu + 1) * self.n];
            masses.iter().zip(self.gain(row)).map(|(x, gain)| x * gain).sum()
        };
        self.rows.iter().enumerate().map(of_row).collect()
    }

    /// Leaves out the columns at which a menu is infeasible, and the rows that then hold
    /// automatically.
    fn leave_out(&mut self, f: usize, rows: &mut Vec<Row>, settings: &Settings) -> Result<Vec<Fall>, PersuadeError> {
        let mut falls = Vec::new();
        loop {
            let left: Vec<usize> = (0..self.n).filter(|i| self.alive[f * self.n + i]).collect();
            if left.is_empty() {
                rows.clear();
                return Ok(falls);
            }
            let never = |row: &Row| left.iter().all(|&i| self.gains[row.gain][i] <= 0.0);
            let (parts, least) = if let Some(k) = rows.iter().position(never) {
                (vec![(rows.remove(k), 1.0)], 0.0)
            } else {
                let inside = |i: usize| rows.iter().all(|row| self.gains[row.gain][i] > BELOW);
                if left.iter().any(|&i| inside(i)) {
                    return Ok(falls);
                }
                match self.falling(rows, &left, settings)? {
                    Some(parts) => (parts, BELOW),
                    None => return Ok(falls),
                }
            };
            let sum = |i: usize| parts.iter().map(|(row, w)| w * self.gains[row.gain][i]).sum::<f64>();
            let out: Vec<usize> = left.into_iter().filter(|&i| sum(i) < -least).collect();
            out.iter().for_each(|i| self.alive[f * self.n + i] = false);
            if out.is_empty() && least > 0.0 {
                return Ok(falls);
            }
            falls.push(Fall { parts, out });
        }
    }

    /// A sum of rows that is nowhere positive, if there is one. Its weights are the multipliers of
    /// the program that maximizes the smallest row over posteriors.
    fn falling(
        &self,
        rows: &[Row],
        left: &[usize],
        settings: &Settings,
    ) -> Result<Option<Vec<(Row, f64)>>, PersuadeError> {
        if let Some(stopped) = settings.stopped() {
            return Err(PersuadeError::Stopped(stopped));
        }
        let mut program = Program::new("interior of the region of a menu", Sense::Maximise);
        for _ in left {
            program.add_column(0.0, 0.0, f64::INFINITY);
        }
        let margin = program.add_column(1.0, -f64::INFINITY, f64::INFINITY);
        for row in rows {
            let entries = left.iter().map(|&i| self.gains[row.gain][i]).enumerate().filter(|entry| entry.1 != 0.0);
            program.add_row(0.0, f64::INFINITY, entries.chain([(margin, -1.0)]));
        }
        program.add_row(1.0, 1.0, (0..left.len()).map(|i| (i, 1.0)));
        let options = LpOptions { scaling: false, interrupt: Some(settings.interrupt.clone()), ..LpOptions::default() };
        let mut model = Model::from_program(&program, options)?;
        let outcome = model.solve()?;
        if !outcome.is_optimal() || outcome.objective > THIN {
            return Ok(None);
        }
        let weights = model.duals()?.into_iter().map(|dual| (-dual).max(0.0));
        Ok(Some(rows.iter().copied().zip(weights).filter(|(_, weight)| *weight > 0.0).collect()))
    }

    /// Converts row multipliers to the multipliers `(type, action, alternative, multiplier)` of
    /// each menu, in scaled units. They give the columns that were left out no positive reduced
    /// value.
    pub(super) fn multipliers(&self, rho: &[f64]) -> Vec<Vec<ResponseMultiplier>> {
        let prices = self.priced(rho);
        let price = |column: usize| self.cost[column] + prices[column];
        let alive = |i: usize| (0..self.menus()).map(move |f| f * self.n + i).filter(|&column| self.alive[column]);
        let most: Vec<f64> = (0..self.n).map(|i| alive(i).map(price).fold(f64::NEG_INFINITY, f64::max)).collect();
        let of_menu = |f: usize| {
            let range = self.starts[f]..self.starts[f + 1];
            let mut found: Vec<(Row, f64)> =
                self.rows[range.clone()].iter().copied().zip(rho[range].to_vec()).collect();
            let mut prices: Vec<f64> = (0..self.n).map(|i| price(f * self.n + i)).collect();
            // A sum may be positive at observations that an earlier sum left out, but not at those
            // that a later one leaves out.
            for fall in self.falls[f].iter().rev() {
                let sum = |i: usize| fall.parts.iter().map(|(row, w)| w * self.gains[row.gain][i]).sum::<f64>();
                let needed = fall.out.iter().map(|&i| (prices[i] - most[i] + NOISE) / -sum(i));
                let more = needed.fold(0.0, f64::max);
                prices.iter_mut().enumerate().for_each(|(i, price)| *price += more * sum(i));
                found.extend(fall.parts.iter().map(|&(row, weight)| (row, more * weight)));
            }
            let mut list: Vec<ResponseMultiplier> = Vec::new();
            for (row, rho) in found.into_iter().filter(|(_, rho)| *rho > 0.0) {
                let key = (row.kind, row.action, row.other);
                match list.iter_mut().find(|m| (m.0, m.1, m.2) == key) {
                    Some(multiplier) => multiplier.3 += rho / row.unit,
                    None => list.push((row.kind, row.action, row.other, rho / row.unit)),
                }
            }
            list
        };
        (0..self.menus()).map(of_menu).collect()
    }
}
