//! One agent persuades one user: optimal schemes, what they are worth, and the proof.
//!
//! - [`persuade()`]: the scheme that is best for an objective, with or without a floor on the
//!   user's value;
//! - [`frontier()`]: all that an agent can get, against what it leaves the user;
//! - [`Support`]: the schemes that are best for one objective after another;
//! - [`sweep()`]: [`persuade()`] at many priors;
//! - [`menu()`] and [`converse()`]: the same against a user who knows something by herself, whom
//!   the agent tells something once, or with whom it converses;
//! - [`quantal()`]: the same against a user who does not choose the best action, but better ones
//!   more often;
//! - [`Talk`]: what all of these have in common, and [`talk_frontier()`], the frontier of any of
//!   them;
//! - [`commit()`]: plain Stackelberg commitment, which is the same house with a mixed strategy in
//!   place of a scheme;
//! - [`solve_direct`]: the same from the direct linear program, written out and solved from
//!   nothing, as a reference.
//!
//! Everything returns multipliers with its scheme, from which `suasion-certificate` proves it in
//! exact arithmetic.

mod conversation;
mod direct;
mod error;
mod exact;
mod few_states;
mod frontier;
mod interior;
mod kernel;
mod limited;
mod many_states;
mod menu;
mod persuade;
mod presolve;
mod pricing;
mod quantal;
mod refine;
mod regime;
mod repair;
mod responses;
mod simplex;
mod small;
mod solver;
mod stackelberg;
mod support;
mod sweep;
mod talk;
mod typed;
mod weights;
mod wide;

pub use conversation::{ConversationOptimum, converse};
pub use direct::{Solved, solve_direct};
pub use error::PersuadeError;
pub use frontier::{Frontier, FrontierSearch, Vertex, frontier, frontier_within};
pub use limited::solve_limited;
pub use menu::{MenuOptimum, menu, menu_by_search};
pub use persuade::{Optimum, persuade};
pub use quantal::{QuantalOptimum, quantal, quantal_by_search};
pub use stackelberg::{Commitment, commit};
pub use suasion_lp::{Settings, Stopped};
pub use support::{Support, mix};
pub use sweep::sweep;
pub use talk::{
    Conversations, Menus, Quantal, Talk, Values, talk_frontier, talk_frontier_within, talk_optimum, talk_scheme,
};
pub use typed::make_plausible;
