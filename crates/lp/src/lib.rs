//! What a linear program is, and how to solve one again and again.
//!
//! Every program here has the form
//!
//! ```text
//! maximise or minimise   c . x
//! subject to             row_lower    <= A x <= row_upper      (one activity per row)
//!                        column_lower <=  x  <= column_upper
//! ```
//!
//! with bounds that may be infinite. There are two ways to solve it, which share no code above
//! `HiGHS`:
//!
//! - a [`Program`] is plain data; [`Program::solve_direct`] hands it to `good_lp` and solves it
//!   once, from nothing. It is the reference that everything else is checked against;
//! - a [`Model`] is a live `HiGHS` object. Costs, bounds, rows and columns change in place, and
//!   every solve starts from the last basis. It serves column generation, row generation, families
//!   of right-hand sides, and (with [`Model::set_integer`]) mixed-integer programs.
//!
//! Where rounding decides, an [`exact::Tableau`] solves small programs in whole numbers.
//!
//! # Duals
//! In both senses the dual `y_i` of a row is the rate at which the optimal objective changes with
//! the bound of the row that binds, and the reduced cost is `d = c - A'y`, the same rate for the
//! bounds of a column. Hence, at an optimum,
//!
//! | | the lower bound binds | the upper bound binds | neither |
//! |---|---|---|---|
//! | maximise | `<= 0` | `>= 0` | `0` |
//! | minimise | `>= 0` | `<= 0` | `0` |
//!
//! and `objective = sum of (dual x binding bound)` over rows and columns (strong duality).
//! [`Program::bound`] turns any `y`, optimal or not, into a bound on the objective (weak duality).
//!
//! # Statuses
//! [`Outcome`] keeps apart why the solver stopped ([`Stop`]) and what it holds ([`Held`]).
//! `Infeasible` is an answer; a solver that failed is an [`Error`] that carries the raw status, and
//! never an answer.
//!
//! # Threads
//! A [`Model`] uses the one thread that calls it; parallelism is over models. `HiGHS` keeps its
//! scheduler in a thread-local (`HighsTaskExecutor`), so models may be created, solved, moved and
//! dropped on any threads at the same time. A model is `Send`, and not `Sync`. The first solve of a
//! thread sets up that scheduler and costs some hundred microseconds more, so prefer threads that
//! live long.

mod direct;
mod error;
pub mod exact;
mod interrupt;
mod memory;
mod model;
mod options;
mod outcome;
mod program;
mod raw;
mod settings;
mod sparse;

pub use direct::{Answer, Solution};
pub use error::Error;
pub use interrupt::Interrupt;
pub use memory::Shortage;
pub use model::Model;
pub use options::{Method, Options};
pub use outcome::{Basis, BasisStatus, Effort, Held, Outcome, Stop};
pub use program::{Program, Sense};
pub use settings::{Settings, Stopped};
pub use sparse::Sparse;
