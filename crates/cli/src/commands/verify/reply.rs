//! Saved best conversation rules.

use super::Check;
use crate::result::{Replied, ReplyResult, Saved};
use suasion_model::Protocol;

impl Check<'_> {
    /// The rule is worth what it is said to be, and no other is worth more than the bound; how it was found is not proved.
    pub(super) fn reply(&mut self, result: &ReplyResult) -> Result<Saved, String> {
        let instance = &self.game.instance;
        let agent =
            instance.agent(&result.agent).ok_or_else(|| format!("agent: there is none called {:?}", result.agent))?;
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let verdict = certificate.check(instance).map_err(|refusal| refusal.to_string())?;
        let about: (usize, f64, &Protocol) =
            (certificate.proof.prior, certificate.proof.slack, &certificate.proof.protocol);
        if about != (self.prior, 0.0, &result.protocol) {
            return Err("its certificate is for another prior, slack or protocol".into());
        }
        let replied = Replied {
            against: result.against.clone(),
            relaxed: result.relaxed,
            heuristic: result.heuristic,
            stopped: result.stopped.clone(),
        };
        let rebuilt = ReplyResult::new(result.about.clone(), instance, agent, (certificate, &verdict), replied, true);
        if rebuilt.certified {
            self.largest = self.largest.max(rebuilt.upper_bound - rebuilt.agent_value);
        }
        Ok(Saved::Reply(rebuilt))
    }
}
