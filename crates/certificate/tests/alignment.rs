//! Proofs of alignment against plain rationals, and what was changed is refused with the reason.

mod common;

use common::{exact, nearest, party};
use dashu::rational::RBig;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{AlignmentCertificate, AlignmentClaims, AlignmentProof, Measure, Offset, Refusal};
use suasion_model::{Information, Instance, Labels, Matrix};

fn game(user: Matrix, agents: Vec<Matrix>) -> Instance {
    let (m, n) = (user.rows(), user.columns());
    let mut prior = vec![0.0; n];
    prior[0] = 1.0;
    Instance {
        name: "game".into(),
        source: None,
        states: Labels::Count(n),
        actions: Labels::Count(m),
        information: Information::Priors(Matrix::new(1, n, prior)),
        user: party("user", user),
        agents: agents.into_iter().enumerate().map(|(i, utility)| party(&format!("agent {i}"), utility)).collect(),
        protocol: None,
    }
}

/// A random game, and a proof that is any (seldom a good one).
fn case(seed: u64) -> (Instance, AlignmentProof) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let (n, m, k) = (rng.random_range(1..5), rng.random_range(1..5), rng.random_range(1..4_usize));
    let kind = rng.random_range(0..4);
    let entry = |rng: &mut ChaCha8Rng| match kind {
        0 => rng.random::<f64>(),
        1 => f64::from(rng.random_range(-2..3_i8)),
        // Neighbours that floating point cannot tell apart once they are summed up.
        2 => 1.0 + f64::from(rng.random_range(0..3_u8)) * f64::EPSILON,
        _ => (rng.random::<f64>() - 0.5) * 10_f64.powi(rng.random_range(-20..20)),
    };
    let user = Matrix::from_fn(m, n, |_, _| entry(rng));
    let agents = (0..k).map(|_| Matrix::from_fn(m, n, |_, _| entry(rng))).collect();
    let simplex = rng.random();
    let offset_kind = [Offset::None, Offset::Constant, Offset::PerState][rng.random_range(0..3)];
    // Eighths sum to one exactly.
    let mut weights = vec![0.0; k];
    (0..8).for_each(|_| weights[rng.random_range(0..k)] += 0.125);
    let offset = (0..offset_kind.len(n)).map(|_| entry(rng)).collect();
    let count = rng.random_range(0..5_usize);
    let mut cell = || (rng.random_range(0..m), rng.random_range(0..n), rng.random::<f64>() / 16.0);
    let measure = match offset_kind {
        Offset::None => Measure::Entries((0..count).map(|_| cell()).map(|(a, y, p)| (a, y, p - 0.03)).collect()),
        Offset::Constant => Measure::Pairs(
            (0..count).map(|_| (cell(), cell())).map(|((a, y, p), (b, z, _))| ((a, y), (b, z), p)).collect(),
        ),
        Offset::PerState => Measure::Pairs(
            (0..count).map(|_| (cell(), cell())).map(|((a, y, p), (b, _, _))| ((a, y), (b, y), p)).collect(),
        ),
    };
    let slack = if rng.random() { rng.random() } else { 0.0 };
    (game(user, agents), AlignmentProof { simplex, offset_kind, slack, weights, offset, measure, weight_limit: 10.0 })
}

