//! Fits with known answers: by trying all supports, or by construction.

use crate::tables::{Draws, Table, miss};
use faer::linalg::solvers::{Solve, SolveLstsq};
use faer::{Col, Mat, Side};
use suasion_regression::{Combination, Factor, RegressionError, TargetFit, fit};

/// The least mean squared error over all supports of independent columns. By Caratheodory's
/// theorem, one of them is the support of an optimum, which is the unconstrained optimum on that
/// support.
fn by_supports(table: &Table, with_intercept: bool, simplex: bool) -> f64 {
    let (rows, k) = (table.rows(), table.k());
    let columns = table.rooted(with_intercept);
    let zero = vec![0.0; k];
    let error = |weights: &[f64]| table.mse(weights, if with_intercept { table.mean_rest(weights) } else { 0.0 });
    let mut least = if simplex { f64::INFINITY } else { error(&zero) };
    for support in 1_u32..1 << k {
        let mut agents: Vec<usize> = (0..k).filter(|j| support >> j & 1 == 1).collect();
        // The last weight is 1 minus the others.
        let last = if simplex { agents.pop() } else { None };
        let origin = |i: usize| last.map_or(0.0, |last| columns[(i, last)]);
        let mut weights = zero.clone();
        if !agents.is_empty() {
            if agents.len() > rows {
                continue;
            }
            let qr = Mat::from_fn(rows, agents.len(), |i, j| columns[(i, agents[j])] - origin(i)).qr();
            let diagonal: Vec<f64> = (0..agents.len()).map(|j| qr.R()[(j, j)].abs()).collect();
            if diagonal.iter().any(|&d| d < 1e-9) {
                continue;
            }
            let found = qr.solve_lstsq(Mat::from_fn(rows, 1, |i, _| columns[(i, k)] - origin(i)));
            agents.iter().enumerate().for_each(|(place, &j)| weights[j] = found[(place, 0)]);
        }
        if let Some(last) = last {
            weights[last] = 1.0 - weights.iter().sum::<f64>();
        }
        if weights.iter().all(|&w| w >= -1e-12) {
            for w in &mut weights {
                *w = w.max(0.0);
            }
            least = least.min(error(&weights));
        }
    }
    least
}

#[test]
fn as_all_supports() {
    for number in 0..400 {
        let mut draws = Draws(number);
        let (rows, k) = (4 + draws.below(12), 1 + draws.below(6));
        let table = Table::normal(rows, k, number);
        let table = match number % 5 {
            // Duplicate agents.
            1 => table.choose(&(0..k).map(|_| draws.below(k)).collect::<Vec<_>>()),
            // Scores are 0 or 1.
            2 => {
                let score = |x: f64| f64::from(x > 0.6);
                Table::new(
                    rows,
                    k,
                    |i, j| score(table.agents[(i, j)]),
                    |i| if i < 2 { i as f64 } else { score(table.target[i]) },
                )
            }
            // The target is a mixture of the first two agents.
            3 => {
                let last = 1.min(k - 1);
                Table {
                    target: Col::from_fn(rows, |i| 0.75 * table.agents[(i, 0)] + 0.25 * table.agents[(i, last)]),
                    ..table
                }
            }
            // All agents are far from the target.
            4 => Table::new(rows, k, |i, j| 5.0 + table.agents[(i, j)], |i| -table.target[i]),
            _ => table,
        };
        let table = if number % 2 == 0 { table.weighted(number) } else { table };
        for with_intercept in [false, true] {
            let fit = table.fit(with_intercept);
            for (found, simplex) in [(&fit.nnls, false), (&fit.simplex, true)] {
                let expected = by_supports(&table, with_intercept, simplex);
                let name =
                    format!("{number}: simplex {simplex}, intercept {with_intercept}: {expected}, not {}", found.mse);
                assert!(miss(found.mse, expected, table.square()) < 1e-9, "{name}");
            }
        }
    }
}

