//! Language models as judges: is a human closer to the hull of many agents than to any one of them?
//!
//! *Data.* Agents (personas of a language model) score items that a human judged ([`JudgeLabels`],
//! [`crate::data::Items`]). The names of items join the two ([`Scores`]).
//!
//! *Measurements.* How well the best single agent, the mean, and combinations predict the human
//! ([`JudgeMethod`]), in the sample and on items that were held out. The significance of
//! differences, over paired folds and by a bootstrap ([`Comparison`]). The curve over the number of
//! agents. The weights with their spread ([`Weight`]). The distances of agents from the human and
//! from the hull of the others ([`AgentDistance`]). The same scores also give an instance of the
//! game ([`bridge`]).
//!
//! Results depend neither on the order of items or agents in files, nor on the number of threads.

pub mod bridge;
mod clusters;
mod comparison;
mod curve;
mod distance;
mod draws;
mod finding;
mod held_out;
mod method;
mod picture;
mod ranking;
mod scores;
mod tables;

use crate::StudyError;
use held_out::Fold;
use method::Fitted;
use ranking::area;
use rayon::prelude::*;
use serde::Serialize;
use suasion_persuasion::{Settings, Stopped};
use suasion_regression::{Combination, ErrorCurve, RegressionError};

pub use comparison::{Comparison, JudgesVerdict};
pub use distance::AgentDistance;
pub use finding::short;
pub use method::JudgeMethod;
pub use scores::{Joined, JudgeLabels, Scores};
pub use suasion_regression::Band;

/// The largest number of folds, repeats, draws and subsets.
const MOST: usize = 100_000;
/// The expected range of a share.
const SHARE: &str = "a number between 0 and 1";

/// The settings of the study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judges {
    /// The number of folds. Each is held out once.
    pub folds: usize,
    /// How many times items are dealt to folds.
    pub repeats: usize,
    /// The number of bootstrap draws for intervals and the spread of weights; 0 for none. Items are
    /// drawn in their groups and within folds.
    pub bootstrap: usize,
    /// The number of random subsets of agents of each size in the curve; 0 for no curve.
    pub subsets: usize,
    /// The number of bootstrap draws of blocks for the bands of the curve.
    pub curve_bootstrap: usize,
    /// The coverage of intervals and bands.
    pub confidence: f64,
    /// The seed of all random draws.
    pub seed: u64,
}

impl Default for Judges {
    fn default() -> Self {
        Self { folds: 5, repeats: 10, bootstrap: 200, subsets: 50, curve_bootstrap: 100, confidence: 0.95, seed: 0 }
    }
}

/// The quality of predictions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// The mean squared error, in squared units of utility.
    pub mse: f64,
    /// The share of the error of the human mean that the predictions remove. The mean is computed
    /// from the same items as everything else.
    pub r2: f64,
    /// The area under the ROC curve, if the human says yes or no. Held out, it is the mean over
    /// folds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
}

/// The results of a method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodResult {
    /// The method.
    pub method: JudgeMethod,
    /// On all items, to which it was fitted.
    pub in_sample: Quality,
    /// The range of the folds' training errors, without the share (1 - confidence) / 2 at either
    /// end.
    pub training: Band,
    /// On items that were held out.
    pub held_out: Quality,
    /// The range of the folds' held-out errors, without the same share.
    pub folds: Band,
    /// The bootstrap interval of the held-out error; `None` without draws.
    pub interval: Option<Band>,
}

/// The weight of an agent in a combination.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// The agent.
    pub agent: String,
    /// The combination.
    pub method: JudgeMethod,
    /// The weight, fitted to all items.
    pub weight: f64,
    /// The range of weights over the draws of items; `None` without draws.
    pub spread: Option<Band>,
    /// The share of draws in which the weight is positive.
    pub chosen: Option<f64>,
}

/// An item with the human utility and the predictions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The item.
    pub item: String,
    /// The human utility.
    pub human: f64,
    /// The held-out prediction of each method, as the mean over repeats, in the order of
    /// [`JudgeMethod::ALL`].
    pub held_out: Vec<f64>,
}

