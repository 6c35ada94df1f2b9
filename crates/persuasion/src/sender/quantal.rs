//! Schemes for a user with quantal response, of one type or several.

use super::typed::ranges;
use super::{Sender, Values};
use crate::PersuadeError;
use crate::frontier::{Frontier, GeneralSearch};
use crate::optimum::Optimum;
use crate::quantal::{Found, masses, quantal, quantal_by_search};
use crate::typed::make_exact;
use suasion_certificate::{Quantal, QuantalPrices};
use suasion_lp::Settings;
use suasion_model::{Objective, Seat, SignalScheme, TypedView};

/// One agent sends a message to a user who does not always choose the best action, but chooses
/// better actions more often.
///
/// Such a user may be better off without full information. Her best scheme is found by a search,
/// once.
#[derive(Clone, Debug)]
pub struct QuantalSender {
    view: TypedView,
    eta: f64,
    settings: Settings,
    /// The best scheme for the user that was found, and her value.
    best: (SignalScheme, f64),
}

/// The resolution of frontiers, which are smooth, relative to the ranges of values.
const RESOLUTION: f64 = 1e-5;
/// A scheme whose user value exceeds that of full information by less than this, relative to the
/// range, is no better.
const AS_GOOD: f64 = 1e-12;

impl QuantalSender {
    /// The sender for a user of sensitivity `eta`; `view` is the agent's view of the game. Also
    /// searches for the best scheme for the user.
    ///
    /// # Errors
    /// If `eta` is negative or not a finite number, the solver fails, or a limit of `settings`
    /// stops the computation.
    pub fn new(view: TypedView, eta: f64, settings: &Settings) -> Result<Self, PersuadeError> {
        let her_own = Objective { user: 1.0, agents: vec![] };
        let found = Found::new(&view, &her_own, eta, settings, true)?;
        if let Some(stopped) = found.stopped {
            return Err(PersuadeError::Stopped(stopped));
        }
        let unit = ranges(&view, &her_own).0;
        let all = SignalScheme::full_information(view.observations());
        let (most, full) = (found.scheme.values(&view, eta).user, all.values(&view, eta).user);
        let best = if most > full + AS_GOOD * unit { (found.scheme, most) } else { (all, full) };
        Ok(Self { view, eta, settings: settings.clone(), best })
    }

    /// The agent's view of the game.
    #[must_use]
    pub fn view(&self) -> &TypedView {
        &self.view
    }

    /// The user's sensitivity.
    #[must_use]
    pub fn eta(&self) -> f64 {
        self.eta
    }

    /// The limits with which it was built.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Sender for QuantalSender {
    type Communication = Quantal;
    type Search = GeneralSearch<Self>;

    fn communication(&self) -> Quantal {
        Quantal { eta: self.eta }
    }

    fn seat(&self) -> Seat {
        self.view.seat()
    }

    fn values(&self, scheme: &SignalScheme) -> Values {
        let values = scheme.values(&self.view, self.eta);
        Values { user: values.user, agents: values.agents }
    }

    fn ranges(&self, objective: &Objective) -> (f64, f64) {
        ranges(&self.view, objective)
    }

    fn resolution(&self) -> f64 {
        RESOLUTION
    }

    fn no_information(&self) -> SignalScheme {
        SignalScheme::no_information(self.view.observations())
    }

    /// The scheme that leaves the user the most, whatever the objective.
    fn full_information(&self, _: &Objective) -> SignalScheme {
        self.best.0.clone()
    }

    /// Uses branch and bound if there are few enough observations.
    fn persuade(
        &self,
        objective: &Objective,
        floor: Option<f64>,
        settings: &Settings,
    ) -> Result<Optimum<Quantal>, PersuadeError> {
        if let Some(floor) = floor {
            return Err(PersuadeError::QuantalFloor(floor));
        }
        quantal(&self.view, objective, self.eta, settings)
    }

    /// Uses climbs alone.
    fn maximize(
        &self,
        objective: &Objective,
        settings: &Settings,
    ) -> Result<(SignalScheme, QuantalPrices), PersuadeError> {
        quantal_by_search(&self.view, objective, self.eta, settings)
    }

    fn search(&self, objective: &Objective, settings: &Settings) -> Result<GeneralSearch<Self>, PersuadeError> {
        GeneralSearch::new(self, objective, settings)
    }

    /// The user learns which scheme a message comes from, so she responds to each as before.
    fn mix(&self, parts: &[(f64, &SignalScheme)]) -> SignalScheme {
        let n = self.view.observations();
        let mut sent: Vec<Vec<f64>> = Vec::new();
        for &(share, scheme) in parts {
            for signal in &scheme.signals {
                let mut row = vec![0.0; n];
                for &(x, probability) in signal {
                    row[x] = share * probability;
                }
                sent.push(row);
            }
        }
        let mut signals: Vec<Vec<(usize, f64)>> = vec![Vec::new(); sent.len()];
        for x in 0..n {
            let mut shares: Vec<f64> = sent.iter().map(|row| row[x]).collect();
            // A tiny share of a frequent observation may be half of a message about a rare one.
            make_exact(&mut shares, 0.0);
            for (signal, share) in signals.iter_mut().zip(shares) {
                if share > 0.0 {
                    signal.push((x, share));
                }
            }
        }
        signals.retain(|signal| !signal.is_empty());
        SignalScheme { signals }
    }

