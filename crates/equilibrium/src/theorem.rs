//! What alignment promises the user in every equilibrium.

/// The bound of Theorem 3 of Collina et al. (arXiv 2509.15090), in the form that allows for slack: if `|sum_i w_i U_i(a, y) + c(y) - u(a, y)| <=
/// eps` everywhere, then in a profile of the best-agent game in which agent `i` gains at most `regrets[i]` by another offer, the user gets at
/// least `full_information - 2 eps - sum_i w_i regrets[i]`.
///
/// (Every agent could reveal all, which nobody outbids: `U_i(profile) >= U_i(full information) - regrets[i]`. Weight, sum, and use alignment
/// once on either side; `E c(y)` cancels, since nobody moves the state.)
#[must_use]
pub fn bound(full_information: f64, error: f64, weights: &[f64], regrets: &[f64]) -> f64 {
    full_information - 2.0 * error - weights.iter().zip(regrets).map(|(w, regret)| w * regret).sum::<f64>()
}
