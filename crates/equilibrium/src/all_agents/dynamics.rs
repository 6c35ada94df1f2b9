//! Best-response dynamics: agents in turn change to what is best for them, given the others.

use super::profile::Worth;
use super::{AllAgentsGame, Profile};
use crate::{AllAgentsSearch, Ended, EquilibriumError, StartKind};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::collections::{HashMap, VecDeque};
use suasion_model::{MenuScheme, Objective, SignalScheme};
use suasion_persuasion::{PersuadeError, menu_by_search, quantal_by_search};

/// Relative to the range of an agent's utility: a gain below this is none. Certificates allow five times as much.
const NOISE: f64 = 2e-8;
/// The same with a quantal user, whose certificates allow for more.
const QUANTAL_NOISE: f64 = 2e-7;
/// Where dynamics do not end, what is allowed by so much more than they allow is taken for an end.
const ALLOWED: f64 = 2.0;
/// Probabilities closer than this are one when profiles are compared.
const SAME: f64 = 1e-7;
/// So many of the last profiles of dynamics that do not converge are looked at again.
const LAST: usize = 6;
/// In random profiles there are about so many combinations of signals at most.
const RANDOM: usize = 1000;
/// How much an adversarial agent gives up (of the range of its utility per range of the user's) to hurt the user.
const SPITE: f64 = 1e-6;

/// How agents move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// How much worse an agent's schemes make the user's utility look, per unit of the agent's, in units of ranges.
    pub margin: f64,
    /// After how many rounds it is given up.
    pub rounds: usize,
    /// Whether agents break ties against the user.
    pub adversarial: bool,
    /// Whether they move in a random order.
    pub shuffled: bool,
}

/// How dynamics went.
pub(super) struct Run {
    /// Where they ended: where nobody found anything better, or else, of the last profiles, that in which the largest gain is least.
    pub profile: Profile,
    /// What each agent gains by another scheme that was found there, in the unit of utilities; 0 where it is nothing.
    pub gains: Vec<f64>,
    /// Why they ended.
    pub ended: Ended,
    /// After how many rounds.
    pub rounds: usize,
}

impl Run {
    /// The largest gain by another scheme that was found at the end, in the unit of utilities; 0 where it is none.
    pub(super) fn gain(&self) -> f64 {
        self.gains.iter().copied().fold(0.0, f64::max)
    }
}

/// The profile after an agent's move, and what it gained.
struct Improved {
    profile: Profile,
    gain: f64,
}

/// How dynamics from one start went.
#[derive(Clone, Debug)]
pub struct Play {
    /// Where they ended: where nobody found anything better, or else, of the last profiles, that in which the largest gain is least.
    pub schemes: Vec<SignalScheme>,
    /// What the user gets there.
    pub user_value: f64,
    /// What each agent gains by another scheme that was found there, in the unit of utilities; 0 where it is nothing. That there is no larger gain is
    /// not proved.
    pub gains: Vec<f64>,
    /// Why they ended.
    pub ended: Ended,
    /// After how many rounds.
    pub rounds: usize,
}

