//! What a persuasion game is.
//!
//! A user must choose an action without knowing the state of the world. Agents who know more
//! communicate with her. This crate holds the game itself ([`Instance`]: states, actions, priors or
//! worlds, utilities), one agent's [`View`] of it ([`TypedView`] if the user has private
//! information), and conversation rules ([`Scheme`], [`SignalScheme`], [`ExperimentScheme`],
//! [`MechanismScheme`]; with many rounds, [`Protocol`] and [`ConversationRule`]) with their values.
//! It reads, validates, writes and generates instances. It solves nothing.
//!
//! Shapes: a utility is a [`Matrix`] of `actions x states`; a prior is one number per state.
//!
//! # Example
//!
//! ```
//! use suasion_model::Instance;
//!
//! let text = r#"{
//!     "format": "suasion/1", "name": "trial",
//!     "states": ["innocent", "guilty"], "actions": ["acquit", "convict"], "prior": [0.7, 0.3],
//!     "user": { "name": "judge", "utility": [[1, 0], [0, 1]] },
//!     "agents": [{ "name": "prosecutor", "utility": [[0, 0], [1, 1]] }]
//! }"#;
//! let trial = Instance::from_json(text, "trial.json".as_ref())?;
//! let view = trial.view(0, 0)?;
//! assert_eq!(view.no_information(), (0, 0.7));
//! assert_eq!(view.full_information(), 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conversation_rule;
mod digest;
mod file;
mod generate;
mod informed;
mod instance;
mod level;
mod leveled;
mod matrix;
mod objective;
mod protocol;
mod quantal;
mod reference;
mod scheme;
mod signal_scheme;
mod stackelberg;
mod typed;
mod typed_scheme;
mod view;

pub use conversation_rule::{ConversationPlan, ConversationRule, RuleError, Step};
pub use file::{ConversationProfile, Numbers, Outline, ReadError, RepeatedKey, WriteError};
pub use generate::{Family, GenerateError, PriorPath, Shape};
pub use instance::{AgentSignals, Information, Instance, Labels, Party, Situation, World};
pub use level::Level;
pub use leveled::{LeveledGame, settled, stakes, undominated};
pub use matrix::Matrix;
pub use objective::Objective;
pub use protocol::{Opening, Protocol, TreeSize};
pub use quantal::{PartyValues, quantal_response};
pub use scheme::{Scheme, SchemeEntry};
pub use signal_scheme::SignalScheme;
pub use stackelberg::{FollowerType, StackelbergGame};
pub use typed::{Given, TypedView, TypedViewError};
pub use typed_scheme::{ExperimentScheme, MechanismEntry, MechanismScheme, Message};
pub use view::{Seat, View, ViewError};
