//! What the user could gain by not following a direct scheme.

use crate::game::{Estimates, Game, USER};
use crate::obedience::Disobedience;
use crate::verdict::Deviation;
use std::cmp::Ordering;
use suasion_exact::{Judge, SMALLEST_MAGNITUDE, Sum, compare, rounding_error};
use suasion_model::SchemeEntry;

/// The entries that recommend one action, as the floating-point filter sees them.
struct Recommendation {
    action: usize,
    /// Their positions in the list of entries, which is ordered by action here.
    start: usize,
    end: usize,
    /// The estimated value of obedience, and the total magnitude of its terms.
    obedience: f64,
    magnitude: f64,
}

/// What the user could gain by not following a scheme. The allowed gains are `tolerance` times the
/// stake.
pub(crate) fn disobedience(
    game: &Game<'_>,
    estimates: &Estimates,
    entries: &[SchemeEntry],
    tolerance: f64,
    judge: &mut Judge,
) -> Disobedience {
    let mut entries: Vec<SchemeEntry> =
        entries.iter().filter(|entry| !game.cells(entry.state).is_empty()).copied().collect();
    entries.sort_by_key(|entry| entry.action);
    let masses: Vec<(usize, f64)> =
        entries.iter().map(|entry| (entry.state, entry.probability * estimates.weights[entry.state])).collect();
    let recommendations = recommendations(estimates, &entries, &masses);

    let user = &estimates.user;
    let mut tempting: Vec<Vec<usize>> = vec![vec![]; recommendations.len()];
    for alternative in 0..game.actions {
        let utility = user.values.row(alternative);
        for (k, recommendation) in recommendations.iter().enumerate().filter(|(_, r)| r.action != alternative) {
            let own = &masses[recommendation.start..recommendation.end];
            let (mut value, mut magnitude) = (0.0, recommendation.magnitude);
            for &(x, mass) in own {
                value += mass * utility[x];
                magnitude += (mass + f64::MIN_POSITIVE) * user.magnitude(alternative, x);
            }
            let error = rounding_error(own.len() + user.operations + 4, magnitude + SMALLEST_MAGNITUDE);
            // If this is not a number, any action is possible.
            let beaten = value - recommendation.obedience + error <= 0.0;
            if !beaten {
                tempting[k].push(alternative);
            }
        }
    }

    let mut found = Disobedience::none();
    let (mut largest, mut gained, mut difference) = (Sum::new(), Sum::new(), Sum::new());
    let mut worst = None;
    for (Recommendation { action, start, end, .. }, alternatives) in recommendations.iter().zip(tempting) {
        let own = &entries[*start..*end];
        let add_gain = |sum: &mut Sum, alternative: usize| {
            for entry in own {
                for cell in game.cells(entry.state) {
                    sum.add([entry.probability, cell.mass, game.utility(USER, alternative, cell.state)]);
                    sum.subtract([entry.probability, cell.mass, game.utility(USER, *action, cell.state)]);
                }
            }
        };
        let stake = |alternative: usize| -> f64 {
            let at =
                |&(x, mass): &(usize, f64)| mass * (user.values[(alternative, x)] - user.values[(*action, x)]).abs();
            masses[*start..*end].iter().map(at).sum()
        };
        let weighed = |sum: &mut Sum, alternative: usize| {
            gained.clear();
            add_gain(&mut gained, alternative);
            if gained.sign() == Ordering::Greater {
                found.weigh(&gained, stake(alternative), tolerance);
            }
            sum.add_sum(&gained);
        };
        let Some((alternative, gain)) = judge.largest(alternatives, weighed) else { continue };
        if gain.sign() == Ordering::Greater {
            found.total.add_sum(gain);
            if compare(gain, &largest, &mut difference) == Ordering::Greater {
                largest.clone_from(gain);
                worst = Some((*action, alternative));
            }
        }
    }
    found.worst = worst.map(|(recommended, alternative)| Deviation { recommended, alternative, gain: largest.round() });
    found
}

/// The recommended actions, in increasing order.
fn recommendations(estimates: &Estimates, entries: &[SchemeEntry], masses: &[(usize, f64)]) -> Vec<Recommendation> {
    let user = &estimates.user;
    let mut start = 0;
    let by_action = entries.chunk_by(|a, b| a.action == b.action).map(|group| {
        let (action, end) = (group[0].action, start + group.len());
        let own = &masses[start..end];
        let obedience = own.iter().map(|&(x, mass)| mass * user.values[(action, x)]).sum();
        // If a mass underflows, its error is less than the smallest normal number times the unit
        // roundoff.
        let part = |&(x, mass): &(usize, f64)| (mass + f64::MIN_POSITIVE) * user.magnitude(action, x);
        let magnitude = own.iter().map(part).sum();
        let recommendation = Recommendation { action, start, end, obedience, magnitude };
        start = end;
        recommendation
    });
    by_action.collect()
}
