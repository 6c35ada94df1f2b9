//! Why there is no picture.

/// Why a picture cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{format}: {problem}")]
pub struct PlotError {
    /// What was to be drawn: `SVG` or `PNG`.
    pub format: &'static str,
    /// What is wrong.
    pub problem: String,
}
