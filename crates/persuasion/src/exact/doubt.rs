//! Whether a result that floating point found convinces, in exact arithmetic.
//!
//! It does if everybody obeys, exactly, and the bound is above the value by next to nothing of what is at stake: how far the
//! value is from those of full and of no information; or, where they coincide, a rounding of all actions that are taken.

use super::game::WholeGame;
use super::round::size;
use dashu::integer::IBig;
use suasion_lp::exact::{last_bit, nearest, whole};
use suasion_model::{Conversation, MenuScheme};

/// A gap that convinces, relative to what is at stake.
const CONVINCING: f64 = 1e-9;
/// The same, relative to all that actions which are taken may be worth.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// What happens with some mass, `(type, place of the observation, action)`, and its probability in units of a power of two.
type Told = (usize, usize, usize, IBig);

/// Whether a scheme of menus convinces whose bound is so far above its value.
pub(crate) fn menus_convince(game: &WholeGame, scheme: &MenuScheme, gap: f64) -> bool {
    let all = scheme.messages.iter().flat_map(|message| message.probabilities.iter().map(|&(_, p)| p));
    let unit = unit(all);
    let mut told: Vec<Told> = vec![];
    let obeyed = scheme.messages.iter().all(|message| {
        message.menu.iter().enumerate().all(|(t, &own)| {
            let place = |&(x, p): &(usize, f64)| Some((game.observed.binary_search(&x).ok()?, whole(p, unit)));
            let masses: Vec<(usize, IBig)> = message.probabilities.iter().filter_map(place).collect();
            told.extend(masses.iter().map(|(i, mass)| (t, *i, own, mass.clone())));
            is_obeyed(game, t, own, &masses)
        })
    });
    obeyed && is_close(game, &told, unit, gap)
}

/// The same for a conversation.
pub(crate) fn conversation_convinces(game: &WholeGame, conversation: &Conversation, gap: f64) -> bool {
    let unit = unit(conversation.entries.iter().map(|entry| entry.probability));
    let place = |x: usize| game.observed.binary_search(&x).ok();
    let told: Vec<Told> = conversation
        .entries
        .iter()
        .filter_map(|e| Some((e.report, place(e.observation)?, e.action, whole(e.probability, unit))))
        .collect();
    let upon = |r: usize, a: usize| -> Vec<(usize, IBig)> {
        told.iter().filter(|told| (told.0, told.2) == (r, a)).map(|told| (told.1, told.3.clone())).collect()
    };
    let regret = |t: usize, b: usize, masses: &[(usize, IBig)]| {
        masses.iter().fold(IBig::ZERO, |sum, (i, mass)| sum + mass * &game.regrets[t][*i][b])
    };
    let actions = 0..game.actions();
    let is_true = |t: usize| {
        let own = actions.clone().fold(IBig::ZERO, |sum, a| sum + regret(t, a, &upon(t, a)));
        let lie = |r: usize| {
            let least = |a: usize| {
                let masses = upon(r, a);
                actions.clone().map(|b| regret(t, b, &masses)).min().unwrap_or(IBig::ZERO)
            };
            actions.clone().fold(IBig::ZERO, |sum, a| sum + least(a))
        };
        actions.clone().all(|a| is_obeyed(game, t, a, &upon(t, a)))
            && (0..game.types()).filter(|&r| r != t).all(|r| own <= lie(r))
    };
    (0..game.types()).all(is_true) && is_close(game, &told, unit, gap)
}

fn unit(probabilities: impl Iterator<Item = f64>) -> i32 {
    probabilities.filter_map(last_bit).min().unwrap_or(0)
}

/// Whether a type has no better action than her own where these masses are.
fn is_obeyed(game: &WholeGame, t: usize, own: usize, masses: &[(usize, IBig)]) -> bool {
    (0..game.actions()).filter(|&b| b != own).all(|b| {
        let lacks = |(i, mass): &(usize, IBig)| mass * (&game.regrets[t][*i][own] - &game.regrets[t][*i][b]);
        masses.iter().fold(IBig::ZERO, |sum, masses| sum + lacks(masses)) <= IBig::ZERO
    })
}

fn is_close(game: &WholeGame, told: &[Told], unit: i32, gap: f64) -> bool {
    let own = told.iter().fold(IBig::ZERO, |sum, (t, i, a, mass)| sum + mass * &game.worth[*t][*i][*a]);
    let own = nearest(&own, &IBig::ONE, unit + game.worth_unit);
    let none = nearest(&game.uninformed(), &IBig::ONE, game.worth_unit);
    let spread = own.max(none).max(0.0) - own.min(none).min(0.0);
    if gap <= CONVINCING * spread {
        return true;
    }
    let mut taken = vec![false; game.actions()];
    let everything = told.iter().map(|told| told.2).chain(game.full.iter().flatten().copied()).chain(game.none.clone());
    everything.for_each(|action| taken[action] = true);
    let mut anywhere = 0.0;
    for row in game.worth.iter().flatten() {
        let values = || row.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(worth, _)| worth);
        if let (Some(high), Some(low)) = (values().max(), values().min()) {
            anywhere += size(&(high - low), game.worth_unit);
        }
    }
    gap <= ROUNDING * anywhere
}
