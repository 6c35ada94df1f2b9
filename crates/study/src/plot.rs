//! Pictures: panels of lines with bands, as SVG and as PNG.
//!
//! The text of an SVG is text. Everything in a PNG, its font included, comes from this crate, so that it is the same on every machine.

use crate::StudyError;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    BitMapBackend, Cartesian2d, Circle, Color, DrawingArea, DrawingBackend, IntoDrawingArea, IntoTextStyle,
    PathElement, Polygon, RGBColor, SVGBackend, ShapeStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, FontTransform, TextStyle, register_font};
use std::sync::OnceLock;

/// How a series looks: a colour of Okabe & Ito (2008), which the colour-blind tell apart, and a mark of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Blue, circles.
    Blue,
    /// Bluish green, squares.
    Green,
    /// Vermillion, triangles.
    Vermillion,
    /// Reddish purple, diamonds.
    Purple,
}

impl Style {
    fn color(self) -> RGBColor {
        match self {
            Self::Blue => RGBColor(0, 114, 178),
            Self::Green => RGBColor(0, 158, 115),
            Self::Vermillion => RGBColor(213, 94, 0),
            Self::Purple => RGBColor(204, 121, 167),
        }
    }

    fn band(self) -> ShapeStyle {
        self.color().mix(0.2).filled()
    }

    /// The corners of the mark, for a size of 1; none for a circle.
    fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Self::Blue => &[],
            Self::Green => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Self::Vermillion => &[(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
            Self::Purple => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
        }
    }
}

/// A point of a line, and how far the band reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The place.
    pub x: f64,
    /// The line.
    pub y: f64,
    /// The lower end of the band.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A line with its band.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// How it looks.
    pub style: Style,
    /// Its points, in increasing order of `x`.
    pub points: Vec<Point>,
}

/// One pair of axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// What goes to the right, with its unit.
    pub x_label: String,
    /// What goes up, with its unit.
    pub y_label: String,
    /// From where to where `x` goes, before some room is added.
    pub x: (f64, f64),
    /// From where to where `y` goes, before some room is added.
    pub y: (f64, f64),
    /// Whether `x` is a whole number.
    pub whole_x: bool,
    /// The lines.
    pub series: Vec<Series>,
}

/// Panels side by side above a common legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The panels, from left to right.
    pub panels: Vec<Panel>,
    /// What the styles stand for.
    pub legend: Vec<(Style, String)>,
    /// What lines and bands are.
    pub note: String,
}

/// The name of the font in an SVG, and of the font that is built in.
const FONT: &str = "sans-serif";
/// The size of a panel, in points.
const PANEL: (u32, u32) = (350, 300);
/// The height of the legend, in points.
const LEGEND: u32 = 34;
/// The text, in points.
const TEXT: f64 = 12.0;
const TITLE: f64 = 14.0;
/// Pixels per point in a PNG.
const PIXELS: u32 = 2;
/// The library draws pixels of text that much too high.
const DROP: f64 = 0.12;
/// Each pixel is the mean of so many by so many.
const SAMPLES: u32 = 2;

const PAPER: RGBColor = RGBColor(255, 255, 255);
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(226, 226, 226);

/// Whether the font that is built in could be loaded.
fn font() -> bool {
    static LOADED: OnceLock<bool> = OnceLock::new();
    let load = || register_font(FONT, FontStyle::Normal, include_bytes!("../assets/DejaVuSans-subset.ttf")).is_ok();
    *LOADED.get_or_init(load)
}

type Area<'a, DB> = DrawingArea<DB, Shift>;
type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;
type Drawn = Result<(), String>;

fn said(cause: impl std::fmt::Display) -> String {
    cause.to_string()
}

/// Draws at a scale.
struct Pen {
    /// Units per point.
    scale: u32,
    /// How far below its place text has to be drawn to be in the middle of it, as a share of its size.
    drop: f64,
}