/// What a proof comes to, the plain way: error, objective, lower bound, miss.
fn reference(game: &Instance, proof: &AlignmentProof) -> [RBig; 4] {
    let (m, n) = (game.actions.len(), game.states.len());
    let mut error = RBig::ZERO;
    for a in 0..m {
        for y in 0..n {
            let mut residual = -exact(game.user.utility[(a, y)]);
            residual += match proof.offset_kind {
                Offset::None => RBig::ZERO,
                Offset::Constant => exact(proof.offset[0]),
                Offset::PerState => exact(proof.offset[y]),
            };
            for (weight, agent) in proof.weights.iter().zip(&game.agents) {
                residual += exact(*weight) * exact(agent.utility[(a, y)]);
            }
            let negative = -residual.clone();
            error = error.max(residual).max(negative);
        }
    }
    let half_slack = exact(proof.slack) * exact(0.5);
    let total = proof.weights.iter().fold(RBig::ZERO, |sum, &weight| sum + exact(weight));
    let objective = &error + &half_slack * &total;
    let mut lambda = vec![vec![RBig::ZERO; n]; m];
    match &proof.measure {
        Measure::Entries(entries) => entries.iter().for_each(|&(a, y, p)| lambda[a][y] += exact(p)),
        Measure::Pairs(pairs) => {
            for &((a, y), (b, z), p) in pairs {
                lambda[a][y] += exact(p);
                lambda[b][z] -= exact(p);
            }
        }
    }
    let integral = |utility: &Matrix| {
        let cells = (0..m).flat_map(|a| (0..n).map(move |y| (a, y)));
        cells.fold(RBig::ZERO, |sum, (a, y)| sum + &lambda[a][y] * exact(utility[(a, y)]))
    };
    let worst = game.agents.iter().map(|agent| integral(&agent.utility) - &half_slack).max().unwrap();
    let own = integral(&game.user.utility);
    if proof.simplex {
        return [error, objective, own - worst, RBig::ZERO];
    }
    let miss = worst.max(RBig::ZERO);
    [error, objective, own - exact(proof.weight_limit) * &miss, miss]
}

fn up(x: &RBig) -> f64 {
    let rounded = nearest(x);
    if exact(rounded) < *x { rounded.next_up() } else { rounded }
}

fn down(x: &RBig) -> f64 {
    -up(&-x.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// The claims are what rationals say, rounded to the safe side.
    #[test]
    fn agrees_with_rationals(seed in any::<u64>()) {
        let (game, proof) = case(seed);
        let [error, objective, bound, miss] = reference(&game, &proof);
        let (certificate, verdict) = proof.certify(&game).unwrap();
        let expected =
            AlignmentClaims { error: up(&error), objective: up(&objective), lower_bound: down(&bound), miss: up(&miss) };
        prop_assert_eq!(&certificate.claims, &expected);
        prop_assert_eq!(verdict.gap, nearest(&(objective - bound)));
        prop_assert_eq!(certificate.check(&game).unwrap(), verdict);
        // As it is written and read.
        let text = serde_json::to_string(&certificate).unwrap();
        prop_assert_eq!(serde_json::from_str::<AlignmentCertificate>(&text).unwrap(), certificate);
    }

    /// The bound is one: no other weights (within the limit) and offset have a smaller objective.
    #[test]
    fn nothing_is_below(seed in any::<u64>()) {
        let (game, mut proof) = case(seed);
        let (certificate, _) = proof.clone().certify(&game).unwrap();
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let k = proof.weights.len();
        proof.weights = vec![0.0; k];
        (0..4).for_each(|_| proof.weights[rng.random_range(0..k)] += 0.25);
        if !proof.simplex {
            let factor = rng.random::<f64>() * 9.0;
            proof.weights.iter_mut().for_each(|weight| *weight *= factor);
        }
        proof.offset.iter_mut().for_each(|offset| *offset += rng.random::<f64>() - 0.5);
        let (other, _) = proof.certify(&game).unwrap();
        prop_assert!(other.claims.objective >= certificate.claims.lower_bound);
    }

    /// Moving any claim by one unit in the last place is noticed.
    #[test]
    fn an_ulp_is_noticed(seed in any::<u64>(), which in 0_usize..4, up in any::<bool>()) {
        let (game, proof) = case(seed);
        let (mut certificate, _) = proof.certify(&game).unwrap();
        let claims = &mut certificate.claims;
        let claim = [&mut claims.error, &mut claims.objective, &mut claims.lower_bound, &mut claims.miss].into_iter().nth(which).unwrap();
        *claim = if up { claim.next_up() } else { claim.next_down() };
        let is_false_claim = matches!(certificate.check(&game).unwrap_err(), Refusal::FalseClaim { .. });
        prop_assert!(is_false_claim);
    }

    /// Anything may stand where a number is: no panic, and nothing that is accepted changes what was claimed.
    #[test]
    fn hostile_numbers(seed in any::<u64>(), which in 0..8_usize, bits in any::<u64>(), index in any::<usize>()) {
        let (game, proof) = case(seed);
        let (good, _) = proof.certify(&game).unwrap();
        let mut bad = good.clone();
        let number = f64::from_bits(bits);
        match which {
            0 => bad.proof.slack = number,
            1 => bad.proof.weights[0] = number,
            2 => bad.proof.weight_limit = number,
            3 => bad.proof.offset.push(number),
            4 => if let Some(offset) = bad.proof.offset.first_mut() { *offset = number },
            5 => match &mut bad.proof.measure {
                Measure::Entries(entries) => entries.push((0, 0, number)),
                Measure::Pairs(pairs) => pairs.push(((0, 0), (0, 0), number)),
            },
            6 => match &mut bad.proof.measure {
                Measure::Entries(entries) => entries.push((index, 0, 0.0)),
                Measure::Pairs(pairs) => pairs.push(((0, index), (0, index), 0.0)),
            },
            _ => bad.proof.measure = Measure::Entries(vec![(0, 0, 1.0)]),
        }
        if bad.check(&game).is_ok() {
            let (again, _) = bad.proof.clone().certify(&game).unwrap();
            prop_assert_eq!(again.claims, bad.claims);
        }
    }
}

/// The first agent wants what the user wants at state 0 and does not care at state 1, where the second wants the opposite.
fn good() -> (Instance, AlignmentProof) {
    let game = game(
        Matrix::new(2, 2, vec![0.0, 1.0, 1.0, 0.0]),
        vec![Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 0.0]), Matrix::new(2, 2, vec![0.0, 0.0, 0.0, 1.0])],
    );
    // Half the difference at state 1 remains.
    let proof = AlignmentProof {
        simplex: false,
        offset_kind: Offset::PerState,
        slack: 0.0,
        weights: vec![1.0, 0.0],
        offset: vec![0.0, 0.5],
        measure: Measure::Pairs(vec![((0, 1), (1, 1), 0.5)]),
        weight_limit: 10.0,
    };
    (game, proof)
}

