//! Draws a workload: time above memory, with a column for each direction, on logarithmic axes.

use super::{Along, Fit, Quantity, ScalingFindings, ScalingRow, Work};
use suasion_plot::{Axis, Content, Figure, Lines, Marks, Panel, Point, Scale, Series, Style};

/// The number of bytes in a MiB.
const MIB: f64 = 1_048_576.0;

/// The picture of a workload, or `None` if it has no measurement.
pub(super) fn figure(found: &ScalingFindings, work: Work) -> Option<Figure> {
    let shown = |(number, _): &(usize, &super::ScalingSeries)| found.rows_of(*number).any(|row| row.median().is_some());
    let series = found.series.iter().enumerate().filter(|(_, series)| series.work == work && series.at_base);
    let shown: Vec<(usize, Along)> = series.filter(shown).map(|(number, series)| (number, series.along)).collect();
    if shown.is_empty() {
        return None;
    }
    let mut panels = vec![];
    // At most three columns, with their memory below their time.
    for columns in shown.chunks(3) {
        panels.extend(columns.iter().map(|&(number, along)| time(found, number, along)));
        panels.extend(columns.iter().map(|&(number, _)| memory(found, number)));
    }
    let mut legend = vec![
        (Style::Blue, "time of a run (band: quartiles)".into()),
        (Style::Green, "memory that the workload adds".into()),
        (Style::Purple, "memory of the whole process".into()),
        (Style::Guide, "fitted power".into()),
    ];
    if shown.iter().any(|(_, along)| *along == Along::Threads) {
        legend[3].1 = "fitted power; for threads, perfect sharing".into();
    }
    Some(Figure { panels, legend, note: format!("{}: medians over instances with several seeds", name(work)) })
}

fn name(work: Work) -> &'static str {
    match work {
        Work::Kernel => "an agent's optimal scheme",
        Work::Equilibria => "all equilibria of the best-agent game",
        Work::Hull => "factor and fits of a table",
    }
}

fn label(series: &super::ScalingSeries) -> String {
    let beside = match series.along {
        Along::States => series.same(Along::Actions).map(|actions| format!(", {actions} actions each")),
        Along::Actions => series.same(Along::States).map(|states| format!(", {states} states each")),
        Along::Size => return "states and actions (equal numbers)".into(),
        _ => None,
    };
    format!("{}{}", series.along.name(), beside.unwrap_or_default())
}

fn heading(what: &str, fit: Option<&Fit>) -> String {
    let law = fit.map(|fit| &fit.law);
    law.map_or_else(
        || what.into(),
        |law| {
            format!("{what}: exponent {:.2} ± {:.2}", law.exponent, 0.5 * (law.high - law.low)).replace('-', "\u{2212}")
        },
    )
}

fn panel(title: String, along: &str, y: &str, series: Vec<Series>) -> Panel {
    let points = || series.iter().flat_map(|series| &series.points);
    let x = Axis::over(along, Scale::Log, points().map(|point| point.x));
    let y = Axis::over(y, Scale::Log, points().flat_map(|point| [point.y, point.low, point.high]));
    Panel { title, content: Content::Lines(Lines { x, y, marks: Marks::Each, series }) }
}

fn line(style: Style, rows: &[&ScalingRow], at: impl Fn(&ScalingRow) -> Option<(f64, f64, f64)>) -> Series {
    let gap = (f64::NAN, f64::NAN, f64::NAN);
    let point = |row: &&ScalingRow| {
        let (y, low, high) = at(row).filter(|(y, ..)| *y > 0.0).unwrap_or(gap);
        Point { x: row.value() as f64, y, low, high }
    };
    Series { style, points: rows.iter().map(point).collect() }
}

fn guide(points: impl IntoIterator<Item = (f64, f64)>) -> Series {
    let point = |(x, y)| Point { x, y, low: f64::NAN, high: f64::NAN };
    Series { style: Style::Guide, points: points.into_iter().map(point).collect() }
}

/// A law, drawn between the ends of the sizes to which it was fitted.
fn law(fit: &Fit, unit: f64) -> Series {
    guide([fit.law.from, fit.law.to].map(|size| (size, fit.law.at(size) / unit)))
}

fn time(found: &ScalingFindings, number: usize, along: Along) -> Panel {
    let rows: Vec<&ScalingRow> = found.rows_of(number).collect();
    let measured = line(Style::Blue, &rows, |row| {
        let (low, high) = row.measurement()?.quartiles()?;
        Some((row.median()?, low, high))
    });
    let fit = found.fit(number, Quantity::Time);
    let mut title = heading("Time", fit.as_ref());
    let mut series: Vec<Series> = fit.iter().map(|fit| law(fit, 1.0)).collect();
    if along == Along::Threads {
        let timed = || rows.iter().filter_map(|row| Some((row, row.median()?)));
        if let Some((first, longest)) = timed().next() {
            let shared = |(row, _): (&&ScalingRow, f64)| {
                let threads = row.value() as f64;
                (threads, longest * first.value() as f64 / threads)
            };
            series.push(guide(timed().map(shared)));
        }
        if let Some((row, speed_up)) = rows.iter().rev().find_map(|row| Some((row, row.speed_up?))) {
            title = format!("Time: {speed_up:.2} times as fast on {} threads", row.value());
        }
    }
    series.push(measured);
    panel(title, &label(&found.series[number]), "time of a run (s)", series)
}

fn memory(found: &ScalingFindings, number: usize) -> Panel {
    let rows: Vec<&ScalingRow> = found.rows_of(number).collect();
    let of = |style, get: fn(&super::Memory) -> u64| {
        line(style, &rows, move |row| {
            let bytes = get(row.measurement()?.memory.as_ref()?) as f64 / MIB;
            Some((bytes, f64::NAN, f64::NAN))
        })
    };
    let fit = found.fit(number, Quantity::Memory);
    let mut series: Vec<Series> = fit.iter().map(|fit| law(fit, MIB)).collect();
    series.push(of(Style::Purple, |memory| memory.peak));
    series.push(of(Style::Green, |memory| memory.work));
    panel(heading("Memory", fit.as_ref()), &label(&found.series[number]), "resident memory (MiB)", series)
}
