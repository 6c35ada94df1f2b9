//! Fits compared with those of `SciPy`, scikit-learn, and Clarabel.

use crate::tables::{Draws, Table, miss};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};
use faer::Mat;
use serde_json::Value;
use twox_hash::XxHash3_64;

/// The problem with this number in `reference/make_reference.py`.
fn problem(number: u64) -> (&'static str, Table) {
    const KINDS: [&str; 8] = ["plain", "collinear", "deficient", "wide", "zeros", "opposed", "exact", "scales"];
    let mut draws = Draws(number);
    let kind = KINDS[number as usize % KINDS.len()];
    let rows = if kind == "wide" { draws.integer(5, 10) } else { draws.integer(20, 40) };
    let k = if kind == "wide" { draws.integer(12, 20) } else { draws.integer(2, 12) };
    let column = |low: i64, high: i64, draws: &mut Draws| -> Vec<i64> {
        let shift = draws.integer(0, 2048);
        (0..rows).map(|_| shift + draws.integer(low, high)).collect()
    };
    let mut columns: Vec<Vec<i64>> = vec![];
    match kind {
        "collinear" => {
            let base = column(-1024, 1024, &mut draws);
            columns.extend((0..k).map(|_| base.iter().map(|b| 16384 * b + draws.integer(-8, 8)).collect()));
        }
        "deficient" => {
            let bases: Vec<Vec<i64>> = (0..draws.integer(2, 4)).map(|_| column(-1024, 1024, &mut draws)).collect();
            for _ in 0..k {
                let times: Vec<i64> = bases.iter().map(|_| draws.integer(-2, 2)).collect();
                let sum = |i: usize| times.iter().zip(&bases).map(|(t, base)| t * base[i]).sum();
                columns.push((0..rows as usize).map(sum).collect());
            }
        }
        _ => columns.extend((0..k).map(|_| column(if kind == "opposed" { 0 } else { -1024 }, 1024, &mut draws))),
    }
    if kind == "zeros" {
        columns.iter_mut().filter(|_| draws.integer(0, 2) == 0).for_each(|column| column.fill(0));
    }
    let exponents: Vec<i64> = (0..k).map(|_| if kind == "scales" { draws.integer(-60, 60) } else { 0 }).collect();
    let (low, high) = match kind {
        "exact" => (0, 3),
        "opposed" => (-3, -1),
        _ => (-1, 3),
    };
    let mut times: Vec<i64> = (0..k).map(|_| draws.integer(low, high)).collect();
    let noise = match kind {
        "exact" => {
            times[0] = 1;
            0
        }
        "collinear" => 1 << draws.integer(2, 16),
        _ => 512,
    };
    let mut target = |i: usize| {
        let sum: i64 = times.iter().zip(&columns).map(|(t, column)| t * column[i]).sum();
        (sum + draws.integer(-noise, noise)) as f64 / 1024.0
    };
    let target: Vec<f64> = (0..rows as usize).map(&mut target).collect();
    let agent = |i: usize, j: usize| columns[j][i] as f64 / 1024.0 * 2_f64.powi(exponents[j] as i32);
    (kind, Table::new(rows as usize, k as usize, agent, |i| target[i]))
}

/// XXH3 of 64 bits over the bits of all numbers, by column, the target last.
fn checksum(table: &Table) -> String {
    let numbers = (0..table.k()).flat_map(|j| table.agents.col(j).iter()).chain(table.target.iter());
    let bytes: Vec<u8> = numbers.flat_map(|x| x.to_le_bytes()).collect();
    format!("{:016x}", XxHash3_64::oneshot(&bytes))
}

