//! The tables of the study.

use super::{AgentDistance, Comparison, JudgeMethod, JudgesFindings, MethodResult, Prediction, Weight, picture};
use crate::StudyError;
use std::path::PathBuf;
use suasion_regression::CurvePoint;
use suasion_table::{Column, Folder, Get, csv, parquet};

const MSE: &str = "utility squared";
const UTILITY: &str = "utility";
const SHARE: &str = "fraction";

const fn column<R>(name: &'static str, unit: &'static str, meaning: &'static str, get: Get<R>) -> Column<R> {
    Column { name, unit, meaning, get }
}

const METHODS: &[Column<MethodResult>] = &[
    column("method", "", "how the human is predicted", Get::Text(|row| row.method.name())),
    column(
        "in_sample_mse",
        MSE,
        "mean squared error on all items, fitted to them",
        Get::Number(|row| row.in_sample.mse),
    ),
    column(
        "in_sample_r2",
        SHARE,
        "the share of the constant's error that it removes",
        Get::Number(|row| row.in_sample.r2),
    ),
    column("training_low", MSE, "lower quantile of the folds' errors in training", Get::Number(|row| row.training.low)),
    column(
        "training_high",
        MSE,
        "upper quantile of the folds' errors in training",
        Get::Number(|row| row.training.high),
    ),
    column("in_sample_auc", SHARE, "area under the ROC curve, of yes and no", Get::Maybe(|row| row.in_sample.auc)),
    column("held_out_mse", MSE, "mean squared error on items held out", Get::Number(|row| row.held_out.mse)),
    column(
        "held_out_r2",
        SHARE,
        "the share of the constant's error that it removes",
        Get::Number(|row| row.held_out.r2),
    ),
    column("held_out_auc", SHARE, "area under the ROC curve, mean over folds", Get::Maybe(|row| row.held_out.auc)),
    column("folds_low", MSE, "lower quantile of the error over folds", Get::Number(|row| row.folds.low)),
    column("folds_high", MSE, "upper quantile of the error over folds", Get::Number(|row| row.folds.high)),
    column("interval_low", MSE, "lower end of its bootstrap interval", Get::Maybe(|row| row.interval.map(|b| b.low))),
    column("interval_high", MSE, "upper end of its bootstrap interval", Get::Maybe(|row| row.interval.map(|b| b.high))),
];

const COMPARISONS: &[Column<Comparison>] = &[
    column("method", "", "the method", Get::Text(|row| row.method.name())),
    column("rival", "", "the method that it is compared with", Get::Text(|row| row.rival.name())),
    column("gain", MSE, "how much smaller its held-out error is, mean over folds", Get::Number(|row| row.gain)),
    column("share", SHARE, "the gain as a share of the rival's error", Get::Number(|row| row.share)),
    column("gain_low", MSE, "lower end of the interval over paired folds", Get::Number(|row| row.interval.low)),
    column("gain_high", MSE, "upper end of the interval over paired folds", Get::Number(|row| row.interval.high)),
    column("bootstrap_low", MSE, "lower end by bootstrap", Get::Maybe(|row| row.bootstrap.map(|band| band.low))),
    column("bootstrap_high", MSE, "upper end by bootstrap", Get::Maybe(|row| row.bootstrap.map(|band| band.high))),
    column("wins", SHARE, "the share of folds in which it is better", Get::Number(|row| row.wins)),
];

const CURVE: &[Column<CurvePoint>] = &[
    column("agents", "", "the number of agents", Get::Integer(|row| row.size as u64)),
    column("method", "", "how the human is predicted; combinations with intercept", Get::Text(|row| row.method.name())),
    column("train_mse", MSE, "mean squared error in training, mean over subsets", Get::Number(|row| row.train_mse)),
    column("held_out_mse", MSE, "mean squared error held out, mean over subsets", Get::Number(|row| row.held_out_mse)),
    column("subsets_low", MSE, "lower quantile over subsets", Get::Number(|row| row.subsets.low)),
    column("subsets_high", MSE, "upper quantile over subsets", Get::Number(|row| row.subsets.high)),
    column("interval_low", MSE, "lower end of its bootstrap interval", Get::Maybe(|row| row.interval.map(|b| b.low))),
    column("interval_high", MSE, "upper end of its bootstrap interval", Get::Maybe(|row| row.interval.map(|b| b.high))),
];

