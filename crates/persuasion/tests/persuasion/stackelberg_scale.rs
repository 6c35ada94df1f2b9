//! Commitment at every scale: irrelevant numbers, rare types and units do not matter. The reference
//! is the optimum in rational arithmetic.

use crate::common::commitments::{at_any_scale, game, optimum, relative};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{Certificate, Node, Proof, StackelbergProof, ToleranceViolation, Verdict};
use suasion_model::{Matrix, StackelbergGame};
use suasion_persuasion::{Settings, commit};

type StackelbergCertificate = Certificate<StackelbergProof>;

fn solved(game: &StackelbergGame) -> (StackelbergCertificate, Verdict) {
    commit(game, &Settings::default()).unwrap().proof.certify(game).unwrap()
}

/// The number of random games. An environment variable can raise it.
fn games() -> u64 {
    std::env::var("SUASION_GAMES").ok().and_then(|games| games.parse().ok()).unwrap_or(300)
}

#[test]
fn right_at_every_scale() {
    let (mut wrong, mut uncertified, mut disobedient) = (vec![], vec![], 0);
    for seed in 0..games() {
        let game = at_any_scale(&mut ChaCha8Rng::seed_from_u64(seed));
        let (certificate, verdict) = solved(&game);
        let assessed = certificate.proof.assess(&game, 0.0, 0.0).unwrap();
        disobedient += u32::from(!assessed.obeyed);
        if !verdict.certified() {
            uncertified.push((seed, format!("{:?}", verdict.failures)));
            continue;
        }
        let best = optimum(&game);
        let value = certificate.claims.leader_value;
        // The value itself is rounded.
        let rounding = value.abs() * f64::EPSILON;
        let off = relative(&best, value, assessed.stake.max(1e6 * rounding));
        if off.abs() > 1e-6 || certificate.claims.upper_bound.next_up() < best.to_f64().value().next_down() {
            wrong.push((seed, off, certificate.claims.clone(), best.to_f64().value()));
        }
    }
    println!(
        "{} games: {} wrong, {} uncertified, {disobedient} not obeyed exactly",
        games(),
        wrong.len(),
        uncertified.len()
    );
    for item in uncertified.iter().take(10) {
        println!("uncertified: {item:?}");
    }
    assert!(wrong.is_empty(), "{} wrong: {:?}", wrong.len(), &wrong[..wrong.len().min(3)]);
    assert!(1000 * uncertified.len() as u64 <= games(), "{} uncertified: {uncertified:?}", uncertified.len());
}

/// A penalty on a response that no type gives: the follower prefers the second column until the
/// leader plays the first row with probability 3/4.
#[test]
fn penalty_on_a_response_that_nobody_gives() {
    for penalty in [-1.0, -1e7, -1e12, -1e300] {
        let leader = Matrix::new(2, 3, vec![0.57, 0.43, 0.0, 0.1, 0.09, 0.0]);
        let follower = Matrix::new(2, 3, vec![0.67, 0.68, penalty, 0.21, 0.18, penalty]);
        let (certificate, verdict) = solved(&game(vec![(1.0, leader, follower)]));
        assert!(verdict.certified(), "{penalty}: {verdict:?}");
        assert_eq!(verdict.violation, 0.0);
        assert!((certificate.claims.leader_value - 0.4525).abs() < 1e-12, "{penalty}: {certificate:?}");
    }
}

fn rare_type_with_huge_stakes() -> StackelbergGame {
    let common = (Matrix::new(2, 2, vec![2.0, 4.0, 1.0, 3.0]), Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 2.0]));
    let rare = (Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1e12]), Matrix::new(2, 2, vec![0.0, 1.0, 3.0, 0.0]));
    game(vec![(0.999_999_999_999, common.0, common.1), (1e-12, rare.0, rare.1)])
}

#[test]
fn rare_type_at_which_much_is_at_stake() {
    let game = rare_type_with_huge_stakes();
    let (certificate, verdict) = solved(&game);
    assert!(verdict.certified() && verdict.violation == 0.0, "{verdict:?}");
    let best = optimum(&game);
    assert!(relative(&best, certificate.claims.leader_value, 1.0).abs() < 1e-12, "{certificate:?}");
    assert!((certificate.claims.leader_value - 11.0 / 3.0).abs() < 1e-10);
}

