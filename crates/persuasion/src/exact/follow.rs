//! Rounded probabilities that are followed, exactly.
//!
//! What speaks against a recommendation that is not obeyed is lowered until it is; what this leaves
//! over is told in full, which harms nobody's obedience. In a mechanism the probabilities upon a
//! report at an observation are single numbers that sum to one. So they are multiples of the last
//! digit of what is told in full, and small ones lose much by that; and where a lie pays, a little
//! more is told in full. Where that does not deter from it, a gain of next to nothing is a tie:
//! most of those cannot be kept to by binary64 numbers.

use super::game::WholeGame;
use super::round::{below, lowered, rest};
use super::told::Told;
use dashu::integer::IBig;
use std::collections::BTreeMap;
use suasion_model::{ExperimentScheme, MechanismEntry, MechanismScheme, Message};

/// So often everything is looked at.
const PASSES: i32 = 20;
/// The power of two of what is told in full at once where a lie pays, after no passes.
const FIRST: i32 = -50;
/// A lie that gains less than this power of one half of what the truth lacks is a tie, but for what
/// a solver's tolerances leave.
const TIE: usize = 36;

/// Menus with the probability at each place.
pub(super) type Messages = Vec<(Vec<usize>, Vec<f64>)>;

/// A scheme, changed so that all menus are obeyed; none, if that cannot be.
pub(crate) fn obeyed_menus(game: &WholeGame, scheme: &ExperimentScheme) -> Option<ExperimentScheme> {
    let mut messages: Messages = vec![];
    for message in &scheme.messages {
        let mut shares = vec![0.0; game.observed.len()];
        for &(x, p) in &message.probabilities {
            if let Ok(i) = game.observed.binary_search(&x) {
                shares[i] = p;
            }
        }
        messages.push((message.menu.clone(), shares));
    }
    let mut changed = false;
    for (menu, shares) in &mut messages {
        let is_obeyed = (0..PASSES).any(|_| {
            let told = |(t, &a): (usize, &usize)| {
                let told = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
                told.map(|(i, &share)| (t, i, a, share)).collect::<Vec<_>>()
            };
            let told = Told::new(game, &menu.iter().enumerate().flat_map(told).collect::<Vec<_>>());
            if (0..menu.len()).all(|t| told.is_obeyed(game, t)) {
                return true;
            }
            changed = true;
            for (t, &own) in menu.iter().enumerate() {
                against(game, t, own, &told, |i, factor| shares[i] *= factor);
            }
            false
        });
        if !is_obeyed {
            return None;
        }
    }
    Some(if changed { scheme_of(game, &messages) } else { scheme.clone() })
}

/// The scheme of messages that are sent with such probabilities at most; what they leave of one is
/// told in full, if need be in several messages. What is told in full is not lowered by that.
pub(super) fn scheme_of(game: &WholeGame, messages: &Messages) -> ExperimentScheme {
    // By menu, and the number of the part that is told apart.
    let mut told: BTreeMap<(Vec<usize>, usize), Vec<(usize, f64)>> = BTreeMap::new();
    for (i, &x) in game.observed.iter().enumerate() {
        let full: Vec<usize> = game.full.iter().map(|full| full[i]).collect();
        let mut used = vec![];
        for (menu, shares) in messages.iter().filter(|(menu, shares)| *menu != full && shares[i] > 0.0) {
            used.push(shares[i]);
            told.entry((menu.clone(), 0)).or_default().push((x, shares[i]));
        }
        for (k, part) in rest(&used).into_iter().enumerate() {
            told.entry((full.clone(), k)).or_default().push((x, part));
        }
    }
    let message = |((menu, _), probabilities)| Message { menu, probabilities };
    let mut messages: Vec<Message> = told.into_iter().map(message).collect();
    // Where there is no mass, the first will do.
    let elsewhere = (0..game.observations).filter(|x| game.observed.binary_search(x).is_err());
    if let Some(first) = messages.first_mut() {
        first.probabilities.extend(elsewhere.map(|x| (x, 1.0)));
        first.probabilities.sort_unstable_by_key(|&(x, _)| x);
    }
    ExperimentScheme { messages }
}

/// What is told upon a report at a place: actions, but for that of full information, with their
/// probabilities.
pub(super) type Shares = Vec<(usize, f64)>;

/// Whether a mechanism is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// Exactly.
    Exactly,
    /// But for lies that gain next to nothing, from which nothing deters.
    ButForTies,
    /// No.
    No,
}

/// A mechanism, changed so that it is followed, if that can be; and whether it is.
pub(crate) fn followed_mechanism(game: &WholeGame, scheme: &MechanismScheme) -> (MechanismScheme, Followed) {
    let mut shares: Vec<Vec<Shares>> = vec![vec![vec![]; game.observed.len()]; game.types()];
    for e in &scheme.entries {
        if let Ok(i) = game.observed.binary_search(&e.observation)
            && e.action != game.full[e.report][i]
        {
            shares[e.report][i].push((e.action, e.probability));
        }
    }
    followed(game, &mut shares)
}

