//! Error curves, compared with separate fits of the rows.

use crate::tables::{Draws, Table, miss};
use faer::Col;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use suasion_regression::{
    CurveOptions, CurvePoint, ErrorCurve, Factor, FitMethod, Monitor, RegressionError, curve, fit, steps,
};

fn options(sizes: &[usize]) -> CurveOptions {
    CurveOptions {
        sizes: sizes.to_vec(),
        subsets: 6,
        folds: 4,
        bootstrap: 0,
        confidence: 0.9,
        with_intercept: true,
        seed: 1,
    }
}

/// Divides rows among blocks in turn.
fn blocks(table: &Table, count: usize) -> Vec<Table> {
    let own = |block: usize| (block..table.rows()).step_by(count).collect::<Vec<_>>();
    (0..count).map(|block| table.pick(&own(block))).collect()
}

fn try_curve(blocks: &[Table], options: &CurveOptions) -> Result<ErrorCurve, RegressionError> {
    let factors: Vec<Factor> = blocks.iter().map(Table::factor).collect();
    curve(&factors, options, &Monitor::default())
}

fn point(curve: &ErrorCurve, size: usize, method: FitMethod) -> &CurvePoint {
    curve.points.iter().find(|point| (point.size, point.method) == (size, method)).expect("the point is there")
}

/// The errors (training, held out) of all methods with all agents, from fits of the training rows
/// of each fold.
fn by_rows(table: &Table, count: usize, options: &CurveOptions) -> Vec<[f64; 2]> {
    let k = table.k();
    let mut squares = vec![[0.0; 2]; FitMethod::ALL.len()];
    let mut totals = [0.0; 2];
    for fold in 0..options.folds {
        // Row i is in block i % count, which is in fold (i % count) % folds.
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..table.rows()).partition(|i| i % count % options.folds == fold);
        let sides = [table.pick(&train), table.pick(&test)];
        let fit = sides[0].fit(options.with_intercept);
        let single = |agent: usize| (0..k).map(|j| f64::from(j == agent)).collect::<Vec<_>>();
        let mean = fit.mean.calibrated;
        let found = [
            (single(fit.best_single()), 0.0),
            (vec![1.0 / k as f64; k], 0.0),
            (vec![mean.scale / k as f64; k], mean.offset),
            (fit.nnls.weights, fit.nnls.intercept),
            (fit.simplex.weights, fit.simplex.intercept),
        ];
        for (side, rows) in sides.iter().enumerate() {
            totals[side] += rows.total();
            for (squares, (weights, intercept)) in squares.iter_mut().zip(&found) {
                squares[side] += rows.total() * rows.mse(weights, *intercept);
            }
        }
    }
    squares.into_iter().map(|squares| [squares[0] / totals[0], squares[1] / totals[1]]).collect()
}

#[test]
fn all_agents_by_row() {
    for (rows, k, weighted) in [(200, 5, false), (120, 9, true), (3000, 12, false)] {
        let table = Table::normal(rows, k, 1);
        let table = if weighted { table.weighted(2) } else { table };
        for with_intercept in [false, true] {
            let options = CurveOptions { with_intercept, ..options(&[1, k]) };
            let curve = try_curve(&blocks(&table, 10), &options).unwrap();
            assert_eq!((curve.rows, curve.blocks), (rows as u64, 10));
            assert!(miss(curve.variance, fit(&table.factor(), true).unwrap().variance, table.square()) < 1e-10);
            for (method, [train, held_out]) in FitMethod::ALL.into_iter().zip(by_rows(&table, 10, &options)) {
                let point = point(&curve, k, method);
                assert!(
                    miss(point.train_mse, train, table.square()) < 1e-10,
                    "{method:?}: {} and {train}",
                    point.train_mse
                );
                assert!(
                    miss(point.held_out_mse, held_out, table.square()) < 1e-10,
                    "{method:?}: {} and {held_out}",
                    point.held_out_mse
                );
                // There is only one subset of all agents.
                let spread = point.subsets.high - point.subsets.low;
                assert!(spread <= 1e-12 * held_out, "{method:?}: {spread}");
            }
        }
    }
}

/// A subset of one of two agents is the first or the second. The frequencies must be equal for all
/// methods.
#[test]
fn one_of_two() {
    let table = Table::normal(100, 2, 3);
    let options = CurveOptions { subsets: 8, ..options(&[1, 2]) };
    let curve = try_curve(&blocks(&table, 10), &options).unwrap();
    let alone = [0, 1].map(|j| by_rows(&table.choose(&[j]), 10, &options));
    let mut counts = vec![];
    for (index, method) in FitMethod::ALL.into_iter().enumerate() {
        for side in 0..2 {
            let point = point(&curve, 1, method);
            let found = if side == 0 { point.train_mse } else { point.held_out_mse };
            let [first, second] = [0, 1].map(|j| alone[j][index][side]);
            counts.push(8.0 * (found - second) / (first - second));
        }
    }
    for count in &counts {
        assert!((count - counts[0].round()).abs() < 1e-6, "{counts:?}");
    }
    assert!((1.0..8.0).contains(&counts[0].round()), "{counts:?}");
}

