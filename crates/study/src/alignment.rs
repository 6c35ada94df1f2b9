//! How far the user's utility is from the agents' hull.

use crate::error::GameError;
use suasion_lp::{Program, Sense};
use suasion_model::Matrix;

/// The alignment of a user with agents.
pub(crate) struct Alignment {
    /// The sup-norm error `eps`: `|sum_i w_i U_i(a, y) + c(y) - u(a, y)| <= eps` for all `a`, `y`, in the unit of the user's utility.
    pub error: f64,
    /// The weights `w >= 0` of the agents.
    pub weights: Vec<f64>,
}

/// The smallest error, over weights of at least 0 and an offset per state. The error is worked out from the weights, so that it holds whatever
/// the solver did.
pub(crate) fn align(user: &Matrix, agents: &[&Matrix]) -> Result<Alignment, GameError> {
    let failed = |problem: String| GameError::Alignment(problem);
    let mut program = Program::new("alignment", Sense::Minimise);
    let weights: Vec<usize> = agents.iter().map(|_| program.add_column(0.0, 0.0, f64::INFINITY)).collect();
    let offsets: Vec<usize> =
        (0..user.columns()).map(|_| program.add_column(0.0, f64::NEG_INFINITY, f64::INFINITY)).collect();
    let error = program.add_column(1.0, 0.0, f64::INFINITY);
    for action in 0..user.rows() {
        for state in 0..user.columns() {
            let target = user[(action, state)];
            let inside = weights.iter().zip(agents).map(|(&weight, agent)| (weight, agent[(action, state)]));
            let entries: Vec<(usize, f64)> = inside.chain([(offsets[state], 1.0)]).collect();
            program.add_row(target, f64::INFINITY, entries.iter().copied().chain([(error, 1.0)]));
            program.add_row(f64::NEG_INFINITY, target, entries.into_iter().chain([(error, -1.0)]));
        }
    }
    let solution = program.solve_direct().map_err(|cause| failed(cause.to_string()))?.optimal();
    let solution = solution.ok_or_else(|| failed("no optimum".into()))?;
    let weights: Vec<f64> = weights.iter().map(|&column| solution.primal[column].max(0.0)).collect();
    Ok(Alignment { error: error_of(user, agents, &weights), weights })
}

/// The error of some weights, with the best offsets: half the largest spread of what is left over in a state.
fn error_of(user: &Matrix, agents: &[&Matrix], weights: &[f64]) -> f64 {
    let spread = |state: usize| {
        let left = |action: usize| {
            let inside: f64 = weights.iter().zip(agents).map(|(w, agent)| w * agent[(action, state)]).sum();
            inside - user[(action, state)]
        };
        let (low, high) = (0..user.rows())
            .map(left)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        high - low
    };
    0.5 * (0..user.columns()).map(spread).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offsets per state and any scale are free; an entry that is too small costs half of what the best scale leaves of it.
    #[test]
    fn closed_forms() {
        let user = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
        let scaled = Matrix::from_fn(2, 2, |a, y| 3.0 * user[(a, y)] + 7.0 * y as f64);
        let alignment = align(&user, &[&scaled]).unwrap();
        assert!(alignment.error < 1e-12 && (alignment.weights[0] - 1.0 / 3.0).abs() < 1e-12);
        let off = Matrix::new(2, 2, vec![0.8, 0.0, 0.0, 1.0]);
        // Weight w leaves spreads of |0.8 w - 1| and |w - 1|, which are equal at w = 1 / 0.9.
        let error = align(&user, &[&off]).unwrap().error;
        assert!((error - 0.5 / 9.0).abs() < 1e-9, "{error}");
        // An agent with the opposite interest is of no use: the best weight is 0, and half the user's spread is left.
        let against = Matrix::from_fn(2, 2, |a, y| 1.0 - user[(a, y)]);
        assert!((align(&user, &[&against]).unwrap().error - 0.5).abs() < 1e-12);
    }
}
