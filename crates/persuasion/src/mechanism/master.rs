//! The program of mechanisms, with generated columns and rows.
//!
//! Columns are the scaled masses `m[t][i][a]` of report `t`, state `i` and recommendation `a`, and
//! `e[t][r][a] >= 0`: the gain of type `t` over following recommendation `a` after the report `r`.
//! Rows:
//!
//! - plausibility `(t, i)`: `sum_a m[t][i][a] = mass_i`;
//! - floor: the user's value is at least the floor;
//! - truth-telling `(t, r)`, `r != t`, in a unit of the type:
//!   `sum m[t][i][a] u_t[i][a] - sum m[r][i][a] u_t[i][a] - sum_a e[t][r][a] >= 0`;
//! - obedience `(t, t, a, b)`: `sum_i m[t][i][a] (u_t[i][a] - u_t[i][b]) >= 0`;
//! - double deviation `(t, r, a, b)`: `e[t][r][a] - sum_i m[r][i][a] (u_t[i][b] - u_t[i][a]) >= 0`.
//!
//! Few mass columns and few deviation rows matter, so these are generated. All others are there
//! from the start.

mod last;

use super::{Duals, Mass};
use crate::PersuadeError;
use crate::limited::solve_limited;
use crate::typed::{TypedKernel, unit_of};
use suasion_lp::{LpOptions, Model, Sense, Settings, Sparse};
use suasion_model::Matrix;

const TOLERANCE: f64 = 1e-9;
/// Below this (in scaled utility), a multiplier or a reduced cost is rounding error: twice the
/// tolerance of the solver.
const NOISE: f64 = 2e-9;
/// The same for the price of a column outside the model, and for the gain from a deviation without
/// a row. There are only so many of them.
const LITTLE: f64 = 1e-13;
/// Masses below this, relative to that of their state, give no reason to deviate.
const RARE: f64 = 1e-11;
/// The amount by which types must prefer the truth to a misreport, as a share of what the misreport
/// costs them under full revelation.
const TRUE: f64 = 4e-15;
/// The number of columns of a report and state, and of deviations from a recommendation, that a
/// round adds.
const MOST: usize = 3;

/// A column of the model.
#[derive(Clone, Copy)]
enum Column {
    /// `m[t][i][a]`.
    Mass(usize, usize, usize),
    /// `e[t][r][a]`.
    Gain,
}

/// A deviation that has a row.
struct Row {
    deviation: (usize, usize, usize, usize),
    /// The coefficient of a unit of mass of each state, `[n]`.
    resistance: Vec<f64>,
    /// The unit of the row.
    unit: f64,
}

pub(super) struct Master<'a> {
    kernel: &'a TypedKernel<'a>,
    settings: &'a Settings,
    model: Model,
    /// The objective to maximize, one matrix per type, `n x m`.
    costs: Vec<Matrix>,
    floor: Option<f64>,
    columns: Vec<Column>,
    /// The index of the column of `(t, i, a)`, `[types * n * m]`.
    place: Vec<Option<u32>>,
    /// The deviations that have a row, in order; and, for each deviation by number, whether it has
    /// one, `[types * types * m * m]`.
    rows: Vec<Row>,
    has_row: Vec<bool>,
    /// Which masses may be positive, `[types * n * m]`.
    open: Vec<bool>,
    /// The amount by which each type must prefer the truth to each other report,
    /// `[types * (types - 1)]`.
    least: Vec<f64>,
    /// The unit of each type's utilities in truth-telling rows.
    units: Vec<f64>,
    /// The last solution: columns, multipliers of rows, and reduced costs.
    solution: [Vec<f64>; 3],
    rounds: usize,
    iterations: u64,
}

/// The approximate memory of a program in bytes: the data of every column and every deviation,
/// generated or not, and the gains.
fn bytes(types: usize, n: usize, m: usize) -> f64 {
    const OF_COLUMN: f64 = 64.0;
    const OF_GAIN: f64 = 128.0;
    let (types, n, m) = (types as f64, n as f64, m as f64);
    OF_COLUMN * types * n * m + OF_GAIN * types * types * m + types * types * m * m
}

