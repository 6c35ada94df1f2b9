//! The pictures of a whole batch.

use crate::ReportError;
use crate::markup::Picture;
use crate::number::{count, number};
use crate::tables::Tables;
use suasion_plot::{Axis, Columns, Content, Dots, Figure, Panel, Scale, Scatter, Style};

/// A picture with its caption.
pub(crate) struct Shown {
    pub picture: Picture,
    pub caption: String,
}

/// How much an equilibrium may fall short of the bound by rounding, relative to the bound.
const ROUNDING: f64 = 1e-9;
const LINE: &str = "The line marks the median.";

fn histogram(title: &str, axis: &Axis, what: &str, style: Style, values: &[f64]) -> Panel {
    let columns = Columns::of(axis.clone(), what, style, values.iter().copied());
    Panel { title: title.into(), content: Content::Columns(columns) }
}

fn figure(panels: Vec<Panel>) -> Figure {
    Figure { panels, legend: vec![], note: String::new() }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        length => 0.5 * (sorted[length / 2] + sorted[(length - 1) / 2]),
    }
}

/// The user's value with no information, in equilibrium, and with full information.
pub(crate) fn values(tables: &Tables) -> Result<Option<Shown>, ReportError> {
    let columns = [
        ("no_information", "No information", Style::Ink),
        ("worst_user_value", worst_of(tables), Style::Vermillion),
        ("best_user_value", best_of(tables), Style::Green),
        ("full_information", "Full information", Style::Blue),
    ];
    let numbers = columns.map(|(name, ..)| tables.numbers(name));
    if numbers.iter().all(Vec::is_empty) {
        return Ok(None);
    }
    let axis = Axis::over("user's value", Scale::Linear, numbers.iter().flatten().copied());
    let there = columns.iter().zip(&numbers).filter(|(_, values)| !values.is_empty());
    let panels = there.clone().map(|(&(_, title, style), values)| histogram(title, &axis, "results", style, values));
    let medians: Vec<String> = there
        .map(|(&(_, title, _), values)| {
            format!("{} {} ({} results)", title.to_lowercase(), number(median(values)), count(values.len()))
        })
        .collect();
    let caption = format!("The user's value, on one axis. {LINE} Medians: {}.", medians.join(", "));
    let picture =
        Picture::draw("user-values", "Distribution of the user's value", &caption, &figure(panels.collect()))?;
    Ok(Some(Shown { picture, caption }))
}

/// The share of the value of information that the user gets.
pub(crate) fn gains(tables: &Tables) -> Result<Option<Shown>, ReportError> {
    let gains = |name: &str| (0..tables.rows()).filter_map(|row| tables.gain(name, row)).collect::<Vec<f64>>();
    let (worst, best) = (gains("worst_user_value"), gains("best_user_value"));
    if worst.is_empty() && best.is_empty() {
        return Ok(None);
    }
    let axis = Axis::over(
        "share of the value of information",
        Scale::Linear,
        worst.iter().chain(&best).copied().chain([0.0, 1.0]),
    );
    let panels = vec![
        histogram(worst_of(tables), &axis, "results", Style::Vermillion, &worst),
        histogram(best_of(tables), &axis, "results", Style::Green, &best),
    ];
    let full = |gains: &[f64]| count(gains.iter().filter(|&&gain| gain >= 1.0 - 1e-6).count());
    let caption = format!(
        "The user's value in equilibrium on the scale from no information (0) to full information (1), which does not depend on the units of utility, over the {} results in which information has a value for her. {LINE} Full information is reached by {} at the lower end and by {} at the upper.",
        count(worst.len().max(best.len())),
        full(&worst),
        full(&best)
    );
    let picture =
        Picture::draw("gains", "Share of the value of information in equilibrium", &caption, &figure(panels))?;
    Ok(Some(Shown { picture, caption }))
}

/// The name of the lower end of the equilibria, depending on whether all of them are known.
fn worst_of(tables: &Tables) -> &'static str {
    if tables.all_exact() { "Worst equilibrium" } else { "Lowest equilibrium found" }
}

/// The same of the upper end.
fn best_of(tables: &Tables) -> &'static str {
    if tables.all_exact() { "Best equilibrium" } else { "Highest equilibrium found" }
}

