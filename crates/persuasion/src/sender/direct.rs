//! Direct schemes for a user of one type, as in [`persuade()`](crate::persuade()).

use super::{Sender, Support, Values};
use crate::PersuadeError;
use crate::frontier::{DirectSearch, Frontier};
use crate::mix::mix;
use crate::optimum::Optimum;
use crate::persuade::{persuade, utility};
use crate::support::DirectSupport;
use suasion_certificate::{Direct, Multiplier, upper_bound};
use suasion_lp::Settings;
use suasion_model::{Instance, Matrix, Objective, Scheme, SchemeEntry, Seat, View};

impl Sender for View<'_> {
    type Communication = Direct;
    type Search = DirectSearch;

    fn communication(&self) -> Direct {
        Direct
    }

    fn seat(&self) -> Seat {
        self.seat
    }

    fn values(&self, scheme: &Scheme) -> Values {
        Values {
            user: scheme.value(&self.prior, &self.user),
            agents: self.agents.iter().map(|utility| scheme.value(&self.prior, utility)).collect(),
        }
    }

    fn ranges(&self, objective: &Objective) -> (f64, f64) {
        let range = |utility: &Matrix| {
            let column = |y: usize| (0..utility.rows()).map(move |a| utility[(a, y)]);
            let spread =
                |y: usize| column(y).fold(f64::NEG_INFINITY, f64::max) - column(y).fold(f64::INFINITY, f64::min);
            self.prior.iter().enumerate().map(|(y, p)| p * spread(y)).sum()
        };
        (range(&self.user), range(&objective.utility(self)))
    }

    fn no_information(&self) -> Scheme {
        self.uninformative()
    }

    fn full_information(&self, objective: &Objective) -> Scheme {
        let utility = objective.utility(self);
        let worth = |a: usize, x: usize| (self.user[(a, x)], utility[(a, x)]);
        let best =
            |x: usize| (1..self.actions()).fold(0, |best, a| if worth(a, x) > worth(best, x) { a } else { best });
        let entry = |state: usize| SchemeEntry { state, action: best(state), probability: 1.0 };
        Scheme::new((0..self.observations()).map(entry).collect())
    }

    fn persuade(
        &self,
        objective: &Objective,
        floor: Option<f64>,
        settings: &Settings,
    ) -> Result<Optimum<Direct>, PersuadeError> {
        persuade(self, objective, floor, settings)
    }

    fn search(&self, objective: &Objective, settings: &Settings) -> Result<DirectSearch, PersuadeError> {
        DirectSearch::new(self, utility(self, objective)?, settings)
    }

    fn search_closely(&self, objective: &Objective, settings: &Settings) -> Option<DirectSearch> {
        DirectSearch::precise(self, utility(self, objective).ok()?, settings)
    }

    fn support<'s>(&'s self, closely: bool, settings: &Settings) -> Box<dyn Support<Self> + 's> {
        Box::new(DirectSupport::new(self, closely, settings))
    }

    fn resolution(&self) -> f64 {
        2.5e-9
    }

    fn mix(&self, parts: &[(f64, &Scheme)]) -> Scheme {
        mix(self, parts)
    }

    /// The `B(s)` of [`Bound`](suasion_certificate::Bound).
    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &Vec<Multiplier>) -> f64 {
        let objective = Objective { user: objective.user + multiplier, ..objective.clone() };
        let n = self.observations();
        let mut columns = objective.utility(self).as_slice().to_vec();
        for m in bound {
            for y in 0..n {
                columns[m.recommended * n + y] +=
                    m.value * (self.user[(m.recommended, y)] - self.user[(m.alternative, y)]);
            }
        }
        let highest = |y: usize| (0..self.actions()).map(|a| columns[a * n + y]).fold(f64::NEG_INFINITY, f64::max);
        self.prior.iter().enumerate().map(|(y, p)| p * highest(y)).sum()
    }

    fn most(&self) -> f64 {
        View::full_information(self)
    }

    fn total_multiplier(&self, multipliers: &Vec<Multiplier>) -> Option<f64> {
        Some(multipliers.iter().map(|multiplier| multiplier.value).sum())
    }

    fn bounded_exactly(
        &self,
        instance: &Instance,
        objective: &Objective,
        multiplier: f64,
        multipliers: &Vec<Multiplier>,
    ) -> f64 {
        let Seat { prior, agent } = self.seat;
        let bound = upper_bound(instance, prior, agent, objective, multiplier, multipliers);
        bound.map_or(f64::INFINITY, |bound| bound.intercept())
    }

    fn reply_closely(
        &self,
        instance: &Instance,
        frontier: &Frontier<Direct>,
        agent: usize,
        user_value: f64,
    ) -> (f64, Vec<Multiplier>) {
        let objective = Objective::agent(agent);
        let bound = |multiplier: f64, multipliers: &[Multiplier]| {
            let bound = upper_bound(instance, self.seat.prior, agent, &objective, multiplier, multipliers);
            bound.map_or(f64::INFINITY, |bound| bound.at(user_value))
        };
        let mut best = (f64::INFINITY, (0.0, vec![]));
        for vertex in frontier.vertices[frontier.right(user_value)..].iter().take(2) {
            let (multiplier, multipliers) = &vertex.bound;
            let (least, multipliers) = raised(multipliers, |multipliers| bound(*multiplier, multipliers));
            if least < best.0 {
                best = (least, (*multiplier, multipliers));
            }
        }
        best.1
    }
}

/// The relative amounts by which obedience multipliers are raised, so that their rounding does not
/// price a rare recommendation above all others.
const RAISED: [f64; 4] = [4.0 * f64::EPSILON, 1e-14, 1e-13, 1e-12];
/// Up to this many multipliers are raised one by one.
const FEW: usize = 20;

/// Multipliers that are raised, all or one by one, where that lowers the bound; and the bound.
fn raised(multipliers: &[Multiplier], bound: impl Fn(&[Multiplier]) -> f64) -> (f64, Vec<Multiplier>) {
    let mut best = (bound(multipliers), multipliers.to_vec());
    let all = 0..multipliers.len();
    let single = if all.len() <= FEW { all.clone() } else { 0..0 };
    for chosen in std::iter::once(all).chain(single.map(|one| one..one + 1)) {
        let start = best.1.clone();
        for part in RAISED {
            let mut next = start.clone();
            next[chosen.clone()].iter_mut().for_each(|multiplier| multiplier.value *= 1.0 + part);
            let least = bound(&next);
            if least < best.0 {
                best = (least, next);
            }
        }
    }
    best
}
