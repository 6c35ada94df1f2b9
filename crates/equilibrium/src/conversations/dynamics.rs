//! Best-response dynamics among conversation rules.

use super::{ConversationGame, ConversationWorth, Ties};
use crate::dynamics::{Moves, Run, run};
use crate::{AllAgentsSearch, Ended, EquilibriumError, StartKind};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_model::{ConversationPlan, ConversationRule};
use suasion_persuasion::{PersuadeError, make_plausible};

/// Smaller gains do not count, relative to the range of an agent's utility. Certificates allow five
/// times as much.
const NOISE: f64 = 2e-8;
/// Numbers closer than this count as equal when profiles are compared.
const SAME: f64 = 1e-7;
/// If dynamics do not end, a gain within this multiple of what certificates allow counts as the
/// end.
const ALLOWED: f64 = 2.0;

/// Conversation rules, and the user's plan against them.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayedProfile {
    /// The rule of every agent, by agent.
    pub rules: Vec<ConversationRule>,
    /// The user's plan.
    pub plan: ConversationPlan,
}

/// The result of dynamics among conversation rules.
#[derive(Clone, Debug)]
pub struct ConversationPlay {
    /// The final profile: one in which nobody found a better rule, or else the one of the last
    /// profiles with the smallest maximum gain.
    pub profile: PlayedProfile,
    /// Its values.
    pub worth: ConversationWorth,
    /// Each agent's gain by the best rule that was found there, in the unit of utilities; 0 if
    /// there is none. It is not proved that there is no larger gain.
    pub gains: Vec<f64>,
    /// Why the dynamics ended.
    pub ended: Ended,
    /// The number of rounds.
    pub rounds: usize,
}

impl ConversationGame<'_> {
    /// Dynamics from one start. Agents move in their order, each to the rule that
    /// [`ConversationGame::reply_by_search`] finds.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings stops it.
    pub fn play(&self, kind: StartKind, search: &AllAgentsSearch) -> Result<ConversationPlay, EquilibriumError> {
        let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
        let start = self.begun(kind, &mut rng)?;
        let Run { profile, gains, ended, rounds } = run(self, start, search.rounds, false, &mut rng)?;
        let worth = self.follow(&profile.rules, &profile.plan)?;
        Ok(ConversationPlay { profile, worth, gains, ended, rounds })
    }

    /// The largest gain of an agent that does not count.
    pub(super) fn noise(&self, agent: usize) -> f64 {
        NOISE * self.ranges[agent]
    }

    /// The initial profile.
    pub(super) fn begun(&self, kind: StartKind, rng: &mut ChaCha8Rng) -> Result<PlayedProfile, EquilibriumError> {
        let rules = match kind {
            StartKind::Uninformative => self.silence(),
            StartKind::Full => self.revelation(),
            StartKind::Monopoly => {
                let alone = |agent| Ok(self.reply_by_search(agent, &self.silence())?.rule);
                (0..self.agents()).map(alone).collect::<Result<_, EquilibriumError>>()?
            }
            StartKind::Adversarial | StartKind::Random => (0..self.agents()).map(|_| self.random_rule(rng)).collect(),
        };
        // Ties of an adversarial user are broken against the first agent only.
        let ties = if kind == StartKind::Adversarial { Ties::Against(0) } else { Ties::First };
        let (plan, _) = self.respond(&rules, ties);
        Ok(PlayedProfile { rules, plan })
    }

    /// A random rule, whose answers are anything from uniform to almost certain.
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

impl Moves for ConversationGame<'_> {
    type Profile = PlayedProfile;
    type Worth = ConversationWorth;

    fn agents(&self) -> usize {
        self.ranges.len()
    }

    fn worth(&self, profile: &PlayedProfile) -> Result<ConversationWorth, EquilibriumError> {
        self.follow(&profile.rules, &profile.plan)
    }

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

    fn fingerprint(&self, profile: &PlayedProfile) -> Result<Vec<i64>, EquilibriumError> {
        let round = |p: &f64| (p / SAME).round() as i64;
        let mut numbers: Vec<i64> = self.happens(&profile.rules, &profile.plan)?.iter().map(round).collect();
        numbers.extend(profile.rules.iter().flat_map(|rule| rule.rounds.iter().flatten()).map(round));
        Ok(numbers)
    }

    fn negligible(&self, agent: usize) -> f64 {
        ALLOWED * self.noise(agent)
    }
}
