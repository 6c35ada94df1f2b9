//! The linear program in weights, offset, and error, with the rows that were generated.
//!
//! In scaled units (see [`Reduced`]), with `e` for the error, the program is
//!
//! ```text
//! minimize    e + price * sum_i w_i
//! subject to  e >= +-(sum_i w_i U_i(a,y) + c - u(a,y))                              (1)
//!             e >= (sum_i w_i (U_i(a,y) - U_i(b,y)) - (u(a,y) - u(b,y))) / 2        (2)
//! ```
//!
//! Rows (1) are for no offset or a constant offset. Rows (2) are for one offset per state, which
//! takes its best value.
//!
//! The columns are the weights, the error, and the constant offset if there is one.

use crate::error::AlignError;
use crate::options::AlignOptions;
use crate::presolve::{Flat, Reduced};
use crate::residuals::{Extreme, Survey};
use std::collections::HashSet;
use suasion_certificate::Offset;
use suasion_lp::{LpOptions, Model, Sense, Settings, Sparse, Stop, Stopped};

/// A row of the program: a lower bound on the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Cut {
    /// The residual of an entry, including the offset, or its negative.
    One { action: usize, state: usize, positive: bool },
    /// Half the difference between the residuals of two actions at one state, in which the state's
    /// offset cancels.
    Two { state: usize, above: usize, below: usize },
}

impl Cut {
    fn state(self) -> usize {
        match self {
            Self::One { state, .. } | Self::Two { state, .. } => state,
        }
    }
}

/// An optimum of the restricted program, in scaled units.
pub(crate) struct Point {
    /// The weights.
    pub(crate) weights: Vec<f64>,
    /// The constant offset; 0 if the offset is of another kind.
    pub(crate) offset: f64,
    /// The error.
    pub(crate) error: f64,
    /// The objective, which bounds that of all weights from below.
    pub(crate) objective: f64,
}

/// How a solve ended.
pub(crate) enum Solved {
    /// It found an optimum.
    Optimal(Point),
    /// It reached a limit.
    Stopped(Stopped),
    /// It missed its tolerances, so this program yields nothing more.
    Stuck,
}

/// The restricted program in the solver.
pub(crate) struct Master<'a> {
    user: &'a Flat<'a>,
    agents: &'a [Flat<'a>],
    options: &'a AlignOptions,
    settings: &'a Settings,
    model: Model,
    cuts: Vec<Cut>,
    lower: Vec<f64>,
    present: HashSet<Cut>,
    /// The objective when rows were last removed.
    dropped_at: f64,
    /// The total number of simplex iterations.
    pub(crate) iterations: u64,
}

impl<'a> Master<'a> {
    /// Builds the program without any cut.
    pub(crate) fn new(
        reduced: &'a Reduced<'a>,
        options: &'a AlignOptions,
        settings: &'a Settings,
    ) -> Result<Self, AlignError> {
        let solver = LpOptions { verbose: settings.verbose, ..LpOptions::scaled(1e-9, settings) };
        let mut costs = reduced.prices.clone();
        let mut lower = vec![0.0; costs.len() + 1];
        costs.push(1.0);
        if options.offset == Offset::Constant {
            costs.push(0.0);
            lower.push(f64::NEG_INFINITY);
        }
        let mut model = Model::new("align", Sense::Minimise, solver)?;
        model.add_columns(&costs, &lower, &vec![f64::INFINITY; costs.len()], &Sparse::empty(costs.len()))?;
        if options.simplex {
            let mut entries = Sparse::new();
            entries.add(reduced.shares.iter().copied().enumerate());
            model.add_rows(&[1.0], &[1.0], &entries)?;
        }
        Ok(Self {
            user: &reduced.user,
            agents: &reduced.agents,
            options,
            settings,
            model,
            cuts: Vec::new(),
            lower: Vec::new(),
            present: HashSet::new(),
            dropped_at: 0.0,
            iterations: 0,
        })
    }

    /// The cuts, in the order of their rows.
    pub(crate) fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// The number of rows before those of the cuts.
    fn first(&self) -> usize {
        usize::from(self.options.simplex)
    }

    /// Adds cuts of a survey that are violated by more than `threshold`, the most violated first:
    /// at most `most` cuts, and no more than its share from any state. Returns how many were added.
    pub(crate) fn add(
        &mut self,
        survey: &Survey,
        point: &Point,
        most: usize,
        threshold: f64,
    ) -> Result<usize, AlignError> {
        let mut found = self.violated(survey, point, threshold);
        found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let share = (2 * most).div_ceil(survey.states.len());
        let mut taken = vec![0; survey.states.len()];
        let (mut entries, mut lower) = (Sparse::new(), Vec::new());
        for (_, cut) in found {
            if lower.len() == most {
                break;
            }
            let taken = &mut taken[cut.state()];
            if *taken < share && self.present.insert(cut) {
                *taken += 1;
                lower.push(self.row(cut, &mut entries));
                self.cuts.push(cut);
            }
        }
        self.model.add_rows(&lower, &vec![f64::INFINITY; lower.len()], &entries)?;
        self.lower.extend_from_slice(&lower);
        Ok(lower.len())
    }

