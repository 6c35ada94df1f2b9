//! Proofs of alignment against plain rationals, and what was changed is refused with the reason.

use crate::common::{exact, nearest, party};
use dashu::rational::RBig;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{
    AlignmentClaims, AlignmentProof, Certificate, Measure, Offset, Proof, ProofError, REACH, TOLERANCE,
};
use suasion_model::{Information, Instance, Labels, Matrix};

type AlignmentCertificate = Certificate<AlignmentProof>;

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
        // Neighbors that floating point cannot tell apart once they are summed up.
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
    // What sums to one does so up to rounding.
    let off = if rng.random() { 1.0 } else { 1.0 + 2_f64.powi(-40) };
    if simplex {
        weights.iter_mut().for_each(|weight| *weight *= off);
    }
    let count = rng.random_range(0..5_usize);
    let mut cell = || (rng.random_range(0..m), rng.random_range(0..n), rng.random::<f64>() / 16.0);
    let measure = match offset_kind {
        Offset::None => {
            Measure::Entries((0..count).map(|_| cell()).map(|(a, y, p)| (a, y, 3.0 * (p - 0.03))).collect())
        }
        Offset::Constant => Measure::Pairs(
            (0..count).map(|_| (cell(), cell())).map(|((a, y, p), (b, z, _))| ((a, y), (b, z), p)).collect(),
        ),
        Offset::PerState => Measure::Pairs(
            (0..count).map(|_| (cell(), cell())).map(|((a, y, p), (b, _, _))| ((a, y), (b, y), p)).collect(),
        ),
    };
    let slack = if rng.random() { rng.random() } else { 0.0 };
    (game(user, agents), AlignmentProof { simplex, offset_kind, slack, weights, measure })
}

/// What a proof comes to, the plain way.
struct Plain {
    error: RBig,
    objective: RBig,
    offset: Vec<RBig>,
    /// The bound for all weights, or nothing where there is none but 0.
    bound: Option<RBig>,
    /// What the measure says of the user, and the most it says of any agent for its stake.
    own: RBig,
    rate: RBig,
}

