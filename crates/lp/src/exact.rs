//! A simplex method for linear programs in whole numbers, without rounding.

mod whole;

pub use whole::{about, last_bit, nearest, ratio, whole};

use dashu::base::Abs;
use dashu::integer::IBig;
use std::cmp::Ordering;

/// A variable: the slack of a row, or a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    Slack(usize),
    Column(usize),
}

/// A variable that is not basic: a column of the tableau.
#[derive(Clone)]
struct Outside {
    variable: Variable,
    /// The entry in each row, and last the entry in the objective row.
    entries: Vec<IBig>,
    /// The magnitude that scales its price.
    size: IBig,
}

/// `max v x` over `x >= 0` with `A x <= b`, where all numbers are whole, `b >= 0`, and columns may
/// be added at any time.
///
/// *Method.* The primal simplex method, starting from `x = 0`. All entries of the tableau are
/// stored over their common denominator, the determinant of the basis. So they stay whole, and
/// every division is exact (Edmonds 1967; Bareiss 1968, "Sylvester's identity and multistep
/// integer-preserving Gaussian elimination"). The entering column is the one with the largest price
/// relative to its entries. After many pivots without progress, the rule of Bland (1977) takes
/// over, which does not cycle. *Guarantee.* Exact.
#[derive(Clone)]
pub struct Tableau {
    outside: Vec<Outside>,
    /// The basic variable of each row.
    basis: Vec<Variable>,
    /// The values of the basic variables, and last the value of the objective.
    right: Vec<IBig>,
    denominator: IBig,
    /// The largest magnitude among each column's entries, at least one.
    sizes: Vec<IBig>,
    /// The number of consecutive pivots that changed only the basis.
    idle: usize,
}

/// The result of a pivot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableauStep {
    /// The basis changed; the objective may be larger.
    Moved,
    /// No other point has a higher value.
    Optimal,
    /// The objective is unbounded.
    Unbounded(Ray),
}

/// A direction along which every row stays satisfied and the objective rises without limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ray {
    /// The columns that change, each with its rate of change.
    pub columns: Vec<(usize, IBig)>,
    /// The rate of change of the objective.
    pub objective: IBig,
}

impl Tableau {
    /// A program with this right-hand side, `b >= 0`, and no columns yet.
    #[must_use]
    pub fn new(mut right: Vec<IBig>) -> Self {
        let basis = (0..right.len()).map(Variable::Slack).collect();
        right.push(IBig::ZERO);
        Self { outside: Vec::new(), basis, right, denominator: IBig::ONE, sizes: Vec::new(), idle: 0 }
    }

    fn rows(&self) -> usize {
        self.basis.len()
    }

    /// Adds a column, `[rows]`, with its value, and returns its number.
    pub fn add(&mut self, column: &[IBig], value: &IBig) -> usize {
        let mut entries: Vec<IBig> = vec![IBig::ZERO; self.rows() + 1];
        entries[self.rows()] = -(value * &self.denominator);
        for (row, &basic) in self.basis.iter().enumerate() {
            if let Variable::Slack(slack) = basic {
                entries[row] += &column[slack] * &self.denominator;
            }
        }
        for Outside { variable, entries: inverse, .. } in &self.outside {
            if let Variable::Slack(slack) = *variable
                && !column[slack].is_zero()
            {
                for (entry, factor) in entries.iter_mut().zip(inverse) {
                    *entry += factor * &column[slack];
                }
            }
        }
        let number = self.sizes.len();
        let size = column.iter().map(|entry| entry.clone().abs()).fold(IBig::ONE, IBig::max);
        self.outside.push(Outside { variable: Variable::Column(number), entries, size: size.clone() });
        self.sizes.push(size);
        number
    }

    /// Replaces the values of all columns, `[columns]`. The point stays the same.
    pub fn set_values(&mut self, values: &[IBig]) {
        let zero = IBig::ZERO;
        let value = |variable: Variable| match variable {
            Variable::Column(column) => &values[column],
            Variable::Slack(_) => &zero,
        };
        let basis = &self.basis;
        let price = |entries: &[IBig]| -> IBig {
            let parts = basis.iter().zip(entries).filter(|(_, entry)| !entry.is_zero());
            parts.fold(IBig::ZERO, |sum, (&basic, entry)| sum + value(basic) * entry)
        };
        let objective = basis.len();
        for Outside { variable, entries, .. } in &mut self.outside {
            entries[objective] = price(&entries[..objective]) - value(*variable) * &self.denominator;
        }
        self.right[objective] = price(&self.right[..objective]);
    }

