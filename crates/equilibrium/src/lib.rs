//! Agents against each other.
//!
//! - [`BestAgentGame`]: the user evaluates every agent's scheme, and then talks with the best agent alone (Collina et al., arXiv 2509.15090,
//!   Theorem 3). Its equilibrium outcomes are found exactly, all of them, as intervals of the user's value ([`BestAgentGame::equilibria`]), and
//!   its best-response dynamics are simulated ([`Payoffs::run`]).
//! - [`AllAgentsGame`]: the user hears all agents at once (Theorem 1, with one message each). Equilibria are looked for by dynamics from many starts, and what is found is
//!   proved to be one.
//! - [`ConversationGame`]: the same in conversations of many rounds, in which both sides speak.
//!
//! Equilibria come with proofs for `suasion-certificate`: that no agent gains by another offer, and that no equilibrium leaves the user less
//! than the worst one that was found.

mod all_agents;
mod best_agent;
mod conversations;
mod dynamics;
mod error;
mod search;

pub use all_agents::{AllAgentsGame, Play, Switch};
pub use best_agent::{
    BestAgentGame, Dynamics, Ended, Equilibria, Equilibrium, Interval, Move, Order, Payoffs, QuantalEquilibria, Run,
    SimulatedEnds, Start,
};
pub use conversations::{
    BestReply, ConversationGame, ConversationPlay, ConversationReply, ConversationWorth, Estimate, HeuristicReply,
    PlayedProfile, Sample, SampledConversation, Ties, Transcript, TranscriptNode, TranscriptReply, TranscriptStep,
    UserRule,
};
pub use error::EquilibriumError;
pub use search::{AllAgentsSearch, Found, FoundProfile, StartKind};