fn reference(game: &Instance, proof: &AlignmentProof) -> Plain {
    let (m, n) = (game.actions.len(), game.states.len());
    let total = proof.weights.iter().fold(RBig::ZERO, |sum, &weight| sum + exact(weight));
    let unit = if proof.simplex { total.clone() } else { RBig::ONE };
    let residual = |a: usize, y: usize| {
        let parts = proof.weights.iter().zip(&game.agents);
        let sum = parts.fold(RBig::ZERO, |sum, (&weight, agent)| sum + exact(weight) * exact(agent.utility[(a, y)]));
        sum / &unit - exact(game.user.utility[(a, y)])
    };
    let half = exact(0.5);
    let cells = |states: std::ops::Range<usize>| {
        let cells = states.flat_map(|y| (0..m).map(move |a| (a, y))).map(|(a, y)| residual(a, y));
        let all: Vec<RBig> = cells.collect();
        (all.iter().min().unwrap().clone(), all.iter().max().unwrap().clone())
    };
    let groups: Vec<(RBig, RBig)> = match proof.offset_kind {
        Offset::PerState => (0..n).map(|y| cells(y..y + 1)).collect(),
        _ => vec![cells(0..n)],
    };
    let (error, offset) = if proof.offset_kind == Offset::None {
        let (low, high) = &groups[0];
        (high.clone().max(-low.clone()), vec![])
    } else {
        let error = groups.iter().map(|(low, high)| (high - low) * &half).max().unwrap();
        (error, groups.iter().map(|(low, high)| -(high + low) * &half).collect())
    };
    let half_slack = exact(proof.slack) * &half;
    let objective = &error + &half_slack * &total / &unit;
    let mut lambda = vec![vec![RBig::ZERO; n]; m];
    let mut mass = RBig::ZERO;
    match &proof.measure {
        Measure::Entries(entries) => entries.iter().for_each(|&(a, y, p)| {
            lambda[a][y] += exact(p);
            mass += exact(p.abs());
        }),
        Measure::Pairs(pairs) => {
            for &((a, y), (b, z), p) in pairs {
                lambda[a][y] += exact(p);
                lambda[b][z] -= exact(p);
                mass += exact(2.0) * exact(p);
            }
        }
    }
    let floor = if proof.simplex { half_slack.clone() } else { RBig::ZERO };
    if mass == RBig::ZERO {
        return Plain { error, objective, offset, bound: Some(floor), own: RBig::ZERO, rate: RBig::ZERO };
    }
    let integral = |utility: &Matrix| {
        let cells = (0..m).flat_map(|a| (0..n).map(move |y| (a, y)));
        cells.fold(RBig::ZERO, |sum, (a, y)| sum + &lambda[a][y] * exact(utility[(a, y)])) / &mass
    };
    let own = integral(&game.user.utility);
    let mut rate = RBig::ZERO;
    let mut worst: Option<RBig> = None;
    for agent in &game.agents {
        let bracket = integral(&agent.utility) - if proof.simplex { RBig::ZERO } else { half_slack.clone() };
        if bracket > RBig::ZERO && !proof.simplex {
            rate = rate.max(&bracket / exact(proof.offset_kind.stake(&agent.utility)));
        }
        worst = Some(worst.map_or(bracket.clone(), |worst| worst.max(bracket)));
    }
    let bound = if proof.simplex {
        // The error's bound is rounded before the price is added.
        let error = exact(down(&(&own - worst.unwrap())).max(0.0));
        Some(error + half_slack)
    } else {
        Some(own.clone())
    };
    let bound = bound.filter(|_| rate == RBig::ZERO).map(|bound| bound.max(floor));
    Plain { error, objective, offset, bound, own, rate }
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
        let plain = reference(&game, &proof);
        let (certificate, verdict) = proof.certify(&game).unwrap();
        let claims = &certificate.claims;
        prop_assert_eq!((claims.error, claims.objective), (up(&plain.error), up(&plain.objective)));
        prop_assert_eq!(claims.offset.len(), plain.offset.len());
        for (&found, expected) in claims.offset.iter().zip(&plain.offset) {
            prop_assert!((found - nearest(expected)).abs() <= 4.0 * f64::EPSILON * found.abs(), "{} {}", found, nearest(expected));
        }
        match (&plain.bound, claims.limit) {
            (Some(bound), limit) => prop_assert_eq!((claims.lower_bound, limit), (down(bound), None)),
            // No bound above 0 is left at the limit.
            (None, None) => {
                let stake = |utility: &Matrix| certificate.proof.offset_kind.stake(utility);
                let parts = certificate.proof.weights.iter().zip(&game.agents);
                let reached: f64 = parts.map(|(weight, agent)| weight * stake(&agent.utility)).sum();
                let least = exact(REACH * stake(&game.user.utility)).max(exact(10.0 * reached));
                prop_assert_eq!(claims.lower_bound, 0.0);
                // The limit is as large as a quarter of the tolerance pays for.
                let paid = exact(0.25 * TOLERANCE * stake(&game.user.utility));
                prop_assert!(plain.own <= (plain.rate * least).max(paid) * exact(1.0 + 1e-12));
            }
            (None, Some(limit)) => {
                prop_assert!(claims.lower_bound > 0.0);
                let loss = plain.rate * exact(limit);
                prop_assert!(exact(claims.lower_bound) <= &plain.own - &loss);
                let least = &plain.own - loss * exact(1.0 + 1e-12) - &plain.own * exact(1e-12);
                prop_assert!(exact(claims.lower_bound) >= least);
            }
        }
        prop_assert!(claims.lower_bound >= 0.0);
        if !certificate.proof.simplex {
            prop_assert_eq!(verdict.gap, nearest(&(exact(claims.objective) - exact(claims.lower_bound))));
        }
        prop_assert!(exact(verdict.gap) >= &plain.objective - plain.bound.unwrap_or(plain.objective.clone()) - exact(1e-15) * &plain.objective);
        prop_assert_eq!(certificate.check(&game).unwrap(), verdict);
        // As it is written and read.
        let text = serde_json::to_string(&certificate).unwrap();
        prop_assert_eq!(serde_json::from_str::<AlignmentCertificate>(&text).unwrap(), certificate);
    }

    /// The bound is one: no other weights (within the limit) have a smaller objective.
    #[test]
    fn nothing_is_below(seed in any::<u64>()) {
        let (game, mut proof) = case(seed);
        let (certificate, _) = proof.clone().certify(&game).unwrap();
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let k = proof.weights.len();
        proof.weights = vec![0.0; k];
        (0..4).for_each(|_| proof.weights[rng.random_range(0..k)] += 0.25);
        if !proof.simplex {
            let factor = 10_f64.powf(rng.random::<f64>() * 20.0 - 10.0);
            proof.weights.iter_mut().for_each(|weight| *weight *= factor);
            let stakes = game.agents.iter().map(|agent| proof.offset_kind.stake(&agent.utility));
            let reached: f64 = proof.weights.iter().zip(stakes).map(|(weight, stake)| weight * stake).sum();
            prop_assume!(certificate.claims.limit.is_none_or(|limit| reached <= limit));
        }
        let (other, _) = proof.certify(&game).unwrap();
        prop_assert!(other.claims.objective >= certificate.claims.lower_bound);
    }

    /// Moving any claim by one unit in the last place is noticed.
    #[test]
    fn an_ulp_is_noticed(seed in any::<u64>(), which in 0_usize..5, up in any::<bool>()) {
        let (game, proof) = case(seed);
        let (mut certificate, _) = proof.certify(&game).unwrap();
        let claims = &mut certificate.claims;
        let mut none = 1.0;
        let claim = match which {
            0 => &mut claims.error,
            1 => &mut claims.objective,
            2 => &mut claims.lower_bound,
            // A limit where there is none, or another one.
            3 => claims.limit.get_or_insert(none),
            _ => claims.offset.first_mut().unwrap_or(&mut none),
        };
        *claim = if up { claim.next_up() } else { claim.next_down() };
        let unchanged = which == 4 && certificate.claims.offset.is_empty();
        let is_false_claim = matches!(certificate.check(&game), Err(ProofError::FalseClaim { .. }));
        prop_assert!(is_false_claim || unchanged);
    }

    /// Anything may stand where a number is: no panic, and nothing that is accepted changes what
    /// was claimed.
    #[test]
    fn hostile_numbers(seed in any::<u64>(), which in 0..8_usize, bits in any::<u64>(), index in any::<usize>()) {
        let (game, proof) = case(seed);
        let (good, _) = proof.certify(&game).unwrap();
        let mut bad = good.clone();
        let number = f64::from_bits(bits);
        match which {
            0 => bad.proof.slack = number,
            1 => bad.proof.weights[0] = number,
            2 => bad.claims.limit = Some(number),
            3 => bad.claims.offset.push(number),
            4 => if let Some(offset) = bad.claims.offset.first_mut() { *offset = number },
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

/// Parts that are deleted, swapped, rescaled or taken from another proof: whatever is accepted is
/// true.
#[test]
fn forgeries() {
    let mut refused = 0;
    for seed in 0..2000 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed ^ 0xf0f0);
        let (game, proof) = case(seed);
        let (mut forged, _) = proof.certify(&game).unwrap();
        let (_, other) = case(seed + 1);
        let times = [0.0, 0.5, 2.0, 1e9, 1.0 - f64::EPSILON][rng.random_range(0..5)];
        match rng.random_range(0..9) {
            0 => forged.proof.measure = other.measure,
            1 => forged.proof.weights = other.weights,
            2 => forged.proof.weights.reverse(),
            3 => forged.proof.weights.iter_mut().for_each(|weight| *weight *= times),
            4 => match &mut forged.proof.measure {
                Measure::Entries(entries) => drop(entries.pop()),
                Measure::Pairs(pairs) => drop(pairs.pop()),
            },
            5 => match &mut forged.proof.measure {
                Measure::Entries(entries) => entries.iter_mut().take(1).for_each(|entry| entry.2 *= times),
                Measure::Pairs(pairs) => pairs.iter_mut().take(1).for_each(|pair| pair.2 *= times),
            },
            6 => forged.claims.error *= times,
            7 => forged.claims.lower_bound = 1.5 * forged.claims.lower_bound + 1e-9,
            _ => forged.claims.limit = if rng.random() { None } else { forged.claims.limit.map(|limit| limit * times) },
        }
        if forged.check(&game).is_err() {
            refused += 1;
            continue;
        }
        let plain = reference(&game, &forged.proof);
        assert_eq!((forged.claims.error, forged.claims.objective), (up(&plain.error), up(&plain.objective)), "{seed}");
        let bound = match (&plain.bound, forged.claims.limit) {
            (Some(bound), None) => bound.clone(),
            (None, Some(limit)) => &plain.own - plain.rate * exact(limit),
            (_, limit) => {
                assert_eq!((limit, forged.claims.lower_bound), (None, 0.0), "{seed}");
                RBig::ZERO
            }
        };
        assert!(exact(forged.claims.lower_bound) <= bound, "{seed}");
    }
    assert!(refused > 800, "{refused}");
}

