//! Colours and marks.

use plotters::style::{Color, RGBColor, ShapeStyle};

/// How a series looks: a colour of Okabe & Ito (2008), which the colour-blind tell apart, and a mark of its own.
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
    /// Grey, thin, without marks: what others are to be compared with.
    Guide,
}

impl Style {
    pub(crate) fn color(self) -> RGBColor {
        match self {
            Self::Blue => RGBColor(0, 114, 178),
            Self::Green => RGBColor(0, 158, 115),
            Self::Vermillion => RGBColor(213, 94, 0),
            Self::Purple => RGBColor(204, 121, 167),
            Self::Guide => RGBColor(90, 90, 90),
        }
    }

    /// How thick its lines are, in points.
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

    /// The corners of the mark, for a size of 1; none for a circle, and where there are no marks.
    pub(crate) fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Self::Blue | Self::Guide => &[],
            Self::Green => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Self::Vermillion => &[(0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)],
            Self::Purple => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
        }
    }
}