impl<'a> Master<'a> {
    pub(super) fn new(
        kernel: &'a TypedKernel<'a>,
        floor: Option<f64>,
        settings: &'a Settings,
    ) -> Result<Self, PersuadeError> {
        let (types, n, m) = (kernel.types(), kernel.states(), kernel.actions());
        PersuadeError::unless_it_fits((n, m), bytes(types, n, m), settings)?;
        let options = LpOptions { verbose: settings.verbose, ..LpOptions::scaled(TOLERANCE, settings) };
        let mut model = Model::new("mechanism, restricted master", Sense::Maximise, options)?;
        for _ in 0..types {
            model.add_rows(&kernel.mass, &kernel.mass, &Sparse::empty(n))?;
        }
        if let Some(level) = floor {
            model.add_rows(&[level], &[f64::INFINITY], &Sparse::empty(1))?;
        }
        let units: Vec<f64> = kernel.user.iter().map(|user| unit_of(user.as_slice()).unwrap_or(1.0)).collect();
        let least: Vec<f64> = pairs(types).map(|(t, r)| TRUE * deterred(kernel, t, r) / units[t]).collect();
        let mut open = vec![false; types * n * m];
        for (t, a) in (0..types).flat_map(|t| (0..m).map(move |a| (t, a))).filter(|&(t, a)| kernel.takes(t, a)) {
            for (i, barred) in kernel.barred(t, a).into_iter().enumerate() {
                open[(t * n + i) * m + a] = barred.is_none();
            }
        }
        model.add_rows(&least, &vec![f64::INFINITY; least.len()], &Sparse::empty(least.len()))?;
        let mut master = Self {
            kernel,
            settings,
            model,
            costs: kernel.objective.clone(),
            floor,
            columns: vec![],
            place: vec![None; types * n * m],
            rows: vec![],
            solution: [const { vec![] }; 3],
            least,
            units,
            open,
            has_row: vec![false; types * types * m * m],
            rounds: 0,
            iterations: 0,
        };
        let mut entries = Sparse::new();
        for (t, r) in pairs(types) {
            for _ in 0..m {
                entries.add([(master.truth_row(t, r), -1.0)]);
                master.columns.push(Column::Gain);
            }
        }
        let zeros = vec![0.0; entries.len()];
        master.model.add_columns(&zeros, &zeros, &vec![f64::INFINITY; zeros.len()], &entries)?;
        let first = first_columns(kernel).into_iter().filter(|&(t, i, a)| master.open[master.number(t, i, a)]);
        master.add_columns(&first.collect::<Vec<_>>())?;
        Ok(master)
    }

    /// Rounds and iterations so far.
    pub(super) fn effort(&self) -> (usize, u64) {
        (self.rounds, self.iterations)
    }

    /// The optimal mechanism, with ties broken for the user, and the multipliers that prove it.
    pub(super) fn optimum(&mut self) -> Result<(Vec<Mass>, Duals), PersuadeError> {
        let all = self.open.clone();
        let infeasible = || PersuadeError::Impossible("Infeasible".into());
        let duals = self.solve(&all)?.ok_or_else(infeasible)?;
        let masses = self.masses();
        let better = self.best_for_user(&duals)?;
        Ok((better.unwrap_or(masses), duals))
    }

    /// Solves the program with columns among those `allowed`, `[types * n * m]`. Returns `None` if
    /// it is infeasible.
    fn solve(&mut self, allowed: &[bool]) -> Result<Option<Duals>, PersuadeError> {
        loop {
            let solved = solve_limited(&mut self.model, self.settings)?;
            self.rounds += 1;
            self.iterations += self.model.effort().simplex;
            let Some(outcome) = solved else { return Ok(None) };
            self.solution = [self.model.primal()?, self.model.duals()?, self.model.reduced_costs()?];
            let (violated, worthwhile) = self.wanted(allowed);
            if self.settings.verbose {
                let (rows, columns) = (violated.len(), worthwhile.len());
                eprintln!("round {}: {:.9}, {rows} rows and {columns} columns", self.rounds, outcome.objective);
            }
            if violated.is_empty() && worthwhile.is_empty() {
                let mut duals = self.multipliers(&self.solution[1]);
                self.bar(&mut duals);
                self.relax(&mut duals);
                return Ok(Some(duals));
            }
            self.add_columns(&worthwhile)?;
            self.add_rows(&violated)?;
        }
    }

