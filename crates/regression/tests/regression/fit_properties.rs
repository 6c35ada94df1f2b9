//! Properties of all fits.

use crate::tables::{Draws, Table, miss};
use faer::{Col, Mat};
use proptest::prelude::*;
use suasion_regression::{Factor, TargetFit, fit};

/// A number: arbitrary, one of few values, or far from the others.
fn entry(kind: u8, draws: &mut Draws) -> f64 {
    match kind {
        0 => draws.normal(),
        1 => draws.integer(0, 1) as f64,
        2 => draws.integer(-3, 3) as f64 / 2.0,
        _ => draws.normal() * 10_f64.powi(draws.integer(-3, 3) as i32),
    }
}

prop_compose! {
    /// Tables of 2 to 40 rows and 1 to 12 agents. In some, agents are sums of others; some have
    /// weights.
    fn any_table()(rows in 2_usize..40, k in 1_usize..12, kind in 0_u8..4, dependent: bool, weighted: bool, seed: u64) -> Table {
        let mut draws = Draws(seed);
        let mut agents = Mat::from_fn(rows, k, |_, _| entry(kind, &mut draws));
        if dependent && k > 2 {
            for i in 0..rows {
                agents[(i, k - 1)] = agents[(i, 0)] + agents[(i, 1)];
            }
        }
        // The first two rows differ, so that the target varies.
        let mixture: Vec<f64> = (0..k).map(|_| draws.uniform() / k as f64).collect();
        let target = Col::from_fn(rows, |i| {
            let mixed: f64 = (0..k).map(|j| mixture[j] * agents[(i, j)]).sum();
            mixed + entry(kind, &mut draws) + if i == 0 { 7.3 } else { 0.0 }
        });
        let table = Table { agents, target, weights: None };
        if weighted { table.weighted(seed) } else { table }
    }
}

/// All errors and values that are unique.
fn errors(fit: &TargetFit) -> Vec<f64> {
    let singles = fit.singles.iter().chain([&fit.mean]).flat_map(|single| [single.mse, single.calibrated.mse]);
    singles.chain([fit.variance, fit.nnls.mse, fit.simplex.mse]).collect()
}

fn assert_same(found: &[f64], expected: &[f64], square: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (&x, &y) in found.iter().zip(expected) {
        prop_assert!(miss(x, y, square) < 1e-9, "{x} and {y}");
    }
    Ok(())
}

/// The size of the squared numbers.
fn square(table: &Table) -> f64 {
    let largest =
        (0..table.k()).map(|j| table.agents.col(j).squared_norm_l2()).fold(table.target.squared_norm_l2(), f64::max);
    table.square() + largest / table.total()
}

/// How steeply a change of weights could lower the error, computed row by row, relative to the
/// lengths of agents and target.
fn slope(table: &Table, weights: &[f64], intercept: f64, simplex: bool) -> f64 {
    let rest =
        |i: usize| table.target[i] - intercept - (0..table.k()).map(|j| weights[j] * table.agents[(i, j)]).sum::<f64>();
    let rests: Vec<f64> = (0..table.rows()).map(rest).collect();
    let slope = |j: usize| (0..table.rows()).map(|i| table.weight(i) * table.agents[(i, j)] * rests[i]).sum::<f64>();
    let slopes: Vec<f64> = (0..table.k()).map(slope).collect();
    let level = if simplex { slopes.iter().zip(weights).map(|(s, w)| s * w).sum() } else { 0.0 };
    let worst = slopes.iter().zip(weights).map(|(s, &w)| if w > 0.0 { (s - level).abs() } else { s - level });
    worst.fold(0.0, f64::max) / (square(table) * table.total())
}