impl Figure {
    /// Width and height, in points.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (PANEL.0 * self.panels.len().max(1) as u32, PANEL.1 + LEGEND)
    }

    /// The picture as SVG.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn svg(&self) -> Result<String, StudyError> {
        // Coordinates are whole numbers, so there are four to a point.
        const SCALE: u32 = 4;
        let (width, height) = self.size();
        let size = (width * SCALE, height * SCALE);
        let mut content = String::new();
        let area = SVGBackend::with_string(&mut content, size).into_drawing_area();
        self.draw(&area, &Pen { scale: SCALE, drop: 0.0 })
            .map_err(|problem| StudyError::Output { what: "SVG".into(), problem })?;
        drop(area);
        let found = format!(r#"width="{}" height="{}""#, size.0, size.1);
        Ok(content.replacen(&found, &format!(r#"width="{width}" height="{height}""#), 1))
    }

    /// The picture as PNG, two pixels to a point.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn png(&self) -> Result<Vec<u8>, StudyError> {
        let failed = |problem: String| StudyError::Output { what: "PNG".into(), problem };
        let (width, height) = self.size();
        let scale = PIXELS * SAMPLES;
        let mut fine = vec![255_u8; (3 * width * height * scale * scale) as usize];
        let area = BitMapBackend::with_buffer(&mut fine, (width * scale, height * scale)).into_drawing_area();
        self.draw(&area, &Pen { scale, drop: DROP }).map_err(failed)?;
        drop(area);
        let pixels = reduced(&fine, (width * scale) as usize);
        let mut content = vec![];
        let mut encoder = png::Encoder::new(&mut content, width * PIXELS, height * PIXELS);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        // Points are 1/72 inch.
        let density = (f64::from(PIXELS) * 72.0 / 0.0254).round() as u32;
        let dimensions = png::PixelDimensions { xppu: density, yppu: density, unit: png::Unit::Meter };
        encoder.set_pixel_dims(Some(dimensions));
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&pixels)?;
            writer.finish()
        });
        written.map_err(|cause| failed(said(cause)))?;
        Ok(content)
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<'_, DB>, pen: &Pen) -> Drawn {
        if !font() {
            return Err("the font that is built in cannot be read".into());
        }
        area.fill(&PAPER).map_err(said)?;
        let (above, below) = area.split_vertically(pen.units(f64::from(PANEL.1)));
        for (area, panel) in above.split_evenly((1, self.panels.len().max(1))).iter().zip(&self.panels) {
            pen.panel(area, panel)?;
        }
        self.legend(&below, pen)?;
        area.present().map_err(said)
    }

    fn legend<DB: DrawingBackend>(&self, area: &Area<'_, DB>, pen: &Pen) -> Drawn {
        const SWATCH: f64 = 26.0;
        const GAP: f64 = 7.0;
        const APART: f64 = 26.0;
        let text = pen.text(area, TEXT).pos(Pos::new(HPos::Left, VPos::Center));
        let width =
            |words: &str| area.estimate_text_size(words, &text).map(|(w, _)| f64::from(w) / f64::from(pen.scale));
        let widths = self.legend.iter().map(|(_, words)| width(words)).collect::<Result<Vec<_>, _>>().map_err(said)?;
        let note = width(&self.note).map_err(said)?;
        let total = widths.iter().map(|width| SWATCH + GAP + width + APART).sum::<f64>() + note;
        let mut x = 0.5 * (f64::from(self.size().0) - total);
        let y = 12.0;
        for ((style, words), width) in self.legend.iter().zip(widths) {
            let at = |dx: f64, dy: f64| (pen.units(x + dx), pen.units(y + dy));
            let band = Polygon::new([at(0.0, -5.0), at(SWATCH, -5.0), at(SWATCH, 5.0), at(0.0, 5.0)], style.band());
            area.draw(&band).map_err(said)?;
            area.draw(&PathElement::new([at(0.0, 0.0), at(SWATCH, 0.0)], pen.line(*style))).map_err(said)?;
            pen.mark(area, *style, at(0.5 * SWATCH, 0.0))?;
            area.draw_text(words, &text, at(SWATCH + GAP, pen.drop * TEXT)).map_err(said)?;
            x += SWATCH + GAP + width + APART;
        }
        area.draw_text(&self.note, &text, (pen.units(x), pen.units(y + pen.drop * TEXT))).map_err(said)
    }
}

