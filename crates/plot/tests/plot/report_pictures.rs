//! Histograms, points, stacked bars, shades, and triangles, of valid and of invalid numbers.

use proptest::prelude::*;
use suasion_plot::{
    Axis, Columns, Content, Dots, Figure, Heat, MOST_CELLS, MOST_ROWS, Panel, Scale, Scatter, Stack, Stacks, Style,
    Triangle,
};

fn figure(content: Content) -> Figure {
    let legend = Style::ALL.map(|style| (style, format!("{style:?}"))).to_vec();
    Figure { panels: vec![Panel { title: "Title".into(), content }], legend, note: String::new() }
}

fn histogram(scale: Scale, values: &[f64]) -> Content {
    let axis = Axis::over("value", scale, values.iter().copied());
    Content::Columns(Columns::of(axis, "results", Style::Blue, values.iter().copied()))
}

fn points(values: &[f64], stems: bool) -> Content {
    let points = values.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let axis = |label: &str| Axis::over(label, Scale::Linear, values.iter().copied());
    let dots = vec![Dots { style: Style::Vermillion, points }];
    Content::Scatter(Scatter { x: axis("bound"), y: axis("worst"), diagonal: !stems, stems, dots })
}

fn stacks(rows: usize, shares: &[f64]) -> Content {
    let row = |i: usize| Stack { name: format!("signal {i}."), note: "0.5".into(), shares: shares.to_vec() };
    let parts = (0..shares.len()).map(|i| format!("state <{i}>")).collect();
    Content::Stacks(Stacks { parts, note: "probability".into(), rows: (0..rows).map(row).collect() })
}

fn heat(rows: usize, columns: usize, share: f64) -> Content {
    let names = |n: usize| (0..n).map(|i| format!("{i}")).collect::<Vec<_>>();
    Content::Heat(Heat {
        label: "signal".into(),
        rows: names(rows),
        columns: names(columns),
        cells: vec![vec![share; columns]; rows],
    })
}

fn triangle(a: f64, b: f64, weight: f64) -> Content {
    let shares = [a, b, 1.0 - a - b];
    let regions = vec![(Style::Green, vec![shares, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), (Style::Blue, vec![])];
    let places = vec![(Style::Green, shares, weight), (Style::Ink, shares, weight)];
    Content::Triangle(Triangle { corners: ["low".into(), "middle".into(), "high".into()], regions, places })
}

#[test]
fn text_is_text() {
    for (content, wanted) in [
        (histogram(Scale::Linear, &[0.1, 0.2, 0.9]), vec!["value", "results", "Title", "Blue"]),
        (points(&[0.1, 0.2, 0.9], false), vec!["bound", "worst"]),
        (stacks(2, &[0.25, 0.75]), vec!["signal 0.", "signal 1.", "state &lt;0&gt;", "0.5", "probability"]),
        (heat(3, 2, 0.5), vec!["signal"]),
        (triangle(0.2, 0.3, 0.5), vec!["low", "middle", "high"]),
    ] {
        let svg = figure(content).svg().unwrap();
        for text in wanted {
            assert!(svg.lines().any(|line| line.trim() == text), "{text}: {svg}");
        }
    }
}

#[test]
fn points_that_hide_each_other_are_drawn_once() {
    let many: Vec<f64> = (0..20_000).map(|i| f64::from(i % 7) / 7.0).collect();
    let svg = figure(points(&many, false)).svg().unwrap();
    assert!(svg.matches("<circle").count() < 20 && svg.len() < 40_000, "{}", svg.len());
}

#[test]
fn large_ones_are_cut() {
    let svg = figure(stacks(MOST_ROWS + 5, &[0.5, 0.5])).svg().unwrap();
    assert!(svg.contains("and 5 more") && !svg.contains(&format!("signal {MOST_ROWS}.")));
    let svg = figure(heat(MOST_CELLS + 2, 3, 0.5)).svg().unwrap();
    assert!(svg.contains("signal (and 2 more rows)"));
    assert!(figure(stacks(1, &[0.02; 50])).svg().unwrap().contains("and 34 more"));
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1.0..2.0_f64,
        prop::sample::select(vec![
            0.0,
            -0.0,
            1e300,
            -1e300,
            1e-300,
            5e-324,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY
        ])
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_numbers(values in prop::collection::vec(number(), 0..12), rows in 0..4_usize) {
        let first = |i: usize| values.get(i).copied().unwrap_or(0.0);
        for content in [
            histogram(Scale::Linear, &values),
            histogram(Scale::Log, &values),
            points(&values, false),
            points(&values, true),
            stacks(rows, &values),
            heat(rows, rows, first(0)),
            triangle(first(0), first(1), first(2)),
        ] {
            let figure = figure(content);
            prop_assert!(figure.svg().unwrap().ends_with("</svg>\n"));
            prop_assert!(figure.png().unwrap().len() > 100);
        }
    }
}
