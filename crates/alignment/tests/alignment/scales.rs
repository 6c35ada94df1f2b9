//! Invariances at all magnitudes: levels of states, positive factors, penalties, duplicates, and
//! orders. The reference is the optimum in rational arithmetic.

use crate::common::rational::{optimum, rational};
use crate::common::{OFFSETS, aligned, game};
use dashu::rational::RBig;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_alignment::{AlignError, AlignOptions, Offset, align};
use suasion_certificate::{AlignmentClaims, Proof, TOLERANCE, Verdict};
use suasion_lp::Settings;
use suasion_model::{Instance, Matrix};

/// `10^x` with x uniform.
fn magnitude(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    10_f64.powf(rng.random_range(low..high))
}

/// A small random game with irrelevant parts, and options.
fn case(seed: u64) -> (Instance, AlignOptions) {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let (n, m, k) = (rng.random_range(1..5), rng.random_range(1..5), rng.random_range(1..5_usize));
    let kind = rng.random_range(0..3);
    let base = |rng: &mut ChaCha8Rng| {
        Matrix::from_fn(m, n, |_, _| match kind {
            0 => rng.random::<f64>(),
            1 => f64::from(rng.random_range(0..4_u8)),
            _ => rng.random::<f64>() - 0.5,
        })
    };
    let mut parties: Vec<Matrix> = (0..=k).map(|_| base(rng)).collect();
    // One or more agents similar or opposed to another.
    if rng.random_bool(0.3) {
        let of = parties[rng.random_range(0..=k)].clone();
        let (factor, level) = if rng.random() { (1.0, 0.0) } else { (rng.random_range(0.1..10.0), rng.random()) };
        let sign = if rng.random_bool(0.3) { -1.0 } else { 1.0 };
        parties.push(Matrix::from_fn(m, n, |a, y| sign * factor * of[(a, y)] + level));
    }
    if rng.random_bool(0.1) {
        let party = rng.random_range(0..parties.len());
        parties[party] = Matrix::from_fn(m, n, |_, _| 0.5);
    }
    let penalties = rng.random_bool(0.4);
    let (scaled, levelled) = (rng.random_bool(0.6), rng.random_bool(0.6));
    for (party, utility) in parties.iter_mut().enumerate() {
        if penalties && rng.random_bool(0.5) {
            let (action, penalty) = (rng.random_range(0..m), magnitude(rng, 6.0, 12.0));
            let only = rng.random_bool(0.5).then(|| rng.random_range(0..n));
            *utility = Matrix::from_fn(m, n, |a, y| {
                if a == action && only.is_none_or(|state| state == y) { -penalty } else { utility[(a, y)] }
            });
        }
        if scaled {
            let factor = magnitude(rng, -12.0, 12.0);
            *utility = Matrix::from_fn(m, n, |a, y| factor * utility[(a, y)]);
        }
        if levelled {
            let largest = if party == 0 { 12.0 } else { rng.random_range(0.0..12.0) };
            let levels: Vec<f64> =
                (0..n).map(|_| magnitude(rng, -3.0, largest) * f64::from(rng.random::<bool>())).collect();
            *utility = Matrix::from_fn(m, n, |a, y| utility[(a, y)] + levels[y]);
        }
    }
    let user = parties.remove(0);
    parties.shuffle(rng);
    let slack = if rng.random_bool(0.3) { magnitude(rng, -6.0, 1.0) } else { 0.0 };
    // Usually functions of the state alone come with offsets per state.
    let offset = if rng.random_bool(0.6) { Offset::PerState } else { OFFSETS[rng.random_range(0..3)] };
    (game(user, parties), AlignOptions { simplex: rng.random(), offset, slack })
}

fn solved(game: &Instance, options: AlignOptions) -> (AlignmentClaims, Verdict) {
    let found = aligned(game, options);
    let (certificate, verdict) = found.proof().certify(game).unwrap();
    assert_eq!(certificate.check(game).unwrap(), verdict);
    (certificate.claims, verdict)
}

