//! Answers known by hand or from approximation theory.

use crate::common::{OFFSETS, aligned, all_options, claims, game, generated, proved};
use suasion_alignment::{AlignError, AlignOptions, Offset, align};
use suasion_certificate::Proof;
use suasion_lp::{Interrupt, Settings, Stopped};
use suasion_model::{Family, Instance, Matrix};

fn options(simplex: bool, offset: Offset) -> AlignOptions {
    AlignOptions { simplex, offset, slack: 0.0 }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} and {expected}");
}

/// A user inside the hull has no error, and the weights are recovered.
#[test]
fn inside_the_hull() {
    let three = generated(Family::Uniform, 6, 5, 3, 1);
    let weights = [0.25, 0.0, 0.75];
    let mixed =
        Matrix::from_fn(5, 6, |a, y| weights.iter().zip(&three.agents).map(|(w, i)| w * i.utility[(a, y)]).sum());
    let game = game(mixed, three.agents.into_iter().map(|agent| agent.utility).collect());
    for options in all_options(0.0) {
        let (certificate, verdict) = proved(&game, options);
        assert!(verdict.certified());
        close(certificate.claims.error, 0.0);
        for (&found, expected) in certificate.proof.weights.iter().zip(weights) {
            close(found, expected);
        }
    }
}

/// An agent with the user's utility plus a term that depends on the state alone.
#[test]
fn shifts_by_state() {
    let own = generated(Family::Uniform, 5, 4, 1, 2).user.utility;
    let shifted = Matrix::from_fn(4, 5, |a, y| own[(a, y)] + f64::from(y as u8) - 2.0);
    let game = game(own, vec![shifted]);
    for simplex in [false, true] {
        close(claims(&game, options(simplex, Offset::PerState)).error, 0.0);
    }
    // The shifts are from -2 to 2. Without an offset the error is 2 at both ends, and so it is with
    // the best constant, zero.
    close(claims(&game, options(true, Offset::None)).error, 2.0);
    close(claims(&game, options(true, Offset::Constant)).error, 2.0);
    assert!(claims(&game, options(false, Offset::None)).error > 0.1);
    let found = aligned(&game, options(true, Offset::PerState));
    for (y, offset) in found.offset.into_iter().enumerate() {
        close(offset, 2.0 - y as f64);
    }
}

/// The user is off the line through two points: at the best point of the line, the residuals have
/// equal magnitude.
#[test]
fn two_agents() {
    let column = |entries: &[f64]| Matrix::new(entries.len(), 1, entries.into());
    let line = game(column(&[0.0, 1.0]), vec![column(&[0.0, 0.0]), column(&[1.0, 1.0])]);
    let (certificate, verdict) = proved(&line, options(true, Offset::None));
    assert!(verdict.certified());
    close(certificate.claims.error, 0.5);
    certificate.proof.weights.iter().for_each(|&weight| close(weight, 0.5));
    // |w - 2| = |2 w - 1| at w = 1.
    let ray = game(column(&[2.0, 1.0]), vec![column(&[1.0, 2.0])]);
    let (certificate, _) = proved(&ray, options(false, Offset::None));
    close(certificate.claims.error, 1.0);
    close(certificate.proof.weights[0], 1.0);
    // With an offset the agent's order is the wrong one, and no weight is best.
    let (certificate, _) = proved(&ray, AlignOptions::default());
    close(certificate.claims.error, 0.5);
    close(certificate.proof.weights[0], 0.0);
}

/// The monomial of degree `n` has distance `2^(1-n)` from the polynomials of lower degree on `[-1,
/// 1]` (Chebyshev 1854; Cheney 1966, "Introduction to Approximation Theory", section 2.4). Pairs of
/// agents with opposite signs allow coefficients of either sign.
#[test]
fn chebyshev() {
    for degree in 2_i32..8 {
        // The extrema of the Chebyshev polynomial, and points between them.
        let points: Vec<f64> =
            (0..=8 * degree).map(|j| (f64::from(j) * std::f64::consts::PI / f64::from(8 * degree)).cos()).collect();
        let power = |exponent: i32, sign: f64| Matrix::from_fn(points.len(), 1, |a, _| sign * points[a].powi(exponent));
        let lower = (1..degree).flat_map(|exponent| [power(exponent, 1.0), power(exponent, -1.0)]).collect();
        let game = game(power(degree, 1.0), lower);
        for offset in [Offset::Constant, Offset::PerState] {
            close(claims(&game, options(false, offset)).error, 2_f64.powi(1 - degree));
        }
    }
}

