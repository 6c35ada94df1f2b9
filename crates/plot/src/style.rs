//! Colors and marks.

use plotters::style::{Color, RGBColor, ShapeStyle};

pub(crate) const PAPER: RGBColor = RGBColor(255, 255, 255);
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);
pub(crate) const GRID: RGBColor = RGBColor(226, 226, 226);

/// The style of a series: a color of Okabe & Ito (2008), which color-blind readers can distinguish,
/// and a mark.
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
    /// Gray, thin, without marks: for reference lines.
    Guide,
    /// Orange, triangles that point down.
    Orange,
    /// Sky blue, hexagons.
    Sky,
    /// Nearly black, stars.
    Ink,
}

/// A star with four points.
const STAR: [(f64, f64); 8] =
    [(0.0, -1.6), (0.45, -0.45), (1.6, 0.0), (0.45, 0.45), (0.0, 1.6), (-0.45, 0.45), (-1.6, 0.0), (-0.45, -0.45)];

/// The colors of parts: up to six distinct colors, or a gradient from dark blue through green to
/// yellow.
pub(crate) fn part(number: usize, of: usize) -> RGBColor {
    const FEW: [Style; 6] = [Style::Blue, Style::Orange, Style::Green, Style::Purple, Style::Sky, Style::Vermillion];
    const RAMP: [(f64, f64, f64); 5] =
        [(59.0, 56.0, 122.0), (49.0, 104.0, 142.0), (38.0, 154.0, 137.0), (122.0, 199.0, 84.0), (250.0, 222.0, 80.0)];
    if of <= FEW.len() {
        return FEW[number % FEW.len()].color();
    }
    let at = (number.min(of - 1)) as f64 / (of - 1) as f64 * (RAMP.len() - 1) as f64;
    let left = (at.floor() as usize).min(RAMP.len() - 2);
    let share = at - left as f64;
    let mix = |a: f64, b: f64| (a + share * (b - a)).round() as u8;
    let (a, b) = (RAMP[left], RAMP[left + 1]);
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

impl Style {
    /// All styles for series, in the recommended order.
    pub const ALL: [Self; 7] =
        [Self::Blue, Self::Vermillion, Self::Green, Self::Purple, Self::Orange, Self::Sky, Self::Ink];

    pub(crate) fn color(self) -> RGBColor {
        match self {
            Self::Blue => RGBColor(0, 114, 178),
            Self::Green => RGBColor(0, 158, 115),
            Self::Vermillion => RGBColor(213, 94, 0),
            Self::Purple => RGBColor(204, 121, 167),
            Self::Guide => RGBColor(90, 90, 90),
            Self::Orange => RGBColor(230, 159, 0),
            Self::Sky => RGBColor(86, 180, 233),
            Self::Ink => INK,
        }
    }

    /// The thickness of its lines, in points.
    pub(crate) fn thickness(self) -> f64 {
        if self == Self::Guide { 1.25 } else { 1.75 }
    }

    /// Whether its points have marks.
    pub(crate) fn has_marks(self) -> bool {
        self != Self::Guide
    }

    pub(crate) fn band(self) -> ShapeStyle {
        self.color().mix(0.2).filled()
    }

    /// The corners of its mark, for a size of 1; empty for a circle, or if there are no marks.
    pub(crate) fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Self::Blue | Self::Guide => &[],
            Self::Green => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Self::Vermillion => &[(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
            Self::Purple => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
            Self::Orange => &[(0.0, 1.25), (1.15, -0.85), (-1.15, -0.85)],
            Self::Sky => &[(1.1, 0.0), (0.55, 0.95), (-0.55, 0.95), (-1.1, 0.0), (-0.55, -0.95), (0.55, -0.95)],
            Self::Ink => &STAR,
        }
    }
}
