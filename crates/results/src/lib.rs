//! What is saved: results that are typed, tagged by `kind`, versioned ([`FORMAT`]), and solver-free.
//!
//! A [`Record`] is a line of a file of results: a [`SavedResult`] with its format. Every result
//! knows how to rebuild itself from its game and its proofs ([`Provable`]), and
//! [`verify_record`] refuses one that says anything else. What nothing proves is named.
//!
//! | kind | result |
//! |---|---|
//! | `solve` | [`SolveResult`]: everything about an instance at a glance |
//! | `persuade` | [`PersuadeResult`]: an agent's optimal scheme |
//! | `reply` | [`ReplyResult`]: an agent's best conversation rule |
//! | `frontier` | [`FrontierResult`]: what an agent can get, against what it leaves the user |
//! | `align` | [`AlignResult`]: how near the user is to the agents' hull |
//! | `equilibria` | [`EquilibriaResult`]: equilibria among the agents |
//! | `dynamics` | [`DynamicsResult`]: a simulation of how agents outbid each other |
//! | `stackelberg` | [`StackelbergResult`]: a leader's optimal commitment |
//!
//! Results in a batch are rows of a table as well: [`Tabular`] gives their columns, with units.

mod about;
mod align;
mod all_agents;
mod best_agent;
mod certificates;
pub mod columns;
mod dynamics;
mod equilibria;
mod frontier;
mod hull;
mod measure;
mod optimum;
mod persuade;
mod reply;
mod saved;
mod scheme;
mod solve;
mod stackelberg;
mod verify;

pub use about::{About, CommunicationName, Reference};
pub use align::{AlignResult, AlignmentPart, AlignmentResult, Position};
pub use all_agents::{AllAgentsEquilibria, HeardProfile, Met, PlanRow, Searched, SentRow};
pub use best_agent::{BestAgentEquilibria, ProfileResult};
pub use certificates::{
    BelowCertificate, Meant, OffersCertificate, OptimumCertificate, OptimumValues, Recorded, RecordedBelow,
};
pub use columns::{Field, FieldKind, FieldValue, Tabular};
pub use dynamics::{DynamicsResult, FirstOffers, HowEnded, MoveOrder, MoveResult};
pub use equilibria::{EquilibriaResult, GameEquilibria};
pub use frontier::{FrontierAbout, FrontierResult, VertexResult};
pub use hull::ReduceResult;
pub use measure::Measure;
pub use optimum::Monopoly;
pub use persuade::PersuadeResult;
pub use reply::{Replied, ReplyResult};
pub use saved::{FORMAT, Format, Record, SavedResult};
pub use scheme::{
    MechanismRow, MessageRow, Played, SchemeRow, SchemeRows, Sent, SignalRow, TypeAction, TypeResponse, observation,
    type_name,
};
pub use solve::{AgentResult, SolveResult};
pub use stackelberg::{ResponseRow, StackelbergResult, StrategyRow};
pub use verify::{
    Check, Engine, EngineError, Provable, ProvableGame, Proved, RecordError, Switched, Verified, instance_of,
    verify_record,
};
