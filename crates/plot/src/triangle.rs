//! Shares of three, as positions in a triangle.

use crate::frame::heading;
use crate::pen::{Area, Drawn, Pen, TEXT, cut, units, width};
use crate::style::{INK, Style};
use plotters::prelude::{Color, DrawingBackend};
use plotters::style::text_anchor::HPos;

/// Three shares that sum to one.
pub type Shares = [f64; 3];

/// Shares of three as positions in a triangle, above colored regions.
#[derive(Clone, Debug, PartialEq)]
pub struct Triangle {
    /// The names of the corners: left, right, and top. Each corner has the whole share.
    pub corners: [String; 3],
    /// Regions in light colors, as their corners in order.
    pub regions: Vec<(Style, Vec<Shares>)>,
    /// Positions with their sizes, from 0 to 1.
    pub places: Vec<(Style, Shares, f64)>,
}

const TOP: f64 = 60.0;
const SIDE: f64 = 240.0;

impl Triangle {
    pub(crate) fn height() -> f64 {
        TOP + SIDE * 0.75_f64.sqrt() + 34.0
    }

    pub(crate) fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, title: &str) -> Drawn {
        let left = 0.5 * (panel.width() - SIDE);
        let bottom = TOP + SIDE * 0.75_f64.sqrt();
        let at = |x: f64, y: f64| (panel.left + units(x), panel.top + units(y));
        let spot = |shares: &Shares| {
            let (right, up) = (shares[1].clamp(0.0, 1.0), shares[2].clamp(0.0, 1.0));
            at(left + SIDE * (right + 0.5 * up), bottom - SIDE * 0.75_f64.sqrt() * up)
        };
        let sound = |shares: &Shares| shares.iter().all(|share| share.is_finite());
        heading(pen, panel, title, 12.0, 12.0)?;
        for (style, corners) in &self.regions {
            if corners.len() > 2 && corners.iter().all(sound) {
                pen.polygon(corners.iter().map(spot).collect(), style.band())?;
            }
        }
        let corners = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]];
        pen.path(corners.iter().map(spot).collect(), INK, 0.75)?;
        let names = self.corners.each_ref().map(|name| cut(name, TEXT, 0.5 * panel.width() - 16.0));
        let half = |name: &str| 0.5 * width(name, TEXT) + 8.0;
        let (first, last) = (left.max(half(&names[0])), (left + SIDE).min(panel.width() - half(&names[1])));
        pen.text(&names[0], TEXT, HPos::Center, at(first, bottom + 20.0))?;
        pen.text(&names[1], TEXT, HPos::Center, at(last, bottom + 20.0))?;
        pen.text(&names[2], TEXT, HPos::Center, at(left + 0.5 * SIDE, TOP - 20.0))?;
        for (style, shares, weight) in self.places.iter().filter(|place| sound(&place.1)) {
            let place = spot(shares);
            if style == &Style::Ink {
                pen.mark(*style, place)?;
            } else {
                let radius = 3.0 + 7.0 * weight.clamp(0.0, 1.0).sqrt();
                pen.dot(crate::style::PAPER, radius + 1.0, place)?;
                pen.paper
                    .draw(&plotters::prelude::Circle::new(place, units(radius), style.color().filled()))
                    .map_err(crate::pen::message)?;
            }
        }
        Ok(())
    }
}
