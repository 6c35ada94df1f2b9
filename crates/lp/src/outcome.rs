//! What a solve leaves: why it stopped, what it holds, and what it took.

/// Why a solve stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// At an optimum, to within the tolerances.
    Optimal,
    /// No point satisfies all bounds.
    Infeasible,
    /// Feasible points have objectives without limit.
    Unbounded,
    /// One of the two, not known which.
    InfeasibleOrUnbounded,
    /// The time was up.
    TimeLimit,
    /// The iterations were used up.
    IterationLimit,
    /// The nodes, or the solutions, of a mixed-integer solve were used up.
    SolutionLimit,
    /// The [`Interrupt`](crate::Interrupt) was raised.
    Interrupted,
    /// The solver ended short of its tolerances; what it holds may still be of use.
    Imprecise,
}

/// What a solve holds of a kind (primal or dual).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// No values.
    Nothing,
    /// Values that violate their constraints by more than the tolerance.
    InfeasiblePoint,
    /// Values that satisfy their constraints to within the tolerance.
    FeasiblePoint,
}

/// What a solve came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Why it stopped.
    pub stop: Stop,
    /// What is held of the primal: values of columns, activities of rows.
    pub primal: Held,
    /// What is held of the dual: duals of rows, reduced costs of columns. Mixed-integer solves hold none.
    pub dual: Held,
    /// The objective of what is held of the primal; NaN if there is nothing.
    pub objective: f64,
}

impl Outcome {
    /// Whether it stopped at an optimum.
    #[must_use]
    pub fn is_optimal(&self) -> bool {
        self.stop == Stop::Optimal
    }
}

/// What the last solve took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Iterations of the simplex (over all nodes, for a mixed-integer solve).
    pub simplex: u64,
    /// Iterations of the interior-point method.
    pub interior: u64,
    /// Iterations of crossover.
    pub crossover: u64,
    /// Nodes of branch and cut.
    pub nodes: u64,
}

/// Where a column or a row stands in a basis.
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
    /// Nonbasic; at which bound is left to the solver.
    Nonbasic,
}

/// A basis: as many basic columns and rows together as there are rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// One status per column.
    pub columns: Vec<BasisStatus>,
    /// One status per row.
    pub rows: Vec<BasisStatus>,
}
