//! What is asked of an alignment.

use suasion_certificate::Offset;

/// Which weights and offsets are allowed, and what is minimized.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlignOptions {
    /// Whether the weights must sum to one. If not, they must only be non-negative.
    pub simplex: bool,
    /// What may be added to the weighted sum. The default is one number per state, the premise of
    /// the theorems.
    pub offset: Offset,
    /// The slack `rho >= 0`, in the unit of the agents' utilities. The objective is `error + rho /
    /// 2 * (sum of the weights)`. Twice the objective bounds what the user loses in a profile in
    /// which no agent gains more than `rho` by deviating.
    pub slack: f64,
}

impl AlignOptions {
    /// The price of a unit of weight. Weights that sum to one always cost the same, so there the
    /// price is zero.
    pub(crate) fn price(&self) -> f64 {
        if self.simplex { 0.0 } else { 0.5 * self.slack }
    }
}
