//! Equilibria among conversation rules: the end of dynamics from one start, and its proof.

use super::dynamics::PlayedProfile;
use super::{ConversationGame, ConversationReply};
use crate::dynamics::Run;
use crate::search::{Searched, Starts};
use crate::{AllAgentsSearch, EquilibriumError, Found, FoundProfile, StartKind};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{AllAgentsCertificate, ConversationRulesProof, Proof, ProofError, ReplyNode};
use suasion_lp::Settings;
use suasion_persuasion::PersuadeError;

/// The largest number of relaxations per agent in a proof. If nodes remain, the bound on the regret
/// is weaker, but still valid.
const NODES: usize = 400;
/// The largest number of columns of a program that is solved: a single relaxation of a larger one
/// may take minutes.
const PROVABLE: usize = 20_000;
/// The largest number of multipliers in a tree that is kept.
const MULTIPLIERS: usize = 200_000;

impl ConversationGame<'_> {
    /// Runs dynamics from many starts, in parallel, and proves every distinct profile in which they
    /// found no gain above the slack. If a proof finds a gain that the dynamics missed, the
    /// dynamics continue from there. The margin must be 0 here. `progress` is called when a start
    /// is done.
    ///
    /// # Errors
    /// If the slack is not a finite number of at least 0, there is a margin, or the solver fails.
    /// Stopping at a limit of the settings is not an error: see [`Found::stopped`].
    pub fn search(&self, search: &AllAgentsSearch, progress: &(dyn Fn() + Sync)) -> Result<Found, EquilibriumError> {
        if search.margin > 0.0 {
            let expected = "0 in conversations";
            return Err(EquilibriumError::Number { what: "the margin", found: search.margin, expected });
        }
        crate::search::search(self, search, &self.settings, progress)
    }

    /// The values of given rules and a plan, and the most that every agent could gain by another
    /// rule.
    ///
    /// # Errors
    /// If they do not belong to this game, or the solver fails.
    pub fn certify(&self, profile: PlayedProfile, slack: f64) -> Result<FoundProfile, EquilibriumError> {
        let PlayedProfile { rules, plan } = profile;
        let profile = PlayedProfile { rules: self.checked(rules)?, plan };
        let (replies, _) = self.replies(&profile, slack)?;
        self.proved(&profile, replies, Starts::new(), slack)
    }

    /// Every agent's best rule against the other agents' rules, and the profile after the deviation
    /// with the largest gain, if a gain is too large.
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
                // Then the only bound is the agent's value if its best action were taken in every
                // world.
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
