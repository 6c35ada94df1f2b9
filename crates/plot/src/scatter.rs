//! Clouds of points.

use crate::clip;
use crate::frame::axes;
use crate::pen::{Area, Drawn, Pen, units};
use crate::scale::{Axis, Span};
use crate::style::{INK, Style};
use plotters::prelude::{Color, DrawingBackend};
use std::collections::HashSet;

/// Points of one style.
#[derive(Clone, Debug, PartialEq)]
pub struct Dots {
    /// The style of the points.
    pub style: Style,
    /// Their coordinates. Points with a coordinate that is not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// Points between two axes. Of points that coincide, one is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Whether a line shows where both coordinates are equal.
    pub diagonal: bool,
    /// Whether a stem connects each point with the bottom.
    pub stems: bool,
    /// The points. Later ones are drawn above earlier ones.
    pub dots: Vec<Dots>,
}

impl Scatter {
    pub(crate) fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, title: &str) -> Drawn {
        // Two points of one style that are nearer than this are drawn as one.
        const CLOSE: f64 = 1.5;
        let x = Span::new(&self.x, 0.04);
        let y = if self.stems { Span::of_lengths(self.y.range.1) } else { Span::new(&self.y, 0.04) };
        let frame = axes(pen, panel, title, (&x, &self.x.label), (&y, &self.y.label))?;
        if self.diagonal {
            let (low, high) = (x.low().min(y.low()), x.high().max(y.high()));
            let ends = [low, high].map(|at| Some((x.place(at)?, y.place(at)?)));
            if let [Some(from), Some(to)] = ends {
                let pieces = clip::line(&[from, to]).into_iter();
                pieces
                    .map(|piece| piece.into_iter().map(|place| frame.at(place)).collect())
                    .try_for_each(|spots| pen.path(spots, INK, 0.75))?;
            }
        }
        let many = self.dots.iter().map(|dots| dots.points.len()).sum::<usize>() > 300;
        for dots in &self.dots {
            let mut taken = HashSet::new();
            for &(a, b) in &dots.points {
                let Some(place) = x.place(a).zip(y.place(b)) else { continue };
                if !((0.0..=1.0).contains(&place.0) && (0.0..=1.0).contains(&place.1)) {
                    continue;
                }
                let spot = frame.at(place);
                if !taken.insert((spot.0 / units(CLOSE), spot.1 / units(CLOSE))) {
                    continue;
                }
                if self.stems {
                    pen.path(vec![(spot.0, frame.bottom), spot], dots.style.color(), 1.75)?;
                    pen.mark(dots.style, spot)?;
                } else if many {
                    pen.dot(dots.style.color(), 1.5, spot)?;
                } else {
                    pen.paper
                        .draw(&plotters::prelude::Circle::new(spot, units(2.75), dots.style.color().mix(0.7).filled()))
                        .map_err(crate::pen::message)?;
                }
            }
        }
        Ok(())
    }
}