/// The first agent wants what the user wants at state 0 and does not care at state 1, where the
/// second wants the opposite.
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
        measure: Measure::Pairs(vec![((0, 1), (1, 1), 0.5)]),
    };
    (game, proof)
}

#[test]
fn certified() {
    let (game, proof) = good();
    let (certificate, verdict) = proof.certify(&game).unwrap();
    let AlignmentClaims { error, objective, lower_bound, limit, offset } = certificate.claims;
    assert_eq!((error, objective, lower_bound, limit), (0.5, 0.5, 0.5, None));
    assert_eq!(offset, [0.0, 0.5]);
    assert!(verdict.certified());
    assert_eq!(verdict.gap, 0.0);
}

/// A gap is reported with its size.
#[test]
fn not_certified() {
    let (game, mut proof) = good();
    proof.weights[0] = 1.5;
    proof.measure = Measure::Pairs(vec![((0, 1), (1, 1), 0.5), ((0, 0), (0, 0), 0.5)]);
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
    assert_eq!(refused(&|c| c.claims.limit = Some(1.0)), "the limit on weights is claimed to be 1.0, but it is inf");
    assert_eq!(refused(&|c| c.proof.weights[0] = 3.0), "the error is claimed to be 0.5, but it is 1.0");
    assert_eq!(
        refused(&|c| c.proof.weights[0] = -1.0),
        "the weight of agent 0 is -1, not a finite number of at least 0"
    );
    assert_eq!(refused(&|c| c.proof.weights.push(0.0)), "the weights: found 3 numbers, expected 2");
    assert_eq!(
        refused(&|c| c.proof.weights[0] = f64::NAN),
        "the weight of agent 0 is NaN, not a finite number of at least 0"
    );
    assert_eq!(refused(&|c| c.claims.offset[1] = 0.25), "offset 1 is claimed to be 0.25, but it is 0.5");
    assert_eq!(refused(&|c| c.claims.offset.truncate(1)), "the offset: found 1 numbers, expected 2");
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
    assert_eq!(
        refused(pairs(&[((0, 1), (1, 1), -0.5)])),
        "pair of the measure 0 is -0.5, not a finite number of at least 0"
    );
    assert_eq!(refused(pairs(&[((2, 1), (1, 1), 0.5)])), "pair of the measure 0 names action 2, but there are 2");
    assert_eq!(refused(pairs(&[((0, 5), (1, 5), 0.5)])), "pair of the measure 0 names state 5, but there are 2");
    // Half of the mass is where nothing is.
    assert_eq!(
        refused(pairs(&[((0, 1), (1, 1), 0.25), ((0, 0), (0, 0), 0.25)])),
        "the lower bound is claimed to be 0.5, but it is 0.25"
    );
    // The first agent is worth more than its weight costs, and no bound above 0 holds as far as it
    // must.
    assert_eq!(refused(pairs(&[((1, 0), (0, 0), 0.5)])), "the lower bound is claimed to be 0.5, but it is 0.0");
}

