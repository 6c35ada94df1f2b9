//! Turns the multipliers of the rows into a measure in which the offset cancels exactly.

use crate::master::Cut;
use std::collections::BTreeMap;
use suasion_certificate::{Measure, Offset};

/// The measure of these multipliers, one per cut.
pub(crate) fn measure(offset: Offset, cuts: &[Cut], multipliers: &[f64]) -> Measure {
    let mut net: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut pairs = Vec::new();
    for (&cut, &multiplier) in cuts.iter().zip(multipliers).filter(|&(_, &multiplier)| multiplier > 0.0) {
        match cut {
            // The residual has the sign of the weighted sum; the measure has the sign of the user's
            // utility.
            Cut::One { action, state, positive } => {
                *net.entry((action, state)).or_default() += if positive { -multiplier } else { multiplier };
            }
            Cut::Two { state, above, below } => pairs.push(((below, state), (above, state), 0.5 * multiplier)),
        }
    }
    match offset {
        Offset::None => {
            let masses = net.into_iter().map(|((action, state), mass)| (action, state, mass));
            Measure::Entries(masses.filter(|&(_, _, mass)| mass != 0.0).collect())
        }
        Offset::Constant | Offset::PerState => {
            pairs.extend(paired(&net));
            Measure::Pairs(pairs)
        }
    }
}

/// Pairs positive masses with negative masses. Their totals agree up to rounding; the remainder is
/// dropped.
fn paired(net: &BTreeMap<(usize, usize), f64>) -> Vec<suasion_certificate::Pair> {
    let mut below = net.iter().filter(|&(_, &mass)| mass < 0.0).map(|(&entry, &mass)| (entry, -mass));
    let mut open = below.next();
    let mut pairs = Vec::new();
    for (&entry, &mass) in net.iter().filter(|&(_, &mass)| mass > 0.0) {
        let mut left = mass;
        while let Some((other, room)) = open.as_mut().filter(|_| left > 0.0) {
            let moved = left.min(*room);
            pairs.push((entry, *other, moved));
            left -= moved;
            *room -= moved;
            if *room <= 0.0 {
                open = below.next();
            }
        }
    }
    pairs
}
