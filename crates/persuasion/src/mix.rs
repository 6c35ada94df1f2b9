//! Mixtures of direct schemes.

use crate::kernel::Kernel;
use crate::repair::{repaired, sum_up};
use suasion_model::{Scheme, View};

/// Mixes obedient schemes, each with probability `share`; the probabilities sum to one. Mixing
/// preserves plausibility and obedience, and values are mixed in the same way.
#[must_use]
pub fn mix(view: &View<'_>, parts: &[(f64, &Scheme)]) -> Scheme {
    let kernel = Kernel::new(&view.prior, &view.user, &view.user);
    let mut place = vec![None; view.observations()];
    for (i, &state) in kernel.states.iter().enumerate() {
        place[state] = Some(i);
    }
    let mut masses: Vec<(usize, usize, f64)> = Vec::new();
    for &(share, scheme) in parts {
        let entries =
            scheme.entries.iter().filter_map(|entry| Some((entry, kernel.place(entry.action)?, place[entry.state]?)));
        masses.extend(entries.map(|(entry, a, y)| (a, y, share * entry.probability * kernel.mass[y])));
    }
    sum_up(&mut masses);
    masses.retain(|&(_, _, x)| x > 0.0);
    repaired(&kernel, &masses)
}
