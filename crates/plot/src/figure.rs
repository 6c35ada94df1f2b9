//! Figures: panels above a legend.

use crate::bars::Bars;
use crate::columns::Columns;
use crate::error::PlotError;
use crate::frame::PANEL;
use crate::heat::Heat;
use crate::lines::{Lines, Marks};
use crate::pen::{Area, Drawn, Pen, SCALE, TEXT, cut, font, message, units, width};
use crate::pixels;
use crate::scatter::Scatter;
use crate::stacks::Stacks;
use crate::style::{PAPER, Style};
use crate::triangle::Triangle;
use plotters::prelude::{BitMapBackend, Color, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::HPos;

/// The content of a panel.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Lines with bands.
    Lines(Lines),
    /// Horizontal bars.
    Bars(Bars),
    /// A histogram.
    Columns(Columns),
    /// Points.
    Scatter(Scatter),
    /// Bars that are divided into parts.
    Stacks(Stacks),
    /// A table of shades.
    Heat(Heat),
    /// Points in a triangle.
    Triangle(Triangle),
}

/// A part of a figure, with a title.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The title.
    pub title: String,
    /// The content.
    pub content: Content,
}

/// Panels above a common legend: up to three in a row; four as two by two; more in rows of three.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The panels, from left to right and from top to bottom.
    pub panels: Vec<Panel>,
    /// The meaning of each style.
    pub legend: Vec<(Style, String)>,
    /// The meaning of lines, bands, and bars.
    pub note: String,
}

/// The drawing library places text in pixels too high by this share of its size.
const DROP: f64 = 0.12;
/// The area of the largest picture, in square points. A PNG takes 48 bytes of memory for each.
const LARGEST: u64 = 8_000_000;

/// The sample of a style in the legend.
#[derive(Clone, Copy)]
enum Sample {
    Block,
    Line,
    Mark,
    /// A line with a mark on a band.
    Band,
}

/// An entry of the legend.
enum Entry {
    Sample(Style, String),
    Words(String),
}

impl Entry {
    const SWATCH: f64 = 26.0;
    const GAP: f64 = 7.0;
    /// The distance between two entries.
    const APART: f64 = 26.0;
    const LINE: f64 = 18.0;

    fn width(&self) -> f64 {
        match self {
            Self::Sample(_, words) => Self::SWATCH + Self::GAP + width(words, TEXT),
            Self::Words(words) => width(words, TEXT),
        }
    }
}

impl Panel {
    fn height(&self) -> f64 {
        match &self.content {
            Content::Lines(_) | Content::Columns(_) | Content::Scatter(_) => PANEL.1,
            Content::Bars(bars) => bars.height(),
            Content::Stacks(stacks) => stacks.height(),
            Content::Heat(heat) => heat.height(),
            Content::Triangle(_) => Triangle::height(),
        }
    }
}

impl Figure {
    fn columns(&self) -> usize {
        match self.panels.len() {
            0 => 1,
            4 => 2,
            panels => panels.min(3),
        }
    }

    fn width(&self) -> f64 {
        PANEL.0 * self.columns() as f64
    }

    /// The height of each row of panels.
    fn heights(&self) -> Vec<f64> {
        let row = |panels: &[Panel]| panels.iter().map(Panel::height).fold(0.0, f64::max).ceil();
        self.panels.chunks(self.columns()).map(row).collect()
    }

    /// The rows of the legend.
    fn entries(&self) -> Vec<Vec<Entry>> {
        let room = self.width() - 24.0;
        let sample = |(style, words): &(Style, String)| {
            Entry::Sample(*style, cut(words, TEXT, room - Entry::SWATCH - Entry::GAP))
        };
        let mut entries: Vec<Entry> = self.legend.iter().map(sample).collect();
        let mut line = String::new();
        for word in self.note.split_whitespace() {
            let longer = if line.is_empty() { word.into() } else { format!("{line} {word}") };
            if width(&longer, TEXT) > room && !line.is_empty() {
                entries.push(Entry::Words(cut(&line, TEXT, room)));
                line = word.into();
            } else {
                line = longer;
            }
        }
        if !line.is_empty() {
            entries.push(Entry::Words(cut(&line, TEXT, room)));
        }
        let mut lines: Vec<Vec<Entry>> = vec![];
        let mut end = f64::INFINITY;
        for entry in entries {
            let width = entry.width();
            end += Entry::APART + width;
            match lines.last_mut() {
                Some(line) if end <= room => line.push(entry),
                _ => {
                    lines.push(vec![entry]);
                    end = width;
                }
            }
        }
        lines
    }

    /// The sample of a style, which depends on how the panels use it.
    fn sample(&self, style: Style) -> Sample {
        let of = |content: &Content| match content {
            Content::Lines(lines) if lines.marks == Marks::Lone => {
                let line = lines.series.iter().any(|series| series.style == style && series.points.len() > 1);
                if line { Sample::Line } else { Sample::Mark }
            }
            Content::Lines(_) => Sample::Band,
            Content::Scatter(_) => Sample::Mark,
            Content::Triangle(_) if style == Style::Ink => Sample::Mark,
            _ => Sample::Block,
        };
        let mut samples = self.panels.iter().map(|panel| of(&panel.content));
        let first = samples.next().unwrap_or(Sample::Block);
        // If any panel uses it as a line, the sample is a line. If some use bands and others bars,
        // it is a band.
        samples.fold(first, |sample, next| if matches!(next, Sample::Line | Sample::Band) { next } else { sample })
    }

