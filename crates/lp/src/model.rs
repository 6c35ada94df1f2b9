//! A persistent model: a live `HiGHS` object that can be changed and solved again.

mod edit;
mod read;
mod solve;

use crate::raw::Raw;
use crate::{Error, LpMethod, LpOptions, Outcome, Program, Sense};
use std::ffi::CStr;
use std::path::Path;

/// A program that lives in `HiGHS`. Every solve starts from the basis that the last solve left,
/// adapted to later changes: new columns enter as nonbasic and new rows as basic, and deleting
/// nonbasic columns or basic (slack) rows keeps the basis.
///
/// Values may be read between a solve and the next change.
pub struct Model {
    raw: Raw,
    name: String,
    sense: Sense,
    options: LpOptions,
    /// The outcome of the last solve, until something changes.
    outcome: Option<Outcome>,
    /// Whether `HiGHS` was last given a time limit.
    limited: bool,
    /// Whether any column is integer.
    integer: bool,
    /// Scratch space for sets and masks.
    scratch: Vec<i32>,
}

impl Model {
    /// A model without rows and columns. Errors call it `name`.
    ///
    /// # Errors
    /// If `HiGHS` refuses an option because a number is out of range.
    pub fn new(name: &str, sense: Sense, options: LpOptions) -> Result<Self, Error> {
        let raw =
            Raw::new().ok_or_else(|| Error::Refused { model: name.into(), operation: "to be created", raw: -1 })?;
        let mut model = Self {
            raw,
            name: name.into(),
            sense,
            options: LpOptions::default(),
            outcome: None,
            limited: false,
            integer: false,
            scratch: Vec::new(),
        };
        // This flag goes first: while it is off, `HiGHS` does not report other settings to the
        // console.
        model.bool_option("output_flag", c"output_flag", false)?;
        model.bool_option("log_to_console", c"log_to_console", false)?;
        model.int_option("threads", c"threads", 1)?;
        model.string_option("parallel", c"parallel", c"off")?;
        model.set_options(options)?;
        model.set_sense(sense);
        Ok(model)
    }

    /// A model that holds `program`.
    ///
    /// # Errors
    /// If the program is not well formed, or `HiGHS` refuses an option.
    pub fn from_program(program: &Program, options: LpOptions) -> Result<Self, Error> {
        let mut model = Self::new(&program.name, program.sense, options)?;
        model.fill(program)?;
        Ok(model)
    }

    /// Replaces everything but the options by `program`. This saves the time to create a new model
    /// and to set its options.
    ///
    /// # Errors
    /// If the program is not well formed.
    pub fn load(&mut self, program: &Program) -> Result<(), Error> {
        self.clear(&program.name, program.sense)?;
        self.fill(program)
    }

    fn fill(&mut self, program: &Program) -> Result<(), Error> {
        program.check()?;
        let empty = crate::Sparse::empty(program.columns());
        self.add_columns(&program.costs, &program.column_lower, &program.column_upper, &empty)?;
        self.add_rows(&program.row_lower, &program.row_upper, &program.entries)
    }

    /// Removes all rows and columns, the basis and the solution. The options stay.
    ///
    /// # Errors
    /// If `HiGHS` refuses.
    pub fn clear(&mut self, name: &str, sense: Sense) -> Result<(), Error> {
        name.clone_into(&mut self.name);
        self.outcome = None;
        self.integer = false;
        let raw = self.raw.clear_model();
        self.accepted("to be cleared", raw)?;
        self.set_sense(sense);
        Ok(())
    }

    /// Forgets the basis and the solution, so that the next solve is cold.
    ///
    /// # Errors
    /// If `HiGHS` refuses.
    pub fn forget_basis(&mut self) -> Result<(), Error> {
        self.outcome = None;
        let raw = self.raw.clear_solver();
        self.accepted("to forget its basis", raw)
    }