/// The unit of a measure is of no account, and neither is how masses are cut into parts.
#[test]
fn units_of_measures() {
    let (game, mut proof) = good();
    let (good, _) = proof.clone().certify(&game).unwrap();
    for masses in [&[3.0][..], &[1e-300], &[1e300], &[0.25, 0.25], &[f64::from_bits(1)]] {
        proof.measure = Measure::Pairs(masses.iter().map(|&mass| ((0, 1), (1, 1), mass)).collect());
        assert_eq!(proof.clone().certify(&game).unwrap().0.claims, good.claims);
    }
    proof.measure = Measure::Pairs(vec![((0, 1), (1, 1), 1e308); 4]);
    assert!(matches!(proof.certify(&game), Err(ProofError::Overflow(_))));
}

/// Two agents that cancel each other but for a rounding: whatever the file says, the bound holds as
/// far as the checker says.
#[test]
fn limits_are_derived() {
    let rest = f64::EPSILON;
    let game = game(
        Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]),
        vec![Matrix::new(2, 2, vec![0.0, 0.0, -1.0, rest]), Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 0.0])],
    );
    let at = |weight: f64| AlignmentProof {
        simplex: false,
        offset_kind: Offset::PerState,
        slack: 0.0,
        weights: vec![weight; 2],
        measure: Measure::Pairs(vec![((1, 1), (0, 1), 1.0)]),
    };
    // Weights of 1e16 make a utility of the rounding.
    let (far, _) = at(1.0 / rest).certify(&game).unwrap();
    assert!(far.claims.error <= 0.5 && far.claims.lower_bound == 0.0 && far.claims.limit.is_none());
    let (near, verdict) = at(1.0).certify(&game).unwrap();
    let limit = near.claims.limit.unwrap();
    assert!((1e8..1e9).contains(&limit) && near.claims.lower_bound < 0.5 && near.claims.lower_bound > 0.5 - 1e-7);
    assert!(verdict.certified());
    for forged in [None, Some(0.0), Some(1.0), Some(2.0 * limit), Some(f64::INFINITY), Some(f64::NAN)] {
        let mut forgery = near.clone();
        forgery.claims.limit = forged;
        assert!(matches!(forgery.check(&game), Err(ProofError::FalseClaim { .. })), "{forged:?}");
    }
    // What a file says of a limit in the proof is no part of it.
    let mut text = serde_json::to_value(&near).unwrap();
    text["proof"]["weight_limit"] = 0.0.into();
    assert!(serde_json::from_value::<AlignmentCertificate>(text).is_err());
}