#[test]
fn scipy_and_scikit_learn() {
    let reference: Value = serde_json::from_str(include_str!("reference/nonnegative.json")).unwrap();
    let problems = reference["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 200);
    for (number, expected) in problems.iter().enumerate() {
        let (kind, table) = problem(number as u64);
        assert_eq!(expected["kind"], kind, "{number}");
        assert_eq!(expected["checksum"], checksum(&table), "{number} is another table");
        for (place, with_intercept) in [false, true].into_iter().enumerate() {
            let found = table.fit(with_intercept).nnls;
            let mut peers = vec![("exact", &expected["exact"][place]), ("scikit-learn", &expected["sklearn"][place])];
            if !with_intercept {
                peers.push(("SciPy", &expected["scipy"]));
            }
            for (peer, error) in peers {
                let error = error.as_f64().unwrap();
                let name = format!("{number} ({kind}), intercept {with_intercept}: {peer} has {error}");
                // The errors on the factor and row by row agree.
                for mse in [found.mse, table.mse(&found.weights, found.intercept)] {
                    assert!(miss(mse, error, table.square()) < 1e-9, "{name}, not {mse}");
                }
            }
        }
    }
}

/// The weights that Clarabel finds: min |r|² with A w + r = h, w >= 0, and, for convex fits, sum of
/// w = 1. The squares of A are not formed.
fn by_clarabel(columns: &Mat<f64>, simplex: bool) -> Vec<f64> {
    let (rows, n) = (columns.nrows(), columns.ncols() - 1);
    let scale = 1.0 / (rows as f64).sqrt();
    let (mut starts, mut places, mut entries) = (vec![0], vec![], vec![]);
    let mut push = |column: &[(usize, f64)]| {
        places.extend(column.iter().map(|&(place, _)| place));
        entries.extend(column.iter().map(|&(_, entry)| entry));
        starts.push(places.len());
    };
    // Rows: A w + r = h, the sum, then -w <= 0.
    let bounds = rows + usize::from(simplex);
    for j in 0..n {
        let mut column: Vec<(usize, f64)> = (0..rows).map(|i| (i, scale * columns[(i, j)])).collect();
        if simplex {
            column.push((rows, 1.0));
        }
        column.push((bounds + j, -1.0));
        push(&column);
    }
    (0..rows).for_each(|i| push(&[(i, 1.0)]));
    let constraints = CscMatrix::new(bounds + n, n + rows, starts, places, entries);
    let squares = CscMatrix::new(
        n + rows,
        n + rows,
        std::iter::repeat_n(0, n).chain(0..=rows).collect(),
        (n..n + rows).collect(),
        vec![2.0; rows],
    );
    let mut right: Vec<f64> = (0..rows).map(|i| scale * columns[(i, n)]).collect();
    if simplex {
        right.push(1.0);
    }
    right.resize(bounds + n, 0.0);
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: 1e-13,
        tol_gap_rel: 1e-12,
        tol_feas: 1e-12,
        max_iter: 100,
        ..DefaultSettings::default()
    };
    let cones = [ZeroConeT(bounds), NonnegativeConeT(n)];
    let mut solver =
        DefaultSolver::new(&squares, &vec![0.0; n + rows], &constraints, &right, &cones, settings).unwrap();
    solver.solve();
    let status = solver.solution.status;
    // The tolerances are at the limit of the solver, so "almost solved" is accepted.
    assert!(matches!(status, SolverStatus::Solved | SolverStatus::AlmostSolved), "Clarabel: {status}");
    let mut weights: Vec<f64> = solver.solution.x[..n].iter().map(|w| w.max(0.0)).collect();
    if simplex {
        let sum: f64 = weights.iter().sum();
        for w in &mut weights {
            *w /= sum;
        }
    }
    weights
}

/// Tables of several kinds, with up to 60 agents.
fn table(number: u64) -> Table {
    let mut draws = Draws(1000 + number);
    let k = 1 + draws.below(60);
    let rows = if number % 6 == 3 { 3 + draws.below(k) } else { k + 5 + draws.below(60) };
    let table = Table::normal(rows, k, number);
    let table = match number % 6 {
        // Scores are 0 or 1.
        1 => Table::new(rows, k, |i, j| f64::from(table.agents[(i, j)] > 0.7), |i| f64::from(table.target[i] > 0.7)),
        // Some agents almost equal others.
        2 => Table {
            agents: Mat::from_fn(rows, k, |i, j| {
                table.agents[(i, j / 2)] + 1e-3 * (j % 2) as f64 * table.agents[(i, j)]
            }),
            ..table
        },
        // All agents are far from the target.
        4 => Table::new(rows, k, |i, j| 20.0 + table.agents[(i, j)], |i| table.target[i]),
        // Duplicate agents, and columns of other sizes.
        5 => Table {
            agents: Mat::from_fn(rows, k, |i, j| table.agents[(i, j - j % 3 / 2)] * [1.0, 10.0, 0.1][j / 3 % 3]),
            ..table
        },
        _ => table,
    };
    if number.is_multiple_of(4) { table.weighted(number) } else { table }
}

#[test]
fn clarabel() {
    for number in 0..120 {
        let table = table(number);
        for with_intercept in [false, true] {
            let fit = table.fit(with_intercept);
            let columns = table.rooted(with_intercept);
            for (name, found, simplex) in [("non-negative", &fit.nnls, false), ("simplex", &fit.simplex, true)] {
                let weights = by_clarabel(&columns, simplex);
                let expected = table.mse(&weights, if with_intercept { table.mean_rest(&weights) } else { 0.0 });
                let name =
                    format!("{number}, {name}, intercept {with_intercept}: Clarabel has {expected}, not {}", found.mse);
                // If the target is in the hull, the error of an interior-point method is not quite
                // 0.
                assert!(found.mse <= expected * (1.0 + 1e-9) + 1e-12 * table.square(), "{name}");
                assert!((found.mse - expected).abs() <= 1e-8 * expected + 1e-10 * table.square(), "{name}");
            }
        }
    }
}
