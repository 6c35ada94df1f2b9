//! The value of a scheme of signals against a quantal user.
//!
//! Every value comes in two forms: as it is, and *net* of the value of the user's best action in
//! every state. The difference is a function of the state alone, the same for every scheme. It may
//! be so large that the stake would be lost in its last digits.

use super::Enclosure;
use super::corner::to_shares;
use super::level::Level;
use crate::error::{Place, ProofError};
use crate::game::{TypedGame, USER};
use std::cmp::Ordering;
use suasion_exact::Sum;
use suasion_exact::{Interval, exponential};
use suasion_model::SignalScheme;

/// The value of a scheme to a party.
#[derive(Clone)]
pub(super) struct Value {
    /// As it is.
    pub(super) whole: Enclosure,
    /// Net of the value of the user's best action in every state: an exact sum, and the
    /// contribution of exponentials.
    exact: Sum,
    rest: Interval,
}

impl Value {
    /// The net value.
    pub(super) fn net(&self) -> Interval {
        rounded(&self.exact).add(self.rest)
    }

    /// The net value as a sum, approximately.
    pub(super) fn sum(&self) -> Sum {
        let mut sum = self.exact.clone();
        sum.add([self.rest.middle().0]);
        sum
    }
}

/// The outcome of a scheme.
pub(super) struct Outcome {
    /// The value to the objective.
    pub(super) objective: Value,
    /// The value to every party, the user first.
    pub(super) parties: Vec<Value>,
    /// The greatest probability of each action upon a signal that a pair of a type and an
    /// observation may lead to, `[pairs][actions]`.
    pub(super) often: Vec<f64>,
}

/// The response of a type to a signal.
pub(super) struct Response {
    /// The type's best action, or one of them.
    base: usize,
    /// The probability of each action, `[actions]`.
    pub(super) played: Vec<Interval>,
}

/// The response of type `t` to a signal; `None` if the type cannot receive it.
pub(super) fn respond(signal: &[(usize, f64)], game: &TypedGame<'_>, t: usize, eta: f64) -> Option<Response> {
    let m = game.actions();
    let mut sum = Sum::new();
    for &(x, probability) in signal {
        game.game.cells(game.pair(t, x)).iter().for_each(|cell| sum.add([probability, cell.mass]));
    }
    if sum.sign() != Ordering::Greater {
        return None;
    }
    let mass = rounded(&sum);
    let mut base = 0;
    for a in 1..m {
        sum.clear();
        add_difference(&mut sum, game, signal, t, Some(USER), a, Some(base));
        if sum.sign() == Ordering::Greater {
            base = a;
        }
    }
    let (mut least, mut most) = (vec![1.0; m], vec![1.0; m]);
    for a in (0..m).filter(|&a| a != base) {
        sum.clear();
        add_difference(&mut sum, game, signal, t, Some(USER), a, Some(base));
        let part = exponential(rounded(&sum).over(mass).mul(Interval::point(eta)));
        (least[a], most[a]) = (part.low, part.high);
    }
    to_shares(&mut least, &mut most);
    let played = least.into_iter().zip(most).map(|(low, high)| Interval { low, high }).collect();
    Some(Response { base, played })
}

/// The probability of each action for each type upon each signal, `[signals][types][actions]`. The
/// list is empty for a type that cannot receive a signal.
pub(super) fn responses(scheme: &SignalScheme, game: &TypedGame<'_>, eta: f64) -> Vec<Vec<Vec<Enclosure>>> {
    let of_type = |signal: &[(usize, f64)], t: usize| {
        let played = respond(signal, game, t, eta).map_or_else(Vec::new, |response| response.played);
        played.into_iter().map(|Interval { low, high }| Enclosure { low, high }).collect()
    };
    let of_signal = |signal: &Vec<(usize, f64)>| (0..game.types).map(|t| of_type(signal, t)).collect();
    scheme.signals.iter().map(of_signal).collect()
}

/// Adds the value of action `a` upon a signal, to a party or the objective, or its difference to
/// the value of action `b`.
fn add_difference(
    sum: &mut Sum,
    game: &TypedGame<'_>,
    signal: &[(usize, f64)],
    t: usize,
    party: Option<usize>,
    a: usize,
    b: Option<usize>,
) {
    for &(x, probability) in signal {
        let mut add = |factor: f64, action: usize| match party {
            Some(party) => game.add(sum, [probability, factor], party, action, (t, x)),
            None => game.add_objective(sum, probability * factor, action, (t, x)),
        };
        add(1.0, a);
        if let Some(b) = b {
            add(-1.0, b);
        }
    }
}

/// The outcome of a scheme.
pub(super) fn outcome(scheme: &SignalScheme, game: &TypedGame<'_>, eta: f64) -> Result<Outcome, ProofError> {
    let (m, parties) = (game.actions(), game.game.utilities.len());
    let whose: Vec<Option<usize>> = std::iter::once(None).chain((0..parties).map(Some)).collect();
    let mut values: Vec<(Sum, Interval)> = whose.iter().map(|_| (Sum::new(), Interval::ZERO)).collect();
    let mut often = vec![0.0; game.types * game.observations * m];
    let mut sum = Sum::new();
    for signal in &scheme.signals {
        for t in 0..game.types {
            let Some(Response { base, played }) = respond(signal, game, t, eta) else { continue };
            for &(x, _) in signal {
                let most = &mut often[game.pair(t, x) * m..][..m];
                most.iter_mut().zip(&played).for_each(|(most, played)| *most = f64::max(*most, played.high));
            }
            for (&party, (exact, rest)) in whose.iter().zip(&mut values) {
                add_difference(exact, game, signal, t, party, base, None);
                for a in (0..m).filter(|&a| a != base) {
                    sum.clear();
                    add_difference(&mut sum, game, signal, t, party, a, Some(base));
                    *rest = rest.add(played[a].mul(rounded(&sum)));
                }
            }
        }
    }
    let level = Level::new(game);
    let valued = |(party, (mut exact, rest)): (&Option<usize>, (Sum, Interval))| {
        let total = rounded(&exact).add(rest);
        if !(total.low.is_finite() && total.high.is_finite()) {
            return Err(ProofError::Overflow(Place::alone("a value")));
        }
        match party {
            Some(party) => level.subtract(&mut exact, game, &[(*party, 1.0)]),
            None => level.subtract(&mut exact, game, &game.game.objective),
        }
        Ok(Value { whole: Enclosure { low: total.low, high: total.high }, exact, rest })
    };
    let mut values = whose.iter().zip(values).map(valued).collect::<Result<Vec<Value>, ProofError>>()?.into_iter();
    let objective = values.next().ok_or(ProofError::Empty("parties"))?;
    Ok(Outcome { objective, parties: values.collect(), often })
}

/// The enclosure of a sum, within half a unit in the last place; exact if the sum is a binary64
/// number.
pub(super) fn rounded(sum: &Sum) -> Interval {
    let value = sum.round();
    let mut difference = sum.clone();
    if value.is_finite() {
        difference.subtract([value]);
    }
    match difference.sign() {
        Ordering::Equal => Interval::point(value),
        Ordering::Less => Interval { low: value.next_down(), high: value },
        Ordering::Greater => Interval { low: value, high: value.next_up() },
    }
}
