//! The program of a response profile, in whole numbers.
//!
//! *Problem.* `min over rho >= 0 of max_i [c_i + sum_r rho_r g_ri]`: the best bound that
//! multipliers of obedience prove. Its dual is the best mixture `max c.x` with `g_r.x >= 0` for all
//! `r`. *Method.* Let `f` be the action with the largest cost, and `s_f >= 0` the difference
//! between the maximum and its term. Then the bound is `c_f - max [-s_f - sum_r rho_r g_rf]` with
//! `sum_r rho_r (g_ri - g_rf) - s_f <= c_f - c_i` for every other action `i`. `rho = 0` is
//! feasible, so the search can end as soon as the bound is good enough. *Guarantee.* Exact.

use dashu::integer::IBig;
use suasion_lp::Settings;
use suasion_lp::exact::{Ray, Tableau, TableauStep};

/// The maximum number of pivots.
const MOST: usize = 5_000;

/// How a run ended.
pub(super) enum End {
    /// The bound is optimal.
    Optimal,
    /// The bound is as low as requested.
    Enough,
    /// No mixture satisfies the rows: the bound is unbounded below along a ray.
    Unbounded(Ray),
    /// There were too many pivots, or the time is up.
    Stuck,
}

#[derive(Clone)]
pub(super) struct Program {
    /// Column 0 is `s_f`, column `1 + r` is `rho_r`; there is a row for every action but `first`.
    tableau: Tableau,
    first: usize,
    /// The largest cost, times `one`.
    cost: IBig,
    /// The gain of each row at `first`: minus the values of the multipliers' columns.
    gains: Vec<IBig>,
    /// The sum of a mixture, times the denominator.
    one: IBig,
}

impl Program {
    /// The program with costs `c_i` and rows `g_r`.
    pub(super) fn new(costs: &[IBig], gains: &[Vec<IBig>]) -> Self {
        let first = (1..costs.len()).fold(0, |best, i| if costs[i] > costs[best] { i } else { best });
        let others = || (0..costs.len()).filter(|&i| i != first);
        let mut tableau = Tableau::new(others().map(|i| &costs[first] - &costs[i]).collect());
        tableau.add(&vec![IBig::NEG_ONE; costs.len() - 1], &IBig::NEG_ONE);
        for gain in gains {
            let column: Vec<IBig> = others().map(|i| &gain[i] - &gain[first]).collect();
            tableau.add(&column, &-&gain[first]);
        }
        let gains = gains.iter().map(|gain| gain[first].clone()).collect();
        Self { tableau, first, cost: costs[first].clone(), gains, one: IBig::ONE }
    }

    /// The bound, as numerator and denominator.
    pub(super) fn bound(&self) -> (IBig, &IBig) {
        (&self.cost * self.denominator() - self.tableau.objective(), self.denominator())
    }

    /// Whether the bound is at most a fraction.
    pub(super) fn is_at_most(&self, numerator: &IBig, denominator: &IBig) -> bool {
        let (own, over) = self.bound();
        own * denominator <= numerator * over
    }

    /// Iterates until the bound is at most `enough` or optimal, or a limit is reached.
    pub(super) fn run(&mut self, enough: Option<(&IBig, &IBig)>, settings: &Settings) -> End {
        for _ in 0..MOST {
            if settings.stopped().is_some() {
                return End::Stuck;
            }
            if enough.is_some_and(|(numerator, denominator)| self.is_at_most(numerator, denominator)) {
                return End::Enough;
            }
            match self.tableau.step() {
                TableauStep::Moved => {}
                TableauStep::Optimal => return End::Optimal,
                TableauStep::Unbounded(ray) => return End::Unbounded(ray),
            }
        }
        End::Stuck
    }

    /// The nonzero multipliers, by row, over the common denominator.
    pub(super) fn multipliers(&self) -> impl Iterator<Item = (usize, &IBig)> {
        self.tableau.values().filter_map(|(column, value)| Some((column.checked_sub(1)?, value)))
    }

    /// The mixture, over the common denominator. If the bound is optimal, so is the mixture.
    pub(super) fn mixture(&self) -> Vec<IBig> {
        let mut mixture = self.tableau.multipliers();
        let rest = mixture.iter().fold(&self.one * self.denominator(), |rest, x| rest - x);
        mixture.insert(self.first, rest);
        mixture
    }

    pub(super) fn denominator(&self) -> &IBig {
        self.tableau.denominator()
    }

    /// The program in which every row must hold by a margin, `g_r.x >= margin_r / 2^by`. Its
    /// mixtures have `2^by` times the common denominator.
    pub(super) fn tightened(mut self, margins: &[IBig], by: usize) -> Self {
        self.one <<= by;
        self.cost <<= by;
        let rows = self.gains.iter_mut().zip(margins);
        rows.for_each(|(gain, margin)| *gain = (&*gain << by) - margin);
        let values: Vec<IBig> = std::iter::once(&self.one).chain(&self.gains).map(|value| -value).collect();
        self.tableau.set_values(&values);
        self
    }
}

/// The multipliers along a ray, by row.
pub(super) fn along(ray: &Ray) -> impl Iterator<Item = (usize, &IBig)> {
    ray.columns.iter().filter_map(|(column, rate)| Some((column.checked_sub(1)?, rate)))
}
