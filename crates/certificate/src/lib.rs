//! Proofs, and how they are checked: in exact arithmetic, from the game alone, without a solver.
//!
//! A solver provides a scheme and dual multipliers. The scheme's value is a lower bound on the
//! optimum. By weak duality alone, the multipliers give an upper bound, however they were found.
//! This crate computes both bounds and their difference. It takes every binary64 number of the
//! instance and of the proof as the dyadic rational that it is.
//!
//! Every proof implements [`Proof`]: [`Proof::certify`] computes the claims that the proof supports
//! and makes a [`Certificate`]. [`Certificate::check`] refuses a certificate whose claims are not
//! exactly these. Proofs about one agent, or about agents that compete, are generic over the way in
//! which agents communicate ([`Communication`]): [`Direct`], [`Experiment`], [`Mechanism`],
//! [`Quantal`].
//!
//! | proof | what it shows |
//! |---|---|
//! | [`OptimumProof`] | no scheme has a higher value to the objective |
//! | [`ProfileProof`] | no agent gains by another offer in the best-agent game |
//! | [`ExclusionProof`] | every equilibrium of that game gives the user at least some value |
//! | [`AllAgentsProof`] | no agent gains by another scheme if the user observes all signals |
//! | [`ConversationRulesProof`] | the same for conversation rules of many rounds |
//! | [`StackelbergProof`] | no commitment has a higher value to the leader |
//! | [`AlignmentProof`] | no weights bring the user's utility closer to the hull |
//!
//! [`upper_bound`] and [`quantal_bound`] give bounds alone. Exponentials are not rational: values
//! against a quantal user are enclosed.
//!
//! The crate is fast because floating point with rigorous error bounds finds the few sums that
//! matter. Only those are summed exactly, in fixed point, without a carry per addition.
//!
//! # Example
//!
//! A scheme that somebody claims to be optimal, with a bound on all others.
//!
//! ```
//! use suasion_certificate::{Certificate, Direct, Multiplier, OptimumProof, Proof};
//! use suasion_model::{Instance, Objective, Scheme, SchemeEntry};
//!
//! let text = r#"{
//!     "format": "suasion/1", "states": 2, "actions": 2, "prior": [0.5, 0.5],
//!     "user": { "name": "judge", "utility": [[2, 0], [0, 1]] },
//!     "agents": [{ "name": "prosecutor", "utility": [[0, 0], [1, 1]] }]
//! }"#;
//! let trial = Instance::from_json(text, "trial.json".as_ref())?;
//!
//! // Convict the guilty, and half of the innocent.
//! let entry = |state, action, probability| SchemeEntry { state, action, probability };
//! let proof = OptimumProof {
//!     communication: Direct,
//!     prior: 0,
//!     agent: 0,
//!     objective: Objective::agent(0),
//!     floor: None,
//!     scheme: Scheme::new(vec![entry(0, 0, 0.5), entry(0, 1, 0.5), entry(1, 1, 1.0)]),
//!     bound: vec![Multiplier { recommended: 1, alternative: 0, value: 0.5 }],
//! };
//! let (certificate, verdict): (Certificate<OptimumProof<Direct>>, _) = proof.certify(&trial)?;
//! assert!(verdict.certified());
//! assert_eq!(certificate.claims.upper_bound, 0.75);
//!
//! // Whoever gets the certificate checks it again, and a claim that does not follow is refused.
//! assert!(certificate.check(&trial)?.certified());
//! let mut false_claim = certificate;
//! false_claim.claims.upper_bound = 0.7;
//! assert!(false_claim.check(&trial).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alignment;
mod all_agents;
mod communication;
mod conversations;
mod error;
mod exclusion;
mod game;
mod joint;
mod obedience;
mod optimum;
mod profile;
mod promise;
mod proof;
mod quantal;
mod stackelberg;
mod stake;
mod tree;
mod verdict;
mod yardstick;

pub use alignment::{AlignmentClaims, AlignmentJudge, AlignmentProof, Measure, Offset, Pair, REACH};
pub use all_agents::{AllAgentsProof, Decision, Simultaneous};
pub use communication::direct::{Bound, Multiplier, upper_bound};
pub use communication::mechanism::{DoubleDeviationMultiplier, MechanismMultipliers, TruthMultiplier};
pub use communication::{Communication, Direct, Experiment, Mechanism, Quantal, Rational};
pub use conversations::{ConversationRulesProof, ReplyColumn, ReplyNode, ReplyPlace, ReplyProgram, reply_upper_bound};
pub use error::{Place, ProofError};
pub use exclusion::{ExclusionClaims, ExclusionProof, Line, Mixture, Piece};
pub use joint::AllAgentsCertificate;
pub use optimum::{Floor, OptimumClaims, OptimumProof};
pub use profile::{Offer, ProfileClaims, ProfileProof, Reply};
pub use promise::promised_value;
pub use proof::{Certificate, Claim, Claims, Exact, Limit, Precision, Proof};
pub use quantal::{
    Enclosed, Enclosure, MOST_OBSERVATIONS, QuantalArrays, QuantalBound, QuantalPrices, QuantalSearch, quantal_bound,
    quantal_units,
};
pub use stackelberg::{StackelbergAssessment, StackelbergClaims, StackelbergProof};
pub use tree::{Node, ResponseMultiplier};
pub use verdict::{Deviation, TOLERANCE, ToleranceViolation, Verdict};
pub use yardstick::{Yardstick, leader_allowance};