/// The allowed error of a certified objective, as a rational number: a fraction of the user's
/// stake, and of the error if weights cannot be scaled. If the user has nothing at stake, a few
/// roundings of the smallest agent are allowed.
fn allowed(game: &Instance, options: AlignOptions, best: &RBig) -> RBig {
    let tolerance = rational(TOLERANCE * (1.0 + 1e-9));
    let stake = options.offset.stake(&game.user.utility);
    let mut allowed = &tolerance * rational(stake);
    if options.simplex {
        let stakes = game.agents.iter().map(|agent| options.offset.stake(&agent.utility));
        let least = stakes.filter(|&stake| stake > 0.0).fold(f64::INFINITY, f64::min);
        let nothing = stake == 0.0 && least.is_finite();
        let roundings = if nothing { rational(16.0 * f64::EPSILON * least) } else { RBig::ZERO };
        allowed = allowed.max(tolerance * best).max(roundings);
    }
    allowed + rational(1e-320)
}

/// Whether a result is certified; if so, checks that it is right.
fn judged(seed: u64) -> bool {
    let (game, options) = case(seed);
    let (claims, verdict) = solved(&game, options);
    let best = optimum(&game, options, claims.limit);
    let place = format!("seed {seed}, {options:?}: {claims:?}, best {}", best.to_f64().value());
    assert!(rational(claims.lower_bound) <= best, "a false bound: {place}");
    if claims.limit.is_none() {
        assert!(rational(claims.objective) >= best, "better than the best: {place}");
    }
    if verdict.certified() {
        // For weights that sum to one, the price is not part of it.
        let (found, best) = if options.simplex {
            (rational(claims.error), &best - rational(options.slack) / RBig::from(2))
        } else {
            (rational(claims.objective), best)
        };
        let off = found - &best;
        assert!(off <= allowed(&game, options, &best), "wrong and certified, off by {}: {place}", off.to_f64().value());
    } else {
        println!("uncertified: {place}, {:?}, {game:?}", verdict.failures);
    }
    if claims.limit.is_some() {
        println!("limited: {place}");
    }
    verdict.certified()
}

/// No certified result is wrong, and at most one in a thousand is uncertified.
/// `SUASION_ALIGN_CASES` sets the number of cases.
#[test]
fn all_magnitudes() {
    let cases = std::env::var("SUASION_ALIGN_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let uncertified = (0..cases).into_par_iter().filter(|&seed| !judged(seed)).count() as u64;
    println!("{cases} games: {uncertified} uncertified");
    // A few games are not a representative sample.
    assert!(1000 * uncertified <= cases.max(3000), "{uncertified} of {cases}");
}

/// Levels of the user that are far above the error, and other games that were once solved wrongly.
#[test]
fn met_before() {
    for seed in [848, 2153, 2803] {
        assert!(judged(seed), "{seed}");
    }
}

/// Functions of the state alone, added to the user or to agents, change neither the error nor the
/// weights' quality.
#[test]
fn levels() {
    for seed in 0..40 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let utility = |rng: &mut ChaCha8Rng| Matrix::from_fn(4, 3, |_, _| f64::from(rng.random_range(-8..9_i8)) / 8.0);
        let user = utility(rng);
        let agents: Vec<Matrix> = (0..3).map(|_| utility(rng)).collect();
        let levels: Vec<f64> = (0..3).map(|_| (magnitude(rng, 0.0, 12.0)).round()).collect();
        // Multiples of an eighth below 2^53 / 8 are exact.
        let raised = |of: &Matrix, by: f64| Matrix::from_fn(4, 3, |a, y| of[(a, y)] + by * levels[y]);
        for simplex in [false, true] {
            let options = AlignOptions { simplex, ..AlignOptions::default() };
            let plain = solved(&game(user.clone(), agents.clone()), options).0;
            let other = game(raised(&user, 1.0), agents.iter().map(|agent| raised(agent, -2.0)).collect());
            let other = solved(&other, options).0;
            assert!((plain.error - other.error).abs() < 1e-12 && (plain.lower_bound - other.lower_bound).abs() < 1e-12);
        }
    }
}

/// Factors of the user scale the error; factors of agents have no effect if weights are free.
#[test]
fn factors() {
    for seed in 0..40 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let utility = |rng: &mut ChaCha8Rng| Matrix::from_fn(4, 3, |_, _| rng.random::<f64>());
        let user = utility(rng);
        let agents: Vec<Matrix> = (0..3).map(|_| utility(rng)).collect();
        let times = |of: &Matrix, by: f64| Matrix::from_fn(4, 3, |a, y| by * of[(a, y)]);
        let options = AlignOptions::default();
        let plain = solved(&game(user.clone(), agents.clone()), options).0;
        // Powers of two are exact, down to the smallest numbers.
        for exponent in [-1000, -900, -40, 40, 900, 1000] {
            let by = 2_f64.powi(exponent);
            let own = |i: usize| 2_f64.powi([exponent, 0, exponent / 2][i]);
            let scaled = agents.iter().enumerate().map(|(i, agent)| times(agent, own(i))).collect();
            let (other, verdict) = solved(&game(times(&user, by), scaled), options);
            assert!(verdict.certified(), "{seed} {exponent} {other:?}");
            assert!((other.error / by - plain.error).abs() < 1e-9, "{seed} {exponent}");
        }
    }
}