#[test]
fn same_on_any_number_of_threads() {
    let blocks = blocks(&Table::normal(600, 15, 4), 12);
    let options = CurveOptions { bootstrap: 7, ..options(&[1, 3, 8, 15]) };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| try_curve(&blocks, &options).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(2));
    assert_ne!(one, try_curve(&blocks, &CurveOptions { seed: 2, ..options.clone() }).unwrap());
    assert_eq!(one.fits, 2 * 4 * 6 * 4 * 8);
    assert_eq!(one.points.len(), 20);
}

/// With more agents, of whom the first are the same, the training error does not increase.
#[test]
fn training_errors_fall() {
    for with_intercept in [false, true] {
        let sizes: Vec<usize> = (1..=20).collect();
        let options = CurveOptions { with_intercept, ..options(&sizes) };
        let curve = try_curve(&blocks(&Table::normal(300, 20, 5), 10), &options).unwrap();
        for pair in sizes.windows(2) {
            for method in [FitMethod::BestSingle, FitMethod::Nnls, FitMethod::Simplex] {
                let [more, less] = [pair[1], pair[0]].map(|size| point(&curve, size, method).train_mse);
                assert!(more <= less * (1.0 + 1e-12), "{method:?}, {pair:?}: {more} and {less}");
            }
        }
        for &size in &sizes {
            let train = |method| point(&curve, size, method).train_mse;
            assert!(train(FitMethod::Nnls) <= train(FitMethod::Simplex) * (1.0 + 1e-12));
            assert!(
                train(FitMethod::Simplex) <= train(FitMethod::Mean).min(train(FitMethod::BestSingle)) * (1.0 + 1e-12)
            );
            assert!(train(FitMethod::CalibratedMean) <= train(FitMethod::Mean) * (1.0 + 1e-12));
        }
    }
}

#[test]
fn bands() {
    let table = Table::normal(2000, 12, 6);
    let of = |confidence: f64, bootstrap: usize| {
        let options = CurveOptions { confidence, bootstrap, subsets: 20, ..options(&[2, 6, 12]) };
        try_curve(&blocks(&table, 40), &options).unwrap()
    };
    let (none, narrow, wide) = (of(0.9, 0), of(0.5, 60), of(0.999, 60));
    for (none, (narrow, wide)) in none.points.iter().zip(narrow.points.iter().zip(&wide.points)) {
        assert_eq!(none.interval, None);
        assert_eq!(none.held_out_mse, wide.held_out_mse);
        assert!(
            wide.subsets.low <= wide.held_out_mse * (1.0 + 1e-12)
                && wide.held_out_mse <= wide.subsets.high * (1.0 + 1e-12)
        );
        let (small, large) = (narrow.interval.unwrap(), wide.interval.unwrap());
        for (small, large) in [(narrow.subsets, wide.subsets), (small, large)] {
            assert!(
                large.low <= small.low && small.low <= small.high && small.high <= large.high,
                "{small:?} in {large:?}"
            );
        }
        assert!(
            large.low < none.held_out_mse && none.held_out_mse < large.high,
            "{large:?} about {}",
            none.held_out_mse
        );
        // The standard error of a mean of 2000 squares of normal residuals is about a thirtieth of
        // it.
        let width = (large.high - large.low) / none.held_out_mse;
        assert!((0.05..0.5).contains(&width), "{width}");
        assert_eq!(narrow.subsets.low < narrow.subsets.high - 1e-12, narrow.size < 12);
    }
}

/// With one block per fold, every draw is the table itself.
#[test]
fn nothing_to_draw() {
    let options = CurveOptions { bootstrap: 5, ..options(&[2, 4]) };
    let curve = try_curve(&blocks(&Table::normal(60, 4, 7), 4), &options).unwrap();
    for point in curve.points {
        let interval = point.interval.unwrap();
        let same = |end: f64| (end / point.held_out_mse - 1.0).abs() < 1e-12;
        assert!(same(interval.low) && same(interval.high), "{interval:?} about {}", point.held_out_mse);
    }
}

/// With few rows, fits to draws are much worse than the fit to the table, but the interval is still
/// centered on the table's error.
#[test]
fn bands_of_few_rows() {
    let options = CurveOptions { bootstrap: 100, subsets: 10, ..options(&[4, 8, 12]) };
    for point in try_curve(&blocks(&Table::normal(60, 12, 9), 30), &options).unwrap().points {
        let interval = point.interval.unwrap();
        let reach = [point.held_out_mse - interval.low, interval.high - point.held_out_mse];
        assert!(reach[0] > 0.0 && reach[1] > 0.0 && reach[0] < 3.0 * reach[1], "{point:?}");
    }
}

/// Blocks without weight do not count in the folds.
#[test]
fn blocks_without_weight() {
    let full = blocks(&Table::normal(60, 4, 8).weighted(9), 6);
    let empty = Table { weights: Some(vec![0.0; 5]), ..Table::normal(5, 4, 10) };
    let mut more = full.clone();
    more.insert(1, empty.clone());
    more.insert(4, empty);
    let options = options(&[1, 4]);
    let (few, many) = (try_curve(&full, &options).unwrap(), try_curve(&more, &options).unwrap());
    assert_eq!((few.points, few.blocks, few.rows), (many.points, many.blocks, many.rows - 10));
}

