//! Reading what a solve left.

use super::Model;
use crate::{Basis, BasisStatus, Effort, Error, Held, Outcome};

impl Model {
    /// How the last solve ended, if nothing was changed since.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The values of the columns, `[columns]`, into `values`.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_primal(&self, values: &mut Vec<f64>) -> Result<(), Error> {
        self.held("values", |outcome| outcome.primal)?;
        resize(values, self.columns());
        self.read("values", |model| model.raw.solution(Some(values), None, None, None))
    }

    /// The activities of the rows, `[rows]`, into `activities`.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_activities(&self, activities: &mut Vec<f64>) -> Result<(), Error> {
        self.held("activities", |outcome| outcome.primal)?;
        resize(activities, self.rows());
        self.read("activities", |model| model.raw.solution(None, None, Some(activities), None))
    }

    /// The duals of the rows, `[rows]`, into `duals`; for their signs see the [crate](crate#duals).
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_duals(&self, duals: &mut Vec<f64>) -> Result<(), Error> {
        self.held("duals", |outcome| outcome.dual)?;
        resize(duals, self.rows());
        self.read("duals", |model| model.raw.solution(None, None, None, Some(duals)))
    }

    /// The reduced costs of the columns, `[columns]`, into `reduced`; for their signs see the [crate](crate#duals).
    ///
    /// # Errors
    /// If the model holds none.
    pub fn read_reduced_costs(&self, reduced: &mut Vec<f64>) -> Result<(), Error> {
        self.held("reduced costs", |outcome| outcome.dual)?;
        resize(reduced, self.columns());
        self.read("reduced costs", |model| model.raw.solution(None, Some(reduced), None, None))
    }

    /// The values of the columns, as [`Model::read_primal`], in a new vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn primal(&self) -> Result<Vec<f64>, Error> {
        let mut values = Vec::new();
        self.read_primal(&mut values).map(|()| values)
    }

    /// The activities of the rows, as [`Model::read_activities`], in a new vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn activities(&self) -> Result<Vec<f64>, Error> {
        let mut activities = Vec::new();
        self.read_activities(&mut activities).map(|()| activities)
    }

    /// The duals of the rows, as [`Model::read_duals`], in a new vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn duals(&self) -> Result<Vec<f64>, Error> {
        let mut duals = Vec::new();
        self.read_duals(&mut duals).map(|()| duals)
    }

    /// The reduced costs of the columns, as [`Model::read_reduced_costs`], in a new vector.
    ///
    /// # Errors
    /// If the model holds none.
    pub fn reduced_costs(&self) -> Result<Vec<f64>, Error> {
        let mut reduced = Vec::new();
        self.read_reduced_costs(&mut reduced).map(|()| reduced)
    }

    /// A direction in the space of rows that proves infeasibility, `[rows]`, when a solve by the simplex without presolve
    /// ended so: for every `x` within the bounds of its columns, `ray . (A x)` lies on the wrong side of what the bounds of the
    /// rows allow (Farkas).
    #[must_use]
    pub fn dual_ray(&self) -> Option<Vec<f64>> {
        self.outcome?;
        let mut ray = vec![0.0; self.rows()];
        (self.columns() > 0 && self.raw.dual_ray(&mut ray)).then_some(ray)
    }

    /// A direction, `[columns]`, along which the objective improves without limit, when a solve by the simplex without presolve
    /// ended so.
    #[must_use]
    pub fn primal_ray(&self) -> Option<Vec<f64>> {
        self.outcome?;
        let mut ray = vec![0.0; self.columns()];
        (self.columns() > 0 && self.raw.primal_ray(&mut ray)).then_some(ray)
    }

    /// The basis, if there is one: after a solve that left one, adapted to what changed since.
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

    /// What the last solve took.
    #[must_use]
    pub fn effort(&self) -> Effort {
        let number = |info: Option<i32>| info.map_or(0, |count| count.max(0) as u64);
        Effort {
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
        // A program without columns was not solved by HiGHS; everything it holds is zero, or empty.
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
