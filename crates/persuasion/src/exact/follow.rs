//! Rounded probabilities that the user follows exactly.
//!
//! If a recommendation is not obeyed, the probabilities that count against it are lowered until it
//! is. The remaining probability becomes full information, which harms no type's obedience. In a
//! mechanism, the probabilities for a report at an observation are binary64 numbers that sum to
//! one. So they are multiples of the last digit of the probability of full information, and small
//! ones lose much precision. If a misreport pays, the probability of full information is raised a
//! little. If even that does not deter the misreport, a negligible gain counts as a tie: binary64
//! numbers cannot satisfy most of these constraints.

use super::game::WholeGame;
use super::recommendations::Recommendations;
use super::round::{below, lowered, rest};
use dashu::integer::IBig;
use std::collections::BTreeMap;
use suasion_model::{ExperimentScheme, MechanismEntry, MechanismScheme, Message};

/// The number of passes over all constraints.
const PASSES: i32 = 20;
/// The power of two of the first increase of full information where a misreport pays.
const FIRST: i32 = -50;
/// A misreport that gains less than this power of one half of the regret from the truth is a tie,
/// up to the tolerances of a solver.
const TIE: usize = 36;

/// Menus with their probability at each place.
pub(super) type Messages = Vec<(Vec<usize>, Vec<f64>)>;

/// Changes an experiment so that all menus are obeyed. Returns `None` if that is impossible.
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
            let recommendations = |(t, &a): (usize, &usize)| {
                let recommendations = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
                recommendations.map(|(i, &share)| (t, i, a, share)).collect::<Vec<_>>()
            };
            let recommendations =
                Recommendations::new(game, &menu.iter().enumerate().flat_map(recommendations).collect::<Vec<_>>());
            if (0..menu.len()).all(|t| recommendations.is_obeyed(game, t)) {
                return true;
            }
            changed = true;
            for (t, &own) in menu.iter().enumerate() {
                against(game, t, own, &recommendations, |i, factor| shares[i] *= factor);
            }
            false
        });
        if !is_obeyed {
            return None;
        }
    }
    Some(if changed { scheme_of(game, &messages) } else { scheme.clone() })
}

/// Builds the experiment whose messages have at most these probabilities. The remaining probability
/// is revealed in full, in several messages if necessary, and is not lowered.
pub(super) fn scheme_of(game: &WholeGame, messages: &Messages) -> ExperimentScheme {
    // Keyed by the menu and the number of the part that is revealed.
    let mut by_menu: BTreeMap<(Vec<usize>, usize), Vec<(usize, f64)>> = BTreeMap::new();
    for (i, &x) in game.observed.iter().enumerate() {
        let full: Vec<usize> = game.full.iter().map(|full| full[i]).collect();
        let mut used = vec![];
        for (menu, shares) in messages.iter().filter(|(menu, shares)| *menu != full && shares[i] > 0.0) {
            used.push(shares[i]);
            by_menu.entry((menu.clone(), 0)).or_default().push((x, shares[i]));
        }
        for (k, part) in rest(&used).into_iter().enumerate() {
            by_menu.entry((full.clone(), k)).or_default().push((x, part));
        }
    }
    let message = |((menu, _), probabilities)| Message { menu, probabilities };
    let mut messages: Vec<Message> = by_menu.into_iter().map(message).collect();
    // Where there is no mass, any message will do.
    let elsewhere = (0..game.observations).filter(|x| game.observed.binary_search(x).is_err());
    if let Some(first) = messages.first_mut() {
        first.probabilities.extend(elsewhere.map(|x| (x, 1.0)));
        first.probabilities.sort_unstable_by_key(|&(x, _)| x);
    }
    ExperimentScheme { messages }
}

/// The probabilities for a report at a place: actions other than that of full information, with
/// their probabilities.
pub(super) type Shares = Vec<(usize, f64)>;

/// Whether the user follows a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// Exactly.
    Exactly,
    /// Except for misreports with a negligible gain, which nothing deters.
    ButForTies,
    /// No.
    No,
}

/// Changes a mechanism so that the user follows it, if possible. Also returns whether she does.
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

/// Lowers shares, `[reports][places]`, until each remainder is a single number and every type is
/// truthful and obedient, if possible. Returns the mechanism and whether it is followed.
pub(super) fn followed(game: &WholeGame, shares: &mut [Vec<Shares>]) -> (MechanismScheme, Followed) {
    let mut rests = summed(shares);
    let mut is_followed = Followed::No;
    for pass in 0..PASSES {
        let recommendations = recommendations(game, shares, &rests);
        let is_obeyed = (0..game.types()).all(|t| recommendations.is_obeyed(game, t));
        if is_obeyed {
            let lies: Vec<_> = (0..game.types()).map(|t| recommendations.lies(game, t)).collect();
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
                    against(game, t, own, &recommendations, |i, factor| {
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

/// Lowers the shares that count against an action that a type does not obey: calls
/// `lower(place, factor)`.
fn against(
    game: &WholeGame,
    t: usize,
    own: usize,
    recommendations: &Recommendations,
    mut lower: impl FnMut(usize, f64),
) {
    for other in (0..game.actions()).filter(|&other| other != own) {
        let (against, favor) = recommendations.weighed(game, t, own, other);
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

/// Whether a misreport gains only rounding error and full information does not deter it. The
/// misreport is given by the report, the regret from the truth and the regret from the misreport.
fn is_tie(game: &WholeGame, t: usize, (report, truth, lie): &(usize, IBig, IBig)) -> bool {
    let lacks = |recommended: usize, taken: usize| {
        let places = (0..game.observed.len()).filter(|&i| game.full[*report][i] == recommended);
        places.fold(IBig::ZERO, |sum, i| sum + &game.regrets[t][i][taken])
    };
    let least =
        |recommended: usize| (0..game.actions()).map(|taken| lacks(recommended, taken)).min().unwrap_or(IBig::ZERO);
    (truth - lie) << TIE <= *truth && (0..game.actions()).all(|recommended| least(recommended).is_zero())
}

/// Makes each remainder a single number.
fn summed(shares: &mut [Vec<Shares>]) -> Vec<Vec<f64>> {
    let rest = |shares: &mut Shares| {
        let mut numbers: Vec<f64> = shares.iter().map(|share| share.1).collect();
        let rest = lowered(&mut numbers);
        shares.iter_mut().zip(numbers).for_each(|(share, number)| share.1 = number);
        rest
    };
    shares.iter_mut().map(|places| places.iter_mut().map(rest).collect()).collect()
}

fn recommendations(game: &WholeGame, shares: &[Vec<Shares>], rests: &[Vec<f64>]) -> Recommendations {
    let mut all = vec![];
    for (t, (places, rests)) in shares.iter().zip(rests).enumerate() {
        for (i, (list, &rest)) in places.iter().zip(rests).enumerate() {
            let full = (game.full[t][i], rest);
            let recommendations = list.iter().chain([&full]).filter(|(_, share)| *share > 0.0);
            all.extend(recommendations.map(|&(a, share)| (t, i, a, share)));
        }
    }
    Recommendations::new(game, &all)
}