    /// The bound from prices for `objective + multiplier * user's value`, plus the part that was
    /// subtracted from that objective.
    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &QuantalPrices) -> f64 {
        let sum = Objective { user: objective.user + multiplier, agents: objective.agents.clone() };
        let paid: f64 = masses(&self.view).iter().zip(&bound.prices).map(|(mass, price)| mass * price).sum();
        sum.reduced_utility(&self.view).map_or(f64::NAN, |(_, level)| level.plus(paid))
    }

    fn most(&self) -> f64 {
        self.best.1
    }

    /// Frontiers are smooth, so a few more solves tighten the bound
    /// (`V(v) = min over s of [max (U + s u) - s v]`).
    fn reply(&self, frontier: &Frontier<Quantal>, agent: usize, user_value: f64) -> (f64, QuantalPrices) {
        let mut reply = Sharper { sender: self, agent, user_value, least: (f64::INFINITY, 0.0, None) };
        // If it is stopped, the bound so far is still valid, though not as tight. The same holds if
        // no prices prove a bound.
        let _stopped = reply.sharpen(frontier).is_err();
        let (_, multiplier, prices) = reply.least;
        (multiplier, prices.unwrap_or_else(|| self.unpriced()))
    }

    fn unpriced(&self) -> QuantalPrices {
        QuantalPrices { prices: vec![0.0; self.view.observations()], hurried: false }
    }

    fn most_generous(&self) -> Option<SignalScheme> {
        Some(self.best.0.clone())
    }
}

/// The maximum number of solves that tighten a bound.
const SHARPENED: usize = 16;
/// A bound this close, relative to the range of an agent's values, is close enough.
const NEAR: f64 = 1e-8;

/// The search for the multiplier that gives the best bound on an agent's value from outbidding.
struct Sharper<'a> {
    sender: &'a QuantalSender,
    agent: usize,
    user_value: f64,
    /// The lowest bound so far, its multiplier, and its prices.
    least: (f64, f64, Option<QuantalPrices>),
}

impl Sharper<'_> {
    fn sharpen(&mut self, frontier: &Frontier<Quantal>) -> Result<(), PersuadeError> {
        let vertices = &frontier.vertices;
        let at = |vertex: usize| (vertices[vertex].user_value, vertices[vertex].objective_value);
        let right = frontier.right(self.user_value);
        let range = self.sender.ranges(&Objective::agent(self.agent)).1;
        let (mut left, mut right) = match right.checked_sub(1) {
            Some(left) => (at(left), at(right)),
            // The user needs no more than the agent's optimum gives her anyway.
            None if self.user_value <= at(0).0 => return self.solve(0.0).map(|_| ()),
            // The user needs more than the agent can give: any large enough multiplier will do.
            None => {
                let unit = range / self.sender.ranges(&Objective::agent(self.agent)).0;
                for multiplier in [1.0, 1e2, 1e4].map(|factor| factor * unit).into_iter().filter(|s| s.is_finite()) {
                    self.solve(multiplier)?;
                }
                return Ok(());
            }
        };
        // The bound is convex in the multiplier. If the user gets less than `user_value`, the
        // multiplier is too small. Tangents at both ends meet above the chord.
        let (mut low, mut high, mut last) = (0.0, f64::INFINITY, f64::NAN);
        for _ in 0..SHARPENED {
            let slope = (left.1 - right.1) / (right.0 - left.0);
            let multiplier = match slope.max(0.0) {
                slope if slope >= low && slope <= high => slope,
                _ if high.is_finite() => 0.5 * (low + high),
                _ => 2.0 * low,
            };
            if multiplier == last {
                break;
            }
            last = multiplier;
            let found = self.solve(multiplier)?;
            if found.0 < self.user_value {
                (left, low) = (found, multiplier);
            } else {
                (right, high) = (found, multiplier);
            }
            // The bound cannot fall below the value of a known offer.
            let share = ((self.user_value - left.0) / (right.0 - left.0)).clamp(0.0, 1.0);
            let chord = (1.0 - share) * left.1 + share * right.1;
            if self.least.0 - chord <= NEAR * range {
                break;
            }
        }
        Ok(())
    }

    /// The optimum with this multiplier: the values of the user and of the agent.
    fn solve(&mut self, multiplier: f64) -> Result<(f64, f64), PersuadeError> {
        let objective = Objective { user: multiplier, ..Objective::agent(self.agent) };
        let optimum = self.sender.persuade(&objective, None, &self.sender.settings)?;
        if let Some(stopped) = optimum.stopped {
            return Err(PersuadeError::Stopped(stopped));
        }
        let (scheme, prices) = (optimum.scheme, optimum.bound);
        let bound = self.sender.bounded(&Objective::agent(self.agent), multiplier, &prices);
        // A monopolist has no competitor to outbid.
        let bound = if multiplier > 0.0 { bound - multiplier * self.user_value } else { bound };
        if bound < self.least.0 {
            self.least = (bound, multiplier, Some(prices));
        }
        let values = self.sender.values(&scheme);
        Ok((values.user, values.agents[self.agent]))
    }
}
