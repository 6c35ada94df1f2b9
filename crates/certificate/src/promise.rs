//! What alignment guarantees to the user in every equilibrium.

/// The bound of Theorems 1 to 3 of Collina et al. (arXiv 2509.15090), with slack.
///
/// Suppose that `|sum_i w_i U_i(a, y) + c(y) - u(a, y)| <= error` everywhere. In a profile in which
/// agent `i` gets at least its value under full information less `losses[i]`, the user gets at
/// least `full_information - 2 error - sum_i w_i losses[i]`.
///
/// In the best-agent game every agent could offer full information, which nobody outbids, so the
/// loss is the regret. In the all-agents game the other agents still send their signals when agent
/// `i` switches to full information. If the outcome then differs from full information by `delta_i`
/// in total variation, the loss is the regret plus `delta_i` times the range of `U_i`.
///
/// (Proof: `U_i(profile) >= U_i(full information) - losses[i]`. Multiply by the weights, sum, and
/// apply alignment once on each side. `E c(y)` cancels, because nobody changes the state.)
#[must_use]
pub fn promised_value(full_information: f64, error: f64, weights: &[f64], losses: &[f64]) -> f64 {
    full_information - 2.0 * error - weights.iter().zip(losses).map(|(w, loss)| w * loss).sum::<f64>()
}
