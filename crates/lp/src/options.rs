//! How a model is solved.

use crate::{Interrupt, Settings};

/// The algorithm that solves a linear program. Mixed-integer programs are always solved by branch
/// and cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LpMethod {
    /// The serial dual simplex. It starts from the last basis. It works best after bounds changed
    /// or rows were added, because these changes leave the basis dual feasible. After a change that
    /// breaks dual feasibility, `HiGHS` perturbs costs and cleans up.
    #[default]
    DualSimplex,
    /// The primal simplex. It starts from the last basis. It works best after costs changed or
    /// columns were added.
    PrimalSimplex,
    /// The interior-point method IPX. It ignores the last basis.
    InteriorPoint {
        /// Whether to continue from the interior solution to an optimal basis.
        crossover: bool,
    },
}

/// The settings of a [`Model`](crate::Model). The defaults suit long sequences of small and
/// medium-sized programs.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of HiGHS, independent of the others")]
pub struct LpOptions {
    /// The algorithm. Default: the dual simplex.
    pub method: LpMethod,
    /// Whether to presolve when there is no basis to start from. The interior-point method then
    /// always presolves. Presolve costs tens of microseconds even if it finds nothing. Default: no.
    pub presolve: bool,
    /// Whether the simplex scales rows and columns. A program whose entries are of similar size is
    /// solved faster without scaling. Default: yes.
    pub scaling: bool,
    /// The largest absolute violation allowed for a bound of a row or a column. Between `1e-10` and
    /// `1`. Default: `1e-7`, as in `HiGHS`. The tighter this is, the likelier a solve ends
    /// [imprecise](crate::Stop::Imprecise).
    pub primal_tolerance: f64,
    /// The largest absolute amount by which a reduced cost may have the wrong sign. Between `1e-10`
    /// and `1`. Default: `1e-7`.
    pub dual_tolerance: f64,
    /// The relative gap between primal and dual objective at which the interior-point method stops.
    /// Between `1e-12` and `1`. Default: `1e-8`.
    pub interior_tolerance: f64,
    /// The number of iterations (of the simplex or of the interior-point method) after which a
    /// solve stops. Default: none.
    pub iteration_limit: Option<u32>,
    /// Whether [`Stop::InfeasibleOrUnbounded`](crate::Stop) is an acceptable answer if presolve
    /// cannot decide. Default: no.
    pub allow_infeasible_or_unbounded: bool,
    /// A mixed-integer solve stops when the gap, relative to the objective, is at most this.
    /// Default: `0`.
    pub relative_gap: f64,
    /// A mixed-integer solve stops when the absolute gap is at most this. Default: `1e-9`.
    pub absolute_gap: f64,
    /// The number of nodes after which a mixed-integer solve stops. Default: none.
    pub node_limit: Option<u32>,
    /// The seed of the simplex's perturbations and of the heuristics. Default: `0`.
    pub seed: u32,
    /// Whether `HiGHS` logs to standard error. Default: no.
    pub verbose: bool,
    /// The flag that ends a solve early. Default: none.
    pub interrupt: Option<Interrupt>,
}

impl LpOptions {
    /// Options for a program whose entries are already of similar size: no scaling, one tolerance
    /// for rows and reduced costs, and the interrupt of the computation.
    #[must_use]
    pub fn scaled(tolerance: f64, settings: &Settings) -> Self {
        Self {
            scaling: false,
            primal_tolerance: tolerance,
            dual_tolerance: tolerance,
            interrupt: Some(settings.interrupt.clone()),
            ..Self::default()
        }
    }
}

impl Default for LpOptions {
    fn default() -> Self {
        Self {
            method: LpMethod::default(),
            presolve: false,
            scaling: true,
            primal_tolerance: 1e-7,
            dual_tolerance: 1e-7,
            interior_tolerance: 1e-8,
            iteration_limit: None,
            allow_infeasible_or_unbounded: false,
            relative_gap: 0.0,
            absolute_gap: 1e-9,
            node_limit: None,
            seed: 0,
            verbose: false,
            interrupt: None,
        }
    }
}