fn matrix<const N: usize>(rows: &[[f64; N]]) -> Matrix {
    Matrix::new(rows.len(), N, rows.concat())
}

/// A level of the user in one state.
#[test]
fn a_level_in_one_state() {
    let user = matrix(&[[1_000_000_001.0, 0.0], [1e9, 1.0]]);
    let game = game(user, vec![matrix(&[[1.0, 5.0], [0.0, 6.0]])]);
    let found = aligned(&game, AlignOptions::default());
    assert_eq!((found.error, &found.weights[..]), (0.0, &[1.0][..]));
    assert!(found.proof().certify(&game).unwrap().1.certified());
}

/// A user at a billionth of the agents' scale.
#[test]
fn a_tiny_user() {
    let user = matrix(&[[1e-9, 0.0], [0.0, 1e-9]]);
    let game = game(user, vec![matrix(&[[1.0, 0.0], [0.0, 1.5]]), matrix(&[[1.0, 0.0], [0.0, 0.5]])]);
    for simplex in [false, true] {
        let options = AlignOptions { simplex, ..AlignOptions::default() };
        let (claims, verdict) = solved(&game, options);
        assert!(verdict.certified() && claims.limit.is_none(), "{claims:?} {:?}", verdict.failures);
        let best = optimum(&game, options, None).to_f64().value();
        assert!((claims.error - best).abs() <= 1e-15 * best.max(1e-9));
    }
}

/// Weights of a million that cancel each other improve the error by a millionth.
#[test]
fn heavy_weights() {
    let user = matrix(&[[1e6, 0.0], [0.0, 1e6], [1e6, 0.0]]);
    let agents = vec![
        matrix(&[[0.0, 1e6], [1e6, 1e6], [1e6, 1.0]]),
        matrix(&[[1.0, 1e6], [1.0, 1e6], [0.0, 1.0]]),
        matrix(&[[1.0, 0.0], [0.0, 1.0], [1.0, 1e6]]),
    ];
    let game = game(user, agents);
    let (claims, verdict) = solved(&game, AlignOptions::default());
    let best = optimum(&game, AlignOptions::default(), None);
    assert!(verdict.certified() && claims.limit.is_none(), "{claims:?}");
    assert!(rational(claims.lower_bound) <= best && claims.error <= 499_999.500_002, "{claims:?}");
}

/// The smallest and the largest binary64 numbers.
#[test]
fn ends_of_the_range() {
    for seed in 0..60 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let unit = |rng: &mut ChaCha8Rng| if rng.random() { f64::from_bits(1) } else { f64::MAX / 8.0 };
        let utility = |rng: &mut ChaCha8Rng| {
            let unit = unit(rng);
            Matrix::from_fn(3, 3, |_, _| unit * f64::from(rng.random_range(-8..9_i8)))
        };
        let user = utility(rng);
        let game = game(user, (0..2).map(|_| utility(rng)).collect());
        for simplex in [false, true] {
            for offset in OFFSETS {
                let options = AlignOptions { simplex, offset, slack: 0.0 };
                let agents: Vec<&Matrix> = game.agents.iter().map(|agent| &agent.utility).collect();
                let found = align(&game.user.utility, &agents, &options, &Settings::default());
                // Errors beyond the largest number cannot be represented.
                if matches!(found, Err(AlignError::Refused(_))) {
                    assert!(game.user.utility.range().1 > 1e300 || simplex);
                    continue;
                }
                let (certificate, verdict) = found.unwrap().proof().certify(&game).unwrap();
                let claims = certificate.claims;
                if verdict.certified() && claims.limit.is_none() {
                    let best = optimum(&game, options, None);
                    assert!(rational(claims.lower_bound) <= best);
                    assert!(rational(claims.objective) - &best <= allowed(&game, options, &best), "{seed} {options:?}");
                }
            }
        }
    }
}
