//! Why a picture could not be drawn.

/// Why a picture could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{format}: {problem}")]
pub struct PlotError {
    /// The format: `SVG` or `PNG`.
    pub format: &'static str,
    /// The problem.
    pub problem: String,
}