impl Pen {
    fn units(&self, points: f64) -> i32 {
        (points * f64::from(self.scale)).round() as i32
    }

    fn text<'a, DB: DrawingBackend>(&self, area: &Area<'_, DB>, size: f64) -> TextStyle<'a> {
        (FONT, size * f64::from(self.scale), &INK).into_text_style(area)
    }

    fn line(&self, style: Style) -> ShapeStyle {
        style.color().stroke_width(self.units(1.75) as u32)
    }

    fn mark<DB: DrawingBackend>(&self, area: &Area<'_, DB>, style: Style, (x, y): (i32, i32)) -> Drawn {
        // A white rim keeps marks apart that overlap.
        for (size, fill) in [(4.25, PAPER.filled()), (3.25, style.color().filled())] {
            let corner = |&(dx, dy): &(f64, f64)| (x + self.units(size * dx), y + self.units(size * dy));
            let corners: Vec<(i32, i32)> = style.corners().iter().map(corner).collect();
            if corners.is_empty() {
                area.draw(&Circle::new((x, y), self.units(size), fill)).map_err(said)?;
            } else {
                area.draw(&Polygon::new(corners, fill)).map_err(said)?;
            }
        }
        Ok(())
    }

    fn panel<DB: DrawingBackend>(&self, area: &Area<'_, DB>, panel: &Panel) -> Drawn {
        let room = |(from, to): (f64, f64), share: f64| {
            let more = share * if to > from { to - from } else { 1.0 };
            from - more..to + more
        };
        let title = self.text(area, TITLE).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(&panel.title, &title, (self.units(58.0), self.units(16.0 + self.drop * TITLE))).map_err(said)?;
        let (x, y) = (room(panel.x, 0.05), room(panel.y, 0.04));
        let mut chart = ChartBuilder::on(area)
            .margin_top(self.units(30.0))
            .margin_right(self.units(12.0))
            .margin_bottom(self.units(6.0))
            .x_label_area_size(self.units(40.0))
            .y_label_area_size(self.units(58.0))
            .build_cartesian_2d(x, y)
            .map_err(said)?;
        self.axes(area, &chart, panel)?;
        for series in &panel.series {
            let upper = series.points.iter().map(|point| (point.x, point.high));
            let lower = series.points.iter().rev().map(|point| (point.x, point.low));
            let outline: Vec<(f64, f64)> = upper.chain(lower).collect();
            chart.draw_series([Polygon::new(outline, series.style.band())]).map_err(said)?;
        }
        for series in &panel.series {
            let line: Vec<(f64, f64)> = series.points.iter().map(|point| (point.x, point.y)).collect();
            let places: Vec<(i32, i32)> = line.iter().map(|place| chart.backend_coord(place)).collect();
            chart.draw_series([PathElement::new(line, self.line(series.style))]).map_err(said)?;
            let (left, top) = area.get_base_pixel();
            for (x, y) in places {
                self.mark(area, series.style, (x - left, y - top))?;
            }
        }
        Ok(())
    }

    /// Grid, axes, ticks and labels: drawn by hand, because the library's own stand in fixed distances that do not scale.
    fn axes<DB: DrawingBackend>(
        &self,
        area: &Area<'_, DB>,
        chart: &ChartContext<'_, DB, Plane>,
        panel: &Panel,
    ) -> Drawn {
        let (left, top) = area.get_base_pixel();
        let plane = chart.plotting_area();
        let (xs, ys) = plane.get_pixel_range();
        let (from, to) = ((xs.start - left, ys.start - top), (xs.end - left, ys.end - top));
        let thin = |color: RGBColor| color.stroke_width(self.units(0.75).max(1) as u32);
        let numbers = self.text(area, TEXT);
        let line = |a, b, color| area.draw(&PathElement::new([a, b], thin(color))).map_err(said);
        let (x_range, y_range) = (plane.get_x_range(), plane.get_y_range());
        for tick in ticks(panel.y, false).into_iter().filter(|tick| y_range.contains(tick)) {
            let y = plane.map_coordinate(&(panel.x.0, tick)).1 - top;
            line((from.0, y), (to.0, y), GRID)?;
            let style = numbers.clone().pos(Pos::new(HPos::Right, VPos::Center));
            area.draw_text(&label(tick), &style, (from.0 - self.units(6.0), y + self.units(self.drop * TEXT)))
                .map_err(said)?;
        }
        for tick in ticks(panel.x, panel.whole_x).into_iter().filter(|tick| x_range.contains(tick)) {
            let x = plane.map_coordinate(&(tick, panel.y.0)).0 - left;
            line((x, to.1), (x, to.1 + self.units(4.0)), INK)?;
            let style = numbers.clone().pos(Pos::new(HPos::Center, VPos::Center));
            area.draw_text(&label(tick), &style, (x, to.1 + self.units(12.0 + self.drop * TEXT))).map_err(said)?;
        }
        line((from.0, to.1), (to.0, to.1), INK)?;
        line((from.0, from.1), (from.0, to.1), INK)?;
        let center = Pos::new(HPos::Center, VPos::Center);
        let middle = (i32::midpoint(from.0, to.0), i32::midpoint(from.1, to.1));
        let style = numbers.clone().pos(center);
        area.draw_text(&panel.x_label, &style, (middle.0, to.1 + self.units(31.0 + self.drop * TEXT))).map_err(said)?;
        let turned = numbers.transform(FontTransform::Rotate270).pos(center);
        area.draw_text(&panel.y_label, &turned, (self.units(14.0), middle.1)).map_err(said)
    }
}

