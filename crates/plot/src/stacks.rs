//! Bars that are divided into parts.

use crate::bars::MOST_ROWS;
use crate::frame::PANEL;
use crate::frame::heading;
use crate::pen::{Area, Drawn, Pen, TEXT, cut, units, width};
use crate::style::{PAPER, part};
use plotters::prelude::{Color, DrawingBackend};
use plotters::style::text_anchor::HPos;

/// A bar of length one.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// The name to its left.
    pub name: String,
    /// The note to its right, such as a number.
    pub note: String,
    /// The shares of the parts. A share that is not positive is left out. The bar is cut off at a
    /// sum of one.
    pub shares: Vec<f64>,
}

/// Named horizontal bars of equal length, all divided into the same parts. At most [`MOST_ROWS`]
/// are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Stacks {
    /// The names of the parts.
    pub parts: Vec<String>,
    /// The header of the notes.
    pub note: String,
    /// The bars, from top to bottom.
    pub rows: Vec<Stack>,
}

const TOP: f64 = 30.0;
const LEFT: f64 = 12.0;
const RIGHT: f64 = 12.0;
const BESIDE: f64 = 6.0;
const NAMES: f64 = 110.0;
const NOTES: f64 = 60.0;
const BAR: f64 = 13.0;
const PITCH: f64 = 18.0;
const SMALL: f64 = 11.0;
const SWATCH: f64 = 9.0;
const LINE: f64 = 16.0;
/// The most parts with names in the legend.
const MOST_PARTS: usize = 16;

impl Stacks {
    /// The rows of the legend: parts with their positions from the left.
    fn legend(&self) -> Vec<Vec<(usize, f64, String)>> {
        let room = PANEL.0 - LEFT - RIGHT;
        let mut lines: Vec<Vec<(usize, f64, String)>> = vec![];
        let mut end = f64::INFINITY;
        for (number, name) in self.parts.iter().enumerate().take(MOST_PARTS) {
            let name = cut(name, SMALL, 90.0);
            let wide = SWATCH + 4.0 + width(&name, SMALL);
            match lines.last_mut() {
                Some(line) if end + 12.0 + wide <= room => {
                    line.push((number, end + 12.0, name));
                    end += 12.0 + wide;
                }
                _ => {
                    lines.push(vec![(number, 0.0, name)]);
                    end = wide;
                }
            }
        }
        if self.parts.len() > MOST_PARTS {
            let more = format!("and {} more", self.parts.len() - MOST_PARTS);
            lines.push(vec![(usize::MAX, 0.0, more)]);
        }
        lines
    }

    fn hidden(&self) -> usize {
        self.rows.len().saturating_sub(MOST_ROWS)
    }

    /// The height, in points.
    pub(crate) fn height(&self) -> f64 {
        let rows = self.rows.len().clamp(1, MOST_ROWS) + usize::from(self.hidden() > 0);
        TOP + LINE * self.legend().len() as f64 + 22.0 + PITCH * rows as f64 + 8.0
    }

    pub(crate) fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, title: &str) -> Drawn {
        let at = |x: f64, y: f64| (panel.left + units(x), panel.top + units(y));
        heading(pen, panel, title, LEFT, RIGHT)?;
        let mut y = TOP + 6.0;
        for line in self.legend() {
            for (number, x, name) in line {
                let mut x = LEFT + x;
                if number < self.parts.len() {
                    let color = part(number, self.parts.len());
                    pen.block(at(x, y - 0.5 * SWATCH), at(x + SWATCH, y + 0.5 * SWATCH), color.filled())?;
                    x += SWATCH + 4.0;
                }
                pen.text(&name, SMALL, HPos::Left, at(x, y))?;
            }
            y += LINE;
        }
        let rows = &self.rows[..self.rows.len().min(MOST_ROWS)];
        let names: Vec<String> = rows.iter().map(|row| cut(&row.name, TEXT, NAMES)).collect();
        let notes: Vec<String> = rows.iter().map(|row| cut(&row.note, TEXT, NOTES)).collect();
        let widest = |texts: &[String]| texts.iter().map(|text| width(text, TEXT)).fold(0.0, f64::max);
        let note = cut(&self.note, SMALL, 2.0 * NOTES);
        let (left, right) = (LEFT + widest(&names) + BESIDE, panel.width() - RIGHT - widest(&notes) - BESIDE);
        pen.text(&note, SMALL, HPos::Right, at(panel.width() - RIGHT, y + 2.0))?;
        y += 20.0;
        for ((row, name), note) in rows.iter().zip(&names).zip(&notes) {
            pen.text(name, TEXT, HPos::Right, at(left - BESIDE, y))?;
            pen.text(note, TEXT, HPos::Right, at(panel.width() - RIGHT, y))?;
            let mut from = 0.0;
            for (number, &share) in row.shares.iter().enumerate() {
                if !(share.is_finite() && share > 0.0) {
                    continue;
                }
                let to = (from + share).min(1.0);
                let (a, b) =
                    (at(left + from * (right - left), y - 0.5 * BAR), at(left + to * (right - left), y + 0.5 * BAR));
                pen.block(a, b, part(number, self.parts.len()).filled())?;
                if from > 0.0 {
                    pen.path(vec![a, (a.0, b.1)], PAPER, 0.75)?;
                }
                from = to;
            }
            y += PITCH;
        }
        if self.hidden() > 0 {
            pen.text(&format!("and {} more", self.hidden()), TEXT, HPos::Left, at(left, y))?;
        }
        Ok(())
    }
}
