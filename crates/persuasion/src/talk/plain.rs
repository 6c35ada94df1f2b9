//! A user of one type, as in [`persuade()`](crate::persuade()).

use super::{Talk, Values};
use crate::PersuadeError;
use crate::persuade::persuade;
use crate::support::mix;
use suasion_certificate::Multiplier;
use suasion_lp::Settings;
use suasion_model::{Matrix, Objective, Scheme, View};

impl Talk for View<'_> {
    type Scheme = Scheme;
    type Bound = Vec<Multiplier>;

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

    fn silence(&self) -> Scheme {
        View::silence(self)
    }

    fn revelation(&self, objective: &Objective) -> Scheme {
        let utility = objective.utility(self);
        let worth = |a: usize, x: usize| (self.user[(a, x)], utility[(a, x)]);
        let best =
            |x: usize| (1..self.actions()).fold(0, |best, a| if worth(a, x) > worth(best, x) { a } else { best });
        let entry = |state: usize| suasion_model::SchemeEntry { state, action: best(state), probability: 1.0 };
        Scheme::new((0..self.observations()).map(entry).collect())
    }

    fn maximise(&self, objective: &Objective, settings: &Settings) -> Result<(Scheme, Vec<Multiplier>), PersuadeError> {
        let optimum = persuade(self, &objective.utility(self), None, settings)?;
        match optimum.stopped {
            Some(stopped) => Err(PersuadeError::Stopped(stopped)),
            None => Ok((optimum.scheme, optimum.multipliers)),
        }
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
        self.full_information()
    }
}
