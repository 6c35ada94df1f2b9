//! What all kinds of results need for their verdict.

use super::Proved;
use crate::commands::Game;
use crate::commands::equilibria::quantal;
use crate::result::{AlignmentPart, Measure, OptimumCertificate, Reference};
use suasion_certificate::{Offset, ProofError, Rules, Verdict};
use suasion_model::Objective;

/// A result that is being checked.
pub(super) struct Check<'a> {
    pub game: &'a Game<'a>,
    pub prior: usize,
    /// How agents talk, if the user knows something by herself.
    pub rules: Option<Rules>,
    pub measure: Measure<'a>,
    pub proved: Proved,
}

impl Check<'_> {
    /// The verdict on a certificate that is to be about this agent, at this result's prior.
    pub fn certificate(
        &mut self,
        place: &str,
        certificate: Option<&OptimumCertificate>,
        agent: usize,
        floor: Option<f64>,
    ) -> Result<(OptimumCertificate, Verdict), String> {
        let certificate = certificate.ok_or_else(|| format!("{place}: it has no certificate"))?;
        let (prior, of, objective, floored) = certificate.meant();
        self.check_meant(place, (prior, of, objective, floored.map(|floor| floor.value)), agent, floor)?;
        self.check_rules(place, certificate.rules())?;
        let verdict = self.passed(place, certificate.check(&self.game.instance))?;
        Ok((certificate.clone(), verdict))
    }

    /// Whether a proof's prior, agent, objective and floor are those of this result.
    pub fn check_meant(
        &self,
        place: &str,
        found: (usize, usize, &Objective, Option<f64>),
        agent: usize,
        floor: Option<f64>,
    ) -> Result<(), String> {
        if found == (self.prior, agent, &Objective::agent(agent), floor) {
            return Ok(());
        }
        Err(format!("{place}: its certificate is for another prior, agent, objective or floor"))
    }

    /// Whether a certificate is about agents who talk as the result says.
    pub fn check_rules(&self, place: &str, found: Option<Rules>) -> Result<(), String> {
        if found == self.rules {
            return Ok(());
        }
        Err(format!("{place}: its certificate is about other ways to talk than the result"))
    }

    /// Takes a verdict, unless there is none or it fails.
    pub fn passed(&mut self, place: &str, verdict: Result<Verdict, ProofError>) -> Result<Verdict, String> {
        let verdict = self.sound(place, verdict)?;
        self.proved.gap = self.proved.gap.max(verdict.gap);
        Ok(verdict)
    }

    /// The same of a verdict whose gap is something else.
    pub fn sound(&mut self, place: &str, verdict: Result<Verdict, ProofError>) -> Result<Verdict, String> {
        let at = |what: String| if place.is_empty() { what } else { format!("{place}: {what}") };
        let verdict = verdict.map_err(|refusal| at(refusal.to_string()))?;
        if let Some(failure) = verdict.failures.first() {
            return Err(at(failure.to_string()));
        }
        self.proved.violation = self.proved.violation.max(verdict.violation).max(verdict.shortfall);
        Ok(verdict)
    }

    /// Takes what agents gain at most: within a slack it is regret, and beyond it a gap.
    pub fn regrets(&mut self, regrets: &[Option<f64>], slack: f64) {
        for regret in regrets.iter().copied().flatten() {
            self.proved.gap = self.proved.gap.max(regret - slack);
            if slack > 0.0 {
                self.proved.regret = Some(self.proved.regret.unwrap_or(0.0).max(regret));
            }
        }
    }

    /// Names that a limit ended the computation, if the result says so: nothing proves that.
    pub fn stopped(&mut self, stopped: Option<&String>) {
        if stopped.is_some() {
            self.proved.leave("stopped");
        }
    }

    /// The user's reference values, if she is rational or so sensitive.
    pub fn reference(&self, eta: Option<f64>) -> Result<Reference, String> {
        if let Some(eta) = eta {
            return quantal::reference(&self.game.instance, self.prior, eta).map_err(|cause| cause.to_string());
        }
        self.game.reference(self.prior).map_err(|cause| cause.to_string())
    }

    /// The most that an agent can leave the user.
    pub fn most(&self, agent: usize) -> Result<f64, String> {
        let instance = &self.game.instance;
        if self.rules.is_some() {
            let view = instance.typed_view(self.prior, agent).map_err(|cause| cause.to_string())?;
            return Ok(view.full_information());
        }
        Ok(instance.view(self.prior, agent).map_err(|cause| cause.to_string())?.full_information())
    }

    pub fn agent(&self, name: &str) -> Result<usize, String> {
        self.game.instance.agent(name).ok_or_else(|| format!("agent: found {name:?}, which the instance has not"))
    }

    /// The verdict on the alignment that is part of a result.
    pub fn alignment(&mut self, given: &AlignmentPart, slack: f64) -> Result<AlignmentPart, String> {
        let certificate = given.certificate.clone().ok_or("alignment: it has no certificate")?;
        let proof = &certificate.proof;
        if proof.simplex || proof.offset_kind != Offset::PerState || proof.slack != slack {
            return Err("alignment: its certificate is for another offset, slack or kind of weights".into());
        }
        let verdict = self.passed("alignment", certificate.check(&self.game.instance))?;
        Ok(AlignmentPart::new(certificate, &verdict, true))
    }
}