impl AllAgentsGame<'_> {
    /// Dynamics from one start, agents moving in their order.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings ended it.
    pub fn play(&self, kind: StartKind, search: &AllAgentsSearch) -> Result<Play, EquilibriumError> {
        let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
        let start = self.start(kind, &mut rng)?;
        let rules = Rules { margin: search.margin, rounds: search.rounds.max(1), adversarial: false, shuffled: false };
        let Run { profile, gains, ended, rounds } = self.run(start, rules, &mut rng)?;
        Ok(Play { user_value: self.worth(&profile).user, schemes: profile.schemes, gains, ended, rounds })
    }

    /// From a profile until nobody finds anything better.
    pub(super) fn run(&self, start: Profile, rules: Rules, rng: &mut ChaCha8Rng) -> Result<Run, EquilibriumError> {
        let mut worth = self.worth(&start);
        let mut profile = start;
        let mut order: Vec<usize> = (0..self.agents()).collect();
        let mut seen = HashMap::new();
        let mut last = VecDeque::with_capacity(LAST);
        let (mut ended, mut rounds) = (Ended::Limit, 0);
        while rounds < rules.rounds {
            rounds += 1;
            if rules.shuffled {
                order.shuffle(rng);
            }
            let mut moved = false;
            for &agent in &order {
                if let Some(improved) = self.improved(&profile, &worth, agent, rules)? {
                    if last.len() == LAST {
                        last.pop_front();
                    }
                    last.push_back(std::mem::replace(&mut profile, improved.profile));
                    worth = self.worth(&profile);
                    moved = true;
                }
            }
            if !moved {
                return Ok(Run { profile, gains: vec![0.0; self.agents()], ended: Ended::Converged, rounds });
            }
            // Where moves are in a fixed order, what comes again is a cycle.
            if !rules.shuffled
                && let Some(before) = seen.insert(self.fingerprint(&profile), rounds)
            {
                ended = Ended::Cycle { length: rounds - before };
                break;
            }
        }
        last.push_back(profile);
        let mut best: Option<Run> = None;
        for profile in last {
            let worth = self.worth(&profile);
            let mut gains = Vec::with_capacity(self.agents());
            for agent in 0..self.agents() {
                let least = ALLOWED * self.noise() * self.ranges[agent];
                let found = self.improved(&profile, &worth, agent, rules)?.map_or(0.0, |improved| improved.gain);
                gains.push(if found <= least { 0.0 } else { found });
            }
            let run = Run { profile, gains, ended, rounds };
            if best.as_ref().is_none_or(|best| run.gain() < best.gain()) {
                best = Some(run);
            }
        }
        best.ok_or(EquilibriumError::Number { what: "rounds", found: 0.0, expected: "at least 1" })
    }

    /// An agent's move from a profile that is worth so much, if it finds one that gains.
    fn improved(
        &self,
        profile: &Profile,
        worth: &Worth,
        agent: usize,
        rules: Rules,
    ) -> Result<Option<Improved>, EquilibriumError> {
        if let Some(stopped) = self.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped).into());
        }
        let unit = self.user_range / self.ranges[agent];
        let kinds = self.kinds(agent, &profile.schemes, rules.margin * unit)?;
        let spite = if rules.adversarial { SPITE / unit } else { 0.0 };
        let objective = Objective { user: -spite, agents: vec![(0, 1.0)] };
        if let Some(eta) = self.eta {
            let optimum = quantal_by_search(&kinds.view, &objective, eta, &self.settings)?;
            let gain = optimum.values.agents[0] - worth.agents[agent];
            if gain <= self.noise() * self.ranges[agent] {
                return Ok(None);
            }
            return Ok(Some(Improved { profile: self.changed(profile, agent, optimum.scheme)?, gain }));
        }
        let menus = menu_by_search(&kinds.view, &objective, &self.settings)?;
        let gain = menus.value(&kinds.view.agents()[0]) - worth.agents[agent];
        if gain <= self.noise() * self.ranges[agent] {
            return Ok(None);
        }
        Ok(Some(Improved { profile: self.canonical(self.deviated(profile, agent, &kinds.kinds, &menus)?), gain }))
    }

    /// A gain below this is none, relative to the range of an agent's utility.
    pub(super) fn noise(&self) -> f64 {
        if self.eta.is_some() { QUANTAL_NOISE } else { NOISE }
    }

    /// What tells a profile from others, up to roundings and the names of signals.
    fn fingerprint(&self, profile: &Profile) -> Vec<i64> {
        let round = |p: f64| (p / SAME).round() as i64;
        let mut numbers: Vec<i64> = self.outcome(profile).iter().flatten().map(|&p| round(p)).collect();
        for scheme in &profile.schemes {
            let dense = scheme.dense(self.observations);
            let mut rows: Vec<Vec<i64>> =
                dense.chunks(self.observations).map(|row| row.iter().map(|&p| round(p)).collect()).collect();
            rows.sort_unstable();
            numbers.extend(rows.into_iter().flatten());
        }
        numbers
    }

    /// Where dynamics begin.
    pub(super) fn start(&self, kind: StartKind, rng: &mut ChaCha8Rng) -> Result<Profile, EquilibriumError> {
        let n = self.observations;
        let silence = vec![SignalScheme::silence(n); self.agents()];
        let schemes = match kind {
            StartKind::Uninformative => silence,
            StartKind::Full => vec![SignalScheme::revelation(n); self.agents()],
            StartKind::Monopoly | StartKind::Adversarial => {
                let price = if kind == StartKind::Adversarial { 10f64.powf(rng.random_range(-2.0..1.0)) } else { 0.0 };
                let alone = |agent: usize| {
                    let kinds = self.kinds(agent, &silence, 0.0)?;
                    let user = -price * self.ranges[agent] / self.user_range;
                    let objective = Objective { user, agents: vec![(0, 1.0)] };
                    match self.eta {
                        Some(eta) => Ok(quantal_by_search(&kinds.view, &objective, eta, &self.settings)?.scheme),
                        None => Ok(signals_of(menu_by_search(&kinds.view, &objective, &self.settings)?)),
                    }
                };
                (0..self.agents()).map(alone).collect::<Result<Vec<_>, EquilibriumError>>()?
            }
            StartKind::Random => {
                // Few enough signals that what the user may hear can be looked at.
                let most = (RANDOM as f64).powf(1.0 / self.agents() as f64) as usize;
                (0..self.agents()).map(|_| random_scheme(n, most.clamp(2, n.max(2)), rng)).collect()
            }
        };
        Ok(self.canonical(self.profile(schemes, |_, _| None)?))
    }
}

/// A scheme of menus without its menus.
fn signals_of(menus: MenuScheme) -> SignalScheme {
    SignalScheme { signals: menus.messages.into_iter().map(|message| message.probabilities).collect() }
}

/// Any number of signals up to `most` and that of observations; every observation is mapped to one of them, or to several at random.
fn random_scheme(observations: usize, most: usize, rng: &mut ChaCha8Rng) -> SignalScheme {
    const GRID: f64 = 9_007_199_254_740_992.0;
    let signals = rng.random_range(1..=most.min(observations));
    let mut scheme = vec![vec![]; signals];
    for x in 0..observations {
        if rng.random_bool(0.5) {
            scheme[rng.random_range(0..signals)].push((x, 1.0));
            continue;
        }
        let drawn: Vec<f64> = (0..signals).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
        let total: f64 = drawn.iter().sum();
        // Multiples of 2^-53 sum up exactly.
        let mut left = 1.0;
        for (s, share) in drawn.iter().enumerate().skip(1) {
            let p = (share / total * GRID).floor() / GRID;
            if p > 0.0 {
                scheme[s].push((x, p));
                left -= p;
            }
        }
        if left > 0.0 {
            scheme[0].push((x, left));
        }
    }
    scheme.retain(|signal| !signal.is_empty());
    SignalScheme { signals: scheme }
}
