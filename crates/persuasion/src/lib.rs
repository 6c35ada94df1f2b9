//! One agent persuades one user: optimal schemes, what they are worth, and the proof.
//!
//! - [`persuade()`]: the scheme that is best for an objective, with or without a floor on the
//!   user's value;
//! - [`experiment()`] and [`mechanism()`]: the same against a user who knows something by herself,
//!   to whom the agent sends a signal, or who first reports what she knows;
//! - [`quantal()`]: the same against a user who responds by quantal response (logit);
//! - [`frontier()`]: all that an agent can get, against what it leaves the user;
//! - [`Sender`]: what all ways to communicate have in common;
//! - [`Support`]: the schemes that are best for one objective after another;
//! - [`sweep()`]: [`persuade()`] at many priors;
//! - [`commit()`]: Stackelberg commitment, with a mixed strategy in place of a scheme;
//! - [`solve_direct`]: [`persuade()`] from the direct linear program, written out and solved from
//!   nothing, as a reference.
//!
//! Everything returns multipliers with its scheme, from which `suasion-certificate` proves it in
//! exact arithmetic.

mod direct;
mod error;
mod exact;
mod experiment;
mod few_states;
mod frontier;
mod interior;
mod kernel;
mod limited;
mod many_states;
mod mechanism;
mod optimum;
mod persuade;
mod presolve;
mod pricing;
mod quantal;
mod refine;
mod regime;
mod repair;
mod responses;
mod sender;
mod simplex;
mod small;
mod solver;
mod stackelberg;
mod support;
mod sweep;
mod typed;
mod weights;
mod wide;

pub use direct::{Solved, solve_direct};
pub use error::PersuadeError;
pub use experiment::{experiment, experiment_by_search};
pub use frontier::{
    DirectSearch, Frontier, FrontierSearch, GeneralSearch, Vertex, first_vertex, frontier, frontier_within, scheme_at,
};
pub use limited::solve_limited;
pub use mechanism::mechanism;
pub use optimum::{Effort, Optimum};
pub use persuade::persuade;
pub use quantal::{quantal, quantal_by_search};
pub use sender::{BoundOf, ExperimentSender, MechanismSender, QuantalSender, SchemeOf, Sender, Values};
pub use stackelberg::{Commitment, commit};
pub use suasion_lp::{Settings, Stopped};
pub use support::{Support, mix};
pub use sweep::sweep;
pub use typed::make_plausible;
