//! Equilibria among conversation rules: what dynamics from one start lead to, and what proves it.

use super::dynamics::PlayedProfile;
use super::{ConversationGame, ConversationReply};
use crate::dynamics::Run;
use crate::search::{Searched, Starts};
use crate::{AllAgentsSearch, EquilibriumError, Found, FoundProfile, StartKind};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{AllAgentsCertificate, ConversationRulesProof, Proof, ProofError, ReplyNode};
use suasion_lp::Settings;
use suasion_persuasion::PersuadeError;

/// A proof may take so many relaxations per agent; what is left then makes the bound on the regret weaker, and no less true.
const NODES: usize = 400;
/// A program with more columns is not solved: a single relaxation of it may take minutes.
const PROVABLE: usize = 20_000;
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

    /// What given rules and a plan come to, and what every agent could gain at most by another rule.
    ///
    /// # Errors
    /// If they are none of this game, or the solver fails.
    pub fn certify(&self, profile: PlayedProfile, slack: f64) -> Result<FoundProfile, EquilibriumError> {
        let PlayedProfile { rules, plan } = profile;
        let profile = PlayedProfile { rules: self.checked(rules)?, plan };
        let (replies, _) = self.replies(&profile, slack)?;
        self.proved(&profile, replies, Starts::new(), slack)
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
            let reply = self.program(agent, &profile.rules).and_then(|program| {
                if program.columns.len() > PROVABLE {
                    let refusal =
                        ProofError::TooLarge { what: "columns of a program that is to be solved", most: PROVABLE };
                    return Err(refusal.into());
                }
                self.reply_by(&program, agent, &profile.rules, &settings)
            });
            let reply = match reply {
                Ok(reply) => reply,
                // Then there is no better bound than what the agent would get if the user did what is best for it.
                Err(
                    EquilibriumError::Refused(ProofError::TooLarge { .. })
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
}

impl Searched for ConversationGame<'_> {
    type Profile = PlayedProfile;
    type Proof = Vec<Option<ConversationReply>>;

    fn kind_of(&self, stream: u64) -> StartKind {
        match stream {
            0 => StartKind::Full,
            1 => StartKind::Uninformative,
            2 => StartKind::Monopoly,
            _ => StartKind::Random,
        }
    }

    fn start(&self, kind: StartKind, rng: &mut ChaCha8Rng) -> Result<PlayedProfile, EquilibriumError> {
        self.begun(kind, rng)
    }

    fn run(
        &self,
        from: PlayedProfile,
        _: &Starts,
        search: &AllAgentsSearch,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Run<PlayedProfile>, EquilibriumError> {
        crate::dynamics::run(self, from, search.rounds, shuffled, rng)
    }

    fn outcome(&self, profile: &PlayedProfile) -> Result<Vec<f64>, EquilibriumError> {
        self.happens(&profile.rules, &profile.plan)
    }

    fn answers(
        &self,
        profile: &PlayedProfile,
        search: &AllAgentsSearch,
    ) -> Result<(Self::Proof, Option<PlayedProfile>), EquilibriumError> {
        self.replies(profile, search.slack)
    }

    fn proved(
        &self,
        profile: &PlayedProfile,
        replies: Self::Proof,
        starts: Starts,
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
            rules: profile.rules.clone(),
            plan: profile.plan.clone(),
            replies: replies.into_iter().map(tree).collect(),
        };
        let (certificate, verdict) = proof.certify(self.instance)?;
        let certificate = AllAgentsCertificate::Conversations(certificate);
        Ok(FoundProfile { certificate, verdict, starts, stopped, exact })
    }
}