#[test]
fn certified() {
    let (game, proof) = good();
    let (certificate, verdict) = proof.certify(&game).unwrap();
    let AlignmentClaims { error, objective, lower_bound, miss } = certificate.claims;
    assert_eq!((error, objective, lower_bound, miss), (0.5, 0.5, 0.5, 0.0));
    assert!(verdict.certified());
    assert_eq!(verdict.gap, 0.0);
}

/// A gap is told, and by how much.
#[test]
fn not_certified() {
    let (game, mut proof) = good();
    proof.offset[1] = 0.75;
    let (_, verdict) = proof.certify(&game).unwrap();
    assert!(!verdict.certified());
    assert_eq!(verdict.failures[0].to_string(), "the lower bound is 2.5e-1 below the error, and 1e-7 is allowed");
}

#[test]
fn tampering() {
    let refused = |change: &dyn Fn(&mut AlignmentCertificate)| {
        let (game, proof) = good();
        let (mut certificate, _) = proof.certify(&game).unwrap();
        change(&mut certificate);
        certificate.check(&game).unwrap_err().to_string()
    };
    assert_eq!(refused(&|c| c.claims.error = 0.25), "the error is claimed to be 0.25, but it is 0.5");
    assert_eq!(refused(&|c| c.claims.objective = 0.25), "the objective is claimed to be 0.25, but it is 0.5");
    assert_eq!(refused(&|c| c.claims.lower_bound = 0.4), "the lower bound is claimed to be 0.4, but it is 0.5");
    assert_eq!(refused(&|c| c.claims.miss = 0.1), "the miss is claimed to be 0.1, but it is 0.0");
    assert_eq!(refused(&|c| c.proof.weights[0] = 3.0), "the error is claimed to be 0.5, but it is 2.0");
    assert_eq!(
        refused(&|c| c.proof.weights[0] = -1.0),
        "the weight of agent 0 is -1, not a finite number of at least 0"
    );
    assert_eq!(refused(&|c| c.proof.weights[0] = 11.0), "the weights exceed 10.0, up to which the bound holds");
    assert_eq!(refused(&|c| c.proof.weights.push(0.0)), "the weights: found 3 numbers, expected 2");
    assert_eq!(
        refused(&|c| c.proof.weights[0] = f64::NAN),
        "the weight of agent 0 is NaN, not a finite number of at least 0"
    );
    assert_eq!(refused(&|c| c.proof.offset[1] = 0.25), "the error is claimed to be 0.5, but it is 0.75");
    assert_eq!(refused(&|c| c.proof.offset.truncate(1)), "the offset: found 1 numbers, expected 2");
    assert_eq!(refused(&|c| c.proof.offset[0] = f64::INFINITY), "offset 0 is inf, not finite");
    assert_eq!(refused(&|c| c.proof.slack = -0.5), "the slack is -0.5, not a finite number of at least 0");
    assert_eq!(refused(&|c| c.proof.slack = 0.5), "the objective is claimed to be 0.5, but it is 0.75");
}

