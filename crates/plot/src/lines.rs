//! Lines with bands between two axes.

use crate::clip::{self, Place};
use crate::frame::axes;
use crate::pen::{Area, Drawn, Pen};
use crate::scale::{Axis, Span};
use crate::style::Style;
use plotters::prelude::DrawingBackend;

/// A point of a line, with the interval of its band.
///
/// If `x` or `y` is not finite, the line has a gap. If `low` or `high` is not finite, the band has
/// a gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The horizontal coordinate.
    pub x: f64,
    /// The value on the line.
    pub y: f64,
    /// The lower end of the band.
    pub low: f64,
    /// The upper end of the band.
    pub high: f64,
}

/// A line with its band.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The style of the line.
    pub style: Style,
    /// The points, in increasing order of `x`.
    pub points: Vec<Point>,
}

/// Which points of a line have a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// All points.
    Each,
    /// The point of a series that has only one.
    Lone,
    /// Some points, so that marks do not overlap; different lines have marks at different
    /// positions. A point without neighbors has no band, so its interval is a bar. If no line has
    /// more than one point, the points stand side by side.
    Apart,
}

/// Lines, each with a band, between two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Which points have a mark.
    pub marks: Marks,
    /// The lines. Later ones are drawn above earlier ones.
    pub series: Vec<Series>,
}

/// The positions of a point and its interval.
struct Placed {
    x: f64,
    y: Option<f64>,
    band: Option<(f64, f64)>,
}

impl Lines {
    pub(crate) fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, title: &str) -> Drawn {
        let (x, y) = (Span::new(&self.x, 0.05), Span::new(&self.y, 0.04));
        let frame = axes(pen, panel, title, (&x, &self.x.label), (&y, &self.y.label))?;

        let mut placed: Vec<Vec<Placed>> = self.series.iter().map(|series| series.placed(&x, &y)).collect();
        if self.marks == Marks::Apart && placed.iter().all(|points| points.len() <= 1) {
            side_by_side(&mut placed);
        }
        for (series, placed) in self.series.iter().zip(&placed) {
            for run in placed.chunk_by(|a, b| a.band.is_some() == b.band.is_some()) {
                let band: Vec<(f64, (f64, f64))> = run.iter().filter_map(|p| Some((p.x, p.band?))).collect();
                self.band(pen, frame, &band, series.style)?;
            }
        }
        for (i, (series, placed)) in self.series.iter().zip(&placed).enumerate() {
            let mut places = vec![];
            for run in placed.chunk_by(|a, b| a.y.is_some() == b.y.is_some()) {
                let line: Vec<Place> = run.iter().filter_map(|p| Some((p.x, p.y?))).collect();
                pen.line(frame, &line, series.style)?;
                places.extend(line);
            }
            places.retain(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y));
            if self.marks == Marks::Lone && series.points.len() > 1 {
                continue;
            }
            if self.marks == Marks::Apart {
                places = apart(&places, frame.width(), i as f64 / self.series.len() as f64);
            }
            places.into_iter().try_for_each(|place| pen.mark(series.style, frame.at(place)))?;
        }
        Ok(())
    }

    fn band<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        frame: Area,
        band: &[(f64, (f64, f64))],
        style: Style,
    ) -> Drawn {
        if let (Marks::Apart, &[(x, (low, high))]) = (self.marks, band) {
            return pen.line(frame, &[(x, low), (x, high)], style);
        }
        let upper = band.iter().map(|&(x, (_, high))| (x, high));
        let lower = band.iter().rev().map(|&(x, (low, _))| (x, low));
        let outline = clip::area(upper.chain(lower).collect());
        pen.polygon(outline.into_iter().map(|place| frame.at(place)).collect(), style.band())
    }
}

impl Series {
    fn placed(&self, x: &Span, y: &Span) -> Vec<Placed> {
        let placed = |point: &Point| {
            let band = y.place(point.low).zip(y.place(point.high));
            // A point without a position is a gap in both the line and the band.
            match x.place(point.x) {
                Some(x) => Placed { x, y: y.place(point.y), band },
                None => Placed { x: 0.0, y: None, band: None },
            }
        };
        self.points.iter().map(placed).collect()
    }
}

/// Separates single points, which usually have the same position.
fn side_by_side(placed: &mut [Vec<Placed>]) {
    const APART: f64 = 0.05;
    let middle = 0.5 * (placed.len() as f64 - 1.0);
    for (i, point) in placed.iter_mut().enumerate().flat_map(|(i, points)| points.iter_mut().map(move |p| (i, p))) {
        point.x += APART * (i as f64 - middle);
    }
}

/// Positions of marks that do not overlap, on a frame with this width in points. `shift`, from 0 to
/// 1, selects among them.
fn apart(places: &[Place], width: f64, shift: f64) -> Vec<Place> {
    const APART: f64 = 18.0;
    let cell = |x: f64| (x * width / APART + shift).floor();
    let mut kept: Vec<Place> = vec![];
    for &place in places {
        let free = kept.last().is_none_or(|last| {
            let far = (place.0 - last.0) * width;
            far >= APART || far >= 0.5 * APART && cell(place.0) > cell(last.0)
        });
        if free {
            kept.push(place);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_apart() {
        let places: Vec<Place> = (0..=100).map(|i| (f64::from(i) / 100.0, 0.5)).collect();
        for shift in [0.0, 0.25, 0.5, 0.75] {
            let kept = apart(&places, 280.0, shift);
            assert!((12..=18).contains(&kept.len()), "{}", kept.len());
            assert!(kept.windows(2).all(|pair| (pair[1].0 - pair[0].0) * 280.0 >= 9.0));
        }
        assert_eq!(apart(&places[..=1], 2000.0, 0.5).len(), 2);
        assert!(apart(&[], 280.0, 0.0).is_empty());
    }
}
