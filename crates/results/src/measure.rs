//! Whether numbers contradict each other.
//!
//! Every command asks this before it prints a result, and `suasion verify` of what was saved. What
//! contradicts itself by more than rounding is a fault of this program, or forged, whatever
//! certificates say.

use suasion_certificate::Yardstick;
use suasion_model::Instance;

/// What results are measured by: how much is at stake for the user and for every agent at their
/// prior.
pub struct Measure<'a> {
    instance: &'a Instance,
    sticks: Vec<Yardstick>,
}

impl<'a> Measure<'a> {
    /// None, where there is no such prior.
    #[must_use]
    pub fn new(instance: &'a Instance, prior: usize) -> Option<Self> {
        Some(Self { instance, sticks: Yardstick::all(instance, prior)? })
    }

    /// By how much values of a party (the user is 0, then agents) may differ by rounding.
    #[must_use]
    pub fn allowance(&self, party: usize, values: &[f64]) -> f64 {
        self.sticks.get(party).map_or(0.0, |stick| stick.allowance(values))
    }

    /// That a party's `least` is not above its `most`, if it is not.
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

    /// That a rational user gets no less than with no information.
    pub(crate) fn rational(&self, what: &str, value: f64) -> Result<(), String> {
        self.ordered(0, ("the user's value with no information", self.sticks[0].none), (what, value))
    }

    /// That an agent gets no more than its upper bound.
    pub(crate) fn bounded(&self, agent: usize, value: f64, bound: f64) -> Result<(), String> {
        let Some(party) = self.instance.agents.get(agent) else { return Ok(()) };
        let what = format!("the value of {}", party.name);
        self.ordered(agent + 1, (&what, value), ("its upper bound", bound))
    }

    /// The same of an agent by its name, and that a rational user gets what she can.
    pub(crate) fn optimum(&self, agent: &str, (value, bound): (f64, f64), user: f64) -> Result<(), String> {
        self.rational("the user's value", user)?;
        self.bounded_by_name(agent, value, bound)
    }

    /// That the agent of this name, if there is one, gets no more than its upper bound.
    pub(crate) fn bounded_by_name(&self, agent: &str, value: f64, bound: f64) -> Result<(), String> {
        self.instance.agent(agent).map_or(Ok(()), |agent| self.bounded(agent, value, bound))
    }

    /// The party of an agent's name: 0 is the user, then agents.
    pub(crate) fn party(&self, agent: &str) -> usize {
        self.instance.agent(agent).map_or(0, |agent| agent + 1)
    }
}
