//! Draws the study.

use super::{JudgeMethod, JudgesFindings};
use suasion_plot::{Axis, Bars, Content, Dots, Figure, Lines, Marks, Panel, Point, Row, Scale, Scatter, Series, Style};
use suasion_regression::{CurvePoint, FitMethod as CurveMethod};

/// If the largest error exceeds the smallest by this factor, the axis of errors is logarithmic.
const WIDE: f64 = 5.0;

/// Pairs of methods that share a style: unchanged, and calibrated to the human.
const PAIRS: [(Style, &str, [JudgeMethod; 2]); 4] = [
    (Style::Vermillion, "best single agent; calibrated", [JudgeMethod::BestSingle, JudgeMethod::BestCalibrated]),
    (Style::Purple, "mean; calibrated", [JudgeMethod::Mean, JudgeMethod::CalibratedMean]),
    (Style::Green, "convex; with intercept", [JudgeMethod::Simplex, JudgeMethod::SimplexIntercept]),
    (Style::Blue, "non-negative; with intercept", [JudgeMethod::Nnls, JudgeMethod::NnlsIntercept]),
];

/// The lines of the curve.
const CURVE: [(CurveMethod, Style, &str); 4] = [
    (CurveMethod::BestSingle, Style::Vermillion, "best single agent"),
    (CurveMethod::CalibratedMean, Style::Purple, "mean, calibrated"),
    (CurveMethod::Nnls, Style::Blue, "non-negative combination, intercept"),
    (CurveMethod::Simplex, Style::Green, "convex combination, intercept"),
];

/// All pictures, by name.
pub(super) fn figures(found: &JudgesFindings) -> Vec<(&'static str, Figure)> {
    let mut figures = vec![("methods", methods(found)), ("weights", weights(found)), ("fitted", fitted(found))];
    figures.extend(curve(found).map(|figure| ("curve", figure)));
    figures
}

/// Values that are only rounding do not stretch the axis.
fn scale(values: &[f64]) -> Scale {
    const ROUNDING: f64 = 1e-9;
    let largest = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().filter(|&value| value > ROUNDING * largest).fold(f64::INFINITY, f64::min);
    if largest > WIDE * least { Scale::Log } else { Scale::Linear }
}

/// The error of each method with its interval, compared with the constant.
fn methods(found: &JudgesFindings) -> Figure {
    let point = |x: f64, method: JudgeMethod| {
        let result = found.method(method);
        let band = result.interval.unwrap_or(result.folds);
        Point { x, y: result.held_out.mse, low: band.low, high: band.high }
    };
    let places = PAIRS.iter().enumerate().flat_map(|(pair, &(style, _, methods))| {
        methods.into_iter().enumerate().map(move |(which, method)| (style, (2 * pair + which + 1) as f64, method))
    });
    let mut series: Vec<Series> =
        places.map(|(style, x, method)| Series { style, points: vec![point(x, method)] }).collect();
    let last = series.len() as f64;
    let values: Vec<f64> = series
        .iter()
        .flat_map(|series| &series.points)
        .chain([&point(0.0, JudgeMethod::Constant)])
        .flat_map(|point| [point.low, point.y, point.high])
        .collect();
    let yardstick = Point { low: f64::NAN, high: f64::NAN, ..point(0.5, JudgeMethod::Constant) };
    let ends = vec![yardstick, Point { x: last + 0.5, ..yardstick }];
    series.insert(0, Series { style: Style::Guide, points: ends });
    let numbered = |(pair, &(style, name, _)): (usize, &(Style, &str, _))| {
        (style, format!("{}, {}: {name}", 2 * pair + 1, 2 * pair + 2))
    };
    let mut legend: Vec<(Style, String)> = PAIRS.iter().enumerate().map(numbered).collect();
    legend.push((Style::Guide, "mean of the human".into()));
    let share = 100.0 * found.study.confidence;
    Figure {
        panels: vec![Panel {
            title: format!("{} items, {} agents", found.joined.items, found.agents),
            content: Content::Lines(Lines {
                x: Axis { label: "method".into(), scale: Scale::Whole, range: (0.5, last + 0.5) },
                y: Axis::over("mean squared error, held out", scale(&values), values.iter().copied()),
                marks: Marks::Apart,
                series,
            }),
        }],
        legend,
        note: if found.draws > 0 {
            format!("{share} % bootstrap intervals")
        } else {
            format!("the marks span {share} % of the folds")
        },
    }
}

