//! What is random, and does not depend on what else is.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What is drawn, so that no two kinds of draws share numbers.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Which groups are in which fold, by repeat.
    Folds,
    /// Which groups are drawn anew, by draw.
    Groups,
    /// What the curve is made from.
    Curve,
    /// Where k-means begins.
    Centres,
}

/// The draws of one kind, of that number.
pub(super) fn draws(seed: u64, kind: Kind, number: usize) -> ChaCha8Rng {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    draws.set_stream(((number as u64) << 2) | kind as u64);
    draws
}
