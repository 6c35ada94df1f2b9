//! Solving a model.

use super::Model;
use crate::{Basis, BasisStatus, Error, Held, Interrupt, LpMethod, Outcome, Stop};
use std::time::Duration;

impl Model {
    /// Solves the model, from the last basis if there is one.
    ///
    /// # Errors
    /// If the solver fails. An infeasible or unbounded program, or a limit that was reached, is not
    /// an error.
    pub fn solve(&mut self) -> Result<Outcome, Error> {
        self.solve_for(None)
    }

    /// Solves the model, and stops as [`Stop::TimeLimit`] when `limit` has passed.
    ///
    /// # Errors
    /// As [`Model::solve`].
    pub fn solve_within(&mut self, limit: Duration) -> Result<Outcome, Error> {
        self.solve_for(Some(limit))
    }

    /// Solves the model, and returns the objective at the optimum.
    ///
    /// # Errors
    /// If the solver fails, or stops for any reason but an optimum.
    pub fn optimise(&mut self) -> Result<f64, Error> {
        let outcome = self.solve()?;
        if outcome.is_optimal() {
            Ok(outcome.objective)
        } else {
            Err(Error::NotOptimal { model: self.name.clone(), stop: outcome.stop })
        }
    }

    fn solve_for(&mut self, limit: Option<Duration>) -> Result<Outcome, Error> {
        self.outcome = None;
        if self.options.interrupt.as_ref().is_some_and(Interrupt::is_raised) {
            return Ok(self.keep(Stop::Interrupted, Held::Nothing, Held::Nothing));
        }
        if self.columns() == 0 {
            return Ok(self.solve_empty());
        }
        if limit.is_some() || self.limited {
            // The clock of `HiGHS` runs on from solve to solve, and its limit applies to the sum.
            self.raw.zero_clocks();
            let seconds = limit.map_or(f64::INFINITY, |limit| limit.as_secs_f64());
            self.double_option("time_limit", c"time_limit", seconds)?;
            self.limited = limit.is_some();
        }
        let first = self.run();
        match self.options.method {
            // IPX cannot tell infeasible from unbounded, but the simplex method can.
            method @ LpMethod::InteriorPoint { .. } => {
                let outcome = first?;
                let undecided = outcome.stop == Stop::InfeasibleOrUnbounded;
                if undecided && !self.options.allow_infeasible_or_unbounded {
                    return self.run_by(method, LpMethod::PrimalSimplex);
                }
                Ok(outcome)
            }
            // A basis on which one simplex method gets stuck or fails seldom stops the other
            // method, or the same method from scratch.
            method @ LpMethod::DualSimplex if is_stuck(&first) && !self.integer => {
                let again = self.run_by(method, LpMethod::PrimalSimplex);
                if !is_stuck(&again) {
                    return again;
                }
                self.forget_basis()?;
                self.run()
            }
            LpMethod::PrimalSimplex if matches!(first, Err(Error::Solver { .. })) && !self.integer => {
                self.forget_basis()?;
                self.run()
            }
            _ => first,
        }
    }

    fn run(&mut self) -> Result<Outcome, Error> {
        let raw = self.raw.run();
        self.conclude(raw)
    }

    /// Runs once by another method.
    fn run_by(&mut self, usual: LpMethod, other: LpMethod) -> Result<Outcome, Error> {
        self.set_method(other)?;
        let outcome = self.run();
        self.set_method(usual)?;
        outcome
    }

    /// Without columns, all activities are zero. `HiGHS` does not say whether the rows allow that.
    fn solve_empty(&mut self) -> Outcome {
        let (lower, upper) = self.raw.row_bounds();
        let tolerance = self.options.primal_tolerance;
        if lower.iter().all(|&bound| bound <= tolerance) && upper.iter().all(|&bound| bound >= -tolerance) {
            let outcome =
                Outcome { stop: Stop::Optimal, primal: Held::FeasiblePoint, dual: Held::FeasiblePoint, objective: 0.0 };
            self.outcome = Some(outcome);
            return outcome;
        }
        self.keep(Stop::Infeasible, Held::Nothing, Held::Nothing)
    }

