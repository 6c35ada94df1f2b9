//! Saved equilibria of the all-agents game.

use super::check::Check;
use crate::commands::joint::JointGame;
use crate::result::{AlignmentPart, JointEquilibria, JointProfile, JointResult, Saved};
use suasion_equilibrium::{AllAgentsGame, ConversationGame};
use suasion_model::Instance;
use suasion_persuasion::Settings;

impl Check<'_> {
    pub(super) fn all_agents(&mut self, result: &JointResult) -> Result<Saved, String> {
        let alignment = self.alignment(&result.alignment, result.equilibria.slack)?;
        let equilibria = self.joint(&result.equilibria, &alignment)?;
        let game = game_of(&self.game.instance, self.prior, &equilibria)?;
        let user_value = self.game.joint_reference(self.prior, &game).map_err(|cause| cause.to_string())?;
        Ok(Saved::AllAgents(JointResult { about: result.about.clone(), user_value, alignment, equilibria }))
    }

    /// Every profile that is said to be an equilibrium is proved to be one; how it was found is not.
    pub(super) fn joint(
        &mut self,
        given: &JointEquilibria,
        alignment: &AlignmentPart,
    ) -> Result<JointEquilibria, String> {
        let instance = &self.game.instance;
        // Certificates first: what they say of a protocol they also keep within bounds.
        let mut verdicts = Vec::with_capacity(given.profiles.len());
        for (i, profile) in given.profiles.iter().enumerate() {
            let place = format!("profiles[{i}]");
            let certificate = profile.certificate.clone().ok_or_else(|| format!("{place}: it has no certificate"))?;
            let about = (certificate.prior(), certificate.slack(), certificate.eta(), certificate.protocol());
            if about != (self.prior, given.slack, given.eta, given.protocol.as_ref()) {
                return Err(format!("{place}: its certificate is for another prior, slack, sensitivity or protocol"));
            }
            let verdict = certificate.check(instance).map_err(|refusal| format!("{place}: {refusal}"))?;
            verdicts.push((certificate, verdict));
        }
        if verdicts.is_empty() {
            return Err("profiles: found none, so nothing is proved".into());
        }
        let game = game_of(instance, self.prior, given)?;
        let mut profiles = Vec::with_capacity(given.profiles.len());
        for (i, (profile, (certificate, verdict))) in given.profiles.iter().zip(verdicts).enumerate() {
            let place = format!("profiles[{i}]");
            let kept = (profile.starts.clone(), profile.relaxed, true);
            let rebuilt = JointProfile::new(instance, &game, certificate, &verdict, alignment, kept);
            let rebuilt = rebuilt.map_err(|cause| format!("{place}: {cause}"))?;
            if rebuilt.certified {
                self.regrets(&rebuilt.regrets, given.slack);
                self.proved.violation = self.proved.violation.max(verdict.violation);
            }
            profiles.push(rebuilt);
        }
        let follows = |l: &JointProfile, r: &JointProfile| match (l.certified, r.certified) {
            (true, false) => true,
            (false, true) => false,
            _ => l.user_value <= r.user_value,
        };
        if !profiles.is_sorted_by(follows) {
            return Err("profiles: they are not in increasing order of the user's value, equilibria first".into());
        }
        // How they were searched for, and what else was met, is not proved.
        for what in ["that no others were found", "margin", "seed", "starts", "unsettled", "too_large"] {
            self.proved.leave(what);
        }
        let relaxed = profiles.iter().any(|profile| profile.relaxed);
        let some = [(given.nearest.is_some(), "nearest"), (relaxed, "relaxed")];
        some.iter().filter(|(there, _)| *there).for_each(|(_, what)| self.proved.leave(what));
        self.stopped(given.stopped.as_ref());
        let found = JointEquilibria {
            game: "all-agents".into(),
            exact: false,
            eta: given.eta,
            protocol: given.protocol.clone(),
            slack: given.slack,
            margin: given.margin,
            seed: given.seed,
            starts: given.starts,
            unsettled: given.unsettled,
            too_large: given.too_large,
            nearest: given.nearest,
            worst_user_value: None,
            best_user_value: None,
            bound: None,
            regret: None,
            profiles,
            certified: false,
            stopped: given.stopped.clone(),
        };
        Ok(found.assembled())
    }
}

/// The game of a rational user, or of one so sensitive; or conversations.
fn game_of<'a>(instance: &'a Instance, prior: usize, given: &JointEquilibria) -> Result<JointGame<'a>, String> {
    let settings = Settings::default();
    let game = match (&given.protocol, given.eta) {
        (Some(_), Some(_)) => return Err("eta: found beside a protocol, expected one or the other".into()),
        // Whoever made it was allowed so much.
        (Some(protocol), None) => {
            ConversationGame::new(instance, prior, protocol, usize::MAX, &settings).map(JointGame::Conversations)
        }
        (None, Some(eta)) => {
            AllAgentsGame::new(instance, prior, &settings).and_then(|game| game.quantal(eta)).map(JointGame::Once)
        }
        (None, None) => AllAgentsGame::new(instance, prior, &settings).map(JointGame::Once),
    };
    game.map_err(|cause| cause.to_string())
}
