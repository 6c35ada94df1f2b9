//! Factors do not depend on how a table is divided, in which order, or on how many threads.

use crate::tables::{Draws, Table, miss};
use faer::Mat;
use suasion_regression::{Factor, RegressionError, TargetFit, fit};

/// Compares all errors and optimal values, and the weights if they are unique.
fn same(found: &TargetFit, expected: &TargetFit, tolerance: f64, unique: bool) {
    assert_eq!((found.rows, found.with_intercept), (expected.rows, expected.with_intercept));
    assert!((found.weight - expected.weight).abs() <= 1e-12 * expected.weight);
    let square = expected.variance;
    let close = |x: f64, y: f64| assert!(miss(x, y, square) < tolerance, "{x} and {y}");
    close(found.variance, expected.variance);
    let singles = found.singles.iter().zip(&expected.singles).chain([(&found.mean, &expected.mean)]);
    for (found, expected) in singles {
        close(found.mse, expected.mse);
        close(found.calibrated.mse, expected.calibrated.mse);
    }
    for (found, expected) in [(&found.nnls, &expected.nnls), (&found.simplex, &expected.simplex)] {
        close(found.mse, expected.mse);
        if unique {
            for (x, y) in found.weights.iter().zip(&expected.weights) {
                assert!((x - y).abs() < 10.0 * tolerance, "{x} and {y}");
            }
            assert!((found.intercept - expected.intercept).abs() < 10.0 * tolerance);
        }
    }
}

/// The factor by Householder reflections of the whole table at once, computed by faer.
fn householder(table: &Table) -> Factor {
    let (rows, k) = (table.rows(), table.k());
    let rooted = table.rooted(false);
    let whole = Mat::from_fn(rows, k + 2, |i, j| if j == 0 { table.weight(i).sqrt() } else { rooted[(i, j - 1)] });
    let r = whole.qr().R().to_owned();
    let upper = Mat::from_fn(k + 2, k + 2, |i, j| if i <= j && i < rows { r[(i, j)] } else { 0.0 });
    Factor::new(upper, rows as u64, table.total()).unwrap()
}

/// Tables whose Gram matrices are safe, and tables whose Gram matrices are not.
fn tables(rows: usize, k: usize, seed: u64) -> Vec<(&'static str, Table)> {
    let plain = Table::normal(rows, k, seed);
    let changed = |entry: &dyn Fn(usize, usize) -> f64| Table { agents: Mat::from_fn(rows, k, entry), ..plain.clone() };
    let own = |i, j| plain.agents[(i, j)];
    vec![
        ("plain", plain.clone()),
        ("twice", changed(&|i, j| own(i, j - j % 2))),
        ("nearly twice", changed(&|i, j| own(i, j - j % 2) + 1e-7 * (j % 2) as f64 * own(i, j))),
        ("constant", changed(&|i, j| if j == 1 { 3.7 } else { own(i, j) })),
        ("zero", changed(&|i, j| if j == 0 { 0.0 } else { own(i, j) })),
        ("shifted", changed(&|i, j| 1e5 * (1 + j) as f64 + own(i, j))),
        ("some rows", changed(&|i, j| if i % 10_000 < 9_500 { own(i, 0) } else { own(i, j) })),
        ("the target", changed(&|i, j| if j == 1 { plain.target[i] } else { own(i, j) })),
    ]
}

#[test]
fn as_householder_of_the_whole() {
    for (rows, k) in [(3, 2), (8, 20), (300, 20), (30_000, 5), (20_000, 40), (200_000, 5)] {
        for (kind, table) in tables(rows, k, 1) {
            for weighted in [false, true] {
                if weighted && rows > 30_000 {
                    continue;
                }
                let table = if weighted { table.clone().weighted(2) } else { table.clone() };
                let (factor, whole) = (table.factor(), householder(&table));
                assert_eq!(factor.rows(), rows as u64);
                // If the columns are independent, the triangles agree up to the signs of rows.
                if kind == "plain" && rows > k + 2 {
                    for j in 0..k + 2 {
                        for i in 0..=j {
                            let (x, y) = (factor.triangle()[(i, j)].abs(), whole.triangle()[(i, j)].abs());
                            assert!(
                                (x - y).abs() < 1e-11 * table.total().sqrt(),
                                "{rows} x {k}, {kind}: ({i}, {j}) {x} and {y}"
                            );
                        }
                    }
                }
                for with_intercept in [false, true] {
                    let (found, expected) =
                        (fit(&factor, with_intercept).unwrap(), fit(&whole, with_intercept).unwrap());
                    // Shifts of 1e6 reduce the accuracy.
                    let tolerance = if kind == "shifted" { 1e-8 } else { 1e-10 };
                    same(&found, &expected, tolerance, kind == "plain" && rows > k + 2);
                }
            }
        }
    }
}

/// The error of any weights, not only of the best.
#[test]
fn errors_of_any_weights() {
    for (rows, k) in [(5, 3), (1000, 7), (20_000, 40)] {
        for (kind, table) in tables(rows, k, 3) {
            let table = if rows == 1000 { table.weighted(4) } else { table };
            let factor = table.factor();
            let mut draws = Draws(5);
            for _ in 0..5 {
                let weights: Vec<f64> = (0..k).map(|_| draws.normal()).collect();
                let intercept = draws.normal();
                let (found, expected) = (factor.mse(&weights, intercept), table.mse(&weights, intercept));
                assert!((found / expected - 1.0).abs() < 1e-10, "{rows} x {k}, {kind}: {found}, not {expected}");
            }
        }
    }
}