/// Lowers shares, `[reports][places]`, until what they leave of one are single numbers and
/// everybody does as told, if that can be: the mechanism, and whether it is followed.
pub(super) fn followed(game: &WholeGame, shares: &mut [Vec<Shares>]) -> (MechanismScheme, Followed) {
    let mut rests = summed(shares);
    let mut is_followed = Followed::No;
    for pass in 0..PASSES {
        let told = told(game, shares, &rests);
        let is_obeyed = (0..game.types()).all(|t| told.is_obeyed(game, t));
        if is_obeyed {
            let lies: Vec<_> = (0..game.types()).map(|t| told.lies(game, t)).collect();
            let mut pairs = lies.iter().enumerate().flat_map(|(t, lies)| lies.iter().map(move |lie| (t, lie)));
            if pairs.all(|(t, lie)| is_tie(game, t, lie)) {
                let exactly = lies.iter().all(Vec::is_empty);
                is_followed = if exactly { Followed::Exactly } else { Followed::ButForTies };
                break;
            }
            let factor = 1.0 - 2.0_f64.powi(FIRST + pass);
            shares.iter_mut().flatten().flatten().for_each(|share| share.1 *= factor);
        } else {
            for (t, places) in shares.iter_mut().enumerate() {
                for own in 0..game.actions() {
                    against(game, t, own, &told, |i, factor| {
                        places[i].iter_mut().filter(|share| share.0 == own).for_each(|share| share.1 *= factor);
                    });
                }
            }
        }
        rests = summed(shares);
    }
    let mut entries = vec![];
    for report in 0..game.types() {
        for observation in 0..game.observations {
            let mut add = |action: usize, probability: f64| {
                let entry = MechanismEntry { report, observation, action, probability };
                entries.extend((probability > 0.0).then_some(entry));
            };
            let Ok(i) = game.observed.binary_search(&observation) else {
                add(game.alive[report][0], 1.0);
                continue;
            };
            shares[report][i].iter().for_each(|&(action, share)| add(action, share));
            add(game.full[report][i], rests[report][i]);
        }
    }
    (MechanismScheme::new(entries), is_followed)
}

/// Lowers what speaks against an action that a type does not obey: calls `lower(place, factor)`.
fn against(game: &WholeGame, t: usize, own: usize, told: &Told, mut lower: impl FnMut(usize, f64)) {
    for other in (0..game.actions()).filter(|&other| other != own) {
        let (against, favor) = told.weighed(game, t, own, other);
        if against <= favor {
            continue;
        }
        let factor = below(&favor, &against).next_down().max(0.0);
        for i in 0..game.observed.len() {
            if &game.regrets[t][i][own] - &game.regrets[t][i][other] > IBig::ZERO {
                lower(i, factor);
            }
        }
    }
}

/// Whether a lie, by its report and what a type lacks by the truth and by it, gains nothing but
/// roundings, and full information does not deter from it.
fn is_tie(game: &WholeGame, t: usize, (report, truth, lie): &(usize, IBig, IBig)) -> bool {
    let lacks = |told: usize, taken: usize| {
        let places = (0..game.observed.len()).filter(|&i| game.full[*report][i] == told);
        places.fold(IBig::ZERO, |sum, i| sum + &game.regrets[t][i][taken])
    };
    let least = |told: usize| (0..game.actions()).map(|taken| lacks(told, taken)).min().unwrap_or(IBig::ZERO);
    (truth - lie) << TIE <= *truth && (0..game.actions()).all(|told| least(told).is_zero())
}

/// Makes what is left of one single numbers.
fn summed(shares: &mut [Vec<Shares>]) -> Vec<Vec<f64>> {
    let rest = |shares: &mut Shares| {
        let mut numbers: Vec<f64> = shares.iter().map(|share| share.1).collect();
        let rest = lowered(&mut numbers);
        shares.iter_mut().zip(numbers).for_each(|(share, number)| share.1 = number);
        rest
    };
    shares.iter_mut().map(|places| places.iter_mut().map(rest).collect()).collect()
}

fn told(game: &WholeGame, shares: &[Vec<Shares>], rests: &[Vec<f64>]) -> Told {
    let mut all = vec![];
    for (t, (places, rests)) in shares.iter().zip(rests).enumerate() {
        for (i, (list, &rest)) in places.iter().zip(rests).enumerate() {
            let full = (game.full[t][i], rest);
            let told = list.iter().chain([&full]).filter(|(_, share)| *share > 0.0);
            all.extend(told.map(|&(a, share)| (t, i, a, share)));
        }
    }
    Told::new(game, &all)
}
