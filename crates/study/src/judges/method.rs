//! The ways to predict the human from the agents.

use super::Scores;
use serde::Serialize;
use suasion_regression::{Combination, Factor, RegressionError, TargetFit, fit};

/// A way to predict the human.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeMethod {
    /// The mean of the human, as a baseline.
    Constant,
    /// The agent with the smallest training error, unchanged.
    BestSingle,
    /// The agent that is best after a scale (at least 0) and an offset of its own.
    BestCalibrated,
    /// The plain mean of the agents, unchanged.
    Mean,
    /// The mean of the agents with the best scale (at least 0) and offset.
    CalibratedMean,
    /// The best non-negative combination.
    Nnls,
    /// The best non-negative combination with an intercept.
    NnlsIntercept,
    /// The best convex combination: the hull itself.
    Simplex,
    /// The best convex combination with an intercept.
    SimplexIntercept,
}

impl JudgeMethod {
    /// All methods.
    pub const ALL: [Self; 9] = [
        Self::Constant,
        Self::BestSingle,
        Self::BestCalibrated,
        Self::Mean,
        Self::CalibratedMean,
        Self::Nnls,
        Self::NnlsIntercept,
        Self::Simplex,
        Self::SimplexIntercept,
    ];

    /// Its name in tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::BestSingle => "best_single",
            Self::BestCalibrated => "best_calibrated",
            Self::Mean => "mean",
            Self::CalibratedMean => "calibrated_mean",
            Self::Nnls => "nnls",
            Self::NnlsIntercept => "nnls_intercept",
            Self::Simplex => "simplex",
            Self::SimplexIntercept => "simplex_intercept",
        }
    }

    /// Its name for readers.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Constant => "mean of the human",
            Self::BestSingle => "best single agent",
            Self::BestCalibrated => "best single agent, calibrated",
            Self::Mean => "mean of agents",
            Self::CalibratedMean => "mean of agents, calibrated",
            Self::Nnls => "non-negative combination",
            Self::NnlsIntercept => "non-negative combination with intercept",
            Self::Simplex => "convex combination",
            Self::SimplexIntercept => "convex combination with intercept",
        }
    }
}

/// A weighted sum of agents with an offset.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Predictor {
    pub weights: Vec<f64>,
    pub offset: f64,
}

impl Predictor {
    /// The predictions for some items.
    pub fn of(&self, scores: &Scores, items: &[usize]) -> Vec<f64> {
        let heavy: Vec<(usize, f64)> =
            self.weights.iter().copied().enumerate().filter(|(_, weight)| *weight != 0.0).collect();
        let one = |&item: &usize| heavy.iter().map(|&(j, w)| w * scores.scores[(item, j)]).sum::<f64>() + self.offset;
        items.iter().map(one).collect()
    }
}

/// Everything that is fitted to some items.
pub(super) struct Fitted {
    /// Without and with an intercept.
    pub fits: [TargetFit; 2],
    /// In the order of [`JudgeMethod::ALL`].
    pub predictors: Vec<Predictor>,
}

impl Fitted {
    pub fn new(factor: &Factor) -> Result<Self, RegressionError> {
        let (plain, shifted) = (fit(factor, false)?, fit(factor, true)?);
        let k = factor.agents();
        let triangle = factor.triangle();
        let mean = triangle[(0, k + 1)] / triangle[(0, 0)];
        let single = |agent: usize, weight: f64| (0..k).map(|j| if j == agent { weight } else { 0.0 }).collect();
        let (best, calibrated) = (plain.best_single(), plain.best_calibrated());
        let own = plain.singles[calibrated].calibrated;
        let whole = plain.mean.calibrated;
        let combined = |c: &Combination| Predictor { weights: c.weights.clone(), offset: c.intercept };
        let predictor = |method| match method {
            JudgeMethod::Constant => Predictor { weights: vec![0.0; k], offset: mean },
            JudgeMethod::BestSingle => Predictor { weights: single(best, 1.0), offset: 0.0 },
            JudgeMethod::BestCalibrated => Predictor { weights: single(calibrated, own.scale), offset: own.offset },
            JudgeMethod::Mean => Predictor { weights: vec![1.0 / k as f64; k], offset: 0.0 },
            JudgeMethod::CalibratedMean => Predictor { weights: vec![whole.scale / k as f64; k], offset: whole.offset },
            JudgeMethod::Nnls => combined(&plain.nnls),
            JudgeMethod::NnlsIntercept => combined(&shifted.nnls),
            JudgeMethod::Simplex => combined(&plain.simplex),
            JudgeMethod::SimplexIntercept => combined(&shifted.simplex),
        };
        let predictors = JudgeMethod::ALL.map(predictor).into();
        Ok(Self { fits: [plain, shifted], predictors })
    }
}
