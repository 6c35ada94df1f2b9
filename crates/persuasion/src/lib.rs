//! One agent persuades one user: optimal schemes, their values, and the proofs.
//!
//! - [`persuade()`]: the optimal scheme for an objective, with or without a floor on the user's
//!   value;
//! - [`experiment()`] and [`mechanism()`]: the same for a user with private types. In an experiment
//!   the agent sends a signal; in a mechanism the user first reports her type;
//! - [`quantal()`]: the same for a user with quantal response (logit);
//! - [`frontier()`]: the highest value that an agent can get, as a function of the user's value;
//! - [`Sender`]: the common interface of all forms of communication;
//! - [`Support`]: the optimal schemes for a sequence of objectives;
//! - [`sweep()`]: [`persuade()`] at many priors;
//! - [`commit()`]: Stackelberg commitment to a mixed strategy;
//! - [`solve_direct`]: the direct linear program written out in full, as a reference for
//!   [`persuade()`].
//!
//! Every result contains multipliers, with which `suasion-certificate` proves it in exact
//! arithmetic.
//!
//! # Example
//!
//! ```
//! use suasion_certificate::Proof;
//! use suasion_model::{Instance, Objective};
//! use suasion_persuasion::{Settings, frontier, persuade};
//!
//! let text = r#"{
//!     "format": "suasion/1", "states": 2, "actions": 2, "prior": [0.75, 0.25],
//!     "user": { "name": "judge", "utility": [[1, 0], [0, 1]] },
//!     "agents": [{ "name": "prosecutor", "utility": [[0, 0], [1, 1]] }]
//! }"#;
//! let trial = Instance::from_json(text, "trial.json".as_ref())?;
//! let view = trial.view(0, 0)?;
//! let (prosecutor, settings) = (Objective::agent(0), Settings::default());
//!
//! let optimum = persuade(&view, &prosecutor, None, &settings)?;
//! let (certificate, verdict) = optimum.proof().certify(&trial)?;
//! assert!(verdict.certified());
//! assert!((certificate.claims.objective_value - 0.5).abs() < 1e-9);
//!
//! // What the prosecutor gets falls from 0.5 to 0.25, the more the judge must get.
//! let frontier = frontier(&view, &prosecutor, &settings)?;
//! assert!((frontier.value(0.75) - 0.5).abs() < 1e-9);
//! assert!((frontier.value(1.0) - 0.25).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod convincing;
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
mod mix;
mod multipliers;
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
pub use frontier::{DirectSearch, Frontier, GeneralSearch, Vertex, first_vertex, frontier, frontier_within, scheme_at};
pub use limited::solve_limited;
pub use mechanism::mechanism;
pub use mix::mix;
pub use optimum::{Effort, Optimum};
pub use persuade::persuade;
pub use quantal::{quantal, quantal_by_search};
pub use sender::{
    BoundOf, ExperimentSender, FrontierSearch, MechanismSender, QuantalSender, SchemeOf, Sender, Support, Values,
};
pub use stackelberg::{Commitment, commit};
pub use suasion_lp::{Settings, Stopped};
pub use sweep::sweep;
pub use typed::make_plausible;