    /// Reads how a run (or a crossover) ended.
    fn conclude(&mut self, raw: i32) -> Result<Outcome, Error> {
        let status = self.raw.model_status();
        let stop = match status {
            7 => Stop::Optimal,
            8 => Stop::Infeasible,
            9 => Stop::InfeasibleOrUnbounded,
            10 => Stop::Unbounded,
            13 => Stop::TimeLimit,
            14 => Stop::IterationLimit,
            15 => Stop::Imprecise,
            16 => Stop::SolutionLimit,
            17 => Stop::Interrupted,
            _ => return Err(self.failed(status)),
        };
        // IPX raises the error flag if it cannot tell infeasible from unbounded. This is an answer
        // nonetheless.
        if raw < 0 && stop != Stop::InfeasibleOrUnbounded {
            return Err(self.failed(status));
        }
        let held = |status: Option<i32>| match status {
            Some(1) => Held::InfeasiblePoint,
            Some(2) => Held::FeasiblePoint,
            _ => Held::Nothing,
        };
        let primal = held(self.raw.int_info(c"primal_solution_status"));
        let dual = if self.integer { Held::Nothing } else { held(self.raw.int_info(c"dual_solution_status")) };
        Ok(self.keep(stop, primal, dual))
    }

    fn keep(&mut self, stop: Stop, primal: Held, dual: Held) -> Outcome {
        let objective = match primal {
            Held::Nothing => f64::NAN,
            _ => self.raw.double_info(c"objective_function_value").unwrap_or(f64::NAN),
        };
        let outcome = Outcome { stop, primal, dual, objective };
        self.outcome = Some(outcome);
        outcome
    }

    fn failed(&self, status: i32) -> Error {
        let words = match status {
            0 => "not set: HiGHS refused to run",
            1 => "load error",
            2 => "model error",
            3 => "presolve error",
            4 => "solve error",
            5 => "postsolve error",
            6 => "model empty",
            11 => "objective bound",
            12 => "objective target",
            18 => "memory limit",
            19 => "internal interrupt",
            _ => "an answer, but with the error flag",
        };
        Error::Solver { model: self.name.clone(), raw: status, status: words.into() }
    }

    /// Sets the basis from which the next solve starts. The basis may be singular (`HiGHS` then
    /// replaces some columns by slacks) or have the wrong number of basic entries (`HiGHS` then
    /// completes it).
    ///
    /// # Errors
    /// If the sizes differ from the model's.
    pub fn set_basis(&mut self, basis: &Basis) -> Result<(), Error> {
        const OPERATION: &str = "to set a basis";
        self.same(OPERATION, "columns", basis.columns.len(), self.columns())?;
        self.same(OPERATION, "rows", basis.rows.len(), self.rows())?;
        self.outcome = None;
        let number = |status: &BasisStatus| match status {
            BasisStatus::Lower => 0,
            BasisStatus::Basic => 1,
            BasisStatus::Upper => 2,
            BasisStatus::Zero => 3,
            BasisStatus::Nonbasic => 4,
        };
        let columns: Vec<i32> = basis.columns.iter().map(number).collect();
        let rows: Vec<i32> = basis.rows.iter().map(number).collect();
        let raw = self.raw.set_basis(&columns, &rows);
        self.accepted(OPERATION, raw)
    }

    /// Finds a basis near a point, by IPX's crossover. `primal` is `[columns]`; `duals` are the
    /// reduced costs `[columns]` and the duals of rows `[rows]`, if they are known. A point that is
    /// nearly optimal gives a basis that is nearly optimal; a later solve by the simplex starts
    /// from it and finishes.
    ///
    /// # Errors
    /// If a size differs from the model's, or crossover fails.
    pub fn crossover(&mut self, primal: &[f64], duals: Option<(&[f64], &[f64])>) -> Result<Outcome, Error> {
        const OPERATION: &str = "to cross over";
        self.same(OPERATION, "values", primal.len(), self.columns())?;
        if let Some((reduced, dual)) = duals {
            self.same(OPERATION, "reduced costs", reduced.len(), self.columns())?;
            self.same(OPERATION, "duals", dual.len(), self.rows())?;
        }
        self.outcome = None;
        let raw = self.raw.crossover(primal, duals);
        self.accepted(OPERATION, raw)?;
        self.conclude(raw)
    }
}

/// Whether a run ended short of its tolerances, or the solver failed.
fn is_stuck(run: &Result<Outcome, Error>) -> bool {
    match run {
        Ok(outcome) => outcome.stop == Stop::Imprecise,
        Err(cause) => matches!(cause, Error::Solver { .. }),
    }
}