    /// The width and the height, in points.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        let legend = match self.entries().len() {
            0 => 6.0,
            lines => 34.0 + Entry::LINE * (lines - 1) as f64,
        };
        (self.width() as u32, (self.heights().iter().sum::<f64>() + legend) as u32)
    }

    /// The result of [`Figure::size`], if it is not too large.
    fn drawable(&self) -> Result<(u32, u32), String> {
        let (width, height) = self.size();
        if u64::from(width) * u64::from(height) > LARGEST {
            return Err(format!("found a picture of {width} by {height} points, expected at most {LARGEST} in all"));
        }
        if font() { Ok((width, height)) } else { Err("the built-in font cannot be read".into()) }
    }

    /// Draws the figure as SVG.
    ///
    /// # Errors
    /// If it is too large, as with hundreds of panels.
    pub fn svg(&self) -> Result<String, PlotError> {
        let failed = |problem: String| PlotError { format: "SVG", problem };
        let (width, height) = self.drawable().map_err(failed)?;
        let size = (width * SCALE, height * SCALE);
        let mut content = String::new();
        let paper = SVGBackend::with_string(&mut content, size).into_drawing_area();
        self.draw(&Pen { paper: &paper, drop: 0.0 }).map_err(failed)?;
        drop(paper);
        // Coordinates are integers in a unit finer than a point.
        let found = format!(r#"width="{}" height="{}""#, size.0, size.1);
        Ok(content.replacen(&found, &format!(r#"width="{width}" height="{height}""#), 1))
    }

    /// Draws the figure as PNG, with two pixels per point.
    ///
    /// # Errors
    /// If it is too large, as with hundreds of panels.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        let failed = |problem: String| PlotError { format: "PNG", problem };
        let (width, height) = self.drawable().map_err(failed)?;
        let size = (width * SCALE, height * SCALE);
        let mut fine = vec![255_u8; 3 * size.0 as usize * size.1 as usize];
        let paper = BitMapBackend::with_buffer(&mut fine, size).into_drawing_area();
        self.draw(&Pen { paper: &paper, drop: DROP }).map_err(failed)?;
        drop(paper);
        pixels::png(&fine, (width, height)).map_err(|cause| failed(message(cause)))
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn {
        pen.paper.fill(&PAPER).map_err(message)?;
        let mut top = 0.0;
        for (panels, height) in self.panels.chunks(self.columns()).zip(self.heights()) {
            let bottom = top + height;
            for (i, panel) in panels.iter().enumerate() {
                let (left, right) = (PANEL.0 * i as f64, PANEL.0 * (i + 1) as f64);
                let area = Area { left: units(left), top: units(top), right: units(right), bottom: units(bottom) };
                match &panel.content {
                    Content::Lines(lines) => lines.draw(pen, area, &panel.title),
                    Content::Bars(bars) => bars.draw(pen, area, &panel.title),
                    Content::Columns(columns) => columns.draw(pen, area, &panel.title),
                    Content::Scatter(scatter) => scatter.draw(pen, area, &panel.title),
                    Content::Stacks(stacks) => stacks.draw(pen, area, &panel.title),
                    Content::Heat(heat) => heat.draw(pen, area, &panel.title),
                    Content::Triangle(triangle) => triangle.draw(pen, area, &panel.title),
                }?;
            }
            top = bottom;
        }
        self.draw_legend(pen, top + 12.0)?;
        pen.paper.present().map_err(message)
    }

    fn draw_legend<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, top: f64) -> Drawn {
        for (i, line) in self.entries().iter().enumerate() {
            let total = line.iter().map(|entry| entry.width() + Entry::APART).sum::<f64>() - Entry::APART;
            let mut x = 0.5 * (self.width() - total);
            let y = top + Entry::LINE * i as f64;
            for entry in line {
                let at = |dx: f64, dy: f64| (units(x + dx), units(y + dy));
                match entry {
                    Entry::Sample(style, words) => {
                        let wide = Entry::SWATCH;
                        let corners = vec![at(0.0, -5.0), at(wide, -5.0), at(wide, 5.0), at(0.0, 5.0)];
                        let sample = self.sample(*style);
                        match sample {
                            Sample::Block => pen.polygon(corners, style.color().filled())?,
                            Sample::Band if style.has_marks() => pen.polygon(corners, style.band())?,
                            Sample::Band | Sample::Line | Sample::Mark => {}
                        }
                        if matches!(sample, Sample::Line | Sample::Band) {
                            pen.path(vec![at(0.0, 0.0), at(wide, 0.0)], style.color(), style.thickness())?;
                        }
                        if matches!(sample, Sample::Mark | Sample::Band) && style.has_marks() {
                            pen.mark(*style, at(0.5 * wide, 0.0))?;
                        }
                        pen.text(words, TEXT, HPos::Left, at(wide + Entry::GAP, 0.0))?;
                    }
                    Entry::Words(words) => pen.text(words, TEXT, HPos::Left, at(0.0, 0.0))?,
                }
                x += entry.width() + Entry::APART;
            }
        }
        Ok(())
    }
}
