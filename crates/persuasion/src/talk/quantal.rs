//! A user who responds quantally, of one type or several, to whom the agent speaks once.

use super::typed::ranges;
use super::{Talk, Values};
use crate::PersuadeError;
use crate::quantal::{QuantalOptimum, quantal, quantal_by_search};
use crate::typed::make_exact;
use suasion_lp::Settings;
use suasion_model::{Objective, SignalScheme, TypedView};

/// The agent speaks once to a user who does not choose the best action, but better ones more often.
///
/// Such a user may be better off if she is not told everything: what is best for her is a matter of search, and found once.
#[derive(Clone, Debug)]
pub struct Quantal {
    view: TypedView,
    eta: f64,
    settings: Settings,
    /// The scheme that leaves her the most, as far as was found, and what it leaves her.
    best: (SignalScheme, f64),
}

/// Relative to the ranges of values: frontiers are smooth, and told apart no further.
const RESOLUTION: f64 = 1e-5;
/// Relative to the range of the user's values: a scheme that leaves her so little more than full information is as good.
const AS_GOOD: f64 = 1e-12;

impl Quantal {
    /// The way to talk to a user of sensitivity `eta` whom the agent sees as in `view`. The scheme that is best for her is looked for here.
    ///
    /// # Errors
    /// If `eta` is negative or no finite number, the solver fails, or a limit of `settings` ends the computation.
    pub fn new(view: TypedView, eta: f64, settings: &Settings) -> Result<Self, PersuadeError> {
        let her_own = Objective { user: 1.0, agents: vec![] };
        let QuantalOptimum { scheme, values, full_information, stopped, .. } = quantal(&view, &her_own, eta, settings)?;
        if let Some(stopped) = stopped {
            return Err(PersuadeError::Stopped(stopped));
        }
        let unit = ranges(&view, &her_own).0;
        let best = if values.user > full_information + AS_GOOD * unit {
            (scheme, values.user)
        } else {
            (SignalScheme::full_information(view.observations()), full_information)
        };
        Ok(Self { view, eta, settings: settings.clone(), best })
    }

    /// How the agent sees the game.
    #[must_use]
    pub fn view(&self) -> &TypedView {
        &self.view
    }

    /// The user's sensitivity.
    #[must_use]
    pub fn eta(&self) -> f64 {
        self.eta
    }

    /// The limits that it was built with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A scheme, and prices that bound all others if no message was missed that is worth more than was found.
    fn bounded_by_prices(&self, found: QuantalOptimum) -> Result<(SignalScheme, Vec<f64>), PersuadeError> {
        if let Some(stopped) = found.stopped {
            return Err(PersuadeError::Stopped(stopped));
        }
        let masses: Vec<f64> = self.masses();
        // Each observation with mass takes an equal part of what may have been missed.
        let raise = found.missed / masses.iter().filter(|&&mass| mass > 0.0).count() as f64;
        let raised = |(price, &mass): (&f64, &f64)| if mass > 0.0 { price + raise / mass } else { *price };
        Ok((found.scheme, found.prices.iter().zip(&masses).map(raised).collect()))
    }

    /// The mass of each observation, `[observations]`.
    fn masses(&self) -> Vec<f64> {
        let of = |x: usize| (0..self.view.types()).map(|t| self.view.mass()[(t, x)]).sum();
        (0..self.view.observations()).map(of).collect()
    }
}

impl Talk for Quantal {
    type Scheme = SignalScheme;
    /// The price of each observation, `[observations]`, in the unit of the objective per unit of mass.
    type Bound = Vec<f64>;

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

    fn silence(&self) -> SignalScheme {
        SignalScheme::no_information(self.view.observations())
    }

    /// The scheme that leaves her the most, whatever the objective.
    fn revelation(&self, _: &Objective) -> SignalScheme {
        self.best.0.clone()
    }

    /// By climbing alone: a frontier asks often.
    fn maximise(&self, objective: &Objective, settings: &Settings) -> Result<(SignalScheme, Vec<f64>), PersuadeError> {
        self.bounded_by_prices(quantal_by_search(&self.view, objective, self.eta, settings)?)
    }

    /// With branch and bound, where there are few enough observations.
    fn maximise_carefully(
        &self,
        objective: &Objective,
        settings: &Settings,
    ) -> Result<(SignalScheme, Vec<f64>), PersuadeError> {
        self.bounded_by_prices(quantal(&self.view, objective, self.eta, settings)?)
    }

    /// She is told which scheme a message comes from, so that she responds to each as before.
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
            // A grain of a frequent observation may be half of a message on a rare one.
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

    /// What the prices come to, which have to be those for `objective + multiplier * user's value`, beyond what that was reduced by.
    fn bounded(&self, objective: &Objective, multiplier: f64, prices: &Vec<f64>) -> f64 {
        let sum = Objective { user: objective.user + multiplier, agents: objective.agents.clone() };
        let paid: f64 = self.masses().iter().zip(prices).map(|(mass, price)| mass * price).sum();
        sum.reduced_utility(&self.view).map_or(f64::NAN, |(_, level)| level.plus(paid))
    }

    fn most(&self) -> f64 {
        self.best.1
    }
}
