//! Random draws that do not depend on each other's number or order.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The purpose of a draw. Draws with different purposes share no random numbers.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// The assignment of groups to folds, by repeat.
    Folds,
    /// The bootstrap of groups, by draw.
    Groups,
    /// The curve.
    Curve,
    /// The first centers of k-means.
    Centers,
}

/// The generator for one purpose and number.
pub(super) fn draws(seed: u64, kind: Kind, number: usize) -> ChaCha8Rng {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    draws.set_stream(((number as u64) << 2) | kind as u64);
    draws
}
