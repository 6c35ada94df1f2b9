//! The reference: hands a program to `good_lp` and solves it once.

use crate::{Error, Program, Sense};
use good_lp::solvers::SolutionStatus;
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution as _, SolutionWithDual, SolverModel, Variable, constraint,
    highs, solvers::DualValues, variable,
};

/// An optimal solution.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The objective.
    pub objective: f64,
    /// The values of the columns, `[columns]`.
    pub primal: Vec<f64>,
    /// The duals of the rows, `[rows]`. The [crate](crate#duals) documents their signs.
    pub duals: Vec<f64>,
    /// The reduced costs of the columns, `[columns]`.
    pub reduced_costs: Vec<f64>,
}

/// The answer to a program.
#[derive(Clone, Debug, PartialEq)]
pub enum LpAnswer {
    /// An optimum.
    Optimal(Solution),
    /// No point satisfies all bounds.
    Infeasible,
    /// Feasible points have unbounded objectives.
    Unbounded,
}

impl LpAnswer {
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
    /// Solves the program once, from scratch, through `good_lp`, on one thread.
    ///
    /// `good_lp` maps several stops to one status. Here no limit is set, and `HiGHS` must decide
    /// whether a program is infeasible or unbounded, so those stops cannot occur. Anything else is
    /// an error.
    ///
    /// # Errors
    /// If the program is not well formed, or the solver fails.
    pub fn solve_direct(&self) -> Result<LpAnswer, Error> {
        self.check()?;
        let failed = |status: String| Error::Solver { model: self.name.clone(), raw: -1, status };
        if self.columns() == 0 {
            return Ok(self.without_columns());
        }
        let mut variables = ProblemVariables::new();
        let columns: Vec<Variable> = (0..self.columns())
            .map(|column| variables.add(variable().min(self.column_lower[column]).max(self.column_upper[column])))
            .collect();
        // An expression is a hash map. Filling each map entry by entry takes linear time; adding
        // expressions up does not.
        let sum = |entries: &mut dyn Iterator<Item = (usize, f64)>| {
            let mut expression = Expression::with_capacity(entries.size_hint().0);
            for (column, value) in entries {
                expression.add_mul(value, columns[column]);
            }
            expression
        };
        let objective = sum(&mut self.costs.iter().copied().enumerate());
        let unsolved = match self.sense {
            Sense::Maximise => variables.maximise(objective),
            Sense::Minimise => variables.minimise(objective),
        };
        let mut problem = unsolved.using(highs).set_threads(1).set_option("parallel", "off");
        problem.set_verbose(false);
        let mut references = Vec::with_capacity(self.rows());
        for row in 0..self.rows() {
            let (lower, upper) = (self.row_lower[row], self.row_upper[row]);
            let expression = || sum(&mut self.entries.vector(row));
            // In `good_lp`, a row that is bounded on both sides is two constraints. At most one of
            // their duals is nonzero.
            if lower == upper {
                references.push((row, problem.add_constraint(constraint::eq(expression(), lower))));
                continue;
            }
            if lower > f64::NEG_INFINITY {
                references.push((row, problem.add_constraint(constraint::geq(expression(), lower))));
            }
            if upper < f64::INFINITY {
                references.push((row, problem.add_constraint(constraint::leq(expression(), upper))));
            }
        }
        let mut solution = match problem.solve() {
            Ok(solution) if matches!(solution.status(), SolutionStatus::Optimal) => solution,
            Ok(solution) => return Err(failed(format!("good_lp: {:?}", solution.status()))),
            Err(ResolutionError::Infeasible) => return Ok(LpAnswer::Infeasible),
            Err(ResolutionError::Unbounded) => return Ok(LpAnswer::Unbounded),
            Err(error) => return Err(failed(format!("good_lp: {error}"))),
        };
        let primal: Vec<f64> = columns.iter().map(|&column| solution.value(column)).collect();
        let mut duals = vec![0.0; self.rows()];
        let values = solution.compute_dual();
        for (row, reference) in references {
            duals[row] += values.dual(reference);
        }
        let reduced_costs = self.reduced_costs(&duals);
        Ok(LpAnswer::Optimal(Solution { objective: self.objective(&primal), primal, duals, reduced_costs }))
    }

    /// `HiGHS` refuses a program without columns. All activities of such a program are zero.
    fn without_columns(&self) -> LpAnswer {
        if self.violation(&[]) > 0.0 {
            return LpAnswer::Infeasible;
        }
        let duals = vec![0.0; self.rows()];
        LpAnswer::Optimal(Solution { objective: 0.0, primal: Vec::new(), duals, reduced_costs: Vec::new() })
    }
}
