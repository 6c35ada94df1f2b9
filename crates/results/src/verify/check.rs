//! A check in progress.

use super::{Engine, EngineError, ProvableGame};
use crate::{About, CommunicationName, ResultScale};
use std::path::Path;
use suasion_certificate::{ProofError, Verdict};
use suasion_model::Instance;

/// What was proved about a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proved {
    /// The largest gap between a value and its bound. For an agent's gain, it is the part that
    /// exceeds the slack.
    pub gap: f64,
    /// The largest violation: what the user gains by not following, or how far her value is below a
    /// floor.
    pub violation: f64,
    /// An upper bound of an agent's gain by another offer or scheme, if the result is about
    /// profiles with a slack.
    pub regret: Option<f64>,
    /// Claims of the result that nothing proves.
    pub not_proved: Vec<String>,
}

/// A result that is being checked.
pub struct Check<'a, G> {
    /// The game that it is about.
    pub(crate) game: &'a G,
    /// The prior.
    pub(crate) prior: usize,
    /// The communication that certificates must be about, if the result names it.
    pub(crate) communication: Option<CommunicationName>,
    /// The engine that runs again what no certificate proves, if there is one.
    pub(crate) engine: Option<&'a dyn Engine>,
    /// What is proved so far.
    pub(crate) proved: Proved,
    /// Why something could not be run again.
    pub(crate) failure: Option<EngineError>,
}

impl<G: ProvableGame> Check<'_, G> {
    /// Names a claim that is not proved, once.
    pub(crate) fn leave(&mut self, what: &str) {
        if self.proved.not_proved.iter().all(|named| named != what) {
            self.proved.not_proved.push(what.to_owned());
        }
    }

    /// Records a verdict, or returns an error if there is none or it fails.
    pub(crate) fn passed(&mut self, place: &str, verdict: Result<Verdict, ProofError>) -> Result<Verdict, String> {
        let verdict = self.sound(place, verdict)?;
        self.proved.gap = self.proved.gap.max(verdict.gap);
        Ok(verdict)
    }

    /// The same for a verdict whose gap has another meaning.
    pub(crate) fn sound(&mut self, place: &str, verdict: Result<Verdict, ProofError>) -> Result<Verdict, String> {
        let at = |what: String| if place.is_empty() { what } else { format!("{place}: {what}") };
        let verdict = verdict.map_err(|refusal| at(refusal.to_string()))?;
        if let Some(failure) = verdict.failures.first() {
            return Err(at(failure.to_string()));
        }
        self.proved.violation = self.proved.violation.max(verdict.violation).max(verdict.shortfall);
        Ok(verdict)
    }

    /// Records the agents' regrets; the part that exceeds the slack is a gap.
    pub(crate) fn regrets(&mut self, regrets: &[Option<f64>], slack: f64) {
        for regret in regrets.iter().copied().flatten() {
            self.proved.gap = self.proved.gap.max(regret - slack);
            if slack > 0.0 {
                self.proved.regret = Some(self.proved.regret.unwrap_or(0.0).max(regret));
            }
        }
    }

    /// Names as not proved that a limit ended the computation, if the result says so.
    pub(crate) fn stopped(&mut self, stopped: Option<&String>) {
        if stopped.is_some() {
            self.leave("stopped");
        }
    }

    /// Checks that a certificate is about the result's communication.
    pub(crate) fn communicates(&self, place: &str, found: CommunicationName) -> Result<(), String> {
        if self.communication.is_none_or(|expected| found == expected) {
            return Ok(());
        }
        Err(format!("{place}: its certificate is about another kind of communication than the result"))
    }

    /// Checks that a result is about the game in this file.
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
        // An instance without a name takes the name of its file, which may have changed.
        if elsewhere && file.file_stem().is_some_and(|stem| stem.to_string_lossy() == name) {
            self.leave("name");
            return Ok(());
        }
        Err(format!("name: found {:?}, and the instance is called {name:?}", about.name))
    }

    /// The result of the engine; its failure ends the check.
    pub(crate) fn ran<T>(&mut self, ran: Result<T, EngineError>) -> Result<T, String> {
        ran.map_err(|cause| {
            let reason = cause.to_string();
            self.failure = Some(cause);
            reason
        })
    }
}

impl<'a> Check<'a, Instance> {
    /// The scale of numbers.
    pub(crate) fn measure(&self) -> Result<ResultScale<'a>, String> {
        ResultScale::new(self.game, self.prior)
            .ok_or_else(|| format!("prior: found {}, but there is no such prior", self.prior))
    }

    /// Requires that certificates are about this communication, which must fit the instance.
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
        self.game.agent(name).ok_or_else(|| format!("agent: found {name:?}, but the instance has no such agent"))
    }

    /// The most that an agent can leave a rational user.
    pub(crate) fn most(&self, agent: usize) -> Result<f64, String> {
        let view = self.game.typed_view(self.prior, agent).map_err(|cause| cause.to_string())?;
        Ok(view.full_information())
    }
}
