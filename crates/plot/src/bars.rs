//! Horizontal bars.

use crate::pen::{Area, Drawn, Pen, TEXT, TITLE, cut, units, width};
use crate::scale::{Span, short};
use crate::style::Style;
use plotters::prelude::{Color, DrawingBackend};
use plotters::style::text_anchor::HPos;

/// The most rows that [`Bars`] show. A note below the frame gives the sum of the others.
pub const MOST_ROWS: usize = 30;

/// A name, and one bar for each style.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The name beside the bars. Long names are cut in the middle.
    pub name: String,
    /// One length for each of [`Bars::styles`]. A length that is not finite and positive has no
    /// bar.
    pub lengths: Vec<f64>,
}

/// Named horizontal bars that start at zero. The longest row, by the sum of its bars, comes first.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// The meaning of the lengths, with their unit.
    pub label: String,
    /// The styles of the bars of a row, from top to bottom.
    pub styles: Vec<Style>,
    /// The rows, in any order.
    pub rows: Vec<Row>,
}

/// The margins above, to the right, and below the frame, in points.
const TOP: f64 = 30.0;
const RIGHT: f64 = 12.0;
const BOTTOM: f64 = 46.0;
/// The height of the note about further rows.
const NOTE: f64 = 18.0;
/// The height of a bar, and the space between rows.
const BAR: f64 = 5.5;
const GAP: f64 = 4.5;
/// The width of names, and the spaces beside them.
const NAMES: f64 = 150.0;
const LEFT: f64 = 12.0;
const BESIDE: f64 = 6.0;

impl Row {
    fn length(&self, bar: usize) -> f64 {
        self.lengths.get(bar).copied().filter(|length| length.is_finite() && *length > 0.0).unwrap_or(0.0)
    }
}

impl Bars {
    fn pitch(&self) -> f64 {
        (BAR * self.styles.len().min(8) as f64).max(2.0 * BAR) + GAP
    }

    /// The height of everything below the frame, in points.
    fn below(&self) -> f64 {
        if self.rows.len() > MOST_ROWS { BOTTOM + NOTE } else { BOTTOM }
    }

    /// The height, in points.
    pub(crate) fn height(&self) -> f64 {
        TOP + GAP + self.pitch() * self.rows.len().clamp(1, MOST_ROWS) as f64 + self.below()
    }

    /// The rows that are shown, and the others.
    fn sorted(&self) -> (Vec<&Row>, Vec<&Row>) {
        let sum = |row: &Row| (0..self.styles.len()).map(|bar| row.length(bar)).sum::<f64>();
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
        let rest = rows.split_off(rows.len().min(MOST_ROWS));
        (rows, rest)
    }

    pub(crate) fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, title: &str) -> Drawn {
        let (rows, rest) = self.sorted();
        let panel = Area { bottom: panel.top + units(self.height()), ..panel };
        let names: Vec<String> = rows.iter().map(|row| cut(&row.name, TEXT, NAMES)).collect();
        let widest = names.iter().map(|name| width(name, TEXT)).fold(0.0, f64::max);
        let gutter = LEFT + widest + BESIDE;
        let frame = panel.within(gutter, TOP, RIGHT, self.below());
        let bars = 0..self.styles.len();
        let lengths = rows.iter().flat_map(|row| bars.clone().map(|bar| row.length(bar)));
        let span = Span::of_lengths(lengths.fold(0.0, f64::max));
        let ticks = span.ticks(|ticks| frame.labels_fit_below(ticks, (gutter, RIGHT)));

        let title = cut(title, TITLE, panel.width() - LEFT - RIGHT);
        pen.text(&title, TITLE, HPos::Left, (panel.left + units(LEFT), panel.top + units(16.0)))?;
        pen.grid_up(frame, &ticks)?;
        pen.ticks_below(frame, &ticks)?;
        let pitch = self.pitch();
        let thick = (pitch - GAP) / self.styles.len().max(1) as f64;
        for (i, (row, name)) in rows.iter().zip(&names).enumerate() {
            let top = frame.top + units(GAP + pitch * i as f64);
            for (bar, style) in self.styles.iter().enumerate() {
                let length = row.length(bar);
                let Some(place) = span.place(length).filter(|_| length > 0.0) else { continue };
                let right = frame.at((place.min(1.0), 0.0)).0;
                let (from, to) = (top + units(thick * bar as f64), top + units(thick * (bar + 1) as f64));
                let corners = vec![(frame.left, from), (right, from), (right, to), (frame.left, to)];
                pen.polygon(corners, style.color().filled())?;
            }
            let middle = top + units(0.5 * (pitch - GAP));
            pen.text(name, TEXT, HPos::Right, (frame.left - units(BESIDE), middle))?;
        }
        pen.corner(frame)?;
        pen.label_below(panel, frame, &self.label, &ticks)?;
        if rest.is_empty() { Ok(()) } else { self.rest(pen, panel, frame, &rest) }
    }

    /// Draws the note about the rows that are not shown: their number, and the sum of their bars in
    /// each style. It is below the frame, as near to the middle as there is room.
    fn rest<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, frame: Area, rest: &[&Row]) -> Drawn {
        const SWATCH: f64 = 8.0;
        const CLOSE: f64 = 3.0;
        const APART: f64 = 8.0;
        let words = format!("and {} more, together", rest.len());
        let total = |bar| short(rest.iter().map(|row| row.length(bar)).sum());
        let totals: Vec<(Style, String)> = self.styles.iter().copied().zip((0..).map(total)).collect();
        let widths = totals.iter().map(|(_, total)| APART + SWATCH + CLOSE + width(total, TEXT));
        let wide = width(&words, TEXT) + widths.sum::<f64>();
        let middle = panel.width() - RIGHT - 0.5 * frame.width();
        let mut x = (middle - 0.5 * wide).min(panel.width() - RIGHT - wide).max(LEFT);
        let middle = frame.bottom + units(31.0 + NOTE);
        let at = |x: f64| panel.left + units(x);
        pen.text(&words, TEXT, HPos::Left, (at(x), middle))?;
        x += width(&words, TEXT) + APART;
        for (style, total) in totals {
            let (top, bottom) = (middle - units(0.5 * SWATCH), middle + units(0.5 * SWATCH));
            let (left, right) = (at(x), at(x + SWATCH));
            pen.polygon(vec![(left, top), (right, top), (right, bottom), (left, bottom)], style.color().filled())?;
            x += SWATCH + CLOSE;
            pen.text(&total, TEXT, HPos::Left, (at(x), middle))?;
            x += width(&total, TEXT) + APART;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_first() {
        let row = |name: &str, a, b| Row { name: name.into(), lengths: vec![a, b] };
        let rows = vec![row("a", 0.1, 0.0), row("b", 0.2, 0.3), row("c", f64::NAN, 0.2), row("d", -1.0, 0.0)];
        let bars = Bars { label: String::new(), styles: vec![Style::Blue, Style::Vermillion], rows };
        let names: Vec<&str> = bars.sorted().0.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "a", "d"]);
        let many = Bars { rows: (0..200).map(|i| row(&i.to_string(), f64::from(i), 0.0)).collect(), ..bars };
        let (shown, rest) = many.sorted();
        assert_eq!((shown.len(), rest.len(), shown[0].name.as_str(), rest[0].name.as_str()), (30, 170, "199", "169"));
    }
}
