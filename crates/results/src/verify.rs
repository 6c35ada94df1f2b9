//! A saved result against its instance, without a solver.
//!
//! Every certificate is checked in exact arithmetic. Then the result is built again from the
//! instance and its certificates alone, and has to be equal to what was saved, so that no number in
//! it is one that nothing proves. What cannot be built again, such as the number of starts of a
//! search, is named as not proved. A result that contradicts itself is refused whatever its
//! certificates say.

mod check;
mod difference;
mod record;

pub use check::{Check, Proved};
pub use record::{RecordError, Verified, instance_of, verify_record};

use crate::{About, DynamicsResult, Measure};
use difference::difference;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use suasion_certificate::AllAgentsCertificate;
use suasion_model::{Instance, ReadError, StackelbergGame};

/// A game that results are about.
pub trait ProvableGame: Sized {
    /// What numbers of results about it are measured by.
    type Measure<'a>
    where
        Self: 'a;

    /// Reads it.
    ///
    /// # Errors
    /// If the file cannot be read, or is none.
    fn of_file(file: &Path) -> Result<Self, ReadError>;

    /// Its fingerprint.
    fn fingerprint(&self) -> String;

    /// Its name.
    fn title(&self) -> &str;

    /// What numbers are measured by at a prior; the number of priors, where there is no such one.
    ///
    /// # Errors
    /// If there is no such prior.
    fn measure(&self, prior: usize) -> Result<Self::Measure<'_>, usize>;
}

impl ProvableGame for Instance {
    type Measure<'a> = Measure<'a>;

    fn of_file(file: &Path) -> Result<Self, ReadError> {
        Self::read(file)
    }

    fn fingerprint(&self) -> String {
        self.digest()
    }

    fn title(&self) -> &str {
        &self.name
    }

    fn measure(&self, prior: usize) -> Result<Measure<'_>, usize> {
        Measure::new(self, prior).ok_or_else(|| self.priors())
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

    /// Such a game has no priors.
    fn measure(&self, prior: usize) -> Result<&Self, usize> {
        if prior == 0 { Ok(self) } else { Err(1) }
    }
}

/// A result that can be built again from its game and its proofs, and compared.
pub trait Provable: Serialize + Sized {
    /// The game that it is about.
    type Game: ProvableGame;

    /// Which game, and which prior.
    fn about(&self) -> &About;

    /// Whether it says that everything in it is proved within the tolerance.
    fn certified(&self) -> bool;

    /// The result that follows from the game and the certificates, which are checked. What the
    /// result says besides is taken over, and named as not proved.
    ///
    /// # Errors
    /// If a certificate is missing, is about something else, or does not hold; in words.
    fn rebuilt(&self, check: &mut Check<'_, Self::Game>) -> Result<Self, String>;

    /// Whether its numbers agree with each other.
    ///
    /// # Errors
    /// If one contradicts another by more than rounding; in words.
    fn consistent(&self, measure: &<Self::Game as ProvableGame>::Measure<'_>) -> Result<(), String>;
}

/// How far what happens is from full information when one agent alone switches to telling all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Switched {
    /// In total variation, between 0 and 1.
    pub distance: f64,
    /// Whether what happens is the same.
    pub identical: bool,
}

/// Why something could not be run again, as whoever runs it says it.
pub type EngineError = Box<dyn std::error::Error + Send + Sync>;

/// What runs again the parts of results that no certificate proves: simulations, and what follows
/// where one agent alone switches to full information. Without it, these parts are named as not
/// proved.
pub trait Engine {
    /// The simulation that a result is about, run again; none if there is no such run.
    ///
    /// # Errors
    /// If it cannot be run.
    fn replayed(&self, instance: &Instance, result: &DynamicsResult) -> Result<Option<DynamicsResult>, EngineError>;

    /// For each agent, what its switching alone to full information leads to.
    ///
    /// # Errors
    /// If the game is too large, or the certificate is about none.
    fn switched(
        &self,
        instance: &Instance,
        prior: usize,
        certificate: &AllAgentsCertificate,
    ) -> Result<Vec<Switched>, EngineError>;
}

/// What is proved of a result in this file, or why it is refused; `given` is the record that it was
/// read from.
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
