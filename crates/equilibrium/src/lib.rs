//! Agents against each other.
//!
//! - [`BestAgentGame`]: the user evaluates every agent's scheme, and then communicates only with
//!   the best agent (Collina et al., arXiv 2509.15090, Theorem 3). [`BestAgentGame::equilibria`]
//!   finds all equilibrium outcomes exactly, as intervals of the user's value, and [`Payoffs::run`]
//!   simulates best-response dynamics.
//! - [`AllAgentsGame`]: the user observes all agents' signals at once (Theorem 1, with one message
//!   each). Dynamics from many starts search for equilibria, and a proof confirms each of them.
//! - [`ConversationGame`]: the same in conversations of many rounds, in which both sides send
//!   messages.
//!
//! Equilibria come with proofs for `suasion-certificate`: that no agent gains by another offer, and
//! that no equilibrium gives the user less than the worst one found.
//!
//! # Example
//!
//! Two experts whose interests are opposed: competition makes them tell everything.
//!
//! ```
//! use suasion_certificate::Proof;
//! use suasion_equilibrium::BestAgentGame;
//! use suasion_lp::Settings;
//! use suasion_model::Instance;
//!
//! let text = r#"{
//!     "format": "suasion/1", "states": 2, "actions": 2, "prior": [0.75, 0.25],
//!     "user": { "name": "judge", "utility": [[1, 0], [0, 1]] },
//!     "agents": [
//!         { "name": "prosecutor", "utility": [[0, 0], [1, 1]] },
//!         { "name": "defender", "utility": [[1, 1], [0, 0]] }
//!     ]
//! }"#;
//! let trial = Instance::from_json(text, "trial.json".as_ref())?;
//! let equilibria = BestAgentGame::new(&trial, 0, &Settings::default())?.equilibria(0.0)?;
//! let worst = equilibria.worst;
//! assert!(worst.user_value >= 0.75);
//! assert!(worst.proof.certify(&trial)?.1.certified());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod all_agents;
mod best_agent;
mod conversations;
mod dynamics;
mod error;
mod search;

pub use all_agents::{AllAgentsGame, Play, Switch};
pub use best_agent::{
    BestAgentGame, Dynamics, Ended, Equilibria, Equilibrium, Move, Order, Payoffs, QuantalEquilibria, Run,
    SimulatedEnds, Start, ValueInterval,
};
pub use conversations::{
    BestReply, ConversationGame, ConversationPlay, ConversationReply, ConversationWorth, Estimate, HeuristicReply,
    PlayedProfile, Sample, SampledConversation, Ties, Transcript, TranscriptNode, TranscriptReply, TranscriptStep,
    UserRule,
};
pub use error::EquilibriumError;
pub use search::{AllAgentsSearch, Found, FoundProfile, StartKind};