    /// The deviations and the columns that the last solution needs.
    fn wanted(&self, allowed: &[bool]) -> (Vec<(usize, usize, usize, usize)>, Vec<(usize, usize, usize)>) {
        let [primal, row_duals, _] = &self.solution;
        (self.separate(primal), self.price(&self.multipliers(row_duals), row_duals, allowed))
    }

    fn cost(&self, column: &Column) -> f64 {
        match *column {
            Column::Mass(t, i, a) => self.costs[t][(i, a)],
            Column::Gain => 0.0,
        }
    }

    /// The number of a pair of a type and another report.
    fn truth(&self, t: usize, r: usize) -> usize {
        t * (self.kernel.types() - 1) + r - usize::from(r > t)
    }

    fn truth_row(&self, t: usize, r: usize) -> usize {
        self.kernel.types() * self.kernel.states() + usize::from(self.floor.is_some()) + self.truth(t, r)
    }

    fn first_temptation(&self) -> usize {
        let types = self.kernel.types();
        types * self.kernel.states() + usize::from(self.floor.is_some()) + types * (types - 1)
    }

    /// The column of `e[t][r][a]`.
    fn gain_column(&self, t: usize, r: usize, a: usize) -> usize {
        self.truth(t, r) * self.kernel.actions() + a
    }

    fn number(&self, t: usize, i: usize, a: usize) -> usize {
        (t * self.kernel.states() + i) * self.kernel.actions() + a
    }

    /// The row of a deviation. Obedience after the truth has its own unit, and is tightened a
    /// little.
    fn row(&self, deviation: (usize, usize, usize, usize)) -> Row {
        let (t, r, a, b) = deviation;
        let (resistance, unit) = match self.kernel.obedience(t, a, b) {
            Some(row) if r == t => row,
            _ => {
                let unit = self.units[t];
                ((0..self.kernel.states()).map(|i| self.kernel.preference(t, a, b, i) / unit).collect(), unit)
            }
        };
        Row { deviation, resistance, unit }
    }

    fn add_columns(&mut self, wanted: &[(usize, usize, usize)]) -> Result<(), PersuadeError> {
        let (types, n) = (self.kernel.types(), self.kernel.states());
        let mut by_report: Vec<Vec<usize>> = vec![vec![]; types * self.kernel.actions()];
        for (row, &Row { deviation: (_, r, a, _), .. }) in self.rows.iter().enumerate() {
            by_report[r * self.kernel.actions() + a].push(row);
        }
        let (mut costs, mut entries) = (Vec::with_capacity(wanted.len()), Sparse::new());
        for &(t, i, a) in wanted {
            let number = self.number(t, i, a);
            if self.place[number].is_some() {
                continue;
            }
            self.place[number] = Some(self.columns.len() as u32);
            self.columns.push(Column::Mass(t, i, a));
            costs.push(self.costs[t][(i, a)]);
            entries.push(t * n + i, 1.0);
            let own = self.kernel.user[t][(i, a)];
            if self.floor.is_some() {
                entries.push(types * n, self.kernel.shares[t] * own);
            }
            for r in (0..types).filter(|&r| r != t) {
                entries.push(self.truth_row(t, r), own / self.units[t]);
                entries.push(self.truth_row(r, t), -self.kernel.user[r][(i, a)] / self.units[r]);
            }
            for &row in &by_report[t * self.kernel.actions() + a] {
                let resistance = self.rows[row].resistance[i];
                if resistance != 0.0 {
                    entries.push(self.first_temptation() + row, resistance);
                }
            }
            entries.close();
        }
        let lower = vec![0.0; costs.len()];
        Ok(self.model.add_columns(&costs, &lower, &vec![f64::INFINITY; costs.len()], &entries)?)
    }

