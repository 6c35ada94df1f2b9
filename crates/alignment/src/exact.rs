//! The exact optimum for few agents, where the search in floating point is not good enough.
//!
//! The dual program has one row per agent. Few of its columns matter. Each column is a cut: it puts
//! mass on an entry where the error may occur, and, to cancel the offset, takes as much mass from
//! another entry. Missing columns are found with the current weights, which are integers over a
//! common denominator.

mod whole;

use crate::options::AlignOptions;
use dashu::base::Gcd;
use dashu::integer::IBig;
use suasion_certificate::{Measure, Offset};
use suasion_lp::Settings;
use suasion_lp::exact::{Tableau, TableauStep, whole};
use suasion_model::Matrix;
use twofloat::TwoFloat;
use whole::{exponent, rounded, sums, wholes};

/// The largest number of agents.
const AGENTS: usize = 16;
/// The largest number of entries of all utilities together.
const ENTRIES: usize = 100_000;
/// The largest number of pivots per agent.
const PIVOTS: usize = 200;
/// A cut is new if its violation exceeds the error, or the user's range, divided by two to this
/// power.
const PRECISION: usize = 44;

type Entry = (usize, usize);

/// The entry with positive mass, and the entry with negative mass. With an offset there are both;
/// without an offset there is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    above: Option<Entry>,
    below: Option<Entry>,
}

/// The utilities as integers, each in a unit of its own. If the weights must sum to one, all have
/// the same unit.
struct Problem<'a> {
    columns: usize,
    options: &'a AlignOptions,
    user: Vec<IBig>,
    /// The range of the user's utility, in its unit, up to what the offset absorbs.
    range: IBig,
    agents: Vec<Vec<IBig>>,
    /// The exponents of the units: the user's, then each agent's.
    unit: i32,
    units: Vec<i32>,
    /// The price of each agent's weight.
    prices: Vec<IBig>,
}

/// The exact optimum: its weights, as double-double numbers, and its measure. None if it would take
/// too long. `start` holds the entries that are already known to matter.
pub(crate) fn exact(
    user: &Matrix,
    agents: &[&Matrix],
    options: &AlignOptions,
    start: &Measure,
    settings: &Settings,
) -> Option<(Vec<TwoFloat>, Measure)> {
    let entries = user.as_slice().len();
    if agents.len() > AGENTS || entries.saturating_mul(agents.len() + 1) > ENTRIES {
        return None;
    }
    let problem = Problem::new(user, agents, options)?;
    let mut right = problem.prices.clone();
    right.push(IBig::ONE);
    let mut tableau = Tableau::new(right);
    let k = agents.len();
    if options.simplex {
        // The largest bracket may have either sign.
        for sign in [IBig::ONE, IBig::NEG_ONE] {
            let mut column = vec![-&sign; k];
            column.push(IBig::ZERO);
            tableau.add(&column, &-sign);
        }
    }
    let first = if options.simplex { 2 } else { 0 };
    let mut cuts: Vec<Cut> = cuts(start);
    cuts.sort_unstable();
    cuts.dedup();
    for &cut in &cuts {
        problem.add(&mut tableau, cut);
    }
    let mut pivots = 0;
    loop {
        loop {
            if pivots > PIVOTS * (k + 2) || settings.stopped().is_some() {
                return None;
            }
            pivots += 1;
            match tableau.step() {
                TableauStep::Moved => {}
                TableauStep::Optimal => break,
                TableauStep::Unbounded(_) => return None,
            }
        }
        let mut new = problem.violated(&tableau);
        new.retain(|(_, cut)| !cuts.contains(cut));
        if new.is_empty() {
            break;
        }
        new.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, cut) in new.into_iter().take(k + 2) {
            cuts.push(cut);
            problem.add(&mut tableau, cut);
        }
    }
    let multipliers = tableau.multipliers();
    let weights: Vec<TwoFloat> = (multipliers.iter().zip(&problem.units))
        .map(|(multiplier, unit)| rounded(multiplier, tableau.denominator(), problem.unit - unit))
        .collect();
    if weights.iter().any(|weight| !weight.hi().is_finite()) {
        return None;
    }
    let masses = tableau.values().filter(|&(column, _)| column >= first);
    let masses: Vec<(Cut, IBig)> = masses.map(|(column, mass)| (cuts[column - first], mass.clone())).collect();
    Some((weights, problem.measure(masses, tableau.denominator())))
}

