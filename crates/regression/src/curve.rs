//! Error curves: the errors of fits against the number of agents.

mod path;

use crate::fit::check;
use crate::{Factor, Monitor, RegressionError};
use path::{Fold, Prepared};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Borrow;

/// The options of an error curve.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveOptions {
    /// The numbers of agents, increasing, from 1 to k.
    pub sizes: Vec<usize>,
    /// The number of random subsets of each size. They are nested: a subset is the beginning of a
    /// random order of the agents. So neighboring sizes share agents, and the curve shows the
    /// effect of more agents, not of other agents.
    pub subsets: usize,
    /// The number of folds that the blocks are divided into. Each fold is held out once.
    pub folds: usize,
    /// The number of bootstrap draws of blocks, within folds, for the intervals; 0 for no
    /// intervals.
    pub bootstrap: usize,
    /// The coverage of the bands, between 0 and 1.
    pub confidence: f64,
    /// Whether the non-negative and the convex fit have an intercept.
    pub with_intercept: bool,
    /// The seed of all random draws.
    pub seed: u64,
}

impl CurveOptions {
    /// Checks these options for a number of agents.
    ///
    /// # Errors
    /// If an option is out of its range.
    pub fn check(&self, agents: usize) -> Result<(), RegressionError> {
        let bad = |what, found: String, expected: String| Err(RegressionError::Option { what, found, expected });
        let increasing = self.sizes.windows(2).all(|pair| pair[0] < pair[1]);
        let inside =
            self.sizes.first().is_some_and(|&size| size >= 1) && self.sizes.last().is_some_and(|&size| size <= agents);
        if !increasing || !inside {
            return bad(
                "the numbers of agents",
                format!("{:?}", self.sizes),
                format!("increasing numbers from 1 to {agents}"),
            );
        }
        if !(1..=MOST).contains(&self.subsets) {
            return bad("the number of subsets", self.subsets.to_string(), format!("from 1 to {MOST}"));
        }
        if self.bootstrap > MOST {
            return bad("the number of draws", self.bootstrap.to_string(), format!("at most {MOST}"));
        }
        if self.folds < 2 {
            return bad("the number of folds", self.folds.to_string(), "at least 2".into());
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return bad("the confidence", self.confidence.to_string(), "a number between 0 and 1".into());
        }
        Ok(())
    }
}

/// The most subsets, and the most draws. The memory of a curve grows with both.
const MOST: usize = 1_000_000;

/// A method to predict the target from a subset of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FitMethod {
    /// The agent with the smallest training error, unchanged.
    BestSingle,
    /// The plain mean, unchanged.
    Mean,
    /// The plain mean with the scale (at least 0) and the offset that fit the training rows best.
    CalibratedMean,
    /// The best non-negative combination.
    Nnls,
    /// The best convex combination.
    Simplex,
}

impl FitMethod {
    /// All methods, in the order of [`ErrorCurve::points`].
    pub const ALL: [Self; 5] = [Self::BestSingle, Self::Mean, Self::CalibratedMean, Self::Nnls, Self::Simplex];
}

impl FitMethod {
    /// The name of the method in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BestSingle => "best_single",
            Self::Mean => "mean",
            Self::CalibratedMean => "calibrated_mean",
            Self::Nnls => "nnls",
            Self::Simplex => "simplex",
        }
    }
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Band {
    /// The interval between two quantiles that leaves out `(1 - confidence) / 2` of the values at
    /// either end. Quantiles are interpolated between order statistics. NaN if there are no values.
    #[must_use]
    pub fn of(mut values: Vec<f64>, confidence: f64) -> Self {
        values.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let place = share * values.len().saturating_sub(1) as f64;
            let at = |place: f64| values.get(place as usize).copied().unwrap_or(f64::NAN);
            let (below, above) = (at(place.floor()), at(place.ceil()));
            below + (above - below) * place.fract()
        };
        let out = 0.5 * (1.0 - confidence);
        Self { low: quantile(out), high: quantile(1.0 - out) }
    }

    /// The spread of bootstrap draws about their mean, moved so that it is centered on `value`;
    /// none if there are no draws. A draw repeats some blocks, and repeated blocks carry no new
    /// information, so errors of draws are biased upward. Only their spread is used.
    #[must_use]
    pub fn about(value: f64, drawn: Vec<f64>, confidence: f64) -> Option<Self> {
        if drawn.is_empty() {
            return None;
        }
        let shift = value - mean(drawn.iter().copied());
        let Self { low, high } = Self::of(drawn, confidence);
        Some(Self { low: low + shift, high: high + shift })
    }
}

