//! A quantal user at every scale: irrelevant parts of a game do not change the result. Utilities
//! have few bits and all operations on them are exact, so that a disguised game is exactly
//! equivalent to the original one.
//!
//! `SUASION_QUANTAL_GAMES=10000` plays more games.

use crate::common::instance;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{Certificate, OptimumProof, Proof, Quantal, Verdict};
use suasion_model::{Instance, Matrix, Objective, SignalScheme, quantal_response};
use suasion_persuasion::{Settings, quantal};

/// The allowed error of a value, relative to what is at stake.
const WRONG: f64 = 1e-6;

type Table = Vec<Vec<f64>>;

/// A game of one agent, `[actions][states]`.
#[derive(Clone, Debug)]
struct Game {
    prior: Vec<f64>,
    user: Table,
    agent: Table,
    eta: f64,
}

impl Game {
    fn random(rng: &mut ChaCha8Rng) -> Self {
        let (n, m) = (rng.random_range(1..=4), rng.random_range(2..=4));
        let few = rng.random_range(0..3) == 0;
        let mut table = || -> Table {
            let mut entry =
                || f64::from(if few { 256 * rng.random_range(-1..=2) } else { rng.random_range(-512..=512) }) / 512.0;
            (0..m).map(|_| (0..n).map(|_| entry()).collect()).collect()
        };
        let (user, agent) = (table(), table());
        let mut prior: Vec<f64> = (0..n).map(|_| rng.random_range(0.05..1.0)).collect();
        let total: f64 = prior.iter().sum();
        prior.iter_mut().for_each(|p| *p /= total);
        let eta = 10_f64.powf(rng.random_range(-0.5..1.7));
        let mut game = Self { prior, user, agent, eta };
        if n > 1 && rng.random_range(0..3) == 0 {
            game.make_rare(rng);
        }
        game
    }

    /// Makes the first state rare. What is at stake in it may grow, so that it matters as before.
    fn make_rare(&mut self, rng: &mut ChaCha8Rng) {
        let exponent = rng.random_range(20..=40);
        let rare = 0.5_f64.powi(exponent);
        let rest: f64 = self.prior[1..].iter().sum();
        self.prior[1..].iter_mut().for_each(|p| *p *= (1.0 - rare) / rest);
        self.prior[0] = rare;
        for table in [&mut self.user, &mut self.agent] {
            if rng.random_range(0..2) == 0 {
                table.iter_mut().for_each(|row| row[0] /= rare);
            }
        }
    }

    fn instance(&self) -> Instance {
        let matrix = |table: &Table| Matrix::from_fn(table.len(), self.prior.len(), |a, y| table[a][y]);
        instance(self.prior.clone(), matrix(&self.user), matrix(&self.agent))
    }

    fn solved(&self) -> (Certificate<OptimumProof<Quantal>>, Verdict) {
        let game = self.instance();
        let view = game.typed_view(0, 0).unwrap();
        let found = quantal(&view, &Objective::agent(0), self.eta, &Settings::default()).unwrap();
        found.proof().certify(&game).unwrap()
    }

    fn value(&self, scheme: &SignalScheme) -> f64 {
        let view = self.instance().typed_view(0, 0).unwrap();
        scheme.values(&view, self.eta).agents[0]
    }

    /// What is at stake, as in certificates, except for actions that are hardly ever played.
    fn stake(&self, best: f64) -> f64 {
        let n = self.prior.len();
        let values =
            [best, self.value(&SignalScheme::no_information(n)), self.value(&SignalScheme::full_information(n))];
        let range = |numbers: &mut dyn Iterator<Item = f64>| {
            let ends = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
            ends.1 - ends.0
        };
        let local: f64 = (0..n).map(|y| self.prior[y] * range(&mut self.agent.iter().map(|row| row[y]))).sum();
        range(&mut values.into_iter()).max(1e-5 * local)
    }
}

/// A game with irrelevant changes.
struct Disguise {
    game: Game,
    /// The original state of each state.
    states: Vec<Option<usize>>,
    words: String,
}

