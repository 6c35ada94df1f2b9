//! A frame with two axes and a title.

use crate::pen::{Area, Drawn, Pen, TEXT, TITLE, cut, units, width};
use crate::scale::Span;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

/// The width and the height of a panel of lines, in points.
pub(crate) const PANEL: (f64, f64) = (350.0, 300.0);

/// Draws the title, the ticks, the labels, and the axes. Returns the area that remains for the
/// content.
pub(crate) fn axes<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    panel: Area,
    title: &str,
    (x, x_label): (&Span, &str),
    (y, y_label): (&Span, &str),
) -> Result<Area, String> {
    const RIGHT: f64 = 12.0;
    let frame = panel.within(0.0, 30.0, RIGHT, 46.0);
    let beside = y.ticks(|ticks| frame.labels_fit_beside(ticks));
    let widest = beside.major.iter().map(|tick| width(&tick.label, TEXT)).fold(0.0, f64::max);
    // Room for the label of the axis and the labels of its ticks.
    let gutter = (27.0 + widest).clamp(58.0, 0.5 * PANEL.0);
    let frame = frame.within(gutter, 0.0, 0.0, 0.0);
    let below = x.ticks(|ticks| frame.labels_fit_below(ticks, (gutter, RIGHT)));
    heading(pen, panel, title, gutter, RIGHT)?;
    pen.ticks_beside(frame, &beside)?;
    pen.ticks_below(frame, &below)?;
    pen.corner(frame)?;
    pen.label_below(panel, frame, x_label, &below)?;
    pen.label_beside(panel, frame, y_label)?;
    Ok(frame)
}

/// Draws the title of a panel.
pub(crate) fn heading<DB: DrawingBackend>(pen: &Pen<'_, DB>, panel: Area, title: &str, left: f64, right: f64) -> Drawn {
    let title = cut(title, TITLE, panel.width() - left - right);
    pen.text(&title, TITLE, HPos::Left, (panel.left + units(left), panel.top + units(16.0)))
}
