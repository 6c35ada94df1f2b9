//! Draws text, lines, marks, and axes.

use crate::clip::{self, Place};
use crate::pixels::{PIXELS, SAMPLES};
use crate::scale::{Tick, Ticks};
use crate::style::{GRID, INK, PAPER, Style};
use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color, DrawingArea, DrawingBackend, IntoFont, IntoTextStyle, PathElement, Polygon, RGBColor, ShapeStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, FontTransform, register_font};
use std::sync::OnceLock;

/// The name of the font in an SVG, and of the built-in font.
const FONT: &str = "sans-serif";
/// Units per point. Coordinates are integers in units.
pub(crate) const SCALE: u32 = PIXELS * SAMPLES;
/// The size of text, in points.
pub(crate) const TEXT: f64 = 12.0;
pub(crate) const TITLE: f64 = 14.0;

pub(crate) type Drawn = Result<(), String>;
/// A position in the picture, in units.
pub(crate) type Spot = (i32, i32);

pub(crate) fn message(cause: impl std::fmt::Display) -> String {
    cause.to_string()
}

/// Converts points to units.
pub(crate) fn units(points: f64) -> i32 {
    (points * f64::from(SCALE)).round() as i32
}

/// Whether the built-in font was loaded.
pub(crate) fn font() -> bool {
    static LOADED: OnceLock<bool> = OnceLock::new();
    let load = || register_font(FONT, FontStyle::Normal, include_bytes!("../assets/DejaVuSans-subset.ttf")).is_ok();
    *LOADED.get_or_init(load)
}

/// The width of text, in points.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let wide = text.chars().filter(|c| *c >= '\u{1100}' && !('\u{2000}'..'\u{2400}').contains(c)).count() as f64;
    let known = font().then(|| (FONT, size * f64::from(SCALE)).into_font().layout_box(text).ok()).flatten();
    let width = match known {
        Some((from, to)) => f64::from(to.0 - from.0) / f64::from(SCALE),
        None => 0.6 * size * text.chars().count() as f64,
    };
    // Characters of other scripts are not in our font, and wider than the box that replaces them.
    width + 0.4 * size * wide
}

/// The text on one line, without surrounding space and without characters that XML forbids.
pub(crate) fn clean(text: &str) -> String {
    let sign = |c: char| match c {
        '\t' | '\n' | '\r' => ' ',
        c if c.is_control() || c == '\u{FFFE}' || c == '\u{FFFF}' => '\u{FFFD}',
        c => c,
    };
    text.trim().chars().map(sign).collect()
}

/// The [`clean`] text, cut in the middle if it is wider than `room`.
pub(crate) fn cut(text: &str, size: f64, room: f64) -> String {
    // No picture has room for twice this many characters.
    const MOST: usize = 200;
    let text = clean(text);
    let mut signs: Vec<char> = text.chars().collect();
    if signs.len() > 2 * MOST {
        signs.drain(MOST..signs.len() - MOST);
    } else if width(&text, size) <= room {
        return text;
    }
    let shortened = |kept: usize| {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let head: String = signs[..head].iter().collect();
        let tail: String = signs[signs.len() - tail..].iter().collect();
        format!("{}…{}", head.trim_end(), tail.trim_start())
    };
    let (mut fits, mut too_many) = (0, signs.len());
    while fits + 1 < too_many {
        let kept = usize::midpoint(fits, too_many);
        if width(&shortened(kept), size) <= room {
            fits = kept;
        } else {
            too_many = kept;
        }
    }
    shortened(fits)
}

