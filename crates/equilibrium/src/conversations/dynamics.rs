//! Best-response dynamics among conversation rules.

use super::{ConversationGame, ConversationWorth, Ties};
use crate::{AllAgentsSearch, Ended, EquilibriumError, StartKind};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::collections::{HashMap, VecDeque};
use suasion_model::{ConversationPlan, ConversationRule};
use suasion_persuasion::{PersuadeError, make_plausible};

/// Relative to the range of an agent's utility: a gain below this is none. Certificates allow five times as much.
const NOISE: f64 = 2e-8;
/// Numbers closer than this are one when profiles are compared.
const SAME: f64 = 1e-7;
/// So many of the last profiles of dynamics that do not converge are looked at again.
const LAST: usize = 6;

/// Conversation rules, and the plan that the user plays against them.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayedProfile {
    /// The rule of every agent, in their order.
    pub rules: Vec<ConversationRule>,
    /// What the user says and does.
    pub plan: ConversationPlan,
}

/// How dynamics among conversation rules went.
#[derive(Clone, Debug)]
pub struct ConversationPlay {
    /// Where they ended: where nobody found anything better, or else, of the last profiles, that in which the largest gain is least.
    pub profile: PlayedProfile,
    /// What it is worth.
    pub worth: ConversationWorth,
    /// What each agent gains by another rule that was found there, in the unit of utilities; 0 where it is nothing. That there is no larger gain is not proved.
    pub gains: Vec<f64>,
    /// Why they ended.
    pub ended: Ended,
    /// After how many rounds.
    pub rounds: usize,
}

impl ConversationPlay {
    /// The largest gain by another rule that was found at the end; 0 where it is none.
    pub(super) fn gain(&self) -> f64 {
        self.gains.iter().copied().fold(0.0, f64::max)
    }
}

impl ConversationGame<'_> {
    /// Dynamics from one start, agents moving in their order, each to what [`ConversationGame::reply_by_search`] finds.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings ended it.
    pub fn play(&self, kind: StartKind, search: &AllAgentsSearch) -> Result<ConversationPlay, EquilibriumError> {
        let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
        let start = self.start(kind, &mut rng)?;
        self.run(start, search.rounds.max(1), false, &mut rng)
    }

    /// From a profile until nobody finds anything better.
    pub(super) fn run(
        &self,
        start: PlayedProfile,
        most: usize,
        shuffled: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<ConversationPlay, EquilibriumError> {
        let mut profile = start;
        let mut worth = self.follow(&profile.rules, &profile.plan)?;
        let mut order: Vec<usize> = (0..self.agents()).collect();
        let mut seen = HashMap::new();
        let mut last = VecDeque::with_capacity(LAST + 1);
        let (mut ended, mut rounds) = (Ended::Limit, 0);
        while rounds < most {
            rounds += 1;
            if shuffled {
                order.shuffle(rng);
            }
            let mut moved = false;
            for &agent in &order {
                if let Some((better, _)) = self.improved(&profile, &worth, agent)? {
                    if last.len() == LAST {
                        last.pop_front();
                    }
                    last.push_back(std::mem::replace(&mut profile, better));
                    worth = self.follow(&profile.rules, &profile.plan)?;
                    moved = true;
                }
            }
            if !moved {
                let gains = vec![0.0; self.agents()];
                return Ok(ConversationPlay { profile, worth, gains, ended: Ended::Converged, rounds });
            }
            // Where moves are in a fixed order, what comes again is a cycle.
            if !shuffled && let Some(before) = seen.insert(self.fingerprint(&profile)?, rounds) {
                ended = Ended::Cycle { length: rounds - before };
                break;
            }
        }
        last.push_back(profile);
        let mut best: Option<ConversationPlay> = None;
        for profile in last {
            let worth = self.follow(&profile.rules, &profile.plan)?;
            let gain = |agent| Ok(self.improved(&profile, &worth, agent)?.map_or(0.0, |(_, gain)| gain));
            let gains = (0..self.agents()).map(gain).collect::<Result<Vec<f64>, EquilibriumError>>()?;
            let play = ConversationPlay { profile, worth, gains, ended, rounds };
            if best.as_ref().is_none_or(|best| play.gain() < best.gain()) {
                best = Some(play);
            }
        }
        best.ok_or(EquilibriumError::Number { what: "rounds", found: 0.0, expected: "at least 1" })
    }

    /// An agent's move from a profile that is worth so much, if it finds one that gains; and what it gains.
    fn improved(
        &self,
        profile: &PlayedProfile,
        worth: &ConversationWorth,
        agent: usize,
    ) -> Result<Option<(PlayedProfile, f64)>, EquilibriumError> {
        if let Some(stopped) = self.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped).into());
        }
        let reply = self.reply_by_search(agent, &profile.rules)?;
        let gain = reply.value - worth.agents[agent];
        if gain <= self.noise(agent) {
            return Ok(None);
        }
        let mut rules = profile.rules.clone();
        rules[agent] = reply.rule;
        Ok(Some((PlayedProfile { rules, plan: reply.plan }, gain)))
    }

    /// A gain of an agent up to this is none.
    pub(super) fn noise(&self, agent: usize) -> f64 {
        NOISE * self.ranges[agent]
    }

    /// What tells a profile from others, up to roundings.
    fn fingerprint(&self, profile: &PlayedProfile) -> Result<Vec<i64>, EquilibriumError> {
        let round = |p: &f64| (p / SAME).round() as i64;
        let mut numbers: Vec<i64> = self.outcome(&profile.rules, &profile.plan)?.iter().map(round).collect();
        numbers.extend(profile.rules.iter().flat_map(|rule| rule.rounds.iter().flatten()).map(round));
        Ok(numbers)
    }

    /// Where dynamics begin.
    pub(super) fn start(&self, kind: StartKind, rng: &mut ChaCha8Rng) -> Result<PlayedProfile, EquilibriumError> {
        let rules = match kind {
            StartKind::Uninformative => self.silence(),
            StartKind::Full => self.revelation(),
            StartKind::Monopoly => {
                let alone = |agent| Ok(self.reply_by_search(agent, &self.silence())?.rule);
                (0..self.agents()).map(alone).collect::<Result<_, EquilibriumError>>()?
            }
            StartKind::Adversarial | StartKind::Random => (0..self.agents()).map(|_| self.random_rule(rng)).collect(),
        };
        // An adversarial user's ties hurt the first agent; there is no more that she can do.
        let ties = if kind == StartKind::Adversarial { Ties::Against(0) } else { Ties::First };
        let (plan, _) = self.respond(&rules, ties);
        Ok(PlayedProfile { rules, plan })
    }

    /// A rule whose answers are anything from evenly spread to almost certain.
    pub(super) fn random_rule(&self, rng: &mut ChaCha8Rng) -> ConversationRule {
        let mut rule = ConversationRule::silence(&self.protocol, self.observations);
        let sharpness = 10f64.powf(rng.random_range(-0.5..1.5));
        for row in rule.rounds.iter_mut().flat_map(|round| round.chunks_mut(self.protocol.agent_alphabet())) {
            row.fill_with(|| (-rng.random::<f64>().max(1e-300).ln()).powf(sharpness));
            make_plausible(row);
        }
        rule
    }
}
