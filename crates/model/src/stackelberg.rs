//! Plain Stackelberg games: a leader commits to a mixed strategy against followers of several
//! types.

use crate::{Labels, Matrix};

/// One type of follower, and the payoffs when the leader meets it.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowerType {
    /// Its name, distinct among the types.
    pub name: String,
    /// Its probability. The probabilities of all types sum to one.
    pub probability: f64,
    /// The leader's utility against this type, `leader actions x follower actions`.
    pub leader: Matrix,
    /// The follower's utility, `leader actions x follower actions`.
    pub follower: Matrix,
}

/// A Bayesian Stackelberg game in normal form (Conitzer & Sandholm, EC 2006). The leader commits to
/// a mixed strategy. The follower knows its type, sees the strategy, and plays its best response;
/// among several, the one that is best for the leader.
#[derive(Clone, Debug, PartialEq)]
pub struct StackelbergGame {
    /// Its name.
    pub name: String,
    /// Where the game comes from, if that is known.
    pub source: Option<String>,
    /// The leader's name.
    pub leader_name: String,
    /// The follower's name.
    pub follower_name: String,
    /// The leader's actions.
    pub leader_actions: Labels,
    /// The follower's actions, the same for every type.
    pub follower_actions: Labels,
    /// The follower's types.
    pub types: Vec<FollowerType>,
}