/// The target is a mixture of ten of thirty agents, plus noise. With all agents, only the noise
/// remains.
#[test]
fn noise_is_what_is_left() {
    let plain = Table::normal(20_000, 30, 11);
    let mut draws = Draws(12);
    let noise = Col::from_fn(20_000, |_| 0.5 * draws.normal());
    let mixed = |i: usize| (0..10).map(|j| 0.1 * plain.agents[(i, 3 * j)]).sum::<f64>();
    let target = Col::from_fn(20_000, |i| mixed(i) + noise[i]);
    let variance = noise.squared_norm_l2() / 20_000.0;
    let table = Table { target, ..plain };
    let curve =
        try_curve(&blocks(&table, 20), &CurveOptions { with_intercept: false, ..options(&[1, 10, 20, 30]) }).unwrap();
    let errors = |method| [1, 10, 20, 30].map(|size| point(&curve, size, method).held_out_mse / variance);
    let simplex = errors(FitMethod::Simplex);
    // Thirty weights estimated from 16000 rows cost about 30 / 16000; weights at their bound cost
    // less.
    assert!((0.9995..1.003).contains(&simplex[3]), "{simplex:?}");
    assert!(simplex.windows(2).all(|pair| pair[1] < pair[0]), "{simplex:?}");
    assert!((0.9995..1.003).contains(&errors(FitMethod::Nnls)[3]));
    // Agents have an individual variance of 1. A single agent adds about 1.1 - 0.1 * 2 to the noise
    // of 0.25; the mean adds 1 / 10 - 1 / 30.
    assert!(errors(FitMethod::BestSingle)[3] > 3.0);
    assert!(errors(FitMethod::Mean)[3] > 1.2);
}

#[test]
fn bad_options() {
    let blocks = blocks(&Table::normal(60, 4, 13), 6);
    let refused = |options: CurveOptions| try_curve(&blocks, &options).unwrap_err().to_string();
    for sizes in [vec![], vec![0, 2], vec![1, 5], vec![2, 2], vec![3, 1]] {
        let message = format!("the numbers of agents: found {sizes:?}, expected increasing numbers from 1 to 4");
        assert_eq!(refused(options(&sizes)), message);
    }
    let good = options(&[1, 4]);
    assert_eq!(
        refused(CurveOptions { subsets: 0, ..good.clone() }),
        "the number of subsets: found 0, expected from 1 to 1000000"
    );
    for (folds, expected) in [(0, "at least 2"), (1, "at least 2"), (7, "at most 6, the number of blocks of rows")] {
        let message = format!("the number of folds: found {folds}, expected {expected}");
        assert_eq!(refused(CurveOptions { folds, ..good.clone() }), message);
    }
    for confidence in [0.0, 1.0, -0.5, f64::NAN] {
        let message = format!("the confidence: found {confidence}, expected a number between 0 and 1");
        assert_eq!(refused(CurveOptions { confidence, ..good.clone() }), message);
    }
    assert!(matches!(try_curve(&[], &good), Err(RegressionError::NoAgents)));
    let uneven = [blocks[0].clone(), blocks[1].choose(&[0, 1])];
    assert!(matches!(try_curve(&uneven, &good), Err(RegressionError::Length { .. })));
    let constant: Vec<Table> =
        blocks.iter().map(|block| Table { target: Col::full(10, 2.0), ..block.clone() }).collect();
    assert!(matches!(try_curve(&constant, &good), Err(RegressionError::ConstantTarget { .. })));
}

#[test]
fn steps_and_limits() {
    let factors: Vec<Factor> = blocks(&Table::normal(60, 4, 14), 6).iter().map(Table::factor).collect();
    let options = CurveOptions { bootstrap: 3, ..options(&[1, 4]) };
    let count = AtomicU64::new(0);
    let add = |steps| {
        count.fetch_add(steps, Ordering::Relaxed);
    };
    curve(&factors, &options, &Monitor { progress: &add, ..Monitor::default() }).unwrap();
    assert_eq!((count.into_inner(), steps(&options)), (24, 24));
    // Once there is a curve, stopping only leaves out draws.
    let flag = AtomicBool::new(false);
    let monitor = Monitor {
        stop: &|| flag.load(Ordering::Relaxed).then(|| "interrupted".into()),
        progress: &|_| flag.store(true, Ordering::Relaxed),
    };
    let stopped = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| {
        let one = CurveOptions { subsets: 1, folds: 2, ..options.clone() };
        curve(&factors, &one, &monitor).unwrap()
    });
    assert_eq!((stopped.draws, stopped.stopped), (0, Some("interrupted".into())));
    assert!(stopped.points.iter().all(|point| point.interval.is_none() && point.held_out_mse > 0.0));
    let stopped = curve(&factors, &options, &monitor).unwrap_err();
    assert_eq!(stopped.to_string(), "interrupted before it was done");
}