    fn add_rows(&mut self, wanted: &[(usize, usize, usize, usize)]) -> Result<(), PersuadeError> {
        let mut entries = Sparse::new();
        for &(t, r, a, b) in wanted {
            let row = self.row((t, r, a, b));
            if r != t {
                entries.push(self.gain_column(t, r, a), 1.0);
            }
            for i in 0..self.kernel.states() {
                if let Some(column) = self.place[self.number(r, i, a)].filter(|_| row.resistance[i] != 0.0) {
                    entries.push(column as usize, row.resistance[i]);
                }
            }
            entries.close();
            let number = self.deviation(t, r, a, b);
            self.has_row[number] = true;
            self.rows.push(row);
        }
        Ok(self.model.add_rows(&vec![0.0; wanted.len()], &vec![f64::INFINITY; wanted.len()], &entries)?)
    }

    fn deviation(&self, t: usize, r: usize, a: usize, b: usize) -> usize {
        let m = self.kernel.actions();
        ((t * self.kernel.types() + r) * m + a) * m + b
    }

    /// The violated deviations without a row at a point, the strongest one of each recommendation.
    /// Double deviations count only if the misreport pays, because the gains in the model may
    /// exceed the true ones without harm.
    fn separate(&self, primal: &[f64]) -> Vec<(usize, usize, usize, usize)> {
        let (types, m) = (self.kernel.types(), self.kernel.actions());
        let mut found = Vec::new();
        for t in 0..types {
            // values[r][a][b]: the value of b to type t where a is recommended after report r.
            // stakes: what is at stake for her.
            let mut values = vec![0.0; types * m * m];
            let mut stakes = vec![0.0; m * m];
            for (column, &x) in self.columns.iter().zip(primal) {
                if let &Column::Mass(r, i, a) = column
                    && x > RARE * self.kernel.mass[i]
                {
                    let own = self.kernel.user[t].row(i);
                    let row = &mut values[(r * m + a) * m..(r * m + a + 1) * m];
                    row.iter_mut().zip(own).for_each(|(value, u)| *value += x * u);
                    if r == t {
                        let row = &mut stakes[a * m..(a + 1) * m];
                        row.iter_mut().zip(own).for_each(|(stake, u)| *stake += x * (u - own[a]).abs());
                    }
                }
            }
            let of = |r: usize, a: usize| &values[(r * m + a) * m..(r * m + a + 1) * m];
            let followed = |r: usize| (0..m).map(|a| of(r, a)[a]).sum::<f64>();
            let best =
                |r: usize| (0..m).map(|a| of(r, a).iter().fold(f64::NEG_INFINITY, |h: f64, &v| h.max(v))).sum::<f64>();
            let enough = LITTLE * self.kernel.states() as f64;
            for r in 0..types {
                if r != t && best(r) <= followed(t) + (enough - 0.5 * self.least[self.truth(t, r)]) * self.units[t] {
                    continue;
                }
                for a in 0..m {
                    let gain = if r == t { 0.0 } else { self.units[t] * primal[self.gain_column(t, r, a)] };
                    let own = of(r, a)[a] + gain;
                    let noise = |b: usize| if r == t { -1e-14 * stakes[a * m + b] } else { LITTLE * self.units[t] };
                    let matters = |b: usize| r != t || stakes[a * m + b] > 0.0;
                    let mut violated: Vec<(usize, f64)> = (0..m)
                        .filter(|&b| b != a && self.kernel.takes(t, b) && matters(b))
                        .filter(|&b| !self.has_row[self.deviation(t, r, a, b)])
                        .map(|b| (b, of(r, a)[b] - own))
                        .filter(|&(b, more)| more > noise(b))
                        .collect();
                    violated.sort_by(|l, r| r.1.total_cmp(&l.1).then(l.0.cmp(&r.0)));
                    found.extend(violated.iter().take(MOST).map(|&(b, _)| (t, r, a, b)));
                }
            }
        }
        found
    }

