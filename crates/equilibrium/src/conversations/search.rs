//! Equilibria among conversation rules: dynamics from many starts, and a proof for everything that they end in.

use super::dynamics::PlayedProfile;
use super::{ConversationGame, ConversationReply};
use crate::{AllAgentsSearch, EquilibriumError, StartKind};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use suasion_certificate::{ConversationRulesCertificate, ConversationRulesProof, Refusal, ReplyNode, Verdict};
use suasion_lp::{Settings, Stopped};
use suasion_persuasion::PersuadeError;

/// Outcomes that differ by less than so much in total variation are duplicates.
const DUPLICATE: f64 = 1e-6;
/// A proof may take so many relaxations per agent; what is left then makes the bound on the regret weaker, and no less true.
const NODES: usize = 400;
/// A tree with more multipliers is not kept.
const MULTIPLIERS: usize = 200_000;
/// Another rule that gains, found in the course of a proof, starts the dynamics again, at most so often.
const PASSES: usize = 4;

/// A profile that dynamics ended in, with its proof.
#[derive(Clone, Debug)]
pub struct FoundConversations {
    /// What it is, and what nobody can gain: exact.
    pub certificate: ConversationRulesCertificate,
    /// What the certificate amounts to.
    pub verdict: Verdict,
    /// From which kinds of start, and how often, dynamics led to it or to a duplicate of it.
    pub starts: BTreeMap<StartKind, usize>,
    /// Why the proof may be weaker than it could be.
    pub stopped: Option<Stopped>,
    /// Whether every agent's best rule is that of the protocol; else regrets are bounded as if agents had more messages than they have, and may be too large.
    pub exact: bool,
}

impl FoundConversations {
    /// Whether nobody gains more than the slack, as is proved: an equilibrium, up to that.
    #[must_use]
    pub fn is_equilibrium(&self) -> bool {
        self.verdict.certified()
    }
}

/// What a search among conversation rules found.
#[derive(Clone, Debug)]
pub struct ConversationEquilibria {
    /// The distinct profiles in which no gain above the slack was found, equilibria first, in increasing order of the user's value. Those that are none lack a good enough proof.
    pub profiles: Vec<FoundConversations>,
    /// How many starts there were.
    pub starts: usize,
    /// How many of them led to no such profile.
    pub unsettled: usize,
    /// Of the profiles that those went through last, the least of the largest gains, in the unit of utilities.
    pub nearest: Option<f64>,
    /// Why there were fewer starts than asked for, if a limit ended the search.
    pub stopped: Option<Stopped>,
}

/// Where some starts led.
struct Candidate {
    profile: PlayedProfile,
    outcome: Vec<f64>,
    gain: f64,
    starts: BTreeMap<StartKind, usize>,
}

enum Proved {
    Certified(Box<(Candidate, FoundConversations)>),
    Moved(Candidate),
}

impl Candidate {
    fn is_duplicate(&self, other: &Self) -> bool {
        let distance: f64 = self.outcome.iter().zip(&other.outcome).map(|(p, q)| (p - q).abs()).sum();
        0.5 * distance < DUPLICATE
    }
}

fn add(starts: &mut BTreeMap<StartKind, usize>, others: &BTreeMap<StartKind, usize>) {
    for (&kind, &count) in others {
        *starts.entry(kind).or_default() += count;
    }
}

