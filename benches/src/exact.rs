//! Linear programs in exact rational arithmetic, as an oracle that shares nothing with any solver.
//!
//! *Problem.* `max c x` with `A x {<=, =, >=} b` and `x >= 0`. *Method.* The primal simplex method
//! on a condensed tableau of integers over one common denominator, so that every entry is a minor
//! of the data and every division is exact (Edmonds 1967; Bareiss 1968, "Sylvester's identity and
//! multistep integer-preserving Gaussian elimination"). The most negative price enters; while
//! nothing is gained, the least index does (Bland 1977), so that it ends. Where the first basis is
//! infeasible, one artificial variable lets the rows be, and is driven out. *Guarantee.* The
//! optimum, exactly.

use dashu::base::{Abs, Gcd, Signed};
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use std::cmp::Ordering;

/// How a row's activity relates to its right-hand side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
}

/// A linear program over non-negative columns.
#[derive(Clone, Debug)]
pub struct Program {
    costs: Vec<RBig>,
    rows: Vec<(Vec<RBig>, Relation, RBig)>,
}

/// What is true of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It has an optimum.
    Optimal(Solution),
    /// No point satisfies its rows.
    Infeasible,
    /// Its objective has no limit.
    Unbounded,
}

/// An optimal point.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The objective.
    pub value: RBig,
    /// The columns.
    pub point: Vec<RBig>,
}

impl Answer {
    /// The optimum, if there is one.
    #[must_use]
    pub fn optimal(self) -> Option<Solution> {
        match self {
            Self::Optimal(solution) => Some(solution),
            Self::Infeasible | Self::Unbounded => None,
        }
    }
}

impl Program {
    /// A program with so many columns, no costs and no rows.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { costs: vec![RBig::ZERO; columns], rows: vec![] }
    }

    /// Adds to the cost of a column.
    pub fn add_cost(&mut self, column: usize, cost: &RBig) {
        self.costs[column] += cost;
    }

    /// Adds a row. Entries of the same column are added up.
    pub fn add_row(&mut self, entries: impl IntoIterator<Item = (usize, RBig)>, relation: Relation, right: RBig) {
        let mut row = vec![RBig::ZERO; self.costs.len()];
        for (column, entry) in entries {
            row[column] += entry;
        }
        self.rows.push((row, relation, right));
    }

    /// The optimum. The columns of `start` enter first, each in one row that holds with equality:
    /// if the vertex that they make is feasible, the search starts there.
    #[must_use]
    pub fn maximise(&self, start: &[usize]) -> Answer {
        let mut tableau = Tableau::new(self);
        if !tableau.eliminate_equalities(start) || !tableau.make_feasible() {
            return Answer::Infeasible;
        }
        if !tableau.optimise(0) {
            return Answer::Unbounded;
        }
        Answer::Optimal(tableau.solution(self.costs.len()))
    }
}

/// The integers that a row is, up to a positive factor, and that factor.
fn integral(row: &[&RBig]) -> (Vec<IBig>, RBig) {
    let mut common = UBig::ONE;
    for number in row {
        let denominator = number.denominator();
        common = &common / (&common).gcd(denominator) * denominator;
    }
    let whole = row.iter().map(|number| number.numerator() * IBig::from(&common / number.denominator()));
    let mut integers: Vec<IBig> = whole.collect();
    let mut content = UBig::ZERO;
    for integer in integers.iter().filter(|integer| !integer.is_zero()) {
        let magnitude = integer.abs().into_parts().1;
        content = if content.is_zero() { magnitude } else { content.gcd(magnitude) };
    }
    if content.is_zero() {
        return (integers, RBig::ONE);
    }
    let divisor = IBig::from(content.clone());
    for integer in &mut integers {
        *integer = &*integer / &divisor;
    }
    (integers, RBig::from_parts(IBig::from(common), content))
}

fn negate(numbers: &mut [IBig]) {
    for number in numbers {
        *number = -&*number;
    }
}

