//! Reference lines.

use suasion_plot::{Axis, Content, Figure, Lines, Marks, Panel, Point, Scale, Series, Style};

fn figure(style: Style) -> Figure {
    let point = |x: f64| Point { x, y: x * x, low: f64::NAN, high: f64::NAN };
    let points: Vec<Point> = [1.0, 10.0, 100.0].map(point).into();
    let lines = Lines {
        x: Axis::over("size", Scale::Log, points.iter().map(|point| point.x)),
        y: Axis::over("time (s)", Scale::Log, points.iter().map(|point| point.y)),
        marks: Marks::Each,
        series: vec![Series { style, points }],
    };
    Figure {
        panels: vec![Panel { title: "Time".into(), content: Content::Lines(lines) }],
        legend: vec![(style, "law".into())],
        note: String::new(),
    }
}

#[test]
fn guides_have_no_marks() {
    let marks = |style| figure(style).svg().unwrap().matches("<circle").count();
    // Three points and one sample in the legend, each with a rim.
    assert_eq!((marks(Style::Blue), marks(Style::Guide)), (8, 0));
    assert!(figure(Style::Guide).svg().unwrap().contains("<polyline"));
    assert!(figure(Style::Guide).png().is_ok());
}