impl ConversationGame<'_> {
    /// Dynamics from many starts, in parallel, and a proof for every distinct profile in which they found no gain above the slack. Where a proof finds one that the dynamics had missed, they
    /// go on from there. Of the search's rules the margin is not used. `progress` is told when a start is done.
    ///
    /// # Errors
    /// If the slack is no finite number of at least 0, or the solver fails. That a limit of the settings ended it is no error: see [`ConversationEquilibria::stopped`].
    pub fn search(
        &self,
        search: &AllAgentsSearch,
        progress: &(dyn Fn() + Sync),
    ) -> Result<ConversationEquilibria, EquilibriumError> {
        if !(search.slack.is_finite() && search.slack >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(EquilibriumError::Number { what: "the slack", found: search.slack, expected });
        }
        let one = |stream: u64| {
            let kind = match stream {
                0 => StartKind::Full,
                1 => StartKind::Uninformative,
                2 => StartKind::Monopoly,
                _ => StartKind::Random,
            };
            let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
            rng.set_stream(stream);
            let start = self.start(kind, &mut rng)?;
            let candidate = self.led(start, BTreeMap::from([(kind, 1)]), search, stream % 2 == 1, &mut rng);
            progress();
            candidate
        };
        let ends: Vec<Result<Candidate, EquilibriumError>> =
            (0..search.starts as u64).into_par_iter().map(one).collect();
        let mut found =
            ConversationEquilibria { profiles: vec![], starts: 0, unsettled: 0, nearest: None, stopped: None };
        let mut waiting: Vec<Candidate> = vec![];
        for end in ends {
            match end {
                Ok(candidate) => {
                    found.starts += 1;
                    sort(candidate, search, &mut waiting, &mut found);
                }
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(why))) => found.stopped = Some(why),
                Err(other) => return Err(other),
            }
        }
        let mut proved: Vec<(Candidate, FoundConversations)> = Vec::new();
        for pass in 0..=PASSES {
            let candidates = std::mem::take(&mut waiting);
            let outcomes: Vec<Result<Proved, EquilibriumError>> =
                candidates.into_par_iter().map(|candidate| self.settle(candidate, search, pass == PASSES)).collect();
            for outcome in outcomes {
                match outcome? {
                    Proved::Certified(candidate) => proved.push(*candidate),
                    Proved::Moved(candidate) => sort(candidate, search, &mut waiting, &mut found),
                }
            }
        }
        found.stopped = found.stopped.or_else(|| self.settings.stopped());
        // What has a good enough proof first, so that it is kept.
        proved.sort_by_key(|(_, profile)| !profile.is_equilibrium());
        let mut kept: Vec<(Candidate, FoundConversations)> = Vec::new();
        for (candidate, profile) in proved {
            match kept.iter_mut().find(|(known, _)| known.is_duplicate(&candidate)) {
                Some((_, known)) => add(&mut known.starts, &profile.starts),
                None => kept.push((candidate, profile)),
            }
        }
        found.profiles = kept.into_iter().map(|(_, profile)| profile).collect();
        found.profiles.sort_by(|l, r| {
            let value = |found: &FoundConversations| found.certificate.claims.user_value;
            r.is_equilibrium().cmp(&l.is_equilibrium()).then(value(l).total_cmp(&value(r)))
        });
        Ok(found)
    }

    /// Where dynamics from a profile lead.
    fn led(
        &self,
        start: PlayedProfile,
        starts: BTreeMap<StartKind, usize>,
        search: &AllAgentsSearch,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Candidate, EquilibriumError> {
        let play = self.run(start, search.rounds.max(1), shuffled, rng)?;
        let outcome = self.outcome(&play.profile.rules, &play.profile.plan)?;
        Ok(Candidate { gain: play.gain(), profile: play.profile, outcome, starts })
    }

    /// The proof of a candidate; or, if a better rule of an agent is found in its course, where dynamics lead from there.
    fn settle(&self, candidate: Candidate, search: &AllAgentsSearch, last: bool) -> Result<Proved, EquilibriumError> {
        let (replies, better) = self.replies(&candidate.profile, search.slack)?;
        if let (Some(better), false) = (better, last) {
            let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
            match self.led(better, candidate.starts.clone(), search, false, &mut rng) {
                Ok(moved) => return Ok(Proved::Moved(moved)),
                Err(EquilibriumError::Persuade(PersuadeError::Stopped(_))) => {}
                Err(other) => return Err(other),
            }
        }
        let found = self.proved(candidate.profile.clone(), replies, candidate.starts.clone(), search.slack)?;
        Ok(Proved::Certified(Box::new((candidate, found))))
    }

    /// What given rules and a plan come to, and what every agent could gain at most by another rule.
    ///
    /// # Errors
    /// If they are none of this game, or the solver fails.
    pub fn certify(&self, profile: PlayedProfile, slack: f64) -> Result<FoundConversations, EquilibriumError> {
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
    ) -> Result<FoundConversations, EquilibriumError> {
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
        Ok(FoundConversations { certificate, verdict, starts, stopped, exact })
    }
}

/// Whether a candidate is worth a proof; duplicates are one.
fn sort(
    candidate: Candidate,
    search: &AllAgentsSearch,
    waiting: &mut Vec<Candidate>,
    found: &mut ConversationEquilibria,
) {
    if candidate.gain > search.slack {
        found.unsettled += candidate.starts.values().sum::<usize>();
        found.nearest = Some(found.nearest.map_or(candidate.gain, |nearest| nearest.min(candidate.gain)));
    } else if let Some(known) = waiting.iter_mut().find(|known| known.is_duplicate(&candidate)) {
        add(&mut known.starts, &candidate.starts);
    } else {
        waiting.push(candidate);
    }
}
