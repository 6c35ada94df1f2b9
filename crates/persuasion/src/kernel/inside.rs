//! A posterior strictly inside the region of an action.

/// A posterior at which the user prefers an action to all others: (state, weight), and the margin
/// by which she prefers it.
#[derive(Clone)]
pub(crate) struct Inside {
    pub weights: Vec<(usize, f64)>,
    pub margin: f64,
}