/// Every variable is a column, a row's slack, or the artificial one.
struct Tableau {
    /// One row per basic variable, and before them as many objectives as there are:
    /// `entry / denominator` times the variables out of the basis, and last the right-hand side.
    rows: Vec<Vec<IBig>>,
    objectives: usize,
    denominator: IBig,
    /// What the objective was multiplied by.
    factor: RBig,
    /// The variable of each row but for the objectives.
    basis: Vec<usize>,
    /// The variable of each column.
    outside: Vec<usize>,
    /// Slacks that must be zero.
    fixed: Vec<bool>,
    artificial: usize,
}

impl Tableau {
    fn new(program: &Program) -> Self {
        let columns = program.costs.len();
        let negative: Vec<RBig> = program.costs.iter().map(|cost| -cost.clone()).collect();
        let (mut objective, factor) = integral(&negative.iter().collect::<Vec<_>>());
        objective.push(IBig::ZERO);
        let mut rows = vec![objective];
        let mut fixed = vec![false; columns];
        for (entries, relation, right) in &program.rows {
            let all: Vec<&RBig> = entries.iter().chain([right]).collect();
            let (mut row, _) = integral(&all);
            if *relation == Relation::AtLeast {
                negate(&mut row);
            }
            rows.push(row);
            fixed.push(*relation == Relation::Equal);
        }
        let slacks = columns..columns + program.rows.len();
        let artificial = slacks.end;
        fixed.push(false);
        Self {
            rows,
            objectives: 1,
            denominator: IBig::ONE,
            factor,
            basis: slacks.collect(),
            outside: (0..columns).collect(),
            fixed,
            artificial,
        }
    }

    /// The index of the right-hand side.
    fn right(&self) -> usize {
        self.outside.len()
    }

    /// The variable of row `row` leaves the basis, and that of column `column` enters.
    fn pivot(&mut self, row: usize, column: usize) {
        let pivot_row = self.rows[row].clone();
        let pivot = &pivot_row[column];
        let negative = pivot.is_negative();
        for (i, entries) in self.rows.iter_mut().enumerate() {
            if i == row {
                continue;
            }
            let factor = entries[column].clone();
            for (j, entry) in entries.iter_mut().enumerate() {
                if j == column {
                    continue;
                }
                let idle = factor.is_zero() || pivot_row[j].is_zero();
                if idle && entry.is_zero() {
                    continue;
                }
                let product = if idle { &*entry * pivot } else { &*entry * pivot - &factor * &pivot_row[j] };
                let quotient = product / &self.denominator;
                *entry = if negative { -quotient } else { quotient };
            }
            entries[column] = if negative { factor } else { -factor };
        }
        let entries = &mut self.rows[row];
        let denominator = std::mem::replace(&mut self.denominator, pivot.clone().abs());
        if negative {
            negate(entries);
            entries[column] = -denominator;
        } else {
            entries[column] = denominator;
        }
        let basic = row - self.objectives;
        std::mem::swap(&mut self.basis[basic], &mut self.outside[column]);
    }

    fn remove_column(&mut self, column: usize) {
        self.outside.remove(column);
        for row in &mut self.rows {
            row.remove(column);
        }
    }

    fn remove_row(&mut self, row: usize) {
        self.rows.remove(row);
        self.basis.remove(row - self.objectives);
    }

    /// Brings columns into the basis for the slacks that must be zero. Says whether the rows agree.
    fn eliminate_equalities(&mut self, start: &[usize]) -> bool {
        let mut basic = 0;
        while basic < self.basis.len() {
            if !self.fixed[self.basis[basic]] {
                basic += 1;
                continue;
            }
            let row = basic + self.objectives;
            let entries = &self.rows[row];
            let usable = |&j: &usize| !entries[j].is_zero();
            let hinted = (0..self.outside.len()).filter(|&j| start.contains(&self.outside[j])).find(usable);
            if let Some(column) = hinted.or_else(|| (0..self.outside.len()).find(usable)) {
                self.pivot(row, column);
                self.remove_column(column);
                basic += 1;
            } else if entries[self.right()].is_zero() {
                self.remove_row(row);
            } else {
                return false;
            }
        }
        true
    }

