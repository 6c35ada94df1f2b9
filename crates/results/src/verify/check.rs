//! A check in progress.

use super::{Engine, EngineError, ProvableGame};
use crate::{About, CommunicationName, Measure};
use std::path::Path;
use suasion_certificate::{ProofError, Verdict};
use suasion_model::Instance;

/// What was proved of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proved {
    /// The largest gap between a value and its bound; of what an agent may gain within a slack, what
    /// exceeds the slack.
    pub gap: f64,
    /// What the user gains at most anywhere by not following, or lacks of a floor.
    pub violation: f64,
    /// What an agent gains at most by another offer or scheme, where the result is about profiles
    /// that allow for some.
    pub regret: Option<f64>,
    /// What the result says that nothing proves.
    pub not_proved: Vec<String>,
}

/// A result that is being checked.
pub struct Check<'a, G> {
    /// The game that it is about.
    pub(crate) game: &'a G,
    /// The prior.
    pub(crate) prior: usize,
    /// How agents communicate, if certificates are to be about one way.
    pub(crate) communication: Option<CommunicationName>,
    /// What runs again what no certificate proves, if there is anything that can.
    pub(crate) engine: Option<&'a dyn Engine>,
    /// What is proved so far.
    pub(crate) proved: Proved,
    /// Why something could not be run again.
    pub(crate) failure: Option<EngineError>,
}

impl<G: ProvableGame> Check<'_, G> {
    /// Names what is not proved, once.
    pub(crate) fn leave(&mut self, what: &str) {
        if self.proved.not_proved.iter().all(|named| named != what) {
            self.proved.not_proved.push(what.to_owned());
        }
    }

    /// Takes a verdict, unless there is none or it fails.
    pub(crate) fn passed(&mut self, place: &str, verdict: Result<Verdict, ProofError>) -> Result<Verdict, String> {
        let verdict = self.sound(place, verdict)?;
        self.proved.gap = self.proved.gap.max(verdict.gap);
        Ok(verdict)
    }

    /// The same for a verdict whose gap is something else.
    pub(crate) fn sound(&mut self, place: &str, verdict: Result<Verdict, ProofError>) -> Result<Verdict, String> {
        let at = |what: String| if place.is_empty() { what } else { format!("{place}: {what}") };
        let verdict = verdict.map_err(|refusal| at(refusal.to_string()))?;
        if let Some(failure) = verdict.failures.first() {
            return Err(at(failure.to_string()));
        }
        self.proved.violation = self.proved.violation.max(verdict.violation).max(verdict.shortfall);
        Ok(verdict)
    }

    /// Takes what agents gain at most: within a slack it is regret, and beyond it a gap.
    pub(crate) fn regrets(&mut self, regrets: &[Option<f64>], slack: f64) {
        for regret in regrets.iter().copied().flatten() {
            self.proved.gap = self.proved.gap.max(regret - slack);
            if slack > 0.0 {
                self.proved.regret = Some(self.proved.regret.unwrap_or(0.0).max(regret));
            }
        }
    }

    /// Names that a limit ended the computation, if the result says so: nothing proves that.
    pub(crate) fn stopped(&mut self, stopped: Option<&String>) {
        if stopped.is_some() {
            self.leave("stopped");
        }
    }

    /// Whether a certificate is about agents who communicate as the result says.
    pub(crate) fn communicates(&self, place: &str, found: CommunicationName) -> Result<(), String> {
        if self.communication.is_none_or(|expected| found == expected) {
            return Ok(());
        }
        Err(format!("{place}: its certificate is about another way to communicate than the result"))
    }

    /// Whether a result is about the game in this file.
    pub(crate) fn named(&mut self, about: &About, file: &Path) -> Result<(), String> {
        let (digest, name) = (self.game.fingerprint(), self.game.title());
        if digest != about.digest {
            return Err(format!(
                "the instance {} is not the one that was solved (digest {digest}, expected {})",
                file.display(),
                about.digest
            ));
        }
        let elsewhere = file != Path::new(&about.instance);
        if elsewhere {
            self.leave("instance");
        }
        if about.name == name {
            return Ok(());
        }
        // Without a name of its own, an instance is called like its file, and that may have been
        // another one.
        if elsewhere && file.file_stem().is_some_and(|stem| stem.to_string_lossy() == name) {
            self.leave("name");
            return Ok(());
        }
        Err(format!("name: found {:?}, and the instance is called {name:?}", about.name))
    }

    /// What the engine says; its failure ends the check.
    pub(crate) fn ran<T>(&mut self, ran: Result<T, EngineError>) -> Result<T, String> {
        ran.map_err(|cause| {
            let reason = cause.to_string();
            self.failure = Some(cause);
            reason
        })
    }
}

impl<'a> Check<'a, Instance> {
    /// What numbers are measured by.
    pub(crate) fn measure(&self) -> Result<Measure<'a>, String> {
        Measure::new(self.game, self.prior).ok_or_else(|| format!("prior: found {}, which is none", self.prior))
    }

    /// Certificates are to be about this way to communicate, which has to be one of the instance.
    pub(crate) fn expects(&mut self, communication: CommunicationName) -> Result<(), String> {
        self.communication = Some(communication);
        let typed = matches!(communication, CommunicationName::Experiment | CommunicationName::Mechanism);
        if communication != CommunicationName::Quantal && typed != (self.game.types() > 1) {
            let (name, types) = (communication.name(), self.game.types());
            return Err(format!("communication: found {name:?}, and the number of the user's types is {types}"));
        }
        Ok(())
    }

    /// The number of the agent of this name.
    pub(crate) fn agent(&self, name: &str) -> Result<usize, String> {
        self.game.agent(name).ok_or_else(|| format!("agent: found {name:?}, which the instance has not"))
    }

    /// The most that an agent can leave a rational user.
    pub(crate) fn most(&self, agent: usize) -> Result<f64, String> {
        let view = self.game.typed_view(self.prior, agent).map_err(|cause| cause.to_string())?;
        Ok(view.full_information())
    }
}