/// Round numbers from one to another, some five of them (steps of 1, 2 or 5 times a power of ten).
fn ticks((from, to): (f64, f64), whole: bool) -> Vec<f64> {
    let length = to - from;
    if !(length.is_finite() && length > 0.0) {
        return vec![from];
    }
    let rough = length / if whole { 9.0 } else { 5.0 };
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough * (1.0 - 1e-9));
    let step = step.unwrap_or(rough).max(if whole { 1.0 } else { 0.0 });
    let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// A tick as text, without noise of rounding.
fn label(tick: f64) -> String {
    let text = format!("{tick:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.replace('-', "\u{2212}") }
}

/// An RGB picture with [`SAMPLES`] times fewer pixels in each direction.
fn reduced(fine: &[u8], width: usize) -> Vec<u8> {
    let samples = SAMPLES as usize;
    let (columns, rows) = (width / samples, fine.len() / (3 * width) / samples);
    let mut pixels = Vec::with_capacity(3 * columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            for channel in 0..3 {
                let at = |i: usize| {
                    let (y, x) = (row * samples + i / samples, column * samples + i % samples);
                    u32::from(fine[3 * (y * width + x) + channel])
                };
                let total: u32 = (0..samples * samples).map(at).sum();
                pixels.push((total / (SAMPLES * SAMPLES)) as u8);
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_ticks() {
        assert_eq!(ticks((1.0, 8.0), true), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        let labels: Vec<String> = ticks((0.0, 1.0), false).into_iter().map(label).collect();
        assert_eq!(labels, ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(ticks((1.0, 100.0), true)[..2], [20.0, 40.0]);
        assert_eq!(ticks((3.0, 3.0), true), [3.0]);
        assert_eq!(label(-0.25), "\u{2212}0.25");
    }

    #[test]
    fn pixels_are_means() {
        let fine = [0, 0, 0, 4, 4, 4, 8, 8, 8, 12, 12, 12];
        assert_eq!(reduced(&fine, 2), [6, 6, 6]);
    }
}
