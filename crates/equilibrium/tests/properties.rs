//! What holds of every instance: the bound of the theorem, the order of things, symmetries, and what more agents do.

mod common;

use common::{FAMILIES, beyond, generated, solved};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_equilibrium::{BestAgentGame, bound};
use suasion_model::{Family, Information, Instance, Matrix, Party};
use suasion_persuasion::Settings;

/// How far the user's utility is from a weighted sum of the agents', with the best offset per state or with none.
fn error(game: &Instance, weights: &[f64], offset: bool) -> f64 {
    let rest = |a: usize, y: usize| {
        let sum: f64 = game.agents.iter().zip(weights).map(|(agent, w)| w * agent.utility[(a, y)]).sum();
        sum - game.user.utility[(a, y)]
    };
    let distance = |y: usize| {
        let range = (0..game.actions.len()).map(|a| rest(a, y));
        let (low, high) = range.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), r| (l.min(r), h.max(r)));
        if offset { 0.5 * (high - low) } else { high.max(-low) }
    };
    (0..game.states.len()).map(distance).fold(0.0, f64::max)
}

/// The weights by which the generator made the user of an instance of the family `hull`.
fn weights_of_hull(game: &Instance, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for agent in &game.agents {
        for &entry in agent.utility.as_slice() {
            assert_eq!(rng.random::<f64>(), entry);
        }
    }
    simplex(&mut rng, game.agents.len())
}

fn simplex(rng: &mut ChaCha8Rng, size: usize) -> Vec<f64> {
    let point: Vec<f64> = (0..size).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
    let total: f64 = point.iter().sum();
    point.into_iter().map(|x| x / total).collect()
}

/// Of many weights those that err least: on the simplex at random, uniform, one agent alone, and larger or smaller.
fn good_weights(game: &Instance, seed: u64, offset: bool) -> Vec<f64> {
    let (rng, agents) = (&mut ChaCha8Rng::seed_from_u64(seed), game.agents.len());
    let mut tried = vec![vec![1.0 / agents as f64; agents]];
    for _ in 0..40 {
        let scale = if rng.random() { 1.0 } else { 2.0 * rng.random::<f64>() };
        tried.push(simplex(rng, agents).into_iter().map(|w| scale * w).collect());
    }
    for agent in 0..agents {
        tried.push((0..agents).map(|other| f64::from(u8::from(other == agent))).collect());
    }
    tried.into_iter().min_by(|l, r| error(game, l, offset).total_cmp(&error(game, r, offset))).unwrap()
}

/// Theorem 3 of Collina et al. (arXiv 2509.15090) is never violated, with and without slack, for weights that the family is made of and
/// others; values are in order, and what is certified to be impossible ends where the worst equilibrium begins.
#[test]
fn the_bound_holds() {
    let families = [FAMILIES.as_slice(), &[Family::Hull { eps: 0.0 }, Family::Hull { eps: 0.02 }]].concat();
    let one = |seed: usize| {
        let family = families[seed % families.len()];
        let shape = (2 + seed / 8 % 4, 2 + seed / 32 % 3, 1 + seed / 96 % 4);
        let game = generated(family, shape.0, shape.1, shape.2, seed as u64);
        let agents = game.agents.len();
        let slack = if seed / 7 % 2 == 0 { 0.0 } else { 0.03 };
        let found = solved(&game, slack);
        let worst = &found.worst.claims;
        let place = format!("{} {seed}, slack {slack}: {:?}, {worst:?}", family.name(), found.equilibria.intervals);
        for (offset, known) in [(false, true), (false, false), (true, false)] {
            let weights = if known && matches!(family, Family::Hull { .. }) {
                weights_of_hull(&game, seed as u64)
            } else {
                good_weights(&game, seed as u64, offset)
            };
            let error = error(&game, &weights, offset) + 1e-15;
            if let (Family::Hull { eps }, true) = (family, known) {
                assert!(error <= eps + 1e-12, "{place}: {error}");
            }
            let promised = bound(found.full, error, &weights, &worst.regrets);
            assert!(worst.user_value >= promised - 1e-9, "{place}, promised {promised}");
            let promised = bound(found.full, error, &weights, &vec![slack; agents]);
            assert!(worst.user_value >= promised - 1e-7, "{place}, promised {promised}");
        }
        assert!(worst.user_value >= found.silent - 1e-9, "{place}");
        assert!(found.best.claims.user_value <= found.full + 1e-9, "{place}");
        assert!(agents == 1 || (found.best.claims.user_value - found.full).abs() < 1e-12, "{place}");
        assert!(worst.regrets.iter().all(|&regret| regret <= slack + 1e-7), "{place}");
        let short = worst.user_value - found.below.claims.lower_bound;
        assert!(short >= -1e-12, "{place}: {}", found.below.claims.lower_bound);
        (short, slack > 0.0, agents, seed)
    };
    let shorts: Vec<(f64, bool, usize, usize)> = (0..2000).into_par_iter().map(one).collect();
    for slack in [false, true] {
        let mut short: Vec<(f64, usize, usize)> =
            shorts.iter().filter(|s| s.1 == slack).map(|s| (s.0, s.2, s.3)).collect();
        short.sort_by(|a, b| a.0.total_cmp(&b.0));
        let n = short.len();
        println!("slack {slack}: {n}");
        for q in [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999] {
            println!("   {q}: {:?}", short[(q * n as f64) as usize]);
        }
        println!("   {:?}", &short[n - 12..]);
    }
}