/// The cuts of a measure.
fn cuts(measure: &Measure) -> Vec<Cut> {
    match measure {
        Measure::Entries(entries) => entries
            .iter()
            .map(|&(action, state, mass)| {
                let entry = Some((action, state));
                if mass > 0.0 { Cut { above: entry, below: None } } else { Cut { above: None, below: entry } }
            })
            .collect(),
        Measure::Pairs(pairs) => {
            pairs.iter().map(|&(above, below, _)| Cut { above: Some(above), below: Some(below) }).collect()
        }
    }
}

impl<'a> Problem<'a> {
    fn new(user: &Matrix, agents: &[&Matrix], options: &'a AlignOptions) -> Option<Self> {
        // Weights that sum to one always cost the same.
        let price = if options.simplex { 0.0 } else { options.slack };
        let (unit, units) = if options.simplex {
            let all = agents.iter().flat_map(|agent| agent.as_slice()).chain(user.as_slice());
            let unit = exponent(all)?;
            (unit, vec![unit; agents.len()])
        } else {
            // Half of the price is a multiple of half of the unit.
            let own = |agent: &&Matrix| exponent(agent.as_slice().iter().chain([&price])).map(|unit| unit - 1);
            (exponent(user.as_slice().iter())?, agents.iter().map(own).collect::<Option<_>>()?)
        };
        let user_numbers = wholes(user, unit);
        let columns = user.columns();
        // The range leaves out what the offset absorbs.
        let spread = |numbers: &mut dyn Iterator<Item = &IBig>| {
            let numbers: Vec<&IBig> = numbers.collect();
            match (numbers.iter().max(), numbers.iter().min()) {
                (Some(&high), Some(&low)) => high - low,
                _ => IBig::ZERO,
            }
        };
        let range = match options.offset {
            Offset::PerState => (0..columns)
                .map(|y| spread(&mut user_numbers.iter().skip(y).step_by(columns)))
                .max()
                .unwrap_or_default(),
            Offset::Constant => spread(&mut user_numbers.iter()),
            Offset::None => spread(&mut user_numbers.iter().chain([&IBig::ZERO])),
        };
        let prices = units.iter().map(|&unit| if price > 0.0 { whole(price, unit + 1) } else { IBig::ZERO }).collect();
        Some(Self {
            columns,
            options,
            range,
            user: user_numbers,
            agents: agents.iter().zip(&units).map(|(agent, &unit)| wholes(agent, unit)).collect(),
            unit,
            units,
            prices,
        })
    }

    fn integral(&self, utility: &[IBig], cut: Cut) -> IBig {
        let at = |entry: Option<Entry>| entry.map(|(action, state)| &utility[action * self.columns + state]);
        match (at(cut.above), at(cut.below)) {
            (Some(above), Some(below)) => above - below,
            (Some(above), None) => above.clone(),
            (None, Some(below)) => -below,
            (None, None) => IBig::ZERO,
        }
    }

    fn mass(cut: Cut) -> IBig {
        IBig::from(u8::from(cut.above.is_some()) + u8::from(cut.below.is_some()))
    }

    fn add(&self, tableau: &mut Tableau, cut: Cut) {
        let mut column: Vec<IBig> = self.agents.iter().map(|agent| self.integral(agent, cut)).collect();
        column.push(Self::mass(cut));
        tableau.add(&column, &self.integral(&self.user, cut));
    }