fn weights(found: &JudgesFindings) -> Figure {
    let of = |agent: &str, method: JudgeMethod| {
        let own = found.weights.iter().find(|weight| weight.agent == agent && weight.method == method);
        own.map_or(0.0, |weight| weight.weight)
    };
    let row = |agent: &str| Row {
        name: agent.into(),
        lengths: vec![of(agent, JudgeMethod::NnlsIntercept), of(agent, JudgeMethod::Simplex)],
    };
    let rows: Vec<Row> = found.distances.iter().map(|agent| row(&agent.agent)).collect();
    let heavy: Vec<Row> = rows.into_iter().filter(|row| row.lengths.iter().any(|length| *length > 0.0)).collect();
    Figure {
        panels: vec![Panel {
            title: format!("Agents with a weight ({} of {})", heavy.len(), found.agents),
            content: Content::Bars(Bars {
                label: "weight".into(),
                styles: vec![Style::Blue, Style::Green],
                rows: heavy,
            }),
        }],
        legend: vec![
            (Style::Blue, "non-negative combination with intercept".into()),
            (Style::Green, "convex combination".into()),
        ],
        note: "fitted to all items".into(),
    }
}

fn fitted(found: &JudgesFindings) -> Figure {
    let drawn = [
        (JudgeMethod::BestCalibrated, Style::Vermillion, "best single agent, calibrated"),
        (JudgeMethod::NnlsIntercept, Style::Blue, "non-negative combination with intercept"),
    ];
    let points = |method: JudgeMethod| {
        found.predictions.iter().map(|item| (item.human, item.held_out[method as usize])).collect::<Vec<_>>()
    };
    let predicted = drawn.iter().flat_map(|&(method, ..)| points(method)).map(|point| point.1);
    Figure {
        panels: vec![Panel {
            title: format!("{} items", found.predictions.len()),
            content: Content::Scatter(Scatter {
                x: Axis::over("human", Scale::Linear, found.predictions.iter().map(|item| item.human)),
                y: Axis::over("predicted, held out", Scale::Linear, predicted),
                diagonal: true,
                stems: false,
                dots: drawn.iter().map(|&(method, style, _)| Dots { style, points: points(method) }).collect(),
            }),
        }],
        legend: drawn.iter().map(|&(_, style, name)| (style, name.to_owned())).collect(),
        note: "mean over repeats".into(),
    }
}

fn curve(found: &JudgesFindings) -> Option<Figure> {
    let curve = found.curve.as_ref()?;
    let point = |point: &CurvePoint| {
        let band = point.interval.unwrap_or(point.subsets);
        Point { x: point.size as f64, y: point.held_out_mse, low: band.low, high: band.high }
    };
    let series: Vec<Series> = CURVE
        .iter()
        .map(|&(method, style, _)| Series {
            style,
            points: curve.points.iter().filter(|found| found.method == method).map(point).collect(),
        })
        .collect();
    let points = || series.iter().flat_map(|series| &series.points);
    let values: Vec<f64> = points().flat_map(|point| [point.low, point.y, point.high]).collect();
    let x = Axis::over("number of agents", Scale::Whole, points().map(|point| point.x));
    let share = 100.0 * found.study.confidence;
    let subsets = found.study.subsets;
    Some(Figure {
        panels: vec![Panel {
            title: format!("{} items", curve.rows),
            content: Content::Lines(Lines {
                x,
                y: Axis::over("mean squared error, held out", scale(&values), values.iter().copied()),
                marks: Marks::Apart,
                series,
            }),
        }],
        legend: CURVE.iter().map(|&(_, style, name)| (style, name.to_owned())).collect(),
        note: if curve.draws > 0 {
            format!("items dealt once, mean over {subsets} subsets, {share} % bootstrap interval")
        } else {
            format!("items dealt once, mean over {subsets} subsets, band of {share} % of them")
        },
    })
}
