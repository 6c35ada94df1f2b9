//! Commitment against one type of follower: one program per response.
//!
//! *Problem.* The best commitment is the best, over responses `j`, of the best mixture to which `j`
//! is a best response (Conitzer & Sandholm, EC 2006, one linear program per response). *Method.*
//! Each program is solved by a dual simplex method, whose multipliers bound it at any time
//! ([`Mixture`]): it ends as soon as the bound is no more than the best commitment so far is worth.
//! First all programs go a few pivots; then they go on in the order of their bounds, so that most
//! of them end at once. *Guarantee.* The multipliers of every response together are those of one
//! leaf, the whole tree ([`suasion_certificate::StackelbergProof`]).

use crate::responses::{Candidate, End, Mixture, Region, Responses, listed};
use suasion_certificate::ResponseMultiplier;
use suasion_lp::{Settings, Stopped};

/// Bounds this close to the best mixture are as good, in utilities of size one.
const CLOSE: f64 = 1e-13;
/// By what rows are kept, where that can be, in utilities of size one: rounding a mixture breaks
/// them by less.
const MARGIN: f64 = 1e-13;

/// What was found.
pub(super) struct Single {
    /// The strategy as a certificate lists it.
    pub strategy: Vec<(usize, f64)>,
    pub response: usize,
    /// The multipliers of all responses.
    pub multipliers: Vec<ResponseMultiplier>,
    /// How many programs were solved.
    pub solved: usize,
    pub stopped: Option<Stopped>,
}

/// The best commitment in a game with one type, who may give the responses that are `left`; none
/// where rounding got in the way.
pub(super) fn single(game: &Responses, left: &[bool], start: Candidate, settings: &Settings) -> Option<Single> {
    let costs = |j: usize| (0..game.rows()).map(|i| game.leader[0][(i, j)] - game.prices[i]).collect::<Vec<f64>>();
    let responses = (0..game.columns()).filter(|&j| left[j]);
    let mut order: Vec<(f64, usize)> = responses.map(|j| (costs(j).into_iter().fold(f64::NEG_INFINITY, f64::max), j)).collect();
    order.sort_by(|l, r| r.0.total_cmp(&l.0).then(l.1.cmp(&r.1)));
    let mut best = start;
    let mut found = Single { strategy: vec![], response: 0, multipliers: vec![], solved: 0, stopped: None };
    let mut optimum: Option<Mixture> = None;
    for (_, j) in order {
        found.stopped = found.stopped.or_else(|| settings.stopped());
        if found.stopped.is_some() {
            break;
        }
        let told = [(0, j)];
        let region = Region { game, told: &told };
        let mut mixture = Mixture::new(costs(j));
        let enough = best.value + CLOSE;
        let end = mixture.run(region, enough, settings);
        found.solved += 1;
        found.multipliers.extend(mixture.multipliers().map(|(label, rho)| (0, j, label.alternative, rho)));
        match end {
            End::Optimal => {
                let strategy = mixture.strategy();
                let value = game.worth(&strategy, &[j]);
                if value > best.value {
                    best = Candidate { strategy, responses: vec![j], value };
                    optimum = Some(mixture);
                }
            }
            End::Stuck => {
                found.stopped = settings.stopped();
                if found.stopped.is_none() {
                    return None;
                }
            }
            End::Empty if mixture.bound() > enough => return None,
            End::Empty | End::Enough => {}
        }
    }
    found.response = best.responses[0];
    let told = [(0, found.response)];
    let inner = optimum.and_then(|mut mixture| mixture.keep_away(Region { game, told: &told }, MARGIN, settings));
    found.strategy = listed(inner.unwrap_or(best.strategy));
    Some(found)
}
