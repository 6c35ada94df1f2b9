//! The output of `suasion hull curve`: JSON, tables and pictures.

use super::super::or_problem;
use crate::failure::Failure;
use serde::Serialize;
use std::path::PathBuf;
use suasion_plot::Figure;
use suasion_regression::{CurveOptions, CurvePoint, ErrorCurve, Reduction};
use suasion_results::Format;
use suasion_table::{Column, Folder, Get, csv, parquet};

/// The curve of a group, or the reason why there is none.
#[derive(Serialize)]
pub struct CurveResult<'a> {
    format: Format,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    pub target: &'a str,
    /// The number of rows of all groups that were left out because they lack a value.
    dropped: u64,
    pub agents: &'a [String],
    subsets: usize,
    folds: usize,
    bootstrap: usize,
    confidence: f64,
    with_intercept: bool,
    seed: u64,
    #[serde(flatten, serialize_with = "or_problem")]
    pub found: Result<ErrorCurve, String>,
}

impl<'a> CurveResult<'a> {
    pub fn new(
        group: Option<&'a str>,
        reduction: &'a Reduction,
        options: &CurveOptions,
        found: Result<ErrorCurve, String>,
    ) -> Self {
        Self {
            format: Format,
            kind: "hull_curve",
            group,
            target: &reduction.columns.target,
            dropped: reduction.dropped,
            agents: &reduction.columns.agents,
            subsets: options.subsets,
            folds: options.folds,
            bootstrap: options.bootstrap,
            confidence: options.confidence,
            with_intercept: options.with_intercept,
            seed: options.seed,
            found,
        }
    }
}

/// A point of a group's curve.
struct Row<'a> {
    group: &'a str,
    point: &'a CurvePoint,
}

const MSE: &str = "target squared";
/// The columns of the table.
fn columns<'a>() -> [Column<Row<'a>>; 9] {
    [
        Column {
            name: "group",
            unit: "",
            meaning: "the group; empty where rows are not grouped",
            get: Get::Text(|row| row.group),
        },
        Column { name: "agents", unit: "", meaning: "how many agents", get: Get::Integer(|row| row.point.size as u64) },
        Column {
            name: "method",
            unit: "",
            meaning: "how the target is predicted from them",
            get: Get::Text(|row| row.point.method.name()),
        },
        Column {
            name: "train_mse",
            unit: MSE,
            meaning: "mean squared error over the rows of all training, mean over subsets",
            get: Get::Number(|row| row.point.train_mse),
        },
        Column {
            name: "held_out_mse",
            unit: MSE,
            meaning: "mean squared error on what was held out, mean over subsets",
            get: Get::Number(|row| row.point.held_out_mse),
        },
        Column {
            name: "subsets_low",
            unit: MSE,
            meaning: "lower quantile over subsets",
            get: Get::Number(|row| row.point.subsets.low),
        },
        Column {
            name: "subsets_high",
            unit: MSE,
            meaning: "upper quantile over subsets",
            get: Get::Number(|row| row.point.subsets.high),
        },
        Column {
            name: "interval_low",
            unit: MSE,
            meaning: "lower end of the bootstrap interval of held_out_mse",
            get: Get::Maybe(|row| row.point.interval.map(|band| band.low)),
        },
        Column {
            name: "interval_high",
            unit: MSE,
            meaning: "upper end of the bootstrap interval of held_out_mse",
            get: Get::Maybe(|row| row.point.interval.map(|band| band.high)),
        },
    ]
}

/// Writes the curves and their picture, and returns the paths.
pub fn write(
    results: &[CurveResult<'_>],
    reduction: &Reduction,
    figure: &Figure,
    mut folder: Folder,
) -> Result<Vec<PathBuf>, Failure> {
    let mut rows = vec![];
    for result in results {
        let points = result.found.iter().flat_map(|curve| &curve.points);
        rows.extend(points.map(|point| Row { group: result.group.unwrap_or_default(), point }));
    }
    let about = serde_json::to_string(&reduction.columns).unwrap_or_default();
    folder.add("curve.csv", &csv(&columns(), &rows)?)?;
    folder.add("curve.parquet", &parquet(&columns(), &rows, &[("suasion.hull.curve", about)])?)?;
    folder.add("curve.svg", figure.svg()?.as_bytes())?;
    folder.add("curve.png", &figure.png()?)?;
    Ok(folder.finish()?)
}