    /// The multipliers of a solve. Those of rows that are kept tight may be negative.
    fn multipliers(&self, row_duals: &[f64]) -> Duals {
        let types = self.kernel.types();
        let of_row = |row: usize| -row_duals[row];
        let first = self.first_temptation();
        let deviation = |(k, row): (usize, &Row)| {
            let (t, r, a, b) = row.deviation;
            (t, r, a, b, of_row(first + k) / row.unit)
        };
        let deviations = self.rows.iter().enumerate().map(deviation);
        Duals {
            truth: pairs(types)
                .map(|(t, r)| (t, r, of_row(self.truth_row(t, r)) / self.units[t]))
                .filter(|m| m.2 != 0.0)
                .collect(),
            double_deviations: deviations.filter(|m| m.4 != 0.0).collect(),
            floor: if self.floor.is_some() { of_row(types * self.kernel.states()) } else { 0.0 },
        }
    }

    /// The columns' costs plus the terms of all multipliers except those of plausibility: one
    /// matrix per type, `m x n`.
    fn priced(&self, duals: &Duals) -> Vec<Matrix> {
        let (types, n, m) = (self.kernel.types(), self.kernel.states(), self.kernel.actions());
        let user = &self.kernel.user;
        let priced = (0..types).map(|t| {
            // own[who]: by recommendation, the weight of the utility of `who` from following it.
            let mut followed = vec![vec![0.0; m]; types];
            followed[t].fill(duals.floor * self.kernel.shares[t]);
            for &(who, r, value) in &duals.truth {
                if who == t {
                    followed[t].iter_mut().for_each(|f| *f += value);
                } else if r == t {
                    followed[who].iter_mut().for_each(|f| *f -= value);
                }
            }
            let mut taken = vec![vec![]; m];
            for &(who, _, a, b, value) in duals.double_deviations.iter().filter(|deviation| deviation.1 == t) {
                followed[who][a] += value;
                taken[a].push((who, b, value));
            }
            Matrix::from_fn(m, n, |a, i| {
                let followed: f64 = (0..types).map(|who| followed[who][a] * user[who][(i, a)]).sum();
                let taken: f64 = taken[a].iter().map(|&(who, b, value)| value * user[who][(i, b)]).sum();
                self.costs[t][(i, a)] + followed - taken
            })
        });
        priced.collect()
    }

