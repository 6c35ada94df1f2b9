//! What is right, in exact arithmetic, whatever numbers decide nothing.

use super::folded::{Folded, Total, rational};
use dashu::base::Abs;
use dashu::rational::RBig;

/// A result is wrong if it is off by more than this fraction of what is at stake.
const WRONG: f64 = 1e-6;
/// What can be at stake locally counts this much, where outcomes do not differ.
const LOCAL: f64 = 1e-5;

/// The part of a stake by which a result may be off.
#[must_use]
pub fn allowed(stake: &RBig) -> RBig {
    stake * rational(WRONG)
}

/// So many roundings of what is at stake between all actions that are taken anywhere are in every
/// multiplier.
const ROUNDINGS: f64 = 4.0 * f64::EPSILON;

/// What happens: a type at an observation plays an action with such a probability.
pub type Played = (usize, usize, usize, RBig);

/// What a party gets of all that happens, less its level.
#[must_use]
pub fn value(folded: &Folded, party: usize, played: &[Played]) -> RBig {
    played.iter().map(|(t, x, a, p)| p * &folded.parties[party][*t][*x][*a]).total()
}

/// What is at stake for a party: how far apart the values of the outcomes at hand are (`values`,
/// full and no information, ties broken both ways); or little of the range, over types and
/// observations, of what is played in them; or what makes a few roundings of the range of all that
/// is played anywhere as much as a result may be off.
#[must_use]
pub fn stake(folded: &Folded, party: usize, values: &[RBig], played: &[Played]) -> RBig {
    let utility = &folded.parties[party];
    let (full, none) = (folded.full_information(), folded.no_information());
    let mut values = values.to_vec();
    let (mut local, mut anywhere) = (RBig::ZERO, RBig::ZERO);
    let mut taken = vec![false; folded.actions()];
    let everything = full.iter().flatten().chain(&none).flatten().copied().chain(played.iter().map(|p| p.2));
    everything.for_each(|action| taken[action] = true);
    let (mut best, mut worst) = ([RBig::ZERO, RBig::ZERO], [RBig::ZERO, RBig::ZERO]);
    for t in 0..folded.types() {
        let value = |a: usize| (0..folded.observations()).map(|x| utility[t][x][a].clone()).total();
        let of_none: Vec<RBig> = none[t].iter().map(|&a| value(a)).collect();
        best[0] += of_none.iter().max().cloned().unwrap_or(RBig::ZERO);
        worst[0] += of_none.iter().min().cloned().unwrap_or(RBig::ZERO);
        for x in 0..folded.observations() {
            let of_full: Vec<&RBig> = full[t][x].iter().map(|&a| &utility[t][x][a]).collect();
            best[1] += of_full.iter().max().copied().unwrap_or(&RBig::ZERO);
            worst[1] += of_full.iter().min().copied().unwrap_or(&RBig::ZERO);
            let here = played.iter().filter(|p| (p.0, p.1) == (t, x)).map(|p| p.2);
            let all: Vec<&RBig> =
                here.chain(none[t].iter().copied()).map(|a| &utility[t][x][a]).chain(of_full).collect();
            if let (Some(high), Some(low)) = (all.iter().max(), all.iter().min()) {
                local += *high - *low;
            }
            let all: Vec<&RBig> = (0..taken.len()).filter(|&a| taken[a]).map(|a| &utility[t][x][a]).collect();
            if let (Some(high), Some(low)) = (all.iter().max(), all.iter().min()) {
                anywhere += *high - *low;
            }
        }
    }
    values.extend(best);
    values.extend(worst);
    let roundings = anywhere * rational(ROUNDINGS) / rational(WRONG);
    [spread(&values), local * rational(LOCAL), roundings].into_iter().max().unwrap_or(RBig::ZERO)
}

/// How far apart values are.
#[must_use]
pub fn spread(values: &[RBig]) -> RBig {
    match (values.iter().max(), values.iter().min()) {
        (Some(high), Some(low)) => high - low,
        _ => RBig::ZERO,
    }
}

/// Says what is wrong if a value is off the optimum by more than it may be.
///
/// # Errors
/// With what is wrong, in words.
pub fn check_value(value: &RBig, optimum: &RBig, stake: &RBig) -> Result<(), String> {
    let off = (value - optimum).abs();
    if off <= allowed(stake) {
        return Ok(());
    }
    let side = if value > optimum { "above" } else { "below" };
    Err(format!("{:.3e} {side} the optimum, {:.3e} at stake", float(&off), float(stake)))
}

/// Says what is wrong if a claim is not the number that it should be, up to a rounding.
///
/// # Errors
/// With what is wrong, in words.
pub fn check_claim(what: &str, claim: f64, exact: &RBig) -> Result<(), String> {
    let off = (rational(claim) - exact).abs();
    let rounding = exact.clone().abs() * rational(f64::EPSILON) + rational(f64::MIN_POSITIVE);
    if off <= rounding {
        return Ok(());
    }
    Err(format!("{what} is {claim:e}, and {:e} is right", float(exact)))
}

/// Says what is wrong if an upper bound is below the optimum, by more than a rounding.
///
/// # Errors
/// With what is wrong, in words.
pub fn check_bound(bound: f64, optimum: &RBig) -> Result<(), String> {
    let rounding = optimum.clone().abs() * rational(f64::EPSILON) + rational(f64::MIN_POSITIVE);
    if rational(bound) + rounding >= *optimum {
        return Ok(());
    }
    Err(format!("the upper bound is {bound:e}, and {:e} is reached", float(optimum)))
}

/// Says what is wrong if what is recommended under one message is not obeyed: `told` is what
/// happens upon it, to type `t`, who plays `own`, by observation and probability.
///
/// # Errors
/// With what is wrong, in words.
pub fn check_obedience(folded: &Folded, t: usize, own: usize, told: &[(usize, RBig)]) -> Result<(), String> {
    let user = &folded.parties[0][t];
    for other in 0..folded.actions() {
        let (mut gain, mut at_stake) = (RBig::ZERO, RBig::ZERO);
        for (x, p) in told {
            let difference = p * (&user[*x][other] - &user[*x][own]);
            at_stake += difference.clone().abs();
            gain += difference;
        }
        if gain > allowed(&at_stake) {
            let (gain, at_stake) = (float(&gain), float(&at_stake));
            return Err(format!("disobedient: {other} for {own} gains {gain:.3e}, {at_stake:.3e} at stake"));
        }
    }
    Ok(())
}

/// About how much.
#[must_use]
pub fn float(number: &RBig) -> f64 {
    number.to_f64().value()
}
