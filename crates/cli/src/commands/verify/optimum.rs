//! Saved optima of one agent, and everything about an instance.

use super::check::Check;
use crate::result::{
    AgentResult, AlignResult, ConversationResult, GameResult, MenuResult, Monopoly, OptimumCertificate, PersuadeResult,
    QuantalResult, Saved, SolveResult, scheme_rows,
};
use suasion_certificate::{ProofError, Verdict};
use suasion_model::Objective;

impl Check<'_> {
    pub(super) fn solve(&mut self, result: &SolveResult) -> Result<Saved, String> {
        let expected = self.game.instance.agents.len();
        if result.agents.len() != expected {
            return Err(format!("agents: found {}, and the instance has {expected}", result.agents.len()));
        }
        let mut agents = Vec::with_capacity(expected);
        for (i, (given, agent)) in result.agents.iter().zip(&self.game.instance.agents).enumerate() {
            let place = format!("agents[{i}].monopoly");
            let (certificate, verdict) = self.certificate(&place, given.monopoly.certificate.as_ref(), i, None)?;
            agents.push(AgentResult { name: agent.name.clone(), monopoly: Monopoly::new(certificate, &verdict, true) });
        }
        let alignment = self.alignment(&result.alignment, 0.0)?;
        let equilibrium = match &result.equilibrium {
            None => None,
            Some(GameResult::BestAgent(given)) if given.eta.is_some() => {
                return Err(format!("equilibrium.eta: found {:?}, expected a rational user", given.eta));
            }
            Some(GameResult::BestAgent(given)) => {
                Some(GameResult::BestAgent(Box::new(self.equilibrium(given, &alignment)?)))
            }
            Some(GameResult::AllAgents(given)) => Some(GameResult::AllAgents(Box::new(self.joint(given, &alignment)?))),
        };
        let found = equilibrium.as_ref().is_none_or(|found| match found {
            GameResult::BestAgent(found) => found.certified,
            GameResult::AllAgents(found) => found.certified,
        });
        Ok(Saved::Solve(SolveResult {
            about: result.about.clone(),
            rules: self.rules,
            user_value: self.reference(None)?,
            agents,
            alignment,
            equilibrium,
            // What a limit ended is not certified as a whole.
            certified: found && result.stopped.is_none(),
            stopped: result.stopped.clone(),
        }))
    }

    pub(super) fn align(&mut self, result: &AlignResult) -> Result<Saved, String> {
        if self.prior != 0 {
            return Err(format!("prior: found {}, expected 0: alignment does not depend on it", self.prior));
        }
        self.stopped(result.stopped.as_ref());
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let verdict = self.passed("", certificate.check(&self.game.instance))?;
        let stopped = result.stopped.clone();
        Ok(Saved::Align(AlignResult::new(result.about.clone(), certificate, &verdict, stopped, true)))
    }

    pub(super) fn persuade(&mut self, result: &PersuadeResult) -> Result<Saved, String> {
        self.stopped(result.stopped.as_ref());
        let agent = self.agent(&result.agent)?;
        let (certificate, verdict) =
            self.certificate("certificate", result.optimum.certificate.as_ref(), agent, result.floor)?;
        let OptimumCertificate::Plain(plain) = &certificate else {
            return Err("certificate: it is about another way to talk".into());
        };
        Ok(Saved::Persuade(PersuadeResult {
            about: result.about.clone(),
            agent: result.agent.clone(),
            floor: result.floor,
            scheme: scheme_rows(&self.game.instance, &plain.proof.scheme),
            optimum: Monopoly::new(certificate, &verdict, true),
            stopped: result.stopped.clone(),
        }))
    }

    /// The verdict on a certificate that is to be about the optimum of the agent of this name.
    fn optimum(
        &mut self,
        agent: &str,
        meant: (usize, usize, &Objective, Option<f64>),
        floor: Option<f64>,
        verdict: Result<Verdict, ProofError>,
    ) -> Result<Verdict, String> {
        let agent = self.agent(agent)?;
        self.check_meant("certificate", meant, agent, floor)?;
        self.passed("certificate", verdict)
    }

    pub(super) fn menu(&mut self, result: &MenuResult) -> Result<Saved, String> {
        self.stopped(result.stopped.as_ref());
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        let meant = (proof.prior, proof.agent, &proof.objective, proof.floor.map(|floor| floor.value));
        let verdict = self.optimum(&result.agent, meant, result.floor, certificate.check(&self.game.instance))?;
        let about = (result.about.clone(), result.agent.clone(), result.floor);
        let rebuilt = MenuResult::new(about, &self.game.instance, certificate, &verdict, true);
        Ok(Saved::Menu(MenuResult { stopped: result.stopped.clone(), ..rebuilt }))
    }

    pub(super) fn conversation(&mut self, result: &ConversationResult) -> Result<Saved, String> {
        self.stopped(result.stopped.as_ref());
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        let meant = (proof.prior, proof.agent, &proof.objective, proof.floor.map(|floor| floor.value));
        let verdict = self.optimum(&result.agent, meant, result.floor, certificate.check(&self.game.instance))?;
        let about = (result.about.clone(), result.agent.clone(), result.floor);
        let rebuilt = ConversationResult::new(about, &self.game.instance, certificate, &verdict, true);
        Ok(Saved::Conversation(ConversationResult { stopped: result.stopped.clone(), ..rebuilt }))
    }

    pub(super) fn quantal(&mut self, result: &QuantalResult) -> Result<Saved, String> {
        self.stopped(result.stopped.as_ref());
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        let meant = (proof.prior, proof.agent, &proof.objective, None);
        let verdict = self.optimum(&result.agent, meant, None, certificate.check(&self.game.instance))?;
        let about = (result.about.clone(), result.agent.clone());
        let rebuilt = QuantalResult::new(about, &self.game.instance, certificate, &verdict, true);
        let rebuilt = rebuilt.map_err(|refusal| format!("certificate: {refusal}"))?;
        Ok(Saved::Quantal(QuantalResult { stopped: result.stopped.clone(), ..rebuilt }))
    }
}
