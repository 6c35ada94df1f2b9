//! The output of `suasion hull fit`: JSON and tables of weights.

use super::super::or_problem;
use crate::failure::Failure;
use serde::Serialize;
use std::path::PathBuf;
use suasion_plot::Figure;
use suasion_regression::{Combination, Kkt, Reduction, RegressionError, Single, TargetFit, WeightedSum};
use suasion_results::Format;
use suasion_table::{Column, Folder, Get, csv, parquet};

/// The largest violation of the optimality conditions that a fit may have.
const OPTIMAL: f64 = 1e-9;
/// Errors on the factor and on the rows agree if they differ by less than this fraction of them ...
const SAME: f64 = 1e-9;
/// ... or, for an exact fit, of the target's mean square ...
const EXACT: f64 = 1e-14;
/// ... or by less than this multiple of the rounding of the fit's terms.
const ROUNDINGS: f64 = 16.0 * f64::EPSILON;

/// The fits of a group, or the reason why there are none.
#[derive(Serialize)]
pub struct FitResult<'a> {
    format: Format,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_weight: Option<&'a str>,
    /// The number of rows of all groups that were left out because they lack a value.
    dropped: u64,
    agents: &'a [String],
    #[serde(flatten, serialize_with = "or_problem")]
    pub fitted: Result<Fitted, String>,
}

/// All fits of one target.
#[derive(Serialize)]
pub struct Fitted {
    pub rows: u64,
    weight: f64,
    pub with_intercept: bool,
    pub variance: f64,
    mean_square: f64,
    pub best_single: BestSingle,
    pub mean: Mean,
    pub nnls: Weighted,
    pub simplex: Weighted,
    /// Whether the errors on the rows agree with those on the factor; `None` if the rows were not
    /// read again.
    confirmed: Option<bool>,
    #[serde(skip)]
    difference: f64,
    /// Each agent alone.
    pub singles: Vec<Single>,
}

/// The best agent as it is, without calibration.
#[derive(Serialize)]
pub struct BestSingle {
    pub agent: String,
    #[serde(skip)]
    place: usize,
    pub mse: f64,
    pub confirmed_mse: Option<f64>,
    pub calibrated: BestCalibrated,
}

/// The best agent with its own scale and offset.
#[derive(Serialize)]
pub struct BestCalibrated {
    pub agent: String,
    pub mse: f64,
    pub scale: f64,
    pub offset: f64,
}

/// The plain mean.
#[derive(Serialize)]
pub struct Mean {
    pub mse: f64,
    pub confirmed_mse: Option<f64>,
    pub calibrated: suasion_regression::Calibrated,
}

/// A combination of agents.
#[derive(Serialize)]
pub struct Weighted {
    pub mse: f64,
    pub confirmed_mse: Option<f64>,
    pub weights: Vec<f64>,
    pub intercept: f64,
    pub support: usize,
    pub kkt: Kkt,
    #[serde(skip)]
    magnitude: f64,
}

impl From<Combination> for Weighted {
    fn from(found: Combination) -> Self {
        let support = found.support();
        let Combination { mse, weights, intercept, kkt, magnitude } = found;
        Self { mse, confirmed_mse: None, weights, intercept, support, kkt, magnitude }
    }
}

impl<'a> FitResult<'a> {
    pub fn new(group: Option<&'a str>, reduction: &'a Reduction, fitted: Result<TargetFit, RegressionError>) -> Self {
        let columns = &reduction.columns;
        Self {
            format: Format,
            kind: "hull_fit",
            group,
            target: &columns.target,
            sample_weight: columns.weight.as_deref(),
            dropped: reduction.dropped,
            agents: &columns.agents,
            fitted: fitted.map(|fit| Fitted::new(fit, &columns.agents)).map_err(|cause| cause.to_string()),
        }
    }

    /// Whether there is a fit that is optimal and not refuted.
    pub fn good(&self) -> bool {
        let optimal = |fit: &Weighted| fit.kkt.stationarity.max(fit.kkt.dual) <= OPTIMAL;
        let good =
            |fitted: &Fitted| optimal(&fitted.nnls) && optimal(&fitted.simplex) && fitted.confirmed != Some(false);
        self.fitted.as_ref().is_ok_and(good)
    }
}

impl Fitted {
    fn new(fit: TargetFit, agents: &[String]) -> Self {
        let (best, own) = (fit.best_single(), fit.best_calibrated());
        let calibrated = fit.singles[own].calibrated;
        Self {
            rows: fit.rows,
            weight: fit.weight,
            with_intercept: fit.with_intercept,
            variance: fit.variance,
            mean_square: fit.mean_square,
            best_single: BestSingle {
                agent: agents[best].clone(),
                place: best,
                mse: fit.singles[best].mse,
                confirmed_mse: None,
                calibrated: BestCalibrated {
                    agent: agents[own].clone(),
                    mse: calibrated.mse,
                    scale: calibrated.scale,
                    offset: calibrated.offset,
                },
            },
            mean: Mean { mse: fit.mean.mse, confirmed_mse: None, calibrated: fit.mean.calibrated },
            nnls: fit.nnls.into(),
            simplex: fit.simplex.into(),
            confirmed: None,
            difference: 0.0,
            singles: fit.singles,
        }
    }

