//! Known power laws are recovered.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_study::scaling::PowerLaw;

/// (size, factor * size^exponent * e^noise).
fn measured(sizes: &[f64], factor: f64, exponent: f64, noise: &[f64]) -> Vec<(f64, f64)> {
    sizes.iter().zip(noise).map(|(size, e)| (*size, factor * size.powf(exponent) * e.exp())).collect()
}

/// A standard normal number (Box & Muller 1958).
fn normal(draws: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (1.0 - draws.random::<f64>(), draws.random());
    (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos()
}

const SIZES: [f64; 6] = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0];

#[test]
fn intervals_hold_what_they_promise() {
    let mut draws = ChaCha8Rng::seed_from_u64(7);
    let trials = 4000;
    let holds = (0..trials).filter(|_| {
        let exponent = draws.random_range(-1.0..4.0);
        let noise: Vec<f64> = SIZES.iter().map(|_| 0.2 * normal(&mut draws)).collect();
        let law = PowerLaw::fit(&measured(&SIZES, 3e-6, exponent, &noise)).unwrap();
        (law.low..=law.high).contains(&exponent)
    });
    // The standard error of the share is 0.0034.
    let share = holds.count() as f64 / f64::from(trials);
    assert!((share - 0.95).abs() < 0.012, "{share}");
}

/// A textbook regression by hand: x = 0, 1, 2, 3 and y = 1, 3, 2, 5 in logarithms. The slope is 5.5
/// / 5, the residual sum of squares 8.75 - 5.5^2 / 5 = 2.7, the standard error sqrt(2.7 / 2 / 5),
/// and t with 2 degrees of freedom 4.3027.
#[test]
fn by_hand() {
    let points = [(0.0_f64, 1.0_f64), (1.0, 3.0), (2.0, 2.0), (3.0, 5.0)].map(|(x, y)| (x.exp(), y.exp()));
    let law = PowerLaw::fit(&points).unwrap();
    let half = 4.302_652_73 * (2.7_f64 / 10.0).sqrt();
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-7, "{found} and {expected}");
    close(law.exponent, 1.1);
    close(law.low, 1.1 - half);
    close(law.high, 1.1 + half);
    close(law.factor, 1.1_f64.exp());
    close(law.r_squared.unwrap(), 1.0 - 2.7 / 8.75);
    close(law.last_step, 3.0);
}

#[test]
fn the_upper_part() {
    let flat = |from: f64| measured(&SIZES, 1.0, 2.0, &SIZES.map(|size| if size < from { 2.0 } else { 0.0 }));
    // The fit uses at least five points, here from 20 on.
    let law = PowerLaw::fit_upper(&flat(20.0)).unwrap();
    assert!((law.exponent - 2.0).abs() < 1e-12 && (law.points, law.from, law.to) == (5, 20.0, 320.0), "{law:?}");
    assert!(PowerLaw::fit_upper(&flat(40.0)).unwrap().exponent < 1.9);
    // Of many points, it uses those from a quarter of the largest on.
    let sizes: Vec<f64> = (1..=100).map(f64::from).collect();
    let law = PowerLaw::fit_upper(&measured(&sizes, 1.0, 1.0, &[0.0; 100])).unwrap();
    assert_eq!((law.points, law.from, law.to), (76, 25.0, 100.0));
}

#[test]
fn too_little_to_fit() {
    assert_eq!(PowerLaw::fit(&[]), None);
    assert_eq!(PowerLaw::fit_upper(&[]), None);
    assert_eq!(PowerLaw::fit(&[(1.0, 1.0), (2.0, 2.0)]), None);
    assert_eq!(PowerLaw::fit(&[(2.0, 1.0), (2.0, 2.0), (2.0, 3.0)]), None);
    // A constant has exponent zero, and no variance to explain.
    let law = PowerLaw::fit(&[(1.0, 5.0), (2.0, 5.0), (4.0, 5.0)]).unwrap();
    assert_eq!((law.exponent, law.low, law.high, law.r_squared), (0.0, 0.0, 0.0, None));
}

proptest! {
    /// Without noise, the law is exact. With noise, it errs by no more than noise can tilt a line.
    #[test]
    fn known_laws(
        start in 1.0..1e4_f64,
        steps in prop::collection::vec(1.2..4.0_f64, 3..12),
        exponent in -2.0..4.0_f64,
        factor in 1e-9..1e3_f64,
        noise in prop::collection::vec(-0.3..0.3_f64, 13),
    ) {
        let mut sizes = vec![start];
        for step in steps {
            sizes.push(sizes[sizes.len() - 1] * step);
        }
        let exact = PowerLaw::fit(&measured(&sizes, factor, exponent, &[0.0; 13])).unwrap();
        prop_assert!((exact.exponent - exponent).abs() < 1e-9);
        prop_assert!(exact.low - 1e-6 <= exponent && exponent <= exact.high + 1e-6);
        prop_assert!((exact.at(sizes[1]) / (factor * sizes[1].powf(exponent)) - 1.0).abs() < 1e-8);
        let law = PowerLaw::fit(&measured(&sizes, factor, exponent, &noise)).unwrap();
        let mean = sizes.iter().map(|size| size.ln()).sum::<f64>() / sizes.len() as f64;
        let away: Vec<f64> = sizes.iter().map(|size| size.ln() - mean).collect();
        let most = 0.3 * away.iter().map(|x| x.abs()).sum::<f64>() / away.iter().map(|x| x * x).sum::<f64>();
        prop_assert!((law.exponent - exponent).abs() <= most * (1.0 + 1e-9));
        prop_assert!(law.low <= law.exponent && law.exponent <= law.high);
        prop_assert!(law.r_squared.is_none_or(|r| (-1e-12..=1.0).contains(&r)));
        // The unit of sizes does not affect the exponent.
        let scaled: Vec<(f64, f64)> = measured(&sizes, factor, exponent, &noise).iter().map(|(x, y)| (1e3 * x, *y)).collect();
        prop_assert!((PowerLaw::fit(&scaled).unwrap().exponent - law.exponent).abs() < 1e-7);
    }
}