#[test]
fn any_sharding() {
    for (kind, table) in tables(30_000, 6, 6) {
        let table = if kind == "plain" { table.weighted(7) } else { table };
        let expected = table.fit(true);
        let tolerance = if kind == "shifted" { 1e-8 } else { 1e-11 };
        let mut draws = Draws(8);
        for shards in [1, 2, 3, 20] {
            let shuffled = table.pick(&draws.shuffled(30_000));
            // Two cuts may coincide: the shard between them is empty.
            let mut cuts: Vec<usize> = (1..shards).map(|_| draws.below(30_001)).collect();
            cuts.extend([0, 30_000, 30_000]);
            cuts.sort_unstable();
            let factors: Vec<Factor> = cuts.windows(2).map(|pair| shuffled.slice(pair[0]..pair[1]).factor()).collect();
            let order = draws.shuffled(factors.len());
            let sum = Factor::sum(order.iter().map(|&shard| (&factors[shard], 1.0))).unwrap();
            assert_eq!(sum.rows(), 30_000);
            same(&fit(&sum, true).unwrap(), &expected, tolerance, kind == "plain");
        }
    }
}

#[test]
fn sums() {
    let (first, second) = (Table::normal(50, 4, 9), Table::normal(70, 4, 10));
    // A multiple counts like copies.
    let sum = Factor::sum([(&first.factor(), 3.0), (&second.factor(), 1.0), (&second.factor(), 0.0)]).unwrap();
    let rows: Vec<usize> = (0..150).map(|i| i % 50).collect();
    let copies = Factor::sum([(&first.pick(&rows).factor(), 1.0), (&second.factor(), 1.0)]).unwrap();
    for with_intercept in [false, true] {
        same(&fit(&sum, with_intercept).unwrap(), &fit(&copies, with_intercept).unwrap(), 1e-12, true);
    }
    // A fraction counts like a weight.
    let half = Factor::sum([(&first.factor(), 0.5)]).unwrap();
    let weighted = Table { weights: Some(vec![0.5; 50]), ..first.clone() };
    let (half, weighted) = (fit(&half, true).unwrap(), weighted.fit(true));
    assert_eq!((half.rows, half.weight), (25, 25.0));
    same(&TargetFit { rows: 50, ..half }, &weighted, 1e-12, true);
    // The signs of rows do not matter.
    let negative = Factor::new(-1.0 * first.factor().triangle(), 50, 50.0).unwrap();
    let sum = Factor::sum([(&negative, 1.0), (&second.factor(), 1.0)]).unwrap();
    let expected = Factor::sum([(&first.factor(), 1.0), (&second.factor(), 1.0)]).unwrap();
    same(&fit(&sum, true).unwrap(), &fit(&expected, true).unwrap(), 1e-12, true);

    assert!(matches!(Factor::sum([]), Err(RegressionError::NoAgents)));
    let error = Factor::sum([(&first.factor(), 1.0), (&Table::normal(10, 3, 11).factor(), 1.0)]).unwrap_err();
    assert_eq!(error.to_string(), "the number of agents: found 3, expected 4");
}

#[test]
fn selections() {
    for table in [Table::normal(40, 12, 12), Table::normal(9, 12, 13), Table::normal(40, 12, 14).weighted(15)] {
        let factor = table.factor();
        let mut draws = Draws(16);
        for count in [1, 2, 5, 11, 12] {
            let mut agents = draws.shuffled(12);
            agents.truncate(count);
            let unique = table.rows() > 12;
            for with_intercept in [false, true] {
                let found = fit(&factor.select(&agents), with_intercept).unwrap();
                same(&found, &table.choose(&agents).fit(with_intercept), 1e-10, unique);
            }
        }
        // An agent may be selected twice.
        same(&fit(&factor.select(&[3, 3]), false).unwrap(), &table.choose(&[3, 3]).fit(false), 1e-10, false);
    }
}

#[test]
fn threads_make_no_difference() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (one, two) = (pool(1), pool(2));
    for (rows, k) in [(100, 3), (200_000, 5), (300_000, 3), (70_000, 12)] {
        let plain = Table::normal(rows, k, 17);
        for table in [plain.clone().weighted(18), plain] {
            let factor = one.install(|| table.factor());
            for _ in 0..2 {
                let other = two.install(|| table.factor());
                assert_eq!(factor.triangle(), other.triangle());
                assert_eq!((factor.rows(), factor.weight()), (other.rows(), other.weight()));
            }
            let fits = [&one, &two].map(|pool| pool.install(|| fit(&factor, true).unwrap()));
            assert_eq!(fits[0], fits[1]);
        }
    }
}

/// All strides work: row-major, reversed.
#[test]
fn strides() {
    let table = Table::normal(20_000, 6, 19);
    let expected = table.fit(true);
    let transposed = table.agents.transpose().to_owned();
    let target = table.target.as_ref();
    let by_rows = Factor::of(transposed.transpose(), target, None).unwrap();
    same(&fit(&by_rows, true).unwrap(), &expected, 1e-12, true);
    let backwards = Factor::of(table.agents.reverse_rows(), target.reverse_rows(), None).unwrap();
    same(&fit(&backwards, true).unwrap(), &expected, 1e-11, true);
}