/// "3, at most 4" is not a proof, and neither is a value above its own bound.
#[test]
fn gaps_are_measured_by_what_is_at_stake() {
    let game = rare_type_with_huge_stakes();
    let leaf = |multipliers| vec![Node::Leaf(multipliers)];
    let pure = StackelbergProof { strategy: vec![(1, 1.0)], responses: vec![1, 0], tree: leaf(vec![]) };
    let (certificate, verdict) = pure.certify(&game).unwrap();
    assert_eq!(certificate.claims.violation, 0.0);
    let gap = verdict.failures.iter().any(|failure| matches!(failure, ToleranceViolation::Gap { .. }));
    assert!(gap && !verdict.contradictory(), "{certificate:?}: {verdict:?}");

    let proof = commit(&game, &Settings::default()).unwrap().proof;
    let disobeyed = StackelbergProof { strategy: vec![(0, 1.0)], responses: vec![1, 1], ..proof };
    let (_, verdict) = disobeyed.certify(&game).unwrap();
    assert!(verdict.contradictory() && !verdict.certified(), "{verdict:?}");
    assert!(verdict.failures.iter().any(|failure| matches!(failure, ToleranceViolation::Violation { .. })));
}

/// Only the second type's response is at stake once the first type gives the leader's favorite
/// response.
#[test]
fn small_stakes_beside_large_ones() {
    let large = Matrix::new(3, 2, vec![1e12, 0.0, 1e12, 0.0, 0.0, 0.0]);
    let steady = Matrix::new(3, 2, vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    let small = Matrix::new(3, 2, vec![2.0, 4.0, 1.0, 3.0, 0.0, 0.0]);
    let own = Matrix::new(3, 2, vec![1.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    let game = game(vec![(0.5, large, steady), (0.5, small, own)]);
    let (certificate, verdict) = solved(&game);
    assert!(verdict.certified() && verdict.violation == 0.0, "{verdict:?}");
    let probability = certificate.proof.strategy[0].1;
    assert!((probability - 2.0 / 3.0).abs() < 1e-9, "{certificate:?}");
}

/// Utilities whose scales differ too much for a multiplier, and the largest and smallest numbers:
/// no panic, and no false result.
#[test]
fn the_ends_of_the_numbers() {
    for (high, low) in
        [(1e300, 1e-300), (1e-300, 1e300), (5e-324, 1.0), (1.0, 5e-324), (1e308, 1e308), (5e-324, 5e-324)]
    {
        let leader = Matrix::from_fn(2, 2, |i, j| high * [[0.5, 1.0], [0.25, 0.75]][i][j]);
        let follower = Matrix::from_fn(2, 2, |i, j| low * [[0.5, 0.0], [0.0, 1.0]][i][j]);
        let game = game(vec![(1.0, leader, follower)]);
        let (certificate, verdict) = solved(&game);
        assert!(!verdict.contradictory());
        if verdict.certified() {
            let off = relative(&optimum(&game), certificate.claims.leader_value, high);
            assert!(off.abs() < 1e-6, "{high} {low}: {off} {certificate:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Exact maps of binary64 numbers map the value, and do not change the relative value of the
    /// strategy.
    #[test]
    fn exact_maps(
        seed in any::<u64>(),
        (rows, columns, types) in (2_usize..6, 2_usize..6, 1_usize..4),
        (leader, follower) in (-40_i32..40, -40_i32..40),
        penalty in 20_i32..40,
        leveled in any::<bool>(),
        never in any::<bool>(),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |most: i32| f64::from(rng.random_range(0..=most));
        let drawn: Vec<(Matrix, Matrix)> = (0..types)
            .map(|_| (Matrix::from_fn(rows, columns, |_, _| draw(7)), Matrix::from_fn(rows, columns, |_, _| draw(7))))
            .collect();
        // Probabilities in quarters and eighths are exact.
        let masses: Vec<f64> = [vec![1.0], vec![0.25, 0.75], vec![0.125, 0.25, 0.625]][types - 1].clone();
        let plain = game(drawn.iter().zip(&masses).map(|((l, f), &p)| (p, l.clone(), f.clone())).collect());
        let levels: Vec<f64> = (0..rows).map(|_| if leveled { draw(1 << 30) } else { 0.0 }).collect();
        let constants: Vec<f64> = masses.iter().map(|_| if leveled { draw(1 << 20) } else { 0.0 }).collect();
        let (scale, its) = (2.0_f64.powi(leader), 2.0_f64.powi(follower));
        let mut mapped: Vec<(f64, Matrix, Matrix)> = drawn
            .iter()
            .zip(masses.iter().zip(&constants))
            .map(|((l, f), (&p, &constant))| {
                let own = Matrix::from_fn(rows, columns + 1, |i, j| if j < columns { scale * (l[(i, j)] + constant) } else { scale * 9e9 });
                let worst = -2.0_f64.powi(penalty);
                let follower = Matrix::from_fn(rows, columns + 1, |i, j| its * (levels[i] + if j < columns { f[(i, j)] } else { worst }));
                (p, own, follower)
            })
            .collect();
        if never {
            let other = Matrix::from_fn(rows, columns + 1, |_, _| draw(1 << 30));
            mapped.insert(0, (0.0, other.clone(), other));
        }
        let mapped = game(mapped);
        let ((before, one), (after, other)) = (solved(&plain), solved(&mapped));
        prop_assert!(one.certified(), "{one:?}");
        prop_assert!(other.certified(), "{other:?}");
        let level: f64 = masses.iter().zip(&constants).map(|(p, constant)| p * constant).sum();
        let value = after.claims.leader_value / scale - level;
        let rounding = level.abs() * 4.0 * f64::EPSILON;
        prop_assert!((value - before.claims.leader_value).abs() <= 1e-9 + rounding, "{} {}", value, before.claims.leader_value);
    }
}

/// Larger games, which are too large for exact arithmetic alone.
#[test]
fn larger_games() {
    for seed in 0..12 {
        let plain = StackelbergGame::generate(9, 9, 1 + seed as usize % 3, seed).unwrap();
        let mut disguised = plain.clone();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        disguised.follower_actions = suasion_model::Labels::Count(10);
        for kind in &mut disguised.types {
            let levels: Vec<f64> = (0..9).map(|_| 2.0_f64.powi(rng.random_range(0..16))).collect();
            let (leader, follower) = (kind.leader.clone(), kind.follower.clone());
            kind.leader = Matrix::from_fn(9, 10, |i, j| if j < 9 { leader[(i, j)] } else { 1e12 });
            kind.follower = Matrix::from_fn(9, 10, |i, j| if j < 9 { levels[i] + follower[(i, j)] } else { -1e12 });
        }
        let ((before, one), (after, other)) = (solved(&plain), solved(&disguised));
        assert!(one.certified() && one.violation == 0.0, "{seed}: {one:?}");
        assert!(other.certified() && other.violation == 0.0, "{seed}: {other:?}");
        let (before, after) = (before.claims.leader_value, after.claims.leader_value);
        assert!((before - after).abs() < 1e-9, "{seed}: {before} {after}");
    }
}

/// Equal responses, and responses that are suboptimal only because of rounding, in games that are
/// too large for exact arithmetic.
#[test]
fn ties_in_larger_games() {
    for seed in 0..6 {
        let mut drawn = StackelbergGame::generate(70, 70, 1, seed).unwrap();
        let kind = &mut drawn.types[0];
        let (leader, follower) = (kind.leader.clone(), kind.follower.clone());
        let own = |i: usize, j: usize| if j % 3 == 1 { follower[(i, j - 1)] } else { follower[(i, j)] };
        let most = |i: usize| (0..70).map(|j| own(i, j)).fold(0.0, f64::max);
        let favorite = |i: usize| (1..70).fold(0, |best, j| if leader[(i, j)] > leader[(i, best)] { j } else { best });
        let short = [0.0, 1e-11, 1e-16][seed as usize / 2];
        kind.follower =
            Matrix::from_fn(
                70,
                70,
                |i, j| {
                    if short > 0.0 && j == favorite(i) { most(i) * (1.0 - short) } else { own(i, j) }
                },
            );
        let (certificate, verdict) = solved(&drawn);
        assert!(verdict.certified(), "{seed}: {verdict:?}");
        assert_eq!(verdict.violation, 0.0, "{seed}");
        assert!(certificate.claims.upper_bound - certificate.claims.leader_value < 1e-9, "{seed}");
    }
}