/// The worst equilibrium against the bound.
pub(crate) fn bound(tables: &Tables) -> Result<Option<Shown>, ReportError> {
    let points = tables.pairs(|row| tables.number("bound", row), |row| tables.number("worst_user_value", row));
    if points.is_empty() {
        return Ok(None);
    }
    let above = points.iter().filter(|(bound, worst)| *worst >= bound - ROUNDING * (worst.abs() + bound.abs())).count();
    let least = points.iter().map(|(bound, worst)| worst - bound).fold(f64::INFINITY, f64::min);
    let caption = format!(
        "The user's value in the {} against what the hull promises her in every equilibrium. A point below the diagonal would contradict the theorem: {} of {} lie on or above it. The least distance is {}.",
        worst_of(tables).to_lowercase(),
        count(above),
        count(points.len()),
        number(least)
    );
    let x = Axis::over("bound", Scale::Linear, points.iter().map(|point| point.0));
    let y = Axis::over(
        &worst_of(tables).to_lowercase(),
        Scale::Linear,
        points.iter().flat_map(|point| [point.1, point.0.max(x.range.0)]),
    );
    let dots = vec![Dots { style: Style::Vermillion, points }];
    let content = Content::Scatter(Scatter { x, y, diagonal: true, stems: false, dots });
    let panels = vec![Panel { title: format!("{} and bound", worst_of(tables)), content }];
    let picture =
        Picture::draw("bound", &format!("{} against the bound", worst_of(tables)), &caption, &figure(panels))?;
    Ok(Some(Shown { picture, caption }))
}

/// The user's distance from the hull, and her loss.
pub(crate) fn alignment(tables: &Tables) -> Result<Option<Shown>, ReportError> {
    let eps = tables.numbers("alignment_error");
    if eps.is_empty() {
        return Ok(None);
    }
    let axis = Axis::over("eps", Scale::Linear, eps.iter().copied());
    let mut panels = vec![histogram("Distance from the hull", &axis, "results", Style::Purple, &eps)];
    let mut caption = format!(
        "The distance of the user's utility from the agents' hull (eps). {LINE} It is {}.",
        number(median(&eps))
    );
    let missing = |row: usize| Some(tables.number("full_information", row)? - tables.number("worst_user_value", row)?);
    let points = tables.pairs(|row| tables.number("alignment_error", row), missing);
    if !points.is_empty() {
        let y = Axis::over(
            &format!("full information − {}", worst_of(tables).to_lowercase()),
            Scale::Linear,
            points.iter().map(|point| point.1),
        );
        let dots = vec![Dots { style: Style::Purple, points }];
        let content = Content::Scatter(Scatter { x: axis, y, diagonal: false, stems: false, dots });
        panels.push(Panel { title: "Loss from full information".into(), content });
        let worst = worst_of(tables).to_lowercase();
        caption = format!("{caption} On the right, her loss in the {worst}, compared with full information.");
    }
    let picture = Picture::draw("eps", "Distance from the hull, and shortfall", &caption, &figure(panels))?;
    Ok(Some(Shown { picture, caption }))
}

/// The numbers of vertices of frontiers.
pub(crate) fn vertices(tables: &Tables) -> Result<Option<Shown>, ReportError> {
    let vertices = tables.numbers("vertices");
    if vertices.is_empty() {
        return Ok(None);
    }
    let axis = Axis::over("vertices", Scale::Linear, vertices.iter().copied());
    let panels = vec![histogram("Vertices of a frontier", &axis, "frontiers", Style::Blue, &vertices)];
    let caption = format!("How many vertices frontiers have. {LINE}");
    let picture = Picture::draw("vertices", "Vertices of frontiers", &caption, &figure(panels))?;
    Ok(Some(Shown { picture, caption }))
}

/// The scale of an axis: logarithmic if positive numbers differ in magnitude.
fn spread(values: &[f64]) -> Scale {
    let (least, largest) = values.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), &x| (low.min(x), high.max(x)));
    if largest > 8.0 * least { Scale::Log } else { Scale::Linear }
}

/// The time and the memory of units.
pub(crate) fn timings(tables: &Tables) -> Result<Option<Shown>, ReportError> {
    let seconds: Vec<f64> = tables.timings.iter().map(|timing| timing.seconds).filter(|&s| s > 0.0).collect();
    if seconds.is_empty() {
        return Ok(None);
    }
    let axis = Axis::over("seconds", spread(&seconds), seconds.iter().copied());
    let mut panels = vec![histogram("Time of a unit", &axis, "units", Style::Sky, &seconds)];
    let memory = tables.timings.iter().map(|timing| timing.bytes as f64 / 1_048_576.0).filter(|&bytes| bytes > 0.0);
    let memory: Vec<f64> = memory.collect();
    if !memory.is_empty() {
        let axis = Axis::over("memory of the worker (MiB)", spread(&memory), memory.iter().copied());
        panels.push(histogram("Memory", &axis, "units", Style::Orange, &memory));
    }
    let caption = format!("How long units took, and the most memory that their workers had. {LINE}");
    let picture = Picture::draw("timings", "Time and memory of units", &caption, &figure(panels))?;
    Ok(Some(Shown { picture, caption }))
}
