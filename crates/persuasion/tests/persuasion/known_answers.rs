//! Published and closed-form answers.

use crate::common::{instance, solved};
use suasion_model::{Matrix, Objective};
use suasion_persuasion::{PersuadeError, Settings, frontier, persuade};

fn matching() -> Matrix {
    Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0])
}

/// Kamenica & Gentzkow (2011), introduction: the judge convicts with probability 0.6, although only
/// 0.3 are guilty.
#[test]
fn prosecutor_and_judge() {
    let prosecutor = Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let (certificate, verdict) = solved(&instance(vec![0.7, 0.3], matching(), prosecutor), None);
    assert!(verdict.certified());
    assert!((certificate.claims.objective_value - 0.6).abs() < 1e-12);
    assert!((certificate.claims.user_value - 0.7).abs() < 1e-12);
    assert_eq!(certificate.claims.violation, 0.0);
}

/// The prosecutor's frontier by hand. A conviction at the posterior 1/2 gives the prosecutor 0.6
/// and the user 0.7. Each innocent defendant who is not convicted gives the user 1 and costs the
/// prosecutor 1, down to the 0.3 who are guilty.
#[test]
fn frontier_of_the_prosecutor() {
    let prosecutor = Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let game = instance(vec![0.7, 0.3], matching(), prosecutor);
    let view = game.view(0, 0).unwrap();
    let found = frontier(&view, &Objective::agent(0), &Settings::default()).unwrap();
    let values: Vec<(f64, f64)> = found.vertices.iter().map(|v| (v.user_value, v.objective_value)).collect();
    assert_eq!(values.len(), 2);
    for (found, expected) in values.iter().zip([(0.7, 0.6), (1.0, 0.3)]) {
        assert!((found.0 - expected.0).abs() < 1e-12 && (found.1 - expected.1).abs() < 1e-12, "{values:?}");
    }
    assert!((found.vertices[0].slopes.1 - 1.0).abs() < 1e-9 && found.vertices[1].slopes.1.is_infinite());
}

/// An agent with the user's utility reveals everything. An agent with the opposite utility (two
/// states, zero sum) gives her nothing.
#[test]
fn aligned_and_opposed() {
    let (certificate, verdict) = solved(&instance(vec![0.6, 0.4], matching(), matching()), None);
    assert!(verdict.certified() && (certificate.claims.user_value - 1.0).abs() < 1e-12);
    let against = Matrix::from_fn(2, 2, |a, y| -matching()[(a, y)]);
    let (certificate, verdict) = solved(&instance(vec![0.6, 0.4], matching(), against), None);
    assert!(verdict.certified() && (certificate.claims.user_value - 0.6).abs() < 1e-12);
}

#[test]
fn a_floor_above_full_information_is_infeasible() {
    let game = instance(vec![0.6, 0.4], matching(), matching());
    let view = game.view(0, 0).unwrap();
    let solve = |floor| persuade(&view, &Objective::agent(0), Some(floor), &Settings::default());
    let refused = solve(1.5).unwrap_err();
    assert_eq!(refused.to_string(), "infeasible: the user can get at most 1, and the floor asks for 1.5");
    assert_eq!(solve(f64::NAN).unwrap_err().to_string(), "the floor must be a finite number, found NaN");
    assert!(matches!(solve(f64::INFINITY), Err(PersuadeError::BadFloor(_))));
    assert!(solve(1.0).is_ok() && solve(-1e30).is_ok());
}

/// The concave envelope of the agent's value over the posterior of the second state, at a prior, by
/// hand. `points` are the posteriors at which the value jumps or ends, with the highest value at
/// each.
fn envelope(points: &[(f64, f64)], prior: f64) -> f64 {
    let mut best = f64::NEG_INFINITY;
    for &(q, v) in points {
        if q == prior {
            best = best.max(v);
        }
        for &(r, w) in points {
            if q < prior && prior < r {
                best = best.max(v + (w - v) * (prior - q) / (r - q));
            }
        }
    }
    best
}

/// Concavification by hand (Kamenica & Gentzkow 2011, section 3) for three games of two states. The
/// user's action is a step function of her posterior `q`. The agent's value on each step is linear
/// in `q`, so the envelope depends only on the ends of the steps.
#[test]
fn concavification_by_hand() {
    // Three actions: the user bets on state 0 (pays 1), hedges (0.7 in both states), or bets on
    // state 1. The steps are at q = 0.3 and q = 0.7.
    let hedger = Matrix::new(3, 2, vec![1.0, 0.0, 0.7, 0.7, 0.0, 1.0]);
    let cases: [(Matrix, &[(f64, f64)]); 4] = [
        // The agent wants the hedge: 1 on [0.3, 0.7], else 0.
        (Matrix::new(3, 2, vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0]), &[(0.0, 0.0), (0.3, 1.0), (0.7, 1.0), (1.0, 0.0)]),
        // The agent wants bets: 1 outside, 0 within.
        (Matrix::new(3, 2, vec![1.0, 1.0, 0.0, 0.0, 1.0, 1.0]), &[(0.0, 1.0), (0.3, 1.0), (0.7, 1.0), (1.0, 1.0)]),
        // The agent gets 0, 0.4, 1 for increasingly bold actions, in any state.
        (Matrix::new(3, 2, vec![0.0, 0.0, 0.4, 0.4, 1.0, 1.0]), &[(0.0, 0.0), (0.3, 0.4), (0.7, 1.0), (1.0, 1.0)]),
        // The agent is paid for the bold action in state 0 alone: on the last step its value is 1 -
        // q.
        (Matrix::new(3, 2, vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.0]), &[(0.0, 0.0), (0.3, 0.0), (0.7, 0.3), (1.0, 0.0)]),
    ];
    for (agent, points) in cases {
        for prior in [0.1, 0.25, 0.3, 0.5, 0.65, 0.7, 0.9] {
            let (certificate, verdict) =
                solved(&instance(vec![1.0 - prior, prior], hedger.clone(), agent.clone()), None);
            let expected = envelope(points, prior);
            assert!(verdict.certified());
            let found = certificate.claims.objective_value;
            assert!((found - expected).abs() < 1e-9, "prior {prior}: found {found}, expected {expected}");
        }
    }
}

/// Ties among the agent's optima are broken for the user: an indifferent agent reveals everything.
#[test]
fn an_indifferent_agent_reveals_all() {
    let indifferent = Matrix::new(2, 2, vec![1.0, 1.0, 1.0, 1.0]);
    let (certificate, verdict) = solved(&instance(vec![0.6, 0.4], matching(), indifferent), None);
    assert!(verdict.certified() && (certificate.claims.user_value - 1.0).abs() < 1e-12);
}