    /// The cuts that the current multipliers violate, each with its violation: the most violated
    /// cut of every state, or of all states together if the offset is not per state.
    fn violated(&self, tableau: &Tableau) -> Vec<(IBig, Cut)> {
        let mut multipliers = tableau.multipliers();
        let error = multipliers.pop().unwrap_or_default();
        let denominator = tableau.denominator();
        let mut residuals: Vec<IBig> = self.user.iter().map(|utility| -(utility * denominator)).collect();
        for (weight, agent) in multipliers.iter().zip(&self.agents).filter(|(weight, _)| !weight.is_zero()) {
            for (residual, utility) in residuals.iter_mut().zip(agent) {
                *residual += weight * utility;
            }
        }
        let range = &self.range * denominator;
        let threshold = if self.options.simplex && range < error { &error >> PRECISION } else { range >> PRECISION };
        // The entries with the smallest and the largest residual.
        let ends = |entries: &mut dyn Iterator<Item = usize>| {
            let mut ends: Option<(usize, usize)> = None;
            for entry in entries {
                let (low, high) = ends.unwrap_or((entry, entry));
                let low = if residuals[entry] < residuals[low] { entry } else { low };
                ends = Some((low, if residuals[entry] > residuals[high] { entry } else { high }));
            }
            ends
        };
        let place = |entry: usize| Some((entry / self.columns, entry % self.columns));
        let mut found = Vec::new();
        let mut offer = |violation: IBig, above: Option<usize>, below: Option<usize>| {
            if violation > threshold {
                found.push((violation, Cut { above: above.and_then(place), below: below.and_then(place) }));
            }
        };
        if self.options.offset == Offset::PerState {
            for state in 0..self.columns {
                let mut entries = (state..residuals.len()).step_by(self.columns);
                if let Some((low, high)) = ends(&mut entries) {
                    offer(&residuals[high] - &residuals[low] - &error - &error, Some(low), Some(high));
                }
            }
        } else if let Some((low, high)) = ends(&mut (0..residuals.len())) {
            if self.options.offset == Offset::Constant {
                offer(&residuals[high] - &residuals[low] - &error - &error, Some(low), Some(high));
            } else {
                offer(-&residuals[low] - &error, Some(low), None);
                offer(&residuals[high] - &error, None, Some(high));
            }
        }
        found
    }

    /// The measure with these masses, in any unit. If weights have a price, it is padded with mass
    /// that cancels, until its total is the denominator.
    fn measure(&self, mut masses: Vec<(Cut, IBig)>, denominator: &IBig) -> Measure {
        let priced = !self.options.simplex && self.options.slack > 0.0;
        let total = masses.iter().fold(IBig::ZERO, |total, (cut, mass)| total + Self::mass(*cut) * mass);
        let rest = if priced { denominator - total } else { IBig::ZERO };
        let nothing = Some((0, 0));
        if rest > IBig::ZERO {
            // The padding comes in halves, so the other masses are doubled.
            for (_, mass) in &mut masses {
                *mass <<= 1;
            }
            if self.options.offset == Offset::None {
                masses.push((Cut { above: nothing, below: None }, rest.clone()));
                masses.push((Cut { above: None, below: nothing }, rest));
            } else {
                masses.push((Cut { above: nothing, below: nothing }, rest));
            }
        }
        let divisor = masses.iter().fold(IBig::ZERO, |divisor, (_, mass)| {
            if divisor.is_zero() { mass.clone() } else { IBig::from(divisor.gcd(mass)) }
        });
        let numbers: Vec<IBig> = masses.iter().map(|(_, mass)| mass / &divisor).collect();
        let all = masses.iter().zip(sums(&numbers)).flat_map(|(&(cut, _), sum)| sum.into_iter().map(move |x| (cut, x)));
        if self.options.offset == Offset::None {
            let entry = |(cut, mass): (Cut, f64)| match (cut.above, cut.below) {
                (Some((action, state)), _) => Some((action, state, mass)),
                (None, Some((action, state))) => Some((action, state, -mass)),
                (None, None) => None,
            };
            return Measure::Entries(all.filter_map(entry).collect());
        }
        Measure::Pairs(all.filter_map(|(cut, mass)| Some((cut.above?, cut.below?, mass))).collect())
    }
}