/// Weights on the simplex sum to one up to rounding, and are meant over their sum.
#[test]
fn off_the_simplex() {
    let (game, mut proof) = good();
    proof.simplex = true;
    proof.weights = vec![0.1, 0.8];
    let refusal = proof.clone().certify(&game).unwrap_err();
    assert_eq!(refusal.to_string(), "the weights do not sum to one, but exceed it by -9.999999999999995e-2");
    proof.weights = vec![0.25, 0.75];
    let (whole, _) = proof.clone().certify(&game).unwrap();
    proof.weights = vec![0.25 * (1.0 + 1e-10), 0.75 * (1.0 + 1e-10)];
    let (off, _) = proof.clone().certify(&game).unwrap();
    assert!((whole.claims.error - off.claims.error).abs() < 1e-15);
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
    assert!(matches!(check(&|game| game.user.utility = game.agents[0].utility.clone()), ProofError::FalseClaim { .. }));
    assert!(matches!(check(&|game| game.agents.truncate(1)), ProofError::Length { .. }));
    assert_eq!(check(&|game| game.agents.clear()), ProofError::Empty("agents"));
    assert!(matches!(
        check(&|game| game.agents[1].utility = Matrix::new(1, 2, vec![0.0; 2])),
        ProofError::Shape { .. }
    ));
    let nan = Matrix::new(2, 2, vec![0.0, f64::NAN, 0.0, 0.0]);
    assert!(matches!(check(&|game| game.agents[1].utility = nan.clone()), ProofError::BadNumber { .. }));
}
