//! The filtered sums against plain rationals, and hand-made proofs.

use crate::common::{case, claims, nearest, prosecutor, prosecutor_proof, reference, survives};
use proptest::prelude::*;
use suasion_certificate::{Proof, upper_bound};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Every claim is the exact number, correctly rounded.
    #[test]
    fn claims_are_exact(seed in any::<u64>()) {
        let case = case(seed);
        let expected = claims(&reference(&case.game, &case.proof));
        let (certificate, verdict) = case.proof.clone().certify(&case.game).unwrap();
        prop_assert_eq!(&certificate.claims, &expected);
        prop_assert_eq!(certificate.check(&case.game).unwrap(), verdict);
        // The bound alone.
        let floor = case.proof.floor;
        let (value, multiplier) = floor.map_or((0.0, 0.0), |floor| (floor.value, floor.multiplier));
        let proof = &certificate.proof;
        let bound = upper_bound(&case.game, 0, proof.agent, &proof.objective, multiplier, &proof.bound).unwrap();
        prop_assert_eq!(bound.at(value), expected.upper_bound);
        prop_assert_eq!(proof.bound_at(&case.game, value).unwrap(), expected.upper_bound);
    }

    /// What is certified is optimal: nothing exact contradicts it.
    #[test]
    fn certified_means_close(seed in any::<u64>()) {
        let case = case(seed);
        let exact = reference(&case.game, &case.proof);
        let (certificate, verdict) = case.proof.certify(&case.game).unwrap();
        if verdict.certified() {
            let largest = case.game.agents.iter().chain([&case.game.user]).flat_map(|p| p.utility.as_slice()).fold(1.0_f64, |m, u| m.max(u.abs()));
            prop_assert!(nearest(&(exact.bound - exact.objective)) <= 1e-6 * 4.0 * largest);
            prop_assert!(certificate.claims.violation <= 1e-6 * largest);
        }
    }

    #[test]
    fn json(seed in any::<u64>()) {
        let case = case(seed);
        survives(case.proof, &case.game);
    }
}

/// By hand: at prior 1/4 the best that obeys is one half. Convicting 0.3125 of the innocent gives
/// 0.25 + 0.75 * 0.3125.
#[test]
fn prosecutor_and_judge() {
    let game = prosecutor();
    let (certificate, verdict) = prosecutor_proof().certify(&game).unwrap();
    let claims = &certificate.claims;
    assert_eq!((claims.objective_value, claims.upper_bound, claims.violation), (0.484_375, 0.5, 0.0));
    assert_eq!(claims.user_value, 0.75 * 0.6875 + 0.25);
    assert_eq!(verdict.gap, 0.015_625);
    assert_eq!(verdict.failures[0].to_string(), "the bound is 1.5625e-2 above the value, and 4.84375e-8 is allowed");
    let mut better = prosecutor_proof();
    // Rounded down: with its neighbor it would exceed one.
    let third = (1.0_f64 / 3.0).next_down();
    (better.scheme.entries[0].probability, better.scheme.entries[1].probability) = (1.0 - third, third);
    let (certificate, verdict) = better.certify(&game).unwrap();
    assert!(verdict.certified() && verdict.gap >= 0.0 && verdict.gap < 1e-15, "{verdict:?}");
    assert!((certificate.claims.objective_value - 0.5).abs() < 1e-15);
}

/// Zero sum, by hand: with the multiplier 1 for every action against the one that she takes
/// uninformed, the bound is what no information gives.
#[test]
fn zero_sum() {
    let mut game = prosecutor();
    game.agents[0].utility = suasion_model::Matrix::from_fn(2, 2, |a, y| -game.user.utility[(a, y)]);
    let mut proof = prosecutor_proof();
    proof.scheme.entries.clear();
    for state in 0..2 {
        proof.scheme.entries.push(suasion_model::SchemeEntry { state, action: 0, probability: 1.0 });
    }
    let (certificate, verdict) = proof.certify(&game).unwrap();
    assert_eq!((certificate.claims.objective_value, certificate.claims.upper_bound), (-0.75, -0.75));
    assert!(verdict.certified() && verdict.gap == 0.0);
}
