//! Checks that numbers do not contradict each other.
//!
//! Every command checks this before it prints a result, and `suasion verify` checks saved results.
//! A contradiction by more than rounding means a bug in this program or a forgery, whatever the
//! certificates prove.

use suasion_certificate::Yardstick;
use suasion_model::Instance;

/// The scale of results: what is at stake for the user and for every agent at a prior.
pub struct ResultScale<'a> {
    instance: &'a Instance,
    sticks: Vec<Yardstick>,
}

impl<'a> ResultScale<'a> {
    /// `None` if there is no such prior.
    #[must_use]
    pub fn new(instance: &'a Instance, prior: usize) -> Option<Self> {
        Some(Self { instance, sticks: Yardstick::all(instance, prior)? })
    }

    /// The difference between values of a party (the user is 0, then agents) that may be rounding.
    #[must_use]
    pub fn allowance(&self, party: usize, values: &[f64]) -> f64 {
        self.sticks.get(party).map_or(0.0, |stick| stick.allowance(values))
    }

    /// Checks that a party's `least` is not above its `most`.
    pub(crate) fn ordered(
        &self,
        party: usize,
        (low, least): (&str, f64),
        (high, most): (&str, f64),
    ) -> Result<(), String> {
        if least - most <= self.allowance(party, &[least, most]) {
            return Ok(());
        }
        Err(format!("{low} is {least}, and {high} only {most}"))
    }

    /// Checks that a rational user gets at least her value with no information.
    pub(crate) fn rational(&self, what: &str, value: f64) -> Result<(), String> {
        self.ordered(0, ("the user's value with no information", self.sticks[0].none), (what, value))
    }

    /// Checks that an agent gets no more than its upper bound.
    pub(crate) fn bounded(&self, agent: usize, value: f64, bound: f64) -> Result<(), String> {
        let Some(party) = self.instance.agents.get(agent) else { return Ok(()) };
        let what = format!("the value of {}", party.name);
        self.ordered(agent + 1, (&what, value), ("its upper bound", bound))
    }

    /// Checks the bound of an agent by name, and that a rational user gets at least her value with
    /// no information.
    pub(crate) fn optimum(&self, agent: &str, (value, bound): (f64, f64), user: f64) -> Result<(), String> {
        self.rational("the user's value", user)?;
        self.bounded_by_name(agent, value, bound)
    }

    /// Checks that the agent of this name, if there is one, gets no more than its upper bound.
    pub(crate) fn bounded_by_name(&self, agent: &str, value: f64, bound: f64) -> Result<(), String> {
        self.instance.agent(agent).map_or(Ok(()), |agent| self.bounded(agent, value, bound))
    }

    /// The party with an agent's name: 0 is the user, then agents.
    pub(crate) fn party(&self, agent: &str) -> usize {
        self.instance.agent(agent).map_or(0, |agent| agent + 1)
    }
}