/// The amplification of rounding errors by cancellation: the size of the weighted agents relative
/// to the target; for convex fits, the size of their differences from it relative to the shortest.
fn cancellation(table: &Table, weights: &[f64], simplex: bool) -> f64 {
    let length = |entry: &dyn Fn(usize) -> f64| {
        (0..table.rows()).map(|i| table.weight(i) * entry(i).powi(2)).sum::<f64>().sqrt()
    };
    let target = length(&|i| table.target[i]);
    let largest: f64 = (0..table.k()).map(|j| weights[j] * length(&|i| table.agents[(i, j)])).sum();
    let differences =
        (0..table.k()).map(|j| length(&|i| table.agents[(i, j)] - table.target[i])).filter(|&d| d > 1e-12 * target);
    let shortest = if simplex { differences.fold(target, f64::min) } else { target };
    (target + largest) / shortest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn conditions(table in any_table(), with_intercept: bool) {
        let fit = table.fit(with_intercept);
        let simplex_sum: f64 = fit.simplex.weights.iter().sum();
        prop_assert!((simplex_sum - 1.0).abs() < 1e-12);
        for (found, simplex) in [(&fit.nnls, false), (&fit.simplex, true)] {
            prop_assert!(found.weights.iter().all(|&w| w >= 0.0));
            let bound = 1e-13 * cancellation(&table, &found.weights, simplex);
            prop_assert!(slope(&table, &found.weights, found.intercept, simplex) < bound);
            prop_assert!(found.kkt.stationarity < bound && found.kkt.dual < bound, "{:?}, not {bound}", found.kkt);
            prop_assert!(with_intercept || found.intercept == 0.0);
        }
    }

    /// Errors on the factor equal errors on the rows.
    #[test]
    fn errors_by_row(table in any_table(), with_intercept: bool, seed: u64) {
        let factor = table.factor();
        let fit = fit(&factor, with_intercept).unwrap();
        let k = table.k();
        let constant = vec![0.0; k];
        let mean = vec![1.0 / k as f64; k];
        let mut found = vec![fit.variance, fit.nnls.mse, fit.simplex.mse, fit.mean.mse, fit.mean.calibrated.mse];
        let calibrated = |weights: &[f64], by: suasion_regression::Calibrated| -> f64 {
            table.mse(&weights.iter().map(|w| w * by.scale).collect::<Vec<_>>(), by.offset)
        };
        let mut expected = vec![
            table.mse(&constant, table.mean_rest(&constant)),
            table.mse(&fit.nnls.weights, fit.nnls.intercept),
            table.mse(&fit.simplex.weights, fit.simplex.intercept),
            table.mse(&mean, 0.0),
            calibrated(&mean, fit.mean.calibrated),
        ];
        for (j, single) in fit.singles.iter().enumerate() {
            let alone: Vec<f64> = (0..k).map(|i| f64::from(i == j)).collect();
            found.extend([single.mse, single.calibrated.mse]);
            expected.extend([table.mse(&alone, 0.0), calibrated(&alone, single.calibrated)]);
        }
        let mut draws = Draws(seed);
        let weights: Vec<f64> = (0..k).map(|_| draws.normal()).collect();
        let intercept = draws.normal();
        found.push(factor.mse(&weights, intercept));
        expected.push(table.mse(&weights, intercept));
        assert_same(&found, &expected, square(&table))?;
    }

    /// A larger set of weights is not worse.
    #[test]
    fn order_of_errors(table in any_table(), with_intercept: bool) {
        let fit = table.fit(with_intercept);
        let rounding = 1e-12 * square(&table);
        let below = |small: f64, large: f64| small <= large * (1.0 + 1e-10) + rounding;
        prop_assert!(below(fit.nnls.mse, fit.simplex.mse));
        let nothing = if with_intercept { fit.variance } else { table.square() };
        prop_assert!(below(fit.nnls.mse, nothing));
        for single in fit.singles.iter().chain([&fit.mean]) {
            prop_assert!(below(fit.simplex.mse, single.mse));
            prop_assert!(below(single.calibrated.mse, single.mse));
            prop_assert!(below(single.calibrated.mse, fit.variance));
            prop_assert!(!with_intercept || below(fit.nnls.mse, single.calibrated.mse));
        }
        for (j, single) in fit.singles.iter().enumerate() {
            prop_assert!(fit.singles[fit.best_single()].mse <= single.mse, "{j}");
            prop_assert!(fit.singles[fit.best_calibrated()].calibrated.mse <= single.calibrated.mse, "{j}");
        }
        let (with, without) = (table.fit(true), table.fit(false));
        prop_assert!(below(with.nnls.mse, without.nnls.mse) && below(with.simplex.mse, without.simplex.mse));
    }

    #[test]
    fn order_of_agents(table in any_table(), with_intercept: bool, seed: u64) {
        let order = Draws(seed).shuffled(table.k());
        let (fit, moved) = (table.fit(with_intercept), table.choose(&order).fit(with_intercept));
        let mut expected: Vec<f64> = order.iter().flat_map(|&j| [fit.singles[j].mse, fit.singles[j].calibrated.mse]).collect();
        expected.extend([fit.mean.mse, fit.mean.calibrated.mse, fit.variance, fit.nnls.mse, fit.simplex.mse]);
        assert_same(&errors(&moved), &expected, square(&table))?;
    }

    #[test]
    fn order_of_rows(table in any_table(), with_intercept: bool, seed: u64) {
        let moved = table.pick(&Draws(seed).shuffled(table.rows())).fit(with_intercept);
        assert_same(&errors(&moved), &errors(&table.fit(with_intercept)), square(&table))?;
    }

    /// If all units change, errors change by the square. If the unit of one agent changes, the
    /// non-negative fit does not.
    #[test]
    fn units(table in any_table(), with_intercept: bool, exponent in -30_i32..30, seed: u64) {
        let fit = table.fit(with_intercept);
        let unit = 2_f64.powi(exponent) * 1.5;
        let other = Table { agents: unit * &table.agents, target: unit * &table.target, ..table.clone() }.fit(with_intercept);
        let expected: Vec<f64> = errors(&fit).iter().map(|mse| mse * unit * unit).collect();
        assert_same(&errors(&other), &expected, square(&table) * unit * unit)?;
        let mut draws = Draws(seed);
        let units: Vec<f64> = (0..table.k()).map(|_| 10_f64.powi(draws.integer(-12, 12) as i32)).collect();
        let agents = Mat::from_fn(table.rows(), table.k(), |i, j| units[j] * table.agents[(i, j)]);
        let other = Table { agents, ..table.clone() }.fit(with_intercept);
        assert_same(&[other.nnls.mse], &[fit.nnls.mse], square(&table))?;
    }

    /// If everything is shifted equally, convex fits do not change, and neither do fits with an
    /// intercept.
    #[test]
    fn shifts(table in any_table(), shift in -10.0..10.0) {
        let shifted = Table {
            agents: Mat::from_fn(table.rows(), table.k(), |i, j| shift + table.agents[(i, j)]),
            target: Col::from_fn(table.rows(), |i| shift + table.target[i]),
            ..table.clone()
        };
        let size = square(&table) + square(&shifted);
        for with_intercept in [false, true] {
            let (fit, other) = (table.fit(with_intercept), shifted.fit(with_intercept));
            assert_same(&[other.simplex.mse, other.variance], &[fit.simplex.mse, fit.variance], size)?;
        }
        assert_same(&[shifted.fit(true).nnls.mse], &[table.fit(true).nnls.mse], size)?;
    }

    /// Duplicate agents.
    #[test]
    fn duplicates(table in any_table(), with_intercept: bool, seed: u64) {
        let k = table.k();
        let mut draws = Draws(seed);
        let mut agents: Vec<usize> = (0..k).collect();
        (0..=draws.below(k)).for_each(|_| agents.push(draws.below(k)));
        let (fit, more) = (table.fit(with_intercept), table.choose(&agents).fit(with_intercept));
        assert_same(&[more.nnls.mse, more.simplex.mse], &[fit.nnls.mse, fit.simplex.mse], square(&table))?;
    }

    /// Adding a mixture of agents, and the mean of all, does not change the hull.
    #[test]
    fn mixtures(table in any_table(), with_intercept: bool, seed: u64) {
        let k = table.k();
        let mut draws = Draws(seed);
        let shares: Vec<f64> = (0..k).map(|_| draws.uniform()).collect();
        let sum: f64 = shares.iter().sum();
        let agents = Mat::from_fn(table.rows(), k + 1, |i, j| {
            if j < k { table.agents[(i, j)] } else { (0..k).map(|j| shares[j] / sum * table.agents[(i, j)]).sum() }
        });
        let (fit, more) = (table.fit(with_intercept), Table { agents, ..table.clone() }.fit(with_intercept));
        assert_same(&[more.nnls.mse, more.simplex.mse], &[fit.nnls.mse, fit.simplex.mse], square(&table))?;
    }

    /// Integer weights count like copies; rows of weight 0 do not count.
    #[test]
    fn weights(table in any_table(), with_intercept: bool, seed: u64) {
        let mut draws = Draws(seed);
        let mut times: Vec<usize> = (0..table.rows()).map(|_| draws.below(4)).collect();
        times[0] = 1;
        times[1] = 2;
        let plain = Table { weights: None, ..table };
        let weighted = Table { weights: Some(times.iter().map(|&t| t as f64).collect()), ..plain.clone() };
        let copies: Vec<usize> = times.iter().enumerate().flat_map(|(i, &t)| std::iter::repeat_n(i, t)).collect();
        let copied = plain.pick(&copies);
        let (fit, expected) = (weighted.fit(with_intercept), copied.fit(with_intercept));
        prop_assert_eq!((fit.rows, fit.weight), (plain.rows() as u64, copies.len() as f64));
        assert_same(&errors(&fit), &errors(&expected), square(&copied))?;
        let kept: Vec<usize> = (0..plain.rows()).filter(|&i| times[i] > 0).collect();
        let left = weighted.pick(&kept).fit(with_intercept);
        assert_same(&errors(&fit), &errors(&left), square(&copied))?;
    }

    /// However the table is divided, the sum of the factors is the factor.
    #[test]
    fn cuts(table in any_table(), with_intercept: bool, seed: u64) {
        let mut draws = Draws(seed);
        let mut cuts: Vec<usize> = (0..draws.below(20)).map(|_| draws.below(table.rows() + 1)).collect();
        cuts.extend([0, table.rows()]);
        cuts.sort_unstable();
        let shards: Vec<Factor> = cuts.windows(2).map(|pair| table.slice(pair[0]..pair[1]).factor()).collect();
        let sum = Factor::sum(shards.iter().map(|shard| (shard, 1.0))).unwrap();
        assert_same(&errors(&fit(&sum, with_intercept).unwrap()), &errors(&table.fit(with_intercept)), square(&table))?;
    }
}
