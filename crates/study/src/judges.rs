//! Language models as judges: is a human nearer to the hull of many agents than to any one of them?
//!
//! *Data.* Agents (personas of a language model) score items that a human judged ([`Labels`], [`crate::data::Items`]); both are joined by the
//! names of items ([`Scores`]).
//!
//! *Measured:* how well the human is predicted by the best single agent, by the mean and by combinations ([`Method`]), in the sample and on items
//! that were held out; how much that says, over paired folds and by a bootstrap ([`Comparison`]); the curve over the number of agents; the
//! weights with their spread ([`Weight`]); how far agents are from the human and from the hull of the others ([`AgentDistance`]). From the same
//! scores an instance of the game is made ([`bridge`]).
//!
//! Nothing depends on the order of items or agents in files, nor on the number of threads.

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

pub use comparison::{Comparison, Verdict};
pub use distance::AgentDistance;
pub use finding::short;
pub use method::Method;
pub use scores::{Joined, Labels, Scores};
pub use suasion_regression::Band;

/// The most folds, repeats, draws and subsets.
const MOST: usize = 100_000;
/// A share that is no quantile of anything.
const SHARE: &str = "a number between 0 and 1";

/// How the study is made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judges {
    /// The number of folds; each is held out once.
    pub folds: usize,
    /// How often items are dealt to folds anew.
    pub repeats: usize,
    /// How many times items are drawn anew, in their groups and within folds, for intervals and the spread of weights; 0 for none.
    pub bootstrap: usize,
    /// How many random subsets of agents of each size the curve has; 0 for no curve.
    pub subsets: usize,
    /// How many times blocks are drawn anew for the bands of the curve.
    pub curve_bootstrap: usize,
    /// What intervals and bands are to cover.
    pub confidence: f64,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Default for Judges {
    fn default() -> Self {
        Self { folds: 5, repeats: 10, bootstrap: 200, subsets: 50, curve_bootstrap: 100, confidence: 0.95, seed: 0 }
    }
}

/// How good predictions are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// The mean squared error, in the square of a unit of utility.
    pub mse: f64,
    /// What share of the error of the mean of the human (known from the same items as everything else) it takes away.
    pub r2: f64,
    /// The area under the ROC curve, where the human says yes or no. Held out: the mean over folds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
}

/// How a method does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodResult {
    /// The method.
    pub method: Method,
    /// On the items that it was fitted to: all.
    pub in_sample: Quality,
    /// Between which errors on what they are fitted to the folds' fits are, but for (1 - confidence) / 2 of them at either end.
    pub training: Band,
    /// On items that were held out.
    pub held_out: Quality,
    /// The same of held-out errors.
    pub folds: Band,
    /// The bootstrap interval of the held-out error; none without draws.
    pub interval: Option<Band>,
}

/// What a combination makes of an agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// The agent.
    pub agent: String,
    /// The combination.
    pub method: Method,
    /// The weight, fitted to all items.
    pub weight: f64,
    /// Between which weights the draws of items are; none without draws.
    pub spread: Option<Band>,
    /// In which share of the draws the weight is positive.
    pub chosen: Option<f64>,
}

/// An item, what the human says of it, and what was fitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The item.
    pub item: String,
    /// The human utility.
    pub human: f64,
    /// What each method says of it where it is held out, mean over repeats, in the order of [`Method::ALL`].
    pub held_out: Vec<f64>,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// How.
    pub study: Judges,
    /// How labels and data fit together.
    pub joined: Joined,
    /// The agents.
    pub agents: usize,
    /// The mean of the human.
    pub human_mean: f64,
    /// Its variance.
    pub human_variance: f64,
    /// Whether the human says yes or no.
    pub binary: bool,
    /// By method, in the order of [`Method::ALL`].
    pub methods: Vec<MethodResult>,
    /// Whether combinations beat the others.
    pub comparisons: Vec<Comparison>,
    /// The distance of the human from the convex hull of all agents: the root of the mean square, in units of utility.
    pub hull_distance: f64,
    /// The agents, by name.
    pub distances: Vec<AgentDistance>,
    /// By combination and agent.
    pub weights: Vec<Weight>,
    /// The intercept of each combination that has one.
    pub intercepts: Vec<(Method, f64)>,
    /// The errors against the number of agents, if they were asked for.
    pub curve: Option<ErrorCurve>,
    /// The items; not in JSON.
    #[serde(skip)]
    pub predictions: Vec<Prediction>,
    /// How many draws the bootstrap intervals are of.
    pub draws: usize,
    /// Why there are fewer than were asked for, or no curve.
    #[serde(serialize_with = "told", skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn told<S: serde::Serializer>(stopped: &Option<Stopped>, serializer: S) -> Result<S::Ok, S::Error> {
    stopped.map(|stopped| stopped.to_string()).serialize(serializer)
}

/// The combinations whose weights are told.
const COMBINATIONS: [Method; 4] = [Method::Nnls, Method::NnlsIntercept, Method::Simplex, Method::SimplexIntercept];

impl Fitted {
    /// In the order of [`COMBINATIONS`].
    fn combinations(&self) -> [&Combination; 4] {
        let [plain, shifted] = &self.fits;
        [&plain.nnls, &shifted.nnls, &plain.simplex, &shifted.simplex]
    }
}

/// A draw of items: held-out errors by method, and weights by combination.
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
    /// Whether there is such a study.
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

    /// Whether it can be made of these scores.
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

    /// How many steps [`Self::run`] tells of.
    #[must_use]
    pub fn steps(&self) -> usize {
        let curve = if self.subsets > 0 { self.subsets * (1 + self.curve_bootstrap) } else { 0 };
        self.repeats + self.bootstrap + curve
    }

    /// Makes the study, in parallel over repeats, draws and subsets; `done` is told of steps as they are done. The same on any number of threads.
    /// If `settings` end it while draws are made, intervals are those of the draws that were done by then.
    ///
    /// # Errors
    /// If a number is out of its range, there is nothing to fit, or `settings` end it before there is anything to tell.
    pub fn run(
        &self,
        scores: &Scores,
        settings: &Settings,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<Findings, StudyError> {
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
                // Few items drawn anew may all be alike: such a draw says nothing.
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
        Ok(Findings {
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
                (Method::NnlsIntercept, shifted.nnls.intercept),
                (Method::SimplexIntercept, shifted.simplex.intercept),
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
        let errors: Vec<f64> = in_sample.iter().map(|said| held_out::mse(said, |item| scores.human[item])).collect();
        let pooled = held_out::pooled(folds);
        let band = |values: Vec<f64>| Band::of(values, self.confidence);
        let r2 = |errors: &[f64], method: usize| 1.0 - errors[method] / errors[Method::Constant as usize];
        let one = |method: Method| {
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
        Method::ALL.map(one).into()
    }

    fn comparisons(&self, folds: &[Fold], drawn: &[Draw]) -> Vec<Comparison> {
        let one = |(method, rival): (Method, Method)| {
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

/// A human who varies in all items may not vary without a fold.
fn flat(cause: RegressionError) -> StudyError {
    match cause {
        RegressionError::ConstantTarget { .. } => StudyError::Flat,
        other => other.into(),
    }
}

/// What was said of each item where it was held out.
fn predictions(scores: &Scores, repeats: &[Vec<Fold>]) -> Vec<Prediction> {
    let mut sums = vec![vec![0.0; Method::ALL.len()]; scores.items.len()];
    for fold in repeats.iter().flatten() {
        for (method, said) in fold.predicted.iter().enumerate() {
            for (&item, said) in fold.items.iter().zip(said) {
                sums[item][method] += said / repeats.len() as f64;
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