    /// The model's name in errors.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the model maximizes or minimizes.
    #[must_use]
    pub fn sense(&self) -> Sense {
        self.sense
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.raw.columns()
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.raw.rows()
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &LpOptions {
        &self.options
    }

    /// Changes the options. The basis stays.
    ///
    /// # Errors
    /// If `HiGHS` refuses a value. The options that come before it in [`LpOptions`] have changed by
    /// then.
    pub fn set_options(&mut self, options: LpOptions) -> Result<(), Error> {
        self.set_method(options.method)?;
        let on_off = |on: bool| if on { c"on" } else { c"off" };
        self.string_option("presolve", c"presolve", on_off(options.presolve))?;
        // 2 is equilibration, the default of `HiGHS`.
        self.int_option("simplex_scale_strategy", c"simplex_scale_strategy", if options.scaling { 2 } else { 0 })?;
        self.double_option("primal_feasibility_tolerance", c"primal_feasibility_tolerance", options.primal_tolerance)?;
        self.double_option("dual_feasibility_tolerance", c"dual_feasibility_tolerance", options.dual_tolerance)?;
        self.double_option("ipm_optimality_tolerance", c"ipm_optimality_tolerance", options.interior_tolerance)?;
        let limit = |limit: Option<u32>| limit.map_or(i32::MAX, |limit| i32::try_from(limit).unwrap_or(i32::MAX));
        self.int_option("simplex_iteration_limit", c"simplex_iteration_limit", limit(options.iteration_limit))?;
        self.int_option("ipm_iteration_limit", c"ipm_iteration_limit", limit(options.iteration_limit))?;
        let allow = options.allow_infeasible_or_unbounded;
        self.bool_option("allow_unbounded_or_infeasible", c"allow_unbounded_or_infeasible", allow)?;
        self.double_option("mip_rel_gap", c"mip_rel_gap", options.relative_gap)?;
        self.double_option("mip_abs_gap", c"mip_abs_gap", options.absolute_gap)?;
        self.int_option("mip_max_nodes", c"mip_max_nodes", limit(options.node_limit))?;
        self.int_option("random_seed", c"random_seed", i32::try_from(options.seed).unwrap_or(i32::MAX))?;
        let raw = self.raw.watch(options.interrupt.clone(), options.verbose);
        self.accepted("its callback", raw)?;
        self.bool_option("output_flag", c"output_flag", options.verbose)?;
        self.options = options;
        Ok(())
    }

    /// Changes only the algorithm. The basis stays. This is useful in column and row generation:
    /// the dual simplex suits a solve after rows were added, and the primal simplex a solve after
    /// columns were added.
    ///
    /// # Errors
    /// If `HiGHS` refuses.
    pub fn set_method(&mut self, method: LpMethod) -> Result<(), Error> {
        let (solver, strategy, crossover) = match method {
            LpMethod::DualSimplex => (c"simplex", 1, true),
            LpMethod::PrimalSimplex => (c"simplex", 4, true),
            LpMethod::InteriorPoint { crossover } => (c"ipx", 1, crossover),
        };
        self.string_option("solver", c"solver", solver)?;
        self.int_option("simplex_strategy", c"simplex_strategy", strategy)?;
        self.string_option("run_crossover", c"run_crossover", if crossover { c"on" } else { c"off" })?;
        self.options.method = method;
        Ok(())
    }

    /// Writes the model to a file for inspection. The file name must end in `.lp` or `.mps`, which
    /// selects the format.
    ///
    /// # Errors
    /// If the file cannot be written, or its name has another ending.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let error = || Error::Write { model: self.name.clone(), path: path.into() };
        let text = std::ffi::CString::new(path.to_str().ok_or_else(error)?).map_err(|_| error())?;
        // A warning only says that `HiGHS` made up names for rows and columns.
        if self.raw.write(&text) < 0 { Err(error()) } else { Ok(()) }
    }

    fn accepted(&self, operation: &'static str, raw: i32) -> Result<(), Error> {
        if raw < 0 { Err(Error::Refused { model: self.name.clone(), operation, raw }) } else { Ok(()) }
    }

    fn set(&self, option: &'static str, value: &dyn ToString, raw: i32) -> Result<(), Error> {
        if raw == 0 {
            Ok(())
        } else {
            Err(Error::Setting { model: self.name.clone(), option, value: value.to_string() })
        }
    }

    fn bool_option(&mut self, name: &'static str, option: &CStr, value: bool) -> Result<(), Error> {
        let raw = self.raw.set_bool(option, value);
        self.set(name, &value, raw)
    }

    fn int_option(&mut self, name: &'static str, option: &CStr, value: i32) -> Result<(), Error> {
        let raw = self.raw.set_int(option, value);
        self.set(name, &value, raw)
    }

    fn double_option(&mut self, name: &'static str, option: &CStr, value: f64) -> Result<(), Error> {
        let raw = self.raw.set_double(option, value);
        self.set(name, &value, raw)
    }

    fn string_option(&mut self, name: &'static str, option: &CStr, value: &CStr) -> Result<(), Error> {
        let raw = self.raw.set_string(option, value);
        self.set(name, &value.to_string_lossy(), raw)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("name", &self.name)
            .field("sense", &self.sense)
            .field("columns", &self.columns())
            .field("rows", &self.rows())
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
