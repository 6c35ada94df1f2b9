//! The outcomes of any sender, by independent solves.

use super::{BoundOf, SchemeOf, Sender, Support};
use crate::PersuadeError;
use suasion_lp::Settings;
use suasion_model::Objective;

/// A sender and the limits of its solves.
pub(crate) struct GeneralSupport<'a, S> {
    pub sender: &'a S,
    pub settings: Settings,
}

impl<S: Sender> Support<S> for GeneralSupport<'_, S> {
    fn maximize(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        self.sender.maximize(objective, &self.settings)
    }

    /// A small enough negative weight on the user's value does not change the maximum.
    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError> {
        let found = self.maximize(objective)?;
        let values = self.sender.values(&found.0);
        let positive = |range: f64| if range > 0.0 { range } else { 1.0 };
        let (user, range) = self.sender.ranges(objective);
        let (user, range) = (positive(user), positive(range));
        for price in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5].map(|price| price * range / user) {
            let priced = Objective { user: objective.user - price, ..objective.clone() };
            let other = self.maximize(&priced)?;
            let others = self.sender.values(&other.0);
            if others.of(objective) >= values.of(objective) - self.sender.resolution() * range {
                return Ok(if others.user < values.user { other } else { found });
            }
        }
        Ok(found)
    }
}