/// The family determines the user's distance from the hull.
#[test]
fn hull_family() {
    for seed in 0..20 {
        for eps in [0.0, 0.02] {
            let game = generated(Family::Hull { eps }, 9, 8, 1 + seed as usize % 5, seed);
            for options in all_options(0.0) {
                let error = claims(&game, options).error;
                assert!(error <= eps + 1e-9, "{options:?}: {error}");
            }
        }
    }
}

/// Half the slack is the price of weight: weight must save more than it costs.
#[test]
fn slack() {
    let own = Matrix::new(2, 1, vec![0.0, 1.0]);
    let game = game(own.clone(), vec![own]);
    let at = |slack| proved(&game, AlignOptions { slack, ..AlignOptions::default() });
    // Weight w leaves an error of (1 - w) / 2 and costs w slack / 2.
    let (cheap, _) = at(0.9);
    close(cheap.proof.weights[0], 1.0);
    close(cheap.claims.objective, 0.45);
    close(cheap.claims.error, 0.0);
    let (dear, verdict) = at(1.1);
    assert!(verdict.certified());
    close(dear.proof.weights[0], 0.0);
    close(dear.claims.objective, 0.5);
    assert_eq!(dear.claims.limit, None);
}

/// On the simplex all weights have the same price, so it changes nothing.
#[test]
fn slack_on_the_simplex() {
    let game = generated(Family::Uniform, 6, 6, 4, 3);
    for offset in OFFSETS {
        let plain = claims(&game, options(true, offset));
        let priced = claims(&game, AlignOptions { simplex: true, offset, slack: 0.3 });
        close(priced.error, plain.error);
        close(priced.objective, plain.error + 0.15);
        close(priced.lower_bound, plain.lower_bound + 0.15);
    }
}

/// Weights on the simplex sum to one exactly, if that is not worse.
#[test]
fn exactly_one() {
    for seed in 0..50 {
        let game = generated(Family::Uniform, 5, 5, 7, seed);
        let found = aligned(&game, options(true, Offset::PerState));
        let units: i64 = found.weights.iter().map(|weight| (weight * 2_f64.powi(53)) as i64).sum();
        assert_eq!(units, 1 << 53);
    }
}

fn call(
    game: &Instance,
    options: &AlignOptions,
    settings: &Settings,
) -> Result<suasion_alignment::Alignment, AlignError> {
    let agents: Vec<&Matrix> = game.agents.iter().map(|agent| &agent.utility).collect();
    align(&game.user.utility, &agents, options, settings)
}

/// After a limit, the result is the best that was found, uncertified.
#[test]
fn limits() {
    let game = generated(Family::Uniform, 20, 20, 5, 1);
    let out_of_time = Settings::with_time_limit(std::time::Duration::ZERO);
    let interrupt = Interrupt::new();
    interrupt.raise();
    let interrupted = Settings { interrupt, ..Settings::default() };
    for (settings, why) in [(out_of_time, Stopped::TimeLimit), (interrupted, Stopped::Interrupted)] {
        for options in all_options(0.0) {
            let found = call(&game, &options, &settings).unwrap();
            assert_eq!(found.stopped, Some(why));
            let (certificate, verdict) = found.proof().certify(&game).unwrap();
            assert!(!verdict.certified());
            assert!(certificate.claims.error > 0.3);
        }
    }
}

#[test]
fn refusals() {
    let game = generated(Family::Uniform, 3, 2, 2, 1);
    let settings = Settings::default();
    for slack in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = call(&game, &AlignOptions { slack, ..AlignOptions::default() }, &settings).unwrap_err();
        assert!(refused.to_string().starts_with("the slack must be a finite number, at least 0, found "), "{refused}");
    }
    let other = Matrix::new(3, 2, vec![0.0; 6]);
    let refused = align(&game.user.utility, &[&game.agents[0].utility, &other], &AlignOptions::default(), &settings);
    assert_eq!(refused.unwrap_err().to_string(), "the utility of agent 1 is 3 x 2, expected 2 x 3");
    let refused = align(&game.user.utility, &[], &AlignOptions::default(), &settings).unwrap_err();
    assert_eq!(refused, AlignError::Empty("agents"));
    let empty = Matrix::new(0, 3, vec![]);
    assert_eq!(
        align(&empty, &[&empty], &AlignOptions::default(), &settings).unwrap_err(),
        AlignError::Empty("actions")
    );
}
