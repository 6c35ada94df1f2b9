//! A user of one type, as in [`persuade()`](crate::persuade()).

use super::{Sender, Values};
use crate::PersuadeError;
use crate::frontier::DirectSearch;
use crate::optimum::Optimum;
use crate::persuade::{persuade, utility};
use crate::support::mix;
use suasion_certificate::{Direct, Multiplier};
use suasion_lp::Settings;
use suasion_model::{Matrix, Objective, Scheme, SchemeEntry, Seat, View};

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
}
