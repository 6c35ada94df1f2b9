//! A game's arrays in floating point, for the branch and bound.

use super::QuantalArrays;
use super::level::Level;
use super::scheme::rounded;
use crate::game::{TypedGame, USER};
use suasion_exact::Sum;
use suasion_model::Matrix;

/// The game's arrays in floating point, less the value of the user's best action in every state.
pub(super) struct Folded {
    mass: Matrix,
    user: Vec<Matrix>,
    user_rest: Vec<Matrix>,
    objective: Vec<Matrix>,
    /// What was subtracted from the objective.
    pub(super) level: Taken,
}

/// What was subtracted from a value.
pub(super) struct Taken(Sum);

impl Taken {
    /// An upper bound on the value that belongs to a net value.
    pub(super) fn above(&self, net: f64) -> f64 {
        let mut sum = self.0.clone();
        sum.add([net]);
        rounded(&sum).high
    }
}

impl Folded {
    pub(super) fn new(game: &TypedGame<'_>) -> Self {
        let (types, m) = (game.types, game.actions());
        let level = Level::new(game);
        let cells = |t: usize, x: usize| game.game.cells(game.pair(t, x));
        let folded = |weights: &[(usize, f64)], t: usize, a: usize, x: usize| {
            let mut sum = Sum::new();
            for cell in cells(t, x) {
                for &(party, weight) in weights {
                    let utility = |a: usize| game.game.utility(party, a, cell.state);
                    sum.add([weight, cell.mass, utility(a)]);
                    sum.subtract([weight, cell.mass, utility(level.action(cell.state))]);
                }
            }
            sum
        };
        let entry = |t: usize, a: usize, x: usize| {
            let mut sum = folded(&[(USER, 1.0)], t, a, x);
            let value = sum.round();
            if value.is_finite() {
                sum.subtract([value]);
            }
            (value, sum.round())
        };
        let user = |part: &dyn Fn((f64, f64)) -> f64| -> Vec<Matrix> {
            (0..types).map(|t| Matrix::from_fn(m, game.observations, |a, x| part(entry(t, a, x)))).collect()
        };
        let objective =
            |t: usize| Matrix::from_fn(m, game.observations, |a, x| folded(&game.game.objective, t, a, x).round());
        let mass = |t: usize, x: usize| {
            let mut sum = Sum::new();
            cells(t, x).iter().for_each(|cell| sum.add([cell.mass]));
            sum.round()
        };
        let mut taken = Sum::new();
        level.subtract(&mut taken, game, &game.game.objective);
        let mut level = Sum::new();
        level.subtract_sum(&taken);
        Self {
            mass: Matrix::from_fn(types, game.observations, mass),
            user: user(&|(value, _)| value),
            user_rest: user(&|(_, rest)| rest),
            objective: (0..types).map(objective).collect(),
            level: Taken(level),
        }
    }

    pub(super) fn arrays(&self) -> QuantalArrays<'_> {
        QuantalArrays {
            mass: &self.mass,
            user: &self.user,
            user_rest: &self.user_rest,
            objective: &self.objective,
            error: f64::EPSILON,
            user_error: f64::EPSILON * f64::EPSILON,
        }
    }

    /// The number of observations with mass.
    pub(super) fn observations(&self) -> usize {
        (0..self.mass.columns()).filter(|&x| (0..self.mass.rows()).any(|t| self.mass[(t, x)] > 0.0)).count()
    }
}
