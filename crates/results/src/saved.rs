//! Results of all kinds, as they are printed and saved.

use crate::verify::{Engine, Provable, Proved, RecordError, verify};
use crate::{
    About, AlignResult, DynamicsResult, EquilibriaResult, FrontierResult, PersuadeResult, ReplyResult, SolveResult,
    StackelbergResult,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::path::Path;

/// The format of results.
pub const FORMAT: &str = "suasion-result/2";

/// A result that can be proved again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SavedResult {
    /// Everything about an instance at a glance.
    Solve(SolveResult),
    /// An agent's optimal scheme.
    Persuade(PersuadeResult),
    /// An agent's best conversation rule.
    Reply(ReplyResult),
    /// The most that an agent can get, against the user's value.
    Frontier(FrontierResult),
    /// The user's alignment with the agents' hull.
    Align(AlignResult),
    /// Equilibria among the agents.
    Equilibria(Box<EquilibriaResult>),
    /// A simulation of best-response dynamics.
    Dynamics(DynamicsResult),
    /// A leader's optimal commitment.
    Stackelberg(StackelbergResult),
}

/// Calls the same on every kind of result.
macro_rules! each {
    ($saved:expr, $result:ident => $do:expr) => {
        match $saved {
            SavedResult::Solve($result) => $do,
            SavedResult::Persuade($result) => $do,
            SavedResult::Reply($result) => $do,
            SavedResult::Frontier($result) => $do,
            SavedResult::Align($result) => $do,
            SavedResult::Equilibria($result) => $do,
            SavedResult::Dynamics($result) => $do,
            SavedResult::Stackelberg($result) => $do,
        }
    };
}

impl SavedResult {
    /// The instance and the prior.
    #[must_use]
    pub fn about(&self) -> &About {
        each!(self, result => result.about())
    }

    /// Whether it claims that everything in it is proved within the tolerance.
    #[must_use]
    pub fn certified(&self) -> bool {
        each!(self, result => result.certified())
    }

    /// What is proved about it, or why it is refused; `given` is the record that it was read from.
    pub(crate) fn verify(
        &self,
        given: &Value,
        instance: &Path,
        engine: Option<&dyn Engine>,
    ) -> Result<Result<Proved, String>, RecordError> {
        match self {
            Self::Equilibria(result) => verify(&**result, given, instance, engine),
            Self::Solve(result) => verify(result, given, instance, engine),
            Self::Persuade(result) => verify(result, given, instance, engine),
            Self::Reply(result) => verify(result, given, instance, engine),
            Self::Frontier(result) => verify(result, given, instance, engine),
            Self::Align(result) => verify(result, given, instance, engine),
            Self::Dynamics(result) => verify(result, given, instance, engine),
            Self::Stackelberg(result) => verify(result, given, instance, engine),
        }
    }
}

macro_rules! into_saved {
    ($($result:ident $variant:ident),*) => {$(
        impl From<$result> for SavedResult {
            fn from(result: $result) -> Self {
                Self::$variant(result)
            }
        }
    )*};
}

into_saved!(
    SolveResult Solve, PersuadeResult Persuade, ReplyResult Reply, FrontierResult Frontier, AlignResult Align,
    DynamicsResult Dynamics, StackelbergResult Stackelberg
);

impl From<EquilibriaResult> for SavedResult {
    fn from(result: EquilibriaResult) -> Self {
        Self::Equilibria(Box::new(result))
    }
}

/// A result with its format: a line of a file of results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    format: Format,
    /// The result.
    #[serde(flatten)]
    pub result: SavedResult,
}

impl Record {
    /// A record of this version.
    #[must_use]
    pub fn new(result: SavedResult) -> Self {
        Self { format: Format, result }
    }
}

/// The name of the format. Reading any other name is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        if found == FORMAT {
            return Ok(Self);
        }
        Err(serde::de::Error::custom(format!("found the format {found:?}, expected {FORMAT:?}")))
    }
}