    /// The sums to confirm: the best single agent, the mean, the non-negative and the convex
    /// combination.
    pub fn sums(&self) -> Vec<WeightedSum> {
        let k = self.nnls.weights.len();
        let mut single = vec![0.0; k];
        single[self.best_single.place] = 1.0;
        vec![
            WeightedSum { weights: single, intercept: 0.0 },
            WeightedSum { weights: vec![1.0 / k as f64; k], intercept: 0.0 },
            WeightedSum { weights: self.nnls.weights.clone(), intercept: self.nnls.intercept },
            WeightedSum { weights: self.simplex.weights.clone(), intercept: self.simplex.intercept },
        ]
    }

    /// Compares the errors of [`Self::sums`] on the rows with those of the fits.
    pub fn confirm(&mut self, errors: &[f64]) {
        let mut all = [
            (self.best_single.mse, &mut self.best_single.confirmed_mse, 0.0),
            (self.mean.mse, &mut self.mean.confirmed_mse, 0.0),
            (self.nnls.mse, &mut self.nnls.confirmed_mse, self.nnls.magnitude),
            (self.simplex.mse, &mut self.simplex.confirmed_mse, self.simplex.magnitude),
        ];
        let (mut confirmed, mut difference) = (true, 0.0_f64);
        for ((mse, place, magnitude), &error) in all.iter_mut().zip(errors) {
            **place = Some(error);
            let off = (error - *mse).abs();
            // Large terms that cancel leave their rounding errors in every residual.
            let rounding = ROUNDINGS * *magnitude;
            let rounded = 2.0 * rounding * mse.sqrt() + rounding * rounding;
            confirmed &= off <= SAME * *mse + EXACT * self.mean_square + rounded;
            if *mse > EXACT * self.mean_square {
                difference = difference.max(off / *mse);
            }
        }
        self.confirmed = Some(confirmed);
        self.difference = difference;
    }

    /// Whether the errors were confirmed, and the largest fraction by which they differ.
    pub fn confirmed(&self) -> Option<(bool, f64)> {
        self.confirmed.map(|confirmed| (confirmed, self.difference))
    }
}

/// An agent of a group.
struct Row<'a> {
    group: &'a str,
    agent: &'a str,
    single: Single,
    nnls: f64,
    simplex: f64,
    intercepts: [f64; 2],
}

/// The columns of the table.
fn columns<'a>() -> [Column<Row<'a>>; 10] {
    [
        Column {
            name: "group",
            unit: "",
            meaning: "the group; empty where rows are not grouped",
            get: Get::Text(|row| row.group),
        },
        Column { name: "agent", unit: "", meaning: "the agent", get: Get::Text(|row| row.agent) },
        Column {
            name: "nnls",
            unit: "",
            meaning: "its weight in the best non-negative combination",
            get: Get::Number(|row| row.nnls),
        },
        Column {
            name: "simplex",
            unit: "",
            meaning: "its weight in the best convex combination",
            get: Get::Number(|row| row.simplex),
        },
        Column {
            name: "nnls_intercept",
            unit: "target",
            meaning: "the intercept of that combination, the same for all agents of a group",
            get: Get::Number(|row| row.intercepts[0]),
        },
        Column {
            name: "simplex_intercept",
            unit: "target",
            meaning: "the intercept of the convex one",
            get: Get::Number(|row| row.intercepts[1]),
        },
        Column {
            name: "mse",
            unit: "target squared",
            meaning: "its mean squared error alone",
            get: Get::Number(|row| row.single.mse),
        },
        Column {
            name: "calibrated_mse",
            unit: "target squared",
            meaning: "the same with its own best scale and offset",
            get: Get::Number(|row| row.single.calibrated.mse),
        },
        Column {
            name: "scale",
            unit: "target per agent",
            meaning: "its own best scale, at least 0",
            get: Get::Number(|row| row.single.calibrated.scale),
        },
        Column {
            name: "offset",
            unit: "target",
            meaning: "its own best offset",
            get: Get::Number(|row| row.single.calibrated.offset),
        },
    ]
}

/// Writes weights and pictures, and returns the paths.
pub fn write(
    results: &[FitResult<'_>],
    reduction: &Reduction,
    figure: &Figure,
    mut folder: Folder,
) -> Result<Vec<PathBuf>, Failure> {
    let mut rows = vec![];
    for result in results {
        if let Ok(fitted) = &result.fitted {
            for (agent, name) in reduction.columns.agents.iter().enumerate() {
                rows.push(Row {
                    group: result.group.unwrap_or_default(),
                    agent: name,
                    single: fitted.singles[agent],
                    nnls: fitted.nnls.weights[agent],
                    simplex: fitted.simplex.weights[agent],
                    intercepts: [fitted.nnls.intercept, fitted.simplex.intercept],
                });
            }
        }
    }
    let about = serde_json::to_string(&reduction.columns).unwrap_or_default();
    folder.add("weights.csv", &csv(&columns(), &rows)?)?;
    folder.add("weights.parquet", &parquet(&columns(), &rows, &[("suasion.hull.weights", about)])?)?;
    folder.add("weights.svg", figure.svg()?.as_bytes())?;
    folder.add("weights.png", &figure.png()?)?;
    Ok(folder.finish()?)
}
