//! What the user could gain by not following a scheme.

use crate::contest::{Contests, Judge, SMALLEST_MAGNITUDE, compare, rounding_error};
use crate::exact::Sum;
use crate::game::{Estimates, Game, USER};
use std::cmp::Ordering;
use suasion_model::SchemeEntry;

/// The most profitable way to disobey one recommendation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    /// The action that is recommended.
    pub recommended: usize,
    /// The action that the user would rather take.
    pub alternative: usize,
    /// What she gains by it in expectation over the whole game, rounded to nearest, in the unit of her utility.
    pub gain: f64,
}

/// The entries that recommend one action, as the filter sees them.
struct Recommendation {
    action: usize,
    /// Their positions in the list of entries, which is ordered by action here.
    start: usize,
    end: usize,
    /// The estimated value of obedience and a bound on the error of any estimated gain.
    obedience: f64,
    error: f64,
}

/// What the user could gain in total by not following: for each recommendation, what its best alternative gains, if anything;
/// summed. And the recommendation where she gains most (of several, the first).
pub(crate) fn violation(
    game: &Game<'_>,
    estimates: &Estimates<'_>,
    entries: &[SchemeEntry],
    judge: &mut Judge,
) -> (Sum, Option<Deviation>) {
    let mut entries: Vec<SchemeEntry> =
        entries.iter().filter(|entry| !game.cells(entry.state).is_empty()).copied().collect();
    entries.sort_by_key(|entry| entry.action);
    let masses: Vec<(usize, f64)> =
        entries.iter().map(|entry| (entry.state, entry.probability * estimates.weights[entry.state])).collect();
    let recommendations = recommendations(estimates, &entries, &masses);

    let mut contests = Contests::new(recommendations.len(), 0.0);
    for alternative in 0..game.actions {
        let utility = estimates.user.values.row(alternative);
        for (k, recommendation) in recommendations.iter().enumerate() {
            if recommendation.action != alternative {
                let own = &masses[recommendation.start..recommendation.end];
                let value: f64 = own.iter().map(|&(x, mass)| mass * utility[x]).sum();
                contests.enter(k, alternative, value - recommendation.obedience, recommendation.error);
            }
        }
    }

    let mut total = Sum::new();
    let mut largest = Sum::new();
    let mut difference = Sum::new();
    let mut worst = None;
    contests.decide(|k, alternatives| {
        let Recommendation { action, start, end, .. } = recommendations[k];
        let gain = |sum: &mut Sum, alternative: usize| {
            for entry in &entries[start..end] {
                for cell in game.cells(entry.state) {
                    sum.add([entry.probability, cell.mass, game.utility(USER, alternative, cell.state)]);
                    sum.subtract([entry.probability, cell.mass, game.utility(USER, action, cell.state)]);
                }
            }
        };
        let Some((alternative, gain)) = judge.largest(alternatives.iter().copied(), gain) else { return };
        if gain.sign() == Ordering::Greater {
            total.add_sum(gain);
            if compare(gain, &largest, &mut difference) == Ordering::Greater {
                largest.clone_from(gain);
                worst = Some((action, alternative));
            }
        }
    });
    let worst = worst.map(|(recommended, alternative)| Deviation { recommended, alternative, gain: largest.round() });
    (total, worst)
}

/// The recommended actions, in increasing order.
fn recommendations(estimates: &Estimates<'_>, entries: &[SchemeEntry], masses: &[(usize, f64)]) -> Vec<Recommendation> {
    let user = &estimates.user;
    let mut start = 0;
    let by_action = entries.chunk_by(|a, b| a.action == b.action).map(|group| {
        let (action, end) = (group[0].action, start + group.len());
        let own = &masses[start..end];
        let obedience = own.iter().map(|&(x, mass)| mass * user.values[(action, x)]).sum();
        // A mass that underflows errs by less than the smallest normal number times the unit roundoff.
        let part =
            |&(x, mass): &(usize, f64)| 2.0 * (mass + f64::MIN_POSITIVE) * user.magnitudes[x] + SMALLEST_MAGNITUDE;
        let magnitude = own.iter().map(part).sum();
        let error = rounding_error(group.len() + user.operations + 4, magnitude);
        let recommendation = Recommendation { action, start, end, obedience, error };
        start = end;
        recommendation
    });
    by_action.collect()
}
