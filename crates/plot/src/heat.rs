//! Tables of numbers, drawn as shades.

use crate::frame::heading;
use crate::pen::{Area, Drawn, Pen, TEXT, cut, units, width};
use crate::style::Style;
use plotters::prelude::{Color, DrawingBackend, RGBColor};
use plotters::style::text_anchor::HPos;

/// The most rows and the most columns that a [`Heat`] shows.
pub const MOST_CELLS: usize = 60;

/// Numbers from 0 (white) to 1 (dark), by rows and columns. At most [`MOST_CELLS`] of each are
/// shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// The meaning of the columns.
    pub label: String,
    /// The names of the rows.
    pub rows: Vec<String>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The numbers, by rows. A number that is not finite leaves its cell blank.
    pub cells: Vec<Vec<f64>>,
}

const TOP: f64 = 30.0;
const BOTTOM: f64 = 48.0;
const LEFT: f64 = 12.0;
const RIGHT: f64 = 12.0;

fn shade(share: f64) -> RGBColor {
    let dark = Style::Blue.color();
    let mix = |dark: u8| (244.0 + share.clamp(0.0, 1.0) * (f64::from(dark) - 244.0)).round() as u8;
    RGBColor(mix(dark.0), mix(dark.1), mix(dark.2))
}

impl Heat {
    fn pitch(&self) -> f64 {
        (240.0 / self.rows.len().clamp(1, MOST_CELLS) as f64).clamp(6.0, 20.0)
    }

    /// The height, in points.
    pub(crate) fn height(&self) -> f64 {
        TOP + self.pitch() * self.rows.len().clamp(1, MOST_CELLS) as f64 + BOTTOM
    }

    pub(crate) fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, title: &str) -> Drawn {
        let (rows, columns) = (self.rows.len().min(MOST_CELLS), self.columns.len().min(MOST_CELLS));
        heading(pen, panel, title, LEFT, RIGHT)?;
        let names: Vec<String> = self.rows[..rows].iter().map(|name| cut(name, TEXT, 110.0)).collect();
        let gutter = LEFT + names.iter().map(|name| width(name, TEXT)).fold(0.0, f64::max) + 6.0;
        let (wide, high) = ((panel.width() - RIGHT - gutter) / columns.max(1) as f64, self.pitch());
        let wide = wide.min(40.0);
        let at = |x: f64, y: f64| (panel.left + units(x), panel.top + units(y));
        // As many names as fit without overlap.
        let every = (TEXT / high).ceil().max(1.0) as usize;
        for (row, name) in names.iter().enumerate() {
            let top = TOP + high * row as f64;
            if row % every == 0 {
                pen.text(name, TEXT, HPos::Right, at(gutter - 6.0, top + 0.5 * high))?;
            }
            for column in 0..columns {
                let Some(share) = self.cells.get(row).and_then(|cells| cells.get(column)).filter(|x| x.is_finite())
                else {
                    continue;
                };
                let left = gutter + wide * column as f64;
                pen.block(at(left, top), at(left + wide - 0.75, top + high - 0.75), shade(*share).filled())?;
            }
        }
        let bottom = TOP + high * rows as f64;
        let mut end = 0.0;
        for (column, name) in self.columns[..columns].iter().enumerate() {
            let name = cut(name, TEXT, 2.5 * wide.max(30.0));
            let (middle, half) = (gutter + wide * (column as f64 + 0.5), 0.5 * width(&name, TEXT));
            if middle - half >= end && middle + half <= panel.width() {
                pen.text(&name, TEXT, HPos::Center, at(middle, bottom + 9.0))?;
                end = middle + half + 6.0;
            }
        }
        let hidden = [(self.rows.len() - rows, "rows"), (self.columns.len() - columns, "columns")];
        let hidden: Vec<String> =
            hidden.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} more {what}")).collect();
        let label =
            if hidden.is_empty() { self.label.clone() } else { format!("{} (and {})", self.label, hidden.join(", ")) };
        pen.text(&cut(&label, TEXT, panel.width() - gutter - 70.0), TEXT, HPos::Left, at(gutter, bottom + 29.0))?;
        // The key of the shades.
        let (right, y) = (panel.width() - RIGHT, bottom + 29.0);
        pen.text("1", TEXT, HPos::Right, at(right, y))?;
        for step in 0..5 {
            let x = right - 11.0 - 8.0 * f64::from(5 - step);
            pen.block(at(x, y - 4.0), at(x + 8.0, y + 4.0), shade(f64::from(step) / 4.0).filled())?;
        }
        pen.text("0", TEXT, HPos::Right, at(right - 55.0, y))
    }
}
