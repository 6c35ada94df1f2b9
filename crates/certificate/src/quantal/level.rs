//! The level of a utility: a function of the state alone, which decides nothing and may be large.
//! It is subtracted.

use crate::game::{TypedGame, USER};
use suasion_exact::Sum;

/// The user's best action in every state; ties go to the first action.
pub(super) struct Level(Vec<usize>);

impl Level {
    pub(super) fn new(game: &TypedGame<'_>) -> Self {
        let user = game.game.utilities[USER];
        let best = |y: usize| (1..user.rows()).fold(0, |best, a| if user[(a, y)] > user[(best, y)] { a } else { best });
        Self((0..user.columns()).map(best).collect())
    }

    /// The level in a state.
    pub(super) fn action(&self, state: usize) -> usize {
        self.0[state]
    }

    /// Subtracts the value of a weighted sum of parties under these actions.
    pub(super) fn subtract(&self, sum: &mut Sum, game: &TypedGame<'_>, parties: &[(usize, f64)]) {
        for cell in (0..game.types * game.observations).flat_map(|pair| game.game.cells(pair)) {
            for &(party, weight) in parties {
                sum.subtract([weight, cell.mass, game.game.utility(party, self.action(cell.state), cell.state)]);
            }
        }
    }
}
