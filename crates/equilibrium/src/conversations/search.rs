//! Equilibria among conversation rules: what dynamics from one start lead to, and what proves it.

use super::dynamics::PlayedProfile;
use super::{ConversationGame, ConversationReply};
use crate::search::{Candidate, Proved, Searched};
use crate::{AllAgentsSearch, EquilibriumError, Found, FoundProfile, StartKind};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use suasion_certificate::{ConversationRulesProof, JointCertificate, Refusal, ReplyNode};
use suasion_lp::Settings;
use suasion_persuasion::PersuadeError;

/// A proof may take so many relaxations per agent; what is left then makes the bound on the regret weaker, and no less true.
const NODES: usize = 400;
/// A tree with more multipliers is not kept.
const MULTIPLIERS: usize = 200_000;

impl ConversationGame<'_> {
    /// Dynamics from many starts, in parallel, and a proof for every distinct profile in which they found no gain above the slack. Where a proof finds one that the dynamics had missed, they
    /// go on from there. There is no margin here. `progress` is told when a start is done.
    ///
    /// # Errors
    /// If the slack is no finite number of at least 0, there is a margin, or the solver fails. That a limit of the settings ended it is no error: see [`Found::stopped`].
    pub fn search(&self, search: &AllAgentsSearch, progress: &(dyn Fn() + Sync)) -> Result<Found, EquilibriumError> {
        if search.margin > 0.0 {
            let expected = "0 in conversations";
            return Err(EquilibriumError::Number { what: "the margin", found: search.margin, expected });
        }
        crate::search::search(self, search, &self.settings, progress)
    }

    /// Where dynamics from a profile lead.
    fn followed(
        &self,
        start: PlayedProfile,
        starts: BTreeMap<StartKind, usize>,
        search: &AllAgentsSearch,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Candidate<PlayedProfile>, EquilibriumError> {
        let play = self.run(start, search.rounds.max(1), shuffled, rng)?;
        let outcome = self.outcome(&play.profile.rules, &play.profile.plan)?;
        Ok(Candidate { gain: play.gain(), profile: play.profile, outcome, starts })
    }

    /// What given rules and a plan come to, and what every agent could gain at most by another rule.
    ///
    /// # Errors
    /// If they are none of this game, or the solver fails.
    pub fn certify(&self, profile: PlayedProfile, slack: f64) -> Result<FoundProfile, EquilibriumError> {
        let PlayedProfile { rules, plan } = profile;
        let profile = PlayedProfile { rules: self.checked(rules)?, plan };
        let (replies, _) = self.replies(&profile, slack)?;
        self.proved(profile, replies, BTreeMap::new(), slack)
    }

    /// Every agent's best rule against the others'; and the profile after the deviation that gains most, if one gains too much.
    fn replies(
        &self,
        profile: &PlayedProfile,
        slack: f64,
    ) -> Result<(Vec<Option<ConversationReply>>, Option<PlayedProfile>), EquilibriumError> {
        let worth = self.worth(&profile.rules, &profile.plan)?;
        let mut best: Option<(f64, PlayedProfile)> = None;
        let mut replies = Vec::with_capacity(self.agents());
        for agent in 0..self.agents() {
            let settings = Settings { nodes: Some(self.settings.nodes.unwrap_or(NODES)), ..self.settings.clone() };
            let reply = match self.reply(agent, &profile.rules, &settings) {
                Ok(reply) => reply,
                // Then there is no better bound than what the agent would get if the user did what is best for it.
                Err(
                    EquilibriumError::Refused(Refusal::TooLarge { .. })
                    | EquilibriumError::Persuade(PersuadeError::Stopped(_)),
                ) => {
                    replies.push(None);
                    continue;
                }
                Err(other) => return Err(other),
            };
            let gain = reply.value - worth.agents[agent];
            if gain > slack + self.noise(agent) && best.as_ref().is_none_or(|(most, _)| gain > *most) {
                let mut rules = profile.rules.clone();
                rules[agent].clone_from(&reply.rule);
                best = Some((gain, PlayedProfile { rules, plan: reply.plan.clone() }));
            }
            replies.push(Some(reply));
        }
        Ok((replies, best.map(|(_, profile)| profile)))
    }

    fn proved(
        &self,
        profile: PlayedProfile,
        replies: Vec<Option<ConversationReply>>,
        starts: BTreeMap<StartKind, usize>,
        slack: f64,
    ) -> Result<FoundProfile, EquilibriumError> {
        let stopped = replies.iter().flatten().find_map(|reply| reply.stopped);
        let stopped = stopped.or_else(|| self.settings.stopped());
        let exact = replies.iter().all(|reply| reply.as_ref().is_some_and(|reply| reply.exact));
        let size = |tree: &[ReplyNode]| {
            tree.iter().map(|node| if let ReplyNode::Leaf(list) = node { list.len() } else { 1 }).sum::<usize>()
        };
        let tree = |reply: Option<ConversationReply>| {
            reply.map(|reply| reply.tree).filter(|tree| size(tree) <= MULTIPLIERS).unwrap_or_default()
        };
        let proof = ConversationRulesProof {
            prior: self.prior,
            slack,
            protocol: self.protocol.clone(),
            rules: profile.rules,
            plan: profile.plan,
            replies: replies.into_iter().map(tree).collect(),
        };
        let (certificate, verdict) = proof.certify(self.instance)?;
        let certificate = JointCertificate::Conversations(certificate);
        Ok(FoundProfile { certificate, verdict, starts, stopped, exact })
    }
}

impl Searched for ConversationGame<'_> {
    type Profile = PlayedProfile;

    fn led(
        &self,
        kind: StartKind,
        stream: u64,
        search: &AllAgentsSearch,
        rng: &mut ChaCha8Rng,
    ) -> Result<Candidate<PlayedProfile>, EquilibriumError> {
        let start = self.start(kind, rng)?;
        self.followed(start, BTreeMap::from([(kind, 1)]), search, stream % 2 == 1, rng)
    }

    fn settle(
        &self,
        candidate: Candidate<PlayedProfile>,
        search: &AllAgentsSearch,
        last: bool,
    ) -> Result<Proved<PlayedProfile>, EquilibriumError> {
        let (replies, better) = self.replies(&candidate.profile, search.slack)?;
        if let (Some(better), false) = (better, last) {
            let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
            match self.followed(better, candidate.starts.clone(), search, false, &mut rng) {
                Ok(moved) => return Ok(Proved::Moved(moved)),
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(_))) => {}
                Err(other) => return Err(other),
            }
        }
        let found = self.proved(candidate.profile.clone(), replies, candidate.starts.clone(), search.slack)?;
        Ok(Proved::Certified(Box::new((candidate, found))))
    }

    fn kind_of(&self, stream: u64) -> StartKind {
        match stream {
            0 => StartKind::Full,
            1 => StartKind::Uninformative,
            2 => StartKind::Monopoly,
            _ => StartKind::Random,
        }
    }
}
