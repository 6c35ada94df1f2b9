//! Best-response dynamics: simulations in which agents outbid each other.

use crate::verify::{Check, Provable};
use crate::{About, CommunicationName, OffersCertificate, ProfileResult, ResultScale};
use serde::{Deserialize, Serialize};
use suasion_model::Instance;

/// The order of moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveOrder {
    /// One after another, in the order of the instance.
    RoundRobin,
    /// One after another, in a new random order every round.
    Random,
    /// All at once.
    Simultaneous,
}

impl MoveOrder {
    /// Its name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Random => "random",
            Self::Simultaneous => "simultaneous",
        }
    }
}

/// The first offers of the agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstOffers {
    /// Each agent's offer as a monopolist.
    Monopoly,
    /// No information.
    Uninformative,
    /// Full information.
    Full,
    /// Random points of their frontiers.
    Random,
}

impl FirstOffers {
    /// Its name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Monopoly => "monopoly",
            Self::Uninformative => "uninformative",
            Self::Full => "full",
            Self::Random => "random",
        }
    }
}

/// How a simulation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowEnded {
    /// No agent moved any more.
    Converged,
    /// The same offers recurred.
    Cycle,
    /// It reached the limit of rounds.
    Limit,
}

impl HowEnded {
    /// Its name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Cycle => "cycle",
            Self::Limit => "limit",
        }
    }
}

/// A move and the accepted offer after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveResult {
    /// The round, from 1.
    pub round: usize,
    /// Who moved.
    pub agent: String,
    /// The value that its offer leaves the user.
    pub bid: f64,
    /// The agent whose offer is accepted after the move.
    pub accepted: String,
    /// The user's value after the move.
    pub user_value: f64,
    /// The agents' values after the move, in the order of the instance.
    pub values: Vec<f64>,
}

/// The result of `dynamics` for one simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DynamicsResult {
    /// The instance and the prior.
    #[serde(flatten)]
    pub about: About,
    /// How agents communicate.
    pub communication: CommunicationName,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// The order of moves.
    pub order: MoveOrder,
    /// The first offers of the agents.
    pub start: FirstOffers,
    /// The amount by which a bid exceeds the best other offer, in the unit of the user's utility.
    pub increment: f64,
    /// The seed.
    pub seed: u64,
    /// The number of the simulation among those with this seed.
    pub run: u64,
    /// How it ended.
    pub ended: HowEnded,
    /// The length of the cycle in rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<usize>,
    /// The number of rounds.
    pub rounds: usize,
    /// The number of moves.
    pub moves: usize,
    /// The agent whose offer is accepted at the end.
    pub accepted: String,
    /// The profile at the end.
    #[serde(flatten)]
    pub profile: ProfileResult,
    /// Every move, if requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<MoveResult>>,
}

impl Provable for DynamicsResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.profile.certified
    }

    /// The final profile is proved. With an engine, the simulation that led there is run again.
    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        if !(self.increment.is_finite() && self.increment > 0.0) {
            return Err(format!("increment: found {}, expected a finite number above 0", self.increment));
        }
        check.expects(self.communication)?;
        // Check the proof before running the simulation.
        let profile = check.profile("certificate", &self.profile, f64::INFINITY, self.eta)?;
        let accepted = profile.certificate.as_ref().map(OffersCertificate::accepted);
        let named = check.game.agent(&self.accepted);
        if accepted.zip(named).is_none_or(|(accepted, named)| accepted != [named]) {
            return Err(format!("accepted: found {:?}, whose offer is not the accepted one", self.accepted));
        }
        let Some(engine) = check.engine else {
            check.leave("the course of the simulation");
            return Ok(Self { profile, ..self.clone() });
        };
        let again = engine.replayed(check.game, self);
        let again = check.ran(again)?.ok_or_else(|| format!("run: found {}, but there is no such run", self.run))?;
        compared(self, &again, &check.measure()?)?;
        // Another scheme may have the same value for everybody.
        if self.profile.scheme != again.profile.scheme {
            check.leave("that it ended with this scheme");
        }
        Ok(Self { about: self.about.clone(), profile, trace: self.trace.clone(), ..again })
    }

    fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        match self.eta {
            Some(_) => Ok(()),
            None => measure.rational("the user's value", self.profile.user_value),
        }
    }
}

/// Checks that a repeated simulation agrees with the result in its end and its course. Rounding may
/// differ between machines.
fn compared(given: &DynamicsResult, again: &DynamicsResult, measure: &ResultScale<'_>) -> Result<(), String> {
    let differs = |what: &str, found: String, expected: String| {
        Err(format!("{what}: found {found}, and the simulation run again gives {expected}"))
    };
    // The user's number if `agents` is false, otherwise those of the agents.
    let near = |what: &str, agents: bool, found: &[f64], expected: &[f64]| {
        let close = |(i, (&a, &b)): (usize, (&f64, &f64))| {
            (a - b).abs() <= measure.allowance(if agents { i + 1 } else { 0 }, &[a, b])
        };
        if found.len() == expected.len() && found.iter().zip(expected).enumerate().all(close) {
            return Ok(());
        }
        differs(what, listed(found), listed(expected))
    };
    near("user_value", false, &[given.profile.user_value], &[again.profile.user_value])?;
    near("values", true, &given.profile.values, &again.profile.values)?;
    let known = |result: &DynamicsResult| {
        let regrets = result.profile.regrets.iter();
        regrets.map(|regret| regret.unwrap_or(f64::MAX)).collect::<Vec<f64>>()
    };
    near("regrets", true, &known(given), &known(again))?;
    let slack = |result: &DynamicsResult| result.profile.certificate.as_ref().map_or(0.0, |found| found.meant().1);
    let largest = known(again).into_iter().fold(slack(again), f64::max);
    if slack(given) > largest + measure.allowance(1, &[]) {
        return differs("certificate.proof.slack", slack(given).to_string(), largest.to_string());
    }
    let (Some(given), Some(again)) = (&given.trace, &again.trace) else { return Ok(()) };
    if given.len() != again.len() {
        return differs("trace", format!("{} moves", given.len()), format!("{} moves", again.len()));
    }
    for (k, (given, again)) in given.iter().zip(again).enumerate() {
        let MoveResult { round, agent, bid, accepted, user_value, values } = given;
        if (round, agent, accepted) != (&again.round, &again.agent, &again.accepted) {
            let named =
                |step: &MoveResult| format!("{} in round {}, {} is accepted", step.agent, step.round, step.accepted);
            return differs(&format!("trace[{k}]"), named(given), named(again));
        }
        near(&format!("trace[{k}].bid"), false, &[*bid], &[again.bid])?;
        near(&format!("trace[{k}].user_value"), false, &[*user_value], &[again.user_value])?;
        near(&format!("trace[{k}].values"), true, values, &again.values)?;
    }
    Ok(())
}

/// A list of numbers; a single number has no brackets.
fn listed(numbers: &[f64]) -> String {
    match numbers {
        [number] => format!("{number:?}"),
        several => format!("{several:?}"),
    }
}
