//! Commitment against one type of follower: one program per response.
//!
//! *Problem.* The optimal commitment is the best, over responses `j`, of the best mixtures for
//! which `j` is a best response (Conitzer & Sandholm, EC 2006, one linear program per response).
//! *Method.* A dual simplex method solves each program. Its multipliers bound the program at any
//! time ([`Mixture`]), so it ends as soon as the bound is at most the value of the best commitment
//! so far. The multipliers of the last optimum are tried first ([`Shared`]). *Guarantee.* The
//! multipliers of all responses together are those of one leaf, which is the whole tree
//! ([`suasion_certificate::StackelbergProof`]).

use crate::responses::{Candidate, End, Mixture, Region, Responses, listed};
use suasion_certificate::ResponseMultiplier;
use suasion_lp::{Settings, Stopped};

/// Bounds this close to the best mixture do not exceed it, in utilities of size one.
const CLOSE: f64 = 1e-13;
/// The margin of rows where possible, in utilities of size one. Rounding a mixture violates them by
/// less.
const MARGIN: f64 = 1e-13;
/// The maximum number of lines to intersect.
const LINES: usize = 64;

/// The result.
pub(super) struct Single {
    /// The strategy in the form of a certificate.
    pub strategy: Vec<(usize, f64)>,
    pub response: usize,
    /// The multipliers of all responses.
    pub multipliers: Vec<ResponseMultiplier>,
    /// The number of programs solved.
    pub solved: usize,
    pub stopped: Option<Stopped>,
}

/// Multipliers that were optimal for one response, to be tried for others: `rho_k` for each
/// alternative `k`, and for the response itself the best possible value.
///
/// If the follower's utility is the leader's loss, they bound every response by the value of the
/// game. With `y` the follower's mixture and `C = -R`, `R_j + sum_k y_k (C_j - C_k)` is
/// `sum_k y_k R_k` for every `j`.
struct Shared {
    response: usize,
    multipliers: Vec<(usize, f64)>,
}

impl Shared {
    /// The multipliers for another response, and the bound.
    fn tried(&self, game: &Responses, costs: &[f64], j: usize) -> (Vec<(usize, f64)>, f64) {
        let line = |i: usize| {
            let row = game.follower[0].row(i);
            let base = self.multipliers.iter().map(|&(k, rho)| rho * (row[j] - row[k])).sum::<f64>();
            (costs[i] + base, row[j] - row[self.response])
        };
        let lines: Vec<(f64, f64)> = (0..costs.len()).map(line).collect();
        let (rho, bound) = lowest(&lines);
        let others = self.multipliers.iter().copied().filter(|(k, _)| *k != j);
        (others.chain((rho > 0.0).then_some((self.response, rho))).collect(), bound)
    }
}

/// The `x >= 0` that minimizes the maximum of lines `a + b x`, and the minimum. Intersects the
/// highest lines on either side until no line is above their intersection.
fn lowest(lines: &[(f64, f64)]) -> (f64, f64) {
    let largest = |x: f64| {
        let values = lines.iter().map(|&(a, b)| (a + b * x, b));
        values.fold((f64::NEG_INFINITY, 0.0), |best, next| if next.0 > best.0 { next } else { best })
    };
    let start = largest(0.0);
    if start.1 >= 0.0 {
        return (0.0, start.0);
    }
    // The line on the left falls, and the one on the right rises.
    let mut left = (0.0, start);
    let mut best = (0.0, start.0);
    let steepest = lines.iter().fold(f64::NEG_INFINITY, |most, line| most.max(line.1));
    if steepest <= 0.0 {
        return best;
    }
    let highest = lines.iter().filter(|line| line.1 == steepest).fold(f64::NEG_INFINITY, |most, line| most.max(line.0));
    let mut right = (0.0, (highest, steepest));
    for _ in 0..LINES {
        let at = |(x, (value, slope)): (f64, (f64, f64))| value - slope * x;
        let x = (at(right) - at(left)) / (left.1.1 - right.1.1);
        if !(x.is_finite() && x > left.0) {
            break;
        }
        let there = largest(x);
        if there.0 < best.1 {
            best = (x, there.0);
        }
        let crossing = at(left) + left.1.1 * x;
        if there.0 <= crossing || there.1 == 0.0 {
            break;
        }
        if there.1 < 0.0 {
            left = (x, there);
        } else {
            right = (x, there);
        }
    }
    best
}

