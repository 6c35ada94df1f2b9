//! What alignment promises the user in every equilibrium.

/// The bound of Theorems 1 to 3 of Collina et al. (arXiv 2509.15090), in the form that allows for
/// slack.
///
/// If `|sum_i w_i U_i(a, y) + c(y) - u(a, y)| <= error` everywhere, then in a profile in which agent
/// `i` lacks at most `losses[i]` of what it would get under full information, the user gets at least
/// `full_information - 2 error - sum_i w_i losses[i]`.
///
/// In the best-agent game every agent could reveal all, which nobody outbids, and the loss is the
/// regret. In the all-agents game the others go on talking when agent `i` switches to full
/// information; if what follows differs from full information by `delta_i` in total variation, the
/// loss is the regret and `delta_i` times the range of `U_i`.
///
/// (`U_i(profile) >= U_i(full information) - losses[i]`. Weight, sum, and use alignment once on
/// either side; `E c(y)` cancels, since nobody moves the state.)
#[must_use]
pub fn promised_value(full_information: f64, error: f64, weights: &[f64], losses: &[f64]) -> f64 {
    full_information - 2.0 * error - weights.iter().zip(losses).map(|(w, loss)| w * loss).sum::<f64>()
}