const WEIGHTS: &[Column<Weight>] = &[
    column("agent", "", "the agent", Get::Text(|row| &row.agent)),
    column("method", "", "the combination", Get::Text(|row| row.method.name())),
    column("weight", "", "its weight, fitted to all items", Get::Number(|row| row.weight)),
    column("weight_low", "", "lower quantile over draws of items", Get::Maybe(|row| row.spread.map(|band| band.low))),
    column("weight_high", "", "upper quantile over draws of items", Get::Maybe(|row| row.spread.map(|band| band.high))),
    column("chosen", SHARE, "the share of draws in which it has a positive weight", Get::Maybe(|row| row.chosen)),
];

const AGENTS: &[Column<AgentDistance>] = &[
    column("agent", "", "the agent", Get::Text(|row| &row.agent)),
    column("mean", UTILITY, "the mean of its scores", Get::Number(|row| row.mean)),
    column("spread", UTILITY, "their standard deviation", Get::Number(|row| row.spread)),
    column("correlation", "", "their correlation with the human", Get::Maybe(|row| row.correlation)),
    column("human", UTILITY, "its distance from the human (root mean square)", Get::Number(|row| row.human)),
    column("calibrated", UTILITY, "this distance after the best scale and offset", Get::Number(|row| row.calibrated)),
    column("others", UTILITY, "its distance from the hull of the other agents", Get::Maybe(|row| row.others)),
];

const fn predicted(method: JudgeMethod, get: fn(&Prediction) -> f64) -> Column<Prediction> {
    column(method.name(), UTILITY, "its prediction, held out, mean over repeats", Get::Number(get))
}

const PREDICTIONS: &[Column<Prediction>] = &[
    column("item", "", "the item", Get::Text(|row| &row.item)),
    column("human", UTILITY, "the human utility", Get::Number(|row| row.human)),
    predicted(JudgeMethod::Constant, |row| row.held_out[JudgeMethod::Constant as usize]),
    predicted(JudgeMethod::BestSingle, |row| row.held_out[JudgeMethod::BestSingle as usize]),
    predicted(JudgeMethod::BestCalibrated, |row| row.held_out[JudgeMethod::BestCalibrated as usize]),
    predicted(JudgeMethod::Mean, |row| row.held_out[JudgeMethod::Mean as usize]),
    predicted(JudgeMethod::CalibratedMean, |row| row.held_out[JudgeMethod::CalibratedMean as usize]),
    predicted(JudgeMethod::Nnls, |row| row.held_out[JudgeMethod::Nnls as usize]),
    predicted(JudgeMethod::NnlsIntercept, |row| row.held_out[JudgeMethod::NnlsIntercept as usize]),
    predicted(JudgeMethod::Simplex, |row| row.held_out[JudgeMethod::Simplex as usize]),
    predicted(JudgeMethod::SimplexIntercept, |row| row.held_out[JudgeMethod::SimplexIntercept as usize]),
];

impl JudgesFindings {
    /// Writes the tables `fits`, `comparisons`, `weights`, `agents`, `predictions` and, if there is
    /// one, `curve` as `.csv` and `.parquet`; the pictures `methods`, `weights`, `fitted` and
    /// `curve` as `.svg` and `.png`; and the given other files. Returns their paths.
    ///
    /// # Errors
    /// If a file cannot be created or written. In that case, none is.
    pub fn write(&self, mut folder: Folder, others: &[(&str, Vec<u8>)]) -> Result<Vec<PathBuf>, StudyError> {
        let about = serde_json::to_string(&self.study).unwrap_or_default();
        table(&mut folder, "fits", METHODS, &self.methods, &about)?;
        table(&mut folder, "comparisons", COMPARISONS, &self.comparisons, &about)?;
        table(&mut folder, "weights", WEIGHTS, &self.weights, &about)?;
        table(&mut folder, "agents", AGENTS, &self.distances, &about)?;
        table(&mut folder, "predictions", PREDICTIONS, &self.predictions, &about)?;
        if let Some(curve) = &self.curve {
            table(&mut folder, "curve", CURVE, &curve.points, &about)?;
        }
        for (name, figure) in picture::figures(self) {
            folder.add(&format!("{name}.svg"), figure.svg()?.as_bytes())?;
            folder.add(&format!("{name}.png"), &figure.png()?)?;
        }
        for (name, content) in others {
            folder.add(name, content)?;
        }
        Ok(folder.finish()?)
    }
}

fn table<R>(folder: &mut Folder, name: &str, columns: &[Column<R>], rows: &[R], about: &str) -> Result<(), StudyError> {
    folder.add(&format!("{name}.csv"), &csv(columns, rows)?)?;
    folder.add(&format!("{name}.parquet"), &parquet(columns, rows, &[("suasion.study.judges", about.into())])?)?;
    Ok(())
}