fn disguised(plain: &Game, rng: &mut ChaCha8Rng) -> Disguise {
    let mut game = plain.clone();
    let n = plain.prior.len();
    let mut words = String::new();
    let mut done = |what: &str, rng: &mut ChaCha8Rng| {
        let yes = rng.random_range(0..2) == 0;
        if yes {
            words.push_str(what);
        }
        yes
    };
    let power = |rng: &mut ChaCha8Rng, low: i32, high: i32| 2_f64.powi(rng.random_range(low..=high));
    if done(" unused", rng) {
        let penalty = power(rng, 20, 40);
        // Far below the other actions in every case.
        let least = |y: usize| plain.user.iter().map(|row| row[y]).fold(f64::INFINITY, f64::min);
        game.user.push((0..n).map(|y| least(y) - penalty).collect());
        let worth = [0.0, 1.0, 1024.0, -power(rng, 0, 30)][rng.random_range(0..4)];
        game.agent.push(vec![worth; n]);
    }
    if done(" levels", rng) {
        for table in [&mut game.user, &mut game.agent] {
            for y in 0..n {
                // In a rare state, numbers may already be large.
                let level = [0.0, 1.0, -1.0][rng.random_range(0..3)] * power(rng, 10, 40);
                let exact = table.iter().all(|row| (row[y] + level) - level == row[y]);
                if exact {
                    table.iter_mut().for_each(|row| row[y] += level);
                }
            }
        }
    }
    let mut states: Vec<Option<usize>> = (0..n).map(Some).collect();
    if done(" zero state", rng) {
        let size = power(rng, 0, 40);
        for table in [&mut game.user, &mut game.agent] {
            table.iter_mut().for_each(|row| row.insert(0, size * rng.random_range(-1.0..1.0)));
        }
        game.prior.insert(0, 0.0);
        states.insert(0, None);
    }
    if done(" scales", rng) {
        let (of_user, of_agent) = (power(rng, -40, 40), power(rng, -40, 40));
        game.user.iter_mut().flatten().for_each(|u| *u *= of_user);
        game.agent.iter_mut().flatten().for_each(|v| *v *= of_agent);
        game.eta /= of_user;
    }
    if done(" backwards", rng) {
        for table in [&mut game.user, &mut game.agent] {
            table.reverse();
            table.iter_mut().for_each(|row| row.reverse());
        }
        game.prior.reverse();
        states.reverse();
    }
    Disguise { game, states, words }
}

/// The concave closure of the message values on a grid: a lower bound, up to rounding. The grid is
/// logarithmic in the ratio of a message's probabilities in the two states, so it covers all
/// posteriors.
fn closure(game: &Game) -> f64 {
    let worth = |r: [f64; 2]| -> f64 {
        let mass = [r[0] * game.prior[0], r[1] * game.prior[1]];
        let total = mass[0] + mass[1];
        if total == 0.0 {
            return 0.0;
        }
        let mut played: Vec<f64> = game.user.iter().map(|u| (mass[0] * u[0] + mass[1] * u[1]) / total).collect();
        quantal_response(&mut played, game.eta);
        played.iter().zip(&game.agent).map(|(p, v)| p * (mass[0] * v[0] + mass[1] * v[1])).sum()
    };
    let full = [worth([1.0, 0.0]), worth([0.0, 1.0])];
    let ratios = (-4000..=4000).map(|k| 2_f64.powf(f64::from(k) / 80.0));
    // The gain of a message over full information, and its probabilities in the two states.
    let mut points = vec![([1.0, 0.0], 0.0), ([0.0, 1.0], 0.0)];
    points.extend(ratios.map(|ratio| {
        let r = if ratio > 1.0 { [1.0, 1.0 / ratio] } else { [ratio, 1.0] };
        (r, worth(r) - r[0] * full[0] - r[1] * full[1])
    }));
    // The prices of two states with the lowest sum such that no message has a positive reduced
    // value: the dual on the grid, by ternary search.
    let other = |price: f64| {
        points.iter().filter(|point| point.0[1] > 0.0).map(|(r, gain)| (gain - price * r[0]) / r[1]).fold(0.0, f64::max)
    };
    let least = points.iter().filter(|point| point.0[1] == 0.0).map(|(r, gain)| gain / r[0]).fold(0.0, f64::max);
    let (mut low, mut high) =
        (least, points.iter().map(|(r, gain)| gain / r[0].max(1e-300)).fold(least, f64::max).min(1e6));
    for _ in 0..200 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if a + other(a) <= b + other(b) { high = b } else { low = a }
    }
    full[0] + full[1] + (low + other(low)).min(high + other(high))
}

