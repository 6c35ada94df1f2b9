//! Commitment: a published example, brute force over response profiles, a mixed-integer program,
//! and properties.

use crate::common::commitments::game;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{Certificate, Proof, StackelbergProof, Verdict};
use suasion_lp::{LpOptions, Model, Program, Sense, Stop};
use suasion_model::{Matrix, StackelbergGame};
use suasion_persuasion::{Settings, commit};

type StackelbergCertificate = Certificate<StackelbergProof>;

fn random(seed: u64, rows: usize, columns: usize, types: usize) -> StackelbergGame {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let integers = seed % 2 == 1;
    let mut draw = || if integers { f64::from(rng.random_range(0..=3_u8)) } else { rng.random::<f64>() };
    let mut list: Vec<(f64, Matrix, Matrix)> = (0..types)
        .map(|_| {
            (1.0 + draw(), Matrix::from_fn(rows, columns, |_, _| draw()), Matrix::from_fn(rows, columns, |_, _| draw()))
        })
        .collect();
    let total: f64 = list.iter().map(|kind| kind.0).sum();
    for kind in &mut list {
        kind.0 /= total;
    }
    game(list)
}

fn solved(game: &StackelbergGame) -> (StackelbergCertificate, Verdict) {
    commit(game, &Settings::default()).unwrap().proof.certify(game).unwrap()
}

/// Conitzer & Sandholm (EC 2006), introduction: the only equilibrium in simultaneous play gives the
/// leader 2. Commitment to the second row gives 3, and commitment to both rows with equal
/// probability gives 3.5. The optimum puts 2/3 on the first row, where the follower is indifferent,
/// and gives 11/3.
#[test]
fn conitzer_and_sandholm() {
    let leader = Matrix::new(2, 2, vec![2.0, 4.0, 1.0, 3.0]);
    let follower = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 2.0]);
    let (certificate, verdict) = solved(&game(vec![(1.0, leader, follower)]));
    assert!(verdict.certified());
    assert!((certificate.claims.leader_value - 11.0 / 3.0).abs() < 1e-9);
    assert_eq!(certificate.proof.responses, [1]);
    assert!((certificate.proof.strategy[0].1 - 2.0 / 3.0).abs() < 1e-9);
}

/// In a zero-sum game, commitment gives the value of the game: `(ad - bc) / (a + d - b - c)` for 2
/// x 2 games without a saddle point.
#[test]
fn zero_sum() {
    let leader = Matrix::new(2, 2, vec![3.0, -1.0, -2.0, 4.0]);
    let follower = Matrix::from_fn(2, 2, |i, j| -leader[(i, j)]);
    let (certificate, verdict) = solved(&game(vec![(1.0, leader, follower)]));
    assert!(verdict.certified());
    assert!((certificate.claims.leader_value - (12.0 - 2.0) / (3.0 + 4.0 + 1.0 + 2.0)).abs() < 1e-9);
}

/// One program per response profile.
fn brute_force(game: &StackelbergGame) -> f64 {
    let (rows, columns, types) = (game.leader_actions.len(), game.follower_actions.len(), game.types.len());
    let mut best = f64::NEG_INFINITY;
    for profile in 0..columns.pow(types as u32) {
        let response = |t: usize| profile / columns.pow(t as u32) % columns;
        let mut program = Program::new("profile", Sense::Maximise);
        for i in 0..rows {
            let worth = game.types.iter().enumerate().map(|(t, kind)| kind.probability * kind.leader[(i, response(t))]);
            program.add_column(worth.sum(), 0.0, f64::INFINITY);
        }
        program.add_row(1.0, 1.0, (0..rows).map(|i| (i, 1.0)));
        for (t, kind) in game.types.iter().enumerate() {
            for k in (0..columns).filter(|&k| k != response(t)) {
                let gains = (0..rows).map(|i| (i, kind.follower[(i, response(t))] - kind.follower[(i, k)]));
                program.add_row(0.0, f64::INFINITY, gains);
            }
        }
        if let Some(solution) = program.solve_direct().unwrap().optimal() {
            best = best.max(solution.objective);
        }
    }
    best
}