/// The optimal commitment in a game with one type, who may give the responses that are `left`.
/// Returns `None` if rounding prevented a result.
pub(super) fn single(game: &Responses, left: &[bool], start: Candidate, settings: &Settings) -> Option<Single> {
    let costs = |j: usize| (0..game.rows()).map(|i| game.leader[0][(i, j)] - game.prices[i]).collect::<Vec<f64>>();
    let most = |j: usize| costs(j).into_iter().fold(f64::NEG_INFINITY, f64::max);
    let responses = (0..game.columns()).filter(|&j| left[j]);
    let mut order: Vec<(f64, usize)> = responses.map(|j| (most(j), j)).collect();
    order.sort_by(|l, r| r.0.total_cmp(&l.0).then(l.1.cmp(&r.1)));
    let mut best = start;
    let mut found = Single { strategy: vec![], response: 0, multipliers: vec![], solved: 0, stopped: None };
    let mut optimum: Option<Mixture> = None;
    let mut shared: Option<Shared> = None;
    for (_, j) in order {
        found.stopped = found.stopped.or_else(|| settings.stopped());
        if found.stopped.is_some() {
            break;
        }
        let given = [(0, j)];
        let costs = costs(j);
        let enough = best.value + CLOSE;
        if let Some(shared) = &shared {
            let (multipliers, bound) = shared.tried(game, &costs, j);
            if bound <= enough {
                found.multipliers.extend(multipliers.into_iter().map(|(k, rho)| (0, j, k, rho)));
                continue;
            }
        }
        let mut mixture = Mixture::new(costs);
        let end = mixture.run(Region { game, given: &given }, enough, settings);
        found.solved += 1;
        let multipliers: Vec<(usize, f64)> =
            mixture.multipliers().map(|(label, rho)| (label.alternative, rho)).collect();
        found.multipliers.extend(multipliers.iter().map(|&(k, rho)| (0, j, k, rho)));
        match end {
            End::Optimal => {
                let strategy = mixture.strategy();
                let value = game.worth(&strategy, &[j]);
                if value > best.value {
                    best = Candidate { strategy, responses: vec![j], value };
                    optimum = Some(mixture);
                }
                shared = Some(Shared { response: j, multipliers });
            }
            End::Stuck => {
                found.stopped = settings.stopped();
                found.stopped?;
            }
            End::Empty if mixture.bound() > enough => return None,
            End::Empty | End::Enough => {}
        }
    }
    found.response = best.responses[0];
    let given = [(0, found.response)];
    let inner = optimum.and_then(|mut mixture| mixture.keep_away(Region { game, given: &given }, MARGIN, settings));
    found.strategy = listed(inner.unwrap_or(best.strategy));
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::lowest;

    #[test]
    fn lowest_of_the_largest_lines() {
        // max(1 - x, x, 0.6) is lowest from 0.4 on, max(1 - x, x) at one half.
        assert_eq!(lowest(&[(1.0, -1.0), (0.0, 1.0)]), (0.5, 0.5));
        let (x, value) = lowest(&[(1.0, -1.0), (0.0, 1.0), (0.6, 0.0)]);
        assert!((0.4..=0.6).contains(&x) && (value - 0.6).abs() < 1e-15);
        // Rising from the start; falling forever.
        assert_eq!(lowest(&[(1.0, 1.0), (2.0, 0.0)]), (0.0, 2.0));
        assert_eq!(lowest(&[(1.0, -1.0)]), (0.0, 1.0));
    }
}
