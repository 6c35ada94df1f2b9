//! Pictures of valid and of invalid numbers.

use proptest::prelude::*;
use suasion_plot::{Axis, Bars, Content, Figure, Lines, MOST_ROWS, Marks, Panel, Point, Row, Scale, Series, Style};

const STYLES: [Style; 4] = [Style::Blue, Style::Green, Style::Vermillion, Style::Purple];
const MAGIC: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

fn curve(title: &str, scale: Scale) -> Panel {
    let point = |k: i32| {
        let y = 10_f64.powi(-k);
        Point { x: f64::from(k), y, low: 0.0, high: 2.0 * y }
    };
    let points: Vec<Point> = (1..=5).map(point).collect();
    let lines = Lines {
        x: Axis::over("number of agents", Scale::Whole, points.iter().map(|point| point.x)),
        y: Axis::over("mean squared error", scale, points.iter().map(|point| point.y)),
        marks: Marks::Apart,
        series: vec![Series { style: Style::Blue, points }],
    };
    Panel { title: title.into(), content: Content::Lines(lines) }
}

fn weights(names: impl IntoIterator<Item = String>) -> Panel {
    let rows = names.into_iter().map(|name| Row { name, lengths: vec![0.25, 0.125] }).collect();
    let bars = Bars { label: "weight".into(), styles: vec![Style::Green, Style::Blue], rows };
    Panel { title: "Weights".into(), content: Content::Bars(bars) }
}

fn figure(panels: Vec<Panel>) -> Figure {
    Figure { panels, legend: vec![(Style::Blue, "convex".into())], note: "mean over splits".into() }
}

/// The text of a picture: everything between tags.
fn texts(svg: &str) -> Vec<&str> {
    svg.split('<').filter_map(|tag| tag.strip_prefix("text ")?.split_once('>')).map(|(_, text)| text.trim()).collect()
}

