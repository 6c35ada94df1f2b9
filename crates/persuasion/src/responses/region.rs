//! The mixtures for which given responses are best responses.

use super::Responses;
use super::relaxation::row_factor;
use crate::PersuadeError;
use suasion_lp::{LpOptions, Model, Program, Sense, Settings, Stop};
use suasion_model::Matrix;

/// A mixture, the responses to it, and its value at the prices.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub strategy: Vec<f64>,
    pub responses: Vec<usize>,
    pub value: f64,
}

/// Two utilities of a follower closer than this are tied: the tolerance of the solver.
const TIED: f64 = 1e-9;
/// A region thinner than this counts as empty, and the result states the remaining violation of
/// obedience.
const THIN: f64 = 1e-7;

fn expected(utility: &Matrix, strategy: &[f64], response: usize) -> f64 {
    strategy.iter().enumerate().filter(|(_, x)| **x > 0.0).map(|(i, x)| x * utility[(i, response)]).sum()
}

fn paid(game: &Responses, strategy: &[f64]) -> f64 {
    game.prices.iter().zip(strategy).map(|(price, x)| price * x).sum()
}

/// The responses to a strategy, with ties in the leader's favor.
pub(crate) fn respond(game: &Responses, strategy: &[f64]) -> Candidate {
    let mut value = -paid(game, strategy);
    let responses = (0..game.types()).map(|t| {
        let own: Vec<f64> = (0..game.columns()).map(|j| expected(&game.follower[t], strategy, j)).collect();
        let most = own.iter().fold(f64::NEG_INFINITY, |most, &x| most.max(x));
        let tied = (0..own.len()).filter(|&j| own[j] >= most - TIED);
        let worth = tied.map(|j| (j, expected(&game.leader[t], strategy, j)));
        let best = worth.reduce(|best, next| if next.1 > best.1 { next } else { best }).unwrap_or((0, 0.0));
        value += best.1;
        best.0
    });
    let responses = responses.collect();
    Candidate { strategy: strategy.to_vec(), responses, value }
}

/// The best pure strategy, with exact best responses. Ties are broken for the leader.
pub(crate) fn pure(game: &Responses) -> Candidate {
    let response = |t: usize, i: usize| {
        let worth = |j: usize| (game.follower[t][(i, j)], game.leader[t][(i, j)]);
        (1..game.columns()).fold(0, |best, j| if worth(j) > worth(best) { j } else { best })
    };
    let worth = |i: usize| (0..game.types()).map(|t| game.leader[t][(i, response(t, i))]).sum::<f64>() - game.prices[i];
    let all = (0..game.rows()).map(|i| (worth(i), i));
    let (value, best) = all.reduce(|best, next| if next.0 > best.0 { next } else { best }).unwrap_or((0.0, 0));
    let mut strategy = vec![0.0; game.rows()];
    strategy[best] = 1.0;
    Candidate { strategy, responses: (0..game.types()).map(|t| response(t, best)).collect(), value }
}

/// A reusable model for the programs over regions, which are small and numerous.
pub(crate) struct Regions {
    model: Model,
}

impl Regions {
    pub(crate) fn new(settings: &Settings) -> Result<Self, PersuadeError> {
        let options = LpOptions::scaled(TIED, settings);
        Ok(Self { model: Model::new("region of responses", Sense::Maximise, options)? })
    }

    /// The best mixture for which these are best responses, if there is one.
    pub(crate) fn best(&mut self, game: &Responses, responses: &[usize]) -> Result<Option<Candidate>, PersuadeError> {
        let mut program = Program::new("mixture with fixed responses", Sense::Maximise);
        for i in 0..game.rows() {
            let worth = responses.iter().enumerate().map(|(t, &j)| game.leader[t][(i, j)]).sum::<f64>();
            program.add_column(worth - game.prices[i], 0.0, f64::INFINITY);
        }
        add_region(&mut program, game, responses, None);
        Ok(self.solve(&program, game.rows())?.map(|strategy| {
            let of_type = |(t, &j): (usize, &usize)| expected(&game.leader[t], &strategy, j);
            let value = responses.iter().enumerate().map(of_type).sum::<f64>() - paid(game, &strategy);
            Candidate { strategy, responses: responses.to_vec(), value }
        }))
    }

