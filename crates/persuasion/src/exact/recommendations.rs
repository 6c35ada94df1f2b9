//! The recommendations in a game, in whole numbers, and whether the user follows them.

use super::game::WholeGame;
use dashu::integer::IBig;
use suasion_lp::exact::{last_bit, whole};

/// Recommendations in units of a power of two.
pub(super) struct Recommendations {
    /// The unit of probabilities.
    pub unit: i32,
    /// The places of the observations and their probabilities, `[reports][actions]`.
    upon: Vec<Vec<Vec<(usize, IBig)>>>,
}

impl Recommendations {
    /// Recommendations from tuples `(report, place of the observation, action, probability)`.
    pub(super) fn new(game: &WholeGame, entries: &[(usize, usize, usize, f64)]) -> Self {
        let unit = entries.iter().filter_map(|entry| last_bit(entry.3)).min().unwrap_or(0);
        let mut upon = vec![vec![vec![]; game.actions()]; game.types()];
        for &(report, i, a, probability) in entries {
            upon[report][a].push((i, whole(probability, unit)));
        }
        Self { unit, upon }
    }

    /// All recommendations: `(report, place of the observation, action, probability)`.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, usize, usize, &IBig)> {
        let of_report = |(r, upon): (usize, &'_ Vec<Vec<(usize, IBig)>>)| {
            upon.iter().enumerate().map(move |(a, list)| (r, a, list.len())).collect::<Vec<_>>()
        };
        let places = self.upon.iter().enumerate().flat_map(of_report);
        places
            .flat_map(move |(r, a, count)| (0..count).map(move |k| (r, self.upon[r][a][k].0, a, &self.upon[r][a][k].1)))
    }

    /// The weight against an action for a report and a type, and the weight for it, compared with
    /// another action.
    pub(super) fn weighed(&self, game: &WholeGame, t: usize, own: usize, other: usize) -> (IBig, IBig) {
        let (mut against, mut favor) = (IBig::ZERO, IBig::ZERO);
        for (i, mass) in &self.upon[t][own] {
            let lacks = &game.regrets[t][*i][own] - &game.regrets[t][*i][other];
            if lacks > IBig::ZERO {
                against += mass * lacks;
            } else {
                favor -= mass * lacks;
            }
        }
        (against, favor)
    }

    /// Whether a type obeys after a truthful report.
    pub(super) fn is_obeyed(&self, game: &WholeGame, t: usize) -> bool {
        let obeys = |own: usize, other: usize| {
            let (against, favor) = self.weighed(game, t, own, other);
            against <= favor
        };
        (0..game.actions()).all(|own| self.upon[t][own].is_empty() || (0..game.actions()).all(|b| obeys(own, b)))
    }

    /// The misreports from which a type gains, with her regret from the truth and from the
    /// misreport.
    pub(super) fn lies(&self, game: &WholeGame, t: usize) -> Vec<(usize, IBig, IBig)> {
        let lacks = |r: usize, recommended: usize, taken: usize| {
            let list = self.upon[r][recommended].iter();
            list.fold(IBig::ZERO, |sum, (i, mass)| sum + mass * &game.regrets[t][*i][taken])
        };
        let actions = 0..game.actions();
        let own = actions.clone().fold(IBig::ZERO, |sum, a| sum + lacks(t, a, a));
        let lie = |r: usize| {
            let least = |a: usize| actions.clone().map(|b| lacks(r, a, b)).min().unwrap_or(IBig::ZERO);
            actions.clone().fold(IBig::ZERO, |sum, a| sum + least(a))
        };
        let others = (0..game.types()).filter(|&r| r != t).map(|r| (r, lie(r)));
        others.filter(|(_, lie)| own > *lie).map(|(r, lie)| (r, own.clone(), lie)).collect()
    }
}
