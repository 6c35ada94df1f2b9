//! A linear program in whole numbers, by the simplex method without a rounding.

use dashu::integer::IBig;
use std::cmp::Ordering;

/// A variable: of a column, or the slack of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    Slack(usize),
    Column(usize),
}

/// `max v x` over `x >= 0` with `A x <= b`, where all numbers are whole, `b >= 0`, and columns may be added at any time.
///
/// All entries of the tableau are kept over their common denominator, the determinant of the basis, so they stay whole, and no pivot divides
/// but without remainder (Edmonds 1967; Bareiss 1968, "Sylvester's identity and multistep integer-preserving Gaussian elimination").
pub(super) struct Tableau {
    /// Those that are not basic, each with its entries in all rows, and in that of the objective.
    columns: Vec<(Variable, Vec<IBig>)>,
    /// What is basic in every row.
    basis: Vec<Variable>,
    /// The values of basic variables, and of the objective.
    right: Vec<IBig>,
    denominator: IBig,
    /// How many columns were added.
    added: usize,
    /// How many pivots in a row changed nothing but the basis.
    idle: usize,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Moved,
    Optimal,
    Unbounded,
}

impl Tableau {
    /// No columns yet; all slack.
    pub(super) fn new(mut right: Vec<IBig>) -> Self {
        let basis = (0..right.len()).map(Variable::Slack).collect();
        right.push(IBig::ZERO);
        Self { columns: Vec::new(), basis, right, denominator: IBig::ONE, added: 0, idle: 0 }
    }

    fn rows(&self) -> usize {
        self.basis.len()
    }

    /// Adds a column with its value; returns its number.
    pub(super) fn add(&mut self, column: &[IBig], value: &IBig) -> usize {
        let mut entries: Vec<IBig> = vec![IBig::ZERO; self.rows() + 1];
        entries[self.rows()] = -(value * &self.denominator);
        for (row, &basic) in self.basis.iter().enumerate() {
            if let Variable::Slack(slack) = basic {
                entries[row] += &column[slack] * &self.denominator;
            }
        }
        for (variable, inverse) in &self.columns {
            if let Variable::Slack(slack) = *variable
                && !column[slack].is_zero()
            {
                for (entry, factor) in entries.iter_mut().zip(inverse) {
                    *entry += factor * &column[slack];
                }
            }
        }
        self.columns.push((Variable::Column(self.added), entries));
        self.added += 1;
        self.added - 1
    }

    /// One pivot. Where many pivots have changed nothing, the rule is that of Bland (1977), which does not cycle.
    pub(super) fn step(&mut self) -> Step {
        let objective = self.rows();
        let cautious = self.idle > 2 * self.rows() + 10;
        let falling = self.columns.iter().enumerate().filter(|(_, (_, entries))| entries[objective] < IBig::ZERO);
        let entering = if cautious {
            falling.min_by_key(|(_, (variable, _))| *variable)
        } else {
            falling.min_by(|(_, (_, a)), (_, (_, b))| a[objective].cmp(&b[objective]))
        };
        let Some(entering) = entering.map(|(place, _)| place) else { return Step::Optimal };
        let column = &self.columns[entering].1;
        let mut leaving: Option<usize> = None;
        for row in (0..self.rows()).filter(|&row| column[row] > IBig::ZERO) {
            let better = leaving.is_none_or(|best| {
                let (own, other) = (&self.right[row] * &column[best], &self.right[best] * &column[row]);
                match own.cmp(&other) {
                    Ordering::Less => true,
                    Ordering::Equal => self.basis[row] < self.basis[best],
                    Ordering::Greater => false,
                }
            });
            if better {
                leaving = Some(row);
            }
        }
        let Some(leaving) = leaving else { return Step::Unbounded };
        self.idle = if self.right[leaving].is_zero() { self.idle + 1 } else { 0 };
        self.pivot(leaving, entering);
        Step::Moved
    }

    fn pivot(&mut self, row: usize, entering: usize) {
        let variable = self.columns[entering].0;
        let mut column = std::mem::take(&mut self.columns[entering].1);
        let pivot = column[row].clone();
        let others = self.columns.iter_mut().enumerate().filter(|(place, _)| *place != entering);
        for entries in others.map(|(_, (_, entries))| entries).chain(std::iter::once(&mut self.right)) {
            let factor = entries[row].clone();
            for (entry, own) in entries.iter_mut().zip(&column).enumerate().filter_map(|(i, x)| (i != row).then_some(x))
            {
                let mut next = &*entry * &pivot;
                if !factor.is_zero() && !own.is_zero() {
                    next -= own * &factor;
                }
                *entry = next / &self.denominator;
            }
        }
        for (i, entry) in column.iter_mut().enumerate() {
            *entry = if i == row { self.denominator.clone() } else { -std::mem::take(entry) };
        }
        self.columns[entering] = (self.basis[row], column);
        self.basis[row] = variable;
        self.denominator = pivot;
    }

    /// Values of columns that are not 0, all times [`Self::denominator`].
    pub(super) fn values(&self) -> impl Iterator<Item = (usize, &IBig)> {
        self.basis.iter().zip(&self.right).filter_map(|(&basic, value)| match basic {
            Variable::Column(column) if !value.is_zero() => Some((column, value)),
            _ => None,
        })
    }

    /// The multipliers of all rows, times [`Self::denominator`].
    pub(super) fn multipliers(&self) -> Vec<IBig> {
        let mut multipliers = vec![IBig::ZERO; self.rows()];
        for (variable, entries) in &self.columns {
            if let Variable::Slack(slack) = *variable {
                multipliers[slack].clone_from(&entries[self.rows()]);
            }
        }
        multipliers
    }

    pub(super) fn denominator(&self) -> &IBig {
        &self.denominator
    }
}
