//! Best-response dynamics: agents take turns and change to their best scheme, given the others.

use super::profile::Worth;
use super::{AllAgentsGame, Profile};
use crate::dynamics::{Moves, Run, run};
use crate::{AllAgentsSearch, Ended, EquilibriumError, StartKind};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_model::{ExperimentScheme, Objective, SignalScheme};
use suasion_persuasion::{PersuadeError, experiment_by_search, quantal_by_search};

/// Smaller gains do not count, relative to the range of an agent's utility. Certificates allow five
/// times as much.
pub(super) const NOISE: f64 = 2e-8;
/// If dynamics do not end, a gain within this multiple of what certificates allow counts as the
/// end.
const ALLOWED: f64 = 2.0;
/// Probabilities closer than this count as equal when profiles are compared.
const SAME: f64 = 1e-7;
/// The approximate maximum number of combinations of signals in a random profile.
const RANDOM: usize = 1000;
/// How much an adversarial agent gives up (of the range of its utility per range of the user's
/// utility) to hurt the user.
const SPITE: f64 = 1e-6;

/// How agents move.
pub(super) struct Player<'a, 'b> {
    pub game: &'b AllAgentsGame<'a>,
    /// The margin: an agent's schemes assume the user's utility less this multiple of the agent's
    /// utility, in units of ranges.
    pub margin: f64,
    /// Whether agents break ties against the user.
    pub adversarial: bool,
}

/// The result of dynamics from one start.
#[derive(Clone, Debug)]
pub struct Play {
    /// The final profile: one in which nobody found a better scheme, or else the one of the last
    /// profiles with the smallest maximum gain.
    pub schemes: Vec<SignalScheme>,
    /// The user's value there.
    pub user_value: f64,
    /// Each agent's gain by the best scheme that was found there, in the unit of utilities; 0 if
    /// there is none. It is not proved that there is no larger gain.
    pub gains: Vec<f64>,
    /// Why the dynamics ended.
    pub ended: Ended,
    /// The number of rounds.
    pub rounds: usize,
}

impl AllAgentsGame<'_> {
    /// Dynamics from one start; agents move in their order.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings stops it.
    pub fn play(&self, kind: StartKind, search: &AllAgentsSearch) -> Result<Play, EquilibriumError> {
        let mut rng = ChaCha8Rng::seed_from_u64(search.seed);
        let start = self.begun(kind, &mut rng)?;
        let player = Player { game: self, margin: search.margin, adversarial: false };
        let Run { profile, gains, ended, rounds } = run(&player, start, search.rounds, false, &mut rng)?;
        Ok(Play { user_value: self.worth(&profile).user, schemes: profile.schemes, gains, ended, rounds })
    }

    /// A key that distinguishes profiles, up to roundings and the names of signals.
    fn rounded(&self, profile: &Profile) -> Vec<i64> {
        let round = |p: f64| (p / SAME).round() as i64;
        let mut numbers: Vec<i64> = self.happens(profile).iter().flatten().map(|&p| round(p)).collect();
        for scheme in &profile.schemes {
            let dense = scheme.dense(self.observations);
            let mut rows: Vec<Vec<i64>> =
                dense.chunks(self.observations).map(|row| row.iter().map(|&p| round(p)).collect()).collect();
            rows.sort_unstable();
            numbers.extend(rows.into_iter().flatten());
        }
        numbers
    }

    /// The initial profile.
    pub(super) fn begun(&self, kind: StartKind, rng: &mut ChaCha8Rng) -> Result<Profile, EquilibriumError> {
        let n = self.observations;
        let silence = vec![SignalScheme::no_information(n); self.agents()];
        let schemes = match kind {
            StartKind::Uninformative => silence,
            StartKind::Full => vec![SignalScheme::full_information(n); self.agents()],
            StartKind::Monopoly | StartKind::Adversarial => {
                let price = if kind == StartKind::Adversarial { 10f64.powf(rng.random_range(-2.0..1.0)) } else { 0.0 };
                let alone = |agent: usize| {
                    let kinds = self.kinds(agent, &silence, 0.0)?;
                    let user = -price * self.ranges[agent] / self.user_range;
                    let objective = Objective { user, agents: vec![(0, 1.0)] };
                    match self.eta {
                        Some(eta) => Ok(quantal_by_search(&kinds.view, &objective, eta, &self.settings)?.0),
                        None => Ok(signals_of(experiment_by_search(&kinds.view, &objective, &self.settings)?)),
                    }
                };
                (0..self.agents()).map(alone).collect::<Result<Vec<_>, EquilibriumError>>()?
            }
            StartKind::Random => {
                // Keep the number of signals small, so that all combinations can be enumerated.
                let most = (RANDOM as f64).powf(1.0 / self.agents() as f64) as usize;
                (0..self.agents()).map(|_| random_scheme(n, most.clamp(2, n.max(2)), rng)).collect()
            }
        };
        Ok(self.canonical(self.profile(schemes, |_, _| None)?))
    }
}

impl Moves for Player<'_, '_> {
    type Profile = Profile;
    type Worth = Worth;

    fn agents(&self) -> usize {
        self.game.agents()
    }

    fn worth(&self, profile: &Profile) -> Result<Worth, EquilibriumError> {
        Ok(self.game.worth(profile))
    }

    fn improved(
        &self,
        profile: &Profile,
        worth: &Worth,
        agent: usize,
    ) -> Result<Option<(Profile, f64)>, EquilibriumError> {
        let game = self.game;
        if let Some(stopped) = game.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped).into());
        }
        let (unit, noise) = (game.user_range / game.ranges[agent], NOISE * game.ranges[agent]);
        let kinds = game.kinds(agent, &profile.schemes, self.margin * unit)?;
        let spite = if self.adversarial { SPITE / unit } else { 0.0 };
        let objective = Objective { user: -spite, agents: vec![(0, 1.0)] };
        if let Some(eta) = game.eta {
            let (scheme, _) = quantal_by_search(&kinds.view, &objective, eta, &game.settings)?;
            let gain = scheme.values(&kinds.view, eta).agents[0] - worth.agents[agent];
            if gain <= noise {
                return Ok(None);
            }
            return Ok(Some((game.changed(profile, agent, scheme)?, gain)));
        }
        let menus = experiment_by_search(&kinds.view, &objective, &game.settings)?;
        let gain = menus.value(&kinds.view.agents()[0]) - worth.agents[agent];
        if gain <= noise {
            return Ok(None);
        }
        Ok(Some((game.canonical(game.deviated(profile, agent, &kinds.kinds, &menus)?), gain)))
    }

    fn fingerprint(&self, profile: &Profile) -> Result<Vec<i64>, EquilibriumError> {
        Ok(self.game.rounded(profile))
    }

    fn negligible(&self, agent: usize) -> f64 {
        ALLOWED * NOISE * self.game.ranges[agent]
    }
}

/// The signals of an experiment, without the assigned actions.
fn signals_of(menus: ExperimentScheme) -> SignalScheme {
    SignalScheme { signals: menus.messages.into_iter().map(|message| message.probabilities).collect() }
}

/// A random number of signals, up to `most` and the number of observations. Every observation is
/// mapped to one of them, or to several at random.
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
        // Multiples of 2^-53 have exact sums.
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
