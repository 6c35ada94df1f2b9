//! Saved results: typed, tagged by `kind`, versioned ([`FORMAT`]) and independent of solvers.
//!
//! A [`Record`] is a line of a file of results: a [`SavedResult`] with its format. Every result can
//! rebuild itself from its game and its proofs ([`Provable`]), and [`verify_record`] refuses a
//! result that differs from what it rebuilds. It names the parts that nothing proves.
//!
//! | kind | result |
//! |---|---|
//! | `solve` | [`SolveResult`]: everything about an instance at a glance |
//! | `persuade` | [`PersuadeResult`]: an agent's optimal scheme |
//! | `reply` | [`ReplyResult`]: an agent's best conversation rule |
//! | `frontier` | [`FrontierResult`]: the most that an agent can get, against the user's value |
//! | `align` | [`AlignResult`]: the user's alignment with the agents' hull |
//! | `equilibria` | [`EquilibriaResult`]: equilibria among the agents |
//! | `dynamics` | [`DynamicsResult`]: a simulation of best-response dynamics |
//! | `stackelberg` | [`StackelbergResult`]: a leader's optimal commitment |
//!
//! Results in a batch are also rows of a table: [`Tabular`] has their columns and units. A
//! [`Request`] is the question about every instance of a batch.
//!
//! # Example
//!
//! Results of another version are refused, as is anything that is not a result.
//!
//! ```
//! use suasion_results::{FORMAT, SavedResult, verify_record};
//!
//! assert_eq!(FORMAT, "suasion-result/2");
//! let old = r#"{"format": "suasion-result/1", "kind": "persuade"}"#;
//! let refused = verify_record(old, "results.jsonl".as_ref(), None, None).unwrap_err();
//! assert!(refused.to_string().contains("suasion-result/2"));
//! assert!(serde_json::from_str::<SavedResult>(r#"{"kind": "poem"}"#).is_err());
//! ```

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
mod request;
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
pub use measure::ResultScale;
pub use optimum::Monopoly;
pub use persuade::PersuadeResult;
pub use reply::{Replied, ReplyResult};
pub use request::{
    AlignRequest, EquilibriaRequest, FrontierRequest, GameName, ProtocolRequest, ReduceRequest, Request, SearchRequest,
    SolveRequest,
};
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