/// A rectangle of the picture, in units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Area {
    /// The rectangle without margins, which are in points.
    pub(crate) fn within(self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self {
            left: self.left + units(left),
            top: self.top + units(top),
            right: self.right - units(right),
            bottom: self.bottom - units(bottom),
        }
    }

    pub(crate) fn at(self, (x, y): Place) -> Spot {
        let (columns, rows) = (self.right - 1 - self.left, self.bottom - 1 - self.top);
        // The small term absorbs rounding errors in integer coordinates.
        let right = (f64::from(columns) * x + 1e-3).floor() as i32;
        let up = (f64::from(-rows) * y - 1e-3).ceil() as i32;
        (self.left + right, self.bottom - 1 + up)
    }

    fn points(from: i32, to: i32) -> f64 {
        f64::from(to - from) / f64::from(SCALE)
    }

    pub(crate) fn width(self) -> f64 {
        Self::points(self.left, self.right)
    }

    pub(crate) fn height(self) -> f64 {
        Self::points(self.top, self.bottom)
    }

    /// Whether labels below the rectangle do not overlap, and extend at most this many points to
    /// its left and right.
    pub(crate) fn labels_fit_below(self, ticks: &[Tick], (left, right): (f64, f64)) -> bool {
        const GAP: f64 = 5.0;
        let mut end = -left;
        ticks.iter().all(|tick| {
            let (middle, half) = (tick.place * self.width(), 0.5 * width(&tick.label, TEXT));
            let apart = middle - half >= end;
            end = middle + half + GAP;
            apart && middle + half <= self.width() + right
        })
    }

    /// Whether labels beside the rectangle do not overlap.
    pub(crate) fn labels_fit_beside(self, ticks: &[Tick]) -> bool {
        ticks.windows(2).all(|pair| (pair[1].place - pair[0].place) * self.height() >= 1.1 * TEXT)
    }
}

/// Draws in units.
pub(crate) struct Pen<'a, DB: DrawingBackend> {
    pub(crate) paper: &'a DrawingArea<DB, Shift>,
    /// How far down to move text so that it is centered, as a share of its size.
    pub(crate) drop: f64,
}

