//! Draws pictures of each kind, ordinary and extreme, into a folder: `cargo run -p suasion-plot
//! --example gallery FOLDER`.

use std::path::PathBuf;
use suasion_plot::{Axis, Bars, Content, Figure, Lines, Marks, Panel, Point, Row, Scale, Series, Style};

const METHODS: [(Style, &str); 4] = [
    (Style::Purple, "best single agent"),
    (Style::Vermillion, "mean of agents"),
    (Style::Green, "non-negative weights"),
    (Style::Blue, "convex weights"),
];

fn legend(styles: &[(Style, &str)]) -> Vec<(Style, String)> {
    styles.iter().map(|(style, words)| (*style, (*words).into())).collect()
}

/// Numbers from 0 to 1 that look random.
fn noise(i: usize) -> f64 {
    ((i as f64 * 12.9898).sin() * 43758.5453).rem_euclid(1.0)
}

/// Errors that fall from 1 by `decades` while agents grow in number.
fn curves(most: usize, decades: f64, scales: (Scale, Scale)) -> Lines {
    let all: Vec<usize> = (1..=most).collect();
    let agents: Vec<usize> = if most > 100 { all.into_iter().step_by(most / 100).collect() } else { all };
    let series = METHODS.iter().enumerate().map(|(i, (style, _))| {
        let point = |&k: &usize| {
            let along = (k as f64).ln() / (most.max(2) as f64).ln();
            let fall = [0.4, 0.2, 1.0, 0.9][i] * decades * along;
            let y = 10_f64.powf(-fall + 0.1 * noise(7 * k + i)) * [1.0, 1.3, 0.9, 1.0][i];
            let spread = if decades > 4.0 { 0.3 + 0.9 * along } else { 0.3 };
            Point { x: k as f64, y, low: y * (1.0 - spread).max(0.0), high: y * (1.0 + spread) }
        };
        Series { style: *style, points: agents.iter().map(point).collect() }
    });
    let series: Vec<Series> = series.collect();
    let points = || series.iter().flat_map(|series| &series.points);
    let from = if scales.1 == Scale::Log { f64::NAN } else { 0.0 };
    Lines {
        x: Axis::over("number of agents", scales.0, points().map(|point| point.x)),
        y: Axis::over("mean squared error, held out", scales.1, points().flat_map(|p| [p.y, p.high, from])),
        marks: Marks::Apart,
        series,
    }
}

fn weights(agents: usize, letters: usize, zero: bool) -> Bars {
    let name = |i: usize| {
        let words =
            format!("{} {i}, a persona of many words & <signs> that ends in {}", ["Ann", "Benedict"][i % 2], i * i);
        words.chars().take(letters).collect()
    };
    let row = |i: usize| {
        let size = if zero { 0.0 } else { 1.0 / (1.0 + 30.0 * noise(i)) };
        Row { name: name(i), lengths: vec![size, if noise(i + 999) < 0.4 { 0.0 } else { size * noise(i + 99) }] }
    };
    Bars { label: "weight".into(), styles: vec![Style::Green, Style::Blue], rows: (1..=agents).map(row).collect() }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("expected a folder")?);
    std::fs::create_dir_all(&folder)?;
    let panel = |title: &str, content| Panel { title: title.into(), content };
    let lines = |title: &str, lines| panel(title, Content::Lines(lines));
    let bars = |title: &str, bars| panel(title, Content::Bars(bars));
    let errors = |panels| Figure { panels, legend: legend(&METHODS), note: "mean of 20 splits, 95 % interval".into() };
    let shares = |panels| Figure { panels, legend: legend(&METHODS[2..]), note: String::new() };
    let (linear, log, whole) = (Scale::Linear, Scale::Log, Scale::Whole);
    let alone = curves(1, 1.0, (whole, linear));
    let mut broken = curves(30, 3.0, (whole, log));
    for (i, series) in broken.series.iter_mut().enumerate() {
        series.points[5 + i].y = f64::NAN;
        series.points[12].low = f64::INFINITY;
        series.points[20].y = 0.0;
    }
    let equal = |value: f64, scale| {
        let point = |x: i32| Point { x: f64::from(x), y: value, low: value, high: value };
        let series = vec![Series { style: Style::Blue, points: (1..6).map(point).collect() }];
        Lines {
            x: Axis::over("number of agents", whole, [1.0, 5.0]),
            y: Axis::over("mean squared error, held out", scale, [value]),
            marks: Marks::Apart,
            series,
        }
    };
    let empty = Lines { series: vec![], ..alone.clone() };
    let figures = [
        ("curve", errors(vec![lines("Distance from the hull", curves(10, 1.0, (whole, linear)))])),
        (
            "decades",
            errors(vec![
                lines("100 agents", curves(100, 5.0, (whole, log))),
                lines("1000 agents, on logarithmic axes", curves(1000, 5.0, (log, log))),
                lines("1000 agents, linear", curves(1000, 1.0, (whole, linear))),
            ]),
        ),
        (
            "ugly",
            errors(vec![
                lines("One agent", alone),
                lines("Gaps", broken),
                lines("All equal", equal(3e-7, log)),
                lines("All equal", equal(0.25, linear)),
                lines("Very large", equal(1e300, linear)),
                lines("Very small", equal(1e-300, linear)),
                lines("Nothing", empty),
                lines(&"A title that is far too long ".repeat(5), curves(60, 300.0, (log, log))),
                lines("Tiny", curves(8, 0.3, (log, log))),
            ]),
        ),
        (
            "groups",
            errors((1..=12).map(|i| lines(&format!("Group {i}"), curves(4 * i * i, 3.0, (log, log)))).collect()),
        ),
        ("weights", shares(vec![bars("Weights", weights(9, 10, false))])),
        (
            "many",
            shares(vec![
                bars("200 agents", weights(200, 60, false)),
                bars("30 agents", weights(30, 18, false)),
                bars("One agent", weights(1, 8, false)),
                bars("All zero", weights(4, 80, true)),
                bars("None", weights(0, 8, false)),
            ]),
        ),
        (
            "both",
            errors(vec![
                lines("Distance from the hull", curves(40, 2.0, (log, log))),
                bars("Weights", weights(40, 24, false)),
            ]),
        ),
    ];
    for (name, figure) in figures {
        std::fs::write(folder.join(format!("{name}.svg")), figure.svg()?)?;
        std::fs::write(folder.join(format!("{name}.png")), figure.png()?)?;
    }
    Ok(())
}
