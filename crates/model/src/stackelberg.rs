//! Plain Stackelberg games: a leader commits to a mixed strategy against followers of several types.

use crate::{Labels, Matrix};

/// One type of follower, and what the game pays when the leader meets it.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowerType {
    /// Its name, distinct among the types.
    pub name: String,
    /// How likely it is; over all types they sum to one.
    pub probability: f64,
    /// The leader's utility against this type, `leader actions x follower actions`.
    pub leader: Matrix,
    /// The follower's utility, `leader actions x follower actions`.
    pub follower: Matrix,
}

/// A Bayesian Stackelberg game in normal form (Conitzer & Sandholm, EC 2006): the leader commits to a mixed strategy, a follower
/// who knows its type sees the strategy and plays its best response, of several the one best for the leader.
#[derive(Clone, Debug, PartialEq)]
pub struct StackelbergGame {
    /// What it is called.
    pub name: String,
    /// Where it comes from, if that is known.
    pub source: Option<String>,
    /// What the leader is called.
    pub leader_name: String,
    /// What the follower is called.
    pub follower_name: String,
    /// The leader's actions.
    pub leader_actions: Labels,
    /// The follower's actions, the same for every type.
    pub follower_actions: Labels,
    /// The follower's types.
    pub types: Vec<FollowerType>,
}