/// The results of the study.
#[derive(Clone, Debug, Serialize)]
pub struct JudgesFindings {
    /// The settings.
    pub study: Judges,
    /// How labels and data match.
    pub joined: Joined,
    /// The agents.
    pub agents: usize,
    /// The mean of the human utility.
    pub human_mean: f64,
    /// The variance of the human utility.
    pub human_variance: f64,
    /// Whether the human says yes or no.
    pub binary: bool,
    /// The results of each method, in the order of [`JudgeMethod::ALL`].
    pub methods: Vec<MethodResult>,
    /// Whether combinations beat the other methods.
    pub comparisons: Vec<Comparison>,
    /// The distance of the human from the convex hull of all agents: the root mean square, in units
    /// of utility.
    pub hull_distance: f64,
    /// The distances of the agents, ordered by name.
    pub distances: Vec<AgentDistance>,
    /// The weights, by combination and agent.
    pub weights: Vec<Weight>,
    /// The intercept of each combination that has one.
    pub intercepts: Vec<(JudgeMethod, f64)>,
    /// The errors against the number of agents, if they were requested.
    pub curve: Option<ErrorCurve>,
    /// The items. They are not in the JSON.
    #[serde(skip)]
    pub predictions: Vec<Prediction>,
    /// The number of draws behind the bootstrap intervals.
    pub draws: usize,
    /// Why there are fewer draws than requested, or no curve.
    #[serde(serialize_with = "stopped_in_words", skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn stopped_in_words<S: serde::Serializer>(stopped: &Option<Stopped>, serializer: S) -> Result<S::Ok, S::Error> {
    stopped.map(|stopped| stopped.to_string()).serialize(serializer)
}

/// The combinations whose weights are reported.
const COMBINATIONS: [JudgeMethod; 4] =
    [JudgeMethod::Nnls, JudgeMethod::NnlsIntercept, JudgeMethod::Simplex, JudgeMethod::SimplexIntercept];

impl Fitted {
    /// In the order of [`COMBINATIONS`].
    fn combinations(&self) -> [&Combination; 4] {
        let [plain, shifted] = &self.fits;
        [&plain.nnls, &shifted.nnls, &plain.simplex, &shifted.simplex]
    }
}

/// One draw of items: held-out errors by method, and weights by combination.
struct Draw {
    held_out: Vec<f64>,
    weights: [Vec<f64>; 4],
}

impl Draw {
    fn new(scores: &Scores, folds: &[Vec<usize>]) -> Result<Self, RegressionError> {
        let (found, factor) = held_out::held_out(scores, folds)?;
        let fitted = Fitted::new(&factor)?;
        let weights = fitted.combinations().map(|combination| combination.weights.clone());
        Ok(Self { held_out: held_out::pooled(&found), weights })
    }
}

impl Judges {
    /// Checks the settings.
    ///
    /// # Errors
    /// If a number is out of its range.
    pub fn check(&self) -> Result<(), StudyError> {
        let number =
            |what, found: &dyn ToString, expected| Err(StudyError::Number { what, found: found.to_string(), expected });
        if !(2..=MOST).contains(&self.folds) {
            return number("the number of folds", &self.folds, "from 2 to 100000");
        }
        if !(1..=MOST).contains(&self.repeats) {
            return number("the number of repeats", &self.repeats, "from 1 to 100000");
        }
        if self.bootstrap > MOST || self.curve_bootstrap > MOST {
            return number("the number of draws", &self.bootstrap.max(self.curve_bootstrap), "at most 100000");
        }
        if self.subsets > MOST {
            return number("the number of subsets", &self.subsets, "at most 100000");
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return number("the confidence", &self.confidence, SHARE);
        }
        Ok(())
    }

    /// Checks that the study can be run on these scores.
    fn check_scores(&self, scores: &Scores) -> Result<(), StudyError> {
        let groups = scores.groups.len();
        if groups < 2 * self.folds {
            let what = if groups == scores.items.len() {
                "the number of items in common"
            } else {
                "the number of groups of items in common"
            };
            return Err(StudyError::Number { what, found: groups.to_string(), expected: "at least two for each fold" });
        }
        Ok(())
    }

