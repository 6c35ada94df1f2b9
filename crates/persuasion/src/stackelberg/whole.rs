//! A game, and strategies, in whole numbers times powers of two.

use dashu::integer::IBig;
use suasion_lp::exact::{last_bit, whole};
use suasion_model::{Matrix, StackelbergGame};

/// A game in whole numbers: the leader's payoffs times the type's probability, and the types'
/// payoffs.
pub(super) struct Whole {
    pub columns: usize,
    /// For each type, `[row * columns + column]`, in units of `2^lead_unit`.
    pub lead: Vec<Vec<IBig>>,
    pub lead_unit: i32,
    /// The same for the follower, each type in units of its own.
    pub follower: Vec<Vec<IBig>>,
    pub follower_units: Vec<i32>,
}

impl Whole {
    pub(super) fn new(game: &StackelbergGame) -> Self {
        let bits = |utility: &Matrix| utility.as_slice().iter().filter_map(|&u| last_bit(u)).min();
        let of_lead = game.types.iter().filter_map(|kind| Some(last_bit(kind.probability)? + bits(&kind.leader)?));
        let lead_unit = of_lead.min().unwrap_or(0);
        let follower_units: Vec<i32> = game.types.iter().map(|kind| bits(&kind.follower).unwrap_or(0)).collect();
        let lead = game.types.iter().map(|kind| {
            let Some(probability_unit) = last_bit(kind.probability) else {
                return vec![IBig::ZERO; kind.leader.as_slice().len()];
            };
            let probability = whole(kind.probability, probability_unit);
            let product = |&u: &f64| &probability * whole(u, lead_unit - probability_unit);
            kind.leader.as_slice().iter().map(product).collect()
        });
        let follower = game.types.iter().zip(&follower_units);
        let follower = follower.map(|(kind, &unit)| kind.follower.as_slice().iter().map(|&u| whole(u, unit)).collect());
        Self {
            columns: game.follower_actions.len(),
            lead: lead.collect(),
            lead_unit,
            follower: follower.collect(),
            follower_units,
        }
    }

    pub(super) fn lead(&self, t: usize, i: usize, j: usize) -> &IBig {
        &self.lead[t][i * self.columns + j]
    }

    /// The gain of type `t` from `j` over `k`, if the leader plays `i`.
    pub(super) fn gain(&self, t: usize, i: usize, j: usize, k: usize) -> IBig {
        let row = &self.follower[t][i * self.columns..][..self.columns];
        &row[j] - &row[k]
    }
}

/// The exact meaning of a strategy in a certificate: whole numbers that sum to one in units of
/// `2^unit`, and the unit. The remainder to one goes to the most probable action; among ties, to
/// the first.
pub(super) fn meant(list: &[(usize, f64)]) -> (Vec<(usize, IBig)>, i32) {
    let unit = list.iter().filter_map(|&(_, x)| last_bit(x)).min().unwrap_or(0).min(0);
    let anchor = (1..list.len()).fold(0, |best, k| if list[k].1 > list[best].1 { k } else { best });
    let mut rest = IBig::ONE << unit.unsigned_abs() as usize;
    let mut numbers: Vec<(usize, IBig)> = list.iter().map(|&(action, x)| (action, whole(x, unit))).collect();
    for (k, (_, x)) in numbers.iter().enumerate() {
        if k != anchor {
            rest -= x;
        }
    }
    if let Some(number) = numbers.get_mut(anchor) {
        number.1 = rest;
    }
    (numbers, unit)
}