/// The mixed-integer program of Paruchuri et al. (AAMAS 2008), linearized by `z^t_ij = x_i q^t_j`.
fn mixed_integer(game: &StackelbergGame) -> f64 {
    let (rows, columns, types) = (game.leader_actions.len(), game.follower_actions.len(), game.types.len());
    let mut program = Program::new("DOBSS", Sense::Maximise);
    let z: Vec<Vec<Vec<usize>>> = game
        .types
        .iter()
        .map(|kind| {
            let column =
                |program: &mut Program, i, j| program.add_column(kind.probability * kind.leader[(i, j)], 0.0, 1.0);
            (0..rows).map(|i| (0..columns).map(|j| column(&mut program, i, j)).collect()).collect()
        })
        .collect();
    let q: Vec<Vec<usize>> =
        (0..types).map(|_| (0..columns).map(|_| program.add_column(0.0, 0.0, 1.0)).collect()).collect();
    for t in 0..types {
        program.add_row(1.0, 1.0, q[t].iter().map(|&column| (column, 1.0)));
        for j in 0..columns {
            // A response is recommended only if it is played.
            program.add_row(0.0, 0.0, (0..rows).map(|i| (z[t][i][j], 1.0)).chain([(q[t][j], -1.0)]));
            for k in (0..columns).filter(|&k| k != j) {
                let follower = &game.types[t].follower;
                program.add_row(
                    0.0,
                    f64::INFINITY,
                    (0..rows).map(|i| (z[t][i][j], follower[(i, j)] - follower[(i, k)])),
                );
            }
        }
        for i in 0..rows {
            // All types observe the same strategy.
            let own = (0..columns).map(|j| (z[t][i][j], 1.0));
            let first = (0..columns).map(|j| (z[0][i][j], -1.0));
            if t > 0 {
                program.add_row(0.0, 0.0, own.chain(first));
            }
        }
    }
    let mut model = Model::from_program(&program, LpOptions { presolve: true, ..LpOptions::default() }).unwrap();
    model.set_integer(&q.concat()).unwrap();
    let outcome = model.solve().unwrap();
    assert_eq!(outcome.stop, Stop::Optimal);
    outcome.objective
}

#[test]
fn brute_force_over_profiles() {
    for seed in 0..120 {
        let game = random(seed, 1 + seed as usize % 4, 1 + seed as usize / 4 % 4, 1 + seed as usize / 16 % 3);
        let (certificate, verdict) = solved(&game);
        assert!(verdict.certified(), "{seed}: {verdict:?}");
        let expected = brute_force(&game);
        assert!(
            (certificate.claims.leader_value - expected).abs() < 1e-8,
            "{seed}: {certificate:?}, expected {expected}"
        );
    }
}

#[test]
fn mixed_integer_program() {
    for seed in 0..200 {
        let game = random(1000 + seed, 2 + seed as usize % 5, 2 + seed as usize / 5 % 4, 1 + seed as usize / 20 % 4);
        let (certificate, verdict) = solved(&game);
        assert!(verdict.certified(), "{seed}: {verdict:?}");
        let expected = mixed_integer(&game);
        // Branch and cut satisfies constraints only to 1e-6.
        assert!(
            (certificate.claims.leader_value - expected).abs() < 1e-5,
            "{seed}: {}, expected {expected}",
            certificate.claims.leader_value
        );
    }
}