    /// The number of steps that [`Self::run`] reports.
    #[must_use]
    pub fn steps(&self) -> usize {
        let curve = if self.subsets > 0 { self.subsets * (1 + self.curve_bootstrap) } else { 0 };
        self.repeats + self.bootstrap + curve
    }

    /// Runs the study, in parallel over repeats, draws and subsets. `done` is called as steps are
    /// done. The result is the same on any number of threads. If a limit of `settings` is reached
    /// during the bootstrap, the intervals cover the draws that were complete.
    ///
    /// # Errors
    /// If a number is out of its range, there is nothing to fit, or a limit of `settings` is
    /// reached before there is a result.
    pub fn run(
        &self,
        scores: &Scores,
        settings: &Settings,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<JudgesFindings, StudyError> {
        self.check()?;
        self.check_scores(scores)?;
        let all: Vec<usize> = (0..scores.items.len()).collect();
        let factor = scores.factor(&all)?;
        let whole = Fitted::new(&factor)?;
        let dealt: Vec<Vec<Vec<usize>>> =
            (0..self.repeats).map(|repeat| held_out::folds(self, scores, repeat)).collect();
        let repeat = |folds: &Vec<Vec<usize>>| {
            if let Some(stopped) = settings.stopped() {
                return Err(StudyError::Ended(stopped));
            }
            let found = held_out::held_out(scores, folds).map_err(flat)?.0;
            done(1);
            Ok(found)
        };
        let repeats: Vec<Vec<Fold>> = dealt.par_iter().map(repeat).collect::<Result<_, StudyError>>()?;
        let predictions = predictions(scores, &repeats);
        let folds: Vec<Fold> = repeats.into_iter().flatten().collect();
        let draw = |number: usize| -> Result<Option<Draw>, StudyError> {
            if settings.stopped().is_some() {
                return Ok(None);
            }
            let again = held_out::resampled(self, &dealt[number % self.repeats], number);
            let drawn = Draw::new(scores, &again);
            done(1);
            match drawn {
                // If few items are drawn, all may be alike. Such a draw carries no information.
                Err(RegressionError::ConstantTarget { .. }) => Ok(None),
                other => Ok(Some(other?)),
            }
        };
        let drawn: Vec<Option<Draw>> = (0..self.bootstrap).into_par_iter().map(draw).collect::<Result<_, _>>()?;
        let drawn: Vec<Draw> = drawn.into_iter().flatten().collect();
        let mut stopped = if drawn.len() < self.bootstrap { settings.stopped() } else { None };
        let curve = match self.curve(scores, settings, done) {
            Err(RegressionError::Stopped(_)) => {
                stopped = settings.stopped();
                None
            }
            other => other.map_err(flat)?,
        };
        if curve.as_ref().is_some_and(|curve| curve.stopped.is_some()) {
            stopped = stopped.or(settings.stopped());
        }
        let [plain, shifted] = &whole.fits;
        Ok(JudgesFindings {
            study: self.clone(),
            joined: scores.joined.clone(),
            agents: scores.agents.len(),
            human_mean: scores.human.iter().sum::<f64>() / scores.human.len() as f64,
            human_variance: plain.variance,
            binary: scores.binary,
            methods: self.methods(scores, &whole, &folds, &drawn),
            comparisons: self.comparisons(&folds, &drawn),
            hull_distance: plain.simplex.mse.sqrt(),
            distances: distance::distances(scores, &factor, plain)?,
            weights: self.weights(scores, &whole, &drawn),
            intercepts: vec![
                (JudgeMethod::NnlsIntercept, shifted.nnls.intercept),
                (JudgeMethod::SimplexIntercept, shifted.simplex.intercept),
            ],
            curve,
            predictions,
            draws: drawn.len(),
            stopped,
        })
    }

    fn methods(&self, scores: &Scores, whole: &Fitted, folds: &[Fold], drawn: &[Draw]) -> Vec<MethodResult> {
        let all: Vec<usize> = (0..scores.items.len()).collect();
        let in_sample: Vec<Vec<f64>> = whole.predictors.iter().map(|predictor| predictor.of(scores, &all)).collect();
        let errors: Vec<f64> =
            in_sample.iter().map(|predicted| held_out::mse(predicted, |item| scores.human[item])).collect();
        let pooled = held_out::pooled(folds);
        let band = |values: Vec<f64>| Band::of(values, self.confidence);
        let r2 = |errors: &[f64], method: usize| 1.0 - errors[method] / errors[JudgeMethod::Constant as usize];
        let one = |method: JudgeMethod| {
            let at = method as usize;
            let areas: Vec<f64> = folds.iter().filter_map(|fold| fold.area[at]).collect();
            let auc = if scores.binary { area(&in_sample[at], |item| scores.human[item] == 1.0) } else { None };
            MethodResult {
                method,
                in_sample: Quality { mse: errors[at], r2: r2(&errors, at), auc },
                held_out: Quality {
                    mse: pooled[at],
                    r2: r2(&pooled, at),
                    auc: (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64),
                },
                training: band(folds.iter().map(|fold| fold.training[at]).collect()),
                folds: band(folds.iter().map(|fold| fold.held_out[at]).collect()),
                interval: Band::about(
                    pooled[at],
                    drawn.iter().map(|draw| draw.held_out[at]).collect(),
                    self.confidence,
                ),
            }
        };
        JudgeMethod::ALL.map(one).into()
    }

    fn comparisons(&self, folds: &[Fold], drawn: &[Draw]) -> Vec<Comparison> {
        let one = |(method, rival): (JudgeMethod, JudgeMethod)| {
            let found = comparison::compare(self, folds, method, rival);
            let gain = |draw: &Draw| draw.held_out[rival as usize] - draw.held_out[method as usize];
            let bootstrap = Band::about(found.gain, drawn.iter().map(gain).collect(), self.confidence);
            Comparison { bootstrap, ..found }
        };
        comparison::pairs().map(one).collect()
    }

    fn weights(&self, scores: &Scores, whole: &Fitted, drawn: &[Draw]) -> Vec<Weight> {
        let mut weights = vec![];
        for (place, (method, fitted)) in COMBINATIONS.into_iter().zip(whole.combinations()).enumerate() {
            for (agent, name) in scores.agents.iter().enumerate() {
                let drawn: Vec<f64> = drawn.iter().map(|draw| draw.weights[place][agent]).collect();
                let count = drawn.len() as f64;
                weights.push(Weight {
                    agent: name.clone(),
                    method,
                    weight: fitted.weights[agent],
                    chosen: (!drawn.is_empty()).then(|| drawn.iter().filter(|w| **w > 0.0).count() as f64 / count),
                    spread: (!drawn.is_empty()).then(|| Band::of(drawn, self.confidence)),
                });
            }
        }
        weights
    }
}

/// A human utility that varies over all items may be constant outside a fold.
fn flat(cause: RegressionError) -> StudyError {
    match cause {
        RegressionError::ConstantTarget { .. } => StudyError::Flat,
        other => other.into(),
    }
}

/// The held-out predictions of each item.
fn predictions(scores: &Scores, repeats: &[Vec<Fold>]) -> Vec<Prediction> {
    let mut sums = vec![vec![0.0; JudgeMethod::ALL.len()]; scores.items.len()];
    for fold in repeats.iter().flatten() {
        for (method, predicted) in fold.predicted.iter().enumerate() {
            for (&item, predicted) in fold.items.iter().zip(predicted) {
                sums[item][method] += predicted / repeats.len() as f64;
            }
        }
    }
    let one = |(item, held_out): (usize, Vec<f64>)| Prediction {
        item: scores.items[item].clone(),
        human: scores.human[item],
        held_out,
    };
    sums.into_iter().enumerate().map(one).collect()
}
