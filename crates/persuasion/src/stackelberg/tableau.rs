//! The program of a profile of responses, in whole numbers.
//!
//! *Problem.* `min over rho >= 0 of max_i [c_i + sum_r rho_r g_ri]`: the best bound that multipliers of obedience prove, whose dual is the best
//! mixture `max c.x` with `g_r.x >= 0` for all `r`. *Method.* The primal simplex method from `rho = 0`, which is always feasible, so that it
//! may end as soon as the bound is good enough; integer pivoting (Edmonds 1967, Bareiss 1968): all entries are whole numbers over one common
//! denominator, and every division is exact. Largest coefficient, and Bland's rule (1977) where it goes round. *Guarantee:* exact.

use super::whole::about;
use dashu::base::{Abs, Sign};
use dashu::integer::IBig;
use suasion_lp::Settings;

/// More pivots than this are not made.
const MOST: usize = 5_000;

/// How a run ended.
pub(super) enum End {
    /// There is no better bound.
    Optimal,
    /// The bound is what was asked for.
    Enough,
    /// No mixture keeps to the rows: the bound falls without end along a column.
    Unbounded(usize),
    /// Too many pivots, or no time.
    Stuck,
}

#[derive(Clone)]
pub(super) struct Tableau {
    /// How many mixture weights there are; variables from here on are multipliers, those below are what each maximum is missed by.
    actions: usize,
    /// One row per basic variable, then that of the bound; one column per other variable, then the right-hand side.
    rows: Vec<Vec<IBig>>,
    denominator: IBig,
    basis: Vec<usize>,
    columns: Vec<usize>,
    /// The size of each multiplier's row, by which its violation is measured.
    sizes: Vec<IBig>,
}

fn positive(number: &IBig) -> bool {
    number.sign() == Sign::Positive && !number.is_zero()
}

impl Tableau {
    /// The program with such costs `c_i` and rows `g_r`.
    pub(super) fn new(costs: &[IBig], gains: &[Vec<IBig>]) -> Self {
        let n = costs.len();
        let first = (1..n).fold(0, |best, i| if costs[i] > costs[best] { i } else { best });
        let mut rows = Vec::with_capacity(n);
        let basis: Vec<usize> = (0..n).filter(|&i| i != first).collect();
        for &i in &basis {
            let mut row = Vec::with_capacity(gains.len() + 2);
            row.push(IBig::NEG_ONE);
            row.extend(gains.iter().map(|gain| &gain[i] - &gain[first]));
            row.push(&costs[first] - &costs[i]);
            rows.push(row);
        }
        let mut bound = Vec::with_capacity(gains.len() + 2);
        bound.push(IBig::NEG_ONE);
        bound.extend(gains.iter().map(|gain| -&gain[first]));
        bound.push(costs[first].clone());
        rows.push(bound);
        let largest = |gain: &Vec<IBig>| gain.iter().map(|g| g.clone().abs()).fold(IBig::ONE, IBig::max);
        Self {
            actions: n,
            rows,
            denominator: IBig::ONE,
            basis,
            columns: std::iter::once(first).chain(n..n + gains.len()).collect(),
            sizes: gains.iter().map(largest).collect(),
        }
    }

    fn bound_row(&self) -> &[IBig] {
        &self.rows[self.basis.len()]
    }

    fn right(&self) -> usize {
        self.columns.len()
    }

    /// The bound, as numerator and denominator.
    pub(super) fn bound(&self) -> (&IBig, &IBig) {
        (&self.bound_row()[self.right()], &self.denominator)
    }

    /// Whether the bound is at most a fraction.
    pub(super) fn is_at_most(&self, numerator: &IBig, denominator: &IBig) -> bool {
        let (own, over) = self.bound();
        own * denominator <= numerator * over
    }

    /// Goes on until the bound is `enough`, or as low as can be; or the computation is to end.
    pub(super) fn run(&mut self, enough: Option<(&IBig, &IBig)>, settings: &Settings) -> End {
        let mut still = 0;
        for _ in 0..MOST {
            if settings.stopped().is_some() {
                return End::Stuck;
            }
            if enough.is_some_and(|(numerator, denominator)| self.is_at_most(numerator, denominator)) {
                return End::Enough;
            }
            let Some(column) = self.entering(still > 4 + self.columns.len()) else { return End::Optimal };
            let Some(row) = self.leaving(column) else { return End::Unbounded(column) };
            if self.rows[row][self.right()].is_zero() {
                still += 1;
            } else {
                still = 0;
            }
            self.pivot(row, column);
        }
        End::Stuck
    }

