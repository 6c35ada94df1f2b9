//! What a solve leaves: why it stopped, what it holds, and how much effort it took.

/// Why a solve stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// At an optimum, within the tolerances.
    Optimal,
    /// No point satisfies all bounds.
    Infeasible,
    /// Feasible points have unbounded objectives.
    Unbounded,
    /// Infeasible or unbounded; it is not known which.
    InfeasibleOrUnbounded,
    /// The time limit was reached.
    TimeLimit,
    /// The iteration limit was reached.
    IterationLimit,
    /// A mixed-integer solve reached its limit on nodes or solutions.
    SolutionLimit,
    /// The [`Interrupt`](crate::Interrupt) was raised.
    Interrupted,
    /// The solver ended short of its tolerances. The values it holds may still be useful.
    Imprecise,
}

/// The primal or dual values that a solve holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// No values.
    Nothing,
    /// Values that violate their constraints by more than the tolerance.
    InfeasiblePoint,
    /// Values that satisfy their constraints within the tolerance.
    FeasiblePoint,
}

/// The result of a solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Why it stopped.
    pub stop: Stop,
    /// The primal values: values of columns, activities of rows.
    pub primal: Held,
    /// The dual values: duals of rows, reduced costs of columns. Mixed-integer solves hold none.
    pub dual: Held,
    /// The objective of the primal values; NaN if there are none.
    pub objective: f64,
}

impl Outcome {
    /// Whether the solve stopped at an optimum.
    #[must_use]
    pub fn is_optimal(&self) -> bool {
        self.stop == Stop::Optimal
    }
}

/// The effort of the last solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SolverEffort {
    /// Iterations of the simplex (over all nodes of a mixed-integer solve).
    pub simplex: u64,
    /// Iterations of the interior-point method.
    pub interior: u64,
    /// Iterations of crossover.
    pub crossover: u64,
    /// Nodes of branch and cut.
    pub nodes: u64,
}

/// The status of a column or a row in a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasisStatus {
    /// Nonbasic at its lower bound (or fixed).
    Lower,
    /// Basic.
    Basic,
    /// Nonbasic at its upper bound.
    Upper,
    /// Nonbasic and free, at zero.
    Zero,
    /// Nonbasic. The solver chooses the bound.
    Nonbasic,
}

/// A basis. It has as many basic columns and rows together as there are rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// One status per column.
    pub columns: Vec<BasisStatus>,
    /// One status per row.
    pub rows: Vec<BasisStatus>,
}
