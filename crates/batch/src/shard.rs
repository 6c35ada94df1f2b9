//! Shards: the division of units among runs.

use crate::BatchError;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::str::FromStr;

/// The largest number of shards.
pub(crate) const MOST: usize = 100_000;

/// One of several shares of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// The number of the share, from 1.
    pub index: usize,
    /// The number of shares.
    pub of: usize,
}

impl Shard {
    /// The whole plan.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// The shard of a task of a Slurm array, by `SLURM_ARRAY_TASK_ID` and `_COUNT` and, if the
    /// array does not begin at 1 or skips numbers, `_MIN` and `_STEP`; `None` outside of an array.
    ///
    /// # Errors
    /// If the variables make no sense.
    pub fn from_slurm(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, BatchError> {
        let number = |name: &str| -> Result<Option<usize>, BatchError> {
            let name = format!("SLURM_ARRAY_TASK_{name}");
            variable(&name)
                .map(|text| {
                    text.trim().parse().map_err(|_| BatchError::option(&name, &format!("{text:?}"), "a number"))
                })
                .transpose()
        };
        let (Some(id), Some(count)) = (number("ID")?, number("COUNT")?) else { return Ok(None) };
        let (first, step) = (number("MIN")?.unwrap_or(1), number("STEP")?.unwrap_or(1).max(1));
        let index = id.checked_sub(first).map(|past| past / step + 1).filter(|&index| index <= count);
        match index {
            Some(index) => Self { index, of: count }.checked().map(Some),
            None => Err(BatchError::option(
                "SLURM_ARRAY_TASK_ID",
                &id,
                format!("one of {count} tasks from {first} in steps of {step}"),
            )),
        }
    }

    fn checked(self) -> Result<Self, BatchError> {
        if (1..=MOST).contains(&self.of) && (1..=self.of).contains(&self.index) {
            return Ok(self);
        }
        Err(BatchError::option("--shard", &self, format!("i/n with i from 1 to n, and n at most {MOST}")))
    }

    /// The units of this shard in the order of work, given the estimated times: first the units
    /// that are long enough to delay the end, then all others in the plan's order.
    #[must_use]
    pub fn units(self, costs: &[f64]) -> Vec<usize> {
        let mut mine: Vec<usize> = deal(costs, self.of)
            .into_iter()
            .enumerate()
            .filter(|&(_, shard)| shard == self.index - 1)
            .map(|(unit, _)| unit)
            .collect();
        let total: f64 = mine.iter().map(|&unit| costs[unit]).sum();
        let (mut long, short): (Vec<usize>, Vec<usize>) = mine.drain(..).partition(|&unit| costs[unit] > total / 50.0);
        long.sort_by(|&l, &r| costs[r].total_cmp(&costs[l]).then(l.cmp(&r)));
        long.extend(short);
        long
    }
}

/// Assigns units to shards, numbered from 0: each unit in turn, the longest first, goes to the
/// shard with the smallest load so far (Graham's rule). The longest shard takes at most a third
/// more than in the best division.
#[must_use]
pub fn deal(costs: &[f64], shards: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|&l, &r| costs[r].total_cmp(&costs[l]));
    // The bits of non-negative floats have the same order as the numbers.
    let mut loads: BinaryHeap<Reverse<(u64, usize)>> = (0..shards.max(1)).map(|shard| Reverse((0, shard))).collect();
    let mut dealt = vec![0; costs.len()];
    for unit in order {
        let Some(mut least) = loads.peek_mut() else { break };
        let Reverse((load, shard)) = *least;
        dealt[unit] = shard;
        *least = Reverse(((f64::from_bits(load) + costs[unit].max(f64::MIN_POSITIVE)).to_bits(), shard));
    }
    dealt
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((index, of)) => Self { index, of }.checked(),
            None => Err(BatchError::option("--shard", &format!("{text:?}"), "i/n, such as 2/4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn from_the_environment() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> =
                pairs.iter().map(|&(name, value)| (format!("SLURM_ARRAY_TASK_{name}"), value.into())).collect();
            Shard::from_slurm(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone()))
        };
        assert_eq!(of(&[]).unwrap(), None);
        assert_eq!(of(&[("ID", "3"), ("COUNT", "4")]).unwrap(), Some(Shard { index: 3, of: 4 }));
        assert_eq!(of(&[("ID", "0"), ("COUNT", "4"), ("MIN", "0")]).unwrap(), Some(Shard { index: 1, of: 4 }));
        let odd = [("ID", "7"), ("COUNT", "4"), ("MIN", "1"), ("STEP", "2")];
        assert_eq!(of(&odd).unwrap(), Some(Shard { index: 4, of: 4 }));
        assert!(of(&[("ID", "5"), ("COUNT", "4")]).is_err());
        assert!(of(&[("ID", "x"), ("COUNT", "4")]).is_err());
        assert_eq!("2/4".parse::<Shard>().unwrap(), Shard { index: 2, of: 4 });
        for bad in ["", "2", "0/4", "5/4", "1/0", "a/b", "1/4/2", "-1/2", "1/1000000000"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }

    proptest! {
        /// Every unit belongs to a shard, and no shard exceeds Graham's bound.
        #[test]
        fn dealt_evenly(costs in proptest::collection::vec(0.0..10.0_f64, 1..200), of in 1_usize..9) {
            let mut all: Vec<usize> = (1..=of).flat_map(|index| Shard { index, of }.units(&costs)).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..costs.len()).collect::<Vec<_>>());
            let mut loads = vec![0.0; of];
            for (unit, shard) in deal(&costs, of).into_iter().enumerate() {
                loads[shard] += costs[unit];
            }
            let least = (costs.iter().sum::<f64>() / of as f64).max(costs.iter().copied().fold(0.0, f64::max));
            prop_assert!(loads.iter().copied().fold(0.0, f64::max) <= 2.0 * least + 1e-9);
        }
    }
}