#[test]
fn measures() {
    let refused = |measure: Measure| {
        let (game, proof) = good();
        let (mut certificate, _) = proof.certify(&game).unwrap();
        certificate.proof.measure = measure;
        certificate.check(&game).unwrap_err().to_string()
    };
    let pairs = |list: &[suasion_certificate::Pair]| Measure::Pairs(list.to_vec());
    assert_eq!(refused(Measure::Entries(vec![(0, 1, 0.5), (1, 1, -0.5)])), "the measure does not cancel the offset");
    assert_eq!(refused(pairs(&[((0, 1), (1, 0), 0.5)])), "pair of the measure 0 does not cancel the offset");
    assert_eq!(refused(pairs(&[((0, 1), (1, 1), 0.75)])), "the masses of the measure exceed one by 0.5");
    assert_eq!(
        refused(pairs(&[((0, 1), (1, 1), 0.5), ((0, 0), (1, 0), f64::MIN_POSITIVE)])),
        format!("the masses of the measure exceed one by {}", 2.0 * f64::MIN_POSITIVE)
    );
    assert_eq!(
        refused(pairs(&[((0, 1), (1, 1), -0.5)])),
        "pair of the measure 0 is -0.5, not a finite number of at least 0"
    );
    assert_eq!(refused(pairs(&[((2, 1), (1, 1), 0.5)])), "pair of the measure 0 names action 2, but there are 2");
    assert_eq!(refused(pairs(&[((0, 5), (1, 5), 0.5)])), "pair of the measure 0 names state 5, but there are 2");
    assert_eq!(refused(pairs(&[((0, 1), (1, 1), 0.25)])), "the lower bound is claimed to be 0.5, but it is 0.25");
    // The first agent is worth more than its weight costs.
    assert_eq!(refused(pairs(&[((1, 0), (0, 0), 0.5)])), "the lower bound is claimed to be 0.5, but it is -4.5");
}

/// Weights on the simplex sum to one exactly, not only to rounding.
#[test]
fn off_the_simplex() {
    let (game, mut proof) = good();
    proof.simplex = true;
    proof.weights = vec![0.1, 0.9];
    assert!(proof.clone().certify(&game).is_err_and(|refusal| matches!(refusal, Refusal::OffSimplex { .. })));
    proof.weights = vec![0.5, 0.5 + f64::EPSILON];
    let refusal = proof.clone().certify(&game).unwrap_err();
    assert_eq!(refusal.to_string(), "the weights do not sum to one, but exceed it by 2.220446049250313e-16");
    proof.weights = vec![0.25, 0.75];
    assert!(proof.certify(&game).is_ok());
}

#[test]
fn instances() {
    let (game, proof) = good();
    let (certificate, _) = proof.certify(&game).unwrap();
    let check = |change: &dyn Fn(&mut Instance)| {
        let mut game = game.clone();
        change(&mut game);
        certificate.check(&game).unwrap_err()
    };
    assert!(matches!(check(&|game| game.user.utility = game.agents[0].utility.clone()), Refusal::FalseClaim { .. }));
    assert!(matches!(check(&|game| game.agents.truncate(1)), Refusal::Length { .. }));
    assert_eq!(check(&|game| game.agents.clear()), Refusal::Empty("agents"));
    assert!(matches!(check(&|game| game.agents[1].utility = Matrix::new(1, 2, vec![0.0; 2])), Refusal::Shape { .. }));
    let nan = Matrix::new(2, 2, vec![0.0, f64::NAN, 0.0, 0.0]);
    assert!(matches!(check(&|game| game.agents[1].utility = nan.clone()), Refusal::BadNumber { .. }));
}