    /// The mixture for which the responses are best by the largest margin.
    fn interior(&mut self, game: &Responses, responses: &[usize]) -> Option<Vec<f64>> {
        let mut program = Program::new("interior of a region of responses", Sense::Maximise);
        for _ in 0..game.rows() {
            program.add_column(0.0, 0.0, f64::INFINITY);
        }
        let margin = program.add_column(1.0, 0.0, 1.0);
        add_region(&mut program, game, responses, Some(margin));
        self.solve(&program, game.rows()).ok().flatten()
    }

    fn solve(&mut self, program: &Program, strategies: usize) -> Result<Option<Vec<f64>>, PersuadeError> {
        self.model.load(program)?;
        if self.model.solve()?.stop != Stop::Optimal {
            return Ok(None);
        }
        let mut strategy = self.model.primal()?;
        strategy.truncate(strategies);
        for x in &mut strategy {
            *x = x.max(0.0);
        }
        let total: f64 = strategy.iter().sum();
        for x in &mut strategy {
            *x /= total;
        }
        Ok(Some(strategy))
    }
}

/// Adds mixed strategies, and the rows that make the responses best. `margin` is the column of the
/// margin.
fn add_region(program: &mut Program, game: &Responses, responses: &[usize], margin: Option<usize>) {
    program.add_row(1.0, 1.0, (0..game.rows()).map(|i| (i, 1.0)));
    for (t, &j) in responses.iter().enumerate() {
        for k in (0..game.columns()).filter(|&k| k != j) {
            let factor = row_factor(&game.follower[t], j, k);
            let gains = (0..game.rows()).map(|i| (i, factor * (game.follower[t][(i, j)] - game.follower[t][(i, k)])));
            program.add_row(0.0, f64::INFINITY, gains.chain(margin.map(|column| (column, -1.0))));
        }
    }
}

/// The strategy in the form of a certificate: moved as little as possible into the region of its
/// responses, if that has an interior; ordered by action, with probabilities that sum to at most
/// one.
pub(crate) fn repaired(game: &Responses, candidate: &Candidate, regions: &mut Regions) -> Vec<(usize, f64)> {
    let Candidate { strategy, responses, .. } = candidate;
    let slack = |strategy: &[f64]| {
        let of_type = |(t, &j): (usize, &usize)| {
            let own = expected(&game.follower[t], strategy, j);
            let others = (0..game.columns()).filter(|&k| k != j);
            own - others.map(|k| expected(&game.follower[t], strategy, k)).fold(f64::NEG_INFINITY, f64::max)
        };
        responses.iter().enumerate().map(of_type).fold(f64::INFINITY, f64::min)
    };
    let mut strategy: Vec<f64> = strategy.iter().map(|&x| if x < 1e-13 { 0.0 } else { x }).collect();
    let safe = 1e-14;
    let missing = safe - slack(&strategy);
    if missing > 0.0
        && let Some(inside) = regions.interior(game, responses)
    {
        let margin = slack(&inside);
        if margin > THIN {
            let weight = (missing / margin).min(1.0);
            for (x, inside) in strategy.iter_mut().zip(inside) {
                *x = (1.0 - weight) * *x + weight * inside;
            }
        }
    }
    listed(strategy)
}

/// The strategy in the form of a certificate: ordered by action, with probabilities that sum to at
/// most one.
pub(crate) fn listed(strategy: Vec<f64>) -> Vec<(usize, f64)> {
    let mut list: Vec<(usize, f64)> = strategy.into_iter().enumerate().filter(|&(_, x)| x > 0.0).collect();
    let total: f64 = list.iter().map(|(_, x)| x).sum();
    for (_, x) in &mut list {
        *x = (*x / total).min(1.0);
    }
    // A sum of k numbers below one is exact to k units in the last place of one.
    let excess = list.iter().map(|(_, x)| x).sum::<f64>() - 1.0 + list.len() as f64 * f64::EPSILON;
    if list.len() > 1
        && excess > 0.0
        && let Some((_, x)) = list.iter_mut().max_by(|l, r| l.1.total_cmp(&r.1))
    {
        *x -= excess;
    }
    list
}