/// One type and games of any shape, with independent, opposed and nearly opposed interests, and
/// with ties.
#[test]
fn one_type_of_any_shape() {
    for (rows, columns) in [(40, 4), (4, 40), (25, 25), (1, 9), (9, 1)] {
        for seed in 0..8 {
            let drawn = random(2000 + seed, rows, columns, 1);
            let (leader, own) = (&drawn.types[0].leader, &drawn.types[0].follower);
            let shares = [0.0, 1.0, 0.97, 0.5][seed as usize / 2];
            let follower = |i, j| (1.0 - shares) * own[(i, j)] - shares * leader[(i, j)];
            let game = game(vec![(1.0, leader.clone(), Matrix::from_fn(rows, columns, follower))]);
            let (certificate, verdict) = solved(&game);
            assert!(verdict.certified(), "{rows} x {columns}, {seed}: {verdict:?}");
            assert_eq!(verdict.violation, 0.0, "{rows} x {columns}, {seed}");
            let (value, expected) = (certificate.claims.leader_value, brute_force(&game));
            assert!((value - expected).abs() < 1e-7, "{rows} x {columns}, {seed}: {value}, expected {expected}");
        }
    }
}

/// Games with too many types to enumerate. A search that stops early does not claim more than it
/// proved.
#[test]
fn many_types() {
    for seed in 0..6 {
        let game = random(3000 + seed, 4, 4, 6);
        let (certificate, verdict) = solved(&game);
        assert!(verdict.certified(), "{seed}: {verdict:?}");
        let (value, expected) = (certificate.claims.leader_value, mixed_integer(&game));
        assert!((value - expected).abs() < 1e-5, "{seed}: {value}, expected {expected}");
        for nodes in 0..3 {
            let settings = Settings { nodes: Some(nodes), ..Settings::default() };
            let found = commit(&game, &settings).unwrap();
            let (early, verdict) = found.proof.certify(&game).unwrap();
            assert!(!verdict.contradictory(), "{seed}: {verdict:?}");
            assert!(found.stopped.is_none() || found.nodes == nodes, "{seed}: {} nodes", found.nodes);
            assert!(early.claims.leader_value <= value + 1e-9 && early.claims.upper_bound >= value - 1e-9, "{seed}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    /// Renaming actions and types changes nothing. Commitment is never worse than any pure
    /// strategy. A tampered claim is refused.
    #[test]
    fn properties(seed in any::<u64>(), rows in 1_usize..5, columns in 1_usize..5, types in 1_usize..4) {
        let base = random(seed, rows, columns, types);
        let (certificate, verdict) = solved(&base);
        prop_assert!(verdict.certified());
        let turn = |utility: &Matrix| Matrix::from_fn(rows, columns, |i, j| utility[((i + 1) % rows, (j + 1) % columns)]);
        let turned = base.types.iter().rev().map(|kind| (kind.probability, turn(&kind.leader), turn(&kind.follower)));
        let (found, verdict) = solved(&game(turned.collect()));
        prop_assert!(verdict.certified());
        prop_assert!((found.claims.leader_value - certificate.claims.leader_value).abs() < 1e-8);

        for i in 0..rows {
            let value: f64 = base.types.iter().map(|kind| {
                let own = kind.follower.row(i);
                let most = own.iter().fold(f64::NEG_INFINITY, |most, &x| most.max(x));
                let tied = (0..columns).filter(|&j| own[j] == most);
                kind.probability * tied.map(|j| kind.leader[(i, j)]).fold(f64::NEG_INFINITY, f64::max)
            }).sum();
            prop_assert!(certificate.claims.leader_value >= value - 1e-9);
        }

        prop_assert!(certificate.check(&base).unwrap().certified());
        let text = serde_json::to_string(&certificate).unwrap();
        prop_assert_eq!(&serde_json::from_str::<StackelbergCertificate>(&text).unwrap(), &certificate);
        let mut false_claim = certificate.clone();
        false_claim.claims.leader_value = certificate.claims.leader_value.next_up();
        prop_assert!(false_claim.check(&base).is_err());
        let mut cut = certificate.clone();
        cut.proof.tree.pop();
        prop_assert!(cut.check(&base).is_err());
    }
}