    /// Makes one pivot.
    pub fn step(&mut self) -> TableauStep {
        let Some(entering) = self.entering() else { return TableauStep::Optimal };
        let Some(leaving) = self.leaving(entering) else { return TableauStep::Unbounded(self.ray(entering)) };
        self.idle = if self.right[leaving].is_zero() { self.idle + 1 } else { 0 };
        self.pivot(leaving, entering);
        TableauStep::Moved
    }

    fn entering(&self) -> Option<usize> {
        let objective = self.rows();
        let falling = (0..self.outside.len()).filter(|&place| self.outside[place].entries[objective] < IBig::ZERO);
        if self.idle > 2 * self.rows() + 10 {
            return falling.min_by_key(|&place| self.outside[place].variable);
        }
        let slope = |place: usize| about(&self.outside[place].entries[objective], &self.outside[place].size);
        falling.map(|place| (place, slope(place))).min_by(|a, b| a.1.total_cmp(&b.1)).map(|best| best.0)
    }

    fn leaving(&self, entering: usize) -> Option<usize> {
        let column = &self.outside[entering].entries;
        let mut best: Option<usize> = None;
        for row in (0..self.rows()).filter(|&row| column[row] > IBig::ZERO) {
            let sooner = best.is_none_or(|other| {
                let (own, its) = (&self.right[row] * &column[other], &self.right[other] * &column[row]);
                own.cmp(&its).then(self.basis[row].cmp(&self.basis[other])) == Ordering::Less
            });
            if sooner {
                best = Some(row);
            }
        }
        best
    }

    fn ray(&self, entering: usize) -> Ray {
        let Outside { variable, entries, .. } = &self.outside[entering];
        let own = std::iter::once((*variable, self.denominator.clone()));
        let others = self.basis.iter().zip(entries).map(|(&basic, entry)| (basic, -entry));
        let columns = own.chain(others).filter_map(|(variable, rate)| match variable {
            Variable::Column(column) if !rate.is_zero() => Some((column, rate)),
            _ => None,
        });
        Ray { columns: columns.collect(), objective: -&entries[self.rows()] }
    }

    fn pivot(&mut self, row: usize, entering: usize) {
        let mut column = std::mem::take(&mut self.outside[entering].entries);
        let pivot = column[row].clone();
        let others = self.outside.iter_mut().enumerate().filter(|(place, _)| *place != entering);
        for entries in others.map(|(_, other)| &mut other.entries).chain(std::iter::once(&mut self.right)) {
            let factor = entries[row].clone();
            for (i, (entry, own)) in entries.iter_mut().zip(&column).enumerate() {
                let idle = factor.is_zero() || own.is_zero();
                if i == row || idle && entry.is_zero() {
                    continue;
                }
                let product = &*entry * &pivot;
                let next = if idle { product } else { product - own * &factor };
                *entry = next / &self.denominator;
            }
        }
        for (i, entry) in column.iter_mut().enumerate() {
            *entry = if i == row { self.denominator.clone() } else { -std::mem::take(entry) };
        }
        let left = &mut self.outside[entering];
        std::mem::swap(&mut left.variable, &mut self.basis[row]);
        left.entries = column;
        left.size = match left.variable {
            Variable::Column(number) => self.sizes[number].clone(),
            Variable::Slack(_) => IBig::ONE,
        };
        self.denominator = pivot;
    }

    /// The value of the objective, times [`Self::denominator`].
    #[must_use]
    pub fn objective(&self) -> &IBig {
        &self.right[self.rows()]
    }

    /// The nonzero values of the columns, times [`Self::denominator`].
    pub fn values(&self) -> impl Iterator<Item = (usize, &IBig)> {
        self.basis.iter().zip(&self.right).filter_map(|(&basic, value)| match basic {
            Variable::Column(column) if !value.is_zero() => Some((column, value)),
            _ => None,
        })
    }

    /// The multipliers of the rows, `[rows]`, times [`Self::denominator`].
    #[must_use]
    pub fn multipliers(&self) -> Vec<IBig> {
        let mut multipliers = vec![IBig::ZERO; self.rows()];
        for Outside { variable, entries, .. } in &self.outside {
            if let Variable::Slack(slack) = *variable {
                multipliers[slack].clone_from(&entries[self.rows()]);
            }
        }
        multipliers
    }

    /// The common denominator of all values, above 0.
    #[must_use]
    pub fn denominator(&self) -> &IBig {
        &self.denominator
    }
}
