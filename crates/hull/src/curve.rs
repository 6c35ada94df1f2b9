//! The error of the hull against the number of agents.

mod path;

use crate::fit::check;
use crate::{Factor, HullError};
use path::{Fold, Prepared};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Borrow;
use suasion_lp::{Settings, Stopped};

/// What a hull curve is computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveOptions {
    /// The numbers of agents, increasing, from 1 to k.
    pub sizes: Vec<usize>,
    /// How many random subsets of each size there are. They are nested: the agents come in so many random orders, and a subset is what an order
    /// begins with. So neighbouring sizes share their agents, and the curve shows what more agents do, not what other agents do.
    pub subsets: usize,
    /// How many folds the blocks are dealt into; each is held out once.
    pub folds: usize,
    /// How many times blocks are drawn anew, within folds, for the bands; 0 for no bands.
    pub bootstrap: usize,
    /// What the bands are to cover: between 0 and 1.
    pub confidence: f64,
    /// Whether the non-negative and the simplex fit have an intercept.
    pub with_intercept: bool,
    /// What the draws depend on.
    pub seed: u64,
}

impl CurveOptions {
    /// Whether they make sense for so many agents.
    ///
    /// # Errors
    /// If one of them does not.
    pub fn check(&self, agents: usize) -> Result<(), HullError> {
        let bad = |what, found: String, expected: String| Err(HullError::Option { what, found, expected });
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

/// The most subsets, and draws: what a curve needs in memory grows with both.
const MOST: usize = 1_000_000;

/// A way to predict the target from a subset of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The agent with the smallest training error, as it is.
    BestSingle,
    /// The plain mean, as it is.
    Mean,
    /// The plain mean, with the scale (at least 0) and the offset that are best in training.
    CalibratedMean,
    /// The best non-negative combination.
    Nnls,
    /// The best convex combination.
    Simplex,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::BestSingle, Self::Mean, Self::CalibratedMean, Self::Nnls, Self::Simplex];
}

impl Method {
    /// Its name in tables and JSON.
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

/// Two ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// The lower one.
    pub low: f64,
    /// The upper one.
    pub high: f64,
}

impl Band {
    /// The quantiles, between order statistics, that leave out `(1 - confidence) / 2` of the values at either end; NaN of no values.
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

    /// The spread of draws about their mean, put about a value; none of no draws. What is drawn twice teaches nothing new, so that errors of draws are
    /// larger than that of the data: how they vary is what counts.
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

/// A method's errors with subsets of one size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The number of agents.
    pub size: usize,
    /// The method.
    pub method: Method,
    /// The mean squared error in training: over the rows of all folds' training, and the mean over subsets.
    pub train_mse: f64,
    /// The mean squared error on what was held out: every row counts once; the mean over subsets.
    pub held_out_mse: f64,
    /// Between which held-out errors the subsets are, but for (1 - confidence) / 2 of them at either end.
    pub subsets: Band,
    /// A bootstrap interval for the mean held-out error: the spread of draws of blocks about their mean, all fits done anew, put about the error; none
    /// without draws.
    pub interval: Option<Band>,
}

/// A hull curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// How many rows.
    pub rows: u64,
    /// Into how many blocks they were dealt.
    pub blocks: usize,
    /// The variance of the target: the error of the best constant.
    pub variance: f64,
    /// By size, then by method.
    pub points: Vec<CurvePoint>,
    /// How many draws the intervals are of.
    pub draws: usize,
    /// How many least-squares problems these errors are of.
    pub fits: u64,
    /// Why there are fewer draws than were asked for.
    #[serde(serialize_with = "told", skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn told<S: serde::Serializer>(stopped: &Option<Stopped>, serializer: S) -> Result<S::Ok, S::Error> {
    stopped.map(|stopped| stopped.to_string()).serialize(serializer)
}

