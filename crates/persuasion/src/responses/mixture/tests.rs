//! Comparison with HiGHS on the program written out in full.

use super::super::Regions;
use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_model::Matrix;

/// A game with utilities of size one. Small integers have ties.
fn game(seed: u64, rows: usize, columns: usize, types: usize) -> Responses {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let whole = seed % 2 == 1;
    let mut draw = || if whole { f64::from(rng.random_range(0..=3_u8)) / 3.0 } else { rng.random::<f64>() };
    let opposed = seed % 3 == 1;
    let leader: Vec<Matrix> = (0..types).map(|_| Matrix::from_fn(rows, columns, |_, _| draw())).collect();
    let mut own =
        |leader: &Matrix| Matrix::from_fn(rows, columns, |i, j| if opposed { -leader[(i, j)] } else { draw() });
    let follower = leader.iter().map(&mut own).collect();
    let prices = (0..rows).map(|_| 0.1 * draw()).collect();
    Responses { leader, follower, prices }
}

fn costs(game: &Responses, given: &[(usize, usize)]) -> Vec<f64> {
    let worth = |i: usize| given.iter().map(|&(t, j)| game.leader[t][(i, j)]).sum::<f64>() - game.prices[i];
    (0..game.rows()).map(worth).collect()
}

#[test]
fn the_program_written_out() {
    let settings = Settings::default();
    let mut regions = Regions::new(&settings).unwrap();
    let mut empty = 0;
    for seed in 0..600 {
        let (rows, columns) = (1 + seed as usize % 13, 1 + seed as usize / 13 % 11);
        let types = 1 + seed as usize % 3;
        let game = game(seed, rows, columns, types);
        let responses: Vec<usize> = (0..types).map(|t| (seed as usize + t) % columns).collect();
        let given: Vec<(usize, usize)> = responses.iter().copied().enumerate().collect();
        let region = Region { game: &game, given: &given };
        let mut mixture = Mixture::new(costs(&game, &given));
        let end = mixture.run(region, f64::NEG_INFINITY, &settings);
        let bound = mixture.bound();
        assert!(mixture.multipliers().all(|(label, rho)| rho > 0.0 && label.response != label.alternative));
        let Some(expected) = regions.best(&game, &responses).unwrap() else {
            // HiGHS may satisfy rows to 1e-9 that no mixture satisfies exactly, but not the
            // reverse.
            assert_eq!(end, End::Empty, "{seed}");
            empty += 1;
            continue;
        };
        assert_eq!(end, End::Optimal, "{seed}");
        let strategy = mixture.strategy();
        assert!((strategy.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{seed}");
        let value = game.worth(&strategy, &responses);
        assert!((value - expected.value).abs() < 1e-7, "{seed}: {value}, expected {}", expected.value);
        assert!((bound - value).abs() < 1e-10, "{seed}: {bound} above {value}");
        let expected = |t: usize, j: usize| -> f64 { (0..rows).map(|i| strategy[i] * game.follower[t][(i, j)]).sum() };
        for &(t, j) in &given {
            assert!((0..columns).all(|k| expected(t, j) >= expected(t, k) - 1e-10), "{seed}");
        }

        // If the requested bound is reached, it is a valid bound.
        let enough = bound + 0.1 * (mixture.costs.iter().fold(bound, |most, cost| most.max(*cost)) - bound);
        let mut early = Mixture::new(costs(&game, &given));
        let end = early.run(region, enough, &settings);
        assert!(end == End::Enough || enough == bound, "{seed}: {end:?}");
        assert!(early.bound() <= enough + 1e-10 && early.bound() >= value - 1e-10, "{seed}");

        // A margin holds if some mixture satisfies it, except between equal responses.
        if let Some(inner) = mixture.keep_away(region, 1e-6, &settings) {
            let expected = |t: usize, j: usize| -> f64 { (0..rows).map(|i| inner[i] * game.follower[t][(i, j)]).sum() };
            let kept = |&(t, j): &(usize, usize)| {
                let differs = |k: usize| (0..rows).any(|i| game.follower[t][(i, j)] != game.follower[t][(i, k)]);
                (0..columns).filter(|&k| differs(k)).all(|k| expected(t, j) >= expected(t, k) + 0.4e-6)
            };
            assert!(given.iter().all(kept), "{seed}");
        }
    }
    assert!(empty > 50, "{empty} empty regions");
}

/// Along the ray of an empty region, every bound can be proved, whatever the costs.
#[test]
fn empty_regions() {
    let settings = Settings::default();
    let mut fled = 0;
    for seed in 0..300 {
        let game = game(2 * seed, 2 + seed as usize % 5, 3 + seed as usize % 4, 1);
        for response in 0..game.columns() {
            let given = [(0, response)];
            let mut mixture = Mixture::new(costs(&game, &given));
            if mixture.run(Region { game: &game, given: &given }, -1.0, &settings) != End::Empty {
                continue;
            }
            assert!(mixture.bound() <= -1.0, "{seed}");
            let other: Vec<f64> = mixture.costs.iter().map(|cost| cost + 5.0).collect();
            fled += u32::from(mixture.flee(&other, -2.0));
            assert!(mixture.bound() <= -1.0, "{seed}");
        }
    }
    assert!(fled > 20, "{fled}");
}