    fn entering(&self, first: bool) -> Option<usize> {
        let bound = self.bound_row();
        let falling = (0..self.columns.len()).filter(|&c| positive(&bound[c]));
        if first {
            return falling.min_by_key(|&c| self.columns[c]);
        }
        let slope = |c: usize| match self.columns[c].checked_sub(self.actions) {
            Some(r) => about(&bound[c], &self.sizes[r]),
            None => about(&bound[c], &IBig::ONE),
        };
        falling.map(|c| (c, slope(c))).reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|best| best.0)
    }

    fn leaving(&self, column: usize) -> Option<usize> {
        let right = self.right();
        let mut best: Option<usize> = None;
        for row in (0..self.basis.len()).filter(|&row| positive(&self.rows[row][column])) {
            let sooner = best.is_none_or(|other| {
                let (own, its) = (&self.rows[row], &self.rows[other]);
                let order = (&own[right] * &its[column]).cmp(&(&its[right] * &own[column]));
                order.then(self.basis[row].cmp(&self.basis[other])).is_lt()
            });
            if sooner {
                best = Some(row);
            }
        }
        best
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let pivot = self.rows[row][column].clone();
        let mut own = std::mem::take(&mut self.rows[row]);
        for (_, other) in self.rows.iter_mut().enumerate().filter(|(k, _)| *k != row) {
            let factor = other[column].clone();
            for (c, entry) in other.iter_mut().enumerate().filter(|(c, _)| *c != column) {
                if factor.is_zero() || own[c].is_zero() {
                    if !entry.is_zero() {
                        *entry = &*entry * &pivot / &self.denominator;
                    }
                } else {
                    *entry = (&*entry * &pivot - &factor * &own[c]) / &self.denominator;
                }
            }
            other[column] = -factor;
        }
        own[column] = std::mem::replace(&mut self.denominator, pivot);
        self.rows[row] = own;
        std::mem::swap(&mut self.basis[row], &mut self.columns[column]);
    }

    /// The multipliers, by row, over the common denominator.
    pub(super) fn multipliers(&self) -> impl Iterator<Item = (usize, &IBig)> {
        let right = self.right();
        let basic = self.basis.iter().zip(&self.rows);
        basic.filter_map(move |(&variable, row)| Some((variable.checked_sub(self.actions)?, &row[right])))
    }

    /// The multipliers along which the bound falls without end, over the common denominator; and how fast it does.
    pub(super) fn ray(&self, column: usize) -> (Vec<(usize, IBig)>, &IBig) {
        let own = self.columns[column].checked_sub(self.actions).map(|r| (r, self.denominator.clone()));
        let basic = self.basis.iter().zip(&self.rows);
        let others = basic.filter_map(|(&variable, row)| Some((variable.checked_sub(self.actions)?, -&row[column])));
        (own.into_iter().chain(others).filter(|(_, along)| !along.is_zero()).collect(), &self.bound_row()[column])
    }

    /// The mixture, over the common denominator; where the bound is optimal, the best there is.
    pub(super) fn mixture(&self) -> Vec<IBig> {
        let mut mixture = vec![IBig::ZERO; self.actions];
        for (c, &variable) in self.columns.iter().enumerate().filter(|(_, variable)| **variable < self.actions) {
            mixture[variable] = -&self.bound_row()[c];
        }
        mixture
    }

    pub(super) fn denominator(&self) -> &IBig {
        &self.denominator
    }

    /// The program in which every row has to be kept by a margin, `g_r.x >= margin_r / 2^by`.
    pub(super) fn tightened(mut self, margins: &[IBig], by: usize) -> Self {
        let last = self.basis.len();
        let mut bound = std::mem::take(&mut self.rows[last]);
        for entry in &mut bound {
            *entry <<= by;
        }
        for (c, &variable) in self.columns.iter().enumerate() {
            if let Some(r) = variable.checked_sub(self.actions) {
                bound[c] += &margins[r] * &self.denominator;
            }
        }
        for (&variable, row) in self.basis.iter().zip(&self.rows) {
            let Some(r) = variable.checked_sub(self.actions) else { continue };
            if !margins[r].is_zero() {
                for (entry, own) in bound.iter_mut().zip(row) {
                    *entry -= &margins[r] * own;
                }
            }
        }
        self.rows[last] = bound;
        self
    }
}
