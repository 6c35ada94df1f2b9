//! Sums parts that arrive in any order, always in the same order of additions.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Adds neighbors as in a tournament: parts 0 and 1, 2 and 3, and so on; then these sums, and so
/// on. The second to arrive does the addition, so about one sum per thread and round is waiting.
pub(crate) struct Merger<T> {
    count: usize,
    /// Sums that wait for their neighbor, by round and number.
    waiting: Mutex<HashMap<(u32, usize), T>>,
}

impl<T> Merger<T> {
    /// A merger for a number of parts.
    pub(crate) fn new(count: usize) -> Self {
        Self { count, waiting: Mutex::new(HashMap::new()) }
    }

    /// Adds a part; `merge` adds its second argument to its first.
    pub(crate) fn add(&self, number: usize, part: T, mut merge: impl FnMut(&mut T, T)) {
        let (mut sum, mut number, mut round, mut count) = (part, number, 0, self.count);
        while count > 1 {
            // The last of an odd number has no neighbor.
            if (number ^ 1) < count {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(neighbor) = waiting.remove(&(round, number ^ 1)) else {
                    waiting.insert((round, number), sum);
                    return;
                };
                drop(waiting);
                if number & 1 == 0 {
                    merge(&mut sum, neighbor);
                } else {
                    let second = std::mem::replace(&mut sum, neighbor);
                    merge(&mut sum, second);
                }
            }
            (round, number, count) = (round + 1, number / 2, count.div_ceil(2));
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert((round, number), sum);
    }

    /// The sum of all parts; none if there were none.
    pub(crate) fn finish(self) -> Option<T> {
        self.waiting.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::seq::SliceRandom;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn any_order_gives_the_same_tree() {
        let mut draws = ChaCha8Rng::seed_from_u64(0);
        for count in 0..20 {
            let mut orders: [Vec<usize>; 3] = [(0..count).collect(), (0..count).rev().collect(), (0..count).collect()];
            orders[2].shuffle(&mut draws);
            let sums: Vec<Option<String>> = orders
                .iter()
                .map(|order| {
                    let merger = Merger::new(count);
                    for &part in order {
                        merger.add(part, part.to_string(), |first, second| *first = format!("({first} {second})"));
                    }
                    merger.finish()
                })
                .collect();
            assert_eq!(sums[0], sums[1]);
            assert_eq!(sums[0], sums[2]);
            if count == 5 {
                assert_eq!(sums[0].as_deref(), Some("(((0 1) (2 3)) 4)"));
            }
        }
    }
}
