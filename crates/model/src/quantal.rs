//! A user who chooses better actions more often, but not always the best one.
//!
//! **Quantal response** (logit; McKelvey & Palfrey, Games and Economic Behavior 1995): with
//! sensitivity `eta >= 0` and expected utilities `U_a`, she plays action `a` with probability
//! `exp(eta U_a) / sum_b exp(eta U_b)`. At `eta = 0` she plays all actions with the same
//! probability. As `eta` grows, she concentrates on the best actions and divides evenly among those
//! that tie.

use crate::{Matrix, SignalScheme, TypedView};

/// The payoff of every party.
#[derive(Clone, Debug, PartialEq)]
pub struct PartyValues {
    /// The user's payoff.
    pub user: f64,
    /// The agents' payoffs, in the order of the agents.
    pub agents: Vec<f64>,
}

/// Turns expected utilities, `[actions]`, into the probability with which a user of sensitivity
/// `eta` plays each action. Exponentials take only differences to the largest utility, so nothing
/// overflows.
pub fn quantal_response(utilities: &mut [f64], eta: f64) {
    let most = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for utility in utilities.iter_mut() {
        *utility = (eta * (*utility - most)).exp();
        total += *utility;
    }
    for probability in utilities {
        *probability /= total;
    }
}

/// The probability with which type `t` plays each action, `[actions]`, after a message that is sent
/// with probability `message[k].1` at observation `message[k].0`. Empty if she cannot receive the
/// message.
fn response(view: &TypedView, t: usize, message: &[(usize, f64)], eta: f64, played: &mut Vec<f64>) {
    played.clear();
    let mass: f64 = message.iter().map(|&(x, p)| p * view.mass()[(t, x)]).sum();
    if mass > 0.0 {
        let utility = &view.reduced_user()[t];
        let expected = |a: usize| message.iter().map(|&(x, p)| p * utility[(a, x)]).sum::<f64>() / mass;
        played.extend((0..view.actions()).map(expected));
        quantal_response(played, eta);
    }
}

impl SignalScheme {
    /// The probability with which each type of a user of sensitivity `eta` plays each action after
    /// signal `s`. One list per type, `[actions]`; empty if the type cannot receive the signal.
    ///
    /// # Panics
    /// If there is no such signal, or the scheme does not fit this view.
    #[must_use]
    pub fn responses(&self, view: &TypedView, s: usize, eta: f64) -> Vec<Vec<f64>> {
        let of_type = |t: usize| {
            let mut played = Vec::new();
            response(view, t, &self.signals[s], eta, &mut played);
            played
        };
        (0..view.types()).map(of_type).collect()
    }

    /// The value to a party with the given folded utility (one matrix per type, `actions x
    /// observations`), against a user of sensitivity `eta`.
    ///
    /// # Panics
    /// If the scheme or the utility does not fit this view.
    #[must_use]
    pub fn value(&self, view: &TypedView, eta: f64, utility: &[Matrix]) -> f64 {
        let (mut total, mut played) = (0.0, Vec::new());
        for message in &self.signals {
            for (t, utility) in utility.iter().enumerate() {
                response(view, t, message, eta, &mut played);
                for (a, probability) in played.iter().enumerate() {
                    total += probability * message.iter().map(|&(x, p)| p * utility[(a, x)]).sum::<f64>();
                }
            }
        }
        total
    }

    /// The values to all parties, against a user of sensitivity `eta`.
    ///
    /// # Panics
    /// If the scheme does not fit this view.
    #[must_use]
    pub fn values(&self, view: &TypedView, eta: f64) -> PartyValues {
        let agent = |i: usize| view.agent_level(i).plus(self.value(view, eta, view.reduced_agent(i)));
        PartyValues {
            user: view.user_level().plus(self.value(view, eta, view.reduced_user())),
            agents: (0..view.agents().len()).map(agent).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_by_hand() {
        let mut played = [0.0, f64::ln(3.0)];
        quantal_response(&mut played, 1.0);
        assert!((played[0] - 0.25).abs() < 1e-15 && (played[1] - 0.75).abs() < 1e-15);
        let mut played = [1e300, 0.0, 1e300];
        quantal_response(&mut played, 1e6);
        assert_eq!(played, [0.5, 0.0, 0.5]);
        let mut played = [5.0, -3.0, 2.0, 0.0];
        quantal_response(&mut played, 0.0);
        assert_eq!(played, [0.25; 4]);
    }

    /// Two types: the first learns the state from the agent, and the second knows it already.
    #[test]
    fn values_by_hand() {
        let mass = Matrix::new(2, 2, vec![0.25, 0.25, 0.5, 0.0]);
        let user = vec![Matrix::new(2, 2, vec![0.25, 0.0, 0.0, 0.25]), Matrix::new(2, 2, vec![0.5, 0.0, 0.0, 0.0])];
        let agents =
            vec![vec![Matrix::new(2, 2, vec![0.0, 0.0, 0.25, 0.25]), Matrix::new(2, 2, vec![0.0, 0.0, 0.5, 0.0])]];
        let view = TypedView::new(mass, user, agents).unwrap();
        let right = f64::exp(2.0) / (1.0 + f64::exp(2.0));
        let silent = SignalScheme::no_information(2).values(&view, 2.0);
        assert!((silent.user - (0.25 + 0.5 * right)).abs() < 1e-15, "{silent:?}");
        assert!((silent.agents[0] - (0.25 + 0.5 * (1.0 - right))).abs() < 1e-15, "{silent:?}");
        let open = SignalScheme::full_information(2).values(&view, 2.0);
        assert!((open.user - right).abs() < 1e-15, "{open:?}");
        assert!((open.agents[0] - (0.25 * right + 0.75 * (1.0 - right))).abs() < 1e-15, "{open:?}");
        assert_eq!(SignalScheme::full_information(2).responses(&view, 1, 2.0)[1], Vec::<f64>::new());
    }
}
