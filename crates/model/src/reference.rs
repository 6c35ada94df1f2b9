//! The user's reference values when agents may observe different signals.

use crate::{Information, Instance, TypedViewError};
use std::collections::BTreeMap;

impl Instance {
    /// The user's value when she knows only her type.
    ///
    /// # Errors
    /// As [`Instance::typed_view`].
    pub fn silent_value(&self, prior: usize) -> Result<f64, TypedViewError> {
        Ok(self.typed_view(prior, 0)?.no_information().1)
    }

    /// The user's value when she knows her type and everything that any agent observes. If the
    /// agents share their information, one agent can reveal all of this. If they do not, no single
    /// agent may be able to.
    ///
    /// # Errors
    /// As [`Instance::typed_view`].
    pub fn joint_full_information(&self, prior: usize) -> Result<f64, TypedViewError> {
        let view = self.typed_view(prior, 0)?;
        let Information::Worlds { worlds, .. } = &self.information else { return Ok(view.full_information()) };
        if self.agents_share_information() {
            return Ok(view.full_information());
        }
        let utility = &self.user.utility;
        let mut known: BTreeMap<(usize, Vec<usize>), Vec<f64>> = BTreeMap::new();
        for world in worlds.iter().filter(|world| world.probability > 0.0) {
            let signals = (0..self.agents.len()).map(|agent| world.agents.of(agent)).collect();
            let worth = known.entry((world.user, signals)).or_insert_with(|| vec![0.0; utility.rows()]);
            for (a, worth) in worth.iter_mut().enumerate() {
                *worth += world.probability * utility[(a, world.state)];
            }
        }
        Ok(known.into_values().map(|worth| worth.into_iter().fold(f64::NEG_INFINITY, f64::max)).sum())
    }
}