/// Column `j` of the Hadamard matrix of 64 rows, with entries 1 and -1. The first column is all 1,
/// and any two are exactly orthogonal.
fn hadamard(i: usize, j: usize) -> f64 {
    if (i & j).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Pairs of agents that differ by 2^-33 of their size. The target is a mixture of them, plus an
/// offset, plus 2^-16 times a column orthogonal to all of them. Every number is exact; the least
/// error is 2^-32.
struct Pairs {
    table: Table,
    weights: Vec<f64>,
    offset: f64,
}

impl Pairs {
    const REST: f64 = 1.0 / 65536.0;

    /// Repeats the 64 rows this many times.
    fn new(times: usize, sum_to_one: bool, shifted: bool, seed: u64) -> Self {
        let k = 12;
        let mut draws = Draws(seed);
        let mut sixteenths: Vec<i64> = (0..k).map(|_| draws.integer(0, 3)).collect();
        if sum_to_one {
            // Distributes units of 1/16.
            sixteenths.fill(0);
            (0..16).for_each(|_| sixteenths[draws.below(k)] += 1);
        }
        let weights: Vec<f64> = sixteenths.iter().map(|&w| w as f64 / 16.0).collect();
        let shifts: Vec<f64> = (0..k / 2).map(|_| if shifted { draws.integer(-4, 4) as f64 } else { 0.0 }).collect();
        let offset = if shifted { 3.0 } else { 0.0 };
        let little = 2_f64.powi(-33);
        let agent = |i: usize, j: usize| {
            shifts[j / 2]
                + hadamard(i % 64, 1 + j / 2)
                + if j % 2 == 1 { little * hadamard(i % 64, 20 + j) } else { 0.0 }
        };
        let target = |i: usize| {
            let mixed: f64 = weights.iter().enumerate().map(|(j, w)| w * agent(i, j)).sum();
            mixed + offset + Self::REST * hadamard(i % 64, 50)
        };
        Self { table: Table::new(64 * times, k, agent, target), weights, offset }
    }

    fn check(&self, found: &Combination) {
        let expected = Self::REST.powi(2);
        for mse in [found.mse, self.table.mse(&found.weights, found.intercept)] {
            assert!((mse - expected).abs() < 1e-9 * expected, "{mse}");
        }
        // The data determine the sum of the weights of each pair. A single weight changes the data
        // by less than their accuracy.
        for (found, expected) in found.weights.chunks(2).zip(self.weights.chunks(2)) {
            let (found, expected) = (found[0] + found[1], expected[0] + expected[1]);
            assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        }
        assert!((found.intercept - self.offset).abs() < 1e-11, "{}", found.intercept);
    }
}

#[test]
fn nearly_dependent_agents() {
    // Short tables, and tables with several leaves.
    for times in [1, 300] {
        for seed in 0..10 {
            let pairs = Pairs::new(times, false, false, seed);
            pairs.check(&pairs.table.fit(false).nnls);
            let pairs = Pairs::new(times, false, true, seed);
            pairs.check(&pairs.table.fit(true).nnls);
            let pairs = Pairs::new(times, true, false, seed);
            pairs.check(&pairs.table.fit(false).simplex);
            let pairs = Pairs::new(times, true, true, seed);
            pairs.check(&pairs.table.fit(true).simplex);
        }
    }
}

/// The error by normal equations in double precision; NaN if they are not even positive definite.
fn by_normal_equations(table: &Table) -> (Vec<f64>, f64) {
    let k = table.k();
    let columns = table.rooted(false);
    let gram = columns.transpose() * &columns;
    let Ok(cholesky) = gram.submatrix(0, 0, k, k).llt(Side::Lower) else { return (vec![f64::NAN; k], f64::NAN) };
    let weights = cholesky.solve(gram.col(k).subrows(0, k));
    let explained = (gram.col(k).subrows(0, k).transpose() * &weights) / table.total();
    (weights.iter().copied().collect(), gram[(k, k)] / table.total() - explained)
}

/// Double precision loses the squares of agents that differ by 1e-10 of their size, or of a
/// remainder of 1e-5. The factor does not.
#[test]
fn normal_equations_fail() {
    for seed in 0..10 {
        let (_, mse) = by_normal_equations(&Pairs::new(300, false, false, seed).table);
        let miss = (mse / Pairs::REST.powi(2) - 1.0).abs();
        assert!(miss.is_nan() || miss > 1e-7, "{mse}");
    }
}

/// The weights of each agent are determined if the differences within pairs matter. Here they are
/// the whole target.
#[test]
fn weights_of_nearly_dependent_agents() {
    let little = 2_f64.powi(-33);
    for times in [1, 300] {
        // The agents are q1 + l q2 and q1 - l q2; the target is q1 / 2 + l q2 / 4 plus a remainder
        // of l q3.
        let agent = |i: usize, j: usize| hadamard(i % 64, 1) + [1.0, -1.0][j] * little * hadamard(i % 64, 2);
        let rest = |i: usize| 0.25 * hadamard(i % 64, 2) + hadamard(i % 64, 3);
        let table = Table::new(64 * times, 2, agent, |i| 0.5 * hadamard(i % 64, 1) + little * rest(i));
        let found = table.fit(false).nnls;
        // With differences of 1e-10, six digits of both weights remain.
        let missed = |weights: &[f64]| (weights[0] - 0.375).abs().max((weights[1] - 0.125).abs());
        assert!(missed(&found.weights) < 1e-5, "{:?}", found.weights);
        assert!((found.mse / little.powi(2) - 1.0).abs() < 1e-5, "{}", found.mse);
        let (weights, _) = by_normal_equations(&table);
        let missed = missed(&weights);
        assert!(missed.is_nan() || missed > 1e-2, "{weights:?}");
    }
}

/// Every pivot is large, but the agents nearly depend on each other. Each agent is a column q minus
/// all earlier ones, so the inverse of the triangle grows as 2^k, and so do the weights that
/// reproduce the last q.
#[test]
fn growing_weights() {
    let k = 30;
    let agent = |i: usize, j: usize| hadamard(i % 64, j + 1) - (0..j).map(|c| hadamard(i % 64, c + 1)).sum::<f64>();
    let target = |i: usize| hadamard(i % 64, k) + hadamard(i % 64, 50);
    let table = Table::new(64 * 400, k, agent, target);
    let found = table.fit(false).nnls;
    for (j, &w) in found.weights.iter().enumerate() {
        let expected = if j + 1 == k { 1.0 } else { 2_f64.powi((k - 2 - j) as i32) };
        assert!((w / expected - 1.0).abs() < 1e-6, "agent {j} has {w}, not {expected}");
    }
    assert!((found.mse - 1.0).abs() < 1e-9, "{}", found.mse);
}

/// Checks the conditions of optimality, and the factor's errors against the table's.
fn sound(table: &Table, with_intercept: bool) -> TargetFit {
    let fit = table.fit(with_intercept);
    for found in [&fit.nnls, &fit.simplex] {
        assert!(found.weights.iter().all(|&w| w >= 0.0 && w.is_finite()));
        assert!(found.kkt.stationarity < 1e-10 && found.kkt.dual < 1e-10, "{:?}", found.kkt);
        let mse = table.mse(&found.weights, found.intercept);
        assert!(miss(found.mse, mse, table.square()) < 1e-9, "{} and {mse}", found.mse);
    }
    assert!((fit.simplex.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    fit
}

#[test]
fn ties() {
    // Five agents, each repeated forty times.
    let five = Table::normal(100, 5, 1);
    let copies: Vec<usize> = Draws(2).shuffled(200).into_iter().map(|j| j % 5).collect();
    for with_intercept in [false, true] {
        let (few, many) = (five.fit(with_intercept), sound(&five.choose(&copies), with_intercept));
        assert!(miss(many.nnls.mse, few.nnls.mse, five.square()) < 1e-10);
        assert!(miss(many.simplex.mse, few.simplex.mse, five.square()) < 1e-10);
    }
    // All agents are the same.
    let one = five.choose(&[3; 50]);
    for with_intercept in [false, true] {
        let fit = sound(&one, with_intercept);
        assert!(miss(fit.simplex.mse, fit.singles[0].mse, one.square()) < 1e-10 || with_intercept);
        if with_intercept {
            assert!(miss(fit.nnls.mse, fit.singles[0].calibrated.mse, one.square()) < 1e-10);
        }
    }
}

#[test]
fn low_rank() {
    let (rows, k, rank) = (400, 200, 20);
    let base = Table::normal(rows, rank, 3);
    let mut draws = Draws(4);
    let times = Mat::from_fn(rank, k, |_, _| draws.integer(-2, 2) as f64);
    let table = Table { agents: &base.agents * times, ..base };
    for with_intercept in [false, true] {
        let fit = sound(&table, with_intercept);
        assert!(fit.nnls.support() <= rank && fit.simplex.support() <= rank + 1);
    }
}

/// Sums of a few columns that are large compared to their differences. What they leave of each
/// other is rounding error of much larger numbers. A fit that mistakes it for data gets weights of
/// 1e10.
#[test]
fn low_rank_and_large() {
    for seed in 0..200 {
        let mut draws = Draws(seed);
        let (rows, k, rank) = (10 + draws.below(50), 20 + draws.below(60), 1 + draws.below(6));
        let base = Mat::from_fn(rows, rank, |_, _| 1e5 + draws.integer(-3, 3) as f64);
        let times = Mat::from_fn(rank, k, |_, _| draws.integer(-2, 2) as f64);
        let target = Col::from_fn(rows, |_| draws.normal());
        // Each entry is rounded only once.
        let table = Table { agents: 0.1 * (base * times), target, weights: None };
        for with_intercept in [false, true] {
            let fit = table.fit(with_intercept);
            assert!(fit.nnls.support() <= rank && fit.simplex.support() <= rank + 1, "{seed}");
            assert!(fit.nnls.mse <= fit.simplex.mse * (1.0 + 1e-6), "{seed}: {} and {}", fit.nnls.mse, fit.simplex.mse);
            assert!(fit.nnls.kkt.dual < 1e-8 && fit.simplex.kkt.dual < 1e-8, "{seed}: {:?}", fit.nnls.kkt);
        }
    }
}

/// Agents whose mean is 0 up to rounding: nothing can be fitted with it.
#[test]
fn a_mean_that_cancels() {
    let table = Table::normal(100, 4, 17);
    let table = table.clone().choose(&[0, 1, 2, 3, 0, 1, 2, 3]);
    let agents = Mat::from_fn(100, 8, |i, j| if j < 4 { table.agents[(i, j)] } else { -table.agents[(i, j)] });
    let fit = Table { agents, ..table }.fit(true);
    assert_eq!(fit.mean.calibrated.scale, 0.0);
    assert!((fit.mean.calibrated.mse / fit.variance - 1.0).abs() < 1e-12);
}

#[test]
fn scores_of_zero_and_one() {
    for seed in 0..5 {
        let table = Table::normal(300, 100, seed);
        let share = [0.0, 0.5, 1.0, 2.0, 3.0][seed as usize];
        let score = |x: f64| f64::from(x > share);
        let table = Table::new(300, 100, |i, j| score(table.agents[(i, j)]), |i| score(table.target[i]));
        sound(&table, false);
        sound(&table, true);
    }
}

#[test]
fn many_agents() {
    for with_intercept in [false, true] {
        sound(&Table::normal(1000, 300, 5), with_intercept);
        // More agents than rows.
        sound(&Table::normal(100, 300, 6), with_intercept);
    }
}

/// Targets on a face of the cone and of the hull. Agents outside of the face have no reason to
/// enter or to stay out.
#[test]
fn on_the_boundary() {
    for seed in 0..20 {
        let table = Table::normal(60, 40, 100 + seed);
        let mut draws = Draws(seed);
        // The first rows are 0 except for agents that are not in the mixture, so the mixture is on
        // a face.
        let agents =
            Mat::from_fn(
                60,
                40,
                |i, j| if i < 5 { f64::from(j >= 10) * draws.uniform() } else { table.agents[(i, j)] },
            );
        let target = Col::from_fn(60, |i| (0..8).map(|j| agents[(i, j)]).sum::<f64>() / 8.0);
        let table = Table { agents, target, weights: None };
        let fit = sound(&table, false);
        assert!(fit.nnls.mse < 1e-26 * table.square(), "{}", fit.nnls.mse);
        assert!(fit.simplex.mse < 1e-26 * table.square(), "{}", fit.simplex.mse);
        let fit = sound(&table, true);
        assert!(fit.simplex.mse < 1e-26 * table.square(), "{}", fit.simplex.mse);
    }
}

/// Columns of size 1e-100 and 1e100 beside columns of size 1.
#[test]
fn far_scales() {
    // One block, and long leaves.
    for rows in [50, 20_000] {
        let plain = Table::normal(rows, 6, 7);
        let sizes = [1e-100, 1.0, 1e100, 1e-100, 1e100, 1.0];
        let table = Table { agents: Mat::from_fn(rows, 6, |i, j| sizes[j] * plain.agents[(i, j)]), ..plain.clone() };
        for with_intercept in [false, true] {
            let (found, expected) = (sound(&table, with_intercept), plain.fit(with_intercept));
            assert!(miss(found.nnls.mse, expected.nnls.mse, plain.square()) < 1e-10);
            for j in 0..6 {
                let (w, expected) = (found.nnls.weights[j] * sizes[j], expected.nnls.weights[j]);
                assert!((w - expected).abs() < 1e-10, "agent {j}: {w}, not {expected}");
                let (single, expected) = (found.singles[j].calibrated, plain.fit(false).singles[j].calibrated);
                assert!(miss(single.mse, expected.mse, plain.square()) < 1e-10);
            }
            // In a mixture, 1e-100 acts like 0, and 1e100 takes almost no weight. So the weights of
            // agents of size 1 need only sum to at most 1, as they do here anyway.
            let others = plain.choose(&[1, 5, 2, 4]).fit(with_intercept).nnls;
            assert!(others.weights[0] + others.weights[1] < 1.0);
            assert!(
                miss(found.simplex.mse, others.mse, plain.square()) < 1e-10,
                "{} and {}",
                found.simplex.mse,
                others.mse
            );
        }
    }
}

/// Agents around 1e14 that vary by 1, which is about the rounding error, count as constant.
#[test]
fn rounding_is_no_variation() {
    let plain = Table::normal(500, 6, 16);
    let far = |agents: &[usize], varies: bool| {
        let entry = |i: usize, j: usize| {
            let own = plain.agents[(i, j)];
            if agents.contains(&j) { 1e14 + if varies { own.round() } else { 0.0 } } else { own }
        };
        Table::new(500, 6, entry, |i| plain.target[i])
    };
    for agents in [vec![2], vec![0, 5], (0..6).collect()] {
        let [found, expected] = [true, false].map(|varies| far(&agents, varies).fit(true));
        assert!(miss(found.nnls.mse, expected.nnls.mse, plain.square()) < 1e-10);
        // If there are other agents, their weights are small but not 0, and rounding errors of the
        // columns are part of the error.
        assert!(agents.len() == 6 || miss(found.simplex.mse, expected.simplex.mse, plain.square()) < 0.1);
        assert!((found.simplex.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{:?}", found.simplex.weights);
        for &j in &agents {
            assert_eq!(found.singles[j].calibrated.scale, 0.0);
            assert!(miss(found.singles[j].calibrated.mse, found.variance, plain.square()) < 1e-10);
        }
    }
}

#[test]
fn one_agent_is_the_target() {
    for rows in [10, 10_000] {
        let table = Table::normal(rows, 7, 8);
        let table = Table { target: table.agents.col(4).to_owned(), ..table };
        for with_intercept in [false, true] {
            let fit = sound(&table, with_intercept);
            assert_eq!(fit.best_single(), 4);
            assert_eq!(fit.best_calibrated(), 4);
            for mse in [fit.singles[4].mse, fit.singles[4].calibrated.mse, fit.nnls.mse, fit.simplex.mse] {
                assert!(mse < 1e-26 * table.square(), "{mse}");
            }
            for combination in [fit.nnls, fit.simplex] {
                assert!((combination.weights[4] - 1.0).abs() < 1e-12);
            }
        }
    }
}

fn refused(table: &Table) -> String {
    match table.try_factor().and_then(|factor| fit(&factor, true)) {
        Err(error) => error.to_string(),
        Ok(fit) => panic!("{fit:?}"),
    }
}

#[test]
fn bad_tables() {
    let table = Table::normal(10, 3, 9);
    assert_eq!(refused(&table.choose(&[])), "there are no agents, expected at least one");
    let short = Table { target: Col::from_fn(9, |i| table.target[i]), ..table.clone() };
    assert_eq!(refused(&short), "the number of entries of the target: found 9, expected 10");
    let long = Table { weights: Some(vec![1.0; 11]), ..table.clone() };
    assert_eq!(refused(&long), "the number of weights: found 11, expected 10");
    assert_eq!(refused(&table.slice(0..1)), "found 1 row, expected at least 2");
    assert_eq!(refused(&table.slice(0..0)), "found 0 rows, expected at least 2");
    let weightless = Table { weights: Some(vec![0.0; 10]), ..table.clone() };
    assert_eq!(refused(&weightless), "the weights of all rows are 0, expected at least one positive weight");
    for (bad, found) in [(-1.0, "-1.0"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let mut weights = vec![1.0; 10];
        weights[6] = bad;
        let table = Table { weights: Some(weights), ..table.clone() };
        assert_eq!(refused(&table), format!("row 6, weight: found {found}, expected a finite number, at least 0"));
    }
}

#[test]
fn bad_numbers() {
    // One block, several leaves, several parts, with and without weights.
    for rows in [10, 20_000, 70_000] {
        let plain = Table::normal(rows, 3, 10);
        for weighted in [false, true] {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200, -1.5e154] {
                for row in [0, rows / 2, rows - 1] {
                    let mut table = plain.clone();
                    table.weights = weighted.then(|| vec![1.0; rows]);
                    table.agents[(row, 1)] = bad;
                    let message = format!("found {bad:?}, expected a number below 1e150 in magnitude");
                    assert_eq!(refused(&table), format!("row {row}, agent 1: {message}"));
                    table.agents[(row, 1)] = 0.0;
                    table.target[row] = bad;
                    assert_eq!(refused(&table), format!("row {row}, the target: {message}"));
                }
            }
        }
    }
}

/// Numbers whose squares are finite while the sum of the squares is not; and weights with the same
/// effect.
#[test]
fn sums_that_overflow() {
    for rows in [10, 1000, 20_000, 70_000] {
        let plain = Table::normal(rows, 3, 11);
        for weights in [None, Some(vec![1.0; rows])] {
            let mut table = Table { weights, ..plain.clone() };
            for i in 0..rows {
                table.agents[(i, 2)] = 1.2e154;
            }
            // A few rows are checked one by one.
            let refused = table.try_factor();
            assert!(
                matches!(refused, Err(RegressionError::Overflow | RegressionError::Number { agent: Some(2), .. })),
                "{rows}"
            );
        }
        let mut table = Table { weights: Some(vec![1e200; rows]), ..plain };
        table.agents[(rows / 2, 0)] = 1e100;
        assert!(matches!(table.try_factor(), Err(RegressionError::Overflow)), "{rows}");
    }
}

#[test]
fn constant_targets() {
    for rows in [2, 10, 20_000, 200_000] {
        for value in [0.0, 0.1, -7.3, 1e20] {
            for weighted in [false, true] {
                let table = Table::normal(rows, 2, 12);
                let table = Table { target: Col::full(rows, value), ..table };
                let table = if weighted { table.weighted(13) } else { table };
                match fit(&table.factor(), true) {
                    Err(RegressionError::ConstantTarget { value: found, rows: count }) => {
                        assert!((found - value).abs() <= 1e-12 * value.abs(), "{found}, not {value}");
                        assert_eq!(count, rows as u64);
                    }
                    other => panic!("{rows} rows of {value}: {other:?}"),
                }
            }
        }
    }
    // A little variation is enough.
    let table = Table::normal(1000, 2, 14);
    let table = Table { target: Col::from_fn(1000, |i| 1.0 + 1e-9 * table.target[i]), ..table };
    let variance = table.fit(true).variance;
    let expected = table.mse(&[0.0; 2], table.mean_rest(&[0.0; 2]));
    assert!((variance / expected - 1.0).abs() < 1e-6, "{variance}, not {expected}");
}

#[test]
fn bad_triangles() {
    let good = Table::normal(10, 2, 15).factor();
    let triangle = || good.triangle().to_owned();
    assert!(Factor::new(triangle(), 10, 10.0).is_ok());
    let mut bad = vec![(Mat::zeros(2, 2), 1.0), (Mat::zeros(4, 3), 1.0), (Mat::zeros(3, 4), 1.0)];
    bad.extend([-1.0, f64::NAN, f64::INFINITY].map(|weight| (triangle(), weight)));
    for (place, entry) in [((0, 1), f64::NAN), ((2, 3), f64::INFINITY), ((3, 0), 1e-300)] {
        let mut triangle = triangle();
        triangle[place] = entry;
        bad.push((triangle, 1.0));
    }
    for (triangle, weight) in bad {
        let error = Factor::new(triangle, 10, weight).unwrap_err();
        assert_eq!(
            error.to_string(),
            "found an invalid factor, expected an upper triangular matrix of finite numbers, at least 3 x 3, with a weight of at least 0"
        );
    }
}