impl<DB: DrawingBackend> Pen<'_, DB> {
    /// Draws text. The position is the left end, the middle, or the right end of its middle line.
    pub(crate) fn text(&self, words: &str, size: f64, end: HPos, (x, y): Spot) -> Drawn {
        let style = (FONT, size * f64::from(SCALE), &INK).into_text_style(self.paper);
        let place = (x, y + units(self.drop * size));
        self.paper.draw_text(words, &style.pos(Pos::new(end, VPos::Center)), place).map_err(message)
    }

    /// Draws text that reads upward, centered at a position.
    fn turned(&self, words: &str, size: f64, place: Spot) -> Drawn {
        let style = (FONT, size * f64::from(SCALE), &INK).into_text_style(self.paper);
        let style = style.transform(FontTransform::Rotate270).pos(Pos::new(HPos::Center, VPos::Center));
        self.paper.draw_text(words, &style, place).map_err(message)
    }

    /// Draws a rectangle.
    pub(crate) fn block(&self, (left, top): Spot, (right, bottom): Spot, fill: ShapeStyle) -> Drawn {
        self.polygon(vec![(left, top), (right, top), (right, bottom), (left, bottom)], fill)
    }

    /// Draws a dot with a radius in points.
    pub(crate) fn dot(&self, color: RGBColor, radius: f64, place: Spot) -> Drawn {
        self.paper.draw(&Circle::new(place, units(radius), color.filled())).map_err(message)
    }

    pub(crate) fn polygon(&self, corners: Vec<Spot>, fill: ShapeStyle) -> Drawn {
        if corners.is_empty() { Ok(()) } else { self.paper.draw(&Polygon::new(corners, fill)).map_err(message) }
    }

    pub(crate) fn path(&self, spots: Vec<Spot>, color: RGBColor, points: f64) -> Drawn {
        let stroke = color.stroke_width(units(points).max(1) as u32);
        self.paper.draw(&PathElement::new(spots, stroke)).map_err(message)
    }

    /// Draws the part of a line that is inside a frame.
    pub(crate) fn line(&self, frame: Area, places: &[Place], style: Style) -> Drawn {
        let pieces = clip::line(places).into_iter();
        pieces.map(|piece| piece.into_iter().map(|place| frame.at(place)).collect()).try_for_each(|spots: Vec<Spot>| {
            // A line whose points coincide is not drawn.
            let still = spots.len() > 1 && spots.iter().all(|spot| *spot == spots[0]);
            if still { Ok(()) } else { self.path(spots, style.color(), style.thickness()) }
        })
    }

    pub(crate) fn mark(&self, style: Style, (x, y): Spot) -> Drawn {
        if !style.has_marks() {
            return Ok(());
        }
        // A white rim separates marks that overlap.
        for (size, fill) in [(4.25, PAPER.filled()), (3.25, style.color().filled())] {
            let corner = |&(dx, dy): &(f64, f64)| (x + units(size * dx), y + units(size * dy));
            let corners: Vec<Spot> = style.corners().iter().map(corner).collect();
            if corners.is_empty() {
                self.paper.draw(&Circle::new((x, y), units(size), fill)).map_err(message)?;
            } else {
                self.polygon(corners, fill)?;
            }
        }
        Ok(())
    }

    pub(crate) fn thin(&self, a: Spot, b: Spot, color: RGBColor) -> Drawn {
        self.path(vec![a, b], color, 0.75)
    }

    /// Draws grid lines, and labels to the left of a frame.
    pub(crate) fn ticks_beside(&self, frame: Area, ticks: &Ticks) -> Drawn {
        for tick in &ticks.major {
            let y = frame.at((0.0, tick.place)).1;
            self.thin((frame.left, y), (frame.right, y), GRID)?;
            self.text(&tick.label, TEXT, HPos::Right, (frame.left - units(6.0), y))?;
        }
        for place in &ticks.minor {
            let y = frame.at((0.0, *place)).1;
            self.thin((frame.left - units(2.5), y), (frame.left, y), INK)?;
        }
        match &ticks.unit {
            Some(unit) => self.text(unit, TEXT, HPos::Right, (frame.left - units(6.0), frame.top - units(8.0))),
            None => Ok(()),
        }
    }

    /// Draws ticks and labels below a frame.
    pub(crate) fn ticks_below(&self, frame: Area, ticks: &Ticks) -> Drawn {
        for tick in &ticks.major {
            let x = frame.at((tick.place, 0.0)).0;
            self.thin((x, frame.bottom), (x, frame.bottom + units(4.0)), INK)?;
            self.text(&tick.label, TEXT, HPos::Center, (x, frame.bottom + units(12.0)))?;
        }
        for place in &ticks.minor {
            let x = frame.at((*place, 0.0)).0;
            self.thin((x, frame.bottom), (x, frame.bottom + units(2.5)), INK)?;
        }
        match &ticks.unit {
            Some(unit) => self.text(unit, TEXT, HPos::Right, (frame.right, frame.bottom + units(31.0))),
            None => Ok(()),
        }
    }

    /// Draws vertical grid lines at ticks.
    pub(crate) fn grid_up(&self, frame: Area, ticks: &Ticks) -> Drawn {
        ticks.major.iter().try_for_each(|tick| {
            let x = frame.at((tick.place, 0.0)).0;
            self.thin((x, frame.top), (x, frame.bottom), GRID)
        })
    }

    /// Draws the lines of the axes.
    pub(crate) fn corner(&self, frame: Area) -> Drawn {
        self.thin((frame.left, frame.bottom), (frame.right, frame.bottom), INK)?;
        self.thin((frame.left, frame.top), (frame.left, frame.bottom), INK)
    }

    /// Draws the label of the horizontal axis.
    pub(crate) fn label_below(&self, panel: Area, frame: Area, label: &str, ticks: &Ticks) -> Drawn {
        let middle = i32::midpoint(frame.left, frame.right);
        let room = match &ticks.unit {
            Some(unit) => frame.width() - 2.0 * width(unit, TEXT),
            None => 2.0 * Area::points(middle, panel.right),
        };
        self.text(&cut(label, TEXT, room - 8.0), TEXT, HPos::Center, (middle, frame.bottom + units(31.0)))
    }

    /// Draws the label of the vertical axis.
    pub(crate) fn label_beside(&self, panel: Area, frame: Area, label: &str) -> Drawn {
        let middle = i32::midpoint(frame.top, frame.bottom);
        let room = 2.0 * Area::points(panel.top, middle) - 8.0;
        self.turned(&cut(label, TEXT, room), TEXT, (panel.left + units(14.0), middle))
    }
}
