//! Distances from the hull of other agents.

use faer::{Col, Mat};
use suasion_regression::{Factor, fit, nearest};

/// The corners of a square and its center, in three rows, the last of which is constant.
fn square() -> Factor {
    let points = [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0], [1.0, 1.0]];
    let agents = Mat::from_fn(3, 5, |i, j| if i < 2 { points[j][i] } else { 0.5 });
    Factor::of(agents.as_ref(), Col::from_fn(3, |i| [4.0, 1.0, 0.5][i]).as_ref(), None).unwrap()
}

#[test]
fn an_agent_among_others() {
    let factor = square();
    // The center is in the hull of the corners; a corner is sqrt 2 from the diagonal of the others.
    let middle = nearest(&factor.explaining(&[0, 1, 2, 3], 4)).unwrap();
    assert!(middle.mse < 1e-20, "{middle:?}");
    let corner = nearest(&factor.explaining(&[1, 2, 3, 4], 0)).unwrap();
    assert!((corner.mse - 2.0 / 3.0).abs() < 1e-12, "{corner:?}");
    // The target is 2 to the right of the square.
    let human = nearest(&factor).unwrap();
    assert!((human.mse - 4.0 / 3.0).abs() < 1e-12, "{human:?}");
    assert!((fit(&factor, false).unwrap().simplex.mse - human.mse).abs() < 1e-12);
}

#[test]
fn a_target_that_does_not_vary() {
    // Two agents that mirror each other at 1/2, and one that is constant; all are a tenth too low.
    let agents = Mat::from_fn(4, 3, |i, j| [0.1 * i as f64, 1.0 - 0.1 * i as f64, 0.4][j]);
    let factor = Factor::of(agents.as_ref(), Col::from_fn(4, |_| 0.5).as_ref(), None).unwrap();
    assert!(fit(&factor, false).is_err());
    let found = nearest(&factor.select(&[0, 1])).unwrap();
    assert!(found.mse < 1e-20 && (found.weights[0] - 0.5).abs() < 1e-9, "{found:?}");
    let constant = nearest(&factor.explaining(&[0, 1], 2)).unwrap();
    // No other point of the segment is nearer.
    let error = |w: f64| {
        (0..4).map(|i| (w * 0.1 * f64::from(i) + (1.0 - w) * (1.0 - 0.1 * f64::from(i)) - 0.4).powi(2)).sum::<f64>()
            / 4.0
    };
    let least = (0..=10_000).map(|w| error(f64::from(w) / 10_000.0)).fold(f64::INFINITY, f64::min);
    assert!((constant.mse - least).abs() < 1e-8, "{constant:?}, {least}");
}