    /// The violated cuts of a survey, each with its violation.
    fn violated(&self, survey: &Survey, point: &Point, threshold: f64) -> Vec<(f64, Cut)> {
        let mut found = Vec::new();
        let mut offer = |value: f64, cut: Cut| {
            let violation = value - point.error;
            if violation > threshold {
                found.push((violation, cut));
            }
        };
        for &(state, part) in &survey.parts {
            if self.options.offset == Offset::PerState {
                let whole = &survey.states[state];
                let mut pair = |high: Extreme, low: Extreme| {
                    let cut = Cut::Two { state, above: high.action, below: low.action };
                    offer(0.5 * high.value - 0.5 * low.value, cut);
                };
                pair(part.high, whole.low);
                pair(whole.high, part.low);
            } else {
                let one = |extreme: Extreme, positive| Cut::One { action: extreme.action, state, positive };
                offer(part.high.value + point.offset, one(part.high, true));
                offer(-point.offset - part.low.value, one(part.low, false));
            }
        }
        found
    }

    /// Adds the coefficients of a cut, and returns the lower bound of its row.
    fn row(&self, cut: Cut, entries: &mut Sparse) -> f64 {
        let error = self.agents.len();
        let bound = match cut {
            Cut::One { action, state, positive } => {
                let sign = if positive { -1.0 } else { 1.0 };
                for (i, agent) in self.agents.iter().enumerate() {
                    entries.push(i, sign * agent.at(action, state));
                }
                if self.options.offset == Offset::Constant {
                    entries.push(error + 1, sign);
                }
                sign * self.user.at(action, state)
            }
            Cut::Two { state, above, below } => {
                let half = |utility: &Flat<'_>| 0.5 * utility.at(below, state) - 0.5 * utility.at(above, state);
                for (i, agent) in self.agents.iter().enumerate() {
                    entries.push(i, half(agent));
                }
                half(self.user)
            }
        };
        entries.push(error, 1.0);
        entries.close();
        bound
    }

    /// Solves the program from the last basis.
    pub(crate) fn solve(&mut self) -> Result<Solved, AlignError> {
        let outcome = match self.settings.left() {
            Some(left) => self.model.solve_within(left)?,
            None => self.model.solve()?,
        };
        self.iterations += self.model.effort().simplex;
        match outcome.stop {
            Stop::Optimal => {}
            Stop::TimeLimit => return Ok(Solved::Stopped(Stopped::TimeLimit)),
            Stop::Interrupted => return Ok(Solved::Stopped(Stopped::Interrupted)),
            Stop::Imprecise => return Ok(Solved::Stuck),
            other => return Err(AlignError::Impossible(format!("{other:?}"))),
        }
        let values = self.model.primal()?;
        let agents = self.agents.len();
        let weights: Vec<f64> = values[..agents].iter().map(|weight| weight.max(0.0)).collect();
        let offset = if self.options.offset == Offset::Constant { values[agents + 1] } else { 0.0 };
        Ok(Solved::Optimal(Point { weights, offset, error: values[agents], objective: outcome.objective }))
    }

    /// The multipliers of the cuts, after a solve.
    pub(crate) fn multipliers(&self) -> Result<Vec<f64>, AlignError> {
        Ok(self.model.duals()?.split_off(self.first()))
    }

    /// Removes the rows whose slack exceeds `slack`, if the objective has grown since rows were
    /// last removed. So two sets of rows cannot replace each other forever.
    pub(crate) fn drop_slack(&mut self, objective: f64, slack: f64) -> Result<(), AlignError> {
        if objective <= self.dropped_at + 1e-9 {
            return Ok(());
        }
        let first = self.first();
        let activities = self.model.activities()?;
        let multipliers = self.multipliers()?;
        let idle: Vec<bool> = (0..self.cuts.len())
            .map(|k| multipliers[k] == 0.0 && activities[first + k] - self.lower[k] > slack)
            .collect();
        if 2 * idle.iter().filter(|&&idle| idle).count() < idle.len() {
            return Ok(());
        }
        self.dropped_at = objective;
        let mut removed = vec![false; first];
        removed.extend(&idle);
        self.model.delete_rows(&removed)?;
        for (cut, _) in self.cuts.iter().zip(&idle).filter(|&(_, &idle)| idle) {
            self.present.remove(cut);
        }
        let mut keep = idle.iter().map(|idle| !idle);
        self.cuts.retain(|_| keep.next() == Some(true));
        let mut keep = idle.iter().map(|idle| !idle);
        self.lower.retain(|_| keep.next() == Some(true));
        Ok(())
    }
}
