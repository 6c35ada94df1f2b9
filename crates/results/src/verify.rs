//! Verification of a saved result against its instance, without a solver.
//!
//! Every certificate is checked in exact arithmetic. Then the result is rebuilt from the instance
//! and its certificates alone, and must equal the saved result, so that every number in it is
//! proved. Parts that cannot be rebuilt, such as the number of starts of a search, are named as not
//! proved. A result that contradicts itself is refused, whatever its certificates prove.

mod check;
mod difference;
mod record;

pub use check::{Check, Proved};
pub use record::{RecordError, Verified, instance_of, verify_record};

use crate::{About, DynamicsResult, ResultScale};
use difference::difference;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use suasion_certificate::AllAgentsCertificate;
use suasion_model::{Instance, ReadError, StackelbergGame};

/// A game that results are about.
pub trait ProvableGame: Sized {
    /// The scale of numbers in its results.
    type Measure<'a>
    where
        Self: 'a;

    /// Reads it.
    ///
    /// # Errors
    /// If the file cannot be read, or is not such a game.
    fn of_file(file: &Path) -> Result<Self, ReadError>;

    /// Its fingerprint.
    fn fingerprint(&self) -> String;

    /// Its name.
    fn title(&self) -> &str;

    /// The scale of numbers at a prior.
    ///
    /// # Errors
    /// If there is no such prior; the error is the number of priors.
    fn measure(&self, prior: usize) -> Result<Self::Measure<'_>, usize>;
}

impl ProvableGame for Instance {
    type Measure<'a> = ResultScale<'a>;

    fn of_file(file: &Path) -> Result<Self, ReadError> {
        Self::read(file)
    }

    fn fingerprint(&self) -> String {
        self.digest()
    }

    fn title(&self) -> &str {
        &self.name
    }

    fn measure(&self, prior: usize) -> Result<ResultScale<'_>, usize> {
        ResultScale::new(self, prior).ok_or_else(|| self.priors())
    }
}

impl ProvableGame for StackelbergGame {
    type Measure<'a> = &'a Self;

    fn of_file(file: &Path) -> Result<Self, ReadError> {
        Self::read(file)
    }

    fn fingerprint(&self) -> String {
        self.digest()
    }

    fn title(&self) -> &str {
        &self.name
    }

    /// Such a game has no priors, so only 0 is valid.
    fn measure(&self, prior: usize) -> Result<&Self, usize> {
        if prior == 0 { Ok(self) } else { Err(1) }
    }
}

/// A result that can be rebuilt from its game and its proofs, and compared.
pub trait Provable: Serialize + Sized {
    /// The game that it is about.
    type Game: ProvableGame;

    /// The game and the prior.
    fn about(&self) -> &About;

    /// Whether it claims that everything in it is proved within the tolerance.
    fn certified(&self) -> bool;

    /// Checks the certificates and rebuilds the result from them and the game. Everything else is
    /// copied from the result and named as not proved.
    ///
    /// # Errors
    /// A message, if a certificate is missing, is about something else, or does not hold.
    fn rebuilt(&self, check: &mut Check<'_, Self::Game>) -> Result<Self, String>;

    /// Checks that its numbers agree with each other.
    ///
    /// # Errors
    /// A message, if one contradicts another by more than rounding.
    fn consistent(&self, measure: &<Self::Game as ProvableGame>::Measure<'_>) -> Result<(), String>;
}

/// The outcome if one agent alone switches to full information.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Switched {
    /// The distance from full information in total variation, from 0 to 1.
    pub distance: f64,
    /// Whether the outcome is exactly that of full information.
    pub identical: bool,
}

/// Why an engine could not run something again.
pub type EngineError = Box<dyn std::error::Error + Send + Sync>;

/// Runs again the parts of results that no certificate proves: simulations, and outcomes if one
/// agent alone switches to full information. Without an engine, these parts are named as not
/// proved.
pub trait Engine {
    /// Runs the simulation of a result again; `None` if there is no such run.
    ///
    /// # Errors
    /// If it cannot be run.
    fn replayed(&self, instance: &Instance, result: &DynamicsResult) -> Result<Option<DynamicsResult>, EngineError>;

    /// For each agent, the outcome if it alone switches to full information.
    ///
    /// # Errors
    /// If the game is too large, or the certificate does not fit it.
    fn switched(
        &self,
        instance: &Instance,
        prior: usize,
        certificate: &AllAgentsCertificate,
    ) -> Result<Vec<Switched>, EngineError>;
}

/// What is proved about a result in this file, or why it is refused; `given` is the record that it
/// was read from.
pub(crate) fn verify<R: Provable + Clone + Into<crate::SavedResult>>(
    result: &R,
    given: &Value,
    file: &Path,
    engine: Option<&dyn Engine>,
) -> Result<Result<Proved, String>, RecordError> {
    let game = R::Game::of_file(file)?;
    let about = result.about();
    let mut check = Check {
        game: &game,
        prior: about.prior,
        communication: None,
        engine,
        proved: Proved::default(),
        failure: None,
    };
    let outcome = check.named(about, file).and_then(|()| {
        let measure = game
            .measure(about.prior)
            .map_err(|count| format!("prior: found {}, and the instance has {count}", about.prior))?;
        let rebuilt = result.rebuilt(&mut check)?;
        Ok((measure, rebuilt))
    });
    if let Some(cause) = check.failure {
        return Err(RecordError::Engine(cause));
    }
    let (measure, rebuilt) = match outcome {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    let expected = serde_json::to_value(crate::Record::new(rebuilt.clone().into()))?;
    if let Some(difference) = difference("", given, &expected) {
        return Ok(Err(difference));
    }
    if let Err(contradiction) = rebuilt.consistent(&measure) {
        return Ok(Err(format!("it contradicts itself: {contradiction}")));
    }
    if !rebuilt.certified() {
        return Ok(Err("its own certificates do not reach the tolerance".into()));
    }
    Ok(Ok(check.proved))
}
