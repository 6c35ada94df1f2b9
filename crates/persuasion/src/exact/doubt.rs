//! Whether a floating-point result is convincing in exact arithmetic.
//!
//! A result is convincing if it can be changed so that every type obeys exactly (`follow`) and the
//! gap between bound and value is then negligible relative to what is at stake. What is at stake is
//! the distance of the value from those of full and no information. Where these coincide, the gap
//! is compared with the rounding error of all actions that are played.

use super::game::WholeGame;
use super::recommendations::Recommendations;
use super::round::size;
use dashu::integer::IBig;
use suasion_lp::exact::nearest;
use suasion_model::{ExperimentScheme, MechanismScheme};

/// A gap below this is convincing, relative to what is at stake.
const CONVINCING: f64 = 1e-9;
/// The same, relative to the total value of the actions that are played.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Whether an obeyed experiment with this gap between its bound and its value is convincing.
pub(crate) fn menus_convince(game: &WholeGame, scheme: &ExperimentScheme, gap: f64) -> bool {
    let mut all = vec![];
    for message in &scheme.messages {
        for &(x, p) in &message.probabilities {
            if let Ok(i) = game.observed.binary_search(&x) {
                all.extend(message.menu.iter().enumerate().map(|(t, &a)| (t, i, a, p)));
            }
        }
    }
    is_close(game, &Recommendations::new(game, &all), gap)
}

/// Whether a mechanism with this gap between its bound and its value is convincing.
pub(crate) fn mechanism_convinces(game: &WholeGame, scheme: &MechanismScheme, gap: f64) -> bool {
    let entries = scheme.entries.iter();
    let recommendations: Vec<_> = entries
        .filter_map(|e| Some((e.report, game.observed.binary_search(&e.observation).ok()?, e.action, e.probability)))
        .collect();
    is_close(game, &Recommendations::new(game, &recommendations), gap)
}

fn is_close(game: &WholeGame, recommendations: &Recommendations, gap: f64) -> bool {
    let own = recommendations.all().fold(IBig::ZERO, |sum, (t, i, a, mass)| sum + mass * &game.worth[t][i][a]);
    let own = nearest(&own, &IBig::ONE, recommendations.unit + game.worth_unit);
    let none = nearest(&game.uninformed(), &IBig::ONE, game.worth_unit);
    let spread = own.max(none).max(0.0) - own.min(none).min(0.0);
    if gap <= CONVINCING * spread {
        return true;
    }
    let mut taken = vec![false; game.actions()];
    let benchmarks = game.full.iter().flatten().chain(&game.none).copied();
    recommendations.all().map(|entry| entry.2).chain(benchmarks).for_each(|action| taken[action] = true);
    let mut anywhere = 0.0;
    for row in game.worth.iter().flatten() {
        let values = || row.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(worth, _)| worth);
        if let (Some(high), Some(low)) = (values().max(), values().min()) {
            anywhere += size(&(high - low), game.worth_unit);
        }
    }
    gap <= ROUNDING * anywhere
}
