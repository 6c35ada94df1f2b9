//! Draws the study.

use super::{Cell, Competition, Condition, Setting};
use crate::stats::MeanEstimate;
use suasion_plot::{Axis, Content, Figure, Lines, Marks, Panel, Point, Scale, Series, Style};

type Get = fn(&Cell) -> Option<MeanEstimate>;

pub(super) fn figure(study: &Competition, cells: &[Cell]) -> Figure {
    // Lines that coincide are drawn side by side.
    let look = |condition| match condition {
        Condition::Satisfied => (Style::Blue, -0.12),
        Condition::Approximate => (Style::Green, -0.04),
        Condition::Violated => (Style::Vermillion, 0.04),
        Condition::Alike => (Style::Purple, 0.12),
    };
    let series = |condition: Condition, get: Get| {
        let (style, aside) = look(condition);
        let cells = cells.iter().filter(|cell| cell.condition == condition.name());
        let point = |cell: &Cell| {
            let MeanEstimate { mean, low, high, .. } = get(cell)?;
            Some(Point { x: cell.agents as f64 + aside, y: mean, low, high })
        };
        Series { style, points: cells.filter_map(point).collect() }
    };
    let all = |get: Get| Condition::ALL.map(|condition| series(condition, get)).into();
    let x = (1.0 - 0.15, study.agents as f64 + 0.15);
    let panel = |title: &str, y_label: &str, y, series: Vec<Series>| Panel {
        title: title.into(),
        content: Content::Lines(Lines {
            x: Axis { label: "number of agents".into(), scale: Scale::Whole, range: x },
            y: Axis { label: y_label.into(), scale: Scale::Linear, range: y },
            marks: Marks::Each,
            series,
        }),
    };
    let errors: Vec<Series> = all(|cell| cell.alignment_error);
    let highest = errors.iter().flat_map(|series| &series.points).map(|point| point.high).fold(0.0, f64::max);
    let values = |get: Get| {
        let series: Vec<Series> = all(get);
        let lowest = series.iter().flat_map(|series| &series.points).map(|point| point.low).fold(0.0, f64::min);
        // Up to rounding, values lie between 0 and 1.
        (if lowest < -0.01 { lowest } else { 0.0 }, series)
    };
    let (worst_from, worst) = values(|cell| cell.worst);
    let (dynamics_from, dynamics) = values(|cell| cell.dynamics);
    Figure {
        panels: vec![
            panel(
                "Distance from the hull",
                "alignment error (utility)",
                (0.0, if highest > 0.0 { highest } else { 1.0 }),
                errors,
            ),
            panel(
                if study.game == Setting::AllAgents { "Worst equilibrium found" } else { "Worst equilibrium" },
                "user's value (0: no, 1: full information)",
                (worst_from, 1.0),
                worst,
            ),
            panel(
                "End of best-response dynamics",
                "user's value (0: no, 1: full information)",
                (dynamics_from, 1.0),
                dynamics,
            ),
        ],
        legend: vec![
            (Style::Blue, "hull condition satisfied (k ≥ 2)".into()),
            (Style::Green, format!("satisfied within {}", study.eps)),
            (Style::Vermillion, "violated".into()),
            (Style::Purple, "violated, agents alike".into()),
        ],
        note: "mean over seeds, 95 % interval".into(),
    }
}