/// The errors of one method with subsets of one size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The number of agents.
    pub size: usize,
    /// The method.
    pub method: FitMethod,
    /// The mean squared training error over the training rows of all folds, averaged over subsets.
    pub train_mse: f64,
    /// The mean squared error on held-out rows, each of which counts once, averaged over subsets.
    pub held_out_mse: f64,
    /// The held-out errors of the subsets, without (1 - confidence) / 2 of them at either end.
    pub subsets: Band,
    /// A bootstrap interval for the mean held-out error. Blocks are drawn again, all fits are
    /// redone, and the spread of the draws is centered on the error. None without draws.
    pub interval: Option<Band>,
}

/// Errors of all methods against the number of agents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorCurve {
    /// The number of rows.
    pub rows: u64,
    /// The number of blocks that the rows were divided into.
    pub blocks: usize,
    /// The variance of the target, which is the error of the best constant.
    pub variance: f64,
    /// The points, by size, then by method.
    pub points: Vec<CurvePoint>,
    /// The number of draws behind the intervals.
    pub draws: usize,
    /// The number of least-squares problems that were solved.
    pub fits: u64,
    /// The reason why there are fewer draws than requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// The error curve of a table whose rows were divided into blocks, with one factor per block. Folds
/// take blocks in turn; no block is split.
///
/// `monitor` receives every step; [`steps`] is their number. The result does not depend on the
/// number of threads. If `monitor` stops the computation during the bootstrap, the intervals use
/// the draws that were finished.
///
/// # Errors
/// If there is nothing to fit, if the options do not suit these blocks, or if `monitor` stops the
/// computation before there is a curve.
pub fn curve(
    blocks: &[impl Borrow<Factor>],
    options: &CurveOptions,
    monitor: &Monitor<'_>,
) -> Result<ErrorCurve, RegressionError> {
    let whole = Factor::sum(blocks.iter().map(|block| (block.borrow(), 1.0)))?;
    let blocks: Vec<&Factor> = blocks.iter().map(Borrow::borrow).filter(|block| block.weight() > 0.0).collect();
    check(&whole)?;
    let k = whole.agents();
    options.check(k)?;
    if options.folds > blocks.len() {
        return Err(RegressionError::Option {
            what: "the number of folds",
            found: options.folds.to_string(),
            expected: format!("at most {}, the number of blocks of rows", blocks.len()),
        });
    }
    let orders: Vec<Vec<usize>> = (0..options.subsets)
        .map(|number| {
            let mut order: Vec<usize> = (0..k).collect();
            order.shuffle(&mut draws(options.seed, 0, number as u64));
            order
        })
        .collect();
    // Draw 0 is the table itself.
    let draw = |number: usize| -> Result<Errors, RegressionError> {
        let times = if number == 0 { vec![1.0; blocks.len()] } else { resample(blocks.len(), options, number) };
        let folds = folds(&blocks, &times, options.folds)?;
        errors(&folds, &orders, options, monitor)
    };
    let found = draw(0)?;
    let drawn: Vec<Result<Errors, RegressionError>> = (1..=options.bootstrap).into_par_iter().map(draw).collect();
    let mut stopped = None;
    let mut done_draws = Vec::with_capacity(drawn.len());
    for result in drawn {
        match result {
            Ok(errors) => done_draws.push(errors),
            Err(RegressionError::Stopped(cause)) => stopped = Some(cause),
            Err(cause) => return Err(cause),
        }
    }
    let drawn = done_draws;
    let mut points = vec![];
    for (place, &size) in options.sizes.iter().enumerate() {
        for (index, method) in FitMethod::ALL.into_iter().enumerate() {
            let cell = place * FitMethod::ALL.len() + index;
            let held_out: Vec<f64> = found.held_out.iter().map(|order| order[cell]).collect();
            let means: Vec<f64> =
                drawn.iter().map(|errors| mean(errors.held_out.iter().map(|order| order[cell]))).collect();
            let held_out_mse = mean(held_out.iter().copied());
            points.push(CurvePoint {
                size,
                method,
                train_mse: mean(found.train.iter().map(|order| order[cell])),
                held_out_mse,
                subsets: Band::of(held_out, options.confidence),
                interval: Band::about(held_out_mse, means, options.confidence),
            });
        }
    }
    let n = k + 2;
    let rest = whole.triangle().col(n - 1).subrows(1, n - 1).squared_norm_l2();
    Ok(ErrorCurve {
        rows: whole.rows(),
        blocks: blocks.len(),
        variance: rest / whole.weight(),
        points,
        fits: 2 * (options.sizes.len() * options.subsets * options.folds * (1 + drawn.len())) as u64,
        draws: drawn.len(),
        stopped,
    })
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// The number of steps of [`curve`].
#[must_use]
pub fn steps(options: &CurveOptions) -> usize {
    options.subsets * (1 + options.bootstrap)
}

fn draws(seed: u64, kind: u64, number: u64) -> ChaCha8Rng {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    draws.set_stream((number << 1) | kind);
    draws
}

/// How many times each block counts. Each fold has as many draws as blocks.
fn resample(blocks: usize, options: &CurveOptions, number: usize) -> Vec<f64> {
    let mut draws = draws(options.seed, 1, number as u64);
    let mut times = vec![0.0; blocks];
    for fold in 0..options.folds {
        let own = (blocks - fold).div_ceil(options.folds);
        (0..own).for_each(|_| times[fold + options.folds * draws.random_range(0..own)] += 1.0);
    }
    times
}

/// The test and training rows of each fold, as sums of factors.
fn folds(blocks: &[&Factor], times: &[f64], folds: usize) -> Result<Vec<Fold>, RegressionError> {
    let fold = |fold: usize| {
        let own = (fold..blocks.len()).step_by(folds);
        Factor::sum(own.map(|block| (blocks[block], times[block])))
    };
    let tests: Vec<Factor> = (0..folds).into_par_iter().map(fold).collect::<Result<_, _>>()?;
    let train = |fold: usize| {
        let others = tests.iter().enumerate().filter(|&(other, _)| other != fold);
        let train = Factor::sum(others.map(|(_, factor)| (factor, 1.0)))?;
        Ok(Fold { train, test: tests[fold].clone() })
    };
    (0..folds).into_par_iter().map(train).collect()
}

/// Errors by order, then by size, then by method.
struct Errors {
    train: Vec<Vec<f64>>,
    held_out: Vec<Vec<f64>>,
}

fn errors(
    folds: &[Fold],
    orders: &[Vec<usize>],
    options: &CurveOptions,
    monitor: &Monitor<'_>,
) -> Result<Errors, RegressionError> {
    let prepared: Vec<Prepared> = folds.iter().map(|fold| Prepared::new(fold, options.with_intercept)).collect();
    let weight = |factors: &dyn Fn(&Fold) -> f64| folds.iter().map(factors).sum::<f64>();
    let (train_weight, test_weight) = (weight(&|fold| fold.train.weight()), weight(&|fold| fold.test.weight()));
    let order = |order: &Vec<usize>| {
        let path = |prepared: &Prepared| {
            monitor.check()?;
            Ok(prepared.path(order, &options.sizes))
        };
        let paths: Vec<Vec<[f64; 2]>> = prepared.par_iter().map(path).collect::<Result<_, RegressionError>>()?;
        let sum = |side: usize, weight: f64| -> Vec<f64> {
            (0..paths[0].len()).map(|cell| paths.iter().map(|path| path[cell][side]).sum::<f64>() / weight).collect()
        };
        (monitor.progress)(1);
        Ok((sum(0, train_weight), sum(1, test_weight)))
    };
    let all: Vec<(Vec<f64>, Vec<f64>)> = orders.par_iter().map(order).collect::<Result<_, RegressionError>>()?;
    let (train, held_out) = all.into_iter().unzip();
    Ok(Errors { train, held_out })
}
