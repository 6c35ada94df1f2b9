//! The user's values in equilibrium.

/// An interval of user values, with both ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueInterval {
    /// The lowest.
    pub from: f64,
    /// The highest.
    pub to: f64,
}

/// The set, and schemes at its two ends: (user value, scheme). If the best is `None`, the set
/// contains full information; if the worst is `None`, the set contains nothing else.
pub(super) struct Found<V> {
    pub intervals: Vec<ValueInterval>,
    pub worst: Option<(f64, V)>,
    pub best: Option<(f64, V)>,
}