fn games() -> u64 {
    std::env::var("SUASION_QUANTAL_GAMES").ok().and_then(|games| games.parse().ok()).unwrap_or(60)
}

/// No certified result is wrong, and nearly all results are certified.
#[test]
fn what_decides_nothing_changes_nothing() {
    let (mut wrong, mut uncertified) = (vec![], vec![]);
    for seed in 0..games() {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let plain = Game::random(rng);
        let Disguise { game, states, words } = disguised(&plain, rng);
        let (certificate, verdict) = game.solved();
        if !verdict.certified() {
            uncertified.push(format!("{seed}:{words}: {:?}", verdict.failures));
            continue;
        }
        // The same scheme in the original game.
        let signal = |signal: &Vec<(usize, f64)>| {
            let mut signal: Vec<(usize, f64)> = signal.iter().filter_map(|&(x, p)| states[x].map(|y| (y, p))).collect();
            signal.sort_by_key(|&(y, _)| y);
            signal
        };
        let signals = certificate.proof.scheme.signals.iter().map(signal).filter(|signal| !signal.is_empty()).collect();
        let found = plain.value(&SignalScheme { signals });
        let (at_heart, own) = plain.solved();
        let best = at_heart.claims.objective_value.low;
        // Values are rounded, too.
        let near = WRONG * plain.stake(best) + 8.0 * f64::EPSILON * best.abs();
        if !own.certified() {
            uncertified.push(format!("{seed}: original game: {:?}", own.failures));
        } else if (found - best).abs() > near {
            wrong.push(format!("{seed}:{words}: {found} and {best}, {near:e} allowed"));
        }
        let claims = &certificate.claims;
        let bound = claims.upper_bound.unwrap();
        if bound < claims.objective_value.low {
            wrong.push(format!("{seed}:{words}: {claims:?}"));
        }
        if plain.prior.len() == 2 {
            let grid = closure(&plain);
            let bound = at_heart.claims.upper_bound.unwrap();
            if grid > bound + near || best > grid + 1e-2 * plain.stake(best) + near {
                wrong.push(format!("{seed}: {best} to {bound}, on the grid {grid}"));
            }
        }
    }
    println!(
        "{} games, {} wrong and certified, {} uncertified: {uncertified:#?}",
        games(),
        wrong.len(),
        uncertified.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(uncertified.len() as u64 <= games() / 1000, "{uncertified:#?}");
}

/// A message about a rare state may need a tiny share of a frequent state, which affects the user's
/// belief as much.
#[test]
fn grains_of_frequent_states() {
    let (mut with_grains, mut failed) = (0, vec![]);
    for seed in 0..60 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let rare = 0.5_f64.powi(rng.random_range(30..=40));
        let mut table = |size: f64| -> Table {
            let mut entry = |size: f64| size * f64::from(rng.random_range(-512..=512)) / 512.0;
            (0..3).map(|_| vec![entry(size), entry(1.0)]).collect()
        };
        let (user, agent) = (table(1.0), table(if seed % 2 == 0 { 1.0 } else { 1.0 / rare }));
        let eta = 10_f64.powf(rng.random_range(-0.3..1.5));
        let game = Game { prior: vec![rare, 1.0 - rare], user, agent, eta };
        let (certificate, verdict) = game.solved();
        let value = certificate.claims.objective_value.low;
        let near = WRONG * game.stake(value) + 8.0 * f64::EPSILON * value.abs();
        let grid = closure(&game);
        if !verdict.certified() || value < grid - near {
            failed.push(format!("{seed}: {value} and {grid} on the grid, {near:e} allowed: {:?}", verdict.failures));
        }
        let is_grain = |&(y, p): &(usize, f64)| y == 1 && p < 1e-6;
        with_grains += usize::from(certificate.proof.scheme.signals.iter().flatten().any(is_grain));
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(with_grains >= 5, "{with_grains}");
}
