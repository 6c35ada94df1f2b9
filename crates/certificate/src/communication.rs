//! How an agent may communicate with a user: the one axis along which proofs differ.
//!
//! | | the user | the agent |
//! |---|---|---|
//! | [`Direct`] | rational, of one type | recommends an action |
//! | [`Experiment`] | rational, of several types | sends a signal, and every type acts on it |
//! | [`Mechanism`] | rational, of several types | receives a report, and recommends an action |
//! | [`Quantal`] | responds by quantal response (logit) | sends a signal |
//!
//! Each way to communicate defines its own mathematics: what a scheme is, its value, and what
//! bounds all other schemes. The proofs are written over [`Communication`], and their checks over
//! [`Rational`]: [`OptimumProof`](crate::OptimumProof), [`ProfileProof`](crate::ProfileProof) and
//! [`ExclusionProof`](crate::ExclusionProof). A quantal user has checks of her own.

pub(crate) mod direct;
pub(crate) mod experiment;
pub(crate) mod mechanism;

use crate::error::ProofError;
use crate::game::{Estimates, TypedGame, USER};
use crate::obedience::Disobedience;
use crate::proof::{Exact, Precision, Sealed};
use crate::stake::Benchmarks;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::Debug;
use suasion_exact::{Judge, Sum};
use suasion_model::{Instance, Objective};

/// How an agent communicates with a user. It is written as its name, so that a proof states which
/// communication it is about: `"direct"`, `"experiment"`, `"mechanism"`, `{"quantal": {"eta":
/// 2.5}}`.
///
/// A scheme is one that the user follows. Schemes can be mixed, so the set of attainable values is
/// convex.
pub trait Communication: Sealed + Copy + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// The scheme that the agent commits to.
    type Scheme: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What bounds an objective plus a multiple of the user's value over all schemes.
    type Bound: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// How precisely values are known.
    type Precision: Precision;
}

/// Communication with a rational user. Values are exact, and a proof can exclude every equilibrium
/// that gives the user less than some value.
pub trait Rational: Communication<Precision = Exact> + Default {
    /// Agent `agent`'s side of the game at a prior. An error if the game does not allow this way to
    /// communicate.
    #[doc(hidden)]
    fn game<'a>(
        instance: &'a Instance,
        prior: usize,
        agent: usize,
        objective: &Objective,
    ) -> Result<TypedGame<'a>, ProofError> {
        TypedGame::new(instance, prior, agent, objective)
    }

    /// Sorts a scheme into the order that a check requires. Elsewhere any order is allowed.
    #[doc(hidden)]
    fn sort_scheme(_: &mut Self::Scheme) {}

    /// Sorts what bounds all schemes in the same way.
    #[doc(hidden)]
    fn sort_bound(_: &mut Self::Bound) {}

    /// The outcome of a scheme that the user follows. An error if it is not a scheme. What she
    /// could gain by not following it is measured by [`TOLERANCE`](crate::TOLERANCE).
    #[doc(hidden)]
    fn outcome(scheme: &Self::Scheme, game: &TypedGame<'_>, estimates: &Estimates)
    -> Result<SchemeOutcome, ProofError>;

    /// An upper bound on the objective plus `slope` times the user's value, over all schemes.
    #[doc(hidden)]
    fn bound_exactly(
        bound: &Self::Bound,
        slope: f64,
        game: &TypedGame<'_>,
        estimates: &Estimates,
    ) -> Result<Sum, ProofError>;
}

/// Defines ways to communicate that have no parameters.
macro_rules! named {
    ($($(#[$meta:meta])* $name:ident $text:literal)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name;

        impl Sealed for $name {}

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let found = String::deserialize(deserializer)?;
                if found == $text {
                    return Ok(Self);
                }
                Err(serde::de::Error::custom(format!("found communication {found:?}, expected {:?}", $text)))
            }
        }
    )*};
}

named! {
    /// The agent recommends an action to a user of one type, who obeys (Kamenica & Gentzkow 2011).
    Direct "direct"
    /// The agent runs an experiment: it sends a signal, upon which every type of the user takes the
    /// action that is best for her (Kolotilin, Mylovanov, Zapechelnyuk & Li 2017).
    Experiment "experiment"
    /// The user reports her type, and the agent recommends an action. By the revelation principle
    /// (Myerson 1982), no conversation of any length achieves more.
    Mechanism "mechanism"
}

/// The agent sends a signal to a user who responds by quantal response (logit; McKelvey & Palfrey
/// 1995).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "QuantalForm", into = "QuantalForm")]
pub struct Quantal {
    /// Her sensitivity, at least 0: she plays an action with probability proportional to
    /// `exp(eta * its expected utility)`.
    pub eta: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum QuantalForm {
    Quantal { eta: f64 },
}

impl From<QuantalForm> for Quantal {
    fn from(QuantalForm::Quantal { eta }: QuantalForm) -> Self {
        Self { eta }
    }
}

impl From<Quantal> for QuantalForm {
    fn from(Quantal { eta }: Quantal) -> Self {
        Self::Quantal { eta }
    }
}

impl Sealed for Quantal {}

/// The exact outcome of a scheme.
pub struct SchemeOutcome {
    pub(crate) objective: Sum,
    pub(crate) user: Sum,
    /// The agents' values, `[agents]`.
    pub(crate) agents: Vec<Sum>,
    pub(crate) disobedience: Disobedience,
    /// The pairs of a type and an observation, and what is done there.
    pub(crate) played: Vec<(usize, usize)>,
}

impl SchemeOutcome {
    /// The outcome of a scheme whose value to every party is given.
    pub(crate) fn of(
        game: &TypedGame<'_>,
        mut add: impl FnMut(&mut Sum, usize, f64),
        disobedience: Disobedience,
        played: Vec<(usize, usize)>,
    ) -> Self {
        let mut value = |parties: &[(usize, f64)]| {
            let mut sum = Sum::new();
            parties.iter().for_each(|&(party, weight)| add(&mut sum, party, weight));
            sum
        };
        Self {
            objective: value(&game.game.objective),
            user: value(&[(USER, 1.0)]),
            agents: (1..game.game.utilities.len()).map(|party| value(&[(party, 1.0)])).collect(),
            disobedience,
            played,
        }
    }

    /// The outcome of full information: every type takes her best action. Ties are broken in favor
    /// of the objective; any remaining tie goes to the first action.
    pub(crate) fn of_full_information(game: &TypedGame<'_>, estimates: &Estimates) -> Self {
        let best = Benchmarks::new(&game.game, game.types, estimates, &mut Judge::new()).full;
        let add = |sum: &mut Sum, party: usize, weight: f64| {
            for place in (0..game.types).flat_map(|t| (0..game.observations).map(move |x| (t, x))) {
                game.add(sum, [weight, 1.0], party, best[game.pair(place.0, place.1)], place);
            }
        };
        // The stake is measured by full information in any case.
        Self::of(game, add, Disobedience::none(), vec![])
    }
}
