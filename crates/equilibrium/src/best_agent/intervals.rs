//! The user's values in equilibrium.

/// User values from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueInterval {
    /// The lowest.
    pub from: f64,
    /// The highest.
    pub to: f64,
}

/// The set, and schemes at its two ends: (user value, scheme). No best one means that full
/// information is in it, no worst one that nothing else is.
pub(super) struct Found<V> {
    pub intervals: Vec<ValueInterval>,
    pub worst: Option<(f64, V)>,
    pub best: Option<(f64, V)>,
}
