//! Reads what a solve left.

use super::Model;
use crate::{Basis, BasisStatus, Error, Held, Outcome, SolverEffort};

impl Model {
    /// The outcome of the last solve, if nothing has changed since.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Reads the values of the columns, `[columns]`, into `values`.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_primal(&self, values: &mut Vec<f64>) -> Result<(), Error> {
        self.held("values", |outcome| outcome.primal)?;
        resize(values, self.columns());
        self.read("values", |model| model.raw.solution(Some(values), None, None, None))
    }

    /// Reads the activities of the rows, `[rows]`, into `activities`.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_activities(&self, activities: &mut Vec<f64>) -> Result<(), Error> {
        self.held("activities", |outcome| outcome.primal)?;
        resize(activities, self.rows());
        self.read("activities", |model| model.raw.solution(None, None, Some(activities), None))
    }

    /// Reads the duals of the rows, `[rows]`, into `duals`. The [crate](crate#duals) documents
    /// their signs.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_duals(&self, duals: &mut Vec<f64>) -> Result<(), Error> {
        self.held("duals", |outcome| outcome.dual)?;
        resize(duals, self.rows());
        self.read("duals", |model| model.raw.solution(None, None, None, Some(duals)))
    }

    /// Reads the reduced costs of the columns, `[columns]`, into `reduced`. The
    /// [crate](crate#duals) documents their signs.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_reduced_costs(&self, reduced: &mut Vec<f64>) -> Result<(), Error> {
        self.held("reduced costs", |outcome| outcome.dual)?;
        resize(reduced, self.columns());
        self.read("reduced costs", |model| model.raw.solution(None, Some(reduced), None, None))
    }

    /// Like [`Model::read_primal`], but returns the values of the columns in a new vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn primal(&self) -> Result<Vec<f64>, Error> {
        let mut values = Vec::new();
        self.read_primal(&mut values).map(|()| values)
    }

    /// Like [`Model::read_activities`], but returns the activities of the rows in a new vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn activities(&self) -> Result<Vec<f64>, Error> {
        let mut activities = Vec::new();
        self.read_activities(&mut activities).map(|()| activities)
    }

    /// Like [`Model::read_duals`], but returns the duals of the rows in a new vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn duals(&self) -> Result<Vec<f64>, Error> {
        let mut duals = Vec::new();
        self.read_duals(&mut duals).map(|()| duals)
    }

    /// Like [`Model::read_reduced_costs`], but returns the reduced costs of the columns in a new
    /// vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn reduced_costs(&self) -> Result<Vec<f64>, Error> {
        let mut reduced = Vec::new();
        self.read_reduced_costs(&mut reduced).map(|()| reduced)
    }

    /// A direction in the space of rows, `[rows]`, that proves infeasibility, if a solve by the
    /// simplex without presolve ended so. For every `x` within the bounds of its columns, `ray . (A
    /// x)` lies on the wrong side of what the bounds of the rows allow (Farkas).
    #[must_use]
    pub fn dual_ray(&self) -> Option<Vec<f64>> {
        self.outcome?;
        let mut ray = vec![0.0; self.rows()];
        (self.columns() > 0 && self.raw.dual_ray(&mut ray)).then_some(ray)
    }

    /// A direction, `[columns]`, along which the objective improves without limit, if a solve by
    /// the simplex without presolve ended so.
    #[must_use]
    pub fn primal_ray(&self) -> Option<Vec<f64>> {
        self.outcome?;
        let mut ray = vec![0.0; self.columns()];
        (self.columns() > 0 && self.raw.primal_ray(&mut ray)).then_some(ray)
    }

    /// The basis, if a solve left one, adapted to later changes.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        let (mut columns, mut rows) = (vec![0; self.columns()], vec![0; self.rows()]);
        if self.raw.basis(&mut columns, &mut rows) != 0 {
            return None;
        }
        let status = |number: i32| match number {
            0 => BasisStatus::Lower,
            1 => BasisStatus::Basic,
            2 => BasisStatus::Upper,
            3 => BasisStatus::Zero,
            _ => BasisStatus::Nonbasic,
        };
        Some(Basis { columns: columns.into_iter().map(status).collect(), rows: rows.into_iter().map(status).collect() })
    }

    /// The effort of the last solve.
    #[must_use]
    pub fn effort(&self) -> SolverEffort {
        let number = |info: Option<i32>| info.map_or(0, |count| count.max(0) as u64);
        SolverEffort {
            simplex: number(self.raw.int_info(c"simplex_iteration_count")),
            interior: number(self.raw.int_info(c"ipm_iteration_count")),
            crossover: number(self.raw.int_info(c"crossover_iteration_count")),
            nodes: self.raw.long_info(c"mip_node_count").map_or(0, |count| count.max(0) as u64),
        }
    }

    /// The bound on the objective that the last mixed-integer solve proved: no point is better.
    #[must_use]
    pub fn integer_bound(&self) -> Option<f64> {
        self.outcome.filter(|_| self.integer)?;
        self.raw.double_info(c"mip_dual_bound")
    }

    fn held(&self, what: &'static str, kind: impl Fn(Outcome) -> Held) -> Result<(), Error> {
        match self.outcome.map(kind) {
            Some(Held::InfeasiblePoint | Held::FeasiblePoint) => Ok(()),
            _ => Err(self.nothing(what)),
        }
    }

    fn read(&self, what: &'static str, read: impl FnOnce(&Self) -> i32) -> Result<(), Error> {
        // `HiGHS` does not solve a program without columns. All its values are zero or empty.
        if self.columns() == 0 || read(self) == 0 { Ok(()) } else { Err(self.nothing(what)) }
    }

    fn nothing(&self, what: &'static str) -> Error {
        Error::NothingHeld { model: self.name.clone(), what }
    }
}

fn resize(buffer: &mut Vec<f64>, len: usize) {
    buffer.clear();
    buffer.resize(len, 0.0);
}
