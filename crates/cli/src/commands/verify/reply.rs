//! Saved best conversation rules.

use super::check::Check;
use crate::result::{Replied, ReplyResult, Saved};
use suasion_certificate::ConversationRulesProof;
use suasion_equilibrium::ConversationGame;
use suasion_model::Protocol;
use suasion_persuasion::Settings;

impl Check<'_> {
    /// The rule is worth what it is said to be, and no other is worth more than the bound, while the others do what they are said to do.
    pub(super) fn reply(&mut self, result: &ReplyResult) -> Result<Saved, String> {
        let instance = &self.game.instance;
        let agent = self.agent(&result.agent)?;
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        let about: (usize, f64, &Protocol) = (proof.prior, proof.slack, &proof.protocol);
        if about != (self.prior, 0.0, &result.protocol) {
            return Err("its certificate is for another prior, slack or protocol".into());
        }
        let verdict = certificate.check(instance).map_err(|refusal| refusal.to_string())?;
        self.others(agent, &result.against, proof)?;
        self.stopped(result.stopped.as_ref());
        if result.relaxed {
            self.proved.leave("relaxed");
        }
        let replied = Replied {
            against: result.against.clone(),
            relaxed: result.relaxed,
            // Only a search leaves a tree that bounds what else there is.
            heuristic: proof.replies.get(agent).is_none_or(Vec::is_empty),
            stopped: result.stopped.clone(),
        };
        let rebuilt = ReplyResult::new(result.about.clone(), instance, agent, (certificate, &verdict), replied, true);
        if rebuilt.certified {
            self.proved.gap = self.proved.gap.max(rebuilt.upper_bound - rebuilt.agent_value);
            self.proved.violation = self.proved.violation.max(verdict.violation);
        }
        Ok(Saved::Reply(rebuilt))
    }

    /// Whether the other agents do what the result says: silence or revelation. What a file says is not looked at.
    fn others(&mut self, agent: usize, against: &str, proof: &ConversationRulesProof) -> Result<(), String> {
        if against != "silence" && against != "revelation" {
            self.proved.leave("against");
            return Ok(());
        }
        let settings = Settings::default();
        let game = ConversationGame::new(&self.game.instance, self.prior, &proof.protocol, usize::MAX, &settings);
        let game = game.map_err(|cause| cause.to_string())?;
        let rules = if against == "silence" { game.silence() } else { game.revelation() };
        let rules = game.checked(rules).map_err(|cause| cause.to_string())?;
        let differs = |other: &usize| *other != agent && proof.rules.get(*other) != rules.get(*other);
        match (0..rules.len()).find(differs) {
            None => Ok(()),
            Some(other) => {
                let name = &self.game.instance.agents[other].name;
                Err(format!("against: found {against:?}, and the rule of {name} in the certificate is another"))
            }
        }
    }
}