#[test]
fn text_is_text() {
    let svg = figure(vec![curve("Distance", Scale::Log), weights(["Ann".into(), "Ben".into()])]).svg().unwrap();
    let texts = texts(&svg);
    for text in
        ["Distance", "number of agents", "mean squared error", "10⁻³", "Weights", "Ann", "Ben", "weight", "convex"]
    {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    assert!(texts.contains(&"mean over splits"));
}

#[test]
fn names_are_escaped() {
    let svg = figure(vec![weights(["<b> & \"c\" 'd'".into(), "a\u{0}b\nc".into()])]).svg().unwrap();
    assert!(svg.contains("&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;"), "{svg}");
    assert!(svg.contains("a\u{FFFD}b c") && !svg.contains('\u{0}'));
}

#[test]
fn long_names_are_cut_in_the_middle() {
    let name = format!("first {}last", "and so on ".repeat(6));
    let svg = figure(vec![weights([name.clone()])]).svg().unwrap();
    let cut = texts(&svg).into_iter().find(|text| text.contains('…')).unwrap();
    assert!(cut.starts_with("first and") && cut.ends_with("on last") && !svg.contains(&name), "{cut}");
}

#[test]
fn further_rows_are_summed_up() {
    let svg = |rows: usize| figure(vec![weights((0..rows).map(|i| format!("agent {i}.")))]).svg().unwrap();
    let few = svg(MOST_ROWS);
    assert!((0..MOST_ROWS).all(|i| few.contains(&format!("agent {i}."))) && !few.contains("more, together"));
    let many = svg(MOST_ROWS + 10);
    let texts = texts(&many);
    assert!(!many.contains(&format!("agent {MOST_ROWS}.")));
    assert!(["and 10 more, together", "2.5", "1.25"].iter().all(|text| texts.contains(text)), "{texts:?}");
}

/// Without numbers, series, rows, or panels, the frames are empty.
#[test]
fn nothing() {
    for panels in [0, 1, 12] {
        for panel in [weights([]), curve("Nothing", Scale::Log)] {
            let mut panel = panel;
            if let Content::Lines(lines) = &mut panel.content {
                lines.series.clear();
            }
            let figure = Figure { legend: vec![], note: String::new(), ..figure(vec![panel; panels]) };
            assert!(figure.svg().unwrap().starts_with("<svg "));
            assert!(figure.png().unwrap().starts_with(&MAGIC));
        }
    }
}

#[test]
fn grids() {
    let size = |panels: usize| figure(vec![curve("", Scale::Linear); panels]).size();
    assert_eq!([1, 2, 3, 4, 6, 12].map(|n| size(n).0 / 350), [1, 2, 3, 2, 3, 3]);
    assert_eq!([1, 2, 3, 4, 6, 12].map(|n| size(n).1 / 300), [1, 1, 1, 2, 2, 4]);
    let error = figure(vec![curve("", Scale::Linear); 300]).png().unwrap_err().to_string();
    assert!(error.starts_with("PNG: found a picture of 1050 by 30034 points"), "{error}");
}

/// A band that reaches zero ends at the bottom of a logarithmic axis.
#[test]
fn bands_end_at_the_frame() {
    let svg = figure(vec![curve("", Scale::Log)]).svg().unwrap();
    let band = svg.lines().find(|line| line.contains("polygon") && line.contains("0.2")).unwrap();
    let corners = band.split_once("points=\"").unwrap().1.split('"').next().unwrap();
    let ys: Vec<i32> =
        corners.split_whitespace().map(|corner| corner.split_once(',').unwrap().1.parse().unwrap()).collect();
    assert_eq!((ys.iter().min(), ys.iter().max()), (Some(&120), Some(&1015)), "{corners}");
}

/// Any number, of any magnitude, including infinities and NaN.
fn number() -> impl Strategy<Value = f64> {
    let sizes = (prop::bool::ANY, -300..=300).prop_map(|(minus, exponent)| {
        let size: f64 = format!("1e{exponent}").parse().unwrap();
        if minus { -size } else { size }
    });
    let special =
        prop::sample::select(vec![0.0, -0.0, 1.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 1.0 + f64::EPSILON]);
    prop_oneof![4 => 0.0..1.0, 2 => sizes, 2 => prop::num::f64::ANY, 1 => special]
}

fn scale() -> impl Strategy<Value = Scale> {
    prop::sample::select(vec![Scale::Linear, Scale::Whole, Scale::Log])
}

fn axis() -> impl Strategy<Value = Axis> {
    (".{0,60}", scale(), number(), number()).prop_map(|(label, scale, a, b)| Axis { label, scale, range: (a, b) })
}

fn series() -> impl Strategy<Value = Series> {
    let point = (number(), number(), number(), number()).prop_map(|(x, y, low, high)| Point { x, y, low, high });
    (prop::sample::select(STYLES.to_vec()), prop::collection::vec(point, 0..8))
        .prop_map(|(style, points)| Series { style, points })
}

fn lines() -> impl Strategy<Value = Content> {
    let marks = prop::sample::select(vec![Marks::Each, Marks::Apart]);
    let parts = (axis(), axis(), marks, prop::collection::vec(series(), 0..5), prop::bool::ANY);
    parts.prop_map(|(x, y, marks, series, over)| {
        let of = |get: fn(&Point) -> f64| series.iter().flat_map(|series| &series.points).map(get).collect::<Vec<_>>();
        let (x, y) = if over {
            (Axis::over(&x.label, x.scale, of(|p| p.x)), Axis::over(&y.label, y.scale, of(|p| p.y)))
        } else {
            (x, y)
        };
        Content::Lines(Lines { x, y, marks, series })
    })
}

fn bars() -> impl Strategy<Value = Content> {
    let row = (".{0,80}", prop::collection::vec(number(), 0..4)).prop_map(|(name, lengths)| Row { name, lengths });
    let rows = prop::collection::vec(row, 0..40);
    (".*", prop::sample::subsequence(STYLES.to_vec(), 0..=4), rows)
        .prop_map(|(label, styles, rows)| Content::Bars(Bars { label, styles, rows }))
}

fn any_figure() -> impl Strategy<Value = Figure> {
    let panel = (".*", prop_oneof![2 => lines(), 1 => bars()]).prop_map(|(title, content)| Panel { title, content });
    let entry = (prop::sample::select(STYLES.to_vec()), ".*");
    (prop::collection::vec(panel, 0..3), prop::collection::vec(entry, 0..5), ".*")
        .prop_map(|(panels, legend, note)| Figure { panels, legend, note })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_numbers_there_is_a_picture(figure in any_figure()) {
        let (svg, png) = (figure.svg().unwrap(), figure.png().unwrap());
        prop_assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        prop_assert!(png.starts_with(&MAGIC));
        prop_assert_eq!(&svg, &figure.svg().unwrap());
        prop_assert_eq!(&png, &figure.png().unwrap());
        // Nothing is far outside of the picture, where viewers would overflow.
        let (width, height) = figure.size();
        let most = 4 * width.max(height) as i32;
        for corners in svg.split("points=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            for number in corners.split([' ', ',']).filter(|number| !number.is_empty()) {
                let number: i32 = number.parse().unwrap();
                prop_assert!((-100..=most + 100).contains(&number), "{}", number);
            }
        }
    }
}
