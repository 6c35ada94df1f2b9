//! What a proof is, and how it is checked: in exact arithmetic, knowing the game and no solver.
//!
//! A solver hands over a scheme and dual multipliers. The scheme's value is a lower bound on the
//! optimum; by weak duality alone, the multipliers give an upper bound, however they were found.
//! This crate works both out, with every binary64 number of the instance and of the proof taken as
//! the dyadic rational that it is, and says by how much they differ.
//!
//! - [`Proof`] and [`Certificate`]: one agent persuades one user of a single type.
//!   [`Proof::certify`] works out what a proof comes to, [`Certificate::check`] refuses one whose
//!   claims are not exactly that.
//! - [`MenuProof`] and [`ConversationProof`]: one agent against a user of several types, who is
//!   spoken to once, or converses.
//! - [`QuantalProof`] and [`quantal_bound`]: one agent against a user who responds quantally.
//!   Exponentials are not rational: values are enclosed.
//! - [`StackelbergProof`] and [`StackelbergCertificate`]: a leader's commitment, bounded by a tree
//!   of leaves.
//! - [`ProfileProof`]: offers of agents that compete for the user, and what each could gain by
//!   another offer.
//! - [`QuantalOffersProof`]: offers to a user who responds quantally.
//! - [`AllAgentsProof`]: schemes of agents whom the user hears all at once, and what each could
//!   gain by another scheme.
//! - [`ConversationRulesProof`]: conversation rules of many rounds, and what each agent could gain
//!   by another rule.
//! - [`ExclusionProof`]: no equilibrium of that game leaves the user less than so much.
//! - [`TypedProfileProof`] and [`TypedExclusionProof`]: the same two where the user has several
//!   types.
//! - [`AlignmentProof`] and [`AlignmentCertificate`]: how near the user's utility is to the hull of
//!   the agents'.
//! - [`upper_bound`]: the bound alone, as a function of the floor on the user's value.
//!
//! It is fast because floating point with rigorous error bounds finds the few sums that matter, and
//! only those are summed exactly, in fixed point without a carry per addition.

mod alignment;
mod all_agents;
mod bound;
mod claims;
mod contest;
mod conversation;
mod conversations;
mod exact;
mod exclusion;
mod game;
mod interval;
mod joint;
mod menu;
mod obedience;
mod profile;
mod promise;
mod proof;
mod quantal;
mod refusal;
mod rule;
mod serial;
mod stackelberg;
mod stake;
mod tree;
mod typed_exclusion;
mod typed_profile;
mod values;
mod verdict;
mod yardstick;

pub use alignment::{
    AlignmentCertificate, AlignmentClaims, AlignmentJudge, AlignmentProof, Measure, Offset, Pair, REACH,
};
pub use all_agents::{AllAgentsCertificate, AllAgentsProof, Decision};
pub use bound::{Bound, upper_bound};
pub use claims::Claims;
pub use conversation::{ConversationCertificate, ConversationProof, TemptationMultiplier, TruthMultiplier};
pub use conversations::{
    Column, ConversationRulesCertificate, ConversationRulesProof, ReplyNode, ReplyPlace, ReplyProgram,
    reply_upper_bound,
};
pub use exclusion::{ExclusionCertificate, ExclusionClaims, ExclusionProof, Line, Mixture, Piece};
pub use joint::JointCertificate;
pub use menu::{MenuCertificate, MenuProof};
pub use obedience::Deviation;
pub use profile::{Offer, ProfileCertificate, ProfileClaims, ProfileProof, Reply};
pub use promise::promised_value;
pub use proof::{Certificate, Floor, Multiplier, Proof};
pub use quantal::{
    Enclosure, MOST_OBSERVATIONS, QuantalArrays, QuantalBound, QuantalCertificate, QuantalClaims, QuantalOffer,
    QuantalOffersCertificate, QuantalOffersClaims, QuantalOffersProof, QuantalProfileCertificate, QuantalProfileClaims,
    QuantalProfileProof, QuantalProof, QuantalReply, QuantalSearch, quantal_bound, quantal_units,
};
pub use refusal::{Place, Refusal};
pub use rule::{Rule, RuleBound, Rules};
pub use stackelberg::{StackelbergAssessment, StackelbergCertificate, StackelbergClaims, StackelbergProof};
pub use tree::{Node, ResponseMultiplier};
pub use typed_exclusion::{TypedExclusionCertificate, TypedExclusionProof, TypedLine};
pub use typed_profile::{TypedOffer, TypedProfileCertificate, TypedProfileProof, TypedReply};
pub use verdict::{Failure, TOLERANCE, Verdict};
pub use yardstick::{Yardstick, leader_allowance};
