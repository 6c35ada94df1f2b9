//! The picture of hull curves.

use super::output::CurveResult;
use suasion_plot::{Axis, Content, Figure, Lines, Marks, Panel, Point, Scale, Series, Style};
use suasion_regression::{CurveOptions, CurvePoint, FitMethod};

/// The largest number of groups with a panel.
const SHOWN: usize = 12;
/// Above this ratio of the largest to the smallest error, the axis of errors is logarithmic.
const WIDE: f64 = 20.0;

/// The methods to draw, with their styles and labels.
const DRAWN: [(FitMethod, Style, &str); 4] = [
    (FitMethod::BestSingle, Style::Vermillion, "best single agent"),
    (FitMethod::CalibratedMean, Style::Purple, "mean, calibrated"),
    (FitMethod::Nnls, Style::Blue, "non-negative combination"),
    (FitMethod::Simplex, Style::Green, "convex combination"),
];

/// A panel for each of the first groups, all with the same axes.
pub fn figure(results: &[CurveResult<'_>], options: &CurveOptions) -> Figure {
    let found: Vec<_> = results.iter().filter_map(|result| Some((result, result.found.as_ref().ok()?))).collect();
    let point = |point: &CurvePoint| {
        let band = point.interval.unwrap_or(point.subsets);
        Point { x: point.size as f64, y: point.held_out_mse, low: band.low, high: band.high }
    };
    let drawn = |method: FitMethod| DRAWN.iter().any(|(drawn, ..)| *drawn == method);
    let values: Vec<f64> = found
        .iter()
        .flat_map(|(_, curve)| curve.points.iter().filter(|found| drawn(found.method)).map(point))
        .flat_map(|point| [point.low, point.y, point.high])
        .collect();
    let least = values.iter().copied().filter(|&value| value > 0.0).fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let y = if largest > WIDE * least { Scale::Log } else { Scale::Linear };
    let sizes = || options.sizes.iter().map(|&size| size as f64);
    let x = if options.sizes.last().is_some_and(|&size| size > 150) { Scale::Log } else { Scale::Whole };
    let panel = |(result, curve): &(&CurveResult<'_>, &suasion_regression::ErrorCurve)| Panel {
        title: result.group.map_or_else(|| format!("{} by its agents", result.target), str::to_owned),
        content: Content::Lines(Lines {
            x: Axis::over("number of agents", x, sizes()),
            y: Axis::over("mean squared error, held out", y, values.iter().copied()),
            marks: Marks::Apart,
            series: DRAWN
                .iter()
                .map(|&(method, style, _)| Series {
                    style,
                    points: curve.points.iter().filter(|found| found.method == method).map(point).collect(),
                })
                .collect(),
        }),
    };
    let share = 100.0 * options.confidence;
    let mut note = if found.iter().all(|(_, curve)| curve.draws > 0) {
        format!("mean over {} random subsets, {share} % bootstrap interval", options.subsets)
    } else {
        format!("mean over {} random subsets, between which are {share} % of them", options.subsets)
    };
    if found.len() > SHOWN {
        note = format!("{note}; {} more groups are in curve.csv", found.len() - SHOWN);
    }
    Figure {
        panels: found.iter().take(SHOWN).map(panel).collect(),
        legend: DRAWN.iter().map(|&(_, style, name)| (style, name.to_owned())).collect(),
        note,
    }
}