    /// The columns whose value exceeds the price of their mass, the best ones of each report and
    /// state.
    fn price(&self, duals: &Duals, row_duals: &[f64], allowed: &[bool]) -> Vec<(usize, usize, usize)> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let mut found = Vec::new();
        for (t, priced) in self.priced(duals).iter().enumerate() {
            for i in 0..n {
                let lambda = row_duals[t * n + i];
                let mut better: Vec<(usize, f64)> = (0..m)
                    .map(|a| (a, priced[(a, i)] - lambda))
                    .filter(|&(a, price)| {
                        let number = self.number(t, i, a);
                        price > LITTLE && allowed[number] && self.place[number].is_none()
                    })
                    .collect();
                better.sort_by(|l, r| r.1.total_cmp(&l.1).then(l.0.cmp(&r.0)));
                found.extend(better.iter().take(MOST).map(|&(a, _)| (t, i, a)));
            }
        }
        found
    }

    /// The optimum that is best for the user among those that the multipliers prove: rows with a
    /// multiplier stay tight, and columns with a negative reduced cost stay out. Returns `None` if
    /// there is nothing to gain, or if rounding makes the face empty.
    fn best_for_user(&mut self, duals: &Duals) -> Result<Option<Vec<Mass>>, PersuadeError> {
        let k = self.kernel;
        let (types, n, m) = (k.types(), k.states(), k.actions());
        let regret: f64 = self.masses().iter().map(|&(t, i, a, x)| x * k.shares[t] * k.user[t][(i, a)]).sum();
        // A floor with a positive multiplier binds at every optimum, so each optimum gives the user
        // exactly the floor.
        if duals.floor > NOISE || -regret <= NOISE * n as f64 {
            return Ok(None);
        }
        let [_, row_duals, reduced] = self.solution.clone();
        let mut on_face = vec![false; self.place.len()];
        for (t, priced) in self.priced(duals).iter().enumerate() {
            for i in 0..n {
                for a in 0..m {
                    let number = self.number(t, i, a);
                    on_face[number] = self.open[number] && priced[(a, i)] >= row_duals[t * n + i] - NOISE;
                }
            }
        }
        let upper: Vec<f64> = reduced.iter().map(|&d| if d < -NOISE { 0.0 } else { f64::INFINITY }).collect();
        self.model.change_all_column_bounds(&vec![0.0; upper.len()], &upper)?;
        let first = types * n + usize::from(self.floor.is_some());
        let tight: Vec<usize> = (first..row_duals.len()).filter(|&row| -row_duals[row] > NOISE).collect();
        let level = |row: &usize| self.least.get(row - first).copied().unwrap_or(0.0);
        let levels: Vec<f64> = tight.iter().map(level).collect();
        self.model.change_row_bounds(&tight, &levels, &levels)?;
        let users = |t: usize| Matrix::from_fn(n, m, |i, a| k.shares[t] * k.user[t][(i, a)]);
        self.costs = (0..types).map(users).collect();
        let costs: Vec<f64> = self.columns.iter().map(|column| self.cost(column)).collect();
        self.model.change_all_costs(&costs)?;
        match self.solve(&on_face) {
            Ok(Some(_)) => Ok(Some(self.masses())),
            // If time is up, the point is still an optimum.
            Ok(None) | Err(PersuadeError::Stopped(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The positive masses of the last solution.
    fn masses(&self) -> Vec<Mass> {
        let mass = |(column, &x): (&Column, &f64)| match *column {
            Column::Mass(t, i, a) if x > 0.0 => Some((t, i, a, x)),
            _ => None,
        };
        self.columns.iter().zip(&self.solution[0]).filter_map(mass).collect()
    }
}

/// The first columns for each report and state: the best action for each type, which makes full
/// information feasible, and the best one for the objective.
fn first_columns(kernel: &TypedKernel<'_>) -> Vec<(usize, usize, usize)> {
    let (types, m) = (kernel.types(), kernel.actions());
    let mut columns = Vec::new();
    for t in 0..types {
        for i in 0..kernel.states() {
            let mut order: Vec<usize> = (0..m).filter(|&a| kernel.takes(t, a)).collect();
            let worth = kernel.objective[t].row(i);
            order.sort_by(|&l, &r| worth[r].total_cmp(&worth[l]).then(l.cmp(&r)));
            order.truncate(MOST);
            order.extend((0..types).map(|who| kernel.best_action(who, i)).filter(|&a| kernel.takes(t, a)));
            order.sort_unstable();
            order.dedup();
            columns.extend(order.into_iter().map(|a| (t, i, a)));
        }
    }
    columns
}

/// What type `t` loses by reporting `r` under full revelation, where every report leads to that
/// type's best action.
pub(super) fn deterred(kernel: &TypedKernel<'_>, t: usize, r: usize) -> f64 {
    let m = kernel.actions();
    let mut values = vec![0.0; m * m];
    for i in 0..kernel.states() {
        let recommended = kernel.best_action(r, i);
        let row = values[recommended * m..(recommended + 1) * m].iter_mut().zip(kernel.user[t].row(i));
        row.for_each(|(value, u)| *value += kernel.mass[i] * u);
    }
    let best = |values: &[f64]| values.iter().fold(f64::NEG_INFINITY, |h: f64, &v| h.max(v));
    -values.chunks(m).map(best).sum::<f64>()
}

fn pairs(types: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..types).flat_map(move |t| (0..types).filter(move |&r| r != t).map(move |r| (t, r)))
}