/// The curve of a table whose rows were dealt into blocks, a factor for each. Blocks go to folds in turn, and no row's block is ever split.
///
/// `done` is told of steps as they are done; there are [`steps`] of them. The same on any number of threads. If `settings` end it while blocks are
/// drawn anew, intervals are those of the draws that were done by then.
///
/// # Errors
/// If there is nothing to fit, if the options make no sense for these blocks, if `settings` end it before there is a curve.
pub fn curve(
    blocks: &[impl Borrow<Factor>],
    options: &CurveOptions,
    settings: &Settings,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Curve, HullError> {
    let whole = Factor::sum(blocks.iter().map(|block| (block.borrow(), 1.0)))?;
    let blocks: Vec<&Factor> = blocks.iter().map(Borrow::borrow).filter(|block| block.weight() > 0.0).collect();
    check(&whole)?;
    let k = whole.agents();
    options.check(k)?;
    if options.folds > blocks.len() {
        return Err(HullError::Option {
            what: "the number of folds",
            found: options.folds.to_string(),
            expected: format!("at most {}, as there are so many blocks of rows", blocks.len()),
        });
    }
    let orders: Vec<Vec<usize>> = (0..options.subsets)
        .map(|number| {
            let mut order: Vec<usize> = (0..k).collect();
            order.shuffle(&mut draws(options.seed, 0, number as u64));
            order
        })
        .collect();
    // Draw 0 is the table as it is.
    let draw = |number: usize| -> Result<Errors, HullError> {
        let times = if number == 0 { vec![1.0; blocks.len()] } else { resample(blocks.len(), options, number) };
        let folds = folds(&blocks, &times, options.folds)?;
        errors(&folds, &orders, options, settings, done)
    };
    let found = draw(0)?;
    let drawn: Vec<Result<Errors, HullError>> = (1..=options.bootstrap).into_par_iter().map(draw).collect();
    let mut stopped = None;
    let mut done_draws = Vec::with_capacity(drawn.len());
    for result in drawn {
        match result {
            Ok(errors) => done_draws.push(errors),
            Err(HullError::Stopped(cause)) => stopped = Some(cause),
            Err(cause) => return Err(cause),
        }
    }
    let drawn = done_draws;
    let mut points = vec![];
    for (place, &size) in options.sizes.iter().enumerate() {
        for (index, method) in Method::ALL.into_iter().enumerate() {
            let cell = place * Method::ALL.len() + index;
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
    Ok(Curve {
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

/// How many steps [`curve`] tells of.
#[must_use]
pub fn steps(options: &CurveOptions) -> usize {
    options.subsets * (1 + options.bootstrap)
}

fn draws(seed: u64, kind: u64, number: u64) -> ChaCha8Rng {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    draws.set_stream((number << 1) | kind);
    draws
}

/// How often each block counts: as many draws in each fold as it has blocks.
fn resample(blocks: usize, options: &CurveOptions, number: usize) -> Vec<f64> {
    let mut draws = draws(options.seed, 1, number as u64);
    let mut times = vec![0.0; blocks];
    for fold in 0..options.folds {
        let own = (blocks - fold).div_ceil(options.folds);
        (0..own).for_each(|_| times[fold + options.folds * draws.random_range(0..own)] += 1.0);
    }
    times
}

/// What is held out and what is not, for each fold: one sum per fold, and sums of the folds before and after it.
fn folds(blocks: &[&Factor], times: &[f64], folds: usize) -> Result<Vec<Fold>, HullError> {
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

/// By order, then by size, then by method.
struct Errors {
    train: Vec<Vec<f64>>,
    held_out: Vec<Vec<f64>>,
}

fn errors(
    folds: &[Fold],
    orders: &[Vec<usize>],
    options: &CurveOptions,
    settings: &Settings,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Errors, HullError> {
    let prepared: Vec<Prepared> = folds.iter().map(|fold| Prepared::new(fold, options.with_intercept)).collect();
    let weight = |factors: &dyn Fn(&Fold) -> f64| folds.iter().map(factors).sum::<f64>();
    let (train_weight, test_weight) = (weight(&|fold| fold.train.weight()), weight(&|fold| fold.test.weight()));
    let order = |order: &Vec<usize>| {
        let path = |prepared: &Prepared| match settings.stopped() {
            Some(stopped) => Err(HullError::Stopped(stopped)),
            None => Ok(prepared.path(order, &options.sizes)),
        };
        let paths: Vec<Vec<[f64; 2]>> = prepared.par_iter().map(path).collect::<Result<_, _>>()?;
        let sum = |side: usize, weight: f64| -> Vec<f64> {
            (0..paths[0].len()).map(|cell| paths.iter().map(|path| path[cell][side]).sum::<f64>() / weight).collect()
        };
        done(1);
        Ok((sum(0, train_weight), sum(1, test_weight)))
    };
    let all: Vec<(Vec<f64>, Vec<f64>)> = orders.par_iter().map(order).collect::<Result<_, HullError>>()?;
    let (train, held_out) = all.into_iter().unzip();
    Ok(Errors { train, held_out })
}