    /// Finds a feasible basis, if there is one.
    fn make_feasible(&mut self) -> bool {
        let right = self.right();
        let infeasible: Vec<usize> =
            (self.objectives..self.rows.len()).filter(|&i| self.rows[i][right].is_negative()).collect();
        let Some(&worst) = infeasible.iter().min_by(|&&i, &&k| self.rows[i][right].cmp(&self.rows[k][right])) else {
            return true;
        };
        // The artificial variable helps where it is needed, and is to be small.
        for (i, row) in self.rows.iter_mut().enumerate() {
            let entry = if infeasible.contains(&i) { -&self.denominator } else { IBig::ZERO };
            row.insert(right, entry);
        }
        self.outside.push(self.artificial);
        let mut price = vec![IBig::ZERO; right + 2];
        price[right].clone_from(&self.denominator);
        self.rows.insert(0, price);
        self.objectives += 1;
        self.pivot(worst + 1, right);
        self.optimise(0);
        let reached = self.rows[0][self.right()].is_zero();
        self.rows.remove(0);
        self.objectives -= 1;
        if !reached {
            return false;
        }
        if let Some(basic) = self.basis.iter().position(|&variable| variable == self.artificial) {
            let row = basic + self.objectives;
            match (0..self.outside.len()).find(|&j| !self.rows[row][j].is_zero()) {
                Some(column) => self.pivot(row, column),
                None => self.remove_row(row),
            }
        }
        if let Some(column) = self.outside.iter().position(|&variable| variable == self.artificial) {
            self.remove_column(column);
        }
        true
    }

    /// Makes an objective as large as it gets. Says whether there is a limit.
    fn optimise(&mut self, objective: usize) -> bool {
        let patience = 2 * self.basis.len();
        let mut stalled = 0;
        loop {
            let prices = &self.rows[objective];
            let negative = (0..self.outside.len()).filter(|&j| prices[j].is_negative());
            let entering = if stalled < patience {
                negative.min_by(|&j, &k| prices[j].cmp(&prices[k]))
            } else {
                negative.min_by_key(|&j| self.outside[j])
            };
            let Some(column) = entering else { return true };
            let Some(row) = self.leaving(column) else { return false };
            stalled = if self.rows[row][self.right()].is_zero() { stalled + 1 } else { 0 };
            self.pivot(row, column);
        }
    }

    /// The row that limits a column most. Of several, the artificial variable's, or the one of the
    /// least index.
    fn leaving(&self, column: usize) -> Option<usize> {
        let right = self.right();
        let variable = |row: usize| match self.basis[row - self.objectives] {
            artificial if artificial == self.artificial => 0,
            variable => variable + 1,
        };
        let mut best: Option<usize> = None;
        for row in (self.objectives..self.rows.len()).filter(|&row| self.rows[row][column] > IBig::ZERO) {
            let Some(last) = best else {
                best = Some(row);
                continue;
            };
            let (own, other) = (&self.rows[row], &self.rows[last]);
            let order = match (own[right].is_zero(), other[right].is_zero()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => (&own[right] * &other[column]).cmp(&(&other[right] * &own[column])),
            };
            if order == Ordering::Less || order == Ordering::Equal && variable(row) < variable(last) {
                best = Some(row);
            }
        }
        best
    }

    fn solution(&self, columns: usize) -> Solution {
        let right = self.right();
        let ratio = |number: &IBig| RBig::from_parts_signed(number.clone(), self.denominator.clone());
        let mut point = vec![RBig::ZERO; columns];
        for (basic, &variable) in self.basis.iter().enumerate().filter(|&(_, &variable)| variable < columns) {
            point[variable] = ratio(&self.rows[basic + self.objectives][right]);
        }
        Solution { value: ratio(&self.rows[0][right]) / &self.factor, point }
    }
}
