//! What a linear program is, and how to solve one again and again.
//!
//! Every program here has the form
//!
//! ```text
//! maximize or minimize   c . x
//! subject to             row_lower    <= A x <= row_upper      (one activity per row)
//!                        column_lower <=  x  <= column_upper
//! ```
//!
//! with bounds that may be infinite. There are two ways to solve it, which share no code above
//! `HiGHS`:
//!
//! - A [`Program`] is plain data. [`Program::solve_direct`] hands it to `good_lp` and solves it
//!   once, from scratch. It is the reference against which everything else is checked.
//! - A [`Model`] is a live `HiGHS` object. Costs, bounds, rows and columns change in place, and
//!   every solve starts from the last basis. It serves column generation, row generation, families
//!   of right-hand sides, and (with [`Model::set_integer`]) mixed-integer programs.
//!
//! If rounding could decide the answer, an [`exact::Tableau`] solves small programs in whole
//! numbers.
//!
//! # Duals
//! In both senses, the dual `y_i` of a row is the rate at which the optimal objective changes with
//! the binding bound of that row. The reduced cost `d = c - A'y` is the same rate for the bounds of
//! a column. Hence, at an optimum,
//!
//! | | the lower bound binds | the upper bound binds | neither |
//! |---|---|---|---|
//! | maximize | `<= 0` | `>= 0` | `0` |
//! | minimize | `>= 0` | `<= 0` | `0` |
//!
//! and `objective = sum of (dual x binding bound)` over rows and columns (strong duality).
//! [`Program::bound`] turns any `y`, optimal or not, into a bound on the objective (weak duality).
//!
//! # Statuses
//! [`Outcome`] separates the reason why the solver stopped ([`Stop`]) from what it holds
//! ([`Held`]). `Infeasible` is an answer. A solver that failed gives an [`Error`] with the raw
//! status, and never an answer.
//!
//! # Threads
//! A [`Model`] uses only the thread that calls it; parallelism is over models. `HiGHS` keeps its
//! scheduler in a thread-local (`HighsTaskExecutor`), so models may be created, solved, moved and
//! dropped on any threads at the same time. A model is `Send`, but not `Sync`. The first solve on a
//! thread sets up the scheduler and costs some hundred microseconds more, so prefer long-lived
//! threads.
//!
//! # Example
//!
//! ```
//! use suasion_lp::{Program, Sense};
//!
//! // Maximize x + y subject to x + 2 y <= 4 and x <= 2.
//! let mut program = Program::new("example", Sense::Maximise);
//! let x = program.add_column(1.0, 0.0, 2.0);
//! let y = program.add_column(1.0, 0.0, f64::INFINITY);
//! program.add_row(f64::NEG_INFINITY, 4.0, [(x, 1.0), (y, 2.0)]);
//!
//! let solution = program.solve_direct()?.optimal().ok_or("no optimum")?;
//! assert!((solution.objective - 3.0).abs() < 1e-9);
//! assert!((solution.duals[0] - 0.5).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod direct;
mod error;
pub mod exact;
mod interrupt;
mod memory;
mod model;
mod options;
mod outcome;
mod program;
#[allow(unsafe_code, reason = "HiGHS is called through its C interface")]
mod raw;
mod settings;
mod sparse;

pub use direct::{LpAnswer, Solution};
pub use error::Error;
pub use interrupt::Interrupt;
pub use memory::Shortage;
pub use model::Model;
pub use options::{LpMethod, LpOptions};
pub use outcome::{Basis, BasisStatus, Held, Outcome, SolverEffort, Stop};
pub use program::{Program, Sense};
pub use settings::{Settings, Stopped};
pub use sparse::Sparse;
